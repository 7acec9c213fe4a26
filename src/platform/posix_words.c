#define _GNU_SOURCE /* S_ISSOCK */
#include "platform/posix.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum tcs_code posix_fail(struct tcs_err *err, const char *what)
{
    int os = errno;
    enum tcs_code code = os == EACCES || os == EPERM ? TCS_DENIED : TCS_IO;
    return tcs_fail_os(err, code, os, "%s: %s", what, strerror(os));
}

enum tcs_file_kind posix_file_kind(mode_t mode)
{
    if (S_ISREG(mode))
        return TCS_FILE_REGULAR;
    if (S_ISDIR(mode))
        return TCS_FILE_FOLDER;
    return S_ISFIFO(mode) || S_ISSOCK(mode) || S_ISCHR(mode) ? TCS_FILE_PIPE : TCS_FILE_OTHER;
}
