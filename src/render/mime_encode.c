#include "render/mime_encode.h"

#include "base/utf.h"

#include <string.h>

enum {
    LINE_MOST = 76,          /* RFC 2045 for bodies, RFC 2047 for fields with encoded words */
    BASE64_IN_LINE = 57,     /* bytes that give 76 characters */
    BASE64_IN_ENCODED = 45,  /* bytes that give 60 characters: with =?UTF-8?B?...?= 72, and a blank before */
    ENCODED_FIRST_LEAST = 12 /* bytes worth beginning an encoded word for on the line of the name */
};

/* ---- quoted-printable ---- */

struct quoted {
    struct tcs_buf *b;
    size_t column;
};

/* A piece that must not be broken; a soft line end comes first if it does not fit with the = of one. */
static void put_piece(struct quoted *q, const char *piece, size_t len)
{
    if (q->column + len > LINE_MOST - 1) {
        tcs_buf_puts(q->b, "=\r\n");
        q->column = 0;
    }
    tcs_buf_put(q->b, piece, len);
    q->column += len;
}

static void put_hex(struct quoted *q, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char piece[3] = {'=', digits[byte >> 4], digits[byte & 15]};
    put_piece(q, piece, sizeof piece);
}

/* True if the byte at i cannot stand for itself there. */
static bool needs_hex(struct tcs_str s, size_t i, size_t column)
{
    char c = s.p[i];
    if (c == ' ' || c == '\t')
        return i + 1 == s.len || s.p[i + 1] == '\n';
    if (c < '!' || c > '~' || c == '=')
        return true;
    /* What relays and mailboxes are known to change at the start of a line. */
    bool is_first = column == 0 || column == LINE_MOST - 1;
    return is_first && (c == '.' || (c == 'F' && tcs_str_starts(tcs_str_cut(s, i, s.len), TCS_STR("From "))));
}

void tcs_put_quoted_printable(struct tcs_buf *b, struct tcs_str text)
{
    struct quoted q = {b, 0};
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '\n') {
            tcs_buf_puts(b, "\r\n");
            q.column = 0;
        } else if (needs_hex(text, i, q.column)) {
            put_hex(&q, (uint8_t)text.p[i]);
        } else {
            put_piece(&q, &text.p[i], 1);
        }
    }
    if (q.column)
        tcs_buf_puts(b, "\r\n");
}

/* ---- base64 ---- */

static void put_base64(struct tcs_buf *b, const uint8_t *p, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t n = (uint32_t)p[i] << 16;
        n |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        n |= left > 2 ? p[i + 2] : 0;
        const char four[4] = {digits[n >> 18], digits[n >> 12 & 63], left > 1 ? digits[n >> 6 & 63] : '=',
                              left > 2 ? digits[n & 63] : '='};
        tcs_buf_put(b, four, sizeof four);
    }
}

void tcs_put_base64_lines(struct tcs_buf *b, struct tcs_str data)
{
    for (size_t i = 0; i < data.len; i += BASE64_IN_LINE) {
        struct tcs_str line = tcs_str_cut(data, i, i + BASE64_IN_LINE);
        put_base64(b, (const uint8_t *)line.p, line.len);
        tcs_buf_puts(b, "\r\n");
    }
}

/* ---- header fields ---- */

static bool is_plain(struct tcs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < ' ' || s.p[i] > '~' || (s.p[i] == '=' && i + 1 < s.len && s.p[i + 1] == '?'))
            return false;
    /* Blanks at the ends are lost by parsers; a word longer than a line cannot be folded. */
    size_t word = 0;
    for (size_t i = 0; i < s.len; i++) {
        word = s.p[i] == ' ' ? 0 : word + 1;
        if (word > LINE_MOST - 1)
            return false;
    }
    return s.len == 0 || (s.p[0] != ' ' && s.p[s.len - 1] != ' ');
}

/* Words of printable ASCII, folded before blanks. */
static void put_plain(struct tcs_buf *b, struct tcs_str s, size_t column)
{
    for (size_t i = 0; i < s.len;) {
        size_t end = i;
        while (end < s.len && s.p[end] == ' ')
            end++;
        while (end < s.len && s.p[end] != ' ')
            end++;
        if (column + (end - i) > LINE_MOST && s.p[i] == ' ') {
            tcs_buf_puts(b, "\r\n");
            column = 0;
        }
        tcs_buf_str(b, tcs_str_cut(s, i, end));
        column += end - i;
        i = end;
    }
}

/* Encoded words, a line each; the blanks between them belong to nobody. */
static void put_encoded(struct tcs_buf *b, struct tcs_str s, size_t column)
{
    size_t room = column + ENCODED_FIRST_LEAST / 3 * 4 + 12 < LINE_MOST
                      ? (LINE_MOST - column - 12) / 4 * 3
                      : BASE64_IN_ENCODED; /* the name is ours and short, so this does not happen */
    for (size_t i = 0; i < s.len;) {
        struct tcs_str rest = tcs_str_cut(s, i, s.len);
        struct tcs_str part = tcs_utf8_cut(rest, room < BASE64_IN_ENCODED ? room : BASE64_IN_ENCODED);
        if (part.len == 0) /* not UTF-8; take it as it is */
            part = tcs_str_cut(rest, 0, BASE64_IN_ENCODED);
        tcs_buf_puts(b, i ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        put_base64(b, (const uint8_t *)part.p, part.len);
        tcs_buf_puts(b, "?=");
        room = BASE64_IN_ENCODED;
        i += part.len;
    }
}

void tcs_put_header(struct tcs_buf *b, const char *name, struct tcs_str text)
{
    struct tcs_buf clean;
    tcs_buf_init(&clean, b->max);
    for (size_t i = 0; i < text.len; i++)
        tcs_buf_putc(&clean, (uint8_t)text.p[i] < ' ' || text.p[i] == 0x7F ? ' ' : text.p[i]);
    struct tcs_str s = tcs_buf_view(&clean);
    tcs_buf_puts(b, name);
    tcs_buf_puts(b, ": ");
    (is_plain(s) ? put_plain : put_encoded)(b, s, strlen(name) + 2);
    tcs_buf_puts(b, "\r\n");
    b->bad = b->bad || clean.bad;
    tcs_buf_done_for(&clean, b);
}
