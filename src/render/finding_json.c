#include "render/finding.h"

#include "render/json.h"

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
    tcs_json_pair_str(j, "id", tcs_str_of(f->id));
    tcs_json_pair_str(j, "provider", TCS_STR("tocsin"));
    tcs_json_pair_u64(j, "severity", 20 * (uint64_t)f->severity);
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
        tcs_json_pair_str(j, "file", ev->origin);
        put_states(j, ev->state);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
    if (f->evidence_more)
        tcs_json_pair_u64(j, "evidence_more", f->evidence_more);
}

static void put_record(struct tcs_json *j, const struct tcs_record_copy *r)
{
    if (r->field_count == 0 && r->event_id == 0)
        return;
    open_member(j, "record", '{');
    tcs_json_pair_u64(j, "event_id", r->event_id);
    tcs_json_pair_u64(j, "record_id", r->record_id);
    member_time(j, "time", r->time);
    tcs_json_pair_str(j, "channel", r->channel);
    tcs_json_pair_str(j, "provider", r->provider);
    tcs_json_pair_str(j, "computer", r->computer);
    tcs_json_pair_str(j, "file", r->origin);
    put_states(j, r->state);
    open_member(j, "data", '{');
    for (size_t i = 0; i < r->field_count; i++) {
        tcs_json_key(j, r->fields[i].name);
        tcs_json_str(j, r->fields[i].value);
    }
    tcs_json_close(j, '}');
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].cut) {
            tcs_json_key(j, TCS_STR("cut"));
            tcs_json_bool(j, true);
            break;
        }
    tcs_json_close(j, '}');
}

static void put_own(struct tcs_json *j, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    open_member(j, "tocsin", '{');
    tcs_json_pair_str(j, "severity", tcs_str_of(tcs_severity_names[f->severity]));
    tcs_json_pair_str(j, "incident", tcs_str_of(incident->id));
    open_member(j, "rules", '[');
    for (unsigned rule = 0; rule < TCS_RULE_COUNT; rule++)
        if (f->rules >> rule & 1)
            tcs_json_str(j, tcs_str_of(tcs_rule_names[rule]));
    tcs_json_close(j, ']');
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
    put_record(j, &f->record);
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
    put_own(&j, incident, f);
    tcs_json_close(&j, '}');
    tcs_buf_putc(b, '\n');
    b->bad = b->bad || headline.bad;
    tcs_buf_done(&headline);
}
