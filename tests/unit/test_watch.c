#define _GNU_SOURCE /* mkdtemp, mkfifo */
#include "platform/watch.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tocsin-watch-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"a", "b", "link", "pipe"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

static void which_file_it_is(void **state)
{
    struct tcs_file_state one, two;
    struct tcs_err err = TCS_ERR_INIT;
    (void)state;
    check_int("none", tcs_file_state_at(path_of("a"), &one, &err), TCS_END);
    put("a", "x");
    check_int("there", tcs_file_state_at(path_of("a"), &one, NULL), TCS_OK);
    check_int("size", one.size, 1);
    check_int("kind", one.kind, TCS_FILE_REGULAR);
    assert_false(one.is_link);
    assert_int_equal(symlink("a", path_of("link")), 0);
    check_int("through a link", tcs_file_state_at(path_of("link"), &two, NULL), TCS_OK);
    assert_true(two.is_link);
    assert_true(one.inode == two.inode && one.device == two.device);
    char from[128];
    snprintf(from, sizeof from, "%s", path_of("a"));
    assert_int_equal(rename(from, path_of("b")), 0);
    put("a", "y");
    check_int("renamed", tcs_file_state_at(path_of("b"), &two, NULL), TCS_OK);
    assert_true(one.inode == two.inode);
    check_int("another", tcs_file_state_at(path_of("a"), &two, NULL), TCS_OK);
    assert_true(one.inode != two.inode);
    assert_int_equal(unlink(path_of("b")), 0);
    assert_int_equal(unlink(path_of("link")), 0);
    assert_int_equal(unlink(path_of("a")), 0);
}

static unsigned told;

static void written(void *ctx, int id, const char *name)
{
    const int *wanted = ctx;
    check_int("folder", id, *wanted);
    assert_string_equal(name, "a");
    told++;
}

static void notices(void **state)
{
    int id, again;
    (void)state;
    struct tcs_watcher *w = tcs_watcher_new(true);
    assert_non_null(w);
    assert_true(tcs_watcher_add(w, folder, &id));
    assert_true(tcs_watcher_add(w, folder, &again));
    check_int("the same id", again, id);
    assert_false(tcs_watcher_add(w, path_of("nothing"), &again));
    check_int("nothing yet", tcs_watcher_wait(w, 0, -1, written, &id), 0);
    put("a", "x");
    unsigned woken = 0;
    while (told == 0)
        woken |= tcs_watcher_wait(w, 10000, -1, written, &id);
    assert_true(woken & TCS_WOKEN_NAMES);
    assert_true(woken & TCS_WOKEN_CONTENT);
    unlink(path_of("a"));
    assert_true(tcs_watcher_wait(w, 10000, -1, NULL, NULL) & TCS_WOKEN_NAMES);
    tcs_watcher_free(w);
}

static void without_notices(void **state)
{
    int id, pipes[2];
    (void)state;
    struct tcs_watcher *w = tcs_watcher_new(false);
    assert_non_null(w);
    assert_false(tcs_watcher_add(w, folder, &id));
    check_int("time is up", tcs_watcher_wait(w, 1, -1, NULL, NULL), 0);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    check_int("another handle", tcs_watcher_wait(w, 10000, pipes[0], NULL, NULL), TCS_WOKEN_OTHER);
    close(pipes[0]);
    close(pipes[1]);
    tcs_watcher_free(w);
}

static void pipes_come_and_go(void **state)
{
    struct tcs_file file;
    char buf[16];
    size_t got;
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    check_int("none", tcs_pipe_open(path_of("pipe"), &file, &err), TCS_IO);
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    check_int("no writer is waited for", tcs_pipe_open(path_of("pipe"), &file, NULL), TCS_OK);
    check_int("no writer yet", tcs_pipe_read(&file, buf, sizeof buf, &got, NULL), TCS_AGAIN);
    int writer = open(path_of("pipe"), O_WRONLY);
    assert_true(writer >= 0);
    check_int("nothing yet", tcs_pipe_read(&file, buf, sizeof buf, &got, NULL), TCS_AGAIN);
    assert_int_equal(write(writer, "abc", 3), 3);
    assert_true(tcs_wait_readable(file.handle, -1, 10000));
    check_int("something", tcs_pipe_read(&file, buf, sizeof buf, &got, NULL), TCS_OK);
    check_int("bytes", got, 3);
    close(writer);
    check_int("the writer has gone", tcs_pipe_read(&file, buf, sizeof buf, &got, NULL), TCS_END);
    tcs_file_close(&file);
    unlink(path_of("pipe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(which_file_it_is, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(notices, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(without_notices, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(pipes_come_and_go, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
