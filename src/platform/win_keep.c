#include "platform/keep.h"
#include "platform/platform.h"
#include "platform/win.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

static enum tcs_code fail_at(struct tcs_err *err, const char *path, const char *what)
{
    char text[200];
    snprintf(text, sizeof text, "%.120s %s", path, what);
    return win_fail(err, text);
}

/* A descriptor for what only SYSTEM, administrators and the owner may touch; to be freed with LocalFree. */
static PSECURITY_DESCRIPTOR private_descriptor(void)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)",
                                                         SDDL_REVISION_1, &descriptor, NULL);
    return descriptor;
}

static HANDLE open_path(const char *path, DWORD access, DWORD share, DWORD how, bool is_private)
{
    wchar_t *name = win_path(path);
    PSECURITY_DESCRIPTOR descriptor = is_private ? private_descriptor() : NULL;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, descriptor, FALSE};
    HANDLE h = INVALID_HANDLE_VALUE;
    if (name)
        h = CreateFileW(name, access, share, descriptor ? &attributes : NULL, how, FILE_ATTRIBUTE_NORMAL,
                        NULL);
    DWORD error = GetLastError();
    LocalFree(descriptor);
    free(name);
    SetLastError(error);
    return h;
}

/* ---- one process only ---- */

/* The lock is a byte far behind the text, so that the holder's number can be read while it is held. */
enum { LOCK_AT = 1 << 20 };

enum tcs_code tcs_lock_take(const char *path, struct tcs_lock *out, uint64_t *holder, struct tcs_err *err)
{
    char text[32] = "";
    DWORD n = 0;
    *holder = 0;
    *out = (struct tcs_lock){.handle = -1};
    HANDLE h = open_path(path, GENERIC_READ | GENERIC_WRITE | DELETE, share_all, CREATE_NEW, true);
    out->is_new = h != INVALID_HANDLE_VALUE;
    if (!out->is_new && GetLastError() == ERROR_FILE_EXISTS)
        h = open_path(path, GENERIC_READ | GENERIC_WRITE | DELETE, share_all, OPEN_EXISTING, false);
    if (h == INVALID_HANDLE_VALUE)
        return fail_at(err, path, "cannot be opened");
    OVERLAPPED at = {.Offset = LOCK_AT};
    if (!LockFileEx(h, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)) {
        DWORD error = GetLastError();
        if (ReadFile(h, text, sizeof text - 1, &n, NULL))
            *holder = strtoull(text, NULL, 10);
        CloseHandle(h);
        SetLastError(error);
        return error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING
                   ? TCS_AGAIN
                   : fail_at(err, path, "cannot be locked");
    }
    int len = snprintf(text, sizeof text, "%lu\n", (unsigned long)GetCurrentProcessId());
    SetEndOfFile(h);
    WriteFile(h, text, (DWORD)len, &n, NULL); /* for people only: what counts is the lock */
    out->handle = (intptr_t)h;
    return TCS_OK;
}

void tcs_lock_release(struct tcs_lock *lock)
{
    if (lock->handle != -1)
        CloseHandle((HANDLE)lock->handle);
    lock->handle = -1;
}

void tcs_lock_undo(struct tcs_lock *lock, const char *path)
{
    wchar_t *name = lock->handle != -1 && lock->is_new ? win_path(path) : NULL;
    tcs_lock_release(lock);
    if (name)
        DeleteFileW(name);
    free(name);
}

/* ---- whole files ---- */

bool tcs_path_exists(const char *path)
{
    wchar_t *name = win_path(path);
    bool exists = name && GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
    free(name);
    return exists;
}

enum tcs_code tcs_path_create_private(const char *path, struct tcs_err *err)
{
    HANDLE h = open_path(path, GENERIC_WRITE, 0, CREATE_NEW, true);
    if (h == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_EXISTS ? TCS_END : fail_at(err, path, "cannot be created");
    CloseHandle(h);
    return TCS_OK;
}

enum tcs_code tcs_path_rename(const char *from, const char *to, struct tcs_err *err)
{
    wchar_t *old_name = win_path(from), *new_name = win_path(to);
    bool done = old_name && new_name &&
                MoveFileExW(old_name, new_name, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
    DWORD error = GetLastError();
    free(old_name);
    free(new_name);
    SetLastError(error);
    return done ? TCS_OK : fail_at(err, from, "cannot be renamed");
}

/* Groups that everybody, or every user, belongs to. */
static bool is_anybody(PSID sid)
{
    static const WELL_KNOWN_SID_TYPE groups[] = {
        WinWorldSid,   WinAuthenticatedUserSid, WinBuiltinUsersSid, WinInteractiveSid,
        WinNetworkSid, WinAnonymousSid,         WinBuiltinGuestsSid};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (IsWellKnownSid(sid, groups[i]))
            return true;
    return false;
}

/* True if the file's list of rights lets everybody, or every user, read it; also if there is no list. */
static bool is_open_to_anybody(HANDLE h)
{
    PACL list = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    if (GetSecurityInfo(h, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list, NULL, &descriptor) !=
        0)
        return true;
    bool is_open = list == NULL;
    for (DWORD i = 0; list && !is_open && i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;
        if (!GetAce(list, i, (void **)&entry))
            break;
        is_open = entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
                  (entry->Mask & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)) &&
                  is_anybody((PSID)&entry->SidStart);
    }
    LocalFree(descriptor);
    return is_open;
}

enum tcs_code tcs_path_read_private(const char *path, size_t most, struct tcs_arena *arena,
                                    struct tcs_str *out, struct tcs_err *err)
{
    HANDLE h = open_path(path, GENERIC_READ | READ_CONTROL, share_all, OPEN_EXISTING, false);
    if (h == INVALID_HANDLE_VALUE)
        return fail_at(err, path, "cannot be opened");
    bool is_file = GetFileType(h) == FILE_TYPE_DISK;
    bool is_open = is_file && is_open_to_anybody(h);
    CloseHandle(h);
    if (!is_file)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.120s is no regular file", path);
    if (is_open)
        return tcs_fail(
            err, TCS_CONFIG, TCS_NO_OFFSET,
            "%.120s can be read by every user; take their rights away: icacls \"%.120s\" /inheritance:r "
            "/grant:r SYSTEM:F Administrators:F",
            path, path);
    return tcs_file_read_all(path, most, arena, out, err);
}

/* ---- adding to a file ---- */

enum tcs_code tcs_append_open(const char *path, struct tcs_append *out, struct tcs_err *err)
{
    HANDLE h = open_path(path, FILE_APPEND_DATA | FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                         share_all, OPEN_ALWAYS, false);
    out->handle = h == INVALID_HANDLE_VALUE ? -1 : (intptr_t)h;
    return out->handle != -1 ? TCS_OK : fail_at(err, path, "cannot be opened");
}

static bool ends_in_a_line(HANDLE h)
{
    LARGE_INTEGER size;
    char last = '\n';
    DWORD n;
    if (!GetFileSizeEx(h, &size) || size.QuadPart == 0)
        return true;
    uint64_t before = (uint64_t)size.QuadPart - 1;
    OVERLAPPED at = {.Offset = (DWORD)before, .OffsetHigh = (DWORD)(before >> 32)};
    return !ReadFile(h, &last, 1, &n, &at) || n != 1 || last == '\n';
}

static bool append_bytes(HANDLE h, const char *p, size_t len)
{
    OVERLAPPED end = {.Offset = 0xFFFFFFFF, .OffsetHigh = 0xFFFFFFFF};
    DWORD n = 0;
    return WriteFile(h, p, (DWORD)len, &n, &end) && n == len;
}

enum tcs_code tcs_append_lines(struct tcs_append *a, struct tcs_str lines, bool lasting, struct tcs_err *err)
{
    HANDLE h = (HANDLE)a->handle;
    bool done = ends_in_a_line(h) || append_bytes(h, "\n", 1);
    done = done && append_bytes(h, lines.p, lines.len);
    /* Where only adding is allowed nothing can be flushed; then the system decides when it is on the disk. */
    if (done && lasting && !FlushFileBuffers(h) && GetLastError() != ERROR_ACCESS_DENIED)
        done = false;
    return done ? TCS_OK : win_fail(err, "the file cannot be written");
}

bool tcs_append_is_current(const struct tcs_append *a, const char *path)
{
    BY_HANDLE_FILE_INFORMATION opened, named;
    HANDLE h = open_path(path, FILE_READ_ATTRIBUTES, share_all, OPEN_EXISTING, false);
    if (h == INVALID_HANDLE_VALUE)
        return false;
    bool same = GetFileInformationByHandle((HANDLE)a->handle, &opened) &&
                GetFileInformationByHandle(h, &named) &&
                opened.dwVolumeSerialNumber == named.dwVolumeSerialNumber &&
                opened.nFileIndexHigh == named.nFileIndexHigh && opened.nFileIndexLow == named.nFileIndexLow;
    CloseHandle(h);
    return same;
}

void tcs_append_close(struct tcs_append *a)
{
    if (a->handle != -1)
        CloseHandle((HANDLE)a->handle);
    a->handle = -1;
}
