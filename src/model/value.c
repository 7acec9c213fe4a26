#include "model/value.h"

#include <math.h>
#include <stdio.h>

/* Text of one byte a unit (UTF-8, ANSI) without its trailing NULs. */
static struct tcs_str byte_text(struct tcs_value v)
{
    struct tcs_str s = {(const char *)v.p, v.len};
    while (v.type == TCS_VALUE_ANSI && s.len && s.p[s.len - 1] == '\0')
        s.len--;
    return s;
}

/* Length of a text in units and its i-th unit, whatever its encoding. Only used to compare with ASCII. */
static size_t text_units(struct tcs_value v)
{
    return v.type == TCS_VALUE_STRING ? tcs_value_utf16(v).units : byte_text(v).len;
}

static unsigned text_unit(struct tcs_value v, size_t i)
{
    return v.type == TCS_VALUE_STRING ? tcs_le16(v.p + 2 * i) : v.p[i];
}

bool tcs_value_is_empty_text(struct tcs_value v)
{
    size_t units = text_units(v);
    return units == 0 || (units == 1 && text_unit(v, 0) == '-');
}

static unsigned ascii_upper(unsigned c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

bool tcs_value_eq_ascii_nocase(struct tcs_value v, struct tcs_str text)
{
    if (!tcs_value_is_text(v) || text_units(v) != text.len)
        return false;
    if (v.type != TCS_VALUE_STRING)
        return tcs_str_eq_ascii_nocase((struct tcs_str){(const char *)v.p, text.len}, text);
    for (size_t i = 0; i < text.len; i++)
        if (ascii_upper(tcs_le16(v.p + 2 * i)) != ascii_upper((unsigned char)text.p[i]))
            return false;
    return true;
}

bool tcs_value_has_ascii_nocase(struct tcs_value v, struct tcs_str text)
{
    if (!tcs_value_is_text(v) || text.len == 0)
        return false;
    size_t units = text_units(v);
    for (size_t at = 0; at + text.len <= units; at++) {
        size_t same = 0;
        while (same < text.len &&
               ascii_upper(text_unit(v, at + same)) == ascii_upper((unsigned char)text.p[same]))
            same++;
        if (same == text.len)
            return true;
    }
    return false;
}

/* Short texts (numbers, SIDs, GUIDs, times) as ASCII; false if too long or not ASCII. Blanks around are cut.
 */
static bool short_ascii(struct tcs_value v, char *out, size_t cap, struct tcs_str *text)
{
    if (!tcs_value_is_text(v))
        return false;
    size_t units = text_units(v);
    if (units > cap)
        return false;
    for (size_t i = 0; i < units; i++) {
        unsigned c = text_unit(v, i);
        if (c >= 0x80)
            return false;
        out[i] = (char)c;
    }
    size_t first = 0;
    while (first < units &&
           (out[first] == ' ' || out[first] == '\t' || out[first] == '\r' || out[first] == '\n'))
        first++;
    while (units > first && (out[units - 1] == ' ' || out[units - 1] == '\t' || out[units - 1] == '\r' ||
                             out[units - 1] == '\n'))
        units--;
    *text = (struct tcs_str){out + first, units - first};
    return true;
}

/* Decimal, or hexadecimal after 0x; nothing before or behind. */
static bool number_of_text(struct tcs_str s, uint64_t *out)
{
    unsigned base = 10;
    size_t at = 0;
    if (s.len > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x') {
        base = 16;
        at = 2;
    }
    if (at == s.len)
        return false;
    uint64_t n = 0;
    for (; at < s.len; at++) {
        int digit = tcs_hex_digit(s.p[at]);
        if (digit < 0 || (unsigned)digit >= base || n > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        n = n * base + (unsigned)digit;
    }
    *out = n;
    return true;
}

/* Size of a fixed-width integer type and whether it is signed; 0 for all other types. */
static unsigned integer_width(uint8_t type, bool *is_signed)
{
    enum { SIGNED = 0x80 };
    static const uint8_t widths[256] = {
        [TCS_VALUE_INT8] = 1 | SIGNED,  [TCS_VALUE_UINT8] = 1,          [TCS_VALUE_INT16] = 2 | SIGNED,
        [TCS_VALUE_UINT16] = 2,         [TCS_VALUE_INT32] = 4 | SIGNED, [TCS_VALUE_UINT32] = 4,
        [TCS_VALUE_INT64] = 8 | SIGNED, [TCS_VALUE_UINT64] = 8,         [TCS_VALUE_HEX32] = 4,
        [TCS_VALUE_HEX64] = 8,
    };
    *is_signed = (widths[type] & SIGNED) != 0;
    return widths[type] & ~(unsigned)SIGNED;
}

static uint64_t little_endian(const uint8_t *p, unsigned width)
{
    if (width == 8)
        return tcs_le64(p);
    if (width == 4)
        return tcs_le32(p);
    return width == 2 ? tcs_le16(p) : p[0];
}

static int64_t sign_extend(uint64_t n, unsigned width)
{
    uint64_t sign = UINT64_C(1) << (8 * width - 1);
    return (int64_t)((n ^ sign) - sign);
}

/* UTF-16 that is a few decimal digits and nothing else: the numbers of .evt. False: look at it properly. */
static bool is_plain_decimal(struct tcs_value v, uint64_t *out)
{
    enum { DIGITS_MOST = 18 }; /* what fits 64 bits whatever it is */
    if (v.type != TCS_VALUE_STRING || v.len < 2 || v.len > 2 * DIGITS_MOST)
        return false;
    uint64_t n = 0;
    for (size_t i = 0; i + 1 < v.len; i += 2) {
        unsigned digit = tcs_le16(v.p + i) - '0';
        if (digit > 9)
            return false;
        n = 10 * n + digit;
    }
    *out = n;
    return true;
}

bool tcs_value_other_u64(struct tcs_value v, uint64_t *out)
{
    if (is_plain_decimal(v, out))
        return true;
    if (tcs_value_is_text(v)) {
        char ascii[40];
        struct tcs_str s;
        return short_ascii(v, ascii, sizeof ascii, &s) && number_of_text(s, out);
    }
    bool is_signed;
    unsigned width = integer_width(v.type, &is_signed);
    if (v.type == TCS_VALUE_SIZE && (v.len == 4 || v.len == 8))
        width = v.len;
    if (width == 0 || v.len != width)
        return false;
    *out = little_endian(v.p, width);
    if (is_signed)
        *out = (uint64_t)sign_extend(*out, width);
    return true;
}

bool tcs_value_logon_id(struct tcs_value v, uint64_t *out)
{
    char ascii[64];
    struct tcs_str s;
    if (!tcs_value_is_text(v) || !short_ascii(v, ascii, sizeof ascii, &s) || s.len < 5 || s.p[0] != '(')
        return tcs_value_u64(v, out);
    size_t comma = tcs_str_find(s, ',');
    uint64_t high, low;
    if (s.p[s.len - 1] != ')' || comma == s.len || !number_of_text(tcs_str_cut(s, 1, comma), &high) ||
        !number_of_text(tcs_str_cut(s, comma + 1, s.len - 1), &low) || high > UINT32_MAX || low > UINT32_MAX)
        return false;
    *out = high << 32 | low;
    return true;
}

bool tcs_value_sid(struct tcs_value v, struct tcs_sid *out)
{
    out->len = 0;
    if (v.type == TCS_VALUE_SID)
        return tcs_sid_from_bytes((struct tcs_bytes){v.p, v.len}, out);
    char ascii[200];
    struct tcs_str s;
    return short_ascii(v, ascii, sizeof ascii, &s) && tcs_sid_from_text(s, out);
}

/* Text order of the 16 bytes of a GUID: the first three groups are little-endian numbers. */
static const uint8_t guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool tcs_value_guid(struct tcs_value v, uint8_t out[16])
{
    if (v.type == TCS_VALUE_GUID && v.len == 16) {
        memcpy(out, v.p, 16);
        return true;
    }
    char ascii[40];
    struct tcs_str s;
    if (!short_ascii(v, ascii, sizeof ascii, &s))
        return false;
    if (s.len == 38 && s.p[0] == '{' && s.p[37] == '}')
        s = tcs_str_cut(s, 1, 37);
    if (s.len != 36)
        return false;
    unsigned digits = 0;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        int digit = tcs_hex_digit(s.p[i]);
        if (dash ? s.p[i] != '-' : digit < 0)
            return false;
        if (dash)
            continue;
        uint8_t *byte = &out[guid_order[digits / 2]];
        *byte = (uint8_t)(digits % 2 ? *byte | digit : digit << 4);
        digits++;
    }
    return true;
}

bool tcs_value_time(struct tcs_value v, struct tcs_time *out)
{
    if (v.type == TCS_VALUE_FILETIME && v.len == 8) {
        *out = tcs_time_of_filetime(tcs_le64(v.p));
        return true;
    }
    if (v.type == TCS_VALUE_SYSTEMTIME && v.len == 16)
        return tcs_time_of_systemtime(v.p, out);
    char ascii[64];
    struct tcs_str s;
    return short_ascii(v, ascii, sizeof ascii, &s) && tcs_time_parse(s, out);
}

static void put_guid(struct tcs_buf *b, const uint8_t *p)
{
    char text[38];
    size_t at = 0;
    text[at++] = '{';
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = tcs_hex_pairs[2 * p[guid_order[i]]];
        text[at++] = tcs_hex_pairs[2 * p[guid_order[i]] + 1];
    }
    text[at++] = '}';
    tcs_buf_put(b, text, at);
}

/* As many digits as it takes to read the same number back; Windows' words for what is no number. */
static void put_real(struct tcs_buf *b, double x, int digits)
{
    if (x != x)
        tcs_buf_puts(b, "-1.#IND");
    else if (x == HUGE_VAL || x == -HUGE_VAL)
        tcs_buf_puts(b, x < 0 ? "-1.#INF" : "1.#INF");
    else
        tcs_buf_printf(b, "%.*g", digits, x);
}

static void put_float(struct tcs_buf *b, struct tcs_value v)
{
    uint32_t bits = tcs_le32(v.p);
    float x;
    memcpy(&x, &bits, sizeof x);
    put_real(b, (double)x, 9);
}

static void put_double(struct tcs_buf *b, struct tcs_value v)
{
    uint64_t bits = tcs_le64(v.p);
    double x;
    memcpy(&x, &bits, sizeof x);
    put_real(b, x, 17);
}

static void put_hex(struct tcs_buf *b, struct tcs_value v)
{
    tcs_buf_puts(b, "0x");
    tcs_buf_hex(b, little_endian(v.p, v.len));
}

static void put_integer(struct tcs_buf *b, struct tcs_value v)
{
    bool is_signed;
    unsigned width = integer_width(v.type, &is_signed);
    uint64_t n = little_endian(v.p, width);
    if (is_signed)
        tcs_buf_i64(b, sign_extend(n, width));
    else
        tcs_buf_u64(b, n);
}

static void put_bool(struct tcs_buf *b, struct tcs_value v)
{
    bool is_true = false;
    for (size_t i = 0; i < v.len; i++)
        is_true = is_true || v.p[i];
    tcs_buf_puts(b, is_true ? "true" : "false");
}

static void put_guid_value(struct tcs_buf *b, struct tcs_value v)
{
    put_guid(b, v.p);
}

static void put_filetime(struct tcs_buf *b, struct tcs_value v)
{
    tcs_buf_time(b, tcs_time_of_filetime(tcs_le64(v.p)));
}

static void put_systemtime(struct tcs_buf *b, struct tcs_value v)
{
    static const uint8_t unset[16];
    struct tcs_time t;
    if (tcs_time_of_systemtime(v.p, &t))
        tcs_buf_time(b, t);
    else if (memcmp(v.p, unset, sizeof unset) != 0)
        tcs_buf_hex_bytes(b, (struct tcs_bytes){v.p, v.len});
}

static void put_sid(struct tcs_buf *b, struct tcs_value v)
{
    struct tcs_sid sid;
    if (tcs_value_sid(v, &sid))
        tcs_buf_sid(b, &sid);
    else
        tcs_buf_hex_bytes(b, (struct tcs_bytes){v.p, v.len});
}

/* Types of fixed width: what their bytes must be and how they are shown. */
static const struct printer {
    void (*put)(struct tcs_buf *b, struct tcs_value v);
    uint8_t widths[2]; /* lengths it may have; 0 = none further */
} printers[] = {
    [TCS_VALUE_INT8] = {put_integer, {1}},
    [TCS_VALUE_UINT8] = {put_integer, {1}},
    [TCS_VALUE_INT16] = {put_integer, {2}},
    [TCS_VALUE_UINT16] = {put_integer, {2}},
    [TCS_VALUE_INT32] = {put_integer, {4}},
    [TCS_VALUE_UINT32] = {put_integer, {4}},
    [TCS_VALUE_INT64] = {put_integer, {8}},
    [TCS_VALUE_UINT64] = {put_integer, {8}},
    [TCS_VALUE_FLOAT] = {put_float, {4}},
    [TCS_VALUE_DOUBLE] = {put_double, {8}},
    [TCS_VALUE_BOOL] = {put_bool, {4, 1}},
    [TCS_VALUE_GUID] = {put_guid_value, {16}},
    [TCS_VALUE_SIZE] = {put_hex, {4, 8}},
    [TCS_VALUE_FILETIME] = {put_filetime, {8}},
    [TCS_VALUE_SYSTEMTIME] = {put_systemtime, {16}},
    [TCS_VALUE_HEX32] = {put_hex, {4}},
    [TCS_VALUE_HEX64] = {put_hex, {8}},
};

static const struct printer *printer_of(struct tcs_value v)
{
    if (v.type >= sizeof printers / sizeof printers[0] || printers[v.type].put == NULL)
        return NULL;
    const struct printer *p = &printers[v.type];
    return v.len == p->widths[0] || (p->widths[1] && v.len == p->widths[1]) ? p : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): an item of an array is no array */
static bool put_array(struct tcs_buf *b, struct tcs_value v)
{
    bool damaged = false;
    size_t at = 0;
    struct tcs_value item;
    for (bool first = true; tcs_value_array_next(v, &at, &item); first = false) {
        if (!first)
            tcs_buf_puts(b, ", ");
        damaged |= tcs_buf_value(b, item);
    }
    return damaged;
}

/* NOLINTNEXTLINE(misc-no-recursion): an item of an array is no array */
bool tcs_buf_value(struct tcs_buf *b, struct tcs_value v)
{
    if (v.type == TCS_VALUE_NULL || v.len == 0)
        return false;
    if (v.type & TCS_VALUE_ARRAY)
        return put_array(b, v);
    if (v.type == TCS_VALUE_STRING)
        return tcs_buf_utf16(b, tcs_value_utf16(v));
    if (v.type == TCS_VALUE_UTF8) {
        tcs_buf_str(b, byte_text(v));
        return false;
    }
    if (v.type == TCS_VALUE_ANSI) {
        struct tcs_str s = byte_text(v);
        tcs_buf_cp1252(b, (struct tcs_bytes){(const uint8_t *)s.p, s.len});
        return false;
    }
    if (v.type == TCS_VALUE_SID) {
        put_sid(b, v);
        return false;
    }
    const struct printer *printer = printer_of(v);
    if (printer)
        printer->put(b, v);
    else /* binary, unknown types, and known ones of a wrong size: the bytes themselves */
        tcs_buf_hex_bytes(b, (struct tcs_bytes){v.p, v.len});
    return false;
}

struct tcs_str tcs_value_str(struct tcs_value v, struct tcs_arena *a, bool *ok)
{
    bool damaged = false;
    if (v.type == TCS_VALUE_STRING)
        return tcs_utf16_to_str(a, tcs_value_utf16(v), &damaged, ok);
    struct tcs_buf b;
    tcs_buf_init(&b, 6 * (size_t)v.len + 64); /* a byte of an array may become "-128, " */
    tcs_buf_value(&b, v);
    struct tcs_str copy = tcs_arena_str(a, tcs_buf_view(&b), ok);
    *ok = *ok && !b.bad;
    tcs_buf_done(&b);
    return copy;
}

/* Bytes of the item at the start of what is left of an array, without its separator; *step includes it. */
static size_t array_item_len(uint8_t type, struct tcs_bytes left, size_t *step)
{
    size_t len = 0;
    bool is_signed;
    switch (type) {
    case TCS_VALUE_STRING:
        while (len + 1 < left.len && tcs_le16(left.p + len) != 0)
            len += 2;
        *step = len + 2;
        return len;
    case TCS_VALUE_ANSI:
        while (len < left.len && left.p[len] != 0)
            len++;
        *step = len + 1;
        return len;
    case TCS_VALUE_SID:
        len = left.len >= 2 ? 8 + 4 * (size_t)left.p[1] : left.len;
        break;
    case TCS_VALUE_GUID:
    case TCS_VALUE_SYSTEMTIME:
        len = 16;
        break;
    case TCS_VALUE_FILETIME:
    case TCS_VALUE_DOUBLE:
    case TCS_VALUE_SIZE:
        len = 8;
        break;
    case TCS_VALUE_FLOAT:
    case TCS_VALUE_BOOL:
        len = 4;
        break;
    default:
        len = integer_width(type, &is_signed);
    }
    /* What has no width of its own, or is cut, is one item with all that is left. */
    if (len == 0 || len > left.len)
        len = left.len;
    *step = len;
    return len;
}

bool tcs_value_array_next(struct tcs_value array, size_t *at, struct tcs_value *item)
{
    uint8_t type = (uint8_t)(array.type & ~TCS_VALUE_ARRAY);
    if (*at >= array.len) {
        bool empty = array.len == 0 && *at == 0;
        *at = (size_t)array.len + 1;
        *item = (struct tcs_value){array.p, 0, type};
        return empty;
    }
    size_t step;
    size_t len = array_item_len(type, (struct tcs_bytes){array.p + *at, array.len - *at}, &step);
    *item = (struct tcs_value){array.p + *at, (uint32_t)len, type};
    *at += step;
    return true;
}
