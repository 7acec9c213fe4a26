#define _GNU_SOURCE /* mkdtemp */
#include "unit.h"

#include "delivery/delivery.h"
#include "platform/platform.h"
#include "scratch.h"

/* A store, a delivery at work on it, and what it remarked. */
struct bench {
    struct scratch scratch;
    char store_path[96], a_path[96], b_path[96];
    struct tcs_store *s;
    struct tcs_delivery *d;
    struct tcs_channel_config channels[3];
    struct tcs_delivery_options options;
    struct tcs_mutex *mutex;
    char remarks[8192];
    struct tcs_err err;
    unsigned enqueued;
};

static void remark(void *ctx, struct tcs_str channel, const char *text)
{
    struct bench *x = ctx;
    tcs_mutex_lock(x->mutex);
    size_t at = strlen(x->remarks);
    snprintf(x->remarks + at, sizeof x->remarks - at, "%.*s: %s\n", TCS_STR_ARG(channel), text);
    tcs_mutex_unlock(x->mutex);
}

static struct tcs_channel_config file_channel(const char *name, const char *path)
{
    return (struct tcs_channel_config){
        .name = tcs_str_of(name),
        .type = TCS_CHANNEL_FILE,
        .min_severity = TCS_POSSIBLE,
        .expire = UINT64_C(7) * 86400 * 1000,
        .as.file.path = tcs_str_of(path),
    };
}

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    scratch_make(&x->scratch);
    snprintf(x->store_path, sizeof x->store_path, "%s/state.db", x->scratch.folder);
    snprintf(x->a_path, sizeof x->a_path, "%s/a.jsonl", x->scratch.folder);
    snprintf(x->b_path, sizeof x->b_path, "%s/b.jsonl", x->scratch.folder);
    x->err = (struct tcs_err)TCS_ERR_INIT;
    x->mutex = tcs_mutex_new();
    x->channels[0] = file_channel("a", x->a_path);
    x->channels[1] = file_channel("b", x->b_path);
    x->options = (struct tcs_delivery_options){
        .store_path = x->store_path,
        .channels = x->channels,
        .channel_count = 2,
        .host = TCS_STR("WATCHER"),
        .seed = 1,
        .remark = remark,
        .remark_ctx = x,
    };
    *state = x;
    return tcs_store_open(x->store_path, TCS_STORE_WATCH, tcs_wall_time(), &x->s, NULL, &x->err) == TCS_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct bench *x = *state;
    if (x->d)
        tcs_delivery_stop(x->d, 10000);
    tcs_store_close(x->s);
    rmdir(x->a_path);
    scratch_remove(&x->scratch);
    tcs_mutex_free(x->mutex);
    free(x);
    return 0;
}

static void start(struct bench *x)
{
    if (tcs_delivery_start(&x->options, &x->d, &x->err) != TCS_OK)
        fail_msg("start: %s", x->err.text);
}

static void stop(struct bench *x)
{
    uint64_t before = tcs_monotonic_ms();
    check_int("none hangs", tcs_delivery_stop(x->d, 5000), 0);
    x->d = NULL;
    check_true("at once", tcs_monotonic_ms() - before < 2000);
}

/* Puts {"n":1}, {"n":2}, ... into the outbox of all channels. */
static void enqueue(struct bench *x, unsigned count)
{
    struct tcs_str names[3];
    for (size_t i = 0; i < x->options.channel_count; i++)
        names[i] = x->channels[i].name;
    for (unsigned i = 0; i < count; i++) {
        char id[16], json[32];
        x->enqueued++;
        snprintf(id, sizeof id, "%u", x->enqueued);
        snprintf(json, sizeof json, "{\"n\":%u}", x->enqueued);
        struct tcs_message m = {.id = tcs_str_of(id),
                                .severity = TCS_LIKELY,
                                .queued = tcs_wall_time(),
                                .json = tcs_str_of(json)};
        if (tcs_store_enqueue(x->s, &m, names, x->options.channel_count, NULL, &x->err) != TCS_OK)
            fail_msg("enqueue: %s", x->err.text);
    }
    if (x->d)
        tcs_delivery_wake(x->d);
}

static void drain(struct bench *x)
{
    check_true("all is delivered", tcs_delivery_drain(x->d, 10000));
}

/* ---- cases ---- */

static void every_channel_gets_all_in_order(void **state)
{
    struct bench *x = *state;
    enqueue(x, 2);
    start(x);
    enqueue(x, 2);
    drain(x);
    check_text("a", tcs_str_of(scratch_read(x->a_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
    check_text("b", tcs_str_of(scratch_read(x->b_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
    enqueue(x, 250);
    drain(x);
    const char *text = scratch_read(x->b_path), *at = text;
    for (unsigned n = 1; n <= 254; n++) {
        char line[32];
        int len = snprintf(line, sizeof line, "{\"n\":%u}\n", n);
        check_true("in order", strncmp(at, line, (size_t)len) == 0);
        at += len;
    }
    check_text("nothing twice", tcs_str_of(at), "");
    struct stat st;
    assert_int_equal(stat(x->a_path, &st), 0);
    check_int("mode", st.st_mode & 0777, 0640);
    stop(x);
    check_text("nothing to remark", tcs_str_of(x->remarks), "");
}

static void a_broken_channel_holds_up_no_other(void **state)
{
    struct bench *x = *state;
    start(x);
    assert_int_equal(unlink(x->a_path), 0);
    assert_int_equal(mkdir(x->a_path, 0700), 0);
    enqueue(x, 3);
    for (unsigned i = 0; i < 1000 && strstr(scratch_read(x->b_path), "3") == NULL; i++)
        usleep(10000);
    check_text("b", tcs_str_of(scratch_read(x->b_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    assert_false(tcs_delivery_drain(x->d, 50));
    stop(x);
    check_true("remarked", strstr(x->remarks, "a: not delivered: ") && strstr(x->remarks, "Is a directory"));
    /* After a restart it is tried at once. */
    assert_int_equal(rmdir(x->a_path), 0);
    start(x);
    drain(x);
    check_text("a", tcs_str_of(scratch_read(x->a_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    check_text("b, not twice", tcs_str_of(scratch_read(x->b_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

static void it_comes_back_by_itself(void **state)
{
    struct bench *x = *state;
    start(x);
    assert_int_equal(unlink(x->a_path), 0);
    assert_int_equal(mkdir(x->a_path, 0700), 0);
    enqueue(x, 1);
    assert_false(tcs_delivery_drain(x->d, 300));
    assert_int_equal(rmdir(x->a_path), 0);
    drain(x);
    check_text("a", tcs_str_of(scratch_read(x->a_path)), "{\"n\":1}\n");
    stop(x);
    check_true("remarked", strstr(x->remarks, "a: delivers again after 1 failures") != NULL);
}

static void files_are_rotated(void **state)
{
    struct bench *x = *state;
    start(x);
    enqueue(x, 1);
    drain(x);
    char moved[112];
    snprintf(moved, sizeof moved, "%s.1", x->a_path);
    assert_int_equal(rename(x->a_path, moved), 0);
    tcs_delivery_reopen(x->d);
    enqueue(x, 1);
    drain(x);
    check_text("old", tcs_str_of(scratch_read(moved)), "{\"n\":1}\n");
    check_text("new", tcs_str_of(scratch_read(x->a_path)), "{\"n\":2}\n");
    /* Without being told, too. */
    assert_int_equal(unlink(x->a_path), 0);
    enqueue(x, 1);
    drain(x);
    check_text("made anew", tcs_str_of(scratch_read(x->a_path)), "{\"n\":3}\n");
    check_text("the other", tcs_str_of(scratch_read(x->b_path)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

static void a_torn_line_stays_alone(void **state)
{
    struct bench *x = *state;
    scratch_write(x->a_path, "{\"n\":0}\n{\"torn", 14, 0640);
    start(x);
    enqueue(x, 1);
    drain(x);
    check_text("a", tcs_str_of(scratch_read(x->a_path)), "{\"n\":0}\n{\"torn\n{\"n\":1}\n");
}

static void a_wrong_path_is_told_at_the_start(void **state)
{
    struct bench *x = *state;
    x->channels[1].as.file.path = TCS_STR("/nonexistent/b.jsonl");
    assert_int_equal(tcs_delivery_start(&x->options, &x->d, &x->err), TCS_IO);
    check_says("which", &x->err, "channel b: /nonexistent/b.jsonl cannot be opened: No such file");
    x->channels[1].type = TCS_CHANNEL_NONE;
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_delivery_start(&x->options, &x->d, &x->err), TCS_CONFIG);
    assert_null(x->d);
}

/* Rows as an earlier run left them: told long ago, dead, and for a channel that is gone. */
static void what_is_old_is_forgotten(void **state)
{
    struct bench *x = *state;
    struct tcs_time long_ago = {tcs_wall_time().ticks - INT64_C(31) * 86400 * TCS_TICKS_PER_SECOND};
    struct tcs_str a = TCS_STR("a"), gone[] = {TCS_STR("gone"), TCS_STR("away")};
    static const char *const ids[] = {"told", "dead", "waits for one that is gone"};
    uint64_t sequences[3];
    struct tcs_message old = {.id = TCS_STR("too old"), .queued = long_ago, .json = TCS_STR("{}")};
    assert_int_equal(tcs_store_enqueue(x->s, &old, &gone[1], 1, NULL, &x->err), TCS_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct tcs_message m = {
            .id = tcs_str_of(ids[i]), .queued = i < 1 ? long_ago : tcs_wall_time(), .json = TCS_STR("{}")};
        assert_int_equal(tcs_store_enqueue(x->s, &m, i < 2 ? &a : gone, i < 2 ? 1 : 2, NULL, &x->err),
                         TCS_OK);
        sequences[i] = m.sequence;
    }
    assert_int_equal(
        tcs_store_settle(x->s, a, &sequences[0], 1, TCS_OUTBOX_SENT, TCS_STR(""), long_ago, &x->err), TCS_OK);
    assert_int_equal(
        tcs_store_settle(x->s, a, &sequences[1], 1, TCS_OUTBOX_DEAD, TCS_STR("no"), long_ago, &x->err),
        TCS_OK);
    start(x);
    drain(x);
    stop(x);
    struct tcs_arena arena;
    tcs_arena_init(&arena, 1 << 20);
    struct tcs_message got;
    assert_int_equal(tcs_store_message(x->s, sequences[0], &arena, &got, &x->err), TCS_END);
    check_text("revived, and told", tcs_str_of(scratch_read(x->a_path)), "{}\n");
    check_true("said", strstr(x->remarks, "a: 1 dead letters are tried once more") != NULL);
    check_true("kept", strstr(x->remarks, "1 messages wait for channel gone, which") != NULL);
    check_true("given up", strstr(x->remarks, "2 messages for channel away, which") != NULL);
    const struct tcs_channel_status *all;
    size_t count;
    assert_int_equal(tcs_store_channels(x->s, &arena, &all, &count, &x->err), TCS_OK);
    check_int("a, and the one that may come back", count, 2);
    tcs_arena_done(&arena);
}

static void without_channels_there_is_nothing_to_do(void **state)
{
    struct bench *x = *state;
    x->options.channel_count = 0;
    start(x);
    enqueue(x, 1);
    drain(x);
    stop(x);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_channel_gets_all_in_order), TEST(a_broken_channel_holds_up_no_other),
        TEST(it_comes_back_by_itself),         TEST(files_are_rotated),
        TEST(a_torn_line_stays_alone),         TEST(a_wrong_path_is_told_at_the_start),
        TEST(what_is_old_is_forgotten),        TEST(without_channels_there_is_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
