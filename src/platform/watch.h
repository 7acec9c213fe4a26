/*
 * What a port supplies for watching files beside platform.h: which file a
 * path leads to at the moment, and notices when something in a folder changes.
 *
 *     linux_watch.c   inotify and poll
 */
#ifndef TCS_PLATFORM_WATCH_H
#define TCS_PLATFORM_WATCH_H

#include "platform/platform.h"

/* A file as it is at the moment. */
struct tcs_file_state {
    uint64_t device, inode; /* together: the file, whatever its name */
    uint64_t size;
    int64_t modified, changed; /* nanoseconds of the clock of the file system; only good to be compared */
    uint64_t age_ms;           /* since modified, by our clock; 0 if that lies in the future */
    enum tcs_file_kind kind;
    bool is_link; /* the path is a link, and all else is of what it leads to */
};

/* The file that a path leads to, links followed. END: there is none; IO, DENIED. */
enum tcs_code tcs_file_state_at(const char *path, struct tcs_file_state *out, struct tcs_err *err);

/* The same of an open file. */
enum tcs_code tcs_file_state_of(const struct tcs_file *f, struct tcs_file_state *out, struct tcs_err *err);

/* Opens a pipe or a regular file for reading without waiting for a writer; reads give AGAIN if there is
 * nothing. */
enum tcs_code tcs_pipe_open(const char *path, struct tcs_file *out, struct tcs_err *err);

/* Reads what is there of a pipe. OK; AGAIN: nothing yet; END: no writer has it open any more; IO. */
enum tcs_code tcs_pipe_read(const struct tcs_file *f, void *buf, size_t len, size_t *got,
                            struct tcs_err *err);

/* Waits until one of two handles is readable; -1 for none. True if one is. */
bool tcs_wait_readable(intptr_t first, intptr_t second, uint32_t timeout_ms);

struct tcs_watcher;

/* What ended a wait; several may hold. 0: the time is up. */
enum tcs_woken {
    TCS_WOKEN_CONTENT = 1 << 0, /* a file in a folder was written */
    TCS_WOKEN_NAMES = 1 << 1,   /* files came, went or were renamed, or a folder did */
    TCS_WOKEN_MISSED = 1 << 2,  /* there were more notices than the system keeps: anything may have changed */
    TCS_WOKEN_OTHER = 1 << 3,   /* the other handle is readable */
};

/* NULL if memory is refused. Without notices it only waits. */
struct tcs_watcher *tcs_watcher_new(bool notices);
void tcs_watcher_free(struct tcs_watcher *w);

/*
 * Watches a folder, not what is below its folders. Watching it again gives the
 * same id. False if it cannot be watched (limits of the system, a file
 * system without notices): then it must be looked at.
 */
bool tcs_watcher_add(struct tcs_watcher *w, const char *folder, int *id);
void tcs_watcher_remove(struct tcs_watcher *w, int id);

/*
 * Waits for notices, or until the other handle (-1: none) is readable.
 * written is called for each notice of a changed file; it may be NULL.
 */
unsigned tcs_watcher_wait(struct tcs_watcher *w, uint32_t timeout_ms, intptr_t other,
                          void (*written)(void *ctx, int id, const char *name), void *ctx);

#endif
