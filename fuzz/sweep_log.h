/*
 * What the damage sweep knows of a log: its records, what each of them stands
 * on, and what the program makes of it.
 */
#ifndef TCS_FUZZ_SWEEP_LOG_H
#define TCS_FUZZ_SWEEP_LOG_H

#include "support.h"

enum { SWEEP_STRETCHES_MOST = 512 };

/* Bytes of the file that a record needs. */
struct sweep_stretch {
    uint64_t off, len;
};

/* A record as it was read: what it says, and what the rules would be told. */
struct sweep_record {
    uint64_t offset;
    uint64_t said;   /* hash of its JSON without its state */
    uint64_t judged; /* hash of the event that it is; 0 if it is none */
    unsigned state;
};

/* All that was read of a log. */
struct sweep_reading {
    struct sweep_record *records; /* owned; in the order of their offsets */
    size_t count, cap;
    uint64_t damage, missing; /* kinds of damage met, all together; record numbers that are missing */
    bool is_refused;          /* it is no log */
};

/*
 * Reads a log, and demands on the way that every call ends well, the walk
 * ends after steps in proportion to the size, and memory keeps to its limit.
 */
void sweep_read(struct tcs_bytes log, struct sweep_reading *out);
void sweep_reading_done(struct sweep_reading *r);

/* The record at this offset; NULL if there is none. */
const struct sweep_record *sweep_find(const struct sweep_reading *r, uint64_t offset);

/*
 * What a record of an undamaged log stands on: itself; .evtx: of its chunk the
 * signature and the end of the records, the definitions of its templates and
 * the names in them; .evt: where the ring begins and ends. Gives how many
 * stretches.
 */
size_t sweep_needs(struct tcs_bytes log, uint64_t offset, struct sweep_stretch out[SWEEP_STRETCHES_MOST]);

#endif
