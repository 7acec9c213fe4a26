/*
 * The job of scan and check: a unit's records become events, on whatever
 * thread. The engine gets them later, in order.
 */
#ifndef TCS_APP_EVENT_JOB_H
#define TCS_APP_EVENT_JOB_H

#include "app/pipeline.h"
#include "engine/coverage.h"
#include "model/event.h"

/* An event and the record it came from; both live as long as the unit. */
struct tcs_event_node {
    struct tcs_event_node *next;
    struct tcs_record rec;
    struct tcs_event ev;
};

/* How often a provider wrote an event id. */
struct tcs_id_count {
    struct tcs_id_count *next;
    struct tcs_str provider;
    uint16_t id;
    bool has_id;
    uint64_t count;
};

/* What the job leaves in tcs_work.result. */
struct tcs_events {
    struct tcs_event_node *first; /* in the order of the log */
    uint64_t unknown_layouts;
    uint64_t no_room;            /* events that did not fit into the unit's memory */
    struct tcs_id_count *counts; /* if all records are counted */
};

struct tcs_event_job {
    const struct tcs_decode_limits *limits;
    bool counts_ids; /* also count all records by provider and id, which means to look at all of them */
};

/* The functions for tcs_job; its ctx is a struct tcs_event_job. */
void *tcs_event_worker_new(const void *ctx);
void tcs_event_worker_free(void *worker);
void tcs_event_job_run(void *worker, const void *ctx, struct tcs_work *work);

#endif
