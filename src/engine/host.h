/* Machines that the logs are of. */
#ifndef TCS_ENGINE_HOST_H
#define TCS_ENGINE_HOST_H

#include "engine/state.h"

/* The host an event is of, made if it is new. NONE if there is no room. */
uint32_t host_of(struct tcs_engine *e, const struct tcs_event *ev);
void host_drop(struct tcs_engine *e, uint32_t host);
void host_free_all(struct tcs_engine *e);
/* A program of the system itself shows where the system root is. */
void host_learn_root(struct tcs_engine *e, uint32_t host, const struct image *image,
                     const struct claim *self);

#endif
