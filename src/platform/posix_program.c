#define _GNU_SOURCE /* memfd_create, pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "platform/program.h"

#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 20, GRACE_MS = 1000 };

enum tcs_code tcs_program_check(const char *path, struct tcs_err *err)
{
    struct stat st = {0};
    if (stat(path, &st) != 0)
        return tcs_fail_os(err, TCS_CONFIG, errno, "%.160s cannot be run: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.160s is no program", path);
    if (access(path, X_OK) != 0)
        return tcs_fail_os(err, TCS_CONFIG, errno, "%.160s cannot be run: %s", path, strerror(errno));
    return TCS_OK;
}

static enum tcs_code fail_start(const struct tcs_program *c, int os, struct tcs_err *err)
{
    return tcs_fail_os(err, os == ENOMEM ? TCS_NOMEM : TCS_IO, os, "%.160s cannot be started: %s", c->argv[0],
                       strerror(os));
}

/* A file in memory: whoever does not read all of its input breaks no pipe. Gives -1 with errno. */
static int make_input(struct tcs_str input)
{
    int fd = memfd_create("tocsin-input", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < input.len) {
        ssize_t n = write(fd, input.p + done, input.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* A group of its own, signals as usual. 0 or an errno. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int os = posix_spawnattr_setflags(attributes, flags);
    if (!os)
        os = posix_spawnattr_setpgroup(attributes, 0);
    if (!os)
        os = posix_spawnattr_setsigmask(attributes, &none);
    return os ? os : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *files, int input, int output)
{
    int os = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
    if (!os)
        os = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (!os)
        os = posix_spawn_file_actions_adddup2(files, output, STDERR_FILENO);
    if (!os)
        os = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return os ? os : posix_spawn_file_actions_addchdir_np(files, "/");
}

/* posix_spawn takes texts that it promises not to change as if it would. */
static char *const *changeable(const char *const *texts)
{
    union {
        const char *const *fixed;
        char *const *free;
    } u = {.fixed = texts};
    return u.free;
}

static int spawn(const struct tcs_program *c, int input, int output, pid_t *pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    int os = posix_spawnattr_init(&attributes);
    if (os)
        return os;
    os = posix_spawn_file_actions_init(&files);
    if (!os) {
        os = set_attributes(&attributes);
        if (!os)
            os = set_files(&files, input, output);
        if (!os)
            os = posix_spawn(pid, c->argv[0], &files, &attributes, changeable(c->argv),
                             changeable(c->environment));
        posix_spawn_file_actions_destroy(&files);
    }
    posix_spawnattr_destroy(&attributes);
    return os;
}

/* Takes what is there to be read; false when there will be no more. */
static bool read_said(int fd, struct tcs_program_end *end)
{
    char rest[4096];
    bool is_full = end->said_len == sizeof end->said;
    char *to = is_full ? rest : end->said + end->said_len;
    ssize_t n = read(fd, to, is_full ? sizeof rest : sizeof end->said - end->said_len);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (is_full)
        end->said_more += (uint64_t)n;
    else
        end->said_len += (size_t)n;
    return n > 0;
}

/* Waits a moment for output, or only waits if there will be none. */
static void tick(int *fd, struct tcs_program_end *end)
{
    struct pollfd p = {.fd = *fd, .events = POLLIN};
    if (poll(&p, 1, TICK_MS) > 0 && !read_said(*fd, end))
        *fd = -1; /* poll leaves it alone from now on */
}

/* Left as it is, so that its process id, which is that of the group, stays its own. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

static void watch(const struct tcs_program *c, pid_t pid, int output, struct tcs_program_end *end)
{
    uint64_t asked_at = 0, start = tcs_monotonic_ms();
    int fd = output;
    while (!has_ended(pid)) {
        tick(&fd, end);
        uint64_t now = tcs_monotonic_ms();
        if (asked_at == 0) {
            end->is_stopped = atomic_load(c->stop);
            end->is_timeout = !end->is_stopped && now - start >= c->timeout;
            if (!end->is_stopped && !end->is_timeout)
                continue;
            asked_at = now;
            kill(-pid, SIGTERM);
        } else if (now - asked_at >= GRACE_MS) {
            kill(-pid, SIGKILL);
        }
    }
    kill(-pid, SIGKILL); /* what it has left behind */
    for (unsigned i = 0; fd >= 0 && i < TCS_PROGRAM_SAID_MOST; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 0) <= 0 || !read_said(fd, end))
            break;
    }
}

static void reap(pid_t pid, struct tcs_program_end *end)
{
    int status = 0;
    pid_t got;
    do
        got = waitpid(pid, &status, 0);
    while (got < 0 && errno == EINTR);
    end->status = got == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal = got == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

enum tcs_code tcs_program_run(const struct tcs_program *program, struct tcs_program_end *end,
                              struct tcs_err *err)
{
    int output[2];
    pid_t pid;
    memset(end, 0, sizeof *end);
    int input = make_input(program->input);
    if (input < 0)
        return fail_start(program, errno, err);
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        int os = errno;
        close(input);
        return fail_start(program, os, err);
    }
    int os = spawn(program, input, output[1], &pid);
    close(input);
    close(output[1]);
    if (!os) {
        watch(program, pid, output[0], end);
        reap(pid, end);
    }
    close(output[0]);
    return os ? fail_start(program, os, err) : TCS_OK;
}
