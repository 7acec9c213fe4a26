#include "render/escape.h"

#include <stdio.h>

static struct tcs_bytes bytes_of(struct tcs_str s)
{
    return (struct tcs_bytes){(const uint8_t *)s.p, s.len};
}

bool tcs_is_deceptive(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || cp == 0xAD || cp == 0x34F || cp == 0x61C ||
           (cp >= 0x115F && cp <= 0x1160) || (cp >= 0x17B4 && cp <= 0x17B5) ||
           (cp >= 0x180B && cp <= 0x180F) || (cp >= 0x200B && cp <= 0x200F) ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || cp == 0x3164 ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFEFF || cp == 0xFFA0 || (cp >= 0xFFF0 && cp <= 0xFFFB) ||
           (cp >= 0xE0000 && cp <= 0xE0FFF);
}

/* What stands for a character in a form: NULL if it may stand for itself. out has room for what must be made.
 */
typedef const char *replace_fn(uint32_t cp, char out[20]);

static void put_replacing(struct tcs_buf *b, struct tcs_str s, replace_fn *replace)
{
    bool damaged = false;
    char out[20];
    size_t clean = 0; /* start of the run that needs no change */
    for (size_t at = 0; at < s.len;) {
        size_t from = at;
        const char *other = replace(tcs_utf8_next(bytes_of(s), &at, &damaged), out);
        if (other == NULL)
            continue;
        tcs_buf_str(b, tcs_str_cut(s, clean, from));
        tcs_buf_puts(b, other);
        clean = at;
    }
    tcs_buf_str(b, tcs_str_cut(s, clean, s.len));
}

static const char *shown(uint32_t cp, char out[20], const char *less, const char *greater)
{
    if (!tcs_is_deceptive(cp))
        return NULL;
    snprintf(out, 20, "%sU+%04X%s", less, (unsigned)cp, greater);
    return out;
}

static const char *visible(uint32_t cp, char out[20])
{
    return shown(cp, out, "<", ">");
}

void tcs_put_visible(struct tcs_buf *b, struct tcs_str s)
{
    put_replacing(b, s, visible);
}

static const char *html(uint32_t cp, char out[20])
{
    switch (cp) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return shown(cp, out, "&lt;", "&gt;");
    }
}

void tcs_put_html(struct tcs_buf *b, struct tcs_str s)
{
    put_replacing(b, s, html);
}

static const char *structured(uint32_t cp, char out[20])
{
    switch (cp) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case ']':
        return "\\]";
    default:
        return shown(cp, out, "<", ">");
    }
}

void tcs_put_structured(struct tcs_buf *b, struct tcs_str s)
{
    put_replacing(b, s, structured);
}

void tcs_put_code_points(struct tcs_buf *b, struct tcs_str s)
{
    bool damaged = false, first = true;
    for (size_t at = 0; at < s.len;) {
        uint32_t cp = tcs_utf8_next(bytes_of(s), &at, &damaged);
        if (cp < 0x80 && !tcs_is_deceptive(cp))
            continue;
        tcs_buf_printf(b, first ? "U+%04X" : " U+%04X", (unsigned)cp);
        first = false;
    }
}

/* Characters with an escape of their own; the others get \u00XX. */
static char short_escape(uint32_t cp)
{
    switch (cp) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void put_json_number(struct tcs_buf *b, uint32_t cp)
{
    if (cp < 0x10000) {
        tcs_buf_printf(b, "\\u%04x", (unsigned)cp);
        return;
    }
    cp -= 0x10000;
    tcs_buf_printf(b, "\\u%04x\\u%04x", 0xD800u + (unsigned)(cp >> 10), 0xDC00u + (unsigned)(cp & 0x3FF));
}

void tcs_put_json_cp(struct tcs_buf *b, uint32_t cp)
{
    char c = short_escape(cp);
    if (c) {
        char pair[2] = {'\\', c};
        tcs_buf_put(b, pair, 2);
    } else if (tcs_is_deceptive(cp)) {
        put_json_number(b, cp);
    } else {
        char out[4];
        tcs_buf_put(b, out, tcs_utf8_encode(cp, out));
    }
}

/* ASCII that stands for itself in JSON. */
static bool is_plain(uint32_t c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void tcs_put_json(struct tcs_buf *b, struct tcs_str s)
{
    bool damaged = false;
    size_t clean = 0;
    for (size_t at = 0; at < s.len;) {
        if (is_plain((uint8_t)s.p[at])) {
            at++;
            continue;
        }
        tcs_buf_str(b, tcs_str_cut(s, clean, at));
        tcs_put_json_cp(b, tcs_utf8_next(bytes_of(s), &at, &damaged));
        clean = at;
    }
    tcs_buf_str(b, tcs_str_cut(s, clean, s.len));
}

void tcs_put_json_ascii(struct tcs_buf *b, struct tcs_str json)
{
    bool damaged = false;
    for (size_t at = 0; at < json.len;) {
        size_t from = at;
        while (at < json.len && (uint8_t)json.p[at] < 0x80)
            at++;
        tcs_buf_str(b, tcs_str_cut(json, from, at));
        if (at < json.len)
            put_json_number(b, tcs_utf8_next(bytes_of(json), &at, &damaged));
    }
}

static const char *xml_entity(uint32_t cp)
{
    switch (cp) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    /* Kept from being normalised to blanks. */
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void tcs_put_xml_cp(struct tcs_buf *b, uint32_t cp)
{
    const char *entity = xml_entity(cp);
    if (entity) {
        tcs_buf_puts(b, entity);
        return;
    }
    if (cp < 0x20)
        cp += 0x2400;
    char out[4];
    tcs_buf_put(b, out, tcs_utf8_encode(cp == 0xFFFE || cp == 0xFFFF ? TCS_REPLACEMENT : cp, out));
}

/* ASCII that stands for itself in XML. */
static bool is_plain_xml(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

void tcs_put_xml(struct tcs_buf *b, struct tcs_str s)
{
    bool damaged = false;
    size_t clean = 0;
    for (size_t at = 0; at < s.len;) {
        if (is_plain_xml((uint8_t)s.p[at])) {
            at++;
            continue;
        }
        tcs_buf_str(b, tcs_str_cut(s, clean, at));
        tcs_put_xml_cp(b, tcs_utf8_next(bytes_of(s), &at, &damaged));
        clean = at;
    }
    tcs_buf_str(b, tcs_str_cut(s, clean, s.len));
}

void tcs_put_csv(struct tcs_buf *b, struct tcs_str s)
{
    bool is_formula = s.len && strchr("=+-@\t\r", s.p[0]) != NULL && s.p[0] != '\0';
    bool needs_quotes = is_formula;
    for (size_t i = 0; i < s.len && !needs_quotes; i++)
        needs_quotes = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == ';';
    if (!needs_quotes) {
        tcs_buf_str(b, s);
        return;
    }
    tcs_buf_putc(b, '"');
    if (is_formula)
        tcs_buf_putc(b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '"')
            tcs_buf_putc(b, '"');
        tcs_buf_putc(b, s.p[i]);
    }
    tcs_buf_putc(b, '"');
}
