/*
 * The transfer encodings of mail: texts and files as lines of ASCII that
 * every relay passes on unchanged. Line ends are CRLF.
 */
#ifndef TCS_RENDER_MIME_ENCODE_H
#define TCS_RENDER_MIME_ENCODE_H

#include "base/buf.h"

/*
 * Quoted-printable (RFC 2045, 6.7). Line feeds of the text are line ends;
 * everything else comes back as it was. No line is longer than 76, none
 * begins with a dot or with "From ", none ends with a blank. The result ends
 * with a line end.
 */
void tcs_put_quoted_printable(struct tcs_buf *b, struct tcs_str text);

/* Base64 (RFC 2045, 6.8) in lines of 76, with a line end behind the last. */
void tcs_put_base64_lines(struct tcs_buf *b, struct tcs_str data);

/*
 * "Name: text" as a header field with its line end: folded to lines of 76;
 * as encoded words (RFC 2047) where the text is not plain ASCII or looks like
 * such words itself. Control characters of the text become blanks, so that
 * it cannot begin a field of its own. Name is ours.
 */
void tcs_put_header(struct tcs_buf *b, const char *name, struct tcs_str text);

#endif
