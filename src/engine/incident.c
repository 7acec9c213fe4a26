#include "engine/incident.h"

#include <stdlib.h>

enum {
    ARENA_MOST = 256 << 20, /* bytes of one incident before a part of it is given out */
    WINDOW_MOST = 1 << 18,  /* numbers from the oldest open incident on */
};

struct incident_slot *incident_follow(const struct tcs_engine *e, uint32_t *number)
{
    while (*number != NONE && *number >= e->incident_base) {
        struct incident_slot *slot = incident_at(e, *number);
        if (slot->incident)
            return slot;
        *number = slot->forward;
    }
    *number = NONE;
    return NULL;
}

bool incident_goes_on(const struct tcs_engine *e, uint32_t number)
{
    return incident_follow(e, &number) != NULL;
}

/* The incident is about to change. */
static struct incident_slot *touch(struct tcs_engine *e, uint32_t number)
{
    struct incident_slot *slot = incident_at(e, number);
    slot->has_grown = true;
    slot->touched = e->clock;
    return slot;
}

void incident_touch(struct tcs_engine *e, uint32_t number)
{
    touch(e, number)->is_changed = true;
}

struct tcs_finding *finding_edit(struct tcs_engine *e, struct finding_ref ref)
{
    struct incident_slot *slot = touch(e, ref.incident);
    tcs_marks_add(&slot->findings, ref.index);
    tcs_marks_add(&slot->untold, ref.index);
    return slot->incident->findings[ref.index];
}

struct tcs_tree_node *node_edit(struct tcs_engine *e, uint32_t number, uint32_t node)
{
    struct incident_slot *slot = touch(e, number);
    tcs_marks_add(&slot->nodes, node);
    return &slot->incident->nodes[node];
}

bool incident_reserve(struct tcs_engine *e, uint32_t number)
{
    uint32_t wanted = number - e->incident_base + 1;
    if (wanted > e->incident_cap) {
        uint32_t cap = e->incident_cap ? e->incident_cap : 16;
        while (cap < wanted)
            cap *= 2;
        struct incident_slot *slots = realloc(e->incidents, cap * sizeof *slots);
        if (slots == NULL)
            return false;
        e->incidents = slots;
        e->incident_cap = cap;
    }
    for (; e->incident_count <= number; e->incident_count++)
        *incident_at(e, e->incident_count) = (struct incident_slot){.forward = NONE};
    return true;
}

struct tcs_incident *incident_alloc(void)
{
    struct tcs_incident *incident = calloc(1, sizeof *incident);
    if (incident)
        tcs_arena_init(&incident->arena, 2 * (size_t)ARENA_MOST);
    return incident;
}

struct tcs_finding *incident_add_finding(struct tcs_incident *incident)
{
    if (incident->finding_count == incident->finding_cap) {
        size_t cap = incident->finding_cap ? incident->finding_cap * 2 : 4;
        struct tcs_finding **findings = realloc(incident->findings, cap * sizeof(struct tcs_finding *));
        if (findings == NULL)
            return NULL;
        incident->findings = findings;
        incident->finding_cap = cap;
    }
    struct tcs_finding *f = tcs_arena_alloc(&incident->arena, sizeof *f);
    if (f)
        incident->findings[incident->finding_count++] = f;
    return f;
}

bool incident_add_node(struct tcs_incident *incident, uint32_t *node)
{
    if (incident->node_count == incident->node_cap) {
        size_t cap = incident->node_cap ? incident->node_cap * 2 : 8;
        struct tcs_tree_node *nodes = realloc(incident->nodes, cap * sizeof *nodes);
        if (nodes == NULL)
            return false;
        incident->nodes = nodes;
        incident->node_cap = cap;
    }
    *node = (uint32_t)incident->node_count++;
    incident->nodes[*node] = (struct tcs_tree_node){.parent = TCS_NO_NODE};
    return true;
}

struct tcs_incident *incident_new(struct tcs_engine *e, struct tcs_str host, uint32_t *number)
{
    struct tcs_incident *incident = incident_alloc();
    if (incident == NULL || e->incident_count == NONE - 1 || !incident_reserve(e, e->incident_count)) {
        free(incident);
        return NULL;
    }
    bool ok;
    incident->host = tcs_arena_str(&incident->arena, host, &ok);
    *number = e->incident_count - 1;
    incident_at(e, *number)->incident = incident;
    incident_touch(e, *number);
    e->open_count++;
    return incident;
}

/* ---- telling ---- */

static void tell(struct tcs_engine *e, struct incident_slot *slot)
{
    struct tcs_incident *incident = slot->incident;
    uint32_t count = (uint32_t)incident->finding_count;
    for (uint32_t i = tcs_marks_next(&slot->untold, 0, count); i != TCS_NO_MARK;
         i = tcs_marks_next(&slot->untold, i + 1, count)) {
        struct tcs_finding *f = incident->findings[i];
        if (f->severity <= f->told)
            continue;
        f->revision += f->told != TCS_SEVERITY_NONE;
        f->told = f->severity;
        tcs_marks_add(&slot->findings, i);
        if (e->effects.told && !e->is_silent)
            e->effects.told(e->effects.ctx, incident, f);
    }
    tcs_marks_clear(&slot->untold);
    if (slot->has_grown && e->effects.grown && !e->is_silent && count)
        e->effects.grown(e->effects.ctx, incident);
    slot->has_grown = false;
}

void incident_tell_all(struct tcs_engine *e)
{
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++)
        if (incident_at(e, i)->incident && incident_at(e, i)->has_grown)
            tell(e, incident_at(e, i));
}

/* ---- the end ---- */

static void incident_free(struct incident_slot *slot)
{
    struct tcs_incident *incident = slot->incident;
    for (size_t i = 0; i < incident->finding_count; i++)
        free(incident->findings[i]->evidence);
    free(incident->findings);
    free(incident->nodes);
    tcs_arena_done(&incident->arena);
    free(incident);
    tcs_marks_done(&slot->findings);
    tcs_marks_done(&slot->nodes);
    tcs_marks_done(&slot->untold);
    slot->incident = NULL;
}

static void incident_close(struct tcs_engine *e, uint32_t number, bool partial)
{
    struct incident_slot *slot = incident_at(e, number);
    tell(e, slot);
    e->counts.no_memory += slot->incident->arena.starved;
    if (e->effects.closed && !e->is_silent && slot->incident->finding_count)
        e->effects.closed(e->effects.ctx, slot->incident, partial);
    incident_free(slot);
    slot->is_changed = true;
    e->open_count--;
    while (e->oldest_open < e->incident_count && incident_at(e, e->oldest_open)->incident == NULL)
        e->oldest_open++;
}

struct tcs_incident *incident_with_room(struct tcs_engine *e, uint32_t *number)
{
    struct tcs_incident *incident = incident_at(e, *number)->incident;
    if (incident->finding_count < e->limits->findings && incident->arena.used < ARENA_MOST)
        return incident;
    uint32_t next;
    struct tcs_incident *more = incident_new(e, incident->host, &next);
    if (more == NULL)
        return incident;
    memcpy(more->id, incident->id, sizeof more->id);
    more->continues = true;
    incident_at(e, *number)->forward = next;
    incident_close(e, *number, true);
    *number = next;
    return more;
}

/* When an incident is over, if nothing happens until then. */
static struct tcs_time due_of(const struct tcs_engine *e, const struct tcs_incident *incident)
{
    return (struct tcs_time){incident->last.ticks + e->limits->incident_gap_seconds * TCS_TICKS_PER_SECOND};
}

void incident_sweep(struct tcs_engine *e, struct tcs_time now)
{
    while (e->open_count > e->limits->incidents || e->incident_count - e->oldest_open > WINDOW_MOST) {
        incident_close(e, e->oldest_open, false);
        e->counts.incidents_early++;
    }
    if (e->oldest_open == e->incident_count || tcs_time_before(now, e->next_sweep))
        return;
    struct tcs_time next = {INT64_MAX};
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++) {
        struct tcs_incident *incident = incident_at(e, i)->incident;
        if (incident == NULL)
            continue;
        struct tcs_time due = due_of(e, incident);
        if (!tcs_time_before(now, due))
            incident_close(e, i, false);
        else if (tcs_time_before(due, next))
            next = due;
    }
    e->next_sweep = next;
    incident_forget_closed(e);
}

void incident_tick(struct tcs_engine *e, struct tcs_time now)
{
    int64_t gap = e->limits->incident_gap_seconds;
    bool is_first = e->clock.ticks == 0;
    e->clock = now;
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++) {
        struct incident_slot *slot = incident_at(e, i);
        if (slot->incident == NULL)
            continue;
        /* Loaded, or fed before there was a clock, or the clock was set back: it counts from now on. */
        if (is_first || slot->touched.ticks == 0 || tcs_time_before(now, slot->touched))
            slot->touched = now;
        if (tcs_time_seconds_between(slot->touched, now) >= gap &&
            tcs_time_seconds_between(slot->incident->last, now) >= gap)
            incident_close(e, i, false);
    }
    incident_forget_closed(e);
}

void incident_close_all(struct tcs_engine *e)
{
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++)
        if (incident_at(e, i)->incident)
            incident_close(e, i, false);
}

void incident_free_all(struct tcs_engine *e)
{
    for (uint32_t i = e->incident_base; i < e->incident_count; i++)
        if (incident_at(e, i)->incident)
            incident_free(incident_at(e, i));
    free(e->incidents);
}

void incident_forget_closed(struct tcs_engine *e)
{
    uint32_t over = 0, count = e->incident_count - e->incident_base;
    while (over < count && e->incidents[over].incident == NULL && !e->incidents[over].has_row)
        over++;
    /* Moving what remains costs as much as it frees. */
    if (over == 0 || over < count / 2)
        return;
    memmove(e->incidents, e->incidents + over, (count - over) * sizeof *e->incidents);
    e->incident_base += over;
}

void incident_widen(struct tcs_engine *e, uint32_t number, struct tcs_time t)
{
    struct tcs_incident *incident = incident_at(e, number)->incident;
    struct tcs_time first = incident->first, last = incident->last;
    if (incident->finding_count <= 1 && incident->last.ticks == 0)
        incident->first = incident->last = t;
    if (tcs_time_before(t, incident->first))
        incident->first = t;
    if (tcs_time_before(incident->last, t))
        incident->last = t;
    if (first.ticks != incident->first.ticks || last.ticks != incident->last.ticks)
        incident_touch(e, number);
    struct tcs_time due = due_of(e, incident);
    if (tcs_time_before(due, e->next_sweep))
        e->next_sweep = due;
}
