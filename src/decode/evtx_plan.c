#include "decode/evtx_tail.h"

#include <stdlib.h>

/*
 * Where the new chunks of a log are.
 *
 * The newest record that was handed out is looked for. Where it stands, the
 * log simply went on. Where it does not, there are few possibilities, and each
 * is told by numbers and times alone:
 *
 *     all numbers are higher         the ring overtook us, or the log was emptied
 *     an older record of ours is in  an earlier state of the log
 *     nothing is known               another log, or numbers that began anew
 *
 * A file in the middle of being copied looks like any of these; so nothing is
 * concluded before the file is at rest.
 */

enum { HEAD = 48, OFF_WRITTEN = 16, OFF_NUMBER = 8 };

uint64_t evtx_tail_offset(uint64_t index)
{
    return EVTX_FILE_HEADER + index * EVTX_CHUNK;
}

uint64_t evtx_tail_chunks(const struct evtx_tail *t)
{
    uint64_t size = t->tail.log->reader.size;
    uint64_t count = size > EVTX_FILE_HEADER ? (size - EVTX_FILE_HEADER + EVTX_CHUNK - 1) / EVTX_CHUNK : 0;
    return count < EVTX_TAIL_CHUNKS ? count : EVTX_TAIL_CHUNKS;
}

struct tcs_mark evtx_tail_mark(const uint8_t *chunk, uint32_t pos)
{
    return (struct tcs_mark){tcs_le64(chunk + pos + OFF_NUMBER),
                             tcs_time_of_filetime(tcs_le64(chunk + pos + OFF_WRITTEN))};
}

enum tcs_code evtx_tail_read(const struct evtx_tail *t, uint64_t index, uint8_t *chunk, struct tcs_err *err)
{
    size_t got;
    enum tcs_code code = tcs_log_read(t->tail.log, evtx_tail_offset(index), chunk, EVTX_CHUNK, &got, err);
    if (code == TCS_OK)
        memset(chunk + got, 0, EVTX_CHUNK - got);
    return code;
}

bool evtx_tail_gave_up(const struct evtx_tail *t)
{
    return t->owed.to && t->owed.chunk.index == t->chunk.index && t->owed.chunk.first == t->chunk.first;
}

/* ---- the heads ---- */

static int by_first(const void *a, const void *b)
{
    const struct evtx_planned *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* A chunk without records has a head whose numbers mean nothing. */
static bool is_empty(const uint8_t *head)
{
    return evtx_chunk_free_space(head) <= EVTX_CHUNK_HEADER;
}

static bool is_zero(const uint8_t *p, size_t len)
{
    return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/* Notes the chunk, if it holds records. A chunk that lost its head is only read once there is nothing to wait
 * for. */
static enum tcs_code note_chunk(struct evtx_tail *t, uint64_t index, uint64_t *before, uint8_t *scratch,
                                struct tcs_err *err)
{
    size_t got;
    enum tcs_code code = tcs_log_read(t->tail.log, evtx_tail_offset(index), scratch, HEAD + 4, &got, err);
    if (code != TCS_OK || got < HEAD + 4)
        return code;
    struct evtx_planned note = {.index = index};
    if (evtx_chunk_first_id(scratch, &note.first)) {
        *before = note.first;
        if (is_empty(scratch))
            return TCS_OK;
    } else {
        if (t->tail.place.begun)
            return TCS_OK;
        code = evtx_tail_read(t, index, scratch, err);
        if (code != TCS_OK || is_zero(scratch, EVTX_CHUNK))
            return code;
        note.first = *before;
        note.is_lost = true;
    }
    t->plan[t->plan_count++] = note;
    return TCS_OK;
}

static enum tcs_code read_heads(struct evtx_tail *t, uint8_t *scratch, struct tcs_err *err)
{
    uint64_t count = evtx_tail_chunks(t);
    if (count > t->plan_cap) {
        struct evtx_planned *plan = realloc(t->plan, (size_t)count * sizeof *plan);
        if (plan == NULL)
            return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
        t->plan = plan;
        t->plan_cap = (size_t)count;
    }
    t->plan_count = t->plan_at = 0;
    uint64_t before = 0;
    for (uint64_t i = 0; i < count; i++) {
        enum tcs_code code = note_chunk(t, i, &before, scratch, err);
        if (code != TCS_OK)
            return code;
    }
    if (t->plan_count)
        qsort(t->plan, t->plan_count, sizeof *t->plan, by_first);
    return TCS_OK;
}

/* ---- looking for a record ---- */

/* The last planned chunk whose first number is not above the number; plan_count if there is none. */
static size_t chunk_of(const struct evtx_tail *t, uint64_t number)
{
    size_t found = t->plan_count;
    for (size_t i = 0; i < t->plan_count && t->plan[i].first <= number; i++)
        found = i;
    return found;
}

/* Steps over the whole records from *pos on; false behind the last one. */
static bool next_whole(const uint8_t *chunk, uint32_t *pos, uint32_t end)
{
    while (*pos < end) {
        if (evtx_record_is_whole(chunk, *pos, end))
            return true;
        *pos += 8;
    }
    return false;
}

static uint32_t size_at(const uint8_t *chunk, uint32_t pos)
{
    return tcs_le32(chunk + pos + 4);
}

/*
 * Exports leave the last record without a time; in the next export it has one.
 * So a missing time fits any, which is why such a match needs another one.
 */
static bool times_fit(struct tcs_time a, struct tcs_time b)
{
    return a.ticks == b.ticks || tcs_time_is_unset(a) || tcs_time_is_unset(b);
}

/* Goes to the place behind a record of ours, if it is in this chunk of the plan. */
static enum tcs_code find_in_chunk(struct evtx_tail *t, size_t at, struct tcs_mark mark, uint8_t *scratch,
                                   bool *found, bool *is_sure, struct tcs_err *err)
{
    enum tcs_code code = evtx_tail_read(t, t->plan[at].index, scratch, err);
    uint32_t end = evtx_chunk_free_space(scratch);
    for (uint32_t pos = EVTX_CHUNK_HEADER; code == TCS_OK && next_whole(scratch, &pos, end);) {
        struct tcs_mark here = evtx_tail_mark(scratch, pos);
        uint32_t size = size_at(scratch, pos);
        *found = here.number == mark.number && times_fit(here.written, mark.written);
        *is_sure = *found && here.written.ticks == mark.written.ticks && !tcs_time_is_unset(here.written);
        if (*found) {
            t->chunk = t->plan[at];
            t->proof = pos;
            t->pos = pos + size;
            size_t before = chunk_of(t, mark.number);
            t->plan_at = before == t->plan_count ? 0 : before + 1;
            break;
        }
        pos += size;
    }
    return code;
}

/* The planned chunk that holds this offset of the file; plan_count if there is none. */
static size_t chunk_at(const struct evtx_tail *t, uint64_t offset)
{
    size_t at = 0;
    while (at < t->plan_count && offset - evtx_tail_offset(t->plan[at].index) >= EVTX_CHUNK)
        at++;
    return at;
}

/*
 * Looks for a record of ours where its number belongs. The newest one is
 * looked for where it stood, too: in a damaged log the numbers may be anywhere.
 */
static enum tcs_code find_record(struct evtx_tail *t, struct tcs_mark mark, uint8_t *scratch, bool *found,
                                 bool *is_sure, struct tcs_err *err)
{
    const struct tcs_tail_place *place = &t->tail.place;
    const size_t places[] = {
        mark.number == place->last.number ? chunk_at(t, place->offset) : t->plan_count,
        chunk_of(t, mark.number),
    };
    enum tcs_code code = TCS_OK;
    *found = *is_sure = false;
    for (size_t i = 0; i < 2 && code == TCS_OK && !*found; i++)
        if (places[i] < t->plan_count && (i == 0 || places[i] != places[0]))
            code = find_in_chunk(t, places[i], mark, scratch, found, is_sure, err);
    return code;
}

/* The same, if it is certain that it is this record. */
static enum tcs_code find_mark(struct evtx_tail *t, struct tcs_mark mark, uint8_t *scratch, bool *found,
                               struct tcs_err *err)
{
    bool is_sure;
    enum tcs_code code = find_record(t, mark, scratch, found, &is_sure, err);
    if (code != TCS_OK || !*found || is_sure)
        return code;
    /* No time to compare: any other record of ours that is in its place will do. */
    struct evtx_tail there = *t;
    const struct tcs_tail_place *place = &t->tail.place;
    *found = false;
    for (uint32_t i = place->mark_count; code == TCS_OK && i > 0 && !*found; i--) {
        bool is_there;
        code = find_record(t, place->marks[i - 1], scratch, &is_there, &is_sure, err);
        *found = is_there && is_sure;
    }
    there.tail = t->tail;
    *t = there;
    return code;
}

/* The newest record that was written no later than `time`, searched from the chunk of `from` on. */
static enum tcs_code find_time(struct evtx_tail *t, struct tcs_time time, uint8_t *scratch,
                               struct tcs_mark *out, struct tcs_err *err)
{
    struct evtx_planned chunk = t->chunk;
    size_t next = t->plan_at;
    enum tcs_code code = TCS_OK;
    for (;;) {
        code = evtx_tail_read(t, chunk.index, scratch, err);
        uint32_t end = evtx_chunk_free_space(scratch);
        for (uint32_t pos = EVTX_CHUNK_HEADER; code == TCS_OK && next_whole(scratch, &pos, end);) {
            struct tcs_mark here = evtx_tail_mark(scratch, pos);
            if (tcs_time_before(time, here.written) && here.number > out->number)
                return TCS_OK;
            *out = here.number > out->number ? here : *out;
            pos += size_at(scratch, pos);
        }
        if (code != TCS_OK || next == t->plan_count)
            return code;
        chunk = t->plan[next++];
    }
}

/* ---- how the log goes on ---- */

static void go_on(struct evtx_tail *t)
{
    t->has_chunk = true;
    t->chunk_is_done = false;
    t->is_whole_log = false;
}

static void read_all(struct evtx_tail *t, bool is_whole_log)
{
    t->has_chunk = false;
    t->plan_at = 0;
    t->is_whole_log = is_whole_log;
    t->tail.in_doubt = false;
}

/* The file is shorter than it was when the newest record was read. */
static bool is_shorter(const struct evtx_tail *t)
{
    return t->tail.place.offset >= t->tail.log->reader.size;
}

/* Nothing of what was read is there any more, and nothing else either. */
static enum tcs_code found_empty(struct evtx_tail *t, const struct tcs_tail_look *look,
                                 struct tcs_tail_news *news)
{
    if (!t->tail.place.is_emptied && tcs_tail_may_judge(&t->tail, look, look->settle_ms)) {
        t->tail.place.is_emptied = true;
        tcs_tail_say(news, TCS_FACT_CLEARED);
    }
    return TCS_AGAIN;
}

/* All records are newer than ours. */
static enum tcs_code found_newer(struct evtx_tail *t, const struct tcs_tail_look *look,
                                 struct tcs_tail_news *news)
{
    bool no_hole = t->plan[0].first == t->tail.place.last.number + 1;
    if (!no_hole && !tcs_tail_may_judge(&t->tail, look, look->settle_ms))
        return TCS_AGAIN;
    if (is_shorter(t) && !t->tail.place.is_emptied)
        tcs_tail_say(news, TCS_FACT_CLEARED);
    tcs_tail_place_renew(&t->tail.place, false);
    t->tail.place.is_emptied = false;
    read_all(t, false);
    return TCS_OK;
}

/* A record that was read long ago is there, the newest one is not. */
static enum tcs_code found_older(struct evtx_tail *t, const struct tcs_tail_look *look, uint8_t *scratch,
                                 struct tcs_mark mark, struct tcs_tail_news *news, struct tcs_err *err)
{
    t->has_chunk = false;
    if (!tcs_tail_may_judge(&t->tail, look, look->settle_ms))
        return TCS_AGAIN;
    struct tcs_mark newest = mark;
    bool found;
    enum tcs_code code = find_time(t, t->tail.place.last.written, scratch, &newest, err);
    if (code == TCS_OK)
        code = find_mark(t, newest, scratch, &found, err);
    if (code != TCS_OK)
        return code;
    tcs_tail_say(news, is_shorter(t) ? TCS_FACT_TRUNCATED : TCS_FACT_WENT_BACK);
    tcs_tail_place_move(&t->tail.place, newest, evtx_tail_offset(t->chunk.index) + t->proof);
    go_on(t);
    return TCS_OK;
}

/* The newest time that any chunk's last record bears. */
static enum tcs_code has_newer_time(struct evtx_tail *t, uint8_t *scratch, bool *newer, struct tcs_err *err)
{
    *newer = false;
    for (size_t i = t->plan_count; i > 0 && !*newer; i--) {
        enum tcs_code code = evtx_tail_read(t, t->plan[i - 1].index, scratch, err);
        if (code != TCS_OK)
            return code;
        uint32_t end = evtx_chunk_free_space(scratch);
        for (uint32_t pos = EVTX_CHUNK_HEADER; !*newer && next_whole(scratch, &pos, end);) {
            *newer = tcs_time_before(t->tail.place.last.written, evtx_tail_mark(scratch, pos).written);
            pos += size_at(scratch, pos);
        }
    }
    return TCS_OK;
}

/*
 * An export numbers its records from 1 on. If a record of ours stands there
 * under another number, and no other mark contradicts, *shift is what our
 * numbers are too high by.
 */
static enum tcs_code find_shift(struct evtx_tail *t, uint8_t *scratch, uint64_t *shift, struct tcs_err *err)
{
    const struct tcs_tail_place *place = &t->tail.place;
    *shift = 0;
    if (place->mark_count == 0)
        return TCS_OK;
    struct tcs_mark newest = place->marks[place->mark_count - 1];
    for (size_t i = t->plan_count; i > 0; i--) {
        enum tcs_code code = evtx_tail_read(t, t->plan[i - 1].index, scratch, err);
        if (code != TCS_OK)
            return code;
        uint32_t end = evtx_chunk_free_space(scratch);
        for (uint32_t pos = EVTX_CHUNK_HEADER; next_whole(scratch, &pos, end);) {
            struct tcs_mark here = evtx_tail_mark(scratch, pos);
            pos += size_at(scratch, pos);
            if (here.written.ticks != newest.written.ticks)
                continue;
            *shift = newest.number - here.number; /* may wrap: a longer export */
            return TCS_OK;
        }
    }
    return TCS_OK;
}

static void renumber(struct tcs_tail_place *place, uint64_t shift)
{
    uint32_t kept = 0;
    place->last.number -= shift;
    for (uint32_t i = 0; i < place->mark_count; i++) {
        struct tcs_mark mark = place->marks[i];
        bool stays = mark.number > shift || shift > UINT64_MAX / 2;
        mark.number -= shift;
        if (stays)
            place->marks[kept++] = mark;
    }
    place->mark_count = kept;
}

/* The newest record of ours under another number. */
static enum tcs_code find_renumbered(struct evtx_tail *t, uint8_t *scratch, bool *found, struct tcs_err *err)
{
    uint64_t shift;
    struct tcs_tail_place before = t->tail.place;
    *found = false;
    enum tcs_code code = find_shift(t, scratch, &shift, err);
    if (code != TCS_OK || shift == 0)
        return code;
    renumber(&t->tail.place, shift);
    code = find_mark(t, t->tail.place.last, scratch, found, err);
    if (code != TCS_OK || !*found)
        t->tail.place = before;
    return code;
}

static void found_again(struct evtx_tail *t, const uint8_t *chunk)
{
    struct tcs_tail_place *place = &t->tail.place;
    tcs_tail_place_prune(place, t->plan[0].first);
    place->offset = evtx_tail_offset(t->chunk.index) + t->proof;
    place->last = evtx_tail_mark(chunk, t->proof);
    if (evtx_tail_gave_up(t) && t->owed.to > t->pos)
        t->pos = t->owed.to;
    go_on(t);
}

/* Nothing is known of what stands there. */
static enum tcs_code found_other(struct evtx_tail *t, const struct tcs_tail_look *look, uint8_t *scratch,
                                 struct tcs_tail_news *news, struct tcs_err *err)
{
    t->has_chunk = false;
    if (!tcs_tail_may_judge(&t->tail, look, look->settle_ms))
        return TCS_AGAIN;
    bool found;
    enum tcs_code code = find_renumbered(t, scratch, &found, err);
    if (code == TCS_OK && found && (code = evtx_tail_read(t, t->chunk.index, scratch, err)) == TCS_OK)
        found_again(t, scratch);
    if (code != TCS_OK || found)
        return code;
    /* If all of it is older than what was read, it is most likely a part of the same log that is being
     * copied. */
    bool newer;
    code = has_newer_time(t, scratch, &newer, err);
    if (code != TCS_OK || (!newer && !tcs_tail_may_judge(&t->tail, look, look->wait_ms)))
        return code == TCS_OK ? TCS_AGAIN : code;
    tcs_tail_say(news, TCS_FACT_RESTARTED);
    tcs_tail_place_renew(&t->tail.place, true);
    read_all(t, true);
    return TCS_OK;
}

enum tcs_code evtx_plan_make(struct evtx_tail *t, const struct tcs_tail_look *look, uint8_t *scratch,
                             struct tcs_tail_news *news, struct tcs_err *err)
{
    struct tcs_tail_place *place = &t->tail.place;
    t->has_chunk = false;
    enum tcs_code code = read_heads(t, scratch, err);
    if (code != TCS_OK)
        return code;
    if (place->last.number == 0) {
        read_all(t, true);
        return t->plan_count ? TCS_OK : TCS_AGAIN;
    }
    if (t->plan_count == 0)
        return found_empty(t, look, news);
    bool found;
    code = find_mark(t, place->last, scratch, &found, err);
    if (code != TCS_OK)
        return code;
    if (found) {
        code = evtx_tail_read(t, t->chunk.index, scratch, err);
        if (code == TCS_OK)
            found_again(t, scratch);
        return code;
    }
    if (t->plan[0].first > place->last.number)
        return found_newer(t, look, news);
    for (uint32_t i = place->mark_count; i > 0; i--) {
        struct tcs_mark mark = place->marks[i - 1];
        code = find_mark(t, mark, scratch, &found, err);
        if (code != TCS_OK || found)
            return found ? found_older(t, look, scratch, mark, news, err) : code;
    }
    return found_other(t, look, scratch, news, err);
}

bool evtx_tail_holds(struct tcs_tail *tail, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset)
{
    struct evtx_tail *t = (struct evtx_tail *)tail;
    bool found = false;
    if (read_heads(t, scratch, NULL) == TCS_OK && find_mark(t, mark, scratch, &found, NULL) == TCS_OK &&
        found)
        *offset = evtx_tail_offset(t->chunk.index) + t->proof;
    t->has_chunk = false;
    t->plan_count = t->plan_at = 0;
    return found;
}
