#include "normalise/normalise.h"

#include <stdlib.h>

static const struct tcs_event_map *const tables[] = {tcs_map_security_evt, tcs_map_auditing, tcs_map_sysmon,
                                                     tcs_map_system};
enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

/*
 * How a provider shows in a record. Name and GUID must both fit where they
 * are given; the channel must be the right one, because anybody may write
 * records with these ids into another log.
 */
static const struct origin_row {
    struct tcs_str provider;
    struct tcs_str guid;        /* empty: it has none */
    struct tcs_str channels[2]; /* either; empty: any */
    bool is_evt;                /* .evt logs name no channel but Security */
} origins[TCS_ORIGIN_COUNT] = {
    [TCS_ORIGIN_SECURITY_EVT] = {TCS_STR_INIT("Security"),
                                 TCS_STR_INIT(""),
                                 {TCS_STR_INIT("Security")},
                                 true},
    [TCS_ORIGIN_AUDITING] = {TCS_STR_INIT("Microsoft-Windows-Security-Auditing"),
                             TCS_STR_INIT("{54849625-5478-4994-A5BA-3E3B0328C30D}"),
                             {TCS_STR_INIT("Security")},
                             false},
    [TCS_ORIGIN_EVENTLOG] = {TCS_STR_INIT("Microsoft-Windows-Eventlog"),
                             TCS_STR_INIT("{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}"),
                             {TCS_STR_INIT("Security"), TCS_STR_INIT("System")},
                             false},
    [TCS_ORIGIN_SYSMON] = {TCS_STR_INIT("Microsoft-Windows-Sysmon"),
                           TCS_STR_INIT("{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
                           {TCS_STR_INIT("Microsoft-Windows-Sysmon/Operational")},
                           false},
    [TCS_ORIGIN_KERNEL_GENERAL] = {TCS_STR_INIT("Microsoft-Windows-Kernel-General"),
                                   TCS_STR_INIT("{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}"),
                                   {TCS_STR_INIT("System")},
                                   false},
    [TCS_ORIGIN_EVENTLOG_OLD] = {TCS_STR_INIT("EventLog"), TCS_STR_INIT(""), {TCS_STR_INIT("System")}, false},
    [TCS_ORIGIN_USER32] = {TCS_STR_INIT("User32"), TCS_STR_INIT(""), {TCS_STR_INIT("System")}, false},
};

enum {
    PLAN_CACHE = 128,
    BINDINGS_MOST = 24,
    STRINGS_MOST = 256,
    ID_BUCKETS = 256,
    ROWS_MOST = 256,
    WRITERS = 4
};

/* Where the values of one map row stand in one layout. */
struct plan {
    const struct tcs_event_map *map;
    uint64_t layout;     /* its id; 0: the place is free */
    size_t strings;      /* how many insertion strings such a record has */
    bool is_unprocessed; /* Windows could not encode the data */
    size_t count;
    unsigned slots; /* the highest slot of the bindings, plus one; 0: some are literal */
    struct binding {
        struct tcs_source source;
        enum tcs_key key;
    } bindings[BINDINGS_MOST];
};

/* Somebody who wrote a record lately, as System names him, and who that is. */
struct writer {
    struct tcs_value_copy provider, guid, channel;
    enum tcs_log_format format;
    enum tcs_origin origin;
    bool is_known;
};

struct tcs_normaliser {
    uint64_t ids[1024];
    const struct tcs_event_map *rows[ROWS_MOST]; /* of all tables, those of a bucket of ids together */
    uint16_t first_row[ID_BUCKETS + 1];
    struct plan plans[PLAN_CACHE]; /* by layout id, one place each */
    struct writer writers[WRITERS];
    unsigned last_writer; /* of the record before: nearly always the same one */
    /* The record that was accepted last, as far as it tells it from any other, and who wrote it. */
    struct {
        uint64_t offset, number;
        const uint8_t *provider;
        enum tcs_origin origin;
    } accepted;
};

/* The rows of the tables by id; within an id they keep their order. */
static void sort_rows(struct tcs_normaliser *n)
{
    uint16_t count = 0;
    for (unsigned bucket = 0; bucket < ID_BUCKETS; bucket++) {
        n->first_row[bucket] = count;
        for (size_t t = 0; t < TABLE_COUNT; t++)
            for (const struct tcs_event_map *m = tables[t]; m->id; m++)
                if (m->id % ID_BUCKETS == bucket && count < ROWS_MOST)
                    n->rows[count++] = m;
    }
    n->first_row[ID_BUCKETS] = count;
}

struct tcs_normaliser *tcs_normaliser_new(void)
{
    struct tcs_normaliser *n = calloc(1, sizeof *n);
    if (n == NULL)
        return NULL;
    sort_rows(n);
    for (size_t i = 0; i < n->first_row[ID_BUCKETS]; i++)
        n->ids[n->rows[i]->id >> 6] |= UINT64_C(1) << (n->rows[i]->id & 63);
    return n;
}

void tcs_normaliser_free(struct tcs_normaliser *n)
{
    free(n);
}

const uint64_t *tcs_normaliser_ids(const struct tcs_normaliser *n)
{
    return n->ids;
}

static bool guid_fits(struct tcs_value value, struct tcs_str wanted)
{
    uint8_t have[16], want[16];
    if (wanted.len == 0 || !tcs_value_guid(value, have))
        return wanted.len == 0 && tcs_value_is_absent(value);
    return tcs_value_guid(tcs_value_of_str(wanted), want) && memcmp(have, want, 16) == 0;
}

static bool provider_fits(const struct origin_row *row, const struct tcs_record *rec)
{
    struct tcs_value name = rec->system[TCS_SYS_PROVIDER];
    struct tcs_value guid = rec->system[TCS_SYS_PROVIDER_GUID];
    bool has_name = !tcs_value_is_absent(name);
    bool has_guid = !tcs_value_is_absent(guid);
    if (has_name && !tcs_value_eq_ascii_nocase(name, row->provider))
        return false;
    /* The classic sources of the System log gain GUIDs in later versions: the name decides for them. */
    if (has_guid && row->guid.len && !guid_fits(guid, row->guid))
        return false;
    return has_name || (has_guid && row->guid.len);
}

static bool channel_fits(const struct origin_row *row, const struct tcs_record *rec)
{
    struct tcs_value channel = rec->system[TCS_SYS_CHANNEL];
    bool is_unnamed = tcs_value_is_absent(channel);
    /* A System log of NT 4 to 2003 does not say that it is one, nor does what was made of it. */
    if (rec->format == TCS_FORMAT_EVT && !row->is_evt)
        return is_unnamed;
    if (is_unnamed && row->guid.len == 0 && !row->is_evt)
        return rec->format == TCS_FORMAT_XML || rec->format == TCS_FORMAT_JSON;
    return tcs_value_eq_ascii_nocase(channel, row->channels[0]) ||
           (row->channels[1].len && tcs_value_eq_ascii_nocase(channel, row->channels[1]));
}

static bool origin_fits(enum tcs_origin origin, const struct tcs_record *rec)
{
    const struct origin_row *row = &origins[origin];
    return provider_fits(row, rec) && channel_fits(row, rec);
}

enum tcs_origin tcs_origin_of(const struct tcs_record *rec)
{
    unsigned origin = 0;
    while (origin < TCS_ORIGIN_COUNT && !origin_fits((enum tcs_origin)origin, rec))
        origin++;
    return (enum tcs_origin)origin;
}

static bool is_written_by(const struct writer *w, const struct tcs_record *rec)
{
    return w->is_known && w->format == rec->format &&
           tcs_value_copy_is(&w->provider, rec->system[TCS_SYS_PROVIDER]) &&
           tcs_value_copy_is(&w->guid, rec->system[TCS_SYS_PROVIDER_GUID]) &&
           tcs_value_copy_is(&w->channel, rec->system[TCS_SYS_CHANNEL]);
}

/* Who wrote the record; remembered, because a log has few writers and comparing bytes is all that it takes
 * then. */
static enum tcs_origin origin_of(struct tcs_normaliser *n, const struct tcs_record *rec)
{
    for (unsigned i = 0; i < WRITERS; i++) {
        unsigned at = (n->last_writer + i) % WRITERS;
        if (is_written_by(&n->writers[at], rec)) {
            n->last_writer = at;
            return n->writers[at].origin;
        }
    }
    n->last_writer = (n->last_writer + WRITERS - 1) % WRITERS;
    struct writer *w = &n->writers[n->last_writer];
    w->origin = tcs_origin_of(rec);
    w->format = rec->format;
    w->is_known = tcs_value_copy_keep(&w->provider, rec->system[TCS_SYS_PROVIDER]) &&
                  tcs_value_copy_keep(&w->guid, rec->system[TCS_SYS_PROVIDER_GUID]) &&
                  tcs_value_copy_keep(&w->channel, rec->system[TCS_SYS_CHANNEL]);
    return w->origin;
}

bool tcs_normaliser_accepts(void *normaliser, const struct tcs_record *rec)
{
    struct tcs_normaliser *n = normaliser;
    if (!rec->has_event_id)
        return false;
    unsigned bucket = rec->event_id % ID_BUCKETS;
    for (unsigned i = n->first_row[bucket]; i < n->first_row[bucket + 1]; i++) {
        if (n->rows[i]->id != rec->event_id)
            continue;
        n->accepted.origin = origin_of(n, rec);
        n->accepted.offset = rec->offset;
        n->accepted.number = rec->number;
        n->accepted.provider = rec->system[TCS_SYS_PROVIDER].p;
        if (n->rows[i]->origin == n->accepted.origin)
            return true;
    }
    return false;
}

/* origin_of for a record that tcs_normaliser_accepts was asked for just before. */
static enum tcs_origin origin_accepted(struct tcs_normaliser *n, const struct tcs_record *rec)
{
    bool is_same = n->accepted.offset == rec->offset && n->accepted.number == rec->number &&
                   n->accepted.provider == rec->system[TCS_SYS_PROVIDER].p;
    return is_same ? n->accepted.origin : origin_of(n, rec);
}

static size_t position_count(const int8_t *positions)
{
    size_t n = 0;
    while (positions[n] != TCS_KEY_LAST)
        n++;
    return n;
}

/*
 * The insertion strings of a classic event in one value: so .evtx keeps the
 * records of an older Windows that were converted or forwarded.
 */
static bool strings_in_one(const struct tcs_part *part, struct tcs_value *out)
{
    const struct tcs_layout *l = part->layout;
    if (l->field_count == 0 || l->fields[0].name.len)
        return false;
    *out = tcs_part_value(part, &l->fields[0].source);
    return out->type == (TCS_VALUE_STRING | TCS_VALUE_ARRAY);
}

/* Number of insertion strings: unnamed data fields at the start, or the items of an array there. */
static size_t string_count(const struct tcs_part *part)
{
    const struct tcs_layout *l = part->layout;
    struct tcs_value array, item;
    size_t n = 0;
    if (strings_in_one(part, &array)) {
        for (size_t at = 0; n < STRINGS_MOST && tcs_value_array_next(array, &at, &item);)
            n++;
        return n;
    }
    while (n < l->field_count && l->fields[n].name.len == 0)
        n++;
    return n;
}

static void bind(struct plan *p, enum tcs_key key, struct tcs_source source)
{
    if (p->count < BINDINGS_MOST)
        p->bindings[p->count++] = (struct binding){source, key};
}

static void bind_names(struct plan *p, const struct tcs_event_map *m, const struct tcs_layout *l)
{
    for (const struct tcs_name_key *nk = m->names; nk->name.len; nk++) {
        for (size_t i = 0; i < l->field_count; i++) {
            if (!tcs_str_eq(l->fields[i].name, nk->name))
                continue;
            bind(p, nk->key, l->fields[i].source);
            break; /* the first of that name counts */
        }
    }
}

static void bind_positions(struct plan *p, const struct tcs_event_map *m, const struct tcs_layout *l)
{
    for (size_t i = 0; m->positions[i] != TCS_KEY_LAST; i++)
        if (m->positions[i] != TCS_KEY_NO)
            bind(p, (enum tcs_key)m->positions[i], l->fields[i].source);
}

/* True if the row is for records with so many strings, or with names. */
static bool layout_fits(const struct tcs_event_map *m, size_t strings)
{
    if (m->positions)
        return position_count(m->positions) == strings;
    return strings == 0 || m->names[0].name.len == 0;
}

static const struct tcs_event_map *find_map(struct tcs_normaliser *n, const struct tcs_record *rec,
                                            size_t strings)
{
    unsigned bucket = rec->event_id % ID_BUCKETS;
    for (unsigned i = n->first_row[bucket]; i < n->first_row[bucket + 1]; i++) {
        const struct tcs_event_map *m = n->rows[i];
        if (m->id == rec->event_id && m->origin == origin_accepted(n, rec) && layout_fits(m, strings))
            return m;
    }
    return NULL;
}

/*
 * What Windows writes instead of the data when it could not encode them
 * (<ProcessingErrorData>): the event happened, and nobody can say more.
 */
static bool is_unprocessed(const struct tcs_layout *l)
{
    static const struct tcs_str names[] = {TCS_STR_INIT("ErrorCode"), TCS_STR_INIT("DataItemName"),
                                           TCS_STR_INIT("EventPayload")};
    enum { COUNT = sizeof names / sizeof names[0] };
    bool is_it = l->field_count == COUNT;
    for (size_t i = 0; is_it && i < COUNT; i++)
        is_it = tcs_str_eq(l->fields[i].name, names[i]);
    return is_it;
}

static bool make_plan(struct tcs_normaliser *n, struct plan *p, const struct tcs_record *rec, size_t strings)
{
    const struct tcs_layout *l = rec->parts[rec->data].layout;
    p->map = find_map(n, rec, strings);
    p->layout = l->id;
    p->strings = strings;
    p->is_unprocessed = is_unprocessed(l);
    p->count = 0;
    if (p->map == NULL)
        return false;
    if (p->map->names)
        bind_names(p, p->map, l);
    else if (strings <= l->field_count)
        bind_positions(p, p->map, l);
    p->slots = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (p->bindings[i].source.slot == TCS_NO_SLOT) {
            p->slots = 0;
            break;
        }
        if (p->bindings[i].source.slot >= p->slots)
            p->slots = p->bindings[i].source.slot + 1u;
    }
    return true;
}

/*
 * The plan for a layout: remembered by the layout's id, or made for this one
 * record. An .evt layout serves many ids, so the id is part of the memory.
 */
static struct plan *plan_for(struct tcs_normaliser *n, const struct tcs_record *rec, struct plan *scratch)
{
    const struct tcs_layout *l = rec->parts[rec->data].layout;
    size_t strings = string_count(&rec->parts[rec->data]);
    if (l->id == 0)
        return make_plan(n, scratch, rec, strings) ? scratch : NULL;
    struct plan *p = &n->plans[(l->id * 31 + rec->event_id) % PLAN_CACHE];
    bool hit = p->layout == l->id && p->map && p->map->id == rec->event_id && p->strings == strings &&
               p->map->origin == origin_accepted(n, rec);
    return hit || make_plan(n, p, rec, strings) ? p : NULL;
}

static void take_values(const struct plan *p, const struct tcs_part *part, struct tcs_event *ev)
{
    struct tcs_value array, item;
    if (p->slots && p->slots <= part->value_count && p->map->positions == NULL) {
        for (size_t i = 0; i < p->count; i++) /* the way of nearly all events */
            ev->v[p->bindings[i].key] = part->values[p->bindings[i].source.slot];
        return;
    }
    if (p->map->positions == NULL || !strings_in_one(part, &array)) {
        for (size_t i = 0; i < p->count; i++)
            ev->v[p->bindings[i].key] = tcs_part_value(part, &p->bindings[i].source);
        return;
    }
    const int8_t *key = p->map->positions;
    for (size_t at = 0; *key != TCS_KEY_LAST && tcs_value_array_next(array, &at, &item); key++)
        if (*key != TCS_KEY_NO)
            ev->v[*key] = item;
}

enum tcs_code tcs_normalise(struct tcs_normaliser *n, const struct tcs_record *rec, struct tcs_event *ev,
                            struct tcs_err *err)
{
    struct plan scratch;
    /* A record whose data could not be decoded at all has nothing to say. */
    if (rec->part_count == 0)
        return tcs_fail(err, TCS_SKIP, rec->offset, "event %u: its data is lost", rec->event_id);
    const struct plan *p = plan_for(n, rec, &scratch);
    const struct tcs_part *part = &rec->parts[rec->data];
    if (p == NULL)
        return tcs_fail(err, TCS_SKIP, rec->offset, "event %u with %zu strings: no such layout is known",
                        rec->event_id, string_count(part));
    memset(ev, 0, sizeof *ev);
    ev->kind = p->is_unprocessed ? TCS_EVENT_EVENTS_LOST : (enum tcs_event_kind)p->map->kind;
    ev->origin = (enum tcs_origin)p->map->origin;
    ev->traits = p->map->traits;
    ev->rec = rec;
    ev->positions = p->map->positions;
    take_values(p, part, ev);
    /* An .evt record has its SID beside its strings; the source Security keeps it there when it is converted.
     */
    if (rec->format == TCS_FORMAT_EVT || ev->origin == TCS_ORIGIN_SECURITY_EVT)
        ev->v[TCS_KEY_SUBJECT_SID] = rec->system[TCS_SYS_USER];
    return TCS_OK;
}
