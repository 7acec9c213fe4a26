#include "render/mime.h"

#include "render/json.h"
#include "render/mime_encode.h"

enum {
    ID_MOST = 64,                         /* bytes of an id that go into a Message-ID */
    FINDINGS_BYTES_MOST = 4 * 1024 * 1024 /* of findings.json before findings are only named */
};

/*
 * Encoded parts never hold "=_": behind the = of quoted-printable come two
 * hexadecimal digits or a line end, and base64 has no _ at all.
 */
#define MIXED       "=_tocsin_mixed"
#define ALTERNATIVE "=_tocsin_alternative"

/* ---- header ---- */

static void put_to(struct tcs_buf *b, const struct tcs_mail *mail)
{
    tcs_buf_puts(b, "To: ");
    for (size_t i = 0; i < mail->to_count; i++) {
        tcs_buf_puts(b, i ? ",\r\n <" : "<");
        tcs_buf_str(b, mail->to[i]);
        tcs_buf_putc(b, '>');
    }
    tcs_buf_puts(b, "\r\n");
}

static void put_subject(struct tcs_buf *b, const struct tcs_telling *t)
{
    struct tcs_buf subject;
    tcs_buf_init(&subject, 4096);
    tcs_buf_puts(&subject, "[tocsin] ");
    tcs_put_subject(&subject, t->messages, t->count);
    tcs_put_header(b, "Subject", tcs_buf_view(&subject));
    b->bad = b->bad || subject.bad;
    tcs_buf_done_for(&subject, b);
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* An id as far as it may stand in a Message-ID. */
static void put_id(struct tcs_buf *b, struct tcs_str id)
{
    for (size_t i = 0; i < id.len && i < ID_MOST; i++)
        tcs_buf_putc(b, is_letter_or_digit(id.p[i]) ? id.p[i] : '-');
}

static void put_at_domain(struct tcs_buf *b, struct tcs_str from)
{
    tcs_buf_str(b, tcs_str_cut(from, tcs_str_rfind(from, '@'), from.len));
}

/* The incident that all messages belong to; empty if there is none. */
static struct tcs_str incident_of(const struct tcs_telling *t)
{
    for (size_t i = 1; i < t->count; i++)
        if (!tcs_str_eq(t->messages[i].incident_id, t->messages[0].incident_id))
            return (struct tcs_str){"", 0};
    return t->messages[0].incident_id;
}

/*
 * The first message of an incident is the one of the finding that gave the
 * incident its id. Alone in a mail it gives the mail the incident's id, to
 * which all others refer. If it went together with others, or not to this
 * channel at all, they refer to a mail that is not there, and mail programs
 * still show them as one thread. So nothing needs to be remembered.
 */
static bool is_first_of_incident(const struct tcs_telling *t)
{
    const struct tcs_message *m = &t->messages[0];
    return t->count == 1 && m->incident_id.len && m->revision == 0 && tcs_str_eq(m->id, m->incident_id);
}

static void put_message_id(struct tcs_buf *b, const struct tcs_mail *mail)
{
    const struct tcs_telling *t = &mail->what;
    struct tcs_str incident = incident_of(t);
    tcs_buf_puts(b, "Message-ID: <");
    if (incident.len)
        put_id(b, incident);
    else if (t->count == 1)
        put_id(b, t->messages[0].id);
    else
        tcs_buf_puts(b, "digest");
    if (!is_first_of_incident(t)) {
        tcs_buf_putc(b, '.');
        tcs_buf_u64(b, t->messages[0].sequence);
        if (t->count > 1)
            tcs_buf_putc(b, '-');
        if (t->count > 1)
            tcs_buf_u64(b, t->messages[t->count - 1].sequence);
    }
    put_at_domain(b, mail->from);
    tcs_buf_puts(b, ">\r\n");
    if (incident.len == 0 || is_first_of_incident(t))
        return;
    static const char *const names[] = {"In-Reply-To: <", "References: <"};
    for (size_t i = 0; i < 2; i++) {
        tcs_buf_puts(b, names[i]);
        put_id(b, incident);
        put_at_domain(b, mail->from);
        tcs_buf_puts(b, ">\r\n");
    }
}

/* For filters: words that need no reading of the subject. */
static void put_marks(struct tcs_buf *b, const struct tcs_telling *t)
{
    const struct tcs_message *m = tcs_gravest_message(t->messages, t->count);
    tcs_put_header(b, "X-Tocsin-Kind", tcs_str_of(tcs_message_kind_names[m->kind]));
    tcs_put_header(b, "X-Tocsin-Severity", tcs_str_of(tcs_severity_names[m->severity]));
    bool is_real = m->kind != TCS_MESSAGE_DRILL && m->kind != TCS_MESSAGE_ALIVE;
    if (is_real && m->severity == TCS_CRITICAL)
        tcs_buf_puts(b, "X-Priority: 1 (Highest)\r\nPriority: urgent\r\nImportance: high\r\n");
    tcs_buf_puts(b, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
}

static void put_head(struct tcs_buf *b, const struct tcs_mail *mail)
{
    tcs_buf_puts(b, "Date: ");
    tcs_buf_time_mail(b, mail->date);
    tcs_buf_puts(b, "\r\nFrom: tocsin <");
    tcs_buf_str(b, mail->from);
    tcs_buf_puts(b, ">\r\n");
    put_to(b, mail);
    put_subject(b, &mail->what);
    put_message_id(b, mail);
    put_marks(b, &mail->what);
    tcs_buf_puts(b, "MIME-Version: 1.0\r\n"
                    "Content-Type: multipart/mixed; boundary=\"" MIXED "\"\r\n\r\n"
                    "This is a MIME message; a mail program shows it better.\r\n");
}

/* ---- parts ---- */

typedef void fill_fn(struct tcs_buf *b, const struct tcs_telling *t);
typedef void encode_fn(struct tcs_buf *b, struct tcs_str data);

/* A part: its header, then what fill writes, encoded. */
static void put_part(struct tcs_buf *b, const struct tcs_telling *t, const char *head, fill_fn *fill,
                     encode_fn *encode)
{
    struct tcs_buf content;
    tcs_buf_init(&content, b->max);
    fill(&content, t);
    tcs_buf_puts(b, head);
    encode(b, tcs_buf_view(&content));
    b->bad = b->bad || content.bad;
    tcs_buf_done_for(&content, b);
}

static void fill_record(struct tcs_buf *b, const struct tcs_telling *t)
{
    tcs_buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if (t->report_count != 1)
        tcs_buf_puts(b, "<Events>\n");
    for (size_t i = 0; i < t->report_count && i < TCS_REPORTS_SHOWN; i++) {
        tcs_buf_str(b, t->reports[i].record_xml);
        tcs_buf_putc(b, '\n');
    }
    if (t->report_count != 1)
        tcs_buf_puts(b, "</Events>\n");
}

/* What stands for a finding that has no room, or that came without JSON. */
static void put_named(struct tcs_buf *b, const struct tcs_message *m)
{
    struct tcs_json j = {b, false};
    tcs_json_open(&j, '{');
    tcs_json_key(&j, TCS_STR("@timestamp"));
    tcs_json_time(&j, m->time);
    tcs_json_pair_str(&j, "message", m->headline);
    tcs_json_key(&j, TCS_STR("tocsin"));
    tcs_json_open(&j, '{');
    tcs_json_pair_str(&j, "finding_id", m->id);
    tcs_json_opt_str(&j, "incident_id", m->incident_id);
    tcs_json_pair_str(&j, "kind", tcs_str_of(tcs_message_kind_names[m->kind]));
    tcs_json_pair_str(&j, "severity", tcs_str_of(tcs_severity_names[m->severity]));
    tcs_json_key(&j, TCS_STR("left_out"));
    tcs_json_bool(&j, m->json.len != 0);
    tcs_json_close(&j, '}');
    tcs_json_close(&j, '}');
}

static void fill_findings(struct tcs_buf *b, const struct tcs_telling *t)
{
    tcs_buf_puts(b, "[\n");
    for (size_t i = 0; i < t->count; i++) {
        const struct tcs_message *m = &t->messages[i];
        tcs_buf_puts(b, i ? ",\n" : "");
        if (m->json.len && b->len + m->json.len <= FINDINGS_BYTES_MOST)
            tcs_buf_str(b, m->json);
        else
            put_named(b, m);
    }
    tcs_buf_puts(b, "\n]\n");
}

static bool has_record(const struct tcs_telling *t)
{
    for (size_t i = 0; i < t->report_count && i < TCS_REPORTS_SHOWN; i++)
        if (t->reports[i].record_xml.len)
            return true;
    return false;
}

enum tcs_code tcs_render_mail(struct tcs_buf *b, const struct tcs_mail *mail, struct tcs_err *err)
{
    const struct tcs_telling *t = &mail->what;
    put_head(b, mail);
    tcs_buf_puts(b, "\r\n--" MIXED "\r\n"
                    "Content-Type: multipart/alternative; boundary=\"" ALTERNATIVE "\"\r\n");
    put_part(b, t,
             "\r\n--" ALTERNATIVE "\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
             tcs_render_telling_text, tcs_put_quoted_printable);
    put_part(b, t,
             "\r\n--" ALTERNATIVE "\r\nContent-Type: text/html; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
             tcs_render_telling_html, tcs_put_quoted_printable);
    tcs_buf_puts(b, "\r\n--" ALTERNATIVE "--\r\n");
    if (has_record(t))
        put_part(b, t,
                 "\r\n--" MIXED "\r\nContent-Type: application/xml; name=\"record.xml\"\r\n"
                 "Content-Disposition: attachment; filename=\"record.xml\"\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n",
                 fill_record, tcs_put_base64_lines);
    put_part(b, t,
             "\r\n--" MIXED "\r\nContent-Type: application/json; name=\"findings.json\"\r\n"
             "Content-Disposition: attachment; filename=\"findings.json\"\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\n",
             fill_findings, tcs_put_base64_lines);
    tcs_buf_puts(b, "\r\n--" MIXED "--\r\n");
    if (b->starved)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a mail");
    return b->bad ? tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "the mail is larger than %zu bytes", b->max)
                  : TCS_OK;
}
