/*
 * Standard input and named pipes with event XML or JSON lines, as blobs of
 * whole events (source/blob.h).
 *
 * A pipe cannot be read again. What was read and not yet committed at a crash
 * is lost with it; so the blobs are small and handed out as soon as an event is
 * whole, and nothing more is read before the blob was dealt with (the writer
 * waits meanwhile). Whoever must not lose anything writes to a file and has it
 * followed (source/follow.h). The cursor holds counts only.
 *
 * A named pipe is opened again when its writer has gone; standard input ends.
 * An event beyond the limit is stepped over and said (LIMIT); text that is
 * neither event XML nor JSON is thrown away and said (NO_LOG).
 */
#ifndef TCS_SOURCE_STREAM_H
#define TCS_SOURCE_STREAM_H

#include "source/blob.h"

struct tcs_stream_options {
    const struct tcs_decode_limits *limits; /* must outlive the stream; event_bytes is the largest event */
};

extern const struct tcs_stream_options tcs_default_stream_options;

struct tcs_stream;

/*
 * Opens "-" (standard input) or a named pipe. source is the number that its
 * blobs will bear. A pipe that is not there yet is waited for. CONFIG: the path is
 * a file or a folder (follow it); NOMEM.
 */
enum tcs_code tcs_stream_open(const char *path, unsigned source, const struct tcs_stream_options *options,
                              struct tcs_stream **out, struct tcs_err *err);
void tcs_stream_close(struct tcs_stream *s);

/* Puts back the counts of the cursor that was stored last. FORMAT: it is none. */
enum tcs_code tcs_stream_restore(struct tcs_stream *s, struct tcs_bytes cursor, struct tcs_err *err);

/*
 * The next blob, waiting up to timeout_ms for one. OK; AGAIN: nothing yet;
 * END: standard input has ended and all of it was handed out; NOMEM.
 * The blob stays good until the next call.
 */
enum tcs_code tcs_stream_next(struct tcs_stream *s, uint32_t timeout_ms, struct tcs_blob *blob,
                              struct tcs_err *err);

/* What becomes readable when there is something to read: for tcs_follow_wait_also. -1: nothing at the moment.
 */
intptr_t tcs_stream_handle(const struct tcs_stream *s);

#endif
