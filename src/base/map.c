#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 16 };

void tcs_map_done(struct tcs_map *m)
{
    free(m->entries);
    *m = (struct tcs_map){0};
}

void tcs_map_clear(struct tcs_map *m)
{
    for (size_t i = 0; i < m->cap; i++)
        m->entries[i].slot = TCS_MAP_NONE;
    m->count = 0;
}

uint32_t tcs_map_find(const struct tcs_map *m, uint64_t hash, tcs_map_same *same, const void *ctx,
                      const void *key)
{
    if (m->cap == 0)
        return TCS_MAP_NONE;
    size_t mask = m->cap - 1;
    for (size_t at = hash & mask; m->entries[at].slot != TCS_MAP_NONE; at = (at + 1) & mask)
        if (m->entries[at].hash == (uint32_t)hash && same(ctx, key, m->entries[at].slot))
            return m->entries[at].slot;
    return TCS_MAP_NONE;
}

static void place(struct tcs_map *m, struct tcs_map_entry entry)
{
    size_t mask = m->cap - 1;
    size_t at = entry.hash & mask;
    while (m->entries[at].slot != TCS_MAP_NONE)
        at = (at + 1) & mask;
    m->entries[at] = entry;
}

/* The index keeps 32 bits of each hash, so it can grow without asking the owner, up to 2^31 places. */
static bool grow(struct tcs_map *m)
{
    struct tcs_map bigger = {.cap = m->cap ? m->cap * 2 : FIRST_CAP, .count = m->count};
    if (bigger.cap > (size_t)1 << 31)
        return false;
    bigger.entries = malloc(bigger.cap * sizeof *bigger.entries);
    if (bigger.entries == NULL)
        return false;
    memset(bigger.entries, 0xff, bigger.cap * sizeof *bigger.entries);
    for (size_t i = 0; i < m->cap; i++)
        if (m->entries[i].slot != TCS_MAP_NONE)
            place(&bigger, m->entries[i]);
    free(m->entries);
    *m = bigger;
    return true;
}

bool tcs_map_add(struct tcs_map *m, uint64_t hash, uint32_t slot)
{
    if ((m->count + 1) * 4 > m->cap * 3 && !grow(m))
        return false;
    place(m, (struct tcs_map_entry){slot, (uint32_t)hash});
    m->count++;
    return true;
}

/*
 * Takes the entry at `hole` out and moves later entries of the same run back,
 * so that no search is cut short and no tombstones are needed.
 */
static void close_gap(struct tcs_map *m, size_t hole)
{
    size_t mask = m->cap - 1;
    for (size_t at = (hole + 1) & mask; m->entries[at].slot != TCS_MAP_NONE; at = (at + 1) & mask) {
        size_t home = m->entries[at].hash & mask;
        /* An entry may move to the hole only if the hole lies between its home and where it is now. */
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            m->entries[hole] = m->entries[at];
            hole = at;
        }
    }
    m->entries[hole].slot = TCS_MAP_NONE;
}

void tcs_map_remove(struct tcs_map *m, uint64_t hash, uint32_t slot)
{
    if (m->cap == 0)
        return;
    size_t mask = m->cap - 1;
    for (size_t at = hash & mask; m->entries[at].slot != TCS_MAP_NONE; at = (at + 1) & mask) {
        if (m->entries[at].slot == slot && m->entries[at].hash == (uint32_t)hash) {
            close_gap(m, at);
            m->count--;
            return;
        }
    }
}
