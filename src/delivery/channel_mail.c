/*
 * Mail by libcurl's SMTP. Each mail has a connection of its own: alarms are
 * rare, and a connection that was kept may be dead without either side knowing.
 */
#include "delivery/secret.h"
#include "delivery/smtp_talk.h"
#include "delivery/transfer.h"

#include "base/utf.h"
#include "model/address.h"
#include "platform/platform.h"
#include "render/mime.h"

#include <stdio.h>
#include <stdlib.h>

#define MAIL_BYTES_MOST ((size_t)32 << 20)
#define SECRETS_MOST    ((size_t)64 << 10)

enum {
    SUBJECT_SHOWN = 64, /* bytes of an address in a receipt, and of what was said about it */
    WORDS_SHOWN = 130,
    DIGEST_MOST = 200,           /* messages in one mail */
    QUIT_MS = 1000,              /* for taking leave; the mail is delivered by then */
    DEFERRED_RETRY_MS = 60000,   /* a server that greylists wants some minutes */
    DEFERRED_GIVE_UP_MS = 420000 /* after that the others must not wait for it any longer */
};

enum fate {
    FATE_OPEN,     /* not asked, or no answer */
    FATE_HAS,      /* it got all of the batch before */
    FATE_TAKEN,    /* the server took the mail for it */
    FATE_DEFERRED, /* not now */
    FATE_REFUSED,  /* never */
    FATE_COUNT
};

/*
 * Who has what. A server can take a mail for one recipient and refuse it for
 * another for now; the next try goes only to who is still without it. Lost
 * with the process: then somebody gets a mail twice, and none is missing.
 */
struct recipient {
    const char *envelope; /* <address> */
    uint64_t through;     /* it has, or will never get, the messages up to this sequence */
    enum fate fate;       /* in the batch that is being sent */
};

struct mail {
    const struct tcs_mail_settings *settings;
    const struct tcs_channel_env *env;
    struct tcs_str name;
    struct tcs_arena arena; /* of all texts */
    const char *url, *user, *password, *ca_file, *from;
    struct recipient *to;    /* settings->to.count */
    uint64_t deferred_since; /* steady; 0: nobody waits alone */
    char trouble[200];       /* the first that went wrong with the batch */
};

/* ---- opening ---- */

/* smtp://host:port/hello: what stands behind the slash is how we introduce ourselves. */
static const char *make_url(struct mail *m)
{
    struct tcs_endpoint server;
    const char *why;
    struct tcs_buf b;
    if (!tcs_endpoint_parse(m->settings->url, &server, &why))
        return NULL;
    bool is_tls = m->settings->tls == TCS_MAIL_TLS, is_v6 = tcs_str_find(server.host, ':') < server.host.len;
    tcs_buf_init(&b, 1024);
    tcs_buf_puts(&b, is_tls ? "smtps://" : "smtp://");
    tcs_buf_puts(&b, is_v6 ? "[" : "");
    tcs_buf_str(&b, server.host);
    tcs_buf_puts(&b, is_v6 ? "]" : "");
    tcs_buf_printf(&b, ":%u/", server.port ? server.port : is_tls ? 465u : 587u);
    struct tcs_str host = m->env->host.len ? m->env->host : TCS_STR("localhost");
    for (size_t i = 0; i < host.len && i < 253; i++) {
        char c = host.p[i];
        bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        tcs_buf_putc(&b, is_plain ? c : '-');
    }
    const char *url = b.bad ? NULL : tcs_cstr(&m->arena, tcs_buf_view(&b));
    tcs_buf_done(&b);
    return url;
}

static const char *make_envelope(struct mail *m, struct tcs_str address)
{
    char text[300];
    int len = snprintf(text, sizeof text, "<%.*s>", TCS_STR_ARG(address));
    return tcs_cstr(&m->arena, (struct tcs_str){text, (size_t)len});
}

static enum tcs_code fill(struct mail *m, struct tcs_err *err)
{
    const struct tcs_mail_settings *s = m->settings;
    struct tcs_str password;
    enum tcs_code code = tcs_secret_read(&s->password, "the password", &m->arena, &password, err);
    if (code != TCS_OK)
        return code;
    m->password = password.p;
    m->url = make_url(m);
    m->user = tcs_cstr(&m->arena, s->user);
    m->ca_file = tcs_cstr(&m->arena, s->ca_file);
    m->from = make_envelope(m, s->from);
    m->to = tcs_arena_array(&m->arena, s->to.count, sizeof *m->to);
    bool ok = m->url && m->user && m->ca_file && m->from && m->to;
    for (size_t i = 0; ok && i < s->to.count; i++) {
        m->to[i].envelope = make_envelope(m, s->to.at[i]);
        ok = m->to[i].envelope != NULL;
    }
    return ok ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
}

static void mail_close(void *channel)
{
    struct mail *m = channel;
    tcs_arena_done(&m->arena);
    free(m);
}

static enum tcs_code mail_open(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                               void **channel, struct tcs_err *err)
{
    enum tcs_code code = tcs_transfer_setup(err);
    if (code != TCS_OK)
        return code;
    struct mail *m = malloc(sizeof *m);
    if (m == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    *m = (struct mail){.settings = &config->as.mail, .env = env, .name = config->name};
    tcs_arena_init(&m->arena, SECRETS_MOST);
    code = fill(m, err);
    if (code == TCS_OK)
        *channel = m;
    else
        mail_close(m);
    return code;
}

/* ---- one mail to some recipients ---- */

/* A mail on its way. */
struct passage {
    struct tcs_transfer transfer;
    struct tcs_smtp_talk talk;
    struct tcs_str content;
    size_t at; /* bytes of it that were handed over */
    bool is_leaving;
};

static size_t give_content(char *out, size_t size, size_t count, void *ctx)
{
    struct passage *p = ctx;
    struct tcs_str part = tcs_str_cut(p->content, p->at, p->at + size * count);
    if (part.len)
        memcpy(out, part.p, part.len);
    p->at += part.len;
    return part.len;
}

static int overhear(CURL *curl, curl_infotype type, char *text, size_t len, void *ctx)
{
    struct passage *p = ctx;
    (void)curl;
    if (type == CURLINFO_HEADER_OUT)
        tcs_smtp_talk_sent(&p->talk, (struct tcs_str){text, len});
    else if (type == CURLINFO_HEADER_IN)
        tcs_smtp_talk_heard(&p->talk, (struct tcs_str){text, len});
    if (p->talk.is_taken && !p->is_leaving) {
        p->is_leaving = true;
        p->transfer.give_up_at = tcs_monotonic_ms() + QUIT_MS;
    }
    return 0;
}

static void set_up(const struct mail *m, struct passage *p, struct curl_slist *to)
{
    static const long tls[TCS_MAIL_TLS_COUNT] = {
        [TCS_MAIL_TLS_DEFAULT] = CURLUSESSL_ALL,
        [TCS_MAIL_STARTTLS] = CURLUSESSL_ALL,
        [TCS_MAIL_TLS] = CURLUSESSL_ALL,
        [TCS_MAIL_PLAIN] = CURLUSESSL_NONE,
    };
    CURL *curl = p->transfer.curl;
    tcs_curl.easy_setopt(curl, CURLOPT_URL, m->url);
    tcs_curl.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    tcs_curl.easy_setopt(curl, CURLOPT_USE_SSL, tls[m->settings->tls]);
    if (m->user[0]) {
        tcs_curl.easy_setopt(curl, CURLOPT_USERNAME, m->user);
        tcs_curl.easy_setopt(curl, CURLOPT_PASSWORD, m->password);
    }
    tcs_curl.easy_setopt(curl, CURLOPT_MAIL_FROM, m->from);
    tcs_curl.easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    tcs_curl.easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_READFUNCTION, give_content);
    tcs_curl.easy_setopt(curl, CURLOPT_READDATA, p);
    tcs_curl.easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->content.len);
    tcs_curl.easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    tcs_curl.easy_setopt(curl, CURLOPT_DEBUGFUNCTION, overhear);
    tcs_curl.easy_setopt(curl, CURLOPT_DEBUGDATA, p);
    tcs_curl.easy_setopt(curl, CURLOPT_VERBOSE, 1L);
}

/* Hands the mail to the server for the recipients of to; false without memory. */
static bool pass(const struct mail *m, struct passage *p, struct curl_slist *to)
{
    if (!tcs_transfer_begin(&p->transfer, m->env->stop, m->settings->timeout, m->ca_file))
        return false;
    set_up(m, p, to);
    tcs_transfer_run(&p->transfer);
    tcs_transfer_end(&p->transfer);
    return true;
}

/* ---- a batch ---- */

/* Keeps the first thing that went wrong. */
static void note(struct mail *m, const char *what, const char *said)
{
    struct tcs_str subject = tcs_utf8_cut(tcs_str_of(what), SUBJECT_SHOWN);
    struct tcs_str words = tcs_utf8_cut(tcs_str_of(said), WORDS_SHOWN);
    if (m->trouble[0] == '\0')
        snprintf(m->trouble, sizeof m->trouble, "%.*s%s%.*s", TCS_STR_ARG(subject), subject.len ? ": " : "",
                 TCS_STR_ARG(words));
}

static bool wants(const struct recipient *r, uint64_t sequence)
{
    return sequence == 0 || sequence > r->through;
}

/* The first message that the recipient has not got; batch->count if it has all. */
static size_t first_wanted(const struct recipient *r, const struct tcs_batch *batch)
{
    size_t i = 0;
    while (i < batch->count && !wants(r, batch->messages[i].sequence))
        i++;
    return i;
}

/* The recipients that want the batch from message `from` on. Their places go to members. */
static struct curl_slist *group_of(const struct mail *m, const struct tcs_batch *batch, size_t from,
                                   size_t members[TCS_MAIL_TO_MOST], size_t *count)
{
    struct curl_slist *list = NULL;
    *count = 0;
    for (size_t i = 0; i < m->settings->to.count; i++) {
        if (first_wanted(&m->to[i], batch) != from)
            continue;
        struct curl_slist *longer = tcs_curl.slist_append(list, m->to[i].envelope);
        if (longer == NULL)
            break; /* who is left over stays without and is asked for next time */
        list = longer;
        members[(*count)++] = i;
    }
    return list;
}

static void remark(const struct mail *m, const char *who, const char *said)
{
    char text[600];
    snprintf(text, sizeof text, "%s was refused: %s", who, said);
    if (m->env->remark)
        m->env->remark(m->env->remark_ctx, m->name, text);
}

/* The server's answer about one recipient. */
static void judge_recipient(struct mail *m, struct recipient *r, const struct tcs_smtp_answer *a,
                            bool is_taken)
{
    switch (tcs_smtp_verdict_of(TCS_SMTP_RCPT, a->code)) {
    case TCS_SMTP_NEVER:
        r->fate = FATE_REFUSED;
        note(m, r->envelope, a->text);
        remark(m, r->envelope, a->text);
        break;
    case TCS_SMTP_LATER:
        r->fate = FATE_DEFERRED;
        note(m, r->envelope, a->text);
        break;
    case TCS_SMTP_ACCEPTED:
        r->fate = is_taken ? FATE_TAKEN : FATE_OPEN;
        break;
    case TCS_SMTP_NONE:
        break;
    }
}

/* What a mail met at the server. */
static void judge(struct mail *m, const struct passage *p, const size_t *members, size_t count)
{
    const struct tcs_smtp_talk *t = &p->talk;
    bool is_refused = !t->is_taken && t->refusal.code;
    bool is_never = is_refused && tcs_smtp_verdict_of(t->refused_at, t->refusal.code) == TCS_SMTP_NEVER;
    if (is_refused)
        note(m, "", t->refusal.text);
    for (size_t i = 0; i < count; i++) {
        struct recipient *r = &m->to[members[i]];
        if (is_never)
            r->fate = FATE_REFUSED;
        else if (i < t->recipients)
            judge_recipient(m, r, &t->answers[i], t->is_taken);
        if (r->fate == FATE_OPEN)
            note(m, "", p->transfer.error);
    }
}

/* The mail with the messages from `from` on. LIMIT: too large. */
static enum tcs_code make_content(const struct mail *m, const struct tcs_batch *batch, size_t from,
                                  struct tcs_buf *b, struct tcs_err *err)
{
    struct tcs_mail mail = {
        .what = {batch->messages + from, batch->count - from, batch->reports, batch->report_count,
                 m->env->host},
        .from = m->settings->from,
        .to = m->settings->to.at,
        .to_count = m->settings->to.count,
        .date = tcs_wall_time(),
    };
    return tcs_render_mail(b, &mail, err);
}

/* Those who want the batch from the same message on get one mail. */
static void send_to_group(struct mail *m, const struct tcs_batch *batch, size_t from)
{
    size_t members[TCS_MAIL_TO_MOST], count;
    struct curl_slist *to = group_of(m, batch, from, members, &count);
    if (to == NULL)
        return;
    struct passage *p = calloc(1, sizeof *p);
    struct tcs_buf content;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_buf_init(&content, MAIL_BYTES_MOST);
    bool is_ready = p && make_content(m, batch, from, &content, &err) == TCS_OK;
    if (is_ready) {
        p->content = tcs_buf_view(&content);
        tcs_smtp_talk_begin(&p->talk);
        is_ready = pass(m, p, to);
    }
    if (is_ready)
        judge(m, p, members, count);
    else
        note(m, "", err.code == TCS_OK ? "no memory for a mail" : err.text);
    tcs_buf_done(&content);
    free(p);
    tcs_curl.slist_free_all(to);
}

/*
 * Some have it and some are to ask again later: that is tried for a while,
 * and then said, so that an overfull mailbox does not keep the others from
 * their next alarm.
 */
static enum tcs_send_result settle_deferred(struct mail *m, size_t without, struct tcs_receipt *receipt)
{
    uint64_t now = tcs_monotonic_ms();
    if (m->deferred_since == 0)
        m->deferred_since = now;
    if (now - m->deferred_since < DEFERRED_GIVE_UP_MS) {
        receipt->retry_after = DEFERRED_RETRY_MS;
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%zu of %zu recipients do not take it yet; %s",
                               without, m->settings->to.count, m->trouble);
    }
    m->deferred_since = 0;
    return tcs_receipt_say(receipt, TCS_SENT, "not to %zu of %zu recipients; %s", without,
                           m->settings->to.count, m->trouble);
}

/* What becomes of the batch, by how many recipients have which fate. */
static enum tcs_send_result settle(struct mail *m, const size_t fates[FATE_COUNT],
                                   struct tcs_receipt *receipt)
{
    size_t all = m->settings->to.count, have = fates[FATE_HAS] + fates[FATE_TAKEN];
    if (fates[FATE_OPEN] || (fates[FATE_DEFERRED] && have == 0))
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", m->trouble);
    if (fates[FATE_DEFERRED])
        return settle_deferred(m, all - have, receipt);
    m->deferred_since = 0;
    if (have == 0)
        return tcs_receipt_say(receipt, TCS_SEND_REJECTED, "%s", m->trouble);
    if (have < all)
        return tcs_receipt_say(receipt, TCS_SENT, "not to %zu of %zu recipients; %s", all - have, all,
                               m->trouble);
    return tcs_receipt_say(receipt, TCS_SENT, "taken for %zu recipient%s", all, all == 1 ? "" : "s");
}

static enum tcs_send_result mail_send(void *channel, const struct tcs_batch *batch,
                                      struct tcs_receipt *receipt)
{
    struct mail *m = channel;
    size_t fates[FATE_COUNT] = {0};
    m->trouble[0] = '\0';
    for (size_t i = 0; i < m->settings->to.count; i++)
        m->to[i].fate = first_wanted(&m->to[i], batch) == batch->count ? FATE_HAS : FATE_OPEN;
    for (size_t from = 0; from < batch->count; from++)
        send_to_group(m, batch, from);
    for (size_t i = 0; i < m->settings->to.count; i++)
        fates[m->to[i].fate]++;
    enum tcs_send_result result = settle(m, fates, receipt);
    /* What was rejected may be tried again in smaller parts; then everybody wants it still. */
    for (size_t i = 0; i < m->settings->to.count && result != TCS_SEND_REJECTED; i++)
        if (result == TCS_SENT || (m->to[i].fate != FATE_OPEN && m->to[i].fate != FATE_DEFERRED))
            m->to[i].through = batch->messages[batch->count - 1].sequence;
    return result;
}

const struct tcs_channel_ops tcs_channel_mail = {
    .batch = TCS_BATCH_INCIDENT,
    .digests = true,
    .wants_reports = true,
    .batch_most = DIGEST_MOST,
    .open = mail_open,
    .send = mail_send,
    .close = mail_close,
};
