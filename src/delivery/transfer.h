/*
 * What all our uses of libcurl have in common: verified TLS, no proxy from the
 * environment, no signals, an end to every wait, and a stop that is obeyed.
 */
#ifndef TCS_DELIVERY_TRANSFER_H
#define TCS_DELIVERY_TRANSFER_H

#include "delivery/channel.h"

#include <curl/curl.h>

/*
 * The functions of libcurl. They are called through here because libcurl, with
 * the thirty libraries behind it, is loaded only when a channel wants it.
 */
struct tcs_curl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *curl);
    CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
    CURLcode (*easy_send)(CURL *curl, const void *p, size_t len, size_t *sent);
    CURLcode (*easy_recv)(CURL *curl, void *p, size_t len, size_t *got);
    const char *(*easy_strerror)(CURLcode code);
    void (*easy_cleanup)(CURL *curl);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

/* Good once tcs_transfer_setup has given OK. */
extern struct tcs_curl tcs_curl;

struct tcs_transfer {
    CURL *curl;              /* owned; NULL: not begun */
    const atomic_bool *stop; /* of the channel's surroundings */
    uint64_t give_up_at;     /* on the steady clock; may be made earlier while the transfer runs */
    char error[CURL_ERROR_SIZE];
};

/*
 * Loads and starts libcurl, if that was not done yet. Every channel that uses
 * it calls this when it is opened; channels are opened one after the other.
 * CONFIG: it is not installed; NOMEM.
 */
enum tcs_code tcs_transfer_setup(struct tcs_err *err);

/*
 * Begins a transfer that must be done within timeout milliseconds. ca_file:
 * certificates to trust instead of the system's, NULL or empty for the
 * system's. What is special about the protocol is set by the caller on
 * t->curl. False without memory.
 */
bool tcs_transfer_begin(struct tcs_transfer *t, const atomic_bool *stop, uint64_t timeout,
                        const char *ca_file);

/* Runs it. What went wrong is in t->error, never empty then; it may quote the other side. */
CURLcode tcs_transfer_run(struct tcs_transfer *t);

/* Frees it; one that was not begun is left alone. */
void tcs_transfer_end(struct tcs_transfer *t);

#endif
