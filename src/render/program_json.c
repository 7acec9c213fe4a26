#include "render/program.h"

#include "render/json.h"
#include "render/record_walk.h"

/*
 * Every member ends with a comma; the one before a closing bracket is written
 * over (TCS_OP_CLOSE). A record ends with members that are always there.
 */

static bool is_value(const struct tcs_node *node)
{
    return node->kind == TCS_NODE_TEXT || node->kind == TCS_NODE_SLOT;
}

static void put_quoted(struct tcs_program_builder *p, struct tcs_str s)
{
    tcs_buf_putc(&p->texts, '"');
    tcs_put_json(&p->texts, s);
    tcs_buf_putc(&p->texts, '"');
}

static void put_key(struct tcs_program_builder *p, struct tcs_str key)
{
    put_quoted(p, key);
    tcs_buf_putc(&p->texts, ':');
}

/* The value at node i, or an empty text if there is none. Gives the node behind it. */
static size_t put_value(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t i)
{
    bool is_there = is_value(&nodes[i]);
    if (is_there && is_value(&nodes[i + 1]))
        p->failed = true; /* several pieces */
    if (is_there && nodes[i].kind == TCS_NODE_SLOT) {
        tcs_program_op(p, TCS_OP_VALUE, nodes[i].slot);
    } else {
        put_quoted(p, is_there ? nodes[i].text : TCS_STR(""));
        tcs_buf_putc(&p->texts, ',');
    }
    return is_there ? i + 1 : i;
}

/* True if the attribute at i can be shown: no namespace, not the Name that became the key. */
static bool may_show(const struct tcs_node *nodes, size_t i, const struct tcs_node *element)
{
    bool is_key = element->key.len && tcs_str_eq(element->text, TCS_STR("Data")) &&
                  tcs_str_eq(nodes[i].text, TCS_STR("Name"));
    return nodes[i].kind == TCS_NODE_ATTRIBUTE && !tcs_str_starts(nodes[i].text, TCS_STR("xmlns")) &&
           !is_key && is_value(&nodes[i + 1]);
}

static size_t content_of(const struct tcs_node *nodes, size_t element)
{
    size_t i = element + 1;
    while (nodes[i].kind != TCS_NODE_CONTENT)
        i++;
    return i + 1;
}

static bool has_attributes(const struct tcs_node *nodes, size_t element)
{
    for (size_t i = element + 1; nodes[i].kind != TCS_NODE_CONTENT; i++)
        if (may_show(nodes, i, &nodes[element]))
            return true;
    return false;
}

static void put_attributes(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t element)
{
    for (size_t i = element + 1; nodes[i].kind != TCS_NODE_CONTENT; i++) {
        if (!may_show(nodes, i, &nodes[element]))
            continue;
        bool may_lack = nodes[i + 1].kind == TCS_NODE_SLOT;
        uint32_t unless = may_lack ? tcs_program_op(p, TCS_OP_UNLESS, nodes[i + 1].slot) : TCS_NO_OP;
        put_key(p, nodes[i].text);
        put_value(p, nodes, i + 1);
        if (may_lack)
            tcs_program_land(p, unless);
    }
}

/* An empty element with its values in attributes; left out if none of them is there. */
static void put_empty(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t element)
{
    enum { ATTRIBUTES_MOST = 16 };
    uint32_t ifs[ATTRIBUTES_MOST];
    size_t count = 0;
    bool is_sure = false; /* one of them is constant */
    for (size_t i = element + 1; nodes[i].kind != TCS_NODE_CONTENT; i++) {
        if (!may_show(nodes, i, &nodes[element]))
            continue;
        is_sure = is_sure || nodes[i + 1].kind == TCS_NODE_TEXT;
        if (nodes[i + 1].kind == TCS_NODE_SLOT && count < ATTRIBUTES_MOST)
            ifs[count++] = tcs_program_op(p, TCS_OP_IF, nodes[i + 1].slot);
    }
    p->failed = p->failed || count == ATTRIBUTES_MOST;
    uint32_t over = is_sure ? TCS_NO_OP : tcs_program_op(p, TCS_OP_GO, TCS_NO_SLOT);
    for (size_t i = 0; i < count; i++)
        tcs_program_land(p, ifs[i]);
    put_key(p, nodes[element].key);
    tcs_buf_putc(&p->texts, '{');
    put_attributes(p, nodes, element);
    tcs_program_op(p, TCS_OP_CLOSE, TCS_NO_SLOT);
    tcs_program_land(p, over);
}

/* An element without elements in it; gives the node behind it. */
static void put_leaf(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t i)
{
    const struct tcs_node *element = &nodes[i];
    size_t content = content_of(nodes, i);
    if (tcs_str_eq(element->text, TCS_STR("EventID"))) {
        p->failed = p->failed || content == element->end;
        put_key(p, element->text);
        content = put_value(p, nodes, content);
        put_attributes(p, nodes, i); /* what hangs on the id stands beside it */
    } else if (has_attributes(nodes, i)) {
        p->failed = p->failed || content != element->end || tcs_str_eq(element->text, TCS_STR("Data"));
        put_empty(p, nodes, i);
    } else {
        /* <Correlation/> without attributes in its template is shown as what it is: empty. */
        bool says_nothing =
            content == element->end && !tcs_str_eq(element->text, TCS_STR("Data")) &&
            (nodes[i + 1].kind == TCS_NODE_ATTRIBUTE || tcs_walk_holds_attributes(element->text));
        if (!says_nothing) {
            put_key(p, element->key);
            content = put_value(p, nodes, content);
        }
    }
    p->failed = p->failed || content != element->end;
}

static size_t put_element(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t i)
{
    const struct tcs_node *element = &nodes[i];
    if ((element->shape & TCS_ELEMENT_REPEATED) || element->key.len == 0)
        p->failed = true; /* an array */
    uint32_t unless =
        element->depends == TCS_NO_SLOT ? TCS_NO_OP : tcs_program_op(p, TCS_OP_UNLESS, element->depends);
    if (element->shape & TCS_ELEMENT_LEAF) {
        put_leaf(p, nodes, i);
        tcs_program_land(p, unless);
        return element->end + 1;
    }
    put_key(p, element->key);
    tcs_buf_putc(&p->texts, '{');
    put_attributes(p, nodes, i);
    tcs_program_enter(p, unless, element->end, false);
    return content_of(nodes, i);
}

void tcs_program_json(struct tcs_program_builder *p, const struct tcs_layout *l, bool is_outer)
{
    /* The members of <Event> are those of the line; any other root is a member itself. */
    bool is_event = is_outer && tcs_str_eq(l->root, TCS_STR("Event"));
    size_t end = is_event ? l->nodes[0].end : l->node_count;
    for (size_t i = is_event ? content_of(l->nodes, 0) : 0; i < end && !p->failed;) {
        const struct tcs_node *node = &l->nodes[i];
        if (node->kind == TCS_NODE_ELEMENT) {
            i = put_element(p, l->nodes, i);
            continue;
        }
        if (node->kind == TCS_NODE_SLOT) {
            tcs_program_nested(p, node->slot);
        } else if (node->kind == TCS_NODE_END) {
            tcs_program_op(p, TCS_OP_CLOSE, TCS_NO_SLOT);
            tcs_program_leave(p);
        } else if (node->kind != TCS_NODE_PI) {
            p->failed = true; /* text beside elements */
        }
        i++;
    }
}

bool tcs_program_json_value(struct tcs_buf *b, struct tcs_value v, bool is_nested_slot)
{
    if (is_nested_slot)
        return tcs_walk_is_missing(v); /* a plain value beside elements is "#text" */
    if (v.type & TCS_VALUE_ARRAY)
        return false;
    if (v.type == TCS_VALUE_STRING) {
        tcs_buf_putc(b, '"');
        tcs_put_json_utf16(b, tcs_value_utf16(v));
        tcs_buf_put(b, "\",", 2);
        return true;
    }
    struct tcs_json j = {b, false};
    tcs_json_value(&j, v);
    tcs_buf_putc(b, ',');
    return true;
}
