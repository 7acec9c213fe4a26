#include "platform/platform.h"
#include "platform/win.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDER_DEPTH_MOST = 64, PATH_MOST = 65536, STEP_MOST = 1 << 30 };

static HANDLE handle_of(const struct tcs_file *f)
{
    return (HANDLE)f->handle;
}

/* Who writes, renames or deletes a log meanwhile may do so: reading must never be in its way. */
static HANDLE open_shared(const char *path, DWORD access, DWORD how, DWORD flags)
{
    wchar_t *name = win_path(path);
    if (name == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    HANDLE h = CreateFileW(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, how,
                           flags, NULL);
    free(name);
    return h;
}

static enum tcs_code use_handle(HANDLE h, struct tcs_file *out, struct tcs_err *err)
{
    BY_HANDLE_FILE_INFORMATION info;
    LARGE_INTEGER size = {0};
    *out = (struct tcs_file){.handle = (intptr_t)h, .kind = TCS_FILE_PIPE};
    if (GetFileType(h) != FILE_TYPE_DISK)
        return TCS_OK;
    if (!GetFileInformationByHandle(h, &info))
        return win_fail(err, "cannot be examined");
    out->kind = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? TCS_FILE_FOLDER : TCS_FILE_REGULAR;
    if (out->kind == TCS_FILE_REGULAR && !GetFileSizeEx(h, &size))
        return win_fail(err, "cannot be examined");
    out->size = (uint64_t)size.QuadPart;
    return TCS_OK;
}

enum tcs_code tcs_file_open(const char *path, struct tcs_file *out, struct tcs_err *err)
{
    HANDLE h = open_shared(path, GENERIC_READ, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    if (h == INVALID_HANDLE_VALUE)
        return win_fail(err, "cannot be opened");
    enum tcs_code code = use_handle(h, out, err);
    if (code != TCS_OK)
        CloseHandle(h);
    return code;
}

enum tcs_code tcs_file_examine(const char *path, enum tcs_file_kind *kind, struct tcs_err *err)
{
    /* A named pipe must not be opened only to look at it. */
    if (strncmp(path, "\\\\.\\pipe\\", 9) == 0) {
        *kind = TCS_FILE_PIPE;
        return TCS_OK;
    }
    wchar_t *name = win_path(path);
    DWORD attributes = name ? GetFileAttributesW(name) : INVALID_FILE_ATTRIBUTES;
    free(name);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return win_fail(err, "cannot be opened");
    *kind = attributes & FILE_ATTRIBUTE_DIRECTORY ? TCS_FILE_FOLDER : TCS_FILE_REGULAR;
    return TCS_OK;
}

enum tcs_code tcs_file_stdin(struct tcs_file *out, struct tcs_err *err)
{
    HANDLE copy;
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, GetStdHandle(STD_INPUT_HANDLE), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return win_fail(err, "standard input cannot be read");
    enum tcs_code code = use_handle(copy, out, err);
    if (code != TCS_OK)
        CloseHandle(copy);
    return code;
}

enum tcs_code tcs_file_read_at(const struct tcs_file *f, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err)
{
    *got = 0;
    while (*got < len) {
        uint64_t at = off + *got;
        OVERLAPPED place = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
        size_t left = len - *got;
        DWORD n = 0;
        if (!ReadFile(handle_of(f), (char *)buf + *got, (DWORD)(left < STEP_MOST ? left : STEP_MOST), &n,
                      &place)) {
            if (GetLastError() == ERROR_HANDLE_EOF)
                break;
            return win_fail(err, "cannot be read");
        }
        if (n == 0)
            break;
        *got += n;
    }
    return TCS_OK;
}

enum tcs_code tcs_file_read(const struct tcs_file *f, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    DWORD n = 0;
    *got = 0;
    if (!ReadFile(handle_of(f), buf, (DWORD)(len < STEP_MOST ? len : STEP_MOST), &n, NULL)) {
        DWORD error = GetLastError();
        if (error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF) /* the writer has gone: the end */
            return TCS_OK;
        return win_fail(err, "cannot be read");
    }
    *got = n;
    return TCS_OK;
}

void tcs_file_close(struct tcs_file *f)
{
    if (f->handle && handle_of(f) != INVALID_HANDLE_VALUE)
        CloseHandle(handle_of(f));
    f->handle = (intptr_t)INVALID_HANDLE_VALUE;
}

enum tcs_code tcs_file_temporary(struct tcs_file *out, struct tcs_err *err)
{
    wchar_t folder[MAX_PATH + 1], name[MAX_PATH + 1];
    HANDLE h = INVALID_HANDLE_VALUE;
    if (GetTempPathW(MAX_PATH, folder) && GetTempFileNameW(folder, L"toc", 0, name))
        h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_ALWAYS,
                        FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (h == INVALID_HANDLE_VALUE)
        return win_fail(err, "no temporary file can be made (TMP names the folder)");
    *out = (struct tcs_file){.handle = (intptr_t)h, .kind = TCS_FILE_REGULAR};
    return TCS_OK;
}

enum tcs_code tcs_file_append(struct tcs_file *f, const void *buf, size_t len, struct tcs_err *err)
{
    for (size_t done = 0; done < len;) {
        DWORD n = 0;
        size_t left = len - done;
        if (!WriteFile(handle_of(f), (const char *)buf + done, (DWORD)(left < STEP_MOST ? left : STEP_MOST),
                       &n, NULL))
            return win_fail(err, "the temporary file cannot be written");
        done += n;
    }
    f->size += len;
    return TCS_OK;
}

/* ---- folders ---- */

struct entry {
    char *name; /* owned */
    uint64_t size;
    bool is_folder, is_link;
};

struct listing {
    struct entry *entries; /* owned */
    size_t count, cap;
};

static void listing_done(struct listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->entries[i].name);
    free(l->entries);
}

static bool add_entry(struct listing *l, const WIN32_FIND_DATAW *found)
{
    if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
        return true;
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct entry *entries = realloc(l->entries, cap * sizeof *entries);
        if (entries == NULL)
            return false;
        l->entries = entries;
        l->cap = cap;
    }
    l->entries[l->count] = (struct entry){
        .name = win_utf8(found->cFileName),
        .size = (uint64_t)found->nFileSizeHigh << 32 | found->nFileSizeLow,
        .is_folder = (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0,
        .is_link = (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0,
    };
    return l->entries[l->count].name != NULL && ++l->count;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* "FOLDER/NAME" in out, with the slash that the folder was named with. False if it is too long. */
static bool join(char out[PATH_MOST], const char *folder, const char *name)
{
    size_t len = strlen(folder);
    bool ends = len && (folder[len - 1] == '\\' || folder[len - 1] == '/');
    const char *slash = ends ? "" : strchr(folder, '/') ? "/" : "\\";
    int n = snprintf(out, PATH_MOST, "%s%s%s", folder, slash, name);
    return n > 0 && n < PATH_MOST;
}

static bool list_folder(const char *folder, struct listing *l)
{
    char *pattern = malloc(PATH_MOST);
    wchar_t *name = pattern && join(pattern, folder, "*") ? win_path(pattern) : NULL;
    free(pattern);
    WIN32_FIND_DATAW found;
    HANDLE search = name ? FindFirstFileW(name, &found) : INVALID_HANDLE_VALUE;
    free(name);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    bool ok = true;
    do
        ok = add_entry(l, &found);
    while (ok && FindNextFileW(search, &found));
    DWORD error = ok ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY;
    FindClose(search);
    SetLastError(error);
    if (l->count)
        qsort(l->entries, l->count, sizeof *l->entries, by_name);
    return error == ERROR_NO_MORE_FILES;
}

/* One folder; false if the caller's functions want no more. */
static bool walk(const char *folder, unsigned depth, const struct tcs_walk *w)
{
    struct listing l = {0};
    struct tcs_err err = TCS_ERR_INIT;
    bool go_on = true;
    SetLastError(ERROR_TOO_MANY_NAMES);
    if (depth > FOLDER_DEPTH_MOST || !list_folder(folder, &l)) {
        win_fail(&err, "the folder cannot be read");
        go_on = w->trouble(w->ctx, folder, &err);
    }
    char *path = malloc(PATH_MOST);
    for (size_t i = 0; path && go_on && i < l.count; i++) {
        const struct entry *x = &l.entries[i];
        if (!join(path, folder, x->name))
            continue;
        if (!x->is_folder)
            go_on = w->found(w->ctx, path, x->size, x->is_link);
        else if (!x->is_link) /* junctions could lead in circles */
            go_on = walk(path, depth + 1, w);
    }
    free(path);
    listing_done(&l);
    return go_on;
}

enum tcs_code tcs_walk_folder(const char *path, const struct tcs_walk *w, struct tcs_err *err)
{
    (void)err;
    walk(path, 0, w);
    return TCS_OK;
}
