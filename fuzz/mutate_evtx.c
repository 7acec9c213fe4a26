/*
 * Mutates whole .evtx files: records as records, chunks as chunks, and after
 * most changes puts sizes and checksums right again, so that the readers
 * look further than the first of them.
 */
#include "mutate.h"

#include "base/crc32.h"
#include "evtx_frame.h"

enum { RECORDS_MOST = 512, RECORD_LEAST = 32, RECORD_MAGIC = 0x2A2A, CHUNK_HEADER_CRC = 124 };

/* Records of all chunks that are where their neighbour ends. */
static uint32_t find_records(const uint8_t *data, size_t size, struct stretch *records)
{
    uint32_t count = 0;
    for (size_t chunk = FRAME_HEADER; chunk < size; chunk += FRAME_CHUNK) {
        size_t end = size - chunk < FRAME_CHUNK ? size : chunk + FRAME_CHUNK;
        for (size_t at = chunk + FRAME_FIRST; count < RECORDS_MOST && at + RECORD_LEAST <= end;) {
            size_t len = tcs_le32(data + at + 4);
            if (tcs_le32(data + at) != RECORD_MAGIC || len < RECORD_LEAST || len > end - at)
                break;
            records[count++] = (struct stretch){at, len};
            at += len;
        }
    }
    return count;
}

/* Lets libFuzzer change the content of one record and makes its frame fit the new size. */
static size_t mutate_record(uint8_t *data, size_t size, size_t most, struct stretch s)
{
    static uint8_t body[FRAME_CHUNK];
    size_t len = s.len - FRAME_RECORD_HEADER - 4;
    if (len > sizeof body / 2)
        return LLVMFuzzerMutate(data, size, most);
    memcpy(body, data + s.at + FRAME_RECORD_HEADER, len);
    size_t made = LLVMFuzzerMutate(body, len, 2 * len + 64);
    size_t whole = (FRAME_RECORD_HEADER + made + 4 + 7) & ~(size_t)7;
    size_t id = tcs_le64(data + s.at + 8);
    if (whole > s.len) {
        size_t grown = open_gap(data, size, most, s.at, whole - s.len);
        if (grown == size)
            return size;
        size = grown;
    } else {
        size = close_gap(data, size, (struct stretch){s.at, s.len - whole});
    }
    memset(data + s.at, 0, whole);
    memcpy(data + s.at + FRAME_RECORD_HEADER, body, made);
    frame_record(data + s.at, (uint32_t)whole, id);
    return size;
}

/* Where the records of the chunk end. */
static uint32_t end_of(const uint8_t *data, size_t size, size_t chunk)
{
    size_t end = size - chunk < FRAME_CHUNK ? size : chunk + FRAME_CHUNK;
    size_t at = chunk + FRAME_FIRST;
    while (at + RECORD_LEAST <= end && tcs_le32(data + at) == RECORD_MAGIC) {
        size_t len = tcs_le32(data + at + 4);
        if (len < RECORD_LEAST || len > end - at)
            break;
        at += len;
    }
    return (uint32_t)(at - chunk);
}

static void repair(uint8_t *data, size_t size)
{
    if (size < FRAME_HEADER)
        return;
    frame_put32(data + CHUNK_HEADER_CRC, tcs_crc32(0, data, 120));
    for (size_t at = FRAME_HEADER; at + FRAME_FIRST <= size; at += FRAME_CHUNK) {
        uint8_t *chunk = data + at;
        uint32_t end = end_of(data, size, at);
        frame_put32(chunk + 48, end);
        frame_put32(chunk + 52, tcs_crc32(0, chunk + FRAME_FIRST, end - FRAME_FIRST));
        uint32_t crc = tcs_crc32(0, chunk, 120);
        frame_put32(chunk + CHUNK_HEADER_CRC, tcs_crc32(crc, chunk + 128, FRAME_FIRST - 128));
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static struct stretch records[RECORDS_MOST];
    struct chance c = {seed};
    uint32_t count = find_records(data, size, records);
    uint32_t what = chance_below(&c, 8);
    if (count == 0 || what == 0)
        size = LLVMFuzzerMutate(data, size, most);
    else if (what < 3)
        size = shuffle_records(data, size, most, records, count, &c);
    else
        size = mutate_record(data, size, most, records[chance_below(&c, count)]);
    if (chance_below(&c, 8) != 0)
        repair(data, size);
    return size;
}
