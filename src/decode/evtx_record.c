#include "decode/evtx.h"

#include <stdlib.h>

/*
 * Template instance:
 * | 0C | u8 1 | u32 template id | u32 definition offset | [definition, if that is where it stands] |
 * | u32 value count N | N x { u16 size, u8 type, u8 0 } | the values, back to back |
 *
 * In every log known the outer instance begins with Level (1 byte), Opcode
 * (1), Task (2) and EventID (2), so the id of a record can be read without
 * knowing more. Whether that holds is checked for each template: a forged one
 * takes the long way.
 */
enum {
    TOK_INSTANCE = 0x0C,
    INSTANCE_HEAD = 10,
    DEF_OVERHEAD = 24,
    OFF_ID = 8,
    OFF_WRITTEN = 16,
    SYSTEM_VALUES_LEAST = 13, /* slots 0..12 are the same in both outer layouts */
};

struct evtx_decoder {
    const struct tcs_decode_limits *limits;
    struct evtx_templates templates;
    struct tcs_unit *unit;
    const struct tcs_wanted *wanted;
    size_t next_chunk;  /* offset in the unit of the chunk to begin with next */
    size_t next_window; /* of a unit with windows: the one to begin with next */
    struct evtx_chunk chunk;
    bool in_chunk;
    struct tcs_part *parts; /* scratch; limits->parts of them */
    uint32_t *first_nested; /* of each of these parts: index of its first value that holds elements */
};

/* A parsed instance: where things are, nothing decoded. */
struct instance {
    uint32_t template_id;
    uint32_t definition; /* chunk-relative */
    uint32_t sizes;      /* chunk-relative, of the N descriptors */
    uint32_t count;
    uint32_t values; /* chunk-relative, of the first value */
    uint32_t end;    /* no value may go beyond */
};

void *evtx_decoder_new(const struct tcs_decode_limits *limits)
{
    struct evtx_decoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->limits = limits;
    d->parts = calloc(limits->parts, sizeof *d->parts);
    d->first_nested = calloc(limits->parts, sizeof *d->first_nested);
    if (!evtx_templates_init(&d->templates, limits) || d->parts == NULL || d->first_nested == NULL) {
        evtx_decoder_free(d);
        return NULL;
    }
    return d;
}

void evtx_decoder_free(void *state)
{
    struct evtx_decoder *d = state;
    evtx_templates_done(&d->templates);
    free(d->parts);
    free(d->first_nested);
    free(d);
}

void evtx_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted)
{
    struct evtx_decoder *d = state;
    d->unit = u;
    d->wanted = wanted;
    d->next_chunk = d->next_window = 0;
    d->in_chunk = false;
    evtx_templates_new_unit(&d->templates);
}

static bool parse_instance(const uint8_t *chunk, uint32_t pos, uint32_t end, struct instance *out)
{
    if (end - pos < INSTANCE_HEAD || chunk[pos] != TOK_INSTANCE)
        return false;
    out->template_id = tcs_le32(chunk + pos + 2);
    out->definition = tcs_le32(chunk + pos + 6);
    out->end = end;
    pos += INSTANCE_HEAD;
    if (out->definition == pos) {
        if (end - pos < DEF_OVERHEAD || tcs_le32(chunk + pos + 20) > end - pos - DEF_OVERHEAD)
            return false;
        pos += DEF_OVERHEAD + tcs_le32(chunk + pos + 20);
    }
    if (end - pos < 4)
        return false;
    out->count = tcs_le32(chunk + pos);
    out->sizes = pos + 4;
    if (out->count > (end - out->sizes) / 4)
        return false;
    out->values = out->sizes + 4 * out->count;
    return true;
}

/* True if the instance's EventID lies where it always lies: 4 bytes into the values, two bytes long. */
static bool id_at_usual_place(const uint8_t *chunk, const struct instance *in)
{
    static const uint8_t usual[16] = {1, 0, 4, 0, 1, 0, 4, 0, 2, 0, 6, 0, 2, 0, 6, 0};
    return in->count >= SYSTEM_VALUES_LEAST && in->end - in->values >= 6 &&
           memcmp(chunk + in->sizes, usual, sizeof usual) == 0;
}

static uint64_t file_offset(const struct evtx_decoder *d, uint64_t in_chunk)
{
    return d->chunk.offset + in_chunk;
}

/*
 * Counts what a record lacks. Of a torn one nothing else is to be expected,
 * and what lies beyond the end of the log is no part of it.
 */
static void count_damage(struct evtx_decoder *d, enum tcs_damage kind, const struct tcs_record *rec,
                         enum tcs_code cause)
{
    if (!(rec->state & (TCS_STATE_TORN | TCS_STATE_SLACK)))
        d->unit->stats.damage[cause == TCS_LIMIT ? TCS_DAMAGE_LIMIT : kind]++;
}

/* Turns an error inside the chunk into damage of the record that is being read. */
static enum tcs_code damaged(struct evtx_decoder *d, enum tcs_damage kind, const struct tcs_record *rec,
                             struct tcs_err *err, const struct tcs_err *cause)
{
    count_damage(d, kind, rec, cause->code);
    if (err)
        tcs_err_clear(err);
    return tcs_fail(err, TCS_SKIP, rec->offset, "record %llu: %s", (unsigned long long)rec->number,
                    cause->text[0] ? cause->text : "its data cannot be decoded");
}

/* What an instance is filled with. */
struct values {
    const struct tcs_value *at; /* NULL: memory was refused */
    uint32_t count;
    uint32_t first_nested; /* index of the first that holds elements, or count */
    uint32_t end;          /* chunk-relative, behind the last */
    bool is_cut;           /* some would lie beyond the end of the record: those have no value */
};

/* The values of an instance as views; in->count is within the limit. */
static struct values decode_values(struct evtx_decoder *d, const struct instance *in)
{
    /* Copies, because the compiler must take a value's bytes for a part of *in. */
    const uint8_t *sizes = d->chunk.bytes + in->sizes, *p = d->chunk.bytes + in->values;
    const uint8_t *end = d->chunk.bytes + in->end;
    const uint32_t count = in->count;
    struct tcs_value *values = tcs_arena_take(&d->unit->arena, count * sizeof *values);
    uint32_t i = 0, nested = count;
    for (; values && i < count; i++, sizes += 4) {
        uint32_t descriptor = tcs_le32(sizes);
        uint32_t size = descriptor & 0xFFFF;
        uint8_t type = (uint8_t)(descriptor >> 16);
        if (size > (size_t)(end - p))
            break;
        if (type >= TCS_VALUE_BINXML) { /* beyond the usual types */
            /* A number that no log uses, but tocsin does, for text that it has checked. */
            if ((type & ~TCS_VALUE_ARRAY) == TCS_VALUE_UTF8)
                type = TCS_VALUE_BINARY;
            if (type == TCS_VALUE_BINXML && nested == count)
                nested = i;
        }
        values[i] = (struct tcs_value){p, size, type};
        p += size;
    }
    if (values && i < count)
        memset(values + i, 0, (count - i) * sizeof *values);
    return (struct values){values, count, nested, (uint32_t)(p - d->chunk.bytes), i < count};
}

/* Notes a part of the record for decode_data. */
static bool add_part(struct evtx_decoder *d, size_t *count, const struct tcs_layout *layout,
                     const struct values *values, size_t parent, uint16_t slot)
{
    if (*count == d->limits->parts)
        return false;
    d->first_nested[*count] = values->first_nested;
    d->parts[*count] = (struct tcs_part){
        .layout = layout,
        .values = values->at,
        .value_count = (uint16_t)values->count,
        .parent = (uint16_t)parent,
        .slot = slot,
    };
    ++*count;
    return true;
}

/*
 * Compiles one element that stands in the record itself, without a template.
 * Of one that breaks off, *out is what came before, beside the error; NULL if
 * there is nothing.
 */
static enum tcs_code literal_element(struct evtx_decoder *d, uint32_t *pos, uint32_t end,
                                     const struct tcs_layout **out, struct tcs_err *err)
{
    struct tcs_layout_builder *b = &d->templates.builder;
    *out = NULL;
    tcs_layout_begin(b, &d->unit->arena);
    enum tcs_code code = evtx_binxml_element(d->chunk.bytes, pos, end, false, b, NULL, err);
    if (code == TCS_END || (code != TCS_OK && !tcs_layout_close_all(b)))
        return code;
    struct tcs_layout *layout = tcs_arena_alloc(&d->unit->arena, sizeof *layout);
    if (layout == NULL)
        return tcs_fail(err, TCS_LIMIT, *pos, "too large");
    enum tcs_code finished = tcs_layout_finish(b, layout);
    if (finished != TCS_OK)
        return tcs_fail(err, finished, *pos, "element cannot be read");
    *out = layout;
    return code;
}

/*
 * The template of an instance. Where its definition is damaged, the same one
 * may stand in another chunk of the log, where its id leads to it; the record
 * is marked as guessed then. NULL: err says why.
 */
static const struct evtx_template *template_of(struct evtx_decoder *d, const struct instance *in,
                                               unsigned *state, struct tcs_err *err)
{
    const struct evtx_template *t =
        evtx_template_at(&d->templates, d->chunk.bytes, in->definition, &d->unit->arena, err);
    if (t)
        return t;
    d->unit->stats.damage[TCS_DAMAGE_TEMPLATE]++;
    t = evtx_template_lost(&d->templates, d->unit->log, d->chunk.offset, in->template_id, &d->unit->arena,
                           err);
    if (t == NULL || t->layout.slots > in->count)
        return NULL;
    *state |= TCS_STATE_GUESSED;
    tcs_err_clear(err);
    return t;
}

/* The layout and the values of the instance at *pos, which is moved behind it. */
static enum tcs_code take_instance(struct evtx_decoder *d, uint32_t *pos, uint32_t end, unsigned *state,
                                   const struct tcs_layout **layout, struct values *values,
                                   struct tcs_err *err)
{
    struct instance in;
    if (!parse_instance(d->chunk.bytes, *pos, end, &in))
        return tcs_fail(err, TCS_FORMAT, *pos, "template instance is cut");
    if (in.count > d->limits->values)
        return tcs_fail(err, TCS_LIMIT, *pos, "template instance with %u values", in.count);
    const struct evtx_template *t = template_of(d, &in, state, err);
    if (t == NULL)
        return err->code;
    *values = decode_values(d, &in);
    if (values->at == NULL)
        return tcs_fail(err, TCS_LIMIT, *pos, "no room for its values");
    if (values->is_cut)
        return tcs_fail(err, TCS_FORMAT, *pos, "values beyond the end of the record");
    *layout = &t->layout;
    *pos = values->end;
    return TCS_OK;
}

/* Elements and instances inside one value of type 21, each a part of its own. */
static enum tcs_code decode_nested(struct evtx_decoder *d, size_t *count, size_t parent, uint16_t slot,
                                   struct tcs_value value, unsigned *state, struct tcs_err *err)
{
    uint32_t pos = (uint32_t)(value.p - d->chunk.bytes);
    uint32_t end = pos + value.len;
    while (pos < end) {
        evtx_binxml_skip_header(d->chunk.bytes, &pos, end);
        if (pos == end || d->chunk.bytes[pos] == 0)
            return TCS_OK;
        const struct tcs_layout *layout = NULL;
        struct values values = {0};
        enum tcs_code code = d->chunk.bytes[pos] == TOK_INSTANCE
                                 ? take_instance(d, &pos, end, state, &layout, &values, err)
                                 : literal_element(d, &pos, end, &layout, err);
        if (code == TCS_END)
            return TCS_OK;
        if (layout && !add_part(d, count, layout, &values, parent, slot))
            return tcs_fail(err, TCS_LIMIT, pos, "too many template instances");
        if (code != TCS_OK)
            return code;
    }
    return TCS_OK;
}

static unsigned part_depth(const struct tcs_part *parts, size_t at)
{
    unsigned depth = 1;
    while (parts[at].parent != TCS_NO_SLOT) {
        at = parts[at].parent;
        depth++;
    }
    return depth;
}

/* The part with the event's own data: the first one inside Event that is no RenderingInfo, else Event itself.
 */
static size_t data_part(const struct tcs_record *rec)
{
    for (size_t i = 1; i < rec->part_count; i++)
        if (rec->parts[i].parent == 0 && !tcs_str_eq(rec->parts[i].layout->root, TCS_STR("RenderingInfo")))
            return i;
    return 0;
}

/*
 * Completes a wanted record: all instances in it, breadth first. A part that
 * cannot be decoded costs only itself; the record says so.
 */
static enum tcs_code decode_data(struct evtx_decoder *d, struct tcs_record *rec,
                                 const struct tcs_layout *outer, const struct values *values,
                                 struct tcs_err *err)
{
    size_t count = 0;
    struct tcs_err cause = TCS_ERR_INIT;
    add_part(d, &count, outer, values, TCS_NO_SLOT, 0);
    for (size_t i = 0; i < count && cause.code == TCS_OK; i++) {
        const struct tcs_value *own = d->parts[i].values;
        uint32_t end = d->parts[i].value_count;
        for (uint32_t slot = d->first_nested[i]; slot < end && cause.code == TCS_OK; slot++) {
            struct tcs_value value = own[slot];
            if (value.type != TCS_VALUE_BINXML || value.len == 0)
                continue;
            if (part_depth(d->parts, i) == d->limits->part_depth)
                tcs_fail(&cause, TCS_LIMIT, 0, "template instances nested too deep");
            else
                decode_nested(d, &count, i, (uint16_t)slot, value, &rec->state, &cause);
        }
    }
    rec->parts = tcs_arena_copy(&d->unit->arena, d->parts, count * sizeof *d->parts);
    if (rec->parts == NULL) {
        tcs_fail(&cause, TCS_LIMIT, 0, "too large to decode");
        return damaged(d, TCS_DAMAGE_LIMIT, rec, err, &cause);
    }
    rec->part_count = count;
    rec->data = data_part(rec);
    if (cause.code != TCS_OK) {
        rec->state |= TCS_STATE_BAD_DATA;
        count_damage(d, TCS_DAMAGE_DATA, rec, cause.code);
    }
    return TCS_OK;
}

static void fill_system(struct tcs_record *rec, const struct tcs_layout *layout, const struct values *values)
{
    struct tcs_part part = {.layout = layout, .values = values->at, .value_count = (uint16_t)values->count};
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
        rec->system[key] = tcs_part_value(&part, &layout->system[key]);
    tcs_record_convert_system(rec);
}

static bool is_wanted_id(const struct evtx_decoder *d, const struct tcs_record *rec)
{
    const uint64_t *ids = d->wanted->ids;
    return ids == NULL || (rec->has_event_id && tcs_id_set_has(ids, rec->event_id));
}

static bool is_wanted(const struct evtx_decoder *d, const struct tcs_record *rec)
{
    const struct tcs_wanted *w = d->wanted;
    return is_wanted_id(d, rec) && (w->accept == NULL || w->accept(w->ctx, rec));
}

/* A record whose outer template is nowhere: the slots that never differ say what it was, its data is lost. */
static enum tcs_code without_template(struct evtx_decoder *d, const struct instance *in,
                                      struct tcs_record *rec, struct tcs_err *err,
                                      const struct tcs_err *cause)
{
    struct values values = {0};
    if (in->count <= d->limits->values && id_at_usual_place(d->chunk.bytes, in))
        values = decode_values(d, in);
    const struct tcs_layout *layout = values.at ? evtx_lost_layout(&d->templates) : NULL;
    if (layout == NULL)
        return damaged(d, TCS_DAMAGE_DATA, rec, err, cause);
    fill_system(rec, layout, &values);
    rec->state |= TCS_STATE_GUESSED | TCS_STATE_BAD_DATA;
    if (!is_wanted_id(d, rec))
        return TCS_AGAIN;
    /* Counted before anybody is asked: nobody can tell whose it is without its provider. */
    count_damage(d, TCS_DAMAGE_DATA, rec, TCS_FORMAT);
    if (!is_wanted(d, rec))
        return TCS_AGAIN;
    size_t count = 0;
    add_part(d, &count, layout, &values, TCS_NO_SLOT, 0);
    rec->parts = tcs_arena_copy(&d->unit->arena, d->parts, sizeof *d->parts);
    rec->part_count = rec->parts ? count : 0;
    return TCS_OK;
}

/* A record that is a template instance. AGAIN: nobody wants it. */
static enum tcs_code template_record(struct evtx_decoder *d, uint32_t pos, uint32_t end,
                                     struct tcs_record *rec, struct tcs_err *err)
{
    const uint8_t *chunk = d->chunk.bytes;
    struct tcs_err cause = TCS_ERR_INIT;
    struct instance in;
    if (!parse_instance(chunk, pos, end, &in)) {
        tcs_fail(&cause, TCS_FORMAT, pos, "its template instance is cut");
        return damaged(d, TCS_DAMAGE_DATA, rec, err, &cause);
    }
    const struct evtx_template *t = template_of(d, &in, &rec->state, &cause);
    if (t == NULL)
        return without_template(d, &in, rec, err, &cause);
    if (in.count > d->limits->values) {
        tcs_fail(&cause, TCS_LIMIT, pos, "%u values", in.count);
        return damaged(d, TCS_DAMAGE_LIMIT, rec, err, &cause);
    }
    struct values values = decode_values(d, &in);
    if (values.at == NULL || (values.is_cut && !(rec->state & TCS_STATE_TORN))) {
        tcs_fail(&cause, values.at ? TCS_FORMAT : TCS_LIMIT, pos, "values beyond the end of the record");
        return damaged(d, TCS_DAMAGE_DATA, rec, err, &cause);
    }
    fill_system(rec, &t->layout, &values);
    return is_wanted(d, rec) ? decode_data(d, rec, &t->layout, &values, err) : TCS_AGAIN;
}

/*
 * A record without a template: forwarded by a collector, every value is text.
 * Senders cut off the RenderingInfo at its end: what stands before is good.
 */
static enum tcs_code literal_record(struct evtx_decoder *d, uint32_t pos, uint32_t end,
                                    struct tcs_record *rec, struct tcs_err *err)
{
    struct tcs_err cause = TCS_ERR_INIT;
    const struct tcs_layout *layout;
    static const struct values none;
    rec->state |= TCS_STATE_LITERAL;
    enum tcs_code code = literal_element(d, &pos, end, &layout, &cause);
    if (layout)
        fill_system(rec, layout, &none);
    if (layout == NULL || (code != TCS_OK && !rec->has_event_id))
        return damaged(d, TCS_DAMAGE_DATA, rec, err, &cause);
    if (code != TCS_OK) {
        rec->state |= TCS_STATE_BAD_DATA;
        count_damage(d, TCS_DAMAGE_DATA, rec, code);
    }
    return is_wanted(d, rec) ? decode_data(d, rec, layout, &none, err) : TCS_AGAIN;
}

/*
 * The test that nearly all records end with: the usual layout, and an id that
 * nobody asked for. What is unusual gives false and is looked at properly.
 */
static bool id_is_unwanted(struct evtx_decoder *d, uint32_t pos, uint32_t end)
{
    const uint8_t *chunk = d->chunk.bytes;
    struct instance in;
    if (d->wanted->ids == NULL || !parse_instance(chunk, pos, end, &in) || !id_at_usual_place(chunk, &in) ||
        tcs_id_set_has(d->wanted->ids, tcs_le16(chunk + in.values + 4)))
        return false;
    const struct evtx_template *t =
        evtx_template_at(&d->templates, chunk, in.definition, &d->unit->arena, NULL);
    return t != NULL && t->event_id_in_slot_3;
}

static enum tcs_code decode_record(struct evtx_decoder *d, const struct evtx_extent *x,
                                   struct tcs_record *rec, struct tcs_err *err)
{
    const uint8_t *chunk = d->chunk.bytes;
    struct tcs_time written = tcs_time_of_filetime(tcs_le64(chunk + x->pos + OFF_WRITTEN));
    uint64_t number = tcs_le64(chunk + x->pos + OFF_ID);
    tcs_read_stats_count(&d->unit->stats, x->state, number, written);
    uint32_t pos = x->pos + EVTX_RECORD_HEADER;
    uint32_t end = x->pos + x->size - (x->state & TCS_STATE_TORN ? 0 : 4);
    evtx_binxml_skip_header(chunk, &pos, end);
    if (id_is_unwanted(d, pos, end))
        return TCS_AGAIN;
    *rec = (struct tcs_record){.format = TCS_FORMAT_EVTX,
                               .state = x->state,
                               .offset = file_offset(d, x->pos),
                               .number = number,
                               .written = written};
    if (pos < end && chunk[pos] == TOK_INSTANCE)
        return template_record(d, pos, end, rec, err);
    return literal_record(d, pos, end, rec, err);
}

/* Goes to the next chunk of the unit, or to the next window if the unit has them. END: there is none. */
static enum evtx_chunk_kind next_chunk(struct evtx_decoder *d, struct tcs_err *damage)
{
    if (d->unit->index) {
        const struct evtx_window *window = (const struct evtx_window *)d->unit->index + d->next_window++;
        evtx_chunk_begin_window(&d->chunk, d->unit->bytes + window->at, window, &d->unit->stats, damage);
        return EVTX_CHUNK_LIVE;
    }
    size_t at = d->next_chunk;
    size_t have = d->unit->file_len > at ? d->unit->file_len - at : 0;
    d->next_chunk += EVTX_CHUNK;
    return evtx_chunk_begin(&d->chunk, d->unit->bytes + at, have, d->unit->offset + at, d->unit->log->slack,
                            &d->unit->stats, damage);
}

static bool has_chunk(const struct evtx_decoder *d)
{
    return d->unit->index ? d->next_window < d->unit->index_count : d->next_chunk < d->unit->len;
}

/* Goes to the next chunk of the unit that is not empty. */
static enum tcs_code begin_chunk(struct evtx_decoder *d, struct tcs_err *err)
{
    while (has_chunk(d)) {
        struct tcs_err damage = TCS_ERR_INIT;
        if (next_chunk(d, &damage) == EVTX_CHUNK_EMPTY)
            continue;
        evtx_templates_new_chunk(&d->templates);
        d->in_chunk = true;
        if (damage.code == TCS_OK)
            return TCS_OK;
        return tcs_fail(err, TCS_SKIP, damage.off, "%s", damage.text);
    }
    return TCS_END;
}

enum tcs_code evtx_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err)
{
    struct evtx_decoder *d = state;
    for (;;) {
        enum tcs_code code = d->in_chunk ? TCS_OK : begin_chunk(d, err);
        if (code != TCS_OK)
            return code;
        struct evtx_extent extent;
        code = evtx_chunk_next(&d->chunk, &extent, err);
        if (code == TCS_OK)
            code = decode_record(d, &extent, rec, err);
        else if (code == TCS_END)
            d->in_chunk = false;
        if (code == TCS_OK || code == TCS_SKIP)
            return code;
    }
}
