/* The rules in force: built-in profiles, the configuration file, and what the command line adds. */
#ifndef TCS_APP_RULES_H
#define TCS_APP_RULES_H

#include "config/config.h"

/* What the command line says. Lists of words, any may be empty. */
struct tcs_rule_words {
    const char *config_file;     /* NULL: none */
    const char *const *profiles; /* names of built-in profiles, or files */
    size_t profile_count;
    const char *const *allow;
    size_t allow_count;
    const char *const *accounts;
    size_t account_count;
    const char *const *workers;
    size_t worker_count;
    bool dedicated;
};

/*
 * Puts the rules together; everything is kept in arena, which must outlive
 * them. config gets the file's other settings. CONFIG: a name, path or file is
 * wrong, err says where and why.
 */
enum tcs_code tcs_rules_load(const struct tcs_rule_words *words, struct tcs_arena *arena,
                             struct tcs_config *config, struct tcs_rules *out, struct tcs_err *err);

#endif
