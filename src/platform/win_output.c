#include "platform/platform.h"
#include "platform/win.h"

#include <stdlib.h>

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4 /* Windows 10 */
#endif

static HANDLE handle_of(const struct tcs_output *out)
{
    return (HANDLE)out->handle;
}

/* A console that understands the escapes for colours counts as a terminal. */
static bool is_terminal(HANDLE h)
{
    DWORD mode;
    return GetConsoleMode(h, &mode) && SetConsoleMode(h, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

void tcs_output_standard(struct tcs_output *out, enum tcs_standard which)
{
    HANDLE h = GetStdHandle(which == TCS_STDOUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
    *out = (struct tcs_output){.handle = (intptr_t)h, .is_terminal = is_terminal(h)};
}

enum tcs_code tcs_output_create(const char *path, bool force, struct tcs_output *out, struct tcs_err *err)
{
    wchar_t *name = win_path(path);
    if (name == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to open the output");
    HANDLE h = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ, NULL, force ? CREATE_ALWAYS : CREATE_NEW,
                           FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD error = GetLastError();
    free(name);
    if (h == INVALID_HANDLE_VALUE && error == ERROR_FILE_EXISTS)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s exists already; --force replaces it", path);
    char text[256];
    win_error_text(error, text, sizeof text);
    if (h == INVALID_HANDLE_VALUE)
        return tcs_fail_os(err, TCS_IO, (int)error, "%s cannot be created: %s", path, text);
    *out = (struct tcs_output){.handle = (intptr_t)h, .is_owned = true};
    return TCS_OK;
}

/* A console takes UTF-16, whatever its code page is. */
static bool write_console(HANDLE h, const char *p, size_t len)
{
    enum { STEP = 8192 };
    wchar_t wide[STEP];
    while (len) {
        size_t step = len < STEP ? len : STEP;
        while (step < len && step > 1 && ((unsigned char)p[step] & 0xC0) == 0x80)
            step--; /* not inside a character */
        int units = MultiByteToWideChar(CP_UTF8, 0, p, (int)step, wide, STEP);
        DWORD n;
        if (units <= 0 || !WriteConsoleW(h, wide, (DWORD)units, &n, NULL))
            return false;
        p += step;
        len -= step;
    }
    return true;
}

enum tcs_code tcs_output_write(struct tcs_output *out, const void *p, size_t len, struct tcs_err *err)
{
    if (out->is_terminal)
        return write_console(handle_of(out), p, len) ? TCS_OK : win_fail(err, "the output cannot be written");
    for (size_t done = 0; done < len;) {
        DWORD n = 0;
        size_t left = len - done;
        DWORD step = left < (1u << 30) ? (DWORD)left : 1u << 30;
        if (!WriteFile(handle_of(out), (const char *)p + done, step, &n, NULL)) {
            DWORD error = GetLastError();
            if (error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA)
                return TCS_END;
            return win_fail(err, "the output cannot be written");
        }
        done += n;
    }
    return TCS_OK;
}

enum tcs_code tcs_output_close(struct tcs_output *out, struct tcs_err *err)
{
    if (out->is_owned && !CloseHandle(handle_of(out)))
        return win_fail(err, "the output cannot be written");
    return TCS_OK;
}

unsigned tcs_output_columns(const struct tcs_output *out)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!out->is_terminal || !GetConsoleScreenBufferInfo(handle_of(out), &info))
        return 0;
    int columns = info.srWindow.Right - info.srWindow.Left + 1;
    return columns > 0 ? (unsigned)columns : 0;
}
