/*
 * EVT, the log format of NT 4, 2000, XP and Server 2003. Facts: the
 * EVENTLOGRECORD documentation of the Windows SDK, libyal's "Windows Event Log
 * (EVT)", and what was measured on a real, dirty, wrapped log.
 *
 *     evt_file.c    header, end record, the ring; finds the records
 *     evt_record.c  a record's values
 *     evt_tail.c    what is new in a log that grows
 *
 * A log is a ring behind a header of 48 bytes. It has no checksums; a record
 * proves itself by its signature and by its length at both ends.
 */
#ifndef TCS_DECODE_EVT_H
#define TCS_DECODE_EVT_H

#include "decode/log.h"

enum {
    EVT_HEADER = 48,
    EVT_FIXED = 56,            /* bytes of a record that are always there, and never split */
    EVT_RECORD_LEAST = 0x3C,   /* the fixed part and the length copy */
    EVT_RECORD_MOST = 0x40000, /* nobody writes larger ones */
    EVT_MAGIC = 0x654C664C,    /* "LfLe" */
    EVT_FILLER = 0x27,         /* dwords behind the last record when less than the fixed part would fit */
    EVT_PAGE = 4096,           /* files are written by pages, so records are torn at their edges */
};

/* One finding of the walk over the ring: a record, or damage. */
struct evt_extent {
    uint32_t pos;    /* in the unit's bytes */
    uint32_t len;    /* bytes of the record (of a torn one, those to be trusted); 0: damage */
    uint64_t offset; /* in the file */
    unsigned state;  /* enum tcs_record_state */
    bool in_security_log;
    enum tcs_damage damage; /* which kind, if len is 0 or the record is torn */
};

extern const struct tcs_format_ops tcs_evt_format;

/* Where the live records of a log are, as its end record says. */
struct evt_bounds {
    uint64_t ring_end;     /* where the ring ends in the file */
    uint64_t begin, end;   /* offsets of the oldest record and of the end record */
    uint32_t oldest, next; /* record numbers: [oldest, next) */
    bool has_end;          /* an end record was found; without it the numbers are not known */
};

/* The bounds that were found last. */
struct evt_bounds evt_log_bounds(const struct tcs_log *log);

/* Finds the bounds again, of a file that has changed. IO, DENIED, NOMEM. */
enum tcs_code evt_log_find_bounds(struct tcs_log *log, struct tcs_err *err);

/* If the end record stands at `at`, takes the bounds from it. */
bool evt_log_take_end(struct tcs_log *log, uint64_t at);

/* The units that follow hold the records of [from, to) of the ring; equal ones make a whole round. */
void evt_log_seek(struct tcs_log *log, uint64_t from, uint64_t to);

/* Reads len bytes of the ring from offset pos on, across its end. *got may be less. */
enum tcs_code evt_ring_read(const struct tcs_log *log, uint64_t pos, uint8_t *buf, size_t len, size_t *got,
                            struct tcs_err *err);

/* True if a whole record stands at p, of which `len` bytes are there. */
bool evt_is_record(const uint8_t *p, size_t len);

/* struct tcs_format_ops of .evt: see decode/log.h. */
void *evt_decoder_new(const struct tcs_decode_limits *limits);
void evt_decoder_free(void *state);
void evt_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted);
enum tcs_code evt_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err);

#endif
