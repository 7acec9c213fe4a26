/* A log in a file: opened, told what it is, and where it begins in time. */
#ifndef TCS_SOURCE_LOG_FILE_H
#define TCS_SOURCE_LOG_FILE_H

#include "decode/log.h"
#include "platform/platform.h"
#include "source/input.h"
#include "source/pipe.h"

struct tcs_log_file {
    const char *path; /* borrowed from the input */
    struct tcs_file file;
    struct tcs_pipe *pipe; /* owned; NULL if it is a file */
    struct tcs_log log;
    bool is_open;
};

/*
 * Opens the log of an input. A log that comes through a pipe is first copied
 * to a temporary file, because logs are rings and cannot be read in one go;
 * events as text are read as they come. The struct must stay where it is.
 * FORMAT: no event log; IO, DENIED, NOMEM. limits must outlive the log.
 */
enum tcs_code tcs_log_file_open(const struct tcs_input *input, const struct tcs_decode_limits *limits,
                                struct tcs_log_file *out, struct tcs_err *err);
void tcs_log_file_close(struct tcs_log_file *f);

#endif
