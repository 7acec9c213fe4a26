#include "cli/scan_options.h"

#include <stddef.h>

#define AT(member) offsetof(struct scan_options, member)

static const char *const formats[] = {"text", "json", NULL};

static const struct tcs_option options[] = {
    {"What to look at", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"host", 0, TCS_OPT_TEXTS, AT(hosts), "NAME", "only this computer's process events", NULL},
    {"min-severity", 's', TCS_OPT_SEVERITY, AT(min_severity), "WORD",
     "least severity of tamper signs; note by default", NULL},
    {"Output", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"format", 'f', TCS_OPT_CHOICE, AT(format), "FORMAT", "text or json", formats},
    {"output", 'o', TCS_OPT_TEXT, AT(output), "FILE", "write to a new file", NULL},
    {"force", 0, TCS_OPT_FLAG, AT(force), NULL, "replace the file if it exists", NULL},
    {"color", 0, TCS_OPT_CHOICE, AT(color), "WHEN", "auto, always or never", tcs_color_words},
    {"quiet", 'q', TCS_OPT_FLAG, AT(quiet), NULL, "no progress, only errors on standard error", NULL},
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
    return run_scan(o, rest, SCAN_FOR_ABILITIES);
}

const struct tcs_command tcs_command_check = {
    "check",
    "LOG...",
    "what can these logs tell?",
    "Tells which computers and which generations of Windows the logs are of, which events they hold,\n"
    "from when to when, which rules can ring on them and what to switch on for those that cannot, and\n"
    "signs of tampering.",
    options,
    sizeof(struct scan_options),
    run,
};
