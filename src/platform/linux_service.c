#define _GNU_SOURCE /* pipe2, signalfd, epoll, sockets' flags */
#include "platform/service.h"

#include "platform/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- requests ---- */

static const struct {
    int number;
    unsigned request;
} requests[] = {
    {SIGTERM, TCS_REQUEST_STOP},
    {SIGINT, TCS_REQUEST_STOP},
    {SIGHUP, TCS_REQUEST_RELOAD},
};

enum tcs_code tcs_requests_open(intptr_t *out, struct tcs_err *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        sigaddset(&set, requests[i].number);
    signal(SIGPIPE, SIG_IGN); /* who reads our output may go; that is told by the write */
    *out = -1;
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return posix_fail(err, "signals cannot be taken");
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return posix_fail(err, "signals cannot be taken");
    *out = fd;
    return TCS_OK;
}

unsigned tcs_requests_take(intptr_t handle)
{
    unsigned taken = 0;
    struct signalfd_siginfo info;
    while (handle >= 0 && read((int)handle, &info, sizeof info) == (ssize_t)sizeof info)
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
            if ((int)info.ssi_signo == requests[i].number)
                taken |= requests[i].request;
    return taken;
}

enum tcs_code tcs_wait_set_open(struct tcs_wait_set *out, struct tcs_err *err)
{
    out->handle = epoll_create1(EPOLL_CLOEXEC);
    return out->handle < 0 ? posix_fail(err, "events cannot be waited for") : TCS_OK;
}

void tcs_wait_set_add(struct tcs_wait_set *set, intptr_t handle)
{
    struct epoll_event event = {.events = EPOLLIN};
    /* What cannot be waited for, a regular file, is looked at every interval. */
    if (handle >= 0)
        (void)epoll_ctl((int)set->handle, EPOLL_CTL_ADD, (int)handle, &event);
}

void tcs_wait_set_close(struct tcs_wait_set *set)
{
    if (set->handle >= 0)
        close((int)set->handle);
    set->handle = -1;
}

/* ---- service manager: sd_notify(3) ---- */

bool tcs_service_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return false;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0'; /* a name without a file */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    socklen_t to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, to_len);
    close(fd);
    return sent == (ssize_t)strlen(state);
}

static bool number_of(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = text ? strtoull(text, &end, 10) : 0;
    return text && text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

uint64_t tcs_service_watchdog_ms(void)
{
    uint64_t microseconds, pid;
    if (!number_of(getenv("WATCHDOG_USEC"), &microseconds))
        return 0;
    if (number_of(getenv("WATCHDOG_PID"), &pid) && pid != (uint64_t)getpid())
        return 0;
    return microseconds / 1000;
}

bool tcs_service_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char own[64];
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(own, sizeof own, "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
    return strcmp(own, stream) == 0;
}

void tcs_host_name(char *out, size_t size)
{
    out[0] = '\0';
    if (gethostname(out, size) != 0 || out[0] == '\0')
        snprintf(out, size, "localhost");
    out[size - 1] = '\0';
}

/* ---- trials ---- */

static enum tcs_trial judge_end(int status, char why[128])
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TCS_TRIAL_PASSED;
    if (WIFSIGNALED(status))
        snprintf(why, 128, "it was ended by %s", strsignal(WTERMSIG(status)));
    else
        snprintf(why, 128, "it ended with status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return TCS_TRIAL_DIED;
}

/* Waits until the copy closes its end of the pipe, which it does by ending. False: it is still there. */
static bool wait_for_end(int fd, uint64_t timeout_ms)
{
    uint64_t until = tcs_monotonic_ms() + timeout_ms;
    for (;;) {
        uint64_t now = tcs_monotonic_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int wait = now >= until ? 0 : (int)(until - now);
        int n = poll(&p, 1, wait);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

enum tcs_trial tcs_try_in_copy(void (*run)(void *ctx), void *ctx, uint64_t timeout_ms, char why[128])
{
    int ends[2];
    why[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return TCS_TRIAL_IMPOSSIBLE;
    pid_t copy = fork();
    if (copy == 0) {
        close(ends[0]);
        run(ctx);
        _exit(0);
    }
    close(ends[1]);
    if (copy < 0) {
        close(ends[0]);
        return TCS_TRIAL_IMPOSSIBLE;
    }
    bool ended = wait_for_end(ends[0], timeout_ms);
    if (!ended)
        kill(copy, SIGKILL);
    int status = 0;
    while (waitpid(copy, &status, 0) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    if (ended)
        return judge_end(status, why);
    snprintf(why, 128, "it was not done after %llu s", (unsigned long long)(timeout_ms / 1000));
    return TCS_TRIAL_DIED;
}

/* ---- whole files ---- */

static enum tcs_code write_all(int fd, struct tcs_str text, struct tcs_err *err)
{
    for (size_t done = 0; done < text.len;) {
        ssize_t n = write(fd, text.p + done, text.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return posix_fail(err, "cannot be written");
        done += (size_t)n;
    }
    return TCS_OK;
}

enum tcs_code tcs_file_replace(const char *path, struct tcs_str text, unsigned mode, struct tcs_err *err)
{
    char other[4096];
    int len = snprintf(other, sizeof other, "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof other)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the path is too long");
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (fd < 0)
        return posix_fail(err, "cannot be made");
    enum tcs_code code = write_all(fd, text, err);
    if (close(fd) != 0 && code == TCS_OK)
        code = posix_fail(err, "cannot be written");
    if (code == TCS_OK && rename(other, path) != 0)
        code = posix_fail(err, "cannot be put in its place");
    if (code != TCS_OK)
        unlink(other);
    return code;
}

bool tcs_file_written_at(const char *path, int64_t *unix_seconds)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *unix_seconds = (int64_t)st.st_mtime;
    return true;
}

enum tcs_code tcs_folder_temporary(char *out, size_t size, struct tcs_err *err)
{
    const char *folder = getenv("TMPDIR");
    int len = snprintf(out, size, "%s/tocsin-XXXXXX", folder && folder[0] ? folder : "/tmp");
    if (len < 0 || (size_t)len >= size || mkdtemp(out) == NULL)
        return posix_fail(err, "no temporary folder can be made (TMPDIR names its place)");
    return TCS_OK;
}

void tcs_folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), entry->d_name, 0); /* . and .. are folders, and stay */
    if (folder)
        closedir(folder);
    rmdir(path);
}

void tcs_file_remove(const char *path)
{
    unlink(path);
}
