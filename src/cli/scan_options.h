/* Options that scan and check share, and what is made of them. */
#ifndef TCS_CLI_SCAN_OPTIONS_H
#define TCS_CLI_SCAN_OPTIONS_H

#include "app/scan.h"
#include "cli/command.h"
#include "cli/rule_options.h"

struct scan_options {
    struct rule_options rules; /* of check: empty */
    struct tcs_words hosts;
    struct tcs_opt_time since, until;
    enum tcs_severity min_severity;
    unsigned format;
    const char *output;
    bool force;
    unsigned color;
    unsigned threads;
    bool quiet, verbose;
};

/* Which of the two commands runs. */
enum scan_kind { SCAN_FOR_ALARMS, SCAN_FOR_ABILITIES };

/* Runs it: loads the rules, expands the paths, reads, reports. */
enum tcs_exit run_scan(const struct scan_options *o, const struct tcs_words *paths, enum scan_kind kind);

#endif
