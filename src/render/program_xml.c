#include "render/program.h"

#include "render/escape.h"
#include "render/record_walk.h"

static bool is_value(const struct tcs_node *node)
{
    return node->kind == TCS_NODE_TEXT || node->kind == TCS_NODE_SLOT;
}

/* Text and values from node i on; gives the node behind them. */
static size_t put_pieces(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t i)
{
    for (; is_value(&nodes[i]); i++) {
        if (nodes[i].kind == TCS_NODE_TEXT)
            tcs_put_xml(&p->texts, nodes[i].text);
        else
            tcs_program_op(p, TCS_OP_VALUE, nodes[i].slot);
    }
    return i;
}

static size_t put_attribute(struct tcs_program_builder *p, const struct tcs_node *nodes, size_t i)
{
    const struct tcs_node *value = &nodes[i + 1];
    bool may_lack = value->kind == TCS_NODE_SLOT && value->optional;
    uint32_t unless = may_lack ? tcs_program_op(p, TCS_OP_UNLESS, value->slot) : TCS_NO_OP;
    tcs_buf_putc(&p->texts, ' ');
    tcs_walk_put_name(&p->texts, nodes[i].text);
    tcs_buf_puts(&p->texts, "=\"");
    i = put_pieces(p, nodes, i + 1);
    tcs_buf_putc(&p->texts, '"');
    if (may_lack)
        tcs_program_land(p, unless);
    return i;
}

/* The start tag of the element at i; gives the first node inside, or behind it if it is empty. */
static size_t put_element(struct tcs_program_builder *p, const struct tcs_layout *l, size_t i, bool is_outer)
{
    const struct tcs_node *nodes = l->nodes, *element = &nodes[i];
    bool is_leaf = (element->shape & TCS_ELEMENT_LEAF) != 0;
    bool may_lack = element->depends != TCS_NO_SLOT && !(is_outer && i == 0); /* never the event itself */
    uint32_t unless = may_lack ? tcs_program_op(p, TCS_OP_UNLESS, element->depends) : TCS_NO_OP;
    tcs_buf_putc(&p->texts, '<');
    tcs_walk_put_name(&p->texts, element->text);
    for (i++; nodes[i].kind == TCS_NODE_ATTRIBUTE;)
        i = put_attribute(p, nodes, i);
    p->failed = p->failed || nodes[i].kind != TCS_NODE_CONTENT;
    if (!p->failed && is_leaf && i + 1 == element->end) {
        tcs_buf_puts(&p->texts, "/>");
        if (may_lack)
            tcs_program_land(p, unless);
        return i + 2;
    }
    tcs_buf_putc(&p->texts, '>');
    tcs_program_enter(p, unless, element->end, is_leaf);
    return i + 1;
}

void tcs_program_xml(struct tcs_program_builder *p, const struct tcs_layout *l, bool is_outer)
{
    for (size_t i = 0; i < l->node_count && !p->failed; i++) {
        const struct tcs_node *node = &l->nodes[i];
        if (node->kind == TCS_NODE_ELEMENT) {
            i = put_element(p, l, i, is_outer) - 1;
        } else if (node->kind == TCS_NODE_SLOT) {
            bool in_leaf = p->depth && p->open[p->depth - 1].is_leaf;
            if (in_leaf)
                tcs_program_op(p, TCS_OP_VALUE, node->slot);
            else
                tcs_program_nested(p, node->slot);
        } else if (node->kind == TCS_NODE_TEXT) {
            tcs_put_xml(&p->texts, node->text);
        } else if (node->kind == TCS_NODE_PI) {
            tcs_buf_puts(&p->texts, "<?");
            tcs_put_xml(&p->texts, node->text); /* so that no ?> of its own can end it */
            tcs_buf_puts(&p->texts, "?>");
        } else if (node->kind == TCS_NODE_END) {
            tcs_buf_puts(&p->texts, "</");
            tcs_walk_put_name(&p->texts, l->nodes[node->end].text);
            tcs_buf_putc(&p->texts, '>');
            tcs_program_leave(p);
        } else {
            p->failed = true; /* an attribute or the end of a tag where none can be */
        }
    }
}

bool tcs_program_xml_value(struct tcs_buf *b, struct tcs_value v, bool is_nested_slot)
{
    (void)is_nested_slot; /* a plain value may stand there too */
    if (v.type == TCS_VALUE_STRING) {
        tcs_put_xml_utf16(b, tcs_value_utf16(v));
        return true;
    }
    if (v.type == TCS_VALUE_UTF8) {
        tcs_put_xml(b, (struct tcs_str){(const char *)v.p, v.len});
        return true;
    }
    if ((v.type & TCS_VALUE_ARRAY) || v.type == TCS_VALUE_ANSI)
        return false;
    tcs_buf_value(b, v); /* digits, letters, and what stands between them: nothing to escape */
    return true;
}
