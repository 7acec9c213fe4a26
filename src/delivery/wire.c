#include "delivery/wire.h"

#include "platform/net.h"
#include "platform/platform.h"

#include <stdio.h>

enum {
    SLICE_MS = 100,       /* a stop is seen after so long */
    CONFIRM_MS_LEAST = 1, /* between two looks whether all is confirmed; doubled each time */
    CONFIRM_MS_MOST = 50,
    ANSWER_READS_MOST = 16 /* a receiver of syslog has nothing to say; what it says is read and forgotten */
};

static enum tcs_code fail(struct tcs_wire *s, struct tcs_err *err, const char *what)
{
    tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "%s", what);
    tcs_wire_close(s);
    return TCS_IO;
}

/* libcurl connects by HTTP's rules and then sends nothing by itself. */
static void set_up(CURL *curl, const struct tcs_wire_settings *settings)
{
    const struct tcs_endpoint *e = &settings->server;
    bool is_v6 = tcs_str_find(e->host, ':') < e->host.len;
    char url[320];
    snprintf(url, sizeof url, "%s://%s%.*s%s:%u", settings->is_tls ? "https" : "http", is_v6 ? "[" : "",
             TCS_STR_ARG(e->host), is_v6 ? "]" : "", e->port);
    tcs_curl.easy_setopt(curl, CURLOPT_URL, url);
    tcs_curl.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    tcs_curl.easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    tcs_curl.easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    if (settings->cert_file && settings->cert_file[0])
        tcs_curl.easy_setopt(curl, CURLOPT_SSLCERT, settings->cert_file);
    if (settings->key_file && settings->key_file[0])
        tcs_curl.easy_setopt(curl, CURLOPT_SSLKEY, settings->key_file);
}

enum tcs_code tcs_wire_open(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                            const atomic_bool *stop, struct tcs_err *err)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (!tcs_transfer_begin(&s->transfer, stop, settings->timeout, settings->ca_file))
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a connection");
    set_up(s->transfer.curl, settings);
    if (tcs_transfer_run(&s->transfer) != CURLE_OK)
        return fail(s, err, s->transfer.error);
    tcs_curl.easy_getinfo(s->transfer.curl, CURLINFO_ACTIVESOCKET, &socket);
    if (socket == CURL_SOCKET_BAD)
        return fail(s, err, "the connection was closed at once");
    s->socket = (intptr_t)socket;
    return TCS_OK;
}

bool tcs_wire_is_alive(struct tcs_wire *s)
{
    char answer[256];
    for (unsigned i = 0; i < ANSWER_READS_MOST; i++) {
        size_t got = 0;
        CURLcode code = tcs_curl.easy_recv(s->transfer.curl, answer, sizeof answer, &got);
        if (code == CURLE_AGAIN)
            return true;
        if (code != CURLE_OK || got == 0)
            return false;
    }
    return true;
}

static bool is_over(const struct tcs_wire *s, uint64_t until)
{
    return atomic_load(s->transfer.stop) || tcs_monotonic_ms() >= until;
}

enum tcs_code tcs_wire_send(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                            struct tcs_str bytes, struct tcs_err *err)
{
    uint64_t until = tcs_monotonic_ms() + settings->timeout;
    for (size_t done = 0; done < bytes.len;) {
        size_t sent = 0;
        CURLcode code = tcs_curl.easy_send(s->transfer.curl, bytes.p + done, bytes.len - done, &sent);
        done += sent;
        if (code == CURLE_AGAIN && is_over(s, until))
            return fail(s, err, "the other side takes nothing");
        if (code == CURLE_AGAIN)
            tcs_socket_wait(s->socket, TCS_SOCKET_WRITABLE, SLICE_MS);
        else if (code != CURLE_OK)
            return fail(s, err, "the connection broke while something was sent");
    }
    return TCS_OK;
}

enum tcs_code tcs_wire_confirm(struct tcs_wire *s, const struct tcs_wire_settings *settings,
                               struct tcs_err *err)
{
    uint64_t until = tcs_monotonic_ms() + settings->timeout;
    unsigned wait = CONFIRM_MS_LEAST;
    while (tcs_socket_unconfirmed(s->socket)) {
        if (!tcs_wire_is_alive(s))
            break;
        if (is_over(s, until))
            return fail(s, err, "the other side does not confirm what it was sent");
        tcs_socket_wait(s->socket, TCS_SOCKET_READABLE, wait);
        wait = 2 * wait < CONFIRM_MS_MOST ? 2 * wait : CONFIRM_MS_MOST;
    }
    if (!tcs_wire_is_alive(s))
        return fail(s, err, "the other side closed the connection behind what it was sent");
    return TCS_OK;
}

void tcs_wire_close(struct tcs_wire *s)
{
    tcs_transfer_end(&s->transfer);
}
