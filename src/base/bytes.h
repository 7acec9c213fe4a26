/*
 * Slices: bytes with a length, never NUL-terminated, never owned.
 *
 * A slice borrows memory of somebody else; the declaration that hands one out
 * says until when it stays good. A NUL inside is data.
 */
#ifndef TCS_BASE_BYTES_H
#define TCS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Raw bytes. */
struct tcs_bytes {
    const uint8_t *p;
    size_t len; /* bytes */
};

/* UTF-8 text, always well formed. */
struct tcs_str {
    const char *p;
    size_t len; /* bytes */
};

/* A slice of a string literal. */
#define TCS_STR(lit) ((struct tcs_str){(lit), sizeof(lit) - 1})

/* The same for static tables, where a compound literal is not allowed. */
#define TCS_STR_INIT(lit)                                                                                    \
    {                                                                                                        \
        (lit), sizeof(lit) - 1                                                                               \
    }

/* For printf("%.*s"): precision and pointer. Texts longer than INT_MAX do not occur below our limits. */
#define TCS_STR_ARG(s) (int)(s).len, (s).p

static inline struct tcs_str tcs_str_of(const char *cstr)
{
    return (struct tcs_str){cstr, strlen(cstr)};
}

static inline bool tcs_str_eq(struct tcs_str a, struct tcs_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool tcs_str_starts(struct tcs_str s, struct tcs_str head)
{
    return s.len >= head.len && (head.len == 0 || memcmp(s.p, head.p, head.len) == 0);
}

static inline bool tcs_str_ends(struct tcs_str s, struct tcs_str tail)
{
    return s.len >= tail.len && (tail.len == 0 || memcmp(s.p + s.len - tail.len, tail.p, tail.len) == 0);
}

/* The part from byte `from` up to but without byte `to`; both are clamped to the slice. */
static inline struct tcs_str tcs_str_cut(struct tcs_str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (struct tcs_str){s.p + from, to - from};
}

/* Position of the first c, or s.len. */
static inline size_t tcs_str_find(struct tcs_str s, char c)
{
    const char *hit = s.len ? memchr(s.p, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.p) : s.len;
}

/* ASCII letters only: for keywords and account names, never for paths (see base/fold.h). */
bool tcs_str_eq_ascii_nocase(struct tcs_str a, struct tcs_str b);

/* Position of the last c, or s.len. */
size_t tcs_str_rfind(struct tcs_str s, char c);

/* True if needle occurs in s, ASCII letters in either case. An empty needle occurs everywhere. */
bool tcs_str_has_ascii_nocase(struct tcs_str s, struct tcs_str needle);

/* What a hexadecimal digit of either case stands for, or -1. */
static inline int tcs_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Little-endian integers at any alignment. The caller has checked the bounds. */
static inline uint16_t tcs_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)(p[1] << 8));
}

static inline uint32_t tcs_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t tcs_le64(const uint8_t *p)
{
    return (uint64_t)tcs_le32(p) | (uint64_t)tcs_le32(p + 4) << 32;
}

/* The other way: the 8 bytes of n from p on, the lowest first. */
static inline void tcs_put_le64(uint8_t *p, uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(n >> (8 * i));
}

/* memcmp for equality, without a call where it would cost more than the comparison: SIDs, GUIDs, short names.
 */
static inline bool tcs_same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len >= 8 && len <= 16)
        return tcs_le64(a) == tcs_le64(b) && tcs_le64(a + len - 8) == tcs_le64(b + len - 8);
    return len == 0 || memcmp(a, b, len) == 0;
}

#endif
