/*
 * A growing buffer with a size it may never exceed.
 *
 * What does not fit sets `bad` for good and is dropped whole, so a writer
 * puts a whole text and asks once. The contents up to then stay valid.
 */
#ifndef TCS_BASE_BUF_H
#define TCS_BASE_BUF_H

#include "base/bytes.h"
#include "base/error.h"

struct tcs_buf {
    char *p;      /* owned */
    size_t len;   /* bytes written */
    size_t cap;   /* bytes allocated */
    size_t max;   /* bytes that may be allocated */
    bool bad;     /* something did not fit, or memory was refused */
    bool starved; /* memory was refused, since init or done */
};

/* An empty buffer that grows to max bytes at most. Allocates nothing yet. */
void tcs_buf_init(struct tcs_buf *b, size_t max);

/* Frees the memory; the buffer is empty and usable afterwards. */
void tcs_buf_done(struct tcs_buf *b);

/*
 * As tcs_buf_done, for a part that was put together to be appended to whole:
 * where memory was refused for the part, whole lacks something too.
 */
static inline void tcs_buf_done_for(struct tcs_buf *part, struct tcs_buf *whole)
{
    whole->starved = whole->starved || part->starved;
    tcs_buf_done(part);
}

/* Forgets the contents and the error, keeps the memory, and keeps in mind whether memory was ever refused. */
static inline void tcs_buf_clear(struct tcs_buf *b)
{
    b->len = 0;
    b->bad = false;
}

/* tcs_buf_room where there is none yet. */
char *tcs_buf_grow(struct tcs_buf *b, size_t more);

/*
 * Room for `more` further bytes at p + len, or NULL with bad set. The caller
 * writes there and adds to len what it wrote.
 */
static inline char *tcs_buf_room(struct tcs_buf *b, size_t more)
{
    bool fits = !b->bad && more <= b->cap && b->len <= b->cap - more && b->len + more <= b->max;
    return fits ? b->p + b->len : tcs_buf_grow(b, more);
}

/* All append; what exceeds the limit, or has no memory, sets b->bad and is left out. */
static inline void tcs_buf_put(struct tcs_buf *b, const void *p, size_t len)
{
    char *room = len ? tcs_buf_room(b, len) : NULL;
    if (room) {
        memcpy(room, p, len);
        b->len += len;
    }
}

static inline void tcs_buf_putc(struct tcs_buf *b, char c)
{
    tcs_buf_put(b, &c, 1);
}

static inline void tcs_buf_puts(struct tcs_buf *b, const char *cstr)
{
    tcs_buf_put(b, cstr, strlen(cstr));
}

static inline void tcs_buf_str(struct tcs_buf *b, struct tcs_str s)
{
    tcs_buf_put(b, s.p, s.len);
}

/* More that append in the same way: one character many times, and formatted text. */
void tcs_buf_fill(struct tcs_buf *b, char c, size_t count);
void tcs_buf_printf(struct tcs_buf *b, const char *fmt, ...) TCS_PRINTF(2, 3);

/* Decimal and lower-case hexadecimal without leading zeros, faster than printf. */
void tcs_buf_u64(struct tcs_buf *b, uint64_t n);
void tcs_buf_i64(struct tcs_buf *b, int64_t n);
void tcs_buf_hex(struct tcs_buf *b, uint64_t n);

/* Not as text: the 8 bytes that tcs_le64 reads, for what is stored and read again. */
void tcs_buf_le64(struct tcs_buf *b, uint64_t n);

/* The two upper-case hexadecimal digits of every byte, one after the other. */
extern const char tcs_hex_pairs[513];

/* Bytes as upper-case hexadecimal digits, two a byte, without separators. */
void tcs_buf_hex_bytes(struct tcs_buf *b, struct tcs_bytes bytes);

static inline struct tcs_str tcs_buf_view(const struct tcs_buf *b)
{
    return (struct tcs_str){b->p ? b->p : "", b->len};
}

#endif
