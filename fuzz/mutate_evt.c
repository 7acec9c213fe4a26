/*
 * Mutates .evt files: records as records, and after most changes puts the
 * length copies, the end record and the header's offsets right again. That
 * ends the ring where the last record does, so inputs stay small.
 */
#include "mutate.h"

#include "evtx_frame.h"

enum { HEADER = 48, END_RECORD = 40, RECORD_LEAST = 60, RECORDS_MOST = 512, LENGTH_MOST = 0x40000 };

static const uint8_t magic[4] = {'L', 'f', 'L', 'e'};

static uint32_t find_records(const uint8_t *data, size_t size, struct stretch *records)
{
    uint32_t count = 0;
    for (size_t at = HEADER; count < RECORDS_MOST && at + RECORD_LEAST <= size;) {
        size_t len = tcs_le32(data + at);
        bool is_one = memcmp(data + at + 4, magic, sizeof magic) == 0 && len >= RECORD_LEAST &&
                      len <= LENGTH_MOST && len % 4 == 0 && len <= size - at;
        if (is_one)
            records[count++] = (struct stretch){at, len};
        at += is_one ? len : 4;
    }
    return count;
}

/* Lets libFuzzer change one record; its length stays, so that the others keep their places. */
static void mutate_record(uint8_t *data, struct stretch s)
{
    uint32_t len = (uint32_t)s.len;
    size_t made = LLVMFuzzerMutate(data + s.at + 8, s.len - 12, s.len - 12);
    memset(data + s.at + 8 + made, 0, s.len - 12 - made);
    frame_put32(data + s.at, len);
    frame_put32(data + s.at + len - 4, len);
}

/* The numbers in a row, an end record behind the last one, and a header that knows both. */
static size_t repair(uint8_t *data, size_t size, size_t most, bool numbers)
{
    static struct stretch records[RECORDS_MOST];
    uint32_t count = find_records(data, size, records);
    size_t end = count ? records[count - 1].at + records[count - 1].len : HEADER;
    if (end + END_RECORD > most || size < HEADER)
        return size;
    for (uint32_t i = 0; numbers && i < count; i++)
        frame_put32(data + records[i].at + 8, i + 1);
    static const uint32_t pattern[] = {END_RECORD, 0x11111111, 0x22222222, 0x33333333, 0x44444444};
    for (size_t i = 0; i < sizeof pattern / sizeof pattern[0]; i++)
        frame_put32(data + end + 4 * i, pattern[i]);
    uint32_t begin = count ? (uint32_t)records[0].at : HEADER;
    const uint32_t rest[] = {begin, (uint32_t)end, count + 1, 1, END_RECORD};
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        frame_put32(data + end + 20 + 4 * i, rest[i]);
    frame_put32(data, HEADER);
    memcpy(data + 4, magic, sizeof magic);
    frame_put32(data + 16, begin);
    frame_put32(data + 20, (uint32_t)end);
    frame_put32(data + 44, HEADER);
    return size > end + END_RECORD ? size : end + END_RECORD;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static struct stretch records[RECORDS_MOST];
    struct chance c = {seed};
    uint32_t count = find_records(data, size, records);
    uint32_t what = chance_below(&c, 8);
    if (count == 0 || what < 2)
        size = LLVMFuzzerMutate(data, size, most);
    else if (what < 4)
        size = shuffle_records(data, size, most, records, count, &c);
    else
        mutate_record(data, records[chance_below(&c, count)]);
    if (chance_below(&c, 4) == 0)
        size = repair(data, size, most, chance_below(&c, 2) == 0);
    return size;
}
