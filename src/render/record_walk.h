/* What the two forms of a record have in common. Not for others. */
#ifndef TCS_RENDER_RECORD_WALK_H
#define TCS_RENDER_RECORD_WALK_H

#include "base/buf.h"
#include "model/record.h"

enum { TCS_WALK_DEPTH = 600, TCS_WALK_ITEMS_MOST = 4096 };

/* The value that a SLOT node stands for. */
struct tcs_value tcs_walk_slot(const struct tcs_part *part, const struct tcs_node *node);

/* True if the value is missing, so that what is optional is left out. */
bool tcs_walk_is_missing(struct tcs_value v);

/* True if the element is left out because the slot that it depends on has no value. */
bool tcs_walk_is_left_out(const struct tcs_part *part, const struct tcs_node *element);

/*
 * How often the leaf at nodes[i] is shown: the longest array in its content,
 * 1 if there is none, capped at TCS_WALK_ITEMS_MOST.
 */
size_t tcs_walk_repeats(const struct tcs_part *part, size_t i);

/* The n-th item of an array (an empty value beyond its end); any other value itself. */
struct tcs_value tcs_walk_item(struct tcs_value v, size_t n);

/* The first part at or behind `from` that stands in this slot of this part; part_count if there is none. */
size_t tcs_walk_nested(const struct tcs_record *rec, size_t parent, uint16_t slot, size_t from);

/* What to say of a record that was appended to b: OK, or LIMIT or NOMEM if b could not hold it. */
enum tcs_code tcs_record_shown(const struct tcs_buf *b, const struct tcs_record *rec, struct tcs_err *err);

#endif
