#include "render/html.h"

#include "render/escape.h"
#include "render/incident_view.h"

#define MONOSPACE "font-family:ui-monospace,Consolas,Menlo,monospace;font-size:13px;"
#define WRAPPED   "white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word;"

/* A class for the dark style sheet, and the style for everybody. */
static const struct {
    const char *class, *style;
} styles[TCS_HTML_STYLE_COUNT] = {
    [TCS_HTML_PLAIN] = {"t", "margin:0 0 12px 0;" WRAPPED},
    [TCS_HTML_MUTED] = {"m", "margin:0 0 12px 0;color:#57606a;" WRAPPED},
    [TCS_HTML_LABEL] = {"m",
                        "width:1%;padding:3px 14px 3px 0;color:#57606a;text-align:left;vertical-align:top;"
                        "font-weight:normal;white-space:nowrap;"},
    [TCS_HTML_CELL] = {"t", "padding:3px 0;vertical-align:top;" WRAPPED},
    [TCS_HTML_CODE] =
        {"c", "margin:2px 0;padding:4px 8px;background:#f0f2f4;border-radius:4px;" MONOSPACE WRAPPED},
    [TCS_HTML_CARD] = {"d", "margin:0 0 20px 0;padding:16px 18px;background:#ffffff;border:1px solid #d0d7de;"
                            "border-radius:6px;"},
    [TCS_HTML_HEADING] = {"t", "margin:18px 0 6px 0;font-size:15px;font-weight:bold;"},
    [TCS_HTML_TABLE] = {"t", "border-collapse:collapse;width:100%;"},
    [TCS_HTML_NODE] = {"n", "border-left:2px solid #d0d7de;" MONOSPACE WRAPPED},
};

/* White on these is easy to read on a light and on a dark ground. */
static const char *const badge_colors[TCS_SEVERITY_COUNT] = {
    [TCS_NOTE] = "#57606a",    [TCS_POSSIBLE] = "#0b6a88", [TCS_LIKELY] = "#8a5a00",
    [TCS_CERTAIN] = "#b3261e", [TCS_CRITICAL] = "#8b0000",
};

/* Not more than this can be shifted to the right on a telephone. */
enum { INDENT_MOST = 12, INDENT_PIXELS = 18 };

void tcs_put_html_begin(struct tcs_buf *b, struct tcs_str title)
{
    tcs_buf_puts(b,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
                 "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
                 "<meta name=\"format-detection\" content=\"telephone=no, address=no, email=no, url=no\">\n");
    tcs_put_html_element(b, "title", TCS_HTML_STYLE_COUNT, title);
    tcs_buf_puts(b,
                 "\n<style>\n:root{color-scheme:light dark}\n@media (prefers-color-scheme:dark){\n"
                 ".b{background:#161b22!important;color:#e6edf3!important}\n"
                 ".d{background:#0d1117!important;border-color:#30363d!important;color:#e6edf3!important}\n"
                 ".t{color:#e6edf3!important}\n.m{color:#9da7b3!important}\n"
                 ".c{background:#21262d!important;color:#e6edf3!important}\n"
                 ".n{border-color:#3d444d!important;color:#e6edf3!important}\n}\n"
                 "@media print{.b{background:#fff!important}}\n</style>\n</head>\n"
                 "<body class=\"b\" style=\"margin:0;padding:16px;background:#f6f8fa;color:#1f2328;"
                 "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:14px;"
                 "line-height:1.45;\">\n");
}

void tcs_put_html_end(struct tcs_buf *b)
{
    tcs_buf_puts(b, "</body>\n</html>\n");
}

void tcs_put_html_open(struct tcs_buf *b, const char *tag, enum tcs_html_style style)
{
    if (style == TCS_HTML_STYLE_COUNT)
        tcs_buf_printf(b, "<%s>", tag);
    else
        tcs_buf_printf(b, "<%s class=\"%s\" style=\"%s\">", tag, styles[style].class, styles[style].style);
}

void tcs_put_html_element(struct tcs_buf *b, const char *tag, enum tcs_html_style style, struct tcs_str text)
{
    tcs_put_html_open(b, tag, style);
    tcs_put_html(b, text);
    tcs_buf_printf(b, "</%s>", tag);
}

void tcs_put_html_badge(struct tcs_buf *b, enum tcs_severity severity, struct tcs_str word)
{
    const char *color = badge_colors[severity] ? badge_colors[severity] : badge_colors[TCS_NOTE];
    tcs_buf_printf(b,
                   "<span style=\"display:inline-block;padding:1px 8px;border-radius:4px;color:#ffffff;"
                   "font-weight:bold;font-size:12px;background:%s;\">",
                   color);
    if (word.len)
        tcs_put_html(b, word);
    else
        tcs_put_severity_upper(b, severity);
    tcs_buf_puts(b, "</span>");
}

/* ---- the incident ---- */

struct page {
    struct tcs_buf *b;
    bool in_row; /* a cell is open */
    bool in_list;
    struct tcs_buf raw; /* a text before it is escaped */
};

static void end_row(struct page *p)
{
    if (p->in_list)
        tcs_buf_puts(p->b, "</ul>");
    if (p->in_row)
        tcs_buf_puts(p->b, "</td></tr>\n");
    p->in_row = p->in_list = false;
}

static void put_row(void *ctx, const struct tcs_row *row)
{
    struct page *p = ctx;
    p->b->starved = p->b->starved || row->is_starved;
    if (row->label[0] || !p->in_row) {
        end_row(p);
        tcs_buf_puts(p->b, "<tr>");
        tcs_put_html_element(p->b, "th", TCS_HTML_LABEL, tcs_str_of(row->label));
        tcs_put_html_open(p->b, "td", TCS_HTML_CELL);
        p->in_row = true;
    } else if (!p->in_list && !row->is_command) {
        tcs_buf_puts(p->b, "<br>");
    }
    if (row->is_item && !p->in_list)
        tcs_buf_puts(p->b, "<ul style=\"margin:0;padding:0 0 0 18px;\">");
    p->in_list = p->in_list || row->is_item;
    if (row->is_item)
        tcs_put_html_element(p->b, "li", TCS_HTML_STYLE_COUNT, row->text);
    else if (row->is_command)
        tcs_put_html_element(p->b, "div", TCS_HTML_CODE, row->text);
    else
        tcs_put_html(p->b, row->text);
}

static void begin_table(struct page *p)
{
    tcs_put_html_open(p->b, "table role=\"presentation\"", TCS_HTML_TABLE);
    tcs_buf_putc(p->b, '\n');
}

static void end_table(struct page *p)
{
    end_row(p);
    tcs_buf_puts(p->b, "</table>\n");
}

static void put_heading(struct page *p, const char *words)
{
    tcs_put_html_element(p->b, "h3", TCS_HTML_HEADING, tcs_str_of(words));
    tcs_buf_putc(p->b, '\n');
}

/* What was written to p->raw. */
static void put_raw(struct page *p)
{
    tcs_put_html(p->b, tcs_buf_view(&p->raw));
    tcs_buf_clear(&p->raw);
}

static unsigned depth_of(const struct tcs_incident *incident, uint32_t node)
{
    unsigned depth = 0;
    for (uint32_t at = incident->nodes[node].parent; at != TCS_NO_NODE && depth < INDENT_MOST;
         at = incident->nodes[at].parent)
        depth++;
    return depth;
}

static void put_node(struct page *p, const struct tcs_incident *incident, uint32_t index)
{
    const struct tcs_tree_node *node = &incident->nodes[index];
    tcs_buf_printf(p->b, "<div style=\"margin-left:%upx;\">", INDENT_PIXELS * depth_of(incident, index));
    tcs_put_html_open(p->b, "div", TCS_HTML_NODE);
    tcs_buf_puts(p->b, "&nbsp;");
    if (node->is_finding) {
        tcs_put_html_badge(p->b, node->severity, TCS_STR(""));
        tcs_buf_putc(p->b, ' ');
    }
    tcs_put_node_name(&p->raw, node);
    tcs_buf_puts(p->b, "<b>");
    put_raw(p);
    tcs_buf_puts(p->b, "</b>");
    tcs_put_node_rest(&p->raw, node);
    put_raw(p);
    if (node->command.len && node->is_finding) {
        tcs_put_cut(&p->raw, node->command, TCS_TREE_COMMAND_SHOWN, node->command_cut, TCS_MAIL_WHOLE);
        tcs_put_html_open(p->b, "div", TCS_HTML_CODE);
        put_raw(p);
        tcs_buf_puts(p->b, "</div>");
    }
    tcs_buf_puts(p->b, "</div></div>\n");
}

static void put_tree(struct page *p, const struct tcs_incident *incident)
{
    if (incident->node_count < 2)
        return;
    put_heading(p, "Processes");
    size_t shown = 0;
    uint32_t node = tcs_tree_first(incident);
    for (; node != TCS_NO_NODE && shown < TCS_NODES_SHOWN; node = tcs_tree_next(incident, node), shown++)
        put_node(p, incident, node);
    if (node == TCS_NO_NODE)
        return;
    tcs_buf_printf(&p->raw, "... %zu more processes; %s shows all", incident->node_count - shown,
                   TCS_MAIL_WHOLE);
    tcs_put_html_element(p->b, "p", TCS_HTML_MUTED, tcs_buf_view(&p->raw));
    tcs_buf_clear(&p->raw);
}

static void put_record(struct page *p, const struct tcs_record_copy *r)
{
    if (r->field_count == 0)
        return;
    put_heading(p, "Record");
    begin_table(p);
    for (size_t i = 0; i < r->field_count; i++) {
        if (r->fields[i].value.len == 0)
            continue;
        tcs_buf_puts(p->b, "<tr>");
        tcs_put_html_element(p->b, "th", TCS_HTML_LABEL, r->fields[i].name);
        tcs_put_html_open(p->b, "td", TCS_HTML_CELL);
        tcs_put_cut(&p->raw, r->fields[i].value, TCS_FIELD_SHOWN, r->fields[i].cut, TCS_MAIL_WHOLE);
        put_raw(p);
        tcs_buf_puts(p->b, "</td></tr>\n");
    }
    end_table(p);
}

static void put_title(struct page *p, const struct tcs_incident *incident, const struct tcs_finding *head)
{
    tcs_put_html_open(p->b, "h2", TCS_HTML_HEADING);
    tcs_put_html_badge(p->b, head->severity, TCS_STR(""));
    tcs_buf_putc(p->b, ' ');
    tcs_put_html(p->b, incident->host);
    tcs_buf_puts(p->b, ": ");
    tcs_put_headline(&p->raw, head);
    put_raw(p);
    tcs_buf_puts(p->b, "</h2>\n");
    tcs_put_incident_span(&p->raw, incident);
    tcs_put_html_element(p->b, "p", TCS_HTML_MUTED, tcs_buf_view(&p->raw));
    tcs_buf_clear(&p->raw);
    tcs_buf_putc(p->b, '\n');
}

void tcs_render_incident_html(struct tcs_buf *b, const struct tcs_incident *incident)
{
    struct page p = {.b = b};
    tcs_buf_init(&p.raw, b->max);
    const struct tcs_finding *head = tcs_gravest_finding(incident);
    tcs_put_html_open(b, "div", TCS_HTML_CARD);
    tcs_buf_putc(b, '\n');
    put_title(&p, incident, head);
    begin_table(&p);
    tcs_finding_rows(incident, head, TCS_MAIL_WHOLE, put_row, &p);
    tcs_further_rows(incident, head, TCS_NOTE, put_row, &p);
    tcs_evidence_rows(head, put_row, &p);
    end_table(&p);
    put_tree(&p, incident);
    put_record(&p, &head->record);
    tcs_buf_puts(b, "</div>\n");
    b->bad = b->bad || p.raw.bad;
    tcs_buf_done_for(&p.raw, b);
}
