/*
 * Events as text: what the readers of event XML and JSON have in common. Not
 * for others.
 *
 *     scan_xml.c, scan_json.c   where events begin and end
 *     text_log.c                units, the decoder's entry points
 *     text_tail.c               what is new in a file that grows
 *     text_layout.c             layouts, recognised again
 *     xml.c                     an event in XML
 *     json_event.c              an event in JSON
 *     json.c, json_glance.c, json_names.c  its values, its id, what its writers call things
 *
 * A reader is as forgiving as can be within an event: an intruder chooses the
 * texts in it, and must not make it vanish by a character that some rule of
 * XML or JSON forbids.
 */
#ifndef TCS_DECODE_TEXT_LOG_H
#define TCS_DECODE_TEXT_LOG_H

#include "decode/encoding.h"
#include "decode/log.h"
#include "decode/text_layout.h"
#include "decode/text_scan.h"

/* What is seen of an event before it is read. */
struct text_glance {
    uint16_t event_id;
    struct tcs_time time; /* unset if it was not seen */
};

/* What an event is read into. */
struct text_reading {
    struct text_layouts *layouts;
    struct tcs_arena *arena; /* of the unit; for texts that had to be made */
    struct tcs_buf *scratch; /* empty, for whoever needs it */
    void *own;               /* of the format */
    bool is_bad;             /* something in it was not as it should be */
    bool no_memory;          /* it could not be read for lack of memory */
};

struct text_format {
    enum tcs_log_format format;
    text_scan_fn *scan;
    uint64_t first_layout; /* ids of layouts begin there */
    /* True if the event id is certain without reading the event. When in doubt it is read. */
    bool (*glance)(struct tcs_str event, struct text_glance *out);
    /*
     * Gives the steps of the event to r->layouts. is_cut: its end is missing,
     * as is the value at the cut. What cannot be understood sets r->is_bad;
     * what came before it counts. event is well-formed UTF-8.
     */
    void (*read)(struct text_reading *r, struct tcs_str event, bool is_cut);
    /* r->own: NULL if memory is refused. Both may be NULL. */
    void *(*own_new)(const struct tcs_decode_limits *limits);
    void (*own_free)(void *own);
};

/* The functions of struct tcs_format_ops, as far as they do not depend on the format. */
enum tcs_code text_log_open(struct tcs_log *log, const struct text_format *format, struct tcs_err *err);
enum tcs_code text_log_next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err);

/*
 * The next unit begins at an offset where an event may begin. grows: an event
 * that the end of the file cuts is left for later, and next_unit gives AGAIN
 * if there is nothing else.
 */
void text_log_seek(struct tcs_log *log, uint64_t offset, bool grows);

/* Where the next unit begins. */
uint64_t text_log_place(const struct tcs_log *log);

/* The decoder, as struct tcs_format_ops has it. */
void *text_decoder_new(const struct tcs_decode_limits *limits, const struct text_format *format);
void text_decoder_free(void *state);
void text_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted);
enum tcs_code text_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err);

/* Asks probe for the first bytes of a file, whatever they are encoded in. */
int text_log_probe(struct tcs_bytes head, int (*probe)(struct tcs_str head));

/* text_format.glance of JSON (json_glance.c). */
bool json_glance(struct tcs_str event, struct text_glance *out);

extern const struct tcs_format_ops tcs_xml_format;
extern const struct tcs_format_ops tcs_json_format;

#endif
