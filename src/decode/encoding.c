#include "decode/encoding.h"

#include "base/utf.h"

enum tcs_encoding tcs_encoding_of(struct tcs_bytes head, size_t *mark)
{
    static const struct {
        uint8_t bytes[3];
        uint8_t len;
        uint8_t mark; /* of these, how many are the mark and no text */
        uint8_t encoding;
    } signs[] = {
        {{0xEF, 0xBB, 0xBF}, 3, 3, TCS_UTF8}, {{0xFF, 0xFE}, 2, 2, TCS_UTF16LE},
        {{0xFE, 0xFF}, 2, 2, TCS_UTF16BE},    {{'<', 0}, 2, 0, TCS_UTF16LE},
        {{0, '<'}, 2, 0, TCS_UTF16BE},        {{'{', 0}, 2, 0, TCS_UTF16LE},
        {{0, '{'}, 2, 0, TCS_UTF16BE},        {{'[', 0}, 2, 0, TCS_UTF16LE},
        {{0, '['}, 2, 0, TCS_UTF16BE},
    };
    *mark = 0;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (head.len < signs[i].len || memcmp(head.p, signs[i].bytes, signs[i].len) != 0)
            continue;
        *mark = signs[i].mark;
        return (enum tcs_encoding)signs[i].encoding;
    }
    return TCS_UTF8;
}

static void add_utf16(struct tcs_encoder *e, struct tcs_bytes bytes, struct tcs_buf *to)
{
    enum { PIECE = 512 };
    uint8_t units[PIECE + sizeof e->rest];
    bool swap = e->encoding == TCS_UTF16BE;
    while (bytes.len) {
        size_t len = e->rest_len;
        memcpy(units, e->rest, len);
        size_t take = bytes.len < PIECE ? bytes.len : PIECE;
        memcpy(units + len, bytes.p, take);
        bytes.p += take;
        bytes.len -= take;
        len += take;
        /* An odd byte, and the first half of a pair, wait for what follows. */
        size_t whole = len & ~(size_t)1;
        if (whole && (units[whole - (swap ? 2 : 1)] & 0xFC) == 0xD8)
            whole -= 2;
        e->rest_len = (uint8_t)(len - whole);
        memcpy(e->rest, units + whole, e->rest_len);
        for (size_t i = 0; swap && i < whole; i += 2) {
            uint8_t high = units[i];
            units[i] = units[i + 1];
            units[i + 1] = high;
        }
        tcs_buf_utf16(to, (struct tcs_utf16){units, whole / 2});
    }
}

/* The first bytes of all: what are they in. False while there are too few to tell. */
static bool settle(struct tcs_encoder *e, struct tcs_bytes *bytes, struct tcs_buf *to)
{
    while (e->rest_len < 3 && bytes->len) {
        e->rest[e->rest_len++] = *bytes->p++;
        bytes->len--;
    }
    if (e->rest_len < 3)
        return false;
    size_t mark;
    e->encoding = tcs_encoding_of((struct tcs_bytes){e->rest, e->rest_len}, &mark);
    e->is_known = true;
    e->rest_len = (uint8_t)(e->rest_len - mark);
    memmove(e->rest, e->rest + mark, e->rest_len);
    if (e->encoding == TCS_UTF8) {
        tcs_buf_put(to, e->rest, e->rest_len);
        e->rest_len = 0;
    }
    return true;
}

void tcs_encoder_add(struct tcs_encoder *e, struct tcs_bytes bytes, struct tcs_buf *to)
{
    if (!e->is_known && !settle(e, &bytes, to))
        return;
    if (e->encoding == TCS_UTF8)
        tcs_buf_put(to, bytes.p, bytes.len);
    else
        add_utf16(e, bytes, to);
}

size_t tcs_encoding_utf16_len(struct tcs_str text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.p[i];
        units += (c & 0xC0) != 0x80; /* not the middle of a character */
        units += c >= 0xF0;          /* a pair of surrogates */
    }
    return 2 * units;
}
