/* A channel of the running event log, against an event log of the test's own. */
#include "unit.h"

#include "source/live.h"

#include <string.h>

/* ---- the event log ---- */

enum { LOG_MOST = 64, SCRIPT_MOST = 16 };

/* What the log holds: the numbers of its records, in order. */
static uint64_t records[LOG_MOST];
static unsigned record_count;
static uint64_t clock_ms;

/* What the next calls of open or next give instead of doing their work; OK: they do it. */
static enum tcs_events_status open_script[SCRIPT_MOST], next_script[SCRIPT_MOST];
static unsigned open_calls, next_calls, open_subscriptions;
static bool bookmark_fails;
static const char *payload; /* inside each event */

struct tcs_events {
    unsigned at; /* the next record to give */
};

static uint64_t now(void)
{
    return clock_ms;
}

static enum tcs_events_status log_open(void *ctx, const char *channel, struct tcs_str bookmark, bool only_new,
                                       struct tcs_events **out, struct tcs_err *err)
{
    static struct tcs_events subscription;
    assert_ptr_equal(ctx, records);
    assert_string_equal(channel, "Security");
    enum tcs_events_status status = open_script[open_calls < SCRIPT_MOST ? open_calls : SCRIPT_MOST - 1];
    open_calls++;
    if (status == TCS_EVENTS_FAILED)
        tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "Windows gives no reason");
    if (status != TCS_EVENTS_OK)
        return status;
    subscription.at = only_new && bookmark.len == 0 ? record_count : 0;
    if (bookmark.len) {
        char text[32];
        snprintf(text, sizeof text, "%.*s", TCS_STR_ARG(bookmark));
        uint64_t number = strtoull(text, NULL, 10);
        unsigned i = 0;
        while (i < record_count && records[i] != number)
            i++;
        if (i == record_count)
            return TCS_EVENTS_STALE;
        subscription.at = i + 1;
    }
    *out = &subscription;
    open_subscriptions++;
    return TCS_EVENTS_OK;
}

static enum tcs_events_status log_next(struct tcs_events *s, uint32_t timeout_ms, size_t most,
                                       struct tcs_buf *xml, unsigned *count, struct tcs_err *err)
{
    (void)timeout_ms;
    (void)err;
    size_t first = xml->len;
    enum tcs_events_status status = next_script[next_calls < SCRIPT_MOST ? next_calls : SCRIPT_MOST - 1];
    next_calls++;
    if (status != TCS_EVENTS_OK)
        return status;
    for (; s->at < record_count && xml->len - first < most; s->at++, ++*count)
        tcs_buf_printf(
            xml,
            "<Event xmlns='x'><System><Provider Name='P'/><EventID>4688</EventID><EventRecordID>%llu"
            "</EventRecordID><Channel>Security</Channel></System><EventData><Data Name='a'>%s</Data>"
            "</EventData></Event>\n",
            (unsigned long long)records[s->at], payload);
    return *count ? TCS_EVENTS_OK : TCS_EVENTS_NOTHING;
}

static enum tcs_events_status log_bookmark(struct tcs_events *s, struct tcs_buf *out, struct tcs_err *err)
{
    (void)err;
    if (bookmark_fails)
        return TCS_EVENTS_FAILED;
    tcs_buf_printf(out, "%llu", (unsigned long long)records[s->at - 1]);
    return TCS_EVENTS_OK;
}

static void log_close(struct tcs_events *s)
{
    (void)s;
    open_subscriptions--;
}

static const struct tcs_events_ops event_log = {log_open, log_next, log_bookmark, log_close};

static void fill(uint64_t first, uint64_t last)
{
    record_count = 0;
    for (uint64_t n = first; n <= last; n++)
        records[record_count++] = n;
}

/* ---- what is read ---- */

struct reading {
    struct tcs_live *live;
    struct tcs_decoder *decoder;
    char numbers[512]; /* of the records that were handed out: "1 2 3 " */
    char facts[512];   /* "records-lost 5;" */
    uint8_t cursor[8192];
    size_t cursor_len;
};

static struct reading begin(bool only_new)
{
    struct reading r = {0};
    struct tcs_live_options options = tcs_default_live_options;
    struct tcs_err err = TCS_ERR_INIT;
    options.events = &event_log;
    options.events_ctx = records;
    options.now_ms = now;
    options.only_new = only_new;
    assert_int_equal(tcs_live_open("Security", 7, &options, &r.live, &err), TCS_OK);
    r.decoder = tcs_decoder_new(options.limits);
    assert_non_null(r.decoder);
    return r;
}

static void end(struct reading *r)
{
    tcs_live_close(r->live);
    tcs_decoder_free(r->decoder);
    assert_int_equal(open_subscriptions, 0);
}

static void note_records(struct reading *r, struct tcs_unit *unit)
{
    static const struct tcs_wanted all = {0};
    struct tcs_record rec;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_decoder_begin(r->decoder, unit, &all);
    enum tcs_code code;
    while ((code = tcs_decoder_next(r->decoder, &rec, &err)) != TCS_END) {
        assert_int_equal(code, TCS_OK);
        size_t len = strlen(r->numbers);
        snprintf(r->numbers + len, sizeof r->numbers - len, "%llu ", (unsigned long long)rec.record_id);
    }
}

/* One call; true if there was a blob. */
static bool step(struct reading *r)
{
    struct tcs_blob blob;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_live_next(r->live, 0, &blob, &err);
    if (code == TCS_AGAIN)
        return false;
    assert_int_equal(code, TCS_OK);
    assert_int_equal(blob.source, 7);
    check_text("path", blob.path, "Security");
    for (size_t i = 0; i < blob.fact_count; i++) {
        size_t len = strlen(r->facts);
        snprintf(r->facts + len, sizeof r->facts - len, "%s %llu;", tcs_fact_words[blob.facts[i].kind].name,
                 (unsigned long long)blob.facts[i].count);
    }
    if (blob.unit)
        note_records(r, blob.unit);
    assert_true(blob.cursor.len <= sizeof r->cursor);
    memcpy(r->cursor, blob.cursor.p, blob.cursor.len);
    r->cursor_len = blob.cursor.len;
    return true;
}

static void steps(struct reading *r)
{
    for (unsigned i = 0; i < 100 && step(r); i++)
        ;
}

static void check_read(struct reading *r, const char *numbers, const char *facts)
{
    steps(r);
    assert_string_equal(r->numbers, numbers);
    assert_string_equal(r->facts, facts);
    r->numbers[0] = r->facts[0] = '\0';
}

static int reset(void **state)
{
    (void)state;
    memset(open_script, 0, sizeof open_script);
    memset(next_script, 0, sizeof next_script);
    open_calls = next_calls = open_subscriptions = 0;
    bookmark_fails = false;
    clock_ms = 1000;
    payload = "x";
    fill(1, 3);
    return 0;
}

/* ---- tests ---- */

static void what_is_there_and_what_comes(void **state)
{
    (void)state;
    struct reading r = begin(false);
    check_read(&r, "1 2 3 ", "");
    check_read(&r, "", "");
    fill(1, 5);
    check_read(&r, "4 5 ", "");
    end(&r);
}

static void only_what_comes(void **state)
{
    (void)state;
    struct reading r = begin(true);
    check_read(&r, "", "");
    fill(1, 5);
    check_read(&r, "4 5 ", "");
    end(&r);
}

static void from_the_cursor_on(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    struct reading r = begin(false), s = begin(true);
    check_read(&r, "1 2 3 ", "");
    fill(1, 6);
    assert_int_equal(tcs_live_restore(s.live, (struct tcs_bytes){r.cursor, r.cursor_len}, &err), TCS_OK);
    tcs_live_close(r.live);
    r.live = NULL;
    check_read(&s, "4 5 6 ", "");
    tcs_decoder_free(r.decoder);
    end(&s);
}

/* The log went past us: how many records is told, and reading goes on with the oldest there is. */
static void a_stale_bookmark(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    struct reading r = begin(false), s = begin(false);
    check_read(&r, "1 2 3 ", "");
    fill(10, 11);
    assert_int_equal(tcs_live_restore(s.live, (struct tcs_bytes){r.cursor, r.cursor_len}, &err), TCS_OK);
    tcs_live_close(r.live);
    r.live = NULL;
    check_read(&s, "10 11 ", "records-lost 6;");
    tcs_decoder_free(r.decoder);
    end(&s);
}

static void stale_while_reading(void **state)
{
    (void)state;
    struct reading r = begin(false);
    check_read(&r, "1 2 3 ", "");
    next_script[next_calls] = TCS_EVENTS_STALE;
    fill(9, 9);
    check_read(&r, "9 ", "records-lost 5;");
    end(&r);
}

static void a_log_that_was_emptied(void **state)
{
    (void)state;
    struct reading r = begin(false);
    fill(50, 52);
    check_read(&r, "50 51 52 ", "");
    next_script[next_calls] = TCS_EVENTS_STALE;
    fill(1, 2);
    check_read(&r, "1 2 ", "log-restarted 0;");
    end(&r);
}

/* Told once, tried again with growing pauses, told when it works. */
static void a_channel_that_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        enum tcs_events_status status;
        const char *fact;
    } rows[] = {
        {TCS_EVENTS_MISSING, "file-vanished 0;"},    {TCS_EVENTS_DENIED, "file-unreadable 0;"},
        {TCS_EVENTS_STOPPING, "file-unreadable 0;"}, {TCS_EVENTS_FAILED, "file-unreadable 0;"},
        {TCS_EVENTS_STALE, "file-unreadable 0;"},   /* without a bookmark */
        {TCS_EVENTS_NOTHING, "file-unreadable 0;"}, /* what no open may say */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        reset(NULL);
        for (unsigned k = 0; k < 4; k++)
            open_script[k] = rows[i].status;
        struct reading r = begin(false);
        check_read(&r, "", rows[i].fact);
        assert_int_equal(open_calls, 1);
        for (unsigned k = 0; k < 100; k++)
            check_read(&r, "", "");
        assert_int_equal(open_calls, 1); /* the clock stands: no loop */
        clock_ms += 1000;
        check_read(&r, "", "");
        assert_int_equal(open_calls, 2);
        clock_ms += 1000;
        check_read(&r, "", "");
        assert_int_equal(open_calls, 2); /* the second pause is longer */
        clock_ms += 1000;
        check_read(&r, "", "");
        clock_ms += 60000;
        check_read(&r, "", "");
        assert_int_equal(open_calls, 4);
        clock_ms += 60000;
        check_read(&r, "1 2 3 ", "file-readable 0;");
        end(&r);
    }
}

static void a_service_that_restarts(void **state)
{
    (void)state;
    struct reading r = begin(false);
    check_read(&r, "1 2 3 ", "");
    next_script[next_calls] = TCS_EVENTS_STOPPING;
    fill(1, 6);
    check_read(&r, "", "file-unreadable 0;");
    clock_ms += 1000;
    check_read(&r, "4 5 6 ", "file-readable 0;");
    end(&r);
}

/* Without a bookmark of the system the number of the last record still tells what was lost. */
static void a_bookmark_that_cannot_be_had(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    bookmark_fails = true;
    struct reading r = begin(false), s = begin(true);
    check_read(&r, "1 2 3 ", "");
    fill(8, 9);
    assert_int_equal(tcs_live_restore(s.live, (struct tcs_bytes){r.cursor, r.cursor_len}, &err), TCS_OK);
    tcs_live_close(r.live);
    r.live = NULL;
    check_read(&s, "8 9 ", "records-lost 4;");
    tcs_decoder_free(r.decoder);
    end(&s);
}

/* Events larger than a unit: the cursor moves only behind the last, so that a crash in between loses none. */
static void a_batch_of_several_units(void **state)
{
    (void)state;
    static char large[150001];
    memset(large, 'x', sizeof large - 1);
    payload = large;
    fill(1, 20);
    struct reading r = begin(false);
    bool moved = false;
    while (step(&r)) {
        char text[64];
        uint64_t last = tcs_le64(r.cursor + 8);
        snprintf(text, sizeof text, "%llu ", (unsigned long long)last);
        moved = moved || last;
        if (last && !strstr(r.numbers, text))
            fail_msg("the cursor is behind %s, handed out is %s", text, r.numbers);
    }
    assert_true(moved);
    assert_string_equal(r.numbers, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ");
    end(&r);
}

static void what_is_no_cursor(void **state)
{
    (void)state;
    struct reading r = begin(false);
    struct tcs_err err = TCS_ERR_INIT;
    uint8_t bytes[9000] = {2};
    const size_t lengths[] = {0, 1, 15, 16, 100, 8192, 9000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        assert_int_equal(tcs_live_restore(r.live, (struct tcs_bytes){bytes, lengths[i]}, &err), TCS_FORMAT);
    bytes[0] = 1;
    assert_int_equal(tcs_live_restore(r.live, (struct tcs_bytes){bytes, 9000}, &err), TCS_FORMAT);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_there_and_what_comes, reset),
        cmocka_unit_test_setup(only_what_comes, reset),
        cmocka_unit_test_setup(from_the_cursor_on, reset),
        cmocka_unit_test_setup(a_stale_bookmark, reset),
        cmocka_unit_test_setup(stale_while_reading, reset),
        cmocka_unit_test_setup(a_log_that_was_emptied, reset),
        cmocka_unit_test_setup(a_channel_that_cannot_be_read, reset),
        cmocka_unit_test_setup(a_service_that_restarts, reset),
        cmocka_unit_test_setup(a_bookmark_that_cannot_be_had, reset),
        cmocka_unit_test_setup(a_batch_of_several_units, reset),
        cmocka_unit_test_setup(what_is_no_cursor, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
