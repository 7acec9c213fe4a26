/* What a confined process can still do and what not: tried in children, because it is for good. */
#define _GNU_SOURCE
#include "unit.h"

#include "platform/confine.h"
#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tocsin-confine-XXXXXX";
static char inside[64], outside[64], new_file[64];

/* Each gives 0 if it was done, else errno. */

static int result(long r)
{
    return r >= 0 ? 0 : errno;
}

static int open_inside(void)
{
    return result(open(inside, O_RDONLY));
}

static int open_outside(void)
{
    return result(open(outside, O_RDONLY));
}

static int open_to_write(void)
{
    return result(open(inside, O_WRONLY));
}

static int make_file(void)
{
    return result(open(new_file, O_CREAT | O_WRONLY, 0600));
}

static int connect_somewhere(void)
{
    return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int talk_locally(void)
{
    return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int send_datagrams(void)
{
    return result(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int notice_changes(void)
{
    return result(inotify_init1(IN_CLOEXEC));
}

static int make_name_space(void)
{
    return result(unshare(CLONE_NEWUSER));
}

static int run_program(void)
{
    char *const words[] = {(char[]){"true"}, NULL};
    return result(execv("/bin/true", words));
}

static int make_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    return result(child);
}

static int make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED ? 0 : errno;
}

static int touch_process(void)
{
    return result(kill(getppid(), 0));
}

static int trace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int remove_file(void)
{
    return result(unlink(inside));
}

static int change_rights(void)
{
    return result(chmod(inside, 0777));
}

static void nothing(void *ctx)
{
    *(bool *)ctx = true;
}

static int start_thread(void)
{
    bool ran = false;
    struct tcs_thread *t = tcs_thread_start(nothing, &ran);
    if (t)
        tcs_thread_join(t);
    return ran ? 0 : EAGAIN;
}

static int take_memory(void)
{
    void *volatile p = malloc((size_t)64 << 20);
    bool ok = p != NULL;
    free(p);
    return ok ? 0 : ENOMEM;
}

/* What may still be done: before, when confined, and by a thread that opens nothing. */
static const struct {
    const char *what;
    int (*act)(void);
    unsigned by; /* enum tcs_confined: what forbids it; 0 if it stays allowed */
    bool when_open_files_only;
    bool when_watching; /* what forbids it does not, for who keeps watch */
} acts[] = {
    {"reading an input", open_inside, 0, false},
    {"a thread", start_thread, 0, true},
    {"memory", take_memory, 0, true},
    {"reading another file", open_outside, TCS_CONFINED_FILES, false},
    {"writing to an input", open_to_write, TCS_CONFINED_FILES, false},
    {"making a file", make_file, TCS_CONFINED_FILES, false},
    {"removing a file", remove_file, TCS_CONFINED_FILES, false},
    {"changing a file's rights", change_rights, TCS_CONFINED_CALLS, false},
    {"a connection", connect_somewhere, TCS_CONFINED_CALLS, false},
    {"a local connection", talk_locally, TCS_CONFINED_CALLS, false},
    {"local datagrams", send_datagrams, TCS_CONFINED_CALLS, false, true},
    {"notices of changes", notice_changes, TCS_CONFINED_CALLS, false, true},
    {"a name space", make_name_space, TCS_CONFINED_CALLS, false},
    {"running a program", run_program, TCS_CONFINED_CALLS, false},
    {"a process", make_process, TCS_CONFINED_CALLS, false, true},
    {"memory that can be run", make_code, TCS_CONFINED_CALLS, false},
    {"signals to others", touch_process, TCS_CONFINED_CALLS, false, true},
    {"being traced", trace, TCS_CONFINED_CALLS, false},
};

static unsigned confine_for(bool is_watching)
{
    const char *const read[] = {folder};
    struct tcs_confinement needs = {.read = read, .read_count = 1, .is_watching = is_watching};
    return tcs_confine(&needs);
}

static unsigned confine(void)
{
    return confine_for(false);
}

/* Runs an act in a child, confined or not; its result is the child's exit status. */
static int in_child(int (*act)(void), bool confined, bool open_files_only)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (confined)
            confine();
        if (open_files_only)
            tcs_confine_to_open_files();
        _exit(act());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        return 255;
    return WEXITSTATUS(status);
}

/* What this system can do, found out in a child. */
static int abilities(void)
{
    return (int)confine();
}

static unsigned able(void)
{
    return (unsigned)in_child(abilities, false, false);
}

static void only_what_reading_needs(void **state)
{
    (void)state;
    unsigned can = able();
    if (can == 0)
        skip(); /* a sanitizer, or a kernel without any of it */
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        bool forbidden = (acts[i].by & can) != 0;
        int confined = in_child(acts[i].act, true, false);
        if ((confined != 0) != forbidden && !(acts[i].by && !forbidden))
            fail_msg("%s: gives %d when confined", acts[i].what, confined);
    }
}

/* The check above would pass for acts that never work: most of them work without. */
static void the_acts_work_otherwise(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        if (acts[i].act == remove_file || acts[i].act == make_file)
            continue; /* would change what the others look at */
        int free_result = in_child(acts[i].act, false, false);
        bool may_fail =
            acts[i].act == trace || acts[i].act == make_name_space; /* the system may forbid it to all */
        if (free_result != 0 && !may_fail)
            fail_msg("%s: gives %d without confinement", acts[i].what, free_result);
    }
}

/* Who keeps watch can do some things more, and still reach nobody and run nothing. */
static void only_what_watching_needs(void **state)
{
    (void)state;
    unsigned can = able();
    if (can == 0)
        skip();
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        bool forbidden = (acts[i].by & can) != 0 && !acts[i].when_watching;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            confine_for(true);
            _exit(acts[i].act());
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        bool failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        if (failed != forbidden && (acts[i].by & can))
            fail_msg("%s: status %x when watching", acts[i].what, (unsigned)status);
    }
}

static void threads_that_open_nothing(void **state)
{
    (void)state;
    if (!(able() & TCS_CONFINED_CALLS))
        skip();
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        int got = in_child(acts[i].act, true, true);
        if ((got == 0) != acts[i].when_open_files_only && (acts[i].by & TCS_CONFINED_CALLS))
            fail_msg("%s: gives %d in a thread that opens nothing", acts[i].what, got);
    }
    assert_int_equal(in_child(open_inside, true, true), EPERM);
    assert_int_equal(in_child(take_memory, true, true), 0);
}

static void an_open_file_stays_readable(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tcs_file f;
        struct tcs_err err = TCS_ERR_INIT;
        char text[4];
        size_t got = 0;
        bool ok = tcs_file_open(outside, &f, &err) == TCS_OK;
        confine();
        tcs_confine_to_open_files();
        ok = ok && tcs_file_read_at(&f, 0, text, sizeof text, &got, &err) == TCS_OK && got == sizeof text;
        _exit(ok ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void write_file(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("text", f);
    fclose(f);
}

static int make_files(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(inside, sizeof inside, "%s/inside", folder);
    snprintf(new_file, sizeof new_file, "%s/new", folder);
    snprintf(outside, sizeof outside, "%s.outside", folder);
    write_file(inside);
    write_file(outside);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(inside);
    unlink(new_file);
    unlink(outside);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_reading_needs),     cmocka_unit_test(the_acts_work_otherwise),
        cmocka_unit_test(only_what_watching_needs),    cmocka_unit_test(threads_that_open_nothing),
        cmocka_unit_test(an_open_file_stays_readable),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
