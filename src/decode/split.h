/*
 * Event XML and JSON as they come through a pipe: where whole events end.
 *
 * Who reads a pipe keeps one tcs_split and one buffer:
 *
 *     tcs_split_init(&s, limits->event_bytes)
 *     for each read:
 *         tcs_split_add(&s, bytes, &buf)            decoded to UTF-8
 *         while ((code = tcs_split_cut(&s, view of buf, at_end, &len, &err)) is OK or SKIP)
 *             OK:   buf[0, len) holds whole events: hand it out as a blob
 *             SKIP: buf[0, len) is an event beyond the limit: count it, say err
 *             either way take these len bytes off the front of buf
 *         AGAIN: take tcs_split_waste(&s) bytes off, read more    END: nothing is left
 *         FORMAT: neither event XML nor JSON
 *
 * A blob is a log of its own: tcs_log_open_as(log, reader, s.format, limits)
 * reads it, whatever stood before. The buffer never needs to hold more than
 * the limit and one read. What is damaged is not lost on the way: the
 * decoder meets it in its blob, counts it and says it.
 */
#ifndef TCS_DECODE_SPLIT_H
#define TCS_DECODE_SPLIT_H

#include "base/buf.h"
#include "base/error.h"
#include "decode/encoding.h"
#include "decode/text_scan.h"
#include "model/record.h"

struct tcs_split {
    enum tcs_log_format format; /* TCS_FORMAT_XML or TCS_FORMAT_JSON once is_known */
    bool is_known;
    size_t event_most;          /* bytes of the largest event that is read */
    struct tcs_encoder encoder; /* of what is added */
    struct text_scan scan;      /* of what was added and not yet taken off */
};

/* A new stream. event_most: bytes of the largest event, usually tcs_decode_limits.event_bytes. */
void tcs_split_init(struct tcs_split *s, size_t event_most);

/*
 * Appends the next bytes of the stream to `to` as UTF-8; the first ones say
 * whether they are UTF-8 or UTF-16. Up to three bytes may wait for the next
 * call. What is no text is replaced. If `to` cannot hold it, to->bad is set.
 */
void tcs_split_add(struct tcs_split *s, struct tcs_bytes bytes, struct tcs_buf *to);

/*
 * How many bytes at the front of `text` are whole events, separators between
 * them included. text is all that was added and not yet taken off; at_end:
 * nothing will follow, so a last event that is cut is handed out too.
 * OK, SKIP, AGAIN, END or FORMAT, as told above; *len is 0 with AGAIN and
 * FORMAT.
 */
enum tcs_code tcs_split_cut(struct tcs_split *s, struct tcs_str text, bool at_end, size_t *len,
                            struct tcs_err *err);

/*
 * After AGAIN: bytes at the front that nobody needs any more, blanks and the
 * rest of an event that was too large. They are taken off like the others, or the
 * buffer would fill with them.
 */
size_t tcs_split_waste(struct tcs_split *s);

#endif
