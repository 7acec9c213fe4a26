#include "app/watcher.h"

#include "platform/confine.h"
#include "platform/watch.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The flow of a round:
 *
 *     sources    the next blob: what was not read yet of some log
 *     begin      a transaction of the store
 *       engine     judges its records
 *       tell       what rings goes into the outbox
 *       memory     what the engine must not forget, and where the log was read up to
 *     commit     now it is for good, and the channels are woken
 *
 * A crash repeats a blob; it never steps over a record, and nothing is sent
 * that was not remembered before.
 */

enum {
    DRAIN_STEP_MS = 200,
    STOP_MS = 4000,          /* the channels may take so long to end */
    SILENCE_MS = 600 * 1000, /* what was learned of the rhythm of sources is kept so often */
    RETRY_MOST_MS = 60000,
    GIVE_UP_AFTER = 5, /* a blob that cannot be judged for want of memory is tried so often */
};

static void remark(void *ctx, struct tcs_str channel, const char *text)
{
    char name[80];
    snprintf(name, sizeof name, "channel %.*s", TCS_STR_ARG(channel));
    tcs_journal_say(ctx, TCS_LEVEL_WARNING, name, "%s", text);
}

/* ---- the store ---- */

/* Runs that ended without a word, one after the other, none of which got through what there was to read. */
static enum tcs_code count_deaths(struct watcher *w, unsigned deaths, struct tcs_err *err)
{
    enum { TOLD_FROM = 3, TOLD_EVERY = 10 };
    uint8_t value = (uint8_t)(deaths < UINT8_MAX ? deaths : UINT8_MAX);
    enum tcs_code code = row_put(w, TCS_STATE_GUARD, "running", (struct tcs_bytes){&value, 1}, err);
    char text[200];
    if (code != TCS_OK || deaths < TOLD_FROM || (deaths - TOLD_FROM) % TOLD_EVERY != 0)
        return code;
    snprintf(text, sizeof text,
             "tocsin ended unexpectedly %u times one after the other; what it reads may be made to end it, "
             "and until it "
             "gets through nothing new rings",
             deaths);
    tcs_journal_say(w->journal, TCS_LEVEL_ERROR, NULL, "%s", text);
    return tell_notice(w, TCS_MESSAGE_TROUBLE, TCS_CRITICAL, TCS_STR("deaths"), tcs_str_of(text), err);
}

/* What the last run left behind: whether it ended with a word. */
static enum tcs_code look_back(struct watcher *w, struct tcs_err *err)
{
    struct tcs_bytes value;
    tcs_arena_reset(&w->arena);
    enum tcs_code code = row_get(w, TCS_STATE_GUARD, "running", &value, err);
    if (code != TCS_OK && code != TCS_END)
        return code;
    w->is_careful = code == TCS_OK;
    /* The value counts the deaths before the run that wrote it. */
    unsigned before = code == TCS_OK && value.len == 1 ? value.p[0] : 0;
    return count_deaths(w, w->is_careful ? before + 1 : 0, err);
}

/* A damaged state lies aside. What happened since it was last written, as far as that is known, rings. */
static enum tcs_code tell_damage(struct watcher *w, const struct tcs_store_opening *opening,
                                 struct tcs_err *err)
{
    enum { MARGIN_SECONDS = 600 };
    int64_t written;
    char text[4600];
    if (tcs_file_written_at(opening->moved_to, &written))
        w->ring_from = (struct tcs_time){(written - MARGIN_SECONDS) * TCS_TICKS_PER_SECOND};
    snprintf(text, sizeof text,
             "the state file was damaged (%s) and lies aside as %s; watching goes on with a new one: alarms "
             "of the "
             "last minutes may be told twice, and what was not sent yet is lost with the file",
             opening->why, opening->moved_to);
    tcs_journal_say(w->journal, TCS_LEVEL_ERROR, w->settings->state, "%s", text);
    return tell_notice(w, TCS_MESSAGE_TROUBLE, TCS_CERTAIN, TCS_STR("damaged state"), tcs_str_of(text), err);
}

static enum tcs_code open_store(struct watcher *w, struct tcs_err *err)
{
    struct tcs_store_opening *opening = calloc(1, sizeof *opening);
    if (opening == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to open the state");
    struct tcs_err why = TCS_ERR_INIT;
    enum tcs_code code =
        tcs_store_open(w->settings->state, TCS_STORE_WATCH, tcs_wall_time(), &w->store, opening, &why);
    if (code != TCS_OK)
        tcs_fail(err, code, why.off, "%s (the state is kept in %.100s; --state chooses another place)",
                 why.text, w->settings->state);
    if (code == TCS_OK && opening->is_new)
        tcs_journal_say(w->journal, TCS_LEVEL_NOTICE, w->settings->state, "%s",
                        w->watch->replay ? "new state: what the logs hold rings"
                                         : "new state: what the logs hold so far is read and not told");
    if (code == TCS_OK)
        code = look_back(w, err);
    if (code == TCS_OK && opening->was_damaged)
        code = tell_damage(w, opening, err);
    free(opening);
    return code;
}

/* ---- a session ---- */

static enum tcs_code start_delivery(struct watcher *w, struct tcs_delivery_options *options,
                                    struct tcs_err *err)
{
    const struct watch_settings *s = w->settings;
    *options = (struct tcs_delivery_options){
        .store_path = s->state,
        .channels = s->channels,
        .channel_count = s->channel_count,
        .host = tcs_str_of(s->host),
        .seed = tcs_random_key().k0,
        .remark = remark,
        .remark_ctx = w->journal,
    };
    return tcs_delivery_start(options, &w->delivery, err);
}

static enum tcs_code open_session(struct watcher *w, struct tcs_delivery_options *options,
                                  struct tcs_err *err)
{
    w->ring_from = (struct tcs_time){INT64_MAX};
    enum tcs_code code = open_store(w, err);
    if (code == TCS_OK)
        code = memory_load(w, err);
    if (code == TCS_OK)
        code = sources_open(w, err);
    if (code == TCS_OK)
        code = start_delivery(w, options, err);
    return code;
}

/* False: channels hung, and what they use must stay. */
static bool close_session(struct watcher *w, bool is_clean)
{
    struct tcs_err err = TCS_ERR_INIT;
    size_t hung = w->delivery ? tcs_delivery_stop(w->delivery, STOP_MS) : 0;
    w->delivery = NULL;
    tcs_arena_reset(&w->arena);
    if (w->store && is_clean) {
        enum tcs_code code = memory_keep_silence(w, &err);
        if (code == TCS_OK)
            code = row_delete(w, TCS_STATE_GUARD, "running", &err);
        status_keep(w, true);
        if (code != TCS_OK)
            tcs_journal_say(w->journal, TCS_LEVEL_WARNING, w->settings->state, "%s", err.text);
    }
    sources_close(&w->sources);
    memory_free(w);
    tcs_store_close(w->store);
    w->store = NULL;
    if (hung)
        tcs_journal_say(w->journal, TCS_LEVEL_WARNING, NULL, "%zu channels hung and were left behind", hung);
    return hung == 0;
}

/* ---- rounds ---- */

/* The secret of a drill that is about to come, if there is one. */
static void look_for_drill(struct watcher *w)
{
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_bytes value;
    w->has_drill = row_get(w, TCS_STATE_META, "drill", &value, &err) == TCS_OK && value.len == TCS_DRILL_ROW;
    if (!w->has_drill)
        return;
    memcpy(w->drill_mark, value.p, sizeof w->drill_mark - 1);
    struct tcs_time made = {(int64_t)tcs_le64(value.p + sizeof w->drill_mark - 1)};
    int64_t age = tcs_time_seconds_between(made, tcs_wall_time());
    w->has_drill = age > -TCS_DRILL_SECONDS && age < TCS_DRILL_SECONDS;
}

/* After a failure: the engine goes back to what is kept, and the same blob is tried again. */
static enum tcs_code go_back(struct watcher *w, unsigned failures, struct tcs_err *err)
{
    uint64_t wait = (uint64_t)250 << (failures < 8 ? failures : 8);
    wait = wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS;
    for (uint64_t until = tcs_monotonic_ms() + wait; tcs_monotonic_ms() < until;) {
        tcs_service_notify("WATCHDOG=1");
        if (tcs_wait_readable(w->requests, -1, 200))
            break; /* whoever asks to stop is not kept waiting */
    }
    return memory_load(w, err);
}

/* Takes a blob, however often it has to be tried. AGAIN: a request came in between. */
static enum tcs_code take_blob(struct watcher *w, const struct tcs_blob *blob, struct watch_source *source,
                               struct tcs_err *err)
{
    char reason[300];
    unsigned unjudged = 0;
    w->give_up = NULL;
    for (unsigned failures = 0;; failures++) {
        struct tcs_err why = TCS_ERR_INIT;
        if (blob_take(w, blob, source, &why) == TCS_OK)
            return TCS_OK;
        tcs_journal_say(w->journal, TCS_LEVEL_ERROR, w->settings->state, "%s; it is tried again", why.text);
        if (why.code == TCS_FORMAT)
            return tcs_fail(err, why.code, why.off, "%s", why.text);
        bool is_store = why.code == TCS_IO || why.code == TCS_AGAIN || why.code == TCS_DENIED;
        if (!is_store && ++unjudged == GIVE_UP_AFTER) {
            snprintf(reason, sizeof reason, "%s", why.text);
            w->give_up = reason;
        }
        enum tcs_code code = go_back(w, failures, err);
        if (code != TCS_OK && code != TCS_IO && code != TCS_AGAIN)
            return code;
        if (tcs_wait_readable(w->requests, -1, 0))
            return TCS_AGAIN;
    }
}

/* Everything that was there has been read: what comes now is new. */
static enum tcs_code arrive(struct watcher *w, struct tcs_err *err)
{
    if (w->is_careful && count_deaths(w, 0, err) != TCS_OK) /* this run has got through */
        return err->code;
    w->is_careful = false;
    if (w->sources.caught_up || !tcs_follow_caught_up(w->sources.follower))
        return TCS_OK;
    enum tcs_code code = tcs_store_begin(w->store, err);
    if (code == TCS_OK)
        code = sources_now_known(w, err);
    if (code == TCS_OK)
        code = tcs_store_commit(w->store, err);
    if (code != TCS_OK) {
        tcs_store_rollback(w->store);
        return code;
    }
    w->sources.caught_up = true;
    tcs_journal_say(w->journal, TCS_LEVEL_INFO, NULL,
                    "everything that was there has been read; %llu records that the rules need",
                    (unsigned long long)w->records);
    return TCS_OK;
}

/* What is done when nothing is new: incidents close, silence is told, signs of life. One transaction. */
static enum tcs_code tick(struct watcher *w, struct tcs_err *err)
{
    uint64_t alive = w->settings->config.alive;
    int64_t since = tcs_time_seconds_between(w->last_alive, w->now);
    w->code = TCS_OK;
    w->new_messages = 0;
    enum tcs_code code = tcs_store_begin(w->store, err);
    tcs_engine_tick(w->engine, w->now);
    if (code == TCS_OK)
        code = tell_silence(w, err);
    tcs_engine_tell(w->engine);
    if (code == TCS_OK && w->code != TCS_OK)
        code = tcs_fail(err, w->code, w->err.off, "%s", w->err.text);
    if (code == TCS_OK && alive && (since < 0 || (uint64_t)since * 1000 >= alive)) {
        code =
            tell_notice(w, TCS_MESSAGE_ALIVE, TCS_NOTE, TCS_STR("alive"), TCS_STR("tocsin is watching"), err);
        w->last_alive = w->now;
    }
    if (code == TCS_OK)
        code = memory_keep(w, err);
    if (code == TCS_OK && tcs_monotonic_ms() - w->silence_ms > SILENCE_MS) {
        code = memory_keep_silence(w, err);
        w->silence_ms = tcs_monotonic_ms();
    }
    return code == TCS_OK ? tcs_store_commit(w->store, err) : code;
}

static enum tcs_code idle(struct watcher *w)
{
    enum { TICK_SECONDS = 10 };
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_time now = tcs_wall_time();
    int64_t since = tcs_time_seconds_between(w->now, now);
    tcs_arena_reset(&w->arena);
    enum tcs_code code = arrive(w, &err);
    if (code == TCS_OK && (since < 0 || since >= TICK_SECONDS)) {
        w->now = now;
        code = tick(w, &err);
        if (code == TCS_OK)
            memory_kept(w);
    }
    if (code == TCS_OK) {
        if (w->new_messages && w->delivery)
            tcs_delivery_wake(w->delivery);
        w->new_messages = 0;
        return TCS_OK;
    }
    tcs_store_rollback(w->store);
    tcs_journal_say(w->journal, TCS_LEVEL_ERROR, w->settings->state, "%s; it is tried again", err.text);
    return go_back(w, 0, &(struct tcs_err)TCS_ERR_INIT);
}

/* True if somebody asks for the end, or for another configuration. */
static bool obey(struct watcher *w, enum session_end *how)
{
    unsigned requests = tcs_requests_take(w->requests);
    if (requests & TCS_REQUEST_STOP) {
        w->is_to_end = true;
        *how = SESSION_STOP;
        return true;
    }
    *how = SESSION_RELOAD;
    return (requests & TCS_REQUEST_RELOAD) != 0;
}

/* Reads until it is asked to stop; `once`: until everything that is there has been read. */
static enum session_end rounds(struct watcher *w, struct tcs_err *err)
{
    uint32_t wait = (uint32_t)w->settings->config.interval;
    uint64_t notify_ms = tcs_service_watchdog_ms() / 3, notified = 0;
    enum session_end how;
    for (;;) {
        struct tcs_blob blob;
        struct watch_source *source;
        uint64_t now = tcs_monotonic_ms();
        if (notify_ms && now - notified >= notify_ms) {
            tcs_service_notify("WATCHDOG=1");
            notified = now;
        }
        if (obey(w, &how))
            return how;
        uint64_t most = notify_ms && notify_ms < wait ? notify_ms : wait;
        enum tcs_code code = sources_next(w, w->watch->once ? 0 : (uint32_t)most, &blob, &source, err);
        if (code == TCS_OK) {
            look_for_drill(w);
            code = take_blob(w, &blob, source, err);
        } else if (code == TCS_AGAIN || code == TCS_END) {
            bool is_over = code == TCS_END || (w->watch->once && tcs_follow_caught_up(w->sources.follower));
            code = idle(w);
            if (is_over && code == TCS_OK)
                return SESSION_STOP;
        }
        if (code != TCS_OK && code != TCS_AGAIN && code != TCS_NOMEM)
            return SESSION_FAILED;
        status_keep(w, false);
    }
}

/* Waits until all channels have been told, for as long as they may take and nobody asks for the end. */
static bool all_told(struct watcher *w)
{
    uint64_t until = tcs_monotonic_ms() + w->watch->drain_ms;
    while (!w->is_to_end && tcs_monotonic_ms() < until) {
        if (tcs_delivery_drain(w->delivery, DRAIN_STEP_MS))
            return true;
        w->is_to_end = tcs_requests_take(w->requests) & TCS_REQUEST_STOP;
    }
    return tcs_delivery_drain(w->delivery, DRAIN_STEP_MS);
}

/* What the thread that judges is given, and how it ended. */
struct judging {
    struct watcher *w;
    struct tcs_err *err;
    enum session_end how;
};

static void judge(void *ctx)
{
    struct judging *j = ctx;
    watch_confine(j->w);
    j->how = rounds(j->w, j->err);
}

/*
 * Rounds in a thread that gives up its rights, for good. Loading a
 * configuration needs more, so it is done between two such threads; one that
 * cannot be followed changes nothing.
 */
static enum session_end judge_and_reload(struct watcher *w, struct watch_settings **next, struct tcs_err *err)
{
    for (;;) {
        struct judging j = {w, err, SESSION_FAILED};
        struct tcs_thread *thread = tcs_thread_start(judge, &j);
        struct tcs_err why = TCS_ERR_INIT;
        if (thread == NULL) {
            tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a thread");
            return SESSION_FAILED;
        }
        tcs_thread_join(thread);
        if (j.how != SESSION_RELOAD || settings_load(w->watch, next, &why) == TCS_OK)
            return j.how;
        tcs_journal_say(w->journal, TCS_LEVEL_ERROR, NULL,
                        "the new configuration cannot be followed, the old one stays: %s", why.text);
        tcs_delivery_reopen(w->delivery);
    }
}

static enum session_end session(struct watcher *w, bool is_first, struct watch_settings **next,
                                struct tcs_watch_end *end, bool *all_freed, struct tcs_err *err)
{
    struct tcs_delivery_options *options = malloc(sizeof *options);
    enum session_end how = SESSION_FAILED;
    *all_freed = true;
    if (options == NULL) {
        tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory");
        return SESSION_FAILED;
    }
    bool is_open = open_session(w, options, err) == TCS_OK;
    if (is_open) {
        if (is_first)
            w->started = tcs_wall_time();
        tcs_delivery_wake(w->delivery);
        tcs_service_notify("READY=1\nSTATUS=watching");
        tcs_journal_say(w->journal, TCS_LEVEL_NOTICE, NULL, "watching %zu sources, telling %zu channels",
                        w->settings->source_count, w->settings->channel_count);
        how = judge_and_reload(w, next, err);
        tcs_service_notify(how == SESSION_RELOAD ? "RELOADING=1" : "STOPPING=1");
    }
    if (is_open && w->watch->once)
        end->undelivered = !all_told(w);
    *all_freed = close_session(w, how != SESSION_FAILED);
    if (*all_freed)
        free(options);
    return how; /* NOLINT(clang-analyzer-unix.Malloc): threads that did not come back still use the options */
}

enum tcs_code tcs_watch_run(const struct tcs_watch *watch, struct tcs_watch_end *end, struct tcs_err *err)
{
    struct watcher *w = calloc(1, sizeof *w);
    struct watch_settings *next = NULL;
    bool all_freed = true;
    *end = (struct tcs_watch_end){0};
    if (w == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory");
    w->watch = watch;
    w->journal = watch->journal;
    w->sources.waits.handle = -1;
    w->last_alive = tcs_wall_time();
    w->silence_ms = tcs_monotonic_ms();
    tcs_arena_init(&w->arena, (size_t)512 << 20);
    tcs_keep_memory_private();
    enum tcs_code code = tcs_requests_open(&w->requests, err);
    if (code == TCS_OK)
        code = settings_load(watch, &w->settings, err);
    enum session_end how = code == TCS_OK ? SESSION_RELOAD : SESSION_FAILED;
    for (bool is_first = true; how == SESSION_RELOAD; is_first = false) {
        if (next) {
            if (all_freed)
                settings_free(w->settings);
            w->settings = next;
            next = NULL;
            tcs_journal_say(w->journal, TCS_LEVEL_NOTICE, NULL, "the configuration was read again");
        }
        how = session(w, is_first, &next, end, &all_freed, err);
    }
    end->told = w->told;
    end->left_behind = !all_freed;
    if (all_freed) {
        settings_free(w->settings);
        tcs_silence_free(w->silence);
        tcs_arena_done(&w->arena);
        free(w);
    }
    return how == SESSION_FAILED ? err->code : TCS_OK;
}
