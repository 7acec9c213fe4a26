#include "decode/json_names.h"
#include "decode/text_log.h"

/*
 * The event id of an event in JSON, seen on a walk over its first members.
 * The walk takes the way of json_event.c: the first member that tells the
 * shape decides, and the first of a name counts.
 */

struct glance {
    struct tcs_str text;
    size_t at;
};

static char peek(struct glance *g)
{
    while (g->at < g->text.len && text_is_blank(g->text.p[g->at]))
        g->at++;
    return g->at < g->text.len ? g->text.p[g->at] : 0;
}

/* The string at g->at, without its quotes. False if there is none without escapes. */
static bool take_string(struct glance *g, struct tcs_str *out)
{
    if (peek(g) != '"')
        return false;
    size_t first = g->at + 1, end = json_string_end(g->text, first, g->text.len);
    *out = tcs_str_cut(g->text, first, end);
    g->at = end + 1;
    return end < g->text.len && tcs_str_find(*out, '\\') == out->len;
}

/* The next member's name; g->at is at its value then. False at the end of the object, or if in doubt. */
static bool take_key(struct glance *g, struct tcs_str *key)
{
    if (peek(g) == ',')
        g->at++;
    if (!take_string(g, key) || peek(g) != ':')
        return false;
    g->at++;
    return peek(g) != 0;
}

static bool skip_value(struct glance *g)
{
    unsigned depth = 0;
    do {
        char c = peek(g);
        if (c == 0)
            return false;
        if (c == '"') {
            g->at = json_string_end(g->text, g->at + 1, g->text.len) + 1;
            continue;
        }
        if (depth == 0 && c != '{' && c != '[') { /* a number or a word */
            while (g->at < g->text.len && g->text.p[g->at] != ',' && g->text.p[g->at] != '}')
                g->at++;
            return true;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        g->at++;
    } while (depth);
    return true;
}

/* A whole number, alone or as a string. */
static bool take_id(struct glance *g, uint16_t *out)
{
    bool is_string = peek(g) == '"';
    g->at += is_string;
    uint32_t id = 0;
    size_t first = g->at;
    for (; g->at < g->text.len && g->at - first < 6 && g->text.p[g->at] >= '0' && g->text.p[g->at] <= '9';
         g->at++)
        id = id * 10 + (uint32_t)(g->text.p[g->at] - '0');
    bool is_number = g->at > first && id <= UINT16_MAX;
    if (is_string && (g->at == g->text.len || g->text.p[g->at++] != '"'))
        return false;
    *out = (uint16_t)id;
    char c = peek(g);
    return is_number && (c == ',' || c == '}');
}

/* A time that is a string, or the SystemTime of an object. */
static void take_time(struct glance *g, struct tcs_time *out)
{
    struct tcs_str text;
    struct tcs_time time;
    if (peek(g) == '{') {
        g->at++;
        if (!take_key(g, &text) || !tcs_str_eq(text, TCS_STR("SystemTime")))
            return;
    }
    if (take_string(g, &text) && tcs_time_parse(text, &time))
        *out = time;
}

/* Within System or winlog: the id, and the time if it follows. */
static bool look_inside(struct glance *g, enum json_shape shape, struct text_glance *out)
{
    struct tcs_str key;
    while (take_key(g, &key)) {
        if (json_is_event_id(shape, key)) {
            if (!take_id(g, &out->event_id))
                return false;
            while (shape == JSON_SHAPE_WINDOWS && take_key(g, &key)) {
                if (tcs_str_eq(key, TCS_STR("TimeCreated"))) {
                    take_time(g, &out->time);
                    break;
                }
                if (!skip_value(g))
                    break;
            }
            return true;
        }
        if (!skip_value(g))
            return false;
    }
    return false;
}

bool json_glance(struct tcs_str event, struct text_glance *out)
{
    struct glance g = {event, 0};
    struct tcs_str key;
    out->time = tcs_time_of_filetime(0);
    if (peek(&g) != '{')
        return false;
    g.at++;
    bool is_inside = false; /* of a member Event */
    while (take_key(&g, &key)) {
        enum json_shape shape = json_shape_of(key, peek(&g) == '{');
        if (shape == JSON_SHAPE_FLAT)
            return take_id(&g, &out->event_id);
        if (shape == JSON_SHAPE_EVENT && is_inside)
            return false;
        if (shape != JSON_SHAPE_NONE)
            g.at++;
        if (shape == JSON_SHAPE_EVENT) {
            is_inside = true;
            continue;
        }
        if (shape != JSON_SHAPE_NONE)
            return look_inside(&g, shape, out);
        if (tcs_str_eq(key, TCS_STR("@timestamp"))) {
            take_time(&g, &out->time);
            continue;
        }
        if (!skip_value(&g))
            return false;
    }
    return false;
}
