/* What to switch on in Windows so that the rules have something to work on, as steps for each generation. */
#ifndef TCS_RENDER_SETUP_STEPS_H
#define TCS_RENDER_SETUP_STEPS_H

#include "base/buf.h"

/* Generations that differ in how it is done. */
enum tcs_setup_windows {
    TCS_SETUP_NT4,
    TCS_SETUP_2000,
    TCS_SETUP_XP,    /* and Server 2003 */
    TCS_SETUP_VISTA, /* and Server 2008 */
    TCS_SETUP_7,     /* and everything later */
    TCS_SETUP_COUNT
};

/* The words by which a user names a Windows ("nt4", "2003", "2022", ...), ended by NULL, and what the n-th
 * means. */
extern const char *const tcs_setup_words[];
enum tcs_setup_windows tcs_setup_windows_of(unsigned word);

struct tcs_setup_choice {
    enum tcs_setup_windows windows;
    const char *const *accounts; /* whose executions are audited; none: the usual ones of that Windows */
    size_t account_count;
    const char *const *folders; /* where programs lie; none: that of Windows */
    size_t folder_count;
};

/*
 * Appends the steps as text that can be followed, or run: what is no command
 * stands behind "rem". What nobody could verify says so.
 */
void tcs_render_setup_steps(struct tcs_buf *b, const struct tcs_setup_choice *choice);

#endif
