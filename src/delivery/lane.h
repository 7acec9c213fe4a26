/*
 * Inside the delivery: one lane for each channel, with its thread. Only for
 * delivery.c, which starts and stops them, and lane.c, which is their work.
 */
#ifndef TCS_DELIVERY_LANE_H
#define TCS_DELIVERY_LANE_H

#include "delivery/delivery.h"
#include "platform/platform.h"

/* What one batch may take; a single message and its report always fit. */
#define LANE_MEMORY_MOST ((size_t)512 << 20)

/* What became of a batch, until the store knows it. Before that nothing else is sent. */
struct outcome {
    bool is_pending;
    uint64_t *sequences; /* owned; of the batch: first those sent, then the dead, then those that failed */
    size_t sent, dead, failed;
    struct tcs_time now, next;
    char text[256]; /* what the other side said */
    enum tcs_outbox_trouble trouble;
    uint64_t trouble_count;
};

struct lane {
    struct tcs_delivery *delivery;
    const struct tcs_channel_config *config;
    const struct tcs_channel_ops *ops;
    void *channel;             /* owned */
    struct tcs_store *store;   /* owned */
    struct tcs_thread *thread; /* owned */
    struct tcs_arena arena;    /* for one look at the outbox */
    struct tcs_outbox outbox;
    struct outcome outcome;
    uint64_t store_failures; /* in a row */
    uint64_t held_until;     /* steady; something waits, and before that nothing may be sent */
    uint64_t upkeep_at;      /* steady; when it is due again */
    bool is_revived;
    /* Under the mutex of the delivery. */
    bool is_woken, is_reopening;
    bool is_empty;  /* nothing waited when it last looked */
    bool has_ended; /* its thread is through */
};

struct tcs_delivery {
    const struct tcs_delivery_options *options;
    struct tcs_channel_env env;
    atomic_bool stop;
    struct tcs_mutex *mutex;   /* owned */
    struct tcs_signal *signal; /* owned; for everything under the mutex */
    struct lane *lanes;        /* owned */
    size_t lane_count;
};

/* The work of a lane's thread, until it is to stop. */
void lane_run(struct lane *l);

/* Waits for so long, or until the lane is woken. False: stop. */
bool lane_pause(struct lane *l, uint64_t ms);

/* True once after each request to open files anew. */
bool lane_take_reopen(struct lane *l);

/* Nothing waits for this channel. */
void lane_note_empty(struct lane *l);

/* A remark about this channel for the log of the program. */
void lane_remark(const struct lane *l, const char *fmt, ...) TCS_PRINTF(2, 3);

/* Once a day, and when the lane starts: forgets what is old (upkeep.c). Uses the arena. */
void lane_keep_up(struct lane *l);

/* When the lane starts: its dead letters wait again (upkeep.c). */
void lane_revive(struct lane *l);

#endif
