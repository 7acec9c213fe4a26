#include "unit.h"

#include "base/marks.h"

static void nothing_is_marked_at_first(void **state)
{
    (void)state;
    struct tcs_marks m = {0};
    assert_int_equal(tcs_marks_next(&m, 0, UINT32_MAX), TCS_NO_MARK);
    assert_false(tcs_marks_has(&m, 0));
    tcs_marks_remove(&m, 7);
    tcs_marks_clear(&m);
    tcs_marks_done(&m);
}

static void marks_come_in_order(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {70000, 3, 64, 63, 0, 128, 3};
    static const uint32_t sorted[] = {0, 3, 63, 64, 128, 70000};
    struct tcs_marks m = {0};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        tcs_marks_add(&m, numbers[i]);
    uint32_t at = 0;
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        at = tcs_marks_next(&m, at, 100000);
        assert_int_equal(at, sorted[i]);
        assert_true(tcs_marks_has(&m, at++));
    }
    assert_int_equal(tcs_marks_next(&m, at, 100000), TCS_NO_MARK);
    assert_int_equal(tcs_marks_next(&m, 129, 70000), TCS_NO_MARK); /* the end is not part of it */
    tcs_marks_done(&m);
}

static void taken_out_and_emptied(void **state)
{
    (void)state;
    struct tcs_marks m = {0};
    tcs_marks_add(&m, 5);
    tcs_marks_add(&m, 6);
    tcs_marks_remove(&m, 5);
    assert_int_equal(tcs_marks_next(&m, 0, 64), 6);
    tcs_marks_clear(&m);
    assert_int_equal(tcs_marks_next(&m, 0, 64), TCS_NO_MARK);
    tcs_marks_done(&m);
}

/* Without memory everything counts as marked, until the next clearing. */
static void all_are_marked(void **state)
{
    (void)state;
    struct tcs_marks m = {.all = true};
    tcs_marks_add(&m, 9);
    assert_true(tcs_marks_has(&m, 12345));
    assert_int_equal(tcs_marks_next(&m, 3, 5), 3);
    assert_int_equal(tcs_marks_next(&m, 4, 5), 4);
    assert_int_equal(tcs_marks_next(&m, 5, 5), TCS_NO_MARK);
    tcs_marks_clear(&m);
    assert_false(tcs_marks_has(&m, 12345));
    tcs_marks_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_marked_at_first),
        cmocka_unit_test(marks_come_in_order),
        cmocka_unit_test(taken_out_and_emptied),
        cmocka_unit_test(all_are_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
