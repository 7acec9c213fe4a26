/*
 * Makes a layout step by step, as a decoder meets elements, attributes and
 * values, and finds the System values and the data fields in it.
 */
#ifndef TCS_DECODE_LAYOUT_BUILDER_H
#define TCS_DECODE_LAYOUT_BUILDER_H

#include "base/utf.h"
#include "decode/log.h"
#include "model/layout.h"

struct tcs_layout_builder {
    const struct tcs_decode_limits *limits;
    struct tcs_arena *arena; /* where names, texts and the finished layout go */
    struct tcs_node *nodes;  /* owned; reused from layout to layout */
    size_t count, cap;
    struct tcs_buf text;  /* owned; literal pieces that belong together */
    unsigned depth;       /* open elements */
    unsigned attributes;  /* of the innermost start tag */
    bool in_tag;          /* between an element's name and its content */
    enum tcs_code failed; /* OK, NOMEM, LIMIT or FORMAT: what went wrong first */
};

/* limits must outlive the builder. */
void tcs_layout_builder_init(struct tcs_layout_builder *b, const struct tcs_decode_limits *limits);
void tcs_layout_builder_done(struct tcs_layout_builder *b);

/* Starts a new layout whose parts are kept in arena. */
void tcs_layout_begin(struct tcs_layout_builder *b, struct tcs_arena *arena);

/* The steps. A failure is kept and given by tcs_layout_finish; later steps then do nothing. */
void tcs_layout_element(struct tcs_layout_builder *b, struct tcs_str name, uint16_t depends);
void tcs_layout_attribute(struct tcs_layout_builder *b, struct tcs_str name);
void tcs_layout_content(struct tcs_layout_builder *b);
void tcs_layout_end(struct tcs_layout_builder *b);
void tcs_layout_text(struct tcs_layout_builder *b, struct tcs_str text);
void tcs_layout_text_utf16(struct tcs_layout_builder *b, struct tcs_utf16 text);
void tcs_layout_slot(struct tcs_layout_builder *b, uint16_t slot, uint8_t type, bool optional);
void tcs_layout_pi(struct tcs_layout_builder *b, struct tcs_str target, struct tcs_utf16 data);

/*
 * Closes all elements that are open, so that a stream that breaks off leaves
 * what came before. False if there is nothing to close, or a step failed.
 */
bool tcs_layout_close_all(struct tcs_layout_builder *b);

/* A name of the log as UTF-8 in the layout's arena; an empty one if memory is refused (the builder has failed
 * then). */
struct tcs_str tcs_layout_name(struct tcs_layout_builder *b, struct tcs_utf16 name);

/*
 * Completes the layout. FORMAT: elements do not close, a step stood where it
 * may not, or a start tag has an attribute twice; LIMIT, NOMEM. The id is 0;
 * who keeps the layout gives it one.
 */
enum tcs_code tcs_layout_finish(struct tcs_layout_builder *b, struct tcs_layout *out);

#endif
