/*
 * An arena: memory that is freed all at once, with a hard limit.
 *
 * One arena lives for one unit of work (a chunk, a configuration, an
 * incident), so what is made during it needs no clean-up of its own.
 */
#ifndef TCS_BASE_ARENA_H
#define TCS_BASE_ARENA_H

#include "base/bytes.h"

struct tcs_arena_block;

struct tcs_arena {
    struct tcs_arena_block *blocks; /* owned, the one in use first */
    uint8_t *free;                  /* next free byte of the block in use */
    size_t left;                    /* bytes left in it */
    size_t used;                    /* bytes taken from the system */
    size_t limit;                   /* bytes that may be taken from the system */
    bool starved;                   /* the system refused some, other than the limit; until the next init */
};

/* An empty arena that never takes more than limit bytes. Takes nothing yet. */
void tcs_arena_init(struct tcs_arena *a, size_t limit);

/* Gives everything back. The arena is empty and usable afterwards. */
void tcs_arena_done(struct tcs_arena *a);

/*
 * Empties the arena but keeps one block of the usual size, so that the next
 * unit of work takes nothing from the system.
 */
void tcs_arena_reset(struct tcs_arena *a);

/* Zeroed memory, aligned for any type; NULL if the limit or the system refuses. size may be 0. */
void *tcs_arena_alloc(struct tcs_arena *a, size_t size);

/* The same, but not zeroed: for what is written whole at once. */
void *tcs_arena_take(struct tcs_arena *a, size_t size);

/* As tcs_arena_alloc for count elements of size bytes each, refusing an overflow. */
void *tcs_arena_array(struct tcs_arena *a, size_t count, size_t size);

/* A copy of len bytes; NULL if refused. */
void *tcs_arena_copy(struct tcs_arena *a, const void *p, size_t len);

/* A copy of the text; ok tells whether it could be made (an empty text always can). */
struct tcs_str tcs_arena_str(struct tcs_arena *a, struct tcs_str s, bool *ok);

#endif
