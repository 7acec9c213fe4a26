#include "engine/blindness.h"
#include "engine/evidence.h"
#include "engine/finding.h"
#include "engine/identity.h"

/*
 * Tampering with the log. What is written at every boot or by every update
 * must not ring, so each rule looks at what changed and not only at the id.
 */

static struct finding_ref report(struct tcs_engine *e, uint32_t host, enum tcs_rule rule,
                                 enum tcs_severity severity, const char *note)
{
    struct tcs_evidence evidence = evidence_now(e, rule);
    return finding_report_blindness(e, host, &evidence, severity, tcs_str_of(note));
}

/* A text of the event, folded to nothing but compared without case: "removed", "Security". */
static bool text_has(struct tcs_engine *e, struct tcs_value v, const char *part)
{
    if (v.type == TCS_VALUE_STRING)
        return tcs_value_has_ascii_nocase(v, tcs_str_of(part));
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_buf_value(&text, v);
    bool has = tcs_str_has_ascii_nocase(tcs_buf_view(&text), tcs_str_of(part));
    e->counts.no_memory += text.starved;
    tcs_buf_done(&text);
    return has;
}

/* Logs that the rules read: clearing one of them blinds us. */
static const struct tcs_str watched_logs[] = {
    TCS_STR_INIT("Security"),
    TCS_STR_INIT("System"),
    TCS_STR_INIT("Microsoft-Windows-Sysmon/Operational"),
    TCS_STR_INIT("ForwardedEvents"),
};

static void log_cleared(struct tcs_engine *e, uint32_t host)
{
    struct tcs_value channel = e->ev->v[TCS_KEY_CHANNEL];
    const enum tcs_rule rule = TCS_RULE_LOG_CLEARED;
    /* 517 and 1102 name no log: they are only ever written for the security log. */
    if (e->ev->rec->event_id != 104) {
        report(e, host, rule, TCS_CRITICAL, "the security log was cleared; what it held before is gone");
        return;
    }
    for (size_t i = 0; i < sizeof watched_logs / sizeof watched_logs[0]; i++) {
        if (tcs_value_eq_ascii_nocase(channel, watched_logs[i])) {
            report(e, host, rule, TCS_CRITICAL, "a log that the rules read was cleared");
            return;
        }
    }
    report(e, host, rule, TCS_NOTE, "a log that the rules do not read was cleared");
}

/* Audit subcategories without which rules have nothing to work on. */
static const struct {
    struct tcs_str guid;
    const char *note;
} needed_subcategories[] = {
    {TCS_STR_INIT("{0CCE922B-69AE-11D9-BED3-505054503030}"),
     "auditing of process creation was switched off: starts are no longer logged (4688)"},
    {TCS_STR_INIT("{0CCE922C-69AE-11D9-BED3-505054503030}"),
     "auditing of process termination was switched off: exits are no longer logged (4689)"},
    {TCS_STR_INIT("{0CCE921D-69AE-11D9-BED3-505054503030}"),
     "auditing of the file system was switched off: programs opened for execution are no longer logged "
     "(4656, 4663)"},
};

static bool guid_is(struct tcs_value v, struct tcs_str guid)
{
    uint8_t have[16], want[16];
    return tcs_value_guid(v, have) && tcs_value_guid(tcs_value_of_str(guid), want) &&
           memcmp(have, want, 16) == 0;
}

/* 612 tells the whole policy, and XP writes it at every boot: only what was on and is off counts. */
static void whole_policy(struct tcs_engine *e, uint32_t host)
{
    struct host *h = host_edit(e, host);
    bool no_processes = tcs_value_eq_ascii_nocase(e->ev->v[TCS_KEY_PROCESS_POLICY], TCS_STR("-"));
    bool no_objects = tcs_value_eq_ascii_nocase(e->ev->v[TCS_KEY_OBJECT_POLICY], TCS_STR("-"));
    if (no_processes && h->tracked_processes)
        report(e, host, TCS_RULE_AUDIT_OFF, TCS_CRITICAL,
               "auditing of process tracking was on and is off now: starts and exits are no longer logged");
    else if (no_processes)
        report(e, host, TCS_RULE_AUDIT_OFF, TCS_POSSIBLE,
               "auditing of process tracking is off: starts and exits are not logged");
    if (no_objects && h->tracked_objects)
        report(e, host, TCS_RULE_AUDIT_OFF, TCS_LIKELY,
               "auditing of object access was on and is off now: programs opened for execution are no longer "
               "logged");
    h->tracked_processes = h->tracked_processes && !no_processes;
    h->tracked_objects = h->tracked_objects && !no_objects;
}

static void audit_policy(struct tcs_engine *e, uint32_t host)
{
    if (e->ev->traits & TCS_TRAIT_WHOLE_POLICY) {
        whole_policy(e, host);
        return;
    }
    const char *success_removed = "%%8448";
    if (!text_has(e, e->ev->v[TCS_KEY_CHANGES], success_removed))
        return;
    for (size_t i = 0; i < sizeof needed_subcategories / sizeof needed_subcategories[0]; i++)
        if (guid_is(e->ev->v[TCS_KEY_SUBCATEGORY], needed_subcategories[i].guid))
            report(e, host, TCS_RULE_AUDIT_OFF, TCS_CRITICAL, needed_subcategories[i].note);
}

static void audit_excluded(struct tcs_engine *e, uint32_t host)
{
    report(e, host, TCS_RULE_AUDIT_OFF, TCS_LIKELY,
           "the audit policy of a single account was changed, which can hide what it does");
}

/* Updates rewrite the SACLs of thousands of files; only the loss of auditing by somebody else counts. */
static void sacl_changed(struct tcs_engine *e, uint32_t host)
{
    static const struct {
        uint16_t id;
        bool only_files;
        enum tcs_severity severity;
        const char *note;
    } table[] = {
        {4907, true, TCS_LIKELY, "the audit entries of a file were removed"},
        {4715, false, TCS_LIKELY, "the audit entries of the audit policy itself were removed"},
        {4817, false, TCS_CRITICAL, "the global audit entry for files was removed"},
    };
    const struct tcs_event *ev = e->ev;
    bool is_file = tcs_value_eq_ascii_nocase(ev->v[TCS_KEY_OBJECT_TYPE], TCS_STR("File"));
    bool had = text_has(e, ev->v[TCS_KEY_REASON], "(AU;");
    bool has = text_has(e, ev->v[TCS_KEY_CHANGES], "(AU;");
    bool by_installer = text_has(e, ev->v[TCS_KEY_IMAGE], "TrustedInstaller.exe");
    if (!had || has || by_installer)
        return;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].id == ev->rec->event_id && (is_file || !table[i].only_files))
            report(e, host, TCS_RULE_AUDIT_OFF, table[i].severity, table[i].note);
}

/* Events that the process rules live on; losing others is no more than untidy. */
static bool is_needed_id(uint64_t id)
{
    return id == 4688 || id == 4689 || id == 4656 || id == 4663 || id == 4696;
}

/* 1108 names the event that could not be written; at a shutdown it is written for many. */
static void failed_event(struct tcs_engine *e, uint32_t host)
{
    uint64_t id = 0;
    tcs_value_u64(e->ev->v[TCS_KEY_COUNT_LOST], &id);
    bool is_needed = is_needed_id(id);
    report(e, host, TCS_RULE_EVENTS_LOST, is_needed ? TCS_LIKELY : TCS_NOTE,
           is_needed ? "Windows could not write an event that the rules need"
                     : "Windows could not write an event into the log");
}

/* Windows could not encode the data of this very event: that it happened is all there is. */
static void unprocessed_event(struct tcs_engine *e, uint32_t host)
{
    bool is_needed = is_needed_id(e->ev->rec->event_id);
    report(e, host, TCS_RULE_EVENTS_LOST, is_needed ? TCS_LIKELY : TCS_NOTE,
           is_needed ? "Windows lost the data of an event that the rules need"
                     : "Windows lost the data of an event");
}

static void events_lost(struct tcs_engine *e, uint32_t host)
{
    static const struct {
        uint16_t id;
        enum tcs_severity severity;
        const char *note;
    } rows[] = {
        {516, TCS_LIKELY, "Windows discarded audit records because it could not write them fast enough"},
        {4612, TCS_LIKELY, "Windows discarded audit records because it could not write them fast enough"},
        {1101, TCS_NOTE,
         "audit events were dropped by the transport; this happens at an unclean shutdown too"},
        {255, TCS_POSSIBLE, "Sysmon reported an error; events may be missing"},
    };
    if (e->ev->rec->event_id == 1108) {
        failed_event(e, host);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].id == e->ev->rec->event_id) {
            report(e, host, TCS_RULE_EVENTS_LOST, rows[i].severity, rows[i].note);
            return;
        }
    }
    unprocessed_event(e, host);
}

static void log_full(struct tcs_engine *e, uint32_t host)
{
    report(e, host, TCS_RULE_LOG_FULL, TCS_LIKELY,
           "the security log is full and not allowed to overwrite: new events are lost");
}

enum {
    SHUTDOWN_SECONDS = 600,  /* a stop so soon after an announced shutdown belongs to it */
    STRAGGLER_SECONDS = 120, /* records of before the stop that are written behind it */
};

/*
 * The log service stops at every shutdown. Whether it was one shows only
 * later: if records go on without a boot, somebody stopped it.
 */
static void log_stopped(struct tcs_engine *e, uint32_t host)
{
    bool is_sysmon = (e->ev->traits & TCS_TRAIT_STOPS) != 0;
    if (is_sysmon && text_has(e, e->ev->v[TCS_KEY_REASON], "started"))
        return;
    struct host *h = host_edit(e, host);
    struct finding_ref ref = report(e, host, TCS_RULE_LOG_STOPPED, TCS_NOTE,
                                    is_sysmon ? "Sysmon stopped, as at every shutdown"
                                              : "the event log service stopped, as at every shutdown");
    bool announced =
        h->has_shutdown && tcs_time_seconds_between(h->shutdown, e->ev->rec->time) <= SHUTDOWN_SECONDS;
    if (!announced)
        h->stop = (struct incident_stop){ref, e->ev->rec->time};
}

/* What follows a stop explains it, or shows that it cannot be explained. */
static void look_back_at_stop(struct tcs_engine *e, uint32_t host)
{
    struct host *h = host_edit(e, host);
    enum tcs_event_kind kind = e->ev->kind;
    if (h->stop.ref.index == NONE || kind == TCS_EVENT_LOG_STOPPED || kind == TCS_EVENT_EVENTS_LOST ||
        kind == TCS_EVENT_CLOCK_CHANGED)
        return;
    struct incident_stop *stop = &h->stop;
    if (tcs_time_seconds_between(stop->time, e->ev->rec->time) < STRAGGLER_SECONDS &&
        kind != TCS_EVENT_BOOT && kind != TCS_EVENT_SHUTDOWN)
        return;
    /* EventLog's 6005 follows a restart of the service as well as a boot. */
    bool is_boot = kind == TCS_EVENT_BOOT && e->ev->origin != TCS_ORIGIN_EVENTLOG_OLD;
    if (kind == TCS_EVENT_BOOT && !is_boot)
        return;
    if (!is_boot && kind != TCS_EVENT_SHUTDOWN) {
        struct tcs_evidence evidence = evidence_now(e, TCS_RULE_LOG_STOPPED);
        finding_raise(
            e, stop->ref, &evidence, TCS_LIKELY,
            TCS_STR("logging was stopped while the machine went on running: no shutdown before it, no "
                    "boot after it"));
    }
    stop->ref.index = NONE;
}

static void sensor_changed(struct tcs_engine *e, uint32_t host)
{
    report(e, host, TCS_RULE_AUDIT_OFF, TCS_NOTE, "the configuration of Sysmon was changed");
}

enum { HARMLESS_STEP_SECONDS = 300 }; /* corrections by the time service are smaller */

/* Machines set their own clock at boot and from the network; people rarely do. */
static bool is_by_machine(struct tcs_engine *e, uint32_t host)
{
    static const struct tcs_sid local_service = {12, {1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0}};
    struct claim who = claim_of(e, host, e->ev, BY_SUBJECT);
    if (who.account == NONE)
        return false;
    const struct account *a = account_at(e, who.account);
    return a->is_system || tcs_sid_eq(&a->who.sid, &local_service);
}

static void clock_changed(struct tcs_engine *e, uint32_t host)
{
    struct host *h = host_edit(e, host);
    struct tcs_time before, after;
    bool is_machine = is_by_machine(e, host);
    bool has_times = tcs_value_time(e->ev->v[TCS_KEY_OLD_TIME], &before) &&
                     tcs_value_time(e->ev->v[TCS_KEY_NEW_TIME], &after);
    h->clock = has_times ? CLOCK_TOLD : is_machine ? CLOCK_CHANGED_BY_MACHINE : CLOCK_CHANGED;
    h->clock_record = e->ev->rec->record_id;
    int64_t step = has_times ? tcs_time_seconds_between(before, after) : 0;
    if (step > -HARMLESS_STEP_SECONDS && step < HARMLESS_STEP_SECONDS)
        return;
    report(e, host, TCS_RULE_CLOCK_STEP, step < 0 && !is_machine ? TCS_POSSIBLE : TCS_NOTE,
           step < 0 ? "the clock was set back" : "the clock was set forward");
}

void blindness_watch_clock(struct tcs_engine *e, uint32_t host, const struct channel_state *before)
{
    enum { SETTLING_RECORDS = 200 }; /* after a change records of both times come mixed */
    const struct tcs_record *rec = e->ev->rec;
    struct host *h = host_edit(e, host);
    bool is_security = e->ev->origin == TCS_ORIGIN_SECURITY_EVT || e->ev->origin == TCS_ORIGIN_AUDITING;
    bool follows = before->last_id != 0 && rec->record_id > before->last_record;
    int64_t step = tcs_time_seconds_between(before->last_time, rec->time);
    if (!is_security || !follows || e->ev->kind == TCS_EVENT_CLOCK_CHANGED)
        return;
    if (h->clock != CLOCK_RUNS && rec->record_id - h->clock_record > SETTLING_RECORDS)
        h->clock = CLOCK_RUNS;
    /* An event that told the step itself has been reported already. */
    if (step > -HARMLESS_STEP_SECONDS || tcs_time_is_unset(rec->time) || h->clock == CLOCK_TOLD)
        return;
    bool is_machine = h->clock == CLOCK_CHANGED_BY_MACHINE;
    h->clock = CLOCK_TOLD; /* by us; once is enough */
    h->clock_record = rec->record_id;
    report(e, host, TCS_RULE_CLOCK_STEP, is_machine ? TCS_NOTE : TCS_POSSIBLE,
           "the clock was set back: records follow each other backwards in time");
}

void blindness_watch_tables(struct tcs_engine *e, uint32_t host, uint64_t forgotten)
{
    if (forgotten == 0 || host_at(e, host)->tables_full_told)
        return;
    host_edit(e, host)->tables_full_told = true; /* once a host; the summary has the count */
    report(e, host, TCS_RULE_TABLES_FULL, TCS_LIKELY,
           "more is going on than can be remembered: processes of a web server, programs or accounts were "
           "forgotten, and what descends from them may not ring");
}

void blindness_feed(struct tcs_engine *e, uint32_t host)
{
    static void (*const rules[TCS_EVENT_KIND_COUNT])(struct tcs_engine *, uint32_t) = {
        [TCS_EVENT_LOG_CLEARED] = log_cleared,       [TCS_EVENT_AUDIT_POLICY] = audit_policy,
        [TCS_EVENT_AUDIT_EXCLUDED] = audit_excluded, [TCS_EVENT_SACL_CHANGED] = sacl_changed,
        [TCS_EVENT_EVENTS_LOST] = events_lost,       [TCS_EVENT_LOG_FULL] = log_full,
        [TCS_EVENT_LOG_STOPPED] = log_stopped,       [TCS_EVENT_SENSOR_CHANGED] = sensor_changed,
        [TCS_EVENT_CLOCK_CHANGED] = clock_changed,
    };
    struct host *h = host_edit(e, host);
    enum tcs_event_kind kind = e->ev->kind;
    if (kind == TCS_EVENT_PROCESS_START || kind == TCS_EVENT_PROCESS_EXIT)
        h->tracked_processes = true;
    if (kind == TCS_EVENT_FILE_OPEN || kind == TCS_EVENT_FILE_ACCESS)
        h->tracked_objects = true;
    if (rules[kind])
        rules[kind](e, host);
    look_back_at_stop(e, host);
    if (kind == TCS_EVENT_SHUTDOWN) {
        h->shutdown = e->ev->rec->time;
        h->has_shutdown = true;
    }
}
