/*
 * Syslog: one datagram a message (RFC 5426), or a connection by TCP (RFC 6587,
 * octet counting) or TLS (RFC 5425) that is kept between messages.
 *
 * Nothing in syslog says that a message was read. What can be known is looked
 * at: a connection that the other side has closed is not written to, and what
 * its system has not confirmed counts as not sent.
 */
#include "delivery/secret.h"
#include "delivery/wire.h"

#include "platform/keep.h"
#include "platform/net.h"
#include "platform/platform.h"
#include "render/syslog.h"

#include <stdlib.h>

#define TEXTS_MOST ((size_t)256 << 10)

enum {
    BATCH_MOST = 100,
    LOOK_UP_AGAIN_MS = 300000 /* a receiver of datagrams may move */
};

struct syslog {
    const struct tcs_syslog_settings *settings;
    const struct tcs_channel_env *env;
    struct tcs_arena arena; /* of all texts */
    struct tcs_wire_settings to;
    bool is_udp;
    const char *host;
    struct tcs_datagram datagram;
    uint64_t opened_at; /* steady; of datagram */
    struct tcs_wire stream;
};

/* ---- opening ---- */

static const struct {
    struct tcs_str scheme;
    uint16_t port; /* RFC 5426; IANA's syslog-conn for RFC 6587; RFC 5425 */
    bool is_udp, is_tls;
} ways[] = {
    {TCS_STR_INIT("udp"), 514, true, false},
    {TCS_STR_INIT("tcp"), 601, false, false},
    {TCS_STR_INIT("tls"), 6514, false, true},
};

/* A key that others can read is nobody's in particular. */
static enum tcs_code check_key(struct syslog *s, struct tcs_err *err)
{
    struct tcs_str ignored;
    struct tcs_arena scratch;
    if (s->to.cert_file[0] == '\0')
        return TCS_OK;
    tcs_arena_init(&scratch, TEXTS_MOST);
    enum tcs_code code = tcs_path_read_private(s->to.key_file[0] ? s->to.key_file : s->to.cert_file,
                                               TEXTS_MOST / 2, &scratch, &ignored, err);
    tcs_arena_done(&scratch);
    return code;
}

static enum tcs_code fill(struct syslog *s, struct tcs_err *err)
{
    const char *why;
    struct tcs_wire_settings *to = &s->to;
    if (!tcs_endpoint_parse(s->settings->url, &to->server, &why))
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "'url': %s", why);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (tcs_str_eq(to->server.scheme, ways[i].scheme)) {
            to->server.port = to->server.port ? to->server.port : ways[i].port;
            to->is_tls = ways[i].is_tls;
            s->is_udp = ways[i].is_udp;
        }
    to->timeout = s->settings->timeout;
    s->host = tcs_cstr(&s->arena, to->server.host);
    to->ca_file = tcs_cstr(&s->arena, s->settings->ca_file);
    to->cert_file = tcs_cstr(&s->arena, s->settings->cert_file);
    to->key_file = tcs_cstr(&s->arena, s->settings->key_file);
    if (!s->host || !to->ca_file || !to->cert_file || !to->key_file)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    enum tcs_code code = check_key(s, err);
    return code == TCS_OK && !s->is_udp ? tcs_transfer_setup(err) : code;
}

static void syslog_close(void *channel)
{
    struct syslog *s = channel;
    tcs_datagram_close(&s->datagram);
    tcs_wire_close(&s->stream);
    tcs_arena_done(&s->arena);
    free(s);
}

static enum tcs_code syslog_open(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                                 void **channel, struct tcs_err *err)
{
    struct syslog *s = malloc(sizeof *s);
    if (s == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    *s = (struct syslog){.settings = &config->as.syslog, .env = env, .datagram = {-1}};
    tcs_arena_init(&s->arena, TEXTS_MOST);
    enum tcs_code code = fill(s, err);
    if (code == TCS_OK)
        *channel = s;
    else
        syslog_close(s);
    return code;
}

/* ---- sending ---- */

static void render(const struct syslog *s, const struct tcs_message *m, struct tcs_buf *line)
{
    const struct tcs_syslog_form form = {
        .facility = (unsigned)s->settings->facility,
        .format = s->settings->format,
        .most = (size_t)s->settings->max_size,
        .host = s->env->host,
        .pid = tcs_process_id(),
    };
    tcs_buf_clear(line);
    tcs_render_syslog(line, m, &form);
}

static enum tcs_code send_datagram(struct syslog *s, struct tcs_str line, struct tcs_err *err)
{
    uint64_t now = tcs_monotonic_ms();
    if (s->datagram.handle >= 0 && now - s->opened_at > LOOK_UP_AGAIN_MS)
        tcs_datagram_close(&s->datagram);
    if (s->datagram.handle < 0) {
        enum tcs_code code = tcs_datagram_open(s->host, s->to.server.port, &s->datagram, err);
        if (code != TCS_OK)
            return code;
        s->opened_at = now;
    }
    enum tcs_code code = tcs_datagram_send(&s->datagram, line.p, line.len, err);
    if (code != TCS_OK)
        tcs_datagram_close(&s->datagram);
    return code;
}

static enum tcs_send_result send_datagrams(struct syslog *s, const struct tcs_batch *batch,
                                           struct tcs_buf *line, struct tcs_receipt *receipt)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct tcs_err err = TCS_ERR_INIT;
        render(s, &batch->messages[i], line);
        if (line->bad || line->starved)
            return tcs_receipt_say(receipt, TCS_SEND_RETRY, "no memory for a message");
        if (send_datagram(s, tcs_buf_view(line), &err) != TCS_OK)
            return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", err.text);
        receipt->taken = i + 1;
    }
    return TCS_SENT;
}

/* All messages over a connection that is open, and the word of the other side's system that it has them. */
static enum tcs_code send_framed(struct syslog *s, const struct tcs_batch *batch, struct tcs_buf *line,
                                 struct tcs_err *err)
{
    char count[24];
    enum tcs_code code = TCS_OK;
    for (size_t i = 0; i < batch->count && code == TCS_OK; i++) {
        render(s, &batch->messages[i], line);
        if (line->bad || line->starved)
            return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a message");
        int len = snprintf(count, sizeof count, "%zu ", line->len);
        code = tcs_wire_send(&s->stream, &s->to, (struct tcs_str){count, (size_t)len}, err);
        if (code == TCS_OK)
            code = tcs_wire_send(&s->stream, &s->to, tcs_buf_view(line), err);
    }
    return code == TCS_OK ? tcs_wire_confirm(&s->stream, &s->to, err) : code;
}

/*
 * A connection that was kept may have died since: then the messages go once
 * more over a new one. Some of them may arrive twice, with the same sequence.
 */
static enum tcs_send_result send_stream(struct syslog *s, const struct tcs_batch *batch, struct tcs_buf *line,
                                        struct tcs_receipt *receipt)
{
    struct tcs_err err = TCS_ERR_INIT;
    if (tcs_wire_is_open(&s->stream) && !tcs_wire_is_alive(&s->stream))
        tcs_wire_close(&s->stream);
    bool was_kept = tcs_wire_is_open(&s->stream);
    for (;;) {
        enum tcs_code code = TCS_OK;
        tcs_err_clear(&err);
        if (!tcs_wire_is_open(&s->stream))
            code = tcs_wire_open(&s->stream, &s->to, s->env->stop, &err);
        if (code == TCS_OK)
            code = send_framed(s, batch, line, &err);
        if (code == TCS_OK)
            return TCS_SENT;
        tcs_wire_close(&s->stream);
        if (!was_kept || atomic_load(s->env->stop))
            return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", err.text);
        was_kept = false;
    }
}

static enum tcs_send_result syslog_send(void *channel, const struct tcs_batch *batch,
                                        struct tcs_receipt *receipt)
{
    struct syslog *s = channel;
    struct tcs_buf line;
    tcs_buf_init(&line, (size_t)s->settings->max_size + TCS_SYSLOG_LEAST);
    enum tcs_send_result result = (s->is_udp ? send_datagrams : send_stream)(s, batch, &line, receipt);
    tcs_buf_done(&line);
    return result;
}

const struct tcs_channel_ops tcs_channel_syslog = {
    .batch = TCS_BATCH_ANY,
    .batch_most = BATCH_MOST,
    .open = syslog_open,
    .send = syslog_send,
    .close = syslog_close,
};
