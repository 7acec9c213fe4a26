#include "engine/verdict.h"

#include "base/fold.h"

/* What is known of the place where a program is to be run. */
struct place {
    const struct tcs_engine *e;
    const struct process *parent; /* NULL: unknown, or its program is */
    const struct process *root;   /* the worker above; NULL: none known */
    uint32_t image;
    uint32_t account;
    struct tcs_value command;
    bool is_dedicated; /* also entries that only serve dedicated-start */
};

/* How an entry's condition is met. */
enum met { NOT_MET, MET_SOFTLY, MET };

static enum met parent_met(const struct place *x, const struct tcs_rule_need *r)
{
    if (r->need->parents.count == 0)
        return MET;
    if (x->parent == NULL)
        return MET_SOFTLY;
    const struct image *parent = image_at(x->e, x->parent->image);
    for (size_t i = 0; i < r->need->parents.count; i++) {
        if (r->parents[i].len) {
            if (tcs_image_fits(&parent->path, r->parents[i]))
                return MET;
        } else if ((x->parent->flags & P_WORKER) && x->parent->worker &&
                   x->parent->worker->profile == r->profile) {
            return MET;
        }
    }
    return NOT_MET;
}

static bool text_in(struct tcs_str text, const struct tcs_strs *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (tcs_fold_eq(text, list->at[i]))
            return true;
    return false;
}

/* The same with * for any characters. */
static bool fits_one(struct tcs_str text, const struct tcs_strs *patterns)
{
    enum { POOL_MOST = 256 };
    char folded[POOL_MOST], pattern[POOL_MOST];
    if (text.len > POOL_MOST)
        return false;
    tcs_fold(text, folded);
    for (size_t i = 0; i < patterns->count; i++) {
        if (patterns->at[i].len > POOL_MOST)
            continue;
        tcs_fold(patterns->at[i], pattern);
        if (tcs_text_fits((struct tcs_str){folded, text.len}, (struct tcs_str){pattern, patterns->at[i].len}))
            return true;
    }
    return false;
}

static bool pool_met(const struct place *x, const struct tcs_rule_need *r)
{
    if (r->need->pools.count == 0)
        return true;
    return x->root && x->root->pool && fits_one(tcs_str_of(x->root->pool), &r->need->pools);
}

static bool account_met(const struct place *x, const struct tcs_rule_need *r)
{
    if (r->need->accounts.count == 0)
        return true;
    return x->account != NONE && tcs_account_fits(&account_at(x->e, x->account)->who, &r->need->accounts);
}

/* Exactly one of the listed command lines; a command line that was not logged fits none. */
static bool command_met(const struct place *x, const struct tcs_rule_need *r)
{
    if (r->need->commands.count == 0)
        return true;
    if (tcs_value_is_absent(x->command))
        return false;
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_buf_value(&text, x->command);
    bool met = !text.bad && text_in(tcs_buf_view(&text), &r->need->commands);
    tcs_buf_done(&text);
    return met;
}

/* The user's entries first, then those that say more. */
static unsigned specificity(const struct tcs_rule_need *r)
{
    const struct tcs_need *n = r->need;
    return (r->profile == NULL ? 8u : 0u) + (n->pools.count != 0) + (n->accounts.count != 0) +
           (n->commands.count != 0);
}

static struct verdict verdict_by(const struct tcs_rule_need *r, enum tcs_fit fit, enum met met)
{
    struct verdict v = {.is_listed = true, .severity = r->need->severity, .note = r->need->note};
    if (v.severity != TCS_SEVERITY_NONE)
        v.facts |= TCS_FACT_NEED_NOTED;
    /* What cannot be verified is worth a note, not an alarm: every start of the program would be one. */
    if (fit == TCS_FIT_NAME) {
        v.facts |= TCS_FACT_NAME_ONLY;
        v.severity = v.severity ? v.severity : TCS_NOTE;
    }
    if (met == MET_SOFTLY) {
        v.facts |= TCS_FACT_PARENT_UNKNOWN;
        v.severity = v.severity ? v.severity : TCS_NOTE;
    }
    return v;
}

/* A server that forks: the same program at the same place as the worker that started it. */
static bool is_fork(const struct place *x)
{
    if (x->parent == NULL || !(x->parent->flags & P_WORKER) || x->parent->worker == NULL ||
        !x->parent->worker->worker->forks)
        return false;
    const struct tcs_path *a = &image_at(x->e, x->parent->image)->path;
    const struct tcs_path *b = &image_at(x->e, x->image)->path;
    return a->kind == b->kind && a->kind != TCS_PATH_OTHER && tcs_str_eq(a->folded, b->folded);
}

/*
 * A worker at its usual place may be started by its service manager. Started
 * by anything else it is not the server but somebody who uses its program.
 */
static enum met worker_met(const struct place *x)
{
    const struct image *image = image_at(x->e, x->image);
    if (image->worker == NULL || !image->worker->is_full || image->worker_fit == TCS_FIT_NAME ||
        image->worker->worker->started_by.count == 0)
        return NOT_MET;
    if (x->parent == NULL)
        return MET;
    const struct tcs_rule_worker *r = image->worker;
    for (size_t i = 0; i < r->worker->started_by.count; i++)
        if (tcs_image_fits(&image_at(x->e, x->parent->image)->path, r->started_by[i]))
            return MET;
    return NOT_MET;
}

static bool better(const struct tcs_rule_need *r, enum met met, const struct tcs_rule_need *best,
                   enum met best_met)
{
    if (best == NULL || met != best_met)
        return best == NULL || met > best_met;
    return specificity(r) > specificity(best);
}

static struct place place_of(const struct tcs_engine *e, uint32_t image, uint32_t parent, uint32_t account,
                             struct tcs_value command)
{
    struct place x = {.e = e, .image = image, .account = account, .command = command};
    if (parent != NONE) {
        const struct process *p = process_at(e, parent);
        x.parent = p->image != NONE ? p : NULL;
        x.root = p->root != NONE ? process_at(e, p->root) : NULL;
    }
    return x;
}

static struct verdict find_verdict(const struct tcs_engine *e, uint32_t host, const struct place *x)
{
    if (is_fork(x) || worker_met(x) == MET)
        return (struct verdict){.is_listed = true};
    const struct tcs_ruleset *rules = host_rules(e, host_at(e, host));
    const struct image *program = image_at(e, x->image);
    const struct tcs_rule_need *best = NULL;
    enum tcs_fit fit, best_fit = TCS_FIT_NONE;
    enum met best_met = NOT_MET;
    for (const struct tcs_rule_need *r = NULL;
         (r = tcs_ruleset_next_need(rules, &program->path, program->old_paths, program->windows, r, &fit)) !=
         NULL;) {
        enum met met = parent_met(x, r);
        if (met == NOT_MET || (r->need->dedicated && !x->is_dedicated) || !pool_met(x, r) ||
            !account_met(x, r) || !command_met(x, r) || !better(r, met, best, best_met))
            continue;
        best = r;
        best_fit = fit;
        best_met = met;
    }
    return best ? verdict_by(best, best_fit, best_met) : (struct verdict){.severity = TCS_SEVERITY_NONE};
}

struct verdict verdict_of(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent,
                          uint32_t account, struct tcs_value command)
{
    if (image == NONE)
        return (struct verdict){.severity = TCS_SEVERITY_NONE};
    struct place x = place_of(e, image, parent, account, command);
    return find_verdict(e, host, &x);
}

bool is_system_program(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent, uint32_t account,
                       struct tcs_value command)
{
    struct place x = place_of(e, image, parent, account, command);
    x.is_dedicated = true;
    return find_verdict(e, host, &x).is_listed;
}
