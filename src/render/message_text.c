#include "render/message_text.h"

#include "base/utf.h"
#include "render/escape.h"
#include "render/incident_view.h"

enum { NAME_SHOWN = 48, HEADLINE_SHOWN = 120 }; /* bytes in a subject */

/* Words for kinds that have no severity people should look at. */
static const char *const kind_words[TCS_MESSAGE_KIND_COUNT] = {
    [TCS_MESSAGE_DRILL] = "DRILL",
    [TCS_MESSAGE_ALIVE] = "ALIVE",
    [TCS_MESSAGE_TROUBLE] = "TROUBLE",
};

static int rank(const struct tcs_message *m)
{
    bool is_quiet = m->kind == TCS_MESSAGE_DRILL || m->kind == TCS_MESSAGE_ALIVE;
    return is_quiet ? -1 : (int)m->severity;
}

const struct tcs_message *tcs_gravest_message(const struct tcs_message *messages, size_t count)
{
    const struct tcs_message *worst = messages;
    for (size_t i = 1; i < count; i++)
        if (rank(&messages[i]) > rank(worst))
            worst = &messages[i];
    return worst;
}

void tcs_put_message_word(struct tcs_buf *b, const struct tcs_message *m)
{
    if (kind_words[m->kind])
        tcs_buf_puts(b, kind_words[m->kind]);
    else
        tcs_put_severity_upper(b, m->severity);
}

void tcs_put_short(struct tcs_buf *b, struct tcs_str s, size_t most)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 8 * s.len + 64);
    tcs_put_visible(&text, s);
    struct tcs_str whole = tcs_buf_view(&text), shown = whole;
    if (whole.len > most)
        shown = tcs_utf8_cut(whole, most - 3);
    tcs_buf_str(b, shown);
    if (shown.len < whole.len)
        tcs_buf_puts(b, "...");
    b->bad = b->bad || text.bad;
    tcs_buf_done_for(&text, b);
}

/* What the account did with the program: the word that the headline has behind the account. */
static void put_verb(struct tcs_buf *b, const struct tcs_message *m)
{
    static const char *const verbs[] = {" opened for execution ", " started "};
    const char *verb = " ran ";
    struct tcs_buf account;
    tcs_buf_init(&account, 8 * m->account.len + 64);
    tcs_put_visible(&account, m->account);
    struct tcs_str rest = tcs_str_cut(m->headline, account.len, m->headline.len);
    if (tcs_str_starts(m->headline, tcs_buf_view(&account)))
        for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
            verb = tcs_str_starts(rest, tcs_str_of(verbs[i])) ? verbs[i] : verb;
    tcs_buf_done_for(&account, b);
    tcs_buf_puts(b, verb);
}

void tcs_put_subject(struct tcs_buf *b, const struct tcs_message *messages, size_t count)
{
    const struct tcs_message *m = tcs_gravest_message(messages, count);
    tcs_put_message_word(b, m);
    tcs_buf_putc(b, ' ');
    tcs_put_short(b, m->host.len ? m->host : TCS_STR("(host unknown)"), NAME_SHOWN);
    tcs_buf_puts(b, ": ");
    if (m->account.len && m->program.len) {
        tcs_put_short(b, m->account, NAME_SHOWN);
        put_verb(b, m);
        tcs_put_short(b, m->program, NAME_SHOWN);
    } else {
        tcs_put_short(b, m->headline, HEADLINE_SHOWN);
    }
    if (count > 1)
        tcs_buf_printf(b, " (and %zu more)", count - 1);
}

void tcs_put_message_line(struct tcs_buf *b, const struct tcs_message *m)
{
    tcs_put_message_word(b, m);
    tcs_buf_puts(b, "  ");
    if (m->host.len) {
        tcs_put_visible(b, m->host);
        tcs_buf_puts(b, ": ");
    }
    tcs_put_visible(b, m->headline);
    if (m->revision)
        tcs_buf_puts(b, "  (told before; graver now)");
}

const struct tcs_incident_report *tcs_report_of(const struct tcs_telling *t, struct tcs_str incident_id)
{
    for (size_t i = 0; incident_id.len && i < t->report_count; i++)
        if (tcs_str_eq(t->reports[i].incident_id, incident_id))
            return &t->reports[i];
    return NULL;
}

bool tcs_report_says_all(const struct tcs_telling *t)
{
    const struct tcs_incident_report *r = tcs_report_of(t, t->messages[0].incident_id);
    return t->count == 1 && r && t->messages[0].revision == 0 &&
           tcs_str_eq(r->headline, t->messages[0].headline);
}

const char *tcs_drill_notice(const struct tcs_telling *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->messages[i].kind == TCS_MESSAGE_DRILL)
            return t->count == 1 ? "This is a drill: an exercise that somebody started with `tocsin drill`. "
                                   "Nothing has happened."
                                 : "What is marked DRILL is an exercise that somebody started with "
                                   "`tocsin drill`; nothing of it has happened.";
    return NULL;
}

/* ---- the whole text ---- */

static void put_list(struct tcs_buf *b, const struct tcs_telling *t)
{
    tcs_put_message_line(b, tcs_gravest_message(t->messages, t->count));
    tcs_buf_putc(b, '\n');
    if (t->count > 1)
        tcs_buf_printf(b, "  and %zu more; all of them in the order in which they became known:\n\n",
                       t->count - 1);
    for (size_t i = 0; i < t->count; i++) {
        tcs_buf_puts(b, "  ");
        tcs_buf_time_human(b, t->messages[i].time);
        if (t->count > 1) {
            tcs_buf_puts(b, "  ");
            tcs_put_message_line(b, &t->messages[i]);
        }
        tcs_buf_putc(b, '\n');
    }
    tcs_buf_putc(b, '\n');
}

static void put_reports(struct tcs_buf *b, const struct tcs_telling *t)
{
    size_t shown = 0;
    for (size_t bytes = 0; shown < t->report_count && shown < TCS_REPORTS_SHOWN; shown++) {
        bytes += t->reports[shown].text.len;
        if (shown && bytes > TCS_REPORTS_BYTES_MOST)
            break;
        if (t->reports[shown].text.len)
            tcs_buf_str(b, tcs_utf8_cut(t->reports[shown].text, TCS_REPORTS_BYTES_MOST));
        if (t->reports[shown].text.len > TCS_REPORTS_BYTES_MOST)
            tcs_buf_puts(b, "\n... cut here; findings.json has it all\n");
    }
    if (shown < t->report_count)
        tcs_buf_printf(b,
                       "... and %zu more incidents, which are only listed above; findings.json has them\n\n",
                       t->report_count - shown);
}

void tcs_render_telling_text(struct tcs_buf *b, const struct tcs_telling *t)
{
    const char *drill = tcs_drill_notice(t);
    bool only_report = tcs_report_says_all(t) && !drill;
    if (!only_report)
        put_list(b, t);
    if (drill) {
        tcs_buf_puts(b, drill);
        tcs_buf_puts(b, "\n\n");
    }
    if (!only_report && t->report_count)
        tcs_buf_puts(b, t->report_count == 1 ? "The incident as it stands:\n\n" : "The incidents:\n\n");
    put_reports(b, t);
    tcs_buf_puts(b, "-- \ntocsin");
    if (t->host.len) {
        tcs_buf_puts(b, " on ");
        tcs_put_visible(b, t->host);
    }
    tcs_buf_putc(b, '\n');
}
