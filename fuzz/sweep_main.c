/*
 * The damage sweep: breaks logs in every way and looks what is left.
 *
 *     sweep [--long] LOG|FOLDER...
 *
 * Each log is read, then cut at every length, then overwritten in every way
 * of the table below, at places that a fixed seed chooses. Demands of each
 * reading of the broken log:
 *
 *  - no crash, an end in time, memory within its limit (sweep_read.c)
 *  - every record whose bytes were not touched is found where it was, says
 *    the same, and tells the rules the same; what is not touched is what
 *    sweep_needs says that it stands on
 *  - of a chunk whose bytes were changed its records are marked, by a wrong
 *    checksum or as recovered
 *  - if a record is lost, damage or a hole in the numbers is told
 */
#define _POSIX_C_SOURCE 200809L /* scandir */

#include "sweep_log.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    SIZE_MOST = 1 << 20,
    ROUNDS = 120, /* of each kind of damage for each log */
    ROUNDS_LONG = 3000,
    CUTS = 1500, /* lengths for each log; all of a small one */
    HEADER = 4096,
    CHUNK = 65536,
    PAGE = 4096,
    SECTOR = 512,
    EVT_RECORDS_LEAST = 10,
    MARKS = TCS_STATE_CRC_BAD | TCS_STATE_RECOVERED | TCS_STATE_TORN,
};

/* A log, what was read of it, and a copy to be broken. */
struct patient {
    const char *path;
    uint8_t *whole, *broken; /* owned */
    size_t len, broken_len;
    size_t used; /* bytes up to the last that is not zero: what lies beyond is not worth breaking */
    bool is_evtx;
    struct sweep_reading reading;
    struct sweep_stretch (*needs)[SWEEP_STRETCHES_MOST]; /* owned; of each record */
    size_t *need_counts;                                 /* owned */
};

static uint64_t seed = 20010918;

static size_t below(size_t end)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return end ? (size_t)((seed >> 24) % end) : 0;
}

/* ---- kinds of damage ---- */

struct stretch {
    uint8_t *p;
    size_t len;
};

/* A stretch of the used part, at a multiple of `unit`. */
static struct stretch somewhere(struct patient *x, size_t unit, size_t most)
{
    size_t at = below(x->used / unit + 1) * unit;
    if (at >= x->broken_len)
        at = 0;
    size_t len = most < x->broken_len - at ? most : x->broken_len - at;
    return (struct stretch){x->broken + at, len};
}

static void flip_bits(struct patient *x)
{
    for (size_t i = 1 + below(4); i > 0; i--)
        *somewhere(x, 1, 1).p ^= (uint8_t)(1u << below(8));
}

static void write_bytes(struct patient *x)
{
    struct stretch s = somewhere(x, 1, 1 + below(16));
    for (size_t i = 0; i < s.len; i++)
        s.p[i] = (uint8_t)below(256);
}

static void write_number(struct patient *x)
{
    static const uint32_t numbers[] = {0,       1,      0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
                                       0x10000, 0xFFFF, 28,         0x30,       0x2A2A};
    struct stretch s = somewhere(x, 4, 4);
    uint32_t n = numbers[below(sizeof numbers / sizeof numbers[0])];
    for (size_t i = 0; i < s.len; i++)
        s.p[i] = (uint8_t)(n >> (8 * i));
}

static void zero_page(struct patient *x)
{
    struct stretch s = somewhere(x, PAGE, PAGE);
    memset(s.p, 0, s.len);
}

static void zero_sector(struct patient *x)
{
    struct stretch s = somewhere(x, SECTOR, SECTOR);
    memset(s.p, 0, s.len);
}

static void fill_ff(struct patient *x)
{
    struct stretch s = somewhere(x, 1, 1 + below(2000));
    memset(s.p, 0xFF, s.len);
}

static void take_bytes_out(struct patient *x)
{
    struct stretch s = somewhere(x, 1, 1 + below(64));
    size_t behind = x->broken_len - (size_t)(s.p - x->broken) - s.len;
    memmove(s.p, s.p + s.len, behind);
    x->broken_len -= s.len;
}

static void put_bytes_in(struct patient *x)
{
    struct stretch s = somewhere(x, 1, 1 + below(64));
    size_t behind = x->broken_len - (size_t)(s.p - x->broken);
    memmove(s.p + s.len, s.p, behind);
    x->broken_len += s.len;
}

static void swap_sectors(struct patient *x)
{
    uint8_t kept[SECTOR];
    struct stretch a = somewhere(x, SECTOR, SECTOR), b = somewhere(x, SECTOR, SECTOR);
    size_t len = a.len < b.len ? a.len : b.len;
    memcpy(kept, a.p, len);
    memmove(a.p, b.p, len);
    memcpy(b.p, kept, len);
}

static void copy_sector(struct patient *x)
{
    struct stretch a = somewhere(x, SECTOR, SECTOR), b = somewhere(x, SECTOR, SECTOR);
    memmove(a.p, b.p, a.len < b.len ? a.len : b.len);
}

static void double_chunk(struct patient *x)
{
    if (!x->is_evtx || x->broken_len < HEADER + CHUNK)
        return;
    size_t chunks = (x->broken_len - HEADER) / CHUNK;
    memcpy(x->broken + x->broken_len, x->broken + HEADER + below(chunks) * CHUNK, CHUNK);
    x->broken_len += CHUNK;
}

static void append_junk(struct patient *x)
{
    for (size_t i = 1 + below(8192); i > 0; i--)
        x->broken[x->broken_len++] = (uint8_t)below(256);
}

static void several(struct patient *x);

static const struct {
    const char *name;
    void (*inflict)(struct patient *x);
} kinds[] = {
    {"bits flipped", flip_bits},
    {"bytes overwritten", write_bytes},
    {"a number overwritten", write_number},
    {"a page zeroed", zero_page},
    {"a sector zeroed", zero_sector},
    {"a run of 0xFF", fill_ff},
    {"bytes taken out", take_bytes_out},
    {"bytes put in", put_bytes_in},
    {"sectors swapped", swap_sectors},
    {"a sector copied", copy_sector},
    {"a chunk doubled", double_chunk},
    {"junk behind the end", append_junk},
    {"several of these", several},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static void several(struct patient *x)
{
    for (size_t i = 2 + below(4); i > 0; i--)
        kinds[below(KIND_COUNT - 1)].inflict(x);
}

/* ---- what must hold ---- */

static bool is_untouched(const struct patient *x, size_t record)
{
    for (size_t i = 0; i < x->need_counts[record]; i++) {
        struct sweep_stretch s = x->needs[record][i];
        if (s.off + s.len > x->broken_len || memcmp(x->whole + s.off, x->broken + s.off, s.len) != 0)
            return false;
    }
    return x->is_evtx || x->broken_len == x->len; /* the end of an .evt is where its ring turns */
}

/* True if the bytes of the chunk that its checksum covers have changed. */
static bool is_in_changed_chunk(const struct patient *x, uint64_t offset)
{
    uint64_t chunk = HEADER + (offset - HEADER) / CHUNK * CHUNK;
    uint64_t end = chunk + tcs_le32(x->whole + chunk + 48);
    bool has_crc = (tcs_le32(x->whole + chunk + 120) & 4) == 0;
    return has_crc && (end > x->broken_len ||
                       memcmp(x->whole + chunk + 512, x->broken + chunk + 512, end - chunk - 512) != 0);
}

/* The broken log can still be told from any other file: its own first bytes, or a first chunk or record. */
static bool is_recognisable(const struct patient *x)
{
    size_t first = x->is_evtx ? HEADER : 48;
    const char *magic = x->is_evtx ? "ElfChnk" : "LfLe";
    size_t at = x->is_evtx ? first : first + 4;
    bool has_head = x->broken_len >= 48 && memcmp(x->whole, x->broken, 8) == 0;
    return has_head || (x->broken_len >= first + 512 && memcmp(x->broken + at, magic, strlen(magic)) == 0);
}

static _Noreturn void stop(const struct patient *x, const char *kind, size_t round, uint64_t offset,
                           const char *what)
{
    FILE *out = fopen("sweep-failure", "wb");
    if (out && fwrite(x->broken, 1, x->broken_len, out) == x->broken_len)
        fprintf(stderr, "the broken log is in ./sweep-failure\n");
    if (out)
        fclose(out);
    fprintf(stderr, "%s, %s, round %zu: record at offset 0x%llx: %s\n", x->path, kind, round,
            (unsigned long long)offset, what);
    exit(EXIT_FAILURE);
}

static void check(const struct patient *x, const char *kind, size_t round)
{
    struct sweep_reading r;
    size_t lost = 0;
    sweep_read((struct tcs_bytes){x->broken, x->broken_len}, &r);
    if (r.is_refused && is_recognisable(x))
        stop(x, kind, round, 0, "the log is refused, although it can be told");
    for (size_t i = 0; i < x->reading.count && !r.is_refused; i++) {
        const struct sweep_record *was = &x->reading.records[i], *is = sweep_find(&r, was->offset);
        lost += is == NULL;
        if (!is_untouched(x, i))
            continue;
        if (is == NULL)
            stop(x, kind, round, was->offset, "not found, although nothing of it was touched");
        if (is->said != was->said)
            stop(x, kind, round, was->offset, "says something else, although nothing of it was touched");
        if (is->judged != was->judged)
            stop(x, kind, round, was->offset, "is judged otherwise, although nothing of it was touched");
        if (x->is_evtx && is_in_changed_chunk(x, was->offset) && !(is->state & MARKS))
            stop(x, kind, round, was->offset, "is not marked, although its chunk was changed");
    }
    if (lost && r.count < x->reading.count && r.damage <= x->reading.damage &&
        r.missing <= x->reading.missing && !r.is_refused)
        stop(x, kind, round, 0, "records are lost, and nothing is said of it");
    sweep_reading_done(&r);
}

/* ---- the sweep ---- */

static void restore(struct patient *x)
{
    memcpy(x->broken, x->whole, x->len);
    x->broken_len = x->len;
}

/* Every length of a small log, and of a larger one as many, spread over it. */
static size_t cut(struct patient *x, bool is_long)
{
    size_t step = is_long ? 1 : x->used / CUTS + 1, cuts = 0;
    restore(x);
    for (size_t len = 0; len < x->used; len += step, cuts++) {
        x->broken_len = len;
        check(x, "cut", len);
    }
    return cuts;
}

static size_t overwrite(struct patient *x, size_t rounds)
{
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < rounds; i++) {
            restore(x);
            kinds[kind].inflict(x);
            check(x, kinds[kind].name, i);
        }
    }
    return KIND_COUNT * rounds;
}

/* False if the log is not fit for this. */
static bool load(struct patient *x, const char *path)
{
    *x = (struct patient){.path = path, .whole = calloc(2, SIZE_MOST), .broken = calloc(2, SIZE_MOST)};
    FILE *in = fopen(path, "rb");
    FUZZ_REQUIRE_SAY(in && x->whole && x->broken, path);
    x->len = x->used = fread(x->whole, 1, SIZE_MOST, in);
    FUZZ_REQUIRE_SAY(x->len > 48 && x->len < SIZE_MOST, path);
    fclose(in);
    while (x->used && x->whole[x->used - 1] == 0)
        x->used--;
    x->is_evtx = memcmp(x->whole, "ElfFile", 8) == 0;
    sweep_read((struct tcs_bytes){x->whole, x->len}, &x->reading);
    /* It is damaged already, or an .evt of so few records that one of them tells which log it is. */
    if (x->reading.count == 0 || x->reading.damage != 0 ||
        (!x->is_evtx && x->reading.count < EVT_RECORDS_LEAST))
        return false;
    x->needs = calloc(x->reading.count, sizeof *x->needs);
    x->need_counts = calloc(x->reading.count, sizeof *x->need_counts);
    FUZZ_REQUIRE(x->needs && x->need_counts);
    for (size_t i = 0; i < x->reading.count; i++)
        x->need_counts[i] =
            sweep_needs((struct tcs_bytes){x->whole, x->len}, x->reading.records[i].offset, x->needs[i]);
    return true;
}

static void unload(struct patient *x)
{
    sweep_reading_done(&x->reading);
    free(x->whole);
    free(x->broken);
    free(x->needs);
    free(x->need_counts);
}

/* How often the log was read in a broken state. */
static size_t sweep(const char *path, bool is_long)
{
    struct patient x;
    size_t readings = 0;
    if (load(&x, path)) {
        readings = cut(&x, is_long) + overwrite(&x, is_long ? ROUNDS_LONG : ROUNDS);
        printf("%s: %zu records, %zu readings\n", path, x.reading.count, readings);
    } else {
        printf("%s: left out\n", path);
    }
    unload(&x);
    return readings;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t sweep_folder(const char *path, bool is_long)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, alphasort);
    size_t readings = 0;
    for (int i = 0; i < count; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        readings += sweep(inner, is_long);
        free(entries[i]);
    }
    free(entries);
    return readings;
}

int main(int argc, char **argv)
{
    bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
    size_t readings = 0;
    for (int i = 1 + is_long; i < argc; i++) {
        struct stat info = {0};
        bool is_folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        readings += is_folder ? sweep_folder(argv[i], is_long) : sweep(argv[i], is_long);
    }
    printf("%zu readings of broken logs\n", readings);
    return readings ? EXIT_SUCCESS : EXIT_FAILURE;
}
