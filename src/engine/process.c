#include "engine/process.h"

#include <stdlib.h>

/* The half of the hash that the map keeps. */
static uint32_t pid_hash(const struct tcs_engine *e, uint32_t host, uint64_t pid)
{
    return (uint32_t)tcs_hash_pair(e->key, host, pid);
}

static uint64_t guid_hash(const struct tcs_engine *e, const uint8_t guid[16])
{
    return tcs_hash(e->key, (struct tcs_bytes){guid, 16});
}

struct pid_key {
    uint32_t host;
    uint64_t pid;
};

static bool same_pid(const void *ctx, const void *key, uint32_t slot)
{
    const struct pid_key *k = key;
    const struct process *p = process_at(ctx, slot);
    return p->pid == k->pid && p->host == k->host;
}

struct guid_key {
    uint32_t host;
    const uint8_t *guid;
};

static bool same_guid(const void *ctx, const void *key, uint32_t slot)
{
    const struct guid_key *k = key;
    const struct process *p = process_at(ctx, slot);
    return p->host == k->host && memcmp(p->guid, k->guid, sizeof p->guid) == 0;
}

static bool has_guid(const struct process *p)
{
    static const uint8_t zero[16];
    return memcmp(p->guid, zero, sizeof zero) != 0;
}

/* Where the process that a number was given to last may be noted; process ids are multiples of 4. */
static uint32_t *recent(struct tcs_engine *e, uint32_t host, uint64_t pid)
{
    return &e->recent_processes[(pid / 4 + host * 61) % RECENT_PROCESSES];
}

uint32_t process_find(struct tcs_engine *e, uint32_t host, uint64_t pid)
{
    struct pid_key k = {host, pid};
    uint32_t *guess = recent(e, host, pid);
    if (*guess != NONE && same_pid(e, &k, *guess))
        return *guess;
    uint32_t process = tcs_map_find(&e->process_by_pid, pid_hash(e, host, pid), same_pid, e, &k);
    *guess = process == NONE ? *guess : process;
    return process;
}

/* From now on the process is found by its number. False: no memory. */
static bool index_number(struct tcs_engine *e, uint32_t process, uint32_t hash)
{
    const struct process *p = process_at(e, process);
    if (!tcs_map_add(&e->process_by_pid, hash, process))
        return false;
    ((struct process *)tcs_slots_at(&e->processes, process))->pid_hash = hash;
    *recent(e, p->host, p->pid) = process;
    return true;
}

/* The process is no longer found by its number, if it was. */
static void unindex_number(struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    tcs_map_remove(&e->process_by_pid, p->pid_hash, process);
    uint32_t *guess = recent(e, p->host, p->pid);
    if (*guess == process)
        *guess = NONE;
}

uint32_t process_find_guid(const struct tcs_engine *e, uint32_t host, const uint8_t guid[16])
{
    struct guid_key k = {host, guid};
    return tcs_map_find(&e->process_by_guid, guid_hash(e, guid), same_guid, e, &k);
}

/* ---- the tree ---- */

/* A process whose place in a list changes. The lists are not stored: they follow from born, linked and
 * parent. */
static struct process *process_link(struct tcs_engine *e, uint32_t process)
{
    return tcs_slots_at(&e->processes, process);
}

static void unlink_from_parent(struct tcs_engine *e, uint32_t process)
{
    struct process *p = process_link(e, process);
    if (p->parent == NONE)
        return;
    if (p->prev_sibling != NONE)
        process_link(e, p->prev_sibling)->next_sibling = p->next_sibling;
    else
        process_link(e, p->parent)->first_child = p->next_sibling;
    if (p->next_sibling != NONE)
        process_link(e, p->next_sibling)->prev_sibling = p->prev_sibling;
    p->parent = p->prev_sibling = p->next_sibling = NONE;
}

/* True if `above` is process itself or one of its ancestors. */
static bool descends(const struct tcs_engine *e, uint32_t process, uint32_t above)
{
    for (; process != NONE; process = process_at(e, process)->parent)
        if (process == above)
            return true;
    return false;
}

void process_set_parent(struct tcs_engine *e, uint32_t process, uint32_t parent)
{
    const struct process *p = process_at(e, process);
    /* Only a process that has children already, or that is its own parent, could close a ring. */
    if (p->parent != NONE || parent == NONE || parent == process ||
        (p->first_child != NONE && descends(e, parent, process)))
        return;
    process_edit(e, process)->linked = ++e->serial;
    process_join_parent(e, process, parent);
}

void process_join_parent(struct tcs_engine *e, uint32_t process, uint32_t parent)
{
    struct process *p = process_link(e, process), *above = process_link(e, parent);
    p->parent = parent;
    p->next_sibling = above->first_child;
    if (above->first_child != NONE)
        process_link(e, above->first_child)->prev_sibling = process;
    above->first_child = process;
}

void process_join_host(struct tcs_engine *e, uint32_t process, uint32_t host)
{
    struct process *p = process_link(e, process);
    /* The list of a host is not stored either, so this is no change of it. */
    struct host *h = tcs_slots_at(&e->hosts, host);
    p->next_in_host = h->first_process;
    if (h->first_process != NONE)
        process_link(e, h->first_process)->prev_in_host = process;
    h->first_process = process;
}

/* ---- coming and going ---- */

static void forget_numbers(struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    if (!(p->flags & P_NUMBER_LOST))
        unindex_number(e, process);
    if (has_guid(p))
        tcs_map_remove(&e->process_by_guid, guid_hash(e, p->guid), process);
}

static void release(struct tcs_engine *e, uint32_t process)
{
    struct process *p = process_edit(e, process);
    forget_numbers(e, process);
    unlink_from_parent(e, process);
    if (p->prev_in_host != NONE)
        process_link(e, p->prev_in_host)->next_in_host = p->next_in_host;
    else
        ((struct host *)tcs_slots_at(&e->hosts, p->host))->first_process = p->next_in_host;
    if (p->next_in_host != NONE)
        process_link(e, p->next_in_host)->prev_in_host = p->prev_in_host;
    free(p->command);
    free(p->pool);
    p->command = p->pool = NULL;
    p->flags = 0;
    tcs_slots_give(&e->processes, process);
}

/*
 * A process that nobody will ask for by number any more. It goes at once if
 * it has no children; otherwise with the last of them, because they need it
 * for their lineage.
 */
static void retire(struct tcs_engine *e, uint32_t process)
{
    process_edit(e, process)->flags |= P_GONE;
    while (process != NONE) {
        const struct process *p = process_at(e, process);
        if (!(p->flags & P_GONE) || p->first_child != NONE)
            return;
        uint32_t parent = p->parent;
        release(e, process);
        process = parent;
    }
}

void process_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->processes.used; i++) {
        const struct process *p = process_at(e, i);
        if (p->flags & P_LIVE) {
            free(p->command);
            free(p->pool);
        }
    }
}

void process_exit(struct tcs_engine *e, uint32_t process, struct tcs_time when)
{
    if (process_at(e, process)->flags & P_EXITED)
        return;
    struct process *p = process_edit(e, process);
    p->flags |= P_EXITED;
    p->end = when;
    /* Records of its last moments may still come: it is kept until so many others have ended. */
    uint32_t *place = &e->exited[e->exited_next++ % EXITED_KEPT];
    uint32_t former = *place;
    *place = process;
    p->exited_at = (uint32_t)(place - e->exited);
    if (former != NONE) {
        process_edit(e, former)->exited_at = NONE;
        retire(e, former);
    }
}

void process_drop_host(struct tcs_engine *e, uint32_t host, struct tcs_time before)
{
    const struct host *h = host_at(e, host);
    for (uint32_t i = h->first_process; i != NONE; i = process_at(e, i)->next_in_host) {
        if (!tcs_time_before(process_at(e, i)->start, before))
            continue;
        struct process *p = process_edit(e, i);
        p->flags |= P_GONE | P_EXITED;
        if (p->exited_at != NONE)
            e->exited[p->exited_at] = NONE;
        p->exited_at = NONE;
    }
    /* The list begins with the newest, so children mostly go before their parents. */
    for (bool progress = true; progress;) {
        progress = false;
        for (uint32_t i = h->first_process, next; i != NONE; i = next) {
            next = process_at(e, i)->next_in_host;
            if ((process_at(e, i)->flags & P_GONE) && process_at(e, i)->first_child == NONE) {
                release(e, i);
                progress = true;
            }
        }
    }
}

/* How much a process is worth remembering; a process with children carries their lineage and stays. */
enum worth { WORTH_NOTHING, WORTH_LINEAGE, WORTH_SERVER, WORTH_COUNT };

/* Whether a process is a server is decided when it starts something; until then its path tells. */
static enum worth worth_of(const struct tcs_engine *e, const struct process *p)
{
    bool may_be_server = p->image != NONE && image_at(e, p->image)->worker;
    if (p->flags & P_WORKER || may_be_server)
        return WORTH_SERVER;
    return p->flags & P_MARKED ? WORTH_LINEAGE : WORTH_NOTHING;
}

/*
 * The process that is missed least among those near the hand. Near, because
 * whoever fills the table must not make every further start a search through
 * all of it.
 */
static uint32_t least_missed(struct tcs_engine *e)
{
    enum { NEAR = 4096 };
    uint32_t best = NONE;
    enum worth worth = WORTH_COUNT;
    for (uint32_t steps = 0; steps < e->processes.used && worth != WORTH_NOTHING; steps++) {
        if (steps >= NEAR && best != NONE)
            break;
        uint32_t process = e->process_hand++ % e->processes.used;
        const struct process *p = process_at(e, process);
        if (!(p->flags & P_LIVE) || p->first_child != NONE || worth_of(e, p) >= worth)
            continue;
        best = process;
        worth = worth_of(e, p);
    }
    return best;
}

/*
 * When the table is full. It is shared by all hosts: what one of them starts
 * must never keep another's starts from being judged, so something always goes.
 */
static void evict(struct tcs_engine *e)
{
    uint32_t process = least_missed(e);
    if (process == NONE)
        return;
    const struct process *p = process_at(e, process);
    if (worth_of(e, p) == WORTH_NOTHING)
        e->counts.processes_evicted++;
    else
        e->counts.lineage_evicted++;
    if (p->exited_at != NONE)
        e->exited[p->exited_at] = NONE;
    release(e, process);
}

void process_set_defaults(struct process *p, uint32_t host, uint64_t pid)
{
    p->host = host;
    p->pid = pid;
    p->parent = p->first_child = p->prev_sibling = p->next_sibling = NONE;
    p->prev_in_host = p->next_in_host = NONE;
    p->image = p->account = p->root = p->incident = p->node = p->exited_at = NONE;
    p->finding = (struct finding_ref){NONE, NONE};
    p->flags = P_LIVE;
}

/*
 * A GUID names one process. Where a log has it again, the later one is meant
 * from now on; side by side they would lie in one run of the map, and a forged
 * log could make that long.
 */
static void take_guid_over(struct tcs_engine *e, uint32_t host, const uint8_t guid[16])
{
    uint32_t former = process_find_guid(e, host, guid);
    if (former == NONE)
        return;
    tcs_map_remove(&e->process_by_guid, guid_hash(e, guid), former);
    struct process *p = process_edit(e, former);
    memset(p->guid, 0, sizeof p->guid);
}

/* Makes the process known by its GUID; without memory it is found by number only. */
static void index_guid(struct tcs_engine *e, uint32_t process)
{
    struct process *p = process_edit(e, process);
    if (!has_guid(p))
        return;
    take_guid_over(e, p->host, p->guid);
    if (tcs_map_add(&e->process_by_guid, guid_hash(e, p->guid), process))
        return;
    memset(p->guid, 0, sizeof p->guid);
    e->counts.no_memory++;
}

uint32_t process_new(struct tcs_engine *e, uint32_t host, uint64_t pid, const uint8_t *guid)
{
    uint32_t former = process_find(e, host, pid);
    uint32_t hash = former == NONE ? pid_hash(e, host, pid) : process_at(e, former)->pid_hash;
    if (former != NONE) {
        /* Its exit was not seen, or long ago: the number belongs to another now. */
        struct process *p = process_edit(e, former);
        unindex_number(e, former);
        p->flags |= P_NUMBER_LOST;
        if (p->exited_at != NONE)
            e->exited[p->exited_at] = NONE;
        p->exited_at = NONE;
        p->flags |= P_EXITED;
        retire(e, former);
    }
    uint32_t process = tcs_slots_take(&e->processes);
    if (process == NONE && e->processes.used) {
        evict(e);
        process = tcs_slots_take(&e->processes);
    }
    if (process == NONE) {
        e->counts.no_memory++;
        return NONE;
    }
    struct process *p = process_edit(e, process);
    process_set_defaults(p, host, pid);
    if (!index_number(e, process, hash)) {
        p->flags = 0;
        tcs_slots_give(&e->processes, process);
        e->counts.no_memory++;
        return NONE;
    }
    p->born = ++e->serial;
    if (guid)
        memcpy(p->guid, guid, sizeof p->guid);
    index_guid(e, process);
    process_join_host(e, process, host);
    return process;
}

bool process_index(struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    if (!(p->flags & P_NUMBER_LOST) && !index_number(e, process, pid_hash(e, p->host, p->pid)))
        return false;
    return !has_guid(p) || tcs_map_add(&e->process_by_guid, guid_hash(e, p->guid), process);
}

void process_learn_guid(struct tcs_engine *e, uint32_t process, const uint8_t guid[16])
{
    if (has_guid(process_at(e, process)))
        return;
    struct process *p = process_edit(e, process);
    memcpy(p->guid, guid, sizeof p->guid);
    index_guid(e, process);
}

void process_keep_command(struct tcs_engine *e, struct process *p, struct tcs_value command)
{
    if (p->command || tcs_value_is_absent(command))
        return;
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_buf_value(&text, command);
    size_t len = text.len;
    if (len > e->limits->text) {
        len = e->limits->text;
        while (len && ((uint8_t)text.p[len] & 0xC0) == 0x80) /* not within a character */
            len--;
    }
    p->command = text.bad ? NULL : malloc(len + 1);
    e->counts.no_memory += text.starved || (!text.bad && p->command == NULL);
    if (p->command) {
        memcpy(p->command, tcs_buf_view(&text).p, len);
        p->command_len = (uint32_t)len;
        p->command_cut = (uint32_t)(text.len - len);
    }
    tcs_buf_done(&text);
}
