#include "platform/service.h"

#include "platform/keep.h"
#include "platform/platform.h"
#include "platform/win.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- requests ---- */

static HANDLE request_event;
static atomic_uint requested;

/* Called by the system in a thread of its own. */
static BOOL WINAPI on_console(DWORD event)
{
    bool is_reload = event == CTRL_BREAK_EVENT;
    atomic_fetch_or(&requested, is_reload ? TCS_REQUEST_RELOAD : TCS_REQUEST_STOP);
    SetEvent(request_event);
    return TRUE;
}

enum tcs_code tcs_requests_open(intptr_t *out, struct tcs_err *err)
{
    *out = -1;
    if (request_event == NULL)
        request_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (request_event == NULL || !SetConsoleCtrlHandler(on_console, TRUE))
        return win_fail(err, "requests to end cannot be taken");
    *out = (intptr_t)request_event;
    return TCS_OK;
}

unsigned tcs_requests_take(intptr_t handle)
{
    if (handle == -1)
        return 0;
    ResetEvent((HANDLE)handle);
    return atomic_exchange(&requested, 0);
}

/* Only requests are waited for: files are looked at every interval, and so are pipes. */
enum tcs_code tcs_wait_set_open(struct tcs_wait_set *out, struct tcs_err *err)
{
    (void)err;
    out->handle = (intptr_t)request_event;
    return TCS_OK;
}

void tcs_wait_set_add(struct tcs_wait_set *set, intptr_t handle)
{
    (void)set, (void)handle;
}

void tcs_wait_set_close(struct tcs_wait_set *set)
{
    set->handle = -1;
}

/* ---- service manager ---- */

bool tcs_service_notify(const char *state)
{
    (void)state;
    return false;
}

uint64_t tcs_service_watchdog_ms(void)
{
    return 0;
}

bool tcs_service_has_journal(void)
{
    return false;
}

void tcs_host_name(char *out, size_t size)
{
    wchar_t name[256];
    DWORD len = sizeof name / sizeof name[0];
    char *text = GetComputerNameExW(ComputerNameDnsFullyQualified, name, &len) ? win_utf8(name) : NULL;
    snprintf(out, size, "%s", text && text[0] ? text : "localhost");
    free(text);
}

/* ---- trials ---- */

enum tcs_trial tcs_try_in_copy(void (*run)(void *ctx), void *ctx, uint64_t timeout_ms, char why[128])
{
    (void)run, (void)ctx, (void)timeout_ms;
    why[0] = '\0';
    return TCS_TRIAL_IMPOSSIBLE;
}

/* ---- whole files ---- */

enum tcs_code tcs_file_replace(const char *path, struct tcs_str text, unsigned mode, struct tcs_err *err)
{
    char other[4096];
    (void)mode; /* the folder's rights decide */
    int len = snprintf(other, sizeof other, "%s.%lu.new", path, (unsigned long)GetCurrentProcessId());
    if (len < 0 || (size_t)len >= sizeof other)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the path is too long");
    struct tcs_output out;
    enum tcs_code code = tcs_output_create(other, true, &out, err);
    if (code != TCS_OK)
        return code;
    code = tcs_output_write(&out, text.p, text.len, err);
    enum tcs_code closing = tcs_output_close(&out, err);
    code = code == TCS_OK ? closing : code;
    return code == TCS_OK ? tcs_path_rename(other, path, err) : code;
}

bool tcs_file_written_at(const char *path, int64_t *unix_seconds)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    wchar_t *name = win_path(path);
    bool ok = name && GetFileAttributesExW(name, GetFileExInfoStandard, &data);
    free(name);
    if (ok) {
        FILETIME t = data.ftLastWriteTime;
        *unix_seconds = tcs_time_of_filetime((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime).ticks /
                        TCS_TICKS_PER_SECOND;
    }
    return ok;
}

enum tcs_code tcs_folder_temporary(char *out, size_t size, struct tcs_err *err)
{
    wchar_t folder[MAX_PATH + 1];
    uint64_t number = tcs_random_key().k0;
    if (!GetTempPathW(MAX_PATH, folder))
        return win_fail(err, "no temporary folder can be made (TMP names its place)");
    char *text = win_utf8(folder);
    int len = text ? snprintf(out, size, "%stocsin-%016llx", text, (unsigned long long)number) : -1;
    free(text);
    for (char *p = out; len > 0 && (size_t)len < size && *p; p++)
        *p = *p == '\\' ? '/' : *p; /* as the watch writes its paths */
    wchar_t *name = len > 0 && (size_t)len < size ? win_path(out) : NULL;
    bool ok = name && CreateDirectoryW(name, NULL);
    free(name);
    return ok ? TCS_OK : win_fail(err, "no temporary folder can be made (TMP names its place)");
}

static bool remove_one(void *ctx, const char *path, uint64_t size, bool is_link)
{
    (void)ctx, (void)size, (void)is_link;
    tcs_file_remove(path);
    return true;
}

static bool pass_over(void *ctx, const char *path, const struct tcs_err *err)
{
    (void)ctx, (void)path, (void)err;
    return true;
}

void tcs_folder_remove(const char *path)
{
    const struct tcs_walk walk = {NULL, remove_one, pass_over};
    tcs_walk_folder(path, &walk, NULL);
    wchar_t *name = win_path(path);
    if (name)
        RemoveDirectoryW(name);
    free(name);
}

void tcs_file_remove(const char *path)
{
    wchar_t *name = win_path(path);
    if (name)
        DeleteFileW(name);
    free(name);
}
