/*
 * The records of one chunk. The input is what stands behind the chunk's
 * header; signatures, sizes and checksums are put right, so that everything
 * the fuzzer changes is looked at as the content of a record.
 */
#include "evtx_frame.h"

enum { LEAST = 32 };

/* Puts the records' frames right; a size that does not fit makes a record of all the rest. Gives the end. */
static uint32_t frame_records(uint8_t *chunk, uint32_t end)
{
    uint32_t pos = FRAME_FIRST;
    for (uint64_t id = 1; end - pos >= LEAST; id++) {
        uint32_t size = tcs_le32(chunk + pos + 4);
        uint32_t left = (end - pos) & ~7u;
        if (size < LEAST || size % 8 || size > left)
            size = left;
        frame_record(chunk + pos, size, id);
        pos += size;
    }
    return pos;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FRAME_HEADER + FRAME_CHUNK];
    uint8_t *chunk = file + FRAME_HEADER;
    if (size > FRAME_MOST)
        size = FRAME_MOST;
    memset(chunk, 0, FRAME_CHUNK);
    memcpy(chunk + FRAME_FIRST, data, size);
    uint32_t end = frame_records(chunk, (uint32_t)(FRAME_FIRST + size));
    frame_file(file, 1);
    frame_chunk(chunk, 1, end);
    fuzz_read_log(file, sizeof file);
    return 0;
}
