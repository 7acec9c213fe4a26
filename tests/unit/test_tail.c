#include "decode/tail.h"
#include "unit.h"

static struct tcs_mark mark(uint64_t number)
{
    return (struct tcs_mark){number, {(int64_t)number * 10}};
}

/* However many records there are, the marks are few, spread, and the first one stays. */
static void marks_are_thinned_out(void **state)
{
    struct tcs_tail_place place = {0};
    (void)state;
    for (uint64_t n = 1; n <= 100000; n += 1 + n % 7)
        tcs_tail_place_move(&place, mark(n), n * 100);
    assert_true(place.begun);
    assert_in_range(place.mark_count, TCS_TAIL_MARKS / 2 - 1, TCS_TAIL_MARKS);
    check_int("first", place.marks[0].number, 1);
    uint64_t widest = 0;
    for (uint32_t i = 1; i < place.mark_count; i++) {
        assert_true(place.marks[i].number > place.marks[i - 1].number);
        uint64_t step = place.marks[i].number - place.marks[i - 1].number;
        widest = step > widest ? step : widest;
    }
    assert_in_range(widest, 100000 / TCS_TAIL_MARKS, 2 * 100000 / (TCS_TAIL_MARKS / 2));
}

static void marks_that_are_gone(void **state)
{
    struct tcs_tail_place place = {0};
    (void)state;
    for (uint64_t n = 1; n <= 20; n++)
        tcs_tail_place_move(&place, mark(n), n);
    tcs_tail_place_prune(&place, 15);
    check_int("count", place.mark_count, 6);
    check_int("first", place.marks[0].number, 15);
    tcs_tail_place_prune(&place, 100);
    check_int("none", place.mark_count, 0);
    /* A record without a time is no mark: any record may lack one. */
    tcs_tail_place_move(&place, (struct tcs_mark){21, tcs_time_of_filetime(0)}, 21);
    check_int("none", place.mark_count, 0);
    check_int("but the newest", place.last.number, 21);
}

static void logs_that_stood_here_before(void **state)
{
    struct tcs_tail_place place = {0};
    (void)state;
    for (uint64_t n = 1; n <= 6; n++) {
        tcs_tail_place_move(&place, mark(n * 100), n);
        tcs_tail_place_renew(&place, true);
    }
    check_int("count", place.former_count, TCS_TAIL_FORMER);
    check_int("oldest", place.former[0].number, 300);
    check_int("latest", place.former[TCS_TAIL_FORMER - 1].number, 600);
    check_int("newest", place.last.number, 0);
    check_int("marks", place.mark_count, 0);
    tcs_tail_place_renew(&place, true);
    check_int("nothing was read", place.former_count, TCS_TAIL_FORMER);
}

static void written_and_read(void **state)
{
    struct tcs_tail_place place = {.is_emptied = true, .head = 7, .head_len = 8, .near = 9, .near_len = 10},
                          read;
    struct tcs_buf bytes;
    (void)state;
    tcs_buf_init(&bytes, 8192);
    for (uint64_t n = 1; n <= 1000; n++)
        tcs_tail_place_move(&place, mark(n), n * 3);
    tcs_tail_place_renew(&place, false);
    tcs_tail_place_move(&place, mark(2000), 1);
    tcs_tail_place_write(&place, &bytes);
    assert_true(bytes.len < 1024);
    struct tcs_cursor in = tcs_cursor_of((struct tcs_bytes){(const uint8_t *)bytes.p, bytes.len});
    assert_true(tcs_tail_place_read(&read, &in));
    check_int("all of it", tcs_cursor_left(&in), 0);
    check_int("number", read.last.number, 2000);
    check_int("time", read.last.written.ticks, 20000);
    check_int("former", read.former[0].number, 1000);
    check_int("marks", read.mark_count, place.mark_count);
    check_int("head", read.head, 7);
    check_int("near", read.near_len, 10);
    /* Cut anywhere, it is none. */
    for (size_t len = 0; len < bytes.len; len++) {
        in = tcs_cursor_of((struct tcs_bytes){(const uint8_t *)bytes.p, len});
        assert_false(tcs_tail_place_read(&read, &in));
    }
    /* A count beyond what is kept is refused before it is believed. */
    bytes.p[bytes.len - 8 - 16] = 100;
    in = tcs_cursor_of((struct tcs_bytes){(const uint8_t *)bytes.p, bytes.len});
    assert_false(tcs_tail_place_read(&read, &in));
    tcs_buf_done(&bytes);
}

static void losses_are_counted(void **state)
{
    static const struct {
        uint64_t after, before, count;
    } cases[] = {{10, 11, 0}, {10, 12, 1}, {10, 100, 89}, {0, 100, 0}, {10, 10, 0}, {10, 5, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_tail_news news = {0};
        tcs_tail_say_lost(&news, mark(cases[i].after), mark(cases[i].before));
        check_int("said", news.count, cases[i].count ? 1 : 0);
        if (cases[i].count) {
            check_int("count", news.facts[0].count, cases[i].count);
            check_int("from", news.facts[0].from.ticks, (int64_t)cases[i].after * 10);
        }
    }
}

/* Doubt ends when the file is at rest, or when it lasts too long. */
static void when_a_file_may_be_judged(void **state)
{
    struct tcs_tail t = {0};
    struct tcs_tail_look look = {.now_ms = 1000, .unchanged_ms = 0};
    (void)state;
    assert_false(tcs_tail_may_judge(&t, &look, 2000));
    look.now_ms += 1999;
    look.unchanged_ms = 1999;
    assert_false(tcs_tail_may_judge(&t, &look, 2000));
    look.unchanged_ms = 2000;
    assert_true(tcs_tail_may_judge(&t, &look, 2000));
    look.unchanged_ms = 10;
    look.now_ms = 1000 + 2000 * TCS_TAIL_PATIENCE - 1;
    assert_false(tcs_tail_may_judge(&t, &look, 2000));
    look.now_ms++;
    assert_true(tcs_tail_may_judge(&t, &look, 2000));
}

static void words_of_all_facts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TCS_FACT_COUNT; i++) {
        assert_non_null(tcs_fact_words[i].name);
        assert_non_null(tcs_fact_words[i].text);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(tcs_fact_words[i].name, tcs_fact_words[k].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_thinned_out),       cmocka_unit_test(marks_that_are_gone),
        cmocka_unit_test(logs_that_stood_here_before), cmocka_unit_test(written_and_read),
        cmocka_unit_test(losses_are_counted),          cmocka_unit_test(when_a_file_may_be_judged),
        cmocka_unit_test(words_of_all_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
