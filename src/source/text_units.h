/* Event text in memory, read as a log: what the sources of running text have in common. */
#ifndef TCS_SOURCE_TEXT_UNITS_H
#define TCS_SOURCE_TEXT_UNITS_H

#include "decode/log.h"

struct tcs_text_units {
    const struct tcs_decode_limits *limits; /* borrowed */
    struct tcs_buf text;                    /* what was added; the first `held` bytes are being read */
    size_t held;
    bool is_reading;
    struct tcs_log log; /* over these bytes */
    struct tcs_unit unit;
};

/* Empty, for at most so many bytes of text. False without memory; done also after that. */
bool tcs_text_units_init(struct tcs_text_units *t, size_t most, const struct tcs_decode_limits *limits);
void tcs_text_units_done(struct tcs_text_units *t);

/* Begins to read the first len bytes as whole events of a format. Not while others are being read. */
enum tcs_code tcs_text_units_begin(struct tcs_text_units *t, size_t len, enum tcs_log_format format,
                                   struct tcs_err *err);

/*
 * Fills t->unit with the next events, good until the next call. OK; AGAIN: all
 * that was begun has been given, and its text is gone; NOMEM.
 */
enum tcs_code tcs_text_units_next(struct tcs_text_units *t, struct tcs_err *err);

/* Takes bytes off the front of the text. Not while it is being read. */
void tcs_text_units_drop(struct tcs_text_units *t, size_t len);

#endif
