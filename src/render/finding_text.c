#include "render/finding.h"

#include "render/escape.h"

#include <string.h>

enum {
    COMMAND_SHOWN = 400,
    FIELD_SHOWN = 1000
}; /* bytes of a text that are shown before it is cut, and said so */

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
    const char *label; /* of the line that comes next; empty for further lines of the same */
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

/* A text of the log, cut where it gets unreadable; what is left out is said. */
static void put_cut(struct tcs_buf *b, struct tcs_str s, size_t most, size_t already_cut)
{
    size_t len = s.len;
    if (len > most) {
        len = most;
        while (len && ((uint8_t)s.p[len] & 0xC0) == 0x80)
            len--;
    }
    tcs_put_visible(b, tcs_str_cut(s, 0, len));
    size_t more = s.len - len + already_cut;
    if (more)
        tcs_buf_printf(b, " [... %zu more bytes%s]", more, already_cut ? "" : "; --format jsonl shows all");
}

static void put_pid(struct tcs_buf *b, uint64_t pid, bool is_audit_id)
{
    tcs_buf_printf(b, "%s %llu", is_audit_id ? "audit id" : "pid", (unsigned long long)pid);
}

static void put_who(struct text *t, const struct tcs_finding *f)
{
    begin_line(t, "who");
    struct tcs_buf account;
    tcs_buf_init(&account, 65536);
    tcs_put_account(&account, &f->account);
    tcs_put_visible(t->b, account.len ? tcs_buf_view(&account) : TCS_STR("(the log does not say)"));
    tcs_buf_done(&account);
    if (f->account.name.len && f->account.sid.len) {
        tcs_buf_puts(t->b, "  ");
        tcs_put_visible(t->b, f->account.sid);
    }
    if (f->account_is_creators && (f->account.name.len || f->account.sid.len))
        tcs_buf_puts(t->b, "  (who started it; the log does not name whom it runs as)");
    tcs_buf_putc(t->b, '\n');
}

static bool has_foreign_letters(struct tcs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return true;
    return false;
}

static void put_program(struct text *t, const struct tcs_finding *f)
{
    begin_line(t, f->facts & TCS_FACT_NOT_STARTED ? "opened" : "ran");
    tcs_put_visible(t->b, f->image.len ? f->image : TCS_STR("(the log does not say)"));
    if (f->pid) {
        tcs_buf_puts(t->b, "  (");
        put_pid(t->b, f->pid, f->pid_is_audit_id);
        tcs_buf_putc(t->b, ')');
    }
    tcs_buf_putc(t->b, '\n');
    if (has_foreign_letters(f->image)) {
        begin_line(t, "");
        tcs_buf_puts(t->b, "not plain letters: ");
        tcs_put_code_points(t->b, f->image);
        tcs_buf_putc(t->b, '\n');
    }
    if (f->command.len) {
        begin_line(t, "");
        put_cut(t->b, f->command, COMMAND_SHOWN, f->command_cut);
        tcs_buf_putc(t->b, '\n');
    }
}

static void put_server(struct text *t, const struct tcs_finding *f)
{
    if (f->server.len == 0 && f->worker_image.len == 0)
        return;
    begin_line(t, "under");
    tcs_buf_str(t->b, f->server.len ? f->server : TCS_STR("web server"));
    if (f->pool.len) {
        tcs_buf_puts(t->b, ", pool ");
        tcs_put_visible(t->b, f->pool);
    }
    tcs_buf_puts(t->b, "  (");
    if (f->worker_image.len) {
        tcs_put_visible(t->b, f->worker_image);
        tcs_buf_puts(t->b, ", ");
    }
    put_pid(t->b, f->worker_pid, f->pid_is_audit_id);
    tcs_buf_puts(t->b, ")\n");
}

static void put_parent(struct text *t, const struct tcs_finding *f)
{
    if (f->parent_pid == 0)
        return;
    begin_line(t, "by");
    if (f->parent_image.len)
        tcs_put_visible(t->b, f->parent_image);
    else
        tcs_buf_puts(t->b, "a process that the log does not name");
    tcs_buf_puts(t->b, "  (");
    put_pid(t->b, f->parent_pid, f->pid_is_audit_id);
    tcs_buf_puts(t->b, f->parent_start_seen ? ")\n" : ", running before this log begins)\n");
}

static void put_line(void *ctx, struct tcs_str line)
{
    struct text *t = ctx;
    begin_line(t, t->label);
    tcs_buf_puts(t->b, "- ");
    tcs_put_visible(t->b, line);
    tcs_buf_putc(t->b, '\n');
    t->label = "";
}

static void put_when_and_where(struct text *t, const struct tcs_incident *incident,
                               const struct tcs_finding *f)
{
    begin_line(t, "when");
    tcs_buf_time_human(t->b, f->time);
    tcs_buf_putc(t->b, '\n');
    begin_line(t, "host");
    tcs_put_visible(t->b, incident->host);
    tcs_buf_putc(t->b, '\n');
}

static void put_finding(struct text *t, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    if (!(f->facts & TCS_FACT_BLINDNESS)) {
        put_who(t, f);
        put_program(t, f);
        put_server(t, f);
        put_parent(t, f);
    } else if (f->account.name.len || f->account.sid.len) {
        put_who(t, f);
    }
    put_when_and_where(t, incident, f);
    t->label = "why";
    tcs_reasons(f, put_line, t);
    t->label = "next";
    tcs_next_steps(f, put_line, t);
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
    struct tcs_str name = tcs_file_name(node->image);
    tcs_put_visible(t->b, name.len ? name : TCS_STR("(unnamed)"));
    tcs_put_no_color(t->b, t->style->color);
    tcs_buf_printf(t->b, " %llu", (unsigned long long)node->pid);
    if (node->is_worker)
        tcs_buf_puts(t->b, "  web server");
    if (node->is_finding)
        tcs_buf_printf(t->b, "  %s", tcs_severity_names[node->severity]);
    if (node->start_seen) {
        tcs_buf_puts(t->b, "  ");
        tcs_buf_time_human(t->b, node->start);
    }
    struct tcs_str account = tcs_account_name(&node->account);
    if (account.len) {
        tcs_buf_puts(t->b, "  ");
        tcs_put_visible(t->b, account);
    }
    if (node->command.len && node->is_finding) {
        tcs_buf_puts(t->b, "  ");
        put_cut(t->b, node->command, 160, node->command_cut);
    }
    tcs_buf_putc(t->b, '\n');
}

/*
 * Nodes are kept in the order in which they were met, parents first. The tree
 * shows them depth first: behind a node its children, then its siblings.
 */
static uint32_t next_in_tree(const struct tcs_incident *incident, uint32_t node)
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

enum { NODES_SHOWN = 200 };

static void put_tree(struct text *t, const struct tcs_incident *incident)
{
    if (incident->node_count < 2)
        return;
    put_label(t, "tree");
    tcs_buf_putc(t->b, '\n');
    size_t shown = 0;
    uint32_t node = 0;
    while (incident->nodes[node].parent != TCS_NO_NODE)
        node++;
    for (; node != TCS_NO_NODE && shown < NODES_SHOWN; node = next_in_tree(incident, node), shown++)
        put_node(t, incident, node);
    if (node != TCS_NO_NODE)
        tcs_buf_printf(t->b, "           ... %zu more processes; --format jsonl shows all\n",
                       incident->node_count - shown);
}

/* ---- the record ---- */

static bool is_same_record(const struct tcs_evidence *a, const struct tcs_evidence *b)
{
    return a->event_id == b->event_id && a->record_id == b->record_id && a->time.ticks == b->time.ticks &&
           tcs_str_eq(a->channel, b->channel);
}

/* The rules that the record of evidence i speaks for. */
static void put_rules_of(struct text *t, const struct tcs_finding *f, size_t i)
{
    for (size_t k = i; k < f->evidence_count; k++)
        if (is_same_record(&f->evidence[i], &f->evidence[k]))
            tcs_buf_printf(t->b, "%s%s", k == i ? "" : ", ", tcs_rule_names[f->evidence[k].rule]);
}

static bool was_shown(const struct tcs_finding *f, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_same_record(&f->evidence[i], &f->evidence[k]))
            return true;
    return false;
}

static void put_one_evidence(struct text *t, const struct tcs_finding *f, size_t i)
{
    const struct tcs_evidence *ev = &f->evidence[i];
    if (ev->event_id) {
        tcs_put_visible(t->b, ev->channel);
        tcs_buf_printf(t->b, " %u, record %llu, ", ev->event_id, (unsigned long long)ev->record_id);
    } else {
        tcs_buf_puts(t->b, "no single record says so, the log as a whole does, ");
    }
    tcs_buf_time_human(t->b, ev->time);
    for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
        if (ev->state >> bit & 1)
            tcs_buf_printf(t->b, " [%s]", tcs_record_state_names[bit]);
    tcs_buf_puts(t->b, "  (");
    put_rules_of(t, f, i);
    tcs_buf_puts(t->b, ")\n");
}

/* The records, and behind those of one log where it is. */
static void put_evidence(struct text *t, const struct tcs_finding *f)
{
    const char *label = "evidence";
    for (size_t i = 0; i < f->evidence_count; i++) {
        if (!was_shown(f, i)) {
            begin_line(t, label);
            label = "";
            put_one_evidence(t, f, i);
        }
        struct tcs_str origin = f->evidence[i].origin;
        if (i + 1 < f->evidence_count && tcs_str_eq(origin, f->evidence[i + 1].origin))
            continue;
        begin_line(t, "");
        tcs_buf_puts(t->b, "in ");
        tcs_put_visible(t->b, origin);
        tcs_buf_putc(t->b, '\n');
    }
    if (f->evidence_more) {
        begin_line(t, "");
        tcs_buf_printf(t->b, "... and %zu more\n", f->evidence_more);
    }
}

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
        tcs_buf_puts(t->b, "  ");
        put_cut(t->b, r->fields[i].value, FIELD_SHOWN, r->fields[i].cut);
        tcs_buf_putc(t->b, '\n');
    }
}

/* ---- the incident ---- */

/* The gravest finding; of several the first. */
static const struct tcs_finding *gravest(const struct tcs_incident *incident)
{
    const struct tcs_finding *worst = incident->findings[0];
    for (size_t i = 1; i < incident->finding_count; i++)
        if (incident->findings[i]->severity > worst->severity)
            worst = incident->findings[i];
    return worst;
}

static void put_title(struct text *t, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    tcs_put_color(t->b, f->severity, t->style->color);
    for (const char *c = tcs_severity_names[f->severity]; *c; c++)
        tcs_buf_putc(t->b, (char)(*c - 'a' + 'A'));
    tcs_put_no_color(t->b, t->style->color);
    tcs_buf_puts(t->b, "  ");
    tcs_put_visible(t->b, incident->host);
    tcs_buf_puts(t->b, ": ");
    tcs_put_headline(t->b, f);
    tcs_buf_printf(t->b, "\n  incident %.12s", incident->id);
    if (incident->continues)
        tcs_buf_puts(t->b, ", continued");
    tcs_buf_puts(t->b, ", ");
    tcs_buf_u64(t->b, incident->finding_count);
    tcs_buf_puts(t->b, incident->finding_count == 1 ? " finding" : " findings");
    if (incident->finding_count > 1) {
        tcs_buf_puts(t->b, " from ");
        tcs_buf_time_human(t->b, incident->first);
        tcs_buf_puts(t->b, " to ");
        tcs_buf_time_human(t->b, incident->last);
    }
    tcs_buf_puts(t->b, "\n\n");
}

/* The other findings of an incident without processes: what else was done to the log. */
static void put_others(struct text *t, const struct tcs_incident *incident, const struct tcs_finding *head)
{
    const char *label = "further";
    for (size_t i = 0; i < incident->finding_count; i++) {
        const struct tcs_finding *f = incident->findings[i];
        if (f == head || f->severity < t->style->min_severity || f->node != TCS_NO_NODE)
            continue;
        begin_line(t, label);
        label = "";
        tcs_buf_printf(t->b, "- %s: ", tcs_severity_names[f->severity]);
        tcs_put_headline(t->b, f);
        tcs_buf_puts(t->b, ", ");
        tcs_buf_time_human(t->b, f->time);
        if (f->record.event_id)
            tcs_buf_printf(t->b, ", %u record %llu", f->record.event_id,
                           (unsigned long long)f->record.record_id);
        tcs_buf_putc(t->b, '\n');
    }
}

void tcs_render_incident_text(struct tcs_buf *b, const struct tcs_incident *incident,
                              const struct tcs_text_style *style)
{
    struct text t = {.b = b, .style = style};
    const struct tcs_finding *head = gravest(incident);
    put_title(&t, incident, head);
    put_finding(&t, incident, head);
    put_others(&t, incident, head);
    put_tree(&t, incident);
    put_evidence(&t, head);
    put_record(&t, head);
    tcs_buf_putc(b, '\n');
}
