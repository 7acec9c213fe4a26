/* Which processes are a web server. */
#ifndef TCS_ENGINE_WORKER_H
#define TCS_ENGINE_WORKER_H

#include "engine/state.h"

/*
 * Decides whether the process is a worker, as far as is known now, without
 * looking at what it has started. True if it has become one just now.
 */
bool worker_become(struct tcs_engine *e, uint32_t process);

/* A program that starts others for somebody else: what it does under an account says nothing of itself. */
bool worker_is_broker(const struct image *image);

#endif
