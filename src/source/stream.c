#include "source/stream.h"

#include "decode/split.h"
#include "platform/watch.h"
#include "source/text_units.h"

#include <stdlib.h>
#include <string.h>

enum {
    READ_STEP = 64 * 1024,
    TEXT_STEP = 3 * READ_STEP, /* what a read of UTF-16 may become */
    CURSOR = 24,
    CURSOR_VERSION = 1,
    REOPEN_MS = 250, /* how often a pipe that is not there is tried */
    FACTS = 4,
};

const struct tcs_stream_options tcs_default_stream_options = {
    .limits = &tcs_default_decode_limits,
};

struct tcs_stream {
    struct tcs_stream_options options;
    unsigned source;
    char *path; /* owned */
    bool is_stdin, is_open, at_end, is_over;
    struct tcs_file file;
    struct tcs_split split;
    struct tcs_text_units text; /* what was read and not yet handed out, and what is being handed out */
    uint64_t events, bytes, units;
    uint8_t cursor[CURSOR];
    struct tcs_source_fact facts[FACTS];
    size_t fact_count;
    struct tcs_err trouble; /* the text of a fact */
    char *read;             /* owned; READ_STEP bytes */
};

/* ---- life ---- */

static void start_text(struct tcs_stream *s)
{
    tcs_split_init(&s->split, s->options.limits->event_bytes);
    tcs_buf_clear(&s->text.text);
    s->at_end = false;
}

enum tcs_code tcs_stream_open(const char *path, unsigned source, const struct tcs_stream_options *options,
                              struct tcs_stream **out, struct tcs_err *err)
{
    struct tcs_file_state state;
    bool is_stdin = strcmp(path, "-") == 0;
    if (!is_stdin && tcs_file_state_at(path, &state, NULL) == TCS_OK && state.kind != TCS_FILE_PIPE)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "is no pipe; a file is followed, not streamed");
    struct tcs_stream *s = calloc(1, sizeof *s);
    size_t size = strlen(path) + 1;
    bool ok = s && (s->path = malloc(size)) && (s->read = malloc(READ_STEP)) &&
              tcs_text_units_init(&s->text, options->limits->event_bytes + TEXT_STEP, options->limits);
    if (!ok) {
        tcs_stream_close(s);
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a pipe");
    }
    memcpy(s->path, path, size);
    s->options = *options;
    s->source = source;
    s->is_stdin = is_stdin;
    start_text(s);
    *out = s;
    return TCS_OK;
}

void tcs_stream_close(struct tcs_stream *s)
{
    if (s == NULL)
        return;
    if (s->is_open)
        tcs_file_close(&s->file);
    tcs_text_units_done(&s->text);
    free(s->path);
    free(s->read);
    free(s);
}

enum tcs_code tcs_stream_restore(struct tcs_stream *s, struct tcs_bytes cursor, struct tcs_err *err)
{
    if (cursor.len != CURSOR || tcs_le64(cursor.p) != CURSOR_VERSION)
        return tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "these bytes are no cursor of a pipe");
    s->events = tcs_le64(cursor.p + 8);
    s->bytes = tcs_le64(cursor.p + 16);
    return TCS_OK;
}

intptr_t tcs_stream_handle(const struct tcs_stream *s)
{
    return s->is_open ? s->file.handle : -1;
}

/* ---- blobs ---- */

static struct tcs_source_fact *say(struct tcs_stream *s, enum tcs_source_fact_kind kind, const char *detail)
{
    if (s->fact_count < FACTS)
        s->fact_count++;
    struct tcs_source_fact *fact = &s->facts[s->fact_count - 1];
    *fact = (struct tcs_source_fact){.kind = kind, .path = tcs_str_of(s->path), .detail = tcs_str_of(detail)};
    return fact;
}

/* Takes bytes off the front of the text that nobody will read. */
static void take_off(struct tcs_stream *s, size_t len)
{
    tcs_text_units_drop(&s->text, len);
    s->bytes += len;
}

/* Begins to read the first len bytes of the text. */
static enum tcs_code begin_reading(struct tcs_stream *s, size_t len, struct tcs_err *err)
{
    enum tcs_code code = tcs_text_units_begin(&s->text, len, s->split.format, err);
    s->bytes += code == TCS_OK ? len : 0;
    return code;
}

static void fill_blob(struct tcs_stream *s, bool has_records, struct tcs_blob *blob)
{
    *blob = (struct tcs_blob){.source = s->source,
                              .facts = s->facts,
                              .fact_count = s->fact_count,
                              .cursor = {s->cursor, CURSOR},
                              .behind = s->text.text.len - s->text.held};
    if (has_records) {
        s->text.unit.number = s->units++;
        s->events += s->text.unit.index_count;
        blob->unit = &s->text.unit;
    }
    tcs_put_le64(s->cursor, CURSOR_VERSION);
    tcs_put_le64(s->cursor + 8, s->events);
    tcs_put_le64(s->cursor + 16, s->bytes);
}

/* The next unit of what was cut off. OK; AGAIN: there is none. */
static enum tcs_code give_unit(struct tcs_stream *s, struct tcs_blob *blob, struct tcs_err *err)
{
    enum tcs_code code = tcs_text_units_next(&s->text, err);
    if (code == TCS_OK)
        fill_blob(s, true, blob);
    return code;
}

/* Cuts whole events off the text. OK: they are being read, or a fact was met; AGAIN: more text is needed;
 * END. */
static enum tcs_code cut(struct tcs_stream *s, struct tcs_err *err)
{
    size_t len;
    tcs_err_clear(&s->trouble);
    enum tcs_code code = tcs_split_cut(&s->split, tcs_buf_view(&s->text.text), s->at_end, &len, &s->trouble);
    if (code == TCS_OK)
        return begin_reading(s, len, err);
    if (code == TCS_SKIP) {
        struct tcs_source_fact *fact = say(s, TCS_FACT_LIMIT, s->trouble.text);
        fact->has_count = true;
        fact->count = 1;
        take_off(s, len);
        return TCS_OK;
    }
    if (code == TCS_FORMAT) { /* what follows may be better; the writer is not to be stopped by it */
        bool at_end = s->at_end;
        say(s, TCS_FACT_NO_LOG, s->trouble.text);
        start_text(s);
        s->at_end = at_end;
        return TCS_OK;
    }
    if (code == TCS_END)
        take_off(s, s->text.text.len);
    else
        take_off(s, tcs_split_waste(&s->split));
    return code;
}

/* ---- the pipe ---- */

static enum tcs_code open_pipe(struct tcs_stream *s)
{
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code =
        s->is_stdin ? tcs_file_stdin(&s->file, &err) : tcs_pipe_open(s->path, &s->file, &err);
    s->is_open = code == TCS_OK;
    return s->is_open ? TCS_OK : TCS_AGAIN;
}

/* The writer has gone, and all that it wrote was handed out. */
static enum tcs_code writer_has_gone(struct tcs_stream *s)
{
    start_text(s);
    if (s->is_open)
        tcs_file_close(&s->file);
    s->is_open = false;
    s->is_over = s->is_stdin;
    return s->is_over ? TCS_END : TCS_AGAIN;
}

/* Reads what is there. OK; AGAIN: nothing. */
static enum tcs_code read_more(struct tcs_stream *s, struct tcs_err *err)
{
    if (!s->is_open && open_pipe(s) != TCS_OK)
        return TCS_AGAIN;
    size_t got;
    tcs_err_clear(&s->trouble);
    enum tcs_code code = tcs_pipe_read(&s->file, s->read, READ_STEP, &got, &s->trouble);
    if (code == TCS_AGAIN)
        return code;
    if (code == TCS_OK) {
        tcs_split_add(&s->split, (struct tcs_bytes){(const uint8_t *)s->read, got}, &s->text.text);
        return s->text.text.bad ? tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a pipe")
                                : TCS_OK;
    }
    if (code != TCS_END)
        say(s, TCS_FACT_UNREADABLE, s->trouble.text);
    s->at_end = true;
    return TCS_OK;
}

enum tcs_code tcs_stream_next(struct tcs_stream *s, uint32_t timeout_ms, struct tcs_blob *blob,
                              struct tcs_err *err)
{
    uint64_t until = tcs_monotonic_ms() + timeout_ms;
    s->fact_count = 0;
    for (;;) {
        enum tcs_code code = s->is_over ? TCS_END : give_unit(s, blob, err);
        if (code != TCS_AGAIN)
            return code;
        code = cut(s, err);
        if (code == TCS_OK && s->fact_count && !s->text.is_reading) {
            fill_blob(s, false, blob);
            return TCS_OK;
        }
        if (code == TCS_OK)
            continue;
        if (code == TCS_END || (code == TCS_AGAIN && s->at_end))
            code = writer_has_gone(s);
        if (code != TCS_AGAIN)
            return code;
        code = read_more(s, err);
        uint64_t now = tcs_monotonic_ms();
        if (code == TCS_AGAIN && now >= until)
            return TCS_AGAIN;
        if (code == TCS_AGAIN) {
            uint32_t left = (uint32_t)(until - now);
            tcs_wait_readable(tcs_stream_handle(s), -1, s->is_open || left < REOPEN_MS ? left : REOPEN_MS);
        } else if (code != TCS_OK) {
            return code;
        }
    }
}
