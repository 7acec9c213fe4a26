#include "render/record_walk.h"

#include "base/utf.h"

#include <stdlib.h>

struct tcs_value tcs_walk_slot(const struct tcs_part *part, const struct tcs_node *node)
{
    if (node->slot < part->value_count)
        return part->values[node->slot];
    return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
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

/* Letters beyond ASCII that every edition of XML 1.0 allows in a name: those that names are made of. */
static const struct {
    uint32_t from, to;
} letters[] = {
    {0xC0, 0xD6},   {0xD8, 0xF6},     {0xF8, 0x131},    {0x391, 0x3A1},   {0x3A3, 0x3CE},
    {0x40E, 0x44F}, {0x3041, 0x3094}, {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3},
};

static bool is_letter(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || cp == '_';
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (cp >= letters[i].from && cp <= letters[i].to)
            return true;
    return false;
}

void tcs_walk_put_name(struct tcs_buf *b, struct tcs_str name)
{
    struct tcs_bytes bytes = {(const uint8_t *)name.p, name.len};
    bool damaged = false;
    for (size_t i = 0; i < bytes.len;) {
        size_t from = i;
        uint32_t cp = tcs_utf8_next(bytes, &i, &damaged);
        bool is_inner = from > 0 && ((cp >= '0' && cp <= '9') || cp == '-' || cp == '.' || cp == ':');
        if (is_letter(cp) || is_inner)
            tcs_buf_put(b, name.p + from, i - from);
        else
            tcs_buf_putc(b, '_');
    }
    if (name.len == 0)
        tcs_buf_putc(b, '_');
}

bool tcs_walk_holds_attributes(struct tcs_str name)
{
    static const struct tcs_str names[] = {TCS_STR_INIT("Provider"), TCS_STR_INIT("TimeCreated"),
                                           TCS_STR_INIT("Correlation"), TCS_STR_INIT("Execution"),
                                           TCS_STR_INIT("Security")};
    bool is_one = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        is_one = is_one || tcs_str_eq(name, names[i]);
    return is_one;
}
