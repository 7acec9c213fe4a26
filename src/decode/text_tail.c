#include "base/hash.h"
#include "decode/tail.h"
#include "decode/text_log.h"

/*
 * The tail of a file of events as text: what was appended. Whether it is still
 * the same file is told by its first bytes and by those before the place
 * where reading goes on; a file that is cut and written anew in place
 * ("copytruncate") is another.
 */

enum { PRINT = 512 }; /* bytes that a file is recognised by */

struct text_tail {
    struct tcs_tail tail;
    bool is_placed; /* the log reads where the place is */
    bool is_cut;    /* an event is cut by the end of the file */
    uint64_t cut_size, cut_since;
};

/* The same key for everybody: what is hashed is kept over restarts. Nothing is looked up by it. */
static const struct tcs_hash_key print_key = {0x6F6373696E21, 0x7461696C};

/* The hash of len bytes at off. False if the file does not have them. */
static bool take_print(const struct tcs_log *log, uint64_t off, uint32_t len, uint64_t *print)
{
    uint8_t bytes[PRINT];
    size_t got;
    if (tcs_log_read(log, off, bytes, len, &got, NULL) != TCS_OK || got < len)
        return false;
    *print = tcs_hash(print_key, (struct tcs_bytes){bytes, len});
    return true;
}

/* The place moves; the prints are taken anew. */
static void move(struct text_tail *t, uint64_t offset, uint64_t events)
{
    struct tcs_tail_place *place = &t->tail.place;
    place->begun = true;
    place->is_emptied = false;
    place->offset = offset;
    place->last.number += events;
    uint32_t len = offset < PRINT ? (uint32_t)offset : PRINT;
    if (place->head_len < len && take_print(t->tail.log, 0, len, &place->head))
        place->head_len = len;
    if (take_print(t->tail.log, offset - len, len, &place->near))
        place->near_len = len;
}

static bool is_same(const struct text_tail *t)
{
    const struct tcs_tail_place *place = &t->tail.place;
    uint64_t print;
    if (place->offset == 0) /* nothing of it was read */
        return true;
    return take_print(t->tail.log, 0, place->head_len, &print) && print == place->head &&
           take_print(t->tail.log, place->offset - place->near_len, place->near_len, &print) &&
           print == place->near;
}

/* The file is not what it was. AGAIN as long as that may change by itself. */
static enum tcs_code judge(struct text_tail *t, const struct tcs_tail_look *look, struct tcs_tail_news *news,
                           struct tcs_err *err)
{
    struct tcs_tail_place *place = &t->tail.place;
    uint64_t size = t->tail.log->reader.size, print;
    if (size == 0 && place->is_emptied)
        return TCS_AGAIN;
    if (!tcs_tail_may_judge(&t->tail, look, look->settle_ms))
        return TCS_AGAIN;
    t->tail.in_doubt = false;
    t->is_placed = false;
    if (size == 0) {
        place->is_emptied = true;
        tcs_tail_say(news, TCS_FACT_CLEARED);
        return TCS_AGAIN;
    }
    bool same_head =
        place->head_len && take_print(t->tail.log, 0, place->head_len, &print) && print == place->head;
    if (same_head && size < place->offset) {
        tcs_tail_say(news, TCS_FACT_TRUNCATED);
        move(t, size, 0);
        return TCS_OK;
    }
    if (!place->is_emptied)
        tcs_tail_say(news, TCS_FACT_RESTARTED);
    *place = (struct tcs_tail_place){.begun = true};
    /* It may be of another format too: who opens it anew finds out. */
    return tcs_fail(err, TCS_FORMAT, 0, "another file has taken the place of this one");
}

/* An event that the end of the file has cut for too long is read as damage. */
static bool is_overdue(struct text_tail *t, const struct tcs_tail_look *look)
{
    uint64_t size = t->tail.log->reader.size;
    if (!t->is_cut || t->cut_size != size) {
        t->is_cut = true;
        t->cut_size = size;
        t->cut_since = look->now_ms;
    }
    return look->unchanged_ms >= look->wait_ms || look->now_ms - t->cut_since >= look->wait_ms;
}

static uint64_t count_whole(const struct tcs_unit *u)
{
    const struct text_extent *extents = u->index;
    uint64_t count = 0;
    for (size_t i = 0; i < u->index_count; i++)
        count += extents[i].is_whole;
    return count;
}

/* The next unit from the place on. AGAIN: nothing, or an event that is not whole yet. */
static enum tcs_code read_unit(struct text_tail *t, const struct tcs_tail_look *look, struct tcs_unit *u,
                               struct tcs_tail_news *news, struct tcs_err *err)
{
    struct tcs_log *log = t->tail.log;
    text_log_seek(log, t->tail.place.offset, true);
    enum tcs_code code = text_log_next_unit(log, u, err);
    if (code == TCS_END)
        return TCS_AGAIN;
    if (code == TCS_AGAIN && is_overdue(t, look)) {
        t->is_cut = false;
        text_log_seek(log, t->tail.place.offset, false);
        code = text_log_next_unit(log, u, err);
        if (code == TCS_OK && u->index_count)
            tcs_tail_say(news, TCS_FACT_TORN);
    }
    if (code != TCS_OK)
        return code;
    move(t, text_log_place(log), count_whole(u));
    return u->index_count ? TCS_OK : TCS_AGAIN;
}

static enum tcs_code next(struct tcs_tail *tail, const struct tcs_tail_look *look, struct tcs_unit *u,
                          struct tcs_tail_news *news, struct tcs_err *err)
{
    struct text_tail *t = (struct text_tail *)tail;
    uint64_t size = t->tail.log->reader.size;
    bool is_quiet = t->is_placed && !look->changed && !t->tail.in_doubt;
    if (is_quiet && size == t->tail.place.offset)
        return TCS_AGAIN;
    enum tcs_code code = TCS_OK;
    if ((look->changed || !t->is_placed || t->tail.in_doubt) && t->tail.place.begun &&
        (size < t->tail.place.offset || !is_same(t)))
        code = judge(t, look, news, err);
    if (code == TCS_OK) {
        t->is_placed = true;
        t->tail.in_doubt = false;
        code = read_unit(t, look, u, news, err);
    }
    size_t left = size > t->tail.place.offset ? (size_t)(size - t->tail.place.offset) : 0;
    t->is_cut = t->is_cut && code == TCS_AGAIN;
    t->tail.is_waiting = t->is_cut || t->tail.in_doubt;
    t->tail.behind = left;
    return code;
}

const struct tcs_tail_ops tcs_xml_tail = {
    .format = TCS_FORMAT_XML,
    .size = sizeof(struct text_tail),
    .next = next,
};

const struct tcs_tail_ops tcs_json_tail = {
    .format = TCS_FORMAT_JSON,
    .size = sizeof(struct text_tail),
    .next = next,
};
