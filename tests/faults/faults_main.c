/*
 * What happens when memory cannot be had.
 *
 *     faults COMMAND ...      one command of tocsin, as on its command line
 *
 * The command is run once. Before each of its allocations the process forks:
 * in one child that allocation fails, in another it and all that follow. What
 * a child writes and how it ends is compared with an undisturbed run:
 *
 *  - it ends by itself, in time, and not by a signal
 *  - either its output and its exit status are those of the undisturbed run,
 *    or it says that memory was short, and its exit status is not "nothing
 *    rings, everything was read"
 *
 * An allocation is left out if three were tried that were asked for from the same
 * place, by the same callers; with FAULTS_ALL in the environment none is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"

enum {
    CALLERS_MOST = 24,
    PLACES = 1 << 16, /* a power of two */
    TRIES_A_PLACE = 3,
    SECONDS_MOST = 30,
    SHOWN_BYTES = 1000,
    FAILURES_SHOWN = 10,
};

int tocsin_main(int argc, char **argv); /* main of cli/main.c, under another name */

/* The libraries allocate through these too; under a sanitizer, which has its own, only tocsin does. */
#ifdef FAULTS_WRAP
#define REAL(name)  __real_##name
#define FALSE(name) __wrap_##name
#else
#define REAL(name)  __libc_##name
#define FALSE(name) name
#endif
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *p, size_t size);
void *FALSE(malloc)(size_t size);
void *FALSE(calloc)(size_t count, size_t size);
void *FALSE(realloc)(void *p, size_t size);

enum mode { FAIL_ONE, FAIL_FROM_HERE, MODE_COUNT };
static const char *const mode_names[] = {"alone", "and all behind it"};

/* What a run wrote and how it ended. */
struct outcome {
    char *out, *err; /* mapped */
    size_t out_len, err_len;
    int status; /* as waitpid has it */
};

static bool is_armed;     /* the command runs, its allocations are counted */
static bool is_child;     /* this process is one in which memory is short */
static bool all_fail;     /* in it, every allocation fails */
static bool tries_all;    /* FAULTS_ALL */
static uint64_t count;    /* allocations so far */
static uint64_t tried;    /* of these, failed in children */
static uint64_t failures; /* children that did wrong */
static uint8_t tries[PLACES];
static struct outcome expected;
static int fds[2]; /* what standard output and standard error are while the command runs */
static int own_err;

/* ---- outcomes ---- */

static char *contents(int fd, size_t *len)
{
    off_t size = lseek(fd, 0, SEEK_END);
    *len = size > 0 ? (size_t)size : 0;
    char *p = mmap(NULL, *len + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || pread(fd, p, *len, 0) != (ssize_t)*len)
        abort();
    return p;
}

static struct outcome outcome_of(int status)
{
    struct outcome o = {.status = status};
    o.out = contents(fds[0], &o.out_len);
    o.err = contents(fds[1], &o.err_len);
    return o;
}

static void outcome_done(struct outcome *o)
{
    munmap(o->out, o->out_len + 1);
    munmap(o->err, o->err_len + 1);
}

static int code_of(const struct outcome *o)
{
    return WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -1;
}

static bool is_undisturbed(const struct outcome *o)
{
    return code_of(o) == code_of(&expected) && o->out_len == expected.out_len &&
           memcmp(o->out, expected.out, o->out_len) == 0;
}

/* What is wrong with it; NULL if nothing is. */
static const char *fault_of(const struct outcome *o)
{
    if (WIFSIGNALED(o->status))
        return WTERMSIG(o->status) == SIGALRM ? "does not end" : "ends by a signal";
    if (is_undisturbed(o))
        return NULL;
    int code = code_of(o);
    if (code == TCS_EXIT_QUIET)
        return "writes something else and says that all is well";
    if (code != TCS_EXIT_USAGE && code != TCS_EXIT_INCOMPLETE && code != code_of(&expected))
        return "ends with an exit status that means something else";
    return strstr(o->err, "memory") || strstr(o->out, "no memory") ? NULL
                                                                   : "does not say that memory is short";
}

static void show_text(const char *name, const char *text, size_t len)
{
    size_t shown = len < SHOWN_BYTES ? len : SHOWN_BYTES;
    dprintf(own_err, "    %s (%zu bytes):\n%.*s%s\n", name, len, (int)shown, text + len - shown,
            len ? "" : "(nothing)");
}

static void show_callers(void *const *callers, int depth)
{
    backtrace_symbols_fd(callers, depth, own_err);
}

static void judge(const struct outcome *o, enum mode mode, void *const *callers, int depth)
{
    const char *fault = fault_of(o);
    if (fault == NULL || ++failures > FAILURES_SHOWN)
        return;
    dprintf(own_err, "\nallocation %llu fails, %s: tocsin %s (exit status %d, signal %d; expected %d)\n",
            (unsigned long long)count, mode_names[mode], fault, code_of(o),
            WIFSIGNALED(o->status) ? WTERMSIG(o->status) : 0, code_of(&expected));
    show_callers(callers, depth);
    show_text("standard error", o->err, o->err_len);
    if (o->out_len != expected.out_len)
        show_text("end of standard output", o->out, o->out_len);
}

/* ---- failing ---- */

/* True in the child, where the allocation has to fail. */
static bool fail_in_child(enum mode mode, void *const *callers, int depth)
{
    off_t before[2];
    for (unsigned i = 0; i < 2; i++)
        before[i] = lseek(fds[i], 0, SEEK_CUR);
    pid_t child = fork();
    if (child == 0) {
        is_child = true;
        is_armed = false;
        all_fail = mode == FAIL_FROM_HERE;
        alarm(SECONDS_MOST);
        return true;
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    tried++;
    struct outcome o = outcome_of(status);
    judge(&o, mode, callers, depth);
    outcome_done(&o);
    for (unsigned i = 0; i < 2; i++)
        if (ftruncate(fds[i], before[i]) != 0 || lseek(fds[i], before[i], SEEK_SET) != before[i])
            abort();
    return false;
}

/* True if enough allocations of these callers were tried. */
static bool is_known(void *const *callers, int depth)
{
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)callers[i]) * 1099511628211u;
    uint8_t *place = &tries[(hash >> 20) & (PLACES - 1)];
    if (*place == TRIES_A_PLACE)
        return true;
    ++*place;
    return false;
}

/* True if the allocation that is asked for fails in this process. */
static bool fails(void)
{
    if (is_child)
        return all_fail;
    if (!is_armed)
        return false;
    is_armed = false; /* what follows allocates too */
    count++;
    void *callers[CALLERS_MOST];
    int depth = backtrace(callers, CALLERS_MOST);
    bool failing = false;
    if (tries_all || !is_known(callers, depth))
        for (unsigned mode = 0; mode < MODE_COUNT && !failing; mode++)
            failing = fail_in_child((enum mode)mode, callers, depth);
    is_armed = !failing;
    errno = failing ? ENOMEM : errno;
    return failing;
}

void *FALSE(malloc)(size_t size)
{
    return fails() ? NULL : REAL(malloc)(size);
}

void *FALSE(calloc)(size_t members, size_t size)
{
    return fails() ? NULL : REAL(calloc)(members, size);
}

void *FALSE(realloc)(void *p, size_t size)
{
    return fails() ? NULL : REAL(realloc)(p, size);
}

/* ---- the runs ---- */

static void redirect(void)
{
    own_err = dup(STDERR_FILENO);
    for (int i = 0; i < 2; i++) {
        fds[i] = memfd_create("output", 0);
        if (fds[i] < 0 || dup2(fds[i], STDOUT_FILENO + i) < 0)
            abort();
    }
}

/* Runs the command undisturbed, in a child, to know what is right. */
static void run_undisturbed(int argc, char **argv)
{
    pid_t child = fork();
    if (child == 0)
        _exit(tocsin_main(argc, argv));
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    expected = outcome_of(status);
    for (unsigned i = 0; i < 2; i++)
        if (ftruncate(fds[i], 0) != 0 || lseek(fds[i], 0, SEEK_SET) != 0)
            abort();
}

int main(int argc, char **argv)
{
    tries_all = getenv("FAULTS_ALL") != NULL;
    if (argc < 2) {
        fprintf(stderr, "usage: faults COMMAND ...\n");
        return EXIT_FAILURE;
    }
    void *first[1];
    backtrace(first, 1);                /* loads what it needs */
    setenv("TOCSIN_CONFINE", "off", 1); /* confined processes cannot fork */
    redirect();
    run_undisturbed(argc, argv);
    is_armed = true;
    int code = tocsin_main(argc, argv);
    if (is_child)
        _exit(code);
    is_armed = false;
    dprintf(own_err, "%llu allocations, %llu runs without memory, %llu wrong\n", (unsigned long long)count,
            (unsigned long long)tried, (unsigned long long)failures);
    return failures || code != code_of(&expected) ? EXIT_FAILURE : EXIT_SUCCESS;
}
