/*
 * A pipe that is read as if it were a file, as long as nobody goes back far:
 * the last few megabytes are kept. Enough for logs that are read from their
 * beginning to their end, which events as text are.
 */
#ifndef TCS_SOURCE_PIPE_H
#define TCS_SOURCE_PIPE_H

#include "platform/platform.h"

struct tcs_pipe;

/* file must outlive the pipe and stays the caller's. NULL if memory is refused. */
struct tcs_pipe *tcs_pipe_new(const struct tcs_file *file);
void tcs_pipe_free(struct tcs_pipe *p);

/*
 * As read_at of struct tcs_reader, with the pipe as ctx: waits for all len
 * bytes or the end of the pipe. IO: they are gone, or the pipe cannot be
 * read; LIMIT, NOMEM: so much cannot be kept. One thread at a time.
 */
enum tcs_code tcs_pipe_read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err);

#endif
