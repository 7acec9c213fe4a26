#include "platform/watch.h"
#include "platform/win.h"

#include <stdlib.h>
#include <string.h>

/*
 * Without notices of changes: the file system is looked at every interval,
 * which also works on shares. Channels of the running log have events of their own.
 */

/* ---- files ---- */

static int64_t nanoseconds(FILETIME t)
{
    uint64_t ticks = (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
    return ticks < INT64_MAX / 100 ? (int64_t)ticks * 100 : INT64_MAX;
}

static bool use_handle(HANDLE h, struct tcs_file_state *out)
{
    BY_HANDLE_FILE_INFORMATION info;
    FILETIME now;
    *out = (struct tcs_file_state){.kind = TCS_FILE_PIPE};
    if (GetFileType(h) != FILE_TYPE_DISK)
        return true;
    if (!GetFileInformationByHandle(h, &info))
        return false;
    GetSystemTimeAsFileTime(&now);
    *out = (struct tcs_file_state){
        .device = info.dwVolumeSerialNumber,
        .inode = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow,
        .size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow,
        .modified = nanoseconds(info.ftLastWriteTime),
        .changed = nanoseconds(info.ftLastWriteTime),
        .kind = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? TCS_FILE_FOLDER : TCS_FILE_REGULAR,
        .is_link = (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0,
    };
    int64_t age = nanoseconds(now) - out->modified;
    out->age_ms = age > 0 ? (uint64_t)age / 1000000 : 0;
    return true;
}

enum tcs_code tcs_file_state_at(const char *path, struct tcs_file_state *out, struct tcs_err *err)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    wchar_t *name = win_path(path);
    HANDLE h = INVALID_HANDLE_VALUE;
    if (name)
        h = CreateFileW(name, FILE_READ_ATTRIBUTES, share, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                        NULL);
    DWORD error = GetLastError();
    free(name);
    bool ok = h != INVALID_HANDLE_VALUE && use_handle(h, out);
    if (h != INVALID_HANDLE_VALUE)
        CloseHandle(h);
    if (ok)
        return TCS_OK;
    SetLastError(error);
    enum tcs_code code = win_fail(err, "cannot be examined");
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? TCS_END : code;
}

enum tcs_code tcs_file_state_of(const struct tcs_file *f, struct tcs_file_state *out, struct tcs_err *err)
{
    return use_handle((HANDLE)f->handle, out) ? TCS_OK : win_fail(err, "cannot be examined");
}

/* ---- pipes ---- */

enum tcs_code tcs_pipe_open(const char *path, struct tcs_file *out, struct tcs_err *err)
{
    return tcs_file_open(path, out, err);
}

enum tcs_code tcs_pipe_read(const struct tcs_file *f, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    DWORD there = 0;
    *got = 0;
    if (f->kind == TCS_FILE_PIPE && !PeekNamedPipe((HANDLE)f->handle, NULL, 0, NULL, &there, NULL))
        return GetLastError() == ERROR_BROKEN_PIPE ? TCS_END : win_fail(err, "cannot be read");
    if (f->kind == TCS_FILE_PIPE && there == 0)
        return TCS_AGAIN;
    enum tcs_code code = tcs_file_read(f, buf, len, got, err);
    return code == TCS_OK && *got == 0 ? TCS_END : code;
}

bool tcs_wait_readable(intptr_t first, intptr_t second, uint32_t timeout_ms)
{
    HANDLE both[2];
    DWORD count = 0;
    if (first != -1)
        both[count++] = (HANDLE)first;
    if (second != -1)
        both[count++] = (HANDLE)second;
    if (count == 0) {
        Sleep(timeout_ms);
        return false;
    }
    return WaitForMultipleObjects(count, both, FALSE, timeout_ms) < WAIT_OBJECT_0 + count;
}

/* ---- notices ---- */

struct tcs_watcher {
    char unused;
};

struct tcs_watcher *tcs_watcher_new(bool notices)
{
    (void)notices;
    return calloc(1, sizeof(struct tcs_watcher));
}

void tcs_watcher_free(struct tcs_watcher *w)
{
    free(w);
}

bool tcs_watcher_add(struct tcs_watcher *w, const char *folder, int *id)
{
    (void)w, (void)folder;
    *id = -1;
    return false;
}

void tcs_watcher_remove(struct tcs_watcher *w, int id)
{
    (void)w, (void)id;
}

unsigned tcs_watcher_wait(struct tcs_watcher *w, uint32_t timeout_ms, intptr_t other,
                          void (*written)(void *ctx, int id, const char *name), void *ctx)
{
    (void)w, (void)written, (void)ctx;
    return tcs_wait_readable(other, -1, timeout_ms) ? TCS_WOKEN_OTHER : 0;
}
