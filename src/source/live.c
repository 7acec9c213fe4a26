#include "source/live.h"

#include "platform/watch.h"
#include "source/text_units.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 64 * 1024, /* bytes of XML that are asked for at once: with one event more they make one unit */
    EVENT_MOST = 512 * 1024, /* beyond the batch: the largest event that the system renders, and more */
    CURSOR_VERSION = 1,
    CURSOR_HEAD = 16, /* version, number of the last record; the bookmark follows */
    CURSOR_MOST = 8 * 1024 - 1,
    FACTS = 4,
};

const struct tcs_live_options tcs_default_live_options = {
    .limits = &tcs_default_decode_limits,
    .now_ms = tcs_monotonic_ms,
    .first_pause_ms = 1000,
    .longest_pause_ms = 60 * 1000,
};

struct tcs_live {
    struct tcs_live_options options;
    unsigned source;
    char *channel;             /* owned */
    struct tcs_events *events; /* owned; NULL: not subscribed */
    uint64_t try_at_ms;        /* not before */
    uint32_t pause_ms;
    enum tcs_events_status told; /* what was said last of the channel; OK: it can be read */
    bool has_gap;                /* records were lost, and how many is not known yet */
    uint64_t last_record;        /* number of the last record; 0: none yet */
    struct tcs_buf bookmark;     /* behind the last event received */
    struct tcs_buf cursor;       /* behind the last event handed out */
    bool is_cursor_old;          /* all events received were handed out, but not yet the cursor behind them */
    struct tcs_text_units text;
    uint64_t units;
    struct tcs_source_fact facts[FACTS];
    size_t fact_count;
    struct tcs_err trouble; /* the text of a fact */
};

/* ---- life ---- */

enum tcs_code tcs_live_open(const char *channel, unsigned source, const struct tcs_live_options *options,
                            struct tcs_live **out, struct tcs_err *err)
{
    struct tcs_live *l = calloc(1, sizeof *l);
    size_t size = strlen(channel) + 1;
    bool ok = l && (l->channel = malloc(size)) &&
              tcs_text_units_init(&l->text, BATCH + EVENT_MOST, options->limits);
    if (!ok) {
        tcs_live_close(l);
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a channel");
    }
    memcpy(l->channel, channel, size);
    l->options = *options;
    l->source = source;
    l->pause_ms = options->first_pause_ms;
    tcs_buf_init(&l->bookmark, CURSOR_MOST - CURSOR_HEAD);
    tcs_buf_init(&l->cursor, CURSOR_MOST);
    *out = l;
    return TCS_OK;
}

static void unsubscribe(struct tcs_live *l)
{
    if (l->events)
        l->options.events->close(l->events);
    l->events = NULL;
}

void tcs_live_close(struct tcs_live *l)
{
    if (l == NULL)
        return;
    unsubscribe(l);
    tcs_text_units_done(&l->text);
    tcs_buf_done(&l->bookmark);
    tcs_buf_done(&l->cursor);
    free(l->channel);
    free(l);
}

/* ---- the cursor ---- */

static void make_cursor(struct tcs_live *l)
{
    tcs_buf_clear(&l->cursor);
    tcs_buf_le64(&l->cursor, CURSOR_VERSION);
    tcs_buf_le64(&l->cursor, l->last_record);
    tcs_buf_str(&l->cursor, tcs_buf_view(&l->bookmark));
}

enum tcs_code tcs_live_restore(struct tcs_live *l, struct tcs_bytes cursor, struct tcs_err *err)
{
    if (cursor.len < CURSOR_HEAD || cursor.len > CURSOR_MOST || tcs_le64(cursor.p) != CURSOR_VERSION)
        return tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "these bytes are no cursor of a channel");
    l->last_record = tcs_le64(cursor.p + 8);
    tcs_buf_clear(&l->bookmark);
    tcs_buf_put(&l->bookmark, cursor.p + CURSOR_HEAD, cursor.len - CURSOR_HEAD);
    l->has_gap = l->bookmark.len == 0 && l->last_record != 0; /* its place was lost before the end */
    make_cursor(l);
    return TCS_OK;
}

/* ---- facts ---- */

static struct tcs_source_fact *say(struct tcs_live *l, enum tcs_source_fact_kind kind, const char *detail)
{
    if (l->fact_count < FACTS)
        l->fact_count++;
    struct tcs_source_fact *fact = &l->facts[l->fact_count - 1];
    *fact =
        (struct tcs_source_fact){.kind = kind, .path = tcs_str_of(l->channel), .detail = tcs_str_of(detail)};
    return fact;
}

/* What is said of a channel that cannot be read, and what could be done. */
static const struct {
    enum tcs_source_fact_kind kind;
    const char *detail; /* NULL: what the system said */
} words[] = {
    [TCS_EVENTS_MISSING] = {TCS_FACT_VANISHED, "there is no such channel on this computer"},
    [TCS_EVENTS_DENIED] = {TCS_FACT_UNREADABLE,
                           "no right to read it: add the service's account to the group Event Log Readers"},
    [TCS_EVENTS_STOPPING] = {TCS_FACT_UNREADABLE, "the event log service is stopping or does not run"},
    [TCS_EVENTS_FAILED] = {TCS_FACT_UNREADABLE, NULL},
};

static void pause_subscription(struct tcs_live *l)
{
    unsubscribe(l);
    l->try_at_ms = l->options.now_ms() + l->pause_ms;
    l->pause_ms =
        l->pause_ms > l->options.longest_pause_ms / 2 ? l->options.longest_pause_ms : 2 * l->pause_ms;
}

/* The channel cannot be read at the moment: said once for each reason, tried again later. */
static void trouble(struct tcs_live *l, enum tcs_events_status status)
{
    pause_subscription(l);
    if (l->told == status)
        return;
    l->told = status;
    const char *detail = words[status].detail;
    say(l, words[status].kind, detail ? detail : l->trouble.text);
}

/* The record of the bookmark is gone: what came behind it was overwritten or cleared away. */
static void lost_the_place(struct tcs_live *l)
{
    unsubscribe(l);
    tcs_buf_clear(&l->bookmark);
    l->has_gap = true;
    l->try_at_ms = 0;
}

/* ---- records ---- */

static const struct tcs_str number_tag = TCS_STR_INIT("<EventRecordID>");

/*
 * The number that stands in the tag at `at`. In what the
 * system renders a < is always a tag: in data it is written as an entity.
 */
static bool record_number(struct tcs_str text, size_t at, uint64_t *out)
{
    uint64_t n = 0;
    size_t digits = 0;
    struct tcs_str rest = tcs_str_cut(text, at, text.len);
    if (!tcs_str_starts(rest, number_tag))
        return false;
    for (size_t i = number_tag.len; i < rest.len && rest.p[i] >= '0' && rest.p[i] <= '9' && digits < 19;
         i++, digits++)
        n = n * 10 + (uint64_t)(rest.p[i] - '0');
    *out = n;
    return digits > 0;
}

/* The number of the first or the last event of the text. */
static bool number_at_end(struct tcs_str text, bool is_last, uint64_t *out)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t at = is_last ? text.len - 1 - i : i;
        if (text.p[at] == '<' && record_number(text, at, out))
            return true;
    }
    return false;
}

/* The first event behind a hole tells how large it is. */
static void measure_gap(struct tcs_live *l, uint64_t first)
{
    l->has_gap = false;
    if (first <= l->last_record) {
        say(l, TCS_FACT_RESTARTED, "the log was emptied since it was read last");
        return;
    }
    struct tcs_source_fact *fact =
        say(l, TCS_FACT_LOST, "they were overwritten or cleared away while nobody read");
    fact->after = l->last_record;
    fact->before = first;
    fact->has_count = l->last_record != 0;
    fact->count = fact->has_count ? first - l->last_record - 1 : 0;
}

/* Looks at the numbers of the first and the last of the new events. */
static void note_numbers(struct tcs_live *l)
{
    struct tcs_str text = tcs_buf_view(&l->text.text);
    uint64_t number;
    if (l->has_gap && number_at_end(text, false, &number))
        measure_gap(l, number);
    if (number_at_end(text, true, &number))
        l->last_record = number;
}

/* ---- the subscription ---- */

static void subscribe(struct tcs_live *l)
{
    if (l->options.now_ms() < l->try_at_ms)
        return;
    tcs_err_clear(&l->trouble);
    enum tcs_events_status status =
        l->options.events->open(l->options.events_ctx, l->channel, tcs_buf_view(&l->bookmark),
                                l->options.only_new && !l->has_gap, &l->events, &l->trouble);
    if (status == TCS_EVENTS_OK && l->told != TCS_EVENTS_OK)
        say(l, TCS_FACT_READABLE, "");
    if (status == TCS_EVENTS_OK)
        l->told = TCS_EVENTS_OK;
    else if (status == TCS_EVENTS_STALE && l->bookmark.len)
        lost_the_place(l);
    else /* stale without a bookmark makes no sense: like any other failure */
        trouble(l, status == TCS_EVENTS_STALE || status == TCS_EVENTS_NOTHING ? TCS_EVENTS_FAILED : status);
}

/* Until the channel is to be tried again, or the time is up. */
static void wait_for_channel(const struct tcs_live *l, uint32_t timeout_ms)
{
    uint64_t now = l->options.now_ms();
    uint64_t left = l->try_at_ms > now ? l->try_at_ms - now : 0;
    if (left && timeout_ms)
        tcs_wait_readable(-1, -1, left < timeout_ms ? (uint32_t)left : timeout_ms);
}

/* Takes the next events into the text. */
static void receive(struct tcs_live *l, uint32_t timeout_ms)
{
    unsigned count = 0;
    tcs_err_clear(&l->trouble);
    enum tcs_events_status status =
        l->options.events->next(l->events, timeout_ms, BATCH, &l->text.text, &count, &l->trouble);
    if (count) {
        l->pause_ms = l->options.first_pause_ms;
        l->is_cursor_old = true;
        note_numbers(l);
        tcs_buf_clear(&l->bookmark);
        struct tcs_err err = TCS_ERR_INIT;
        if (l->options.events->bookmark(l->events, &l->bookmark, &err) != TCS_EVENTS_OK || l->bookmark.bad)
            tcs_buf_clear(&l->bookmark); /* the number of the record still tells what was lost */
    }
    if (status == TCS_EVENTS_STALE)
        lost_the_place(l);
    else if (status != TCS_EVENTS_OK && status != TCS_EVENTS_NOTHING)
        trouble(l, status);
}

/*
 * The cursor moves behind what was received only with the last of it: a crash
 * in between repeats events, and loses none.
 */
static void fill_blob(struct tcs_live *l, bool has_records, struct tcs_blob *blob)
{
    const struct tcs_unit *u = &l->text.unit;
    if (!has_records || u->offset + u->len >= l->text.held) {
        make_cursor(l);
        l->is_cursor_old = false;
    }
    *blob = (struct tcs_blob){.source = l->source,
                              .facts = l->facts,
                              .fact_count = l->fact_count,
                              .path = tcs_str_of(l->channel),
                              .cursor = {(const uint8_t *)l->cursor.p, l->cursor.len},
                              .behind = l->text.text.len - l->text.held};
    if (has_records) {
        l->text.unit.number = l->units++;
        blob->unit = &l->text.unit;
    }
}

/* Takes what is new into the text, subscribing first if need be; twice, because a place that is lost is left
 * at once. */
static void fetch(struct tcs_live *l, uint32_t timeout_ms)
{
    if (l->is_cursor_old)
        return;
    for (unsigned i = 0; i < 2 && l->text.text.len == 0; i++) {
        if (l->events == NULL)
            subscribe(l);
        if (l->events)
            receive(l, l->fact_count ? 0 : timeout_ms);
        if (l->events)
            return;
    }
    if (l->events == NULL && l->fact_count == 0)
        wait_for_channel(l, timeout_ms);
}

enum tcs_code tcs_live_next(struct tcs_live *l, uint32_t timeout_ms, struct tcs_blob *blob,
                            struct tcs_err *err)
{
    l->fact_count = 0;
    enum tcs_code code = tcs_text_units_next(&l->text, err);
    if (code == TCS_AGAIN) {
        fetch(l, timeout_ms);
        if (l->text.text.bad)
            return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a channel");
        if (l->text.text.len)
            code = tcs_text_units_begin(&l->text, l->text.text.len, TCS_FORMAT_XML, err);
        code = code == TCS_OK ? tcs_text_units_next(&l->text, err) : code;
    }
    if (code != TCS_OK && !(code == TCS_AGAIN && (l->fact_count || l->is_cursor_old)))
        return code;
    fill_blob(l, code == TCS_OK, blob);
    return TCS_OK;
}
