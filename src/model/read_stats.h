/* What reading met: counts of records and of damage. */
#ifndef TCS_MODEL_READ_STATS_H
#define TCS_MODEL_READ_STATS_H

#include "base/time.h"

enum tcs_damage {
    TCS_DAMAGE_HEADER,    /* the file's header is wrong; read all the same */
    TCS_DAMAGE_TRUNCATED, /* the file ends inside a chunk or record */
    TCS_DAMAGE_CHUNK,     /* a chunk without signature that is not empty */
    TCS_DAMAGE_CHECKSUM,  /* a wrong CRC */
    TCS_DAMAGE_RECORD,    /* a record whose bytes are not one; stepped over */
    TCS_DAMAGE_TORN,      /* a record of which only the beginning was written */
    TCS_DAMAGE_TEMPLATE,  /* a template that is lost, perhaps found again elsewhere */
    TCS_DAMAGE_DATA,      /* data of a record that cannot be decoded */
    TCS_DAMAGE_LIMIT,     /* a limit was reached */
    TCS_DAMAGE_STALE,     /* header fields that lag behind: the log was not closed */
    TCS_DAMAGE_COUNT
};

/* The words for the kinds, singular and plural: "torn record". */
extern const char *const tcs_damage_names[TCS_DAMAGE_COUNT][2];

/* True for the kinds that cost something: a log with such damage was not read whole. */
bool tcs_damage_is_loss(enum tcs_damage kind);

/* Sums over units and files are meaningful. */
struct tcs_read_stats {
    uint64_t records;   /* whole ones, recovered ones among them */
    uint64_t recovered; /* of these, found behind damage */
    uint64_t slack;     /* whole records beyond the end of the log; not in `records` */
    uint64_t chunks;    /* .evtx: chunks with a signature */
    uint64_t empty;     /* .evtx: chunks of zeros */
    uint64_t damage[TCS_DAMAGE_COUNT];
    bool has_span;
    struct tcs_time first, last; /* of the whole records' written times, if has_span */

    /* Holes in the numbering of a log's records. */
    uint64_t gaps, missing;           /* how many, and how many records they swallowed */
    uint64_t gap_after, gap_before;   /* the numbers around the first of them */
    struct tcs_time gap_from, gap_to; /* and the times */
    bool has_numbers;
    uint64_t first_number, last_number; /* of the records, in the order of reading */
    struct tcs_time first_time, last_time;
};

/*
 * Counts one record: its state (enum tcs_record_state) says whether it is
 * whole, recovered or slack; its time widens the span; its number should
 * follow that of the one before.
 */
void tcs_read_stats_count(struct tcs_read_stats *stats, unsigned state, uint64_t number,
                          struct tcs_time written);

/* Adds the stats of the next part of the same log. */
void tcs_read_stats_append(struct tcs_read_stats *to, const struct tcs_read_stats *from);

/* Adds the stats of another log. */
void tcs_read_stats_merge(struct tcs_read_stats *to, const struct tcs_read_stats *from);

/* True if some damage cost records or data. */
bool tcs_read_stats_has_loss(const struct tcs_read_stats *stats);

#endif
