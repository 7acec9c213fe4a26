/*
 * EVT, the log format of NT 4, 2000, XP and Server 2003. Facts: the
 * EVENTLOGRECORD documentation of the Windows SDK, libyal's "Windows Event Log
 * (EVT)", and what was measured on a real, dirty, wrapped log.
 *
 *     evt_file.c    header, end record, the ring; finds the records
 *     evt_record.c  a record's values
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

/* struct tcs_format_ops of .evt: see decode/log.h. */
void *evt_decoder_new(const struct tcs_decode_limits *limits);
void evt_decoder_free(void *state);
void evt_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted);
enum tcs_code evt_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err);

#endif
