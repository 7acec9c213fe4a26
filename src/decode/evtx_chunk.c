#include "decode/evtx.h"

#include "base/crc32.h"

/*
 * Chunk header, 512 bytes of 65,536:
 * | off | size | field                          | what we do with it               |
 * |   0 |   8  | "ElfChnk\0"                    | without it: search for records   |
 * |  24 |   8  | first record id                | order of the chunks              |
 * |  48 |   4  | free-space offset              | clamped to [512, 65536]          |
 * |  52 |   4  | CRC-32 of [512, free space)    | lowers trust                     |
 * | 120 |   4  | flags; 4 = no checksums        | bit 0 is always set, means nothing |
 * | 124 |   4  | CRC-32 of [0,120) and [128,512) | lowers trust                    |
 * | 128 |      | tables of names and templates  | never read: all references are direct |
 *
 * Record: | 0 u32 2A 2A 00 00 | 4 u32 size | 8 u64 id | 16 u64 FILETIME | 24 BinXML | size-4 u32 size |
 */
enum {
    OFF_FIRST_ID = 24,
    OFF_FREE_SPACE = 48,
    OFF_DATA_CRC = 52,
    OFF_FLAGS = 120,
    OFF_HEADER_CRC = 124,
    OFF_TABLES = 128,
    FLAG_NO_CRC = 4,
    RECORD_MAGIC = 0x2A2A,
};

static const uint8_t chunk_magic[8] = {'E', 'l', 'f', 'C', 'h', 'n', 'k', 0};

static bool all_zero(const uint8_t *p, size_t len)
{
    /* Compares the bytes with themselves shifted by one: fast, and stops at the first difference. */
    return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

bool evtx_chunk_first_id(const uint8_t head[32], uint64_t *id)
{
    *id = tcs_le64(head + OFF_FIRST_ID);
    return memcmp(head, chunk_magic, sizeof chunk_magic) == 0;
}

uint32_t evtx_chunk_free_space(const uint8_t *chunk)
{
    uint32_t off = tcs_le32(chunk + OFF_FREE_SPACE);
    if (off < EVTX_CHUNK_HEADER)
        return EVTX_CHUNK_HEADER;
    return off > EVTX_CHUNK ? EVTX_CHUNK : off;
}

static bool header_crc_ok(const uint8_t *b)
{
    uint32_t crc = tcs_crc32(0, b, OFF_FLAGS);
    crc = tcs_crc32(crc, b + OFF_TABLES, EVTX_CHUNK_HEADER - OFF_TABLES);
    return crc == tcs_le32(b + OFF_HEADER_CRC);
}

static bool data_crc_ok(const uint8_t *b, uint32_t end)
{
    return tcs_crc32(0, b + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER) == tcs_le32(b + OFF_DATA_CRC);
}

/* The checksums lower the trust in a chunk, they do not decide: most records of a torn chunk are whole. */
static void verify(struct evtx_chunk *c, struct tcs_err *err)
{
    bool no_crc = (tcs_le32(c->bytes + OFF_FLAGS) & FLAG_NO_CRC) != 0;
    if (no_crc)
        return;
    bool header_ok = header_crc_ok(c->bytes);
    bool data_ok = data_crc_ok(c->bytes, c->end);
    if (header_ok && data_ok)
        return;
    c->state |= data_ok ? 0 : TCS_STATE_CRC_BAD;
    c->stats->damage[TCS_DAMAGE_CHECKSUM]++;
    tcs_fail(err, TCS_SKIP, c->offset,
             "the checksum of the chunk's %s is wrong; its records are read all the same",
             header_ok ? "records"
             : data_ok ? "header"
                       : "header and records");
}

enum evtx_chunk_kind evtx_chunk_begin(struct evtx_chunk *c, const uint8_t *bytes, size_t have,
                                      uint64_t offset, bool wants_slack, struct tcs_read_stats *stats,
                                      struct tcs_err *err)
{
    *c = (struct evtx_chunk){.bytes = bytes,
                             .offset = offset,
                             .pos = EVTX_CHUNK_HEADER,
                             .have = have < EVTX_CHUNK ? (uint32_t)have : EVTX_CHUNK,
                             .wants_slack = wants_slack,
                             .stats = stats};
    if (memcmp(bytes, chunk_magic, sizeof chunk_magic) == 0) {
        c->end = evtx_chunk_free_space(bytes);
        stats->chunks++;
        verify(c, err);
        return EVTX_CHUNK_LIVE;
    }
    if (all_zero(bytes, EVTX_CHUNK)) {
        stats->empty++;
        return EVTX_CHUNK_EMPTY;
    }
    /* Without a header nobody says where the log ends in here: everything that looks like a record counts. */
    uint32_t free_space = tcs_le32(bytes + OFF_FREE_SPACE);
    c->end = free_space >= EVTX_CHUNK_HEADER && free_space <= EVTX_CHUNK ? free_space : EVTX_CHUNK;
    c->searching = true;
    c->state = TCS_STATE_RECOVERED;
    stats->damage[TCS_DAMAGE_CHUNK]++;
    tcs_fail(err, TCS_SKIP, offset, "the chunk has no signature; searching it for records");
    return EVTX_CHUNK_DAMAGED;
}

/* True if a whole record stands at pos: signature, a size that fits, and the same size at its end. */
static bool whole_record_at(const struct evtx_chunk *c, uint32_t pos, uint32_t end)
{
    if (end - pos < EVTX_RECORD_LEAST || tcs_le32(c->bytes + pos) != RECORD_MAGIC)
        return false;
    uint32_t size = tcs_le32(c->bytes + pos + 4);
    return size >= EVTX_RECORD_LEAST && size <= end - pos && tcs_le32(c->bytes + pos + size - 4) == size;
}

bool evtx_record_is_whole(const uint8_t *chunk, uint32_t pos, uint32_t end)
{
    const struct evtx_chunk c = {.bytes = chunk};
    return pos <= end && whole_record_at(&c, pos, end);
}

bool evtx_chunk_is_whole(const uint8_t *chunk)
{
    return !(tcs_le32(chunk + OFF_FLAGS) & FLAG_NO_CRC) && data_crc_ok(chunk, evtx_chunk_free_space(chunk));
}

void evtx_chunk_begin_window(struct evtx_chunk *c, const uint8_t *bytes, const struct evtx_window *window,
                             struct tcs_read_stats *stats, struct tcs_err *err)
{
    *c = (struct evtx_chunk){.bytes = bytes,
                             .offset = window->offset,
                             .pos = window->from,
                             .end = window->end,
                             .have = window->have,
                             .searching = window->is_searched,
                             .state = window->is_searched ? TCS_STATE_RECOVERED : 0,
                             .stats = stats};
    stats->chunks += window->from == EVTX_CHUNK_HEADER && !window->is_searched;
    if (window->is_searched) {
        stats->damage[TCS_DAMAGE_CHUNK]++;
        tcs_fail(err, TCS_SKIP, c->offset, "the chunk has no signature; searching it for records");
    } else if (window->is_doubtful) {
        verify(c, err);
    }
}

static void give(struct evtx_chunk *c, struct evtx_extent *out, unsigned state)
{
    *out = (struct evtx_extent){c->pos, tcs_le32(c->bytes + c->pos + 4), c->state | state};
    c->pos += out->size;
}

/* Records start at multiples of 8. Gives the next whole one from c->pos on, or false. */
static bool search(struct evtx_chunk *c, uint32_t end)
{
    for (uint32_t pos = (c->pos + 7) & ~7u; pos < end; pos += 8) {
        if (whole_record_at(c, pos, end)) {
            c->pos = pos;
            return true;
        }
    }
    c->pos = end;
    return false;
}

/*
 * A record that was being written when the file was copied: its size is
 * possible but its end holds something else. Only what lies before the next
 * page edge, or before the end of the file, is sure to be its own.
 */
static bool torn_record_at(const struct evtx_chunk *c, uint32_t pos, uint32_t *trusted)
{
    if (c->end - pos < EVTX_RECORD_LEAST || tcs_le32(c->bytes + pos) != RECORD_MAGIC)
        return false;
    uint32_t size = tcs_le32(c->bytes + pos + 4);
    uint32_t edge = (pos / EVTX_PAGE + 1) * EVTX_PAGE;
    if (edge > c->have && c->have > pos)
        edge = c->have;
    if (size < EVTX_RECORD_LEAST || size > c->end - pos || pos + size <= edge)
        return false;
    *trusted = edge - pos;
    return *trusted > EVTX_RECORD_HEADER;
}

static enum tcs_code report_damage(struct evtx_chunk *c, struct tcs_err *err)
{
    uint32_t from = c->pos;
    uint32_t left = c->end - from;
    uint32_t magic = left >= 4 ? tcs_le32(c->bytes + from) : 0;
    uint32_t size = left >= 8 ? tcs_le32(c->bytes + from + 4) : 0;
    c->stats->damage[TCS_DAMAGE_RECORD]++;
    c->searching = true;
    c->state |= TCS_STATE_RECOVERED;
    c->pos = from + 1; /* never this place again */
    if (magic != RECORD_MAGIC)
        return tcs_fail(err, TCS_SKIP, c->offset + from,
                        "no record where one should be; searching for the next");
    if (size >= EVTX_RECORD_LEAST && size <= left)
        return tcs_fail(err, TCS_SKIP, c->offset + from,
                        "record whose size (%u) does not stand at its end; searching for the next", size);
    return tcs_fail(err, TCS_SKIP, c->offset + from,
                    "record with an impossible size (%u); searching for the next", size);
}

static enum tcs_code next_live(struct evtx_chunk *c, struct evtx_extent *out, struct tcs_err *err)
{
    if (c->searching) {
        if (!search(c, c->end))
            return TCS_END;
        c->searching = false;
        give(c, out, TCS_STATE_RECOVERED);
        return TCS_OK;
    }
    /* Zeros up to the end are room that was taken for records and not used. */
    if (c->pos >= c->end || all_zero(c->bytes + c->pos, c->end - c->pos))
        return TCS_END;
    if (whole_record_at(c, c->pos, c->end)) {
        give(c, out, 0);
        return TCS_OK;
    }
    uint32_t trusted;
    if (torn_record_at(c, c->pos, &trusted)) {
        *out = (struct evtx_extent){c->pos, trusted, c->state | TCS_STATE_TORN};
        c->stats->damage[TCS_DAMAGE_TORN]++;
        c->searching = true;
        c->state |= TCS_STATE_RECOVERED;
        c->pos += 8;
        return TCS_OK;
    }
    return report_damage(c, err);
}

/* Beyond the free space lies what the chunk held before: never live, and maybe of another log. */
static enum tcs_code next_slack(struct evtx_chunk *c, struct evtx_extent *out)
{
    if (!c->in_slack) {
        c->in_slack = true;
        c->pos = c->end;
    }
    if (!search(c, EVTX_CHUNK))
        return TCS_END;
    c->state &= TCS_STATE_CRC_BAD;
    give(c, out, TCS_STATE_SLACK);
    return TCS_OK;
}

enum tcs_code evtx_chunk_next(struct evtx_chunk *c, struct evtx_extent *out, struct tcs_err *err)
{
    if (!c->in_slack) {
        enum tcs_code code = next_live(c, out, err);
        if (code != TCS_END || !c->wants_slack)
            return code;
    }
    return next_slack(c, out);
}
