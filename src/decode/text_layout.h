/*
 * Layouts of events that come as text. Such an event names its elements
 * every time; but the same names come again and again, so a layout is made
 * once and recognised by its steps. Its values are what differs. Not for
 * others than the readers of event XML and JSON.
 */
#ifndef TCS_DECODE_TEXT_LAYOUT_H
#define TCS_DECODE_TEXT_LAYOUT_H

#include "decode/layout_builder.h"

struct text_layouts {
    const struct tcs_decode_limits *limits;
    struct tcs_layout_builder builder;
    struct tcs_arena arena;   /* owns the layouts that are remembered */
    struct text_known *known; /* owned; by the hash of their steps */
    size_t known_count;
    struct text_known *recent[2]; /* the last ones met; a log repeats itself */
    uint64_t next_id;
    struct tcs_buf steps;     /* owned; of the event at work */
    struct tcs_value *values; /* owned; limits->values of them */
    size_t count;             /* of these in use */
    unsigned depth;           /* open elements */
    bool in_tag;
    enum tcs_code failed; /* what went wrong first: LIMIT or NOMEM */
};

/* first_id: the layouts get ids from there on. False if memory is refused; done is needed all the same. */
bool text_layouts_init(struct text_layouts *l, const struct tcs_decode_limits *limits, uint64_t first_id);
void text_layouts_done(struct text_layouts *l);

/*
 * The steps of an event. Names are copied; values are views, which the record
 * will hold. A failure is kept and given by finish.
 */
void text_layouts_begin(struct text_layouts *l);
void text_layouts_element(struct text_layouts *l, struct tcs_str name);
void text_layouts_attribute(struct text_layouts *l, struct tcs_str name, struct tcs_value value);
void text_layouts_literal(struct text_layouts *l, struct tcs_str name, struct tcs_str value);
void text_layouts_value(struct text_layouts *l, struct tcs_value value);
void text_layouts_end(struct text_layouts *l);

/*
 * Closes what is open and fills part. Its layout lives as long as l or arena,
 * its values as long as arena. LIMIT, NOMEM; FORMAT: no elements, or two with
 * the same attribute.
 */
enum tcs_code text_layouts_finish(struct text_layouts *l, struct tcs_arena *arena, struct tcs_part *part);

#endif
