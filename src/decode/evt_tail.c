#include "decode/evt.h"
#include "decode/tail.h"

#include <stdlib.h>

/*
 * The tail of an .evt log. The end record stands behind the newest record and
 * is written anew after each; the next record will begin where it stands.
 * So what is new lies between its old place and its new one, and numbers and
 * times of records tell whether the log is still the same.
 */

enum { WINDOW = 5 * TCS_UNIT_STEP, OFF_NUMBER = 8, OFF_WRITTEN = 16 };

struct evt_tail {
    struct tcs_tail tail;
    uint8_t *window;      /* owned */
    bool is_known;        /* bounds and pos are those of the file at the last look */
    uint64_t size;        /* of the file then */
    bool searched;        /* the whole ring was searched for its end, ... */
    uint64_t searched_ms; /* ... then */
    uint64_t pos;         /* where the next record begins, once is_known */
    bool is_filtered;     /* units may hold records that were handed out: drop them */
    bool is_delivering;   /* the log still has units of what was found */
    uint64_t deliver_to;  /* where they end */
    bool is_stuck;        /* the record at pos is not whole */
    uint64_t stuck_pos, stuck_since;
};

static struct tcs_mark mark_at(const uint8_t *record)
{
    return (struct tcs_mark){tcs_le32(record + OFF_NUMBER), tcs_time_of_unix(tcs_le32(record + OFF_WRITTEN))};
}

static bool same_mark(struct tcs_mark a, struct tcs_mark b)
{
    return a.number == b.number && a.written.ticks == b.written.ticks;
}

static bool is_settled(const struct tcs_tail_look *look)
{
    return look->unchanged_ms >= look->settle_ms;
}

/* ---- a walk over whole records ---- */

struct walk {
    struct evt_tail *t;
    struct evt_bounds bounds;
    uint64_t pos;  /* in the file, of the window's first byte */
    size_t i, len; /* in the window */
    uint64_t left; /* bytes of the ring that the walk may still cover, from pos on */
    enum tcs_code code;
};

static uint64_t place_in_ring(const struct walk *w, uint64_t pos)
{
    return pos < w->bounds.ring_end ? pos : pos - w->bounds.ring_end + EVT_HEADER;
}

static uint64_t walk_place(const struct walk *w)
{
    return place_in_ring(w, w->pos + w->i);
}

static void walk_load(struct walk *w, struct tcs_err *err)
{
    w->pos = walk_place(w);
    w->left -= w->i;
    w->i = 0;
    size_t len = w->left < WINDOW ? (size_t)w->left : WINDOW;
    w->code = evt_ring_read(w->t->tail.log, w->pos, w->t->window, len, &w->len, err);
}

/* From the record at `from` on, once around the ring at most. */
static struct walk walk_from(struct evt_tail *t, uint64_t from, struct tcs_err *err)
{
    struct walk w = {.t = t, .bounds = evt_log_bounds(t->tail.log), .pos = from};
    w.left = w.bounds.ring_end - EVT_HEADER;
    walk_load(&w, err);
    return w;
}

/* The whole record at the walk's place, or NULL. Steps over the filler at the end of the file. */
static const uint8_t *walk_record(struct walk *w, struct tcs_err *err)
{
    if (w->len - w->i < EVT_RECORD_MOST && w->left > w->len)
        walk_load(w, err);
    uint64_t at = walk_place(w);
    uint64_t before_wrap = w->bounds.ring_end - at;
    if (before_wrap < EVT_FIXED && w->len - w->i > before_wrap &&
        (before_wrap < 4 || tcs_le32(w->t->window + w->i) == EVT_FILLER))
        w->i += (size_t)before_wrap;
    const uint8_t *p = w->t->window + w->i;
    return w->code == TCS_OK && evt_is_record(p, w->len - w->i) ? p : NULL;
}

static void walk_step(struct walk *w, const uint8_t *record)
{
    w->i += tcs_le32(record);
}

/* A record with pages between its first and its last one proves nothing about these. */
static bool has_inner_page(const struct walk *w, const uint8_t *record)
{
    uint64_t at = walk_place(w);
    return (at + tcs_le32(record) - 1) / EVT_PAGE - at / EVT_PAGE > 1;
}

/* ---- what the log is now ---- */

/* True if a record of ours still stands where it stood. */
static bool stands(struct evt_tail *t, struct tcs_mark mark, uint64_t at, uint64_t *behind)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    if (at < EVT_HEADER || at >= b.ring_end || at % 4)
        return false;
    struct walk w = walk_from(t, at, NULL);
    const uint8_t *record = walk_record(&w, NULL);
    if (record == NULL || !same_mark(mark_at(record), mark))
        return false;
    walk_step(&w, record);
    *behind = walk_place(&w);
    return true;
}

/* Looks for the record among the live ones. */
static bool find_mark(struct evt_tail *t, struct tcs_mark mark, uint64_t *at, uint64_t *behind)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    if (!b.has_end || mark.number < b.oldest || mark.number >= b.next)
        return false;
    struct walk w = walk_from(t, b.begin, NULL);
    for (;;) {
        const uint8_t *record = walk_record(&w, NULL);
        if (record == NULL || mark_at(record).number > mark.number)
            return false;
        *at = walk_place(&w);
        walk_step(&w, record);
        *behind = walk_place(&w);
        if (same_mark(mark_at(record), mark))
            return true;
    }
}

/* The oldest live record. */
static struct tcs_mark oldest_of(struct evt_tail *t)
{
    struct walk w = walk_from(t, evt_log_bounds(t->tail.log).begin, NULL);
    const uint8_t *record = walk_record(&w, NULL);
    return record ? mark_at(record) : (struct tcs_mark){evt_log_bounds(t->tail.log).oldest};
}

/* Reading goes on at pos. */
static enum tcs_code go_on(struct evt_tail *t, uint64_t pos)
{
    t->is_known = true;
    t->pos = pos;
    t->is_filtered = false;
    t->tail.in_doubt = false;
    return TCS_OK;
}

/* An older record of ours is there and the newest is not: everything up to its time was read. */
static enum tcs_code went_back(struct evt_tail *t, struct tcs_mark mark, struct tcs_tail_news *news)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    struct tcs_mark newest = mark;
    uint64_t at = 0, pos = b.end;
    struct walk w = walk_from(t, b.begin, NULL);
    for (const uint8_t *record; (record = walk_record(&w, NULL)) != NULL; walk_step(&w, record)) {
        struct tcs_mark here = mark_at(record);
        if (here.number >= b.next)
            break;
        pos = walk_place(&w);
        if (here.number > mark.number && tcs_time_before(t->tail.place.last.written, here.written))
            break;
        at = pos;
        newest = here;
        pos = place_in_ring(&w, pos + tcs_le32(record));
    }
    tcs_tail_say(news, TCS_FACT_WENT_BACK);
    tcs_tail_place_move(&t->tail.place, newest, at);
    return go_on(t, pos);
}

/* The bounds are known; what do they mean for what was read? AGAIN: nothing that can be said now. */
static enum tcs_code judge(struct evt_tail *t, const struct tcs_tail_look *look, struct tcs_tail_news *news)
{
    struct tcs_tail_place *place = &t->tail.place;
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    uint64_t at = place->offset, pos;
    bool same_place = place->last.number && stands(t, place->last, at, &pos);
    if (place->last.number == 0)
        return go_on(t, b.begin);
    if (same_place &&
        b.next <= place->last.number) /* an end record of old: the newest one is not written yet */
        return TCS_AGAIN;
    if (b.oldest <= place->last.number && place->last.number < b.next &&
        (same_place || find_mark(t, place->last, &at, &pos))) {
        place->offset = at;
        return go_on(t, pos);
    }
    bool follows = b.oldest == place->last.number + 1;
    if (!follows && !tcs_tail_may_judge(&t->tail, look, look->settle_ms))
        return TCS_AGAIN;
    if (b.oldest > place->last.number) {
        tcs_tail_say_lost(news, place->last, oldest_of(t));
        tcs_tail_place_renew(place, false);
        go_on(t, b.begin);
        t->is_filtered = true; /* what the end record says and what is there may differ */
        return TCS_OK;
    }
    for (uint32_t i = place->mark_count; i > 0; i--)
        if (find_mark(t, place->marks[i - 1], &at, &pos))
            return went_back(t, place->marks[i - 1], news);
    /* A log that was cleared begins with number 1 again. */
    tcs_tail_say(news, b.oldest <= 1 ? TCS_FACT_CLEARED : TCS_FACT_RESTARTED);
    tcs_tail_place_renew(place, true);
    return go_on(t, b.begin);
}

/*
 * A log whose end record cannot be found: somebody is writing it, or it was cut.
 * When that lasts, it is read as far as it goes.
 */
static enum tcs_code read_without_end(struct evt_tail *t, const struct tcs_tail_look *look,
                                      struct tcs_tail_news *news)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    bool is_first = t->tail.place.last.number == 0;
    uint32_t wait = is_first ? look->settle_ms : look->wait_ms;
    if (b.ring_end <= EVT_HEADER || t->is_known || !tcs_tail_may_judge(&t->tail, look, wait))
        return TCS_AGAIN;
    if (!is_first)
        tcs_tail_say(news, TCS_FACT_TRUNCATED);
    t->is_known = true; /* until it changes */
    t->tail.in_doubt = false;
    t->is_filtered = !is_first;
    t->is_delivering = true;
    t->deliver_to = 0;
    return TCS_OK;
}

/* Finds the new bounds: behind the old end if the log simply went on there, else by all of it. */
static enum tcs_code find_end(struct evt_tail *t, const struct tcs_tail_look *look, struct tcs_err *err)
{
    if (t->is_known && t->size == t->tail.log->reader.size) {
        struct walk w = walk_from(t, t->pos, err);
        for (const uint8_t *record; (record = walk_record(&w, err)) != NULL; walk_step(&w, record))
            if (mark_at(record).number <= t->tail.place.last.number)
                break;
        if (w.code != TCS_OK)
            return w.code;
        if (evt_log_take_end(t->tail.log, walk_place(&w)))
            return TCS_OK;
    }
    /* The search reads all of the file: not again and again while it stays as it is. */
    bool is_same = t->searched && !look->changed && t->size == t->tail.log->reader.size;
    if (is_same && !t->is_known && look->now_ms - t->searched_ms < look->settle_ms)
        return TCS_OK;
    t->is_known = false;
    t->size = t->tail.log->reader.size;
    t->searched = true;
    t->searched_ms = look->now_ms;
    return evt_log_find_bounds(t->tail.log, err);
}

/* ---- handing out ---- */

/* How far the records from pos on are whole and follow each other; *done if that is all. */
static uint64_t whole_until(struct evt_tail *t, const struct tcs_tail_look *look, bool *done,
                            struct tcs_err *err)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    struct walk w = walk_from(t, t->pos, err);
    uint64_t before = 0;
    while (walk_place(&w) != b.end) {
        const uint8_t *record = walk_record(&w, err);
        if (record == NULL && walk_place(&w) == b.end)
            break;
        uint64_t number = record ? mark_at(record).number : 0;
        bool follows = record && (before == 0 || number == before + 1) && number < b.next;
        if (!follows || (has_inner_page(&w, record) && !is_settled(look)))
            break;
        before = number;
        walk_step(&w, record);
    }
    *done = walk_place(&w) == b.end;
    return walk_place(&w);
}

static bool is_overdue(struct evt_tail *t, const struct tcs_tail_look *look, uint64_t pos)
{
    if (!t->is_stuck || t->stuck_pos != pos) {
        t->is_stuck = true;
        t->stuck_pos = pos;
        t->stuck_since = look->now_ms;
    }
    return look->unchanged_ms >= look->wait_ms || look->now_ms - t->stuck_since >= look->wait_ms;
}

/* Decides which part of the ring is handed out now. AGAIN: none. */
static enum tcs_code choose(struct evt_tail *t, const struct tcs_tail_look *look, struct tcs_tail_news *news,
                            struct tcs_err *err)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    if (t->pos == b.end)
        return TCS_AGAIN;
    bool done;
    uint64_t to = whole_until(t, look, &done, err);
    t->is_stuck = t->is_stuck && !done;
    if (to == t->pos && !done) {
        if (!is_overdue(t, look, to))
            return TCS_AGAIN;
        t->is_stuck = false;
        to = b.end;
        struct tcs_source_fact *fact = tcs_tail_say(news, TCS_FACT_TORN);
        fact->after = t->tail.place.last.number;
        fact->from = t->tail.place.last.written;
    }
    evt_log_seek(t->tail.log, t->pos, to);
    t->is_delivering = true;
    t->deliver_to = to;
    return TCS_OK;
}

/* Takes out of the unit what was handed out before; moves the place. True if something is left. */
static bool settle_unit(struct evt_tail *t, struct tcs_unit *u)
{
    struct evt_extent *kept = tcs_arena_array(&u->arena, u->index_count, sizeof *kept);
    const struct evt_extent *extents = u->index;
    size_t count = 0;
    uint64_t last = t->tail.place.last.number;
    for (size_t i = 0; kept && i < u->index_count; i++) {
        const struct evt_extent *x = &extents[i];
        bool is_whole = x->len && !(x->state & TCS_STATE_TORN);
        struct tcs_mark mark = is_whole ? mark_at(u->bytes + x->pos) : (struct tcs_mark){0};
        if (t->is_filtered && (!is_whole || mark.number <= last))
            continue;
        kept[count++] = *x;
        if (is_whole && (mark.number > t->tail.place.last.number || !t->is_filtered))
            tcs_tail_place_move(&t->tail.place, mark, x->offset);
    }
    u->index = kept;
    u->index_count = count;
    return count > 0;
}

/* The next unit of what was chosen. AGAIN: it is through. */
static enum tcs_code deliver(struct evt_tail *t, struct tcs_unit *u, struct tcs_err *err)
{
    for (;;) {
        enum tcs_code code = t->tail.log->ops->next_unit(t->tail.log, u, err);
        if (code == TCS_END) {
            t->is_delivering = false;
            t->pos = t->deliver_to ? t->deliver_to : t->pos;
            return TCS_AGAIN;
        }
        if (code != TCS_OK) {
            t->is_delivering = t->is_known = false;
            return code;
        }
        if (settle_unit(t, u))
            return TCS_OK;
        tcs_arena_reset(&u->arena);
    }
}

static enum tcs_code find_news(struct evt_tail *t, const struct tcs_tail_look *look,
                               struct tcs_tail_news *news, struct tcs_err *err)
{
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    bool is_quiet = t->is_known && !t->tail.in_doubt && !look->changed && t->size == t->tail.log->reader.size;
    if (is_quiet && t->pos == b.end && evt_log_take_end(t->tail.log, b.end) &&
        evt_log_bounds(t->tail.log).next == b.next)
        return TCS_AGAIN;
    if (is_quiet && !b.has_end)
        return TCS_AGAIN;
    enum tcs_code code = find_end(t, look, err);
    if (code == TCS_OK && !evt_log_bounds(t->tail.log).has_end)
        return read_without_end(t, look, news);
    /* Only a record of ours in its place shows that the log is still the same. */
    if (code == TCS_OK)
        code = judge(t, look, news);
    return code == TCS_OK ? choose(t, look, news, err) : code;
}

static bool make_window(struct evt_tail *t)
{
    if (t->window == NULL)
        t->window = malloc(WINDOW);
    return t->window != NULL;
}

static bool holds(struct tcs_tail *tail, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset)
{
    struct evt_tail *t = (struct evt_tail *)tail;
    uint64_t behind;
    (void)scratch;
    return make_window(t) && find_mark(t, mark, offset, &behind);
}

static enum tcs_code next(struct tcs_tail *tail, const struct tcs_tail_look *look, struct tcs_unit *u,
                          struct tcs_tail_news *news, struct tcs_err *err)
{
    struct evt_tail *t = (struct evt_tail *)tail;
    if (!make_window(t))
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
    enum tcs_code code = t->is_delivering ? deliver(t, u, err) : TCS_AGAIN;
    if (code != TCS_AGAIN)
        return code;
    code = find_news(t, look, news, err);
    if (code == TCS_OK)
        code = deliver(t, u, err);
    t->tail.is_waiting = t->is_stuck || t->tail.in_doubt;
    struct evt_bounds b = evt_log_bounds(t->tail.log);
    t->tail.behind = t->is_delivering && b.end > t->pos ? b.end - t->pos : 0;
    return code;
}

static void done(struct tcs_tail *tail)
{
    free(((struct evt_tail *)tail)->window);
}

const struct tcs_tail_ops tcs_evt_tail = {
    .format = TCS_FORMAT_EVT,
    .size = sizeof(struct evt_tail),
    .done = done,
    .next = next,
    .holds = holds,
};
