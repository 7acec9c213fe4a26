/*
 * A set of small numbers that is quick to add to and to go through: which
 * places of a table have changed.
 *
 * Adding never fails. Where memory is refused, every number counts as marked
 * until the set is cleared; whoever goes through it does more than he must,
 * and misses nothing.
 */
#ifndef TCS_BASE_MARKS_H
#define TCS_BASE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCS_NO_MARK UINT32_MAX

struct tcs_marks {
    uint64_t *words; /* owned; a bit for each number */
    size_t cap;      /* words */
    bool all;        /* every number counts as marked */
};

/* Frees the memory; the set is empty and usable afterwards. */
void tcs_marks_done(struct tcs_marks *m);

/* Adds a number for which there is no room yet. Use tcs_marks_add. */
void tcs_marks_grow_and_add(struct tcs_marks *m, uint32_t number);

/* Adds a number. */
static inline void tcs_marks_add(struct tcs_marks *m, uint32_t number)
{
    if (number / 64 < m->cap)
        m->words[number / 64] |= UINT64_C(1) << number % 64;
    else
        tcs_marks_grow_and_add(m, number);
}

/* Takes a number out, unless memory was refused. */
void tcs_marks_remove(struct tcs_marks *m, uint32_t number);

/* The first marked number that is at least from and below end; TCS_NO_MARK if there is none. */
uint32_t tcs_marks_next(const struct tcs_marks *m, uint32_t from, uint32_t end);

/* True if the number is marked. */
static inline bool tcs_marks_has(const struct tcs_marks *m, uint32_t number)
{
    return m->all || (number / 64 < m->cap && (m->words[number / 64] >> number % 64 & 1));
}

/* Empties the set, keeps the memory. */
void tcs_marks_clear(struct tcs_marks *m);

#endif
