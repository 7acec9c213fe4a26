/*
 * What tocsin must not forget: where each source was read up to, the engine's
 * state, the reports of incidents, and the outbox. One SQLite file; nothing
 * is told to anybody that was not committed here first.
 *
 * A handle belongs to one thread. The watcher opens the file with WATCH, which
 * keeps other watchers out; each delivery thread of the same process opens a
 * handle of its own with DELIVER; `tocsin status` opens it with READ at any
 * time. Every commit is on the disk when it returns.
 *
 * Every call that fails leaves the store as it was before the call; inside a
 * transaction it leaves nothing of the transaction (it is rolled back, and the
 * calls up to tcs_store_rollback or the next tcs_store_begin are refused as
 * BUG). Codes, unless a function says more:
 *     AGAIN   another handle is writing and did not finish within 4 s
 *     IO      the disk refused; "the disk is full" is said in so many words
 *     FORMAT  the file is damaged
 *     DENIED  no permission
 *     LIMIT   a text is longer than TCS_STORE_TEXT_MOST
 *     NOMEM
 */
#ifndef TCS_STORE_STORE_H
#define TCS_STORE_STORE_H

#include "model/message.h"

/* Bytes of one text or value; longer ones are refused. */
#define TCS_STORE_TEXT_MOST ((size_t)64 << 20)

struct tcs_store;

enum tcs_store_mode {
    TCS_STORE_WATCH,   /* creates the file if there is none; keeps other watchers out */
    TCS_STORE_DELIVER, /* a further handle of the process that watches; the file must exist */
    TCS_STORE_READ,    /* only looks; works while another process watches */
};

/* What opening with WATCH found. */
struct tcs_store_opening {
    bool is_new;         /* nothing is known from before */
    bool was_damaged;    /* the file could not be used and lies under another name; is_new is set too */
    char moved_to[4096]; /* that name */
    char why[256];       /* what was wrong with it */
};

/*
 * Opens the store. path is the file's; PATH-wal and PATH-shm are SQLite's,
 * PATH.lock keeps other watchers out. A file is created with mode 0600. now
 * (wall clock) names a damaged file: PATH.corrupt-20030117T091707Z.
 *
 * WATCH checks the file and moves a damaged one aside; opening (may be NULL
 * otherwise) tells. DENIED: another watcher has it, the text says which
 * process, or no permission; CONFIG: made by a later version of tocsin.
 */
enum tcs_code tcs_store_open(const char *path, enum tcs_store_mode mode, struct tcs_time now,
                             struct tcs_store **out, struct tcs_store_opening *opening, struct tcs_err *err);

/* Rolls back what was not committed. NULL is allowed. */
void tcs_store_close(struct tcs_store *s);

/* ---- transactions ---- */

/*
 * Everything between begin and commit is kept whole or not at all. A call
 * outside of a transaction is one by itself. Transactions do not nest: BUG.
 */
enum tcs_code tcs_store_begin(struct tcs_store *s, struct tcs_err *err);
enum tcs_code tcs_store_commit(struct tcs_store *s, struct tcs_err *err);

/* Forgets the transaction, if there is one. Always works. */
void tcs_store_rollback(struct tcs_store *s);

/* ---- rows of state ---- */

/* The first byte of a key says whose it is. */
enum tcs_state_class {
    TCS_STATE_META = 'm',   /* the watcher's own settings: installation id, ... */
    TCS_STATE_CURSOR = 'c', /* where a source was read up to */
    TCS_STATE_ENGINE = 'e', /* the engine's rows */
    TCS_STATE_GUARD = 'g',  /* attempts at a piece of input, counted before it is decoded */
    TCS_STATE_FACT = 'f',   /* what was learned */
};

/* Keeps value (may be empty) under key (1 to 1,024 bytes), replacing what was there. */
enum tcs_code tcs_store_put(struct tcs_store *s, struct tcs_bytes key, struct tcs_bytes value,
                            struct tcs_err *err);

/* Takes away what is under key, if anything. */
enum tcs_code tcs_store_delete(struct tcs_store *s, struct tcs_bytes key, struct tcs_err *err);

/* Puts the value into arena. END: there is none under key. */
enum tcs_code tcs_store_get(struct tcs_store *s, struct tcs_bytes key, struct tcs_arena *arena,
                            struct tcs_bytes *out, struct tcs_err *err);

/*
 * Calls visit for every row whose key starts with prefix (may be empty), in
 * the order of the keys' bytes. key and value are good during the call. It
 * stops at the first code that is not OK, and returns it. visit must not use
 * the store.
 */
typedef enum tcs_code tcs_store_visit(void *ctx, struct tcs_bytes key, struct tcs_bytes value,
                                      struct tcs_err *err);
enum tcs_code tcs_store_each(struct tcs_store *s, struct tcs_bytes prefix, tcs_store_visit *visit, void *ctx,
                             struct tcs_err *err);

/* Takes away every row whose key starts with prefix. */
enum tcs_code tcs_store_delete_all(struct tcs_store *s, struct tcs_bytes prefix, struct tcs_err *err);

/* ---- incidents ---- */

/* Keeps the report of an incident, replacing an earlier one. */
enum tcs_code tcs_store_put_report(struct tcs_store *s, const struct tcs_incident_report *report,
                                   struct tcs_err *err);

/* Puts the report into arena. END: there is none of this incident. */
enum tcs_code tcs_store_get_report(struct tcs_store *s, struct tcs_str incident_id, struct tcs_arena *arena,
                                   struct tcs_incident_report *out, struct tcs_err *err);

/* ---- outbox: putting in ---- */

/*
 * Puts a message into the outbox of these channels (none: it is only kept)
 * and gives it its sequence. A message with the same id and revision that is
 * still known is not put in again, for no channel: *is_new (may be NULL) is
 * false then, and sequence 0. So a blob that is fed again rings once.
 */
enum tcs_code tcs_store_enqueue(struct tcs_store *s, struct tcs_message *message,
                                const struct tcs_str *channels, size_t channel_count, bool *is_new,
                                struct tcs_err *err);

/* ---- outbox: delivering ---- */

/* A message that waits for a channel. */
struct tcs_outbox_row {
    struct tcs_message message;
    uint32_t attempts; /* that failed so far */
};

/* Puts the oldest messages that wait for the channel into arena, up to most of them. */
enum tcs_code tcs_store_pending(struct tcs_store *s, struct tcs_str channel, size_t most,
                                struct tcs_arena *arena, const struct tcs_outbox_row **rows, size_t *count,
                                struct tcs_err *err);

/* How a message left the queue of a channel. */
enum tcs_outbox_end {
    TCS_OUTBOX_SENT, /* the other side took it */
    TCS_OUTBOX_DEAD, /* it will not be sent; kept, and counted */
};

/* Ends the waiting of these messages. text says why they are dead; of the last row if empty. */
enum tcs_code tcs_store_settle(struct tcs_store *s, struct tcs_str channel, const uint64_t *sequences,
                               size_t count, enum tcs_outbox_end how, struct tcs_str text,
                               struct tcs_time now, struct tcs_err *err);

/* Notes a failed attempt at these messages, when the next one will be made, and what was said. */
enum tcs_code tcs_store_note_failure(struct tcs_store *s, struct tcs_str channel, const uint64_t *sequences,
                                     size_t count, struct tcs_str text, struct tcs_time now,
                                     struct tcs_time next, struct tcs_err *err);

/* Puts the dead letters of a channel back into its queue, each at its old place; *count says how many. */
enum tcs_code tcs_store_revive(struct tcs_store *s, struct tcs_str channel, uint64_t *count,
                               struct tcs_err *err);

/* Forgets a channel that is not configured any more, with all that waits or is dead; *count says how many. */
enum tcs_code tcs_store_drop_channel(struct tcs_store *s, struct tcs_str channel, uint64_t *count,
                                     struct tcs_err *err);

/* ---- outbox: looking ---- */

/* Puts a message into arena. END: not known (any more). */
enum tcs_code tcs_store_message(struct tcs_store *s, uint64_t sequence, struct tcs_arena *arena,
                                struct tcs_message *out, struct tcs_err *err);

/* Whether a message still waits for a channel, was taken, or is dead. */
enum tcs_outbox_place { TCS_OUTBOX_UNKNOWN, TCS_OUTBOX_WAITING, TCS_OUTBOX_TAKEN, TCS_OUTBOX_GIVEN_UP };
enum tcs_code tcs_store_place(struct tcs_store *s, struct tcs_str channel, uint64_t sequence,
                              enum tcs_outbox_place *out, struct tcs_err *err);

/* What is known of a channel. Times are unset (tcs_time_is_unset) if there was nothing yet. */
struct tcs_channel_status {
    struct tcs_str name;
    uint64_t waiting, dead;
    uint64_t sent;          /* messages, ever */
    struct tcs_time oldest; /* when the oldest that waits was put in */
    struct tcs_time last_sent;
    struct tcs_time failing_since; /* the first failure after the last success */
    struct tcs_time next_try;
    struct tcs_str last_error; /* of the last failure or dead letter, even if it works again since */
    struct tcs_time last_error_at;
};

/* Puts the status of every channel that ever had a message into arena, by name. */
enum tcs_code tcs_store_channels(struct tcs_store *s, struct tcs_arena *arena,
                                 const struct tcs_channel_status **out, size_t *count, struct tcs_err *err);

/* Puts the last message of this kind into arena. END: there was none. */
enum tcs_code tcs_store_last_message(struct tcs_store *s, enum tcs_message_kind kind, struct tcs_arena *arena,
                                     struct tcs_message *out, struct tcs_err *err);

/*
 * Forgets messages that were put in before `before` and that no channel waits
 * for, dead letters too, and reports of incidents that no message tells of
 * any more.
 */
enum tcs_code tcs_store_prune(struct tcs_store *s, struct tcs_time before, struct tcs_err *err);

#endif
