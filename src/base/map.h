/*
 * An index from hashes to slot numbers: open addressing, linear probing.
 *
 * The things themselves live in an array of their owner; the index holds the
 * number of the slot and the low half of its hash, 8 bytes an entry. Whether
 * two things are the same is asked of the owner.
 */
#ifndef TCS_BASE_MAP_H
#define TCS_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCS_MAP_NONE UINT32_MAX

struct tcs_map_entry {
    uint32_t slot; /* TCS_MAP_NONE if the place is free */
    uint32_t hash;
};

struct tcs_map {
    struct tcs_map_entry *entries; /* owned; cap of them, a power of two or 0 */
    size_t cap;
    size_t count;
};

/* True if the thing in `slot` is the one described by key. */
typedef bool tcs_map_same(const void *ctx, const void *key, uint32_t slot);

/* Frees the table; what it led to is not its own. */
void tcs_map_done(struct tcs_map *m);

/* The slot that is the same as key, or TCS_MAP_NONE. */
uint32_t tcs_map_find(const struct tcs_map *m, uint64_t hash, tcs_map_same *same, const void *ctx,
                      const void *key);

/* Adds a slot that is not in the map. False if memory is refused; the map is unchanged then. */
bool tcs_map_add(struct tcs_map *m, uint64_t hash, uint32_t slot);

/* Removes exactly this slot under this hash, if it is there. */
void tcs_map_remove(struct tcs_map *m, uint64_t hash, uint32_t slot);

/* Removes everything, keeps the memory. */
void tcs_map_clear(struct tcs_map *m);

#endif
