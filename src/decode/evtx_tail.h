/*
 * The tail of an .evtx log: what evtx_tail.c and evtx_plan.c share.
 *
 * The log is a ring of chunks; the numbers of its records rise by one and say
 * what is new. Reading goes on in one chunk behind the newest record that was
 * handed out; the chunks that follow are a plan, made from the heads of all
 * chunks whenever the ring is not what it was expected to be.
 */
#ifndef TCS_DECODE_EVTX_TAIL_H
#define TCS_DECODE_EVTX_TAIL_H

#include "decode/evtx.h"
#include "decode/tail.h"

/* The head of a chunk with records, as the plan was made. */
struct evtx_planned {
    uint64_t index; /* of the chunk in the file */
    uint64_t first; /* number of its first record */
    bool is_lost;   /* it has no head; first is that of the chunk before it */
};

enum { EVTX_CHUNK_RECORDS = EVTX_CHUNK / EVTX_RECORD_LEAST };

/* A chunk with records that never became whole: given up, but handed out if they do after all. */
struct evtx_owed {
    struct evtx_planned chunk;
    uint32_t from, to; /* chunk-relative: they lie between; 0: nothing is owed */
    uint8_t given[EVTX_CHUNK_RECORDS /
                  8]; /* of the records between, those that were whole: by number from first on */
};

struct evtx_tail {
    struct tcs_tail tail;
    struct evtx_planned *plan; /* owned; in the order of reading */
    size_t plan_count, plan_at, plan_cap;
    bool is_whole_log; /* the plan holds all of it, from its beginning */

    /* Where reading goes on, if has_chunk. */
    bool has_chunk;
    struct evtx_planned chunk;
    uint32_t pos;       /* chunk-relative: behind the newest record that was handed out */
    uint32_t proof;     /* chunk-relative place of that record; 0 if it is in another chunk */
    bool chunk_is_done; /* all that the chunk held at the last look was handed out */

    bool is_stuck; /* a record at pos is not whole */
    uint32_t stuck_pos;
    uint64_t stuck_chunk, stuck_since; /* milliseconds */
    struct evtx_owed owed;
    bool is_barren; /* the file held no record when it was planned, and has not changed since */
    bool owes_plan; /* the file changed, and nothing new was found where it was expected */
    uint32_t seen;  /* a checksum over what a look reads when nothing happens */
};

/* Most chunks of a log that is followed: 16 GiB. */
enum { EVTX_TAIL_CHUNKS = 262144 };

/*
 * Makes the plan: looks at all heads and decides how the log goes on behind
 * the place. scratch has room for a chunk.
 * OK: there is a plan, or a chunk to go on in; AGAIN: in doubt, look again
 * later; IO, DENIED, NOMEM.
 */
enum tcs_code evtx_plan_make(struct evtx_tail *t, const struct tcs_tail_look *look, uint8_t *scratch,
                             struct tcs_tail_news *news, struct tcs_err *err);

/* See struct tcs_tail_ops. */
bool evtx_tail_holds(struct tcs_tail *tail, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset);

/* True if the present chunk holds records that were given up. */
bool evtx_tail_gave_up(const struct evtx_tail *t);

/* Reads a chunk; what the file does not have is zero. IO, DENIED. */
enum tcs_code evtx_tail_read(const struct evtx_tail *t, uint64_t index, uint8_t *chunk, struct tcs_err *err);

/* Chunks in the file, the last one maybe cut. */
uint64_t evtx_tail_chunks(const struct evtx_tail *t);

/* Offset of a chunk in the file. */
uint64_t evtx_tail_offset(uint64_t index);

/* The record at pos, which must be whole. */
struct tcs_mark evtx_tail_mark(const uint8_t *chunk, uint32_t pos);

#endif
