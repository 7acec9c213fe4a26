#define _GNU_SOURCE /* O_CLOEXEC */
#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void tcs_output_standard(struct tcs_output *out, enum tcs_standard which)
{
    int fd = which == TCS_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
    *out = (struct tcs_output){.handle = fd, .is_terminal = isatty(fd) == 1};
}

enum tcs_code tcs_output_create(const char *path, bool force, struct tcs_output *out, struct tcs_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0600);
    if (fd < 0 && errno == EEXIST)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s exists already; --force replaces it", path);
    if (fd < 0)
        return tcs_fail_os(err, TCS_IO, errno, "%s cannot be created: %s", path, strerror(errno));
    *out = (struct tcs_output){.handle = fd, .is_terminal = isatty(fd) == 1, .is_owned = true};
    return TCS_OK;
}

enum tcs_code tcs_output_write(struct tcs_output *out, const void *p, size_t len, struct tcs_err *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write((int)out->handle, (const char *)p + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return TCS_END;
        if (n < 0)
            return tcs_fail_os(err, TCS_IO, errno, "the output cannot be written: %s", strerror(errno));
        done += (size_t)n;
    }
    return TCS_OK;
}

enum tcs_code tcs_output_close(struct tcs_output *out, struct tcs_err *err)
{
    if (out->is_owned && close((int)out->handle) != 0)
        return tcs_fail_os(err, TCS_IO, errno, "the output cannot be written: %s", strerror(errno));
    return TCS_OK;
}

unsigned tcs_output_columns(const struct tcs_output *out)
{
    struct winsize size;
    if (!out->is_terminal || ioctl((int)out->handle, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}
