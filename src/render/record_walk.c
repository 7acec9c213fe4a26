#include "render/record_walk.h"

#include <stdlib.h>

struct tcs_value tcs_walk_slot(const struct tcs_part *part, const struct tcs_node *node)
{
    if (node->slot < part->value_count)
        return part->values[node->slot];
    return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}

bool tcs_walk_is_missing(struct tcs_value v)
{
    return v.type == TCS_VALUE_NULL || v.len == 0;
}

bool tcs_walk_is_left_out(const struct tcs_part *part, const struct tcs_node *element)
{
    if (element->depends == TCS_NO_SLOT)
        return false;
    return element->depends >= part->value_count || tcs_walk_is_missing(part->values[element->depends]);
}

static bool is_array(struct tcs_value v)
{
    return (v.type & TCS_VALUE_ARRAY) != 0;
}

bool tcs_walk_step(struct tcs_walk_items *items)
{
    items->is_over = items->is_over || items->steps++ == TCS_WALK_STEPS_MOST;
    return !items->is_over;
}

size_t tcs_walk_repeats(struct tcs_walk_items *items, const struct tcs_part *part, size_t i)
{
    const struct tcs_node *nodes = part->layout->nodes;
    size_t most = 1;
    for (size_t k = i + 1; k < nodes[i].end; k++) {
        if (nodes[k].kind != TCS_NODE_SLOT)
            continue;
        struct tcs_value v = tcs_walk_slot(part, &nodes[k]);
        struct tcs_value item;
        size_t at = 0, count = 0;
        while (is_array(v) && count < TCS_WALK_ITEMS_MOST && tcs_walk_step(items) &&
               tcs_value_array_next(v, &at, &item))
            count++;
        if (count > most)
            most = count;
    }
    return most;
}

void tcs_walk_leaf_begin(struct tcs_walk_items *items, const struct tcs_part *part, size_t repeats)
{
    items->count = 0;
    size_t bytes = part->value_count * sizeof *items->places;
    struct tcs_walk_place *places = repeats > 1 && bytes ? realloc(items->places, bytes) : NULL;
    if (places == NULL)
        return;
    memset(places, 0, bytes);
    items->places = places;
    items->count = part->value_count;
}

void tcs_walk_leaf_end(struct tcs_walk_items *items)
{
    items->count = 0;
}

void tcs_walk_items_done(struct tcs_walk_items *items)
{
    free(items->places);
}

struct tcs_value tcs_walk_item(struct tcs_walk_items *items, const struct tcs_part *part,
                               const struct tcs_node *node, size_t n)
{
    struct tcs_value v = tcs_walk_slot(part, node), item = {NULL, 0, TCS_VALUE_NULL};
    if (!tcs_walk_step(items))
        return item;
    if (!is_array(v))
        return v;
    struct tcs_walk_place from_start = {0, 0};
    struct tcs_walk_place *place = node->slot < items->count ? &items->places[node->slot] : &from_start;
    size_t i = place->n, at = place->at;
    for (;; i++) {
        *place = (struct tcs_walk_place){(uint32_t)i, (uint32_t)at};
        if (!tcs_value_array_next(v, &at, &item))
            return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
        if (i >= n)
            return item;
    }
}

size_t tcs_walk_nested(const struct tcs_record *rec, size_t parent, uint16_t slot, size_t from)
{
    while (from < rec->part_count && (rec->parts[from].parent != parent || rec->parts[from].slot != slot))
        from++;
    return from;
}

enum tcs_code tcs_record_shown(const struct tcs_buf *b, const struct tcs_record *rec, struct tcs_err *err)
{
    if (b->starved)
        return tcs_fail(err, TCS_NOMEM, rec->offset, "no memory to show the record");
    return b->bad ? tcs_fail(err, TCS_LIMIT, rec->offset, "record too large to show") : TCS_OK;
}
