/* Files opened for execution: 560, 567, 4656, 4663. */
#ifndef TCS_ENGINE_JUDGE_OPEN_H
#define TCS_ENGINE_JUDGE_OPEN_H

#include "engine/state.h"

/* Each takes the event being fed (e->ev), of this host. */
void judge_open(struct tcs_engine *e, uint32_t host);
void judge_access(struct tcs_engine *e, uint32_t host);

#endif
