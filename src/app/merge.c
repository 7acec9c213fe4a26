#include "app/merge.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

enum {
    ACTIVE_MOST = 64, /* logs that are open together */
    HOST_MOST = 256,
    VALUE_TEXT_MOST = 4 << 20, /* more than any value takes as text: what does not fit found no memory */
};

/* A log to be read: where it begins, and how far it is. */
struct course {
    struct tcs_input *input;
    struct tcs_str host;   /* of its first record */
    struct tcs_str folded; /* the same, to be compared */
    struct tcs_time first;
    struct tcs_stream *stream;
    struct tcs_work *work;
    const struct tcs_event_node *next; /* NULL: the next unit has to be asked for */
    struct tcs_time time;              /* of next */
    struct tcs_read_stats stats;
};

struct merge {
    struct tcs_pipeline *p;
    const struct tcs_decode_limits *limits;
    const struct tcs_merge_sink *sink;
    struct course *courses;
    size_t count;
    struct course *active[ACTIVE_MOST];
    size_t active_count;
    struct tcs_arena arena;
    bool no_memory; /* while the logs were looked at */
};

static struct tcs_str origin_of(const struct course *c)
{
    return tcs_str_of(c->input->path);
}

/* ---- the survey: when does a log begin, and whose is it ---- */

/* Looks at the first record. What cannot be told stays zero: such a log comes first. */
static void look_at_first(struct merge *m, struct tcs_log_file *f, struct tcs_decoder *d, struct tcs_unit *u,
                          struct course *c)
{
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_record rec;
    struct tcs_wanted all = {0};
    enum tcs_code code = tcs_log_next_unit(&f->log, u, &err);
    m->no_memory = m->no_memory || code == TCS_NOMEM;
    if (code != TCS_OK)
        return;
    tcs_decoder_begin(d, u, &all);
    do
        code = tcs_decoder_next(d, &rec, NULL);
    while (code == TCS_SKIP);
    m->no_memory = m->no_memory || code == TCS_NOMEM || u->arena.starved;
    if (code != TCS_OK)
        return;
    c->first = rec.time;
    struct tcs_buf host;
    tcs_buf_init(&host, VALUE_TEXT_MOST);
    tcs_buf_value(&host, rec.system[TCS_SYS_COMPUTER]);
    bool ok;
    m->no_memory = m->no_memory || host.bad;
    c->host = tcs_arena_str(&m->arena, tcs_str_cut(tcs_buf_view(&host), 0, HOST_MOST), &ok);
    char *folded = tcs_arena_alloc(&m->arena, c->host.len);
    if (folded) {
        tcs_fold(c->host, folded);
        c->folded = (struct tcs_str){folded, c->host.len};
    }
    m->no_memory = m->no_memory || !ok || folded == NULL;
    tcs_buf_done(&host);
}

static int compare_courses(const void *a, const void *b)
{
    const struct course *x = a, *y = b;
    size_t len = x->folded.len < y->folded.len ? x->folded.len : y->folded.len;
    int by_host = len ? memcmp(x->folded.p, y->folded.p, len) : 0;
    if (by_host == 0)
        by_host = (x->folded.len > y->folded.len) - (x->folded.len < y->folded.len);
    if (by_host)
        return by_host;
    if (x->first.ticks != y->first.ticks)
        return x->first.ticks < y->first.ticks ? -1 : 1;
    return (x->input > y->input) - (x->input < y->input);
}

/* Orders the logs by host and time, and drops what is no log. */
static enum tcs_code survey(struct merge *m, struct tcs_err *err)
{
    struct tcs_decoder *d = tcs_decoder_new(m->limits);
    struct tcs_unit u;
    bool ok = tcs_unit_init(&u, 1, m->limits) && d != NULL;
    size_t kept = 0;
    for (size_t i = 0; ok && i < m->count; i++) {
        struct course c = m->courses[i];
        struct tcs_log_file f;
        struct tcs_err refusal = TCS_ERR_INIT;
        /* What comes through a pipe can be read only once; it is taken as it comes. */
        if (!c.input->is_pipe) {
            if (tcs_log_file_open(c.input, m->limits, &f, &refusal) != TCS_OK) {
                m->sink->refused(m->sink->ctx, c.input, &refusal);
                continue;
            }
            look_at_first(m, &f, d, &u, &c);
            tcs_log_file_close(&f);
        }
        m->courses[kept++] = c;
    }
    m->count = kept;
    tcs_unit_done(&u);
    tcs_decoder_free(d);
    if (!ok || m->no_memory)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read logs");
    qsort(m->courses, m->count, sizeof *m->courses, compare_courses);
    return TCS_OK;
}

/* ---- the merge ---- */

static bool open_course(struct merge *m, struct course *c, bool is_alone)
{
    struct tcs_err refusal = TCS_ERR_INIT;
    if (tcs_pipeline_open(m->p, c->input, false, is_alone, &c->stream, &refusal) == TCS_OK) {
        c->input->was_read = true;
        return true;
    }
    m->sink->refused(m->sink->ctx, c->input, &refusal);
    return false;
}

static void close_course(struct merge *m, struct course *c)
{
    const struct tcs_log *log = &tcs_stream_file(c->stream)->log;
    struct tcs_log_end end = {origin_of(c), tcs_log_format_of(log), c->host,
                              log->is_full, log->keeps_old,         c->stats};
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        end.stats.damage[i] += log->damage[i];
    m->sink->done(m->sink->ctx, &end);
    tcs_pipeline_close(c->stream);
    c->stream = NULL;
}

/* Takes units until there is an event. False at the end of the log. */
static bool fetch(struct merge *m, struct course *c)
{
    while (c->next == NULL) {
        if (c->work)
            tcs_pipeline_release(c->stream, c->work);
        c->work = tcs_pipeline_next(c->stream);
        if (c->work == NULL)
            return false;
        tcs_read_stats_append(&c->stats, &c->work->unit.stats);
        m->sink->unit(m->sink->ctx, c->work, origin_of(c));
        const struct tcs_events *events = c->work->result;
        c->next = events ? events->first : NULL;
    }
    /* A record without a time stays where its log has it. */
    if (!tcs_time_is_unset(c->next->rec.time))
        c->time = c->next->rec.time;
    return true;
}

static void hand_out(struct merge *m, struct course *c)
{
    m->sink->event(m->sink->ctx, &c->next->ev, origin_of(c));
    c->next = c->next->next;
}

static void run_alone(struct merge *m, struct course *c)
{
    if (!open_course(m, c, true))
        return;
    while (fetch(m, c))
        hand_out(m, c);
    close_course(m, c);
}

static size_t earliest(const struct merge *m)
{
    size_t best = 0;
    for (size_t i = 1; i < m->active_count; i++)
        if (tcs_time_before(m->active[i]->time, m->active[best]->time))
            best = i;
    return best;
}

static void retire(struct merge *m, size_t i)
{
    close_course(m, m->active[i]);
    /* The others keep their order, which decides between equal times. */
    memmove(&m->active[i], &m->active[i + 1], (m->active_count - i - 1) * sizeof m->active[0]);
    m->active_count--;
}

/* Opens the next logs of the host as far as they begin before the time reached. */
static size_t activate(struct merge *m, size_t next, size_t end)
{
    while (next < end && m->active_count < ACTIVE_MOST) {
        struct course *c = &m->courses[next];
        bool is_due = m->active_count == 0 || !tcs_time_before(m->active[earliest(m)]->time, c->first);
        if (!is_due)
            break;
        next++;
        if (!open_course(m, c, false))
            continue;
        m->active[m->active_count++] = c;
        if (!fetch(m, c))
            retire(m, m->active_count - 1);
    }
    return next;
}

/* The logs of one host: courses [begin, end). */
static void run_host(struct merge *m, size_t begin, size_t end)
{
    if (end - begin == 1) {
        run_alone(m, &m->courses[begin]);
        return;
    }
    size_t next = begin;
    for (;;) {
        next = activate(m, next, end);
        if (m->active_count == 0)
            return;
        size_t i = earliest(m);
        hand_out(m, m->active[i]);
        if (!fetch(m, m->active[i]))
            retire(m, i);
    }
}

static enum tcs_code run(struct merge *m, struct tcs_err *err)
{
    enum tcs_code code = survey(m, err);
    if (code != TCS_OK)
        return code;
    for (size_t begin = 0; begin < m->count;) {
        size_t end = begin + 1;
        while (end < m->count && m->courses[begin].folded.len &&
               tcs_str_eq(m->courses[begin].folded, m->courses[end].folded))
            end++;
        run_host(m, begin, end);
        begin = end;
    }
    return TCS_OK;
}

enum tcs_code tcs_merge_run(struct tcs_pipeline *p, const struct tcs_decode_limits *limits,
                            struct tcs_inputs *inputs, const struct tcs_merge_sink *sink, struct tcs_err *err)
{
    struct merge m = {.p = p, .limits = limits, .sink = sink, .count = inputs->count};
    tcs_arena_init(&m.arena, (size_t)1 << 30);
    m.courses = calloc(inputs->count + 1, sizeof *m.courses);
    if (m.courses == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read logs");
    for (size_t i = 0; i < inputs->count; i++)
        m.courses[i] = (struct course){.input = &inputs->at[i], .host = {"", 0}, .folded = {"", 0}};
    enum tcs_code code = run(&m, err);
    free(m.courses);
    tcs_arena_done(&m.arena);
    return code;
}
