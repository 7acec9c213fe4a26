/* Machines that the logs are of. */
#ifndef TCS_ENGINE_HOST_H
#define TCS_ENGINE_HOST_H

#include "engine/state.h"

/* The host an event is of, made if it is new. NONE if there is no room. */
uint32_t host_of(struct tcs_engine *e, const struct tcs_event *ev);
/*
 * Puts a host that was stored back to its place; its name, and the rules that hold
 * for it, are looked at again. False if it cannot be one, or without memory.
 */
bool host_load(struct tcs_engine *e, uint32_t host, const struct host *from);
/* The rules compiled for a further system root, in their order. False without memory, or if there are too
 * many. */
bool host_load_ruleset(struct tcs_engine *e, struct tcs_str root);
void host_drop(struct tcs_engine *e, uint32_t host);
void host_free_all(struct tcs_engine *e);
/* A program of the system itself shows where the system root is. */
void host_learn_root(struct tcs_engine *e, uint32_t host, const struct image *image,
                     const struct claim *self);

#endif
