#include "decode/json.h"

#include "base/utf.h"
#include "decode/text_scan.h"

#include <stdlib.h>

enum { DEPTH_MOST = 64, FIRST_VALUES = 256 };

size_t json_string_end(struct tcs_str text, size_t at, size_t end)
{
    size_t from = at;
    while (at < end) {
        const char *hit = memchr(text.p + at, '"', end - at);
        if (hit == NULL)
            return end;
        size_t quote = (size_t)(hit - text.p), back = quote;
        while (back > from && text.p[back - 1] == '\\')
            back--;
        if ((quote - back) % 2 == 0)
            return quote;
        at = quote + 1;
    }
    return end;
}

/* What may come next in the innermost container. */
enum expects { WANTS_VALUE, WANTS_KEY, WANTS_COLON, WANTS_COMMA };

struct reader {
    struct json *j;
    size_t at;
    uint32_t open[DEPTH_MOST]; /* indices of the containers that are open */
    unsigned depth;
    enum expects expects;
    bool may_close; /* a container that has just been opened may be empty */
};

static struct json_value *add(struct json *j, enum json_kind kind, size_t pos)
{
    if (j->count == j->most)
        return NULL;
    if (j->count == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : FIRST_VALUES;
        struct json_value *at = realloc(j->at, cap * sizeof *at);
        if (at == NULL) {
            j->no_memory = true;
            return NULL;
        }
        j->at = at;
        j->cap = cap;
    }
    struct json_value *v = &j->at[j->count++];
    *v = (struct json_value){.pos = (uint32_t)pos, .next = (uint32_t)j->count, .kind = (uint8_t)kind};
    return v;
}

static char innermost(const struct reader *r)
{
    return r->depth == 0 ? 0 : r->j->at[r->open[r->depth - 1]].kind == JSON_OBJECT ? '}' : ']';
}

static bool open_container(struct reader *r, char c)
{
    unsigned most = r->j->depth_most < DEPTH_MOST ? r->j->depth_most : DEPTH_MOST;
    if (r->depth == most || add(r->j, c == '{' ? JSON_OBJECT : JSON_ARRAY, r->at) == NULL)
        return false;
    r->open[r->depth++] = (uint32_t)r->j->count - 1;
    r->at++;
    r->expects = c == '{' ? WANTS_KEY : WANTS_VALUE;
    r->may_close = true;
    return true;
}

static void close_container(struct reader *r)
{
    struct json_value *v = &r->j->at[r->open[--r->depth]];
    v->len = (uint32_t)(r->at - v->pos);
    v->next = (uint32_t)r->j->count;
    r->expects = WANTS_COMMA;
    r->may_close = false;
}

/* A string from its opening quote on. */
static bool take_string(struct reader *r)
{
    struct tcs_str text = r->j->text;
    size_t first = r->at + 1, at = json_string_end(text, first, text.len);
    if (at == text.len)
        return false;
    bool has_escape = tcs_str_find(tcs_str_cut(text, first, at), '\\') < at - first;
    struct json_value *v = add(r->j, JSON_STRING, first);
    if (v == NULL)
        return false;
    v->len = (uint32_t)(at - first);
    v->has_escape = has_escape;
    r->at = at + 1;
    return true;
}

/* A number or a word. It ends where something else begins; at the end of the text it may be cut. */
static bool take_plain(struct reader *r)
{
    struct tcs_str text = r->j->text;
    size_t first = r->at, at = first;
    for (; at < text.len; at++) {
        char c = text.p[at];
        bool is_part = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '+' || c == '.';
        if (!is_part)
            break;
    }
    struct json_value *v = at == first || at == text.len ? NULL : add(r->j, JSON_PLAIN, first);
    if (v == NULL)
        return false;
    v->len = (uint32_t)(at - first);
    r->at = at;
    return true;
}

/* One token. False if it is not one that may stand here. */
static bool step(struct reader *r)
{
    char c = r->j->text.p[r->at];
    if (c == innermost(r) && (r->may_close || r->expects == WANTS_COMMA)) {
        r->at++;
        close_container(r);
        return true;
    }
    r->may_close = false;
    switch (r->expects) {
    case WANTS_COMMA:
        r->expects = innermost(r) == '}' ? WANTS_KEY : WANTS_VALUE;
        r->at++;
        return c == ',';
    case WANTS_COLON:
        r->expects = WANTS_VALUE;
        r->at++;
        return c == ':';
    case WANTS_KEY:
        r->expects = WANTS_COLON;
        return c == '"' && take_string(r);
    case WANTS_VALUE:
        if (c == '{' || c == '[')
            return open_container(r, c);
        r->expects = WANTS_COMMA;
        return c == '"' ? take_string(r) : take_plain(r);
    }
    return false;
}

/* A key whose value is missing, or could not be read, goes with it. */
static void drop_lone_key(struct reader *r)
{
    size_t count = 0;
    if (innermost(r) != '}')
        return;
    for (size_t i = r->open[r->depth - 1] + 1; i < r->j->count; i = r->j->at[i].next)
        count++;
    r->j->count -= count % 2;
}

bool json_read(struct json *j, struct tcs_str text)
{
    j->text = text;
    j->count = 0;
    j->no_memory = false;
    struct reader r = {.j = j, .expects = WANTS_VALUE};
    do {
        while (r.at < text.len && text_is_blank(text.p[r.at]))
            r.at++;
        if (r.at == text.len || !step(&r))
            break;
        if (r.depth == 0)
            return true;
    } while (true);
    drop_lone_key(&r);
    while (r.depth)
        close_container(&r);
    return false;
}

size_t json_member(const struct json *j, size_t object, struct tcs_str key)
{
    if (object >= j->count || j->at[object].kind != JSON_OBJECT)
        return SIZE_MAX;
    for (size_t i = object + 1; i + 1 < j->at[object].next; i = j->at[i + 1].next) {
        const struct json_value *v = &j->at[i];
        if (v->len == key.len && memcmp(j->text.p + v->pos, key.p, key.len) == 0)
            return i + 1;
    }
    return SIZE_MAX;
}

/* The four digits behind "\u" at `at`; 0x10000 if they are none. */
static uint32_t unit_at(struct tcs_str s, size_t at)
{
    uint32_t n = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = i < s.len ? tcs_hex_digit(s.p[i]) : -1;
        if (digit < 0)
            return 0x10000;
        n = n << 4 | (unsigned)digit;
    }
    return s.p[at] == '\\' && s.p[at + 1] == 'u' ? n : 0x10000;
}

/* The character of the escape at `at`; *len: its bytes. */
static uint32_t unescape(struct tcs_str s, size_t at, size_t *len, bool *is_bad)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = at + 1 < s.len ? s.p[at + 1] : 0;
    const char *hit = c ? strchr(from, c) : NULL;
    *len = 2;
    if (hit)
        return (uint8_t)to[hit - from];
    uint32_t unit = c == 'u' ? unit_at(s, at) : 0x10000;
    if (unit == 0x10000) { /* no escape: the backslash stands for itself */
        *is_bad = true;
        *len = 1;
        return '\\';
    }
    *len = 6;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    uint32_t low = at + 7 < s.len ? unit_at(s, at + 6) : 0x10000;
    if (unit < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF) {
        *len = 12;
        return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    *is_bad = true;
    return TCS_REPLACEMENT;
}

struct tcs_str json_text(const struct json *j, size_t index, struct tcs_arena *arena, bool *is_bad, bool *ok)
{
    const struct json_value *v = &j->at[index];
    struct tcs_str s = tcs_str_cut(j->text, v->pos, (size_t)v->pos + v->len);
    if (!v->has_escape)
        return s;
    /* No escape is shorter than what it stands for. */
    char *out = tcs_arena_alloc(arena, s.len);
    size_t len = 0;
    if (out == NULL) {
        *ok = false;
        return (struct tcs_str){"", 0};
    }
    for (size_t at = 0; at < s.len;) {
        size_t run = tcs_str_find(tcs_str_cut(s, at, s.len), '\\');
        memcpy(out + len, s.p + at, run);
        len += run;
        at += run;
        if (at == s.len)
            break;
        size_t step_len;
        char utf8[4];
        uint32_t cp = unescape(s, at, &step_len, is_bad);
        size_t size = tcs_utf8_encode(cp, utf8);
        memcpy(out + len, utf8, size);
        len += size;
        at += step_len;
    }
    return (struct tcs_str){out, len};
}

bool json_is_word(const struct json *j, size_t index, struct tcs_str word)
{
    const struct json_value *v = &j->at[index];
    return v->kind == JSON_PLAIN && tcs_str_eq(tcs_str_cut(j->text, v->pos, (size_t)v->pos + v->len), word);
}
