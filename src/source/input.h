/*
 * What the user named: files, folders with everything below them, `-` for
 * standard input, expanded to a list of files.
 */
#ifndef TCS_SOURCE_INPUT_H
#define TCS_SOURCE_INPUT_H

#include "platform/platform.h"

struct tcs_input {
    const char *path; /* "-" for standard input */
    bool is_pipe;     /* can be read only once, and must be opened only once */
    bool was_named;   /* by the user; otherwise found in a folder, where other files are no error */
    bool is_link;     /* found in a folder, but may lie elsewhere */
    bool was_read;    /* set by who reads it: it was a log */
};

/* A folder that the user named: inputs [first, first + count) were found in it. */
struct tcs_input_folder {
    const char *path;
    size_t first, count;
};

struct tcs_inputs {
    struct tcs_arena arena; /* owns the paths */
    struct tcs_input *at;   /* owned */
    size_t count, cap;
    struct tcs_input_folder *folders; /* owned */
    size_t folder_count;
};

/* Empty; done frees the list and the names in it. */
void tcs_inputs_init(struct tcs_inputs *in);
void tcs_inputs_done(struct tcs_inputs *in);

/*
 * Adds what a name stands for. trouble is called for everything that cannot
 * be read; the rest is added all the same. NOMEM.
 */
enum tcs_code tcs_inputs_add(struct tcs_inputs *in, const char *name,
                             void (*trouble)(void *ctx, const char *path, const struct tcs_err *err),
                             void *ctx, struct tcs_err *err);

#endif
