/* Where events come from: the names of files and sources, each kept once. */
#ifndef TCS_ENGINE_ORIGIN_H
#define TCS_ENGINE_ORIGIN_H

#include "engine/state.h"

/*
 * The name as the engine keeps it, good as long as the engine. There is room
 * for many names, not for any number; further ones are "(another file)".
 */
struct tcs_str origin_of(struct tcs_engine *e, struct tcs_str name);
void origin_init(struct tcs_engine *e);
void origin_free_all(struct tcs_engine *e);

#endif
