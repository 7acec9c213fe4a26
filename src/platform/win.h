/* What the files for Windows share; not for others. */
#ifndef TCS_PLATFORM_WIN_H
#define TCS_PLATFORM_WIN_H

#include "base/error.h"

#include <stdbool.h>
#include <wchar.h>
#include <windows.h>

/* A path in UTF-16, long ones in the form \\?\ that has no limit of 260 characters; to be freed. NULL without
 * memory. */
wchar_t *win_path(const char *utf8);

/* UTF-16 as UTF-8; to be freed. NULL without memory. What is no text becomes U+FFFD. */
char *win_utf8(const wchar_t *text);

/* Raises DENIED or IO with the system's words for GetLastError(). Gives the code. */
enum tcs_code win_fail(struct tcs_err *err, const char *what);

/* The system's words for one of its errors, as UTF-8 in out. */
void win_error_text(DWORD error, char *out, size_t size);

#endif
