/* Incidents on their way out: filtered, rendered, written. */
#ifndef TCS_APP_REPORT_H
#define TCS_APP_REPORT_H

#include "app/console.h"
#include "model/finding.h"
#include "model/summary.h"
#include "render/finding.h"

/*
 * A report as JSON object starts with the list of findings, which can be written
 * as they come; the rest is appended by who opened it, with tcs_render_check_json().
 */
enum tcs_report_format { TCS_REPORT_TEXT, TCS_REPORT_JSONL, TCS_REPORT_CSV, TCS_REPORT_JSON_OBJECT };

struct tcs_report {
    enum tcs_report_format format;
    struct tcs_text_style style;
    enum tcs_severity min_severity;
    bool has_since;
    struct tcs_time since; /* findings before are not shown */
    bool only_blindness;   /* check: no process findings */
    struct tcs_output out;
    struct tcs_console *console; /* its bar is cleared before anything is written */
    struct tcs_buf buf;
    struct tcs_err err; /* the first failure to write */
    bool is_cut;        /* something found no memory and was left out */
    bool reader_left;   /* nobody reads any more: nothing is written, but the count goes on */
    uint64_t written;   /* findings */
    struct tcs_summary *summary;
};

/* The output, style and console are set by the caller. Writes the header that the format has. */
void tcs_report_init(struct tcs_report *r);

/* The engine's effect: an incident is complete, or a part of it. */
void tcs_report_incident(void *report, const struct tcs_incident *incident, bool partial);

/* Writes what was kept to be written together: before something is said about it elsewhere. */
void tcs_report_flush(struct tcs_report *r);

/* Writes what is left. */
enum tcs_code tcs_report_done(struct tcs_report *r, struct tcs_err *err);

#endif
