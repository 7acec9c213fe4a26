#include "engine/blindness.h"
#include "engine/evidence.h"
#include "engine/finding.h"
#include "engine/host.h"
#include "engine/identity.h"
#include "engine/image.h"
#include "engine/incident.h"
#include "engine/judge.h"
#include "engine/judge_open.h"
#include "engine/opens.h"
#include "engine/origin.h"
#include "engine/process.h"
#include "engine/state.h"

#include <stdlib.h>

const struct tcs_engine_limits tcs_default_engine_limits = {
    .hosts = 4096,
    .processes = 262144,
    .images = 65536,
    .accounts = 16384,
    .opens = 256,
    .findings = 2048,
    .evidence = 32,
    .incidents = 4096,
    .text = 32768,
    .incident_gap_seconds = 24 * 3600,
};

/* What Windows calls its folder unless somebody chose otherwise. */
static const struct tcs_str usual_root = TCS_STR_INIT("C:\\Windows");

static bool make_first_ruleset(struct tcs_engine *e, struct tcs_err *err)
{
    struct tcs_str root = e->rules->system_root.len ? e->rules->system_root : usual_root;
    e->rulesets[0] = malloc(sizeof *e->rulesets[0]);
    if (e->rulesets[0] == NULL || tcs_ruleset_init(e->rulesets[0], e->rules, root, e->key, err) != TCS_OK) {
        free(e->rulesets[0]);
        return false;
    }
    e->ruleset_count = 1;
    return true;
}

struct tcs_engine *tcs_engine_new(const struct tcs_rules *rules, const struct tcs_engine_limits *limits,
                                  struct tcs_hash_key key, const struct tcs_effects *effects,
                                  struct tcs_err *err)
{
    struct tcs_engine *e = calloc(1, sizeof *e);
    if (e == NULL) {
        tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the engine");
        return NULL;
    }
    e->rules = rules;
    e->limits = limits;
    e->key = key;
    e->effects = *effects;
    e->last_host = NONE;
    origin_init(e);
    for (unsigned i = 0; i < EXITED_KEPT; i++)
        e->exited[i] = NONE;
    memset(e->recent_images, 0xff, sizeof e->recent_images); /* NONE */
    memset(e->recent_accounts, 0xff, sizeof e->recent_accounts);
    memset(e->recent_processes, 0xff, sizeof e->recent_processes);
    tcs_slots_init(&e->hosts, sizeof(struct host), limits->hosts);
    tcs_slots_init(&e->processes, sizeof(struct process), limits->processes);
    tcs_slots_init(&e->images, sizeof(struct image), limits->images);
    tcs_slots_init(&e->accounts, sizeof(struct account), limits->accounts);
    e->temporary_image = tcs_slots_take(&e->images);
    e->temporary_account = tcs_slots_take(&e->accounts);
    if (!make_first_ruleset(e, err)) {
        tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the engine");
        tcs_engine_free(e);
        return NULL;
    }
    return e;
}

void tcs_engine_free(struct tcs_engine *e)
{
    if (e == NULL)
        return;
    incident_free_all(e);
    process_free_all(e);
    image_free_all(e);
    account_free_all(e);
    host_free_all(e);
    origin_free_all(e);
    tcs_slots_done(&e->hosts);
    tcs_slots_done(&e->processes);
    tcs_slots_done(&e->images);
    tcs_slots_done(&e->accounts);
    tcs_map_done(&e->host_by_name);
    tcs_map_done(&e->process_by_pid);
    tcs_map_done(&e->process_by_guid);
    tcs_map_done(&e->image_by_raw);
    tcs_map_done(&e->account_by_raw);
    tcs_marks_done(&e->changed.hosts);
    tcs_marks_done(&e->changed.processes);
    tcs_marks_done(&e->changed.images);
    tcs_marks_done(&e->changed.accounts);
    tcs_marks_done(&e->changed.opens);
    tcs_marks_done(&e->stored.hosts);
    tcs_marks_done(&e->stored.processes);
    tcs_marks_done(&e->stored.images);
    tcs_marks_done(&e->stored.accounts);
    tcs_marks_done(&e->stored.opens);
    free(e);
}

/* The logon session of a web account: what happens in it later is the web server's, whatever name is given.
 */
static void logon(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    e->counts.logons++;
    struct tcs_event copy = *ev;
    if (ev->origin == TCS_ORIGIN_SECURITY_EVT) /* the record's SID is that of who logged on */
        copy.v[TCS_KEY_TARGET_SID] = ev->v[TCS_KEY_SUBJECT_SID];
    struct claim who = claim_of(e, host, &copy, BY_TARGET);
    if (who.web & (TCS_FACT_ACCOUNT_BY_SID | TCS_FACT_ACCOUNT_BY_NAME))
        identity_learn_logon(e, host, who.logon);
}

static void logoff(struct tcs_engine *e, uint32_t host)
{
    uint64_t id;
    if (!tcs_value_logon_id(e->ev->v[TCS_KEY_TARGET_LOGON], &id))
        return;
    struct host *h = host_edit(e, host);
    for (unsigned i = 0; i < HOST_WEB_LOGONS; i++)
        if (h->web_logons[i] == id)
            h->web_logons[i] = 0;
}

/*
 * After a boot no process of before lives. Several records tell of the same
 * boot, the later ones when processes of the new time run already.
 */
static void boot(struct tcs_engine *e, uint32_t host)
{
    const int64_t same_boot_seconds = 300;
    struct host *h = host_edit(e, host);
    struct tcs_time now = e->ev->rec->time;
    int64_t since = tcs_time_seconds_between(h->last_boot, now);
    if (h->has_booted && since > -same_boot_seconds && since < same_boot_seconds)
        return;
    /* EventLog's own record comes late in the boot: what started shortly before belongs to the new time. */
    int64_t grace = e->ev->origin == TCS_ORIGIN_EVENTLOG_OLD ? same_boot_seconds * TCS_TICKS_PER_SECOND : 0;
    process_drop_host(e, host, (struct tcs_time){now.ticks - grace});
    memset(h->web_logons, 0, sizeof h->web_logons);
    open_forget_all(e, host);
    h->last_boot = now;
    h->has_booted = true;
}

/* Takes note of the record; true if it was fed just before: the same log given twice. */
static bool note_record(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_record *rec = e->ev->rec;
    struct channel_state *c = &host_edit(e, host)->channels[e->ev->origin];
    struct channel_state before = *c;
    bool same = c->last_id == rec->event_id && c->last_record == rec->record_id && rec->record_id != 0 &&
                c->last_time.ticks == rec->time.ticks;
    c->last_id = rec->event_id;
    c->last_record = rec->record_id;
    c->last_time = rec->time;
    if (!same)
        blindness_watch_clock(e, host, &before);
    return same;
}

/*
 * What was forgotten so far that a rule may miss. Where exits are not audited,
 * old processes that have nothing to do with a web server always go some day.
 */
static uint64_t forgotten_count(const struct tcs_engine *e)
{
    const struct tcs_engine_counts *c = &e->counts;
    return c->lineage_evicted + c->images_lost + c->accounts_lost;
}

enum tcs_code tcs_engine_feed(struct tcs_engine *e, const struct tcs_event *ev, struct tcs_str origin,
                              struct tcs_err *err)
{
    static void (*const handlers[TCS_EVENT_KIND_COUNT])(struct tcs_engine *, uint32_t) = {
        [TCS_EVENT_PROCESS_START] = judge_start,
        [TCS_EVENT_PROCESS_EXIT] = judge_exit,
        [TCS_EVENT_TOKEN_ASSIGNED] = judge_token,
        [TCS_EVENT_FILE_OPEN] = judge_open,
        [TCS_EVENT_FILE_ACCESS] = judge_access,
        [TCS_EVENT_LOGON] = logon,
        [TCS_EVENT_LOGOFF] = logoff,
        [TCS_EVENT_BOOT] = boot,
    };
    e->ev = ev;
    e->origin = origin_of(e, origin);
    e->counts.events++;
    uint64_t no_memory = e->counts.no_memory, forgotten = forgotten_count(e);
    uint32_t host = host_of(e, ev);
    if (host == NONE)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for another host");
    if (note_record(e, host)) {
        e->counts.duplicates++;
        return TCS_OK;
    }
    incident_sweep(e, ev->rec->time);
    if (handlers[ev->kind])
        handlers[ev->kind](e, host);
    blindness_feed(e, host);
    blindness_watch_tables(e, host, forgotten_count(e) - forgotten);
    if (e->counts.no_memory != no_memory)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to judge an event");
    return TCS_OK;
}

enum tcs_code tcs_engine_log_fact(struct tcs_engine *e, const struct tcs_log_fact *fact, struct tcs_err *err)
{
    /* An event without a record: the host and the time are all there is. */
    struct tcs_record none = {.time = fact->time};
    none.system[TCS_SYS_COMPUTER] = tcs_value_of_str(fact->host);
    struct tcs_event ev = {.kind = TCS_EVENT_NONE, .origin = TCS_ORIGIN_EVENTLOG, .rec = &none};
    e->ev = &ev;
    e->origin = origin_of(e, fact->origin);
    uint32_t host = host_of(e, &ev);
    if (host == NONE)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for another host");
    struct tcs_evidence evidence = evidence_now(e, fact->rule);
    evidence.channel = evidence.provider = (struct tcs_str){"", 0};
    finding_report_blindness(e, host, &evidence, fact->severity, fact->note);
    return TCS_OK;
}

void tcs_engine_tell(struct tcs_engine *e)
{
    incident_tell_all(e);
}

void tcs_engine_be_silent(struct tcs_engine *e, bool is_silent)
{
    incident_tell_all(e);
    e->is_silent = is_silent;
}

void tcs_engine_tick(struct tcs_engine *e, struct tcs_time now)
{
    incident_tick(e, now);
}

void tcs_engine_finish(struct tcs_engine *e)
{
    incident_close_all(e);
}

const struct tcs_engine_counts *tcs_engine_counts(const struct tcs_engine *e)
{
    return &e->counts;
}
