#include "app/watcher.h"

#include "render/summary.h"

#include <stdio.h>
#include <string.h>

/* The log of a drill; who names another one so only makes it louder. */
static bool is_of_drill(const struct watcher *w)
{
    return tcs_str_has_ascii_nocase(w->origin, TCS_STR(TCS_DRILL_LOG));
}

/* ---- judging ---- */

static void note_computer(struct watcher *w, const struct tcs_record *rec)
{
    struct tcs_buf text;
    if (w->file == NULL)
        return;
    tcs_buf_init(&text, 8192);
    tcs_buf_value(&text, rec->system[TCS_SYS_COMPUTER]);
    struct tcs_str name = tcs_buf_view(&text);
    size_t len = name.len < sizeof w->file->computer - 1 ? name.len : sizeof w->file->computer - 1;
    while (len < name.len && len && ((uint8_t)name.p[len] & 0xC0) == 0x80) /* not within a character */
        len--;
    if (len && memchr(name.p, '\0', len) == NULL) {
        memcpy(w->file->computer, name.p, len);
        w->file->computer[len] = '\0';
    }
    tcs_buf_done(&text);
}

/* What happened before the watch began is judged, to know what runs, and not told. */
static void be_silent(struct watcher *w, bool *is_silent, bool wanted)
{
    if (*is_silent != wanted)
        tcs_engine_be_silent(w->engine, wanted);
    *is_silent = wanted;
}

static enum tcs_code feed(struct watcher *w, const struct tcs_record *rec, bool is_past, bool *is_silent,
                          struct tcs_err *err)
{
    struct tcs_event ev;
    struct tcs_err why = TCS_ERR_INIT;
    if (tcs_normalise(w->normaliser, rec, &ev, &why) != TCS_OK) {
        tcs_journal_say(w->journal, TCS_LEVEL_DEBUG, w->origin.p, "%s", why.text);
        return TCS_OK;
    }
    be_silent(w, is_silent, is_past && tcs_time_before(rec->time, w->ring_from));
    return tcs_engine_feed(w->engine, &ev, w->origin, err);
}

/* Decodes and judges the records of a blob. */
static enum tcs_code judge(struct watcher *w, struct tcs_unit *unit, bool is_past, uint64_t *records,
                           struct tcs_err *err)
{
    const struct tcs_wanted wanted = {
        .ids = tcs_normaliser_ids(w->normaliser), .accept = tcs_normaliser_accepts, .ctx = w->normaliser};
    bool is_silent = false;
    enum tcs_code code = TCS_OK;
    tcs_decoder_begin(w->decoder, unit, &wanted);
    while (code == TCS_OK) {
        struct tcs_record rec;
        struct tcs_err why = TCS_ERR_INIT;
        enum tcs_code next = tcs_decoder_next(w->decoder, &rec, &why);
        if (next == TCS_END)
            break;
        if (next == TCS_SKIP) {
            tcs_journal_say(w->journal, TCS_LEVEL_DEBUG, w->origin.p, "offset 0x%llx: %s",
                            (unsigned long long)why.off, why.text);
            continue;
        }
        if (next != TCS_OK)
            code = tcs_fail(err, next, why.off, "%s", why.text);
        else if ((code = feed(w, &rec, is_past, &is_silent, err)) == TCS_OK && (*records)++ == 0)
            note_computer(w, &rec);
    }
    be_silent(w, &is_silent, false);
    return code;
}

/* ---- the guard against what kills ---- */

enum { ATTEMPTS_MOST = 3, TRIAL_MS = 60000 };

struct trial {
    struct watcher *w;
    struct tcs_unit *unit;
};

/* In a copy of the process: nothing of it lasts. */
static void try_blob(void *ctx)
{
    struct trial *t = ctx;
    struct tcs_err err = TCS_ERR_INIT;
    uint64_t records = 0;
    tcs_engine_be_silent(t->w->engine, true);
    judge(t->w, t->unit, false, &records, &err);
}

static void guard_name(char name[40], const struct tcs_blob *blob)
{
    snprintf(name, 40, "blob:%u:%016llx", blob->source, (unsigned long long)blob->file);
}

/* Counts an attempt at the blob, for good, before anything of it is decoded. */
static enum tcs_code count_attempt(struct watcher *w, const struct tcs_blob *blob, unsigned *attempts,
                                   struct tcs_err *err)
{
    char name[40];
    struct tcs_bytes value;
    guard_name(name, blob);
    enum tcs_code code = row_get(w, TCS_STATE_GUARD, name, &value, err);
    *attempts = code == TCS_OK && value.len == 1 ? value.p[0] : 0;
    uint8_t next = (uint8_t)(*attempts < UINT8_MAX ? *attempts + 1 : UINT8_MAX);
    if (code == TCS_OK || code == TCS_END)
        code = row_put(w, TCS_STATE_GUARD, name, (struct tcs_bytes){&next, 1}, err);
    return code;
}

/*
 * True if the blob must not be touched: the process did not survive it
 * several times, and a copy of the process does not either. Whoever can
 * crash the reader by a record that he makes must not blind it for good.
 */
static bool is_poison(struct watcher *w, const struct tcs_blob *blob, char why[128])
{
    struct tcs_err err = TCS_ERR_INIT;
    struct trial trial = {w, blob->unit};
    unsigned attempts = 0;
    why[0] = '\0';
    if (!w->is_careful || blob->unit == NULL)
        return false;
    enum tcs_code code = count_attempt(w, blob, &attempts, &err);
    if (code != TCS_OK)
        tcs_journal_say(w->journal, TCS_LEVEL_WARNING, w->settings->state, "%s", err.text);
    if (attempts < ATTEMPTS_MOST)
        return false;
    enum tcs_trial end = tcs_try_in_copy(try_blob, &trial, TRIAL_MS, why);
    if (end == TCS_TRIAL_IMPOSSIBLE)
        snprintf(why, 128, "it was tried %u times", attempts);
    return end != TCS_TRIAL_PASSED;
}

static enum tcs_code tell_poison(struct watcher *w, const struct tcs_blob *blob, const char *why,
                                 struct tcs_err *err)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 16384);
    tcs_buf_puts(&text, "a part of a log is not read, because tocsin does not survive it (");
    tcs_buf_puts(&text, why);
    tcs_buf_printf(&text, "): %llu bytes at offset %llu of ", (unsigned long long)blob->unit->file_len,
                   (unsigned long long)blob->unit->offset);
    tcs_buf_utf8(&text, (struct tcs_bytes){(const uint8_t *)w->origin.p, w->origin.len});
    tcs_buf_puts(&text, "; what it holds does not ring");
    tcs_journal_say(w->journal, TCS_LEVEL_ERROR, NULL, "%.*s", TCS_STR_ARG(tcs_buf_view(&text)));
    enum tcs_code code =
        tell_notice(w, TCS_MESSAGE_TROUBLE, TCS_CRITICAL, TCS_STR("poison"), tcs_buf_view(&text), err);
    w->skipped_blobs++;
    tcs_buf_done(&text);
    return code;
}

/* ---- damage ---- */

/*
 * A log that grows on a disk that works is never damaged: what could not be
 * read was made unreadable, or the disk is failing. Either is worth a look.
 */
static enum tcs_code tell_input_damage(struct watcher *w, const struct tcs_unit *unit, struct tcs_err *err)
{
    const struct tcs_read_stats *stats = &unit->stats;
    struct tcs_buf text;
    enum tcs_log_format format = tcs_log_format_of(unit->log);
    /* Text has no checksums: a line of which only a part was written yet looks like a damaged one. */
    bool is_text = format == TCS_FORMAT_XML || format == TCS_FORMAT_JSON;
    if (is_text || !tcs_read_stats_has_loss(stats))
        return TCS_OK;
    tcs_buf_init(&text, 4096);
    tcs_buf_puts(&text, "a part of the log could not be read: ");
    tcs_put_losses(&text, stats);
    struct tcs_log_fact fact = {
        .rule = TCS_RULE_INPUT_DAMAGED,
        .severity = TCS_POSSIBLE,
        .host = tcs_str_of(w->file ? w->file->computer : ""),
        .time = w->now,
        .note = tcs_buf_view(&text),
        .origin = w->origin,
    };
    enum tcs_code code = tcs_engine_log_fact(w->engine, &fact, err);
    tcs_buf_done(&text);
    return code;
}

/* ---- rhythm ---- */

static enum tcs_code note_heard(struct watcher *w, const struct watch_source *source, struct tcs_err *err)
{
    struct tcs_silent_source after;
    struct tcs_buf name;
    (void)err;
    if (w->file == NULL || is_of_drill(w))
        return TCS_OK;
    tcs_buf_init(&name, 8192);
    tcs_buf_puts(&name, w->file->computer[0] ? w->file->computer : "(unnamed)");
    for (size_t i = 0; i < name.len; i++)
        name.p[i] = name.p[i] == ' ' ? '_' : name.p[i]; /* the blank ends the computer's name */
    tcs_buf_putc(&name, ' ');
    tcs_buf_utf8(&name, (struct tcs_bytes){(const uint8_t *)w->origin.p, w->origin.len});
    if (tcs_silence_heard(w->silence, tcs_buf_view(&name), tcs_monotonic_ms(), source->config->silent_after,
                          &after))
        tcs_journal_say(w->journal, TCS_LEVEL_NOTICE, w->origin.p, "speaks again after %llu s of silence",
                        (unsigned long long)(after.silent_ms / 1000));
    tcs_buf_done(&name);
    return TCS_OK;
}

/* ---- a blob ---- */

static enum tcs_code take(struct watcher *w, const struct tcs_blob *blob, struct watch_source *source,
                          const char *poison, struct tcs_err *err)
{
    /* A drill that is begun while the past is still being read must ring all the same. */
    bool is_past = sources_is_past(w, blob, source) && !(w->has_drill && is_of_drill(w));
    char guard[40];
    uint64_t records = 0;
    enum tcs_code code = TCS_OK;
    for (size_t i = 0; i < blob->fact_count && code == TCS_OK; i++)
        code = tell_fact(w, &blob->facts[i], err);
    if (code == TCS_OK && poison)
        code = tell_poison(w, blob, poison, err);
    else if (code == TCS_OK && blob->unit)
        code = judge(w, blob->unit, is_past, &records, err);
    if (code == TCS_OK && records)
        code = note_heard(w, source, err);
    if (code == TCS_OK && blob->unit && !poison && !is_past)
        code = tell_input_damage(w, blob->unit, err);
    if (code != TCS_OK)
        return code;
    tcs_engine_tell(w->engine);
    if (w->code != TCS_OK)
        return tcs_fail(err, w->code, w->err.off, "%s", w->err.text);
    code = memory_keep(w, err);
    if (code == TCS_OK)
        code = sources_keep(w, blob, source, err);
    guard_name(guard, blob);
    if (code == TCS_OK && w->is_careful)
        code = row_delete(w, TCS_STATE_GUARD, guard, err);
    w->records += records;
    return code;
}

enum tcs_code blob_take(struct watcher *w, const struct tcs_blob *blob, struct watch_source *source,
                        struct tcs_err *err)
{
    char why[128];
    tcs_arena_reset(&w->arena);
    w->now = tcs_wall_time();
    w->code = TCS_OK;
    w->err = (struct tcs_err)TCS_ERR_INIT;
    w->new_messages = 0;
    w->file = sources_file(&w->sources, blob, source);
    /* With a NUL behind it, to be said. */
    struct tcs_str name = blob->path.len ? blob->path : source->config->path;
    char *path = tcs_arena_alloc(&w->arena, name.len + 1);
    if (path == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a blob");
    memcpy(path, name.p, name.len);
    w->origin = (struct tcs_str){path, name.len};
    const char *skip = w->give_up && blob->unit ? w->give_up : is_poison(w, blob, why) ? why : NULL;
    enum tcs_code code = tcs_store_begin(w->store, err);
    if (code == TCS_OK)
        code = take(w, blob, source, skip, err);
    if (code == TCS_OK)
        code = tcs_store_commit(w->store, err);
    if (code != TCS_OK) {
        tcs_store_rollback(w->store);
        return code;
    }
    memory_kept(w);
    sources_kept(w, blob);
    w->blobs++;
    if (w->new_messages && w->delivery)
        tcs_delivery_wake(w->delivery);
    return TCS_OK;
}
