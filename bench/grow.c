/*
 * Makes a large log out of a small one: chunks or records again and again,
 * with numbers and times that go on, and checksums that are right.
 *
 *     grow evtx SEED OUTPUT CHUNKS     chunks of SEED in turn
 *     grow evt  SEED OUTPUT BYTES      records of SEED in turn (a saved log, not a ring)
 *
 * Prints the number of records. The seed is trusted: bench/inputs.py made it.
 */
#include <isa-l/crc.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BLOCK = 4096,
    CHUNK = 65536,
    FIRST_RECORD = 512,
    RECORDS_MOST = 2048, /* of a chunk */
    EVT_HEADER = 48,
    EVT_LEAST = 56,
    EVT_EOF = 40,
    OUT_BUFFER = 1 << 20,
};

static const uint64_t step = 100000;                 /* 10 ms between records, in ticks of 100 ns */
static const uint64_t start = 133000000000000000ull; /* in June 2022 */
static const uint32_t evt_start = 1000000000u;       /* in September 2001 */

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

static void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof v);
}

static void die(const char *what)
{
    fprintf(stderr, "grow: %s\n", what);
    exit(1);
}

static uint8_t *read_whole(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        die("the seed cannot be read");
    *len = (size_t)ftell(f);
    rewind(f);
    uint8_t *bytes = malloc(*len);
    if (bytes == NULL || fread(bytes, 1, *len, f) != *len)
        die("the seed cannot be read");
    fclose(f);
    return bytes;
}

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL || setvbuf(f, NULL, _IOFBF, OUT_BUFFER) != 0)
        die("the output cannot be made");
    return f;
}

static void write_all(FILE *f, const void *p, size_t len)
{
    if (fwrite(p, 1, len, f) != len)
        die("the output cannot be written");
}

/* ---- .evtx ---- */

/* Where the time and the number of a record stand in its values; 0: not at the usual place. */
struct places {
    uint32_t record, time, number;
};

/* Slots 0 to 12 of the outer template mean the same everywhere; 6 is the time, 10 the EventRecordID. */
static struct places places_of(const uint8_t *chunk, uint32_t pos)
{
    struct places out = {pos, 0, 0};
    uint32_t at = pos + 24 + 4; /* behind the record's header and the fragment's */
    if (chunk[at] != 0x0C)
        return out;
    uint32_t definition = get32(chunk + at + 6);
    at += 10;
    if (definition == at)
        at += 24 + get32(chunk + at + 20);
    uint32_t count = get32(chunk + at);
    const uint8_t *sizes = chunk + at + 4;
    uint32_t value = at + 4 + 4 * count;
    for (unsigned slot = 0; slot < 13 && slot < count; slot++) {
        uint32_t size = (uint32_t)sizes[4 * slot] | (uint32_t)sizes[4 * slot + 1] << 8;
        if (slot == 6 && size == 8)
            out.time = value;
        if (slot == 10 && size == 8)
            out.number = value;
        value += size;
    }
    return out;
}

static size_t find_places(const uint8_t *chunk, struct places *out)
{
    size_t count = 0;
    uint32_t end = get32(chunk + 48);
    for (uint32_t pos = FIRST_RECORD; pos + 32 <= end && count < RECORDS_MOST; pos += get32(chunk + pos + 4))
        out[count++] = places_of(chunk, pos);
    return count;
}

static void fix_checksums(uint8_t *chunk)
{
    put32(chunk + 52, crc32_gzip_refl(0, chunk + FIRST_RECORD, get32(chunk + 48) - FIRST_RECORD));
    uint32_t crc = crc32_gzip_refl(0, chunk, 120);
    put32(chunk + 124, crc32_gzip_refl(crc, chunk + 128, FIRST_RECORD - 128));
}

static void renumber(uint8_t *chunk, const struct places *at, size_t count, uint64_t first)
{
    uint64_t last = first + count - 1;
    put64(chunk + 8, first);
    put64(chunk + 16, last);
    put64(chunk + 24, first);
    put64(chunk + 32, last);
    for (size_t i = 0; i < count; i++) {
        uint64_t number = first + i, time = start + number * step;
        put64(chunk + at[i].record + 8, number);
        put64(chunk + at[i].record + 16, time);
        if (at[i].time)
            put64(chunk + at[i].time, time);
        if (at[i].number)
            put64(chunk + at[i].number, number);
    }
    fix_checksums(chunk);
}

static void write_header(FILE *f, uint64_t chunks, uint64_t next_record)
{
    uint8_t h[HEADER_BLOCK] = {0};
    memcpy(h, "ElfFile", 8);
    put64(h + 16, chunks - 1);
    put64(h + 24, next_record);
    put32(h + 32, 128);
    put32(h + 36, 3u << 16 | 1);
    put32(h + 40, (uint32_t)(chunks & 0xFFFF) << 16 | HEADER_BLOCK);
    put32(h + 124, crc32_gzip_refl(0, h, 120));
    write_all(f, h, sizeof h);
}

static uint64_t grow_evtx(const uint8_t *seed, size_t len, FILE *f, uint64_t chunks)
{
    size_t seeds = (len - HEADER_BLOCK) / CHUNK;
    struct places *places = calloc(seeds * RECORDS_MOST, sizeof *places);
    size_t *counts = calloc(seeds, sizeof *counts);
    if (seeds == 0 || places == NULL || counts == NULL)
        die("no chunks, or no memory");
    for (size_t i = 0; i < seeds; i++)
        counts[i] = find_places(seed + HEADER_BLOCK + i * CHUNK, places + i * RECORDS_MOST);
    uint64_t next = 1;
    write_header(f, chunks, 0);
    for (uint64_t i = 0; i < chunks; i++) {
        uint8_t chunk[CHUNK];
        size_t from = (size_t)(i % seeds);
        memcpy(chunk, seed + HEADER_BLOCK + from * CHUNK, CHUNK);
        renumber(chunk, places + from * RECORDS_MOST, counts[from], next);
        write_all(f, chunk, CHUNK);
        next += counts[from];
    }
    rewind(f);
    write_header(f, chunks, next);
    free(places);
    free(counts);
    return next - 1;
}

/* ---- .evt ---- */

static void write_evt_header(FILE *f, uint32_t end, uint32_t next)
{
    const uint32_t h[12] = {EVT_HEADER, 0x654C664C,    1, 1,      EVT_HEADER, end, next,
                            1,          end + EVT_EOF, 0, 604800, EVT_HEADER};
    write_all(f, h, sizeof h);
}

/* The offset of the seed's next record; 0 at its end. */
static size_t evt_next(const uint8_t *seed, size_t len, size_t at)
{
    while (at + EVT_LEAST <= len) {
        uint32_t size = get32(seed + at);
        if (get32(seed + at + 4) == 0x654C664C && size >= EVT_LEAST && size <= len - at &&
            get32(seed + at + size - 4) == size)
            return at;
        at += 4;
    }
    return 0;
}

static uint64_t grow_evt(const uint8_t *seed, size_t len, FILE *f, uint64_t bytes)
{
    uint32_t number = 0, end = EVT_HEADER;
    write_evt_header(f, 0, 0);
    size_t at = 0;
    while (end < bytes) {
        at = evt_next(seed, len, at ? at : EVT_HEADER);
        if (at == 0) {
            if (number == 0)
                die("no records in the seed");
            continue;
        }
        uint32_t size = get32(seed + at);
        uint8_t *record = malloc(size);
        if (record == NULL)
            die("no memory");
        memcpy(record, seed + at, size);
        put32(record + 8, ++number);
        put32(record + 12, evt_start + number / 100);
        put32(record + 16, evt_start + number / 100);
        write_all(f, record, size);
        free(record);
        end += size;
        at += size;
    }
    const uint32_t eof[10] = {EVT_EOF,    0x11111111, 0x22222222, 0x33333333, 0x44444444,
                              EVT_HEADER, end,        number + 1, 1,          EVT_EOF};
    write_all(f, eof, sizeof eof);
    rewind(f);
    write_evt_header(f, end, number + 1);
    return number;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        die("usage: grow evtx|evt SEED OUTPUT CHUNKS|BYTES");
    size_t len;
    uint8_t *seed = read_whole(argv[2], &len);
    FILE *f = create(argv[3]);
    uint64_t much = strtoull(argv[4], NULL, 10);
    bool is_evt = strcmp(argv[1], "evt") == 0;
    uint64_t records = is_evt ? grow_evt(seed, len, f, much) : grow_evtx(seed, len, f, much);
    if (fclose(f) != 0)
        die("the output cannot be written");
    printf("%llu\n", (unsigned long long)records);
    free(seed);
    return 0;
}
