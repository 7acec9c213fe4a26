#include "unit.h"

static void grows_as_it_must(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 1 << 20);
    assert_int_equal(b.cap, 0);
    for (int i = 0; i < 5000; i++)
        tcs_buf_putc(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 5000);
    for (size_t i = 0; i < b.len; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    assert_false(b.bad);
    tcs_buf_done(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.max, 1 << 20);
}

/* max is what may be allocated, so a thousand small buffers cannot take more than a thousand times it. */
static void never_allocates_more_than_max(void **state)
{
    (void)state;
    static const size_t limits[] = {0, 1, 10, 255, 256, 257, 1000, 65536, 65537};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, limits[i]);
        for (size_t n = 0; n < limits[i]; n++)
            tcs_buf_putc(&b, 'x');
        check_int("all fits", b.len, limits[i]);
        check_true("up to the limit", !b.bad && b.cap <= b.max);
        tcs_buf_putc(&b, 'x');
        check_true("beyond it", b.bad && b.len == limits[i] && b.cap <= b.max);
        tcs_buf_done(&b);
    }
}

static void what_does_not_fit_is_dropped_whole(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 8);
    tcs_buf_puts(&b, "12345");
    tcs_buf_puts(&b, "6789");
    assert_true(b.bad);
    check_buf("nothing of it", &b, "12345");
    /* For good: a text with a hole would look whole. */
    tcs_buf_puts(&b, "6");
    tcs_buf_printf(&b, "7");
    tcs_buf_u64(&b, 8);
    tcs_buf_fill(&b, '9', 1);
    tcs_buf_hex_bytes(&b, BYTES("a"));
    check_buf("and nothing behind it", &b, "12345");
    assert_null(tcs_buf_room(&b, 1));
    tcs_buf_clear(&b);
    assert_false(b.bad);
    tcs_buf_puts(&b, "12345678");
    check_buf("anew", &b, "12345678");
    tcs_buf_done(&b);
}

static void nothing_is_always_welcome(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 0);
    tcs_buf_put(&b, NULL, 0);
    tcs_buf_str(&b, (struct tcs_str){NULL, 0});
    tcs_buf_fill(&b, 'x', 0);
    tcs_buf_hex_bytes(&b, (struct tcs_bytes){NULL, 0});
    assert_false(b.bad);
    struct tcs_str view = tcs_buf_view(&b);
    assert_non_null(view.p);
    assert_int_equal(view.len, 0);
    tcs_buf_done(&b);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, SIZE_MAX);
    tcs_buf_puts(&b, "x");
    assert_null(tcs_buf_room(&b, SIZE_MAX));
    assert_true(b.bad);
    tcs_buf_clear(&b);
    struct tcs_bytes huge = {NULL, SIZE_MAX / 2 + 1};
    tcs_buf_hex_bytes(&b, huge);
    assert_true(b.bad);
    tcs_buf_done(&b);
}

static void room_is_for_the_caller_to_fill(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 100);
    tcs_buf_puts(&b, "a");
    char *p = tcs_buf_room(&b, 50);
    assert_ptr_equal(p, b.p + 1);
    assert_int_equal(b.len, 1);
    p[0] = 'b';
    b.len += 1;
    check_buf("only what the caller adds", &b, "ab");
    tcs_buf_done(&b);
}

static void printf_writes_formatted(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 1000);
    tcs_buf_printf(&b, "%d-%s-%04X", -1, "x", 0xABu);
    check_buf("several", &b, "-1-x-00AB");
    tcs_buf_printf(&b, "%s", "");
    check_buf("nothing", &b, "-1-x-00AB");
    tcs_buf_clear(&b);
    tcs_buf_printf(&b, "%*s", 900, "x");
    assert_int_equal(b.len, 900);
    tcs_buf_printf(&b, "%*s", 200, "x");
    assert_true(b.bad);
    assert_int_equal(b.len, 900);
    tcs_buf_done(&b);
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *decimal, *is_signed, *hex;
    } cases[] = {
        {0, "0", "0", "0"},
        {9, "9", "9", "9"},
        {10, "10", "10", "a"},
        {0xDEADBEEF, "3735928559", "3735928559", "deadbeef"},
        {INT64_MAX, "9223372036854775807", "9223372036854775807", "7fffffffffffffff"},
        {(uint64_t)INT64_MIN, "9223372036854775808", "-9223372036854775808", "8000000000000000"},
        {UINT64_MAX, "18446744073709551615", "-1", "ffffffffffffffff"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 100);
        tcs_buf_u64(&b, cases[i].n);
        check_buf("decimal", &b, cases[i].decimal);
        tcs_buf_clear(&b);
        tcs_buf_i64(&b, (int64_t)cases[i].n);
        check_buf("signed", &b, cases[i].is_signed);
        tcs_buf_clear(&b);
        tcs_buf_hex(&b, cases[i].n);
        check_buf("hexadecimal", &b, cases[i].hex);
        tcs_buf_done(&b);
    }
}

/* The sign alone would turn into another number. */
static void a_number_is_not_cut(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 3);
    tcs_buf_u64(&b, 1234);
    assert_true(b.bad);
    assert_int_equal(b.len, 0);
    tcs_buf_done(&b);
}

static void bytes_as_digits(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 100);
    tcs_buf_hex_bytes(&b, BYTES("\x00\x01\x7F\x80\xFF"));
    check_buf("upper case, two a byte", &b, "00017F80FF");
    tcs_buf_done(&b);
}

/* Stored by one version and read by the next: the order is fixed, whatever the machine. */
static void bytes_of_a_number(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 20);
    tcs_buf_le64(&b, UINT64_C(0x0123456789ABCDEF));
    tcs_buf_le64(&b, UINT64_MAX - 1);
    struct tcs_str want = TCS_STR("\xEF\xCD\xAB\x89\x67\x45\x23\x01\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    check_str("the lowest first", tcs_buf_view(&b), want);
    tcs_buf_le64(&b, 1);
    assert_true(b.bad);
    check_str("whole or not at all", tcs_buf_view(&b), want);
    tcs_buf_done(&b);
}

static void a_nul_inside_is_data(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 100);
    tcs_buf_str(&b, TCS_STR("a\0b"));
    tcs_buf_putc(&b, '\0');
    check_str("all four", tcs_buf_view(&b), TCS_STR("a\0b\0"));
    tcs_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_as_it_must),
        cmocka_unit_test(never_allocates_more_than_max),
        cmocka_unit_test(what_does_not_fit_is_dropped_whole),
        cmocka_unit_test(nothing_is_always_welcome),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(room_is_for_the_caller_to_fill),
        cmocka_unit_test(printf_writes_formatted),
        cmocka_unit_test(numbers),
        cmocka_unit_test(a_number_is_not_cut),
        cmocka_unit_test(bytes_as_digits),
        cmocka_unit_test(bytes_of_a_number),
        cmocka_unit_test(a_nul_inside_is_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
