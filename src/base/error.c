#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

TCS_PRINTF(5, 0)
static enum tcs_code raise_error(struct tcs_err *err, enum tcs_code code, int os, uint64_t off,
                                 const char *fmt, va_list args)
{
    if (err == NULL || err->code != TCS_OK)
        return code;
    err->code = code;
    err->os = os;
    err->off = off;
    vsnprintf(err->text, sizeof err->text, fmt, args);
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
