/*
 * What a port supplies for the network, beside what libcurl does: datagrams,
 * and asking a connected socket how it is.
 */
#ifndef TCS_PLATFORM_NET_H
#define TCS_PLATFORM_NET_H

#include "base/bytes.h"
#include "base/error.h"

/* A socket for datagrams to one receiver. */
struct tcs_datagram {
    intptr_t handle; /* -1: not open */
};

/*
 * Looks the host up and makes a socket for it. IO: the name is not known, or
 * there is no way to it; the text says so.
 */
enum tcs_code tcs_datagram_open(const char *host, uint16_t port, struct tcs_datagram *out,
                                struct tcs_err *err);

/*
 * Sends one datagram. IO: it, or one before it, was refused: nobody listens
 * there, or it is too large. That nothing is said does not mean that it
 * arrived.
 */
enum tcs_code tcs_datagram_send(struct tcs_datagram *d, const void *p, size_t len, struct tcs_err *err);

/* Closing one that is not open does nothing. */
void tcs_datagram_close(struct tcs_datagram *d);

enum tcs_socket_event { TCS_SOCKET_READABLE, TCS_SOCKET_WRITABLE };

/* Waits at most so many milliseconds until a socket can be read or written, or has failed. True: it can or
 * has. */
bool tcs_socket_wait(intptr_t socket, enum tcs_socket_event event, unsigned timeout_ms);

/*
 * Bytes that were written to a connected stream socket and that the other
 * side's system has not confirmed; 0 also where the system does not tell.
 */
size_t tcs_socket_unconfirmed(intptr_t socket);

/* Number of this process. */
uint64_t tcs_process_id(void);

#endif
