#include "decode/text_layout.h"

#include "base/hash.h"

#include <stdlib.h>

/* A layout that was made, and the steps that it was made from. */
struct text_known {
    const struct tcs_layout *layout; /* NULL: the place is free */
    const char *steps;
    uint32_t len;
    uint64_t hash;
};

enum {
    TRIES = 8,            /* places that a layout may stand in */
    STEPS_MOST = 1 << 20, /* bytes */
    ARENA_MOST = 16 << 20,
};

/* A step is one of these, a name (two bytes of length, then the text), and for LITERAL a value in the same
 * form. */
enum { STEP_ELEMENT = 1, STEP_ATTRIBUTE, STEP_LITERAL, STEP_CONTENT, STEP_VALUE, STEP_END };

bool text_layouts_init(struct text_layouts *l, const struct tcs_decode_limits *limits, uint64_t first_id)
{
    *l = (struct text_layouts){.limits = limits, .next_id = first_id};
    tcs_arena_init(&l->arena, ARENA_MOST);
    tcs_layout_builder_init(&l->builder, limits);
    tcs_buf_init(&l->steps, STEPS_MOST);
    /* Twice as many places as layouts, so that they are found at once. */
    l->known = calloc(2 * (size_t)limits->cached_layouts + TRIES, sizeof *l->known);
    l->values = calloc(limits->values, sizeof *l->values);
    return l->known && l->values;
}

void text_layouts_done(struct text_layouts *l)
{
    free(l->known);
    free(l->values);
    tcs_buf_done(&l->steps);
    tcs_layout_builder_done(&l->builder);
    tcs_arena_done(&l->arena);
}

void text_layouts_begin(struct text_layouts *l)
{
    tcs_buf_clear(&l->steps);
    l->count = 0;
    l->depth = 0;
    l->in_tag = false;
    l->failed = TCS_OK;
}

static void fail(struct text_layouts *l, enum tcs_code code)
{
    if (l->failed == TCS_OK)
        l->failed = code;
}

/* A kind of step with up to two texts. */
static void put_step(struct text_layouts *l, char kind, struct tcs_str name, struct tcs_str value)
{
    size_t most = 3 * (size_t)l->limits->name_units;
    if (name.len > most || value.len > most) {
        fail(l, TCS_LIMIT);
        return;
    }
    char *p = tcs_buf_room(&l->steps, 5 + name.len + value.len);
    if (p == NULL) {
        fail(l, TCS_LIMIT);
        return;
    }
    *p++ = kind;
    *p++ = (char)(name.len & 0xFF);
    *p++ = (char)(name.len >> 8);
    memcpy(p, name.p, name.len);
    p += name.len;
    l->steps.len += 3 + name.len;
    if (kind != STEP_LITERAL)
        return;
    *p++ = (char)(value.len & 0xFF);
    *p++ = (char)(value.len >> 8);
    memcpy(p, value.p, value.len);
    l->steps.len += 2 + value.len;
}

static void put_mark(struct text_layouts *l, char kind)
{
    char *p = tcs_buf_room(&l->steps, 1);
    if (p == NULL) {
        fail(l, TCS_LIMIT);
        return;
    }
    *p = kind;
    l->steps.len++;
}

static void keep_value(struct text_layouts *l, struct tcs_value value)
{
    if (l->count == l->limits->values)
        fail(l, TCS_LIMIT);
    else
        l->values[l->count++] = value;
}

/* The start tag is complete once anything but an attribute follows. */
static void close_tag(struct text_layouts *l)
{
    if (l->in_tag)
        put_mark(l, STEP_CONTENT);
    l->in_tag = false;
}

void text_layouts_element(struct text_layouts *l, struct tcs_str name)
{
    close_tag(l);
    put_step(l, STEP_ELEMENT, name, (struct tcs_str){"", 0});
    l->in_tag = true;
    if (++l->depth > l->limits->element_depth)
        fail(l, TCS_LIMIT);
}

void text_layouts_attribute(struct text_layouts *l, struct tcs_str name, struct tcs_value value)
{
    put_step(l, STEP_ATTRIBUTE, name, (struct tcs_str){"", 0});
    keep_value(l, value);
}

void text_layouts_literal(struct text_layouts *l, struct tcs_str name, struct tcs_str value)
{
    put_step(l, STEP_LITERAL, name, value);
}

void text_layouts_value(struct text_layouts *l, struct tcs_value value)
{
    close_tag(l);
    put_mark(l, STEP_VALUE);
    keep_value(l, value);
}

void text_layouts_end(struct text_layouts *l)
{
    close_tag(l);
    put_mark(l, STEP_END);
    l->depth--;
}

/* The next text of the steps, as a copy that lives with the layout. */
static struct tcs_str take_text(struct text_layouts *l, size_t *at)
{
    const uint8_t *p = (const uint8_t *)l->steps.p + *at;
    bool ok;
    struct tcs_str text = {(const char *)p + 2, tcs_le16(p)};
    *at += 2 + text.len;
    text = tcs_arena_str(l->builder.arena, text, &ok);
    if (!ok)
        fail(l, TCS_NOMEM);
    return text;
}

static enum tcs_code build(struct text_layouts *l, struct tcs_arena *arena, struct tcs_layout *out)
{
    struct tcs_layout_builder *b = &l->builder;
    uint16_t slot = 0;
    tcs_layout_begin(b, arena);
    for (size_t at = 0; at < l->steps.len && l->failed == TCS_OK;) {
        switch (l->steps.p[at++]) {
        case STEP_ELEMENT:
            tcs_layout_element(b, take_text(l, &at), TCS_NO_SLOT);
            break;
        case STEP_ATTRIBUTE:
            tcs_layout_attribute(b, take_text(l, &at));
            tcs_layout_slot(b, slot++, TCS_VALUE_UTF8, false);
            break;
        case STEP_LITERAL:
            tcs_layout_attribute(b, take_text(l, &at));
            tcs_layout_text(b, take_text(l, &at));
            break;
        case STEP_CONTENT:
            tcs_layout_content(b);
            break;
        case STEP_VALUE:
            tcs_layout_slot(b, slot++, TCS_VALUE_UTF8, false);
            break;
        default:
            tcs_layout_end(b);
        }
    }
    return l->failed == TCS_OK ? tcs_layout_finish(b, out) : l->failed;
}

static bool is_it(const struct text_layouts *l, const struct text_known *place)
{
    return place->len == l->steps.len && memcmp(place->steps, l->steps.p, place->len) == 0;
}

/* The place of a layout with these steps: its own, or a free one; NULL if there is neither. */
static struct text_known *place_of(struct text_layouts *l, uint64_t hash)
{
    struct text_known *place = &l->known[hash % (2 * (size_t)l->limits->cached_layouts)];
    for (unsigned i = 0; i < TRIES; i++, place++) {
        if (place->layout == NULL)
            return l->known_count < l->limits->cached_layouts ? place : NULL;
        if (place->hash == hash && is_it(l, place))
            return place;
    }
    return NULL;
}

/* Makes a layout that is remembered; one that does not fit is made for this event alone. */
static const struct tcs_layout *make(struct text_layouts *l, struct text_known *place, uint64_t hash,
                                     struct tcs_arena *arena)
{
    struct tcs_layout *layout = place ? tcs_arena_alloc(&l->arena, sizeof *layout) : NULL;
    const char *steps = layout ? tcs_arena_copy(&l->arena, l->steps.p, l->steps.len) : NULL;
    enum tcs_code code = steps ? build(l, &l->arena, layout) : TCS_NOMEM;
    if (code == TCS_OK) {
        layout->id = l->next_id++;
        *place = (struct text_known){layout, steps, (uint32_t)l->steps.len, hash};
        l->known_count++;
        return layout;
    }
    if (code == TCS_NOMEM) {
        l->failed = TCS_OK;
        layout = tcs_arena_alloc(arena, sizeof *layout);
        code = layout ? build(l, arena, layout) : TCS_NOMEM;
    }
    if (code != TCS_OK)
        fail(l, code);
    return code == TCS_OK ? layout : NULL;
}

static const struct tcs_layout *find_or_make(struct text_layouts *l, struct tcs_arena *arena)
{
    for (unsigned i = 0; i < 2; i++)
        if (l->recent[i] && is_it(l, l->recent[i]))
            return l->recent[i]->layout;
    uint64_t hash =
        tcs_hash((struct tcs_hash_key){0, 0}, (struct tcs_bytes){(const uint8_t *)l->steps.p, l->steps.len});
    struct text_known *place = place_of(l, hash);
    const struct tcs_layout *layout = place && place->layout ? place->layout : make(l, place, hash, arena);
    if (place && place->layout) {
        l->recent[1] = l->recent[0];
        l->recent[0] = place;
    }
    return layout;
}

/* Numbers of System, which are numbers in every other format too: if they are written as we would write them.
 */
static bool convert_numbers(const struct tcs_layout *layout, struct tcs_value *values, size_t count,
                            struct tcs_arena *arena)
{
    static const enum tcs_system_key keys[] = {
        TCS_SYS_EVENT_ID, TCS_SYS_QUALIFIERS, TCS_SYS_VERSION, TCS_SYS_LEVEL,  TCS_SYS_TASK,
        TCS_SYS_OPCODE,   TCS_SYS_RECORD_ID,  TCS_SYS_PROCESS, TCS_SYS_THREAD,
    };
    enum { KEYS = sizeof keys / sizeof keys[0] };
    uint8_t *bytes = tcs_arena_alloc(arena, 8 * KEYS);
    for (size_t i = 0; i < KEYS && bytes; i++) {
        uint16_t slot = layout->system[keys[i]].slot;
        struct tcs_value *v = slot < count ? &values[slot] : NULL;
        bool is_plain = v && v->type == TCS_VALUE_UTF8 && v->len > 0 && (v->p[0] != '0' || v->len == 1);
        uint64_t n;
        for (uint32_t k = 0; is_plain && k < v->len; k++)
            is_plain = v->p[k] >= '0' && v->p[k] <= '9';
        if (!is_plain || !tcs_value_u64(*v, &n))
            continue;
        tcs_put_le64(bytes + 8 * i, n);
        *v = (struct tcs_value){bytes + 8 * i, 8, TCS_VALUE_UINT64};
    }
    return bytes != NULL;
}

enum tcs_code text_layouts_finish(struct text_layouts *l, struct tcs_arena *arena, struct tcs_part *part)
{
    while (l->depth)
        text_layouts_end(l);
    if (l->steps.bad)
        fail(l, TCS_LIMIT);
    if (l->failed != TCS_OK)
        return l->failed;
    const struct tcs_layout *layout = find_or_make(l, arena);
    if (layout == NULL)
        return l->failed;
    struct tcs_value *values = tcs_arena_copy(arena, l->values, l->count * sizeof *l->values);
    if (values == NULL || !convert_numbers(layout, values, l->count, arena))
        return TCS_NOMEM;
    *part = (struct tcs_part){
        .layout = layout, .values = values, .value_count = (uint16_t)l->count, .parent = TCS_NO_SLOT};
    return TCS_OK;
}
