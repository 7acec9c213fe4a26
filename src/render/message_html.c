#include "render/message_text.h"

#include "render/escape.h"
#include "render/html.h"

static void put_badge(struct tcs_buf *b, const struct tcs_message *m)
{
    struct tcs_buf word;
    tcs_buf_init(&word, 64);
    tcs_put_message_word(&word, m);
    bool is_quiet = m->kind == TCS_MESSAGE_DRILL || m->kind == TCS_MESSAGE_ALIVE;
    tcs_put_html_badge(b, is_quiet ? TCS_NOTE : m->severity, tcs_buf_view(&word));
    tcs_buf_done_for(&word, b);
}

static void put_message(struct tcs_buf *b, const struct tcs_message *m)
{
    struct tcs_buf time;
    tcs_buf_init(&time, 64);
    tcs_buf_time_human(&time, m->time);
    tcs_buf_puts(b, "<tr>");
    tcs_put_html_element(b, "td", TCS_HTML_LABEL, tcs_buf_view(&time));
    tcs_put_html_open(b, "td", TCS_HTML_CELL);
    put_badge(b, m);
    tcs_buf_putc(b, ' ');
    if (m->host.len) {
        tcs_put_html(b, m->host);
        tcs_buf_puts(b, ": ");
    }
    tcs_put_html(b, m->headline);
    if (m->revision)
        tcs_put_html_element(b, "span", TCS_HTML_MUTED, TCS_STR(" told before; graver now"));
    tcs_buf_puts(b, "</td></tr>\n");
    tcs_buf_done_for(&time, b);
}

static void put_list(struct tcs_buf *b, const struct tcs_telling *t)
{
    tcs_put_html_open(b, "div", TCS_HTML_CARD);
    tcs_put_html_open(b, "table role=\"presentation\"", TCS_HTML_TABLE);
    tcs_buf_putc(b, '\n');
    for (size_t i = 0; i < t->count; i++)
        put_message(b, &t->messages[i]);
    tcs_buf_puts(b, "</table>\n</div>\n");
}

static void put_reports(struct tcs_buf *b, const struct tcs_telling *t)
{
    size_t shown = 0, bytes = 0;
    for (; shown < t->report_count && shown < TCS_REPORTS_SHOWN; shown++) {
        const struct tcs_incident_report *r = &t->reports[shown];
        size_t len = r->html.len ? r->html.len : r->text.len;
        bytes += len;
        if (bytes > TCS_REPORTS_BYTES_MOST)
            break; /* part of a page cannot be cut; the text has it */
        if (r->html.len)
            tcs_buf_str(b, r->html);
        else
            tcs_put_html_element(b, "pre", TCS_HTML_PLAIN, TCS_STR("see the text of this mail"));
    }
    if (shown == t->report_count)
        return;
    struct tcs_buf words;
    tcs_buf_init(&words, 256);
    tcs_buf_printf(&words, "... and %zu more incidents, which are not shown here; findings.json has them",
                   t->report_count - shown);
    tcs_put_html_element(b, "p", TCS_HTML_MUTED, tcs_buf_view(&words));
    tcs_buf_done_for(&words, b);
}

void tcs_render_telling_html(struct tcs_buf *b, const struct tcs_telling *t)
{
    struct tcs_buf subject;
    tcs_buf_init(&subject, 4096);
    tcs_put_subject(&subject, t->messages, t->count);
    tcs_put_html_begin(b, tcs_buf_view(&subject));
    tcs_buf_done_for(&subject, b);
    const char *drill = tcs_drill_notice(t);
    if (drill)
        tcs_put_html_element(b, "p", TCS_HTML_PLAIN, tcs_str_of(drill));
    if (drill || !tcs_report_says_all(t))
        put_list(b, t);
    put_reports(b, t);
    if (t->host.len) {
        tcs_buf_puts(b, "\n");
        tcs_put_html_open(b, "p", TCS_HTML_MUTED);
        tcs_buf_puts(b, "tocsin on ");
        tcs_put_html(b, t->host);
        tcs_buf_puts(b, "</p>\n");
    }
    tcs_put_html_end(b);
}
