#include "render/record.h"

#include "render/escape.h"
#include "render/record_walk.h"

#include <stdlib.h>

/* A place in a part: the node to come next, and the first one beyond. */
struct frame {
    size_t part;
    size_t i, end;
    size_t next_nested; /* while the parts of a slot are shown: where to look for the next of them */
};

struct xml {
    struct tcs_buf *b;
    const struct tcs_record *rec;
    struct frame frames[TCS_WALK_DEPTH];
    unsigned depth;
    struct tcs_walk_items items;
    struct tcs_buf text; /* a value before it is escaped */
};

static const struct tcs_part *part_of(const struct xml *x, const struct frame *f)
{
    return &x->rec->parts[f->part];
}

static void put_value(struct xml *x, struct tcs_value v)
{
    tcs_buf_clear(&x->text);
    tcs_buf_value(&x->text, v);
    x->b->bad = x->b->bad || x->text.bad;
    x->b->starved = x->b->starved || x->text.starved;
    tcs_put_xml(x->b, tcs_buf_view(&x->text));
}

/* Text and values from node i up to the first node of another kind, which it gives; n: which item of arrays.
 */
static size_t put_content(struct xml *x, const struct tcs_part *part, size_t i, size_t n)
{
    const struct tcs_node *nodes = part->layout->nodes;
    for (;; i++) {
        if (nodes[i].kind == TCS_NODE_TEXT)
            tcs_put_xml(x->b, nodes[i].text);
        else if (nodes[i].kind == TCS_NODE_SLOT)
            put_value(x, tcs_walk_item(&x->items, part, &nodes[i], n));
        else
            return i;
    }
}

/* An attribute and its value; gives the node behind it. An optional value that is missing takes the attribute
 * along. */
static size_t put_attribute(struct xml *x, const struct tcs_part *part, size_t i, size_t n)
{
    const struct tcs_node *nodes = part->layout->nodes;
    const struct tcs_node *value = &nodes[i + 1];
    if (value->kind == TCS_NODE_SLOT && value->optional && tcs_walk_is_missing(tcs_walk_slot(part, value))) {
        for (i++; nodes[i].kind == TCS_NODE_TEXT || nodes[i].kind == TCS_NODE_SLOT;)
            i++;
        return i;
    }
    tcs_buf_putc(x->b, ' ');
    tcs_walk_put_name(x->b, nodes[i].text);
    tcs_buf_puts(x->b, "=\"");
    i = put_content(x, part, i + 1, n);
    tcs_buf_putc(x->b, '"');
    return i;
}

/* <name attributes and gives the CONTENT node. */
static size_t put_start_tag(struct xml *x, const struct tcs_part *part, size_t i, size_t n)
{
    const struct tcs_node *nodes = part->layout->nodes;
    tcs_buf_putc(x->b, '<');
    tcs_walk_put_name(x->b, nodes[i].text);
    for (i++; nodes[i].kind == TCS_NODE_ATTRIBUTE;)
        i = put_attribute(x, part, i, n);
    return i;
}

static void put_end_tag(struct xml *x, const struct tcs_node *element)
{
    tcs_buf_puts(x->b, "</");
    tcs_walk_put_name(x->b, element->text);
    tcs_buf_putc(x->b, '>');
}

static void put_pi(struct xml *x, const struct tcs_node *node)
{
    tcs_buf_puts(x->b, "<?");
    tcs_put_xml(x->b, node->text); /* so that no ?> of its own can end it */
    tcs_buf_puts(x->b, "?>");
}

/* An element without elements in it, once for each item of its arrays. */
static void put_leaf(struct xml *x, const struct tcs_part *part, size_t i)
{
    const struct tcs_node *nodes = part->layout->nodes;
    size_t repeats = tcs_walk_repeats(&x->items, part, i);
    tcs_walk_leaf_begin(&x->items, part, repeats);
    for (size_t n = 0; n < repeats && !x->items.is_over; n++) {
        size_t at = put_start_tag(x, part, i, n) + 1;
        if (at == nodes[i].end) {
            tcs_buf_puts(x->b, "/>");
            continue;
        }
        tcs_buf_putc(x->b, '>');
        for (at = put_content(x, part, at, n); at < nodes[i].end; at = put_content(x, part, at + 1, n))
            if (nodes[at].kind == TCS_NODE_PI)
                put_pi(x, &nodes[at]);
        put_end_tag(x, &nodes[i]);
    }
    tcs_walk_leaf_end(&x->items);
}

static bool push(struct xml *x, size_t part, size_t i, size_t end)
{
    if (x->depth == TCS_WALK_DEPTH)
        return false;
    x->frames[x->depth++] = (struct frame){part, i, end, 0};
    return true;
}

/* The parts that stand in a slot, one after the other. False when all are shown. */
static bool enter_nested(struct xml *x, struct frame *f, const struct tcs_node *slot)
{
    size_t from = f->next_nested > f->part ? f->next_nested : f->part + 1;
    size_t part = tcs_walk_nested(x->rec, f->part, slot->slot, from);
    if (part == x->rec->part_count)
        return false;
    f->next_nested = part + 1;
    return push(x, part, 0, x->rec->parts[part].layout->node_count);
}

static void step(struct xml *x, struct frame *f)
{
    const struct tcs_part *part = part_of(x, f);
    const struct tcs_node *node = &part->layout->nodes[f->i];
    switch ((enum tcs_node_kind)node->kind) {
    case TCS_NODE_ELEMENT:
        if (tcs_walk_is_left_out(part, node) && !(f->part == 0 && f->i == 0)) { /* never the event itself */
            f->i = node->end + 1;
        } else if (node->shape & TCS_ELEMENT_LEAF) {
            put_leaf(x, part, f->i);
            f->i = node->end + 1;
        } else {
            size_t inside = put_start_tag(x, part, f->i, 0) + 1;
            size_t end = node->end;
            tcs_buf_putc(x->b, '>');
            f->i = end; /* where its end tag is written when the inside is done */
            push(x, f->part, inside, end);
        }
        return;
    case TCS_NODE_SLOT:
        if (tcs_walk_slot(part, node).type == TCS_VALUE_BINXML) {
            if (enter_nested(x, f, node))
                return; /* and come back here for the next one */
            f->next_nested = 0;
        } else {
            put_value(x, tcs_walk_slot(part, node));
        }
        break;
    case TCS_NODE_TEXT:
        tcs_put_xml(x->b, node->text);
        break;
    case TCS_NODE_PI:
        put_pi(x, node);
        break;
    case TCS_NODE_END:
        put_end_tag(x, &part->layout->nodes[node->end]);
        break;
    case TCS_NODE_ATTRIBUTE:
    case TCS_NODE_CONTENT:
        break;
    }
    f->i++;
}

static void put_state_comment(struct tcs_buf *b, const struct tcs_record *rec)
{
    if (rec->state == 0)
        return;
    tcs_buf_puts(b, "<!-- tocsin:");
    for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
        if (rec->state >> bit & 1)
            tcs_buf_printf(b, " %s", tcs_record_state_names[bit]);
    tcs_buf_puts(b, " -->");
}

enum tcs_code tcs_render_record_xml(struct tcs_buf *b, const struct tcs_record *rec, struct tcs_str origin,
                                    struct tcs_err *err)
{
    (void)origin;
    struct xml *x = malloc(sizeof *x); /* its frames are much, and only what is pushed is read */
    if (x == NULL)
        return tcs_fail(err, TCS_NOMEM, rec->offset, "no memory to show a record");
    x->b = b;
    x->rec = rec;
    x->depth = 0;
    x->items = (struct tcs_walk_items){0};
    tcs_buf_init(&x->text, b->max);
    if (rec->part_count)
        push(x, 0, 0, rec->parts[0].layout->node_count);
    else
        tcs_buf_puts(b, "<Event/>");
    while (x->depth && !b->bad && tcs_walk_step(&x->items)) {
        struct frame *f = &x->frames[x->depth - 1];
        if (f->i < f->end)
            step(x, f);
        else
            x->depth--;
    }
    put_state_comment(b, rec);
    tcs_buf_putc(b, '\n');
    b->bad = b->bad || x->items.is_over;
    tcs_walk_items_done(&x->items);
    tcs_buf_done(&x->text);
    free(x);
    return tcs_record_shown(b, rec, err);
}
