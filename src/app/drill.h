/*
 * A drill: an event that rings goes the whole way, from a log to every
 * channel, and how long that took is told. Nobody but who starts it can have
 * an alarm called a drill: see is_drill in watch_tell.c.
 */
#ifndef TCS_APP_DRILL_H
#define TCS_APP_DRILL_H

#include "app/journal.h"
#include "app/rules.h"

struct tcs_drill {
    const struct tcs_rule_words *words; /* the configuration */
    const char *state;                  /* NULL: the configuration's, or the usual place */
    const char *channel;                /* only this one, by a short watch of its own; NULL: all */
    uint64_t timeout_ms;
    struct tcs_journal *journal;
};

/* What became of the drill on a channel. */
struct tcs_drill_channel {
    struct tcs_str name;
    bool was_taken;
    uint64_t took_ms;     /* from the event to the channel's word; if it was taken */
    struct tcs_str error; /* what the channel said last, if it was not; may be empty */
};

struct tcs_drill_result {
    uint64_t watcher; /* process that was put to the test; 0: a short watch of its own */
    bool left_behind; /* see tcs_watch_end */
    bool has_rung;    /* the event was found and put into the outbox */
    const struct tcs_drill_channel *channels;
    size_t channel_count;
};

/*
 * Holds the drill; results go to arena. OK, whatever became of it; CONFIG:
 * the configuration, or the name of the channel; DENIED, IO, NOMEM.
 */
enum tcs_code tcs_drill_run(const struct tcs_drill *drill, struct tcs_arena *arena,
                            struct tcs_drill_result *out, struct tcs_err *err);

#endif
