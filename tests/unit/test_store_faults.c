#define _GNU_SOURCE /* mkdtemp, pwrite */
#include "faulty_disk.h"

#include "store/store.h"

/*
 * A watcher's work, with the disk or the memory failing at every single
 * place. Afterwards the store must be as before or as after each
 * transaction, never between, and never behind what it had acknowledged.
 */

enum { ROUNDS = 6 };

struct bench {
    struct scratch scratch;
    char path[96];
    struct tcs_store *s;
    struct tcs_arena arena;
    /* What the store acknowledged, and what was asked of it. */
    unsigned kept, asked, settled, asked_to_settle;
};

static const struct tcs_time noon = {INT64_C(10427950270000000)};
static const struct tcs_str channels[] = {TCS_STR_INIT("a"), TCS_STR_INIT("b")};

/* One blob: cursor, report and message n belong together. */
static enum tcs_code keep_round(struct bench *x, unsigned n, struct tcs_err *err)
{
    char id[16];
    uint8_t cursor = (uint8_t)n;
    /* Several pages, so that a transaction is many writes. */
    static char text[20000];
    memset(text, 'a' + (int)n, sizeof text);
    snprintf(id, sizeof id, "%u", n);
    struct tcs_message m = {.id = tcs_str_of(id), .queued = noon, .json = {text, sizeof text / 2}};
    struct tcs_incident_report r = {
        .incident_id = TCS_STR("i"), .finding_count = n, .text = {text, sizeof text}};
    enum tcs_code code = tcs_store_begin(x->s, err);
    if (code == TCS_OK)
        code = tcs_store_put(x->s, BYTES("c"), (struct tcs_bytes){&cursor, 1}, err);
    if (code == TCS_OK)
        code = tcs_store_put_report(x->s, &r, err);
    if (code == TCS_OK)
        code = tcs_store_enqueue(x->s, &m, channels, 2, NULL, err);
    if (code == TCS_OK)
        code = tcs_store_commit(x->s, err);
    if (code != TCS_OK)
        tcs_store_rollback(x->s);
    return code;
}

/* Channel a takes its oldest message. */
static enum tcs_code settle_one(struct bench *x, struct tcs_err *err)
{
    const struct tcs_outbox_row *rows;
    size_t count;
    enum tcs_code code = tcs_store_pending(x->s, channels[0], 1, &x->arena, &rows, &count, err);
    if (code != TCS_OK || count == 0)
        return code;
    x->asked_to_settle++;
    uint64_t sequence = rows[0].message.sequence;
    code = tcs_store_settle(x->s, channels[0], &sequence, 1, TCS_OUTBOX_SENT, TCS_STR(""), noon, err);
    x->settled += code == TCS_OK;
    return code;
}

/* Codes that say truthfully that something outside is wrong. */
static void check_code(enum tcs_code code, const struct tcs_err *err)
{
    bool is_honest =
        code == TCS_OK || code == TCS_IO || code == TCS_NOMEM || code == TCS_AGAIN || code == TCS_DENIED;
    if (!is_honest)
        fail_msg("code %d: %s", (int)code, err->text);
}

/* Works as long as it can; a round that failed is tried again once, as the watcher would. */
static void work(struct bench *x)
{
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &err);
    check_code(code, &err);
    unsigned failures = 0;
    while (x->s && x->kept < ROUNDS && failures < 3) {
        tcs_err_clear(&err);
        x->asked = x->kept + 1;
        code = keep_round(x, x->asked, &err);
        check_code(code, &err);
        x->kept += code == TCS_OK;
        failures += code != TCS_OK;
        if (code == TCS_OK && x->kept % 2 == 0) {
            tcs_err_clear(&err);
            check_code(settle_one(x, &err), &err);
        }
    }
    tcs_store_close(x->s);
    x->s = NULL;
}

static unsigned read_cursor(struct bench *x)
{
    struct tcs_bytes cursor;
    enum tcs_code code = tcs_store_get(x->s, BYTES("c"), &x->arena, &cursor, NULL);
    assert_true(code == TCS_OK || code == TCS_END);
    return code == TCS_OK ? cursor.p[0] : 0;
}

/* The messages that wait for a channel are those from `from` to n, each once, in order. */
static void check_waiting(struct bench *x, struct tcs_str channel, unsigned from, unsigned n)
{
    const struct tcs_outbox_row *rows;
    size_t count;
    assert_int_equal(tcs_store_pending(x->s, channel, 50, &x->arena, &rows, &count, NULL), TCS_OK);
    check_int("waiting", count, n + 1 - from);
    for (size_t i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", from + (unsigned)i);
        check_text("in order", rows[i].message.id, id);
        check_int("whole", rows[i].message.json.p[9999], 'a' + (int)(from + i));
    }
}

static void check_store(struct bench *x, const char *what, long when)
{
    struct tcs_store_opening opening;
    struct tcs_err err = TCS_ERR_INIT;
    char name[64];
    snprintf(name, sizeof name, "%s at %ld", what, when);
    if (tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, &opening, &err) != TCS_OK)
        fail_msg("%s: %s", name, err.text);
    check_true(name, !opening.was_damaged);
    unsigned n = read_cursor(x);
    check_true(name, n >= x->kept && n <= x->asked);
    struct tcs_incident_report r;
    enum tcs_code code = tcs_store_get_report(x->s, TCS_STR("i"), &x->arena, &r, NULL);
    check_int(name, code, n ? TCS_OK : TCS_END);
    check_int(name, r.finding_count, n);
    check_waiting(x, channels[1], 1, n);
    const struct tcs_channel_status *status;
    size_t count;
    assert_int_equal(tcs_store_channels(x->s, &x->arena, &status, &count, NULL), TCS_OK);
    unsigned settled = count ? (unsigned)status[0].sent : 0;
    check_true(name, settled >= x->settled && settled <= x->asked_to_settle);
    check_waiting(x, channels[0], settled + 1, n);
    /* And it works. */
    check_int(name, keep_round(x, n + 1, &err), TCS_OK);
    check_waiting(x, channels[1], 1, n + 1);
    tcs_store_close(x->s);
    x->s = NULL;
}

static void begin(struct bench *x)
{
    scratch_empty(&x->scratch);
    tcs_arena_reset(&x->arena);
    x->kept = x->asked = x->settled = x->asked_to_settle = 0;
}

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    scratch_make(&x->scratch);
    snprintf(x->path, sizeof x->path, "%s/state.db", x->scratch.folder);
    tcs_arena_init(&x->arena, 64 << 20);
    disk_work();
    *state = x;
    return 0;
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

/* ---- cases ---- */

/* Fails at operation 0, 1, 2, ..., until a whole run needs fewer. */
static void fail_everywhere(struct bench *x, const char *what, long failing, bool only_full)
{
    long at = 0;
    for (bool was_hit = true; was_hit; at++) {
        begin(x);
        disk_fail_after(at, failing, only_full);
        work(x);
        was_hit = disk.count > at;
        disk_work();
        check_store(x, what, at);
    }
    check_true("that was many places", at > 50);
    check_int("without a failure all is kept", x->kept, ROUNDS);
}

static void one_operation_fails(void **state)
{
    fail_everywhere(*state, "one failure", 1, false);
}

static void the_disk_is_gone(void **state)
{
    fail_everywhere(*state, "disk gone", -1, false);
}

static void the_disk_is_full(void **state)
{
    fail_everywhere(*state, "disk full", -1, true);
}

static void full_for_a_moment(void **state)
{
    fail_everywhere(*state, "full for a moment", 2, true);
}

static void what_a_full_disk_is_called(void **state)
{
    struct bench *x = *state;
    struct tcs_err err = TCS_ERR_INIT;
    assert_int_equal(tcs_store_open(x->path, TCS_STORE_WATCH, noon, &x->s, NULL, &err), TCS_OK);
    assert_int_equal(keep_round(x, 1, &err), TCS_OK);
    disk_fail_after(0, -1, true);
    assert_int_equal(keep_round(x, 2, &err), TCS_IO);
    check_says("full", &err, "the disk is full");
    /* The same handle goes on when there is room again. */
    disk_work();
    tcs_err_clear(&err);
    assert_int_equal(keep_round(x, 2, &err), TCS_OK);
    check_waiting(x, channels[1], 1, 2);
}

static void the_power_goes(void **state)
{
    struct bench *x = *state;
    uint64_t random = 11;
    long at = 0;
    for (bool was_hit = true; was_hit; at++) {
        for (unsigned course = 0; course < 2; course++) {
            begin(x);
            disk_keep_power_log(true);
            disk_fail_after(at, -1, false);
            work(x);
            was_hit = disk.count > at;
            disk_work();
            disk_cut_power(&x->scratch, &random);
            disk_keep_power_log(false);
            check_store(x, "power", at);
        }
    }
    check_true("that was many places", at > 50);
}

/* ---- memory ---- */

static struct {
    sqlite3_mem_methods real;
    long until; /* allocations that still work; negative: all */
    long count;
    bool is_armed;
} memory = {.until = -1};

static bool memory_fails(void)
{
    if (!memory.is_armed)
        return false;
    memory.count++;
    return memory.until >= 0 && memory.until-- == 0;
}

static void *faulty_malloc(int size)
{
    return memory_fails() ? NULL : memory.real.xMalloc(size);
}

static void *faulty_realloc(void *p, int size)
{
    return memory_fails() ? NULL : memory.real.xRealloc(p, size);
}

static void one_allocation_fails(void **state)
{
    struct bench *x = *state;
    long at = 0;
    for (bool was_hit = true; was_hit; at += 1 + at / 40) {
        begin(x);
        memory.until = at;
        memory.count = 0;
        memory.is_armed = true;
        work(x);
        memory.is_armed = false;
        was_hit = memory.count > at;
        check_store(x, "memory", at);
    }
    check_int("without a failure all is kept", x->kept, ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sqlite3_mem_methods faulty;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
    faulty = memory.real;
    faulty.xMalloc = faulty_malloc;
    faulty.xRealloc = faulty_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* every allocation comes by */
    disk_install();
    const struct CMUnitTest tests[] = {
        TEST(one_operation_fails),  TEST(the_disk_is_gone),           TEST(the_disk_is_full),
        TEST(full_for_a_moment),    TEST(what_a_full_disk_is_called), TEST(the_power_goes),
        TEST(one_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
