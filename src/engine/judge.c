#include "engine/judge.h"
#include "engine/evidence.h"
#include "engine/finding.h"
#include "engine/host.h"
#include "engine/identity.h"
#include "engine/image.h"
#include "engine/lineage.h"
#include "engine/opens.h"
#include "engine/process.h"
#include "engine/verdict.h"
#include "engine/worker.h"

#include <stdlib.h>

enum {
    SAME_START_SECONDS = 2, /* two sources tell of the same start within so long */
    LATE_CHILD_SECONDS =
        5, /* a process may still have started something so long before its exit was logged */
};

/* The values by which an event names a process. */
struct numbers {
    uint64_t pid, creator_pid;
    uint8_t guid[16], creator_guid[16];
    bool has_pid, has_creator_pid, has_guid, has_creator_guid;
};

static struct numbers numbers_of(const struct tcs_event *ev)
{
    struct numbers n = {0};
    n.has_pid = tcs_value_u64(ev->v[TCS_KEY_PID], &n.pid);
    n.has_creator_pid = tcs_value_u64(ev->v[TCS_KEY_CREATOR_PID], &n.creator_pid);
    n.has_guid = tcs_value_guid(ev->v[TCS_KEY_GUID], n.guid);
    n.has_creator_guid = tcs_value_guid(ev->v[TCS_KEY_CREATOR_GUID], n.creator_guid);
    return n;
}

/* Audit ids of NT 4 are large; real process ids are small multiples of 4. */
static bool is_audit_id(const struct tcs_event *ev, uint64_t pid)
{
    return ev->origin == TCS_ORIGIN_SECURITY_EVT && pid >= (UINT64_C(1) << 27);
}

static bool old_paths(const struct tcs_event *ev)
{
    return (ev->traits & TCS_TRAIT_OLD_PATHS) != 0;
}

/* ---- whom the event is about ---- */

static bool images_differ(const struct tcs_engine *e, uint32_t a, uint32_t b)
{
    return a != NONE && b != NONE && !image_agrees(image_at(e, a), image_at(e, b));
}

/* True if the event tells of a start that is known already: from another source, or from a second copy. */
static bool is_known_start(const struct tcs_engine *e, const struct process *p, uint32_t image)
{
    const struct tcs_event *ev = e->ev;
    int64_t seconds = tcs_time_seconds_between(p->start, ev->rec->time);
    if (!(p->flags & P_START_SEEN) || seconds < -SAME_START_SECONDS || seconds > SAME_START_SECONDS ||
        images_differ(e, p->image, image))
        return false;
    return p->start_origin != ev->origin || p->start_record == ev->rec->record_id;
}

/* The creator, if what is known of it fits what the event says. */
static uint32_t known_creator(struct tcs_engine *e, uint32_t host, const struct numbers *n, uint32_t image)
{
    uint32_t process = n->has_creator_guid ? process_find_guid(e, host, n->creator_guid) : NONE;
    if (process == NONE && n->has_creator_pid)
        process = process_find(e, host, n->creator_pid);
    if (process == NONE)
        return NONE;
    const struct process *p = process_at(e, process);
    bool is_over =
        (p->flags & P_EXITED) && tcs_time_seconds_between(p->end, e->ev->rec->time) > LATE_CHILD_SECONDS;
    return is_over || images_differ(e, p->image, image) ? NONE : process;
}

/*
 * The creator of a process. One that is not known was running before the log
 * begins: what the event says of it is all there is.
 */
static uint32_t creator_of(struct tcs_engine *e, uint32_t host, const struct numbers *n)
{
    const struct tcs_event *ev = e->ev;
    if (!n->has_creator_pid || n->creator_pid == n->pid)
        return NONE;
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_CREATOR_IMAGE], false);
    uint32_t creator = known_creator(e, host, n, image);
    if (creator == NONE) {
        creator = process_new(e, host, n->creator_pid, n->has_creator_guid ? n->creator_guid : NULL);
        if (creator == NONE)
            return NONE;
        process_edit(e, creator)->start = ev->rec->time;
        process_edit(e, creator)->flags |= is_audit_id(ev, n->creator_pid) ? P_AUDIT_ID : 0;
    }
    struct process *p = process_edit(e, creator);
    if (n->has_creator_guid)
        process_learn_guid(e, creator, n->creator_guid);
    if (p->image == NONE)
        p->image = image;
    if (p->account == NONE && !tcs_value_is_absent(ev->v[TCS_KEY_CREATOR_USER])) {
        struct claim user = claim_of_user(e, host, ev->v[TCS_KEY_CREATOR_USER], (struct tcs_value){0});
        p->account = user.account;
    }
    if (p->image != NONE && image_at(e, p->image)->worker)
        process_keep_command(e, p, ev->v[TCS_KEY_CREATOR_COMMAND]);
    lineage_consider(e, creator);
    return creator;
}

/* ---- who it runs as ---- */

/* What a record about a process says: whom it runs as, and who started it. */
struct claims {
    struct claim self, creator;
};

static struct claims claims_of(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    struct claims c = {.self = {.account = NONE}, .creator = {.account = NONE}};
    if (!tcs_value_is_absent(ev->v[TCS_KEY_USER])) {
        c.self = claim_of_user(e, host, ev->v[TCS_KEY_USER], ev->v[TCS_KEY_SUBJECT_LOGON]);
        return c;
    }
    struct claim subject = claim_of(e, host, ev, BY_SUBJECT);
    if (ev->traits & TCS_TRAIT_SUBJECT_IS_SELF)
        c.self = subject;
    if (ev->traits & TCS_TRAIT_SUBJECT_IS_CREATOR)
        c.creator = subject;
    if (ev->traits & TCS_TRAIT_TARGET_IS_SELF) {
        c.self = claim_of(e, host, ev, BY_TARGET);
        /* A target that is there but names nobody: the process runs as who started it. */
        bool has_target = ev->v[TCS_KEY_TARGET_SID].type != TCS_VALUE_NULL ||
                          ev->v[TCS_KEY_TARGET_LOGON].type != TCS_VALUE_NULL;
        if (c.self.account == NONE && has_target)
            c.self = subject;
    }
    return c;
}

/* Accounts that only services have: S-1-5-18, -19, -20, service and pool accounts. */
static bool is_service_account(const struct tcs_engine *e, const struct claim *c)
{
    if (c->account == NONE)
        return false;
    static const struct tcs_sid local_service = {12, {1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0}};
    static const struct tcs_sid network_service = {12, {1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0}};
    static const struct tcs_sid services = {12, {1, 1, 0, 0, 0, 0, 0, 5, 80, 0, 0, 0}};
    static const struct tcs_sid pools = {12, {1, 1, 0, 0, 0, 0, 0, 5, 82, 0, 0, 0}};
    const struct account *a = account_at(e, c->account);
    const struct tcs_sid *sid = &a->who.sid;
    bool by_logon = sid->len == 0 && (c->logon == 0x3e4 || c->logon == 0x3e5);
    return a->is_system || by_logon || tcs_sid_eq(sid, &local_service) || tcs_sid_eq(sid, &network_service) ||
           tcs_sid_below(sid, &services) || tcs_sid_below(sid, &pools);
}

static void learn_account(struct tcs_engine *e, struct process *p, const struct claim *self)
{
    if (self->account == NONE || (p->flags & P_ACCOUNT_FIRM))
        return;
    p->account = self->account;
    p->flags |= P_ACCOUNT_FIRM;
    if (is_service_account(e, self))
        p->flags |= P_SERVICE;
}

/* ---- the rules ---- */

static void report(struct tcs_engine *e, uint32_t process, enum tcs_rule rule, unsigned facts,
                   const struct verdict *v)
{
    struct tcs_evidence evidence = evidence_now(e, rule);
    finding_report(e, process, &evidence, facts, v);
}

/* After a process of the web account has rung: what it starts is below it, worker or not. */
static void mark_below(struct tcs_engine *e, uint32_t process)
{
    if (process_at(e, process)->root != NONE)
        return;
    process_edit(e, process)->root = process;
    lineage_mark_children(e, process);
}

/*
 * Applies the rules to a process of which a record tells the start or the
 * account. `who` is the claim the account rules go by.
 */
static void apply_rules(struct tcs_engine *e, uint32_t process, const struct claim *self,
                        const struct claim *who, enum tcs_rule account_rule)
{
    bool is_marked = (process_at(e, process)->flags & P_MARKED) != 0;
    if (!is_marked && !who->web)
        return;
    struct process *p = process_edit(e, process);
    p->flags |= who->web ? P_WEB : 0;
    struct verdict v = verdict_of(e, p->host, p->image, p->parent, self->account, e->ev->v[TCS_KEY_COMMAND]);
    unsigned changed = lineage_change_facts(e, p, self, v.is_listed);
    if (v.is_listed)
        p->flags |= P_JUDGED_LISTED;
    if (v.is_listed && v.severity == TCS_SEVERITY_NONE && !changed)
        return;
    unsigned facts = who->web | (is_marked ? lineage_facts(e, p) : 0) | changed | v.facts;
    if (who->web)
        report(e, process, account_rule, facts, &v);
    if (is_marked)
        report(e, process, TCS_RULE_SERVER_CHILD, facts, &v);
    if (changed)
        report(e, process, TCS_RULE_ACCOUNT_CHANGE, facts, &v);
    if (!v.is_listed)
        mark_below(e, process);
}

/* The process runs as the web account, says a record: rings unless its program is listed. */
static void judge_account(struct tcs_engine *e, uint32_t process, const struct claim *claim,
                          enum tcs_rule rule)
{
    if (!claim->web)
        return;
    struct process *p = process_edit(e, process);
    p->flags |= P_WEB;
    struct verdict v = verdict_of(e, p->host, p->image, p->parent, claim->account, e->ev->v[TCS_KEY_COMMAND]);
    if (v.is_listed && v.severity == TCS_SEVERITY_NONE)
        return;
    report(e, process, rule, claim->web | v.facts, &v);
    if (!v.is_listed)
        mark_below(e, process);
}

/* ---- start ---- */

static void set_start(struct tcs_engine *e, uint32_t process, const struct numbers *n, uint32_t image)
{
    const struct tcs_event *ev = e->ev;
    struct process *p = process_edit(e, process);
    uint64_t session;
    p->flags |= P_START_SEEN;
    p->flags |= is_audit_id(ev, n->pid) ? P_AUDIT_ID : 0;
    if (tcs_value_u64(ev->v[TCS_KEY_SESSION], &session) && session > 0)
        p->flags |= P_SESSION;
    p->image = image;
    p->start = ev->rec->time;
    p->start_record = ev->rec->record_id;
    p->start_origin = (uint8_t)ev->origin;
    p->creator_pid = n->creator_pid;
}

/*
 * The subject of a start before Windows 10 is whoever created the process, so
 * it tells the account of the creator. That is news if the creator's own
 * start could not tell it (592 says SYSTEM for what IIS starts).
 */
static void learn_of_creator(struct tcs_engine *e, uint32_t creator, const struct claim *claim)
{
    const struct process *p = process_at(e, creator);
    if (claim->account == NONE || p->image == NONE)
        return;
    const struct image *image = image_at(e, p->image);
    bool is_broker = worker_is_broker(image);
    /* A broker may have impersonated somebody; unless it is a server, or that somebody makes it one. */
    bool is_server = (p->flags & P_WORKER) || (claim->web && image->worker);
    if (p->account == NONE && (!is_broker || is_server)) {
        process_edit(e, creator)->account = claim->account;
        lineage_consider(e, creator);
    }
    if (claim->web && !(p->flags & (P_WORKER | P_WEB)) && !is_broker && (p->flags & P_START_SEEN) &&
        account_same(e, p->account, claim->account) != SAME_NO)
        judge_account(e, creator, claim, TCS_RULE_ACCOUNT_JOINED);
}

static void inherit(struct tcs_engine *e, uint32_t process, uint32_t creator)
{
    process_set_parent(e, process, creator);
    const struct process *now = process_at(e, process), *above = process_at(e, creator);
    if (now->parent == creator && above->root != NONE && now->root == NONE) {
        struct process *p = process_edit(e, process);
        p->flags |= P_MARKED;
        p->root = above->root;
    }
}

/* The program was opened by the web account just before: now the whole path and the account are known. */
static void join_open(struct tcs_engine *e, uint32_t process, struct open_program *o)
{
    struct process *p = process_edit(e, process);
    enum tcs_path_kind kind = p->image == NONE ? TCS_PATH_NONE : image_at(e, p->image)->path.kind;
    if (kind != TCS_PATH_DRIVE && kind != TCS_PATH_UNC)
        p->image = o->image;
    if (!(p->flags & P_ACCOUNT_FIRM) && o->claim.account != NONE)
        p->account = o->claim.account;
    struct verdict v =
        verdict_of(e, p->host, p->image, p->parent, o->claim.account, e->ev->v[TCS_KEY_COMMAND]);
    if (v.is_listed && v.severity == TCS_SEVERITY_NONE)
        return;
    if (o->ref.incident != NONE)
        finding_adopt(e, process, o->ref);
    unsigned facts = o->claim.web | v.facts;
    finding_report(e, process, &o->evidence, facts, &v);
    report(e, process, TCS_RULE_ACCOUNT_JOINED, facts, &v);
    if (!v.is_listed)
        mark_below(e, process);
}

static bool is_dedicated_alarm(struct tcs_engine *e, const struct process *p)
{
    if (!e->rules->dedicated || (p->flags & (P_REPORTED | P_WORKER | P_SESSION)) || p->image == NONE)
        return false;
    return !is_system_program(e, p->host, p->image, p->parent, p->account, e->ev->v[TCS_KEY_COMMAND]);
}

static void finish_start(struct tcs_engine *e, uint32_t host, uint32_t process, uint32_t creator,
                         const struct claims *c)
{
    struct process *p = process_edit(e, process);
    bool self_known = c->self.account != NONE;
    const struct claim *who = self_known ? &c->self : &c->creator;
    learn_account(e, p, &c->self);
    p->flags |= who->web ? P_START_WEB : 0;
    if (creator != NONE)
        learn_of_creator(e, creator, &c->creator);
    if ((p->flags & P_MARKED) || who->web || (p->image != NONE && image_at(e, p->image)->worker))
        process_keep_command(e, p, e->ev->v[TCS_KEY_COMMAND]);
    /* Below the first generation the creator is one of ours, and what it starts runs as it does. */
    bool below_first = creator != NONE && (process_at(e, creator)->flags & P_MARKED) && (p->flags & P_MARKED);
    struct claim nobody = {.account = NONE};
    const struct claim *self = self_known ? &c->self : below_first ? &c->creator : &nobody;
    apply_rules(e, process, self, who, TCS_RULE_ACCOUNT_START);
    if (p->image != NONE)
        host_learn_root(e, host, image_at(e, p->image), who);
    lineage_consider(e, process);
}

void judge_start(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    struct numbers n = numbers_of(ev);
    e->counts.starts++;
    if (!n.has_pid) {
        e->counts.ignored_torn++;
        return;
    }
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_IMAGE], old_paths(ev));
    struct claims c = claims_of(e, host);
    uint32_t process = n.has_guid ? process_find_guid(e, host, n.guid) : NONE;
    if (process == NONE)
        process = process_find(e, host, n.pid);
    bool known = process != NONE && is_known_start(e, process_at(e, process), image);
    if (known && process_at(e, process)->start_origin == ev->origin) {
        e->counts.duplicates++;
        return;
    }
    if (!known) {
        process = process_new(e, host, n.pid, n.has_guid ? n.guid : NULL);
        if (process == NONE)
            return;
        set_start(e, process, &n, image);
    } else if (n.has_guid) {
        process_learn_guid(e, process, n.guid);
    }
    uint32_t creator = creator_of(e, host, &n);
    if (creator != NONE)
        inherit(e, process, creator);
    struct open_program *o = n.has_creator_pid ? open_match(e, host, n.creator_pid, image) : NULL;
    if (o) {
        join_open(e, process, o);
        open_forget(e, host, o);
    }
    finish_start(e, host, process, creator, &c);
    if (is_dedicated_alarm(e, process_at(e, process)))
        report(e, process, TCS_RULE_DEDICATED_START, TCS_FACT_DEDICATED, NULL);
}

/* ---- exit ---- */

/* A program that its record has a place for and does not name is one that nobody knows. */
static bool is_nameless(const struct tcs_event *ev, uint32_t image)
{
    return image == NONE && !(ev->traits & TCS_TRAIT_NO_IMAGE);
}

static uint32_t exiting_process(struct tcs_engine *e, uint32_t host, const struct numbers *n, uint32_t image,
                                const struct claim *self)
{
    uint32_t process = n->has_guid ? process_find_guid(e, host, n->guid) : NONE;
    if (process == NONE)
        process = process_find(e, host, n->pid);
    if (process != NONE && !images_differ(e, process_at(e, process)->image, image))
        return process;
    if (image == NONE && !(self->web && is_nameless(e->ev, image)))
        return NONE; /* neither this record nor an earlier one says which program it was */
    process = process_new(e, host, n->pid, n->has_guid ? n->guid : NULL);
    if (process != NONE)
        process_edit(e, process)->start = e->ev->rec->time;
    return process;
}

void judge_exit(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    struct numbers n = numbers_of(ev);
    e->counts.exits++;
    if (!n.has_pid) {
        e->counts.ignored_torn++;
        return;
    }
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_IMAGE], false);
    struct claims c = claims_of(e, host);
    uint32_t process = exiting_process(e, host, &n, image, &c.self);
    if (process == NONE) {
        e->counts.exits_without_image += image == NONE;
        return;
    }
    struct process *p = process_edit(e, process);
    /* One record has the program, the other the account: 593 before XP, and 4688 before Windows 10. */
    bool named_another =
        ev->origin == TCS_ORIGIN_AUDITING && (p->flags & (P_START_SEEN | P_START_WEB)) == P_START_SEEN;
    bool was_joined = p->image != NONE && (image == NONE || named_another);
    if (p->image == NONE)
        p->image = image;
    p->flags |= is_audit_id(ev, n.pid) ? P_AUDIT_ID : 0;
    if (c.self.web) {
        /* The account at exit is the process's own; the one at start may have been its creator's. */
        if (!(p->flags & P_ACCOUNT_FIRM))
            p->account = c.self.account;
        if (image != NONE || (p->image == NONE && is_nameless(ev, image)))
            judge_account(e, process, &c.self, TCS_RULE_ACCOUNT_EXIT);
        if (was_joined)
            judge_account(e, process, &c.self, TCS_RULE_ACCOUNT_JOINED);
    }
    process_exit(e, process, ev->rec->time);
}

/* ---- token ---- */

void judge_token(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    struct numbers n = numbers_of(ev);
    e->counts.tokens++;
    if (!n.has_pid) {
        e->counts.ignored_torn++;
        return;
    }
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_IMAGE], false);
    struct claims c = claims_of(e, host);
    uint32_t process = process_find(e, host, n.pid);
    if (process == NONE || images_differ(e, process_at(e, process)->image, image)) {
        process = process_new(e, host, n.pid, NULL);
        if (process == NONE)
            return;
        process_edit(e, process)->start = ev->rec->time;
    }
    struct process *p = process_edit(e, process);
    /* 600 knows the drive that 592 may not know. */
    if (image != NONE && (p->image == NONE || image_at(e, p->image)->path.kind != TCS_PATH_DRIVE))
        p->image = image;
    uint32_t creator = creator_of(e, host, &n);
    if (creator != NONE)
        inherit(e, process, creator);
    p->flags &= (uint16_t)~P_ACCOUNT_FIRM; /* what its start said was its creator's */
    learn_account(e, p, &c.self);
    apply_rules(e, process, &c.self, &c.self, TCS_RULE_ACCOUNT_START);
    lineage_consider(e, process);
}
