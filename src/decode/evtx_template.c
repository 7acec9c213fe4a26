#include "decode/evtx.h"

#include <stdlib.h>

/*
 * Template definition:
 * | 0 u32 next in bucket | 4 GUID | 20 u32 length L | 24 body: fragment header, one element, EOF |
 *
 * The same template has other bytes in every chunk, because names are
 * chunk-relative offsets. Two definitions are the same if their bytes are the
 * same apart from those offsets and the names found there are the same: so a
 * forged GUID with other content never borrows a layout.
 */
enum {
    DEF_GUID = 4,
    DEF_LEN = 20,
    DEF_BODY = 24,
    SLOT_TABLE = 2048,      /* places for the templates of a chunk; a power of two */
    LOST_MAX = 64,          /* different lost templates that a unit may ask for */
    LOST_TRIES = 4,         /* candidates to compile for one of them */
    REGION_CHUNKS = 64,     /* where they are looked for: chunks of the log that belong together */
    PLACES_MAX = 2048,      /* definitions noted in a region */
    CACHE_BYTES = 48 << 20, /* what cached templates may take; bad ones leave scraps behind */
};

/* A template's place in the current chunk. */
struct evtx_chunk_slot {
    uint32_t stamp; /* of the chunk it was noted in */
    uint32_t off;
    const struct evtx_template *template; /* NULL: damaged, do not try again */
};

/* What may be a definition, somewhere in the region. */
struct evtx_place {
    uint32_t id;
    uint32_t chunk, off; /* chunk of the region, and where in it */
};

/* An answer that was found. */
struct evtx_answer {
    uint32_t id;
    const struct evtx_template *template; /* NULL: there is none */
};

/* The definitions of a region of the log, noted when the first lost one is asked for. */
struct evtx_region {
    const struct tcs_log *log; /* NULL: nothing is noted */
    uint64_t number;
    struct evtx_place places[PLACES_MAX];
    size_t place_count;
    struct evtx_answer answers[LOST_MAX];
    size_t answer_count;
    uint8_t chunk[EVTX_CHUNK]; /* scratch */
};

bool evtx_templates_init(struct evtx_templates *t, const struct tcs_decode_limits *limits)
{
    *t = (struct evtx_templates){.limits = limits, .next_id = 1};
    tcs_arena_init(&t->arena, (size_t)64 << 20);
    tcs_layout_builder_init(&t->builder, limits);
    t->slots = calloc(SLOT_TABLE, sizeof *t->slots);
    t->region = calloc(1, sizeof *t->region);
    return t->slots && t->region;
}

void evtx_templates_done(struct evtx_templates *t)
{
    free(t->slots);
    free(t->region);
    free(t->refs.refs);
    tcs_layout_builder_done(&t->builder);
    tcs_arena_done(&t->arena);
}

void evtx_templates_new_unit(struct evtx_templates *t)
{
    t->region->log = NULL;
}

void evtx_templates_new_chunk(struct evtx_templates *t)
{
    t->slot_count = 0;
    t->chunk_stamp++;
    if (t->chunk_stamp == 0) { /* after 2^32 chunks old stamps would look new */
        memset(t->slots, 0, SLOT_TABLE * sizeof *t->slots);
        t->chunk_stamp = 1;
    }
}

/* The noted slot for this offset, or the free one where it belongs. There is always a free one. */
static struct evtx_chunk_slot *slot_of(struct evtx_templates *t, uint32_t off)
{
    size_t at = (off * 2654435761u) >> 21; /* Fibonacci hashing to 11 bits */
    while (t->slots[at].stamp == t->chunk_stamp && t->slots[at].off != off)
        at = (at + 1) % SLOT_TABLE;
    return &t->slots[at];
}

/* True if the definition's body at `body` says the same as the cached one. */
static bool same_body(const struct evtx_template *t, const uint8_t *chunk, uint32_t body, unsigned most_units)
{
    uint32_t pos = 0;
    for (size_t i = 0; i < t->ref_count; i++) {
        const struct evtx_name_ref *ref = &t->refs[i];
        uint32_t off = tcs_le32(chunk + body + ref->at);
        bool is_inline = off == body + ref->at + 4;
        struct tcs_utf16 name;
        if (memcmp(t->body + pos, chunk + body + pos, ref->at - pos) != 0 || is_inline != ref->is_inline ||
            !evtx_name_at(chunk, off, most_units, &name) || name.units != ref->units ||
            memcmp(name.p, ref->name, 2 * name.units) != 0)
            return false;
        pos = ref->at + 4 + (is_inline ? EVTX_NAME_OVERHEAD + 2 * ref->units : 0);
    }
    return memcmp(t->body + pos, chunk + body + pos, t->len - pos) == 0;
}

static struct evtx_template **bucket_of(struct evtx_templates *t, const uint8_t *guid)
{
    return &t->buckets[guid[0] ^ guid[5] ^ guid[15]];
}

static const struct evtx_template *find_cached(struct evtx_templates *t, const uint8_t *chunk, uint32_t off,
                                               uint32_t len)
{
    const uint8_t *guid = chunk + off + DEF_GUID;
    for (struct evtx_template *c = *bucket_of(t, guid); c; c = c->next)
        if (c->len == len && memcmp(c->guid, guid, 16) == 0 &&
            same_body(c, chunk, off + DEF_BODY, t->limits->name_units))
            return c;
    return NULL;
}

/* Copies what is needed to recognise the definition again. */
static bool keep_definition(struct evtx_templates *t, struct evtx_template *made, struct tcs_arena *arena,
                            const uint8_t *body)
{
    made->body = tcs_arena_copy(arena, body, made->len);
    struct evtx_name_ref *refs = tcs_arena_copy(arena, t->refs.refs, t->refs.count * sizeof *refs);
    if (made->body == NULL || refs == NULL)
        return false;
    for (size_t i = 0; i < t->refs.count; i++) {
        refs[i].name = tcs_arena_copy(arena, refs[i].name, 2 * (size_t)refs[i].units);
        if (refs[i].name == NULL)
            return false;
    }
    made->refs = refs;
    made->ref_count = t->refs.count;
    return true;
}

/* In the cache's own arena, if it is to be kept there, or in that of the unit. */
static const struct evtx_template *compile_in(struct tcs_arena *arena, bool is_kept, struct evtx_templates *t,
                                              const uint8_t *chunk, uint32_t off, uint32_t len,
                                              struct tcs_err *err)
{
    struct evtx_template *made = tcs_arena_alloc(arena, sizeof *made);
    if (made == NULL) {
        tcs_fail(err, TCS_LIMIT, off, "no room for a template");
        return NULL;
    }
    uint32_t pos = off + DEF_BODY;
    uint32_t end = pos + len;
    t->refs.count = 0;
    t->refs.body = pos;
    tcs_layout_begin(&t->builder, arena);
    evtx_binxml_skip_header(chunk, &pos, end);
    enum tcs_code code = evtx_binxml_element(chunk, &pos, end, true, &t->builder, &t->refs, err);
    if (code == TCS_END)
        code = tcs_fail(err, TCS_FORMAT, off, "template without an element");
    if (code == TCS_OK)
        code = tcs_layout_finish(&t->builder, &made->layout);
    memcpy(made->guid, chunk + off + DEF_GUID, sizeof made->guid);
    made->len = len;
    if (code == TCS_OK && is_kept && !keep_definition(t, made, arena, chunk + off + DEF_BODY))
        code = TCS_LIMIT;
    if (code != TCS_OK) {
        tcs_fail(err, code, off, "template cannot be compiled");
        return NULL;
    }
    made->layout.id = t->next_id++;
    made->event_id_in_slot_3 = made->layout.system[TCS_SYS_EVENT_ID].slot == 3;
    if (is_kept) {
        struct evtx_template **bucket = bucket_of(t, made->guid);
        made->next = *bucket;
        *bucket = made;
        t->count++;
    }
    return made;
}

static const struct evtx_template *compile(struct evtx_templates *t, const uint8_t *chunk, uint32_t off,
                                           uint32_t len, struct tcs_arena *unit_arena, struct tcs_err *err)
{
    /* A full cache must not stop anybody: further templates live as long as their unit. */
    bool is_kept = t->count < t->limits->cached_layouts && t->arena.used < CACHE_BYTES;
    const struct evtx_template *made =
        compile_in(is_kept ? &t->arena : unit_arena, is_kept, t, chunk, off, len, err);
    /* What the cache lacks, the unit that asked lacks: with memory it would have got it. */
    unit_arena->starved = unit_arena->starved || t->arena.starved;
    t->arena.starved = false;
    return made;
}

/* Offset and length of a definition lie in the chunk. */
static bool definition_fits(const uint8_t *chunk, uint32_t off, uint32_t *len)
{
    if (off < EVTX_CHUNK_HEADER || off > EVTX_CHUNK - DEF_BODY)
        return false;
    *len = tcs_le32(chunk + off + DEF_LEN);
    return *len <= EVTX_CHUNK - DEF_BODY - off;
}

const struct evtx_template *evtx_template_at(struct evtx_templates *t, const uint8_t *chunk, uint32_t off,
                                             struct tcs_arena *unit_arena, struct tcs_err *err)
{
    struct evtx_chunk_slot *slot = slot_of(t, off);
    if (slot->stamp == t->chunk_stamp) {
        if (slot->template == NULL)
            tcs_fail(err, TCS_FORMAT, off, "its template is damaged");
        return slot->template;
    }
    uint32_t len;
    if (!definition_fits(chunk, off, &len)) {
        tcs_fail(err, TCS_FORMAT, off, "template outside the chunk");
        return NULL;
    }
    if (t->slot_count == t->limits->chunk_layouts) {
        tcs_fail(err, TCS_LIMIT, off, "too many templates in one chunk");
        return NULL;
    }
    const struct evtx_template *found = find_cached(t, chunk, off, len);
    if (found == NULL)
        found = compile(t, chunk, off, len, unit_arena, err);
    *slot = (struct evtx_chunk_slot){t->chunk_stamp, off, found};
    t->slot_count++;
    return found;
}

/* True if a definition may stand at `off`: its body begins like one. */
static bool may_be_definition(const uint8_t *chunk, uint32_t off, uint32_t *len)
{
    static const uint8_t header[4] = {0x0F, 1, 1, 0};
    return memcmp(chunk + off + DEF_BODY, header, sizeof header) == 0 && definition_fits(chunk, off, len) &&
           *len >= 8;
}

static void note_chunk(struct evtx_region *r, uint32_t number)
{
    const uint8_t *end = r->chunk + EVTX_CHUNK - 3; /* the four bytes that a body begins with */
    const uint8_t *body = r->chunk + EVTX_CHUNK_HEADER + DEF_BODY;
    while (r->place_count < PLACES_MAX && (body = memchr(body, 0x0F, (size_t)(end - body))) != NULL) {
        uint32_t off = (uint32_t)(body++ - r->chunk) - DEF_BODY, len;
        if (may_be_definition(r->chunk, off, &len))
            r->places[r->place_count++] =
                (struct evtx_place){tcs_le32(r->chunk + off + DEF_GUID), number, off};
    }
}

static bool read_chunk(struct evtx_region *r, uint32_t number)
{
    uint64_t at = EVTX_FILE_HEADER + (r->number * REGION_CHUNKS + number) * EVTX_CHUNK;
    size_t got;
    return tcs_log_read(r->log, at, r->chunk, EVTX_CHUNK, &got, NULL) == TCS_OK && got == EVTX_CHUNK;
}

/* Notes the definitions of a region, unless that was done for this unit. */
static void note_region(struct evtx_region *r, const struct tcs_log *log, uint64_t number)
{
    if (r->log == log && r->number == number)
        return;
    r->log = log;
    r->number = number;
    r->place_count = r->answer_count = 0;
    for (uint32_t i = 0; i < REGION_CHUNKS && read_chunk(r, i); i++)
        note_chunk(r, i);
}

/* The first of the noted definitions with this id that compiles. */
static const struct evtx_template *find_place(struct evtx_templates *t, uint32_t id,
                                              struct tcs_arena *unit_arena)
{
    struct evtx_region *r = t->region;
    const struct evtx_template *found = NULL;
    unsigned tries = 0;
    for (size_t i = 0; i < r->place_count && found == NULL && tries < LOST_TRIES; i++) {
        const struct evtx_place *place = &r->places[i];
        uint32_t len;
        /* Read again, so a live log may have changed. */
        if (place->id != id || !read_chunk(r, place->chunk) || !may_be_definition(r->chunk, place->off, &len))
            continue;
        tries++;
        found = find_cached(t, r->chunk, place->off, len);
        if (found == NULL)
            found = compile(t, r->chunk, place->off, len, unit_arena, NULL);
    }
    return found;
}

const struct evtx_template *evtx_template_lost(struct evtx_templates *t, const struct tcs_log *log,
                                               uint64_t chunk_offset, uint32_t template_id,
                                               struct tcs_arena *unit_arena, struct tcs_err *err)
{
    struct evtx_region *r = t->region;
    note_region(r, log, (chunk_offset - EVTX_FILE_HEADER) / EVTX_CHUNK / REGION_CHUNKS);
    for (size_t i = 0; i < r->answer_count; i++)
        if (r->answers[i].id == template_id)
            return r->answers[i].template;
    if (r->answer_count == LOST_MAX) {
        tcs_err_clear(err);
        tcs_fail(err, TCS_LIMIT, chunk_offset, "too many lost templates");
        return NULL;
    }
    const struct evtx_template *found = find_place(t, template_id, unit_arena);
    r->answers[r->answer_count++] = (struct evtx_answer){template_id, found};
    return found;
}
