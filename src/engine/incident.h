/* Incidents from their first finding until they have been quiet for long. */
#ifndef TCS_ENGINE_INCIDENT_H
#define TCS_ENGINE_INCIDENT_H

#include "engine/state.h"

enum { INCIDENT_CHAIN_MOST = 64 }; /* generations that an incident looks back */

/* The slot of an incident that is not forgotten. */
static inline struct incident_slot *incident_at(const struct tcs_engine *e, uint32_t number)
{
    return &e->incidents[number - e->incident_base];
}

/* The open incident with this number; NULL if it is over. */
static inline struct tcs_incident *incident_open(const struct tcs_engine *e, uint32_t number)
{
    return number == NONE || number < e->incident_base ? NULL : incident_at(e, number)->incident;
}

/* What is about to change of an open incident: itself, a finding, a node of its tree. */
void incident_touch(struct tcs_engine *e, uint32_t number);
struct tcs_finding *finding_edit(struct tcs_engine *e, struct finding_ref ref);
struct tcs_tree_node *node_edit(struct tcs_engine *e, uint32_t number, uint32_t node);

/* Follows a number to the incident that goes on under it; NULL if it is over. */
struct incident_slot *incident_follow(const struct tcs_engine *e, uint32_t *number);

/* A new one on the computer of that name, which is copied. NULL without memory. */
struct tcs_incident *incident_new(struct tcs_engine *e, struct tcs_str host, uint32_t *number);

/* The steps of making one: an empty incident, a finding at its end, a node at the end of its tree. Without
 * memory: NULL, NULL, false. */
struct tcs_incident *incident_alloc(void);
struct tcs_finding *incident_add_finding(struct tcs_incident *incident);
bool incident_add_node(struct tcs_incident *incident, uint32_t *node);

/* Slots up to this number exist, the new ones closed. False without memory. */
bool incident_reserve(struct tcs_engine *e, uint32_t number);

/*
 * The incident to add to: the same, or, if it has grown too large, a new part
 * under its id; then what there is is given out and *number changes.
 */
struct tcs_incident *incident_with_room(struct tcs_engine *e, uint32_t *number);

/* Makes the incident's span hold t. */
void incident_widen(struct tcs_engine *e, uint32_t number, struct tcs_time t);

/* Tells what has not been told of the open incidents. */
void incident_tell_all(struct tcs_engine *e);

/* Closes incidents that have been quiet for too long, and the oldest if there are too many. */
void incident_sweep(struct tcs_engine *e, struct tcs_time now);
/* Closes those in which nothing happened for so long, neither by their own time nor by this clock. */
void incident_tick(struct tcs_engine *e, struct tcs_time now);
void incident_close_all(struct tcs_engine *e);
/* True if the incident is open, or continued by one that is. */
bool incident_goes_on(const struct tcs_engine *e, uint32_t number);
/* Forgets the oldest slots that nobody needs any more: closed, and without a row. */
void incident_forget_closed(struct tcs_engine *e);
void incident_free_all(struct tcs_engine *e);

#endif
