/* Tampering with the log, as the log itself tells it. */
#ifndef TCS_ENGINE_BLINDNESS_H
#define TCS_ENGINE_BLINDNESS_H

#include "engine/state.h"

void blindness_feed(struct tcs_engine *e, uint32_t host);
/* Looks whether time runs backwards from the record that was fed before. */
void blindness_watch_clock(struct tcs_engine *e, uint32_t host, const struct channel_state *before);

/* Tells, once a host, that an event made the engine forget things (how many) because a table was full. */
void blindness_watch_tables(struct tcs_engine *e, uint32_t host, uint64_t forgotten);

#endif
