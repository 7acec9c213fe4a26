/* How a watch is doing: what `tocsin status` shows, and what monitoring is told. Plain data. */
#ifndef TCS_MODEL_STATUS_H
#define TCS_MODEL_STATUS_H

#include "model/message.h"

/* A log that is watched. */
struct tcs_file_status {
    struct tcs_str path;
    bool is_there, is_readable, is_log;
    bool is_waiting;    /* half-written records are waited for */
    uint64_t size;      /* bytes */
    uint64_t number;    /* of the last record read; 0: none yet */
    struct tcs_time at; /* when it was written; unset if not known */
};

/* A channel: what its part of the outbox says. */
struct tcs_channel_health {
    struct tcs_str name;
    uint64_t waiting, dead, sent;
    struct tcs_time oldest, last_sent, failing_since, next_try; /* unset: none */
    struct tcs_str last_error;
};

struct tcs_watch_status {
    struct tcs_str state; /* path of the state file */
    bool is_running;
    uint64_t pid;            /* of the watcher, if it is running; 0: not known */
    struct tcs_time now;     /* when this was put together */
    struct tcs_time started; /* of the watcher that ran last; unset: none ever ran */
    struct tcs_time updated; /* when it last noted how it is doing */
    uint64_t blobs, records; /* since it was started */
    uint64_t told;           /* findings, since it was started */
    uint64_t skipped;        /* parts of logs that were given up */
    struct tcs_file_status *files;
    size_t file_count, file_more; /* more: not listed */
    struct tcs_channel_health *channels;
    size_t channel_count;
    /* The last of each kind; has_ tells whether there was one. */
    bool has_alarm, has_blindness, has_trouble;
    struct tcs_message alarm, blindness, trouble;
};

#endif
