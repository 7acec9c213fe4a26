/*
 * What a port supplies for reading a running event log.
 *
 *     win_events.c   EvtSubscribe and friends of Vista and later
 *
 * A subscription hands out the events of a channel in their order, each as
 * the XML that the system renders, from behind a bookmark on.
 */
#ifndef TCS_PLATFORM_EVENTS_H
#define TCS_PLATFORM_EVENTS_H

#include "base/buf.h"
#include "base/error.h"

/* How a call went. What is not OK or NOTHING ends the subscription: it must be closed, and can be made anew.
 */
enum tcs_events_status {
    TCS_EVENTS_OK,
    TCS_EVENTS_NOTHING,  /* no event within the time */
    TCS_EVENTS_STALE,    /* the record of the bookmark is not there any more: records were lost */
    TCS_EVENTS_MISSING,  /* there is no such channel */
    TCS_EVENTS_DENIED,   /* no right to read it */
    TCS_EVENTS_STOPPING, /* the event log service is going down */
    TCS_EVENTS_FAILED,   /* anything else; err says what */
};

struct tcs_events; /* a subscription */

struct tcs_events_ops {
    /*
     * Subscribes to a channel, strictly: a bookmark that cannot be found is STALE and
     * never passed over. bookmark: as bookmark() gave it; empty: from the oldest
     * record on, or, with only_new, from now on.
     */
    enum tcs_events_status (*open)(void *ctx, const char *channel, struct tcs_str bookmark, bool only_new,
                                   struct tcs_events **out, struct tcs_err *err);
    /*
     * Appends events to xml, each followed by a line feed, up to about `most` bytes,
     * waiting up to timeout_ms for the first. *count: how many.
     */
    enum tcs_events_status (*next)(struct tcs_events *s, uint32_t timeout_ms, size_t most,
                                   struct tcs_buf *xml, unsigned *count, struct tcs_err *err);
    /* Appends the bookmark behind the last event that was given. */
    enum tcs_events_status (*bookmark)(struct tcs_events *s, struct tcs_buf *out, struct tcs_err *err);
    void (*close)(struct tcs_events *s);
};

/* The running system's own event log; NULL if it has none that can be read so. */
const struct tcs_events_ops *tcs_system_events(void);

#endif
