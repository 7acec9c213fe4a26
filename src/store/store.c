#include "store/db.h"

#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BUSY_MS = 4000,
    SCHEMA = 1,                  /* user_version */
    APPLICATION_ID = 0x746F6373, /* "tocs" */
    PATH_MOST = 4096,
};

/* Version 1. Words and not numbers stand for kinds and severities, so that their order may change. */
static const char schema[] =
    "CREATE TABLE state(key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE report(incident_id TEXT PRIMARY KEY NOT NULL, severity TEXT NOT NULL,"
    " finding_count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, host TEXT NOT NULL,"
    " account TEXT NOT NULL, program TEXT NOT NULL, headline TEXT NOT NULL, text TEXT NOT NULL,"
    " html TEXT NOT NULL, record_xml TEXT NOT NULL, record_json TEXT NOT NULL);"
    /* AUTOINCREMENT: a sequence is never used twice. */
    "CREATE TABLE message(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
    " incident_id TEXT NOT NULL, revision INTEGER NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,"
    " time INTEGER NOT NULL, queued INTEGER NOT NULL, host TEXT NOT NULL, account TEXT NOT NULL,"
    " program TEXT NOT NULL, headline TEXT NOT NULL, json TEXT NOT NULL, UNIQUE(id, revision));"
    "CREATE INDEX message_incident ON message(incident_id);"
    "CREATE INDEX message_kind ON message(kind, sequence);"
    "CREATE TABLE outbox(channel TEXT NOT NULL, dead INTEGER NOT NULL DEFAULT 0, sequence INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, error TEXT, PRIMARY KEY(channel, dead, sequence)) WITHOUT ROWID;"
    "CREATE INDEX outbox_sequence ON outbox(sequence);"
    "CREATE TABLE channel(name TEXT PRIMARY KEY NOT NULL, sent INTEGER NOT NULL DEFAULT 0,"
    " last_sent INTEGER, failing_since INTEGER, next_try INTEGER, last_error TEXT, last_error_at INTEGER);"
    "PRAGMA application_id = 1953457011;"
    "PRAGMA user_version = 1;";

_Static_assert(APPLICATION_ID == 1953457011 && SCHEMA == 1, "as written above");

/* ---- opening ---- */

static enum tcs_code open_db(struct tcs_store *s, const char *name, int flags, struct tcs_err *err)
{
    int rc = sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return store_fail(s, rc, "cannot open the state file", err);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    /* A state file is nobody's program: what it brings along is not run. */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    return TCS_OK;
}

static enum tcs_code run_text(struct tcs_store *s, const char *sql, const char *what, struct tcs_err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? TCS_OK : store_fail(s, rc, what, err);
}

static int keep_text(void *ctx, int count, char **values, char **names)
{
    (void)names;
    struct tcs_err *said = ctx; /* only its text is used */
    snprintf(said->text, sizeof said->text, "%s", count > 0 && values[0] ? values[0] : "");
    return 0;
}

/* The only value that sql gives, as text. */
static enum tcs_code ask(struct tcs_store *s, const char *sql, struct tcs_err *answer, struct tcs_err *err)
{
    answer->text[0] = '\0';
    int rc = sqlite3_exec(s->db, sql, keep_text, answer, NULL);
    return rc == SQLITE_OK ? TCS_OK : store_fail(s, rc, "cannot read the state file", err);
}

static enum tcs_code ask_number(struct tcs_store *s, const char *sql, long *out, struct tcs_err *err)
{
    struct tcs_err answer = TCS_ERR_INIT;
    enum tcs_code code = ask(s, sql, &answer, err);
    *out = code == TCS_OK ? strtol(answer.text, NULL, 10) : 0;
    return code;
}

/* Is it a file of ours, of a version that we know? END: it is empty, to be filled. */
static enum tcs_code check_version(struct tcs_store *s, struct tcs_err *err)
{
    long application, version, tables;
    enum tcs_code code = ask_number(s, "PRAGMA application_id", &application, err);
    if (code == TCS_OK)
        code = ask_number(s, "PRAGMA user_version", &version, err);
    if (code == TCS_OK)
        code = ask_number(s, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (code != TCS_OK)
        return code;
    if (application == 0 && version == 0 && tables == 0)
        return TCS_END;
    if (application != APPLICATION_ID)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the state file is a database of another program");
    if (version != SCHEMA)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                        "the state file has version %ld, this tocsin knows version %d", version, SCHEMA);
    return TCS_OK;
}

static enum tcs_code fill(struct tcs_store *s, struct tcs_err *err)
{
    enum tcs_code code = run_text(s, "BEGIN IMMEDIATE", "cannot set up the state file", err);
    if (code == TCS_OK)
        code = run_text(s, schema, "cannot set up the state file", err);
    if (code == TCS_OK)
        code = run_text(s, "COMMIT", "cannot set up the state file", err);
    if (code != TCS_OK)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

/* Every page and every row once; cheap, since what is delivered does not stay for ever. */
static enum tcs_code check_whole(struct tcs_store *s, struct tcs_err *err)
{
    struct tcs_err answer = TCS_ERR_INIT;
    enum tcs_code code = ask(s, "PRAGMA quick_check(1)", &answer, err);
    if (code == TCS_OK && strcmp(answer.text, "ok") != 0)
        code = tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "%s", answer.text);
    return code;
}

static enum tcs_code open_to_write(struct tcs_store *s, const char *path, bool *is_new, struct tcs_err *err)
{
    enum tcs_code code = open_db(s, path, SQLITE_OPEN_READWRITE, err);
    if (code == TCS_OK)
        code = run_text(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
                        "cannot use the state file", err);
    if (code == TCS_OK)
        code = check_version(s, err);
    *is_new = code == TCS_END;
    if (s->mode != TCS_STORE_WATCH)
        return *is_new ? tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "the state file is empty") : code;
    if (*is_new)
        return fill(s, err);
    return code == TCS_OK ? check_whole(s, err) : code;
}

/* Where nobody writes, SQLite's two other files may be missing, and this user may be unable to make them. */
static enum tcs_code open_to_read(struct tcs_store *s, const char *path, struct tcs_err *err)
{
    char name[PATH_MOST + 32];
    enum tcs_code code = open_db(s, path, SQLITE_OPEN_READONLY, err);
    if (code == TCS_OK)
        code = check_version(s, err);
    snprintf(name, sizeof name, "%s-wal", path);
    if (code != TCS_OK && code != TCS_END && code != TCS_CONFIG && !tcs_path_exists(name)) {
        sqlite3_close(s->db);
        s->db = NULL;
        tcs_err_clear(err);
        char *uri = sqlite3_mprintf("file:%w?immutable=1", path);
        code = uri && strpbrk(path, "?#%") == NULL
                   ? open_db(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err)
                   : tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "cannot open the state file");
        sqlite3_free(uri);
        if (code == TCS_OK)
            code = check_version(s, err);
    }
    return code == TCS_END ? tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "the state file is empty") : code;
}

static void close_db(struct tcs_store *s)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
    sqlite3_close(s->db);
    s->db = NULL;
}

/* ---- a damaged file ---- */

/* PATH.corrupt-20030117T091707Z, with its companions, which belong to it. */
static enum tcs_code move_aside(const char *path, struct tcs_time now, struct tcs_store_opening *opening,
                                struct tcs_err *err)
{
    static const char *const parts[] = {"-wal", "-shm", ""};
    struct tcs_buf stamp;
    tcs_buf_init(&stamp, 64);
    tcs_buf_time(&stamp, now);
    if (stamp.len < 19)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory");
    const char *t = stamp.p; /* 2003-01-17T09:17:07 */
    snprintf(opening->moved_to, sizeof opening->moved_to, "%.3900s.corrupt-%.4s%.2s%.5s%.2s%.2sZ", path, t,
             t + 5, t + 8, t + 14, t + 17);
    tcs_buf_done(&stamp);
    enum tcs_code code = TCS_OK;
    for (size_t i = 0; code == TCS_OK && i < sizeof parts / sizeof parts[0]; i++) {
        char from[PATH_MOST + 8], to[PATH_MOST + 8];
        snprintf(from, sizeof from, "%s%s", path, parts[i]);
        snprintf(to, sizeof to, "%s%s", opening->moved_to, parts[i]);
        if (tcs_path_exists(from))
            code = tcs_path_rename(from, to, err);
    }
    return code;
}

static enum tcs_code begin_anew(struct tcs_store *s, const char *path, struct tcs_time now,
                                struct tcs_store_opening *opening, struct tcs_err *err)
{
    bool is_new;
    opening->was_damaged = opening->is_new = true;
    snprintf(opening->why, sizeof opening->why, "%s", err->text);
    tcs_err_clear(err);
    close_db(s);
    enum tcs_code code = move_aside(path, now, opening, err);
    if (code == TCS_OK)
        code = tcs_path_create_private(path, err);
    return code == TCS_OK ? open_to_write(s, path, &is_new, err) : code;
}

static enum tcs_code open_to_watch(struct tcs_store *s, const char *path, struct tcs_time now,
                                   struct tcs_store_opening *opening, struct tcs_err *err)
{
    char lock_path[PATH_MOST + 8];
    uint64_t holder;
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    enum tcs_code code = tcs_lock_take(lock_path, &s->lock, &holder, err);
    if (code == TCS_AGAIN)
        return tcs_fail(err, TCS_DENIED, TCS_NO_OFFSET,
                        "another tocsin watches with this state file (process %llu)",
                        (unsigned long long)holder);
    if (code == TCS_OK)
        code = tcs_path_create_private(path, err);
    if (code == TCS_OK || code == TCS_END)
        code = open_to_write(s, path, &opening->is_new, err);
    /* Only a file that has been a store before is damaged; another one is a mistake, and stays where it is.
     */
    if (code == TCS_FORMAT && !s->lock.is_new)
        code = begin_anew(s, path, now, opening, err);
    else if (code == TCS_FORMAT)
        tcs_lock_undo(&s->lock, lock_path);
    return code;
}

enum tcs_code tcs_store_open(const char *path, enum tcs_store_mode mode, struct tcs_time now,
                             struct tcs_store **out, struct tcs_store_opening *opening, struct tcs_err *err)
{
    struct tcs_store_opening unasked = {0}, *told = opening ? opening : &unasked;
    *out = NULL;
    *told = unasked;
    if (path[0] == '\0' || strlen(path) >= PATH_MOST - 64)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the path of the state file is empty or too long");
    struct tcs_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the state file");
    s->mode = mode;
    s->lock.handle = -1;
    bool ignored;
    enum tcs_code code;
    if (mode == TCS_STORE_WATCH)
        code = open_to_watch(s, path, now, told, err);
    else if (mode == TCS_STORE_DELIVER)
        code = open_to_write(s, path, &ignored, err);
    else
        code = open_to_read(s, path, err);
    if (code == TCS_OK)
        *out = s;
    else
        tcs_store_close(s);
    return code;
}

void tcs_store_close(struct tcs_store *s)
{
    if (s == NULL)
        return;
    if (s->db)
        tcs_store_rollback(s);
    close_db(s);
    tcs_lock_release(&s->lock);
    free(s);
}
