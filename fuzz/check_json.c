#include "support.h"

enum { DEPTH_MOST = 4096 };

/* Bytes of a sequence by its first byte, and what the second one may be; RFC 3629, section 4. */
static const struct {
    uint8_t from, to, len, second_from, second_to;
} sequences[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
};

/* Bytes of the sequence at p, or 0 if there is none. */
static size_t sequence_at(const uint8_t *p, size_t left)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (p[0] < sequences[i].from || p[0] > sequences[i].to)
            continue;
        size_t len = sequences[i].len;
        if (len > left || (len > 1 && (p[1] < sequences[i].second_from || p[1] > sequences[i].second_to)))
            return 0;
        for (size_t k = 2; k < len; k++)
            if ((p[k] & 0xC0) != 0x80)
                return 0;
        return len;
    }
    return 0;
}

bool fuzz_is_utf8(const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text;
    for (size_t at = 0; at < len;) {
        size_t step = sequence_at(p + at, len - at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

struct json {
    const char *p;
    size_t at, len;
    char open[DEPTH_MOST]; /* brackets */
    size_t depth;
};

static char look(const struct json *j)
{
    return j->at < j->len ? j->p[j->at] : '\0';
}

static bool take(struct json *j, char c)
{
    if (j->at >= j->len || j->p[j->at] != c)
        return false;
    j->at++;
    return true;
}

static bool take_word(struct json *j, const char *word)
{
    size_t len = strlen(word);
    if (j->len - j->at < len || memcmp(j->p + j->at, word, len) != 0)
        return false;
    j->at += len;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_digits(struct json *j)
{
    size_t from = j->at;
    while (is_digit(look(j)))
        j->at++;
    return j->at > from;
}

static bool take_number(struct json *j)
{
    take(j, '-');
    if (!take(j, '0') && !take_digits(j))
        return false;
    if (take(j, '.') && !take_digits(j))
        return false;
    if (take(j, 'e') || take(j, 'E')) {
        if (!take(j, '+'))
            take(j, '-');
        return take_digits(j);
    }
    return true;
}

/* The four digits behind \u; -1 if there are none. */
static long take_hex4(struct json *j)
{
    long n = 0;
    for (unsigned i = 0; i < 4; i++) {
        char c = look(j);
        bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit(c) && !is_letter)
            return -1;
        n = n * 16 + (is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        j->at++;
    }
    return n;
}

/* What follows a backslash. Half a pair of surrogates is no character, so it is refused. */
static bool take_escape(struct json *j)
{
    char c = look(j);
    j->at++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    long unit = take_hex4(j);
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit >= 0;
    long low = unit < 0xDC00 && take(j, '\\') && take(j, 'u') ? take_hex4(j) : -1;
    return low >= 0xDC00 && low <= 0xDFFF;
}

static bool take_string(struct json *j)
{
    if (!take(j, '"'))
        return false;
    while (j->at < j->len) {
        if (take(j, '"'))
            return true;
        if ((unsigned char)look(j) < 0x20)
            return false;
        if (take(j, '\\')) {
            if (!take_escape(j))
                return false;
        } else {
            j->at++;
        }
    }
    return false;
}

static bool take_scalar(struct json *j)
{
    char c = look(j);
    if (c == '"')
        return take_string(j);
    if (c == '-' || is_digit(c))
        return take_number(j);
    return take_word(j, "true") || take_word(j, "false") || take_word(j, "null");
}

/* Opens a list or object at the present place; a member's name is taken with it. */
static bool take_open(struct json *j)
{
    if (j->depth == DEPTH_MOST)
        return false;
    j->open[j->depth++] = look(j);
    j->at++;
    return true;
}

static bool take_name(struct json *j)
{
    return take_string(j) && take(j, ':');
}

/* Behind a value: closes what ends here and goes to the next value. False if neither is there. */
static bool take_behind_value(struct json *j)
{
    while (j->depth) {
        char bracket = j->open[j->depth - 1];
        if (take(j, ','))
            return bracket == '[' || take_name(j);
        if (!take(j, bracket == '{' ? '}' : ']'))
            return false;
        j->depth--;
    }
    return true;
}

static bool take_value(struct json *j)
{
    for (;;) {
        char c = look(j);
        if (c != '{' && c != '[')
            return take_scalar(j);
        if (!take_open(j))
            return false;
        if (take(j, c == '{' ? '}' : ']')) {
            j->depth--;
            return true;
        }
        if (c == '{' && !take_name(j))
            return false;
    }
}

bool fuzz_is_json_object(const char *p, size_t len, const char **why)
{
    struct json j = {.p = p, .len = len};
    *why = NULL;
    if (!fuzz_is_utf8(p, len))
        *why = "no UTF-8";
    else if (look(&j) != '{')
        *why = "no object";
    do {
        if (*why == NULL && (!take_value(&j) || !take_behind_value(&j)))
            *why = j.at < len ? p + j.at : "cut";
    } while (*why == NULL && j.depth);
    if (*why == NULL && j.at != len)
        *why = "more than an object";
    return *why == NULL;
}
