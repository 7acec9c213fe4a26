#include "base/arena.h"

#include "base/ckd.h"

#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_SIZE = 32 * 1024 };

struct tcs_arena_block {
    struct tcs_arena_block *next;
    size_t size; /* bytes of data */
    alignas(max_align_t) uint8_t data[];
};

void tcs_arena_init(struct tcs_arena *a, size_t limit)
{
    *a = (struct tcs_arena){.limit = limit};
}

void tcs_arena_done(struct tcs_arena *a)
{
    struct tcs_arena_block *b = a->blocks;
    while (b) {
        struct tcs_arena_block *next = b->next;
        free(b);
        b = next;
    }
    tcs_arena_init(a, a->limit);
}

static void use_block(struct tcs_arena *a, struct tcs_arena_block *b)
{
    a->free = b->data;
    a->left = b->size;
}

void tcs_arena_reset(struct tcs_arena *a)
{
    struct tcs_arena_block *keep = NULL;
    struct tcs_arena_block *b = a->blocks;
    while (b) {
        struct tcs_arena_block *next = b->next;
        if (keep == NULL && b->size == BLOCK_SIZE)
            keep = b;
        else
            free(b);
        b = next;
    }
    tcs_arena_init(a, a->limit);
    if (keep) {
        keep->next = NULL;
        a->blocks = keep;
        a->used = sizeof *keep + keep->size;
        use_block(a, keep);
    }
}

static struct tcs_arena_block *new_block(struct tcs_arena *a, size_t data)
{
    size_t total;
    if (tcs_ckd_add(&total, data, sizeof(struct tcs_arena_block)) || total > a->limit - a->used)
        return NULL;
    struct tcs_arena_block *b = malloc(total);
    a->starved = a->starved || b == NULL;
    if (b == NULL)
        return NULL;
    b->size = data;
    a->used += total;
    return b;
}

static bool add_block(struct tcs_arena *a)
{
    struct tcs_arena_block *b = new_block(a, BLOCK_SIZE);
    if (b == NULL)
        return false;
    b->next = a->blocks;
    a->blocks = b;
    use_block(a, b);
    return true;
}

/* A block of its own for what does not fit the usual size; the current block stays in use. */
static void *alloc_large(struct tcs_arena *a, size_t size)
{
    struct tcs_arena_block *b = new_block(a, size);
    if (b == NULL)
        return NULL;
    struct tcs_arena_block **behind = a->blocks ? &a->blocks->next : &a->blocks;
    b->next = *behind;
    *behind = b;
    return b->data;
}

void *tcs_arena_take(struct tcs_arena *a, size_t size)
{
    size_t rounded;
    if (tcs_ckd_add(&rounded, size, alignof(max_align_t) - 1))
        return NULL;
    rounded &= ~(alignof(max_align_t) - 1);
    if (rounded == 0)
        rounded = alignof(max_align_t);
    if (rounded > BLOCK_SIZE)
        return alloc_large(a, rounded);
    if (rounded > a->left && !add_block(a))
        return NULL;
    void *p = a->free;
    a->free += rounded;
    a->left -= rounded;
    return p;
}

void *tcs_arena_alloc(struct tcs_arena *a, size_t size)
{
    void *p = tcs_arena_take(a, size);
    return p ? memset(p, 0, size) : NULL;
}

void *tcs_arena_array(struct tcs_arena *a, size_t count, size_t size)
{
    size_t total;
    if (tcs_ckd_mul(&total, count, size))
        return NULL;
    return tcs_arena_alloc(a, total);
}

void *tcs_arena_copy(struct tcs_arena *a, const void *p, size_t len)
{
    void *copy = tcs_arena_take(a, len);
    if (copy && len)
        memcpy(copy, p, len);
    return copy;
}

struct tcs_str tcs_arena_str(struct tcs_arena *a, struct tcs_str s, bool *ok)
{
    *ok = true;
    if (s.len == 0)
        return (struct tcs_str){"", 0};
    const char *copy = tcs_arena_copy(a, s.p, s.len);
    *ok = copy != NULL;
    return copy ? (struct tcs_str){copy, s.len} : (struct tcs_str){"", 0};
}
