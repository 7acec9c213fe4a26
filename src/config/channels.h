/*
 * The keys of channels: those that all have, and a table for each type. A new
 * type adds its settings to model/channel.h, a table made with these rows and
 * checks, and a line to the list in channels.c.
 */
#ifndef TCS_CONFIG_CHANNELS_H
#define TCS_CONFIG_CHANNELS_H

#include "config/schema.h"
#include "model/channel.h"

/* Keys of every channel. */
#define TCS_CHANNEL_ROWS                                                                                     \
    {"type", TCS_TYPE_IGNORED, 0, 0, NULL, true, "what kind of channel it is; decides which keys it has"},   \
        {"name", TCS_TYPE_TEXT, TCS_KEY_AT(tcs_channel_config, name), false,                                 \
         "what it is called in messages; without it, as its type"},                                          \
        {"min_severity", TCS_TYPE_SEVERITY, TCS_KEY_AT(tcs_channel_config, min_severity), false,             \
         "it is not told of what is less"},                                                                  \
    {                                                                                                        \
        "expire", TCS_TYPE_DURATION, TCS_KEY_AT(tcs_channel_config, expire), false,                          \
            "a message that could not be sent for so long is given up", NULL, 60000,                         \
            366 * UINT64_C(86400000)                                                                         \
    }

/* Keys of channels that can take a digest. */
#define TCS_CHANNEL_RATE_ROWS                                                                                \
    {"burst",                                                                                                \
     TCS_TYPE_NUMBER,                                                                                        \
     TCS_KEY_AT(tcs_channel_config, burst),                                                                  \
     false,                                                                                                  \
     "so many messages go at once, what comes then is collected",                                            \
     NULL,                                                                                                   \
     1,                                                                                                      \
     1000},                                                                                                  \
    {                                                                                                        \
        "digest", TCS_TYPE_DURATION, TCS_KEY_AT(tcs_channel_config, digest), false,                          \
            "and goes as one message in so much time", NULL, 1000, UINT64_C(86400000)                        \
    }

/* The member of a type's settings: TCS_CHANNEL_AT(file.path). */
#define TCS_CHANNEL_AT(member) TCS_KEY_AT(tcs_channel_config, as.member)

/* The keys NAME_file and NAME_env of a secret; help is what it is: "the password". */
#define TCS_SECRET_ROWS(name, member, help)                                                                  \
    {name "_file", TCS_TYPE_TEXT, TCS_CHANNEL_AT(member.file), false,                                        \
     "file with " help ", which nobody else may read"},                                                      \
    {                                                                                                        \
        name "_env", TCS_TYPE_TEXT, TCS_CHANNEL_AT(member.env), false, "environment variable with " help     \
    }

/* A channel of any type. */
extern const struct tcs_key_table tcs_channel_table;

/* Those of mail and syslog (channels_net.c). */
extern const struct tcs_key_table tcs_mail_channel_table;
extern const struct tcs_key_table tcs_syslog_channel_table;

/* What the check of every type begins with: the name, and what holds where a key is not given. */
enum tcs_code tcs_channel_check(struct tcs_channel_config *channel, struct tcs_str file,
                                const struct tcs_yaml_node *at, struct tcs_err *err);

/* CONFIG if the secret is given twice; name as in TCS_SECRET_ROWS. */
enum tcs_code tcs_secret_check(const struct tcs_secret *secret, const char *name, struct tcs_str file,
                               const struct tcs_yaml_node *at, struct tcs_err *err);

/* CONFIG if two channels have one name. root is the configuration's node. */
enum tcs_code tcs_channels_check(const struct tcs_channel_config *channels, size_t count, struct tcs_str file,
                                 const struct tcs_yaml_node *root, struct tcs_err *err);

#endif
