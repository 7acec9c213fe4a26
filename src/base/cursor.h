/*
 * The bounded cursor: the only way to take values from untrusted bytes.
 *
 * A read past the end gives zero, sets `bad` for good and leaves the position
 * alone, so a parser reads a whole structure and asks once at the end.
 */
#ifndef TCS_BASE_CURSOR_H
#define TCS_BASE_CURSOR_H

#include "base/bytes.h"

struct tcs_cursor {
    const uint8_t *base; /* offset 0 of all positions, the chunk or record */
    size_t pos;          /* next byte, <= end */
    size_t end;          /* first byte that may not be read */
    bool bad;            /* a read went past the end */
};

/* A cursor over bytes [pos, end) of base; an impossible range makes an empty cursor that is already bad. */
static inline struct tcs_cursor tcs_cursor_at(const uint8_t *base, size_t pos, size_t end)
{
    if (pos > end)
        return (struct tcs_cursor){base, end, end, true};
    return (struct tcs_cursor){base, pos, end, false};
}

static inline struct tcs_cursor tcs_cursor_of(struct tcs_bytes b)
{
    return (struct tcs_cursor){b.p, 0, b.len, false};
}

static inline size_t tcs_cursor_left(const struct tcs_cursor *c)
{
    return c->bad ? 0 : c->end - c->pos;
}

/* Takes n bytes: a pointer to them, or NULL with c->bad set. */
static inline const uint8_t *tcs_take(struct tcs_cursor *c, size_t n)
{
    if (c->bad || n > c->end - c->pos) {
        c->bad = true;
        return NULL;
    }
    const uint8_t *p = c->base + c->pos;
    c->pos += n;
    return p;
}

static inline uint8_t tcs_take_u8(struct tcs_cursor *c)
{
    const uint8_t *p = tcs_take(c, 1);
    return p ? p[0] : 0;
}

static inline uint16_t tcs_take_u16(struct tcs_cursor *c)
{
    const uint8_t *p = tcs_take(c, 2);
    return p ? tcs_le16(p) : 0;
}

static inline uint32_t tcs_take_u32(struct tcs_cursor *c)
{
    const uint8_t *p = tcs_take(c, 4);
    return p ? tcs_le32(p) : 0;
}

static inline uint64_t tcs_take_u64(struct tcs_cursor *c)
{
    const uint8_t *p = tcs_take(c, 8);
    return p ? tcs_le64(p) : 0;
}

/* The next byte without taking it; 0 and bad at the end. */
static inline uint8_t tcs_peek_u8(struct tcs_cursor *c)
{
    if (c->bad || c->pos >= c->end) {
        c->bad = true;
        return 0;
    }
    return c->base[c->pos];
}

#endif
