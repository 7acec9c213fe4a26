#include "store/db.h"

#include <limits.h>

/* In the order of read_message in outbox.c. */
#define MESSAGE_COLUMNS                                                                                      \
    "m.sequence, m.id, m.incident_id, m.revision, m.kind, m.severity, m.time, m.queued, m.host, m.account, " \
    "m.program, m.headline, m.json"

static const char *const texts[STATEMENT_COUNT] = {
    /* At once for writing: a transaction that finds out later that it may not write would have to be
       repeated. */
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_PUT] = "INSERT INTO state(key, value) VALUES(?1, ?2)"
                " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE] = "DELETE FROM state WHERE key = ?1",
    [SQL_GET] = "SELECT value FROM state WHERE key = ?1",
    [SQL_EACH] = "SELECT key, value FROM state WHERE key >= ?1 AND (?2 IS NULL OR key < ?2) ORDER BY key",
    [SQL_DELETE_ALL] = "DELETE FROM state WHERE key >= ?1 AND (?2 IS NULL OR key < ?2)",
    [SQL_PUT_REPORT] =
        "INSERT OR REPLACE INTO report(incident_id, severity, finding_count, first, last, host, account,"
        " program, headline, text, html, record_xml, record_json)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [SQL_GET_REPORT] = "SELECT incident_id, severity, finding_count, first, last, host, account, program,"
                       " headline, text, html, record_xml, record_json FROM report WHERE incident_id = ?1",
    [SQL_PUT_MESSAGE] =
        "INSERT INTO message(id, incident_id, revision, kind, severity, time, queued, host, account, program,"
        " headline, json) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT(id, revision) DO NOTHING",
    [SQL_ENQUEUE] = "INSERT OR IGNORE INTO outbox(channel, sequence) VALUES(?1, ?2)",
    [SQL_MESSAGE] = "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.sequence = ?1",
    [SQL_LAST_MESSAGE] =
        "SELECT " MESSAGE_COLUMNS " FROM message m WHERE m.kind = ?1 ORDER BY m.sequence DESC LIMIT 1",
    [SQL_PENDING] = "SELECT " MESSAGE_COLUMNS ", o.attempts FROM outbox o JOIN message m USING(sequence)"
                    " WHERE o.channel = ?1 AND o.dead = 0 ORDER BY o.sequence LIMIT ?2",
    [SQL_TAKE] = "DELETE FROM outbox WHERE channel = ?1 AND dead = 0 AND sequence = ?2",
    [SQL_BURY] = "UPDATE outbox SET dead = 1, error = ?3 WHERE channel = ?1 AND dead = 0 AND sequence = ?2",
    [SQL_FAILED] = "UPDATE outbox SET attempts = attempts + 1, error = ?3"
                   " WHERE channel = ?1 AND dead = 0 AND sequence = ?2",
    [SQL_CHANNEL_NEW] = "INSERT OR IGNORE INTO channel(name) VALUES(?1)",
    [SQL_CHANNEL_SENT] = "UPDATE channel SET sent = sent + ?2, last_sent = ?3, failing_since = NULL,"
                         " next_try = NULL WHERE name = ?1",
    [SQL_CHANNEL_DEAD] = "UPDATE channel SET last_error = ?2, last_error_at = ?3 WHERE name = ?1",
    [SQL_CHANNEL_FAILED] = "UPDATE channel SET last_error = ?2, last_error_at = ?3, next_try = ?4,"
                           " failing_since = coalesce(failing_since, ?3) WHERE name = ?1",
    [SQL_REVIVE] = "UPDATE outbox SET dead = 0, attempts = 0 WHERE channel = ?1 AND dead = 1",
    [SQL_DROP_CHANNEL] = "DELETE FROM outbox WHERE channel = ?1",
    [SQL_PLACE] = "SELECT (SELECT o.dead FROM outbox o WHERE o.channel = ?1 AND o.sequence = m.sequence)"
                  " FROM message m WHERE m.sequence = ?2",
    [SQL_CHANNELS] = "SELECT c.name, c.sent, c.last_sent, c.failing_since, c.next_try, c.last_error,"
                     " c.last_error_at,"
                     " (SELECT count(*) FROM outbox o WHERE o.channel = c.name AND o.dead = 0),"
                     " (SELECT count(*) FROM outbox o WHERE o.channel = c.name AND o.dead = 1),"
                     " (SELECT m.queued FROM outbox o JOIN message m USING(sequence)"
                     "  WHERE o.channel = c.name AND o.dead = 0 ORDER BY o.sequence LIMIT 1)"
                     " FROM channel c ORDER BY c.name",
    [SQL_FORGET_CHANNEL] = "DELETE FROM channel WHERE name = ?1",
    [SQL_PRUNE_DEAD] = "DELETE FROM outbox WHERE dead = 1 AND sequence IN"
                       " (SELECT m.sequence FROM message m WHERE m.queued < ?1)",
    [SQL_PRUNE_MESSAGES] = "DELETE FROM message WHERE queued < ?1 AND NOT EXISTS"
                           " (SELECT 1 FROM outbox o WHERE o.sequence = message.sequence)",
    [SQL_PRUNE_REPORTS] = "DELETE FROM report WHERE NOT EXISTS"
                          " (SELECT 1 FROM message m WHERE m.incident_id = report.incident_id)",
};

static enum tcs_code code_of(int rc)
{
    switch (rc & 0xFF) { /* the rest says more than we need */
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return TCS_AGAIN;
    case SQLITE_NOMEM:
        return TCS_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return TCS_FORMAT;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return TCS_DENIED;
    case SQLITE_TOOBIG:
        return TCS_LIMIT;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
        return TCS_BUG;
    default:
        return TCS_IO;
    }
}

enum tcs_code store_fail(const struct tcs_store *s, int rc, const char *what, struct tcs_err *err)
{
    enum tcs_code code = code_of(rc);
    int os = s->db ? sqlite3_system_errno(s->db) : 0;
    if ((rc & 0xFF) == SQLITE_FULL)
        return tcs_fail_os(err, code, os, "%s: the disk is full", what);
    if (code == TCS_AGAIN)
        return tcs_fail(err, code, TCS_NO_OFFSET, "%s: the state file is being written to by somebody else",
                        what);
    const char *said = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
    return tcs_fail_os(err, code, os, "%s: %s", what, said);
}

/* ---- one statement ---- */

static sqlite3_stmt *now(const struct tcs_store *s)
{
    return s->statements[s->current];
}

void store_use(struct tcs_store *s, enum statement which)
{
    s->current = which;
    s->is_bad = s->is_long = false;
    if (now(s) == NULL)
        s->is_bad = sqlite3_prepare_v3(s->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                                       &s->statements[which], NULL) != SQLITE_OK;
}

/* Texts and bytes stay the caller's until store_step has run the statement. */
static void note_bind(struct tcs_store *s, size_t len, int rc)
{
    s->is_long = s->is_long || len > TCS_STORE_TEXT_MOST;
    s->is_bad = s->is_bad || rc != SQLITE_OK;
}

void store_bind_text(struct tcs_store *s, int at, struct tcs_str text)
{
    int len = text.len > TCS_STORE_TEXT_MOST ? 0 : (int)text.len;
    if (!s->is_bad)
        note_bind(s, text.len, sqlite3_bind_text(now(s), at, text.len ? text.p : "", len, SQLITE_STATIC));
}

void store_bind_bytes(struct tcs_store *s, int at, struct tcs_bytes bytes)
{
    int len = bytes.len > TCS_STORE_TEXT_MOST ? 0 : (int)bytes.len;
    if (!s->is_bad)
        note_bind(s, bytes.len,
                  sqlite3_bind_blob(now(s), at, bytes.len ? (const void *)bytes.p : "", len, SQLITE_STATIC));
}

void store_bind_u64(struct tcs_store *s, int at, uint64_t n)
{
    if (!s->is_bad)
        note_bind(s, 0, sqlite3_bind_int64(now(s), at, n > INT64_MAX ? INT64_MAX : (sqlite3_int64)n));
}

void store_bind_time(struct tcs_store *s, int at, struct tcs_time t)
{
    if (!s->is_bad)
        note_bind(s, 0, sqlite3_bind_int64(now(s), at, t.ticks));
}

void store_bind_null(struct tcs_store *s, int at)
{
    if (!s->is_bad)
        note_bind(s, 0, sqlite3_bind_null(now(s), at));
}

void store_reset(struct tcs_store *s)
{
    if (now(s)) {
        sqlite3_reset(now(s));
        sqlite3_clear_bindings(now(s));
    }
}

enum tcs_code store_step(struct tcs_store *s, const char *what, struct tcs_err *err)
{
    enum tcs_code code;
    if (s->is_long) {
        code = tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "%s: a text is longer than %zu bytes", what,
                        TCS_STORE_TEXT_MOST);
    } else if (s->is_bad) {
        code = store_fail(s, sqlite3_extended_errcode(s->db), what, err);
    } else {
        int rc = sqlite3_step(now(s));
        if (rc == SQLITE_ROW)
            return TCS_OK;
        code = rc == SQLITE_DONE ? TCS_END : store_fail(s, sqlite3_extended_errcode(s->db), what, err);
    }
    store_reset(s);
    return code;
}

struct tcs_bytes store_bytes(struct tcs_store *s, int at, struct tcs_arena *arena)
{
    const void *p = sqlite3_column_blob(now(s), at); /* first: it may convert */
    size_t len = (size_t)sqlite3_column_bytes(now(s), at);
    /* NULL is also an empty value; nothing here is as long as memory, but a column may be. */
    void *copy = len && p ? tcs_arena_copy(arena, p, len) : NULL;
    if (len && copy == NULL)
        s->is_bad = true;
    return (struct tcs_bytes){copy, copy ? len : 0};
}

struct tcs_str store_text(struct tcs_store *s, int at, struct tcs_arena *arena)
{
    struct tcs_bytes bytes = store_bytes(s, at, arena);
    return (struct tcs_str){bytes.len ? (const char *)bytes.p : "", bytes.len};
}

uint64_t store_u64(const struct tcs_store *s, int at)
{
    sqlite3_int64 n = sqlite3_column_int64(now(s), at);
    return n > 0 ? (uint64_t)n : 0;
}

struct tcs_time store_time(const struct tcs_store *s, int at)
{
    if (sqlite3_column_type(now(s), at) == SQLITE_NULL)
        return tcs_time_of_filetime(0);
    return (struct tcs_time){sqlite3_column_int64(now(s), at)};
}

enum tcs_severity store_severity(const struct tcs_store *s, int at)
{
    const char *word = (const char *)sqlite3_column_text(now(s), at);
    for (unsigned i = 0; word && i < TCS_SEVERITY_COUNT; i++)
        if (strcmp(word, tcs_severity_names[i]) == 0)
            return (enum tcs_severity)i;
    return TCS_CRITICAL;
}

enum tcs_code store_check(struct tcs_store *s, struct tcs_err *err)
{
    if (!s->is_bad)
        return TCS_OK;
    store_reset(s);
    return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read from the state file");
}

enum tcs_code store_run(struct tcs_store *s, const char *what, struct tcs_err *err)
{
    enum tcs_code code = store_step(s, what, err);
    if (code == TCS_OK)
        store_reset(s);
    return code == TCS_END ? TCS_OK : code;
}

/* ---- several statements ---- */

static enum tcs_code run(struct tcs_store *s, enum statement which, const char *what, struct tcs_err *err)
{
    store_use(s, which);
    return store_run(s, what, err);
}

enum tcs_code tcs_store_begin(struct tcs_store *s, struct tcs_err *err)
{
    if (s->in_transaction && !s->has_failed)
        return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "a transaction in a transaction");
    tcs_store_rollback(s);
    enum tcs_code code = run(s, SQL_BEGIN, "cannot write to the state file", err);
    s->in_transaction = code == TCS_OK;
    return code;
}

enum tcs_code tcs_store_commit(struct tcs_store *s, struct tcs_err *err)
{
    if (!s->in_transaction || s->has_failed)
        return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "there is no transaction to be kept");
    enum tcs_code code = run(s, SQL_COMMIT, "cannot write to the state file", err);
    if (code != TCS_OK)
        tcs_store_rollback(s);
    s->in_transaction = false;
    return code;
}

void tcs_store_rollback(struct tcs_store *s)
{
    /* SQLite rolls back by itself after some errors. */
    if (!sqlite3_get_autocommit(s->db)) {
        struct tcs_err ignored = TCS_ERR_INIT;
        if (run(s, SQL_ROLLBACK, "", &ignored) != TCS_OK)
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* no memory to prepare it */
    }
    s->in_transaction = s->has_failed = false;
}

enum tcs_code store_enter(struct tcs_store *s, bool *own, struct tcs_err *err)
{
    *own = false;
    if (s->in_transaction && s->has_failed)
        return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "the transaction has failed already");
    if (s->in_transaction)
        return TCS_OK;
    enum tcs_code code = tcs_store_begin(s, err);
    *own = code == TCS_OK;
    return code;
}

enum tcs_code store_leave(struct tcs_store *s, bool own, enum tcs_code code, struct tcs_err *err)
{
    if (own && code == TCS_OK)
        return tcs_store_commit(s, err);
    if (own)
        tcs_store_rollback(s);
    else if (code != TCS_OK && s->in_transaction) {
        tcs_store_rollback(s);
        s->in_transaction = s->has_failed = true;
    }
    return code;
}
