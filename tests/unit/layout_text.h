/*
 * Layouts from a short text, for tests: XML without its subtleties, in which
 * {3} is slot 3, {3?} an optional one, and {3!} one that holds further
 * elements (type 21).
 */
#ifndef TCS_TESTS_LAYOUT_TEXT_H
#define TCS_TESTS_LAYOUT_TEXT_H

#include "decode/layout_builder.h"
#include "unit.h"

/* Up to one of the characters of `stops`. */
static inline struct tcs_str layout_word(const char **at, const char *stops)
{
    size_t len = strcspn(*at, stops);
    struct tcs_str word = {*at, len};
    *at += len;
    return word;
}

/* Literal text and slots up to `stop`. */
static inline void layout_content(struct tcs_layout_builder *b, const char **at, char stop)
{
    const char stops[] = {'{', stop, '\0'};
    while (**at && **at != stop) {
        if (**at != '{') {
            tcs_layout_text(b, layout_word(at, stops));
            continue;
        }
        char *end;
        unsigned long slot = strtoul(*at + 1, &end, 10);
        tcs_layout_slot(b, (uint16_t)slot, *end == '!' ? TCS_VALUE_BINXML : TCS_VALUE_STRING, *end == '?');
        *at = strchr(end, '}') + 1;
    }
}

static inline void layout_tag(struct tcs_layout_builder *b, const char **at)
{
    tcs_layout_element(b, layout_word(at, " />"), TCS_NO_SLOT);
    while (**at == ' ') {
        ++*at;
        tcs_layout_attribute(b, layout_word(at, "="));
        *at += 2; /* =" */
        layout_content(b, at, '"');
        ++*at;
    }
    tcs_layout_content(b);
    if (**at == '/') {
        tcs_layout_end(b);
        ++*at;
    }
    ++*at; /* > */
}

/* The steps for the text; the caller begins and finishes. */
static inline void layout_steps(struct tcs_layout_builder *b, const char *xml)
{
    while (*xml) {
        if (*xml != '<') {
            layout_content(b, &xml, '<');
        } else if (xml[1] == '/') {
            tcs_layout_end(b);
            xml = strchr(xml, '>') + 1;
        } else {
            xml++;
            layout_tag(b, &xml);
        }
    }
}

#endif
