#include "app/pipeline.h"

#include "platform/confine.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    STEPS_ALONE = 4,    /* 64 KiB steps of a unit: 256 KiB stay in the L2 cache while they are decoded */
    STEPS_TOGETHER = 1, /* of many streams at once */
    AHEAD_A_THREAD = 2,
    AHEAD_MOST = 16,
};

/*
 * Concurrency: one mutex guards all fields that are marked (m). A stream is
 * read by one thread at a time (is_reading); the unit that it filled is then
 * that thread's alone until is_done is set.
 */
struct tcs_stream {
    struct tcs_pipeline *p;
    struct tcs_log_file file;
    struct tcs_work *works[AHEAD_MOST]; /* owned; a ring */
    unsigned cap;                       /* of the ring */
    unsigned head;                      /* the next to hand out */
    unsigned read;                      /* (m) units whose reading has begun and that were not handed back */
    bool is_reading;                    /* (m) */
    bool has_ended;                     /* (m) reading met the end */
    struct tcs_stream *next_job;        /* (m) in the queue */
    bool is_queued;                     /* (m) */
};

struct tcs_pipeline {
    const struct tcs_job *job;
    const struct tcs_decode_limits *limits;
    unsigned threads;
    struct tcs_mutex *mutex;
    struct tcs_signal *changed;
    struct tcs_thread **pool; /* threads - 1 of them; the caller works too */
    unsigned pool_count;
    void *own_worker;
    struct tcs_stream *first_job, *last_job; /* (m) streams with units to read */
    bool is_stopping;                        /* (m) */
};

void tcs_work_note(struct tcs_work *work, const struct tcs_err *err)
{
    if (work->note_count == TCS_NOTES_MOST) {
        work->note_more++;
        return;
    }
    struct tcs_damage_note *note = &work->notes[work->note_count++];
    note->offset = err->off;
    snprintf(note->text, sizeof note->text, "%s", err->text);
}

/* True if another unit can be read now. */
static bool can_read(const struct tcs_stream *s)
{
    return !s->is_reading && !s->has_ended && s->read < s->cap;
}

/* Offers the stream to the pool. Called with the mutex held, as are the functions below. */
static void enqueue(struct tcs_stream *s)
{
    struct tcs_pipeline *p = s->p;
    if (s->is_queued || !can_read(s) || p->pool_count == 0)
        return;
    s->is_queued = true;
    s->next_job = NULL;
    if (p->last_job)
        p->last_job->next_job = s;
    else
        p->first_job = s;
    p->last_job = s;
    tcs_signal_all(p->changed);
}

static struct tcs_stream *dequeue(struct tcs_pipeline *p)
{
    struct tcs_stream *s = p->first_job;
    if (s) {
        p->first_job = s->next_job;
        if (p->first_job == NULL)
            p->last_job = NULL;
        s->is_queued = false;
    }
    return s;
}

/*
 * Reads and decodes the next unit of a stream. Called with the mutex held,
 * returns with it held; it is free in between.
 */
static void work_on(struct tcs_stream *s, void *worker)
{
    struct tcs_pipeline *p = s->p;
    struct tcs_work *work = s->works[(s->head + s->read) % s->cap];
    s->read++;
    s->is_reading = true;
    tcs_mutex_unlock(p->mutex);

    work->note_count = work->note_more = 0;
    work->no_memory = false;
    work->result = NULL;
    work->origin = s->file.path;
    tcs_buf_clear(&work->out);
    tcs_err_clear(&work->err);
    work->code = tcs_log_next_unit(&s->file.log, &work->unit, &work->err);

    tcs_mutex_lock(p->mutex);
    s->is_reading = false;
    s->has_ended = s->has_ended || (work->code != TCS_OK && work->code != TCS_SKIP);
    enqueue(s);
    tcs_mutex_unlock(p->mutex);

    if (work->code == TCS_OK)
        p->job->run(worker, p->job->ctx, work);

    tcs_mutex_lock(p->mutex);
    work->is_done = true;
    tcs_signal_all(p->changed);
}

static void pool_thread(void *ctx)
{
    struct tcs_pipeline *p = ctx;
    void *worker = p->job->worker_new(p->job->ctx);
    tcs_confine_to_open_files(); /* logs are opened by the caller's thread */
    tcs_mutex_lock(p->mutex);
    while (worker && !p->is_stopping) {
        struct tcs_stream *s = dequeue(p);
        if (s)
            work_on(s, worker);
        else
            tcs_signal_wait(p->changed, p->mutex);
    }
    tcs_mutex_unlock(p->mutex);
    /* Units decoded here may still be in use: what they point to goes with the pipeline. */
    tcs_mutex_lock(p->mutex);
    while (!p->is_stopping)
        tcs_signal_wait(p->changed, p->mutex);
    tcs_mutex_unlock(p->mutex);
    if (worker)
        p->job->worker_free(worker);
}

static bool start_pool(struct tcs_pipeline *p)
{
    p->pool = calloc(p->threads, sizeof(struct tcs_thread *));
    if (p->pool == NULL)
        return false;
    while (p->pool_count + 1 < p->threads) {
        p->pool[p->pool_count] = tcs_thread_start(pool_thread, p);
        if (p->pool[p->pool_count] == NULL)
            break; /* fewer threads will do */
        p->pool_count++;
    }
    return true;
}

enum tcs_code tcs_pipeline_new(const struct tcs_job *job, unsigned threads,
                               const struct tcs_decode_limits *limits, struct tcs_pipeline **out,
                               struct tcs_err *err)
{
    struct tcs_pipeline *p = calloc(1, sizeof *p);
    if (p) {
        *p = (struct tcs_pipeline){.job = job, .limits = limits, .threads = threads ? threads : 1};
        p->mutex = tcs_mutex_new();
        p->changed = tcs_signal_new();
        p->own_worker = job->worker_new(job->ctx);
    }
    *out = p;
    if (p && p->mutex && p->changed && p->own_worker && start_pool(p))
        return TCS_OK;
    tcs_pipeline_free(p);
    *out = NULL;
    return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read logs");
}

void tcs_pipeline_free(struct tcs_pipeline *p)
{
    if (p == NULL)
        return;
    if (p->mutex && p->changed) {
        tcs_mutex_lock(p->mutex);
        p->is_stopping = true;
        tcs_signal_all(p->changed);
        tcs_mutex_unlock(p->mutex);
    }
    for (unsigned i = 0; i < p->pool_count; i++)
        tcs_thread_join(p->pool[i]);
    if (p->own_worker)
        p->job->worker_free(p->own_worker);
    tcs_signal_free(p->changed);
    tcs_mutex_free(p->mutex);
    free(p->pool);
    free(p);
}

static void free_works(struct tcs_stream *s)
{
    for (unsigned i = 0; i < s->cap; i++) {
        if (s->works[i] == NULL)
            continue;
        tcs_unit_done(&s->works[i]->unit);
        tcs_buf_done(&s->works[i]->out);
        free(s->works[i]);
    }
}

static bool make_works(struct tcs_stream *s, unsigned count, size_t steps)
{
    for (unsigned i = 0; i < count; i++) {
        struct tcs_work *work = calloc(1, sizeof *work);
        s->works[i] = work;
        s->cap = i + 1;
        if (work == NULL)
            return false;
        tcs_buf_init(&work->out, (size_t)1 << 30);
        if (!tcs_unit_init(&work->unit, steps, s->p->limits))
            return false;
    }
    return true;
}

/* Small logs need no large buffers: a single chunk is the commonest log of all. */
static size_t unit_steps(const struct tcs_log_file *f, bool is_alone)
{
    size_t needed = (size_t)(f->log.reader.size / TCS_UNIT_STEP) + 1;
    size_t most = is_alone ? STEPS_ALONE : STEPS_TOGETHER;
    return needed < most ? needed : most;
}

enum tcs_code tcs_pipeline_open(struct tcs_pipeline *p, const struct tcs_input *input, bool slack,
                                bool is_alone, struct tcs_stream **out, struct tcs_err *err)
{
    struct tcs_stream *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a log");
    s->p = p;
    enum tcs_code code = tcs_log_file_open(input, p->limits, &s->file, err);
    if (code != TCS_OK) {
        free(s);
        *out = NULL;
        return code;
    }
    s->file.log.slack = slack;
    unsigned ahead = p->pool_count == 0 ? 1 : is_alone ? AHEAD_A_THREAD * p->threads : 2;
    if (!make_works(s, ahead < AHEAD_MOST ? ahead : AHEAD_MOST, unit_steps(&s->file, is_alone))) {
        free_works(s);
        tcs_log_file_close(&s->file);
        free(s);
        *out = NULL;
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a log");
    }
    tcs_mutex_lock(p->mutex);
    enqueue(s);
    tcs_mutex_unlock(p->mutex);
    return TCS_OK;
}

/* Takes the stream out of the queue, wherever it stands. */
static void forget_job(struct tcs_stream *s)
{
    struct tcs_pipeline *p = s->p;
    struct tcs_stream *before = NULL;
    for (struct tcs_stream *at = p->first_job; at; before = at, at = at->next_job) {
        if (at != s)
            continue;
        if (before)
            before->next_job = s->next_job;
        else
            p->first_job = s->next_job;
        if (p->last_job == s)
            p->last_job = before;
        s->is_queued = false;
        return;
    }
}

/* True if some thread still works on a unit of the stream. */
static bool is_busy(const struct tcs_stream *s)
{
    for (unsigned i = 0; i < s->read; i++)
        if (!s->works[(s->head + i) % s->cap]->is_done)
            return true;
    return s->is_reading;
}

void tcs_pipeline_close(struct tcs_stream *s)
{
    tcs_mutex_lock(s->p->mutex);
    s->has_ended = true;
    forget_job(s);
    while (is_busy(s))
        tcs_signal_wait(s->p->changed, s->p->mutex);
    tcs_mutex_unlock(s->p->mutex);
    free_works(s);
    tcs_log_file_close(&s->file);
    free(s);
}

struct tcs_work *tcs_pipeline_next(struct tcs_stream *s)
{
    struct tcs_pipeline *p = s->p;
    struct tcs_work *work = s->works[s->head];
    tcs_mutex_lock(p->mutex);
    while (!(s->read > 0 && work->is_done)) {
        if (can_read(s)) {
            /* Rather than wait for the pool, do it here. */
            forget_job(s);
            work_on(s, p->own_worker);
        } else if (s->read == 0) {
            break; /* the end was met before this unit was asked for */
        } else {
            tcs_signal_wait(p->changed, p->mutex);
        }
    }
    bool has_work = s->read > 0;
    tcs_mutex_unlock(p->mutex);
    return has_work && work->code != TCS_END ? work : NULL;
}

void tcs_pipeline_release(struct tcs_stream *s, struct tcs_work *work)
{
    tcs_mutex_lock(s->p->mutex);
    work->is_done = false;
    s->head = (s->head + 1) % s->cap;
    s->read--;
    enqueue(s);
    tcs_mutex_unlock(s->p->mutex);
}

const struct tcs_log_file *tcs_stream_file(const struct tcs_stream *s)
{
    return &s->file;
}
