/* What the writers of events in JSON call the values of System. Not for others than the reader. */
#ifndef TCS_DECODE_JSON_NAMES_H
#define TCS_DECODE_JSON_NAMES_H

#include "decode/json.h"
#include "model/layout.h"

/* How an event is laid out in JSON. */
enum json_shape {
    JSON_SHAPE_NONE,
    JSON_SHAPE_EVENT,   /* everything in a member Event */
    JSON_SHAPE_WINDOWS, /* System, EventData and so on as in the XML */
    JSON_SHAPE_WINLOG,  /* Winlogbeat 7 and later: a member winlog */
    JSON_SHAPE_FLAT,    /* the values of System are members of the event */
};

/* The shape that a member of that name and kind is the sign of. The first such member of an event decides. */
enum json_shape json_shape_of(struct tcs_str key, bool is_object);

/* True if this is a name of the event id, in the shape's own place for it. */
bool json_is_event_id(enum json_shape shape, struct tcs_str key);

/*
 * Where the values of System stand: at[key] is an index of j, or SIZE_MAX.
 * object: the event of a FLAT shape, or what is in its member winlog; root:
 * the event.
 */
void json_find_system(const struct json *j, size_t object, size_t root, size_t at[TCS_SYS_COUNT]);

/* True if the member of a FLAT event belongs to System, or is no datum of the event. */
bool json_is_system_name(struct tcs_str key);

/* The bits of Keywords that a word for people stands for; 0 if none. */
uint64_t json_keyword_bits(struct tcs_str word);

/* An element of System as Windows writes it: its attributes and its content. */
struct json_system_row {
    struct tcs_str element;
    struct {
        struct tcs_str name; /* empty: none further */
        enum tcs_system_key key;
    } attributes[3];
    enum tcs_system_key content; /* TCS_SYS_COUNT: none */
};
extern const struct json_system_row json_system_rows[];
extern const size_t json_system_row_count;

#endif
