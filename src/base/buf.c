#include "base/buf.h"

#include "base/ckd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 256 };

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

char *tcs_buf_room(struct tcs_buf *b, size_t more)
{
    size_t need;
    if (b->bad || tcs_ckd_add(&need, b->len, more) || need > b->max || (need > b->cap && !grow(b, need))) {
        b->bad = true;
        return NULL;
    }
    return b->p + b->len;
}

void tcs_buf_put(struct tcs_buf *b, const void *p, size_t len)
{
    if (len == 0)
        return;
    char *room = tcs_buf_room(b, len);
    if (room == NULL)
        return;
    memcpy(room, p, len);
    b->len += len;
}

void tcs_buf_putc(struct tcs_buf *b, char c)
{
    tcs_buf_put(b, &c, 1);
}

void tcs_buf_puts(struct tcs_buf *b, const char *cstr)
{
    tcs_buf_put(b, cstr, strlen(cstr));
}

void tcs_buf_str(struct tcs_buf *b, struct tcs_str s)
{
    tcs_buf_put(b, s.p, s.len);
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

void tcs_buf_u64(struct tcs_buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
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
    for (size_t i = 0; i < bytes.len; i++) {
        room[2 * i] = "0123456789ABCDEF"[bytes.p[i] >> 4];
        room[2 * i + 1] = "0123456789ABCDEF"[bytes.p[i] & 15];
    }
    b->len += len;
}
