#include "app/watcher.h"

#include <stdio.h>
#include <string.h>

/* ---- small rows ---- */

enum { NAME_MOST = 1000 };

/* class and name as a key. A name that is too long is cut: keys are ours. */
static struct tcs_bytes make_key(uint8_t key[NAME_MOST + 1], enum tcs_state_class class, struct tcs_str name)
{
    size_t len = name.len < NAME_MOST ? name.len : NAME_MOST;
    key[0] = (uint8_t) class;
    memcpy(key + 1, name.p, len);
    return (struct tcs_bytes){key, len + 1};
}

enum tcs_code row_get(struct watcher *w, enum tcs_state_class class, const char *name, struct tcs_bytes *out,
                      struct tcs_err *err)
{
    uint8_t key[NAME_MOST + 1];
    return tcs_store_get(w->store, make_key(key, class, tcs_str_of(name)), &w->arena, out, err);
}

enum tcs_code row_put(struct watcher *w, enum tcs_state_class class, const char *name, struct tcs_bytes value,
                      struct tcs_err *err)
{
    uint8_t key[NAME_MOST + 1];
    return tcs_store_put(w->store, make_key(key, class, tcs_str_of(name)), value, err);
}

enum tcs_code row_delete(struct watcher *w, enum tcs_state_class class, const char *name, struct tcs_err *err)
{
    uint8_t key[NAME_MOST + 1];
    return tcs_store_delete(w->store, make_key(key, class, tcs_str_of(name)), err);
}

/* ---- the engine ---- */

static enum tcs_code new_engine(struct watcher *w, struct tcs_err *err)
{
    struct tcs_effects effects = {.ctx = w, .told = tell_finding, .grown = tell_report};
    w->engine =
        tcs_engine_new(&w->settings->rules, &tcs_default_engine_limits, tcs_random_key(), &effects, err);
    return w->engine ? TCS_OK : err->code;
}

static enum tcs_code load_row(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err)
{
    return tcs_engine_load_row(ctx, (struct tcs_bytes){key.p + 1, key.len - 1}, value, err);
}

static enum tcs_code load_engine(struct watcher *w, struct tcs_err *err)
{
    static const uint8_t class = TCS_STATE_ENGINE;
    struct tcs_engine_loading *loading;
    enum tcs_code code = tcs_engine_load_begin(w->engine, &loading, err);
    if (code != TCS_OK)
        return code;
    code = tcs_store_each(w->store, (struct tcs_bytes){&class, 1}, load_row, loading, err);
    enum tcs_code end = tcs_engine_load_end(loading, err);
    return code == TCS_OK ? end : code;
}

/* The rows are of no use: they go, and everybody is told. Where sources were read up to stays. */
static enum tcs_code begin_anew(struct watcher *w, const struct tcs_err *why, struct tcs_err *err)
{
    static const uint8_t class = TCS_STATE_ENGINE;
    char text[512];
    tcs_engine_free(w->engine);
    enum tcs_code code = new_engine(w, err);
    if (code == TCS_OK)
        code = tcs_store_begin(w->store, err);
    if (code == TCS_OK)
        code = tcs_store_delete_all(w->store, (struct tcs_bytes){&class, 1}, err);
    snprintf(
        text, sizeof text,
        "what was known of running processes could not be read (%s) and is learned anew; until they end, "
        "programs below them may not ring",
        why->text);
    tcs_journal_say(w->journal, TCS_LEVEL_ERROR, w->settings->state, "%s", text);
    if (code == TCS_OK)
        code =
            tell_notice(w, TCS_MESSAGE_TROUBLE, TCS_LIKELY, TCS_STR("engine state"), tcs_str_of(text), err);
    return code == TCS_OK ? tcs_store_commit(w->store, err) : code;
}

/* ---- rhythms of sources ---- */

static enum tcs_code load_rhythm(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err)
{
    (void)key, (void)err;
    struct watcher *w = ctx;
    tcs_silence_load(w->silence, value, tcs_monotonic_ms()); /* one that is none is learned anew */
    return TCS_OK;
}

static enum tcs_code load_silence(struct watcher *w, struct tcs_err *err)
{
    static const uint8_t class = TCS_STATE_FACT;
    if (w->silence == NULL)
        w->silence = tcs_silence_new(&tcs_default_silence_limits, tcs_random_key());
    if (w->silence == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the rhythms of sources");
    enum tcs_code code = tcs_store_each(w->store, (struct tcs_bytes){&class, 1}, load_rhythm, w, err);
    tcs_silence_resume(w->silence, tcs_monotonic_ms());
    return code;
}

enum tcs_code memory_keep_silence(struct watcher *w, struct tcs_err *err)
{
    struct tcs_buf value;
    tcs_buf_init(&value, 8192);
    enum tcs_code code = TCS_OK;
    for (uint32_t i = 0; code == TCS_OK && tcs_silence_save(w->silence, i, &value); i++) {
        char name[16];
        snprintf(name, sizeof name, "%08x", i);
        struct tcs_str text = tcs_buf_view(&value);
        if (text.len)
            code =
                row_put(w, TCS_STATE_FACT, name, (struct tcs_bytes){(const uint8_t *)text.p, text.len}, err);
        tcs_buf_clear(&value);
    }
    tcs_buf_done(&value);
    return code;
}

/* ---- all of it ---- */

enum tcs_code memory_load(struct watcher *w, struct tcs_err *err)
{
    struct tcs_err why = TCS_ERR_INIT;
    memory_free(w);
    w->decoder = tcs_decoder_new(&tcs_default_decode_limits);
    w->normaliser = tcs_normaliser_new();
    if (w->decoder == NULL || w->normaliser == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read logs");
    enum tcs_code code = new_engine(w, err);
    if (code == TCS_OK && (code = load_engine(w, &why)) != TCS_OK) {
        bool is_ours = code == TCS_FORMAT || code == TCS_LIMIT;
        code = is_ours ? begin_anew(w, &why, err) : tcs_fail(err, code, why.off, "%s", why.text);
    }
    return code == TCS_OK ? load_silence(w, err) : code;
}

void memory_free(struct watcher *w)
{
    tcs_engine_free(w->engine);
    if (w->decoder)
        tcs_decoder_free(w->decoder);
    if (w->normaliser)
        tcs_normaliser_free(w->normaliser);
    w->engine = NULL;
    w->decoder = NULL;
    w->normaliser = NULL;
}

static enum tcs_code keep_row(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err)
{
    struct watcher *w = ctx;
    uint8_t whole[NAME_MOST + 1];
    return tcs_store_put(w->store,
                         make_key(whole, TCS_STATE_ENGINE, (struct tcs_str){(const char *)key.p, key.len}),
                         value, err);
}

static enum tcs_code drop_row(void *ctx, struct tcs_bytes key, struct tcs_err *err)
{
    struct watcher *w = ctx;
    uint8_t whole[NAME_MOST + 1];
    return tcs_store_delete(
        w->store, make_key(whole, TCS_STATE_ENGINE, (struct tcs_str){(const char *)key.p, key.len}), err);
}

enum tcs_code memory_keep(struct watcher *w, struct tcs_err *err)
{
    struct tcs_row_sink sink = {w, keep_row, drop_row};
    return tcs_engine_save(w->engine, &sink, err);
}

void memory_kept(struct watcher *w)
{
    tcs_engine_saved(w->engine);
}
