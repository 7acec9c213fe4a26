/* How a watch is doing, put together from its state file; and what the watch itself notes there. */
#ifndef TCS_APP_STATUS_H
#define TCS_APP_STATUS_H

#include "model/status.h"
#include "store/store.h"

/*
 * Puts everything that the store knows into arena. is_running, pid and state
 * are the caller's to fill. Errors as of the store.
 */
enum tcs_code tcs_status_collect(struct tcs_store *store, struct tcs_arena *arena,
                                 struct tcs_watch_status *out, struct tcs_err *err);

/* Keeps what the watcher knows of itself (all but channels and messages), to be collected by others. */
enum tcs_code tcs_status_keep(struct tcs_store *store, const struct tcs_watch_status *s, struct tcs_err *err);

/* True if a watcher holds this state; *pid gets its process, 0 if that is not known. */
bool tcs_state_is_watched(const char *state, uint64_t *pid);

/*
 * Looks at a state file from outside. CONFIG: there is none. Puts everything
 * into arena.
 */
enum tcs_code tcs_status_look(const char *state, struct tcs_arena *arena, struct tcs_watch_status *out,
                              struct tcs_err *err);

#endif
