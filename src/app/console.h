/*
 * What is said on standard error: one line a message, and a progress bar
 * where somebody is there to see it.
 */
#ifndef TCS_APP_CONSOLE_H
#define TCS_APP_CONSOLE_H

#include "platform/platform.h"

struct tcs_console {
    struct tcs_output err;
    bool is_quiet;   /* only errors */
    bool is_verbose; /* details too */
    bool shows_progress;
    bool bar_is_up;
    uint64_t started_ms, drawn_ms;
    uint64_t files_done, files, bytes_done;
};

/* progress: a bar may be shown, if standard error is a terminal. */
void tcs_console_init(struct tcs_console *c, bool is_quiet, bool is_verbose, bool progress);

/*
 * "tocsin: PATH: TEXT", escaped, to an output of one's own. path may be NULL.
 * Without memory to put the line together it says that instead.
 */
void tcs_console_line(struct tcs_output *out, const char *path, const char *text);

/* The same on the console. path may be NULL. Errors are said even when quiet. */
void tcs_console_error(struct tcs_console *c, const char *path, const char *text);
void tcs_console_say(struct tcs_console *c, const char *path, const char *text);
void tcs_console_detail(struct tcs_console *c, const char *path, const char *text);

/* Text of its own, of several lines; not when quiet. */
void tcs_console_text(struct tcs_console *c, struct tcs_str text);

/* The bar: moved at most ten times a second, and only after the first second. */
void tcs_console_progress(struct tcs_console *c, uint64_t files_done, uint64_t bytes_done);
void tcs_console_clear_progress(struct tcs_console *c);

#endif
