#include "config/channels.h"

#include "model/address.h"

#define SECONDS(n) (UINT64_C(1000) * (n))
#define MINUTES(n) SECONDS(60 * (n))

/* ---- mail ---- */

static enum tcs_code check_address(struct tcs_str address, const char *key, struct tcs_str file,
                                   const struct tcs_yaml_node *at, struct tcs_err *err)
{
    const char *why;
    if (tcs_mail_address_ok(address, &why))
        return TCS_OK;
    return tcs_yaml_fail(err, file, at, "'%s': '%.*s' is no mail address: %s", key, TCS_STR_ARG(address),
                         why);
}

static enum tcs_code check_addresses(const struct tcs_mail_settings *m, struct tcs_str file,
                                     const struct tcs_yaml_node *at, struct tcs_err *err)
{
    enum tcs_code code = check_address(m->from, "from", file, at, err);
    if (code == TCS_OK && (m->to.count == 0 || m->to.count > TCS_MAIL_TO_MOST))
        code = tcs_yaml_fail(err, file, at, "'to' must name 1 to %d mail addresses", TCS_MAIL_TO_MOST);
    for (size_t i = 0; i < m->to.count && code == TCS_OK; i++)
        code = check_address(m->to.at[i], "to", file, at, err);
    return code;
}

static enum tcs_code check_mail_url(struct tcs_mail_settings *m, struct tcs_endpoint *server,
                                    struct tcs_str file, const struct tcs_yaml_node *at, struct tcs_err *err)
{
    const char *why;
    if (!tcs_endpoint_parse(m->url, server, &why))
        return tcs_yaml_fail(err, file, at, "'url': %s", why);
    bool is_smtps = tcs_str_eq(server->scheme, TCS_STR("smtps"));
    if (!is_smtps && !tcs_str_eq(server->scheme, TCS_STR("smtp")))
        return tcs_yaml_fail(err, file, at, "'url' of mail must begin with smtp:// or smtps://");
    if (m->tls == TCS_MAIL_TLS_DEFAULT)
        m->tls = is_smtps ? TCS_MAIL_TLS : TCS_MAIL_STARTTLS;
    if (is_smtps && m->tls != TCS_MAIL_TLS)
        return tcs_yaml_fail(err, file, at,
                             "smtps:// is TLS from the first byte on; write smtp:// for anything else");
    return TCS_OK;
}

static enum tcs_code check_login(const struct tcs_mail_settings *m, const struct tcs_endpoint *server,
                                 struct tcs_str file, const struct tcs_yaml_node *at, struct tcs_err *err)
{
    bool has_password = m->password.file.len || m->password.env.len;
    if ((m->user.len != 0) != has_password)
        return tcs_yaml_fail(err, file, at,
                             "a login needs 'user' and one of 'password_file' and 'password_env'");
    if (has_password && m->tls == TCS_MAIL_PLAIN && !tcs_endpoint_is_local(server))
        return tcs_yaml_fail(err, file, at,
                             "with 'tls: none' the password could be read on its way; "
                             "use starttls or tls, or no login");
    return tcs_secret_check(&m->password, "password", file, at, err);
}

static enum tcs_code check_mail(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                struct tcs_err *err)
{
    struct tcs_channel_config *channel = out;
    struct tcs_mail_settings *m = &channel->as.mail;
    struct tcs_endpoint server;
    enum tcs_code code = check_mail_url(m, &server, file, at, err);
    if (code == TCS_OK)
        code = check_login(m, &server, file, at, err);
    if (code == TCS_OK)
        code = check_addresses(m, file, at, err);
    if (code != TCS_OK)
        return code;
    m->timeout = m->timeout ? m->timeout : MINUTES(1);
    channel->burst = channel->burst ? channel->burst : 10;
    channel->digest = channel->digest ? channel->digest : MINUTES(10);
    return tcs_channel_check(channel, file, at, err);
}

static const char *const tls_words[TCS_MAIL_TLS_COUNT + 1] = {
    [TCS_MAIL_TLS_DEFAULT] = "",
    [TCS_MAIL_STARTTLS] = "starttls",
    [TCS_MAIL_TLS] = "tls",
    [TCS_MAIL_PLAIN] = "none",
};

static const struct tcs_key_row mail_rows[] = {
    TCS_CHANNEL_ROWS,
    TCS_CHANNEL_RATE_ROWS,
    {"url", TCS_TYPE_TEXT, TCS_CHANNEL_AT(mail.url), true, "the server: smtp://host:587 or smtps://host:465"},
    {"tls", TCS_TYPE_WORD, TCS_CHANNEL_AT(mail.tls), false,
     "starttls, tls or none; smtp:// means starttls, which must succeed", tls_words},
    {"user", TCS_TYPE_TEXT, TCS_CHANNEL_AT(mail.user), false, "name to log in with"},
    TCS_SECRET_ROWS("password", mail.password, "the password"),
    {"ca_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(mail.ca_file), false,
     "certificates to trust instead of the system's (PEM)"},
    {"from", TCS_TYPE_TEXT, TCS_CHANNEL_AT(mail.from), true, "address of the sender"},
    {"to", TCS_TYPE_TEXTS, TCS_CHANNEL_AT(mail.to), true, "addresses of those who are told"},
    {"timeout", TCS_TYPE_DURATION, TCS_CHANNEL_AT(mail.timeout), false, "a mail must be taken within", NULL,
     SECONDS(1), MINUTES(10)},
    {NULL},
};
const struct tcs_key_table tcs_mail_channel_table = {
    "a mail channel", sizeof(struct tcs_channel_config), mail_rows, NULL, check_mail, NULL,
};

/* ---- syslog ---- */

/* By RFC 5424, table 1; kern is the kernel's own. */
static const char *const facility_words[] = {
    "",       "user",     "mail",   "daemon", "auth",   "syslog", "lpr",   "news",   "uucp",
    "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock", "local0", "local1",
    "local2", "local3",   "local4", "local5", "local6", "local7", NULL,
};
enum { FACILITY_AUTHPRIV = 10 };

static const char *const format_words[] = {"", "text", "json", NULL};

/* What differs by the way messages go. */
static const struct {
    struct tcs_str scheme;
    uint64_t size; /* that every receiver should take */
    uint64_t most; /* that the way can carry */
    bool is_tls;
} ways[] = {
    {TCS_STR_INIT("udp"), 1180, 65507, false}, /* RFC 5426, 3.2: no fragments on any line */
    {TCS_STR_INIT("tcp"), 8192, 1 << 20, false},
    {TCS_STR_INIT("tls"), 8192, 1 << 20, true}, /* RFC 5425, 4.3.1 */
};

static enum tcs_code check_way(struct tcs_syslog_settings *s, struct tcs_str file,
                               const struct tcs_yaml_node *at, struct tcs_err *err)
{
    struct tcs_endpoint server;
    const char *why;
    if (!tcs_endpoint_parse(s->url, &server, &why))
        return tcs_yaml_fail(err, file, at, "'url': %s", why);
    size_t way = 0;
    while (way < sizeof ways / sizeof ways[0] && !tcs_str_eq(server.scheme, ways[way].scheme))
        way++;
    if (way == sizeof ways / sizeof ways[0])
        return tcs_yaml_fail(err, file, at, "'url' of syslog must begin with udp://, tcp:// or tls://");
    if (!ways[way].is_tls && (s->ca_file.len || s->cert_file.len || s->key_file.len))
        return tcs_yaml_fail(err, file, at,
                             "'ca_file', 'cert_file' and 'key_file' are of use with tls:// only");
    if (s->key_file.len && s->cert_file.len == 0)
        return tcs_yaml_fail(err, file, at, "'key_file' needs 'cert_file'");
    s->max_size = s->max_size ? s->max_size : ways[way].size;
    if (s->max_size > ways[way].most)
        return tcs_yaml_fail(err, file, at, "'max_size' can be %llu at most with %.*s://",
                             (unsigned long long)ways[way].most, TCS_STR_ARG(server.scheme));
    return TCS_OK;
}

static enum tcs_code check_syslog(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                  struct tcs_err *err)
{
    struct tcs_channel_config *channel = out;
    struct tcs_syslog_settings *s = &channel->as.syslog;
    enum tcs_code code = check_way(s, file, at, err);
    if (code != TCS_OK)
        return code;
    s->facility = s->facility ? s->facility : FACILITY_AUTHPRIV;
    s->timeout = s->timeout ? s->timeout : SECONDS(15);
    return tcs_channel_check(channel, file, at, err);
}

static const struct tcs_key_row syslog_rows[] = {
    TCS_CHANNEL_ROWS,
    {"url", TCS_TYPE_TEXT, TCS_CHANNEL_AT(syslog.url), true,
     "the server: udp://host:514, tcp://host:601 or tls://host:6514"},
    {"facility", TCS_TYPE_WORD, TCS_CHANNEL_AT(syslog.facility), false,
     "user, daemon, auth, authpriv, local0 to local7 or another of RFC 5424", facility_words},
    {"format", TCS_TYPE_WORD, TCS_CHANNEL_AT(syslog.format), false,
     "text: a line for people; json: the finding", format_words},
    {"max_size", TCS_TYPE_NUMBER, TCS_CHANNEL_AT(syslog.max_size), false, "bytes of a message", NULL, 1180,
     1 << 20},
    {"ca_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(syslog.ca_file), false,
     "certificates to trust instead of the system's (PEM)"},
    {"cert_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(syslog.cert_file), false,
     "certificate of this computer, for servers that ask (PEM)"},
    {"key_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(syslog.key_file), false,
     "its key, if that is not in cert_file"},
    {"timeout", TCS_TYPE_DURATION, TCS_CHANNEL_AT(syslog.timeout), false,
     "a connection and a message must be taken within", NULL, SECONDS(1), MINUTES(5)},
    {NULL},
};
const struct tcs_key_table tcs_syslog_channel_table = {
    "a syslog channel", sizeof(struct tcs_channel_config), syslog_rows, NULL, check_syslog, NULL,
};
