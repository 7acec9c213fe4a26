#include "app/watcher.h"

#include "source/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Rows: of a followed file 'c' + "f" + number of the file, 8 bytes; of a pipe
 * 'c' + "s" + its path. The value is a byte of flags, the length and the name of
 * the computer whose log it is, and the source's cursor.
 * A source that has been read to its end once has a row 'm' + "known:" + path.
 */
enum { PAST_IS_OVER = 1, KEY_MOST = 1024 };

static const char known[] = "known:";

struct key {
    uint8_t bytes[KEY_MOST];
    size_t len;
};

static void add(struct key *k, const void *p, size_t len)
{
    if (len > KEY_MOST - k->len)
        len = KEY_MOST - k->len;
    memcpy(k->bytes + k->len, p, len);
    k->len += len;
}

static struct tcs_bytes view(const struct key *k)
{
    return (struct tcs_bytes){k->bytes, k->len};
}

static void file_key(struct key *k, uint64_t file)
{
    k->len = 0;
    add(k, (const uint8_t[]){TCS_STATE_CURSOR, 'f'}, 2);
    for (unsigned i = 0; i < 8; i++)
        add(k, (const uint8_t[]){(uint8_t)(file >> (56 - 8 * i))}, 1);
}

static void stream_key(struct key *k, struct tcs_str path)
{
    k->len = 0;
    add(k, (const uint8_t[]){TCS_STATE_CURSOR, 's'}, 2);
    add(k, path.p, path.len);
}

static void known_key(struct key *k, struct tcs_str path)
{
    k->len = 0;
    add(k, (const uint8_t[]){TCS_STATE_META}, 1);
    add(k, known, sizeof known - 1);
    add(k, path.p, path.len);
}

/* ---- what is remembered of files ---- */

static struct watch_file *find_file(const struct watch_sources *s, uint64_t file)
{
    for (size_t i = 0; i < s->file_count; i++)
        if (s->files[i].file == file)
            return &s->files[i];
    return NULL;
}

/* Without memory nothing is remembered: a past may ring then, rather too much than too little. */
static struct watch_file *note_file(struct watch_sources *s, uint64_t file)
{
    struct watch_file *f = find_file(s, file);
    if (f)
        return f;
    if (s->file_count == s->file_cap) {
        size_t cap = s->file_cap ? s->file_cap * 2 : 64;
        struct watch_file *more = realloc(s->files, cap * sizeof *more);
        if (more == NULL)
            return NULL;
        s->files = more;
        s->file_cap = cap;
    }
    f = &s->files[s->file_count++];
    *f = (struct watch_file){.file = file};
    return f;
}

struct watch_file *sources_file(struct watch_sources *s, const struct tcs_blob *blob,
                                const struct watch_source *source)
{
    return source->stream ? NULL : note_file(s, blob->file);
}

bool sources_is_past(const struct watcher *w, const struct tcs_blob *blob, const struct watch_source *source)
{
    if (w->watch->replay || source->stream || !source->is_new)
        return false;
    if (!w->sources.is_restored)
        return blob->is_past;
    const struct watch_file *f = find_file(&w->sources, blob->file);
    return !w->sources.caught_up && !(f && f->past_is_over);
}

/* ---- opening ---- */

static enum tcs_code restore_file(void *ctx, struct tcs_bytes key, struct tcs_bytes value,
                                  struct tcs_err *err)
{
    (void)err;
    struct watcher *w = ctx;
    struct tcs_err why = TCS_ERR_INIT;
    size_t name = value.len > 1 ? value.p[1] : 0;
    if (key.len != 10 || value.len < 2 + name)
        return TCS_OK;
    uint64_t file = 0;
    for (unsigned i = 0; i < 8; i++)
        file = file << 8 | key.p[2 + i];
    enum tcs_code code = tcs_follow_restore(
        w->sources.follower, file, (struct tcs_bytes){value.p + 2 + name, value.len - 2 - name}, &why);
    if (code != TCS_OK)
        tcs_journal_say(w->journal, TCS_LEVEL_WARNING, w->settings->state,
                        "where a log was read up to is not known any more (%s); it is read from its start",
                        why.text);
    w->sources.is_restored = w->sources.is_restored || code == TCS_OK;
    struct watch_file *f = note_file(&w->sources, file);
    if (f) {
        f->past_is_over = (value.p[0] & PAST_IS_OVER) != 0;
        memcpy(f->computer, value.p + 2, name);
    }
    return TCS_OK;
}

/* True if the path is standard input or a pipe, which is read as it comes. */
static bool is_stream(const char *path)
{
    enum tcs_file_kind kind;
    if (strcmp(path, "-") == 0)
        return true;
    return tcs_file_examine(path, &kind, NULL) == TCS_OK && kind == TCS_FILE_PIPE;
}

static enum tcs_code open_stream(struct watcher *w, struct watch_source *s, const char *path, unsigned number,
                                 struct tcs_err *err)
{
    struct key k;
    struct tcs_bytes value;
    enum tcs_code code = tcs_stream_open(path, number, &tcs_default_stream_options, &s->stream, err);
    if (code != TCS_OK)
        return code;
    stream_key(&k, s->config->path);
    code = tcs_store_get(w->store, view(&k), &w->arena, &value, err);
    if (code == TCS_OK && value.len > 2) /* counts that cannot be read begin anew */
        tcs_stream_restore(s->stream, (struct tcs_bytes){value.p + 2, value.len - 2}, NULL);
    return code == TCS_END ? TCS_OK : code;
}

static enum tcs_code open_source(struct watcher *w, size_t i, struct tcs_err *err)
{
    struct watch_source *s = &w->sources.at[i];
    struct tcs_err why = TCS_ERR_INIT;
    struct tcs_bytes value;
    struct key k;
    char path[1024];
    s->config = &w->settings->sources[i];
    snprintf(path, sizeof path, "%.*s", TCS_STR_ARG(s->config->path));
    known_key(&k, s->config->path);
    enum tcs_code code = tcs_store_get(w->store, view(&k), &w->arena, &value, err);
    if (code != TCS_OK && code != TCS_END)
        return code;
    s->is_new = code == TCS_END;
    if (is_stream(path))
        code = open_stream(w, s, path, (unsigned)i, &why);
    else
        code = tcs_follow_add(w->sources.follower, path, &s->follow_number, &why);
    return code == TCS_OK ? code : tcs_fail(err, code, TCS_NO_OFFSET, "source %s: %s", path, why.text);
}

enum tcs_code sources_open(struct watcher *w, struct tcs_err *err)
{
    static const uint8_t files[] = {TCS_STATE_CURSOR, 'f'};
    struct watch_sources *s = &w->sources;
    *s = (struct watch_sources){.options = tcs_default_follow_options, .waits = {-1}};
    s->options.interval_ms = (uint32_t)w->settings->config.interval;
    s->follower = tcs_follow_new(&s->options);
    s->at = calloc(w->settings->source_count, sizeof *s->at);
    if (s->follower == NULL || s->at == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow logs");
    enum tcs_code code = tcs_wait_set_open(&s->waits, err);
    for (; code == TCS_OK && s->count < w->settings->source_count; s->count++)
        code = open_source(w, s->count, err);
    if (code == TCS_OK)
        code = tcs_store_each(w->store, (struct tcs_bytes){files, sizeof files}, restore_file, w, err);
    tcs_wait_set_add(&s->waits, w->requests);
    tcs_follow_wait_also(s->follower, s->waits.handle);
    return code;
}

void sources_close(struct watch_sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].stream)
            tcs_stream_close(s->at[i].stream);
    if (s->follower)
        tcs_follow_free(s->follower);
    tcs_wait_set_close(&s->waits);
    free(s->at);
    free(s->files);
    *s = (struct watch_sources){.waits = {-1}};
}

/* ---- reading ---- */

static struct watch_source *followed(struct watch_sources *s, unsigned number)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].stream == NULL && s->at[i].follow_number == number)
            return &s->at[i];
    return NULL;
}

/* Asks the pipes in turn, without waiting. */
static enum tcs_code next_of_streams(struct watch_sources *s, struct tcs_blob *blob,
                                     struct watch_source **source, struct tcs_err *err)
{
    for (size_t i = 0; i < s->count; i++) {
        struct watch_source *at = &s->at[s->turn++ % s->count];
        if (at->stream == NULL || at->has_ended)
            continue;
        enum tcs_code code = tcs_stream_next(at->stream, 0, blob, err);
        tcs_wait_set_add(&s->waits, tcs_stream_handle(at->stream));
        at->has_ended = code == TCS_END;
        *source = at;
        if (code != TCS_AGAIN && code != TCS_END)
            return code;
    }
    return TCS_AGAIN;
}

/* True if nothing will ever come: all that is watched is a standard input that has ended. */
static bool all_ended(const struct watch_sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].stream == NULL || !s->at[i].has_ended)
            return false;
    return true;
}

enum tcs_code sources_next(struct watcher *w, uint32_t timeout_ms, struct tcs_blob *blob,
                           struct watch_source **source, struct tcs_err *err)
{
    struct watch_sources *s = &w->sources;
    enum tcs_code code = next_of_streams(s, blob, source, err);
    if (code != TCS_AGAIN)
        return code;
    if (all_ended(s))
        return TCS_END;
    code = tcs_follow_next(s->follower, timeout_ms, blob, err);
    *source = code == TCS_OK ? followed(s, blob->source) : NULL;
    return code == TCS_OK && *source == NULL ? TCS_AGAIN : code;
}

/* ---- keeping ---- */

enum tcs_code sources_keep(struct watcher *w, const struct tcs_blob *blob, const struct watch_source *source,
                           struct tcs_err *err)
{
    struct key k;
    if (source->stream)
        stream_key(&k, source->config->path);
    else
        file_key(&k, blob->file);
    if (blob->cursor.len == 0)
        return source->stream ? TCS_OK : tcs_store_delete(w->store, view(&k), err);
    const struct watch_file *f = w->file;
    size_t name = f ? strlen(f->computer) : 0;
    size_t len = 2 + name + blob->cursor.len;
    uint8_t *value = tcs_arena_alloc(&w->arena, len);
    if (value == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to note where a log was read up to");
    value[0] = blob->behind == 0 || (f && f->past_is_over) ? PAST_IS_OVER : 0;
    value[1] = (uint8_t)name;
    if (name)
        memcpy(value + 2, f->computer, name);
    memcpy(value + 2 + name, blob->cursor.p, blob->cursor.len);
    return tcs_store_put(w->store, view(&k), (struct tcs_bytes){value, len}, err);
}

void sources_kept(struct watcher *w, const struct tcs_blob *blob)
{
    if (w->file && blob->behind == 0)
        w->file->past_is_over = true;
}

enum tcs_code sources_now_known(struct watcher *w, struct tcs_err *err)
{
    enum tcs_code code = TCS_OK;
    for (size_t i = 0; i < w->sources.count && code == TCS_OK; i++) {
        struct key k;
        known_key(&k, w->sources.at[i].config->path);
        if (w->sources.at[i].is_new)
            code = tcs_store_put(w->store, view(&k), (struct tcs_bytes){(const uint8_t *)"", 0}, err);
    }
    return code;
}
