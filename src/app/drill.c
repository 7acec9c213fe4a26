#include "app/drill.h"

#include "app/status.h"
#include "app/watcher.h"
#include "platform/watch.h"
#include "source/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 20, PATH_MOST = 4096 };

struct held {
    const struct tcs_drill *drill;
    struct watch_settings *settings;
    struct tcs_arena *arena;
    struct tcs_drill_result *out;
    char mark[33];
    char log[PATH_MOST]; /* the made log, taken away afterwards; empty: none */
    uint64_t began_ms;
    struct tcs_time began; /* the same, by the calendar */
};

/* ---- the event ---- */

static void make_mark(char mark[33])
{
    struct tcs_hash_key a = tcs_random_key();
    snprintf(mark, 33, "%016llx%016llx", (unsigned long long)a.k0, (unsigned long long)a.k1);
}

/* A start as Windows 10 and later write it: of a program that bears the mark, by the account of drills. */
static void put_event(struct tcs_buf *b, const char *mark)
{
    tcs_buf_puts(
        b, "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>"
           "<Provider Name=\"Microsoft-Windows-Security-Auditing\" "
           "Guid=\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"/>"
           "<EventID>4688</EventID><Version>2</Version><Level>0</Level><Task>13312</Task><Opcode>0</Opcode>"
           "<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime=\"");
    tcs_buf_time(b, tcs_wall_time());
    tcs_buf_puts(b, "\"/><EventRecordID>1</EventRecordID><Channel>Security</Channel>"
                    "<Computer>tocsin-drill</Computer></System><EventData>"
                    "<Data Name=\"SubjectUserName\">" TCS_DRILL_NAME "</Data>"
                    "<Data Name=\"SubjectDomainName\">" TCS_DRILL_DOMAIN "</Data>"
                    "<Data Name=\"SubjectLogonId\">0xd211</Data><Data Name=\"NewProcessId\">0xd210</Data>"
                    "<Data Name=\"NewProcessName\">C:\\tocsin\\this-is-a-drill-");
    tcs_buf_puts(b, mark);
    tcs_buf_puts(
        b, ".exe</Data><Data Name=\"ProcessId\">0xd20c</Data>"
           "<Data Name=\"CommandLine\">this is a drill: tocsin drill was run, nothing has happened</Data>"
           "<Data Name=\"TargetUserName\">" TCS_DRILL_NAME "</Data>"
           "<Data Name=\"TargetDomainName\">" TCS_DRILL_DOMAIN "</Data>"
           "<Data Name=\"TargetLogonId\">0xd211</Data></EventData></Event>\n");
}

static enum tcs_code write_log(struct held *h, struct tcs_err *err)
{
    struct tcs_buf text;
    struct tcs_err why = TCS_ERR_INIT;
    tcs_buf_init(&text, 65536);
    put_event(&text, h->mark);
    enum tcs_code code = tcs_file_replace(h->log, tcs_buf_view(&text), 0644, &why);
    tcs_buf_done(&text);
    if (code == TCS_OK)
        return code;
    tcs_fail(err, code, TCS_NO_OFFSET, "%s: %s", h->log, why.text);
    h->log[0] = '\0';
    return code;
}

/* The secret by which the watcher knows the drill, good for one finding and for ten minutes. */
static enum tcs_code announce(const struct held *h, struct tcs_store *store, struct tcs_err *err)
{
    static const uint8_t key[] = {TCS_STATE_META, 'd', 'r', 'i', 'l', 'l'};
    uint8_t value[TCS_DRILL_ROW];
    memcpy(value, h->mark, sizeof h->mark - 1);
    tcs_put_le64(value + sizeof h->mark - 1, (uint64_t)tcs_wall_time().ticks);
    return tcs_store_put(store, (struct tcs_bytes){key, sizeof key}, (struct tcs_bytes){value, sizeof value},
                         err);
}

/* ---- what became of it ---- */

static void begin(struct held *h)
{
    h->began_ms = tcs_monotonic_ms();
    h->began = tcs_wall_time();
}

static const struct tcs_channel_status *status_of(const struct tcs_channel_status *list, size_t count,
                                                  struct tcs_str name)
{
    for (size_t i = 0; i < count; i++)
        if (tcs_str_eq(list[i].name, name))
            return &list[i];
    return NULL;
}

/* Looks at the outbox; *all tells whether every channel has taken the drill or given it up. */
static enum tcs_code look(struct held *h, struct tcs_store *store, struct tcs_drill_channel *channels,
                          bool *all, struct tcs_err *err)
{
    struct tcs_message m;
    const struct tcs_channel_status *list;
    size_t count;
    *all = false;
    enum tcs_code code = tcs_store_last_message(store, TCS_MESSAGE_DRILL, h->arena, &m, err);
    if (code == TCS_END || (code == TCS_OK && !tcs_str_has_ascii_nocase(m.json, tcs_str_of(h->mark))))
        return TCS_OK;
    if (code == TCS_OK)
        code = tcs_store_channels(store, h->arena, &list, &count, err);
    h->out->has_rung = code == TCS_OK;
    *all = code == TCS_OK;
    for (size_t i = 0; i < h->out->channel_count && code == TCS_OK; i++) {
        struct tcs_drill_channel *c = &channels[i];
        enum tcs_outbox_place place;
        code = tcs_store_place(store, c->name, m.sequence, &place, err);
        if (code == TCS_OK && place == TCS_OUTBOX_TAKEN && !c->was_taken) {
            c->was_taken = true;
            c->took_ms = tcs_monotonic_ms() - h->began_ms;
        }
        const struct tcs_channel_status *status = code == TCS_OK ? status_of(list, count, c->name) : NULL;
        if (status && !c->was_taken)
            c->error = status->last_error;
        *all = *all && (c->was_taken || place == TCS_OUTBOX_GIVEN_UP);
    }
    return code;
}

static struct tcs_drill_channel *list_channels(struct held *h, const char *only)
{
    const struct watch_settings *s = h->settings;
    struct tcs_drill_channel *list = tcs_arena_array(h->arena, s->channel_count, sizeof *list);
    size_t count = 0;
    bool ok = true;
    for (size_t i = 0; list && i < s->channel_count; i++)
        if (only == NULL || tcs_str_eq(s->channels[i].name, tcs_str_of(only)))
            list[count++] = (struct tcs_drill_channel){
                .name = tcs_arena_str(h->arena, s->channels[i].name, &ok), .error = {"", 0}};
    h->out->channels = list;
    h->out->channel_count = count;
    return ok ? list : NULL;
}

/* ---- with the watcher that runs ---- */

/* A name for the log in the folder of some source that the watcher takes it from. False: there is no such
 * folder. */
static bool choose_place(struct held *h)
{
    static const char *const endings[] = {"evtx", "xml", "evt", "jsonl", "json"};
    for (size_t i = 0; i < h->settings->source_count; i++) {
        char path[1024];
        enum tcs_file_kind kind;
        snprintf(path, sizeof path, "%.*s", TCS_STR_ARG(h->settings->sources[i].path));
        bool is_pattern = tcs_pattern_is(path);
        size_t folder = is_pattern ? tcs_pattern_folder(path) : strlen(path);
        if (!is_pattern && (tcs_file_examine(path, &kind, NULL) != TCS_OK || kind != TCS_FILE_FOLDER))
            continue;
        for (size_t k = 0; k < sizeof endings / sizeof endings[0]; k++) {
            snprintf(h->log, sizeof h->log, "%.*s%s" TCS_DRILL_LOG "%.8s.%s", (int)folder, path,
                     folder ? "/" : "", h->mark, endings[k]);
            if (!is_pattern || tcs_pattern_matches(path, h->log))
                return true;
        }
    }
    h->log[0] = '\0';
    return false;
}

static enum tcs_code wait_for_all(struct held *h, struct tcs_drill_channel *channels, struct tcs_err *err)
{
    struct tcs_store *store;
    enum tcs_code code =
        tcs_store_open(h->settings->state, TCS_STORE_READ, tcs_wall_time(), &store, NULL, err);
    bool all = false;
    while (code == TCS_OK && !all && tcs_monotonic_ms() - h->began_ms < h->drill->timeout_ms) {
        code = look(h, store, channels, &all, err);
        if (!all)
            tcs_wait_readable(-1, -1, STEP_MS);
    }
    tcs_store_close(store);
    return code;
}

static enum tcs_code with_watcher(struct held *h, struct tcs_drill_channel *channels, struct tcs_err *err)
{
    struct tcs_store *store;
    enum tcs_code code =
        tcs_store_open(h->settings->state, TCS_STORE_DELIVER, tcs_wall_time(), &store, NULL, err);
    if (code != TCS_OK)
        return code;
    code = announce(h, store, err);
    tcs_store_close(store);
    begin(h);
    if (code == TCS_OK)
        code = write_log(h, err);
    return code == TCS_OK ? wait_for_all(h, channels, err) : code;
}

/* ---- with a short watch of its own ---- */

static enum tcs_code own_watch(struct held *h, const char *folder, struct tcs_drill_channel *channels,
                               struct tcs_err *err)
{
    char state[PATH_MOST];
    struct tcs_store *store = NULL;
    struct tcs_store_opening *opening = tcs_arena_alloc(h->arena, sizeof *opening);
    struct tcs_watch_end end = {0};
    const char *source = h->log;
    bool all;
    snprintf(state, sizeof state, "%s/state.db", folder);
    snprintf(h->log, sizeof h->log, "%s/drill.xml", folder);
    if (opening == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the drill");
    enum tcs_code code = tcs_store_open(state, TCS_STORE_WATCH, tcs_wall_time(), &store, opening, err);
    if (code == TCS_OK)
        code = announce(h, store, err);
    tcs_store_close(store);
    begin(h);
    if (code == TCS_OK)
        code = write_log(h, err);
    struct tcs_watch watch = {.words = h->drill->words,
                              .sources = &source,
                              .source_count = 1,
                              .only_these = true,
                              .only_channel = h->drill->channel,
                              .state = state,
                              .once = true,
                              .replay = true,
                              .drain_ms = h->drill->timeout_ms,
                              .journal = h->drill->journal};
    if (code == TCS_OK)
        code = tcs_watch_run(&watch, &end, err);
    h->out->left_behind = end.left_behind;
    store = NULL;
    if (code == TCS_OK)
        code = tcs_store_open(state, TCS_STORE_READ, tcs_wall_time(), &store, NULL, err);
    if (code == TCS_OK)
        code = look(h, store, channels, &all, err);
    /* The store knows when each channel took it; we only look now. */
    const struct tcs_channel_status *list;
    size_t count;
    if (code == TCS_OK && tcs_store_channels(store, h->arena, &list, &count, err) == TCS_OK)
        for (size_t i = 0; i < h->out->channel_count; i++) {
            const struct tcs_channel_status *status = status_of(list, count, channels[i].name);
            int64_t ticks = status ? status->last_sent.ticks - h->began.ticks : 0;
            channels[i].took_ms = ticks > 0 ? (uint64_t)ticks / 10000 : 0;
        }
    tcs_store_close(store);
    return code;
}

static enum tcs_code with_own_watch(struct held *h, struct tcs_drill_channel *channels, struct tcs_err *err)
{
    char folder[PATH_MOST / 2];
    enum tcs_code code = tcs_folder_temporary(folder, sizeof folder, err);
    if (code != TCS_OK)
        return code;
    code = own_watch(h, folder, channels, err);
    h->log[0] = '\0';
    tcs_folder_remove(folder);
    return code;
}

enum tcs_code tcs_drill_run(const struct tcs_drill *drill, struct tcs_arena *arena,
                            struct tcs_drill_result *out, struct tcs_err *err)
{
    struct held h = {.drill = drill, .arena = arena, .out = out};
    struct tcs_watch watch = {.words = drill->words, .state = drill->state, .needs_no_source = true};
    *out = (struct tcs_drill_result){0};
    make_mark(h.mark);
    enum tcs_code code = settings_load(&watch, &h.settings, err);
    if (code != TCS_OK)
        return code;
    struct tcs_drill_channel *channels = list_channels(&h, drill->channel);
    if (channels == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the drill");
    else if (out->channel_count == 0)
        code = tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "there is no channel '%s' in the configuration",
                        drill->channel);
    else if (drill->channel == NULL && tcs_state_is_watched(h.settings->state, &out->watcher) &&
             choose_place(&h))
        code = with_watcher(&h, channels, err);
    else {
        out->watcher = 0;
        code = with_own_watch(&h, channels, err);
    }
    if (h.log[0])
        tcs_file_remove(h.log);
    settings_free(h.settings);
    return code;
}
