/*
 * One file that is followed: what is known of it, and how it is looked at.
 * Used by follow.c and discover.c only; the interface is follow.h.
 */
#ifndef TCS_SOURCE_FOLLOWED_H
#define TCS_SOURCE_FOLLOWED_H

#include "decode/tail.h"
#include "platform/watch.h"
#include "source/follow.h"

struct tcs_followed {
    uint64_t id;
    unsigned source;
    char *path;     /* owned */
    bool is_asked;  /* somebody named it or a pattern for it: say so if it is no log */
    bool is_listed; /* a source leads to it, as of the last time they were followed */
    bool is_named;  /* somebody named this very file */
    bool is_moved;  /* it got another name while it was followed: archived */
    bool is_past;   /* what it holds was there before the watch began */
    int folder;     /* id of the watched folder that it lies in; -1: none */

    bool is_known;              /* seen is filled */
    struct tcs_file_state seen; /* at the last look */
    uint64_t changed_ms;        /* when it changed last, by the clock that never steps */
    bool is_there, is_gone_said;
    bool is_forgotten; /* it is gone as archives go when they are old: nobody needs it any more */
    uint64_t gone_ms;

    bool is_open;
    struct tcs_file file;
    struct tcs_log log;
    struct tcs_tail *tail;       /* owned */
    struct tcs_tail_place place; /* of the tail when it is closed */
    bool was_waiting;            /* when it was closed: it must not stay closed */
    unsigned unopened;           /* looks in a row that left it closed */
    uint64_t used;               /* counts up, for closing what was not used for long */

    bool is_due;     /* to be looked at in this round */
    bool is_through; /* everything was handed out at the last look */
    bool has_cursor; /* a cursor was given for it, so that it is known after a restart */
    bool has_fault, is_fault_said;
    bool is_no_log; /* the fault is that it is no log */
    uint64_t fault_ms;
    struct tcs_err fault;
};

/* What a look needs of the follower. */
struct tcs_follow_desk {
    const struct tcs_follow_options *options;
    struct tcs_unit *unit;
    uint64_t now_ms;
    uint64_t stamp;         /* counts the looks */
    unsigned open;          /* files that are open */
    struct tcs_arena arena; /* texts of facts, until the next call of next */
    /* Called when a file is met that no cursor tells of, to recognise a copy of a log that is known. */
    void (*adopt)(void *ctx, struct tcs_followed *f);
    void *ctx;
    struct tcs_source_fact *facts; /* owned; of the file that is looked at */
    size_t fact_count, fact_cap;
    struct tcs_source_fact nowhere; /* written when memory is refused, never read */
};

/* Notes a fact about a path. Without memory it is forgotten. */
struct tcs_source_fact *tcs_follow_say(struct tcs_follow_desk *desk, enum tcs_source_fact_kind kind,
                                       const char *path, const char *detail);

/*
 * Looks at the file: OK: the unit has new records; AGAIN: nothing new. Facts
 * are noted either way. NOMEM. What is wrong with the file becomes a fact.
 */
enum tcs_code tcs_followed_look(struct tcs_followed *f, struct tcs_follow_desk *desk, struct tcs_err *err);

/* Closes the file; what is known of it stays. */
void tcs_followed_close(struct tcs_followed *f, struct tcs_follow_desk *desk);

/* How far it was read. */
const struct tcs_tail_place *tcs_followed_place(const struct tcs_followed *f);

/* The cursor as bytes, and back. False: they are none. path is owned by the caller then. */
void tcs_followed_write(const struct tcs_followed *f, struct tcs_buf *out);
bool tcs_followed_read(struct tcs_followed *f, struct tcs_bytes cursor);

#endif
