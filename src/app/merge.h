/*
 * Several logs as one course of events.
 *
 * A server keeps several logs of the same time (Security, System, Sysmon) and
 * archives of each. What one of them says explains the other, so their events
 * are handed out in the order of time; within a log its own order is kept.
 * Hosts are independent of each other and come one after the other.
 */
#ifndef TCS_APP_MERGE_H
#define TCS_APP_MERGE_H

#include "app/event_job.h"

/* A log that has been read to its end. */
struct tcs_log_end {
    struct tcs_str origin;
    enum tcs_log_format format;
    struct tcs_str host;         /* of its first record; empty if unknown */
    bool is_full;                /* its header says that the last write failed for lack of room */
    bool keeps_old;              /* and that new records are dropped rather than old ones overwritten */
    struct tcs_read_stats stats; /* of the whole log, with the damage met while opening it */
};

/* What is told while the logs are read. All are called from the caller's thread, in a fixed order. */
struct tcs_merge_sink {
    void *ctx;
    void (*event)(void *ctx, const struct tcs_event *ev, struct tcs_str origin);
    /* A unit has been decoded and is about to be handed out. */
    void (*unit)(void *ctx, const struct tcs_work *work, struct tcs_str origin);
    void (*done)(void *ctx, const struct tcs_log_end *end);
    /* A file cannot be read, or is no log. was_named: the user asked for exactly this file. */
    void (*refused)(void *ctx, const struct tcs_input *input, const struct tcs_err *err);
};

/* Reads all inputs. NOMEM; everything about single files goes to the sink. */
enum tcs_code tcs_merge_run(struct tcs_pipeline *p, const struct tcs_decode_limits *limits,
                            struct tcs_inputs *inputs, const struct tcs_merge_sink *sink,
                            struct tcs_err *err);

#endif
