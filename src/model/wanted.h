/* What a reader is told to look for: filter first, decode later. */
#ifndef TCS_MODEL_WANTED_H
#define TCS_MODEL_WANTED_H

#include "model/record.h"

/* Which records somebody wants. What is not wanted costs one test of its event id. */
struct tcs_wanted {
    const uint64_t *ids; /* a set of 65,536 bits by event id; NULL wants all, also those without an id */
    /*
     * Asked when the id fits and System is known but no data is decoded; NULL
     * wants all. Called on the decoder's thread; ctx is that thread's own.
     */
    bool (*accept)(void *ctx, const struct tcs_record *rec);
    void *ctx;
};

static inline bool tcs_id_set_has(const uint64_t *ids, uint16_t id)
{
    return ids == NULL || (ids[id >> 6] >> (id & 63) & 1) != 0;
}

#endif
