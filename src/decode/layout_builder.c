#include "decode/layout_builder.h"

#include <stdlib.h>

enum {
    FIRST_NODES = 64,
    MAX_DEPTH = 64,
    ATTRIBUTES_MOST = 64, /* of one element; Windows writes five at most */
};

void tcs_layout_builder_init(struct tcs_layout_builder *b, const struct tcs_decode_limits *limits)
{
    *b = (struct tcs_layout_builder){.limits = limits};
    tcs_buf_init(&b->text, (size_t)4 << 20);
}

void tcs_layout_builder_done(struct tcs_layout_builder *b)
{
    free(b->nodes);
    tcs_buf_done(&b->text);
}

void tcs_layout_begin(struct tcs_layout_builder *b, struct tcs_arena *arena)
{
    b->arena = arena;
    b->count = 0;
    b->depth = 0;
    b->in_tag = false;
    b->failed = TCS_OK;
    tcs_buf_clear(&b->text);
    b->text.starved = false;
}

static void fail(struct tcs_layout_builder *b, enum tcs_code code)
{
    b->arena->starved = b->arena->starved || code == TCS_NOMEM;
    if (b->failed == TCS_OK)
        b->failed = code;
}

static void add_node(struct tcs_layout_builder *b, struct tcs_node node)
{
    if (b->failed != TCS_OK)
        return;
    if (b->count == b->limits->nodes) {
        fail(b, TCS_LIMIT);
        return;
    }
    if (b->count == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : FIRST_NODES;
        struct tcs_node *nodes = realloc(b->nodes, cap * sizeof *nodes);
        if (nodes == NULL) {
            fail(b, TCS_NOMEM);
            return;
        }
        b->nodes = nodes;
        b->cap = cap;
    }
    b->nodes[b->count++] = node;
}

/* Pieces of literal text that follow each other (split by entities) become one node. */
static void flush_text(struct tcs_layout_builder *b)
{
    if (b->text.bad)
        fail(b, b->text.starved ? TCS_NOMEM : TCS_LIMIT);
    if (b->text.len == 0 || b->failed != TCS_OK)
        return;
    bool ok;
    struct tcs_str text = tcs_arena_str(b->arena, tcs_buf_view(&b->text), &ok);
    tcs_buf_clear(&b->text);
    if (!ok)
        fail(b, TCS_NOMEM);
    add_node(b, (struct tcs_node){.kind = TCS_NODE_TEXT, .text = text, .depends = TCS_NO_SLOT});
}

void tcs_layout_element(struct tcs_layout_builder *b, struct tcs_str name, uint16_t depends)
{
    flush_text(b);
    if (b->in_tag)
        fail(b, TCS_FORMAT);
    if (b->depth == b->limits->element_depth || b->depth == MAX_DEPTH)
        fail(b, TCS_LIMIT);
    b->depth++;
    b->in_tag = true;
    b->attributes = 0;
    add_node(b, (struct tcs_node){.kind = TCS_NODE_ELEMENT, .text = name, .depends = depends});
}

/* True if the open start tag has an attribute of that name already. */
static bool has_attribute(const struct tcs_layout_builder *b, struct tcs_str name)
{
    for (size_t i = b->count; i-- > 0 && b->nodes[i].kind != TCS_NODE_ELEMENT;)
        if (b->nodes[i].kind == TCS_NODE_ATTRIBUTE && tcs_str_eq(b->nodes[i].text, name))
            return true;
    return false;
}

void tcs_layout_attribute(struct tcs_layout_builder *b, struct tcs_str name)
{
    flush_text(b);
    if (b->attributes++ == ATTRIBUTES_MOST)
        fail(b, TCS_LIMIT);
    if (!b->in_tag || (b->failed == TCS_OK && has_attribute(b, name)))
        fail(b, TCS_FORMAT);
    add_node(b, (struct tcs_node){.kind = TCS_NODE_ATTRIBUTE, .text = name, .depends = TCS_NO_SLOT});
}

void tcs_layout_content(struct tcs_layout_builder *b)
{
    flush_text(b);
    if (!b->in_tag)
        fail(b, TCS_FORMAT);
    b->in_tag = false;
    add_node(b, (struct tcs_node){.kind = TCS_NODE_CONTENT, .depends = TCS_NO_SLOT});
}

void tcs_layout_end(struct tcs_layout_builder *b)
{
    flush_text(b);
    if (b->in_tag || b->depth == 0) {
        fail(b, TCS_FORMAT);
        return;
    }
    b->depth--;
    add_node(b, (struct tcs_node){.kind = TCS_NODE_END, .depends = TCS_NO_SLOT});
}

/* A value belongs to content or to an attribute, never straight behind an element's name. */
static void expect_value(struct tcs_layout_builder *b)
{
    bool behind_name = b->in_tag && b->count && b->nodes[b->count - 1].kind == TCS_NODE_ELEMENT;
    if (b->depth == 0 || behind_name)
        fail(b, TCS_FORMAT);
}

void tcs_layout_text(struct tcs_layout_builder *b, struct tcs_str text)
{
    expect_value(b);
    tcs_buf_str(&b->text, text);
}

void tcs_layout_text_utf16(struct tcs_layout_builder *b, struct tcs_utf16 text)
{
    expect_value(b);
    tcs_buf_utf16(&b->text, text);
}

void tcs_layout_slot(struct tcs_layout_builder *b, uint16_t slot, uint8_t type, bool optional)
{
    flush_text(b);
    expect_value(b);
    add_node(
        b,
        (struct tcs_node){
            .kind = TCS_NODE_SLOT, .slot = slot, .type = type, .optional = optional, .depends = TCS_NO_SLOT});
}

void tcs_layout_pi(struct tcs_layout_builder *b, struct tcs_str target, struct tcs_utf16 data)
{
    flush_text(b);
    if (b->depth == 0 || b->in_tag)
        return; /* beside the root: nothing of the event */
    size_t before = b->count;
    tcs_buf_str(&b->text, target);
    if (data.units) {
        tcs_buf_putc(&b->text, ' ');
        tcs_buf_utf16(&b->text, data);
    }
    flush_text(b); /* adds nothing if there is neither target nor data */
    if (b->failed == TCS_OK && b->count > before)
        b->nodes[b->count - 1].kind = TCS_NODE_PI;
}

struct tcs_str tcs_layout_name(struct tcs_layout_builder *b, struct tcs_utf16 name)
{
    bool damaged = false, ok;
    struct tcs_str text = tcs_utf16_to_str(b->arena, name, &damaged, &ok);
    if (!ok)
        fail(b, TCS_NOMEM);
    return text;
}

bool tcs_layout_close_all(struct tcs_layout_builder *b)
{
    if (b->failed != TCS_OK || b->depth == 0)
        return false;
    if (b->in_tag)
        tcs_layout_content(b);
    while (b->depth && b->failed == TCS_OK)
        tcs_layout_end(b);
    return b->failed == TCS_OK;
}

/* Where in System a value stands: the element, and the attribute or none. */
static const struct system_place {
    struct tcs_str element, attribute;
} system_places[TCS_SYS_COUNT] = {
    [TCS_SYS_PROVIDER] = {TCS_STR_INIT("Provider"), TCS_STR_INIT("Name")},
    [TCS_SYS_PROVIDER_GUID] = {TCS_STR_INIT("Provider"), TCS_STR_INIT("Guid")},
    [TCS_SYS_EVENT_SOURCE] = {TCS_STR_INIT("Provider"), TCS_STR_INIT("EventSourceName")},
    [TCS_SYS_EVENT_ID] = {TCS_STR_INIT("EventID"), TCS_STR_INIT("")},
    [TCS_SYS_QUALIFIERS] = {TCS_STR_INIT("EventID"), TCS_STR_INIT("Qualifiers")},
    [TCS_SYS_VERSION] = {TCS_STR_INIT("Version"), TCS_STR_INIT("")},
    [TCS_SYS_LEVEL] = {TCS_STR_INIT("Level"), TCS_STR_INIT("")},
    [TCS_SYS_TASK] = {TCS_STR_INIT("Task"), TCS_STR_INIT("")},
    [TCS_SYS_OPCODE] = {TCS_STR_INIT("Opcode"), TCS_STR_INIT("")},
    [TCS_SYS_KEYWORDS] = {TCS_STR_INIT("Keywords"), TCS_STR_INIT("")},
    [TCS_SYS_TIME] = {TCS_STR_INIT("TimeCreated"), TCS_STR_INIT("SystemTime")},
    [TCS_SYS_RECORD_ID] = {TCS_STR_INIT("EventRecordID"), TCS_STR_INIT("")},
    [TCS_SYS_ACTIVITY] = {TCS_STR_INIT("Correlation"), TCS_STR_INIT("ActivityID")},
    [TCS_SYS_RELATED] = {TCS_STR_INIT("Correlation"), TCS_STR_INIT("RelatedActivityID")},
    [TCS_SYS_PROCESS] = {TCS_STR_INIT("Execution"), TCS_STR_INIT("ProcessID")},
    [TCS_SYS_THREAD] = {TCS_STR_INIT("Execution"), TCS_STR_INIT("ThreadID")},
    [TCS_SYS_CHANNEL] = {TCS_STR_INIT("Channel"), TCS_STR_INIT("")},
    [TCS_SYS_COMPUTER] = {TCS_STR_INIT("Computer"), TCS_STR_INIT("")},
    [TCS_SYS_USER] = {TCS_STR_INIT("Security"), TCS_STR_INIT("UserID")},
};

/* The state of one walk over the finished nodes. */
struct indexer {
    struct tcs_layout *out;
    struct tcs_field *fields; /* NULL while counting */
    size_t field_count;
    const struct tcs_node *path[MAX_DEPTH + 1]; /* open elements */
    bool has_children[MAX_DEPTH + 1];
    struct tcs_source content[MAX_DEPTH + 1]; /* the first value of each open element */
    struct tcs_str data_name[MAX_DEPTH + 1];  /* its Name attribute, for <Data Name=...> */
    unsigned depth;
};

static bool element_is(const struct indexer *x, unsigned level, struct tcs_str name)
{
    return level < x->depth && tcs_str_eq(x->path[level]->text, name);
}

/* True between <System> and </System> of an <Event>. */
static bool in_system(const struct indexer *x)
{
    return element_is(x, 0, TCS_STR("Event")) && element_is(x, 1, TCS_STR("System"));
}

/* RenderingInfo is text for people, in whatever language; it never decides anything. */
static bool in_data(const struct indexer *x)
{
    struct tcs_str rendering = TCS_STR("RenderingInfo");
    return !in_system(x) && !element_is(x, 0, rendering) &&
           !(element_is(x, 0, TCS_STR("Event")) && element_is(x, 1, rendering));
}

static struct tcs_source source_of(const struct tcs_node *node)
{
    if (node->kind == TCS_NODE_SLOT)
        return (struct tcs_source){.slot = node->slot};
    return (struct tcs_source){.literal = node->text, .slot = TCS_NO_SLOT};
}

static void note_system(struct indexer *x, struct tcs_str attribute, struct tcs_source source)
{
    if (!in_system(x) || x->depth != 3)
        return;
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++) {
        struct tcs_source *place = &x->out->system[key];
        bool is_free = place->slot == TCS_NO_SLOT && place->literal.p == NULL;
        if (is_free && tcs_str_eq(system_places[key].element, x->path[2]->text) &&
            tcs_str_eq(system_places[key].attribute, attribute))
            *place = source;
    }
}

static void note_field(struct indexer *x, struct tcs_str name, struct tcs_source source)
{
    if (x->fields)
        x->fields[x->field_count] = (struct tcs_field){name, source};
    x->field_count++;
}

static void enter_element(struct indexer *x, const struct tcs_node *node)
{
    if (x->depth)
        x->has_children[x->depth - 1] = true;
    x->path[x->depth] = node;
    x->has_children[x->depth] = false;
    x->content[x->depth] = (struct tcs_source){.slot = TCS_NO_SLOT};
    x->data_name[x->depth] = (struct tcs_str){"", 0};
    x->depth++;
}

/* Name and value of an attribute; value is NULL if it has none. */
static void note_attribute(struct indexer *x, struct tcs_str name, const struct tcs_node *value)
{
    struct tcs_source source = value ? source_of(value) : (struct tcs_source){TCS_STR(""), TCS_NO_SLOT};
    note_system(x, name, source);
    if (!in_data(x) || x->depth == 0)
        return;
    bool names_the_data = tcs_str_eq(name, TCS_STR("Name"));
    if (names_the_data && source.slot == TCS_NO_SLOT)
        x->data_name[x->depth - 1] = source.literal;
    /* Values of UserData may stand in attributes; names and namespaces are not data. */
    if (!names_the_data && !tcs_str_starts(name, TCS_STR("xmlns")))
        note_field(x, name, source);
}

static bool is_nested(const struct tcs_layout *l, struct tcs_source source)
{
    return source.slot != TCS_NO_SLOT && source.slot == l->nested;
}

/* <Data Name="x"> goes by its Name, everything else by the name of the element. */
static struct tcs_str field_name(const struct indexer *x, unsigned level)
{
    struct tcs_str element = x->path[level]->text;
    if (tcs_str_eq(element, TCS_STR("Data")))
        return x->data_name[level];
    bool is_complex = tcs_str_eq(element, TCS_STR("ComplexData")) && x->data_name[level].len;
    return is_complex ? x->data_name[level] : element;
}

static void leave_element(struct indexer *x)
{
    unsigned level = x->depth - 1;
    struct tcs_source content = x->content[level];
    note_system(x, TCS_STR(""), content);
    bool is_leaf = !x->has_children[level] && in_data(x) && !is_nested(x->out, content);
    /* An empty root, <EventData/> or <UserData/>, is the lack of data and no datum. */
    bool is_root = level == 0 || (level == 1 && element_is(x, 0, TCS_STR("Event")));
    bool is_empty = content.slot == TCS_NO_SLOT && content.literal.p == NULL;
    if (is_leaf && !(is_root && is_empty))
        note_field(x, field_name(x, level), content);
    x->depth--;
}

static void note_slot(struct tcs_layout *l, const struct tcs_node *node)
{
    if (node->slot >= l->slots)
        l->slots = (uint16_t)(node->slot + 1);
    if (node->type == TCS_VALUE_BINXML && l->nested == TCS_NO_SLOT)
        l->nested = node->slot;
}

static void index_layout(struct tcs_layout *l, struct tcs_field *fields)
{
    struct indexer x = {.out = l, .fields = fields};
    for (size_t i = 0; i < l->node_count; i++) {
        const struct tcs_node *node = &l->nodes[i];
        switch ((enum tcs_node_kind)node->kind) {
        case TCS_NODE_ELEMENT:
            enter_element(&x, node);
            break;
        case TCS_NODE_ATTRIBUTE: {
            const struct tcs_node *value = i + 1 < l->node_count ? node + 1 : NULL;
            bool has_value = value && (value->kind == TCS_NODE_TEXT || value->kind == TCS_NODE_SLOT);
            note_attribute(&x, node->text, has_value ? value : NULL);
            while (i + 1 < l->node_count &&
                   (l->nodes[i + 1].kind == TCS_NODE_TEXT || l->nodes[i + 1].kind == TCS_NODE_SLOT))
                i++; /* what follows belongs to the attribute, not to the element */
            break;
        }
        case TCS_NODE_TEXT:
        case TCS_NODE_SLOT: {
            struct tcs_source *content = &x.content[x.depth - 1];
            if (content->slot == TCS_NO_SLOT && content->literal.p == NULL)
                *content = source_of(node);
            break;
        }
        case TCS_NODE_END:
            leave_element(&x);
            break;
        case TCS_NODE_CONTENT:
        case TCS_NODE_PI:
            break;
        }
    }
    l->field_count = x.field_count;
}

static void clear_index(struct tcs_layout *l)
{
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
        l->system[key] = (struct tcs_source){.slot = TCS_NO_SLOT};
}

/* The Name attribute that follows a <Data>, if it is a literal. */
static struct tcs_str data_name(const struct tcs_node *element)
{
    bool has_name = element[1].kind == TCS_NODE_ATTRIBUTE && tcs_str_eq(element[1].text, TCS_STR("Name")) &&
                    element[2].kind == TCS_NODE_TEXT;
    return has_name ? element[2].text : (struct tcs_str){"", 0};
}

/* Finds the ends of elements, their keys, and which are leaves. */
static void pair_elements(struct tcs_node *nodes, size_t count)
{
    uint32_t open[MAX_DEPTH + 1];
    unsigned depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct tcs_node *node = &nodes[i];
        bool holds_elements =
            node->kind == TCS_NODE_ELEMENT || (node->kind == TCS_NODE_SLOT && node->type == TCS_VALUE_BINXML);
        if (depth && holds_elements)
            nodes[open[depth - 1]].shape &= (uint8_t)~TCS_ELEMENT_LEAF;
        if (node->kind == TCS_NODE_ELEMENT) {
            node->shape = TCS_ELEMENT_LEAF;
            node->key = tcs_str_eq(node->text, TCS_STR("Data")) ? data_name(node) : node->text;
            open[depth++] = i;
        } else if (node->kind == TCS_NODE_END) {
            nodes[open[--depth]].end = i;
            node->end = open[depth];
        }
    }
}

enum { KEY_PLACES = 256, KEY_TRIES = 8 };

static unsigned key_hash(struct tcs_str key)
{
    unsigned h = 2166136261u;
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (uint8_t)key.p[i]) * 16777619u;
    return h ^ h >> 16;
}

/*
 * Marks children of one element that share a key. Within bounds: a log made
 * to be nasty may get a key twice, not a search without end.
 */
static void mark_repeated(struct tcs_node *nodes, uint32_t parent)
{
    uint32_t seen[KEY_PLACES] = {0}; /* node numbers; 0, the root, is nobody's child */
    for (uint32_t i = parent + 1; i < nodes[parent].end; i++) {
        struct tcs_node *child = &nodes[i];
        if (child->kind != TCS_NODE_ELEMENT)
            continue;
        unsigned at = key_hash(child->key) % KEY_PLACES;
        for (unsigned tries = 0; tries < KEY_TRIES; tries++, at = (at + 1) % KEY_PLACES) {
            if (seen[at] == 0) {
                seen[at] = i;
                break;
            }
            if (tcs_str_eq(nodes[seen[at]].key, child->key)) {
                nodes[seen[at]].shape |= TCS_ELEMENT_REPEATED | TCS_ELEMENT_FIRST;
                child->shape |= TCS_ELEMENT_REPEATED;
                break;
            }
        }
        i = child->end;
    }
}

static void shape_elements(struct tcs_node *nodes, size_t count)
{
    pair_elements(nodes, count);
    for (uint32_t i = 0; i < count; i++)
        if (nodes[i].kind == TCS_NODE_ELEMENT && !(nodes[i].shape & TCS_ELEMENT_LEAF))
            mark_repeated(nodes, i);
}

enum tcs_code tcs_layout_finish(struct tcs_layout_builder *b, struct tcs_layout *out)
{
    flush_text(b);
    if (b->depth != 0 || b->count == 0 || b->nodes[0].kind != TCS_NODE_ELEMENT)
        fail(b, TCS_FORMAT);
    if (b->failed != TCS_OK)
        return b->failed;
    *out = (struct tcs_layout){.node_count = b->count, .nested = TCS_NO_SLOT, .root = b->nodes[0].text};
    struct tcs_node *nodes = tcs_arena_copy(b->arena, b->nodes, b->count * sizeof *b->nodes);
    if (nodes == NULL)
        return TCS_NOMEM;
    shape_elements(nodes, out->node_count);
    out->nodes = nodes;
    for (size_t i = 0; i < out->node_count; i++)
        if (out->nodes[i].kind == TCS_NODE_SLOT)
            note_slot(out, &out->nodes[i]);
    clear_index(out);
    index_layout(out, NULL); /* counts */
    clear_index(out);
    struct tcs_field *fields = tcs_arena_array(b->arena, out->field_count, sizeof *fields);
    if (fields == NULL)
        return TCS_NOMEM;
    index_layout(out, fields);
    out->fields = fields;
    return TCS_OK;
}
