/* Starts, exits and tokens: what becomes known of a process, and whether it rings. */
#ifndef TCS_ENGINE_JUDGE_H
#define TCS_ENGINE_JUDGE_H

#include "engine/state.h"

/* Each takes the event being fed (e->ev), of this host. */
void judge_start(struct tcs_engine *e, uint32_t host);
void judge_exit(struct tcs_engine *e, uint32_t host);
void judge_token(struct tcs_engine *e, uint32_t host);

#endif
