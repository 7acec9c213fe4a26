#include "decode/evtx.h"

#include "base/crc32.h"

/*
 * File header, 4,096 bytes:
 * | off | size | field                     | what we do with it                                 |
 * |   0 |   8  | "ElfFile\0"               | without it the chunks are read all the same        |
 * |   8 |   8  | number of the oldest chunk | start of the ring                                  |
 * |  16 |   8  | number of the newest chunk | lags behind in a log that was not closed           |
 * |  40 |   2  | header size, 4096         | not used: chunks always start there                |
 * |  42 |   2  | number of chunks          | lags: the size decides; too large: some were cut off |
 * | 120 |   4  | flags; 1 dirty, 2 full, 4 no CRC | other bits occur and mean nothing to us            |
 * | 124 |   4  | CRC-32 of bytes 0..119    | wrong: oldest and newest are not believed          |
 */
enum { OFF_OLDEST = 8, OFF_COUNT = 42, OFF_FLAGS = 120, OFF_CRC = 124, FLAG_FULL = 2, FLAG_NO_CRC = 4 };

static const uint8_t file_magic[8] = {'E', 'l', 'f', 'F', 'i', 'l', 'e', 0};

struct evtx_log {
    uint64_t chunks; /* whole ones, and a last one that is cut */
    uint64_t first;  /* the chunk to begin with: the oldest of a ring */
    uint64_t given;  /* chunks handed out */
};

static int probe(struct tcs_bytes head, uint64_t size)
{
    uint64_t id;
    (void)size;
    if (head.len >= 8 && memcmp(head.p, file_magic, 8) == 0)
        return 100;
    bool has_chunk = head.len >= EVTX_FILE_HEADER + 32 && evtx_chunk_first_id(head.p + EVTX_FILE_HEADER, &id);
    return has_chunk ? 80 : 0;
}

static uint64_t chunk_offset(uint64_t number)
{
    return EVTX_FILE_HEADER + number * EVTX_CHUNK;
}

/* First record id of a chunk; false for chunks without a signature. */
static bool first_id(const struct tcs_log *log, uint64_t number, uint64_t *id)
{
    uint8_t head[32];
    size_t got;
    return tcs_log_read(log, chunk_offset(number), head, sizeof head, &got, NULL) == TCS_OK &&
           got == sizeof head && evtx_chunk_first_id(head, id);
}

/*
 * A full log is a ring: new chunks overwrite the oldest. Then the ids fall
 * once between neighbouring chunks, and the chunk behind the fall is the
 * oldest. Gives it, or 0 if the first chunk is.
 */
static uint64_t find_oldest(const struct tcs_log *log, uint64_t chunks)
{
    uint64_t low_id, id;
    uint64_t low = 0, high = chunks - 1;
    while (high > 0 && !first_id(log, high, &id))
        high--;
    if (high == 0 || !first_id(log, 0, &low_id) || !first_id(log, high, &id) || id > low_id)
        return 0;
    /* The fall lies in (low, high]. A chunk without signature in between counts as its upper neighbour. */
    while (high - low > 1) {
        uint64_t mid = low + (high - low) / 2;
        uint64_t live = mid;
        while (live < high && !first_id(log, live, &id))
            live++;
        if (live < high && id > low_id)
            low = live;
        else
            high = mid;
    }
    return high;
}

static bool header_is_sound(const uint8_t *h)
{
    return memcmp(h, file_magic, sizeof file_magic) == 0 &&
           ((tcs_le32(h + OFF_FLAGS) & FLAG_NO_CRC) || tcs_crc32(0, h, OFF_FLAGS) == tcs_le32(h + OFF_CRC));
}

bool evtx_header_is_full(const uint8_t *header)
{
    return header_is_sound(header) && (header[OFF_FLAGS] & FLAG_FULL);
}

static enum tcs_code open_log(struct tcs_log *log, struct tcs_err *err)
{
    struct evtx_log *x = tcs_arena_alloc(&log->arena, sizeof *x);
    if (x == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to open a log");
    log->state = x;
    uint8_t header[128] = {0};
    size_t got;
    enum tcs_code code = tcs_log_read(log, 0, header, sizeof header, &got, err);
    if (code != TCS_OK)
        return code;
    uint64_t size = log->reader.size;
    uint64_t body = size > EVTX_FILE_HEADER ? size - EVTX_FILE_HEADER : 0;
    x->chunks = body / EVTX_CHUNK + (body % EVTX_CHUNK != 0);
    bool sound = header_is_sound(header);
    uint64_t counted = sound ? tcs_le16(header + OFF_COUNT) : x->chunks;
    bool is_cut = body % EVTX_CHUNK != 0 || size < EVTX_FILE_HEADER;
    log->damage[TCS_DAMAGE_HEADER] += !sound;
    /* The count may lag behind, but never runs ahead: then chunks were cut off. */
    log->damage[TCS_DAMAGE_TRUNCATED] += is_cut || counted > x->chunks;
    log->damage[TCS_DAMAGE_STALE] += counted < x->chunks && (header[OFF_FLAGS] & 1);
    /* The header's own word for the oldest chunk lags in dirty logs; the chunks themselves do not lie. */
    x->first = x->chunks > 1 ? find_oldest(log, x->chunks) : 0;
    return TCS_OK;
}

static enum tcs_code next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err)
{
    struct evtx_log *x = log->state;
    if (x->given == x->chunks)
        return TCS_END;
    uint64_t number = x->first + x->given;
    bool behind_the_wrap = number >= x->chunks;
    number -= behind_the_wrap ? x->chunks : 0;
    uint64_t left = behind_the_wrap ? x->first - number : x->chunks - number;
    uint64_t count = u->cap / EVTX_CHUNK;
    if (count > left)
        count = left;
    size_t len = (size_t)count * EVTX_CHUNK;
    u->offset = chunk_offset(number);
    x->given += count;
    enum tcs_code code = tcs_log_read(log, u->offset, u->bytes, len, &u->file_len, err);
    if (code != TCS_OK) {
        x->given = x->chunks;
        return code;
    }
    if (u->file_len == 0) { /* the file has shrunk since it was opened */
        x->given = x->chunks;
        return tcs_fail(err, TCS_IO, u->offset, "the file has become shorter while it was read");
    }
    /* A chunk that is cut is read as if zeros followed: its records are found up to the cut. */
    memset(u->bytes + u->file_len, 0, len - u->file_len);
    u->len = len;
    return TCS_OK;
}

const struct tcs_format_ops tcs_evtx_format = {
    .format = TCS_FORMAT_EVTX,
    .name = "evtx",
    .probe = probe,
    .open = open_log,
    .next_unit = next_unit,
    .decoder_new = evtx_decoder_new,
    .decoder_free = evtx_decoder_free,
    .begin = evtx_decoder_begin,
    .next = evtx_decoder_next,
};
