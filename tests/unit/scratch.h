/*
 * A folder of its own for a test that works with real files, on a disk in
 * memory where there is one.
 */
#ifndef TCS_TESTS_SCRATCH_H
#define TCS_TESTS_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char folder[64];
    char path[96]; /* of the last file named by scratch_path */
};

static inline void scratch_make(struct scratch *s)
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(s->folder, sizeof s->folder, "%s/tocsin-test-XXXXXX", where);
    if (mkdtemp(s->folder) == NULL)
        abort();
}

static inline const char *scratch_path(struct scratch *s, const char *name)
{
    snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
    return s->path;
}

/* Removes all files; the folder stays. */
static inline void scratch_empty(const struct scratch *s)
{
    DIR *folder = opendir(s->folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", s->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (folder)
        closedir(folder);
}

static inline void scratch_remove(const struct scratch *s)
{
    scratch_empty(s);
    rmdir(s->folder);
}

static inline void scratch_write(const char *path, const void *p, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (fd < 0 || fchmod(fd, mode) != 0 || write(fd, p, len) != (ssize_t)len)
        abort();
    close(fd);
}

/* The start of a file as text, good until the next call; empty if it cannot be read. */
static inline const char *scratch_read(const char *path)
{
    static char text[65536];
    int fd = open(path, O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    text[got > 0 ? got : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

/* The number of files whose name holds part. The first one's path goes to s->path. */
static inline size_t scratch_count(struct scratch *s, const char *part)
{
    size_t count = 0;
    DIR *folder = opendir(s->folder);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder))
        if (strstr(entry->d_name, part) && count++ == 0)
            snprintf(s->path, sizeof s->path, "%s/%.30s", s->folder, entry->d_name);
    if (folder)
        closedir(folder);
    return count;
}

#endif
