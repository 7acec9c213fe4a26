/*
 * Delivery at work: one thread a channel takes from the outbox what is due
 * and hands it over, so that a channel that hangs holds up no other.
 */
#ifndef TCS_DELIVERY_DELIVERY_H
#define TCS_DELIVERY_DELIVERY_H

#include "delivery/outbox.h"

struct tcs_delivery;

struct tcs_delivery_options {
    const char *store_path; /* of a store that is open with WATCH */
    const struct tcs_channel_config *channels;
    size_t channel_count;
    struct tcs_str host; /* name of this computer */
    uint64_t seed;       /* for the jitter of the waits */
    /* A remark for the log of the program: one line about a channel, not escaped. Called on any thread. */
    void (*remark)(void *ctx, struct tcs_str channel, const char *text);
    void *remark_ctx;
};

/*
 * Opens all channels and starts their threads. Everything in options must
 * outlive the delivery. If one channel cannot be opened none is started:
 * CONFIG, DENIED, ..., the text begins with its name.
 */
enum tcs_code tcs_delivery_start(const struct tcs_delivery_options *options, struct tcs_delivery **out,
                                 struct tcs_err *err);

/* Something was committed to the outbox: look now. Any thread. */
void tcs_delivery_wake(struct tcs_delivery *d);

/* Channels that write to files open them anew before their next message. Any thread. */
void tcs_delivery_reopen(struct tcs_delivery *d);

/*
 * Waits until nothing waits in any outbox, at most timeout milliseconds.
 * False if something still does: it was tried, or its wait is not over.
 */
bool tcs_delivery_drain(struct tcs_delivery *d, uint64_t timeout);

/*
 * Asks all channels to end, waits at most timeout milliseconds, and frees the
 * delivery. Gives the number of channels that hung: their threads are left
 * behind with what they use, for a process that is about to end.
 */
size_t tcs_delivery_stop(struct tcs_delivery *d, uint64_t timeout);

#endif
