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

/* True for the types that hold text. */
bool tcs_value_is_text(struct tcs_value v);

/* True if the value says nothing: no value, no bytes, an empty text, or the "-" that Windows writes. */
bool tcs_value_is_absent(struct tcs_value v);

/* The UTF-16 text without its trailing NULs; only for TCS_VALUE_STRING. */
struct tcs_utf16 tcs_value_utf16(struct tcs_value v);

/* A whole number: from any integer type, or from text in decimal or 0x hexadecimal. */
bool tcs_value_u64(struct tcs_value v, uint64_t *out);

/* A logon id: a whole number, or the "(0x0,0x3E7)" of .evt (high word, low word). */
bool tcs_value_logon_id(struct tcs_value v, uint64_t *out);

/* A SID: binary, or as text. False leaves out->len 0. */
bool tcs_value_sid(struct tcs_value v, struct tcs_sid *out);

/* A GUID in the byte order of the log: binary, or text with or without braces. */
bool tcs_value_guid(struct tcs_value v, uint8_t out[16]);

/* A point in time: FILETIME, SYSTEMTIME, or text. */
bool tcs_value_time(struct tcs_value v, struct tcs_time *out);

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
