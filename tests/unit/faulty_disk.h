/*
 * A disk for SQLite that fails when it is told to: the nth operation and
 * those behind it, or the power goes and takes with it what was not synced.
 * It stands between SQLite and its usual files.
 */
#ifndef TCS_TESTS_FAULTY_DISK_H
#define TCS_TESTS_FAULTY_DISK_H

#include "scratch.h"
#include "unit.h"

#include <sqlite3.h>

enum { UNSYNCED_MOST = 4096 };

struct unsynced {
    char path[128];
    sqlite3_int64 off;
    int len;
    void *data; /* owned; NULL: cut to the length off */
};

static struct {
    sqlite3_vfs *real;
    sqlite3_vfs vfs;
    long until;     /* operations that still work; negative: all */
    long count;     /* operations so far */
    long failing;   /* so many fail then; negative: all */
    bool only_full; /* writes say that the disk is full, everything else works */
    bool keeps_power_log;
    struct unsynced log[UNSYNCED_MOST];
    size_t log_count;
} disk;

struct faulty_file {
    sqlite3_file base;
    char path[128];
    sqlite3_file *real;
};

static inline sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct faulty_file *)f)->real;
}

/* True if this operation is to fail. */
static inline bool disk_fails(void)
{
    disk.count++;
    if (disk.until < 0)
        return false;
    if (disk.until > 0) {
        disk.until--;
        return false;
    }
    if (disk.failing > 0 && --disk.failing == 0)
        disk.until = -1;
    return true;
}

/* ---- what a power cut leaves ---- */

static inline void log_change(sqlite3_file *f, const void *data, int len, sqlite3_int64 off)
{
    if (!disk.keeps_power_log)
        return;
    assert_true(disk.log_count < UNSYNCED_MOST);
    struct unsynced *u = &disk.log[disk.log_count++];
    snprintf(u->path, sizeof u->path, "%s", ((struct faulty_file *)f)->path);
    u->off = off;
    u->len = len;
    u->data = NULL;
    if (data) {
        u->data = malloc((size_t)len + 1);
        memcpy(u->data, data, (size_t)len);
    }
}

static inline void apply_change(const struct unsynced *u, const char *path, int len)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    if (u->data == NULL)
        assert_int_equal(ftruncate(fd, u->off), 0);
    else
        assert_int_equal(pwrite(fd, u->data, (size_t)len, u->off), len);
    close(fd);
}

/* The bytes that are on the plate stand in a file beside it. */
static inline void make_lasting(const char *path)
{
    char lasting[160];
    size_t kept = 0;
    snprintf(lasting, sizeof lasting, "%s.plate", path);
    for (size_t i = 0; i < disk.log_count; i++) {
        if (strcmp(disk.log[i].path, path) != 0) {
            disk.log[kept++] = disk.log[i];
            continue;
        }
        apply_change(&disk.log[i], lasting, disk.log[i].len);
        free(disk.log[i].data);
    }
    disk.log_count = kept;
}

/* The power is gone: of what was not synced a part is there, in whole or in pieces of 512 bytes, in any
 * order. */
static inline void disk_cut_power(struct scratch *s, uint64_t *random)
{
    for (size_t i = 0; i < disk.log_count; i++) {
        struct unsynced *u = &disk.log[i];
        char lasting[160];
        snprintf(lasting, sizeof lasting, "%s.plate", u->path);
        size_t sectors = ((size_t)u->len + 511) / 512;
        size_t some = unit_random_below(random, sectors + 1) * 512;
        if (unit_random_below(random, 2))
            apply_change(u, lasting, some < (size_t)u->len ? (int)some : u->len);
        free(u->data);
    }
    disk.log_count = 0;
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[128], lasting[160];
        snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        snprintf(lasting, sizeof lasting, "%s.plate", path);
        if (i == 0 && access(path, F_OK) == 0 &&
            truncate(path, 0) != 0) /* its name lasts: tcs_path_create_private */
            abort();
        if (i > 0)
            unlink(path);
        if (access(lasting, F_OK) == 0 && rename(lasting, path) != 0)
            abort();
    }
}

/* Starts the log of what is not on the plate. The folder must be empty. */
static inline void disk_keep_power_log(bool keeps)
{
    for (size_t i = 0; i < disk.log_count; i++)
        free(disk.log[i].data);
    disk.log_count = 0;
    disk.keeps_power_log = keeps;
}

/* ---- SQLite's view of it ---- */

static int disk_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int disk_read(sqlite3_file *f, void *p, int len, sqlite3_int64 off)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, len, off);
}

static int disk_write(sqlite3_file *f, const void *p, int len, sqlite3_int64 off)
{
    if (disk_fails()) {
        /* Half of it may have come through. */
        real_of(f)->pMethods->xWrite(real_of(f), p, len / 2, off);
        log_change(f, p, len / 2, off);
        return disk.only_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    log_change(f, p, len, off);
    return real_of(f)->pMethods->xWrite(real_of(f), p, len, off);
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (!disk.only_full && disk_fails())
        return SQLITE_IOERR_TRUNCATE;
    log_change(f, NULL, 0, size);
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int disk_sync(sqlite3_file *f, int flags)
{
    (void)flags; /* the machine that runs the test does not lose its power */
    if (!disk.only_full && disk_fails())
        return SQLITE_IOERR_FSYNC;
    if (disk.keeps_power_log)
        make_lasting(((struct faulty_file *)f)->path);
    return SQLITE_OK;
}

static int disk_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int disk_lock(sqlite3_file *f, int how)
{
    return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int disk_unlock(sqlite3_file *f, int how)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int disk_reserved(sqlite3_file *f, int *is_reserved)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), is_reserved);
}

static int disk_control(sqlite3_file *f, int op, void *p)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, p);
}

static int disk_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int disk_traits(sqlite3_file *f)
{
    (void)f;
    return 0; /* it promises nothing */
}

static int disk_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **p)
{
    if (!disk.only_full && disk_fails())
        return SQLITE_IOERR_SHMMAP;
    return real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, p);
}

static int disk_shm_lock(sqlite3_file *f, int off, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), off, n, flags);
}

static void disk_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int disk_shm_unmap(sqlite3_file *f, int remove)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = disk_close,
        .xRead = disk_read,
        .xWrite = disk_write,
        .xTruncate = disk_truncate,
        .xSync = disk_sync,
        .xFileSize = disk_size,
        .xLock = disk_lock,
        .xUnlock = disk_unlock,
        .xCheckReservedLock = disk_reserved,
        .xFileControl = disk_control,
        .xSectorSize = disk_sector,
        .xDeviceCharacteristics = disk_traits,
        .xShmMap = disk_shm_map,
        .xShmLock = disk_shm_lock,
        .xShmBarrier = disk_shm_barrier,
        .xShmUnmap = disk_shm_unmap,
    };
    struct faulty_file *file = (struct faulty_file *)f;
    (void)vfs;
    file->base.pMethods = NULL;
    if (!disk.only_full && disk_fails())
        return SQLITE_CANTOPEN;
    snprintf(file->path, sizeof file->path, "%s", name ? name : "");
    file->real = (sqlite3_file *)(file + 1);
    int rc = disk.real->xOpen(disk.real, name, file->real, flags, out_flags);
    if (rc == SQLITE_OK)
        file->base.pMethods = &methods;
    return rc;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    if (!disk.only_full && disk_fails())
        return SQLITE_IOERR_DELETE;
    return disk.real->xDelete(disk.real, name, sync);
}

/* Makes it the disk that SQLite uses; everything works at first. */
static inline void disk_install(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "faulty";
    disk.vfs.szOsFile = (int)sizeof(struct faulty_file) + disk.real->szOsFile;
    disk.vfs.xOpen = disk_open;
    disk.vfs.xDelete = disk_delete;
    disk.until = -1;
    assert_int_equal(sqlite3_vfs_register(&disk.vfs, 1), SQLITE_OK);
}

/* After so many operations, so many fail (negative: all). */
static inline void disk_fail_after(long operations, long failing, bool only_full)
{
    disk.until = operations;
    disk.failing = failing;
    disk.only_full = only_full;
    disk.count = 0;
}

static inline void disk_work(void)
{
    disk.until = -1;
    disk.only_full = false;
}

#endif
