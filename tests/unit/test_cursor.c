#include "unit.h"

#include "base/cursor.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void takes_in_order(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_of((struct tcs_bytes){bytes, sizeof bytes});
    assert_int_equal(tcs_take_u8(&c), 1);
    assert_int_equal(tcs_take_u16(&c), 0x0302);
    assert_int_equal(tcs_take_u32(&c), 0x07060504);
    assert_int_equal(tcs_take_u64(&c), UINT64_C(0x0F0E0D0C0B0A0908));
    assert_int_equal(tcs_cursor_left(&c), 0);
    assert_false(c.bad);
}

static void a_read_past_the_end_is_remembered(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_of((struct tcs_bytes){bytes, 5});
    assert_int_equal(tcs_take_u16(&c), 0x0201);
    assert_int_equal(tcs_take_u32(&c), 0);
    assert_true(c.bad);
    assert_int_equal(c.pos, 2);
    /* For good, also where a smaller read would fit: a parser asks once, at the end. */
    assert_int_equal(tcs_take_u8(&c), 0);
    assert_int_equal(tcs_peek_u8(&c), 0);
    assert_null(tcs_take(&c, 0));
    assert_int_equal(tcs_cursor_left(&c), 0);
    assert_int_equal(c.pos, 2);
}

/* Each width fails exactly when a byte is lacking. */
static void every_width_is_bounded(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 8; len++) {
        struct tcs_bytes b = {bytes, len};
        struct tcs_cursor c8 = tcs_cursor_of(b), c16 = c8, c32 = c8, c64 = c8, peek = c8;
        tcs_take_u8(&c8);
        tcs_take_u16(&c16);
        tcs_take_u32(&c32);
        tcs_take_u64(&c64);
        tcs_peek_u8(&peek);
        assert_int_equal(c8.bad, len < 1);
        assert_int_equal(peek.bad, len < 1);
        assert_int_equal(c16.bad, len < 2);
        assert_int_equal(c32.bad, len < 4);
        assert_int_equal(c64.bad, len < 8);
    }
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_at(bytes, 10, sizeof bytes);
    assert_null(tcs_take(&c, SIZE_MAX));
    assert_true(c.bad);
    c = tcs_cursor_at(bytes, 10, sizeof bytes);
    assert_null(tcs_take(&c, SIZE_MAX - 9));
    assert_true(c.bad);
    c = tcs_cursor_at(bytes, 10, sizeof bytes);
    assert_non_null(tcs_take(&c, 5));
    assert_false(c.bad);
}

static void ranges(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_at(bytes, 3, 5);
    assert_int_equal(tcs_cursor_left(&c), 2);
    assert_int_equal(tcs_take_u16(&c), 0x0504);
    assert_null(tcs_take(&c, 1)); /* the range ends before the bytes do */

    c = tcs_cursor_at(bytes, 5, 5);
    assert_false(c.bad);
    assert_non_null(tcs_take(&c, 0));
    assert_false(c.bad);
    assert_int_equal(tcs_cursor_left(&c), 0);

    /* Its end before its start: offsets of a log, believed by nobody. */
    c = tcs_cursor_at(bytes, 6, 5);
    assert_true(c.bad);
    assert_int_equal(tcs_cursor_left(&c), 0);
    assert_int_equal(tcs_take_u8(&c), 0);
    assert_true(c.pos <= c.end);
}

static void peek_takes_nothing(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_of((struct tcs_bytes){bytes, 1});
    assert_int_equal(tcs_peek_u8(&c), 1);
    assert_int_equal(tcs_peek_u8(&c), 1);
    assert_int_equal(tcs_take_u8(&c), 1);
    assert_false(c.bad);
    assert_int_equal(tcs_peek_u8(&c), 0);
    assert_true(c.bad);
}

static void no_bytes_at_all(void **state)
{
    (void)state;
    struct tcs_cursor c = tcs_cursor_of((struct tcs_bytes){NULL, 0});
    assert_false(c.bad);
    assert_int_equal(tcs_take_u64(&c), 0);
    assert_true(c.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_in_order),
        cmocka_unit_test(a_read_past_the_end_is_remembered),
        cmocka_unit_test(every_width_is_bounded),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(ranges),
        cmocka_unit_test(peek_takes_nothing),
        cmocka_unit_test(no_bytes_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
