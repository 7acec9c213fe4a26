/*
 * A mail: RFC 5322 with MIME (RFC 2045 to 2049), all of it ASCII with CRLF and
 * lines of 76 at most (those of ids and addresses as long as these are), so
 * that it passes any relay.
 *
 *     multipart/mixed
 *         multipart/alternative
 *             text/plain           first line tells all
 *             text/html            self-contained
 *         record.xml               application/xml; of each incident that is shown
 *         findings.json            application/json; an array, one for each message
 *
 * The names of the files are ours and ASCII, so RFC 2231 is not needed.
 */
#ifndef TCS_RENDER_MIME_H
#define TCS_RENDER_MIME_H

#include "base/error.h"
#include "model/address.h"
#include "render/message_text.h"

struct tcs_mail {
    struct tcs_telling what;
    struct tcs_str from;      /* an address as tcs_mail_address_ok takes it, as are those of to */
    const struct tcs_str *to; /* at least one */
    size_t to_count;
    struct tcs_time date; /* now */
};

/*
 * Appends the mail. Its Message-ID comes from the incident and from the
 * sequences of the messages, so that a repeat has the same; mails of one
 * incident refer to the first. LIMIT: b could not hold it; NOMEM.
 */
enum tcs_code tcs_render_mail(struct tcs_buf *b, const struct tcs_mail *mail, struct tcs_err *err);

#endif
