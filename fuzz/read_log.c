/*
 * Reads bytes as a log in several ways and demands:
 *
 *  - every call gives OK, SKIP or END; the walk ends, after steps in proportion to the size
 *  - what was stepped over is told in words and, unless it is slack, counted as damage
 *  - a record of which a part could not be decoded is counted as damage too
 *  - records given, stepped over and counted agree
 *  - arenas keep to their limits
 *  - JSON and XML of every record are well formed, whatever the record holds
 *  - the same records come out again: of a decoder that has seen the log before, of units of another size,
 *    with slack (and then more, marked as such)
 *  - a reading that wants some event ids gives exactly the records of these ids
 */
#include "support.h"

#include "normalise/normalise.h"
#include "render/printer.h"

#include <stdlib.h>

enum { TEXT_MOST = 256 * 1024, RECORD_LEAST = 28, EVENT_LEAST = 1, CHUNK = 65536, ID_WORDS = 1024 };

/* One record as it was given: enough to see that it comes again. */
struct given {
    uint64_t offset;
    uint64_t hash; /* of its JSON */
    unsigned state;
    bool has_id;
    uint16_t id;
};

/* How a log is read. */
struct way {
    const struct tcs_decode_limits *limits;
    const uint64_t *ids;
    size_t unit_steps;
    bool slack;
    bool is_checked;                /* every record is looked at thoroughly, not only compared */
    bool is_mute;                   /* without a place for errors, which every function must bear */
    struct tcs_printer *json, *xml; /* if is_checked */
};

/* What came of it. */
struct outcome {
    struct given *given; /* owned */
    size_t count, cap;
    uint64_t skipped;
    uint64_t bad_data;           /* records of the log, whole ones, that lack some */
    struct tcs_read_stats stats; /* of all units, and the damage met by the log itself */
    bool limit_reached;          /* then another way may give more, or less */
};

/* Small enough for an input to reach all of them. */
static const struct tcs_decode_limits tiny_limits = {
    .element_depth = 5,
    .part_depth = 2,
    .parts = 4,
    .values = 40,
    .nodes = 300,
    .name_units = 24,
    .chunk_layouts = 4,
    .cached_layouts = 3,
    .event_bytes = 2048,
    .unit_memory = (size_t)256 << 10, /* .evt: what the index of a unit takes, and little more */
};

/* ---- what must hold of one record ---- */

static struct tcs_normaliser *normaliser;
static struct tcs_buf text;

static void check_xml(const struct tcs_record *rec)
{
    const char *why = "";
    struct tcs_err err = TCS_ERR_INIT;
    tcs_buf_clear(&text);
    enum tcs_code code = tcs_render_record_xml(&text, rec, TCS_STR("fuzz"), &err);
    FUZZ_REQUIRE(code == TCS_OK || (code == TCS_LIMIT && err.code == code));
    FUZZ_REQUIRE_SAY(code != TCS_OK || fuzz_is_xml_line(text.p, text.len, &why), why);
    FUZZ_REQUIRE(text.len <= TEXT_MOST);
}

/* A printer, which compiles layouts, gives what the slow and complete way gives. */
static void check_printer(enum tcs_record_form form, struct tcs_printer *printer,
                          const struct tcs_record *rec)
{
    static struct tcs_buf printed;
    tcs_buf_init(&printed, TEXT_MOST);
    tcs_buf_clear(&text);
    enum tcs_code code = form == TCS_RECORD_JSON ? tcs_render_record_json(&text, rec, TCS_STR("fuzz"), NULL)
                                                 : tcs_render_record_xml(&text, rec, TCS_STR("fuzz"), NULL);
    FUZZ_REQUIRE(tcs_printer_put(printer, &printed, rec, TCS_STR("fuzz"), NULL) == code);
    FUZZ_REQUIRE(code != TCS_OK || tcs_str_eq(tcs_buf_view(&text), tcs_buf_view(&printed)));
    tcs_buf_done(&printed);
}

/* Leaves the JSON of the record, or what of it is not too large, in text. */
static void put_json(const struct tcs_record *rec, bool is_checked)
{
    const char *why = "";
    struct tcs_err err = TCS_ERR_INIT;
    tcs_buf_clear(&text);
    enum tcs_code code = tcs_render_record_json(&text, rec, TCS_STR("fuzz"), &err);
    FUZZ_REQUIRE(code == TCS_OK || (code == TCS_LIMIT && err.code == code));
    FUZZ_REQUIRE(text.len <= TEXT_MOST);
    if (code != TCS_OK || !is_checked)
        return;
    FUZZ_REQUIRE(text.p[text.len - 1] == '\n');
    FUZZ_REQUIRE_SAY(fuzz_is_json_object(text.p, text.len - 1, &why), why);
}

/* The fields can all be asked for, and the first of a name is found by it. */
static void check_fields(const struct tcs_record *rec)
{
    size_t count = tcs_record_field_count(rec);
    for (size_t i = 0; i < count && i < 64; i++) {
        struct tcs_str name, again;
        tcs_record_field(rec, i, &name);
        FUZZ_REQUIRE(fuzz_is_utf8(name.p, name.len));
        size_t first = 0;
        while (tcs_record_field(rec, first, &again), !tcs_str_eq(name, again))
            first++;
        struct tcs_value by_name = tcs_record_get(rec, name);
        struct tcs_value by_index = tcs_record_field(rec, first, &again);
        FUZZ_REQUIRE(by_name.p == by_index.p && by_name.len == by_index.len && by_name.type == by_index.type);
    }
}

/* A record of a known event becomes an event or is passed over with a reason. */
static void check_event(const struct tcs_record *rec)
{
    if (!tcs_normaliser_accepts(normaliser, rec))
        return;
    struct tcs_event ev;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_normalise(normaliser, rec, &ev, &err);
    FUZZ_REQUIRE(code == TCS_OK || code == TCS_SKIP);
    FUZZ_REQUIRE(code != TCS_OK || (ev.kind < TCS_EVENT_KIND_COUNT && ev.rec == rec));
}

static void keep(struct outcome *o, const struct tcs_record *rec)
{
    if (o->count == o->cap) {
        o->cap = o->cap ? 2 * o->cap : 64;
        o->given = realloc(o->given, o->cap * sizeof *o->given);
        FUZZ_REQUIRE(o->given != NULL);
    }
    o->given[o->count++] = (struct given){rec->offset, fuzz_hash(0, text.p, text.len), rec->state,
                                          rec->has_event_id, rec->event_id};
}

static void take_record(struct outcome *o, const struct tcs_record *rec, const struct way *way, uint64_t size)
{
    FUZZ_REQUIRE(rec->offset < size);
    FUZZ_REQUIRE(rec->state < 1u << TCS_STATE_COUNT);
    FUZZ_REQUIRE(way->slack || !(rec->state & TCS_STATE_SLACK));
    FUZZ_REQUIRE(way->ids == NULL || (rec->has_event_id && tcs_id_set_has(way->ids, rec->event_id)));
    FUZZ_REQUIRE(rec->part_count <= way->limits->parts);
    FUZZ_REQUIRE(rec->part_count == 0 || rec->data < rec->part_count);
    if (way->is_checked) {
        check_xml(rec);
        check_printer(TCS_RECORD_JSON, way->json, rec);
        check_printer(TCS_RECORD_XML, way->xml, rec);
        check_fields(rec);
        check_event(rec);
    }
    bool is_whole = (rec->state & (TCS_STATE_TORN | TCS_STATE_SLACK)) == 0;
    o->bad_data += is_whole && (rec->state & TCS_STATE_BAD_DATA);
    put_json(rec, way->is_checked);
    keep(o, rec);
}

/* ---- one reading ---- */

static uint64_t total_damage(const struct tcs_read_stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        sum += stats->damage[i];
    return sum;
}

static bool is_text(const struct tcs_log *log)
{
    enum tcs_log_format format = tcs_log_format_of(log);
    return format == TCS_FORMAT_XML || format == TCS_FORMAT_JSON;
}

static void read_unit(struct tcs_decoder *d, struct tcs_unit *u, const struct way *way, uint64_t size,
                      struct outcome *o)
{
    struct tcs_wanted wanted = {.ids = way->ids};
    uint64_t steps = 0, skipped = 0, given = o->count, bad_data = o->bad_data;
    uint64_t most_steps =
        2 * (u->len / (is_text(u->log) ? EVENT_LEAST : RECORD_LEAST)) + 3 * (u->len / CHUNK) + 16;
    tcs_decoder_begin(d, u, &wanted);
    for (;;) {
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_decoder_next(d, &rec, way->is_mute ? NULL : &err);
        FUZZ_REQUIRE(code == TCS_OK || code == TCS_SKIP || code == TCS_END);
        FUZZ_REQUIRE(++steps <= most_steps);
        FUZZ_REQUIRE(u->arena.used <= way->limits->unit_memory);
        if (code == TCS_END)
            break;
        if (code == TCS_OK) {
            take_record(o, &rec, way, size);
            continue;
        }
        skipped++;
        FUZZ_REQUIRE(skipped <= total_damage(&u->stats) + u->stats.slack); /* slack is no part of the log */
        if (way->is_mute)
            continue;
        FUZZ_REQUIRE(err.code == TCS_SKIP && err.text[0] != '\0' && err.off < size);
        FUZZ_REQUIRE_SAY(fuzz_is_utf8(err.text, strlen(err.text)), err.text);
    }
    given = o->count - given;
    o->skipped += skipped;
    uint64_t lacking = u->stats.damage[TCS_DAMAGE_DATA] + u->stats.damage[TCS_DAMAGE_LIMIT];
    FUZZ_REQUIRE(o->bad_data - bad_data <= lacking);
    uint64_t seen = u->stats.records + u->stats.slack + u->stats.damage[TCS_DAMAGE_TORN];
    FUZZ_REQUIRE(given <= seen);
    FUZZ_REQUIRE(way->ids != NULL || seen <= given + skipped);
    FUZZ_REQUIRE(u->stats.recovered <= u->stats.records);
    tcs_read_stats_append(&o->stats, &u->stats);
}

static void read_units(struct tcs_log *log, struct tcs_decoder *d, const struct way *way, struct outcome *o)
{
    struct tcs_unit u;
    FUZZ_REQUIRE(tcs_unit_init(&u, way->unit_steps, way->limits));
    uint64_t units = 0, size = log->reader.size;
    for (;;) {
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_log_next_unit(log, &u, &err);
        if (code == TCS_END)
            break;
        FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
        FUZZ_REQUIRE(u.len <= u.cap && u.number == units);
        FUZZ_REQUIRE(is_text(log) ? u.offset + u.file_len <= size : u.file_len <= u.len);
        FUZZ_REQUIRE(++units <= 2 * (size / (CHUNK / 2) + 2));
        read_unit(d, &u, way, size, o);
    }
    tcs_unit_done(&u);
}

/* False if the bytes are no log. */
static bool read_in_a_way(struct tcs_bytes bytes, struct tcs_decoder *d, const struct way *way,
                          struct outcome *o)
{
    *o = (struct outcome){0};
    struct tcs_reader reader = fuzz_reader(&bytes);
    struct tcs_log log;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_log_open(&log, &reader, way->limits, &err);
    if (code != TCS_OK) {
        FUZZ_REQUIRE(code == TCS_FORMAT && err.code == code && err.text[0] != '\0');
        return false;
    }
    log.slack = way->slack;
    read_units(&log, d, way, o);
    FUZZ_REQUIRE(log.arena.used <= log.arena.limit);
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        o->stats.damage[i] += log.damage[i];
    o->limit_reached = o->stats.damage[TCS_DAMAGE_LIMIT] != 0;
    tcs_log_close(&log);
    return true;
}

/* ---- what must hold between readings ---- */

static bool same(const struct given *a, const struct given *b)
{
    return a->offset == b->offset && a->hash == b->hash && a->state == b->state;
}

static bool is_in(const struct given *g, const uint64_t *ids)
{
    return ids == NULL || (g->has_id && tcs_id_set_has(ids, g->id));
}

/* b gave exactly the records of a that have one of these ids, slack aside. */
static void require_same(const struct outcome *a, const struct outcome *b, const uint64_t *ids)
{
    if (a->limit_reached || b->limit_reached)
        return;
    size_t k = 0;
    for (size_t i = 0; i < a->count; i++) {
        if ((a->given[i].state & TCS_STATE_SLACK) || !is_in(&a->given[i], ids))
            continue;
        while (k < b->count && (b->given[k].state & TCS_STATE_SLACK))
            k++;
        FUZZ_REQUIRE(k < b->count && same(&a->given[i], &b->given[k]));
        k++;
    }
    while (k < b->count && (b->given[k].state & TCS_STATE_SLACK))
        k++;
    FUZZ_REQUIRE(k == b->count);
}

/* Every second id that occurs, so that the others have to be left out. */
static void choose_ids(const struct outcome *all, uint64_t ids[ID_WORDS])
{
    memset(ids, 0, ID_WORDS * sizeof *ids);
    for (size_t i = 0; i < all->count; i++)
        if (all->given[i].has_id && all->given[i].id % 2 == 0)
            ids[all->given[i].id >> 6] |= UINT64_C(1) << (all->given[i].id & 63);
}

static struct tcs_decoder *decoder_for(const struct tcs_decode_limits *limits)
{
    struct tcs_decoder *d = tcs_decoder_new(limits);
    FUZZ_REQUIRE(d != NULL);
    return d;
}

/* Printers go with a decoder: they know its layouts by their ids. */
static void make_printers(struct way *way)
{
    way->json = tcs_printer_new(TCS_RECORD_JSON);
    way->xml = tcs_printer_new(TCS_RECORD_XML);
    FUZZ_REQUIRE(way->json && way->xml);
}

static void free_printers(struct way *way)
{
    tcs_printer_free(way->json);
    tcs_printer_free(way->xml);
}

static void read_again(struct tcs_bytes bytes, struct tcs_decoder *d, const struct way *way,
                       const struct outcome *all)
{
    struct outcome again;
    FUZZ_REQUIRE(read_in_a_way(bytes, d, way, &again));
    require_same(all, &again, way->ids);
    if (way->ids == NULL && !way->slack && !all->limit_reached)
        FUZZ_REQUIRE(again.skipped == all->skipped);
    free(again.given);
}

static void read_within_tiny_limits(struct tcs_bytes bytes)
{
    struct way way = {.limits = &tiny_limits, .unit_steps = 1, .slack = true, .is_checked = true};
    struct tcs_decoder *d = decoder_for(&tiny_limits);
    struct outcome o;
    make_printers(&way);
    FUZZ_REQUIRE(read_in_a_way(bytes, d, &way, &o));
    free(o.given);
    free_printers(&way);
    tcs_decoder_free(d);
}

void fuzz_read_log(const uint8_t *p, size_t len)
{
    static uint64_t ids[ID_WORDS];
    const struct tcs_decode_limits *usual = &tcs_default_decode_limits;
    struct tcs_bytes bytes = {p, len};
    struct tcs_decoder *first = decoder_for(usual);
    struct tcs_decoder *second = decoder_for(usual);
    normaliser = tcs_normaliser_new();
    FUZZ_REQUIRE(normaliser != NULL);
    tcs_buf_init(&text, TEXT_MOST);

    struct outcome all;
    struct way usual_way = {.limits = usual, .unit_steps = 1, .is_checked = true};
    make_printers(&usual_way);
    if (read_in_a_way(bytes, first, &usual_way, &all)) {
        read_again(bytes, first, &(struct way){.limits = usual, .unit_steps = 1, .is_mute = true}, &all);
        read_again(bytes, second, &(struct way){.limits = usual, .unit_steps = 3, .slack = true}, &all);
        choose_ids(&all, ids);
        read_again(bytes, second, &(struct way){.limits = usual, .unit_steps = 2, .ids = ids}, &all);
        read_within_tiny_limits(bytes);
        free(all.given);
    }
    free_printers(&usual_way);
    tcs_buf_done(&text);
    tcs_normaliser_free(normaliser);
    tcs_decoder_free(first);
    tcs_decoder_free(second);
}
