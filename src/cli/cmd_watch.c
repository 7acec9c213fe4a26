#include "cli/command.h"

#include "app/watch.h"
#include "cli/rule_options.h"

#include <stddef.h>

struct watch_options {
    struct rule_options rules;
    const char *state;
    bool once, replay;
    bool quiet, verbose;
};

#define AT(member) offsetof(struct watch_options, member)

static const struct tcs_option options[] = {
    {"What to watch and whom to tell", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"config", 'c', TCS_OPT_TEXT, AT(rules.config), "FILE",
     "read sources, channels and lists from a YAML file", NULL},
    {"state", 0, TCS_OPT_TEXT, AT(state), "FILE",
     "keep what must not be forgotten there; /var/lib/tocsin/state.db by default", NULL},
    {"once", 0, TCS_OPT_FLAG, AT(once), NULL, "take what is new, tell it, and end", NULL},
    {"replay", 0, TCS_OPT_FLAG, AT(replay), NULL, "with a new state, ring for what the logs hold already",
     NULL},
    {"What may run", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"allow", 'a', TCS_OPT_TEXTS, AT(rules.allow), "PATH",
     "a program that your web server may run, by its full path; may be given several times", NULL},
    {"Who is the web server", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"account", 0, TCS_OPT_TEXTS, AT(rules.accounts), "NAME-OR-SID",
     "a further account that only the web server uses; * stands for anything", NULL},
    {"worker", 0, TCS_OPT_TEXTS, AT(rules.workers), "PATH", "a further program that is your web server",
     NULL},
    {"profile", 'p', TCS_OPT_TEXTS, AT(rules.profiles), "NAME",
     "only these servers (tocsin profiles lists them), or a file with a profile of your own", NULL},
    {"dedicated", 0, TCS_OPT_FLAG, AT(rules.dedicated), NULL,
     "the machines are only web servers: any program that is not listed rings", NULL},
    {"Running", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"quiet", 'q', TCS_OPT_FLAG, AT(quiet), NULL, "say only what is wrong", NULL},
    {"verbose", 'v', TCS_OPT_FLAG, AT(verbose), NULL, "tell every place of damage", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(quiet), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

static enum tcs_exit run(void *options_, const struct tcs_words *rest)
{
    const struct watch_options *o = options_;
    struct tcs_rule_words words = rule_words(&o->rules);
    struct tcs_journal journal;
    struct tcs_watch_end end;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_level most = o->quiet ? TCS_LEVEL_WARNING : o->verbose ? TCS_LEVEL_DEBUG : TCS_LEVEL_INFO;
    if (tcs_journal_init(&journal, most, &err) != TCS_OK)
        return tcs_complain(err.text);
    struct tcs_watch watch = {
        .words = &words,
        .sources = rest->at,
        .source_count = rest->count,
        .state = o->state,
        .once = o->once,
        .replay = o->replay,
        .drain_ms = 30000,
        .journal = &journal,
    };
    enum tcs_code code = tcs_watch_run(&watch, &end, &err);
    if (!end.left_behind)
        tcs_journal_done(&journal);
    if (code == TCS_CONFIG)
        return tcs_complain(err.text);
    if (code != TCS_OK) {
        tcs_complain(err.text);
        return TCS_EXIT_INCOMPLETE;
    }
    if (!o->once)
        return TCS_EXIT_QUIET;
    return end.undelivered ? TCS_EXIT_UNDELIVERED : end.told ? TCS_EXIT_RINGS : TCS_EXIT_QUIET;
}

const struct tcs_command tcs_command_watch = {
    "watch",
    "[SOURCE...]",
    "keep watch over logs that grow, and tell what rings",
    "Follows event logs (files, folders, patterns like '/srv/logs/**/*.evt*', named pipes, - for standard\n"
    "input) for good and tells each alarm to the channels of the configuration: mail, syslog, webhook,\n"
    "command, file; without any, to standard output. Nothing is lost or told twice when it is stopped,\n"
    "killed or restarted. SIGHUP reads the configuration again, SIGTERM ends it.",
    options,
    sizeof(struct watch_options),
    run,
};
