/*
 * JSON as a list of its values in the order of the text. Not for others than
 * the reader of events in JSON.
 *
 * It is read here and not by a library, because what refuses a whole event
 * for half a pair of surrogates, a number above 2^63 or a broken byte lets
 * an intruder hide it; and because two members of one name must count the
 * same for all who look: the first does.
 */
#ifndef TCS_DECODE_JSON_H
#define TCS_DECODE_JSON_H

#include "base/arena.h"
#include "base/bytes.h"

enum json_kind { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_PLAIN /* a number, true, false, null */ };

struct json_value {
    uint32_t pos, len; /* of a string without its quotes, of anything else as it stands */
    uint32_t next;     /* index of the value behind this one and all that is in it */
    uint8_t kind;      /* enum json_kind */
    bool has_escape;
};

struct json {
    struct tcs_str text;
    struct json_value *at; /* owned; members of an object are a string and a value in turn */
    size_t count, cap;
    size_t most; /* values of one text */
    unsigned depth_most;
    bool no_memory; /* the last text could not be read for lack of it */
};

/*
 * Offset of the quote that closes the string whose first character is at
 * `at`; end if it is not closed before.
 */
size_t json_string_end(struct tcs_str text, size_t at, size_t end);

/*
 * Reads the value at the start of text; what is behind it is not looked at.
 * True if it is whole and nothing is wrong with it. Otherwise what came
 * before is there, and what was open is closed; a value at the end of the
 * text, which may be cut, is left out. text must outlive the values.
 */
bool json_read(struct json *j, struct tcs_str text);

/* Value of the member `key` of the object at index; SIZE_MAX if there is none. The first counts. */
size_t json_member(const struct json *j, size_t object, struct tcs_str key);

/* The text of a string, or of a plain value, without escapes; made in arena if need be. *is_bad is set, never
 * cleared. */
struct tcs_str json_text(const struct json *j, size_t index, struct tcs_arena *arena, bool *is_bad, bool *ok);

/* True for the plain value of that word. */
bool json_is_word(const struct json *j, size_t index, struct tcs_str word);

#endif
