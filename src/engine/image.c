#include "engine/image.h"

#include <stdlib.h>

struct raw_key {
    struct tcs_value value;
    uint16_t ruleset;
    bool old_paths;
    enum tcs_windows windows;
};

static bool same_raw(const void *ctx, const void *key, uint32_t slot)
{
    const struct raw_key *k = key;
    const struct image *image = image_at(ctx, slot);
    return image->memory && image->raw.len == k->value.len && image->type == k->value.type &&
           image->ruleset == k->ruleset && image->old_paths == k->old_paths && image->windows == k->windows &&
           memcmp(image->raw.p, k->value.p, k->value.len) == 0;
}

static void release(struct tcs_engine *e, uint32_t slot)
{
    struct image *image = image_edit(e, slot);
    tcs_map_remove(&e->image_by_raw, image->hash, slot);
    free(image->memory);
    image->memory = NULL;
    tcs_slots_give(&e->images, slot);
}

void image_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->images.used; i++)
        if (image_at(e, i)->memory)
            release(e, i);
}

/* The mark of a sweep, which is not stored. */
static void set_in_use(struct tcs_engine *e, uint32_t slot, bool in_use)
{
    ((struct image *)tcs_slots_at(&e->images, slot))->in_use = in_use;
}

/* Programs that nothing refers to any more go; the table is only a memory of what was met. */
static void sweep(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->images.used; i++)
        if (image_at(e, i)->memory)
            set_in_use(e, i, false);
    for (uint32_t i = 0; i < e->processes.used; i++) {
        const struct process *p = process_at(e, i);
        if ((p->flags & P_LIVE) && p->image != NONE)
            set_in_use(e, p->image, true);
    }
    for (uint32_t i = 0; i < e->hosts.used; i++) {
        const struct host *h = host_at(e, i);
        for (uint32_t k = 0; h->name.p && h->opens && k < e->limits->opens; k++)
            if (h->opens[k].in_use)
                set_in_use(e, h->opens[k].image, true);
    }
    for (uint32_t i = 0; i < e->images.used; i++)
        if (image_at(e, i)->memory && !image_at(e, i)->in_use && i != e->temporary_image)
            release(e, i);
}

/* Everything that follows from the path, in one piece of memory: the raw bytes, the text, the folded path. */
static bool look_at_path(struct tcs_engine *e, struct image *image, const struct raw_key *k)
{
    struct tcs_arena arena;
    tcs_arena_init(&arena, (size_t)4 << 20);
    struct tcs_buf text;
    tcs_buf_init(&text, TCS_PATH_BYTES_MOST + 64);
    bool damaged = tcs_buf_value(&text, k->value);
    struct tcs_ruleset *rules = e->rulesets[k->ruleset];
    struct tcs_path path;
    bool ok = tcs_path_normalise(tcs_buf_view(&text), damaged || text.bad, &rules->places, &arena, &path);
    uint8_t *memory = ok ? malloc(k->value.len + text.len + path.folded.len + 1) : NULL;
    if (memory) {
        uint8_t *p = memory;
        memcpy(p, k->value.p, k->value.len);
        image->raw = (struct tcs_bytes){p, k->value.len};
        p += k->value.len;
        if (text.len)
            memcpy(p, text.p, text.len);
        image->text = (struct tcs_str){(char *)p, text.len};
        p += text.len;
        memcpy(p, path.folded.p, path.folded.len);
        image->path = path;
        image->path.folded = (struct tcs_str){(char *)p, path.folded.len};
        image->path.name = tcs_str_cut(image->path.folded, path.folded.len - path.name.len, path.folded.len);
        image->memory = memory;
        image->worker = tcs_ruleset_worker(rules, &image->path, k->windows, &image->worker_fit);
    }
    e->counts.no_memory += text.starved || arena.starved || (ok && memory == NULL);
    tcs_buf_done(&text);
    tcs_arena_done(&arena);
    return memory != NULL;
}

/* A place for a path when the table is full: it serves until the next such path comes. */
static uint32_t temporary(struct tcs_engine *e, const struct raw_key *k)
{
    e->counts.images_lost++;
    if (e->temporary_image == NONE)
        return NONE;
    struct image *image = image_edit(e, e->temporary_image);
    free(image->memory);
    *image = (struct image){
        .ruleset = k->ruleset, .type = k->value.type, .old_paths = k->old_paths, .windows = k->windows};
    return look_at_path(e, image, k) ? e->temporary_image : NONE;
}

static bool remember(struct tcs_engine *e, uint64_t hash, uint32_t slot)
{
    bool ok = tcs_map_add(&e->image_by_raw, hash, slot);
    e->counts.no_memory += !ok;
    return ok;
}

static uint32_t image_new(struct tcs_engine *e, const struct raw_key *k, uint64_t hash)
{
    uint32_t slot = tcs_slots_take(&e->images);
    if (slot == NONE) {
        sweep(e);
        slot = tcs_slots_take(&e->images);
    }
    if (slot == NONE)
        return temporary(e, k);
    struct image *image = image_edit(e, slot);
    image->hash = hash;
    image->ruleset = k->ruleset;
    image->type = k->value.type;
    image->old_paths = k->old_paths;
    image->windows = k->windows;
    if (!look_at_path(e, image, k) || !remember(e, hash, slot)) {
        free(image->memory);
        image->memory = NULL;
        tcs_slots_give(&e->images, slot);
        return temporary(e, k);
    }
    return slot;
}

static uint64_t hash_of(const struct tcs_engine *e, const struct raw_key *k)
{
    uint64_t old = k->windows == TCS_WINDOWS_BEFORE_VISTA;
    return tcs_hash(e->key, (struct tcs_bytes){k->value.p, k->value.len}) ^ k->ruleset ^
           (uint64_t)k->old_paths << 8 ^ (uint64_t)k->value.type << 16 ^ old << 24;
}

bool image_load(struct tcs_engine *e, uint32_t slot, const struct image *from)
{
    struct raw_key k = {
        {from->raw.p, (uint32_t)from->raw.len, from->type}, from->ruleset, from->old_paths, from->windows};
    if (tcs_value_is_absent(k.value) || !tcs_slots_take_at(&e->images, slot))
        return false;
    struct image *image = image_edit(e, slot);
    *image = *from;
    image->hash = hash_of(e, &k);
    image->memory = NULL;
    return look_at_path(e, image, &k) && tcs_map_add(&e->image_by_raw, image->hash, slot);
}

/* Where a path that was met lately may stand. The letters before ".exe" tell most programs apart. */
static uint32_t *recent(struct tcs_engine *e, struct tcs_value path)
{
    uint64_t letters = path.len;
    if (path.len >= 24)
        letters += tcs_le64(path.p + path.len - 16) ^ tcs_le64(path.p + path.len - 24) << 1;
    return &e->recent_images[(letters * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
}

uint32_t image_of(struct tcs_engine *e, uint32_t host, struct tcs_value value, bool old_paths)
{
    if (tcs_value_is_absent(value) || value.len > TCS_PATH_BYTES_MOST)
        return NONE;
    bool is_old = e->ev->origin == TCS_ORIGIN_SECURITY_EVT;
    struct raw_key k = {value, host_at(e, host)->ruleset, old_paths,
                        is_old ? TCS_WINDOWS_BEFORE_VISTA : TCS_WINDOWS_VISTA_ON};
    uint32_t *guess = recent(e, value);
    if (*guess != NONE && same_raw(e, &k, *guess))
        return *guess;
    uint64_t hash = hash_of(e, &k);
    uint32_t slot = tcs_map_find(&e->image_by_raw, hash, same_raw, e, &k);
    if (slot == NONE)
        slot = image_new(e, &k, hash);
    *guess = slot == e->temporary_image ? NONE : slot;
    return slot;
}

bool image_agrees(const struct image *a, const struct image *b)
{
    const struct tcs_path *x = &a->path, *y = &b->path;
    if (x->kind == y->kind && x->kind != TCS_PATH_OTHER)
        return tcs_str_eq(x->folded, y->folded);
    /* Forms that cannot be compared whole (a device path and a drive path) agree if their names do. */
    if ((x->kind == TCS_PATH_ROOTED && y->kind == TCS_PATH_DRIVE) ||
        (y->kind == TCS_PATH_ROOTED && x->kind == TCS_PATH_DRIVE)) {
        struct tcs_str rooted = x->kind == TCS_PATH_ROOTED ? x->folded : y->folded;
        struct tcs_str full = x->kind == TCS_PATH_ROOTED ? y->folded : x->folded;
        return tcs_str_eq(rooted, tcs_str_cut(full, 2, full.len));
    }
    return tcs_str_eq(x->name, y->name);
}
