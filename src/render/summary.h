/* The end of a run in words: what was read, what it can tell, what is missing. */
#ifndef TCS_RENDER_SUMMARY_H
#define TCS_RENDER_SUMMARY_H

#include "base/buf.h"
#include "model/summary.h"

/* What to switch on where logs of this format are written, in words; NULL for nothing. */
const char *tcs_mend_words(enum tcs_mend mend, enum tcs_log_format format);

/* Appends what was lost to damage: "2 torn records, 1 wrong checksum"; nothing if nothing was. */
void tcs_put_losses(struct tcs_buf *b, const struct tcs_read_stats *stats);

/* Appends the lines that scan puts at its end. min_severity is named where findings were hidden. */
void tcs_render_summary(struct tcs_buf *b, const struct tcs_summary *s, enum tcs_severity min_severity);

/* Appends what check shows: everything, event ids too. */
void tcs_render_check_text(struct tcs_buf *b, const struct tcs_summary *s);

/*
 * check as JSON is one object. It starts with the list of tamper signs: the start
 * opens that list, the caller appends findings, the end closes it and adds the rest.
 */
void tcs_render_check_json_start(struct tcs_buf *b);
void tcs_render_check_json_end(struct tcs_buf *b, const struct tcs_summary *s);

#endif
