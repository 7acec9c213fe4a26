/* How a watch is doing, for people, for programs, and for Prometheus. */
#ifndef TCS_RENDER_STATUS_H
#define TCS_RENDER_STATUS_H

#include "base/buf.h"
#include "model/status.h"

/* Lines of text, escaped for a terminal. */
void tcs_render_status_text(struct tcs_buf *b, const struct tcs_watch_status *s);

/* One JSON object and a line feed. */
void tcs_render_status_json(struct tcs_buf *b, const struct tcs_watch_status *s);

/* The text format of Prometheus, as node_exporter's textfile collector reads it. */
void tcs_render_status_metrics(struct tcs_buf *b, const struct tcs_watch_status *s);

#endif
