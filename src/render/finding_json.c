#include "render/finding.h"

#include "render/json.h"

#include <stdio.h>

static void put_account_members(struct tcs_json *j, const struct tcs_account *a)
{
    tcs_json_opt_str(j, "name", a->name);
    tcs_json_opt_str(j, "domain", a->domain);
    tcs_json_opt_str(j, "id", a->sid);
}

static void key(struct tcs_json *j, const char *name)
{
    tcs_json_key(j, tcs_str_of(name));
}

static void open_member(struct tcs_json *j, const char *name, char bracket)
{
    key(j, name);
    tcs_json_open(j, bracket);
}

static void member_time(struct tcs_json *j, const char *name, struct tcs_time t)
{
    key(j, name);
    tcs_json_time(j, t);
}

static void put_line(void *ctx, struct tcs_str line)
{
    tcs_json_str(ctx, line);
}

static void put_states(struct tcs_json *j, unsigned state)
{
    if (state == 0)
        return;
    open_member(j, "state", '[');
    for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
        if (state >> bit & 1)
            tcs_json_str(j, tcs_str_of(tcs_record_state_names[bit]));
    tcs_json_close(j, ']');
}

static void put_event(struct tcs_json *j, const struct tcs_finding *f)
{
    bool is_process = !(f->facts & TCS_FACT_BLINDNESS);
    open_member(j, "event", '{');
    tcs_json_pair_str(j, "kind", TCS_STR("alert"));
    open_member(j, "category", '[');
    tcs_json_str(j, is_process ? TCS_STR("process") : TCS_STR("host"));
    tcs_json_close(j, ']');
    open_member(j, "type", '[');
    tcs_json_str(j, is_process ? TCS_STR("start") : TCS_STR("change"));
    tcs_json_close(j, ']');
    if (f->record.event_id) {
        char code[8];
        snprintf(code, sizeof code, "%u", f->record.event_id);
        tcs_json_pair_str(j, "code", tcs_str_of(code));
        tcs_json_opt_str(j, "provider", f->record.provider);
    }
    tcs_json_pair_u64(j, "severity", 20 * (uint64_t)f->severity);
    tcs_json_close(j, '}');
}

static void put_rules(struct tcs_json *j, const struct tcs_finding *f)
{
    open_member(j, "rule", '{');
    open_member(j, "id", '[');
    for (unsigned rule = 0; rule < TCS_RULE_COUNT; rule++)
        if (f->rules >> rule & 1)
            tcs_json_str(j, tcs_str_of(tcs_rule_names[rule]));
    tcs_json_close(j, ']');
    tcs_json_close(j, '}');
}

static void put_process(struct tcs_json *j, const struct tcs_finding *f)
{
    if (f->facts & TCS_FACT_BLINDNESS)
        return;
    open_member(j, "process", '{');
    if (f->pid)
        tcs_json_pair_u64(j, "pid", f->pid);
    tcs_json_opt_str(j, "executable", f->image);
    tcs_json_opt_str(j, "name", tcs_file_name(f->image));
    tcs_json_opt_str(j, "command_line", f->command);
    if (!(f->facts & TCS_FACT_NOT_STARTED))
        member_time(j, "start", f->time);
    if (f->parent_pid) {
        open_member(j, "parent", '{');
        tcs_json_pair_u64(j, "pid", f->parent_pid);
        tcs_json_opt_str(j, "executable", f->parent_image);
        tcs_json_opt_str(j, "name", tcs_file_name(f->parent_image));
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, '}');
}

static void put_worker(struct tcs_json *j, const struct tcs_finding *f)
{
    if (f->worker_pid == 0 && f->server.len == 0)
        return;
    open_member(j, "worker", '{');
    tcs_json_opt_str(j, "server", f->server);
    tcs_json_opt_str(j, "pool", f->pool);
    tcs_json_opt_str(j, "executable", f->worker_image);
    tcs_json_pair_u64(j, "pid", f->worker_pid);
    if (f->worker_account.name.len || f->worker_account.sid.len) {
        open_member(j, "user", '{');
        put_account_members(j, &f->worker_account);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, '}');
}

static void put_evidence(struct tcs_json *j, const struct tcs_finding *f)
{
    open_member(j, "evidence", '[');
    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct tcs_evidence *ev = &f->evidence[i];
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "rule", tcs_str_of(tcs_rule_names[ev->rule]));
        tcs_json_pair_u64(j, "event_id", ev->event_id);
        tcs_json_pair_u64(j, "record_id", ev->record_id);
        member_time(j, "time", ev->time);
        tcs_json_pair_str(j, "channel", ev->channel);
        tcs_json_pair_str(j, "provider", ev->provider);
        tcs_json_pair_str(j, "origin", ev->origin);
        put_states(j, ev->state);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
    if (f->evidence_more)
        tcs_json_pair_u64(j, "evidence_more", f->evidence_more);
}

/* Where the finding's record stands, and what it says. */
static void put_record(struct tcs_json *j, const struct tcs_record_copy *r)
{
    if (r->field_count == 0 && r->event_id == 0)
        return;
    tcs_json_pair_u64(j, "record_id", r->record_id);
    tcs_json_pair_str(j, "channel", r->channel);
    tcs_json_pair_str(j, "origin", r->origin);
    open_member(j, "record", '{');
    member_time(j, "time", r->time);
    tcs_json_pair_str(j, "computer", r->computer);
    put_states(j, r->state);
    bool cut = false;
    open_member(j, "data", '{');
    for (size_t i = 0; i < r->field_count; i++) {
        tcs_json_key(j, r->fields[i].name);
        tcs_json_str(j, r->fields[i].value);
        cut = cut || r->fields[i].cut;
    }
    tcs_json_close(j, '}');
    if (cut) {
        key(j, "cut");
        tcs_json_bool(j, true);
    }
    tcs_json_close(j, '}');
}

static void put_own(struct tcs_json *j, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    open_member(j, "tocsin", '{');
    tcs_json_pair_str(j, "finding_id", tcs_str_of(f->id));
    tcs_json_pair_str(j, "incident_id", tcs_str_of(incident->id));
    tcs_json_pair_str(j, "severity", tcs_str_of(tcs_severity_names[f->severity]));
    tcs_json_opt_str(j, "profile", f->profile);
    put_record(j, &f->record);
    open_member(j, "why", '[');
    tcs_reasons(f, put_line, j);
    tcs_json_close(j, ']');
    open_member(j, "next", '[');
    tcs_next_steps(f, put_line, j);
    tcs_json_close(j, ']');
    if (f->account_is_creators) {
        key(j, "user_is_creator");
        tcs_json_bool(j, true);
    }
    if (f->pid_is_audit_id) {
        key(j, "pid_is_audit_id");
        tcs_json_bool(j, true);
    }
    if (f->command_cut)
        tcs_json_pair_u64(j, "command_line_cut", f->command_cut);
    put_worker(j, f);
    put_evidence(j, f);
    tcs_json_close(j, '}');
}

void tcs_render_finding_json(struct tcs_buf *b, const struct tcs_incident *incident,
                             const struct tcs_finding *f)
{
    struct tcs_json j = {b, false};
    struct tcs_buf headline;
    tcs_buf_init(&headline, (size_t)1 << 20);
    tcs_put_headline(&headline, f);
    tcs_json_open(&j, '{');
    member_time(&j, "@timestamp", f->time);
    tcs_json_pair_str(&j, "message", tcs_buf_view(&headline));
    open_member(&j, "ecs", '{');
    tcs_json_pair_str(&j, "version", TCS_STR("8.11.0"));
    tcs_json_close(&j, '}');
    put_event(&j, f);
    open_member(&j, "host", '{');
    tcs_json_pair_str(&j, "name", incident->host);
    tcs_json_close(&j, '}');
    if (f->account.name.len || f->account.sid.len) {
        open_member(&j, "user", '{');
        put_account_members(&j, &f->account);
        tcs_json_close(&j, '}');
    }
    put_process(&j, f);
    put_rules(&j, f);
    put_own(&j, incident, f);
    tcs_json_close(&j, '}');
    b->bad = b->bad || headline.bad;
    tcs_buf_done_for(&headline, b);
}
