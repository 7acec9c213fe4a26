/* Reading logs through the engine: what scan and check have in common. A newcomer reads this file first. */
#ifndef TCS_APP_SCAN_H
#define TCS_APP_SCAN_H

#include "app/report.h"
#include "app/survey.h"
#include "model/rules.h"
#include "source/input.h"

struct tcs_scan {
    const struct tcs_rules *rules;
    unsigned threads;
    bool counts_ids; /* also count every record by provider and id */
    bool has_until;
    struct tcs_time until;    /* events later are not judged */
    const char *const *hosts; /* only these computers; none: all */
    size_t host_count;
    struct tcs_report *report; /* or, if it is NULL, who takes the incidents: */
    void (*closed)(void *ctx, const struct tcs_incident *incident, bool partial);
    void *closed_ctx;
    struct tcs_console *console;
    struct tcs_survey *survey;
};

/* Reads all inputs and reports what rings. NOMEM; what is wrong with files is said and counted. */
enum tcs_code tcs_scan_run(const struct tcs_scan *scan, struct tcs_inputs *inputs, struct tcs_err *err);

#endif
