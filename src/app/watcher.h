/*
 * What the files of the watch share. A watch is a row of sessions: each has
 * one configuration; a reload ends a session and begins the next.
 *
 *     watch.c            sessions, rounds, requests
 *     watch_settings.c   a configuration, ready to be followed
 *     watch_sources.c    files and pipes, where they were read up to
 *     watch_blob.c       a blob through the engine, in one transaction
 *     watch_memory.c     the engine's rows, rhythms of sources, attempts
 *     watch_tell.c       what rings, into the outbox
 *     watch_confine.c    what the thread that judges gives up
 *     watch_status.c     what `tocsin status` shows
 */
#ifndef TCS_APP_WATCHER_H
#define TCS_APP_WATCHER_H

#include "app/watch.h"
#include "decode/log.h"
#include "delivery/delivery.h"
#include "engine/persist.h"
#include "engine/silence.h"
#include "normalise/normalise.h"
#include "platform/service.h"
#include "source/follow.h"
#include "store/store.h"

/*
 * The account whose programs ring for a drill, whatever the configuration
 * says. Whoever can give himself that name only makes himself ring.
 */
#define TCS_DRILL_NAME   "drill"
#define TCS_DRILL_DOMAIN "TOCSIN-DRILL"

/* How the name of the log begins that a drill leaves in a watched folder; a part of its secret follows. */
#define TCS_DRILL_LOG "tocsin-drill-"

/* The row that announces a drill: its secret, and when it was made (ticks, little-endian). */
enum { TCS_DRILL_ROW = 32 + 8, TCS_DRILL_SECONDS = 600 };

/* A configuration, ready to be followed. */
struct watch_settings {
    struct tcs_arena arena; /* owns all of it */
    struct tcs_config config;
    struct tcs_rules rules;
    struct tcs_source_config *sources; /* the configuration's and the command line's */
    size_t source_count;
    struct tcs_channel_config *channels; /* standard output if the configuration has none */
    size_t channel_count;
    char state[4096];
    char host[256]; /* of this computer */
};

/* Owned by the caller; freed with settings_free. CONFIG, NOMEM. */
enum tcs_code settings_load(const struct tcs_watch *watch, struct watch_settings **out, struct tcs_err *err);
void settings_free(struct watch_settings *s);

/* ---- sources ---- */

/* What is remembered of a file beside its cursor. */
struct watch_file {
    uint64_t file;
    bool past_is_over;  /* its end was reached once: what comes now is new */
    char computer[256]; /* of its last record, ended by NUL, cut if need be; empty: not known */
};

struct watch_source {
    const struct tcs_source_config *config;
    struct tcs_stream *stream; /* owned; NULL: files, followed */
    unsigned follow_number;    /* of files */
    bool is_new;               /* it was never watched: what is there is past */
    bool has_ended;            /* of standard input */
};

struct watch_sources {
    struct watch_source *at; /* owned */
    size_t count;
    struct tcs_follower *follower; /* owned */
    struct tcs_follow_options options;
    struct tcs_wait_set waits;
    struct watch_file *files; /* owned */
    size_t file_count, file_cap;
    bool is_restored; /* the store knew where to go on */
    bool caught_up;
    size_t turn; /* the stream that is asked first */
};

struct watcher;

/* Opens the sources of the settings, and goes on where the store says. Close them also after an error. */
enum tcs_code sources_open(struct watcher *w, struct tcs_err *err);
void sources_close(struct watch_sources *s);

/* The next blob, as tcs_follow_next; *source gets whose it is. END: nothing will come any more. */
enum tcs_code sources_next(struct watcher *w, uint32_t timeout_ms, struct tcs_blob *blob,
                           struct watch_source **source, struct tcs_err *err);

/* True if what the blob holds was there before its source was first watched. */
bool sources_is_past(const struct watcher *w, const struct tcs_blob *blob, const struct watch_source *source);

/* What is remembered of the blob's file; NULL for a pipe, or without memory. */
struct watch_file *sources_file(struct watch_sources *s, const struct tcs_blob *blob,
                                const struct watch_source *source);

/* Keeps the cursor of a blob, within the transaction. */
enum tcs_code sources_keep(struct watcher *w, const struct tcs_blob *blob, const struct watch_source *source,
                           struct tcs_err *err);
/* The transaction was committed. */
void sources_kept(struct watcher *w, const struct tcs_blob *blob);

/* Where everything that was there has been read: the sources are known from now on. Within a transaction. */
enum tcs_code sources_now_known(struct watcher *w, struct tcs_err *err);

/* ---- the watch ---- */

enum session_end { SESSION_STOP, SESSION_RELOAD, SESSION_FAILED };

struct watcher {
    const struct tcs_watch *watch;
    struct watch_settings *settings;
    struct tcs_journal *journal;
    intptr_t requests;
    bool is_to_end; /* somebody asked for it */

    struct tcs_store *store;
    struct tcs_engine *engine;
    struct tcs_decoder *decoder;
    struct tcs_normaliser *normaliser;
    struct tcs_silence *silence;
    struct tcs_delivery *delivery;
    struct watch_sources sources;

    bool is_careful;           /* the last run ended without a word: attempts are counted */
    bool has_drill;            /* a drill is awaited; see drill_mark */
    char drill_mark[33];       /* its secret */
    struct tcs_time ring_from; /* of what is past, what happened since then rings all the same */
    const char *give_up;       /* the blob at work is not judged, for this reason; NULL */

    /* of the transaction at work */
    struct tcs_arena arena;
    struct tcs_str origin;   /* of the blob */
    struct watch_file *file; /* of the blob; NULL: a pipe */
    struct tcs_time now;
    uint64_t new_messages;
    enum tcs_code code; /* the first failure of an effect */
    struct tcs_err err;

    /* of the run */
    uint64_t told, blobs, records, skipped_blobs;
    struct tcs_time started, last_alive;
    uint64_t status_ms, metrics_ms, silence_ms; /* when these were last written */
};

/* ---- blobs ---- */

/* Judges the blob and keeps what it led to, whole or not at all. */
enum tcs_code blob_take(struct watcher *w, const struct tcs_blob *blob, struct watch_source *source,
                        struct tcs_err *err);

/* ---- memory ---- */

/* Makes the engine of the session, with what the store remembers. */
enum tcs_code memory_load(struct watcher *w, struct tcs_err *err);
void memory_free(struct watcher *w);
/* Keeps what changed, within the transaction; kept: it was committed. */
enum tcs_code memory_keep(struct watcher *w, struct tcs_err *err);
void memory_kept(struct watcher *w);
enum tcs_code memory_keep_silence(struct watcher *w, struct tcs_err *err);

/* Small rows under one byte of class and a name. END: there is none. */
enum tcs_code row_get(struct watcher *w, enum tcs_state_class class, const char *name, struct tcs_bytes *out,
                      struct tcs_err *err);
enum tcs_code row_put(struct watcher *w, enum tcs_state_class class, const char *name, struct tcs_bytes value,
                      struct tcs_err *err);
enum tcs_code row_delete(struct watcher *w, enum tcs_state_class class, const char *name,
                         struct tcs_err *err);

/* ---- telling ---- */

/* The engine's effects; ctx is the watcher. */
void tell_finding(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *finding);
void tell_report(void *ctx, const struct tcs_incident *incident);

/* Says something of the watch itself to all channels, within the transaction. subject: see render/notice.h.
 */
enum tcs_code tell_notice(struct watcher *w, enum tcs_message_kind kind, enum tcs_severity severity,
                          struct tcs_str subject, struct tcs_str text, struct tcs_err *err);

/* What a source said beside its records. */
enum tcs_code tell_fact(struct watcher *w, const struct tcs_source_fact *fact, struct tcs_err *err);

/* Sources that have fallen silent, or speak again. */
enum tcs_code tell_silence(struct watcher *w, struct tcs_err *err);

/* ---- rights ---- */

/* The calling thread gives up, for good, what judging does not need. */
void watch_confine(struct watcher *w);

/* ---- status ---- */

/* Keeps what `tocsin status` shows, if that is due. Trouble is said and forgotten. */
void status_keep(struct watcher *w, bool is_ending);

#endif
