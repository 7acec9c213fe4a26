#include "engine/lineage.h"
#include "engine/evidence.h"
#include "engine/finding.h"
#include "engine/identity.h"
#include "engine/worker.h"

unsigned lineage_facts(const struct tcs_engine *e, const struct process *p)
{
    if (p->root == NONE)
        return 0;
    const struct process *root = process_at(e, p->root);
    /* A root that is no worker is a process of the web account that rang by itself. */
    return root->flags & P_WORKER ? root->worker_facts : TCS_FACT_WORKER_INFERRED;
}

/* The account that a process below a worker should have: that of the nearest one above of whom it is known.
 */
static uint32_t expected_account(const struct tcs_engine *e, const struct process *p, bool of_parent)
{
    const struct process *root = process_at(e, p->root);
    if (!of_parent && root->account != NONE)
        return root->account;
    uint32_t at = p->parent;
    for (unsigned i = 0; at != NONE && i < 64; i++) {
        const struct process *above = process_at(e, at);
        if (above->account != NONE)
            return above->account;
        if (at == p->root)
            break;
        at = above->parent;
    }
    return NONE;
}

unsigned lineage_change_facts(const struct tcs_engine *e, const struct process *p, const struct claim *self,
                              bool is_listed)
{
    if (!(p->flags & P_MARKED) || p->root == NONE || self->account == NONE || self->web)
        return 0;
    uint32_t expected = expected_account(e, p, is_listed);
    if (account_same(e, expected, self->account) != SAME_NO)
        return 0;
    return account_at(e, self->account)->is_system ? TCS_FACT_NOW_SYSTEM : TCS_FACT_NOW_OTHER;
}

/* A process that was marked after its start: does it ring? */
static void ring_late(struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    if (!(p->flags & P_START_SEEN) || p->image == NONE)
        return;
    struct tcs_str command = {p->command, p->command_len};
    struct verdict v = verdict_of(e, p->host, p->image, p->parent, p->account,
                                  p->command ? tcs_value_of_str(command) : (struct tcs_value){0});
    struct claim self = {.account = p->flags & P_ACCOUNT_FIRM ? p->account : NONE};
    if (self.account != NONE && account_at(e, self.account)->rule)
        self.web = TCS_FACT_ACCOUNT_BY_NAME;
    unsigned changed = lineage_change_facts(e, p, &self, v.is_listed);
    if (v.is_listed)
        process_edit(e, process)->flags |= P_JUDGED_LISTED;
    if (v.is_listed && v.severity == TCS_SEVERITY_NONE && !changed)
        return;
    unsigned facts = lineage_facts(e, p) | changed | v.facts;
    struct tcs_evidence evidence = evidence_of_start(e, p, TCS_RULE_SERVER_CHILD);
    finding_report(e, process, &evidence, facts, &v);
    if (changed) {
        evidence.rule = TCS_RULE_ACCOUNT_CHANGE;
        finding_report(e, process, &evidence, facts, &v);
    }
}

/* Marks the process, and what it has started, as descending from root. */
static void mark(struct tcs_engine *e, uint32_t process, uint32_t root)
{
    uint32_t at = process;
    for (;;) {
        const struct process *p = process_at(e, at);
        bool is_new = !(p->flags & P_MARKED) && at != root;
        if (is_new) {
            process_edit(e, at)->flags |= P_MARKED;
            process_edit(e, at)->root = root;
            ring_late(e, at);
            worker_become(e, at);
        }
        /* Down to the first child, else to the next sibling, else up until there is one: no stack needed. */
        if ((is_new || at == process) && p->first_child != NONE) {
            at = p->first_child;
            continue;
        }
        while (at != process && process_at(e, at)->next_sibling == NONE)
            at = process_at(e, at)->parent;
        if (at == process)
            return;
        at = process_at(e, at)->next_sibling;
    }
}

void lineage_mark_children(struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    for (uint32_t child = p->first_child; child != NONE; child = process_at(e, child)->next_sibling)
        mark(e, child, p->root);
}

void lineage_consider(struct tcs_engine *e, uint32_t process)
{
    if (worker_become(e, process))
        lineage_mark_children(e, process);
}
