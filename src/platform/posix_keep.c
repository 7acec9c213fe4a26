#define _GNU_SOURCE /* O_CLOEXEC */
#include "platform/keep.h"

#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum tcs_code fail_errno(struct tcs_err *err, const char *path, const char *what)
{
    int os = errno;
    enum tcs_code code = os == EACCES || os == EPERM || os == EROFS ? TCS_DENIED : TCS_IO;
    return tcs_fail_os(err, code, os, "%.120s %s: %s", path, what, strerror(os));
}

/* ---- one process only ---- */

static uint64_t read_holder(int fd)
{
    char text[32] = "";
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    return got > 0 ? strtoull(text, NULL, 10) : 0;
}

static void write_holder(int fd)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* For people only: what counts is the lock, so a full disk is no hindrance. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) != len)
        (void)!ftruncate(fd, 0);
}

enum tcs_code tcs_lock_take(const char *path, struct tcs_lock *out, uint64_t *holder, struct tcs_err *err)
{
    *holder = 0;
    *out = (struct tcs_lock){.handle = -1};
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    out->is_new = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_errno(err, path, "cannot be opened");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int os = errno;
        *holder = read_holder(fd);
        close(fd);
        errno = os;
        return os == EWOULDBLOCK ? TCS_AGAIN : fail_errno(err, path, "cannot be locked");
    }
    write_holder(fd);
    out->handle = fd;
    return TCS_OK;
}

void tcs_lock_release(struct tcs_lock *lock)
{
    if (lock->handle >= 0)
        close((int)lock->handle);
    lock->handle = -1;
}

void tcs_lock_undo(struct tcs_lock *lock, const char *path)
{
    if (lock->handle >= 0 && lock->is_new)
        unlink(path);
    tcs_lock_release(lock);
}

/* ---- whole files ---- */

bool tcs_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* A new name in a folder lasts when the folder is on the disk. */
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0 || errno == EINVAL; /* some file systems have nothing to do */
    close(fd);
    return done;
}

enum tcs_code tcs_path_create_private(const char *path, struct tcs_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return TCS_END;
    if (fd < 0)
        return fail_errno(err, path, "cannot be created");
    close(fd);
    return sync_folder_of(path) ? TCS_OK : fail_errno(err, path, "cannot be created for good");
}

enum tcs_code tcs_path_rename(const char *from, const char *to, struct tcs_err *err)
{
    if (rename(from, to) != 0)
        return fail_errno(err, from, "cannot be renamed");
    return sync_folder_of(to) ? TCS_OK : fail_errno(err, to, "cannot be renamed for good");
}

static enum tcs_code read_checked(int fd, const char *path, size_t most, struct tcs_arena *arena,
                                  struct tcs_str *out, struct tcs_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_errno(err, path, "cannot be examined");
    if (!S_ISREG(st.st_mode))
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.120s is no regular file", path);
    if (st.st_mode & 077)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                        "%.120s can be used by others than its owner (mode %04o); chmod 600 it", path,
                        (unsigned)(st.st_mode & 07777));
    if ((uint64_t)st.st_size > most)
        return tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "%.120s is larger than %zu bytes", path, most);
    struct tcs_file f = {.handle = fd, .kind = TCS_FILE_REGULAR, .size = (uint64_t)st.st_size};
    char *text = tcs_arena_alloc(arena, (size_t)st.st_size);
    size_t got = 0;
    if (text == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read %.120s", path);
    enum tcs_code code = tcs_file_read_at(&f, 0, text, (size_t)st.st_size, &got, err);
    *out = (struct tcs_str){text, got};
    return code;
}

enum tcs_code tcs_path_read_private(const char *path, size_t most, struct tcs_arena *arena,
                                    struct tcs_str *out, struct tcs_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe of that name must not hold us up */
    if (fd < 0)
        return fail_errno(err, path, "cannot be opened");
    enum tcs_code code = read_checked(fd, path, most, arena, out, err);
    close(fd);
    return code;
}

/* ---- adding to a file ---- */

enum tcs_code tcs_append_open(const char *path, struct tcs_append *out, struct tcs_err *err)
{
    out->handle = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    return out->handle >= 0 ? TCS_OK : fail_errno(err, path, "cannot be opened");
}

static bool ends_in_a_line(int fd, off_t size)
{
    char last = '\n';
    return size == 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

static ssize_t write_once(int fd, const char *p, size_t len)
{
    ssize_t n;
    do
        n = write(fd, p, len);
    while (n < 0 && errno == EINTR);
    return n;
}

enum tcs_code tcs_append_lines(struct tcs_append *a, struct tcs_str lines, bool lasting, struct tcs_err *err)
{
    int fd = (int)a->handle;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_errno(err, "the file", "cannot be examined");
    bool is_file = S_ISREG(st.st_mode);
    if (is_file && !ends_in_a_line(fd, st.st_size) && write_once(fd, "\n", 1) != 1)
        return fail_errno(err, "the file", "cannot be written");
    if (is_file && fstat(fd, &st) != 0)
        return fail_errno(err, "the file", "cannot be examined");
    ssize_t n = write_once(fd, lines.p, lines.len);
    if (n == (ssize_t)lines.len)
        return !lasting || !is_file || fdatasync(fd) == 0 ? TCS_OK
                                                          : fail_errno(err, "the file", "cannot be written");
    int os = n < 0 ? errno : ENOSPC;
    /*
     * The start of a line is worse than none. If somebody else has written
     * behind it meanwhile it must stay, and the next line begins a new one.
     */
    struct stat now;
    if (n > 0 && is_file && fstat(fd, &now) == 0 && now.st_size == st.st_size + n)
        (void)!ftruncate(fd, st.st_size);
    errno = os;
    return fail_errno(err, "the file", "cannot be written");
}

bool tcs_append_is_current(const struct tcs_append *a, const char *path)
{
    struct stat named, opened;
    return stat(path, &named) == 0 && fstat((int)a->handle, &opened) == 0 && named.st_dev == opened.st_dev &&
           named.st_ino == opened.st_ino;
}

void tcs_append_close(struct tcs_append *a)
{
    if (a->handle >= 0)
        close((int)a->handle);
    a->handle = -1;
}
