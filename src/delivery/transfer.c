#include "delivery/transfer.h"

#include "platform/library.h"
#include "platform/platform.h"

#include <stdio.h>

enum { CONNECT_MS_MOST = 20000 };

#define LIBCURL "libcurl.so.4"

struct tcs_curl tcs_curl;

static const struct tcs_library_symbol symbols[] = {
    {"curl_global_init", offsetof(struct tcs_curl, global_init)},
    {"curl_easy_init", offsetof(struct tcs_curl, easy_init)},
    {"curl_easy_setopt", offsetof(struct tcs_curl, easy_setopt)},
    {"curl_easy_perform", offsetof(struct tcs_curl, easy_perform)},
    {"curl_easy_getinfo", offsetof(struct tcs_curl, easy_getinfo)},
    {"curl_easy_send", offsetof(struct tcs_curl, easy_send)},
    {"curl_easy_recv", offsetof(struct tcs_curl, easy_recv)},
    {"curl_easy_strerror", offsetof(struct tcs_curl, easy_strerror)},
    {"curl_easy_cleanup", offsetof(struct tcs_curl, easy_cleanup)},
    {"curl_slist_append", offsetof(struct tcs_curl, slist_append)},
    {"curl_slist_free_all", offsetof(struct tcs_curl, slist_free_all)},
    {NULL, 0},
};

enum tcs_code tcs_transfer_setup(struct tcs_err *err)
{
    static bool is_ready;
    if (is_ready)
        return TCS_OK;
    struct tcs_curl loaded;
    enum tcs_code code = tcs_library_load(LIBCURL, symbols, &loaded, err);
    if (code != TCS_OK)
        return code;
    if (loaded.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "libcurl does not start");
    tcs_curl = loaded;
    is_ready = true;
    return TCS_OK;
}

/* Called at least once a second; anything but 0 ends the transfer. */
static int go_on(void *ctx, curl_off_t down, curl_off_t downloaded, curl_off_t up, curl_off_t uploaded)
{
    const struct tcs_transfer *t = ctx;
    (void)down, (void)downloaded, (void)up, (void)uploaded;
    return atomic_load(t->stop) || tcs_monotonic_ms() >= t->give_up_at;
}

/* What the environment or a file of the user must not decide. */
static void set_surroundings(CURL *curl)
{
    tcs_curl.easy_setopt(curl, CURLOPT_PROXY, "");
    tcs_curl.easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    tcs_curl.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a stop does not wait for a name to be looked up */
}

static void set_trust(CURL *curl, const char *ca_file)
{
    tcs_curl.easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    tcs_curl.easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca_file == NULL || ca_file[0] == '\0')
        return;
    tcs_curl.easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    tcs_curl.easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

bool tcs_transfer_begin(struct tcs_transfer *t, const atomic_bool *stop, uint64_t timeout,
                        const char *ca_file)
{
    *t = (struct tcs_transfer){
        .curl = tcs_curl.easy_init(), .stop = stop, .give_up_at = tcs_monotonic_ms() + timeout};
    if (t->curl == NULL)
        return false;
    set_surroundings(t->curl);
    set_trust(t->curl, ca_file);
    /* libcurl's own limit does not hold for the answer to a whole mail: give_up_at does, see go_on. */
    tcs_curl.easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)timeout);
    tcs_curl.easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS,
                         (long)(timeout < CONNECT_MS_MOST ? timeout : CONNECT_MS_MOST));
    tcs_curl.easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
    tcs_curl.easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, go_on);
    tcs_curl.easy_setopt(t->curl, CURLOPT_XFERINFODATA, t);
    tcs_curl.easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
    return true;
}

CURLcode tcs_transfer_run(struct tcs_transfer *t)
{
    t->error[0] = '\0';
    CURLcode code = tcs_curl.easy_perform(t->curl);
    if (code == CURLE_ABORTED_BY_CALLBACK && atomic_load(t->stop))
        snprintf(t->error, sizeof t->error, "stopped");
    else if (code == CURLE_ABORTED_BY_CALLBACK)
        snprintf(t->error, sizeof t->error, "no answer within the time limit");
    else if (code != CURLE_OK && t->error[0] == '\0')
        snprintf(t->error, sizeof t->error, "%s", tcs_curl.easy_strerror(code));
    return code;
}

void tcs_transfer_end(struct tcs_transfer *t)
{
    if (t->curl)
        tcs_curl.easy_cleanup(t->curl);
    t->curl = NULL;
}
