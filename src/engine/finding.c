#include "engine/finding.h"
#include "engine/evidence.h"
#include "engine/identity.h"
#include "engine/incident.h"
#include "engine/snapshot.h"

#include <stdlib.h>

/* ---- severity ---- */

/* In this order the first row decides whose facts hold, unless one of `not` does. */
static const struct {
    uint32_t all, none;
    enum tcs_severity severity;
} severities[] = {
    {TCS_FACT_NOW_SYSTEM, TCS_FACT_WORKER_UNCONFIRMED, TCS_CRITICAL},
    {TCS_FACT_NOW_OTHER, TCS_FACT_WORKER_UNCONFIRMED, TCS_CRITICAL},
    {TCS_FACT_NOW_SYSTEM, 0, TCS_LIKELY},
    {TCS_FACT_NOW_OTHER, 0, TCS_LIKELY},
    {TCS_FACT_NOT_STARTED, 0, TCS_LIKELY},
    {TCS_FACT_ACCOUNT_BY_SID, 0, TCS_CERTAIN},
    {TCS_FACT_ACCOUNT_BY_LOGON, 0, TCS_CERTAIN},
    {TCS_FACT_ACCOUNT_BY_NAME, 0, TCS_CERTAIN},
    {TCS_FACT_WORKER_FIRM, 0, TCS_CERTAIN},
    {TCS_FACT_WORKER_INFERRED, 0, TCS_LIKELY},
    {TCS_FACT_WORKER_BY_NAME, 0, TCS_LIKELY},
    {TCS_FACT_WORKER_UNCONFIRMED, 0, TCS_POSSIBLE},
    {TCS_FACT_DEDICATED, 0, TCS_POSSIBLE},
};

/* verdict: of a listed program, whose entry says how much it matters; NULL or unlisted otherwise. */
static enum tcs_severity severity_of(uint32_t facts, const struct verdict *verdict)
{
    bool changed = (facts & (TCS_FACT_NOW_SYSTEM | TCS_FACT_NOW_OTHER)) != 0;
    if (verdict && verdict->is_listed && !changed)
        return verdict->severity;
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++)
        if ((facts & severities[i].all) == severities[i].all && !(facts & severities[i].none))
            return severities[i].severity;
    return TCS_POSSIBLE;
}

/* ---- findings ---- */

/* The open incident among those of the process's own people: its ancestors up to the worker, else its
 * children. */
static uint32_t related_incident(const struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    uint32_t at = process;
    for (unsigned i = 0; at != NONE && i < INCIDENT_CHAIN_MOST; i++) {
        uint32_t number = process_at(e, at)->incident;
        if (incident_follow(e, &number))
            return number;
        if (at == p->root)
            break;
        at = process_at(e, at)->parent;
    }
    if (p->root != NONE) {
        uint32_t number = process_at(e, p->root)->incident;
        if (incident_follow(e, &number))
            return number;
    }
    for (uint32_t child = p->first_child; child != NONE; child = process_at(e, child)->next_sibling) {
        uint32_t number = process_at(e, child)->incident;
        if (incident_follow(e, &number))
            return number;
    }
    return NONE;
}

static struct tcs_finding *add_finding(struct tcs_engine *e, const struct tcs_evidence *first, uint64_t pid,
                                       struct finding_ref *ref)
{
    struct tcs_incident *incident = incident_at(e, ref->incident)->incident;
    ref->index = (uint32_t)incident->finding_count;
    struct tcs_finding *f = incident_add_finding(incident);
    if (f == NULL)
        return NULL;
    evidence_id(f->id, incident->host, first, pid);
    f->time = first->time;
    f->node = TCS_NO_NODE;
    if (incident->id[0] == '\0')
        memcpy(incident->id, f->id, sizeof incident->id);
    incident_touch(e, ref->incident);
    return finding_edit(e, *ref);
}

/* Adds one record's word. False if it is there already. */
static bool add_evidence(struct tcs_engine *e, struct tcs_finding *f, const struct tcs_evidence *evidence)
{
    f->rules |= 1u << evidence->rule;
    for (size_t i = 0; i < f->evidence_count; i++)
        if (f->evidence[i].rule == evidence->rule && evidence_same_record(&f->evidence[i], evidence))
            return false;
    if (f->evidence_count == e->limits->evidence) {
        f->evidence_more++;
        return true;
    }
    if (f->evidence_count == f->evidence_cap) {
        size_t cap = f->evidence_cap ? f->evidence_cap * 2 : 4;
        struct tcs_evidence *more = realloc(f->evidence, cap * sizeof *more);
        if (more == NULL) {
            e->counts.no_memory++;
            f->evidence_more++;
            return true;
        }
        f->evidence = more;
        f->evidence_cap = cap;
    }
    f->evidence[f->evidence_count++] = *evidence;
    return true;
}

static void settle(struct tcs_engine *e, uint32_t number, struct tcs_finding *f,
                   const struct verdict *verdict, bool is_new)
{
    struct tcs_incident *incident = incident_at(e, number)->incident;
    enum tcs_severity severity = f->facts & TCS_FACT_BLINDNESS ? f->severity : severity_of(f->facts, verdict);
    if (severity > f->severity)
        f->severity = severity;
    if (f->severity > incident->severity) {
        incident->severity = f->severity;
        incident_touch(e, number);
    }
    if (f->node != TCS_NO_NODE) {
        struct tcs_tree_node *node = node_edit(e, number, f->node);
        node->is_finding = true;
        node->severity = f->severity;
    }
    if (e->effects.changed)
        e->effects.changed(e->effects.ctx, incident, f, is_new);
}

/* The account that the event names, if nothing better is known: that of who started the process. */
static void name_creator(struct tcs_engine *e, uint32_t number, uint32_t process, struct tcs_finding *f)
{
    const struct process *p = process_at(e, process);
    f->account_is_creators = p->account == NONE;
    if (p->account != NONE || f->account.name.len || f->account.sid.len)
        return;
    bool has_creator = (e->ev->traits & TCS_TRAIT_SUBJECT_IS_CREATOR) != 0;
    if (!has_creator)
        return;
    struct claim creator = claim_of(e, p->host, e->ev, BY_SUBJECT);
    f->account = snapshot_account(e, incident_at(e, number)->incident, creator.account);
}

/* A finding in an incident that is still open, to be changed; NULL if it was given out already. */
static struct tcs_finding *open_finding(struct tcs_engine *e, struct finding_ref ref)
{
    return incident_open(e, ref.incident) ? finding_edit(e, ref) : NULL;
}

/* The incident that a finding goes to: the one it belongs to, if that is open, or a new one. */
static struct tcs_incident *incident_for(struct tcs_engine *e, uint32_t host, uint32_t *number)
{
    return incident_follow(e, number) ? incident_with_room(e, number)
                                      : incident_new(e, host_at(e, host)->name, number);
}

static struct tcs_finding *new_finding(struct tcs_engine *e, uint32_t process,
                                       const struct tcs_evidence *evidence)
{
    struct process *p = process_edit(e, process);
    struct finding_ref ref = {related_incident(e, process), NONE};
    struct tcs_incident *incident = incident_for(e, p->host, &ref.incident);
    struct tcs_finding *f = incident ? add_finding(e, evidence, p->pid, &ref) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return NULL;
    }
    snapshot_lineage(e, ref.incident, process);
    p->finding = ref;
    p->flags |= P_REPORTED;
    if (evidence->record_id == e->ev->rec->record_id && evidence->event_id == e->ev->rec->event_id)
        snapshot_record(e, incident, &f->record);
    return f;
}

/* What is odd about a program's path. */
static unsigned path_facts(const struct tcs_path *path)
{
    static const struct {
        unsigned trait, fact;
    } rows[] = {
        {TCS_PATH_SHORT, TCS_FACT_SHORT_NAME},
        {TCS_PATH_REMOTE, TCS_FACT_REMOTE},
        {TCS_PATH_ODD, TCS_FACT_ODD_PATH},
    };
    unsigned facts = path->kind == TCS_PATH_ROOTED ? TCS_FACT_NO_DRIVE
                     : path->kind == TCS_PATH_NAME ? TCS_FACT_NAME_ONLY
                                                   : 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        facts |= path->traits & rows[i].trait ? rows[i].fact : 0;
    return facts;
}

void finding_report(struct tcs_engine *e, uint32_t process, const struct tcs_evidence *evidence,
                    unsigned facts, const struct verdict *verdict)
{
    const struct process *p = process_at(e, process);
    struct tcs_finding *f = open_finding(e, p->finding);
    bool is_new = f == NULL;
    if (is_new && (p->flags & P_REPORTED)) {
        e->counts.evidence_late++; /* its incident has been given out already */
        return;
    }
    if (is_new)
        f = new_finding(e, process, evidence);
    if (f == NULL)
        return;
    uint32_t number = process_at(e, process)->finding.incident;
    bool added = add_evidence(e, f, evidence);
    f->facts |= facts;
    if (process_at(e, process)->image != NONE)
        f->facts |= path_facts(&image_at(e, process_at(e, process)->image)->path);
    if (verdict && verdict->note.len && f->note.len == 0)
        f->note = verdict->note;
    snapshot_process(e, number, process, f);
    name_creator(e, number, process, f);
    incident_widen(e, number, evidence->time);
    if (added || is_new)
        settle(e, number, f, verdict, is_new);
}

struct finding_ref finding_report_open(struct tcs_engine *e, uint32_t host, uint32_t opener,
                                       const struct open_program *o, unsigned facts)
{
    struct finding_ref ref = {related_incident(e, opener), NONE};
    struct tcs_incident *incident = incident_for(e, host, &ref.incident);
    struct tcs_finding *f = incident ? add_finding(e, &o->evidence, o->pid, &ref) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return (struct finding_ref){NONE, NONE};
    }
    const struct process *p = process_at(e, opener);
    snapshot_lineage(e, ref.incident, opener); /* the next one belongs to the same incident */
    snapshot_record(e, incident, &f->record);
    const struct image *image = image_at(e, o->image);
    f->image = snapshot_text(incident, image->text);
    f->account = snapshot_account(e, incident, o->claim.account);
    f->parent_pid = o->pid;
    f->parent_image = snapshot_image(e, incident, p->image);
    f->parent_start_seen = (p->flags & P_START_SEEN) != 0;
    snapshot_server(e, incident, f, p);
    f->facts = facts | path_facts(&image->path);
    add_evidence(e, f, &o->evidence);
    incident_widen(e, ref.incident, o->evidence.time);
    settle(e, ref.incident, f, NULL, true);
    return ref;
}

void finding_add(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence)
{
    struct tcs_finding *f = open_finding(e, ref);
    if (f && add_evidence(e, f, evidence)) {
        incident_widen(e, ref.incident, evidence->time);
        settle(e, ref.incident, f, NULL, false);
    }
}

void finding_adopt(struct tcs_engine *e, uint32_t process, struct finding_ref ref)
{
    struct process *p = process_edit(e, process);
    struct tcs_finding *f = open_finding(e, ref);
    if (f == NULL || (p->flags & P_REPORTED))
        return;
    /* The process that opened it is the one that starts it, so both are in the same incident. */
    snapshot_lineage(e, ref.incident, process);
    p->finding = ref;
    p->flags |= P_REPORTED;
    f->facts &= ~(uint32_t)TCS_FACT_NOT_STARTED;
    f->severity = TCS_SEVERITY_NONE; /* settled anew by what follows */
}

/*
 * Who tampered, where the event is about somebody's doing. Before Vista the
 * client did it, if there is one: the primary user is the service that wrote it.
 */
static struct tcs_account culprit(struct tcs_engine *e, uint32_t host, struct tcs_incident *incident)
{
    static const bool is_deed[TCS_EVENT_KIND_COUNT] = {
        [TCS_EVENT_LOG_CLEARED] = true,  [TCS_EVENT_AUDIT_POLICY] = true,  [TCS_EVENT_AUDIT_EXCLUDED] = true,
        [TCS_EVENT_SACL_CHANGED] = true, [TCS_EVENT_CLOCK_CHANGED] = true,
    };
    if (!is_deed[e->ev->kind])
        return (struct tcs_account){0};
    uint32_t account = NONE;
    if (e->ev->origin == TCS_ORIGIN_SECURITY_EVT)
        account = claim_of(e, host, e->ev, BY_TARGET).account;
    if (account == NONE)
        account = claim_of(e, host, e->ev, BY_SUBJECT).account;
    return snapshot_account(e, incident, account);
}

/* How many findings an incident ends with that begin with this record: one record may say several things. */
static uint64_t said_before(const struct tcs_incident *incident, const struct tcs_evidence *evidence)
{
    uint64_t count = 0;
    for (size_t i = incident->finding_count; i > 0; i--, count++) {
        const struct tcs_finding *f = incident->findings[i - 1];
        if (f->evidence_count == 0 || !evidence_same_record(&f->evidence[0], evidence))
            break;
    }
    return count;
}

struct finding_ref finding_report_blindness(struct tcs_engine *e, uint32_t host,
                                            const struct tcs_evidence *evidence, enum tcs_severity severity,
                                            struct tcs_str note)
{
    uint32_t *number = &host_edit(e, host)->blind_incidents[evidence->rule];
    struct tcs_incident *incident = incident_for(e, host, number);
    struct finding_ref ref = {*number, NONE};
    struct tcs_finding *f = incident ? add_finding(e, evidence, said_before(incident, evidence), &ref) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return (struct finding_ref){NONE, NONE};
    }
    if (e->ev->kind != TCS_EVENT_NONE)
        snapshot_record(e, incident, &f->record);
    f->facts = TCS_FACT_BLINDNESS;
    f->severity = severity;
    f->note = snapshot_text(incident, note);
    f->account = culprit(e, host, incident);
    add_evidence(e, f, evidence);
    incident_widen(e, ref.incident, evidence->time);
    settle(e, ref.incident, f, NULL, true);
    return ref;
}

void finding_raise(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence,
                   enum tcs_severity severity, struct tcs_str note)
{
    struct tcs_finding *f = open_finding(e, ref);
    if (f == NULL)
        return;
    struct tcs_incident *incident = incident_at(e, ref.incident)->incident;
    f->note = snapshot_text(incident, note);
    f->severity = severity;
    add_evidence(e, f, evidence);
    incident_widen(e, ref.incident, evidence->time);
    settle(e, ref.incident, f, NULL, false);
}
