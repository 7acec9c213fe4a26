#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "platform/net.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

/* How long a refusal of a datagram is waited for: a computer nearby answers at once. */
enum { REFUSAL_MS = 5 };

enum tcs_code tcs_datagram_open(const char *host, uint16_t port, struct tcs_datagram *out,
                                struct tcs_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    out->handle = -1;
    int failed = getaddrinfo(host, service, &hints, &found);
    if (failed)
        return tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "%s is not known: %s", host, gai_strerror(failed));
    int os = 0;
    for (const struct addrinfo *a = found; a && out->handle < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            out->handle = fd;
        } else {
            os = errno;
            if (fd >= 0)
                close(fd);
        }
    }
    freeaddrinfo(found);
    if (out->handle < 0)
        return tcs_fail_os(err, TCS_IO, os, "there is no way to %s: %s", host, strerror(os));
    return TCS_OK;
}

enum tcs_code tcs_datagram_send(struct tcs_datagram *d, const void *p, size_t len, struct tcs_err *err)
{
    int fd = (int)d->handle;
    ssize_t n;
    while ((n = send(fd, p, len, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    if (n < 0)
        return tcs_fail_os(err, TCS_IO, errno, "the datagram was not sent: %s", strerror(errno));
    int refused = 0;
    socklen_t size = sizeof refused;
    struct pollfd wait = {.fd = fd};
    poll(&wait, 1, REFUSAL_MS);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &refused, &size) == 0 && refused)
        return tcs_fail_os(err, TCS_IO, refused, "nobody took the datagram: %s", strerror(refused));
    return TCS_OK;
}

void tcs_datagram_close(struct tcs_datagram *d)
{
    if (d->handle >= 0)
        close((int)d->handle);
    d->handle = -1;
}

bool tcs_socket_wait(intptr_t socket, enum tcs_socket_event event, unsigned timeout_ms)
{
    struct pollfd wait = {.fd = (int)socket, .events = event == TCS_SOCKET_READABLE ? POLLIN : POLLOUT};
    return poll(&wait, 1, timeout_ms > 60000 ? 60000 : (int)timeout_ms) > 0;
}

size_t tcs_socket_unconfirmed(intptr_t socket)
{
#ifdef SIOCOUTQ
    int bytes = 0;
    if (ioctl((int)socket, SIOCOUTQ, &bytes) == 0 && bytes > 0)
        return (size_t)bytes;
#else
    (void)socket;
#endif
    return 0;
}

uint64_t tcs_process_id(void)
{
    return (uint64_t)getpid();
}
