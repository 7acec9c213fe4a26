#include "decode/tail.h"

#include <stdlib.h>

enum { PLACE_VERSION = 1 };

static const struct tcs_tail_ops *const tails[] = {&tcs_evtx_tail, &tcs_evt_tail, &tcs_xml_tail,
                                                   &tcs_json_tail};

struct tcs_tail *tcs_tail_new(struct tcs_log *log, const struct tcs_tail_place *place)
{
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (tails[i]->format != tcs_log_format_of(log))
            continue;
        struct tcs_tail *t = calloc(1, tails[i]->size);
        if (t) {
            t->ops = tails[i];
            t->log = log;
            t->place = *place;
            t->is_full = place->begun && log->is_full;
        }
        return t;
    }
    return NULL;
}

void tcs_tail_free(struct tcs_tail *t)
{
    if (t && t->ops->done)
        t->ops->done(t);
    free(t);
}

const struct tcs_tail_place *tcs_tail_place_of(const struct tcs_tail *t)
{
    return &t->place;
}

bool tcs_tail_is_waiting(const struct tcs_tail *t)
{
    return t->is_waiting;
}

uint64_t tcs_tail_behind(const struct tcs_tail *t)
{
    return t->behind;
}

enum tcs_code tcs_tail_next(struct tcs_tail *t, const struct tcs_tail_look *look, struct tcs_unit *u,
                            struct tcs_tail_news *news, struct tcs_err *err)
{
    news->count = 0;
    tcs_arena_reset(&u->arena);
    u->stats = (struct tcs_read_stats){0};
    u->log = t->log;
    u->len = u->file_len = 0;
    u->index = NULL;
    u->index_count = 0;
    enum tcs_code code = t->ops->next(t, look, u, news, err);
    if (t->log->is_full && !t->is_full)
        tcs_tail_say(news, TCS_FACT_FULL);
    t->is_full = t->log->is_full;
    return code;
}

bool tcs_tail_may_judge(struct tcs_tail *t, const struct tcs_tail_look *look, uint32_t wait_ms)
{
    if (!t->in_doubt) {
        t->in_doubt = true;
        t->doubt_since = look->now_ms;
    }
    return look->unchanged_ms >= wait_ms ||
           look->now_ms - t->doubt_since >= (uint64_t)wait_ms * TCS_TAIL_PATIENCE;
}

bool tcs_tail_holds(struct tcs_tail *t, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset)
{
    return mark.number && t->ops->holds && t->ops->holds(t, mark, scratch, offset);
}

struct tcs_source_fact *tcs_tail_say(struct tcs_tail_news *news, enum tcs_source_fact_kind kind)
{
    if (news->count < TCS_TAIL_FACTS)
        news->count++;
    struct tcs_source_fact *fact = &news->facts[news->count - 1];
    *fact = (struct tcs_source_fact){.kind = kind};
    return fact;
}

void tcs_tail_say_lost(struct tcs_tail_news *news, struct tcs_mark after, struct tcs_mark before)
{
    if (after.number == 0 || before.number <= after.number + 1)
        return;
    struct tcs_source_fact *fact = tcs_tail_say(news, TCS_FACT_LOST);
    fact->has_count = true;
    fact->count = before.number - after.number - 1;
    fact->after = after.number;
    fact->before = before.number;
    fact->from = after.written;
    fact->to = before.written;
}

/* ---- the place ---- */

/* Every second mark goes, so that twice the numbers fit. */
static void thin_out(struct tcs_tail_place *place)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < place->mark_count; i += 2)
        place->marks[kept++] = place->marks[i];
    place->mark_count = kept;
    place->mark_step = place->mark_step ? place->mark_step * 2 : 1;
}

void tcs_tail_place_move(struct tcs_tail_place *place, struct tcs_mark mark, uint64_t offset)
{
    place->begun = true;
    place->is_emptied = false;
    place->last = mark;
    place->offset = offset;
    if (tcs_time_is_unset(mark.written)) /* proves nothing */
        return;
    uint64_t newest = place->mark_count ? place->marks[place->mark_count - 1].number : 0;
    if (place->mark_count && mark.number >= newest && mark.number - newest < place->mark_step)
        return;
    if (mark.number < newest)
        place->mark_count = 0; /* the numbers began anew */
    if (place->mark_count == TCS_TAIL_MARKS)
        thin_out(place);
    place->marks[place->mark_count++] = mark;
}

void tcs_tail_place_prune(struct tcs_tail_place *place, uint64_t number)
{
    uint32_t gone = 0;
    while (gone < place->mark_count && place->marks[gone].number < number)
        gone++;
    place->mark_count -= gone;
    memmove(place->marks, place->marks + gone, place->mark_count * sizeof place->marks[0]);
    if (gone && place->mark_count < TCS_TAIL_MARKS / 2)
        place->mark_step /= 2;
}

void tcs_tail_place_renew(struct tcs_tail_place *place, bool restart)
{
    if (place->last.number) {
        if (place->former_count == TCS_TAIL_FORMER) {
            memmove(place->former, place->former + 1, (TCS_TAIL_FORMER - 1) * sizeof place->former[0]);
            place->former_count--;
        }
        place->former[place->former_count++] = place->last;
    }
    place->mark_count = 0;
    place->mark_step = 0;
    if (restart) {
        place->last = (struct tcs_mark){0};
        place->offset = 0;
    }
}

static void put_mark(struct tcs_buf *out, struct tcs_mark mark)
{
    tcs_buf_le64(out, mark.number);
    tcs_buf_le64(out, (uint64_t)mark.written.ticks);
}

void tcs_tail_place_write(const struct tcs_tail_place *place, struct tcs_buf *out)
{
    tcs_buf_le64(out, PLACE_VERSION);
    tcs_buf_le64(out, (place->begun ? 1u : 0u) | (place->is_emptied ? 2u : 0u));
    put_mark(out, place->last);
    tcs_buf_le64(out, place->offset);
    tcs_buf_le64(out, place->head);
    tcs_buf_le64(out, place->head_len);
    tcs_buf_le64(out, place->near);
    tcs_buf_le64(out, place->near_len);
    tcs_buf_le64(out, place->mark_step);
    tcs_buf_le64(out, place->mark_count);
    for (uint32_t i = 0; i < place->mark_count; i++)
        put_mark(out, place->marks[i]);
    tcs_buf_le64(out, place->former_count);
    for (uint32_t i = 0; i < place->former_count; i++)
        put_mark(out, place->former[i]);
}

static struct tcs_mark take_mark(struct tcs_cursor *in)
{
    struct tcs_mark mark = {.number = tcs_take_u64(in)};
    mark.written.ticks = (int64_t)tcs_take_u64(in);
    return mark;
}

/* A count and as many marks. False: too many. */
static bool take_marks(struct tcs_cursor *in, struct tcs_mark *marks, uint32_t most, uint32_t *count)
{
    uint64_t n = tcs_take_u64(in);
    if (in->bad || n > most)
        return false;
    for (*count = 0; *count < n; ++*count)
        marks[*count] = take_mark(in);
    return !in->bad;
}

bool tcs_tail_place_read(struct tcs_tail_place *place, struct tcs_cursor *in)
{
    *place = (struct tcs_tail_place){0};
    if (tcs_take_u64(in) != PLACE_VERSION)
        return false;
    uint64_t flags = tcs_take_u64(in);
    place->begun = flags & 1;
    place->is_emptied = flags & 2;
    place->last = take_mark(in);
    place->offset = tcs_take_u64(in);
    place->head = tcs_take_u64(in);
    place->head_len = (uint32_t)tcs_take_u64(in);
    place->near = tcs_take_u64(in);
    place->near_len = (uint32_t)tcs_take_u64(in);
    place->mark_step = tcs_take_u64(in);
    return take_marks(in, place->marks, TCS_TAIL_MARKS, &place->mark_count) &&
           take_marks(in, place->former, TCS_TAIL_FORMER, &place->former_count);
}
