#include "app/scan.h"

#include "app/merge.h"
#include "render/summary.h"

#include <stdio.h>
#include <string.h>

/*
 * The flow:
 *
 *     pipeline   reads and decodes units, on several threads
 *     merge      hands out their events in the order of time
 *     survey     takes note of what the logs can tell
 *     engine     judges
 *     report     renders and writes incidents
 */
struct run {
    const struct tcs_scan *scan;
    struct tcs_engine *engine;
    bool no_memory;
};

/* WEB01 names WEB01 and WEB01.example.org. */
static bool host_fits(struct tcs_str computer, const char *wanted)
{
    struct tcs_str name = tcs_str_of(wanted);
    bool starts =
        computer.len >= name.len && tcs_str_eq_ascii_nocase(tcs_str_cut(computer, 0, name.len), name);
    return starts && (computer.len == name.len || computer.p[name.len] == '.');
}

static bool is_wanted_host(const struct tcs_scan *scan, const struct tcs_event *ev)
{
    if (scan->host_count == 0)
        return true;
    struct tcs_buf text;
    tcs_buf_init(&text, 8192);
    tcs_buf_value(&text, ev->rec->system[TCS_SYS_COMPUTER]);
    bool wanted = text.bad; /* rather judged than lost */
    for (size_t i = 0; i < scan->host_count && !wanted; i++)
        wanted = host_fits(tcs_buf_view(&text), scan->hosts[i]);
    tcs_buf_done(&text);
    return wanted;
}

static void on_event(void *ctx, const struct tcs_event *ev, struct tcs_str origin)
{
    struct run *run = ctx;
    const struct tcs_scan *scan = run->scan;
    if (!is_wanted_host(scan, ev) || (scan->has_until && !tcs_time_before(ev->rec->time, scan->until)))
        return;
    tcs_survey_event(scan->survey, ev);
    struct tcs_err err = TCS_ERR_INIT;
    if (tcs_engine_feed(run->engine, ev, origin, &err) != TCS_OK && !run->no_memory) {
        run->no_memory = true; /* once is enough; the summary counts */
        tcs_console_error(scan->console, NULL, err.text);
    }
}

static void on_unit(void *ctx, const struct tcs_work *work, struct tcs_str origin)
{
    struct run *run = ctx;
    const struct tcs_scan *scan = run->scan;
    tcs_survey_unit(scan->survey, work);
    if (work->code != TCS_OK)
        tcs_console_error(scan->console, origin.p, work->err.text);
    for (size_t i = 0; i < work->note_count; i++) {
        char text[320];
        const struct tcs_damage_note *note = &work->notes[i];
        snprintf(text, sizeof text, "offset 0x%llx: %s", (unsigned long long)note->offset, note->text);
        tcs_console_detail(scan->console, origin.p, text);
    }
    const struct tcs_summary *s = &scan->survey->summary;
    tcs_console_progress(scan->console, s->files, s->bytes);
}

/* What a log as a whole tells, beside its records. */
static void feed_log_fact(struct run *run, const struct tcs_log_end *end, enum tcs_rule rule,
                          enum tcs_severity severity, struct tcs_time time, struct tcs_str note)
{
    struct tcs_log_fact fact = {rule, severity, end->host, time, note, end->origin};
    struct tcs_err err = TCS_ERR_INIT;
    if (tcs_engine_log_fact(run->engine, &fact, &err) != TCS_OK)
        tcs_console_error(run->scan->console, NULL, err.text);
}

static void report_gap(struct run *run, const struct tcs_log_end *end)
{
    const struct tcs_read_stats *s = &end->stats;
    struct tcs_buf text;
    tcs_buf_init(&text, 4096);
    tcs_buf_printf(&text, "%llu records are missing", (unsigned long long)s->missing);
    if (s->gaps > 1)
        tcs_buf_printf(&text, " in %llu places, the first", (unsigned long long)s->gaps);
    tcs_buf_printf(&text, " between %llu (", (unsigned long long)s->gap_after);
    tcs_buf_time_human(&text, s->gap_from);
    tcs_buf_printf(&text, ") and %llu (", (unsigned long long)s->gap_before);
    tcs_buf_time_human(&text, s->gap_to);
    tcs_buf_puts(&text, ")");
    /* Damage, and the copy of a log that is being written, swallow records as well as an intruder does. */
    bool is_damaged = tcs_read_stats_has_loss(s);
    bool is_live_copy = s->damage[TCS_DAMAGE_STALE] != 0;
    if (is_damaged)
        tcs_buf_puts(&text, "; the log is damaged, which may be why");
    else if (is_live_copy)
        tcs_buf_puts(&text, "; the log was copied while it was in use, which may be why");
    feed_log_fact(run, end, TCS_RULE_RECORD_GAP, is_damaged || is_live_copy ? TCS_NOTE : TCS_LIKELY,
                  s->gap_to, tcs_buf_view(&text));
    tcs_buf_done(&text);
}

static void say_loss(const struct tcs_scan *scan, const struct tcs_log_end *end)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 4096);
    tcs_buf_puts(&text, "not read whole: ");
    tcs_put_losses(&text, &end->stats);
    tcs_buf_puts(&text, "; everything else was read");
    tcs_buf_putc(&text, '\0');
    tcs_console_say(scan->console, end->origin.p, text.bad ? "not read whole" : text.p);
    tcs_buf_done(&text);
}

/* Damage is as good a way to hide a record as any; in a copy it is mostly the copying. */
static void report_damage(struct run *run, const struct tcs_log_end *end)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 4096);
    tcs_buf_puts(&text, "a part of the log could not be read: ");
    tcs_put_losses(&text, &end->stats);
    feed_log_fact(run, end, TCS_RULE_INPUT_DAMAGED, TCS_NOTE, end->stats.last, tcs_buf_view(&text));
    tcs_buf_done(&text);
    say_loss(run->scan, end);
}

static void on_done(void *ctx, const struct tcs_log_end *end)
{
    struct run *run = ctx;
    tcs_survey_log(run->scan->survey, end->format, &end->stats);
    if (end->is_full)
        feed_log_fact(run, end, TCS_RULE_LOG_FULL, TCS_LIKELY, end->stats.last,
                      TCS_STR("the log was full and not allowed to overwrite: new events were lost"));
    else if (end->keeps_old)
        feed_log_fact(
            run, end, TCS_RULE_LOG_FULL, TCS_NOTE, end->stats.last,
            TCS_STR("the log is set to keep its old records: once it is full, new events are lost"));
    if (end->stats.gaps)
        report_gap(run, end);
    if (tcs_read_stats_has_loss(&end->stats))
        report_damage(run, end);
}

/* In a folder there may be anything; what only bears the name of a log is worth a word. */
static bool has_log_name(const char *path)
{
    struct tcs_str name = tcs_str_of(path);
    static const struct tcs_str endings[] = {TCS_STR_INIT(".evtx"), TCS_STR_INIT(".evt")};
    for (size_t i = 0; i < 2; i++)
        if (name.len >= endings[i].len &&
            tcs_str_eq_ascii_nocase(tcs_str_cut(name, name.len - endings[i].len, name.len), endings[i]))
            return true;
    return false;
}

static void on_refused(void *ctx, const struct tcs_input *input, const struct tcs_err *err)
{
    struct run *run = ctx;
    struct tcs_summary *s = &run->scan->survey->summary;
    if (err->code == TCS_FORMAT && !input->was_named && !has_log_name(input->path)) {
        s->not_logs++;
        tcs_console_detail(run->scan->console, input->path, err->text);
        return;
    }
    s->refused++;
    tcs_console_error(run->scan->console, input->path, err->text);
}

/* A folder without a single log is not what the user meant. */
static void complain_of_empty_folders(const struct tcs_scan *scan, const struct tcs_inputs *inputs)
{
    for (size_t i = 0; i < inputs->folder_count; i++) {
        const struct tcs_input_folder *folder = &inputs->folders[i];
        bool any = false;
        for (size_t k = folder->first; k < folder->first + folder->count; k++)
            any = any || inputs->at[k].was_read;
        if (any)
            continue;
        scan->survey->summary.refused++;
        tcs_console_error(scan->console, folder->path, "there is no event log in this folder");
    }
}

enum tcs_code tcs_scan_run(const struct tcs_scan *scan, struct tcs_inputs *inputs, struct tcs_err *err)
{
    const struct tcs_decode_limits *limits = &tcs_default_decode_limits;
    struct tcs_event_job ctx = {limits, scan->counts_ids};
    struct tcs_job job = {&ctx, tcs_event_worker_new, tcs_event_worker_free, tcs_event_job_run};
    struct run run = {.scan = scan};
    struct tcs_effects effects = {.ctx = scan->closed_ctx, .closed = scan->closed};
    if (scan->report)
        effects = (struct tcs_effects){.ctx = scan->report, .closed = tcs_report_incident};
    run.engine = tcs_engine_new(scan->rules, &tcs_default_engine_limits, tcs_random_key(), &effects, err);
    if (run.engine == NULL)
        return err->code;
    struct tcs_pipeline *p;
    enum tcs_code code = tcs_pipeline_new(&job, scan->threads, limits, &p, err);
    if (code == TCS_OK) {
        struct tcs_merge_sink sink = {&run, on_event, on_unit, on_done, on_refused};
        scan->console->files = inputs->count;
        code = tcs_merge_run(p, limits, inputs, &sink, err);
        tcs_engine_finish(run.engine);
        tcs_survey_engine(scan->survey, tcs_engine_counts(run.engine));
        complain_of_empty_folders(scan, inputs);
        tcs_survey_finish(scan->survey);
        tcs_pipeline_free(p);
    }
    tcs_console_clear_progress(scan->console);
    tcs_engine_free(run.engine);
    return code;
}
