/*
 * What a port supplies. Everything that asks the operating system for
 * something is behind one of these functions; no other file knows which
 * system it runs on.
 *
 *     posix_*.c   Linux and its like (linux_*.c: Linux alone)
 *     win_*.c     Windows
 *
 * Names of files are UTF-8 (on Linux: the bytes of the system), ended by NUL.
 */
#ifndef TCS_PLATFORM_PLATFORM_H
#define TCS_PLATFORM_PLATFORM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/time.h"

/* ---- files ---- */

enum tcs_file_kind { TCS_FILE_REGULAR, TCS_FILE_FOLDER, TCS_FILE_PIPE, TCS_FILE_OTHER };

struct tcs_file {
    intptr_t handle;
    enum tcs_file_kind kind;
    uint64_t size; /* of a regular file, when it was opened */
};

/* What a path leads to, without opening it: opening a pipe takes its writer away from who reads it.
 * IO, DENIED. */
enum tcs_code tcs_file_examine(const char *path, enum tcs_file_kind *kind, struct tcs_err *err);

/* Opens for reading; a folder can be opened too, to learn that it is one. IO, DENIED. */
enum tcs_code tcs_file_open(const char *path, struct tcs_file *out, struct tcs_err *err);

/* Standard input, of whatever kind it is. */
enum tcs_code tcs_file_stdin(struct tcs_file *out, struct tcs_err *err);

/* Reads up to len bytes at off of a regular file; *got may be less at its end. Thread-safe. */
enum tcs_code tcs_file_read_at(const struct tcs_file *f, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err);

/* Reads the next bytes of a pipe; *got is 0 at its end. */
enum tcs_code tcs_file_read(const struct tcs_file *f, void *buf, size_t len, size_t *got,
                            struct tcs_err *err);

/* Closing one that was never opened, or twice, does nothing. */
void tcs_file_close(struct tcs_file *f);

/*
 * A new file for reading and writing that nobody else can see and that
 * vanishes with its closing, in the folder for temporary files.
 */
enum tcs_code tcs_file_temporary(struct tcs_file *out, struct tcs_err *err);
enum tcs_code tcs_file_append(struct tcs_file *f, const void *buf, size_t len, struct tcs_err *err);

/* Reads a whole small file into arena. LIMIT: larger than most; CONFIG: no regular file. */
enum tcs_code tcs_file_read_all(const char *path, size_t most, struct tcs_arena *arena, struct tcs_str *out,
                                struct tcs_err *err);

/*
 * Calls found for every regular file below a folder, folders in the order of
 * their names, links to folders not followed. trouble is called for what
 * cannot be read. Either stops the walk by returning false.
 */
struct tcs_walk {
    void *ctx;
    bool (*found)(void *ctx, const char *path, uint64_t size, bool is_link);
    bool (*trouble)(void *ctx, const char *path, const struct tcs_err *err);
    bool (*enter)(void *ctx, const char *folder); /* may it be entered? NULL: all */
};
enum tcs_code tcs_walk_folder(const char *path, const struct tcs_walk *walk, struct tcs_err *err);

/* ---- output ---- */

enum tcs_standard { TCS_STDOUT = 1, TCS_STDERR = 2 };

/* A file to write results to. */
struct tcs_output {
    intptr_t handle;
    bool is_terminal;
    bool is_owned; /* to be closed */
};

/* Standard output or standard error, as it stands. */
void tcs_output_standard(struct tcs_output *out, enum tcs_standard which);

/* Creates a file. Without force an existing one is not touched: CONFIG. */
enum tcs_code tcs_output_create(const char *path, bool force, struct tcs_output *out, struct tcs_err *err);

/* Writes all of it. IO; a reader that has gone away gives TCS_END. */
enum tcs_code tcs_output_write(struct tcs_output *out, const void *p, size_t len, struct tcs_err *err);
enum tcs_code tcs_output_close(struct tcs_output *out, struct tcs_err *err);

/* Columns of the terminal, 0 if out is none. */
unsigned tcs_output_columns(const struct tcs_output *out);

/* ---- surroundings ---- */

/* The words of the command line as UTF-8 (on Linux: as they are), in place of those that main() got. */
void tcs_arguments(int *argc, char ***argv);

/* The value of an environment variable, or NULL. */
const char *tcs_environment(const char *name);

/* Milliseconds of a clock that never steps. */
uint64_t tcs_monotonic_ms(void);

/* The calendar's clock: it may be set, forth and back. UTC. */
struct tcs_time tcs_wall_time(void);

/* A secret to seed tables with. */
struct tcs_hash_key tcs_random_key(void);

/* Processors that this process may use, at least 1. */
unsigned tcs_processor_count(void);

/* ---- threads ---- */

struct tcs_thread;
struct tcs_mutex;
struct tcs_signal;

/* NULL if the system refuses. */
struct tcs_thread *tcs_thread_start(void (*run)(void *ctx), void *ctx);
void tcs_thread_join(struct tcs_thread *t);

/* NULL without memory. */
struct tcs_mutex *tcs_mutex_new(void);
void tcs_mutex_free(struct tcs_mutex *m);
void tcs_mutex_lock(struct tcs_mutex *m);
void tcs_mutex_unlock(struct tcs_mutex *m);

/* Something to wait for while holding a mutex, which is released meanwhile. May wake without reason. */
struct tcs_signal *tcs_signal_new(void);
void tcs_signal_free(struct tcs_signal *s);
void tcs_signal_wait(struct tcs_signal *s, struct tcs_mutex *m);
void tcs_signal_all(struct tcs_signal *s);

/* As tcs_signal_wait, for at most so many milliseconds. */
void tcs_signal_wait_ms(struct tcs_signal *s, struct tcs_mutex *m, uint64_t ms);

#endif
