/* What the mutators of logs share. Only in the fuzzers themselves: libFuzzer supplies LLVMFuzzerMutate. */
#ifndef TCS_FUZZ_MUTATE_H
#define TCS_FUZZ_MUTATE_H

#include "support.h"

/* libFuzzer's own mutation: changes size bytes in place, to most at most; gives the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* The entry that libFuzzer calls instead of its own, if there is one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/* Chance by a seed: the same seed makes the same choices. */
struct chance {
    uint32_t state;
};

static inline uint32_t chance_below(struct chance *c, uint32_t end)
{
    c->state = c->state * 1664525u + 1013904223u;
    return end ? (c->state >> 8) % end : 0;
}

/* A stretch of a log that is a record. */
struct stretch {
    size_t at, len;
};

/* Makes room behind `at` for `more` bytes, or does nothing; gives the new size. */
static inline size_t open_gap(uint8_t *data, size_t size, size_t most, size_t at, size_t more)
{
    if (more > most - size)
        return size;
    memmove(data + at + more, data + at, size - at);
    return size + more;
}

static inline size_t close_gap(uint8_t *data, size_t size, struct stretch s)
{
    memmove(data + s.at, data + s.at + s.len, size - s.at - s.len);
    return size - s.len;
}

/* Puts one of the records in again behind another, takes one out, or lets one stand in another's place. */
static inline size_t shuffle_records(uint8_t *data, size_t size, size_t most, const struct stretch *records,
                                     uint32_t count, struct chance *c)
{
    struct stretch from = records[chance_below(c, count)], to = records[chance_below(c, count)];
    size_t len = from.len < to.len ? from.len : to.len;
    size_t grown;
    switch (chance_below(c, 3)) {
    case 0:
        grown = open_gap(data, size, most, to.at, from.len);
        if (grown != size)
            memmove(data + to.at, data + from.at + (from.at >= to.at ? from.len : 0), from.len);
        return grown;
    case 1:
        return close_gap(data, size, from);
    default:
        memmove(data + to.at, data + from.at, len);
        return size;
    }
}

#endif
