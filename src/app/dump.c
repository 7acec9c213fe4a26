#include "app/dump.h"

#include "app/pipeline.h"
#include "render/printer.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Bytes of text. A whole record is 64 KiB of UTF-16 or 256 KiB of .evt at most,
 * and no way of writing it makes more of that than eight times as much; but a
 * template may name one value a thousand times.
 */
enum {
    RECORD_TEXT_MOST = 2 << 20,
    UNIT_TEXT_MOST = 16 << 20,
    SHORT_TEXT_LEAST = 4 << 20, /* of these, kept for records without their data */
};

struct worker {
    struct tcs_decoder *decoder;
    struct tcs_printer *printer;
    const struct tcs_dump *dump;
};

static void worker_free(void *worker)
{
    struct worker *w = worker;
    tcs_decoder_free(w->decoder);
    tcs_printer_free(w->printer);
    free(w);
}

static void *worker_new(const void *ctx)
{
    static const enum tcs_record_form forms[] = {
        [TCS_DUMP_JSONL] = TCS_RECORD_JSON, [TCS_DUMP_XML] = TCS_RECORD_XML};
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->dump = ctx;
    w->decoder = tcs_decoder_new(&tcs_default_decode_limits);
    w->printer = tcs_printer_new(forms[w->dump->format]);
    if (w->decoder && w->printer)
        return w;
    worker_free(w);
    return NULL;
}

static bool accept(void *ctx, const struct tcs_record *rec)
{
    const struct tcs_dump *d = ((const struct worker *)ctx)->dump;
    if (d->has_since && tcs_time_before(rec->time, d->since))
        return false;
    if (d->has_until && !tcs_time_before(rec->time, d->until))
        return false;
    bool fits = d->provider_count == 0;
    for (size_t i = 0; i < d->provider_count && !fits; i++)
        fits = tcs_value_eq_ascii_nocase(rec->system[TCS_SYS_PROVIDER], tcs_str_of(d->providers[i]));
    return fits;
}

/* Appends a record to work->out if that does not become larger than most; nothing of it otherwise. */
static enum tcs_code render(const struct worker *w, struct tcs_work *work, const struct tcs_record *rec,
                            size_t most, struct tcs_err *err)
{
    size_t before = work->out.len;
    work->out.max = before + RECORD_TEXT_MOST < most ? before + RECORD_TEXT_MOST : most;
    enum tcs_code code = tcs_printer_put(w->printer, &work->out, rec, tcs_str_of(work->origin), err);
    if (code != TCS_OK) {
        work->out.len = before;
        work->out.bad = work->out.starved = false;
    }
    return code;
}

/* A record whose data would fill the memory is shown without them, and counted. */
static void put_record(const struct worker *w, struct tcs_work *work, const struct tcs_record *rec)
{
    struct tcs_err err = TCS_ERR_INIT;
    if (render(w, work, rec, UNIT_TEXT_MOST - SHORT_TEXT_LEAST, &err) == TCS_OK)
        return;
    struct tcs_record outer = *rec;
    outer.part_count = rec->part_count > 1;
    outer.data = 0;
    outer.state |= TCS_STATE_BAD_DATA;
    work->unit.stats.damage[TCS_DAMAGE_LIMIT]++;
    tcs_work_note(work, &err);
    render(w, work, &outer, UNIT_TEXT_MOST, NULL);
}

/* Renders all records of a unit into work->out. */
static void job_run(void *worker, const void *ctx, struct tcs_work *work)
{
    const struct tcs_dump *d = ctx;
    struct worker *w = worker;
    struct tcs_wanted wanted = {.ids = d->ids, .accept = accept, .ctx = w};
    tcs_decoder_begin(w->decoder, &work->unit, &wanted);
    for (;;) {
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_decoder_next(w->decoder, &rec, &err);
        if (code == TCS_OK)
            put_record(w, work, &rec);
        else if (code != TCS_END)
            tcs_work_note(work, &err);
        work->unit.stats.damage[TCS_DAMAGE_LIMIT] += code == TCS_NOMEM;
        if (code == TCS_END || code == TCS_NOMEM)
            return;
    }
}

static void say_damage(const struct tcs_dump *d, const char *path, const struct tcs_work *work)
{
    for (size_t i = 0; i < work->note_count; i++) {
        char text[320];
        snprintf(text, sizeof text, "offset 0x%llx: %s", (unsigned long long)work->notes[i].offset,
                 work->notes[i].text);
        tcs_console_say(d->console, path, text);
    }
    if (work->note_more) {
        char text[80];
        snprintf(text, sizeof text, "and %zu more places of damage nearby", work->note_more);
        tcs_console_say(d->console, path, text);
    }
}

static enum tcs_code write_work(const struct tcs_dump *d, const char *path, const struct tcs_work *work,
                                struct tcs_err *err)
{
    struct tcs_summary *s = d->summary;
    if (work->code != TCS_OK) {
        s->interrupted++;
        tcs_console_error(d->console, path, work->err.text);
        return TCS_OK;
    }
    tcs_read_stats_merge(&s->read, &work->unit.stats);
    s->bytes += work->unit.file_len;
    say_damage(d, path, work);
    if (d->out->is_terminal)
        tcs_console_clear_progress(d->console);
    return work->out.len ? tcs_output_write(d->out, work->out.p, work->out.len, err) : TCS_OK;
}

static enum tcs_code dump_log(const struct tcs_dump *d, struct tcs_pipeline *p, struct tcs_input *input,
                              struct tcs_err *err)
{
    struct tcs_stream *stream;
    struct tcs_err refusal = TCS_ERR_INIT;
    if (tcs_pipeline_open(p, input, d->slack, true, &stream, &refusal) != TCS_OK) {
        if (refusal.code == TCS_FORMAT && !input->was_named) {
            d->summary->not_logs++;
            tcs_console_detail(d->console, input->path, refusal.text);
        } else {
            d->summary->refused++;
            tcs_console_error(d->console, input->path, refusal.text);
        }
        return TCS_OK;
    }
    input->was_read = true;
    enum tcs_code code = TCS_OK;
    struct tcs_work *work;
    while (code == TCS_OK && (work = tcs_pipeline_next(stream)) != NULL) {
        code = write_work(d, input->path, work, err);
        tcs_pipeline_release(stream, work);
        tcs_console_progress(d->console, d->summary->files, d->summary->bytes);
    }
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        d->summary->read.damage[i] += tcs_stream_file(stream)->log.damage[i];
    d->summary->files++;
    tcs_pipeline_close(stream);
    return code;
}

enum tcs_code tcs_dump_run(const struct tcs_dump *d, struct tcs_inputs *inputs, struct tcs_err *err)
{
    struct tcs_job job = {d, worker_new, worker_free, job_run};
    struct tcs_pipeline *p;
    enum tcs_code code = tcs_pipeline_new(&job, d->threads, &tcs_default_decode_limits, &p, err);
    if (code != TCS_OK)
        return code;
    d->console->files = inputs->count;
    for (size_t i = 0; code == TCS_OK && i < inputs->count; i++)
        code = dump_log(d, p, &inputs->at[i], err);
    tcs_pipeline_free(p);
    tcs_console_clear_progress(d->console);
    return code;
}
