#include "app/event_job.h"

#include "normalise/normalise.h"

#include <stdlib.h>

enum { COUNT_BUCKETS = 64 };

struct worker {
    struct tcs_decoder *decoder;
    struct tcs_normaliser *normaliser;
    struct tcs_events *events; /* of the unit at work */
    struct tcs_work *work;
    struct tcs_id_count *buckets[COUNT_BUCKETS];
};

void *tcs_event_worker_new(const void *ctx)
{
    const struct tcs_event_job *job = ctx;
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->decoder = tcs_decoder_new(job->limits);
    w->normaliser = tcs_normaliser_new();
    if (w->decoder && w->normaliser)
        return w;
    tcs_event_worker_free(w);
    return NULL;
}

void tcs_event_worker_free(void *worker)
{
    struct worker *w = worker;
    tcs_decoder_free(w->decoder);
    tcs_normaliser_free(w->normaliser);
    free(w);
}

static struct tcs_id_count *find_count(struct worker *w, struct tcs_str provider, uint16_t id, bool has_id)
{
    struct tcs_id_count **bucket = &w->buckets[(id ^ provider.len) % COUNT_BUCKETS];
    for (struct tcs_id_count *c = *bucket; c; c = c->next)
        if (c->id == id && c->has_id == has_id && tcs_str_eq(c->provider, provider))
            return c;
    struct tcs_id_count *c = tcs_arena_alloc(&w->work->unit.arena, sizeof *c);
    bool ok = c != NULL;
    if (c) {
        c->provider = tcs_arena_str(&w->work->unit.arena, provider, &ok);
        c->id = id;
        c->has_id = has_id;
        c->next = *bucket;
        *bucket = c;
    }
    return ok ? c : NULL;
}

/* Counts every record on its way, then lets the normaliser's tables decide. */
static bool count_and_accept(void *ctx, const struct tcs_record *rec)
{
    struct worker *w = ctx;
    struct tcs_buf provider;
    tcs_buf_init(&provider, 4096);
    tcs_buf_value(&provider, rec->system[TCS_SYS_PROVIDER]);
    bool is_countable = !(rec->state & (TCS_STATE_TORN | TCS_STATE_SLACK));
    struct tcs_id_count *c =
        is_countable ? find_count(w, tcs_buf_view(&provider), rec->event_id, rec->has_event_id) : NULL;
    if (c)
        c->count++;
    w->work->no_memory = w->work->no_memory || provider.starved || (is_countable && c == NULL);
    tcs_buf_done(&provider);
    return tcs_normaliser_accepts(w->normaliser, rec);
}

/* The counts of the buckets in one list. */
static struct tcs_id_count *collect_counts(struct worker *w)
{
    struct tcs_id_count *all = NULL;
    for (unsigned i = 0; i < COUNT_BUCKETS; i++) {
        while (w->buckets[i]) {
            struct tcs_id_count *c = w->buckets[i];
            w->buckets[i] = c->next;
            c->next = all;
            all = c;
        }
    }
    return all;
}

static void decode_unit(struct worker *w, const struct tcs_wanted *wanted)
{
    struct tcs_work *work = w->work;
    struct tcs_event_node **tail = &w->events->first;
    tcs_decoder_begin(w->decoder, &work->unit, wanted);
    struct tcs_event_node *node = NULL;
    for (;;) {
        if (node == NULL)
            node = tcs_arena_take(&work->unit.arena, sizeof *node);
        work->no_memory = work->no_memory || work->unit.arena.starved;
        if (node == NULL) {
            w->events->no_room++;
            return;
        }
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_decoder_next(w->decoder, &node->rec, &err);
        if (code == TCS_NOMEM) {
            tcs_work_note(work, &err);
            w->events->no_room++;
        }
        work->no_memory = work->no_memory || code == TCS_NOMEM;
        if (code == TCS_END || code == TCS_NOMEM)
            return;
        if (code == TCS_SKIP) {
            tcs_work_note(work, &err);
            continue;
        }
        if (tcs_normalise(w->normaliser, &node->rec, &node->ev, &err) != TCS_OK) {
            tcs_work_note(work, &err);
            w->events->unknown_layouts++;
            continue;
        }
        node->next = NULL;
        *tail = node;
        tail = &node->next;
        node = NULL;
    }
}

void tcs_event_job_run(void *worker, const void *ctx, struct tcs_work *work)
{
    const struct tcs_event_job *job = ctx;
    struct worker *w = worker;
    w->work = work;
    w->events = tcs_arena_alloc(&work->unit.arena, sizeof *w->events);
    work->result = w->events;
    if (w->events == NULL)
        return;
    struct tcs_wanted wanted = {
        .ids = tcs_normaliser_ids(w->normaliser), .accept = tcs_normaliser_accepts, .ctx = w->normaliser};
    if (job->counts_ids)
        wanted = (struct tcs_wanted){.ids = NULL, .accept = count_and_accept, .ctx = w};
    decode_unit(w, &wanted);
    if (job->counts_ids)
        w->events->counts = collect_counts(w);
}
