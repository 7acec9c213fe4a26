/*
 * Misfortune for a running tocsin, by LD_PRELOAD:
 *
 *     TOCSIN_DIE_AT=TEXT       the process ends by SIGABRT when it copies a short piece of memory that holds TEXT
 *     TOCSIN_FAIL=CALL:N       the Nth call of fsync, write or truncate (CALL) fails with EIO; CALL:N+ and all later ones
 *     TOCSIN_CLOCK=FILE        the calendar's clock is off by so many seconds as FILE says, read at every call
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { SHORT = 4096 };

/* The real function of that name. */
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

/* ---- death ---- */

static void look_at(const void *p, size_t len)
{
    static const char *text;
    static atomic_bool is_known;
    if (!is_known) {
        text = getenv("TOCSIN_DIE_AT");
        is_known = true;
    }
    if (text == NULL || len > SHORT || len < strlen(text))
        return;
    if (memmem(p, len, text, strlen(text)))
        abort();
}

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    look_at(from, len);
    return memmove(to, from, len);
}

void *__memcpy_chk(void *to, const void *from, size_t len, size_t room);
void *__memcpy_chk(void *to, const void *from, size_t len, size_t room)
{
    if (len > room)
        abort();
    look_at(from, len);
    return memmove(to, from, len);
}

/* ---- disks ---- */

/* True if this call of that kind has to fail. */
static bool fails(const char *call)
{
    static atomic_ulong count;
    const char *wanted = getenv("TOCSIN_FAIL");
    size_t len = strlen(call);
    if (wanted == NULL || strncmp(wanted, call, len) != 0 || wanted[len] != ':')
        return false;
    char *end;
    unsigned long number = strtoul(wanted + len + 1, &end, 10), now = ++count;
    if (now != number && !(*end == '+' && now > number))
        return false;
    errno = EIO;
    return true;
}

int fsync(int fd)
{
    return fails("fsync") ? -1 : REAL(int (*)(int), "fsync")(fd);
}

int fdatasync(int fd)
{
    return fails("fsync") ? -1 : REAL(int (*)(int), "fdatasync")(fd);
}

ssize_t write(int fd, const void *p, size_t len)
{
    return fd > 2 && fails("write") ? -1 : REAL(ssize_t(*)(int, const void *, size_t), "write")(fd, p, len);
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t off)
{
    return fails("write") ? -1 : REAL(ssize_t(*)(int, const void *, size_t, off_t), "pwrite")(fd, p, len, off);
}

ssize_t pwrite64(int fd, const void *p, size_t len, off64_t off)
{
    return fails("write") ? -1 : REAL(ssize_t(*)(int, const void *, size_t, off64_t), "pwrite64")(fd, p, len, off);
}

int ftruncate(int fd, off_t len)
{
    return fails("truncate") ? -1 : REAL(int (*)(int, off_t), "ftruncate")(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
    return fails("truncate") ? -1 : REAL(int (*)(int, off64_t), "ftruncate64")(fd, len);
}

/* ---- the clock ---- */

static long offset(void)
{
    const char *path = getenv("TOCSIN_CLOCK");
    FILE *f = path ? fopen(path, "re") : NULL;
    long seconds = 0;
    if (f) {
        if (fscanf(f, "%ld", &seconds) != 1)
            seconds = 0;
        fclose(f);
    }
    return seconds;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    int result = REAL(int (*)(clockid_t, struct timespec *), "clock_gettime")(id, out);
    if (result == 0 && id == CLOCK_REALTIME)
        out->tv_sec += offset();
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
