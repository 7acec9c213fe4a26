#include "render/syslog.h"

#include "base/utf.h"
#include "render/escape.h"
#include "render/message_text.h"

enum {
    HOSTNAME_MOST = 255, /* RFC 5424, 6 */
    VALUE_MOST = 80,     /* bytes of a value as it is shown, before what structured data needs escaped */
    CUT_MOST = 28        /* bytes of the parameter cut */
};

/* The severities of syslog; 0 (emergency) is for a system that cannot be used. */
static const uint8_t severities[TCS_SEVERITY_COUNT] = {
    [TCS_SEVERITY_NONE] = 6, [TCS_NOTE] = 5,    [TCS_POSSIBLE] = 4,
    [TCS_LIKELY] = 3,        [TCS_CERTAIN] = 2, [TCS_CRITICAL] = 1,
};

unsigned tcs_syslog_severity(const struct tcs_message *m)
{
    return m->kind == TCS_MESSAGE_ALIVE ? 6 : severities[m->severity];
}

/* Printable ASCII without blanks, as the fields of the header must be; "-" for nothing. */
static void put_header_field(struct tcs_buf *b, struct tcs_str s, size_t most)
{
    if (s.len == 0)
        tcs_buf_putc(b, '-');
    for (size_t i = 0; i < s.len && i < most; i++)
        tcs_buf_putc(b, s.p[i] > ' ' && s.p[i] <= '~' ? s.p[i] : '_');
}

static void put_param(struct tcs_buf *b, const char *name, struct tcs_str value)
{
    if (value.len == 0)
        return;
    struct tcs_buf shown;
    tcs_buf_init(&shown, VALUE_MOST + 8);
    tcs_put_short(&shown, value, VALUE_MOST);
    tcs_buf_printf(b, " %s=\"", name);
    tcs_put_structured(b, tcs_buf_view(&shown));
    tcs_buf_putc(b, '"');
    tcs_buf_done_for(&shown, b);
}

static void put_header(struct tcs_buf *b, const struct tcs_message *m, const struct tcs_syslog_form *form)
{
    tcs_buf_printf(b, "<%u>1 ", form->facility * 8 + tcs_syslog_severity(m));
    tcs_buf_time_syslog(b, m->queued);
    tcs_buf_putc(b, ' ');
    put_header_field(b, form->host, HOSTNAME_MOST);
    tcs_buf_puts(b, " tocsin ");
    if (form->pid)
        tcs_buf_u64(b, form->pid);
    else
        tcs_buf_putc(b, '-');
    tcs_buf_printf(b, " %s ", tcs_message_kind_names[m->kind]);
}

static void put_structured(struct tcs_buf *b, const struct tcs_message *m)
{
    struct tcs_buf time;
    tcs_buf_init(&time, 64);
    tcs_buf_time(&time, m->time);
    tcs_buf_puts(b, "[tocsin@32473");
    put_param(b, "severity", tcs_str_of(tcs_severity_names[m->severity]));
    put_param(b, "host", m->host);
    put_param(b, "account", m->account);
    put_param(b, "program", m->program);
    put_param(b, "time", tcs_buf_view(&time));
    put_param(b, "id", m->id);
    put_param(b, "incident", m->incident_id);
    tcs_buf_printf(b, " sequence=\"%llu\" revision=\"%u\"", (unsigned long long)m->sequence, m->revision);
    tcs_buf_done_for(&time, b);
}

void tcs_render_syslog(struct tcs_buf *b, const struct tcs_message *m, const struct tcs_syslog_form *form)
{
    static const char bom[] = "\xEF\xBB\xBF";
    struct tcs_buf text;
    tcs_buf_init(&text, 8 * (m->json.len + m->headline.len + m->host.len) + 1024); /* at its most visible */
    size_t start = b->len, cut = 0;
    put_header(b, m, form);
    put_structured(b, m);
    size_t used = b->len - start + sizeof "] " - 1;
    size_t room = form->most > used + CUT_MOST + 6 ? form->most - used - CUT_MOST : 6;
    bool is_json = form->format == TCS_SYSLOG_JSON && m->json.len;
    if (is_json)
        tcs_put_json_ascii(&text, m->json);
    if (is_json && text.len > room) {
        cut = text.len;
        is_json = false;
    }
    if (!is_json) {
        tcs_buf_clear(&text);
        tcs_buf_puts(&text, bom);
        tcs_put_message_line(&text, m);
    }
    struct tcs_str shown = tcs_buf_view(&text);
    if (text.len > room) {
        shown = tcs_utf8_cut(shown, room - 3);
        cut = cut ? cut : text.len - shown.len;
    }
    if (cut)
        tcs_buf_printf(b, " cut=\"%zu\"", cut);
    tcs_buf_puts(b, "] ");
    tcs_buf_str(b, shown);
    if (shown.len < text.len)
        tcs_buf_puts(b, "...");
    b->bad = b->bad || text.bad;
    tcs_buf_done_for(&text, b);
}
