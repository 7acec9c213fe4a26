#define _GNU_SOURCE /* inotify, clock_gettime */
#include "platform/watch.h"

#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOTICES_MOST = 64 * 1024 };

/* ---- files ---- */

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void use_stat(const struct stat *st, struct tcs_file_state *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct tcs_file_state){.device = (uint64_t)st->st_dev,
                                   .inode = (uint64_t)st->st_ino,
                                   .size = (uint64_t)st->st_size,
                                   .modified = nanoseconds(st->st_mtim),
                                   .changed = nanoseconds(st->st_ctim),
                                   .kind = posix_file_kind(st->st_mode)};
    int64_t age = nanoseconds(now) - out->modified;
    out->age_ms = age > 0 ? (uint64_t)age / 1000000 : 0;
}

enum tcs_code tcs_file_state_at(const char *path, struct tcs_file_state *out, struct tcs_err *err)
{
    struct stat st = {0}, link = {0};
    if (stat(path, &st) != 0 || lstat(path, &link) != 0) {
        bool is_gone = errno == ENOENT || errno == ENOTDIR;
        posix_fail(err, "cannot be examined");
        return is_gone ? TCS_END : err ? err->code : TCS_IO;
    }
    use_stat(&st, out);
    out->is_link = S_ISLNK(link.st_mode);
    return TCS_OK;
}

enum tcs_code tcs_file_state_of(const struct tcs_file *f, struct tcs_file_state *out, struct tcs_err *err)
{
    struct stat st = {0};
    if (fstat((int)f->handle, &st) != 0)
        return posix_fail(err, "cannot be examined");
    use_stat(&st, out);
    return TCS_OK;
}

/* ---- pipes ---- */

enum tcs_code tcs_pipe_open(const char *path, struct tcs_file *out, struct tcs_err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st = {0};
    if (fd < 0 || fstat(fd, &st) != 0) {
        posix_fail(err, "cannot be opened");
        if (fd >= 0)
            close(fd);
        return err ? err->code : TCS_IO;
    }
    *out = (struct tcs_file){.handle = fd, .kind = posix_file_kind(st.st_mode), .size = (uint64_t)st.st_size};
    return TCS_OK;
}

enum tcs_code tcs_pipe_read(const struct tcs_file *f, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    *got = 0;
    ssize_t n;
    do {
        if (!tcs_wait_readable(f->handle, -1, 0))
            return TCS_AGAIN;
        n = read((int)f->handle, buf, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return TCS_AGAIN;
    if (n < 0)
        return posix_fail(err, "cannot be read");
    *got = (size_t)n;
    return n ? TCS_OK : TCS_END;
}

/* poll until the time is up, whatever interrupts it; true if a handle has something. */
static bool wait_for(struct pollfd fds[2], uint32_t timeout_ms)
{
    uint64_t until = tcs_monotonic_ms() + timeout_ms;
    for (;;) {
        uint64_t now = tcs_monotonic_ms();
        uint64_t left = until > now ? until - now : 0;
        int count = poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
        if (count >= 0 || errno != EINTR)
            return count > 0;
    }
}

bool tcs_wait_readable(intptr_t first, intptr_t second, uint32_t timeout_ms)
{
    struct pollfd fds[2] = {{(int)first, POLLIN, 0}, {(int)second, POLLIN, 0}};
    return wait_for(fds, timeout_ms);
}

/* ---- notices ---- */

struct tcs_watcher {
    int fd; /* -1: no notices */
    _Alignas(struct inotify_event) char notices[NOTICES_MOST];
};

struct tcs_watcher *tcs_watcher_new(bool notices)
{
    struct tcs_watcher *w = malloc(sizeof *w);
    if (w)
        w->fd = notices ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
    return w;
}

void tcs_watcher_free(struct tcs_watcher *w)
{
    if (w && w->fd >= 0)
        close(w->fd);
    free(w);
}

bool tcs_watcher_add(struct tcs_watcher *w, const char *folder, int *id)
{
    *id = w->fd < 0 ? -1
                    : inotify_add_watch(w->fd, folder,
                                        IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                            IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    return *id >= 0;
}

void tcs_watcher_remove(struct tcs_watcher *w, int id)
{
    if (w->fd >= 0 && id >= 0)
        inotify_rm_watch(w->fd, id);
}

static unsigned read_notices(struct tcs_watcher *w, void (*written)(void *ctx, int id, const char *name),
                             void *ctx)
{
    unsigned woken = 0;
    ssize_t len = read(w->fd, w->notices, sizeof w->notices);
    for (ssize_t at = 0; at < len;) {
        const struct inotify_event *e = (const void *)(w->notices + at);
        at += (ssize_t)(sizeof *e + e->len);
        if (e->mask & IN_Q_OVERFLOW)
            woken |= TCS_WOKEN_MISSED;
        else if (!(e->mask & (IN_MODIFY | IN_CLOSE_WRITE)))
            woken |= TCS_WOKEN_NAMES;
        else
            woken |= TCS_WOKEN_CONTENT;
        if ((e->mask & (IN_MODIFY | IN_CLOSE_WRITE)) && written && e->len)
            written(ctx, e->wd, e->name);
    }
    return woken;
}

unsigned tcs_watcher_wait(struct tcs_watcher *w, uint32_t timeout_ms, intptr_t other,
                          void (*written)(void *ctx, int id, const char *name), void *ctx)
{
    struct pollfd fds[2] = {{w->fd, POLLIN, 0}, {(int)other, POLLIN, 0}};
    if (!wait_for(fds, timeout_ms))
        return 0;
    unsigned woken = fds[1].revents ? TCS_WOKEN_OTHER : 0;
    return woken | (fds[0].revents ? read_notices(w, written, ctx) : 0);
}
