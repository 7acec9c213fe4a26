/*
 * The policy of the outbox: what a channel is sent next, when it is tried
 * again, and what becomes a dead letter. It reads no clock and no store, so a
 * night can be tried out in a millisecond.
 *
 * Per channel the order of telling is kept: nothing overtakes. A message
 * leaves the queue by being taken, or by becoming a dead letter, which is said
 * to the other channels; nothing is ever left out.
 */
#ifndef TCS_DELIVERY_OUTBOX_H
#define TCS_DELIVERY_OUTBOX_H

#include "delivery/channel.h"
#include "store/store.h"

/* Now, on both clocks: one that never steps, for waiting, and the calendar's, for ages. */
struct tcs_now {
    uint64_t steady; /* milliseconds */
    struct tcs_time wall;
};

/* Durations in milliseconds. */
struct tcs_outbox_policy {
    uint64_t retry_least; /* wait after the first failure; doubled after each further one */
    uint64_t retry_most;  /* longest wait */
    uint64_t expire;      /* age at which a failed message becomes a dead letter; 0: never */
    uint64_t burst;       /* sends that may follow each other at once; 0: any number */
    uint64_t digest;      /* then one send in so much time */
    uint64_t warn_after;  /* failing for so long is said to the other channels */
    uint64_t warn_every;  /* and dead letters at most so often, together */
    enum tcs_batch_kind batch;
    bool digests;
    size_t batch_most;
};

/* The policy for a channel: its configuration, what its type can, and the program's own waits. */
struct tcs_outbox_policy tcs_outbox_policy_of(const struct tcs_channel_config *config,
                                              const struct tcs_channel_ops *ops);

/* What is remembered of one channel while the program runs. After a restart everything is tried at once. */
struct tcs_outbox {
    struct tcs_outbox_policy policy;
    uint64_t random;       /* for the jitter */
    uint32_t failures;     /* in a row */
    uint64_t next_try;     /* steady */
    uint64_t failing_at;   /* steady; of the first of the failures */
    uint64_t tokens;       /* sends that the rate limit has left, times `digest` */
    uint64_t tokens_at;    /* steady; when they were counted */
    size_t suspects;       /* messages at the front of which one is bad: together they were rejected */
    size_t halved;         /* so many of them go at once */
    bool warned;           /* the others know that this channel fails */
    uint64_t dead_untold;  /* dead letters that the others were not told of yet */
    uint64_t dead_told_at; /* steady; when they were last told */
    bool dead_told;
};

/* seed makes the jitter; different channels get different ones, tests the same. */
void tcs_outbox_init(struct tcs_outbox *o, const struct tcs_outbox_policy *policy, uint64_t seed,
                     struct tcs_now now);

/* What to do next. */
struct tcs_outbox_plan {
    size_t take;    /* so many of the rows, from the oldest on; 0: nothing to send now */
    bool is_digest; /* of any incidents */
    uint64_t
        wait; /* if take is 0: milliseconds after which to ask again; UINT64_MAX: when something new waits */
};

/* rows: the oldest that wait, at least batch_most + 1 of them if there are so many. */
struct tcs_outbox_plan tcs_outbox_next(struct tcs_outbox *o, const struct tcs_outbox_row *rows, size_t count,
                                       struct tcs_now now);

/* What became of a batch. Its first `sent` messages were taken, the next `dead` are dead letters, the rest
 * stays. */
struct tcs_outbox_verdict {
    size_t sent;
    size_t dead;
    bool is_expired; /* the dead ones are too old; otherwise they were rejected */
    uint64_t wait;   /* until the next try */
};

/* Judges the answer to a plan's batch, and remembers it: rows and plan are those of tcs_outbox_next. */
struct tcs_outbox_verdict tcs_outbox_settle(struct tcs_outbox *o, const struct tcs_outbox_row *rows,
                                            struct tcs_outbox_plan plan, enum tcs_send_result result,
                                            const struct tcs_receipt *receipt, struct tcs_now now);

/* What the other channels are to be told about this one now. */
enum tcs_outbox_trouble {
    TCS_TROUBLE_NONE,
    TCS_TROUBLE_DEAD,    /* *count messages became dead letters */
    TCS_TROUBLE_FAILING, /* it has been failing for long; once until it works again */
};

/*
 * Asks whether there is something to be told, and takes it as told. A dead
 * letter that is itself such trouble counts for nothing here, or two broken
 * channels would tell each other of it for ever.
 */
enum tcs_outbox_trouble tcs_outbox_trouble(struct tcs_outbox *o, struct tcs_now now, uint64_t *count);

/* Milliseconds until there will be something to be told if nothing else happens; UINT64_MAX: never. */
uint64_t tcs_outbox_trouble_wait(const struct tcs_outbox *o, struct tcs_now now);

#endif
