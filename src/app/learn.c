#include "app/learn.h"

#include "base/fold.h"
#include "engine/ruleset.h"

#include <stdlib.h>

enum { IMAGE_MOST = 32768, ARENA_MOST = 512 << 20 };

void tcs_learning_init(struct tcs_learning *l, struct tcs_hash_key key)
{
    *l = (struct tcs_learning){.key = key};
    tcs_arena_init(&l->arena, ARENA_MOST);
    l->proposal.programs =
        tcs_arena_array(&l->arena, TCS_LEARNED_PROGRAMS_MOST, sizeof *l->proposal.programs);
}

void tcs_learning_done(struct tcs_learning *l)
{
    tcs_map_done(&l->by_image);
    tcs_arena_done(&l->arena);
}

static bool same_image(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_learning *l = ctx;
    return tcs_fold_eq(l->proposal.programs[slot].image, *(const struct tcs_str *)key);
}

/* The program of that path, made if it is new; NULL if there is no room. */
static struct tcs_learned *program_of(struct tcs_learning *l, struct tcs_str image)
{
    char folded[IMAGE_MOST];
    bool ok = true;
    if (l->proposal.programs == NULL || image.len == 0 || image.len > IMAGE_MOST)
        return NULL;
    tcs_fold(image, folded);
    uint64_t hash = tcs_hash(l->key, (struct tcs_bytes){(const uint8_t *)folded, image.len});
    uint32_t slot = tcs_map_find(&l->by_image, hash, same_image, l, &image);
    if (slot != TCS_MAP_NONE)
        return &l->proposal.programs[slot];
    if (l->proposal.program_count == TCS_LEARNED_PROGRAMS_MOST)
        return NULL;
    struct tcs_str copy = tcs_arena_str(&l->arena, image, &ok);
    if (!ok || !tcs_map_add(&l->by_image, hash, (uint32_t)l->proposal.program_count))
        return NULL;
    struct tcs_learned *p = &l->proposal.programs[l->proposal.program_count++];
    *p = (struct tcs_learned){.image = copy, .server = {"", 0}, .command = {"", 0}};
    return p;
}

static void add_text(struct tcs_learning *l, struct tcs_learned_texts *t, struct tcs_str text)
{
    bool ok = true;
    if (text.len == 0) {
        t->has_unknown = true;
        return;
    }
    for (size_t i = 0; i < t->count; i++)
        if (tcs_fold_eq(t->at[i], text))
            return;
    struct tcs_str copy = t->count < TCS_LEARNED_MOST ? tcs_arena_str(&l->arena, text, &ok) : text;
    if (t->count == TCS_LEARNED_MOST || !ok)
        t->has_more = true;
    else
        t->at[t->count++] = copy;
}

/* DOMAIN\name as a list has it, or the SID. */
static void add_account(struct tcs_learning *l, struct tcs_learned *p, const struct tcs_account *a)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 65536);
    if (a->domain.len && a->name.len) {
        tcs_buf_str(&text, a->domain);
        tcs_buf_putc(&text, '\\');
    }
    tcs_buf_str(&text, a->name.len ? a->name : a->sid);
    add_text(l, &p->accounts, tcs_buf_view(&text));
    tcs_buf_done(&text);
}

static void learn(struct tcs_learning *l, const struct tcs_finding *f)
{
    struct tcs_learned *p = program_of(l, f->image);
    bool ok = true;
    if (p == NULL) {
        l->proposal.program_more++;
        return;
    }
    if (p->count == 0 || tcs_time_before(f->time, p->first))
        p->first = f->time;
    if (p->count == 0 || tcs_time_before(p->last, f->time))
        p->last = f->time;
    if (p->count == 0) {
        p->server = tcs_arena_str(&l->arena, f->server, &ok);
        p->command = tcs_arena_str(&l->arena, f->command, &ok);
    }
    p->count++;
    p->facts |= f->facts;
    add_text(l, &p->parents, f->parent_image);
    if (f->pool.len)
        add_text(l, &p->pools, f->pool);
    else
        p->pools.has_unknown = true;
    add_account(l, p, &f->account);
}

void tcs_learning_incident(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct tcs_learning *l = ctx;
    (void)partial;
    for (size_t i = 0; i < incident->finding_count; i++) {
        if (incident->findings[i]->facts & TCS_FACT_BLINDNESS)
            continue;
        l->proposal.findings++;
        learn(l, incident->findings[i]);
    }
}

const char *tcs_learning_why_not(struct tcs_str path)
{
    const char *why;
    return tcs_need_path_ok(path, &why) ? NULL : why;
}

static int by_count(const void *a, const void *b)
{
    const struct tcs_learned *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    size_t len = x->image.len < y->image.len ? x->image.len : y->image.len;
    int order = memcmp(x->image.p, y->image.p, len);
    return order ? order : (x->image.len > y->image.len) - (x->image.len < y->image.len);
}

const struct tcs_proposal *tcs_learning_finish(struct tcs_learning *l, const struct tcs_summary *summary)
{
    struct tcs_proposal *p = &l->proposal;
    if (p->program_count)
        qsort(p->programs, p->program_count, sizeof *p->programs, by_count);
    for (size_t i = 0; i < summary->host_count; i++) {
        const struct tcs_host_summary *h = &summary->hosts[i];
        if (p->events == 0 || tcs_time_before(h->first, p->first))
            p->first = h->first;
        if (p->events == 0 || tcs_time_before(p->last, h->last))
            p->last = h->last;
        p->events += h->events;
    }
    return p;
}
