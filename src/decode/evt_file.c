#include "decode/evt.h"

#include "base/ckd.h"

#include <stdlib.h>

/*
 * File header, 48 bytes:
 * | off | field                     | what we do with it                              |
 * |   0 | header size, 0x30         | checked, as is its copy at 44                   |
 * |   4 | "LfLe"                    | checked                                         |
 * |  16 | offset of oldest record   | only if the end record cannot be found          |
 * |  20 | offset of the end record  | a hint where to look for it: it lags            |
 * |  32 | maximum size              | never used: the real size of the file decides   |
 * |  36 | flags; 1 dirty, 4 log full | the end record is looked for in any case       |
 * |  40 | retention, seconds        | 0: overwrites as needed; else a full log drops what is new |
 *
 * End record, 40 bytes, written anew after every record:
 * | 0 0x28 | 4 0x11111111 | 8 0x22222222 | 12 0x33333333 | 16 0x44444444 | 20 offset of oldest record |
 * | 24 its own offset | 28 next record number | 32 oldest record number | 36 0x28 |
 */
enum {
    END_RECORD = 40,
    END_LEN = 0x28,
    OFF_FLAGS = 36,
    OFF_RETENTION = 40,
    OFF_TYPE = 24,
    OFF_NUMBER = 8,
    OFF_SID_LEN = 40,
    FLAG_DIRTY = 1,
    FLAG_FULL = 4,
    WINDOW = 5 * TCS_UNIT_STEP, /* holds the largest record and some more */
};

struct evt_log {
    uint64_t ring_end;     /* physical; multiple of 4 */
    uint64_t begin;        /* physical offset of the oldest record */
    uint64_t left;         /* bytes of the ring not yet walked */
    uint64_t pos;          /* physical offset of the next byte to walk */
    uint64_t end;          /* physical offset of the end record; ring_end if there is none */
    uint32_t oldest, next; /* record numbers of the live records: [oldest, next) */
    bool has_end;
    bool in_slack;
    bool searching;
    bool is_security; /* its first records are audits */
};

static int probe(struct tcs_bytes head, uint64_t size)
{
    (void)size;
    if (head.len < EVT_HEADER)
        return 0;
    if (tcs_le32(head.p + 4) == EVT_MAGIC && tcs_le32(head.p) == EVT_HEADER)
        return 100;
    /* A ruined header: a record right behind it will do. */
    bool has_record = head.len >= EVT_HEADER + 8 && tcs_le32(head.p + EVT_HEADER + 4) == EVT_MAGIC;
    return has_record ? 60 : 0;
}

enum tcs_code evt_ring_read(const struct tcs_log *log, uint64_t pos, uint8_t *buf, size_t len, size_t *got,
                            struct tcs_err *err)
{
    const struct evt_log *x = log->state;
    uint64_t before_wrap = x->ring_end - pos;
    size_t first = len < before_wrap ? len : (size_t)before_wrap;
    enum tcs_code code = tcs_log_read(log, pos, buf, first, got, err);
    if (code != TCS_OK || *got < first || first == len)
        return code;
    size_t more;
    code = tcs_log_read(log, EVT_HEADER, buf + first, len - first, &more, err);
    *got += more;
    return code;
}

/* True if p (40 bytes of the ring) is the end record that belongs at physical offset `at`. */
static bool is_end_record(const struct evt_log *x, const uint8_t *p, uint64_t at)
{
    static const uint8_t pattern[16] = {0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22,
                                        0x33, 0x33, 0x33, 0x33, 0x44, 0x44, 0x44, 0x44};
    uint32_t begin = tcs_le32(p + 20);
    return tcs_le32(p) == END_LEN && memcmp(p + 4, pattern, sizeof pattern) == 0 &&
           tcs_le32(p + 36) == END_LEN && tcs_le32(p + 24) == at && begin >= EVT_HEADER && begin % 4 == 0 &&
           begin < x->ring_end;
}

static void use_end_record(struct evt_log *x, const uint8_t *p, uint64_t at)
{
    x->has_end = true;
    x->end = at;
    x->begin = tcs_le32(p + 20);
    x->next = tcs_le32(p + 28);
    x->oldest = tcs_le32(p + 32);
}

static bool end_record_at(const struct tcs_log *log, uint64_t at, uint8_t p[END_RECORD])
{
    const struct evt_log *x = log->state;
    size_t got;
    return at >= EVT_HEADER && at < x->ring_end && at % 4 == 0 &&
           evt_ring_read(log, at, p, END_RECORD, &got, NULL) == TCS_OK && got == END_RECORD &&
           is_end_record(x, p, at);
}

/* Searches the whole ring; of several end records the one that counts furthest is the current one. */
static enum tcs_code search_end_record(const struct tcs_log *log, uint8_t *window, struct tcs_err *err)
{
    struct evt_log *x = log->state;
    for (uint64_t at = EVT_HEADER; at < x->ring_end;) {
        size_t got;
        enum tcs_code code = evt_ring_read(log, at, window, WINDOW, &got, err);
        if (code != TCS_OK || got < END_RECORD)
            return code;
        size_t most = got - END_RECORD;
        if (most > x->ring_end - at - 4)
            most = (size_t)(x->ring_end - at - 4);
        for (size_t i = 0; i <= most; i += 4) {
            if (tcs_le32(window + i) != END_LEN || !is_end_record(x, window + i, at + i))
                continue;
            if (!x->has_end || tcs_le32(window + i + 28) > x->next)
                use_end_record(x, window + i, at + i);
        }
        at += most + 4;
    }
    return TCS_OK;
}

bool evt_is_record(const uint8_t *p, size_t len)
{
    if (len < EVT_RECORD_LEAST || tcs_le32(p + 4) != EVT_MAGIC)
        return false;
    uint32_t size = tcs_le32(p);
    if (size < EVT_RECORD_LEAST || size > EVT_RECORD_MOST || size % 4 || size > len ||
        tcs_le32(p + size - 4) != size)
        return false;
    /* Behind a record stands the length of the next, so this "copy" is one: the record was cut and overlaps
     * it. */
    if (len - size >= 4 && tcs_le32(p + size) == EVT_MAGIC)
        return false;
    uint32_t body = size - 4;
    uint32_t sid_len = tcs_le32(p + OFF_SID_LEN);
    return tcs_le32(p + 36) <= body && (sid_len == 0 || tcs_in_range(tcs_le32(p + 44), sid_len, body)) &&
           tcs_in_range(tcs_le32(p + 52), tcs_le32(p + 48), body);
}

/*
 * A log whose end record is lost: the place where the record numbers fall is
 * where the ring was written last.
 */
static enum tcs_code guess_begin(const struct tcs_log *log, uint8_t *window, struct tcs_err *err)
{
    struct evt_log *x = log->state;
    uint32_t last = 0;
    bool any = false;
    x->begin = EVT_HEADER;
    x->end = x->ring_end;
    for (uint64_t at = EVT_HEADER; at < x->ring_end;) {
        size_t got;
        enum tcs_code code = evt_ring_read(log, at, window, WINDOW, &got, err);
        if (code != TCS_OK || got < EVT_RECORD_LEAST)
            return code;
        size_t i = 0;
        while (i + EVT_RECORD_LEAST <= got && at + i < x->ring_end) {
            bool hit = evt_is_record(window + i, got - i);
            uint32_t number = hit ? tcs_le32(window + i + OFF_NUMBER) : 0;
            if (hit && any && number < last)
                x->begin = at + i;
            last = hit ? number : last;
            any = any || hit;
            i += hit ? tcs_le32(window + i) : 4;
            if (!hit && got - i < EVT_RECORD_MOST && got == WINDOW)
                break; /* maybe a record that the window cuts: look again with more of it */
        }
        at += i ? i : 4;
    }
    return TCS_OK;
}

static bool header_is_sound(const uint8_t *h)
{
    return tcs_le32(h) == EVT_HEADER && tcs_le32(h + 4) == EVT_MAGIC && tcs_le32(h + 44) == EVT_HEADER;
}

static bool is_audit(const uint8_t *record)
{
    unsigned type = tcs_le16(record + OFF_TYPE);
    return type == 8 || type == 16;
}

static bool is_by_security(const uint8_t *record)
{
    static const uint8_t source[] = {'S', 0, 'e', 0, 'c', 0, 'u', 0, 'r', 0, 'i', 0, 't', 0, 'y', 0, 0, 0};
    return tcs_le32(record) >= EVT_FIXED + sizeof source + 4 &&
           memcmp(record + EVT_FIXED, source, sizeof source) == 0;
}

/*
 * Looks at the first records to tell whether this is a security log: audits
 * of the source Security and nothing else, as no other log is. A few others
 * do not count: one flipped bit must not make all of it worth nothing.
 */
static void look_at_types(const struct tcs_log *log, uint8_t *window)
{
    struct evt_log *x = log->state;
    size_t got, all = 0, audits = 0;
    x->is_security = false;
    if (evt_ring_read(log, x->begin, window, WINDOW, &got, NULL) != TCS_OK)
        return;
    for (size_t i = 0; i + EVT_RECORD_LEAST <= got;) {
        if (!evt_is_record(window + i, got - i)) {
            i += 4;
            continue;
        }
        all++;
        audits += is_audit(window + i) && is_by_security(window + i);
        i += tcs_le32(window + i);
    }
    x->is_security = all > 0 && audits >= all - all / 2;
}

static enum tcs_code find_bounds(struct tcs_log *log, const uint8_t *header, uint8_t *window,
                                 struct tcs_err *err)
{
    struct evt_log *x = log->state;
    uint8_t end[END_RECORD];
    bool sound = header_is_sound(header);
    if (sound && end_record_at(log, tcs_le32(header + 20), end) && !(header[36] & FLAG_DIRTY)) {
        use_end_record(x, end, tcs_le32(header + 20));
        return TCS_OK;
    }
    log->damage[sound ? TCS_DAMAGE_STALE : TCS_DAMAGE_HEADER]++;
    enum tcs_code code = search_end_record(log, window, err);
    if (code != TCS_OK || x->has_end)
        return code;
    log->damage[TCS_DAMAGE_TRUNCATED]++;
    return guess_begin(log, window, err);
}

/* Finds the bounds of the file as it is, and goes to its oldest record. */
static enum tcs_code look_at_log(struct tcs_log *log, uint8_t *window, struct tcs_err *err)
{
    struct evt_log *x = log->state;
    *x = (struct evt_log){0};
    /* Offsets in the format have 32 bits. */
    uint64_t size = log->reader.size < UINT32_MAX ? log->reader.size : UINT32_MAX;
    x->ring_end = size & ~UINT64_C(3);
    uint8_t header[EVT_HEADER] = {0};
    size_t got;
    enum tcs_code code = tcs_log_read(log, 0, header, sizeof header, &got, err);
    bool is_sound = code == TCS_OK && header_is_sound(header);
    log->is_full = is_sound && (header[OFF_FLAGS] & FLAG_FULL);
    log->keeps_old = is_sound && tcs_le32(header + OFF_RETENTION) != 0;
    if (code == TCS_OK && x->ring_end <= EVT_HEADER)
        log->damage[TCS_DAMAGE_TRUNCATED]++; /* even an empty log has an end record */
    else if (code == TCS_OK)
        code = find_bounds(log, header, window, err);
    if (code == TCS_OK && x->ring_end > EVT_HEADER) {
        x->pos = x->begin;
        x->left = x->end >= x->begin ? x->end - x->begin : x->ring_end - x->begin + x->end - EVT_HEADER;
        if (!x->has_end)
            x->left = x->ring_end - EVT_HEADER;
        x->searching = !x->has_end;
        look_at_types(log, window);
    }
    return code;
}

static enum tcs_code open_log(struct tcs_log *log, struct tcs_err *err)
{
    uint8_t *window = malloc(WINDOW);
    if (log->state == NULL)
        log->state = tcs_arena_alloc(&log->arena, sizeof(struct evt_log));
    enum tcs_code code = TCS_OK;
    if (log->state == NULL || window == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to open a log");
    else
        code = look_at_log(log, window, err);
    free(window);
    return code;
}

/* ---- for the tail ---- */

struct evt_bounds evt_log_bounds(const struct tcs_log *log)
{
    const struct evt_log *x = log->state;
    return (struct evt_bounds){x->ring_end, x->begin, x->end, x->oldest, x->next, x->has_end};
}

enum tcs_code evt_log_find_bounds(struct tcs_log *log, struct tcs_err *err)
{
    return open_log(log, err);
}

bool evt_log_take_end(struct tcs_log *log, uint64_t at)
{
    uint8_t end[END_RECORD];
    bool is_there = end_record_at(log, at, end);
    if (is_there)
        use_end_record(log->state, end, at);
    return is_there;
}

void evt_log_seek(struct tcs_log *log, uint64_t from, uint64_t to)
{
    struct evt_log *x = log->state;
    x->pos = from;
    x->left = to > from ? to - from : x->ring_end - from + to - EVT_HEADER;
    x->searching = x->in_slack = false;
}

/* ---- the walk: which bytes of the window are records ---- */

struct walk {
    const struct tcs_log *log;
    struct evt_log *x;
    struct tcs_unit *u;
    struct evt_extent *extents;
    size_t count, cap;
    size_t i;     /* next byte in the window */
    size_t len;   /* bytes of the window */
    size_t wrap;  /* index in the window where the ring starts again; SIZE_MAX if it does not */
    size_t moved; /* by how much the record at i was moved up in the window, see join_filled */
    bool is_last; /* the window reaches the end of what is to be walked */
};

static uint64_t physical(const struct walk *w, size_t i)
{
    uint64_t at = w->x->pos + i;
    return at < w->x->ring_end ? at : at - w->x->ring_end + EVT_HEADER;
}

static bool note(struct walk *w, size_t pos, uint32_t len, enum tcs_damage damage)
{
    if (w->count == w->cap)
        return false;
    w->extents[w->count++] = (struct evt_extent){
        .pos = (uint32_t)pos,
        .len = len,
        .offset = physical(w, pos - w->moved),
        .state = w->x->in_slack    ? TCS_STATE_SLACK
                 : w->x->searching ? TCS_STATE_RECOVERED
                                   : 0,
        .in_security_log = w->x->is_security && (len == 0 || is_audit(w->u->bytes + pos)),
        .damage = damage,
    };
    return true;
}

/* A stale copy of a live record, left behind when the ring grew. */
static bool is_twin(const struct walk *w, const uint8_t *record)
{
    uint32_t number = tcs_le32(record + OFF_NUMBER);
    return w->x->in_slack && number - w->x->oldest < w->x->next - w->x->oldest;
}

static void take_record(struct walk *w)
{
    const uint8_t *p = w->u->bytes + w->i;
    uint32_t len = tcs_le32(p);
    if (!is_twin(w, p))
        note(w, w->i, len, TCS_DAMAGE_RECORD);
    w->x->searching = w->x->searching && w->x->has_end ? false : w->x->searching;
    w->i += len;
}

/*
 * A record may be cut at the end of the file after its fixed part, the rest
 * of the file filled, and continue at the start of the ring. Moves the fixed
 * part to where the rest is; true if that makes a record.
 */
static bool join_filled(struct walk *w)
{
    if (w->wrap == SIZE_MAX || w->i + EVT_FIXED > w->wrap || w->i >= w->wrap)
        return false;
    for (size_t k = w->i + EVT_FIXED; k + 4 <= w->wrap; k += 4)
        if (tcs_le32(w->u->bytes + k) != EVT_FILLER)
            return false;
    size_t to = w->wrap - EVT_FIXED;
    uint8_t fixed[EVT_FIXED];
    memcpy(fixed, w->u->bytes + w->i, EVT_FIXED);
    uint8_t before[EVT_FIXED];
    memcpy(before, w->u->bytes + to, EVT_FIXED);
    memcpy(w->u->bytes + to, fixed, EVT_FIXED);
    if (evt_is_record(w->u->bytes + to, w->len - to)) {
        w->moved = to - w->i;
        w->i = to;
        return true;
    }
    memcpy(w->u->bytes + to, before, EVT_FIXED);
    return false;
}

/* Filler dwords up to the end of the file: the next record stands at the start of the ring. */
static bool skip_filler(struct walk *w)
{
    if (w->wrap == SIZE_MAX || w->i >= w->wrap || w->wrap - w->i >= EVT_FIXED ||
        tcs_le32(w->u->bytes + w->i) != EVT_FILLER)
        return false;
    w->i = w->wrap;
    return true;
}

/* Bytes from the present place to where the ring starts again, or to the window's end. */
static size_t room(const struct walk *w)
{
    return (w->wrap != SIZE_MAX && w->i < w->wrap ? w->wrap : w->len) - w->i;
}

/* True if the head of a record stands at the present place. */
static bool is_record_head(const struct walk *w)
{
    const uint8_t *p = w->u->bytes + w->i;
    return w->len - w->i >= EVT_FIXED && tcs_le32(p + 4) == EVT_MAGIC && tcs_le32(p) >= EVT_RECORD_LEAST &&
           tcs_le32(p) <= EVT_RECORD_MOST && tcs_le32(p) % 4 == 0;
}

/* The end of a file that lost its end: the record that was cut there. */
static bool is_cut_off(const struct walk *w)
{
    return !w->x->has_end && is_record_head(w) && tcs_le32(w->u->bytes + w->i) > room(w);
}

/*
 * Something that is no whole record: either the beginning of one, which was
 * being written when the file was copied and of which the bytes up to the next
 * page edge are sure to be its own, or anything.
 */
static void take_damage(struct walk *w)
{
    size_t trusted = EVT_PAGE - physical(w, w->i) % EVT_PAGE;
    bool is_torn = is_record_head(w) && trusted >= EVT_FIXED && room(w) >= EVT_FIXED;
    if (trusted > room(w))
        trusted = room(w);
    if (!note(w, w->i, is_torn ? (uint32_t)trusted : 0, is_torn ? TCS_DAMAGE_TORN : TCS_DAMAGE_RECORD))
        return;
    if (is_torn)
        w->extents[w->count - 1].state |= TCS_STATE_TORN;
}

/*
 * Walks the window as far as records are whole. What may only be cut by the
 * window's end is left for the next one.
 */
static void walk_window(struct walk *w)
{
    while (w->i + 4 <= w->len && w->count + 1 < w->cap) {
        const uint8_t *p = w->u->bytes + w->i;
        size_t left = w->len - w->i;
        if (evt_is_record(p, left)) {
            take_record(w);
            continue;
        }
        if (skip_filler(w))
            continue;
        if (join_filled(w)) {
            take_record(w);
            w->moved = 0;
            continue;
        }
        bool may_be_cut = !w->is_last && left < EVT_RECORD_MOST + EVT_FIXED;
        if (may_be_cut)
            return;
        if (!w->x->in_slack && (!w->x->searching || is_cut_off(w)))
            take_damage(w);
        w->x->searching = true;
        w->i += 4;
    }
    if (w->is_last && w->i + 4 > w->len)
        w->i = w->len;
}

/* When the live records are through: the rest of the ring, if somebody wants slack. */
static bool start_slack(const struct tcs_log *log)
{
    struct evt_log *x = log->state;
    if (!log->slack || x->in_slack || !x->has_end)
        return false;
    x->in_slack = true;
    x->searching = true;
    x->pos = x->end + END_RECORD < x->ring_end ? x->end + END_RECORD : EVT_HEADER;
    x->left = x->pos <= x->begin ? x->begin - x->pos : x->ring_end - x->pos + x->begin - EVT_HEADER;
    return x->left > 0;
}

static bool make_window_room(struct tcs_unit *u)
{
    if (u->cap >= WINDOW)
        return true;
    uint8_t *bytes = realloc(u->bytes, WINDOW);
    if (bytes == NULL)
        return false;
    u->bytes = bytes;
    u->cap = WINDOW;
    return true;
}

static enum tcs_code next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err)
{
    struct evt_log *x = log->state;
    if (x->left == 0 && !start_slack(log))
        return TCS_END;
    if (!make_window_room(u)) {
        x->left = 0;
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a log");
    }
    size_t len = x->left < WINDOW ? (size_t)x->left : WINDOW;
    enum tcs_code code = evt_ring_read(log, x->pos, u->bytes, len, &u->file_len, err);
    if (code == TCS_OK && u->file_len < len)
        code = tcs_fail(err, TCS_IO, x->pos, "the file has become shorter while it was read");
    if (code != TCS_OK) {
        x->left = 0;
        return code;
    }
    u->len = len;
    u->offset = x->pos;
    struct walk w = {.log = log, .x = x, .u = u, .len = len, .wrap = SIZE_MAX, .is_last = len == x->left};
    if (x->ring_end - x->pos < len)
        w.wrap = (size_t)(x->ring_end - x->pos);
    w.cap = len / EVT_RECORD_LEAST + 2;
    w.extents = tcs_arena_array(&u->arena, w.cap, sizeof *w.extents);
    if (w.extents == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a log");
    walk_window(&w);
    u->index = w.extents;
    u->index_count = w.count;
    x->pos = physical(&w, w.i);
    x->left -= w.i;
    return TCS_OK;
}

const struct tcs_format_ops tcs_evt_format = {
    .format = TCS_FORMAT_EVT,
    .name = "evt",
    .probe = probe,
    .open = open_log,
    .next_unit = next_unit,
    .decoder_new = evt_decoder_new,
    .decoder_free = evt_decoder_free,
    .begin = evt_decoder_begin,
    .next = evt_decoder_next,
};
