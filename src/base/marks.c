#include "base/marks.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 4 };

void tcs_marks_done(struct tcs_marks *m)
{
    free(m->words);
    *m = (struct tcs_marks){0};
}

void tcs_marks_grow_and_add(struct tcs_marks *m, uint32_t number)
{
    size_t cap = m->cap ? m->cap : FIRST_CAP;
    while (cap <= number / 64)
        cap *= 2;
    uint64_t *words = m->all ? NULL : realloc(m->words, cap * sizeof *words);
    if (words == NULL) {
        m->all = true;
        return;
    }
    memset(words + m->cap, 0, (cap - m->cap) * sizeof *words);
    m->words = words;
    m->cap = cap;
    words[number / 64] |= UINT64_C(1) << number % 64;
}

void tcs_marks_remove(struct tcs_marks *m, uint32_t number)
{
    if (number / 64 < m->cap)
        m->words[number / 64] &= ~(UINT64_C(1) << number % 64);
}

uint32_t tcs_marks_next(const struct tcs_marks *m, uint32_t from, uint32_t end)
{
    if (m->all)
        return from < end ? from : TCS_NO_MARK;
    for (size_t word = from / 64; word < m->cap && word * 64 < end; word++) {
        uint64_t bits = m->words[word];
        if (word == from / 64)
            bits &= UINT64_MAX << from % 64;
        if (bits == 0)
            continue;
        uint32_t number = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
        return number < end ? number : TCS_NO_MARK;
    }
    return TCS_NO_MARK;
}

void tcs_marks_clear(struct tcs_marks *m)
{
    if (m->cap)
        memset(m->words, 0, m->cap * sizeof *m->words);
    m->all = false;
}
