/* Incidents from their first finding until they have been quiet for long. */
#ifndef TCS_ENGINE_INCIDENT_H
#define TCS_ENGINE_INCIDENT_H

#include "engine/state.h"

enum { INCIDENT_CHAIN_MOST = 64 }; /* generations that an incident looks back */

static inline struct incident_slot *incident_at(const struct tcs_engine *e, uint32_t number)
{
    return &e->incidents[number];
}

/* Follows a number to the incident that goes on under it; NULL if it is over. */
struct incident_slot *incident_follow(const struct tcs_engine *e, uint32_t *number);

/* NULL without memory. */
struct tcs_incident *incident_new(struct tcs_engine *e, uint32_t host, uint32_t *number);

/*
 * The incident to add to: the same, or, if it has grown too large, a new part
 * under its id; then what there is is given out and *number changes.
 */
struct tcs_incident *incident_with_room(struct tcs_engine *e, uint32_t *number);

/* Makes the incident's span hold t. */
void incident_widen(struct tcs_incident *incident, struct tcs_time t);

/* Closes incidents that have been quiet for too long. */
void incident_sweep(struct tcs_engine *e, struct tcs_time now);
void incident_close_all(struct tcs_engine *e);
void incident_free_all(struct tcs_engine *e);

#endif
