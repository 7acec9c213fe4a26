#include "cli/scan_options.h"

#include <stddef.h>

#define AT(member) offsetof(struct scan_options, member)

static const char *const formats[] = {"text", "jsonl", "csv", NULL};

static const struct tcs_option options[] = {
    {"What may run", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"allow", 'a', TCS_OPT_TEXTS, AT(rules.allow), "PATH",
     "a program that your web server may run, by its full path; may be given several times", NULL},
    {"config", 'c', TCS_OPT_TEXT, AT(rules.config), "FILE", "read the lists and settings from a YAML file",
     NULL},
    {"Who is the web server", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"account", 0, TCS_OPT_TEXTS, AT(rules.accounts), "NAME-OR-SID",
     "a further account that only the web server uses; * stands for anything", NULL},
    {"worker", 0, TCS_OPT_TEXTS, AT(rules.workers), "PATH", "a further program that is your web server",
     NULL},
    {"profile", 'p', TCS_OPT_TEXTS, AT(rules.profiles), "NAME",
     "only these servers (tocsin profiles lists them), or a file with a profile of your own; without it, all",
     NULL},
    {"dedicated", 0, TCS_OPT_FLAG, AT(rules.dedicated), NULL,
     "the machine is only a web server: any program that is not listed rings", NULL},
    {"What to look at", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"since", 0, TCS_OPT_TIME, AT(since), "TIME",
     "show findings from this time on (UTC unless it has an offset)", NULL},
    {"until", 0, TCS_OPT_TIME, AT(until), "TIME", "judge events before this time only", NULL},
    {"host", 0, TCS_OPT_TEXTS, AT(hosts), "NAME", "only this computer; may be given several times", NULL},
    {"min-severity", 's', TCS_OPT_SEVERITY, AT(min_severity), "WORD",
     "show note, possible (this is the default), likely, certain or critical and what is graver", NULL},
    {"Output", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"format", 'f', TCS_OPT_CHOICE, AT(format), "FORMAT", "text, jsonl (a finding a line) or csv", formats},
    {"output", 'o', TCS_OPT_TEXT, AT(output), "FILE", "write the findings to a new file", NULL},
    {"force", 0, TCS_OPT_FLAG, AT(force), NULL, "replace the file if it exists", NULL},
    {"color", 0, TCS_OPT_CHOICE, AT(color), "WHEN",
     "auto, always or never; NO_COLOR in the environment is obeyed", tcs_color_words},
    {"quiet", 'q', TCS_OPT_FLAG, AT(quiet), NULL, "no summary and no progress, only errors", NULL},
    {"verbose", 'v', TCS_OPT_FLAG, AT(verbose), NULL,
     "tell every place of damage and every file that is no log", NULL},
    {"Running", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"threads", 'j', TCS_OPT_COUNT, AT(threads), "N",
     "threads that decode; without it, one for each processor", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(quiet), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

static enum tcs_exit run(void *o, const struct tcs_words *rest)
{
    return run_scan(o, rest, SCAN_FOR_ALARMS);
}

const struct tcs_command tcs_command_scan = {
    "scan",
    "PATH...",
    "judge every process in the logs, print the alarms",
    "Reads event logs (files, folders with everything below them, - for standard input) and prints\n"
    "an alarm for every program that the web server ran and that it does not need. Nothing has to be\n"
    "configured for a first right answer. The summary goes to standard error.",
    options,
    sizeof(struct scan_options),
    run,
};
