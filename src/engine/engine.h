/*
 * The engine: events in, incidents out. It decides whether a web server ran a
 * program that it should not.
 *
 * It knows no formats, no files and no clock: time is what the events say.
 * The same events in the same order always give the same incidents.
 *
 *     host.c       one per computer: its processes, logons, opened programs
 *     image.c      programs by path, each looked at once
 *     identity.c   accounts by SID, logon session and name
 *     process.c    the process table and its tree
 *     ancestry.c   is this a worker, is it somebody's desktop
 *     verdict.c    may this program be run here
 *     judge.c      the rules
 *     open.c       programs opened for execution, joined to starts
 *     incident.c   findings and incidents
 *     blindness.c  tampering with the log
 */
#ifndef TCS_ENGINE_ENGINE_H
#define TCS_ENGINE_ENGINE_H

#include "base/hash.h"
#include "model/event.h"
#include "model/finding.h"
#include "model/rules.h"

/* Where memory ends. Reaching a limit is counted, never an error. */
struct tcs_engine_limits {
    uint32_t hosts;
    uint32_t processes; /* of all hosts together */
    uint32_t images;    /* distinct program paths */
    uint32_t accounts;
    uint32_t opens;               /* programs opened for execution and not yet started, a host */
    uint32_t findings;            /* of one incident, before a part of it is given out */
    uint32_t evidence;            /* records kept for a finding */
    size_t text;                  /* bytes of one command line or field that are kept */
    uint32_t incidents;           /* open at a time */
    int64_t incident_gap_seconds; /* quiet for so long, an incident is over */
};

extern const struct tcs_engine_limits tcs_default_engine_limits;

/* What the engine tells while it is fed. Pointers are good during the call. */
struct tcs_effects {
    void *ctx;
    /* A finding is new, or something was added to it. May be NULL. */
    void (*changed)(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *finding,
                    bool is_new);
    /*
     * A finding is to be told: it is new (finding->revision is 0), or graver than when it was told last.
     * Called from tcs_engine_tell, and before closed. May be NULL.
     */
    void (*told)(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *finding);
    /* Something of an incident has changed since it was told; called after told. May be NULL. */
    void (*grown)(void *ctx, const struct tcs_incident *incident);
    /* An incident is complete, or (partial) has grown so large that a part of it is given out. May be NULL.
     */
    void (*closed)(void *ctx, const struct tcs_incident *incident, bool partial);
};

/* What happened beside findings. */
struct tcs_engine_counts {
    uint64_t events;
    uint64_t starts, exits, opens, tokens, logons;
    uint64_t duplicates;          /* records that were fed before */
    uint64_t exits_without_image; /* of these, without a start to join */
    uint64_t ignored_torn;        /* torn records that lacked what a rule needs */
    uint64_t hosts_evicted, processes_evicted, images_lost, accounts_lost; /* limits reached */
    uint64_t roots_lost; /* hosts that are judged by the usual folder of Windows: too many others were met */
    uint64_t lineage_evicted; /* processes of a web server that had to be forgotten */
    uint64_t evidence_late;   /* records for findings of incidents already given out */
    uint64_t incidents_early; /* given out early, because there were too many */
    uint64_t no_memory;
};

struct tcs_engine;

/*
 * rules and limits must outlive the engine. key seeds the tables and should
 * be random; nothing that comes out depends on it. NULL: err (NOMEM).
 */
struct tcs_engine *tcs_engine_new(const struct tcs_rules *rules, const struct tcs_engine_limits *limits,
                                  struct tcs_hash_key key, const struct tcs_effects *effects,
                                  struct tcs_err *err);
void tcs_engine_free(struct tcs_engine *e);

/*
 * Takes one event. origin names where it came from, a file or source; it is
 * copied. OK, or NOMEM (the event was not used whole).
 */
enum tcs_code tcs_engine_feed(struct tcs_engine *e, const struct tcs_event *ev, struct tcs_str origin,
                              struct tcs_err *err);

/* Something about a log as a whole that no record of it tells. */
struct tcs_log_fact {
    enum tcs_rule rule;
    enum tcs_severity severity;
    struct tcs_str host; /* whose log it is; empty if unknown */
    struct tcs_time time;
    struct tcs_str note;   /* what it is, in a sentence */
    struct tcs_str origin; /* as in tcs_engine_feed */
};

/* Takes a fact about a log: its header says that it was full, its records have holes. */
enum tcs_code tcs_engine_log_fact(struct tcs_engine *e, const struct tcs_log_fact *fact, struct tcs_err *err);

/*
 * Tells by the effects told and grown what has not been told yet: once after
 * each batch of events, so that what several of them say is told together.
 */
void tcs_engine_tell(struct tcs_engine *e);

/* Silent: nothing is told by any effect, and what happens now is not told later either. */
void tcs_engine_be_silent(struct tcs_engine *e, bool is_silent);

/*
 * Gives out the incidents in which nothing happened for long: neither by the
 * times of their events nor, because logs may come late and computers' clocks be
 * wrong, by this clock, which is the caller's. To be called now and then.
 */
void tcs_engine_tick(struct tcs_engine *e, struct tcs_time now);

/* Closes all incidents, oldest first. */
void tcs_engine_finish(struct tcs_engine *e);

/* What was fed and what could not be kept, so far. */
const struct tcs_engine_counts *tcs_engine_counts(const struct tcs_engine *e);

#endif
