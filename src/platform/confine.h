/*
 * Giving up rights before reading what strangers wrote. An intruder who
 * finds a hole in a reader shall find nothing behind it: no file to open, no
 * program to run, nobody to talk to.
 *
 *     linux_confine.c   Landlock, seccomp and capabilities
 */
#ifndef TCS_PLATFORM_CONFINE_H
#define TCS_PLATFORM_CONFINE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What the process still needs. Paths that do not exist are passed over. */
struct tcs_confinement {
    const char *const *read; /* files and folders that may be opened for reading, folders with all below */
    size_t read_count;
    const char *const *write; /* folders below which files may also be made and written */
    size_t write_count;
    bool is_watching; /* also what keeping watch takes: notices of changes, signs of life, a copy of the
                         process */
};

/* What the system could do of it. */
enum tcs_confined {
    TCS_CONFINED_FILES = 1 << 0,  /* no other file can be opened (Landlock, Linux 5.13) */
    TCS_CONFINED_CALLS = 1 << 1,  /* no program run, no connection made, no other process touched (seccomp) */
    TCS_CONFINED_RIGHTS = 1 << 2, /* of the superuser's rights only that to read is left */
};

/*
 * Confines the calling thread and all that it starts, for good. Gives a set
 * of enum tcs_confined: what an old kernel cannot do is left out, never an
 * error. Nothing is done under a sanitizer, which needs what is given up, or
 * if the environment says TOCSIN_CONFINE=off, for debuggers and profilers.
 */
unsigned tcs_confine(const struct tcs_confinement *needs);

/* The memory of this process is nobody's business: no core dumps, and no other process of the user reads it.
 */
void tcs_keep_memory_private(void);

/* Once confined: the calling thread will open nothing any more. For threads that only decode. */
void tcs_confine_to_open_files(void);

#endif
