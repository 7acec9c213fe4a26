/* What a port supplies to run another program for a moment, with nothing of ours but what it is given. */
#ifndef TCS_PLATFORM_PROGRAM_H
#define TCS_PLATFORM_PROGRAM_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdatomic.h>

/* Bytes kept of what a program says. */
enum { TCS_PROGRAM_SAID_MOST = 4096 };

struct tcs_program {
    const char *const
        *argv; /* ends with NULL; argv[0] is the full path: nothing is searched, no shell reads it */
    const char *const *environment; /* ends with NULL: NAME=value; nothing else is in it */
    struct tcs_str input;           /* its standard input */
    uint64_t timeout;               /* milliseconds */
    const atomic_bool *stop;        /* true: end it early */
};

/* How it ended. */
struct tcs_program_end {
    bool is_timeout; /* it took too long and was ended */
    bool is_stopped; /* ended because of stop */
    int status;      /* exit status; -1 if a signal ended it */
    int signal;
    char said[TCS_PROGRAM_SAID_MOST]; /* the start of its standard output and error together, any bytes */
    size_t said_len;
    uint64_t said_more; /* bytes beyond that */
};

/* CONFIG: path is no program that this user can run; the text says why. */
enum tcs_code tcs_program_check(const char *path, struct tcs_err *err);

/*
 * Runs it and waits for its end. It has the folder / as its own, no file but
 * the three standard ones, all signals as usual, and is the first of a group
 * of processes: when it has ended, or is ended (first asked, one second later
 * killed), the whole group goes with it. IO, NOMEM: it could not be started.
 */
enum tcs_code tcs_program_run(const struct tcs_program *program, struct tcs_program_end *end,
                              struct tcs_err *err);

#endif
