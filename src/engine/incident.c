#include "engine/incident.h"

#include <stdlib.h>

enum { ARENA_MOST = 256 << 20 }; /* bytes of one incident before a part of it is given out */

struct incident_slot *incident_follow(const struct tcs_engine *e, uint32_t *number)
{
    while (*number != NONE) {
        struct incident_slot *slot = incident_at(e, *number);
        if (slot->incident)
            return slot;
        *number = slot->forward;
    }
    return NULL;
}

struct tcs_incident *incident_new(struct tcs_engine *e, uint32_t host, uint32_t *number)
{
    if (e->incident_count == e->incident_cap) {
        uint32_t cap = e->incident_cap ? e->incident_cap * 2 : 16;
        struct incident_slot *slots = realloc(e->incidents, cap * sizeof *slots);
        if (slots == NULL)
            return NULL;
        e->incidents = slots;
        e->incident_cap = cap;
    }
    struct tcs_incident *incident = calloc(1, sizeof *incident);
    if (incident == NULL)
        return NULL;
    tcs_arena_init(&incident->arena, 2 * (size_t)ARENA_MOST);
    bool ok;
    incident->host = tcs_arena_str(&incident->arena, host_at(e, host)->name, &ok);
    *number = e->incident_count++;
    e->incidents[*number] = (struct incident_slot){incident, host, NONE};
    return incident;
}

static void incident_free(struct tcs_incident *incident)
{
    for (size_t i = 0; i < incident->finding_count; i++)
        free(incident->findings[i]->evidence);
    free(incident->findings);
    free(incident->nodes);
    tcs_arena_done(&incident->arena);
    free(incident);
}

static void incident_close(struct tcs_engine *e, uint32_t number, bool partial)
{
    struct incident_slot *slot = incident_at(e, number);
    struct tcs_incident *incident = slot->incident;
    slot->incident = NULL;
    if (e->effects.closed && incident->finding_count)
        e->effects.closed(e->effects.ctx, incident, partial);
    incident_free(incident);
    while (e->oldest_open < e->incident_count && incident_at(e, e->oldest_open)->incident == NULL)
        e->oldest_open++;
}

struct tcs_incident *incident_with_room(struct tcs_engine *e, uint32_t *number)
{
    struct tcs_incident *incident = incident_at(e, *number)->incident;
    if (incident->finding_count < e->limits->findings && incident->arena.used < ARENA_MOST)
        return incident;
    uint32_t next;
    struct tcs_incident *more = incident_new(e, incident_at(e, *number)->host, &next);
    if (more == NULL)
        return incident;
    memcpy(more->id, incident->id, sizeof more->id);
    more->continues = true;
    incident_at(e, *number)->forward = next;
    incident_close(e, *number, true);
    *number = next;
    return more;
}

void incident_sweep(struct tcs_engine *e, struct tcs_time now)
{
    if (e->oldest_open == e->incident_count || tcs_time_before(now, e->next_sweep))
        return;
    struct tcs_time next = {INT64_MAX};
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++) {
        struct tcs_incident *incident = incident_at(e, i)->incident;
        if (incident == NULL)
            continue;
        struct tcs_time due = {incident->last.ticks + e->limits->incident_gap_seconds * TCS_TICKS_PER_SECOND};
        if (!tcs_time_before(now, due))
            incident_close(e, i, false);
        else if (tcs_time_before(due, next))
            next = due;
    }
    e->next_sweep = next;
}

void incident_close_all(struct tcs_engine *e)
{
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++)
        if (incident_at(e, i)->incident)
            incident_close(e, i, false);
}

void incident_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->incident_count; i++)
        if (incident_at(e, i)->incident)
            incident_free(incident_at(e, i)->incident);
    free(e->incidents);
}

void incident_widen(struct tcs_incident *incident, struct tcs_time t)
{
    if (incident->finding_count <= 1 && incident->last.ticks == 0)
        incident->first = incident->last = t;
    if (tcs_time_before(t, incident->first))
        incident->first = t;
    if (tcs_time_before(incident->last, t))
        incident->last = t;
}
