/*
 * Text logs come in UTF-8 or UTF-16, with or without a byte order mark. Inside
 * they are UTF-8.
 */
#ifndef TCS_DECODE_ENCODING_H
#define TCS_DECODE_ENCODING_H

#include "base/buf.h"

enum tcs_encoding { TCS_UTF8, TCS_UTF16LE, TCS_UTF16BE };

/*
 * What the first bytes of a text are in. mark: how many of them are the byte
 * order mark. Without one the zeros beside the first character tell.
 */
enum tcs_encoding tcs_encoding_of(struct tcs_bytes head, size_t *mark);

/* A text that comes in pieces. Zeroed it is new. */
struct tcs_encoder {
    enum tcs_encoding encoding;
    bool is_known;
    uint8_t rest[4]; /* bytes that are no whole character yet */
    uint8_t rest_len;
};

/*
 * Appends the next piece as UTF-8, without a byte order mark. A character
 * that is cut waits for the next piece. Lone surrogates become U+FFFD. Bytes
 * that should be UTF-8 are appended as they are.
 */
void tcs_encoder_add(struct tcs_encoder *e, struct tcs_bytes bytes, struct tcs_buf *to);

/* How many bytes of UTF-16 the text was made from. */
size_t tcs_encoding_utf16_len(struct tcs_str text);

#endif
