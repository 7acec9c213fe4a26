/*
 * reload_engine [--every N] LOG...
 *
 * Feeds the logs to two engines. One runs through; the other is stored after
 * every event and, after every N of them, thrown away and loaded into a new
 * one. Everything that is told must be the same, whatever N is; what was
 * stored bit by bit must be what is stored at once; and what was loaded must
 * be stored as it was.
 */
#include "app/merge.h"
#include "app/rules.h"
#include "render/finding.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t every = 1;

/* What an engine told, in words. */
struct told {
    struct tcs_buf text;
};

static void put_finding(struct told *t, const char *what, const struct tcs_incident *incident,
                        const struct tcs_finding *f)
{
    tcs_buf_printf(&t->text, "%s %u ", what, f->revision);
    tcs_render_finding_json(&t->text, incident, f);
    tcs_buf_putc(&t->text, '\n');
}

static void on_told(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    put_finding(ctx, "told", incident, f);
}

static void on_grown(void *ctx, const struct tcs_incident *incident)
{
    struct told *t = ctx;
    struct tcs_text_style style = {.min_severity = TCS_SEVERITY_NONE};
    tcs_buf_printf(&t->text, "grown %s\n", incident->id);
    tcs_render_incident_text(&t->text, incident, &style);
}

static void on_closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct told *t = ctx;
    tcs_buf_printf(&t->text, "closed %s %d\n", incident->id, partial);
    for (size_t i = 0; i < incident->finding_count; i++)
        put_finding(t, "finding", incident, incident->findings[i]);
}

struct run {
    const struct tcs_rules *rules;
    struct told through, broken;
    struct tcs_engine *whole, *parts;
    struct row_set rows;
    uint64_t events, reloads, puts, most_rows;
};

static struct tcs_engine *make_engine(const struct run *run, struct told *told)
{
    struct tcs_effects effects = {.ctx = told, .told = on_told, .grown = on_grown, .closed = on_closed};
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_engine *e =
        tcs_engine_new(run->rules, &tcs_default_engine_limits, tcs_random_key(), &effects, &err);
    if (e == NULL) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    return e;
}

static void fail(const struct run *run, const char *what)
{
    fprintf(stderr, "after event %llu: %s\n", (unsigned long long)run->events, what);
    exit(1);
}

static void show(const char *name, const struct row_set *set, size_t i)
{
    if (i >= set->count)
        return;
    fprintf(stderr, "%s: ", name);
    for (size_t k = 0; k < set->at[i].key.len; k++)
        fprintf(stderr, "%02x", set->at[i].key.p[k]);
    fprintf(stderr, " = ");
    for (size_t k = 0; k < set->at[i].value.len; k++)
        fprintf(stderr, "%02x", set->at[i].value.p[k]);
    fprintf(stderr, "\n");
}

/* All rows of the engine must be those that were kept. */
static void compare_all(const struct run *run, struct tcs_engine *e, const char *what)
{
    struct row_set all = {0};
    struct tcs_row_sink sink = rows_sink(&all);
    struct tcs_err err = TCS_ERR_INIT;
    size_t where = 0;
    tcs_engine_forget_saved(e);
    if (tcs_engine_save(e, &sink, &err) != TCS_OK)
        fail(run, err.text);
    tcs_engine_saved(e);
    if (!rows_equal(&all, &run->rows, &where)) {
        show("all", &all, where);
        show("kept", &run->rows, where);
        fail(run, what);
    }
    rows_done(&all);
}

static void reload(struct run *run)
{
    struct tcs_err err = TCS_ERR_INIT;
    compare_all(run, run->parts, "a change was not stored");
    struct tcs_engine *fresh = make_engine(run, &run->broken);
    if (rows_load(&run->rows, fresh, &err) != TCS_OK)
        fail(run, err.text);
    compare_all(run, fresh, "what was loaded is stored differently");
    tcs_engine_free(run->parts);
    run->parts = fresh;
    run->reloads++;
}

static void keep(struct run *run)
{
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_row_sink sink = rows_sink(&run->rows);
    run->rows.puts = 0;
    if (tcs_engine_save(run->parts, &sink, &err) != TCS_OK)
        fail(run, err.text);
    tcs_engine_saved(run->parts);
    run->puts += run->rows.puts;
    if (run->rows.count > run->most_rows)
        run->most_rows = run->rows.count;
}

static void on_event(void *ctx, const struct tcs_event *ev, struct tcs_str origin)
{
    struct run *run = ctx;
    struct tcs_err err = TCS_ERR_INIT;
    if (tcs_engine_feed(run->whole, ev, origin, &err) != TCS_OK ||
        tcs_engine_feed(run->parts, ev, origin, &err) != TCS_OK)
        fail(run, err.text);
    tcs_engine_tell(run->whole);
    tcs_engine_tell(run->parts);
    keep(run);
    run->events++;
    if (run->events % every == 0)
        reload(run);
}

static void on_unit(void *ctx, const struct tcs_work *work, struct tcs_str origin)
{
    (void)ctx, (void)work, (void)origin;
}

static void on_done(void *ctx, const struct tcs_log_end *end)
{
    (void)ctx, (void)end;
}

static void on_refused(void *ctx, const struct tcs_input *input, const struct tcs_err *err)
{
    (void)ctx;
    if (!input->was_named) /* in a folder there may be anything */
        return;
    fprintf(stderr, "%s: %s\n", input->path, err->text);
    exit(2);
}

static void compare_told(const struct run *run)
{
    if (run->through.text.bad || run->broken.text.bad)
        fail(run, "too much was told");
    struct tcs_str a = tcs_buf_view(&run->through.text), b = tcs_buf_view(&run->broken.text);
    if (tcs_str_eq(a, b))
        return;
    size_t at = 0;
    while (at < a.len && at < b.len && a.p[at] == b.p[at])
        at++;
    size_t from = at > 300 ? at - 300 : 0;
    fprintf(stderr, "through: ...%.*s\nbroken:  ...%.*s\n", TCS_STR_ARG(tcs_str_cut(a, from, at + 200)),
            TCS_STR_ARG(tcs_str_cut(b, from, at + 200)));
    fail(run, "not the same was told");
}

static enum tcs_code run_logs(struct run *run, char **paths, int count, struct tcs_err *err)
{
    struct tcs_event_job ctx = {&tcs_default_decode_limits, false};
    struct tcs_job job = {&ctx, tcs_event_worker_new, tcs_event_worker_free, tcs_event_job_run};
    struct tcs_merge_sink sink = {run, on_event, on_unit, on_done, on_refused};
    struct tcs_pipeline *p;
    struct tcs_inputs inputs;
    tcs_inputs_init(&inputs);
    enum tcs_code code = TCS_OK;
    for (int i = 0; i < count && code == TCS_OK; i++)
        code = tcs_inputs_add(&inputs, paths[i], NULL, NULL, err);
    if (code == TCS_OK)
        code = tcs_pipeline_new(&job, 1, &tcs_default_decode_limits, &p, err);
    if (code == TCS_OK) {
        code = tcs_merge_run(p, &tcs_default_decode_limits, &inputs, &sink, err);
        tcs_pipeline_free(p);
    }
    tcs_inputs_done(&inputs);
    return code;
}

int main(int argc, char **argv)
{
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--every") == 0) {
        every = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_arena arena;
    struct tcs_config config;
    struct tcs_rules rules;
    struct run run = {.rules = &rules};
    tcs_arena_init(&arena, (size_t)256 << 20);
    tcs_buf_init(&run.through.text, (size_t)1 << 30);
    tcs_buf_init(&run.broken.text, (size_t)1 << 30);
    struct tcs_rule_words words = {0};
    if (every == 0 || tcs_rules_load(&words, &arena, &config, &rules, &err) != TCS_OK)
        return 2;
    run.whole = make_engine(&run, &run.through);
    run.parts = make_engine(&run, &run.broken);
    keep(&run);
    if (run_logs(&run, argv + first, argc - first, &err) != TCS_OK)
        fail(&run, err.text);
    reload(&run);
    tcs_engine_finish(run.whole);
    tcs_engine_finish(run.parts);
    keep(&run);
    compare_all(&run, run.parts, "a change of the end was not stored");
    compare_told(&run);
    printf("%llu events, %llu reloads, %llu rows at most, %.1f rows stored an event, %zu bytes told\n",
           (unsigned long long)run.events, (unsigned long long)run.reloads, (unsigned long long)run.most_rows,
           run.events ? (double)run.puts / (double)run.events : 0, run.through.text.len);
    tcs_engine_free(run.whole);
    tcs_engine_free(run.parts);
    rows_done(&run.rows);
    tcs_buf_done(&run.through.text);
    tcs_buf_done(&run.broken.text);
    tcs_arena_done(&arena);
    return 0;
}
