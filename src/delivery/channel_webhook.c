#include "delivery/channel.h"

#include "base/hmac.h"
#include "delivery/secret.h"
#include "delivery/transfer.h"
#include "platform/platform.h"
#include "render/webhook.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MEMORY_MOST = 1 << 20,
    ANSWER_SHOWN = 160,    /* bytes of an answer for people */
    ANSWER_MOST = 1 << 16, /* nobody who only says that it took our message says more */
    HEADERS_MOST = 1 << 16,
};

struct webhook_channel {
    const struct tcs_channel_config *config;
    const struct tcs_channel_env *env;
    struct tcs_arena arena;
    const char *url;
    const char *ca_file;
    struct tcs_str secret; /* empty: no signature */
};

static void close_channel(void *channel)
{
    struct webhook_channel *c = channel;
    tcs_arena_done(&c->arena);
    free(c);
}

static enum tcs_code read_url(struct webhook_channel *c, struct tcs_err *err)
{
    const struct tcs_webhook_settings *w = &c->config->as.webhook;
    struct tcs_str url = w->url;
    enum tcs_code code = TCS_OK;
    if (url.len == 0)
        code = tcs_secret_read(&w->url_secret, "the address", &c->arena, &url, err);
    if (code != TCS_OK)
        return code;
    bool is_plain = tcs_str_starts(url, TCS_STR("http://"));
    if (!is_plain && !tcs_str_starts(url, TCS_STR("https://")))
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the address must begin with https:// or http://");
    for (size_t i = 0; i < url.len; i++)
        if (url.p[i] <= ' ' || url.p[i] == 0x7F)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                            "the address holds a blank or a control character");
    c->url = tcs_cstr(&c->arena, url);
    return c->url ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the address");
}

static enum tcs_code read_settings(struct webhook_channel *c, struct tcs_err *err)
{
    const struct tcs_webhook_settings *w = &c->config->as.webhook;
    enum tcs_code code = tcs_transfer_setup(err);
    if (code == TCS_OK)
        code = read_url(c, err);
    if (code == TCS_OK)
        code = tcs_secret_read(&w->secret, "the key of the signature", &c->arena, &c->secret, err);
    c->ca_file = tcs_cstr(&c->arena, w->ca_file);
    if (code == TCS_OK && c->ca_file == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    return code;
}

static enum tcs_code open_channel(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                                  void **channel, struct tcs_err *err)
{
    struct webhook_channel *c = calloc(1, sizeof *c);
    if (c == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    c->config = config;
    c->env = env;
    tcs_arena_init(&c->arena, MEMORY_MOST);
    enum tcs_code code = read_settings(c, err);
    if (code != TCS_OK)
        close_channel(c);
    else
        *channel = c;
    return code;
}

/* ---- the answer ---- */

struct answer {
    char start[ANSWER_SHOWN];
    size_t shown, body, headers; /* bytes of it */
};

/* Bytes that we do not count as taken end the transfer. */
static size_t take_body(char *p, size_t size, size_t count, void *ctx)
{
    struct answer *a = ctx;
    size_t len = size * count, keep = ANSWER_SHOWN - a->shown < len ? ANSWER_SHOWN - a->shown : len;
    memcpy(a->start + a->shown, p, keep);
    a->shown += keep;
    a->body += len;
    return a->body > ANSWER_MOST ? 0 : len;
}

static size_t take_header(char *p, size_t size, size_t count, void *ctx)
{
    struct answer *a = ctx;
    (void)p;
    a->headers += size * count;
    return a->headers > HEADERS_MOST ? 0 : size * count;
}

/* ---- the request ---- */

/* Tocsin-Signature: t=SECONDS,v1=HEX of HMAC-SHA256(key, "SECONDS.BODY"). */
static void put_signature(struct tcs_buf *b, struct tcs_str key, struct tcs_str body, int64_t seconds)
{
    char time[32];
    int len = snprintf(time, sizeof time, "%lld.", (long long)seconds);
    const struct tcs_bytes parts[] = {{(const uint8_t *)time, (size_t)len},
                                      {(const uint8_t *)body.p, body.len}};
    uint8_t code[TCS_HMAC_SHA256_BYTES];
    tcs_hmac_sha256((struct tcs_bytes){(const uint8_t *)key.p, key.len}, parts, 2, code);
    tcs_buf_printf(b, "Tocsin-Signature: t=%lld,v1=", (long long)seconds);
    for (size_t i = 0; i < sizeof code; i++)
        tcs_buf_printf(b, "%02x", code[i]);
    tcs_buf_putc(b, '\0');
}

/* The list with another line, or NULL without memory; the old list is gone then. */
static struct curl_slist *add_header(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = tcs_curl.slist_append(list, line);
    if (longer == NULL)
        tcs_curl.slist_free_all(list);
    return longer;
}

static struct curl_slist *make_headers(const struct webhook_channel *c, struct tcs_str body)
{
    struct curl_slist *list = add_header(NULL, "Content-Type: application/json");
    list = list ? add_header(list, "Expect:") : NULL; /* no waiting for permission to send the body */
    if (list == NULL || c->secret.len == 0)
        return list;
    struct tcs_buf signature;
    tcs_buf_init(&signature, 256);
    put_signature(&signature, c->secret, body, tcs_wall_time().ticks / TCS_TICKS_PER_SECOND);
    list = add_header(list, signature.bad ? "" : signature.p);
    tcs_buf_done(&signature);
    return list;
}

static void set_request(const struct tcs_transfer *t, const char *url, struct curl_slist *headers,
                        struct tcs_str body, struct answer *answer)
{
    tcs_curl.easy_setopt(t->curl, CURLOPT_URL, url);
    tcs_curl.easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    tcs_curl.easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION,
                         0L); /* what is ours goes where we were told, only */
    tcs_curl.easy_setopt(t->curl, CURLOPT_USERAGENT, "tocsin");
    tcs_curl.easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
    tcs_curl.easy_setopt(t->curl, CURLOPT_POST, 1L);
    tcs_curl.easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    tcs_curl.easy_setopt(t->curl, CURLOPT_POSTFIELDS, body.p);
    tcs_curl.easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take_body);
    tcs_curl.easy_setopt(t->curl, CURLOPT_WRITEDATA, answer);
    tcs_curl.easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, take_header);
    tcs_curl.easy_setopt(t->curl, CURLOPT_HEADERDATA, answer);
}

/* A status was received: it decides, however the rest of the answer ended. */
static enum tcs_send_result judge(long status, uint64_t retry_after, struct tcs_str said,
                                  struct tcs_receipt *receipt)
{
    if (status >= 200 && status < 300)
        return tcs_receipt_say(receipt, TCS_SENT, "HTTP %ld", status);
    if (status >= 300 && status < 400)
        return tcs_receipt_say(receipt, TCS_SEND_REJECTED, "HTTP %ld: redirections are not followed", status);
    if (status == 408 || status == 429 || status >= 500) {
        receipt->retry_after = retry_after;
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "HTTP %ld%.*s", status, TCS_STR_ARG(said));
    }
    return tcs_receipt_say(receipt, TCS_SEND_REJECTED, "HTTP %ld%.*s", status, TCS_STR_ARG(said));
}

static enum tcs_send_result post(const struct webhook_channel *c, struct tcs_transfer *t, struct tcs_str body,
                                 struct tcs_receipt *receipt)
{
    struct answer answer = {.shown = 0};
    struct curl_slist *headers = make_headers(c, body);
    if (headers == NULL)
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "no memory to post");
    set_request(t, c->url, headers, body, &answer);
    CURLcode code = tcs_transfer_run(t);
    long status = 0;
    curl_off_t retry_after = 0;
    tcs_curl.easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    tcs_curl.easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &retry_after);
    tcs_curl.slist_free_all(headers);
    if (status < 200 && code == CURLE_OK)
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "an answer that is none");
    if (status < 200)
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", t->error);
    struct tcs_buf said;
    tcs_buf_init(&said, 16 * ANSWER_SHOWN);
    if (answer.shown) {
        tcs_buf_puts(&said, ": ");
        tcs_put_said(&said, (struct tcs_bytes){(const uint8_t *)answer.start, answer.shown});
    }
    uint64_t wait = retry_after > 0 ? (uint64_t)retry_after : 0;
    enum tcs_send_result result =
        judge(status, wait < UINT64_MAX / 1000 ? wait * 1000 : wait, tcs_buf_view(&said), receipt);
    tcs_buf_done(&said);
    return result;
}

static enum tcs_send_result send_batch(void *channel, const struct tcs_batch *batch,
                                       struct tcs_receipt *receipt)
{
    struct webhook_channel *c = channel;
    const struct tcs_webhook_settings *w = &c->config->as.webhook;
    struct tcs_transfer t = {NULL};
    struct tcs_buf body;
    tcs_buf_init(&body, TCS_BATCH_LINES_MOST);
    tcs_render_webhook(&body, (enum tcs_webhook_template)w->template, batch->messages, batch->count);
    enum tcs_send_result result;
    if (body.bad || !tcs_transfer_begin(&t, c->env->stop, w->timeout, c->ca_file))
        result = tcs_receipt_say(receipt, TCS_SEND_RETRY, "no memory to post");
    else
        result = post(c, &t, tcs_buf_view(&body), receipt);
    tcs_transfer_end(&t);
    tcs_buf_done(&body);
    return result;
}

const struct tcs_channel_ops tcs_channel_webhook = {
    .batch = TCS_BATCH_ONE,
    .digests = true,
    .batch_most = 100,
    .open = open_channel,
    .send = send_batch,
    .close = close_channel,
};
