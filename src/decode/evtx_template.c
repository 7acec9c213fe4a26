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
    LOST_MAX = 64,          /* searches for lost templates a log may cause */
    LOST_CHUNKS = 32,       /* chunks to look at on each side */
    LOST_TRIES = 16,        /* candidates to compile in one of them */
    CACHE_BYTES = 48 << 20, /* what cached templates may take; bad ones leave scraps behind */
};

/* A template's place in the current chunk. */
struct evtx_chunk_slot {
    uint32_t stamp; /* of the chunk it was noted in */
    uint32_t off;
    const struct evtx_template *template; /* NULL: damaged, do not try again */
};

struct evtx_lost {
    uint32_t id;
    const struct evtx_template *template; /* NULL: searched in vain */
};

bool evtx_templates_init(struct evtx_templates *t, const struct tcs_decode_limits *limits)
{
    *t = (struct evtx_templates){.limits = limits, .next_id = 1};
    tcs_arena_init(&t->arena, (size_t)64 << 20);
    tcs_layout_builder_init(&t->builder, limits);
    t->slots = calloc(SLOT_TABLE, sizeof *t->slots);
    t->lost = calloc(LOST_MAX, sizeof *t->lost);
    return t->slots && t->lost;
}

void evtx_templates_done(struct evtx_templates *t)
{
    free(t->slots);
    free(t->lost);
    free(t->refs.refs);
    tcs_layout_builder_done(&t->builder);
    tcs_arena_done(&t->arena);
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

static const struct evtx_template *compile(struct evtx_templates *t, const uint8_t *chunk, uint32_t off,
                                           uint32_t len, struct tcs_arena *unit_arena, struct tcs_err *err)
{
    /* A full cache must not stop anybody: further templates live as long as their unit. */
    bool is_kept = t->count < t->limits->cached_layouts && t->arena.used < CACHE_BYTES;
    struct tcs_arena *arena = is_kept ? &t->arena : unit_arena;
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

/* The first definition with this id in the chunk that compiles. */
static const struct evtx_template *find_in_chunk(struct evtx_templates *t, const uint8_t *chunk, uint32_t id,
                                                 struct tcs_arena *unit_arena)
{
    unsigned tries = 0;
    for (uint32_t off = EVTX_CHUNK_HEADER; off + DEF_BODY < EVTX_CHUNK && tries < LOST_TRIES; off++) {
        uint32_t len;
        static const uint8_t header[4] = {0x0F, 1, 1, 0};
        if (tcs_le32(chunk + off + DEF_GUID) != id || !definition_fits(chunk, off, &len) || len < 8 ||
            memcmp(chunk + off + DEF_BODY, header, 4) != 0)
            continue;
        tries++;
        const struct evtx_template *found = find_cached(t, chunk, off, len);
        if (found == NULL)
            found = compile(t, chunk, off, len, unit_arena, NULL);
        if (found)
            return found;
    }
    return NULL;
}

static const struct evtx_template *search_log(struct evtx_templates *t, const struct tcs_log *log,
                                              uint64_t chunk_offset, uint32_t id,
                                              struct tcs_arena *unit_arena)
{
    uint8_t *chunk = malloc(EVTX_CHUNK);
    const struct evtx_template *found = NULL;
    /* Outwards from the record's own chunk: -1, +1, -2, +2, ... */
    for (uint64_t step = 1; chunk && found == NULL && step <= 2 * LOST_CHUNKS; step++) {
        uint64_t distance = (step + 1) / 2 * EVTX_CHUNK;
        if (step % 2 ? chunk_offset < distance + EVTX_FILE_HEADER
                     : chunk_offset + distance >= log->reader.size)
            continue;
        size_t got;
        uint64_t at = step % 2 ? chunk_offset - distance : chunk_offset + distance;
        if (tcs_log_read(log, at, chunk, EVTX_CHUNK, &got, NULL) == TCS_OK && got == EVTX_CHUNK)
            found = find_in_chunk(t, chunk, id, unit_arena);
    }
    free(chunk);
    return found;
}

const struct evtx_template *evtx_template_lost(struct evtx_templates *t, const struct tcs_log *log,
                                               uint64_t chunk_offset, uint32_t template_id,
                                               struct tcs_arena *unit_arena)
{
    if (t->lost_log != log) {
        t->lost_log = log;
        t->lost_count = 0;
    }
    for (size_t i = 0; i < t->lost_count; i++)
        if (t->lost[i].id == template_id)
            return t->lost[i].template;
    if (t->lost_count == LOST_MAX)
        return NULL;
    const struct evtx_template *found = search_log(t, log, chunk_offset, template_id, unit_arena);
    /* Remembered only if it outlives the unit. */
    if (found == NULL || found->body)
        t->lost[t->lost_count++] = (struct evtx_lost){template_id, found};
    return found;
}
