#include "cli/scan_options.h"

#include "app/confine.h"
#include "render/summary.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT_TEXT, FORMAT_JSON };

/* What one run holds, so that one place gives it all back. */
struct held {
    struct tcs_arena arena; /* rules */
    struct tcs_inputs inputs;
    struct tcs_survey survey;
    struct tcs_console console;
    struct tcs_report report;
};

static void say_trouble(void *ctx, const char *path, const struct tcs_err *err)
{
    struct held *h = ctx;
    h->survey.summary.refused++;
    tcs_console_error(&h->console, path, err->text);
}

static enum tcs_code expand_paths(struct held *h, const struct tcs_words *paths, struct tcs_err *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        enum tcs_code code = tcs_inputs_add(&h->inputs, paths->at[i], say_trouble, h, err);
        if (code != TCS_OK)
            return code;
    }
    return TCS_OK;
}

static enum tcs_report_format report_format(const struct scan_options *o, enum scan_kind kind)
{
    if (kind == SCAN_FOR_ALARMS)
        return (enum tcs_report_format)o->format;
    return o->format == FORMAT_JSON ? TCS_REPORT_JSON_OBJECT : TCS_REPORT_TEXT;
}

static enum tcs_code open_report(struct held *h, const struct scan_options *o,
                                 const struct tcs_config *config, enum scan_kind kind, struct tcs_err *err)
{
    struct tcs_report *r = &h->report;
    enum tcs_severity least = kind == SCAN_FOR_ABILITIES ? TCS_NOTE : TCS_POSSIBLE;
    if (o->min_severity != TCS_SEVERITY_NONE)
        least = o->min_severity;
    else if (config->min_severity != TCS_SEVERITY_NONE)
        least = config->min_severity;
    *r = (struct tcs_report){
        .format = report_format(o, kind),
        .min_severity = least,
        .has_since = o->since.is_set,
        .since = o->since.time,
        .only_blindness = kind == SCAN_FOR_ABILITIES,
        .console = &h->console,
        .summary = &h->survey.summary,
    };
    if (o->output == NULL || strcmp(o->output, "-") == 0)
        tcs_output_standard(&r->out, TCS_STDOUT);
    else if (tcs_output_create(o->output, o->force, &r->out, err) != TCS_OK)
        return err->code;
    r->style = (struct tcs_text_style){tcs_wants_color(o->color, &r->out), least};
    tcs_report_init(r);
    return TCS_OK;
}

static void write_end(struct held *h, const struct scan_options *o, enum scan_kind kind)
{
    struct tcs_buf b;
    tcs_buf_init(&b, (size_t)64 << 20);
    if (kind == SCAN_FOR_ALARMS) {
        tcs_render_summary(&b, &h->survey.summary, h->report.min_severity);
        tcs_report_flush(&h->report); /* both may go to one place */
        tcs_console_text(&h->console, tcs_buf_view(&b));
        if (b.bad || b.starved)
            tcs_console_error(&h->console, NULL, "no memory to say all about the run");
    } else {
        if (o->format == FORMAT_JSON)
            tcs_render_check_json_end(&b, &h->survey.summary);
        else
            tcs_render_check_text(&b, &h->survey.summary);
        tcs_buf_str(&h->report.buf, tcs_buf_view(&b));
        h->report.is_cut = h->report.is_cut || b.bad || b.starved;
    }
    tcs_buf_done(&b);
}

static enum tcs_exit exit_status(const struct tcs_summary *s, const struct tcs_report *r)
{
    uint64_t rings = 0;
    for (unsigned i = TCS_NOTE; i < TCS_SEVERITY_COUNT; i++)
        rings += s->findings[i];
    if (rings > s->hidden && !r->only_blindness)
        return TCS_EXIT_RINGS;
    return tcs_summary_is_incomplete(s) ? TCS_EXIT_INCOMPLETE : TCS_EXIT_QUIET;
}

static enum tcs_code scan(struct held *h, const struct scan_options *o, const struct tcs_words *paths,
                          enum scan_kind kind, struct tcs_err *err)
{
    struct tcs_rule_words words = rule_words(&o->rules);
    struct tcs_config config;
    struct tcs_rules rules;
    enum tcs_code code = tcs_rules_load(&words, &h->arena, &config, &rules, err);
    if (code == TCS_OK)
        code = open_report(h, o, &config, kind, err);
    if (code != TCS_OK)
        return code;
    struct tcs_scan run = {
        .rules = &rules,
        .threads = o->threads ? o->threads : tcs_processor_count(),
        .counts_ids = kind == SCAN_FOR_ABILITIES,
        .has_until = o->until.is_set,
        .until = o->until.time,
        .hosts = o->hosts.at,
        .host_count = o->hosts.count,
        .report = &h->report,
        .console = &h->console,
        .survey = &h->survey,
    };
    code = expand_paths(h, paths, err);
    if (code == TCS_OK) {
        tcs_confine_to_inputs(paths->at, paths->count, &h->inputs);
        code = tcs_scan_run(&run, &h->inputs, err);
    }
    if (h->survey.summary.no_memory)
        tcs_console_error(&h->console, NULL, "memory was short: records or alarms are missing");
    if (code == TCS_OK)
        write_end(h, o, kind);
    enum tcs_code closing = tcs_report_done(&h->report, err);
    return code == TCS_OK ? closing : code;
}

enum tcs_exit run_scan(const struct scan_options *o, const struct tcs_words *paths, enum scan_kind kind)
{
    if (paths->count == 0)
        return tcs_complain("name a log, a folder with logs, or - for standard input");
    if (o->since.is_set && o->until.is_set && !tcs_time_before(o->since.time, o->until.time))
        return tcs_complain("--since must be earlier than --until");
    struct held *h = calloc(1, sizeof *h);
    if (h == NULL)
        return tcs_complain("no memory");
    tcs_arena_init(&h->arena, (size_t)1 << 30);
    tcs_inputs_init(&h->inputs);
    tcs_survey_init(&h->survey, tcs_random_key());
    tcs_console_init(&h->console, o->quiet, o->verbose, true);
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = scan(h, o, paths, kind, &err);
    enum tcs_exit status = exit_status(&h->survey.summary, &h->report);
    if (code == TCS_CONFIG)
        status = tcs_complain(err.text);
    else if (code != TCS_OK && code != TCS_END) {
        tcs_complain(err.text);
        status = status == TCS_EXIT_RINGS ? status : TCS_EXIT_INCOMPLETE;
    }
    tcs_survey_done(&h->survey);
    tcs_inputs_done(&h->inputs);
    tcs_arena_done(&h->arena);
    free(h);
    return status;
}
