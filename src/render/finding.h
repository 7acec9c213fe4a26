/*
 * Findings and incidents in words, as text for people, JSON lines and CSV.
 * Every text that comes from a log is escaped for its form.
 */
#ifndef TCS_RENDER_FINDING_H
#define TCS_RENDER_FINDING_H

#include "base/buf.h"
#include "model/finding.h"

/* ---- words (words.c; tcs_next_steps in advice.c) ---- */

/* One line that says it all: "IUSR_WEB ran \WINNT\system32\cmd.exe". Escaped for a terminal. */
void tcs_put_headline(struct tcs_buf *b, const struct tcs_finding *f);

/* The name without domain: SYSTEM for S-1-5-18, whatever the log calls it. Empty if there is none. */
struct tcs_str tcs_account_name(const struct tcs_account *a);

/* DOMAIN\name, or the SID if there is no name; empty if nothing is known. Not escaped. */
void tcs_put_account(struct tcs_buf *b, const struct tcs_account *a);

/* The last part of a path: its file name. */
struct tcs_str tcs_file_name(struct tcs_str path);

/*
 * Calls line for every reason the finding has and for everything the reader
 * should do next; the text is good during the call and not escaped.
 */
typedef void tcs_line_fn(void *ctx, struct tcs_str text);
void tcs_reasons(const struct tcs_finding *f, tcs_line_fn *line, void *ctx);
void tcs_next_steps(const struct tcs_finding *f, tcs_line_fn *line, void *ctx);

/* ---- forms ---- */

struct tcs_text_style {
    bool color;
    enum tcs_severity min_severity; /* findings below are left out */
    const char *whole;              /* what shows in full what is cut here; NULL: "--format jsonl" */
};

/* Appends an incident for people: its gravest finding in full, then the tree, then the record. */
void tcs_render_incident_text(struct tcs_buf *b, const struct tcs_incident *incident,
                              const struct tcs_text_style *style);

/*
 * Appends one JSON object without a line end for a finding, with the field names
 * of the Elastic Common Schema where it has some, and the rest under "tocsin".
 */
void tcs_render_finding_json(struct tcs_buf *b, const struct tcs_incident *incident,
                             const struct tcs_finding *f);

/* Appends the line of column names, and a line for a finding. Control characters are shown as <U+001B>. */
void tcs_render_csv_header(struct tcs_buf *b);
void tcs_render_finding_csv(struct tcs_buf *b, const struct tcs_incident *incident,
                            const struct tcs_finding *f);

/* Starts and ends a colour for a severity; nothing if color is false. */
void tcs_put_color(struct tcs_buf *b, enum tcs_severity severity, bool color);
void tcs_put_no_color(struct tcs_buf *b, bool color);

#endif
