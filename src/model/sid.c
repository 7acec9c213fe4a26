#include "model/sid.h"

#include <string.h>

bool tcs_sid_from_bytes(struct tcs_bytes raw, struct tcs_sid *out)
{
    out->len = 0;
    if (raw.len < 8 || raw.p[0] != 1 || raw.p[1] > TCS_SID_SUBS_MAX || raw.len != 8u + 4u * raw.p[1])
        return false;
    out->len = (uint8_t)raw.len;
    memcpy(out->b, raw.p, raw.len);
    return true;
}

/* Takes one number up to `most` from *at on; a 0x prefix makes it hexadecimal. */
static bool take_number(struct tcs_str text, size_t *at, uint64_t most, uint64_t *out)
{
    unsigned base = 10;
    if (text.len - *at > 2 && text.p[*at] == '0' && (text.p[*at + 1] | 0x20) == 'x') {
        base = 16;
        *at += 2;
    }
    size_t first = *at;
    uint64_t n = 0;
    for (; *at < text.len; ++*at) {
        char c = text.p[*at];
        unsigned digit = c >= '0' && c <= '9'                     ? (unsigned)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10
                                                                  : 16;
        if (digit >= base)
            break;
        if (n > (most - digit) / base)
            return false;
        n = n * base + digit;
    }
    *out = n;
    return *at > first;
}

bool tcs_sid_from_text(struct tcs_str text, struct tcs_sid *out)
{
    out->len = 0;
    if (text.len < 5 || (text.p[0] != 'S' && text.p[0] != 's') || text.p[1] != '-')
        return false;
    size_t at = 2;
    uint64_t n;
    if (!take_number(text, &at, 255, &n) || n != 1 || at >= text.len || text.p[at++] != '-')
        return false;
    if (!take_number(text, &at, (UINT64_C(1) << 48) - 1, &n))
        return false;
    uint8_t count = 0;
    for (unsigned i = 0; i < 6; i++)
        out->b[2 + i] = (uint8_t)(n >> (40 - 8 * i));
    while (at < text.len) {
        if (text.p[at++] != '-' || count == TCS_SID_SUBS_MAX || !take_number(text, &at, UINT32_MAX, &n))
            return false;
        for (unsigned i = 0; i < 4; i++)
            out->b[8u + 4u * count + i] = (uint8_t)(n >> (8 * i));
        count++;
    }
    out->b[0] = 1;
    out->b[1] = count;
    out->len = (uint8_t)(8 + 4 * count);
    return true;
}

void tcs_buf_sid(struct tcs_buf *b, const struct tcs_sid *sid)
{
    if (sid->len == 0)
        return;
    uint64_t authority = 0;
    for (unsigned i = 2; i < 8; i++)
        authority = authority << 8 | sid->b[i];
    tcs_buf_puts(b, "S-1-");
    if (authority > UINT32_MAX) {
        tcs_buf_puts(b, "0x");
        tcs_buf_hex(b, authority);
    } else {
        tcs_buf_u64(b, authority);
    }
    for (unsigned i = 0; i < sid->b[1]; i++) {
        tcs_buf_putc(b, '-');
        tcs_buf_u64(b, tcs_le32(sid->b + 8 + 4 * i));
    }
}

bool tcs_sid_eq(const struct tcs_sid *a, const struct tcs_sid *b)
{
    return a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

bool tcs_sid_below(const struct tcs_sid *sid, const struct tcs_sid *head)
{
    /* Byte 1, the count, is the only one that differs between a SID and what lies below it. */
    return head->len >= 8 && sid->len >= head->len && sid->b[0] == head->b[0] &&
           memcmp(sid->b + 2, head->b + 2, head->len - 2u) == 0;
}

bool tcs_sid_is_null(const struct tcs_sid *sid)
{
    static const struct tcs_sid nobody = {12, {1, 1}};
    return tcs_sid_eq(sid, &nobody);
}
