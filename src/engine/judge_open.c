#include "engine/judge_open.h"
#include "engine/evidence.h"
#include "engine/finding.h"
#include "engine/identity.h"
#include "engine/image.h"
#include "engine/lineage.h"
#include "engine/opens.h"
#include "engine/process.h"
#include "engine/verdict.h"

enum { EXECUTE = 0x20 }; /* FILE_EXECUTE; the same bit means traverse on a folder */

/* Files that are programs by their name: opening one for execution is worth ringing before it is started. */
static const struct tcs_str program_endings[] = {
    TCS_STR_INIT(".EXE"), TCS_STR_INIT(".COM"), TCS_STR_INIT(".SCR"),
    TCS_STR_INIT(".BAT"), TCS_STR_INIT(".CMD"), TCS_STR_INIT(".PIF"),
};

static bool is_program_name(const struct tcs_path *path)
{
    for (size_t i = 0; i < sizeof program_endings / sizeof program_endings[0]; i++)
        if (tcs_str_ends(path->name, program_endings[i]))
            return true;
    return false;
}

/* True if the text of accesses holds the code %%4421, execute or traverse. */
static bool list_has_execute(struct tcs_engine *e, struct tcs_value accesses)
{
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_buf_value(&text, accesses);
    bool has = tcs_str_has_ascii_nocase(tcs_buf_view(&text), TCS_STR("%%4421"));
    e->counts.no_memory += text.starved;
    tcs_buf_done(&text);
    return has;
}

static bool wants_execute(struct tcs_engine *e, const struct tcs_event *ev)
{
    uint64_t mask;
    if (tcs_value_u64(ev->v[TCS_KEY_ACCESS_MASK], &mask))
        return (mask & EXECUTE) != 0;
    return list_has_execute(e, ev->v[TCS_KEY_ACCESSES]);
}

/* Audit failures tell of programs that were not opened. */
static bool is_success(const struct tcs_event *ev)
{
    uint64_t keywords;
    const uint64_t failure = UINT64_C(0x0010000000000000);
    return !tcs_value_u64(ev->rec->system[TCS_SYS_KEYWORDS], &keywords) || !(keywords & failure);
}

static bool is_file(const struct tcs_event *ev)
{
    struct tcs_value type = ev->v[TCS_KEY_OBJECT_TYPE];
    return tcs_value_is_absent(type) || tcs_value_eq_ascii_nocase(type, TCS_STR("File"));
}

/*
 * Who opened it: the client if somebody was impersonated, else the process.
 * In .evt the record's SID is that of the one who counts.
 */
static struct claim effective_claim(struct tcs_engine *e, uint32_t host, const struct tcs_event *ev)
{
    if (ev->origin != TCS_ORIGIN_SECURITY_EVT)
        return claim_of(e, host, ev, BY_SUBJECT);
    struct tcs_event copy = *ev;
    bool impersonates = !tcs_value_is_absent(ev->v[TCS_KEY_TARGET_NAME]);
    copy.v[TCS_KEY_TARGET_SID] = ev->v[TCS_KEY_SUBJECT_SID];
    return claim_of(e, host, &copy, impersonates ? BY_TARGET : BY_SUBJECT);
}

/* The process that opened something; learned from the event if it was not known. */
static uint32_t opener_of(struct tcs_engine *e, uint32_t host, const struct tcs_event *ev, uint64_t pid)
{
    uint32_t process = process_find(e, host, pid);
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_IMAGE], false);
    if (process == NONE) {
        process = process_new(e, host, pid, NULL);
        if (process == NONE)
            return NONE;
        process_edit(e, process)->start = ev->rec->time;
    }
    if (process_at(e, process)->image == NONE && image != NONE) {
        process_edit(e, process)->image = image;
        lineage_consider(e, process);
    }
    return process;
}

/*
 * Only the web server runs as SYSTEM and acts as the web account. Before XP
 * nothing else tells which process it is: 560 has no image, and its own start
 * lies before the log.
 */
static void infer_worker(struct tcs_engine *e, uint32_t host, uint32_t opener, const struct tcs_event *ev,
                         const struct claim *client)
{
    const struct process *before = process_at(e, opener);
    if (!client->web || before->image != NONE || (before->flags & P_WORKER))
        return;
    struct tcs_event copy = *ev;
    copy.v[TCS_KEY_SUBJECT_SID] = (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
    struct claim primary = claim_of(e, host, &copy, BY_SUBJECT);
    const uint64_t system_logon = 0x3e7;
    if (primary.account == NONE || primary.logon != system_logon || client->logon == system_logon)
        return;
    struct process *p = process_edit(e, opener);
    p->flags |= P_WORKER | P_INFERRED;
    p->worker_facts = (uint16_t)TCS_FACT_WORKER_INFERRED;
    p->account = primary.account;
    p->root = opener;
    lineage_mark_children(e, opener);
}

static void ring_if_program(struct tcs_engine *e, uint32_t host, uint32_t opener, struct open_program *o)
{
    const struct image *image = image_at(e, o->image);
    if (!is_program_name(&image->path))
        return; /* a library, as far as its name tells; it rings if it is started */
    struct verdict v = verdict_of(e, host, o->image, opener, o->claim.account, (struct tcs_value){0});
    if (v.is_listed)
        return;
    open_touch(e, host, o);
    o->ref = finding_report_open(e, host, opener, o, o->claim.web | TCS_FACT_NOT_STARTED);
}

void judge_open(struct tcs_engine *e, uint32_t host)
{
    const struct tcs_event *ev = e->ev;
    uint64_t pid;
    e->counts.opens++;
    if (!is_file(ev) || !is_success(ev) || !wants_execute(e, ev) || !tcs_value_u64(ev->v[TCS_KEY_PID], &pid))
        return;
    struct claim who = effective_claim(e, host, ev);
    uint32_t opener = opener_of(e, host, ev, pid);
    uint32_t image = image_of(e, host, ev->v[TCS_KEY_OBJECT_NAME], false);
    if (opener == NONE || image == NONE)
        return;
    infer_worker(e, host, opener, ev, &who);
    if (!who.web)
        return;
    /* Starting a program opens it several times; that is one finding. */
    struct open_program *same = open_find_same(e, host, pid, image);
    if (same) {
        struct tcs_evidence evidence = evidence_now(e, TCS_RULE_ACCOUNT_OPEN);
        finding_add(e, same->ref, &evidence);
        return;
    }
    struct open_program *o = open_remember(e, host, pid, image, &who);
    if (o)
        ring_if_program(e, host, opener, o);
}

/* 567 names no file: the handle leads to the open that does. */
static void access_by_handle(struct tcs_engine *e, uint32_t host, uint64_t pid)
{
    uint64_t handle;
    if (!tcs_value_u64(e->ev->v[TCS_KEY_HANDLE], &handle))
        return;
    const struct open_program *o = open_find_handle(e, host, pid, handle);
    struct tcs_evidence evidence = evidence_now(e, TCS_RULE_ACCOUNT_OPEN);
    if (o)
        finding_add(e, o->ref, &evidence);
}

void judge_access(struct tcs_engine *e, uint32_t host)
{
    uint64_t pid;
    if (!tcs_value_is_absent(e->ev->v[TCS_KEY_OBJECT_NAME])) {
        judge_open(e, host); /* 4663 says everything itself */
        return;
    }
    e->counts.opens++;
    if (wants_execute(e, e->ev) && tcs_value_u64(e->ev->v[TCS_KEY_PID], &pid))
        access_by_handle(e, host, pid);
}
