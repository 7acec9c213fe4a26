/*
 * A channel of the running event log, as blobs (source/blob.h).
 *
 * The cursor is the bookmark of the system and the number of the last record.
 * If the record of the bookmark is gone, records were lost: that is told, and
 * reading goes on with the oldest there is. A channel that is missing, a right
 * that is missing, a service that goes down: told once, tried again with
 * growing pauses, and told again when it works.
 */
#ifndef TCS_SOURCE_LIVE_H
#define TCS_SOURCE_LIVE_H

#include "platform/events.h"
#include "source/blob.h"

struct tcs_live_options {
    const struct tcs_decode_limits *limits; /* must outlive the source */
    const struct tcs_events_ops *events;    /* tcs_system_events(), or a test's */
    void *events_ctx;
    uint64_t (*now_ms)(void); /* tcs_monotonic_ms, or a test's */
    uint32_t first_pause_ms, longest_pause_ms;
    bool only_new; /* without a cursor: begin with what is written from now on, not with the oldest record */
};

extern const struct tcs_live_options tcs_default_live_options;

struct tcs_live;

/* source is the number that its blobs will bear. NOMEM. Whether there is such a channel shows later. */
enum tcs_code tcs_live_open(const char *channel, unsigned source, const struct tcs_live_options *options,
                            struct tcs_live **out, struct tcs_err *err);
void tcs_live_close(struct tcs_live *l);

/* Puts back the cursor that was stored last, before the first next. FORMAT: it is none. */
enum tcs_code tcs_live_restore(struct tcs_live *l, struct tcs_bytes cursor, struct tcs_err *err);

/*
 * The next blob, waiting up to timeout_ms for one. OK; AGAIN: nothing new; NOMEM.
 * The blob stays good until the next call.
 */
enum tcs_code tcs_live_next(struct tcs_live *l, uint32_t timeout_ms, struct tcs_blob *blob,
                            struct tcs_err *err);

#endif
