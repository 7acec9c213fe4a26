#include <winsock2.h> /* before windows.h */
#include <ws2tcpip.h>

#include "platform/net.h"
#include "platform/win.h"

#include <stdio.h>

/* How long a refusal of a datagram is waited for: a computer nearby answers at once. */
enum { REFUSAL_MS = 5, WAIT_MOST_MS = 60000 };

static enum tcs_code fail_socket(struct tcs_err *err, const char *what)
{
    SetLastError((DWORD)WSAGetLastError());
    return win_fail(err, what);
}

static bool start_sockets(void)
{
    static bool is_started;
    WSADATA data;
    is_started = is_started || WSAStartup(MAKEWORD(2, 2), &data) == 0;
    return is_started;
}

enum tcs_code tcs_datagram_open(const char *host, uint16_t port, struct tcs_datagram *out,
                                struct tcs_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM}, *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    out->handle = -1;
    if (!start_sockets() || getaddrinfo(host, service, &hints, &found) != 0)
        return fail_socket(err, "the host of the channel is not known");
    for (const struct addrinfo *a = found; a && out->handle == -1; a = a->ai_next) {
        SOCKET s = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (s != INVALID_SOCKET && connect(s, a->ai_addr, (int)a->ai_addrlen) == 0)
            out->handle = (intptr_t)s;
        else if (s != INVALID_SOCKET)
            closesocket(s);
    }
    freeaddrinfo(found);
    return out->handle != -1 ? TCS_OK : fail_socket(err, "there is no way to the host of the channel");
}

enum tcs_code tcs_datagram_send(struct tcs_datagram *d, const void *p, size_t len, struct tcs_err *err)
{
    SOCKET s = (SOCKET)d->handle;
    if (send(s, p, (int)len, 0) == SOCKET_ERROR)
        return fail_socket(err, "the datagram was not sent");
    WSAPOLLFD wait = {.fd = s, .events = POLLRDNORM};
    char answer;
    u_long at_once = 1;
    if (WSAPoll(&wait, 1, REFUSAL_MS) > 0 && ioctlsocket(s, (long)FIONBIO, &at_once) == 0 &&
        recv(s, &answer, 1, MSG_PEEK) == SOCKET_ERROR && WSAGetLastError() == WSAECONNRESET)
        return fail_socket(err, "nobody took the datagram");
    return TCS_OK;
}

void tcs_datagram_close(struct tcs_datagram *d)
{
    if (d->handle != -1)
        closesocket((SOCKET)d->handle);
    d->handle = -1;
}

bool tcs_socket_wait(intptr_t socket, enum tcs_socket_event event, unsigned timeout_ms)
{
    WSAPOLLFD wait = {.fd = (SOCKET)socket, .events = event == TCS_SOCKET_READABLE ? POLLRDNORM : POLLWRNORM};
    return WSAPoll(&wait, 1, (int)(timeout_ms < WAIT_MOST_MS ? timeout_ms : WAIT_MOST_MS)) > 0;
}

size_t tcs_socket_unconfirmed(intptr_t socket)
{
    (void)socket;
    return 0; /* Windows does not tell */
}

uint64_t tcs_process_id(void)
{
    return GetCurrentProcessId();
}
