#include "engine/origin.h"

#include <stdlib.h>

enum { ORIGINS_MOST = 16384, NAME_MOST = 4096 }; /* names, bytes of one */

static bool same_name(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_engine *e = ctx;
    return tcs_str_eq(e->origins[slot], *(const struct tcs_str *)key);
}

void origin_init(struct tcs_engine *e)
{
    tcs_arena_init(&e->origin_texts, (size_t)ORIGINS_MOST * NAME_MOST);
}

static bool make_room(struct tcs_engine *e)
{
    if (e->origin_count < e->origin_cap)
        return true;
    uint32_t cap = e->origin_cap ? e->origin_cap * 2 : 16;
    struct tcs_str *more = cap > ORIGINS_MOST ? NULL : realloc(e->origins, cap * sizeof *more);
    e->counts.no_memory += more == NULL && cap <= ORIGINS_MOST;
    if (more == NULL)
        return false;
    e->origins = more;
    e->origin_cap = cap;
    return true;
}

struct tcs_str origin_of(struct tcs_engine *e, struct tcs_str name)
{
    if (tcs_str_eq(e->origin, name))
        return e->origin;
    uint64_t hash = tcs_hash(e->key, (struct tcs_bytes){(const uint8_t *)name.p, name.len});
    uint32_t slot = tcs_map_find(&e->origin_by_name, hash, same_name, e, &name);
    if (slot != TCS_MAP_NONE)
        return e->origins[slot];
    if (name.len > NAME_MOST || !make_room(e))
        return TCS_STR("(another file)");
    bool ok;
    struct tcs_str copy = tcs_arena_str(&e->origin_texts, name, &ok);
    if (!ok || !tcs_map_add(&e->origin_by_name, hash, e->origin_count)) {
        e->counts.no_memory++;
        return TCS_STR("(another file)");
    }
    e->origins[e->origin_count++] = copy;
    return copy;
}

void origin_free_all(struct tcs_engine *e)
{
    free(e->origins);
    tcs_map_done(&e->origin_by_name);
    tcs_arena_done(&e->origin_texts);
}
