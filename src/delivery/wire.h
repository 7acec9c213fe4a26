/*
 * A connection that bytes are sent over, by TCP or TLS, kept open between
 * sends. It knows what TCP can be asked: whether the other side has closed,
 * and whether its system has confirmed all that was sent. It cannot know
 * whether the program there has read it.
 */
#ifndef TCS_DELIVERY_WIRE_H
#define TCS_DELIVERY_WIRE_H

#include "delivery/transfer.h"
#include "model/address.h"

struct tcs_wire_settings {
    struct tcs_endpoint server;       /* with a port */
    bool is_tls;                      /* verified against the name in server */
    const char *ca_file;              /* as for tcs_transfer_begin */
    const char *cert_file, *key_file; /* who we are; NULL or empty: nobody; key_file empty: in cert_file */
    uint64_t timeout;                 /* milliseconds for connecting, and for a send */
};

struct tcs_wire {
    struct tcs_transfer transfer;
    intptr_t socket; /* of transfer; good while that has begun */
};

static inline bool tcs_wire_is_open(const struct tcs_wire *s)
{
    return s->transfer.curl != NULL;
}

/* Connects. IO: it did not work, the text says why; NOMEM. The stream is closed then. */
enum tcs_code tcs_wire_open(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                            const atomic_bool *stop, struct tcs_err *err);

/* False if the other side has closed the connection, or it has failed. Waits for nothing. */
bool tcs_wire_is_alive(struct tcs_wire *s);

/* Sends all bytes. IO: it did not work, nobody knows how much arrived. */
enum tcs_code tcs_wire_send(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                            struct tcs_str bytes, struct tcs_err *err);

/*
 * Waits until the other side's system has confirmed all that was sent and the
 * connection is still whole. IO: it is not, or did not in time.
 */
enum tcs_code tcs_wire_confirm(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                               struct tcs_err *err);

/* Closes; one that is not open is left alone. */
void tcs_wire_close(struct tcs_wire *s);

#endif
