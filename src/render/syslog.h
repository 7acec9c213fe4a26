/*
 * A message as a line of syslog (RFC 5424):
 *
 *   <PRI>1 TIME HOST tocsin PID KIND [tocsin@32473 id="..." ...] TEXT
 *
 * 32473 is the enterprise number that IANA keeps for documentation (RFC
 * 5612); tocsin has none of its own.
 */
#ifndef TCS_RENDER_SYSLOG_H
#define TCS_RENDER_SYSLOG_H

#include "base/buf.h"
#include "model/message.h"

enum tcs_syslog_format {
    TCS_SYSLOG_DEFAULT, /* TEXT */
    TCS_SYSLOG_TEXT,    /* one line for people: a byte order mark, then UTF-8 */
    TCS_SYSLOG_JSON,    /* the finding's JSON, as ASCII and without a mark, which JSON parsers refuse */
    TCS_SYSLOG_FORMAT_COUNT
};

struct tcs_syslog_form {
    unsigned facility;   /* 0 to 23 */
    int format;          /* enum tcs_syslog_format */
    size_t most;         /* bytes of a line, at least TCS_SYSLOG_LEAST */
    struct tcs_str host; /* this computer */
    uint64_t pid;        /* this process; 0: not told */
};

/* The shortest limit: the head with all its fields at their longest, and room for some text. */
enum { TCS_SYSLOG_LEAST = 1180 };

/*
 * Appends the line without a line end. It is never longer than form->most: the
 * text is cut and ends with "...", and cut="N" tells how many bytes of it are
 * missing. JSON that does not fit is replaced by the text, because half of it
 * is of no use; cut tells its whole length then.
 */
void tcs_render_syslog(struct tcs_buf *b, const struct tcs_message *m, const struct tcs_syslog_form *form);

/* The severity of syslog for a message: 1 (alert) for critical to 5 (notice), 6 (informational) for a sign of
 * life. */
unsigned tcs_syslog_severity(const struct tcs_message *m);

#endif
