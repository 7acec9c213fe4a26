#include "unit.h"

static void raising_returns_the_code(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    assert_int_equal(tcs_fail(&err, TCS_FORMAT, 4096, "chunk %d is cut", 7), TCS_FORMAT);
    assert_int_equal(err.code, TCS_FORMAT);
    assert_int_equal(err.off, 4096);
    assert_int_equal(err.os, 0);
    assert_string_equal(err.text, "chunk 7 is cut");
}

static void the_first_error_wins(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_fail(&err, TCS_LIMIT, 1, "first");
    /* The second is told to its caller, and changes nothing. */
    assert_int_equal(tcs_fail(&err, TCS_IO, 2, "second"), TCS_IO);
    assert_int_equal(tcs_fail_os(&err, TCS_DENIED, 13, "third"), TCS_DENIED);
    assert_int_equal(err.code, TCS_LIMIT);
    assert_int_equal(err.off, 1);
    assert_int_equal(err.os, 0);
    assert_string_equal(err.text, "first");
}

static void the_systems_number_is_kept(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    assert_int_equal(tcs_fail_os(&err, TCS_DENIED, 13, "cannot open %s", "x"), TCS_DENIED);
    assert_int_equal(err.os, 13);
    assert_true(err.off == TCS_NO_OFFSET);
    assert_string_equal(err.text, "cannot open x");
}

static void clearing_makes_it_usable_again(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_fail_os(&err, TCS_IO, 5, "first");
    tcs_err_clear(&err);
    assert_int_equal(err.code, TCS_OK);
    assert_int_equal(err.os, 0);
    assert_true(err.off == TCS_NO_OFFSET);
    assert_string_equal(err.text, "");
    tcs_fail(&err, TCS_SKIP, 2, "second");
    assert_string_equal(err.text, "second");
    assert_int_equal(err.code, TCS_SKIP);
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(tcs_fail(NULL, TCS_NOMEM, 0, "x"), TCS_NOMEM);
    assert_int_equal(tcs_fail_os(NULL, TCS_IO, 5, "x"), TCS_IO);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_fail(&err, TCS_CONFIG, 0, "%1000s", "x");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* Whatever stands at the edge, whole or cut: what is left is UTF-8. */
static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"\xC3\xA4", "\xE2\x80\xAE", "\xF0\x9F\x94\x94"};
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(characters[i]);
        for (int before = 250; before < 256; before++) {
            struct tcs_err err = TCS_ERR_INIT;
            tcs_fail(&err, TCS_CONFIG, 0, "%*s%s%s", before, "x", characters[i], "yyyyyyyy");
            bool fits = (size_t)before + len < sizeof err.text;
            assert_int_equal(strncmp(err.text + before, characters[i], len) == 0, fits);
            assert_true(fits || strlen(err.text) == (size_t)before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raising_returns_the_code),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(the_systems_number_is_kept),
        cmocka_unit_test(clearing_makes_it_usable_again),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
