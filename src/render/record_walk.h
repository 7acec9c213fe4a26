/* What the two forms of a record have in common. Not for others. */
#ifndef TCS_RENDER_RECORD_WALK_H
#define TCS_RENDER_RECORD_WALK_H

#include "base/buf.h"
#include "model/record.h"

enum {
    TCS_WALK_DEPTH = 600,
    TCS_WALK_ITEMS_MOST = 4096,
    TCS_WALK_STEPS_MOST = 1 << 19, /* of one record: a template can name one value over and over */
};

/* The value that a SLOT node stands for. */
struct tcs_value tcs_walk_slot(const struct tcs_part *part, const struct tcs_node *node);

/* True if the value is missing, so that what is optional is left out. */
static inline bool tcs_walk_is_missing(struct tcs_value v)
{
    return v.type == TCS_VALUE_NULL || v.len == 0;
}

/* True if the element is left out because the slot that it depends on has no value. */
bool tcs_walk_is_left_out(const struct tcs_part *part, const struct tcs_node *element);

struct tcs_walk_place {
    uint32_t n, at; /* item n of an array begins at `at` */
};

/*
 * The values of one record on their way out. While a leaf is shown several
 * times it remembers, for each slot, where the item shown last begins: looking
 * for each from the start would take the square of their number.
 */
struct tcs_walk_items {
    struct tcs_walk_place *places; /* owned */
    size_t count;                  /* places in use: slots of the part; 0 between leaves */
    size_t steps;                  /* nodes and values so far */
    bool is_over;                  /* more than TCS_WALK_STEPS_MOST: values are nothing from here on */
};

/* Counts a step. False if there were too many: the record cannot be shown. */
bool tcs_walk_step(struct tcs_walk_items *items);

/*
 * How often the leaf at nodes[i] is shown: the longest array in its content,
 * 1 if there is none, capped at TCS_WALK_ITEMS_MOST.
 */
size_t tcs_walk_repeats(struct tcs_walk_items *items, const struct tcs_part *part, size_t i);

/* Before a leaf of this part is shown `repeats` times, and behind it. Without memory: slower, not wrong. */
void tcs_walk_leaf_begin(struct tcs_walk_items *items, const struct tcs_part *part, size_t repeats);
void tcs_walk_leaf_end(struct tcs_walk_items *items);
void tcs_walk_items_done(struct tcs_walk_items *items);

/* The value of a SLOT node: of an array the n-th item (empty beyond its end), any other value itself. */
struct tcs_value tcs_walk_item(struct tcs_walk_items *items, const struct tcs_part *part,
                               const struct tcs_node *node, size_t n);

/* The first part at or behind `from` that stands in this slot of this part; part_count if there is none. */
size_t tcs_walk_nested(const struct tcs_record *rec, size_t parent, uint16_t slot, size_t from);

/* What to say of a record that was appended to b: OK, or LIMIT or NOMEM if b could not hold it. */
enum tcs_code tcs_record_shown(const struct tcs_buf *b, const struct tcs_record *rec, struct tcs_err *err);

/* Appends a name as XML allows it; the log's own names always are, forged ones may not be. */
void tcs_walk_put_name(struct tcs_buf *b, struct tcs_str name);

/* True for the elements of System that have nothing but attributes. */
bool tcs_walk_holds_attributes(struct tcs_str name);

#endif
