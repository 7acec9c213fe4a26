#include "evtx_frame.h"

#include "base/crc32.h"

void frame_put16(uint8_t *at, uint32_t n)
{
    at[0] = (uint8_t)n;
    at[1] = (uint8_t)(n >> 8);
}

void frame_put32(uint8_t *at, uint32_t n)
{
    frame_put16(at, n & 0xFFFF);
    frame_put16(at + 2, n >> 16);
}

void frame_put64(uint8_t *at, uint64_t n)
{
    frame_put32(at, (uint32_t)n);
    frame_put32(at + 4, (uint32_t)(n >> 32));
}

void frame_file(uint8_t *file, unsigned chunks)
{
    memset(file, 0, FRAME_HEADER);
    memcpy(file, "ElfFile", 8);
    frame_put64(file + 16, chunks - 1);
    frame_put64(file + 24, 1);
    frame_put32(file + 32, 128);
    frame_put16(file + 36, 1);
    frame_put16(file + 38, 3);
    frame_put16(file + 40, FRAME_HEADER);
    frame_put16(file + 42, chunks);
    frame_put32(file + 124, tcs_crc32(0, file, 120));
}

void frame_chunk(uint8_t *chunk, uint64_t first_id, uint32_t free)
{
    memset(chunk, 0, FRAME_FIRST);
    memcpy(chunk, "ElfChnk", 8);
    for (unsigned at = 8; at < 40; at += 8)
        frame_put64(chunk + at, first_id);
    frame_put32(chunk + 40, 128);
    frame_put32(chunk + 48, free);
    frame_put32(chunk + 52, tcs_crc32(0, chunk + FRAME_FIRST, free - FRAME_FIRST));
    frame_put32(chunk + 120, 1);
    uint32_t crc = tcs_crc32(0, chunk, 120);
    frame_put32(chunk + 124, tcs_crc32(crc, chunk + 128, FRAME_FIRST - 128));
}

void frame_record(uint8_t *record, uint32_t size, uint64_t id)
{
    frame_put32(record, 0x2A2A);
    frame_put32(record + 4, size);
    frame_put64(record + 8, id);
    frame_put64(record + 16, UINT64_C(133500000000000000) + id); /* in January 2024 */
    frame_put32(record + size - 4, size);
}
