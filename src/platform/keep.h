/*
 * What a port supplies for files that are kept: of one user, of one process,
 * added to for good. As with platform.h, names are UTF-8 ended by NUL.
 */
#ifndef TCS_PLATFORM_KEEP_H
#define TCS_PLATFORM_KEEP_H

#include "base/arena.h"
#include "base/error.h"

/* ---- one process only ---- */

/* A file that one process at a time can hold; what it holds it for is agreed on by the name. */
struct tcs_lock {
    intptr_t handle; /* -1: not held */
    bool is_new;     /* the file was not there before */
};

/*
 * Takes the lock, making its file (mode 0600) if need be. AGAIN: another
 * process holds it; *holder gets its process id, 0 if that is not known.
 * The lock ends with tcs_lock_release, or with the process, however that ends.
 */
enum tcs_code tcs_lock_take(const char *path, struct tcs_lock *out, uint64_t *holder, struct tcs_err *err);

/* Releases it. The file stays: taking it away would let two hold it. */
void tcs_lock_release(struct tcs_lock *lock);

/* Releases it and takes the file away, if this lock made it: nothing came of it. */
void tcs_lock_undo(struct tcs_lock *lock, const char *path);

/* ---- whole files ---- */

/* True if there is something of that name; links are followed. */
bool tcs_path_exists(const char *path);

/*
 * Makes an empty file that only this user can read or write, for good: its
 * name is on the disk too. END: there is a file of that name already, it is
 * left as it is.
 */
enum tcs_code tcs_path_create_private(const char *path, struct tcs_err *err);

/* Renames, replacing what has the new name, for good. */
enum tcs_code tcs_path_rename(const char *from, const char *to, struct tcs_err *err);

/*
 * Reads a small file that must be nobody else's business into arena: a
 * regular file that its group and others cannot even read. CONFIG: they can,
 * or it is none; LIMIT: it is larger than most.
 */
enum tcs_code tcs_path_read_private(const char *path, size_t most, struct tcs_arena *arena,
                                    struct tcs_str *out, struct tcs_err *err);

/* ---- adding to a file ---- */

/* A file of lines that several programs may add to, and that may be renamed and replaced at any time. */
struct tcs_append {
    intptr_t handle; /* -1: not open */
};

/* Opens a file for adding to it; makes it with mode 0640 if it is not there. IO, DENIED. */
enum tcs_code tcs_append_open(const char *path, struct tcs_append *out, struct tcs_err *err);

/*
 * Adds lines (each ends with a line feed) by one write. If the file does not
 * end with a line feed, because a crash cut a line off, a line feed comes
 * first. What a full disk let through of it is taken back. IO: nothing was
 * added, or it is not sure that it lasts. With `lasting` it is on the disk when the call returns.
 */
enum tcs_code tcs_append_lines(struct tcs_append *a, struct tcs_str lines, bool lasting, struct tcs_err *err);

/* True if path still names this very file: it was not renamed, replaced or removed. */
bool tcs_append_is_current(const struct tcs_append *a, const char *path);

/* Closing one that is not open does nothing. */
void tcs_append_close(struct tcs_append *a);

#endif
