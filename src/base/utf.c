#include "base/utf.h"

#include "base/ckd.h"
#include "base/units8.h"

static bool is_high_surrogate(uint32_t u)
{
    return u >= 0xD800 && u <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t u)
{
    return u >= 0xDC00 && u <= 0xDFFF;
}

uint32_t tcs_utf16_next(struct tcs_utf16 text, size_t *at, bool *damaged)
{
    uint32_t unit = tcs_le16(text.p + 2 * *at);
    *at += 1;
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit))
        return unit;
    if (is_high_surrogate(unit) && *at < text.units) {
        uint32_t low = tcs_le16(text.p + 2 * *at);
        if (is_low_surrogate(low)) {
            *at += 1;
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    *damaged = true;
    return TCS_REPLACEMENT;
}

/* Length and lowest code point of the sequence that a first byte announces; 0 if it announces none. */
static size_t sequence_len(uint8_t first, uint32_t *least)
{
    if (first >= 0xC2 && first <= 0xDF) {
        *least = 0x80;
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *least = 0x800;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *least = 0x10000;
        return 4;
    }
    return 0;
}

uint32_t tcs_utf8_next(struct tcs_bytes text, size_t *at, bool *damaged)
{
    const uint8_t *p = text.p + *at;
    size_t left = text.len - *at;
    *at += 1;
    if (p[0] < 0x80)
        return p[0];
    uint32_t least = 0;
    size_t len = sequence_len(p[0], &least);
    bool whole = len != 0 && len <= left;
    uint32_t cp = p[0] & (0x7Fu >> len);
    for (size_t i = 1; whole && i < len; i++) {
        whole = (p[i] & 0xC0) == 0x80;
        cp = cp << 6 | (p[i] & 0x3Fu);
    }
    if (!whole || cp < least || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) {
        *damaged = true;
        return TCS_REPLACEMENT;
    }
    *at += len - 1;
    return cp;
}

struct tcs_str tcs_utf8_cut(struct tcs_str s, size_t most)
{
    size_t len = s.len;
    if (len > most) {
        len = most;
        while (len && ((uint8_t)s.p[len] & 0xC0) == 0x80)
            len--;
    }
    return tcs_str_cut(s, 0, len);
}

size_t tcs_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* UTF-8 needs at most 3 bytes for a UTF-16 unit (a pair of units needs 4). */
static size_t utf16_to_utf8(struct tcs_utf16 text, char *out, bool *damaged)
{
    size_t len = 0, at = 0;
    while (at < text.units) {
        if (text.units - at >= TCS_UNITS8) {
            tcs_units8 v = tcs_units8_load(text.p + 2 * at);
            unsigned ascii = tcs_units8_before((tcs_units8)(v > 0x7F));
            tcs_units8_store(v, out + len);
            at += ascii;
            len += ascii;
            if (ascii == TCS_UNITS8)
                continue;
        }
        len += tcs_utf8_encode(tcs_utf16_next(text, &at, damaged), out + len);
    }
    return len;
}

bool tcs_buf_utf16(struct tcs_buf *b, struct tcs_utf16 text)
{
    size_t most;
    if (tcs_ckd_mul(&most, text.units, 3)) {
        b->bad = true;
        return false;
    }
    bool damaged = false;
    char *room = most ? tcs_buf_room(b, most) : NULL;
    if (room)
        b->len += utf16_to_utf8(text, room, &damaged);
    return damaged;
}

/* What Windows code page 1252 has at 0x80 to 0x9F; the holes map to the C1 control of the same number. */
static const uint16_t cp1252_high[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

void tcs_buf_cp1252(struct tcs_buf *b, struct tcs_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        char out[4];
        size_t len = tcs_utf8_encode(c >= 0x80 && c <= 0x9F ? cp1252_high[c - 0x80] : c, out);
        tcs_buf_put(b, out, len);
    }
}

bool tcs_buf_utf8(struct tcs_buf *b, struct tcs_bytes text)
{
    bool damaged = false;
    for (size_t at = 0; at < text.len;) {
        char out[4];
        size_t len = tcs_utf8_encode(tcs_utf8_next(text, &at, &damaged), out);
        tcs_buf_put(b, out, len);
    }
    return damaged;
}

struct tcs_str tcs_utf16_to_str(struct tcs_arena *a, struct tcs_utf16 text, bool *damaged, bool *ok)
{
    *ok = true;
    if (text.units == 0)
        return (struct tcs_str){"", 0};
    char *out = tcs_arena_array(a, text.units, 3);
    *ok = out != NULL;
    if (out == NULL)
        return (struct tcs_str){"", 0};
    return (struct tcs_str){out, utf16_to_utf8(text, out, damaged)};
}
