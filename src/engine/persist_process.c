#include "engine/incident.h"
#include "engine/persist_rows.h"
#include "engine/process.h"

#include <stdlib.h>

enum { COMMAND_MOST = 1 << 20, NAME_MOST = 1 << 20 };

/* ---- rows ---- */

/* The entry that makes a process a worker, by its profile and its words: rules are read anew at every start.
 */
static void carry_worker(struct row *r, const struct tcs_engine *e, struct process *p)
{
    struct tcs_str profile = {"", 0}, image = {"", 0};
    if (p->worker) {
        image = p->worker->worker->image;
        profile = p->worker->profile ? p->worker->profile->name : profile;
    }
    row_str(r, &profile, NAME_MOST);
    row_str(r, &image, NAME_MOST);
    if (!row_loads(r) || image.len == 0)
        return;
    const struct tcs_ruleset *rules = e->rulesets[0];
    if (!r->bad && p->host < e->hosts.used && host_at(e, p->host)->name.p)
        rules = host_rules(e, host_at(e, p->host));
    for (size_t i = 0; i < rules->worker_count; i++) {
        const struct tcs_rule_worker *w = &rules->workers[i];
        struct tcs_str name = w->profile ? w->profile->name : (struct tcs_str){"", 0};
        if (p->worker == NULL && tcs_str_eq(name, profile) && tcs_str_eq(w->worker->image, image))
            p->worker = w;
    }
    /* What the rules no longer call a server is none. */
    if (p->worker == NULL)
        p->flags &= (uint16_t)~P_WORKER;
}

static void carry_numbers(struct row *r, const struct tcs_engine *e, struct process *p)
{
    row_place(r, &p->host, e->hosts.used);
    row_u64(r, &p->pid, UINT64_MAX);
    row_u64(r, &p->creator_pid, UINT64_MAX);
    row_raw(r, p->guid, sizeof p->guid);
    row_u64(r, &p->born, e->serial);
    row_u64(r, &p->linked, e->serial);
    row_place(r, &p->parent, NONE);
    row_place(r, &p->root, NONE);
    row_place(r, &p->exited_at, EXITED_KEPT);
}

static void carry_process(struct row *r, const struct tcs_engine *e, struct process *p,
                          struct tcs_str *command, struct tcs_str *pool)
{
    carry_numbers(r, e, p);
    row_place(r, &p->image, e->images.used);
    row_place(r, &p->account, e->accounts.used);
    row_place(r, &p->incident, e->incident_count);
    row_place(r, &p->node, NONE);
    row_finding_ref(r, &p->finding);
    row_u16(r, &p->flags, UINT16_MAX);
    row_u16(r, &p->worker_facts, UINT16_MAX);
    row_time(r, &p->start);
    row_time(r, &p->end);
    row_u64(r, &p->start_record, UINT64_MAX);
    row_u8(r, &p->start_origin, TCS_ORIGIN_COUNT - 1);
    row_u32(r, &p->command_cut, UINT32_MAX);
    row_str(r, command, COMMAND_MOST);
    row_str(r, pool, COMMAND_MOST);
    carry_worker(r, e, p);
}

static bool process_is_live(const struct tcs_engine *e, uint32_t place)
{
    return (process_at(e, place)->flags & P_LIVE) != 0;
}

static void write_process(struct tcs_engine *e, uint32_t place, struct row *r)
{
    struct process p = *process_at(e, place);
    struct tcs_str command = {p.command, p.command_len};
    struct tcs_str pool = p.pool ? tcs_str_of(p.pool) : (struct tcs_str){"", 0};
    if (p.image == e->temporary_image)
        p.image = NONE;
    if (p.account == e->temporary_account)
        p.account = NONE;
    carry_process(r, e, &p, &command, &pool);
}

static struct row_table process_table(struct tcs_engine *e)
{
    return (struct row_table){ROW_PROCESS, &e->changed.processes, &e->stored.processes, e->processes.used,
                              0,           process_is_live,       write_process};
}

/* True if all that the row names is there. Other processes are looked at when all are loaded. */
static bool refers_right(const struct tcs_engine *e, const struct process *p)
{
    const struct tcs_incident *incident = incident_open(e, p->incident);
    return p->host != NONE && host_at(e, p->host)->name.p &&
           (p->image == NONE || image_at(e, p->image)->memory) &&
           (p->account == NONE || account_at(e, p->account)->memory) && (p->flags & P_LIVE) &&
           finding_ref_ok(e, p->finding) &&
           (incident == NULL || p->node == NONE || p->node < incident->node_count) &&
           (p->exited_at == NONE || e->exited[p->exited_at] == NONE);
}

static char *copy_text(struct tcs_str s)
{
    char *copy = malloc(s.len + 1);
    if (copy) {
        memcpy(copy, s.p, s.len);
        copy[s.len] = '\0';
    }
    return copy;
}

static enum tcs_code load_process(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct process p;
    struct tcs_str command = {"", 0}, pool = {"", 0};
    memset(&p, 0, sizeof p);
    process_set_defaults(&p, NONE, 0);
    if (numbers[0] >= e->limits->processes)
        return TCS_LIMIT;
    carry_process(r, e, &p, &command, &pool);
    if (r->bad || !refers_right(e, &p)) {
        r->bad = true;
        return TCS_OK;
    }
    if (!tcs_slots_take_at(&e->processes, numbers[0]))
        return TCS_NOMEM;
    p.command = command.len ? copy_text(command) : NULL;
    p.pool = pool.len ? copy_text(pool) : NULL;
    p.command_len = (uint32_t)command.len;
    *process_edit(e, numbers[0]) = p;
    if (p.exited_at != NONE)
        e->exited[p.exited_at] = numbers[0];
    return (p.command == NULL) == (command.len == 0) && (p.pool == NULL) == (pool.len == 0) ? TCS_OK
                                                                                            : TCS_NOMEM;
}

const struct row_kind row_process = {.numbers = 1, .table = process_table, .load = load_process};

/* ---- lists ---- */

/* A process and its number in an order. */
struct ordered {
    uint64_t order;
    uint32_t process;
};

static int by_order(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->process > y->process) - (x->process < y->process);
}

/* The living processes in the order of born, or of linked. */
static void sort(const struct tcs_engine *e, struct ordered *list, size_t count, bool linked)
{
    size_t n = 0;
    for (uint32_t i = 0; i < e->processes.used && n < count; i++)
        if (process_is_live(e, i))
            list[n++] = (struct ordered){linked ? process_at(e, i)->linked : process_at(e, i)->born, i};
    qsort(list, n, sizeof *list, by_order);
}

static bool is_process_of(const struct tcs_engine *e, uint32_t process, uint32_t host)
{
    return process < e->processes.used && process_is_live(e, process) && process_at(e, process)->host == host;
}

/*
 * Numbers the processes depth first: those below a process are numbered from
 * `first` to `last` of it. What a ring of parents holds is not reached. Gives
 * how many were.
 */
struct span {
    uint32_t first, last;
};

static uint32_t number_tree(const struct tcs_engine *e, uint32_t root, struct span *spans, uint32_t next)
{
    uint32_t at = root;
    spans[at].first = next++;
    for (;;) {
        if (process_at(e, at)->first_child != NONE) {
            at = process_at(e, at)->first_child;
            spans[at].first = next++;
            continue;
        }
        spans[at].last = next;
        while (at != root && process_at(e, at)->next_sibling == NONE) {
            at = process_at(e, at)->parent;
            spans[at].last = next;
        }
        if (at == root)
            return next;
        at = process_at(e, at)->next_sibling;
        spans[at].first = next++;
    }
}

/* The root that a process descends from must be itself or above it: places are given anew, lineage never. */
static bool roots_fit(const struct tcs_engine *e, struct span *spans)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < e->processes.used; i++)
        if (process_is_live(e, i) && process_at(e, i)->parent == NONE)
            next = number_tree(e, i, spans, next);
    if (next != e->processes.live)
        return false;
    for (uint32_t i = 0; i < e->processes.used; i++) {
        uint32_t root = process_is_live(e, i) ? process_at(e, i)->root : NONE;
        if (root == NONE)
            continue;
        if (!is_process_of(e, root, process_at(e, i)->host) || spans[i].first < spans[root].first ||
            spans[i].first >= spans[root].last)
            return false;
    }
    return true;
}

static enum tcs_code join_lists(struct tcs_engine *e, struct ordered *list, size_t count, bool *fit)
{
    sort(e, list, count, false);
    for (size_t i = 0; i < count; i++) {
        if (!process_index(e, list[i].process))
            return TCS_NOMEM;
        process_join_host(e, list[i].process, process_at(e, list[i].process)->host);
    }
    sort(e, list, count, true);
    for (size_t i = 0; i < count; i++) {
        const struct process *p = process_at(e, list[i].process);
        uint32_t parent = p->parent;
        if (parent == NONE)
            continue;
        *fit = *fit && is_process_of(e, parent, p->host);
        if (*fit)
            process_join_parent(e, list[i].process, parent);
    }
    return TCS_OK;
}

enum tcs_code load_lists(struct tcs_engine *e, bool *fit)
{
    size_t count = e->processes.live;
    struct ordered *list = calloc(count + 1, sizeof *list);
    struct span *spans = calloc((size_t)e->processes.used + 1, sizeof *spans);
    enum tcs_code code = list && spans ? join_lists(e, list, count, fit) : TCS_NOMEM;
    if (code == TCS_OK && *fit)
        *fit = roots_fit(e, spans);
    while (e->oldest_open < e->incident_count && incident_at(e, e->oldest_open)->incident == NULL)
        e->oldest_open++;
    free(list);
    free(spans);
    return code;
}
