/* Programs, by the path that some record wrote. */
#ifndef TCS_ENGINE_IMAGE_H
#define TCS_ENGINE_IMAGE_H

#include "engine/state.h"

/* The program named by a value; NONE if it names none. */
uint32_t image_of(struct tcs_engine *e, uint32_t host, struct tcs_value value, bool old_paths);

/*
 * Puts a program that was stored back to its place: raw, type, ruleset, old_paths
 * and windows of `from` say what it is, the rest follows from them. False if
 * they cannot be a program's, or without memory.
 */
bool image_load(struct tcs_engine *e, uint32_t slot, const struct image *from);
void image_free_all(struct tcs_engine *e);
/* True if both are the same program, as far as their forms tell (a path without drive may be any drive's). */
bool image_agrees(const struct image *a, const struct image *b);

#endif
