#include "decode/evt.h"

#include "base/cursor.h"
#include "base/units8.h"
#include "decode/layout_builder.h"

#include <stdlib.h>

/*
 * Record:
 * | off | field                  | | off | field                                      |
 * |   0 | length                 | |  32 | closing record number (leftovers, ignored) |
 * |   4 | "LfLe"                 | |  36 | offset of the strings                      |
 * |   8 | record number          | |  40 | SID length                                 |
 * |  12 | time generated, s      | |  44 | SID offset                                 |
 * |  16 | time written, s        | |  48 | data length                                |
 * |  20 | event id               | |  52 | data offset                                |
 * |  24 | type                   | |  56 | source name, computer name (UTF-16, NUL)   |
 * |  26 | number of strings      | |     | SID, strings (UTF-16, NUL), data, padding  |
 * |  28 | category               | | len-4 | length again                             |
 * |  30 | flags (leftovers, ignored)                                                    |
 */

/* The slots of the layouts: what System and the data are made of. The strings follow. */
enum {
    SLOT_SOURCE,
    SLOT_EVENT_ID,
    SLOT_QUALIFIERS,
    SLOT_LEVEL,
    SLOT_TASK,
    SLOT_KEYWORDS,
    SLOT_TIME,
    SLOT_RECORD_ID,
    SLOT_CHANNEL,
    SLOT_COMPUTER,
    SLOT_USER,
    SLOT_DATA,
    SLOT_STRINGS,
};

enum { CACHED_LAYOUTS = 64 }; /* for records of up to so many strings */

struct evt_decoder {
    const struct tcs_decode_limits *limits;
    struct tcs_unit *unit;
    const struct tcs_wanted *wanted;
    size_t next; /* extent */
    struct tcs_layout_builder builder;
    struct tcs_arena arena; /* owns the cached layouts */
    const struct tcs_layout *layouts[CACHED_LAYOUTS];
};

void *evt_decoder_new(const struct tcs_decode_limits *limits)
{
    struct evt_decoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->limits = limits;
    tcs_arena_init(&d->arena, (size_t)1 << 20);
    tcs_layout_builder_init(&d->builder, limits);
    return d;
}

void evt_decoder_free(void *state)
{
    struct evt_decoder *d = state;
    tcs_layout_builder_done(&d->builder);
    tcs_arena_done(&d->arena);
    free(d);
}

void evt_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted)
{
    struct evt_decoder *d = state;
    d->unit = u;
    d->wanted = wanted;
    d->next = 0;
}

/* An element of System: its attributes and content, each a slot or nothing. */
static const struct system_row {
    const char *element;
    const char *attribute;
    int attribute_slot; /* -1: no attribute */
    int content_slot;   /* -1: no content */
    int depends;        /* slot without which the element is left out, -1 if it is always there */
} system_rows[] = {
    {"Provider", "Name", SLOT_SOURCE, -1, -1},
    {"EventID", "Qualifiers", SLOT_QUALIFIERS, SLOT_EVENT_ID, -1},
    {"Level", NULL, -1, SLOT_LEVEL, -1},
    {"Task", NULL, -1, SLOT_TASK, -1},
    {"Keywords", NULL, -1, SLOT_KEYWORDS, -1},
    {"TimeCreated", "SystemTime", SLOT_TIME, -1, -1},
    {"EventRecordID", NULL, -1, SLOT_RECORD_ID, -1},
    {"Channel", NULL, -1, SLOT_CHANNEL, SLOT_CHANNEL},
    {"Computer", NULL, -1, SLOT_COMPUTER, -1},
    {"Security", "UserID", SLOT_USER, -1, SLOT_USER},
};

static void build_system(struct tcs_layout_builder *b)
{
    tcs_layout_element(b, TCS_STR("System"), TCS_NO_SLOT);
    tcs_layout_content(b);
    for (size_t i = 0; i < sizeof system_rows / sizeof system_rows[0]; i++) {
        const struct system_row *row = &system_rows[i];
        tcs_layout_element(b, tcs_str_of(row->element),
                           row->depends < 0 ? TCS_NO_SLOT : (uint16_t)row->depends);
        if (row->attribute_slot >= 0) {
            tcs_layout_attribute(b, tcs_str_of(row->attribute));
            tcs_layout_slot(b, (uint16_t)row->attribute_slot, 0, true);
        }
        tcs_layout_content(b);
        if (row->content_slot >= 0)
            tcs_layout_slot(b, (uint16_t)row->content_slot, 0, false);
        tcs_layout_end(b);
    }
    tcs_layout_end(b);
}

/* The layout of a record with `strings` strings, as Windows shows it: unnamed <Data>, and <Binary> if there
 * is any. */
static const struct tcs_layout *build_layout(struct evt_decoder *d, unsigned strings, struct tcs_arena *arena)
{
    struct tcs_layout_builder *b = &d->builder;
    struct tcs_layout *layout = tcs_arena_alloc(arena, sizeof *layout);
    tcs_layout_begin(b, arena);
    tcs_layout_element(b, TCS_STR("Event"), TCS_NO_SLOT);
    tcs_layout_attribute(b, TCS_STR("xmlns"));
    tcs_layout_text(b, TCS_STR("http://schemas.microsoft.com/win/2004/08/events/event"));
    tcs_layout_content(b);
    build_system(b);
    tcs_layout_element(b, TCS_STR("EventData"), TCS_NO_SLOT);
    tcs_layout_content(b);
    for (unsigned i = 0; i < strings; i++) {
        tcs_layout_element(b, TCS_STR("Data"), TCS_NO_SLOT);
        tcs_layout_content(b);
        tcs_layout_slot(b, (uint16_t)(SLOT_STRINGS + i), TCS_VALUE_STRING, false);
        tcs_layout_end(b);
    }
    tcs_layout_element(b, TCS_STR("Binary"), SLOT_DATA);
    tcs_layout_content(b);
    tcs_layout_slot(b, SLOT_DATA, TCS_VALUE_BINARY, false);
    tcs_layout_end(b);
    tcs_layout_end(b);
    tcs_layout_end(b);
    if (layout == NULL || tcs_layout_finish(b, layout) != TCS_OK)
        return NULL;
    layout->id = UINT64_MAX - strings;
    return layout;
}

static const struct tcs_layout *layout_for(struct evt_decoder *d, unsigned strings)
{
    if (strings >= CACHED_LAYOUTS)
        return build_layout(d, strings, &d->unit->arena);
    if (d->layouts[strings] == NULL) {
        d->layouts[strings] = build_layout(d, strings, &d->arena);
        /* What the decoder lacks, the unit that asked lacks. */
        d->unit->arena.starved = d->unit->arena.starved || d->arena.starved;
        d->arena.starved = false;
    }
    return d->layouts[strings];
}

static struct tcs_value view(const uint8_t *p, uint32_t len, uint8_t type)
{
    return (struct tcs_value){p, len, type};
}

/*
 * Takes UTF-16 up to and with its NUL. Without one the text ends with the
 * record, but that of a torn record is cut, and half a path is worse than none.
 */
static struct tcs_value take_string(struct tcs_cursor *c, bool is_torn)
{
    const uint8_t *p = c->base + c->pos;
    size_t left = tcs_cursor_left(c) / 2;
    size_t units = 0;
    unsigned before = TCS_UNITS8; /* units of eight that stand before a NUL */
    while (before == TCS_UNITS8 && left - units >= TCS_UNITS8) {
        before = tcs_units8_before((tcs_units8)(tcs_units8_load(p + 2 * units) == 0));
        units += before;
    }
    while (units < left && tcs_le16(p + 2 * units) != 0)
        units++;
    tcs_take(c, 2 * (units < left ? units + 1 : units));
    return units == left && is_torn ? view(NULL, 0, TCS_VALUE_NULL)
                                    : view(p, (uint32_t)(2 * units), TCS_VALUE_STRING);
}

/* What a type says, in the terms of Vista and later. */
static const struct {
    uint16_t type;
    uint8_t level;
    uint64_t keywords;
} types[] = {
    {1, 2, UINT64_C(0x80000000000000)},  {2, 3, UINT64_C(0x80000000000000)},
    {4, 4, UINT64_C(0x80000000000000)},  {8, 0, UINT64_C(0xa0000000000000)},
    {16, 0, UINT64_C(0x90000000000000)}, {0, 4, UINT64_C(0x80000000000000)},
};

/* Numbers of System that do not stand in the record as they are shown; little-endian. */
struct made_values {
    uint8_t level;
    uint8_t keywords[8];
    uint8_t filetime[8];
};

static void make_values(struct made_values *out, unsigned type, struct tcs_time time)
{
    size_t i = 0;
    while (i + 1 < sizeof types / sizeof types[0] && types[i].type != type)
        i++;
    out->level = types[i].level;
    tcs_put_le64(out->keywords, types[i].keywords);
    tcs_put_le64(out->filetime, (uint64_t)(time.ticks + INT64_C(116444736000000000)));
}

/* A stretch of the record given by offset and length, or no value if it does not lie inside. */
static struct tcs_value stretch(const uint8_t *p, uint32_t end, uint32_t off, uint32_t len, uint8_t type)
{
    bool fits = len != 0 && off >= EVT_FIXED && off <= end && len <= end - off;
    return fits ? view(p + off, len, type) : view(NULL, 0, TCS_VALUE_NULL);
}

/* x: where the record at p stands; what lies beyond its trusted bytes has no value. */
static void fill_values(struct tcs_value *v, const uint8_t *p, const struct evt_extent *x, unsigned strings,
                        const struct made_values *made)
{
    bool is_torn = (x->state & TCS_STATE_TORN) != 0;
    uint32_t end = is_torn ? x->len : x->len - 4;
    struct tcs_cursor names = tcs_cursor_at(p, EVT_FIXED, end);
    v[SLOT_SOURCE] = take_string(&names, is_torn);
    v[SLOT_COMPUTER] = take_string(&names, is_torn);
    v[SLOT_EVENT_ID] = view(p + 20, 2, TCS_VALUE_UINT16);
    v[SLOT_QUALIFIERS] = view(p + 22, 2, TCS_VALUE_UINT16);
    v[SLOT_LEVEL] = view(&made->level, 1, TCS_VALUE_UINT8);
    v[SLOT_TASK] = view(p + 28, 2, TCS_VALUE_UINT16);
    v[SLOT_KEYWORDS] = view(made->keywords, 8, TCS_VALUE_HEX64);
    v[SLOT_TIME] = view(made->filetime, 8, TCS_VALUE_FILETIME);
    v[SLOT_RECORD_ID] = view(p + 8, 4, TCS_VALUE_UINT32);
    /* Nothing in the file names the log; that it is the security log shows in its records. */
    if (x->in_security_log)
        v[SLOT_CHANNEL] = tcs_value_of_str(TCS_STR("Security"));
    v[SLOT_USER] = stretch(p, end, tcs_le32(p + 44), tcs_le32(p + 40), TCS_VALUE_SID);
    v[SLOT_DATA] = stretch(p, end, tcs_le32(p + 52), tcs_le32(p + 48), TCS_VALUE_BINARY);
    uint32_t from = tcs_le32(p + 36);
    struct tcs_cursor text = tcs_cursor_at(p, from < EVT_FIXED ? EVT_FIXED : from, end);
    for (unsigned i = 0; i < strings && tcs_cursor_left(&text) >= 2; i++)
        v[SLOT_STRINGS + i] = take_string(&text, is_torn);
}

static bool is_wanted(const struct evt_decoder *d, const struct tcs_record *rec)
{
    return d->wanted->accept == NULL || d->wanted->accept(d->wanted->ctx, rec);
}

static enum tcs_code too_large(struct evt_decoder *d, const struct tcs_record *rec, struct tcs_err *err)
{
    d->unit->stats.damage[TCS_DAMAGE_LIMIT]++;
    return tcs_fail(err, TCS_SKIP, rec->offset, "record %llu: too large to decode",
                    (unsigned long long)rec->number);
}

/* OK; SKIP; AGAIN: nobody wants it. */
static enum tcs_code decode_record(struct evt_decoder *d, const struct evt_extent *x, struct tcs_record *rec,
                                   struct tcs_err *err)
{
    const uint8_t *p = d->unit->bytes + x->pos;
    struct tcs_time written = tcs_time_of_unix(tcs_le32(p + 16));
    tcs_read_stats_count(&d->unit->stats, x->state, tcs_le32(p + 8), written);
    if (!tcs_id_set_has(d->wanted->ids, tcs_le16(p + 20)))
        return TCS_AGAIN;
    *rec = (struct tcs_record){.format = TCS_FORMAT_EVT,
                               .state = x->state,
                               .offset = x->offset,
                               .number = tcs_le32(p + 8),
                               .written = written,
                               .has_event_id = true,
                               .event_id = tcs_le16(p + 20),
                               .qualifiers = tcs_le16(p + 22),
                               .record_id = tcs_le32(p + 8),
                               .time = tcs_time_of_unix(tcs_le32(p + 12))};
    unsigned strings = tcs_le16(p + 26);
    if (strings + SLOT_STRINGS > d->limits->values)
        return too_large(d, rec, err);
    const struct tcs_layout *layout = layout_for(d, strings);
    struct tcs_value *values = tcs_arena_array(&d->unit->arena, SLOT_STRINGS + strings, sizeof *values);
    struct made_values *made = tcs_arena_alloc(&d->unit->arena, sizeof *made);
    struct tcs_part *part = tcs_arena_alloc(&d->unit->arena, sizeof *part);
    if (layout == NULL || values == NULL || made == NULL || part == NULL)
        return too_large(d, rec, err);
    make_values(made, tcs_le16(p + 24), rec->time);
    fill_values(values, p, x, strings, made);
    *part = (struct tcs_part){.layout = layout,
                              .values = values,
                              .value_count = (uint16_t)(SLOT_STRINGS + strings),
                              .parent = TCS_NO_SLOT};
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
        rec->system[key] = tcs_part_value(part, &layout->system[key]);
    if (!is_wanted(d, rec))
        return TCS_AGAIN;
    rec->parts = part;
    rec->part_count = 1;
    return TCS_OK;
}

enum tcs_code evt_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err)
{
    struct evt_decoder *d = state;
    const struct evt_extent *extents = d->unit->index;
    while (d->next < d->unit->index_count) {
        const struct evt_extent *x = &extents[d->next++];
        if (x->len == 0 || (x->state & TCS_STATE_TORN))
            d->unit->stats.damage[x->damage]++;
        if (x->len == 0)
            return tcs_fail(err, TCS_SKIP, x->offset,
                            "no record where one should be; searching for the next");
        enum tcs_code code = decode_record(d, x, rec, err);
        if (code != TCS_AGAIN)
            return code;
    }
    return TCS_END;
}
