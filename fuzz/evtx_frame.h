/*
 * The frame around records of .evtx: a file header and chunks whose fields
 * and checksums are right, so that an input is not stopped by them.
 */
#ifndef TCS_FUZZ_EVTX_FRAME_H
#define TCS_FUZZ_EVTX_FRAME_H

#include "support.h"

enum {
    FRAME_HEADER = 4096,
    FRAME_CHUNK = 65536,
    FRAME_FIRST = 512, /* offset of the first record in a chunk */
    FRAME_MOST = FRAME_CHUNK - FRAME_FIRST,
    FRAME_RECORD_HEADER = 24,
};

void frame_put16(uint8_t *at, uint32_t n);
void frame_put32(uint8_t *at, uint32_t n);
void frame_put64(uint8_t *at, uint64_t n);

/* Fills in the file header of a log with so many chunks. */
void frame_file(uint8_t *file, unsigned chunks);

/* Fills in the header of a chunk whose records end at `free`, with both checksums. */
void frame_chunk(uint8_t *chunk, uint64_t first_id, uint32_t free);

/* Fills in the frame of a record of `size` bytes. */
void frame_record(uint8_t *record, uint32_t size, uint64_t id);

#endif
