#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that was cut may end inside a character: takes the rest of it away. */
static void drop_cut_character(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0; /* continuation bytes at the end */
    while (tail < 3 && tail < len && ((uint8_t)text[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    uint8_t lead = tail < len ? (uint8_t)text[len - 1 - tail] : 0;
    size_t needs = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (needs > tail)
        text[len - 1 - tail] = '\0';
}

TCS_PRINTF(5, 0)
static enum tcs_code raise_error(struct tcs_err *err, enum tcs_code code, int os, uint64_t off,
                                 const char *fmt, va_list args)
{
    if (err == NULL || err->code != TCS_OK)
        return code;
    err->code = code;
    err->os = os;
    err->off = off;
    int len = vsnprintf(err->text, sizeof err->text, fmt, args);
    if (len >= (int)sizeof err->text)
        drop_cut_character(err->text);
    return code;
}

enum tcs_code tcs_fail(struct tcs_err *err, enum tcs_code code, uint64_t off, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    raise_error(err, code, 0, off, fmt, args);
    va_end(args);
    return code;
}

enum tcs_code tcs_fail_os(struct tcs_err *err, enum tcs_code code, int os, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    raise_error(err, code, os, TCS_NO_OFFSET, fmt, args);
    va_end(args);
    return code;
}

void tcs_err_clear(struct tcs_err *err)
{
    err->code = TCS_OK;
    err->os = 0;
    err->off = TCS_NO_OFFSET;
    err->text[0] = '\0';
}
