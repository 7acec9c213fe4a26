#include "render/record.h"

#include "render/json.h"
#include "render/record_walk.h"

#include <stdlib.h>

enum frame_kind { IN_OBJECT, IN_ARRAY };

/* What is being written: the children of an element, or the elements of one key. */
struct frame {
    enum frame_kind kind;
    bool is_bare; /* the members belong to the object around: no brackets of its own */
    size_t part;
    size_t i, end;
    size_t next_nested; /* as in record_xml.c */
    struct tcs_str key; /* IN_ARRAY: which elements belong to it */
};

struct walk {
    struct tcs_json j;
    const struct tcs_record *rec;
    struct frame frames[TCS_WALK_DEPTH];
    unsigned depth;
    struct tcs_walk_items items;
    struct tcs_buf text; /* a value made of several pieces */
};

static const struct tcs_part *part_of(const struct walk *w, const struct frame *f)
{
    return &w->rec->parts[f->part];
}

static bool is_value(const struct tcs_node *node)
{
    return node->kind == TCS_NODE_TEXT || node->kind == TCS_NODE_SLOT;
}

/* Text and values from node i on as one JSON value; gives the node behind them. */
static size_t put_pieces(struct walk *w, const struct tcs_part *part, size_t i, size_t n)
{
    const struct tcs_node *nodes = part->layout->nodes;
    if (nodes[i].kind == TCS_NODE_SLOT && !is_value(&nodes[i + 1])) {
        tcs_json_value(&w->j, tcs_walk_item(&w->items, part, &nodes[i], n));
        return i + 1;
    }
    tcs_buf_clear(&w->text);
    for (; is_value(&nodes[i]); i++) {
        if (nodes[i].kind == TCS_NODE_TEXT)
            tcs_buf_str(&w->text, nodes[i].text);
        else
            tcs_buf_value(&w->text, tcs_walk_item(&w->items, part, &nodes[i], n));
    }
    w->j.b->bad = w->j.b->bad || w->text.bad;
    w->j.b->starved = w->j.b->starved || w->text.starved;
    tcs_json_str(&w->j, tcs_buf_view(&w->text));
    return i;
}

static bool is_namespace(struct tcs_str name)
{
    return tcs_str_starts(name, TCS_STR("xmlns"));
}

/* True if the attribute at i is shown: no namespace, not the Name that became the key, and it has a value. */
static bool is_shown(const struct tcs_part *part, size_t i, const struct tcs_node *element)
{
    const struct tcs_node *nodes = part->layout->nodes;
    const struct tcs_node *value = &nodes[i + 1];
    bool is_key = element->key.len && tcs_str_eq(element->text, TCS_STR("Data")) &&
                  tcs_str_eq(nodes[i].text, TCS_STR("Name"));
    bool is_missing = value->kind == TCS_NODE_SLOT && tcs_walk_is_missing(tcs_walk_slot(part, value));
    return !is_namespace(nodes[i].text) && !is_key && !is_missing && is_value(value);
}

/* The next attribute that is shown at or behind i; the CONTENT node if there is none. */
static size_t next_attribute(const struct tcs_part *part, size_t i, const struct tcs_node *element)
{
    const struct tcs_node *nodes = part->layout->nodes;
    while (nodes[i].kind != TCS_NODE_CONTENT &&
           !(nodes[i].kind == TCS_NODE_ATTRIBUTE && is_shown(part, i, element)))
        i++;
    return i;
}

/* All attributes that are shown, as members; gives the node behind CONTENT. */
static size_t put_attributes(struct walk *w, const struct tcs_part *part, size_t element, size_t n)
{
    const struct tcs_node *nodes = part->layout->nodes;
    size_t i = next_attribute(part, element + 1, &nodes[element]);
    while (nodes[i].kind == TCS_NODE_ATTRIBUTE) {
        tcs_json_key(&w->j, nodes[i].text);
        i = next_attribute(part, put_pieces(w, part, i + 1, n), &nodes[element]);
    }
    return i + 1;
}

static bool has_attributes(const struct tcs_part *part, size_t element)
{
    const struct tcs_node *nodes = part->layout->nodes;
    return nodes[next_attribute(part, element + 1, &nodes[element])].kind == TCS_NODE_ATTRIBUTE;
}

static size_t content_of(const struct tcs_part *part, size_t element)
{
    size_t i = element + 1;
    while (part->layout->nodes[i].kind != TCS_NODE_CONTENT)
        i++;
    return i + 1;
}

/* One showing of a leaf: its text, or an object if it has attributes. */
static void put_leaf(struct walk *w, const struct tcs_part *part, size_t i, size_t n)
{
    if (!has_attributes(part, i)) {
        put_pieces(w, part, content_of(part, i), n);
        return;
    }
    tcs_json_open(&w->j, '{');
    size_t content = put_attributes(w, part, i, n);
    if (is_value(&part->layout->nodes[content])) {
        tcs_json_key(&w->j, TCS_STR("#text"));
        put_pieces(w, part, content, n);
    }
    tcs_json_close(&w->j, '}');
}

static void put_leaves(struct walk *w, const struct tcs_part *part, size_t i, size_t repeats)
{
    tcs_walk_leaf_begin(&w->items, part, repeats);
    for (size_t n = 0; n < repeats && !w->items.is_over; n++)
        put_leaf(w, part, i, n);
    tcs_walk_leaf_end(&w->items);
}

static bool push(struct walk *w, struct frame f)
{
    if (w->depth == TCS_WALK_DEPTH)
        return false;
    w->frames[w->depth++] = f;
    return true;
}

/* Opens the object of an element that holds others; its members follow. */
static void open_element(struct walk *w, size_t part_index, size_t i)
{
    const struct tcs_part *part = &w->rec->parts[part_index];
    tcs_json_open(&w->j, '{');
    size_t content = put_attributes(w, part, i, 0);
    if (!push(w, (struct frame){
                     .kind = IN_OBJECT, .part = part_index, .i = content, .end = part->layout->nodes[i].end}))
        tcs_json_close(&w->j, '}');
}

/* EventID is always a number; what hangs on it stands beside it. */
static bool put_event_id(struct walk *w, const struct tcs_part *part, size_t i)
{
    const struct tcs_node *nodes = part->layout->nodes;
    if (!tcs_str_eq(nodes[i].text, TCS_STR("EventID")))
        return false;
    tcs_json_key(&w->j, nodes[i].text);
    put_pieces(w, part, content_of(part, i), 0);
    put_attributes(w, part, i, 0);
    return true;
}

/* A member that is neither repeated nor unnamed. */
static void put_member(struct walk *w, size_t part_index, size_t i)
{
    const struct tcs_part *part = &w->rec->parts[part_index];
    const struct tcs_node *node = &part->layout->nodes[i];
    bool is_leaf = (node->shape & TCS_ELEMENT_LEAF) != 0;
    if (is_leaf && put_event_id(w, part, i))
        return;
    tcs_json_key(&w->j, node->key);
    if (!is_leaf) {
        open_element(w, part_index, i);
        return;
    }
    size_t repeats = tcs_walk_repeats(&w->items, part, i);
    if (repeats > 1)
        tcs_json_open(&w->j, '[');
    put_leaves(w, part, i, repeats);
    if (repeats > 1)
        tcs_json_close(&w->j, ']');
}

/* An element that has its values in attributes, of which none is there: <Correlation/>. */
static bool says_nothing(const struct tcs_part *part, size_t i)
{
    const struct tcs_node *nodes = part->layout->nodes;
    bool is_empty = (nodes[i].shape & TCS_ELEMENT_LEAF) && content_of(part, i) == nodes[i].end;
    if (!is_empty || tcs_str_eq(nodes[i].text, TCS_STR("Data")) || has_attributes(part, i))
        return false;
    return nodes[i + 1].kind == TCS_NODE_ATTRIBUTE || tcs_walk_holds_attributes(nodes[i].text);
}

static void put_child(struct walk *w, struct frame *f)
{
    const struct tcs_part *part = part_of(w, f);
    const struct tcs_node *node = &part->layout->nodes[f->i];
    size_t i = f->i;
    f->i = node->end + 1;
    bool is_later = (node->shape & TCS_ELEMENT_REPEATED) && !(node->shape & TCS_ELEMENT_FIRST);
    if (is_later)
        return; /* the first of them brought it along */
    bool is_array = (node->shape & TCS_ELEMENT_REPEATED) != 0 || node->key.len == 0;
    if (!is_array) {
        if (!tcs_walk_is_left_out(part, node) && !says_nothing(part, i))
            put_member(w, f->part, i);
        return;
    }
    tcs_json_key(&w->j, node->key.len ? node->key : node->text);
    tcs_json_open(&w->j, '[');
    if (!push(w, (struct frame){.kind = IN_ARRAY, .part = f->part, .i = i, .end = f->end, .key = node->key}))
        tcs_json_close(&w->j, ']');
}

/* The parts in a slot: their elements are members like any other. False when all are shown. */
static bool put_nested(struct walk *w, struct frame *f, const struct tcs_node *slot)
{
    size_t from = f->next_nested > f->part ? f->next_nested : f->part + 1;
    size_t part = tcs_walk_nested(w->rec, f->part, slot->slot, from);
    if (part == w->rec->part_count)
        return false;
    f->next_nested = part + 1;
    const struct tcs_layout *layout = w->rec->parts[part].layout;
    push(w,
         (struct frame){.kind = IN_OBJECT, .is_bare = true, .part = part, .i = 0, .end = layout->node_count});
    return true;
}

static void step_object(struct walk *w, struct frame *f)
{
    const struct tcs_part *part = part_of(w, f);
    const struct tcs_node *node = &part->layout->nodes[f->i];
    if (node->kind == TCS_NODE_ELEMENT) {
        put_child(w, f);
        return;
    }
    if (node->kind == TCS_NODE_SLOT && tcs_walk_slot(part, node).type == TCS_VALUE_BINXML) {
        if (put_nested(w, f, node))
            return;
        f->next_nested = 0;
    } else if (is_value(node) &&
               !(node->kind == TCS_NODE_SLOT && tcs_walk_is_missing(tcs_walk_slot(part, node)))) {
        tcs_json_key(&w->j, TCS_STR("#text"));
        f->i = put_pieces(w, part, f->i, 0);
        return;
    }
    f->i++;
}

/* The next element of the array's key; everything else is passed over. */
static void step_array(struct walk *w, struct frame *f)
{
    const struct tcs_part *part = part_of(w, f);
    const struct tcs_node *node = &part->layout->nodes[f->i];
    size_t i = f->i;
    f->i = node->kind == TCS_NODE_ELEMENT ? node->end + 1 : f->i + 1;
    bool belongs =
        node->kind == TCS_NODE_ELEMENT && tcs_str_eq(node->key, f->key) && !tcs_walk_is_left_out(part, node);
    if (!belongs)
        return;
    if (!(node->shape & TCS_ELEMENT_LEAF)) {
        open_element(w, f->part, i);
        return;
    }
    put_leaves(w, part, i, tcs_walk_repeats(&w->items, part, i));
}

static void put_nodes(struct walk *w)
{
    while (w->depth && !w->j.b->bad && tcs_walk_step(&w->items)) {
        struct frame *f = &w->frames[w->depth - 1];
        if (f->i < f->end) {
            if (f->kind == IN_OBJECT)
                step_object(w, f);
            else
                step_array(w, f);
            continue;
        }
        if (!f->is_bare)
            tcs_json_close(&w->j, f->kind == IN_OBJECT ? '}' : ']');
        w->depth--;
    }
}

static void put_about(struct tcs_json *j, const struct tcs_record *rec, struct tcs_str origin)
{
    tcs_json_key(j, TCS_STR("tocsin"));
    tcs_json_open(j, '{');
    tcs_json_pair_str(j, "origin", origin);
    tcs_json_pair_u64(j, "offset", rec->offset);
    if (rec->state) {
        tcs_json_key(j, TCS_STR("state"));
        tcs_json_open(j, '[');
        for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
            if (rec->state >> bit & 1)
                tcs_json_str(j, tcs_str_of(tcs_record_state_names[bit]));
        tcs_json_close(j, ']');
    }
    tcs_json_close(j, '}');
}

enum tcs_code tcs_render_record_json(struct tcs_buf *b, const struct tcs_record *rec, struct tcs_str origin,
                                     struct tcs_err *err)
{
    struct walk *w = malloc(sizeof *w); /* its frames are much, and only what is pushed is read */
    if (w == NULL)
        return tcs_fail(err, TCS_NOMEM, rec->offset, "no memory to show a record");
    w->j = (struct tcs_json){b, false};
    w->rec = rec;
    w->depth = 0;
    w->items = (struct tcs_walk_items){0};
    tcs_buf_init(&w->text, b->max);
    tcs_json_open(&w->j, '{');
    if (rec->part_count) {
        const struct tcs_layout *outer = rec->parts[0].layout;
        /* The members of <Event> are those of the line; any other root is a member itself. */
        bool is_event = tcs_str_eq(outer->root, TCS_STR("Event"));
        push(w, (struct frame){.kind = IN_OBJECT,
                               .is_bare = true,
                               .i = is_event ? content_of(&rec->parts[0], 0) : 0,
                               .end = is_event ? outer->nodes[0].end : outer->node_count});
        put_nodes(w);
    }
    put_about(&w->j, rec, origin);
    tcs_json_close(&w->j, '}');
    tcs_buf_putc(b, '\n');
    b->bad = b->bad || w->items.is_over;
    tcs_walk_items_done(&w->items);
    tcs_buf_done(&w->text);
    free(w);
    return tcs_record_shown(b, rec, err);
}
