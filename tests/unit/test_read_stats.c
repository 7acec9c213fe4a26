#include "unit.h"

#include "model/read_stats.h"
#include "model/record.h"

static struct tcs_time at(int64_t second)
{
    return (struct tcs_time){second * TCS_TICKS_PER_SECOND};
}

/* Counts records with these numbers, one a second. */
static void count_all(struct tcs_read_stats *s, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tcs_read_stats_count(s, 0, numbers[i], at((int64_t)numbers[i]));
}

static void states_of_records(void **state)
{
    (void)state;
    struct tcs_read_stats s = {0};
    tcs_read_stats_count(&s, 0, 1, at(10));
    tcs_read_stats_count(&s, TCS_STATE_CRC_BAD, 2, at(11));
    tcs_read_stats_count(&s, TCS_STATE_RECOVERED, 3, at(12));
    tcs_read_stats_count(&s, TCS_STATE_TORN, 4, at(13));
    tcs_read_stats_count(&s, TCS_STATE_SLACK, 99, at(1));
    assert_int_equal(s.records, 3);
    assert_int_equal(s.recovered, 1);
    assert_int_equal(s.slack, 1);
    /* A torn record has its number: it is no hole. Slack is of another time and says nothing of this log. */
    assert_int_equal(s.gaps, 0);
    assert_int_equal(s.last_number, 4);
    assert_true(s.has_span);
    assert_int_equal(s.first.ticks, at(10).ticks);
    assert_int_equal(s.last.ticks, at(12).ticks);
}

static void the_span_is_that_of_all_records(void **state)
{
    (void)state;
    struct tcs_read_stats s = {0};
    assert_false(s.has_span);
    tcs_read_stats_count(&s, 0, 1, tcs_time_of_filetime(0)); /* unset, as exports have it: says nothing */
    assert_false(s.has_span);
    tcs_read_stats_count(&s, 0, 2, at(50));
    tcs_read_stats_count(&s, 0, 3, at(20)); /* not in the order of time */
    tcs_read_stats_count(&s, 0, 4, at(30));
    assert_int_equal(s.first.ticks, at(20).ticks);
    assert_int_equal(s.last.ticks, at(50).ticks);
}

static void holes(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t numbers[6];
        size_t count;
        uint64_t gaps, missing, after, before;
    } cases[] = {
        {"none", {1, 2, 3, 4}, 4, 0, 0, 0, 0},
        {"a log need not begin with 1", {1000, 1001}, 2, 0, 0, 0, 0},
        {"one record", {1, 3}, 2, 1, 1, 1, 3},
        {"two holes", {1, 5, 6, 10}, 4, 2, 6, 1, 5},
        {"begun anew", {100, 101, 1, 2}, 4, 0, 0, 0, 0},
        {"begun anew, then a hole", {100, 1, 3}, 3, 1, 1, 1, 3},
        {"the same number twice", {5, 5, 6}, 3, 0, 0, 0, 0},
        {"over 2^32", {UINT32_MAX, UINT64_C(1) << 32}, 2, 0, 0, 0, 0},
        {"huge", {1, UINT64_MAX}, 2, 1, UINT64_MAX - 2, 1, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_read_stats s = {0};
        count_all(&s, cases[i].numbers, cases[i].count);
        check_int(cases[i].what, s.gaps, cases[i].gaps);
        check_int(cases[i].what, s.missing, cases[i].missing);
        check_int(cases[i].what, s.gap_after, cases[i].after);
        check_int(cases[i].what, s.gap_before, cases[i].before);
    }
}

static void the_first_hole_has_its_times(void **state)
{
    (void)state;
    struct tcs_read_stats s = {0};
    static const uint64_t numbers[] = {1, 2, 10, 20};
    count_all(&s, numbers, COUNT_OF(numbers));
    assert_int_equal(s.gap_from.ticks, at(2).ticks);
    assert_int_equal(s.gap_to.ticks, at(10).ticks);
}

/* Cut at any place into units, the numbers give the same as in one. */
static void units_joined_equal_the_whole(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {10, 11, 12, 20, 21, 5, 6, 9, 9, 10};
    struct tcs_read_stats whole = {0};
    count_all(&whole, numbers, COUNT_OF(numbers));
    for (size_t a = 0; a <= COUNT_OF(numbers); a++) {
        for (size_t b = a; b <= COUNT_OF(numbers); b++) {
            struct tcs_read_stats parts[3] = {{0}}, sum = {0};
            count_all(&parts[0], numbers, a);
            count_all(&parts[1], numbers + a, b - a);
            count_all(&parts[2], numbers + b, COUNT_OF(numbers) - b);
            for (size_t i = 0; i < 3; i++)
                tcs_read_stats_append(&sum, &parts[i]);
            assert_memory_equal(&sum, &whole, sizeof sum);
        }
    }
}

static void a_hole_between_units(void **state)
{
    (void)state;
    struct tcs_read_stats a = {0}, b = {0};
    static const uint64_t first[] = {1, 2}, second[] = {7, 8, 10};
    count_all(&a, first, 2);
    count_all(&b, second, 3);
    tcs_read_stats_append(&a, &b);
    assert_int_equal(a.gaps, 2);
    assert_int_equal(a.missing, 5);
    assert_int_equal(a.gap_after, 2);
    assert_int_equal(a.gap_before, 7);
    assert_int_equal(a.last_number, 10);
}

/* Between two files there is no hole: they are two logs. */
static void logs_merged_have_no_hole_between_them(void **state)
{
    (void)state;
    struct tcs_read_stats sum = {0}, a = {0}, b = {0};
    static const uint64_t first[] = {1, 3}, second[] = {100, 101};
    count_all(&a, first, 2);
    count_all(&b, second, 2);
    a.damage[TCS_DAMAGE_TORN] = 2;
    b.damage[TCS_DAMAGE_TORN] = 3;
    a.chunks = b.empty = 4;
    tcs_read_stats_merge(&sum, &a);
    tcs_read_stats_merge(&sum, &b);
    assert_int_equal(sum.records, 4);
    assert_int_equal(sum.gaps, 1);
    assert_int_equal(sum.missing, 1);
    assert_int_equal(sum.damage[TCS_DAMAGE_TORN], 5);
    assert_int_equal(sum.chunks, 4);
    assert_int_equal(sum.empty, 4);
    assert_int_equal(sum.first.ticks, at(1).ticks);
    assert_int_equal(sum.last.ticks, at(101).ticks);
}

static void nothing_added_changes_nothing(void **state)
{
    (void)state;
    struct tcs_read_stats s = {0}, nothing = {0};
    static const uint64_t numbers[] = {1, 3};
    count_all(&s, numbers, 2);
    struct tcs_read_stats before = s;
    tcs_read_stats_append(&s, &nothing);
    tcs_read_stats_merge(&s, &nothing);
    assert_memory_equal(&s, &before, sizeof s);
}

static void some_damage_costs_nothing(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TCS_DAMAGE_COUNT; kind++) {
        struct tcs_read_stats s = {0};
        assert_false(tcs_read_stats_has_loss(&s));
        s.damage[kind] = 1;
        /* Chunks tell everything that header says, and a template that is lost for good shows as lost data. */
        bool harmless = kind == TCS_DAMAGE_HEADER || kind == TCS_DAMAGE_STALE || kind == TCS_DAMAGE_TEMPLATE;
        check_int(tcs_damage_names[kind][0], tcs_read_stats_has_loss(&s), !harmless);
        check_int(tcs_damage_names[kind][1], tcs_damage_is_loss((enum tcs_damage)kind), !harmless);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_of_records),
        cmocka_unit_test(the_span_is_that_of_all_records),
        cmocka_unit_test(holes),
        cmocka_unit_test(the_first_hole_has_its_times),
        cmocka_unit_test(units_joined_equal_the_whole),
        cmocka_unit_test(a_hole_between_units),
        cmocka_unit_test(logs_merged_have_no_hole_between_them),
        cmocka_unit_test(nothing_added_changes_nothing),
        cmocka_unit_test(some_damage_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
