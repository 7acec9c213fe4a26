/*
 * What a port supplies for a program that runs for good: requests from
 * outside, the service manager, and trying what may kill a process.
 *
 *     linux_service.c   signals by signalfd, systemd's datagrams, epoll, fork
 */
#ifndef TCS_PLATFORM_SERVICE_H
#define TCS_PLATFORM_SERVICE_H

#include "base/bytes.h"
#include "base/error.h"

/* ---- requests ---- */

enum tcs_request {
    TCS_REQUEST_STOP = 1 << 0,   /* SIGTERM, SIGINT */
    TCS_REQUEST_RELOAD = 1 << 1, /* SIGHUP */
};

/* Handles that are waited for together. */
struct tcs_wait_set {
    intptr_t handle; /* readable if one of them is; -1: there is none */
};

/*
 * Takes requests from now on instead of being ended by them; to be called
 * before any thread is started. *out becomes readable when one is waiting.
 */
enum tcs_code tcs_requests_open(intptr_t *out, struct tcs_err *err);

/* The requests that came since the last call, a set. */
unsigned tcs_requests_take(intptr_t handle);

enum tcs_code tcs_wait_set_open(struct tcs_wait_set *out, struct tcs_err *err);
/* Adding a handle that is in it does nothing, nor does -1. One that is closed leaves it by itself. */
void tcs_wait_set_add(struct tcs_wait_set *set, intptr_t handle);
void tcs_wait_set_close(struct tcs_wait_set *set);

/* ---- service manager ---- */

/* Tells the service manager "READY=1" and the like; false if there is none that listens. */
bool tcs_service_notify(const char *state);

/* The service manager wants a sign of life so often, in milliseconds; 0: it does not. */
uint64_t tcs_service_watchdog_ms(void);

/* True if standard error goes to the system's journal, which knows the time and takes levels as <N>. */
bool tcs_service_has_journal(void);

/* Name of this computer, as text ended by NUL; "localhost" if it has none. */
void tcs_host_name(char *out, size_t size);

/* ---- trials ---- */

enum tcs_trial {
    TCS_TRIAL_PASSED,
    TCS_TRIAL_DIED,       /* it crashed, or did not come back in time; why says how */
    TCS_TRIAL_IMPOSSIBLE, /* the system cannot do that */
};

/*
 * Calls run in a copy of this process, which ends afterwards; whatever it does
 * to memory happens there only. It must not touch files or databases.
 */
enum tcs_trial tcs_try_in_copy(void (*run)(void *ctx), void *ctx, uint64_t timeout_ms, char why[128]);

/* ---- whole files ---- */

/*
 * Puts text into a file so that who reads it finds the old or the new text
 * and nothing between. mode as in chmod. IO, DENIED.
 */
enum tcs_code tcs_file_replace(const char *path, struct tcs_str text, unsigned mode, struct tcs_err *err);

/* Makes a folder that only this user can use, among the temporary files. */
enum tcs_code tcs_folder_temporary(char *out, size_t size, struct tcs_err *err);
/* Takes away a folder and the files in it; what cannot be taken away stays. */
void tcs_folder_remove(const char *path);
void tcs_file_remove(const char *path);

/* When a file was last written, as time of the calendar. False if there is none. */
bool tcs_file_written_at(const char *path, int64_t *unix_seconds);

#endif
