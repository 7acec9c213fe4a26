#define _GNU_SOURCE /* mkdtemp */
#include "unit.h"

#include "platform/keep.h"
#include "scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct bench {
    struct scratch scratch;
    char path[96];
    struct tcs_arena arena;
    struct tcs_err err;
};

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    scratch_make(&x->scratch);
    snprintf(x->path, sizeof x->path, "%s/file", x->scratch.folder);
    tcs_arena_init(&x->arena, 1 << 20);
    x->err = (struct tcs_err)TCS_ERR_INIT;
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *x = *state;
    tcs_arena_done(&x->arena);
    scratch_remove(&x->scratch);
    free(x);
    return 0;
}

/* ---- locks ---- */

static void one_holds_it(void **state)
{
    struct bench *x = *state;
    struct tcs_lock a, b;
    uint64_t holder;
    assert_int_equal(tcs_lock_take(x->path, &a, &holder, &x->err), TCS_OK);
    assert_true(a.is_new);
    assert_int_equal(tcs_lock_take(x->path, &b, &holder, &x->err), TCS_AGAIN);
    check_int("who", holder, getpid());
    tcs_lock_release(&a);
    tcs_lock_release(&a);
    assert_int_equal(tcs_lock_take(x->path, &b, &holder, &x->err), TCS_OK);
    assert_false(b.is_new);
    tcs_lock_undo(&b, x->path);
    check_true("it was there before", access(x->path, F_OK) == 0);
}

static void what_came_to_nothing_leaves_nothing(void **state)
{
    struct bench *x = *state;
    struct tcs_lock lock;
    uint64_t holder;
    assert_int_equal(tcs_lock_take(x->path, &lock, &holder, &x->err), TCS_OK);
    tcs_lock_undo(&lock, x->path);
    check_true("gone", access(x->path, F_OK) != 0);
    /* A link that somebody has put there leads nowhere. */
    assert_int_equal(symlink("/tmp/elsewhere", x->path), 0);
    assert_int_equal(tcs_lock_take(x->path, &lock, &holder, &x->err), TCS_IO);
}

/* ---- secrets ---- */

static void only_what_is_private_is_read(void **state)
{
    struct bench *x = *state;
    static const struct {
        mode_t mode;
        enum tcs_code code;
    } cases[] = {{0600, TCS_OK},     {0400, TCS_OK},     {0640, TCS_CONFIG}, {0604, TCS_CONFIG},
                 {0620, TCS_CONFIG}, {0601, TCS_CONFIG}, {0666, TCS_CONFIG}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char name[32];
        struct tcs_str got;
        snprintf(name, sizeof name, "mode %04o", (unsigned)cases[i].mode);
        scratch_write(x->path, "s3cret\n", 7, cases[i].mode);
        check_int(name, tcs_path_read_private(x->path, 100, &x->arena, &got, &x->err), cases[i].code);
        if (cases[i].code == TCS_OK)
            check_text(name, got, "s3cret\n");
        else
            check_says(name, &x->err, name);
        tcs_err_clear(&x->err);
        unlink(x->path);
    }
}

static void what_is_no_file_is_no_secret(void **state)
{
    struct bench *x = *state;
    struct tcs_str got;
    assert_int_equal(tcs_path_read_private(x->path, 100, &x->arena, &got, &x->err), TCS_IO);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_path_read_private("/dev/zero", 100, &x->arena, &got, &x->err), TCS_CONFIG);
    tcs_err_clear(&x->err);
    assert_int_equal(tcs_path_read_private(x->scratch.folder, 100, &x->arena, &got, &x->err), TCS_CONFIG);
    tcs_err_clear(&x->err);
    assert_int_equal(mkfifo(x->path, 0600), 0);
    assert_int_equal(tcs_path_read_private(x->path, 100, &x->arena, &got, &x->err), TCS_CONFIG);
    check_says("a pipe", &x->err, "is no regular file");
    tcs_err_clear(&x->err);
    unlink(x->path);
    scratch_write(x->path, "123456", 6, 0600);
    assert_int_equal(tcs_path_read_private(x->path, 5, &x->arena, &got, &x->err), TCS_LIMIT);
}

/* ---- whole files ---- */

static void private_files_are_made_once(void **state)
{
    struct bench *x = *state;
    struct stat st;
    umask(0);
    assert_int_equal(tcs_path_create_private(x->path, &x->err), TCS_OK);
    assert_int_equal(stat(x->path, &st), 0);
    check_int("mode", st.st_mode & 0777, 0600);
    assert_int_equal(tcs_path_create_private(x->path, &x->err), TCS_END);
    assert_int_equal(tcs_path_create_private("/nonexistent/x", &x->err), TCS_IO);
    umask(022);
}

/* ---- adding ---- */

static void lines_are_added(void **state)
{
    struct bench *x = *state;
    struct tcs_append a, other;
    assert_int_equal(tcs_append_open(x->path, &a, &x->err), TCS_OK);
    assert_int_equal(tcs_append_open(x->path, &other, &x->err), TCS_OK);
    assert_int_equal(tcs_append_lines(&a, TCS_STR("1\n"), true, &x->err), TCS_OK);
    assert_int_equal(tcs_append_lines(&other, TCS_STR("2\n3\n"), false, &x->err), TCS_OK);
    assert_int_equal(tcs_append_lines(&a, TCS_STR("4\n"), true, &x->err), TCS_OK);
    check_text("each behind the other", tcs_str_of(scratch_read(x->path)), "1\n2\n3\n4\n");
    tcs_append_close(&a);
    tcs_append_close(&a);
    tcs_append_close(&other);
}

static void it_notices_that_the_file_is_another(void **state)
{
    struct bench *x = *state;
    struct tcs_append a;
    assert_int_equal(tcs_append_open(x->path, &a, &x->err), TCS_OK);
    assert_true(tcs_append_is_current(&a, x->path));
    unlink(x->path);
    assert_false(tcs_append_is_current(&a, x->path));
    scratch_write(x->path, "", 0, 0600);
    assert_false(tcs_append_is_current(&a, x->path));
    tcs_append_close(&a);
}

/*
 * A disk with room for `most` bytes: a limit of the process does the same.
 * In a child, because what the limit cuts off cannot be told from a full disk.
 */
static int add_with_room_for(const struct bench *x, rlim_t most, const char *line)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {most, most};
        struct tcs_append a;
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || tcs_append_open(x->path, &a, NULL) != TCS_OK)
            _exit(99);
        _exit((int)tcs_append_lines(&a, tcs_str_of(line), true, NULL));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void the_start_of_a_line_is_taken_back(void **state)
{
    struct bench *x = *state;
    for (rlim_t room = 0; room < 12; room++) {
        scratch_write(x->path, "before\n", 7, 0600);
        check_int("full", add_with_room_for(x, 7 + room, "0123456789a\n"), TCS_IO);
        check_text("as before", tcs_str_of(scratch_read(x->path)), "before\n");
    }
    check_int("room", add_with_room_for(x, 7 + 12, "0123456789a\n"), TCS_OK);
    check_text("whole", tcs_str_of(scratch_read(x->path)), "before\n0123456789a\n");
}

static void a_torn_line_is_ended_first(void **state)
{
    struct bench *x = *state;
    struct tcs_append a;
    scratch_write(x->path, "torn", 4, 0600);
    assert_int_equal(tcs_append_open(x->path, &a, &x->err), TCS_OK);
    assert_int_equal(tcs_append_lines(&a, TCS_STR("1\n"), true, &x->err), TCS_OK);
    assert_int_equal(tcs_append_lines(&a, TCS_STR("2\n"), true, &x->err), TCS_OK);
    check_text("alone", tcs_str_of(scratch_read(x->path)), "torn\n1\n2\n");
    tcs_append_close(&a);
}

/* Nobody reads a pipe: it must not hold us up. */
static void a_pipe_that_is_full_is_an_error(void **state)
{
    struct bench *x = *state;
    struct tcs_append a;
    static char line[4096];
    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    assert_int_equal(mkfifo(x->path, 0600), 0);
    assert_int_equal(tcs_append_open(x->path, &a, &x->err), TCS_OK);
    enum tcs_code code = TCS_OK;
    for (unsigned i = 0; code == TCS_OK && i < 1000; i++)
        code = tcs_append_lines(&a, tcs_str_of(line), true, &x->err);
    assert_int_equal(code, TCS_IO);
    tcs_append_close(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_holds_it),
        TEST(what_came_to_nothing_leaves_nothing),
        TEST(only_what_is_private_is_read),
        TEST(what_is_no_file_is_no_secret),
        TEST(private_files_are_made_once),
        TEST(lines_are_added),
        TEST(it_notices_that_the_file_is_another),
        TEST(the_start_of_a_line_is_taken_back),
        TEST(a_torn_line_is_ended_first),
        TEST(a_pipe_that_is_full_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
