/*
 * A template definition and values for it, in a log where all else is right.
 *
 * Input: u16 length of the definition's body, the body, u8 number of values,
 * for each u8 type and u16 size, then the values' bytes. The body stands at
 * BODY of its chunk, where inline names have to point.
 *
 * The log has three chunks: the template with two records that use it, the
 * second with fewer values; the same again, which the cache must recognise;
 * and one where the definition is lost and must be found in the others.
 */
#include "evtx_frame.h"

enum {
    INSTANCE = FRAME_FIRST + FRAME_RECORD_HEADER + 4,
    DEFINITION = INSTANCE + 10,
    BODY = DEFINITION + 24,
    BODY_MOST = 40000,
    VALUES_MOST = 64,
    VALUE_BYTES_MOST = 8000,
    CHUNKS = 3,
};

struct piece {
    struct tcs_bytes body;
    uint8_t types[VALUES_MOST];
    uint16_t sizes[VALUES_MOST];
    unsigned count;
    struct tcs_bytes values;
};

static struct piece parse(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct piece x = {0};
    size_t len = fuzz_u16(&in);
    x.body = fuzz_bytes(&in, len < BODY_MOST ? len : BODY_MOST);
    x.count = fuzz_u8(&in) % (VALUES_MOST + 1);
    for (unsigned i = 0; i < x.count; i++) {
        x.types[i] = fuzz_u8(&in);
        x.sizes[i] = fuzz_u16(&in);
    }
    x.values = fuzz_bytes(&in, VALUE_BYTES_MOST);
    return x;
}

/* The head of an instance at `at`; gives the place behind it. */
static uint32_t put_head(uint8_t *chunk, uint32_t at)
{
    static const uint8_t fragment[4] = {0x0F, 1, 1, 0};
    memcpy(chunk + at - 4, fragment, sizeof fragment);
    chunk[at] = 0x0C;
    chunk[at + 1] = 1;
    frame_put32(chunk + at + 2, 0x11223344);
    frame_put32(chunk + at + 6, DEFINITION);
    return at + 10;
}

/* Number, descriptors and bytes of the first `count` values; gives the place behind. */
static uint32_t put_values(uint8_t *chunk, uint32_t at, const struct piece *x, unsigned count)
{
    frame_put32(chunk + at, count);
    uint32_t value = at + 4 + 4 * count;
    size_t left = x->values.len;
    for (unsigned i = 0; i < count; i++) {
        size_t size = x->sizes[i] < left ? x->sizes[i] : left;
        frame_put16(chunk + at + 4 + 4 * i, (uint32_t)size);
        chunk[at + 6 + 4 * i] = x->types[i];
        chunk[at + 7 + 4 * i] = 0;
        memcpy(chunk + value, x->values.p + (x->values.len - left), size);
        value += (uint32_t)size;
        left -= size;
    }
    return value;
}

/* Ends the stream and the record that began at `from`; gives the place of the next. */
static uint32_t end_record(uint8_t *chunk, uint32_t from, uint32_t at, uint64_t id)
{
    chunk[at] = 0;
    uint32_t size = (at + 1 - from + 4 + 7) & ~7u;
    frame_record(chunk + from, size, id);
    return from + size;
}

static void put_chunk(uint8_t *chunk, const struct piece *x, unsigned number)
{
    uint64_t id = 1 + 2 * number;
    uint32_t at = put_head(chunk, INSTANCE);
    for (unsigned i = 0; i < 4; i++)
        frame_put32(chunk + DEFINITION + 4 + 4 * i, 0x11223344);
    /* In the last chunk the length leads out of it. */
    frame_put32(chunk + DEFINITION + 20, number + 1 < CHUNKS ? (uint32_t)x->body.len : 0xFFFF0000);
    if (x->body.len)
        memcpy(chunk + BODY, x->body.p, x->body.len);
    at = put_values(chunk, at + 24 + (uint32_t)x->body.len, x, x->count);
    uint32_t second = end_record(chunk, FRAME_FIRST, at, id);
    at = put_head(chunk, second + FRAME_RECORD_HEADER + 4);
    at = put_values(chunk, at, x, x->count - (x->count > 13));
    frame_chunk(chunk, id, end_record(chunk, second, at, id + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FRAME_HEADER + CHUNKS * FRAME_CHUNK];
    struct piece x = parse(data, size);
    memset(file, 0, sizeof file);
    frame_file(file, CHUNKS);
    for (unsigned i = 0; i < CHUNKS; i++)
        put_chunk(file + FRAME_HEADER + i * FRAME_CHUNK, &x, i);
    fuzz_read_log(file, sizeof file);
    return 0;
}
