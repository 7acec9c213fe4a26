#include "sweep_log.h"

#include "normalise/normalise.h"
#include "render/record.h"

#include <stdlib.h>

enum { TEXT_MOST = 1 << 20, RECORD_LEAST = 28, CHUNK = 65536 };

/* What a reading works with; made once, as a decoder of the program reads many logs. */
static struct tcs_decoder *decoder;
static struct tcs_normaliser *normaliser;
static struct tcs_unit unit;
static struct tcs_buf text;

static void prepare(void)
{
    if (decoder)
        return;
    decoder = tcs_decoder_new(&tcs_default_decode_limits);
    normaliser = tcs_normaliser_new();
    FUZZ_REQUIRE(decoder && normaliser && tcs_unit_init(&unit, 1, &tcs_default_decode_limits));
    tcs_buf_init(&text, TEXT_MOST);
}

static uint64_t hash_value(uint64_t h, struct tcs_value v)
{
    h = fuzz_hash(h, &v.type, sizeof v.type);
    return v.len ? fuzz_hash(h, v.p, v.len) : h;
}

/* What the rules would be told of the record. */
static uint64_t judged(const struct tcs_record *rec)
{
    struct tcs_event ev;
    struct tcs_err err = TCS_ERR_INIT;
    if (!tcs_normaliser_accepts(normaliser, rec) || tcs_normalise(normaliser, rec, &ev, &err) != TCS_OK)
        return 0;
    uint64_t h = fuzz_hash(1, &ev.kind, sizeof ev.kind);
    h = fuzz_hash(h, &ev.traits, sizeof ev.traits);
    for (unsigned key = 0; key < TCS_KEY_COUNT; key++)
        h = hash_value(h, ev.v[key]);
    return h;
}

static uint64_t said(const struct tcs_record *rec)
{
    struct tcs_record plain = *rec;
    struct tcs_err err = TCS_ERR_INIT;
    plain.state = 0;
    tcs_buf_clear(&text);
    enum tcs_code code = tcs_render_record_json(&text, &plain, TCS_STR("sweep"), &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK || code == TCS_LIMIT, err.text);
    return fuzz_hash(0, text.p, text.len);
}

static void keep(struct sweep_reading *r, const struct tcs_record *rec)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 64;
        r->records = realloc(r->records, r->cap * sizeof *r->records);
        FUZZ_REQUIRE(r->records != NULL);
    }
    r->records[r->count++] = (struct sweep_record){rec->offset, said(rec), judged(rec), rec->state};
}

static void read_unit(struct sweep_reading *r)
{
    struct tcs_wanted all = {0};
    uint64_t steps = 0, most_steps = 2 * (unit.len / RECORD_LEAST) + 3 * (unit.len / CHUNK) + 16;
    tcs_decoder_begin(decoder, &unit, &all);
    for (;;) {
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_decoder_next(decoder, &rec, &err);
        FUZZ_REQUIRE_SAY(code == TCS_OK || code == TCS_SKIP || code == TCS_END, err.text);
        FUZZ_REQUIRE(++steps <= most_steps);
        FUZZ_REQUIRE(unit.arena.used <= unit.arena.limit);
        if (code == TCS_END)
            break;
        if (code == TCS_OK)
            keep(r, &rec);
    }
}

static int by_offset(const void *a, const void *b)
{
    const struct sweep_record *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

void sweep_read(struct tcs_bytes log, struct sweep_reading *out)
{
    prepare();
    *out = (struct sweep_reading){0};
    struct tcs_reader reader = fuzz_reader(&log);
    struct tcs_log opened;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_log_open(&opened, &reader, &tcs_default_decode_limits, &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK || code == TCS_FORMAT, err.text);
    out->is_refused = code != TCS_OK;
    if (out->is_refused)
        return;
    struct tcs_read_stats stats = {0};
    for (uint64_t units = 0; (code = tcs_log_next_unit(&opened, &unit, &err)) == TCS_OK;) {
        FUZZ_REQUIRE(++units <= 4 + log.len / (CHUNK / 4));
        read_unit(out);
        tcs_read_stats_append(&stats, &unit.stats);
    }
    FUZZ_REQUIRE_SAY(code == TCS_END, err.text);
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        out->damage += stats.damage[i] + opened.damage[i];
    out->missing = stats.missing;
    tcs_log_close(&opened);
    if (out->count)
        qsort(out->records, out->count, sizeof *out->records, by_offset);
}

void sweep_reading_done(struct sweep_reading *r)
{
    free(r->records);
}

const struct sweep_record *sweep_find(const struct sweep_reading *r, uint64_t offset)
{
    struct sweep_record key = {.offset = offset};
    return r->count ? bsearch(&key, r->records, r->count, sizeof key, by_offset) : NULL;
}
