/*
 * A value of a record: bytes of the log and what they mean.
 *
 * Values are views. They are converted only when somebody asks, because most
 * records are rejected before anybody does.
 */
#ifndef TCS_MODEL_VALUE_H
#define TCS_MODEL_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "base/utf.h"
#include "model/sid.h"

/* The numbers are those of BinXML (facts: [MS-EVEN6] 2.2.12 and libyal's EVTX documentation). */
enum tcs_value_type {
    TCS_VALUE_NULL = 0x00,
    TCS_VALUE_STRING = 0x01, /* UTF-16LE; trailing NULs do not count */
    TCS_VALUE_ANSI = 0x02,   /* bytes of an unknown code page, shown as 1252 */
    TCS_VALUE_INT8 = 0x03,
    TCS_VALUE_UINT8 = 0x04,
    TCS_VALUE_INT16 = 0x05,
    TCS_VALUE_UINT16 = 0x06,
    TCS_VALUE_INT32 = 0x07,
    TCS_VALUE_UINT32 = 0x08,
    TCS_VALUE_INT64 = 0x09,
    TCS_VALUE_UINT64 = 0x0A,
    TCS_VALUE_FLOAT = 0x0B,
    TCS_VALUE_DOUBLE = 0x0C,
    TCS_VALUE_BOOL = 0x0D, /* 4 bytes (1 accepted); any non-zero is true */
    TCS_VALUE_BINARY = 0x0E,
    TCS_VALUE_GUID = 0x0F,
    TCS_VALUE_SIZE = 0x10, /* 4 or 8 bytes, shown as 0x hexadecimal */
    TCS_VALUE_FILETIME = 0x11,
    TCS_VALUE_SYSTEMTIME = 0x12,
    TCS_VALUE_SID = 0x13,
    TCS_VALUE_HEX32 = 0x14,
    TCS_VALUE_HEX64 = 0x15,
    TCS_VALUE_BINXML = 0x21,
    TCS_VALUE_UTF8 = 0x40, /* ours: well-formed UTF-8, from a literal, from XML or from JSON */
    TCS_VALUE_ARRAY = 0x80 /* flag: several items of the type in the low bits */
};

struct tcs_value {
    const uint8_t *p;
    uint32_t len; /* bytes */
    uint8_t type; /* enum tcs_value_type */
};

static inline struct tcs_value tcs_value_of_str(struct tcs_str s)
{
    return (struct tcs_value){(const uint8_t *)s.p, (uint32_t)s.len, TCS_VALUE_UTF8};
}

/* True if both are the same type with the same bytes; what reads the same may be stored otherwise. */
static inline bool tcs_value_same(struct tcs_value a, struct tcs_value b)
{
    return a.type == b.type && a.len == b.len && tcs_same_bytes(a.p, b.p, a.len);
}

enum { TCS_VALUE_COPY_MOST = 160 };

/* A small value that was met lately, kept to be recognised without converting it again. */
struct tcs_value_copy {
    struct tcs_value v; /* v.p is not used */
    uint8_t bytes[TCS_VALUE_COPY_MOST];
};

/* Remembers v; false if it is too long, and then the copy is as it was. */
static inline bool tcs_value_copy_keep(struct tcs_value_copy *c, struct tcs_value v)
{
    if (v.len > sizeof c->bytes)
        return false;
    c->v = (struct tcs_value){NULL, v.len, v.type};
    if (v.len)
        memcpy(c->bytes, v.p, v.len);
    return true;
}

static inline bool tcs_value_copy_is(const struct tcs_value_copy *c, struct tcs_value v)
{
    return tcs_value_same((struct tcs_value){c->bytes, c->v.len, c->v.type}, v);
}

/* True for the types that hold text. */
static inline bool tcs_value_is_text(struct tcs_value v)
{
    return v.type == TCS_VALUE_STRING || v.type == TCS_VALUE_UTF8 || v.type == TCS_VALUE_ANSI;
}

/* The UTF-16 text without its trailing NULs; only for TCS_VALUE_STRING. */
static inline struct tcs_utf16 tcs_value_utf16(struct tcs_value v)
{
    struct tcs_utf16 text = {v.p, v.len / 2};
    while (text.units && tcs_le16(text.p + 2 * (text.units - 1)) == 0)
        text.units--;
    return text;
}

/* True if a text says nothing: it is empty, or the "-" that Windows writes. */
bool tcs_value_is_empty_text(struct tcs_value v);

/* True if the value says nothing: no value, no bytes, or an empty text. */
static inline bool tcs_value_is_absent(struct tcs_value v)
{
    if (v.type == TCS_VALUE_NULL || v.len == 0)
        return true;
    /* Two units that say something: nearly every text that somebody asks about. */
    if (v.type == TCS_VALUE_STRING && v.len >= 4 && tcs_le16(v.p + 2) != 0)
        return false;
    return tcs_value_is_text(v) && tcs_value_is_empty_text(v);
}

/* tcs_value_u64 for the types that it does not know itself. */
bool tcs_value_other_u64(struct tcs_value v, uint64_t *out);

/* A whole number: from any integer type, or from text in decimal or 0x hexadecimal. */
static inline bool tcs_value_u64(struct tcs_value v, uint64_t *out)
{
    if (v.type == TCS_VALUE_NULL)
        return false;
    /* What nearly all numbers are that somebody asks for. */
    bool is_64_bit = v.type == TCS_VALUE_HEX64 || v.type == TCS_VALUE_UINT64;
    if (is_64_bit && v.len == sizeof *out) {
        *out = tcs_le64(v.p);
        return true;
    }
    return tcs_value_other_u64(v, out);
}

/* A logon id: a whole number, or the "(0x0,0x3E7)" of .evt (high word, low word). */
bool tcs_value_logon_id(struct tcs_value v, uint64_t *out);

/* A SID: binary, or as text. False leaves out->len 0. */
bool tcs_value_sid(struct tcs_value v, struct tcs_sid *out);

/* A GUID in the byte order of the log: binary, or text with or without braces. */
bool tcs_value_guid(struct tcs_value v, uint8_t out[16]);

/* A point in time: FILETIME, SYSTEMTIME, or text. */
bool tcs_value_time(struct tcs_value v, struct tcs_time *out);

/* True if the text, which is not empty, stands somewhere in a text; ASCII letters in either case. Converts
 * nothing. */
bool tcs_value_has_ascii_nocase(struct tcs_value v, struct tcs_str text);

/* True if the value is this text, ASCII letters in either case. Converts nothing. */
bool tcs_value_eq_ascii_nocase(struct tcs_value v, struct tcs_str text);

/*
 * Appends the value as people read it (numbers in decimal, hexadecimal types
 * with 0x, GUID in braces, ISO times, SIDs as S-1-..., binary as hexadecimal
 * digits). Nothing is escaped. Items of an array are separated by `, `.
 * True if the text had to be repaired.
 */
bool tcs_buf_value(struct tcs_buf *b, struct tcs_value v);

/* The same as a slice of the arena; ok tells whether memory sufficed. */
struct tcs_str tcs_value_str(struct tcs_value v, struct tcs_arena *a, bool *ok);

/*
 * Steps through the items of an array; *at starts at 0. False when there are
 * no more. An array without bytes has one empty item.
 */
bool tcs_value_array_next(struct tcs_value array, size_t *at, struct tcs_value *item);

#endif
