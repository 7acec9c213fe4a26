/* What follow.c and discover.c share; the interface is follow.h. */
#ifndef TCS_SOURCE_FOLLOWER_H
#define TCS_SOURCE_FOLLOWER_H

#include "source/followed.h"

/* A name that was given to the follower. */
struct tcs_follow_source {
    char *name; /* owned */
    bool is_pattern;
    bool has_files;   /* a file of it was met once */
    bool has_trouble; /* a folder of it cannot be read, and that was said */
    bool is_missing;  /* it is not there at the moment */
    bool is_missing_said;
    uint64_t missing_ms;
    uint64_t units; /* blobs with records that were handed out */
};

struct tcs_follower {
    struct tcs_follow_options options;
    struct tcs_follow_source *sources; /* owned */
    unsigned source_count;
    struct tcs_followed **files; /* owned */
    size_t file_count, file_cap;
    uint64_t next_id;
    bool is_restored; /* a cursor was put back */
    bool has_looked;  /* the names were followed once */
    bool is_caught_up;
    bool is_full_said; /* there are more files than are followed, and that was said */
    bool names_due;    /* a notice says that files came or went */
    uint64_t next_round_ms, next_names_ms;
    size_t at; /* the file to begin a round with */
    struct tcs_watcher *watcher;
    intptr_t other; /* handle whose readiness ends a wait */
    struct tcs_unit unit;
    struct tcs_buf cursor;
    struct tcs_follow_desk desk;
};

/* Follows the names to their files: new ones, renamed ones. NOMEM. */
enum tcs_code tcs_follow_discover(struct tcs_follower *f, struct tcs_err *err);

/* A copy of a text, to be freed. NULL without memory. */
char *tcs_follow_copy(const char *text);

/* Adds a file that is followed from now on. NULL without memory. */
struct tcs_followed *tcs_follow_add_file(struct tcs_follower *f);

#endif
