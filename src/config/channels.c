#include "config/channels.h"

enum { NAME_MOST = 64 };

#define SECONDS(n) (UINT64_C(1000) * (n))
#define MINUTES(n) SECONDS(60 * (n))
#define DAYS(n)    MINUTES(UINT64_C(1440) * (n))

/* Names go into logs, mail headers, syslog and metrics: plain in all of them. */
static bool is_plain_name(struct tcs_str name)
{
    bool plain = name.len > 0 && name.len <= NAME_MOST;
    for (size_t i = 0; plain && i < name.len; i++) {
        char c = name.p[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                c == '_' || c == '.';
    }
    return plain;
}

enum tcs_code tcs_channel_check(struct tcs_channel_config *channel, struct tcs_str file,
                                const struct tcs_yaml_node *at, struct tcs_err *err)
{
    if (channel->name.len == 0)
        channel->name = tcs_str_of(tcs_channel_type_names[channel->type]);
    if (!is_plain_name(channel->name))
        return tcs_yaml_fail(err, file, at,
                             "the name of a channel has up to %d letters, digits and the signs - _ .",
                             NAME_MOST);
    if (channel->min_severity == TCS_SEVERITY_NONE)
        channel->min_severity = TCS_POSSIBLE;
    if (channel->expire == 0)
        channel->expire = DAYS(7);
    return TCS_OK;
}

enum tcs_code tcs_secret_check(const struct tcs_secret *secret, const char *name, struct tcs_str file,
                               const struct tcs_yaml_node *at, struct tcs_err *err)
{
    if (secret->file.len == 0 || secret->env.len == 0)
        return TCS_OK;
    return tcs_yaml_fail(err, file, at, "'%s_file' and '%s_env' exclude each other", name, name);
}

/* The item of a list under a key of the map. NULL if there is none. */
static const struct tcs_yaml_node *item_of(const struct tcs_yaml_node *map, struct tcs_str name, size_t index)
{
    for (const struct tcs_yaml_node *key = map->first; key; key = key->next->next) {
        if (!tcs_str_eq(key->text, name))
            continue;
        const struct tcs_yaml_node *item = key->next->first;
        while (item && index--)
            item = item->next;
        return item;
    }
    return NULL;
}

enum tcs_code tcs_channels_check(const struct tcs_channel_config *channels, size_t count, struct tcs_str file,
                                 const struct tcs_yaml_node *root, struct tcs_err *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!tcs_str_eq(channels[i].name, channels[j].name))
                continue;
            const struct tcs_yaml_node *at = item_of(root, TCS_STR("channels"), i);
            return tcs_yaml_fail(err, file, at ? at : root,
                                 "two channels are called '%.*s'; give them different names",
                                 TCS_STR_ARG(channels[i].name));
        }
    }
    return TCS_OK;
}

/* ---- stdout, file ---- */

static enum tcs_code check_plain(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                 struct tcs_err *err)
{
    return tcs_channel_check(out, file, at, err);
}

static const struct tcs_key_row stdout_rows[] = {TCS_CHANNEL_ROWS, {NULL}};
static const struct tcs_key_table stdout_table = {
    "a stdout channel", sizeof(struct tcs_channel_config), stdout_rows, NULL, check_plain, NULL,
};

static const struct tcs_key_row file_rows[] = {
    TCS_CHANNEL_ROWS,
    {"path", TCS_TYPE_TEXT, TCS_CHANNEL_AT(file.path), true, "the file; it is made if it is not there"},
    {NULL},
};
static const struct tcs_key_table file_table = {
    "a file channel", sizeof(struct tcs_channel_config), file_rows, NULL, check_plain, NULL,
};

/* ---- command ---- */

static bool is_full_path(struct tcs_str path)
{
    return tcs_str_starts(path, TCS_STR("/")) || tcs_str_starts(path, TCS_STR("\\\\")) ||
           (path.len > 3 && path.p[1] == ':' && path.p[2] == '\\');
}

static enum tcs_code check_command(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                   struct tcs_err *err)
{
    struct tcs_channel_config *channel = out;
    struct tcs_command_settings *c = &channel->as.command;
    if (c->argv.count == 0 || !is_full_path(c->argv.at[0]))
        return tcs_yaml_fail(err, file, at,
                             "'argv' begins with the full path of a program; no shell looks for it");
    c->timeout = c->timeout ? c->timeout : SECONDS(30);
    c->tries = c->tries ? c->tries : 5;
    channel->burst = channel->burst ? channel->burst : 20;
    channel->digest = channel->digest ? channel->digest : MINUTES(5);
    return tcs_channel_check(channel, file, at, err);
}

static const struct tcs_key_row command_rows[] = {
    TCS_CHANNEL_ROWS,
    TCS_CHANNEL_RATE_ROWS,
    {"argv", TCS_TYPE_TEXTS, TCS_CHANNEL_AT(command.argv), true,
     "full path of a program, and its arguments; there is no shell"},
    {"timeout", TCS_TYPE_DURATION, TCS_CHANNEL_AT(command.timeout), false, "it is ended after so long", NULL,
     100, MINUTES(60)},
    {"tries", TCS_TYPE_NUMBER, TCS_CHANNEL_AT(command.tries), false,
     "it may fail so often on a message before that is given up", NULL, 1, 1000},
    {NULL},
};
static const struct tcs_key_table command_table = {
    "a command channel", sizeof(struct tcs_channel_config), command_rows, NULL, check_command, NULL,
};

/* ---- webhook ---- */

/* What stands in front of the host may hold a password, and this file is no place for one. */
static bool has_login(struct tcs_str url)
{
    size_t from = tcs_str_find(url, '/') + 2;
    struct tcs_str rest = tcs_str_cut(url, from, url.len);
    return tcs_str_find(tcs_str_cut(rest, 0, tcs_str_find(rest, '/')), '@') < tcs_str_find(rest, '/');
}

static enum tcs_code check_url(const struct tcs_webhook_settings *w, struct tcs_str file,
                               const struct tcs_yaml_node *at, struct tcs_err *err)
{
    int given = (w->url.len > 0) + (w->url_secret.file.len > 0) + (w->url_secret.env.len > 0);
    if (given != 1)
        return tcs_yaml_fail(err, file, at, "a webhook channel needs one of 'url', 'url_file' and 'url_env'");
    if (w->url.len == 0)
        return TCS_OK;
    if (!tcs_str_starts(w->url, TCS_STR("https://")) && !tcs_str_starts(w->url, TCS_STR("http://")))
        return tcs_yaml_fail(err, file, at, "'url' must begin with https:// or http://");
    if (has_login(w->url))
        return tcs_yaml_fail(err, file, at,
                             "'url' holds a login; put such an address into a file: 'url_file'");
    return TCS_OK;
}

static enum tcs_code check_webhook(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                                   struct tcs_err *err)
{
    struct tcs_channel_config *channel = out;
    struct tcs_webhook_settings *w = &channel->as.webhook;
    enum tcs_code code = check_url(w, file, at, err);
    if (code == TCS_OK)
        code = tcs_secret_check(&w->secret, "secret", file, at, err);
    if (code != TCS_OK)
        return code;
    w->timeout = w->timeout ? w->timeout : SECONDS(15);
    channel->burst = channel->burst ? channel->burst : 20;
    channel->digest = channel->digest ? channel->digest : MINUTES(1);
    return tcs_channel_check(channel, file, at, err);
}

static const char *const template_words[TCS_WEBHOOK_TEMPLATE_COUNT + 1] = {
    [TCS_WEBHOOK_GENERIC] = "generic", [TCS_WEBHOOK_SLACK] = "slack",           [TCS_WEBHOOK_TEAMS] = "teams",
    [TCS_WEBHOOK_DISCORD] = "discord", [TCS_WEBHOOK_MATTERMOST] = "mattermost",
};

static const struct tcs_key_row webhook_rows[] = {
    TCS_CHANNEL_ROWS,
    TCS_CHANNEL_RATE_ROWS,
    {"url", TCS_TYPE_TEXT, TCS_CHANNEL_AT(webhook.url), false, "where to: https:// or http://"},
    TCS_SECRET_ROWS("url", webhook.url_secret, "the address, where that is itself a secret"),
    {"template", TCS_TYPE_WORD, TCS_CHANNEL_AT(webhook.template), false,
     "generic, slack, teams, discord or mattermost", template_words},
    TCS_SECRET_ROWS("secret", webhook.secret, "the key of the signature"),
    {"ca_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(webhook.ca_file), false,
     "certificates to trust instead of the system's (PEM)"},
    {"timeout", TCS_TYPE_DURATION, TCS_CHANNEL_AT(webhook.timeout), false, "the answer must come within",
     NULL, SECONDS(1), MINUTES(5)},
    {NULL},
};
static const struct tcs_key_table webhook_table = {
    "a webhook channel", sizeof(struct tcs_channel_config), webhook_rows, NULL, check_webhook, NULL,
};

/* ---- all types ---- */

static const struct tcs_key_variant types[] = {
    {"stdout", TCS_CHANNEL_STDOUT, &stdout_table},
    {"file", TCS_CHANNEL_FILE, &file_table},
    {"command", TCS_CHANNEL_COMMAND, &command_table},
    {"webhook", TCS_CHANNEL_WEBHOOK, &webhook_table},
    {"mail", TCS_CHANNEL_MAIL, &tcs_mail_channel_table},
    {"syslog", TCS_CHANNEL_SYSLOG, &tcs_syslog_channel_table},
    {NULL, 0, NULL},
};

static const struct tcs_key_choice by_type = {"type", offsetof(struct tcs_channel_config, type), types};

const struct tcs_key_table tcs_channel_table = {
    "a channel", sizeof(struct tcs_channel_config), NULL, NULL, NULL, &by_type,
};
