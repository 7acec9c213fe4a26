#include "engine/row.h"

/* Seven bits a byte, the lowest first; the last byte has no high bit. */
static void put_varint(struct tcs_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        tcs_buf_putc(b, (char)(uint8_t)(v | 0x80));
    tcs_buf_putc(b, (char)(uint8_t)v);
}

/* Only the shortest form is taken, so that a row has one form. */
static uint64_t take_varint(struct row *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = tcs_take_u8(&r->in);
        bool fits = shift < 63 || byte <= 1;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte & 0x80 && fits)
            continue;
        r->bad = r->bad || r->in.bad || !fits || (byte == 0 && shift);
        return r->bad ? 0 : v;
    }
    r->bad = true;
    return 0;
}

void row_u64(struct row *r, uint64_t *v, uint64_t most)
{
    if (!row_loads(r)) {
        put_varint(r->out, *v);
        return;
    }
    *v = take_varint(r);
    if (*v > most) {
        *v = 0;
        r->bad = true;
    }
}

#define ROW_NUMBER(name, type)                                                                               \
    void name(struct row *r, type *v, type most)                                                             \
    {                                                                                                        \
        uint64_t wide = *v;                                                                                  \
        row_u64(r, &wide, most);                                                                             \
        *v = (type)wide;                                                                                     \
    }
ROW_NUMBER(row_u32, uint32_t)
ROW_NUMBER(row_u16, uint16_t)
ROW_NUMBER(row_u8, uint8_t)

void row_bool(struct row *r, bool *v)
{
    uint64_t wide = *v;
    row_u64(r, &wide, 1);
    *v = wide != 0;
}

void row_count(struct row *r, size_t *v, size_t most)
{
    uint64_t wide = *v;
    row_u64(r, &wide, most);
    if (row_loads(r) && wide > tcs_cursor_left(&r->in)) {
        wide = 0;
        r->bad = true;
    }
    *v = (size_t)wide;
}

void row_place(struct row *r, uint32_t *v, uint32_t end)
{
    uint64_t wide = *v == NONE ? 0 : (uint64_t)*v + 1;
    row_u64(r, &wide, end);
    *v = wide == 0 ? NONE : (uint32_t)(wide - 1);
}

void row_time(struct row *r, struct tcs_time *t)
{
    /* Where the times of Windows end, the year 30828. */
    const int64_t far = INT64_MAX - INT64_C(116444736000000000);
    /* Signs go to the lowest bit, so that small numbers of either sign are short. */
    uint64_t wide = (uint64_t)t->ticks << 1 ^ (t->ticks < 0 ? UINT64_MAX : 0);
    row_u64(r, &wide, UINT64_MAX);
    t->ticks = (int64_t)(wide >> 1) ^ -(int64_t)(wide & 1);
    if (row_loads(r) && (t->ticks > far || t->ticks < -far)) {
        t->ticks = 0;
        r->bad = true;
    }
}

void row_bytes(struct row *r, struct tcs_bytes *b, size_t most)
{
    size_t len = b->len;
    row_count(r, &len, most);
    if (!row_loads(r)) {
        tcs_buf_put(r->out, b->p, b->len);
        return;
    }
    const uint8_t *p = tcs_take(&r->in, len);
    r->bad = r->bad || p == NULL;
    *b = r->bad ? (struct tcs_bytes){(const uint8_t *)"", 0} : (struct tcs_bytes){p, len};
}

static bool is_utf8(struct tcs_bytes b)
{
    bool damaged = false;
    for (size_t at = 0; at < b.len;)
        tcs_utf8_next(b, &at, &damaged);
    return !damaged;
}

void row_str(struct row *r, struct tcs_str *s, size_t most)
{
    struct tcs_bytes b = {(const uint8_t *)s->p, s->len};
    row_bytes(r, &b, most);
    if (!row_loads(r))
        return;
    r->bad = r->bad || !is_utf8(b);
    *s = (struct tcs_str){(const char *)b.p, r->bad ? 0 : b.len};
}

void row_raw(struct row *r, void *p, size_t len)
{
    if (!row_loads(r)) {
        tcs_buf_put(r->out, p, len);
        return;
    }
    const uint8_t *from = tcs_take(&r->in, len);
    r->bad = r->bad || from == NULL;
    if (r->bad)
        memset(p, 0, len);
    else
        memcpy(p, from, len);
}

void row_sid(struct row *r, struct tcs_sid *sid)
{
    struct tcs_bytes b = {sid->b, sid->len};
    row_bytes(r, &b, TCS_SID_LEN_MAX);
    if (!row_loads(r))
        return;
    *sid = (struct tcs_sid){0};
    if (b.len && !tcs_sid_from_bytes(b, sid))
        r->bad = true;
}
