/*
 * Inside the store: the handle, its prepared statements, and how SQLite's
 * answers become ours. Only for the files of this folder.
 */
#ifndef TCS_STORE_DB_H
#define TCS_STORE_DB_H

#include "platform/keep.h"
#include "store/store.h"

#include <sqlite3.h>

/* One for each row of the table in statement.c. */
enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_PUT,
    SQL_DELETE,
    SQL_GET,
    SQL_EACH,
    SQL_DELETE_ALL,
    SQL_PUT_REPORT,
    SQL_GET_REPORT,
    SQL_PUT_MESSAGE,
    SQL_ENQUEUE,
    SQL_MESSAGE,
    SQL_LAST_MESSAGE,
    SQL_PENDING,
    SQL_TAKE,
    SQL_BURY,
    SQL_FAILED,
    SQL_CHANNEL_NEW,
    SQL_CHANNEL_SENT,
    SQL_CHANNEL_DEAD,
    SQL_CHANNEL_FAILED,
    SQL_REVIVE,
    SQL_DROP_CHANNEL,
    SQL_PLACE,
    SQL_CHANNELS,
    SQL_FORGET_CHANNEL,
    SQL_PRUNE_DEAD,
    SQL_PRUNE_MESSAGES,
    SQL_PRUNE_REPORTS,
    STATEMENT_COUNT
};

struct tcs_store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* owned; NULL until first used */
    enum tcs_store_mode mode;
    struct tcs_lock lock; /* WATCH */
    bool in_transaction;
    bool has_failed; /* the transaction was rolled back; its owner does not know yet */
    /* The statement in use. */
    enum statement current;
    bool is_bad;  /* a value could not be bound, or a column not be read */
    bool is_long; /* because it is longer than allowed */
};

/* Raises what SQLite says of the last call: codes as store.h lists them. what: "cannot keep a message". */
enum tcs_code store_fail(const struct tcs_store *s, int rc, const char *what, struct tcs_err *err);

/* ---- one statement ---- */

/*
 * Prepares the statement if need be, and makes it the current one; the following calls bind and
 * read its values. Failures are remembered and come out of store_step.
 */
void store_use(struct tcs_store *s, enum statement which);
void store_bind_text(struct tcs_store *s, int at, struct tcs_str text);
void store_bind_bytes(struct tcs_store *s, int at, struct tcs_bytes bytes);
void store_bind_u64(struct tcs_store *s, int at, uint64_t n);
void store_bind_time(struct tcs_store *s, int at, struct tcs_time t);
void store_bind_null(struct tcs_store *s, int at);

/* OK: there is a row; END: there is none (any more). Anything but OK leaves the statement ready for its next
 * use. */
enum tcs_code store_step(struct tcs_store *s, const char *what, struct tcs_err *err);

/* Ends a statement that has a row. */
void store_reset(struct tcs_store *s);

/* Columns of the row. Texts and bytes are copied into arena; without memory the next store_check fails. */
struct tcs_str store_text(struct tcs_store *s, int at, struct tcs_arena *arena);
struct tcs_bytes store_bytes(struct tcs_store *s, int at, struct tcs_arena *arena);
uint64_t store_u64(const struct tcs_store *s, int at);
struct tcs_time store_time(const struct tcs_store *s, int at);

/* A severity by its word; one of another version is critical: rather too loud than too low. */
enum tcs_severity store_severity(const struct tcs_store *s, int at);

/* NOMEM if a column could not be copied since store_use. */
enum tcs_code store_check(struct tcs_store *s, struct tcs_err *err);

/* ---- several statements ---- */

/*
 * Around calls that write: begins a transaction if there is none, and ends it
 * again with what code says. Inside the caller's transaction only a failure
 * does something: it is rolled back. BUG in a transaction that has failed.
 */
enum tcs_code store_enter(struct tcs_store *s, bool *own, struct tcs_err *err);
enum tcs_code store_leave(struct tcs_store *s, bool own, enum tcs_code code, struct tcs_err *err);

/* store_step for statements that give no rows: OK when done. */
enum tcs_code store_run(struct tcs_store *s, const char *what, struct tcs_err *err);

#endif
