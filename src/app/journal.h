/*
 * What a program that runs for good says to its operator: one line a
 * message on standard error, with a level. Under systemd the journal adds the
 * time; elsewhere it stands in front. Any thread.
 *
 * What is said very often is said less often, and how often it was left out.
 */
#ifndef TCS_APP_JOURNAL_H
#define TCS_APP_JOURNAL_H

#include "platform/platform.h"

/* The levels of syslog. */
enum tcs_level {
    TCS_LEVEL_ERROR = 3,
    TCS_LEVEL_WARNING = 4,
    TCS_LEVEL_NOTICE = 5,
    TCS_LEVEL_INFO = 6,
    TCS_LEVEL_DEBUG = 7
};

enum { TCS_JOURNAL_KINDS = 64 };

struct tcs_journal {
    struct tcs_output err;
    bool has_levels; /* lines begin with <N> */
    enum tcs_level most;
    struct tcs_mutex *mutex; /* owned */
    /* How often each kind of message was said; a kind is the place of its format. */
    struct {
        const char *format;
        uint64_t since_ms;
        unsigned said;
        uint64_t left_out;
    } kinds[TCS_JOURNAL_KINDS];
};

/* NOMEM. most: what is of less weight is not said. */
enum tcs_code tcs_journal_init(struct tcs_journal *j, enum tcs_level most, struct tcs_err *err);
void tcs_journal_done(struct tcs_journal *j);

/* about (may be NULL) is what it is about, a path or a channel. Texts of strangers are escaped. */
void tcs_journal_say(struct tcs_journal *j, enum tcs_level level, const char *about, const char *format, ...)
    TCS_PRINTF(4, 5);

#endif
