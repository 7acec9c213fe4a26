#include "decode/json.h"
#include "decode/text_scan.h"

#include <string.h>

/*
 * An event is an object at the outermost level, or in an array there; what
 * separates them does not matter. A line break cannot stand in a string, and
 * a "{" at the start of a line always begins an event: so the next line is
 * found again behind one that is damaged.
 */

/* Offset of the line break at or behind `at`, text.len if there is none. */
static size_t line_end(struct tcs_str text, size_t at)
{
    const char *hit = at < text.len ? memchr(text.p + at, '\n', text.len - at) : NULL;
    return hit ? (size_t)(hit - text.p) : text.len;
}

static bool is_separator(char c)
{
    return text_is_blank(c) || c == ',' || c == '[' || c == ']';
}

/* Between events. True: an event has begun, or out is filled (*is_out). False: the text ends. */
static bool find_event(struct text_scan *s, struct tcs_str text, struct text_extent *out, bool *is_out)
{
    for (; s->at < text.len; s->at++) {
        char c = text.p[s->at];
        bool ends_junk = c == '\n' || (c == '{' && !s->is_over);
        if (s->in_junk && ends_junk) {
            *out = text_scan_close(s, s->at, false, TCS_DAMAGE_RECORD);
            *is_out = true;
            return true;
        }
        if (s->is_over) { /* the rest of a line that was too long */
            s->is_over = c != '\n';
            continue;
        }
        if (c == '{') {
            s->start = s->at;
            s->in_event = true;
            s->depth = 0;
            return true;
        }
        if (!s->in_junk && !is_separator(c)) {
            s->in_junk = true;
            s->start = s->at;
        }
    }
    return false;
}

enum step { STEP_ON, STEP_CLOSED, STEP_BROKEN, STEP_CUT };

/* A line break within an event: the next line may begin another one. */
static enum step step_line(struct text_scan *s, struct tcs_str text, bool at_end)
{
    if (s->at + 1 == text.len && !at_end)
        return STEP_CUT;
    s->at++;
    return s->at < text.len && text.p[s->at] == '{' ? STEP_BROKEN : STEP_ON;
}

/* One string, bracket or line break of an event, or the plain characters before it. *line: the end of the
 * line. */
static enum step step(struct text_scan *s, struct tcs_str text, bool at_end, size_t *line)
{
    switch (text.p[s->at]) {
    case '"': {
        if (*line <= s->at)
            *line = line_end(text, s->at);
        size_t quote = json_string_end(text, s->at + 1, *line);
        if (quote == *line && quote == text.len)
            return STEP_CUT;
        s->at = quote + 1;
        return quote == *line ? STEP_BROKEN : STEP_ON;
    }
    case '{':
    case '[':
        s->depth++;
        s->at++;
        return STEP_ON;
    case '}':
    case ']':
        s->at++;
        return --s->depth == 0 ? STEP_CLOSED : STEP_ON;
    case '\n':
        return step_line(s, text, at_end);
    default:
        s->at++;
        return STEP_ON;
    }
}

enum tcs_code scan_json(struct text_scan *s, struct tcs_str text, bool at_end, size_t most,
                        struct text_extent *out)
{
    bool is_out = false;
    if (!s->in_event && find_event(s, text, out, &is_out) && is_out)
        return TCS_OK;
    size_t line = 0;
    enum step result = STEP_ON;
    while (s->in_event && s->at < text.len && result == STEP_ON && s->at - s->start <= most)
        result = step(s, text, at_end, &line);
    if (result == STEP_CLOSED || result == STEP_BROKEN) {
        *out = text_scan_close(s, s->at, result == STEP_CLOSED, TCS_DAMAGE_RECORD);
        return TCS_OK;
    }
    bool is_at_work = s->in_event || s->in_junk;
    if (is_at_work && (text.len - s->start > most) && (result == STEP_CUT || s->at - s->start > most)) {
        bool was_event = s->in_event;
        size_t end = result == STEP_CUT ? text.len : s->at;
        *out = text_scan_close(s, end, false, was_event ? TCS_DAMAGE_LIMIT : TCS_DAMAGE_RECORD);
        s->is_over = true;
        return TCS_OK;
    }
    if (!at_end)
        return TCS_AGAIN;
    if (!is_at_work)
        return TCS_END;
    *out = text_scan_close(s, text.len, false, s->in_event ? TCS_DAMAGE_TRUNCATED : TCS_DAMAGE_RECORD);
    return TCS_OK;
}

/* Keys that events of some writer have, and other JSON seldom. */
static const struct tcs_str known_keys[] = {
    TCS_STR_INIT("\"EventID\""),  TCS_STR_INIT("\"EventId\""),   TCS_STR_INIT("\"event_id\""),
    TCS_STR_INIT("\"winlog\""),   TCS_STR_INIT("\"EventData\""), TCS_STR_INIT("\"event_data\""),
    TCS_STR_INIT("\"UserData\""), TCS_STR_INIT("\"System\""),    TCS_STR_INIT("\"@timestamp\""),
};

static bool has(struct tcs_str text, struct tcs_str word)
{
    for (size_t at = 0; at < text.len; at++) {
        at += tcs_str_find(tcs_str_cut(text, at, text.len), word.p[0]);
        if (tcs_str_starts(tcs_str_cut(text, at, text.len), word))
            return true;
    }
    return false;
}

int probe_json(struct tcs_str head)
{
    size_t at = 0;
    while (at < head.len && is_separator(head.p[at]))
        at++;
    if (at == head.len || head.p[at] != '{')
        return 0;
    for (size_t i = 0; i < sizeof known_keys / sizeof known_keys[0]; i++)
        if (has(head, known_keys[i]))
            return 70;
    return 0;
}
