/*
 * Numbered places for things of one size. They never move, so pointers to
 * them stay good until the place is given back; numbers take half the room
 * and can be stored.
 */
#ifndef TCS_BASE_SLOTS_H
#define TCS_BASE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCS_NO_PLACE UINT32_MAX

struct tcs_slots {
    uint8_t **blocks; /* owned */
    size_t block_count;
    size_t size;        /* bytes of a thing */
    uint32_t used;      /* places that were ever taken */
    uint32_t live;      /* places taken now */
    uint32_t limit;     /* places that may be taken */
    uint32_t free_head; /* chain of places given back */
};

/* Places for things of `size` bytes (at least 4), `limit` of them at most. Takes no memory yet. */
void tcs_slots_init(struct tcs_slots *s, size_t size, uint32_t limit);
void tcs_slots_done(struct tcs_slots *s);

/* A zeroed place, or TCS_NO_PLACE if the limit is reached or memory is refused. */
uint32_t tcs_slots_take(struct tcs_slots *s);

/*
 * Takes exactly this place, which must not have been taken before: to build a
 * table again, in ascending order. Places that are left out are free. False
 * if it is beyond the limit, was taken, or memory is refused.
 */
bool tcs_slots_take_at(struct tcs_slots *s, uint32_t place);

/* Gives a place back; it may be taken again. */
void tcs_slots_give(struct tcs_slots *s, uint32_t place);

enum { TCS_SLOTS_BLOCK = 256 }; /* places that are allocated together */

/* The thing at a place below s->used. */
static inline void *tcs_slots_at(const struct tcs_slots *s, uint32_t place)
{
    return s->blocks[place / TCS_SLOTS_BLOCK] + place % TCS_SLOTS_BLOCK * s->size;
}

#endif
