/*
 * Where events begin and end in a text, without reading them: the part that
 * files and streams of event XML and JSON share. Not for others.
 *
 *     scan_xml.c    event XML
 *     scan_json.c   JSON lines and arrays
 *
 * A scan goes on where it stopped, so a text that grows is looked at once. All
 * offsets count from the first byte of the text that is given; who takes
 * bytes off its front says so (text_scan_shift).
 */
#ifndef TCS_DECODE_TEXT_SCAN_H
#define TCS_DECODE_TEXT_SCAN_H

#include "base/bytes.h"
#include "base/error.h"
#include "model/read_stats.h"

struct text_scan {
    size_t at;          /* next byte to look at */
    size_t start;       /* of the event or the damage at work */
    size_t plain_until; /* XML: before this, what opens a comment and the like is known not to close */
    unsigned depth;     /* open elements called Event; open brackets */
    bool in_event;
    bool in_junk; /* start is that of damage between events */
    bool is_over; /* in the rest of an event that was too large */
};

/* An event, or bytes that are none. */
struct text_extent {
    uint32_t pos, len;
    bool is_whole;
    enum tcs_damage damage; /* if it is not whole */
};

/*
 * The next extent of the text. OK: out is filled; AGAIN: the rest of the text
 * holds no whole event (never given at_end); END: at_end, and nothing is left.
 * most: bytes of the largest event. Always makes progress.
 */
typedef enum tcs_code text_scan_fn(struct text_scan *s, struct tcs_str text, bool at_end, size_t most,
                                   struct text_extent *out);
text_scan_fn scan_xml;
text_scan_fn scan_json;

/* How many bytes at the front are done with: behind the last extent, up to an event that has begun. */
size_t text_scan_done(const struct text_scan *s);

/* len bytes were taken off the front of the text; at most text_scan_done. */
void text_scan_shift(struct text_scan *s, size_t len);

/* Ends the stretch that began at s->start before `end`. */
struct text_extent text_scan_close(struct text_scan *s, size_t end, bool is_whole, enum tcs_damage damage);

static inline bool text_is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* How sure the format is that this is its own: for the probes of decode/log.h; head is UTF-8. */
int probe_xml(struct tcs_str head);
int probe_json(struct tcs_str head);

#endif
