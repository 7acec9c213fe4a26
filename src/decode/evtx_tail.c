#include "decode/evtx_tail.h"

#include "base/crc32.h"

#include <stdlib.h>

/*
 * When is a record whole? A log that is being written is seen page by page, and
 * in any order: the head of a chunk may be newer than its records, or older.
 *
 * If the checksum over the records fits, all of them are whole. If not, a
 * record whose two sizes agree has its first and its last page, so it is whole if
 * there is no page between them; one with pages between is believed once the
 * file is at rest. A record of an older round of the ring may stand behind
 * the last new one; its number does not follow.
 */

enum { FILE_HEAD = 128, CHUNK_HEAD = 512, NEXT_HEAD = 52 };

/* What is being put into a unit. */
struct filling {
    struct evtx_tail *t;
    const struct tcs_tail_look *look;
    struct tcs_unit *u;
    struct evtx_window *windows;
    size_t count, most;
    struct tcs_tail_news *news;
    struct tcs_err *err;
};

/* How far the records of a chunk can be handed out. */
struct reach {
    uint32_t end;
    bool is_done;     /* there are no further ones */
    bool is_doubtful; /* not all checksums fit */
};

static bool is_settled(const struct tcs_tail_look *look)
{
    return look->unchanged_ms >= look->settle_ms;
}

static uint32_t size_at(const uint8_t *chunk, uint32_t pos)
{
    return tcs_le32(chunk + pos + 4);
}

/* before: the number of the record before pos; strict: the next one must follow it. */
static struct reach how_far(const uint8_t *chunk, uint32_t pos, uint64_t before, bool strict, bool settled)
{
    uint32_t end = evtx_chunk_free_space(chunk);
    if (pos >= end || evtx_chunk_is_whole(chunk))
        return (struct reach){.end = pos > end ? pos : end, .is_done = true};
    while (evtx_record_is_whole(chunk, pos, end)) {
        uint32_t size = size_at(chunk, pos);
        bool has_inner_page = (pos + size - 1) / EVTX_PAGE - pos / EVTX_PAGE > 1;
        uint64_t number = evtx_tail_mark(chunk, pos).number;
        bool follows = strict ? number == before + 1 : number > before;
        if (!follows || (has_inner_page && !settled))
            break;
        before = number;
        pos += size;
    }
    return (struct reach){.end = pos, .is_done = pos == end, .is_doubtful = settled && pos == end};
}

/* ---- waiting ---- */

/* The head of the chunk that would follow in the ring, if it is newer than ours. False if there is none. */
static bool probe_slot(const struct evtx_tail *t, uint64_t index, struct evtx_planned *out)
{
    uint8_t head[NEXT_HEAD];
    size_t got;
    struct evtx_planned found = {.index = index};
    bool is_newer =
        index < evtx_tail_chunks(t) && index != t->chunk.index &&
        tcs_log_read(t->tail.log, evtx_tail_offset(index), head, sizeof head, &got, NULL) == TCS_OK &&
        got == sizeof head && evtx_chunk_first_id(head, &found.first) &&
        evtx_chunk_free_space(head) > EVTX_CHUNK_HEADER && found.first > t->tail.place.last.number;
    if (is_newer)
        *out = found;
    return is_newer;
}

/* The chunk to be read after the present one. A ring goes on behind it, or at the start of the file. */
static bool find_next(const struct evtx_tail *t, struct evtx_planned *out)
{
    if (t->plan_at < t->plan_count) {
        *out = t->plan[t->plan_at];
        return true;
    }
    struct evtx_planned first;
    bool has_second = t->has_chunk && probe_slot(t, t->chunk.index + 1, out);
    bool has_first = t->has_chunk && probe_slot(t, 0, &first);
    if (has_first && (!has_second || first.first < out->first))
        *out = first;
    return has_first || has_second;
}

/* True if the record at pos has not become whole for too long. */
static bool is_overdue(struct evtx_tail *t, const struct tcs_tail_look *look, uint32_t pos)
{
    struct evtx_planned next;
    if (!t->is_stuck || t->stuck_chunk != t->chunk.index || t->stuck_pos != pos) {
        t->is_stuck = true;
        t->stuck_chunk = t->chunk.index;
        t->stuck_pos = pos;
        t->stuck_since = look->now_ms;
    }
    /* With a later chunk the writer is done with this one, but its pages may come late while it writes on. */
    bool has_later = find_next(t, &next);
    uint64_t most = has_later ? (uint64_t)look->settle_ms * TCS_TAIL_PATIENCE : look->wait_ms;
    return look->unchanged_ms >= (has_later ? look->settle_ms : look->wait_ms) ||
           look->now_ms - t->stuck_since >= most;
}

/* What a window holds. */
struct contents {
    uint64_t whole;        /* records; torn ones are left out */
    struct tcs_mark last;  /* the highest number */
    struct tcs_mark timed; /* the highest before that with a time: an export's last record has none */
    uint32_t at;           /* chunk-relative place of `last` */
};

static struct contents look_into(const uint8_t *chunk, const struct evtx_window *window)
{
    struct tcs_read_stats stats = {0};
    struct evtx_chunk walk;
    struct evtx_extent extent;
    struct evtx_window quiet = *window;
    quiet.is_doubtful = false;
    evtx_chunk_begin_window(&walk, chunk, &quiet, &stats, NULL);
    struct contents found = {0};
    for (;;) {
        enum tcs_code code = evtx_chunk_next(&walk, &extent, NULL);
        if (code == TCS_END)
            return found;
        if (code != TCS_OK || (extent.state & TCS_STATE_TORN))
            continue;
        struct tcs_mark mark = evtx_tail_mark(chunk, extent.pos);
        bool is_highest = mark.number >= found.last.number || found.whole == 0;
        found.whole++;
        if (!is_highest)
            continue;
        if (!tcs_time_is_unset(found.last.written))
            found.timed = found.last;
        found.last = mark;
        found.at = extent.pos;
    }
}

/* Says how many records of the window are given up, as far as the chunk's head tells. */
static void say_torn(const struct filling *f, const uint8_t *chunk, const struct evtx_window *window)
{
    struct tcs_mark before = f->t->tail.place.last;
    uint64_t whole = look_into(chunk, window).whole;
    uint64_t claimed = tcs_le64(chunk + 32);
    uint64_t expected = claimed >= before.number ? claimed - before.number : 0;
    struct tcs_source_fact *fact = tcs_tail_say(f->news, TCS_FACT_TORN);
    fact->has_count = before.number > 0 && expected > whole && expected < EVTX_CHUNK / EVTX_RECORD_LEAST;
    fact->count = fact->has_count ? expected - whole : 0;
    fact->after = before.number;
    fact->from = before.written;
}

/* ---- reading ---- */

/* True if the chunk is still the one that was planned, with the newest record of ours where it was. */
static bool is_same_chunk(const struct evtx_tail *t, const uint8_t *chunk)
{
    uint64_t first;
    if (t->chunk.is_lost)
        return true;
    if (!evtx_chunk_first_id(chunk, &first) || first != t->chunk.first)
        return false;
    if (t->proof == 0)
        return true;
    struct tcs_mark mark = evtx_tail_mark(chunk, t->proof);
    return mark.number == t->tail.place.last.number && mark.written.ticks == t->tail.place.last.written.ticks;
}

/* Gives up the ways known so far: the file is not what it was. */
static void lose_way(struct evtx_tail *t)
{
    t->has_chunk = false;
    t->plan_count = t->plan_at = 0;
}

/* Bytes that the file has of the present chunk. */
static uint32_t have_of(const struct evtx_tail *t)
{
    uint64_t size = t->tail.log->reader.size, offset = evtx_tail_offset(t->chunk.index);
    uint64_t have = size > offset ? size - offset : 0;
    return have < EVTX_CHUNK ? (uint32_t)have : EVTX_CHUNK;
}

static void hand_out(struct filling *f, const uint8_t *chunk, struct evtx_window window)
{
    struct evtx_tail *t = f->t;
    window.offset = evtx_tail_offset(t->chunk.index);
    window.at = (uint32_t)(f->count * EVTX_CHUNK);
    window.from = t->pos;
    window.have = have_of(t);
    if (window.is_doubtful && !t->is_whole_log)
        say_torn(f, chunk, &window);
    struct contents found = look_into(chunk, &window);
    if (found.whole && found.last.number >= t->tail.place.last.number) {
        if (found.timed.number > t->tail.place.last.number)
            tcs_tail_place_move(&t->tail.place, found.timed, window.offset);
        tcs_tail_place_move(&t->tail.place, found.last, window.offset + found.at);
        t->proof = t->chunk.is_lost ? 0 : found.at;
    }
    t->pos = window.end;
    f->windows[f->count++] = window;
    t->tail.in_doubt = false;
}

/* The bit of a record that stands in the owed part of its chunk; NULL if its number cannot be there. */
static uint8_t *owed_bit(struct evtx_owed *owed, uint64_t number, uint8_t *bit)
{
    uint64_t i = number - owed->chunk.first;
    *bit = (uint8_t)(1u << (i & 7));
    return i < EVTX_CHUNK_RECORDS ? &owed->given[i / 8] : NULL;
}

/* The rest of the present chunk is given up. Which of its records are whole is kept. */
static void note_owed(struct evtx_tail *t, const uint8_t *chunk, uint32_t to)
{
    t->owed = (struct evtx_owed){.chunk = t->chunk, .from = t->pos, .to = to};
    for (uint32_t pos = t->pos; pos < to;) {
        uint8_t bit, *given;
        if (!evtx_record_is_whole(chunk, pos, to)) {
            pos += 8;
            continue;
        }
        given = owed_bit(&t->owed, evtx_tail_mark(chunk, pos).number, &bit);
        if (given)
            *given |= bit;
        pos += size_at(chunk, pos);
    }
}

/* Windows for the records that were given up and are whole now. */
static void take_owed(struct filling *f, const uint8_t *chunk)
{
    struct evtx_owed *owed = &f->t->owed;
    for (uint32_t pos = owed->from; pos < owed->to && f->count < f->most;) {
        uint8_t bit, *given;
        if (!evtx_record_is_whole(chunk, pos, owed->to))
            return;
        uint32_t size = size_at(chunk, pos);
        given = owed_bit(owed, evtx_tail_mark(chunk, pos).number, &bit);
        if (given && !(*given & bit))
            f->windows[f->count++] = (struct evtx_window){.offset = evtx_tail_offset(owed->chunk.index),
                                                          .from = pos,
                                                          .end = pos + size,
                                                          .have = EVTX_CHUNK};
        pos += size;
    }
}

/* Looks whether what was given up has become whole after all. AGAIN: no. */
static enum tcs_code pay_owed(struct filling *f)
{
    struct evtx_tail *t = f->t;
    uint8_t *chunk = f->u->bytes;
    uint64_t first;
    enum tcs_code code = evtx_tail_read(t, t->owed.chunk.index, chunk, f->err);
    if (code != TCS_OK)
        return code;
    bool is_same = evtx_chunk_first_id(chunk, &first) && first == t->owed.chunk.first;
    if (is_same && !evtx_chunk_is_whole(chunk))
        return TCS_AGAIN;
    if (is_same)
        take_owed(f, chunk);
    t->owed.to = 0;
    return f->count ? TCS_OK : TCS_AGAIN;
}

/* Puts what is new in the present chunk into the unit. OK: go on with the next; AGAIN: not now. */
static enum tcs_code take_chunk(struct filling *f)
{
    struct evtx_tail *t = f->t;
    uint8_t *chunk = f->u->bytes + f->count * EVTX_CHUNK;
    enum tcs_code code = evtx_tail_read(t, t->chunk.index, chunk, f->err);
    if (code != TCS_OK)
        return code;
    if (!is_same_chunk(t, chunk)) {
        lose_way(t);
        return TCS_AGAIN;
    }
    uint64_t before = t->pos == EVTX_CHUNK_HEADER ? t->chunk.first - 1 : t->tail.place.last.number;
    struct reach reach = {EVTX_CHUNK, true, true};
    if (!t->chunk.is_lost)
        reach = how_far(chunk, t->pos, before, !evtx_tail_gave_up(t), is_settled(f->look));
    bool gives_up = false;
    if (!reach.is_done && is_overdue(t, f->look, reach.end)) {
        reach = (struct reach){evtx_chunk_free_space(chunk), true, true};
        gives_up = true;
        note_owed(t, chunk, reach.end);
    }
    t->chunk_is_done = reach.is_done;
    t->is_stuck = t->is_stuck && !reach.is_done;
    if (reach.end > t->pos)
        hand_out(f, chunk,
                 (struct evtx_window){.end = reach.end,
                                      .is_doubtful = gives_up || (reach.is_doubtful && t->is_whole_log),
                                      .is_searched = t->chunk.is_lost});
    return t->chunk_is_done ? TCS_OK : TCS_AGAIN;
}

/* Goes to the next chunk. OK; AGAIN: there is none, or first something must be said or known. */
static enum tcs_code enter_next(struct filling *f)
{
    struct evtx_tail *t = f->t;
    struct evtx_planned next;
    if (!find_next(t, &next))
        return TCS_AGAIN;
    struct tcs_mark last = t->tail.place.last;
    bool has_hole = !t->is_whole_log && last.number && next.first > last.number + 1;
    if (has_hole) {
        if (f->count || !tcs_tail_may_judge(&t->tail, f->look, f->look->settle_ms))
            return TCS_AGAIN;
        uint8_t *chunk = f->u->bytes;
        enum tcs_code code = evtx_tail_read(t, next.index, chunk, f->err);
        if (code != TCS_OK)
            return code;
        struct tcs_mark mark = evtx_tail_mark(chunk, EVTX_CHUNK_HEADER);
        mark.number = next.first;
        tcs_tail_say_lost(f->news, last, mark);
        t->tail.in_doubt = false;
    }
    t->plan_at += t->plan_at < t->plan_count;
    t->chunk = next;
    t->pos = EVTX_CHUNK_HEADER;
    t->proof = 0;
    t->has_chunk = true;
    t->chunk_is_done = false;
    return TCS_OK;
}

static enum tcs_code finish_unit(struct filling *f)
{
    f->u->offset = f->windows[0].offset;
    f->u->index = f->windows;
    f->u->index_count = f->count;
    return TCS_OK;
}

/* Fills the unit with what is new in the present chunk and those that follow. AGAIN: nothing. */
static enum tcs_code fill(struct filling *f)
{
    struct evtx_tail *t = f->t;
    enum tcs_code code = t->has_chunk ? take_chunk(f) : TCS_OK;
    while (code == TCS_OK && f->count < f->most) {
        code = enter_next(f);
        if (code == TCS_OK)
            code = take_chunk(f);
    }
    if (code != TCS_OK && code != TCS_AGAIN)
        return code;
    t->tail.is_waiting = t->is_stuck || t->tail.in_doubt;
    t->tail.behind = (t->plan_count - t->plan_at) * (uint64_t)EVTX_CHUNK;
    if (f->count == 0)
        return TCS_AGAIN;
    f->u->len = f->u->file_len = f->count * EVTX_CHUNK;
    return finish_unit(f);
}

/* A checksum over what changes whenever the log does: the heads of the file and of the chunks at its end. */
static enum tcs_code look_quickly(const struct evtx_tail *t, uint8_t *scratch, uint32_t *sum,
                                  struct tcs_err *err)
{
    const struct {
        uint64_t offset;
        size_t len;
    } places[] = {
        {0, FILE_HEAD},
        {evtx_tail_offset(0), NEXT_HEAD},
        {evtx_tail_offset(t->chunk.index), CHUNK_HEAD},
        {evtx_tail_offset(t->chunk.index + 1), NEXT_HEAD},
    };
    uint64_t size = t->tail.log->reader.size;
    *sum = tcs_crc32(0, (const uint8_t *)&size, sizeof size);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t got;
        enum tcs_code code = tcs_log_read(t->tail.log, places[i].offset, scratch, places[i].len, &got, err);
        if (code != TCS_OK)
            return code;
        *sum = tcs_crc32(*sum, scratch, got);
        if (i == 0 && got == FILE_HEAD)
            t->tail.log->is_full = evtx_header_is_full(scratch);
    }
    return TCS_OK;
}

static bool has_work(const struct evtx_tail *t)
{
    return (!t->has_chunk && !t->is_barren) || (t->has_chunk && !t->chunk_is_done) ||
           t->plan_at < t->plan_count || t->tail.in_doubt;
}

static enum tcs_code plan_and_fill(struct filling *f)
{
    struct evtx_tail *t = f->t;
    bool has_way = t->has_chunk || t->plan_at < t->plan_count;
    enum tcs_code code = TCS_OK;
    if (!has_way || t->tail.in_doubt)
        code = evtx_plan_make(t, f->look, f->u->bytes, f->news, f->err);
    if (code == TCS_OK)
        code = fill(f);
    if (code != TCS_AGAIN || f->news->count)
        return code;
    /* The file changed, but not where it was expected to: look at all of it once it is at rest. */
    if ((t->owes_plan && is_settled(f->look)) || (!t->has_chunk && !t->tail.in_doubt)) {
        t->owes_plan = false;
        code = evtx_plan_make(t, f->look, f->u->bytes, f->news, f->err);
        if (code == TCS_OK)
            code = fill(f);
    }
    return code;
}

static enum tcs_code next(struct tcs_tail *tail, const struct tcs_tail_look *look, struct tcs_unit *u,
                          struct tcs_tail_news *news, struct tcs_err *err)
{
    struct evtx_tail *t = (struct evtx_tail *)tail;
    uint32_t seen;
    enum tcs_code code = look_quickly(t, u->bytes, &seen, err);
    if (code != TCS_OK)
        return code;
    t->owes_plan = t->owes_plan || look->changed;
    bool is_same = seen == t->seen && !look->changed;
    if (is_same && !has_work(t) && !(t->owes_plan && is_settled(look)))
        return TCS_AGAIN;
    struct filling f = {.t = t, .look = look, .u = u, .news = news, .err = err};
    f.most = t->owed.to ? EVTX_CHUNK_RECORDS : u->cap / EVTX_CHUNK;
    f.windows = tcs_arena_array(&u->arena, f.most, sizeof *f.windows);
    if (f.windows == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
    if (t->owed.to && pay_owed(&f) == TCS_OK) {
        u->len = u->file_len = EVTX_CHUNK;
        return finish_unit(&f);
    }
    f.most = u->cap / EVTX_CHUNK;
    code = plan_and_fill(&f);
    if (code == TCS_AGAIN && t->has_chunk && t->chunk_is_done && !find_next(t, &(struct evtx_planned){0})) {
        t->is_whole_log = false;
        t->tail.in_doubt = false;
        t->tail.is_waiting = false;
    }
    t->seen = seen;
    t->is_barren = code == TCS_AGAIN && !t->has_chunk && t->plan_count == 0;
    return code;
}

static void done(struct tcs_tail *tail)
{
    free(((struct evtx_tail *)tail)->plan);
}

const struct tcs_tail_ops tcs_evtx_tail = {
    .format = TCS_FORMAT_EVTX,
    .size = sizeof(struct evtx_tail),
    .done = done,
    .next = next,
    .holds = evtx_tail_holds,
};
