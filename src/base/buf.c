#include "base/buf.h"

#include "base/ckd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 256 };

#define ROW(high)                                                                                            \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high "A" high  \
         "B" high "C" high "D" high "E" high "F"
const char tcs_hex_pairs[513] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
    ROW("8") ROW("9") ROW("A") ROW("B") ROW("C") ROW("D") ROW("E") ROW("F");

void tcs_buf_init(struct tcs_buf *b, size_t max)
{
    *b = (struct tcs_buf){.max = max};
}

void tcs_buf_done(struct tcs_buf *b)
{
    free(b->p);
    tcs_buf_init(b, b->max);
}

static bool grow(struct tcs_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < need && cap <= b->max / 2)
        cap *= 2;
    if (cap < need || cap > b->max)
        cap = b->max;
    char *p = realloc(b->p, cap);
    b->starved = b->starved || p == NULL;
    if (p == NULL)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

char *tcs_buf_grow(struct tcs_buf *b, size_t more)
{
    size_t need;
    if (b->bad || tcs_ckd_add(&need, b->len, more) || need > b->max || (need > b->cap && !grow(b, need))) {
        b->bad = true;
        return NULL;
    }
    return b->p + b->len;
}

void tcs_buf_fill(struct tcs_buf *b, char c, size_t count)
{
    if (count == 0)
        return;
    char *room = tcs_buf_room(b, count);
    if (room == NULL)
        return;
    memset(room, c, count);
    b->len += count;
}

void tcs_buf_printf(struct tcs_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *room = len < 0 ? NULL : tcs_buf_room(b, (size_t)len + 1);
    if (room) {
        vsnprintf(room, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    b->bad = b->bad || len < 0;
    va_end(again);
}

/* 00 to 99, because a division for every two digits is half of them. */
static const char decimal_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

void tcs_buf_u64(struct tcs_buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    for (; n >= 100; n /= 100) {
        digits[--at] = decimal_pairs[2 * (n % 100) + 1];
        digits[--at] = decimal_pairs[2 * (n % 100)];
    }
    if (n >= 10)
        digits[--at] = decimal_pairs[2 * n + 1];
    digits[--at] = n >= 10 ? decimal_pairs[2 * n] : (char)('0' + n);
    tcs_buf_put(b, digits + at, sizeof digits - at);
}

void tcs_buf_i64(struct tcs_buf *b, int64_t n)
{
    if (n < 0)
        tcs_buf_putc(b, '-');
    tcs_buf_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void tcs_buf_hex(struct tcs_buf *b, uint64_t n)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[n & 15];
        n >>= 4;
    } while (n);
    tcs_buf_put(b, digits + at, sizeof digits - at);
}

void tcs_buf_le64(struct tcs_buf *b, uint64_t n)
{
    uint8_t bytes[8];
    tcs_put_le64(bytes, n);
    tcs_buf_put(b, bytes, sizeof bytes);
}

void tcs_buf_hex_bytes(struct tcs_buf *b, struct tcs_bytes bytes)
{
    size_t len;
    if (tcs_ckd_mul(&len, bytes.len, 2)) {
        b->bad = true;
        return;
    }
    char *room = len ? tcs_buf_room(b, len) : NULL;
    if (room == NULL)
        return;
    for (size_t i = 0; i < bytes.len; i++)
        memcpy(room + 2 * i, tcs_hex_pairs + 2 * bytes.p[i], 2);
    b->len += len;
}
