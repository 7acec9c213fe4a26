#define _GNU_SOURCE /* mkdtemp, pwrite */
#include "unit.h"

#include "scratch.h"
#include "store/store.h"

#include <sys/wait.h>

/* What the tests share: a folder, a store in it, an arena for what is read. */
struct bench {
    struct scratch scratch;
    char path[96];
    struct tcs_store *s;
    struct tcs_arena arena;
    struct tcs_err err;
};

static const struct tcs_time noon = {INT64_C(10427950270000000)}; /* in 2003 */

static struct tcs_time after(int64_t seconds)
{
    return (struct tcs_time){noon.ticks + seconds * TCS_TICKS_PER_SECOND};
}

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    scratch_make(&x->scratch);
    snprintf(x->path, sizeof x->path, "%s/state.db", x->scratch.folder);
    tcs_arena_init(&x->arena, 64 << 20);
    x->err = (struct tcs_err)TCS_ERR_INIT;
    *state = x;
    return tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &x->err) == TCS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *x = *state;
    tcs_store_close(x->s);
    scratch_remove(&x->scratch);
    tcs_arena_done(&x->arena);
    free(x);
    return 0;
}

static void reopen(struct bench *x)
{
    tcs_store_close(x->s);
    if (tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &x->err) != TCS_OK)
        fail_msg("reopening: %s", x->err.text);
}

#define check_ok(x, call)                                                                                    \
    do {                                                                                                     \
        if ((call) != TCS_OK)                                                                                \
            fail_msg("%s: %s", #call, (x)->err.text);                                                        \
    } while (0)

static struct tcs_message message(const char *id, unsigned revision)
{
    return (struct tcs_message){
        .id = tcs_str_of(id),
        .incident_id = TCS_STR("incident-1"),
        .revision = revision,
        .kind = TCS_MESSAGE_FINDING,
        .severity = TCS_LIKELY,
        .time = after(-5),
        .queued = noon,
        .host = TCS_STR("WEB01"),
        .account = TCS_STR("IUSR_WEB"),
        .program = TCS_STR("cmd.exe"),
        .headline = TCS_STR("IUSR_WEB ran cmd.exe"),
        .json = TCS_STR("{\"a\":1}"),
    };
}

static const struct tcs_str mail_and_file[] = {TCS_STR_INIT("mail"), TCS_STR_INIT("file")};

static uint64_t enqueue(struct bench *x, const char *id)
{
    struct tcs_message m = message(id, 0);
    check_ok(x, tcs_store_enqueue(x->s, &m, mail_and_file, 2, NULL, &x->err));
    return m.sequence;
}

/* The ids of what waits for a channel, joined by blanks. */
static const char *waiting(struct bench *x, const char *channel)
{
    static char text[1024];
    const struct tcs_outbox_row *rows;
    size_t count;
    check_ok(x, tcs_store_pending(x->s, tcs_str_of(channel), 100, &x->arena, &rows, &count, &x->err));
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s", i ? " " : "",
                 TCS_STR_ARG(rows[i].message.id));
    return text;
}

static const struct tcs_channel_status *status(struct bench *x, const char *channel)
{
    const struct tcs_channel_status *all;
    size_t count;
    check_ok(x, tcs_store_channels(x->s, &x->arena, &all, &count, &x->err));
    for (size_t i = 0; i < count; i++)
        if (tcs_str_eq(all[i].name, tcs_str_of(channel)))
            return &all[i];
    fail_msg("no channel %s", channel);
    return NULL;
}

/* ---- opening ---- */

static void only_the_owner_may_look(void **state)
{
    struct bench *x = *state;
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm", "state.db.lock"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat st;
        assert_int_equal(stat(scratch_path(&x->scratch, names[i]), &st), 0);
        check_int(names[i], st.st_mode & 0777, 0600);
    }
}

static void two_cannot_watch(void **state)
{
    struct bench *x = *state;
    struct tcs_store *second;
    assert_int_equal(tcs_store_open(x->path, TCS_STORE_WATCH, noon, &second, NULL, &x->err), TCS_DENIED);
    assert_null(second);
    char mine[64];
    snprintf(mine, sizeof mine, "process %ld", (long)getpid());
    check_says("who", &x->err, mine);
    tcs_err_clear(&x->err);
    tcs_store_close(x->s);
    x->s = NULL;
    check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &x->err));
}

/* The lock of a process that was killed does not stay. */
static void a_dead_watcher_locks_nobody_out(void **state)
{
    struct bench *x = *state;
    tcs_store_close(x->s);
    x->s = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct tcs_store *s;
        struct tcs_message m = message("from the dead", 0);
        if (tcs_store_open(x->path, TCS_STORE_WATCH, noon, &s, NULL, NULL) == TCS_OK &&
            tcs_store_enqueue(s, &m, mail_and_file, 2, NULL, NULL) == TCS_OK)
            _exit(0); /* nothing is closed */
        _exit(1);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &x->err));
    check_text("it is not lost", tcs_str_of(waiting(x, "mail")), "from the dead");
}

static void what_was_there(void **state)
{
    struct bench *x = *state;
    struct tcs_store_opening opening;
    tcs_store_close(x->s);
    check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, &opening, &x->err));
    assert_false(opening.is_new);
    tcs_store_close(x->s);
    scratch_empty(&x->scratch);
    check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, &opening, &x->err));
    assert_true(opening.is_new);
    assert_false(opening.was_damaged);
}

static void a_damaged_file_is_moved_aside(void **state)
{
    struct bench *x = *state;
    static const char *const how[] = {"no database at all", "header destroyed", "a page in it destroyed"};
    for (size_t i = 0; i < COUNT_OF(how); i++) {
        for (int n = 0; n < 200; n++) {
            char id[32];
            snprintf(id, sizeof id, "%zu-%d", i, n);
            enqueue(x, id);
        }
        tcs_store_close(x->s);
        char garbage[4096];
        memset(garbage, 'x', sizeof garbage);
        int fd = open(x->path, O_WRONLY);
        assert_true(fd >= 0);
        if (i == 0)
            assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, garbage, i == 1 ? 100 : sizeof garbage, i == 2 ? 8192 : 0) > 0, 1);
        close(fd);
        struct tcs_store_opening opening;
        check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, after((int64_t)i), &x->s, &opening, &x->err));
        check_true(how[i], opening.was_damaged && opening.is_new && opening.why[0]);
        check_true("it is kept", access(opening.moved_to, F_OK) == 0);
        check_true("its name", strstr(opening.moved_to, "state.db.corrupt-2003") != NULL);
        check_text("it works", tcs_str_of(waiting(x, "mail")), "");
        assert_int_not_equal(enqueue(x, "after"), 0);
        check_text("anew", tcs_str_of(waiting(x, "mail")), "after");
    }
    check_int("all are kept", scratch_count(&x->scratch, ".corrupt-"), 3);
}

/* A path that somebody mistyped is not ours to move away. */
static void what_never_was_a_store_stays(void **state)
{
    struct bench *x = *state;
    struct tcs_store *s;
    char path[96];
    snprintf(path, sizeof path, "%s", scratch_path(&x->scratch, "passwd"));
    scratch_write(path, "root:x:0:0:root:/root:/bin/sh and much more, so that it could be a header\n", 72,
                  0644);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tcs_store_open(path, TCS_STORE_WATCH, noon, &s, NULL, &x->err), TCS_FORMAT);
        check_says("why", &x->err, "not a database");
        tcs_err_clear(&x->err);
        check_int("only itself", scratch_count(&x->scratch, "passwd"), 1);
    }
}

static void other_databases_are_refused(void **state)
{
    struct bench *x = *state;
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"CREATE TABLE t(a)", "another program"},
        {"PRAGMA application_id = 1953457011; PRAGMA user_version = 99; CREATE TABLE t(a)", "version 99"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char command[512];
        const char *path = scratch_path(&x->scratch, i ? "later.db" : "other.db");
        snprintf(command, sizeof command,
                 "/usr/bin/python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
                 " c.executescript(sys.argv[2])' '%s' '%s'",
                 path, cases[i].sql);
        assert_int_equal(system(command), 0);
        struct tcs_store *s;
        assert_int_equal(tcs_store_open(path, TCS_STORE_WATCH, noon, &s, NULL, &x->err), TCS_CONFIG);
        check_says("why", &x->err, cases[i].says);
        tcs_err_clear(&x->err);
    }
}

static void status_looks_while_another_writes(void **state)
{
    struct bench *x = *state;
    struct tcs_store *reader;
    enqueue(x, "before");
    check_ok(x, tcs_store_begin(x->s, &x->err));
    enqueue(x, "not kept yet");
    check_ok(x, tcs_store_open(x->path, TCS_STORE_READ, noon, &reader, NULL, &x->err));
    const struct tcs_outbox_row *rows;
    size_t count;
    check_ok(x, tcs_store_pending(reader, TCS_STR("mail"), 9, &x->arena, &rows, &count, &x->err));
    check_int("what was committed", count, 1);
    struct tcs_message m = message("by a reader", 0);
    assert_int_equal(tcs_store_enqueue(reader, &m, NULL, 0, NULL, &x->err), TCS_DENIED);
    tcs_err_clear(&x->err);
    tcs_store_close(reader);
    check_ok(x, tcs_store_commit(x->s, &x->err));
    tcs_store_close(x->s);
    x->s = NULL;
    check_ok(x, tcs_store_open(x->path, TCS_STORE_READ, noon, &reader, NULL, &x->err));
    check_ok(x, tcs_store_pending(reader, TCS_STR("mail"), 9, &x->arena, &rows, &count, &x->err));
    check_int("nobody else is there", count, 2);
    tcs_store_close(reader);
}

static void what_is_not_there_cannot_be_read(void **state)
{
    struct bench *x = *state;
    struct tcs_store *s;
    char path[96];
    snprintf(path, sizeof path, "%s", scratch_path(&x->scratch, "none.db"));
    assert_int_equal(tcs_store_open(path, TCS_STORE_READ, noon, &s, NULL, &x->err), TCS_IO);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_store_open(path, TCS_STORE_DELIVER, noon, &s, NULL, &x->err), TCS_IO);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_store_open("", TCS_STORE_WATCH, noon, &s, NULL, &x->err), TCS_CONFIG);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_store_open("/nonexistent/state.db", TCS_STORE_WATCH, noon, &s, NULL, &x->err),
                     TCS_IO);
    check_says("which", &x->err, "/nonexistent/state.db");
    assert_int_equal(scratch_count(&x->scratch, "none"), 0);
}

/* ---- rows of state ---- */

static void state_is_kept(void **state)
{
    struct bench *x = *state;
    struct tcs_bytes got;
    check_ok(x, tcs_store_put(x->s, BYTES("c\0key"), BYTES("one\0two"), &x->err));
    check_ok(x, tcs_store_put(x->s, BYTES("c"), BYTES(""), &x->err));
    check_ok(x, tcs_store_put(x->s, BYTES("c\0key"), BYTES("three"), &x->err));
    reopen(x);
    check_ok(x, tcs_store_get(x->s, BYTES("c\0key"), &x->arena, &got, &x->err));
    check_str("replaced", (struct tcs_str){(const char *)got.p, got.len}, TCS_STR("three"));
    check_ok(x, tcs_store_get(x->s, BYTES("c"), &x->arena, &got, &x->err));
    check_int("empty", got.len, 0);
    assert_int_equal(tcs_store_get(x->s, BYTES("d"), &x->arena, &got, &x->err), TCS_END);
    check_ok(x, tcs_store_delete(x->s, BYTES("c"), &x->err));
    check_ok(x, tcs_store_delete(x->s, BYTES("c"), &x->err));
    assert_int_equal(tcs_store_get(x->s, BYTES("c"), &x->arena, &got, &x->err), TCS_END);
    assert_int_equal(tcs_store_put(x->s, BYTES(""), BYTES("x"), &x->err), TCS_BUG);
}

static enum tcs_code collect(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err)
{
    struct tcs_buf *b = ctx;
    tcs_buf_hex_bytes(b, key);
    tcs_buf_putc(b, '=');
    tcs_buf_put(b, value.p, value.len);
    tcs_buf_putc(b, ' ');
    return value.len && value.p[0] == '!' ? tcs_fail(err, TCS_FORMAT, 0, "enough") : TCS_OK;
}

static void rows_come_by_prefix_in_order(void **state)
{
    struct bench *x = *state;
    static const struct tcs_bytes keys[] = {
        BYTES_INIT("e\xFF"),  BYTES_INIT("e"),        BYTES_INIT("f"),
        BYTES_INIT("e\x01z"), BYTES_INIT("\xFF\xFF"), BYTES_INIT("\xFF"),
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        uint8_t digit = (uint8_t)('0' + i);
        check_ok(x, tcs_store_put(x->s, keys[i], (struct tcs_bytes){&digit, 1}, &x->err));
    }
    struct tcs_buf b;
    tcs_buf_init(&b, 4096);
    check_ok(x, tcs_store_each(x->s, BYTES("e"), collect, &b, &x->err));
    check_buf("one letter", &b, "65=1 65017A=3 65FF=0 ");
    tcs_buf_clear(&b);
    check_ok(x, tcs_store_each(x->s, BYTES("\xFF"), collect, &b, &x->err));
    check_buf("nothing is behind it", &b, "FF=5 FFFF=4 ");
    tcs_buf_clear(&b);
    check_ok(x, tcs_store_each(x->s, BYTES("e\xFF"), collect, &b, &x->err));
    check_buf("carried", &b, "65FF=0 ");
    tcs_buf_clear(&b);
    check_ok(x, tcs_store_put(x->s, BYTES("e\x01z"), BYTES("!"), &x->err));
    assert_int_equal(tcs_store_each(x->s, BYTES("e"), collect, &b, &x->err), TCS_FORMAT);
    check_buf("up to the objection", &b, "65=1 65017A=! ");
    tcs_err_clear(&x->err);
    tcs_buf_clear(&b);
    check_ok(x, tcs_store_delete_all(x->s, BYTES("e"), &x->err));
    check_ok(x, tcs_store_each(x->s, BYTES(""), collect, &b, &x->err));
    check_buf("the others stay", &b, "66=2 FF=5 FFFF=4 ");
    tcs_buf_done(&b);
}

/* ---- transactions ---- */

static void all_or_nothing(void **state)
{
    struct bench *x = *state;
    struct tcs_bytes got;
    check_ok(x, tcs_store_begin(x->s, &x->err));
    check_ok(x, tcs_store_put(x->s, BYTES("c1"), BYTES("x"), &x->err));
    enqueue(x, "gone");
    tcs_store_rollback(x->s);
    tcs_store_rollback(x->s);
    assert_int_equal(tcs_store_get(x->s, BYTES("c1"), &x->arena, &got, &x->err), TCS_END);
    check_text("no message", tcs_str_of(waiting(x, "mail")), "");
    check_ok(x, tcs_store_begin(x->s, &x->err));
    check_ok(x, tcs_store_put(x->s, BYTES("c1"), BYTES("x"), &x->err));
    tcs_store_close(x->s);
    check_ok(x, tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &x->err));
    assert_int_equal(tcs_store_get(x->s, BYTES("c1"), &x->arena, &got, &x->err), TCS_END);
}

static void misuse_is_a_bug(void **state)
{
    struct bench *x = *state;
    assert_int_equal(tcs_store_commit(x->s, &x->err), TCS_BUG);
    tcs_err_clear(&x->err);
    check_ok(x, tcs_store_begin(x->s, &x->err));
    assert_int_equal(tcs_store_begin(x->s, &x->err), TCS_BUG);
    tcs_err_clear(&x->err);
    check_ok(x, tcs_store_commit(x->s, &x->err));
}

static void a_failed_transaction_is_over(void **state)
{
    struct bench *x = *state;
    struct tcs_message m = message("long", 0);
    m.json = (struct tcs_str){"x", TCS_STORE_TEXT_MOST + 1}; /* refused before it is read */
    check_ok(x, tcs_store_begin(x->s, &x->err));
    enqueue(x, "first");
    assert_int_equal(tcs_store_enqueue(x->s, &m, mail_and_file, 2, NULL, &x->err), TCS_LIMIT);
    check_says("why", &x->err, "longer than 67108864 bytes");
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_store_put(x->s, BYTES("c"), BYTES("x"), &x->err), TCS_BUG);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_store_commit(x->s, &x->err), TCS_BUG);
    tcs_err_clear(&x->err);
    check_ok(x, tcs_store_begin(x->s, &x->err));
    enqueue(x, "second");
    check_ok(x, tcs_store_commit(x->s, &x->err));
    check_text("nothing of the failed one", tcs_str_of(waiting(x, "mail")), "second");
}

/* ---- reports ---- */

static void reports_grow(void **state)
{
    struct bench *x = *state;
    struct tcs_incident_report r = {
        .incident_id = TCS_STR("incident-1"),
        .severity = TCS_LIKELY,
        .finding_count = 1,
        .first = noon,
        .last = after(1),
        .host = TCS_STR("WEB01"),
        .account = TCS_STR("W\\IUSR"),
        .program = TCS_STR("cmd.exe"),
        .headline = TCS_STR("headline"),
        .text = TCS_STR("text\0with NUL"),
        .html = TCS_STR("<p>"),
        .record_xml = TCS_STR("<Event/>"),
        .record_json = TCS_STR("{}"),
    };
    struct tcs_incident_report got;
    check_ok(x, tcs_store_put_report(x->s, &r, &x->err));
    r.severity = TCS_CRITICAL;
    r.finding_count = 7;
    check_ok(x, tcs_store_put_report(x->s, &r, &x->err));
    reopen(x);
    check_ok(x, tcs_store_get_report(x->s, TCS_STR("incident-1"), &x->arena, &got, &x->err));
    check_int("severity", got.severity, TCS_CRITICAL);
    check_int("count", got.finding_count, 7);
    check_int("first", got.first.ticks, noon.ticks);
    check_int("last", got.last.ticks, after(1).ticks);
    check_str("host", got.host, r.host);
    check_str("account", got.account, r.account);
    check_str("program", got.program, r.program);
    check_str("headline", got.headline, r.headline);
    check_str("text", got.text, r.text);
    check_str("html", got.html, r.html);
    check_str("xml", got.record_xml, r.record_xml);
    check_str("json", got.record_json, r.record_json);
    assert_int_equal(tcs_store_get_report(x->s, TCS_STR("other"), &x->arena, &got, &x->err), TCS_END);
}

/* ---- outbox ---- */

static void a_message_comes_back_as_it_was(void **state)
{
    struct bench *x = *state;
    struct tcs_message m = message("id-1", 3), got;
    check_ok(x, tcs_store_enqueue(x->s, &m, mail_and_file, 2, NULL, &x->err));
    reopen(x);
    check_ok(x, tcs_store_message(x->s, m.sequence, &x->arena, &got, &x->err));
    check_int("sequence", got.sequence, m.sequence);
    check_str("id", got.id, m.id);
    check_str("incident", got.incident_id, m.incident_id);
    check_int("revision", got.revision, 3);
    check_int("kind", got.kind, m.kind);
    check_int("severity", got.severity, m.severity);
    check_int("time", got.time.ticks, m.time.ticks);
    check_int("queued", got.queued.ticks, m.queued.ticks);
    check_str("host", got.host, m.host);
    check_str("account", got.account, m.account);
    check_str("program", got.program, m.program);
    check_str("headline", got.headline, m.headline);
    check_str("json", got.json, m.json);
    assert_int_equal(tcs_store_message(x->s, 999, &x->arena, &got, &x->err), TCS_END);
    check_ok(x, tcs_store_last_message(x->s, TCS_MESSAGE_FINDING, &x->arena, &got, &x->err));
    check_str("the last", got.id, m.id);
    assert_int_equal(tcs_store_last_message(x->s, TCS_MESSAGE_DRILL, &x->arena, &got, &x->err), TCS_END);
}

static void every_kind_and_severity_survives(void **state)
{
    struct bench *x = *state;
    for (unsigned kind = 0; kind < TCS_MESSAGE_KIND_COUNT; kind++) {
        for (unsigned severity = 0; severity < TCS_SEVERITY_COUNT; severity++) {
            struct tcs_message m = message("kind", kind * 100 + severity), got;
            m.kind = (enum tcs_message_kind)kind;
            m.severity = (enum tcs_severity)severity;
            check_ok(x, tcs_store_enqueue(x->s, &m, NULL, 0, NULL, &x->err));
            check_ok(x, tcs_store_message(x->s, m.sequence, &x->arena, &got, &x->err));
            check_int("kind", got.kind, kind);
            check_int("severity", got.severity, severity);
        }
    }
}

/* The blob that was being read when we were killed is read again. */
static void a_repeat_is_recognised(void **state)
{
    struct bench *x = *state;
    bool is_new;
    struct tcs_message m = message("id-1", 0);
    check_ok(x, tcs_store_enqueue(x->s, &m, mail_and_file, 2, &is_new, &x->err));
    assert_true(is_new);
    check_ok(x, tcs_store_settle(x->s, TCS_STR("mail"), &m.sequence, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon,
                                 &x->err));
    check_ok(x, tcs_store_enqueue(x->s, &m, mail_and_file, 2, &is_new, &x->err));
    assert_false(is_new);
    check_int("no sequence", m.sequence, 0);
    check_text("mail has it", tcs_str_of(waiting(x, "mail")), "");
    check_text("file waits", tcs_str_of(waiting(x, "file")), "id-1");
    struct tcs_message raised = message("id-1", 1);
    check_ok(x, tcs_store_enqueue(x->s, &raised, mail_and_file, 2, &is_new, &x->err));
    assert_true(is_new);
    check_text("louder now", tcs_str_of(waiting(x, "file")), "id-1 id-1");
}

static void channels_wait_each_for_itself(void **state)
{
    struct bench *x = *state;
    uint64_t a = enqueue(x, "a"), b = enqueue(x, "b"), c = enqueue(x, "c");
    assert_true(a < b && b < c);
    check_ok(x, tcs_store_settle(x->s, TCS_STR("mail"), &a, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon, &x->err));
    check_text("mail", tcs_str_of(waiting(x, "mail")), "b c");
    check_text("file", tcs_str_of(waiting(x, "file")), "a b c");
    check_int("sent", status(x, "mail")->sent, 1);
    check_int("by the other", status(x, "file")->sent, 0);
    check_int("waiting", status(x, "mail")->waiting, 2);
    check_int("since", status(x, "mail")->oldest.ticks, noon.ticks);
    /* Settled twice, after a crash between two settlements, it counts once. */
    check_ok(x, tcs_store_settle(x->s, TCS_STR("mail"), &a, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon, &x->err));
    check_int("once", status(x, "mail")->sent, 1);
}

static void failures_are_remembered(void **state)
{
    struct bench *x = *state;
    uint64_t seq[2] = {enqueue(x, "a"), enqueue(x, "b")};
    check_ok(x, tcs_store_note_failure(x->s, TCS_STR("mail"), seq, 2, TCS_STR("refused"), noon, after(5),
                                       &x->err));
    check_ok(x, tcs_store_note_failure(x->s, TCS_STR("mail"), seq, 1, TCS_STR("hung up"), after(5), after(15),
                                       &x->err));
    reopen(x);
    const struct tcs_outbox_row *rows;
    size_t count;
    check_ok(x, tcs_store_pending(x->s, TCS_STR("mail"), 9, &x->arena, &rows, &count, &x->err));
    check_int("a", rows[0].attempts, 2);
    check_int("b", rows[1].attempts, 1);
    const struct tcs_channel_status *c = status(x, "mail");
    check_int("since", c->failing_since.ticks, noon.ticks);
    check_int("next", c->next_try.ticks, after(15).ticks);
    check_text("why", c->last_error, "hung up");
    check_ok(
        x, tcs_store_settle(x->s, TCS_STR("mail"), seq, 1, TCS_OUTBOX_SENT, TCS_STR(""), after(20), &x->err));
    c = status(x, "mail");
    check_true("it works", tcs_time_is_unset(c->failing_since) && tcs_time_is_unset(c->next_try));
    check_int("when", c->last_sent.ticks, after(20).ticks);
    check_text("what it was", c->last_error, "hung up");
    check_true("the other never failed", tcs_time_is_unset(status(x, "file")->last_error_at));
}

static void dead_letters_are_kept_and_can_be_revived(void **state)
{
    struct bench *x = *state;
    uint64_t a = enqueue(x, "a"), b = enqueue(x, "b");
    check_ok(x, tcs_store_settle(x->s, TCS_STR("mail"), &a, 1, TCS_OUTBOX_DEAD, TCS_STR("no such user"), noon,
                                 &x->err));
    check_text("not waiting", tcs_str_of(waiting(x, "mail")), "b");
    check_int("dead", status(x, "mail")->dead, 1);
    check_text("why", status(x, "mail")->last_error, "no such user");
    enum tcs_outbox_place place;
    check_ok(x, tcs_store_place(x->s, TCS_STR("mail"), a, &place, &x->err));
    check_int("a", place, TCS_OUTBOX_GIVEN_UP);
    check_ok(x, tcs_store_place(x->s, TCS_STR("mail"), b, &place, &x->err));
    check_int("b", place, TCS_OUTBOX_WAITING);
    check_ok(x, tcs_store_prune(x->s, noon, &x->err));
    uint64_t count;
    check_ok(x, tcs_store_revive(x->s, TCS_STR("mail"), &count, &x->err));
    check_int("revived", count, 1);
    check_text("at its place", tcs_str_of(waiting(x, "mail")), "a b");
    check_ok(x, tcs_store_drop_channel(x->s, TCS_STR("mail"), &count, &x->err));
    check_int("dropped", count, 2);
    check_text("mail", tcs_str_of(waiting(x, "mail")), "");
    check_text("file", tcs_str_of(waiting(x, "file")), "a b");
    check_ok(x, tcs_store_place(x->s, TCS_STR("mail"), a, &place, &x->err));
    check_int("taken", place, TCS_OUTBOX_TAKEN);
    check_ok(x, tcs_store_place(x->s, TCS_STR("mail"), 999, &place, &x->err));
    check_int("unknown", place, TCS_OUTBOX_UNKNOWN);
}

static void what_is_told_is_forgotten_in_time(void **state)
{
    struct bench *x = *state;
    struct tcs_incident_report r = {.incident_id = TCS_STR("incident-1"), .first = noon, .last = noon},
                               got_report;
    uint64_t a = enqueue(x, "a");
    check_ok(x, tcs_store_put_report(x->s, &r, &x->err));
    struct tcs_message got;
    for (size_t i = 0; i < 2; i++) {
        check_ok(x, tcs_store_prune(x->s, after(1000), &x->err));
        check_ok(x, tcs_store_message(x->s, a, &x->arena, &got, &x->err));
        check_ok(x, tcs_store_get_report(x->s, r.incident_id, &x->arena, &got_report, &x->err));
        check_ok(
            x, tcs_store_settle(x->s, mail_and_file[i], &a, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon, &x->err));
    }
    check_ok(x, tcs_store_prune(x->s, noon, &x->err));
    check_ok(x, tcs_store_message(x->s, a, &x->arena, &got, &x->err));
    check_ok(x, tcs_store_prune(x->s, after(1), &x->err));
    assert_int_equal(tcs_store_message(x->s, a, &x->arena, &got, &x->err), TCS_END);
    assert_int_equal(tcs_store_get_report(x->s, r.incident_id, &x->arena, &got_report, &x->err), TCS_END);
    assert_true(enqueue(x, "b") > a);
}

/* Texts of a log are hostile, and nothing here is ever put together as SQL. */
static void texts_are_only_texts(void **state)
{
    struct bench *x = *state;
    struct tcs_message m = message("x'); DROP TABLE outbox; --", 0), got;
    m.headline = TCS_STR("NUL \0 quote ' \" \xE2\x80\xAE");
    check_ok(x, tcs_store_enqueue(x->s, &m, mail_and_file, 2, NULL, &x->err));
    check_ok(x, tcs_store_message(x->s, m.sequence, &x->arena, &got, &x->err));
    check_str("headline", got.headline, m.headline);
    check_text("id", tcs_str_of(waiting(x, "file")), "x'); DROP TABLE outbox; --");
}

static void without_memory_nothing_is_read(void **state)
{
    struct bench *x = *state;
    const struct tcs_outbox_row *rows;
    size_t count;
    struct tcs_arena small;
    for (int i = 0; i < 50; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        enqueue(x, id);
    }
    for (size_t limit = 0; limit <= 65536; limit += 16384) {
        tcs_arena_init(&small, limit);
        enum tcs_code code = tcs_store_pending(x->s, TCS_STR("mail"), 50, &small, &rows, &count, &x->err);
        check_true("all or an error", code == TCS_OK ? count == 50 : code == TCS_NOMEM && count == 0);
        tcs_err_clear(&x->err);
        tcs_arena_done(&small);
    }
    check_ok(x, tcs_store_pending(x->s, TCS_STR("mail"), 50, &x->arena, &rows, &count, &x->err));
}

/* ---- several handles ---- */

static void a_delivery_handle_sees_what_was_committed(void **state)
{
    struct bench *x = *state;
    struct tcs_store *watcher = x->s, *deliverer;
    check_ok(x, tcs_store_open(x->path, TCS_STORE_DELIVER, noon, &deliverer, NULL, &x->err));
    uint64_t a = enqueue(x, "a");
    x->s = deliverer;
    check_text("there", tcs_str_of(waiting(x, "mail")), "a");
    check_ok(x, tcs_store_settle(x->s, TCS_STR("mail"), &a, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon, &x->err));
    x->s = watcher;
    check_text("gone", tcs_str_of(waiting(x, "mail")), "");
    tcs_store_close(deliverer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_the_owner_may_look),
        TEST(two_cannot_watch),
        TEST(a_dead_watcher_locks_nobody_out),
        TEST(what_was_there),
        TEST(a_damaged_file_is_moved_aside),
        TEST(what_never_was_a_store_stays),
        TEST(other_databases_are_refused),
        TEST(status_looks_while_another_writes),
        TEST(what_is_not_there_cannot_be_read),
        TEST(state_is_kept),
        TEST(rows_come_by_prefix_in_order),
        TEST(all_or_nothing),
        TEST(misuse_is_a_bug),
        TEST(a_failed_transaction_is_over),
        TEST(reports_grow),
        TEST(a_message_comes_back_as_it_was),
        TEST(every_kind_and_severity_survives),
        TEST(a_repeat_is_recognised),
        TEST(channels_wait_each_for_itself),
        TEST(failures_are_remembered),
        TEST(dead_letters_are_kept_and_can_be_revived),
        TEST(what_is_told_is_forgotten_in_time),
        TEST(texts_are_only_texts),
        TEST(without_memory_nothing_is_read),
        TEST(a_delivery_handle_sees_what_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
