#define _GNU_SOURCE /* O_TMPFILE */
#include "platform/platform.h"
#include "platform/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MOST = 64, PATH_MOST = 65536 };

static enum tcs_code use_descriptor(int fd, struct tcs_file *out, struct tcs_err *err)
{
    struct stat st = {0};
    if (fstat(fd, &st) != 0)
        return posix_fail(err, "cannot be examined");
    *out = (struct tcs_file){.handle = fd, .kind = posix_file_kind(st.st_mode), .size = (uint64_t)st.st_size};
    return TCS_OK;
}

enum tcs_code tcs_file_examine(const char *path, enum tcs_file_kind *kind, struct tcs_err *err)
{
    struct stat st = {0};
    if (stat(path, &st) != 0)
        return posix_fail(err, "cannot be opened");
    *kind = posix_file_kind(st.st_mode);
    return TCS_OK;
}

enum tcs_code tcs_file_open(const char *path, struct tcs_file *out, struct tcs_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return posix_fail(err, "cannot be opened");
    enum tcs_code code = use_descriptor(fd, out, err);
    if (code != TCS_OK)
        close(fd);
    return code;
}

enum tcs_code tcs_file_stdin(struct tcs_file *out, struct tcs_err *err)
{
    int fd = dup(STDIN_FILENO);
    if (fd < 0)
        return posix_fail(err, "standard input cannot be read");
    enum tcs_code code = use_descriptor(fd, out, err);
    if (code != TCS_OK)
        close(fd);
    return code;
}

enum tcs_code tcs_file_read_at(const struct tcs_file *f, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread((int)f->handle, (char *)buf + *got, len - *got, (off_t)(off + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return posix_fail(err, "cannot be read");
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return TCS_OK;
}

enum tcs_code tcs_file_read(const struct tcs_file *f, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    ssize_t n;
    do
        n = read((int)f->handle, buf, len);
    while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? posix_fail(err, "cannot be read") : TCS_OK;
}

void tcs_file_close(struct tcs_file *f)
{
    close((int)f->handle);
    f->handle = -1;
}

enum tcs_code tcs_file_temporary(struct tcs_file *out, struct tcs_err *err)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0) { /* a file system that cannot do that: make a name and take it away at once */
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/tocsin-XXXXXX", folder);
        fd = len > 0 && (size_t)len < sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return posix_fail(err, "no temporary file can be made (TMPDIR names the folder)");
    *out = (struct tcs_file){.handle = fd, .kind = TCS_FILE_REGULAR};
    return TCS_OK;
}

enum tcs_code tcs_file_append(struct tcs_file *f, const void *buf, size_t len, struct tcs_err *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pwrite((int)f->handle, (const char *)buf + done, len - done, (off_t)(f->size + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return posix_fail(err, "the temporary file cannot be written");
        done += (size_t)n;
    }
    f->size += len;
    return TCS_OK;
}

/* ---- folders ---- */

static int visible(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* One folder; false if the caller's functions want no more. */
static bool walk(const char *folder, unsigned depth, const struct tcs_walk *w);

static bool report_trouble(const struct tcs_walk *w, const char *path, const char *what)
{
    struct tcs_err err = TCS_ERR_INIT;
    posix_fail(&err, what);
    return w->trouble(w->ctx, path, &err);
}

/* NOLINTNEXTLINE(misc-no-recursion): FOLDER_DEPTH_MOST */
static bool visit(const char *path, unsigned depth, const struct tcs_walk *w)
{
    struct stat link = {0}, st = {0};
    if (lstat(path, &link) != 0 || stat(path, &st) != 0)
        return report_trouble(w, path, "cannot be examined");
    if (S_ISREG(st.st_mode))
        return w->found(w->ctx, path, (uint64_t)st.st_size, S_ISLNK(link.st_mode));
    if (S_ISDIR(st.st_mode) && !S_ISLNK(link.st_mode))
        return (w->enter && !w->enter(w->ctx, path)) || walk(path, depth + 1, w);
    return true; /* pipes, devices, and links to folders, which could lead in circles */
}

/* NOLINTNEXTLINE(misc-no-recursion): FOLDER_DEPTH_MOST */
static bool walk(const char *folder, unsigned depth, const struct tcs_walk *w)
{
    struct dirent **entries;
    errno = ELOOP;
    int count = depth > FOLDER_DEPTH_MOST ? -1 : scandir(folder, &entries, visible, by_name);
    if (count < 0)
        return report_trouble(w, folder, "the folder cannot be read");
    bool go_on = true;
    char *path = malloc(PATH_MOST);
    if (path == NULL)
        go_on = report_trouble(w, folder, "the folder cannot be read");
    for (int i = 0; i < count; i++) {
        const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
        int len = path ? snprintf(path, PATH_MOST, "%s%s%s", folder, slash, entries[i]->d_name) : -1;
        if (go_on && len > 0 && len < PATH_MOST)
            go_on = visit(path, depth, w);
        errno = ENAMETOOLONG;
        if (go_on && len >= PATH_MOST)
            go_on = report_trouble(w, folder, "a file in it cannot be read");
        free(entries[i]);
    }
    free(path);
    free(entries);
    return go_on;
}

enum tcs_code tcs_walk_folder(const char *path, const struct tcs_walk *w, struct tcs_err *err)
{
    if (path[0] == '\0')
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "empty path");
    walk(path, 0, w);
    return TCS_OK;
}
