#include "decode/text_log.h"

#include <stdlib.h>

enum {
    PIECE = 16 * 1024, /* of UTF-16 that is read at once */
    SCRATCH = 64 * 1024,
};

/* ---- units ---- */

struct text_log {
    const struct text_format *format;
    enum tcs_encoding encoding;
    uint64_t next; /* offset in the file of the next unit */
    bool grows;    /* an event that is cut by the end of the file may become whole */
    struct text_scan scan;
};

int text_log_probe(struct tcs_bytes head, int (*probe)(struct tcs_str head))
{
    struct tcs_encoder encoder = {0};
    char space[2 * TCS_LOG_HEAD]; /* UTF-8 takes half as much again as UTF-16 at most */
    struct tcs_buf text = {.p = space, .cap = sizeof space, .max = sizeof space};
    tcs_encoder_add(&encoder, head, &text);
    return probe(tcs_buf_view(&text));
}

enum tcs_code text_log_open(struct tcs_log *log, const struct text_format *format, struct tcs_err *err)
{
    struct text_log *x = tcs_arena_alloc(&log->arena, sizeof *x);
    if (x == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to open a log");
    log->state = x;
    x->format = format;
    uint8_t head[3];
    size_t got, mark;
    x->encoding = TCS_UTF8;
    enum tcs_code code = tcs_log_read(log, 0, head, sizeof head, &got, err);
    if (code == TCS_OK && !log->is_blob) {
        x->encoding = tcs_encoding_of((struct tcs_bytes){head, got}, &mark);
        x->next = mark;
    }
    return code;
}

/* Bytes of the file that the text was made from. */
static size_t raw_len(const struct text_log *x, struct tcs_str text)
{
    return x->encoding == TCS_UTF8 ? text.len : tcs_encoding_utf16_len(text);
}

/* Reads text until the unit is full or the file ends (*is_end). */
static enum tcs_code fill(const struct tcs_log *log, struct tcs_unit *u, struct tcs_encoder *encoder,
                          uint64_t *at, bool *is_end, struct tcs_err *err)
{
    struct tcs_buf text = {.p = (char *)u->bytes, .len = u->len, .cap = u->cap, .max = u->cap};
    enum tcs_code code = TCS_OK;
    while (code == TCS_OK && !*is_end && text.cap - text.len >= (encoder->encoding ? 2 * PIECE : 1)) {
        size_t got, room = text.cap - text.len;
        if (encoder->encoding == TCS_UTF8) {
            code = tcs_log_read(log, *at, text.p + text.len, room, &got, err);
            text.len += got;
            *is_end = got < room;
        } else {
            uint8_t piece[PIECE];
            code = tcs_log_read(log, *at, piece, sizeof piece, &got, err);
            tcs_encoder_add(encoder, (struct tcs_bytes){piece, got}, &text);
            *is_end = got < sizeof piece;
        }
        *at += got;
    }
    *is_end = *is_end || *at >= log->reader.size;
    u->len = text.len;
    return code;
}

/* More room for an event that does not fit. False if it is as large as it may get, or memory is refused. */
static bool widen(struct tcs_unit *u, size_t most)
{
    size_t cap = u->cap * 2;
    if (u->cap > 2 * most + TCS_UNIT_STEP)
        return false;
    uint8_t *bytes = realloc(u->bytes, cap);
    if (bytes == NULL)
        return false;
    u->bytes = bytes;
    u->cap = cap;
    return true;
}

/* Room for one more extent. The ones there are stay if there is none. */
static struct text_extent *more_room(struct tcs_unit *u, struct text_extent *extents, size_t count,
                                     size_t *cap)
{
    size_t more = *cap ? 2 * *cap : u->len / 512 + 16;
    struct text_extent *at = tcs_arena_array(&u->arena, more, sizeof *at);
    if (at == NULL)
        return NULL;
    if (count)
        memcpy(at, extents, count * sizeof *at);
    *cap = more;
    return at;
}

/* Finds the events of the unit's text. True if the whole text was gone through; otherwise the next unit goes
 * on. */
static bool find_extents(const struct tcs_log *log, struct tcs_unit *u, bool is_end)
{
    struct text_log *x = log->state;
    struct tcs_str text = {(const char *)u->bytes, u->len};
    struct text_extent *extents = NULL, next;
    size_t count = 0, cap = 0;
    struct text_scan before = x->scan;
    bool has_room = true;
    while (x->format->scan(&x->scan, text, is_end, log->limits->event_bytes, &next) == TCS_OK) {
        struct text_extent *room = count == cap ? more_room(u, extents, count, &cap) : extents;
        has_room = room != NULL;
        if (!has_room) { /* met again in the next unit */
            x->scan = before;
            break;
        }
        extents = room;
        extents[count++] = next;
        before = x->scan;
    }
    u->index = extents;
    u->index_count = count;
    return has_room;
}

/*
 * Reads the next stretch of the file and finds the events in it; wider and
 * wider until there is one. *is_file_end: it reaches the end of the file;
 * *is_whole: the text was gone through to its end.
 */
static enum tcs_code read_stretch(struct tcs_log *log, struct tcs_unit *u, bool *is_file_end, bool *is_whole,
                                  struct tcs_err *err)
{
    struct text_log *x = log->state;
    struct tcs_encoder encoder = {.encoding = x->encoding, .is_known = true};
    uint64_t at = x->next;
    do {
        enum tcs_code code = fill(log, u, &encoder, &at, is_file_end, err);
        if (code != TCS_OK)
            return code;
        *is_whole = find_extents(log, u, *is_file_end && !x->grows);
    } while (*is_whole && !*is_file_end && text_scan_done(&x->scan) == 0 &&
             widen(u, log->limits->event_bytes));
    return TCS_OK;
}

enum tcs_code text_log_next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err)
{
    struct text_log *x = log->state;
    bool is_file_end = false, is_whole = false;
    if (x->next >= log->reader.size)
        return TCS_END;
    u->len = 0;
    u->offset = x->next;
    enum tcs_code code = read_stretch(log, u, &is_file_end, &is_whole, err);
    bool is_last = is_file_end && is_whole && !x->grows;
    size_t done = is_last ? u->len : text_scan_done(&x->scan);
    if (code == TCS_OK && done == 0 && !is_last && !(is_file_end && is_whole))
        code = tcs_fail(err, TCS_NOMEM, u->offset, "no memory to read a log");
    u->len = done;
    u->file_len = raw_len(x, (struct tcs_str){(const char *)u->bytes, done});
    x->next = is_last || code != TCS_OK ? log->reader.size : x->next + u->file_len;
    text_scan_shift(&x->scan, done);
    return code == TCS_OK && done == 0 && !is_last ? TCS_AGAIN : code; /* later, when the file has grown */
}

void text_log_seek(struct tcs_log *log, uint64_t offset, bool grows)
{
    struct text_log *x = log->state;
    uint8_t head[3];
    size_t got, mark = 0;
    if (offset == 0 && tcs_log_read(log, 0, head, sizeof head, &got, NULL) == TCS_OK)
        x->encoding = tcs_encoding_of((struct tcs_bytes){head, got}, &mark);
    if (x->next != offset + mark)
        x->scan = (struct text_scan){0};
    x->next = offset + mark;
    x->grows = grows;
}

uint64_t text_log_place(const struct tcs_log *log)
{
    return ((const struct text_log *)log->state)->next;
}

/* ---- the decoder ---- */

struct text_decoder {
    const struct tcs_decode_limits *limits;
    const struct text_format *format;
    struct tcs_unit *unit;
    const struct tcs_wanted *wanted;
    size_t next;    /* extent */
    size_t counted; /* bytes of the unit whose place in the file is known: counted_raw */
    uint64_t counted_raw;
    struct text_layouts layouts;
    struct tcs_buf scratch;
    void *own;
};

void *text_decoder_new(const struct tcs_decode_limits *limits, const struct text_format *format)
{
    struct text_decoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->limits = limits;
    d->format = format;
    tcs_buf_init(&d->scratch, limits->unit_memory);
    /* Room for all usual texts at once: no event shall want memory for one. */
    bool ok = text_layouts_init(&d->layouts, limits, format->first_layout) &&
              tcs_buf_room(&d->scratch, SCRATCH) != NULL;
    if (format->own_new)
        d->own = format->own_new(limits);
    if (ok && (format->own_new == NULL || d->own))
        return d;
    text_decoder_free(d);
    return NULL;
}

void text_decoder_free(void *state)
{
    struct text_decoder *d = state;
    text_layouts_done(&d->layouts);
    tcs_buf_done(&d->scratch);
    if (d->own)
        d->format->own_free(d->own);
    free(d);
}

void text_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted)
{
    struct text_decoder *d = state;
    d->unit = u;
    d->wanted = wanted;
    d->next = 0;
    d->counted = 0;
    d->counted_raw = u->offset;
}

/* Where the byte at pos of the unit stands in the file. pos never falls. */
static uint64_t offset_of(struct text_decoder *d, size_t pos)
{
    const struct text_log *x = d->unit->log->state;
    struct tcs_str between = {(const char *)d->unit->bytes + d->counted, pos - d->counted};
    d->counted_raw += raw_len(x, between);
    d->counted = pos;
    return d->counted_raw;
}

/* True if the bytes are well-formed UTF-8. Most are ASCII, which is passed over eight at a time. */
static bool is_utf8(struct tcs_str s)
{
    struct tcs_bytes bytes = {(const uint8_t *)s.p, s.len};
    bool damaged = false;
    for (size_t at = 0; at < bytes.len && !damaged;) {
        uint64_t word = 0;
        if (bytes.len - at >= sizeof word)
            memcpy(&word, bytes.p + at, sizeof word);
        if (bytes.len - at >= sizeof word && (word & UINT64_C(0x8080808080808080)) == 0)
            at += sizeof word;
        else
            tcs_utf8_next(bytes, &at, &damaged);
    }
    return !damaged;
}

/* The event with what is no UTF-8 replaced; an empty one if memory is refused. */
static struct tcs_str repair(struct text_decoder *d, struct tcs_str event)
{
    bool ok;
    tcs_buf_clear(&d->scratch);
    tcs_buf_utf8(&d->scratch, (struct tcs_bytes){(const uint8_t *)event.p, event.len});
    return tcs_arena_str(&d->unit->arena, tcs_buf_view(&d->scratch), &ok);
}

/* The record of an event that was read. AGAIN: nobody wants it. */
static enum tcs_code fill_record(struct text_decoder *d, const struct text_extent *x,
                                 const struct text_reading *r, struct tcs_record *rec, struct tcs_err *err)
{
    struct tcs_part *part = tcs_arena_alloc(&d->unit->arena, sizeof *part);
    bool has_memory = part && !r->no_memory;
    enum tcs_code code = has_memory ? text_layouts_finish(&d->layouts, &d->unit->arena, part) : TCS_NOMEM;
    uint64_t offset = offset_of(d, x->pos);
    *rec = (struct tcs_record){.format = d->format->format,
                               .state =
                                   (r->is_bad ? TCS_STATE_BAD_DATA : 0) | (x->is_whole ? 0 : TCS_STATE_TORN),
                               .offset = offset,
                               .written = tcs_time_of_filetime(0)};
    if (code == TCS_OK) {
        for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
            rec->system[key] = tcs_part_value(part, &part->layout->system[key]);
        tcs_record_convert_system(rec);
        rec->number = rec->record_id;
        rec->written = rec->time;
        rec->parts = part;
        rec->part_count = 1;
    }
    bool is_limit = code == TCS_LIMIT || code == TCS_NOMEM;
    if (code != TCS_OK || (!rec->has_event_id && (r->is_bad || !x->is_whole))) {
        d->unit->stats.damage[is_limit ? TCS_DAMAGE_LIMIT : x->is_whole ? TCS_DAMAGE_RECORD : x->damage]++;
        return tcs_fail(err, TCS_SKIP, offset,
                        is_limit ? "too many or too deep elements in an event, or no memory for it"
                                 : "this is no event");
    }
    d->unit->stats.damage[TCS_DAMAGE_TORN] += !x->is_whole;
    d->unit->stats.damage[TCS_DAMAGE_DATA] += x->is_whole && r->is_bad;
    /* Queries and forwarders leave records out: a hole in the numbers says nothing. */
    tcs_read_stats_count(&d->unit->stats, rec->state, 0, rec->time);
    const struct tcs_wanted *w = d->wanted;
    bool is_wanted = w->ids == NULL || (rec->has_event_id && tcs_id_set_has(w->ids, rec->event_id));
    return is_wanted && (w->accept == NULL || w->accept(w->ctx, rec)) ? TCS_OK : TCS_AGAIN;
}

static enum tcs_code read_event(struct text_decoder *d, const struct text_extent *x, struct tcs_record *rec,
                                struct tcs_err *err)
{
    struct tcs_str event = {(const char *)d->unit->bytes + x->pos, x->len};
    struct text_glance glance;
    if (x->is_whole && d->wanted->ids && d->format->glance(event, &glance) &&
        !tcs_id_set_has(d->wanted->ids, glance.event_id)) {
        tcs_read_stats_count(&d->unit->stats, 0, 0, glance.time);
        return TCS_AGAIN;
    }
    bool is_text = is_utf8(event);
    struct text_reading r = {.layouts = &d->layouts,
                             .arena = &d->unit->arena,
                             .scratch = &d->scratch,
                             .own = d->own,
                             .is_bad = !is_text};
    text_layouts_begin(&d->layouts);
    d->format->read(&r, is_text ? event : repair(d, event), !x->is_whole);
    return fill_record(d, x, &r, rec, err);
}

static const char *words_of(enum tcs_damage damage)
{
    if (damage == TCS_DAMAGE_LIMIT)
        return "an event that is too large";
    if (damage == TCS_DAMAGE_TRUNCATED)
        return "the last event is cut";
    return "no event where one should be; searching for the next";
}

enum tcs_code text_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err)
{
    struct text_decoder *d = state;
    const struct text_extent *extents = d->unit->index;
    while (d->next < d->unit->index_count) {
        const struct text_extent *x = &extents[d->next++];
        char first = x->len ? (char)d->unit->bytes[x->pos] : 0;
        bool is_event = x->is_whole || (x->damage != TCS_DAMAGE_LIMIT && (first == '<' || first == '{'));
        enum tcs_code code = is_event ? read_event(d, x, rec, err) : TCS_SKIP;
        if (code == TCS_AGAIN)
            continue;
        if (!is_event) {
            d->unit->stats.damage[x->damage]++;
            return tcs_fail(err, TCS_SKIP, offset_of(d, x->pos), "%s", words_of(x->damage));
        }
        return code;
    }
    return TCS_END;
}
