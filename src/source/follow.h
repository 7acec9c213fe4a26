/*
 * Following logs that grow: files, folders and patterns.
 *
 * A follower finds the files behind the names it was given, reads them once
 * from the oldest record on, and hands out what is new ever after, in blobs
 * (source/blob.h). It is woken by the system's notices, and at the latest
 * every interval it looks for itself, because file systems of the network
 * give no notice.
 *
 * A record is handed out exactly once, in the order of its log, whatever
 * happens to the file: growth, a ring that wraps, clearing, archiving (the
 * file gets another name and a new one begins), replacing by a newer copy of
 * the same log under another inode or in place, truncation, copies made in
 * the middle of a write. What happened is recognised by content: the number
 * and time of the records read last, not by names, sizes or times of the file.
 * A record that is half written is waited for and not reported as damage
 * until that took too long.
 *
 * What cannot be had any more is said as a fact, with numbers and times where
 * they are known. See docs/watch.md.
 *
 * One thread at a time. Decoding the unit of a blob may be done on another
 * thread, but must be finished before the next call.
 */
#ifndef TCS_SOURCE_FOLLOW_H
#define TCS_SOURCE_FOLLOW_H

#include "source/blob.h"

struct tcs_follow_options {
    uint32_t interval_ms;  /* every file is looked at so often, notices or not; 50 at least */
    uint32_t settle_ms;    /* a file unchanged for so long is not being written at the moment */
    uint32_t torn_wait_ms; /* how long half-written records are waited for */
    uint32_t fault_ms;     /* how long a file may be unreadable, or no log yet, before that is said */
    unsigned most_files;   /* files that are followed */
    unsigned most_open;    /* files that are open together; the rest is opened when it is looked at */
    bool no_notices;       /* do not ask the system for notices: for tests, and for file systems that lie */
    const struct tcs_decode_limits *limits; /* must outlive the follower */
    uint64_t (*clock)(void); /* milliseconds of a clock that never steps; tests have their own */
};

/* interval 1 s, settle 2 s, torn wait 60 s, fault 60 s, 4,096 files, 64 open, the default decode limits. */
extern const struct tcs_follow_options tcs_default_follow_options;

struct tcs_follower;

/* NULL if memory is refused. Options out of their range are put into it. */
struct tcs_follower *tcs_follow_new(const struct tcs_follow_options *options);
void tcs_follow_free(struct tcs_follower *f);

/*
 * Adds a file, a folder (all below it that is a log; links to folders are not
 * followed) or a pattern: `*` and `?` within a name, `**` for any number of
 * folders. What is not there yet is waited for. *source gets the number by which
 * blobs name it: 0, 1, 2, ... in the order of the calls. CONFIG: the name
 * cannot be one; NOMEM.
 */
enum tcs_code tcs_follow_add(struct tcs_follower *f, const char *name, unsigned *source, struct tcs_err *err);

/*
 * Puts back the cursor that was last stored for a file, before the first
 * call of next. With any cursor put back, nothing counts as past: what was
 * written while nobody watched is new. FORMAT: the bytes are no cursor of
 * this program (the file is then met as a new one); LIMIT; NOMEM.
 */
enum tcs_code tcs_follow_restore(struct tcs_follower *f, uint64_t file, struct tcs_bytes cursor,
                                 struct tcs_err *err);

/*
 * The next blob. Waits up to timeout_ms for one; 0 only looks.
 *
 * OK     *blob is filled. It and all it points to stay good until the next call,
 *        which takes it as dealt with: a caller that could not commit keeps
 *        the blob and tries again.
 * AGAIN  nothing new until now, or the wait was ended by tcs_follow_wait_also.
 * NOMEM  memory was refused; nothing is lost, call again.
 *
 * All that concerns single files comes as facts; there is no END.
 *
 * Without cursors put back, the records that the files held when the follower
 * first looked are marked is_past. Files come oldest first, each to its end.
 */
enum tcs_code tcs_follow_next(struct tcs_follower *f, uint32_t timeout_ms, struct tcs_blob *blob,
                              struct tcs_err *err);

/* True once every file that was there at the beginning has been read to its end, or could not be. */
bool tcs_follow_caught_up(const struct tcs_follower *f);

/*
 * A handle (on Linux a file descriptor: a pipe, an eventfd) whose becoming
 * readable also ends the wait of next, so that one thread can serve pipes and
 * requests to stop. -1 takes it away again.
 */
void tcs_follow_wait_also(struct tcs_follower *f, intptr_t handle);

/* What is known of a file, for `tocsin status`. Views are good until the next call of next. */
struct tcs_follow_state {
    uint64_t file;
    unsigned source;
    struct tcs_str path;
    bool is_there;      /* at the last look */
    bool is_readable;   /* and could be read */
    bool is_log;        /* and is a log */
    bool is_waiting;    /* half-written records are waited for */
    uint64_t size;      /* bytes */
    uint64_t number;    /* of the record handed out last; 0: none yet. Text files: lines */
    struct tcs_time at; /* when that record was written, if number is not 0 and the format says it */
};

/* The i-th file, false if there are fewer. The order may change with every call of next. */
bool tcs_follow_state_of(const struct tcs_follower *f, size_t i, struct tcs_follow_state *out);

#endif
