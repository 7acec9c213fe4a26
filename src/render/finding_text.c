#include "render/escape.h"
#include "render/incident_view.h"

#include <string.h>

static const char *const colors[TCS_SEVERITY_COUNT] = {
    [TCS_NOTE] = "\x1b[2m",     [TCS_POSSIBLE] = "\x1b[36m",   [TCS_LIKELY] = "\x1b[33m",
    [TCS_CERTAIN] = "\x1b[31m", [TCS_CRITICAL] = "\x1b[1;31m",
};

void tcs_put_color(struct tcs_buf *b, enum tcs_severity severity, bool color)
{
    if (color && colors[severity])
        tcs_buf_puts(b, colors[severity]);
}

void tcs_put_no_color(struct tcs_buf *b, bool color)
{
    if (color)
        tcs_buf_puts(b, "\x1b[0m");
}

struct text {
    struct tcs_buf *b;
    const struct tcs_text_style *style;
    const char *whole;  /* what shows texts that are cut here */
    struct tcs_buf raw; /* a text before it is escaped */
};

static void put_label(struct text *t, const char *label)
{
    tcs_buf_puts(t->b, "  ");
    if (t->style->color)
        tcs_buf_puts(t->b, "\x1b[2m");
    tcs_buf_puts(t->b, label);
    tcs_put_no_color(t->b, t->style->color);
}

/* "  label    " in front of a line. */
static void begin_line(struct text *t, const char *label)
{
    put_label(t, label);
    tcs_buf_printf(t->b, "%*s", strlen(label) < 9 ? (int)(9 - strlen(label)) : 1, "");
}

static void put_row(void *ctx, const struct tcs_row *row)
{
    struct text *t = ctx;
    t->b->starved = t->b->starved || row->is_starved;
    begin_line(t, row->label);
    if (row->is_item)
        tcs_buf_puts(t->b, "- ");
    tcs_put_visible(t->b, row->text);
    tcs_buf_putc(t->b, '\n');
}

/* What was written to t->raw. */
static void put_raw(struct text *t)
{
    tcs_put_visible(t->b, tcs_buf_view(&t->raw));
    tcs_buf_clear(&t->raw);
}

/* ---- the tree ---- */

enum { TREE_DEPTH = 64 };

/* True if a later node has the same parent: then the line down goes on. */
static bool has_later_sibling(const struct tcs_incident *incident, uint32_t node)
{
    for (size_t i = node + 1; i < incident->node_count; i++)
        if (incident->nodes[i].parent == incident->nodes[node].parent)
            return true;
    return false;
}

static void put_branch(struct text *t, const struct tcs_incident *incident, uint32_t node)
{
    uint32_t path[TREE_DEPTH];
    unsigned depth = 0;
    for (uint32_t at = node; at != TCS_NO_NODE && depth < TREE_DEPTH; at = incident->nodes[at].parent)
        path[depth++] = at;
    tcs_buf_puts(t->b, "           ");
    for (unsigned i = depth; i > 1; i--) {
        bool goes_on = has_later_sibling(incident, path[i - 2]);
        if (i > 2)
            tcs_buf_puts(t->b, goes_on ? "|  " : "   ");
        else
            tcs_buf_puts(t->b, goes_on ? "|- " : "`- ");
    }
}

static void put_node(struct text *t, const struct tcs_incident *incident, uint32_t index)
{
    const struct tcs_tree_node *node = &incident->nodes[index];
    put_branch(t, incident, index);
    if (node->is_finding)
        tcs_put_color(t->b, node->severity, t->style->color);
    tcs_put_node_name(&t->raw, node);
    put_raw(t);
    tcs_put_no_color(t->b, t->style->color);
    tcs_put_node_rest(&t->raw, node);
    if (node->command.len && node->is_finding) {
        tcs_buf_puts(&t->raw, "  ");
        tcs_put_cut(&t->raw, node->command, TCS_TREE_COMMAND_SHOWN, node->command_cut, t->whole);
    }
    put_raw(t);
    tcs_buf_putc(t->b, '\n');
}

static void put_tree(struct text *t, const struct tcs_incident *incident)
{
    if (incident->node_count < 2)
        return;
    put_label(t, "tree");
    tcs_buf_putc(t->b, '\n');
    size_t shown = 0;
    uint32_t node = tcs_tree_first(incident);
    for (; node != TCS_NO_NODE && shown < TCS_NODES_SHOWN; node = tcs_tree_next(incident, node), shown++)
        put_node(t, incident, node);
    if (node != TCS_NO_NODE)
        tcs_buf_printf(t->b, "           ... %zu more processes; %s shows all\n",
                       incident->node_count - shown, t->whole);
}

/* ---- the record ---- */

/* What the first record says; fields without a value are left out. */
static void put_record(struct text *t, const struct tcs_finding *f)
{
    const struct tcs_record_copy *r = &f->record;
    size_t width = 0;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].value.len && r->fields[i].name.len > width && r->fields[i].name.len < 32)
            width = r->fields[i].name.len;
    const char *label = "record";
    for (size_t i = 0; i < r->field_count; i++) {
        if (r->fields[i].value.len == 0)
            continue;
        begin_line(t, label);
        label = "";
        tcs_put_visible(t->b, r->fields[i].name);
        tcs_buf_fill(t->b, ' ', r->fields[i].name.len < width ? width - r->fields[i].name.len : 0);
        tcs_buf_puts(&t->raw, "  ");
        tcs_put_cut(&t->raw, r->fields[i].value, TCS_FIELD_SHOWN, r->fields[i].cut, t->whole);
        put_raw(t);
        tcs_buf_putc(t->b, '\n');
    }
}

/* ---- the incident ---- */

static void put_title(struct text *t, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    tcs_put_color(t->b, f->severity, t->style->color);
    tcs_put_severity_upper(t->b, f->severity);
    tcs_put_no_color(t->b, t->style->color);
    tcs_buf_puts(t->b, "  ");
    tcs_put_visible(t->b, incident->host);
    tcs_buf_puts(t->b, ": ");
    tcs_put_headline(t->b, f);
    tcs_buf_puts(t->b, "\n  ");
    tcs_put_incident_span(t->b, incident);
    tcs_buf_puts(t->b, "\n\n");
}

void tcs_render_incident_text(struct tcs_buf *b, const struct tcs_incident *incident,
                              const struct tcs_text_style *style)
{
    struct text t = {.b = b, .style = style, .whole = style->whole ? style->whole : "--format jsonl"};
    tcs_buf_init(&t.raw, b->max);
    const struct tcs_finding *head = tcs_gravest_finding(incident);
    put_title(&t, incident, head);
    tcs_finding_rows(incident, head, t.whole, put_row, &t);
    tcs_further_rows(incident, head, style->min_severity, put_row, &t);
    put_tree(&t, incident);
    tcs_evidence_rows(head, put_row, &t);
    put_record(&t, head);
    tcs_buf_putc(b, '\n');
    b->bad = b->bad || t.raw.bad;
    tcs_buf_done_for(&t.raw, b);
}
