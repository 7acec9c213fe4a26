/*
 * Ways to tell the administrator, as the configuration describes them: plain
 * data, filled by config/, followed by delivery/. Texts are UTF-8 as written;
 * durations are milliseconds.
 */
#ifndef TCS_MODEL_CHANNEL_H
#define TCS_MODEL_CHANNEL_H

#include "model/message.h"
#include "model/rules.h"

enum tcs_channel_type {
    TCS_CHANNEL_NONE, /* not said; no channel that was read has it */
    TCS_CHANNEL_STDOUT,
    TCS_CHANNEL_FILE,
    TCS_CHANNEL_COMMAND,
    TCS_CHANNEL_WEBHOOK,
    TCS_CHANNEL_MAIL,
    TCS_CHANNEL_SYSLOG,
    TCS_CHANNEL_TYPE_COUNT
};

/* The words: "", "stdout", "file", ... */
extern const char *const tcs_channel_type_names[TCS_CHANNEL_TYPE_COUNT];

/* Where a secret is: in a file or in an environment variable, never in the configuration itself. */
struct tcs_secret {
    struct tcs_str file; /* path; one line end at its end does not count */
    struct tcs_str env;  /* name of the variable */
};

/* stdout has no settings of its own. */

struct tcs_file_settings {
    struct tcs_str path;
};

struct tcs_command_settings {
    struct tcs_strs argv; /* the program by its full path, and its arguments; no shell reads them */
    uint64_t timeout;
    uint64_t tries; /* how often it may fail on one message before that counts as rejected */
};

enum tcs_webhook_template {
    TCS_WEBHOOK_GENERIC,
    TCS_WEBHOOK_SLACK,
    TCS_WEBHOOK_TEAMS,
    TCS_WEBHOOK_DISCORD,
    TCS_WEBHOOK_MATTERMOST,
    TCS_WEBHOOK_TEMPLATE_COUNT
};

struct tcs_webhook_settings {
    /* One of them: an address that is itself a secret, as those of chat tools are, belongs into url_secret.
     */
    struct tcs_str url;
    struct tcs_secret url_secret;
    int template;             /* enum tcs_webhook_template */
    struct tcs_secret secret; /* for the signature; neither file nor env: no signature */
    struct tcs_str ca_file;   /* trusted instead of the system's authorities; empty: the system's */
    uint64_t timeout;
};

enum tcs_mail_tls {
    TCS_MAIL_TLS_DEFAULT, /* what the address asks for: smtp:// STARTTLS, smtps:// TLS */
    TCS_MAIL_STARTTLS,    /* required and verified; a server without it gets no mail */
    TCS_MAIL_TLS,         /* from the first byte on */
    TCS_MAIL_PLAIN,       /* for a relay on this computer or on a line that is trusted */
    TCS_MAIL_TLS_COUNT
};

struct tcs_mail_settings {
    struct tcs_str url; /* smtp://host:port or smtps://host:port */
    int tls;            /* enum tcs_mail_tls, never the default once read */
    struct tcs_str user;
    struct tcs_secret password;
    struct tcs_str ca_file; /* trusted instead of the system's authorities; empty: the system's */
    struct tcs_str from;    /* addresses as tcs_mail_address_ok takes them */
    struct tcs_strs to;     /* at least one, at most TCS_MAIL_TO_MOST */
    uint64_t timeout;       /* for all of one mail */
};

enum { TCS_MAIL_TO_MOST = 100 };

struct tcs_syslog_settings {
    struct tcs_str url;                 /* udp://host:port, tcp://host:port or tls://host:port */
    int facility;                       /* 1 to 23, as RFC 5424 numbers them */
    int format;                         /* enum tcs_syslog_format of render/syslog.h */
    uint64_t max_size;                  /* bytes of a message */
    struct tcs_str ca_file;             /* as for mail */
    struct tcs_str cert_file, key_file; /* who we are, for servers that ask; key_file empty: in cert_file */
    uint64_t timeout;                   /* for connecting, and for handing over a message */
};

struct tcs_channel_config {
    struct tcs_str name; /* unique among the channels */
    int type;            /* enum tcs_channel_type */
    enum tcs_severity min_severity;
    uint64_t expire; /* how long a message may wait before it becomes a dead letter */
    /*
     * Rate limit: `burst` messages go at once; what comes beyond is collected
     * and goes as one digest every `digest`. Nothing is left out. burst 0: no
     * limit, for channels that take any number.
     */
    uint64_t burst;
    uint64_t digest;
    union {
        struct tcs_file_settings file;
        struct tcs_command_settings command;
        struct tcs_webhook_settings webhook;
        struct tcs_mail_settings mail;
        struct tcs_syslog_settings syslog;
    } as; /* by type */
};

/*
 * True if the channel is to be told this message: findings and blindness from
 * its severity on, everything else always.
 */
bool tcs_channel_wants(const struct tcs_channel_config *channel, const struct tcs_message *message);

#endif
