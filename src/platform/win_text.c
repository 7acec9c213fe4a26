#include "platform/win.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *win_utf8(const wchar_t *text)
{
    int len = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = len > 0 ? malloc((size_t)len) : NULL;
    if (out)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, out, len, NULL, NULL);
    return out;
}

static wchar_t *wide(const char *utf8)
{
    int len = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0);
    wchar_t *out = len > 0 ? calloc((size_t)len, sizeof *out) : NULL;
    if (out)
        MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out, len);
    return out;
}

wchar_t *win_path(const char *utf8)
{
    static const wchar_t prefix[] = L"\\\\?\\";
    enum { PREFIX = 4 };
    wchar_t *path = wide(utf8);
    if (path == NULL || wcslen(path) < MAX_PATH - 12 || wcsncmp(path, prefix, PREFIX) == 0)
        return path;
    /* The long form is taken as it stands, so the path must be made whole first. */
    DWORD need = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *whole = need ? calloc(need + PREFIX + 1, sizeof *whole) : NULL;
    if (whole && GetFullPathNameW(path, need, whole + PREFIX, NULL) && whole[PREFIX + 1] == L':')
        memcpy(whole, prefix, PREFIX * sizeof *whole);
    else if (whole) { /* a share: better short than wrong */
        free(whole);
        return path;
    }
    free(path);
    return whole;
}

void win_error_text(DWORD error, char *out, size_t size)
{
    wchar_t *text = NULL;
    const DWORD flags =
        FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    FormatMessageW(flags, NULL, error, 0, (wchar_t *)(void *)&text, 0, NULL);
    char *utf8 = text ? win_utf8(text) : NULL;
    if (utf8) {
        size_t len = strcspn(utf8, "\r\n");
        while (len && (utf8[len - 1] == '.' || utf8[len - 1] == ' '))
            len--;
        snprintf(out, size, "%.*s", (int)len, utf8);
    } else {
        snprintf(out, size, "Windows error %lu", (unsigned long)error);
    }
    free(utf8);
    LocalFree(text);
}

enum tcs_code win_fail(struct tcs_err *err, const char *what)
{
    DWORD error = GetLastError();
    bool is_denied = error == ERROR_ACCESS_DENIED || error == ERROR_PRIVILEGE_NOT_HELD;
    char text[256];
    win_error_text(error, text, sizeof text);
    return tcs_fail_os(err, is_denied ? TCS_DENIED : TCS_IO, (int)error, "%s: %s", what, text);
}
