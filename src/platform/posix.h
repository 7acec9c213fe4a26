/* What the files for Linux and its like share; not for others. */
#ifndef TCS_PLATFORM_POSIX_H
#define TCS_PLATFORM_POSIX_H

#include "platform/platform.h"

#include <sys/types.h>

/* Raises DENIED or IO with what was not possible and the system's words for errno. Gives the code. */
enum tcs_code posix_fail(struct tcs_err *err, const char *what);

/* What a file with this st_mode is to us. */
enum tcs_file_kind posix_file_kind(mode_t mode);

#endif
