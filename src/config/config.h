/*
 * The configuration file and the profiles. See docs/configuration.md for
 * what users write.
 */
#ifndef TCS_CONFIG_CONFIG_H
#define TCS_CONFIG_CONFIG_H

#include "config/schema.h"
#include "model/channel.h"
#include "model/rules.h"

/* What is watched: a file, a folder, a pattern, a named pipe, or "-" for standard input. */
struct tcs_source_config {
    struct tcs_str path;
    uint64_t
        silent_after; /* ms; a source that says nothing for so long is an alarm; 0: learned from its rhythm */
};

/* What a configuration file holds. */
struct tcs_config {
    struct tcs_strs profiles; /* names of those in force; none: all */
    struct tcs_strs profile_files;
    struct tcs_need *allow;
    size_t allow_count;
    struct tcs_strs accounts;
    struct tcs_worker *workers;
    size_t worker_count;
    struct tcs_volume *volumes;
    size_t volume_count;
    struct tcs_str system_root;
    bool dedicated;
    enum tcs_severity min_severity;
    struct tcs_channel_config *channels;
    size_t channel_count;

    /* of `tocsin watch`; durations are milliseconds */
    struct tcs_str state; /* the state file; empty: the usual place */
    uint64_t interval;
    struct tcs_source_config *sources;
    size_t source_count;
    struct tcs_str metrics; /* file for Prometheus; empty: none */
    uint64_t alive;         /* a sign of life so often; 0: none */
};

/* The tables of keys: of the configuration and of a profile. The documentation is made from them. */
extern const struct tcs_key_table tcs_config_table;
extern const struct tcs_key_table tcs_profile_table;

/* Reads a configuration file's text. Everything goes to arena. */
enum tcs_code tcs_config_read(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                              struct tcs_config *out, struct tcs_err *err);

/* Reads a profile's text. */
enum tcs_code tcs_profile_read(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                               struct tcs_profile *out, struct tcs_err *err);

/* A profile as it was compiled in. */
struct tcs_builtin_profile {
    const char *name; /* "iis" */
    const char *text; /* YAML */
    size_t len;
};

/* All of them, by name; made by tools/embed_profiles.py from profiles/. Ends with a NULL name. */
extern const struct tcs_builtin_profile tcs_builtin_profiles[];

#endif
