#include "app/report.h"
#include "render/summary.h"

enum { FLUSH_AT = 64 * 1024 };

void tcs_report_flush(struct tcs_report *r)
{
    if (r->buf.len && !r->reader_left && r->err.code == TCS_OK) {
        if (r->out.is_terminal)
            tcs_console_clear_progress(r->console);
        r->reader_left = tcs_output_write(&r->out, r->buf.p, r->buf.len, &r->err) == TCS_END;
    }
    r->is_cut = r->is_cut || r->buf.bad || r->buf.starved;
    tcs_buf_clear(&r->buf);
}

void tcs_report_init(struct tcs_report *r)
{
    tcs_buf_init(&r->buf, (size_t)1 << 30);
    r->err = (struct tcs_err)TCS_ERR_INIT;
    if (r->format == TCS_REPORT_CSV)
        tcs_render_csv_header(&r->buf);
    if (r->format == TCS_REPORT_JSON_OBJECT)
        tcs_render_check_json_start(&r->buf);
}

static bool is_shown(const struct tcs_report *r, const struct tcs_finding *f)
{
    bool is_blindness = (f->facts & TCS_FACT_BLINDNESS) != 0;
    return f->severity >= r->min_severity && !(r->has_since && tcs_time_before(f->time, r->since)) &&
           (is_blindness || !r->only_blindness);
}

/* Leaves only the findings that are shown in view, which has an array of its own for them. */
static void choose(const struct tcs_report *r, const struct tcs_incident *incident, struct tcs_incident *view)
{
    view->finding_count = 0;
    for (size_t i = 0; i < incident->finding_count; i++) {
        struct tcs_finding *f = incident->findings[i];
        if (!is_shown(r, f))
            continue;
        if (view->finding_count == 0 || tcs_time_before(f->time, view->first))
            view->first = f->time;
        view->findings[view->finding_count++] = f;
    }
}

static void count_findings(struct tcs_report *r, const struct tcs_incident *incident, size_t shown,
                           bool partial)
{
    struct tcs_summary *s = r->summary;
    size_t relevant = 0;
    for (size_t i = 0; i < incident->finding_count; i++) {
        const struct tcs_finding *f = incident->findings[i];
        if (r->only_blindness && !(f->facts & TCS_FACT_BLINDNESS))
            continue;
        relevant++;
        s->findings[f->severity]++;
    }
    s->hidden += relevant - shown;
    s->incidents += shown && !partial;
}

static void render_one(struct tcs_report *r, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    if (r->format == TCS_REPORT_CSV) {
        tcs_render_finding_csv(&r->buf, incident, f);
        return;
    }
    if (r->format == TCS_REPORT_JSON_OBJECT && r->written)
        tcs_buf_putc(&r->buf, ',');
    tcs_render_finding_json(&r->buf, incident, f);
    tcs_buf_putc(&r->buf, '\n');
    r->written++;
}

static void render(struct tcs_report *r, const struct tcs_incident *incident)
{
    if (r->format == TCS_REPORT_TEXT) {
        tcs_render_incident_text(&r->buf, incident, &r->style);
        return;
    }
    for (size_t i = 0; i < incident->finding_count; i++) {
        render_one(r, incident, incident->findings[i]);
        if (r->buf.len > FLUSH_AT)
            tcs_report_flush(r);
    }
}

void tcs_report_incident(void *report, const struct tcs_incident *incident, bool partial)
{
    struct tcs_report *r = report;
    struct tcs_arena arena;
    tcs_arena_init(&arena, (size_t)1 << 26);
    struct tcs_incident view = *incident;
    view.findings = tcs_arena_array(&arena, incident->finding_count, sizeof(struct tcs_finding *));
    if (view.findings)
        choose(r, incident, &view);
    else
        view = *incident; /* without memory to choose, everything is shown */
    r->buf.starved = r->buf.starved || arena.starved;
    count_findings(r, incident, view.finding_count, partial);
    if (view.finding_count)
        render(r, &view);
    if (r->buf.len > FLUSH_AT || r->out.is_terminal)
        tcs_report_flush(r);
    tcs_arena_done(&arena);
}

enum tcs_code tcs_report_done(struct tcs_report *r, struct tcs_err *err)
{
    tcs_report_flush(r);
    tcs_buf_done(&r->buf);
    enum tcs_code code = tcs_output_close(&r->out, &r->err);
    if (r->is_cut)
        tcs_fail(&r->err, TCS_LIMIT, TCS_NO_OFFSET, "there was no memory to write all of it");
    if (r->err.code == TCS_OK)
        return code;
    return tcs_fail(err, r->err.code, TCS_NO_OFFSET, "%s", r->err.text);
}
