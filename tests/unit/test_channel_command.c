#define _GNU_SOURCE /* mkdtemp */
#include "unit.h"

#include "delivery/channel.h"
#include "platform/platform.h"
#include "scratch.h"

#include <signal.h>

struct bench {
    struct scratch scratch;
    char script[96], out[96];
    atomic_bool stop;
    struct tcs_channel_env env;
    struct tcs_channel_config config;
    struct tcs_str argv[4];
    void *channel;
    char remarks[4096];
    struct tcs_message messages[3];
    struct tcs_receipt receipt;
};

static void remark(void *ctx, struct tcs_str channel, const char *text)
{
    struct bench *x = ctx;
    snprintf(x->remarks, sizeof x->remarks, "%.*s: %s", TCS_STR_ARG(channel), text);
}

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    scratch_make(&x->scratch);
    snprintf(x->script, sizeof x->script, "%s/script", x->scratch.folder);
    snprintf(x->out, sizeof x->out, "%s/out", x->scratch.folder);
    x->env = (struct tcs_channel_env){
        .stop = &x->stop, .host = TCS_STR("WATCHER"), .remark = remark, .remark_ctx = x};
    x->argv[0] = tcs_str_of(x->script);
    x->argv[1] = tcs_str_of(x->out);
    x->argv[2] = TCS_STR("$(id); `id` 'a b'");
    x->config = (struct tcs_channel_config){
        .name = TCS_STR("pager"),
        .type = TCS_CHANNEL_COMMAND,
        .as.command = {.argv = {x->argv, 3}, .timeout = 10000, .tries = 3},
    };
    static const char *const json[] = {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"};
    for (unsigned i = 0; i < 3; i++)
        x->messages[i] = (struct tcs_message){.sequence = i + 1,
                                              .kind = TCS_MESSAGE_FINDING,
                                              .severity = TCS_LIKELY,
                                              .json = tcs_str_of(json[i])};
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *x = *state;
    if (x->channel)
        tcs_channel_command.close(x->channel);
    scratch_remove(&x->scratch);
    free(x);
    return 0;
}

/* Opens a channel to a shell script; its first argument is the name of a file that it may write. */
static void open_script(struct bench *x, const char *text)
{
    char whole[1024];
    struct tcs_err err = TCS_ERR_INIT;
    int len = snprintf(whole, sizeof whole, "#!/bin/sh\n%s\n", text);
    scratch_write(x->script, whole, (size_t)len, 0700);
    if (tcs_channel_command.open(&x->config, &x->env, &x->channel, &err) != TCS_OK)
        fail_msg("open: %s", err.text);
}

static enum tcs_send_result send_some(struct bench *x, size_t from, size_t count)
{
    struct tcs_batch batch = {.messages = x->messages + from, .count = count, .is_digest = count > 1};
    memset(&x->receipt, 0, sizeof x->receipt);
    return tcs_channel_command.send(x->channel, &batch, &x->receipt);
}

static void it_gets_the_json(void **state)
{
    struct bench *x = *state;
    open_script(x, "cat > \"$1\"");
    check_int("one", send_some(x, 0, 1), TCS_SENT);
    check_text("a line", tcs_str_of(scratch_read(x->out)), "{\"n\":1}\n");
    check_int("a digest", send_some(x, 0, 3), TCS_SENT);
    check_text("a line each", tcs_str_of(scratch_read(x->out)), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    check_text("nothing to remark", tcs_str_of(x->remarks), "");
}

/* No shell looks at the arguments, and nothing of ours is around it. */
static void it_has_nothing_of_ours(void **state)
{
    struct bench *x = *state;
    setenv("TOCSIN_TEST_SECRET", "hidden", 1);
    int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as a library may have it */
    open_script(x, "{ echo \"$#|$2|$(pwd)\"; env | sort; ls /proc/self/fd | tr '\\n' ' '; } > \"$1\"");
    check_int("runs", send_some(x, 0, 1), TCS_SENT);
    close(fd);
    const char *text = scratch_read(x->out);
    check_true("arguments", strncmp(text, "2|$(id); `id` 'a b'|/\n", 22) == 0);
    check_true("no secret", strstr(text, "hidden") == NULL && strstr(text, "HOME=") == NULL);
    check_true("what it is told", strstr(text, "TOCSIN_KIND=finding\n") &&
                                      strstr(text, "TOCSIN_SEVERITY=likely\n") &&
                                      strstr(text, "TOCSIN_COUNT=1\n") && strstr(text, "\nPATH="));
    check_true("three files, and that of ls",
               strstr(text, "\n0 1 2 3 ") && strstr(text, "0 1 2 3 4 ") == NULL);
}

static void how_it_ends_decides(void **state)
{
    static const struct {
        const char *script, *says;
        enum tcs_send_result first, third;
    } cases[] = {
        {"exit 0", "taken", TCS_SENT, TCS_SENT},
        {"echo busy; exit 75", "asks to be tried later: busy", TCS_SEND_RETRY, TCS_SEND_RETRY},
        {"echo no such pager >&2; exit 1", "exit status 1: no such pager", TCS_SEND_RETRY, TCS_SEND_REJECTED},
        {"kill -9 $$", "ended by signal 9", TCS_SEND_RETRY, TCS_SEND_REJECTED},
        {"exit 127", "exit status 127", TCS_SEND_RETRY, TCS_SEND_REJECTED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        set_up(state);
        struct bench *x = *state;
        open_script(x, cases[i].script);
        check_int(cases[i].script, send_some(x, 0, 1), cases[i].first);
        check_text(cases[i].script, tcs_str_of(x->receipt.text), cases[i].says);
        send_some(x, 0, 1);
        check_int(cases[i].script, send_some(x, 0, 1), cases[i].third);
        tear_down(state);
    }
    set_up(state);
}

static void tries_are_counted_for_each_batch(void **state)
{
    struct bench *x = *state;
    open_script(x, "exit 1");
    check_int("1", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_int("2", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_int("others", send_some(x, 1, 1), TCS_SEND_RETRY);
    check_int("together", send_some(x, 1, 2), TCS_SEND_RETRY);
    check_int("together", send_some(x, 1, 2), TCS_SEND_RETRY);
    check_int("together", send_some(x, 1, 2), TCS_SEND_REJECTED);
    check_int("again", send_some(x, 1, 1), TCS_SEND_RETRY);
}

/* True if the process whose id the script wrote into the file is gone, or goes within a second. */
static bool is_gone(const char *path)
{
    long pid = strtol(scratch_read(path), NULL, 10);
    assert_true(pid > 1);
    for (unsigned i = 0; i < 100; i++) {
        char stat[64];
        snprintf(stat, sizeof stat, "/proc/%ld/stat", pid);
        const char *text = scratch_read(stat);
        if (text[0] == '\0' || strstr(text, ") Z ")) /* a zombie only waits for its parent */
            return true;
        usleep(10000);
    }
    return false;
}

static void a_slow_one_is_ended_with_all_it_started(void **state)
{
    struct bench *x = *state;
    x->config.as.command.timeout = 300;
    open_script(x, "trap '' TERM; sleep 60 & echo $! > \"$1\"; wait; wait");
    uint64_t before = tcs_monotonic_ms();
    check_int("too slow", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_text("why", tcs_str_of(x->receipt.text), "took longer than 300 ms");
    check_true("in time", tcs_monotonic_ms() - before < 5000);
    check_true("its child too", is_gone(x->out));
}

static void nothing_stays_behind(void **state)
{
    struct bench *x = *state;
    open_script(x, "sleep 60 & echo $! > \"$1\"; exit 0");
    uint64_t before = tcs_monotonic_ms();
    check_int("sent", send_some(x, 0, 1), TCS_SENT);
    check_true("not waited for", tcs_monotonic_ms() - before < 5000);
    check_true("its child is gone", is_gone(x->out));
}

static void a_stop_is_obeyed(void **state)
{
    struct bench *x = *state;
    open_script(x, "sleep 60");
    x->stop = true;
    uint64_t before = tcs_monotonic_ms();
    check_int("later", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_text("why", tcs_str_of(x->receipt.text), "stopped");
    check_true("at once", tcs_monotonic_ms() - before < 2000);
}

static void what_it_says_is_bounded_and_made_visible(void **state)
{
    struct bench *x = *state;
    open_script(x, "head -c 300000 /dev/zero | tr '\\0' x; exit 0");
    check_int("much", send_some(x, 0, 1), TCS_SENT);
    check_true("cut", strlen(x->remarks) < 300 && strstr(x->remarks, "pager: taken: xxxx"));
    tear_down(state);
    set_up(state);
    x = *state;
    open_script(x, "printf 'a\\033[31m\\nb\\377c\\302\\205\\n\\n'; exit 1");
    check_int("hostile", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_text("visible", tcs_str_of(x->receipt.text),
               "exit status 1: a<U+001B>[31m b\xEF\xBF\xBD"
               "c<U+0085>");
}

static void input_that_nobody_reads(void **state)
{
    struct bench *x = *state;
    size_t len = 4 << 20;
    char *large = malloc(len);
    memset(large, 'x', len);
    x->messages[0].json = (struct tcs_str){large, len};
    open_script(x, "exit 0");
    check_int("sent", send_some(x, 0, 1), TCS_SENT);
    tear_down(state);
    set_up(state);
    x = *state;
    x->messages[0].json = (struct tcs_str){large, len};
    open_script(x, "wc -c > \"$1\"");
    check_int("sent", send_some(x, 0, 1), TCS_SENT);
    check_text("all of it", tcs_str_of(scratch_read(x->out)), "4194305\n");
    free(large);
}

static void what_cannot_run_is_told_at_once(void **state)
{
    struct bench *x = *state;
    struct tcs_err err = TCS_ERR_INIT;
    assert_int_equal(tcs_channel_command.open(&x->config, &x->env, &x->channel, &err), TCS_CONFIG);
    check_says("missing", &err, "script cannot be run: No such file or directory");
    scratch_write(x->script, "#!/bin/sh\n", 10, 0600);
    tcs_err_clear(&err);
    assert_int_equal(tcs_channel_command.open(&x->config, &x->env, &x->channel, &err), TCS_CONFIG);
    check_says("no program", &err, "script cannot be run: Permission denied");
    x->argv[0] = TCS_STR("/usr");
    tcs_err_clear(&err);
    assert_int_equal(tcs_channel_command.open(&x->config, &x->env, &x->channel, &err), TCS_CONFIG);
    check_says("a folder", &err, "/usr is no program");
    x->argv[0] = TCS_STR("/bin/sh\0x");
    tcs_err_clear(&err);
    assert_int_equal(tcs_channel_command.open(&x->config, &x->env, &x->channel, &err), TCS_CONFIG);
    check_says("cut off", &err, "NUL");
    /* One that goes away later is tried again later. */
    x->argv[0] = tcs_str_of(x->script);
    open_script(x, "exit 0");
    unlink(x->script);
    check_int("later", send_some(x, 0, 1), TCS_SEND_RETRY);
    check_true("why", strstr(x->receipt.text, "cannot be started: No such file") != NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_gets_the_json),
        TEST(it_has_nothing_of_ours),
        TEST(tries_are_counted_for_each_batch),
        TEST(a_slow_one_is_ended_with_all_it_started),
        TEST(nothing_stays_behind),
        TEST(a_stop_is_obeyed),
        TEST(what_it_says_is_bounded_and_made_visible),
        TEST(input_that_nobody_reads),
        TEST(what_cannot_run_is_told_at_once),
        cmocka_unit_test_teardown(how_it_ends_decides, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
