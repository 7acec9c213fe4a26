#include "render/incident_view.h"

#include "base/utf.h"
#include "render/escape.h"

const struct tcs_finding *tcs_gravest_finding(const struct tcs_incident *incident)
{
    const struct tcs_finding *worst = incident->findings[0];
    for (size_t i = 1; i < incident->finding_count; i++)
        if (incident->findings[i]->severity > worst->severity)
            worst = incident->findings[i];
    return worst;
}

void tcs_put_severity_upper(struct tcs_buf *b, enum tcs_severity severity)
{
    for (const char *c = tcs_severity_names[severity]; *c; c++)
        tcs_buf_putc(b, (char)(*c - 'a' + 'A'));
}

void tcs_put_incident_span(struct tcs_buf *b, const struct tcs_incident *incident)
{
    tcs_buf_printf(b, "incident %.12s", incident->id);
    if (incident->continues)
        tcs_buf_puts(b, ", continued");
    tcs_buf_puts(b, ", ");
    tcs_buf_u64(b, incident->finding_count);
    tcs_buf_puts(b, incident->finding_count == 1 ? " finding" : " findings");
    if (incident->finding_count > 1) {
        tcs_buf_puts(b, " from ");
        tcs_buf_time_human(b, incident->first);
        tcs_buf_puts(b, " to ");
        tcs_buf_time_human(b, incident->last);
    }
}

void tcs_put_cut(struct tcs_buf *b, struct tcs_str s, size_t most, size_t already_cut, const char *whole)
{
    struct tcs_str shown = tcs_utf8_cut(s, most);
    tcs_buf_str(b, shown);
    size_t more = s.len - shown.len + already_cut;
    if (more && already_cut)
        tcs_buf_printf(b, " [... %zu more bytes]", more);
    else if (more)
        tcs_buf_printf(b, " [... %zu more bytes; %s shows all]", more, whole);
}

/* ---- facts ---- */

/* Where rows go, and the text of the one that is being made. */
struct rows {
    tcs_row_fn *row;
    void *ctx;
    struct tcs_buf text;
    const char *label; /* of the list that is being told; empty behind its first item */
    const char *whole;
};

static void begin(struct rows *r, tcs_row_fn *row, void *ctx)
{
    *r = (struct rows){.row = row, .ctx = ctx, .label = ""};
    tcs_buf_init(&r->text, (size_t)1 << 20);
}

/* Hands out what was written to r->text. */
static void end_row(struct rows *r, const char *label, bool is_item, bool is_command)
{
    struct tcs_row row = {label, tcs_buf_view(&r->text), is_item, is_command, r->text.starved};
    r->row(r->ctx, &row);
    tcs_buf_clear(&r->text);
}

static void end_fact(struct rows *r, const char *label)
{
    end_row(r, label, false, false);
}

static void put_pid(struct tcs_buf *b, uint64_t pid, bool is_audit_id)
{
    tcs_buf_printf(b, "%s %llu", is_audit_id ? "audit id" : "pid", (unsigned long long)pid);
}

static void tell_who(struct rows *r, const struct tcs_finding *f)
{
    tcs_put_account(&r->text, &f->account);
    if (r->text.len == 0)
        tcs_buf_puts(&r->text, "(the log does not say)");
    if (f->account.name.len && f->account.sid.len) {
        tcs_buf_puts(&r->text, "  ");
        tcs_buf_str(&r->text, f->account.sid);
    }
    if (f->account_is_creators && (f->account.name.len || f->account.sid.len))
        tcs_buf_puts(&r->text, "  (who started it; the log does not name whom it runs as)");
    end_fact(r, "who");
}

static bool has_foreign_letters(struct tcs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return true;
    return false;
}

static void tell_program(struct rows *r, const struct tcs_finding *f)
{
    tcs_buf_str(&r->text, f->image.len ? f->image : TCS_STR("(the log does not say)"));
    if (f->pid) {
        tcs_buf_puts(&r->text, "  (");
        put_pid(&r->text, f->pid, f->pid_is_audit_id);
        tcs_buf_putc(&r->text, ')');
    }
    end_fact(r, f->facts & TCS_FACT_NOT_STARTED ? "opened" : "ran");
    if (has_foreign_letters(f->image)) {
        tcs_buf_puts(&r->text, "not plain letters: ");
        tcs_put_code_points(&r->text, f->image);
        end_fact(r, "");
    }
    if (f->command.len) {
        tcs_put_cut(&r->text, f->command, TCS_COMMAND_SHOWN, f->command_cut, r->whole);
        end_row(r, "", false, true);
    }
}

static void tell_server(struct rows *r, const struct tcs_finding *f)
{
    if (f->server.len == 0 && f->worker_image.len == 0)
        return;
    tcs_buf_str(&r->text, f->server.len ? f->server : TCS_STR("web server"));
    if (f->pool.len) {
        tcs_buf_puts(&r->text, ", pool ");
        tcs_buf_str(&r->text, f->pool);
    }
    tcs_buf_puts(&r->text, "  (");
    if (f->worker_image.len) {
        tcs_buf_str(&r->text, f->worker_image);
        tcs_buf_puts(&r->text, ", ");
    }
    put_pid(&r->text, f->worker_pid, f->pid_is_audit_id);
    tcs_buf_putc(&r->text, ')');
    end_fact(r, "under");
}

static void tell_parent(struct rows *r, const struct tcs_finding *f)
{
    if (f->parent_pid == 0)
        return;
    if (f->parent_image.len)
        tcs_buf_str(&r->text, f->parent_image);
    else
        tcs_buf_puts(&r->text, "a process that the log does not name");
    tcs_buf_puts(&r->text, "  (");
    put_pid(&r->text, f->parent_pid, f->pid_is_audit_id);
    tcs_buf_puts(&r->text, f->parent_start_seen ? ")" : ", running before this log begins)");
    end_fact(r, "by");
}

static void tell_item(void *ctx, struct tcs_str line)
{
    struct rows *r = ctx;
    tcs_buf_str(&r->text, line);
    end_row(r, r->label, true, false);
    r->label = "";
}

void tcs_finding_rows(const struct tcs_incident *incident, const struct tcs_finding *f, const char *whole,
                      tcs_row_fn *row, void *ctx)
{
    struct rows r;
    begin(&r, row, ctx);
    r.whole = whole;
    bool is_process = !(f->facts & TCS_FACT_BLINDNESS);
    if (is_process || f->account.name.len || f->account.sid.len)
        tell_who(&r, f);
    if (is_process) {
        tell_program(&r, f);
        tell_server(&r, f);
        tell_parent(&r, f);
    }
    tcs_buf_time_human(&r.text, f->time);
    end_fact(&r, "when");
    tcs_buf_str(&r.text, incident->host);
    end_fact(&r, "host");
    r.label = "why";
    tcs_reasons(f, tell_item, &r);
    r.label = "next";
    tcs_next_steps(f, tell_item, &r);
    tcs_buf_done(&r.text);
}

void tcs_further_rows(const struct tcs_incident *incident, const struct tcs_finding *head,
                      enum tcs_severity min_severity, tcs_row_fn *row, void *ctx)
{
    struct rows r;
    begin(&r, row, ctx);
    r.label = "further";
    for (size_t i = 0; i < incident->finding_count; i++) {
        const struct tcs_finding *f = incident->findings[i];
        if (f == head || f->severity < min_severity || f->node != TCS_NO_NODE)
            continue;
        tcs_buf_printf(&r.text, "%s: ", tcs_severity_names[f->severity]);
        tcs_put_headline(&r.text, f);
        tcs_buf_puts(&r.text, ", ");
        tcs_buf_time_human(&r.text, f->time);
        if (f->record.event_id)
            tcs_buf_printf(&r.text, ", %u record %llu", f->record.event_id,
                           (unsigned long long)f->record.record_id);
        end_row(&r, r.label, true, false);
        r.label = "";
    }
    tcs_buf_done(&r.text);
}

/* ---- evidence ---- */

static bool is_same_record(const struct tcs_evidence *a, const struct tcs_evidence *b)
{
    return a->event_id == b->event_id && a->record_id == b->record_id && a->time.ticks == b->time.ticks &&
           tcs_str_eq(a->channel, b->channel);
}

/* The rules that the record of evidence i speaks for. */
static void put_rules_of(struct tcs_buf *b, const struct tcs_finding *f, size_t i)
{
    for (size_t k = i; k < f->evidence_count; k++)
        if (is_same_record(&f->evidence[i], &f->evidence[k]))
            tcs_buf_printf(b, "%s%s", k == i ? "" : ", ", tcs_rule_names[f->evidence[k].rule]);
}

static bool was_told(const struct tcs_finding *f, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_same_record(&f->evidence[i], &f->evidence[k]))
            return true;
    return false;
}

static void put_one_evidence(struct tcs_buf *b, const struct tcs_finding *f, size_t i)
{
    const struct tcs_evidence *ev = &f->evidence[i];
    if (ev->event_id) {
        tcs_buf_str(b, ev->channel);
        tcs_buf_printf(b, " %u, record %llu, ", ev->event_id, (unsigned long long)ev->record_id);
    } else {
        tcs_buf_puts(b, "no single record says so, the log as a whole does, ");
    }
    tcs_buf_time_human(b, ev->time);
    for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
        if (ev->state >> bit & 1)
            tcs_buf_printf(b, " [%s]", tcs_record_state_names[bit]);
    tcs_buf_puts(b, "  (");
    put_rules_of(b, f, i);
    tcs_buf_putc(b, ')');
}

void tcs_evidence_rows(const struct tcs_finding *f, tcs_row_fn *row, void *ctx)
{
    struct rows r;
    begin(&r, row, ctx);
    r.label = "evidence";
    for (size_t i = 0; i < f->evidence_count; i++) {
        if (!was_told(f, i)) {
            put_one_evidence(&r.text, f, i);
            end_fact(&r, r.label);
            r.label = "";
        }
        struct tcs_str origin = f->evidence[i].origin;
        if (i + 1 < f->evidence_count && tcs_str_eq(origin, f->evidence[i + 1].origin))
            continue;
        tcs_buf_puts(&r.text, "in ");
        tcs_buf_str(&r.text, origin);
        end_fact(&r, "");
    }
    if (f->evidence_more) {
        tcs_buf_printf(&r.text, "... and %zu more", f->evidence_more);
        end_fact(&r, "");
    }
    tcs_buf_done(&r.text);
}

/* ---- the tree ---- */

uint32_t tcs_tree_first(const struct tcs_incident *incident)
{
    for (uint32_t i = 0; i < incident->node_count; i++)
        if (incident->nodes[i].parent == TCS_NO_NODE)
            return i;
    return TCS_NO_NODE;
}

/* Nodes are kept in the order in which they were met, parents first. */
uint32_t tcs_tree_next(const struct tcs_incident *incident, uint32_t node)
{
    for (uint32_t i = node + 1; i < incident->node_count; i++)
        if (incident->nodes[i].parent == node)
            return i; /* the first child */
    for (uint32_t at = node; at != TCS_NO_NODE; at = incident->nodes[at].parent)
        for (uint32_t i = at + 1; i < incident->node_count; i++)
            if (incident->nodes[i].parent == incident->nodes[at].parent)
                return i; /* the next sibling of it or of one above */
    return TCS_NO_NODE;
}

void tcs_put_node_name(struct tcs_buf *b, const struct tcs_tree_node *node)
{
    struct tcs_str name = tcs_file_name(node->image);
    tcs_buf_str(b, name.len ? name : TCS_STR("(unnamed)"));
}

void tcs_put_node_rest(struct tcs_buf *b, const struct tcs_tree_node *node)
{
    tcs_buf_printf(b, " %llu", (unsigned long long)node->pid);
    if (node->is_worker)
        tcs_buf_puts(b, "  web server");
    if (node->is_finding)
        tcs_buf_printf(b, "  %s", tcs_severity_names[node->severity]);
    if (node->start_seen) {
        tcs_buf_puts(b, "  ");
        tcs_buf_time_human(b, node->start);
    }
    struct tcs_str account = tcs_account_name(&node->account);
    if (account.len) {
        tcs_buf_puts(b, "  ");
        tcs_buf_str(b, account);
    }
}
