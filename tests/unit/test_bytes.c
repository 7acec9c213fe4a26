#include "unit.h"

static void equality(void **state)
{
    (void)state;
    assert_true(tcs_str_eq(TCS_STR("abc"), TCS_STR("abc")));
    assert_false(tcs_str_eq(TCS_STR("abc"), TCS_STR("abd")));
    assert_false(tcs_str_eq(TCS_STR("abc"), TCS_STR("ab")));
    assert_true(tcs_str_eq((struct tcs_str){NULL, 0}, TCS_STR("")));
    /* A NUL does not end a slice: what follows it counts. */
    assert_false(tcs_str_eq(TCS_STR("a\0b"), TCS_STR("a\0c")));
}

static void heads_and_tails(void **state)
{
    (void)state;
    struct tcs_str s = TCS_STR("C:\\Windows");
    assert_true(tcs_str_starts(s, TCS_STR("C:")));
    assert_true(tcs_str_starts(s, TCS_STR("")));
    assert_true(tcs_str_starts(s, s));
    assert_false(tcs_str_starts(s, TCS_STR("c:")));
    assert_false(tcs_str_starts(TCS_STR("C"), TCS_STR("C:")));
    assert_true(tcs_str_ends(s, TCS_STR("dows")));
    assert_true(tcs_str_ends(s, TCS_STR("")));
    assert_false(tcs_str_ends(s, TCS_STR("DOWS")));
    assert_false(tcs_str_ends(TCS_STR("s"), TCS_STR("ws")));
    assert_true(tcs_str_starts((struct tcs_str){NULL, 0}, TCS_STR("")));
}

static void cut_is_clamped(void **state)
{
    (void)state;
    static const struct {
        size_t from, to;
        const char *want;
    } cases[] = {
        {0, 6, "abcdef"}, {2, 4, "cd"},    {2, 2, ""},       {0, 100, "abcdef"},
        {6, 6, ""},       {100, 200, ""},  {4, 2, ""},       {SIZE_MAX, SIZE_MAX, ""},
        {0, 0, ""},       {5, SIZE_MAX, "f"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_text("cut", tcs_str_cut(TCS_STR("abcdef"), cases[i].from, cases[i].to), cases[i].want);
}

static void finding_characters(void **state)
{
    (void)state;
    struct tcs_str s = TCS_STR("a\\b\\c");
    assert_int_equal(tcs_str_find(s, '\\'), 1);
    assert_int_equal(tcs_str_rfind(s, '\\'), 3);
    assert_int_equal(tcs_str_find(s, 'a'), 0);
    assert_int_equal(tcs_str_rfind(s, 'a'), 0);
    assert_int_equal(tcs_str_find(s, 'x'), s.len);
    assert_int_equal(tcs_str_rfind(s, 'x'), s.len);
    assert_int_equal(tcs_str_find((struct tcs_str){NULL, 0}, 'x'), 0);
    assert_int_equal(tcs_str_rfind((struct tcs_str){NULL, 0}, 'x'), 0);
    assert_int_equal(tcs_str_find(TCS_STR("a\0b"), 'b'), 2);
}

static void ascii_letters_in_either_case(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str a, b;
        bool same;
    } cases[] = {
        {TCS_STR_INIT("Security"), TCS_STR_INIT("SECURITY"), true},
        {TCS_STR_INIT(""), TCS_STR_INIT(""), true},
        {TCS_STR_INIT("az"), TCS_STR_INIT("AZ"), true},
        /* Neighbours of the letters in ASCII differ by the same bit and are no letters. */
        {TCS_STR_INIT("@"), TCS_STR_INIT("`"), false},
        {TCS_STR_INIT("["), TCS_STR_INIT("{"), false},
        {TCS_STR_INIT("a"), TCS_STR_INIT("ab"), false},
        /* Kelvin sign, dotless i, long s: never a letter of a keyword. */
        {TCS_STR_INIT("k"), TCS_STR_INIT("\xE2\x84\xAA"), false},
        {TCS_STR_INIT("i"), TCS_STR_INIT("\xC4\xB1"), false},
        {TCS_STR_INIT("\xC3\xA4"), TCS_STR_INIT("\xC3\x84"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].a.p, tcs_str_eq_ascii_nocase(cases[i].a, cases[i].b), cases[i].same);
}

static void parts_in_either_case(void **state)
{
    (void)state;
    struct tcs_str s = TCS_STR("w3wp.exe -ap \"DefaultAppPool\"");
    assert_true(tcs_str_has_ascii_nocase(s, TCS_STR("defaultapppool")));
    assert_true(tcs_str_has_ascii_nocase(s, TCS_STR("W3WP")));
    assert_true(tcs_str_has_ascii_nocase(s, TCS_STR("pool\"")));
    assert_true(tcs_str_has_ascii_nocase(s, s));
    assert_true(tcs_str_has_ascii_nocase(s, TCS_STR("")));
    assert_true(tcs_str_has_ascii_nocase(TCS_STR(""), TCS_STR("")));
    assert_false(tcs_str_has_ascii_nocase(TCS_STR(""), TCS_STR("x")));
    assert_false(tcs_str_has_ascii_nocase(s, TCS_STR("pool\"\"")));
    /* Found behind a false start, and behind a NUL. */
    assert_true(tcs_str_has_ascii_nocase(TCS_STR("aab"), TCS_STR("AB")));
    assert_true(tcs_str_has_ascii_nocase(TCS_STR("a\0%%4421"), TCS_STR("%%4421")));
}

static void little_endian_at_any_place(void **state)
{
    (void)state;
    static const uint8_t b[] = {0xFF, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};
    for (size_t shift = 0; shift < 2; shift++) {
        uint8_t copy[16];
        memcpy(copy + shift, b, sizeof b);
        const uint8_t *p = copy + shift + 1;
        assert_int_equal(tcs_le16(p), 0x0201);
        assert_int_equal(tcs_le32(p), 0x04030201);
        assert_int_equal(tcs_le64(p), UINT64_C(0x8807060504030201));
    }
    static const uint8_t ones[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    assert_int_equal(tcs_le16(ones), UINT16_MAX);
    assert_int_equal(tcs_le32(ones), UINT32_MAX);
    assert_int_equal(tcs_le64(ones), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality),
        cmocka_unit_test(heads_and_tails),
        cmocka_unit_test(cut_is_clamped),
        cmocka_unit_test(finding_characters),
        cmocka_unit_test(ascii_letters_in_either_case),
        cmocka_unit_test(parts_in_either_case),
        cmocka_unit_test(little_endian_at_any_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
