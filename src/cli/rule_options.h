/* The options about what may run and who is the web server, of all commands that judge. */
#ifndef TCS_CLI_RULE_OPTIONS_H
#define TCS_CLI_RULE_OPTIONS_H

#include "app/rules.h"
#include "cli/options.h"

/* What a command does not offer stays empty. */
struct rule_options {
    const char *config;
    struct tcs_words allow, accounts, workers, profiles;
    bool dedicated;
};

/* The same as the rules take it; borrows from o. */
static inline struct tcs_rule_words rule_words(const struct rule_options *o)
{
    return (struct tcs_rule_words){
        .config_file = o->config,
        .profiles = o->profiles.at,
        .profile_count = o->profiles.count,
        .allow = o->allow.at,
        .allow_count = o->allow.count,
        .accounts = o->accounts.at,
        .account_count = o->accounts.count,
        .workers = o->workers.at,
        .worker_count = o->workers.count,
        .dedicated = o->dedicated,
    };
}

#endif
