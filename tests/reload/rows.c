#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

static void free_entry(struct row_entry *entry)
{
    union {
        const uint8_t *view;
        uint8_t *owned;
    } memory = {entry->key.p};
    free(memory.owned);
}

void rows_done(struct row_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free_entry(&set->at[i]);
    free(set->at);
    *set = (struct row_set){0};
}

static int compare(struct tcs_bytes a, struct tcs_bytes b)
{
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The place of a key, or where it belongs. */
static size_t find(const struct row_set *set, struct tcs_bytes key, bool *there)
{
    size_t from = 0, to = set->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (compare(set->at[middle].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    *there = from < set->count && compare(set->at[from].key, key) == 0;
    return from;
}

void rows_put(struct row_set *set, struct tcs_bytes key, struct tcs_bytes value)
{
    bool there;
    size_t i = find(set, key, &there);
    if (there) {
        free_entry(&set->at[i]);
    } else {
        if (set->count == set->cap) {
            set->cap = set->cap ? set->cap * 2 : 64;
            set->at = realloc(set->at, set->cap * sizeof *set->at);
            if (set->at == NULL)
                abort();
        }
        memmove(set->at + i + 1, set->at + i, (set->count - i) * sizeof *set->at);
        set->count++;
    }
    uint8_t *memory = malloc(key.len + value.len + 1);
    if (memory == NULL)
        abort();
    memcpy(memory, key.p, key.len);
    if (value.len)
        memcpy(memory + key.len, value.p, value.len);
    set->at[i] = (struct row_entry){{memory, key.len}, {memory + key.len, value.len}};
    set->puts++;
}

static enum tcs_code put(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err)
{
    (void)err;
    rows_put(ctx, key, value);
    return TCS_OK;
}

static enum tcs_code del(void *ctx, struct tcs_bytes key, struct tcs_err *err)
{
    (void)err;
    struct row_set *set = ctx;
    bool there;
    size_t i = find(set, key, &there);
    if (!there) {
        fprintf(stderr, "a row of class %u that was never put is taken away\n", key.p[0]);
        abort();
    }
    free_entry(&set->at[i]);
    set->count--;
    memmove(set->at + i, set->at + i + 1, (set->count - i) * sizeof *set->at);
    set->dels++;
    return TCS_OK;
}

struct tcs_row_sink rows_sink(struct row_set *set)
{
    return (struct tcs_row_sink){set, put, del};
}

bool rows_equal(const struct row_set *a, const struct row_set *b, size_t *where)
{
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        *where = i;
        if (i >= a->count || i >= b->count || compare(a->at[i].key, b->at[i].key) != 0 ||
            compare(a->at[i].value, b->at[i].value) != 0)
            return false;
    }
    return true;
}

enum tcs_code rows_load(const struct row_set *set, struct tcs_engine *e, struct tcs_err *err)
{
    struct tcs_engine_loading *l;
    enum tcs_code code = tcs_engine_load_begin(e, &l, err);
    if (code != TCS_OK)
        return code;
    for (size_t i = 0; i < set->count && code == TCS_OK; i++)
        code = tcs_engine_load_row(l, set->at[i].key, set->at[i].value, err);
    enum tcs_code end = tcs_engine_load_end(l, err);
    return code != TCS_OK ? code : end;
}
