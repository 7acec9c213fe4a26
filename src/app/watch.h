/*
 * Keeping watch: logs that grow go through the engine for good, and what
 * rings is told. A newcomer reads watch.c first.
 */
#ifndef TCS_APP_WATCH_H
#define TCS_APP_WATCH_H

#include "app/journal.h"
#include "app/rules.h"

struct tcs_watch {
    const struct tcs_rule_words *words; /* the configuration and what the command line adds to it */
    const char *const *sources;         /* beside those of the configuration */
    size_t source_count;
    const char *state;        /* the state file; NULL: the configuration's, or the usual place */
    bool only_these;          /* not those of the configuration */
    bool needs_no_source;     /* only the settings are wanted */
    const char *only_channel; /* of those of the configuration; NULL: all */
    bool once;                /* what is there, and then end */
    bool replay;              /* ring for what was logged before the watch first began */
    uint64_t drain_ms;        /* once: channels may take so long */
    struct tcs_journal *journal;
};

/* How a watch ended. */
struct tcs_watch_end {
    uint64_t told;    /* findings that were put into the outbox */
    bool left_behind; /* a channel hung: what it uses, the journal too, must stay */
    bool undelivered; /* once: messages still wait for a channel */
};

/*
 * Watches until it is asked to end (SIGTERM, SIGINT), or `once`. OK; CONFIG:
 * the configuration at the start cannot be followed; DENIED, IO, NOMEM: the
 * state cannot be opened.
 */
enum tcs_code tcs_watch_run(const struct tcs_watch *watch, struct tcs_watch_end *end, struct tcs_err *err);

/* Where the state is kept: what the command line says, else the configuration, else the usual place. */
const char *tcs_watch_state_path(const char *said, const struct tcs_config *config, char *out, size_t size);

#endif
