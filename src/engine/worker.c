#include "engine/worker.h"

#include <stdlib.h>

enum { ANCESTORS_MOST = 64 }; /* generations that are looked back */

/* What a program among the ancestors says of where a process comes from. */
enum origin_kind { FROM_NOTHING, FROM_SERVICE, FROM_DESKTOP, FROM_SHELL };

static const struct {
    struct tcs_str name;
    enum origin_kind kind;
} telling_programs[] = {
    {TCS_STR_INIT("SERVICES.EXE"), FROM_SERVICE},
    {TCS_STR_INIT("EXPLORER.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("USERINIT.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("SIHOST.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("PROGMAN.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("TASKMGR.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("WINDOWSTERMINAL.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("DEVENV.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("CODE.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("RDPCLIP.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("SSHD.EXE"), FROM_DESKTOP},
    {TCS_STR_INIT("CMD.EXE"), FROM_SHELL},
    {TCS_STR_INIT("COMMAND.COM"), FROM_SHELL},
    {TCS_STR_INIT("POWERSHELL.EXE"), FROM_SHELL},
    {TCS_STR_INIT("POWERSHELL_ISE.EXE"), FROM_SHELL},
    {TCS_STR_INIT("PWSH.EXE"), FROM_SHELL},
    {TCS_STR_INIT("BASH.EXE"), FROM_SHELL},
};

static enum origin_kind telling(const struct image *image)
{
    for (size_t i = 0; i < sizeof telling_programs / sizeof telling_programs[0]; i++)
        if (tcs_str_eq(image->path.name, telling_programs[i].name))
            return telling_programs[i].kind;
    return FROM_NOTHING;
}

/*
 * Programs that start others on behalf of somebody else, or while they
 * impersonate somebody: their children's records name that somebody.
 */
static const struct tcs_str brokers[] = {
    TCS_STR_INIT("SERVICES.EXE"), TCS_STR_INIT("SVCHOST.EXE"),  TCS_STR_INIT("WMIPRVSE.EXE"),
    TCS_STR_INIT("DLLHOST.EXE"),  TCS_STR_INIT("MTX.EXE"),      TCS_STR_INIT("WINLOGON.EXE"),
    TCS_STR_INIT("LSASS.EXE"),    TCS_STR_INIT("CSRSS.EXE"),    TCS_STR_INIT("SMSS.EXE"),
    TCS_STR_INIT("WININIT.EXE"),  TCS_STR_INIT("TASKENG.EXE"),  TCS_STR_INIT("TASKHOSTW.EXE"),
    TCS_STR_INIT("TASKHOST.EXE"), TCS_STR_INIT("MSTASK.EXE"),   TCS_STR_INIT("RPCSS.EXE"),
    TCS_STR_INIT("CONSENT.EXE"),  TCS_STR_INIT("INETINFO.EXE"),
};

bool worker_is_broker(const struct image *image)
{
    for (size_t i = 0; i < sizeof brokers / sizeof brokers[0]; i++)
        if (tcs_str_eq(image->path.name, brokers[i]))
            return true;
    return false;
}

/* Where a process comes from, by the first ancestor that tells. */
static enum origin_kind comes_from(const struct tcs_engine *e, const struct process *p)
{
    if (p->flags & P_SESSION)
        return FROM_DESKTOP;
    bool through_shell = false;
    uint32_t at = p->parent;
    for (unsigned i = 0; at != NONE && i < ANCESTORS_MOST; i++, at = process_at(e, at)->parent) {
        const struct process *above = process_at(e, at);
        if (above->flags & P_WORKER)
            return FROM_SERVICE;
        if (above->flags & P_SESSION)
            return FROM_DESKTOP;
        enum origin_kind kind = above->image == NONE ? FROM_NOTHING : telling(image_at(e, above->image));
        if (kind == FROM_SERVICE || kind == FROM_DESKTOP)
            return kind;
        through_shell = through_shell || kind == FROM_SHELL;
    }
    return through_shell ? FROM_DESKTOP : FROM_NOTHING;
}

static bool parent_fits(const struct tcs_engine *e, const struct process *p, const struct tcs_str *patterns,
                        size_t count)
{
    if (p->parent == NONE || process_at(e, p->parent)->image == NONE)
        return false;
    const struct tcs_path *path = &image_at(e, process_at(e, p->parent)->image)->path;
    for (size_t i = 0; i < count; i++)
        if (tcs_image_fits(path, patterns[i]))
            return true;
    return false;
}

static bool command_has(const struct process *p, const struct tcs_strs *parts)
{
    struct tcs_str command = {p->command, p->command_len};
    for (size_t i = 0; p->command && i < parts->count; i++)
        if (tcs_str_has_ascii_nocase(command, parts->at[i]))
            return true;
    return false;
}

/*
 * What makes a program that may be a web server one: TCS_FACT_WORKER_*, or 0
 * if it is none (somebody's desktop, or not confirmed where it must be).
 */
static unsigned generic_facts(const struct tcs_engine *e, const struct process *p,
                              const struct tcs_rule_worker *r)
{
    const struct tcs_confirmation *c = &r->worker->confirm;
    enum origin_kind from = comes_from(e, p);
    if (from == FROM_DESKTOP)
        return 0;
    bool by_account = p->account != NONE && (account_at(e, p->account)->rule ||
                                             tcs_account_fits(&account_at(e, p->account)->who, &c->accounts));
    if (by_account || command_has(p, &c->commands) || parent_fits(e, p, r->confirm_parents, c->parents.count))
        return TCS_FACT_WORKER_FIRM;
    if (r->worker->only_confirmed)
        return 0;
    return from == FROM_SERVICE || (p->flags & P_SERVICE) ? TCS_FACT_WORKER_BY_NAME
                                                          : TCS_FACT_WORKER_UNCONFIRMED;
}

static unsigned worker_facts(const struct tcs_engine *e, const struct process *p, const struct image *image)
{
    const struct tcs_rule_worker *r = image->worker;
    bool has_starter = p->parent != NONE && process_at(e, p->parent)->image != NONE;
    /* Only its own service starts it: anything else that bears the name is no server. */
    if (r->worker->started_by.count && has_starter &&
        !parent_fits(e, p, r->started_by, r->worker->started_by.count))
        return 0;
    if (r->worker->generic)
        return generic_facts(e, p, r);
    return image->worker_fit == TCS_FIT_NAME ? TCS_FACT_WORKER_BY_NAME : TCS_FACT_WORKER_FIRM;
}

/* The value of an option on a command line: -ap "DefaultAppPool". Quotes are taken off. */
static struct tcs_str option_value(struct tcs_str command, struct tcs_str option)
{
    for (size_t at = 0; at + option.len < command.len; at++) {
        bool starts = at == 0 || command.p[at - 1] == ' ';
        if (!starts || !tcs_str_eq_ascii_nocase(tcs_str_cut(command, at, at + option.len), option) ||
            command.p[at + option.len] != ' ')
            continue;
        struct tcs_str rest = tcs_str_cut(command, at + option.len + 1, command.len);
        if (rest.len && rest.p[0] == '"') {
            rest = tcs_str_cut(rest, 1, rest.len);
            return tcs_str_cut(rest, 0, tcs_str_find(rest, '"'));
        }
        return tcs_str_cut(rest, 0, tcs_str_find(rest, ' '));
    }
    return (struct tcs_str){NULL, 0};
}

static void learn_pool(struct tcs_engine *e, uint32_t process)
{
    const struct process *now = process_at(e, process);
    struct tcs_str option = now->worker->worker->pool_option;
    if (now->pool || now->command == NULL || option.len == 0)
        return;
    struct process *p = process_edit(e, process);
    struct tcs_str pool = option_value((struct tcs_str){p->command, p->command_len}, option);
    p->pool = pool.p ? malloc(pool.len + 1) : NULL;
    e->counts.no_memory += pool.p && p->pool == NULL;
    if (p->pool) {
        memcpy(p->pool, pool.p, pool.len);
        p->pool[pool.len] = '\0';
    }
}

bool worker_become(struct tcs_engine *e, uint32_t process)
{
    const struct process *now = process_at(e, process);
    if (now->image == NONE || image_at(e, now->image)->worker == NULL || (now->flags & P_REPORTED))
        return false;
    /* Below a worker only a program that may be run there can be a worker too. */
    if ((now->flags & P_MARKED) && !(now->flags & P_JUDGED_LISTED))
        return false;
    if ((now->flags & P_WORKER) && now->worker && !(now->worker_facts & TCS_FACT_WORKER_UNCONFIRMED)) {
        learn_pool(e, process);
        return false;
    }
    unsigned facts = worker_facts(e, now, image_at(e, now->image));
    if (facts == 0)
        return false;
    struct process *p = process_edit(e, process);
    p->flags |= P_WORKER;
    p->worker = image_at(e, p->image)->worker;
    p->worker_facts = (uint16_t)facts;
    learn_pool(e, process);
    if (!(p->flags & P_MARKED))
        p->root = process;
    return true;
}
