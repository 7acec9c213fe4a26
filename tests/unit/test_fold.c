#include "unit.h"

#include "base/fold.h"
#include "base/utf.h"

static void letters_fold_as_windows_folds_them(void **state)
{
    (void)state;
    static const struct {
        uint32_t lower, upper;
    } pairs[] = {
        {'a', 'A'},       {'z', 'Z'},       {0xE4, 0xC4},     {0xF8, 0xD8},     {0xFF, 0x178},    {0x101, 0x100},
        {0x17E, 0x17D},   {0x3B1, 0x391},   {0x3C9, 0x3A9},   {0x3AC, 0x386},   {0x430, 0x410},   {0x44F, 0x42F},
        {0x451, 0x401},   {0x561, 0x531},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        check_int("lower", tcs_fold_cp(pairs[i].lower), pairs[i].upper);
        check_int("upper", tcs_fold_cp(pairs[i].upper), pairs[i].upper);
    }
}

/*
 * Characters that other foldings (Unicode's, a locale's) take for letters of
 * ASCII or for each other. One of them in place of a letter makes another
 * file name, so it must stay another text.
 */
static const uint32_t look_alikes[] = {
    'I',    'K',    'S',    'M',    'A',    'C', 'E', 'O', 'P', 'X',
    0x131,  /* dotless i: upper-case I in Unicode */
    0x130,  /* I with dot: lower-case i in Unicode */
    0x17F,  /* long s: upper-case S in Unicode */
    0x212A, /* Kelvin sign: lower-case k in Unicode */
    0x212B, /* Angstrom sign */
    0x2126, /* Ohm sign */
    0xB5,   /* micro sign: upper-case Greek Mu in Unicode */
    0x39C,  /* Greek Mu */
    0xC5,   /* A with ring */
    0x3A9,  /* Omega */
    0xDF,   /* sharp s */
    0x1E9E, /* capital sharp s */
    0x410,  /* Cyrillic A, Es, Ie, O, Er, Ha */
    0x421,  0x415,  0x41E,  0x420,  0x425,
    0x391,  /* Greek Alpha */
    0x3A3,  /* Sigma */
    0x3C2,  /* final sigma */
    0xFF21, /* full width A */
    0xFF43, /* full width c */
    0x2024, /* one dot leader */
    '.',    '\\',
    0xFF3C, /* full width backslash */
    0x2216, /* set minus */
};

static void look_alikes_stay_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(look_alikes); i++)
        for (size_t k = 0; k < i; k++)
            if (tcs_fold_cp(look_alikes[i]) == tcs_fold_cp(look_alikes[k]))
                fail_msg("U+%04X and U+%04X fold to the same", (unsigned)look_alikes[i], (unsigned)look_alikes[k]);
}

static void nothing_folds_into_ascii_but_ascii(void **state)
{
    (void)state;
    for (uint32_t cp = 0x80; cp <= 0x10FFFF; cp++)
        if (tcs_fold_cp(cp) < 0x80)
            fail_msg("U+%04X folds to U+%04X", (unsigned)cp, (unsigned)tcs_fold_cp(cp));
}

/* A name is folded where it stands, and positions in it stay what they were. */
static void length_and_form_are_kept(void **state)
{
    (void)state;
    char a[4], b[4];
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        uint32_t folded = tcs_fold_cp(cp);
        if (tcs_utf8_encode(cp, a) != tcs_utf8_encode(folded, b))
            fail_msg("U+%04X changes its length", (unsigned)cp);
        if (tcs_fold_cp(folded) != folded)
            fail_msg("U+%04X folds twice", (unsigned)cp);
    }
}

/* At most two letters, a small and a capital one, are the same. */
static void no_letter_has_two_small_forms(void **state)
{
    (void)state;
    static uint8_t sources[0x10000];
    for (uint32_t cp = 0; cp <= 0xFFFF; cp++)
        sources[tcs_fold_cp(cp)]++;
    for (uint32_t cp = 0; cp <= 0xFFFF; cp++)
        if (sources[cp] > 2)
            fail_msg("%d letters fold to U+%04X", sources[cp], (unsigned)cp);
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str in, want;
    } cases[] = {
        {TCS_STR_INIT(""), TCS_STR_INIT("")},
        {TCS_STR_INIT("C:\\Windows\\cmd.exe"), TCS_STR_INIT("C:\\WINDOWS\\CMD.EXE")},
        {TCS_STR_INIT("stra\xC3\x9F"
                      "e \xC3\xA4\xC3\xBF.exe"),
         TCS_STR_INIT("STRA\xC3\x9F"
                      "E \xC3\x84\xC5\xB8.EXE")},
        {TCS_STR_INIT("\xF0\x90\x90\xA8"), TCS_STR_INIT("\xF0\x90\x90\xA8")}, /* Deseret: single units only */
        {TCS_STR_INIT("a\0b"), TCS_STR_INIT("A\0B")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[64];
        tcs_fold(cases[i].in, out);
        check_str("folded", (struct tcs_str){out, cases[i].in.len}, cases[i].want);
        memcpy(out, cases[i].in.p, cases[i].in.len);
        tcs_fold((struct tcs_str){out, cases[i].in.len}, out);
        check_str("in place", (struct tcs_str){out, cases[i].in.len}, cases[i].want);
        check_true("equal", tcs_fold_eq(cases[i].in, cases[i].want));
    }
}

static void comparing(void **state)
{
    (void)state;
    assert_true(tcs_fold_eq(TCS_STR("Inetinfo.exe"), TCS_STR("INETINFO.EXE")));
    assert_false(tcs_fold_eq(TCS_STR("inetinfo"), TCS_STR("\xC4\xB1netinfo")));
    assert_false(tcs_fold_eq(TCS_STR("a"), TCS_STR("ab")));
    assert_false(tcs_fold_eq(TCS_STR("ab"), TCS_STR("a")));
    assert_true(tcs_fold_eq((struct tcs_str){NULL, 0}, TCS_STR("")));
    /* Same length in bytes, other letters. */
    assert_false(tcs_fold_eq(TCS_STR("\xC3\xA4"), TCS_STR("ae")));
    assert_false(tcs_fold_eq(TCS_STR("e\xCC\x81"), TCS_STR("\xC3\xA9\x78"))); /* composed or not: two files */
}

/* Comparing and folding must never disagree: tables are looked up by one and checked by the other. */
static void comparing_agrees_with_folding(void **state)
{
    (void)state;
    static const uint32_t letters[] = {'a', 'A', 'k', 'K', 0x131, 'i', 0xE4, 0xC4, 0x430, 0x410, 0x212A, 0x1F600};
    uint64_t seed = 4;
    for (int round = 0; round < 50000; round++) {
        char text[2][32], folded[2][32];
        size_t len[2] = {0, 0};
        for (int t = 0; t < 2; t++) {
            for (size_t n = 1 + unit_random_below(&seed, 2); n > 0; n--)
                len[t] += tcs_utf8_encode(letters[unit_random_below(&seed, COUNT_OF(letters))], text[t] + len[t]);
            tcs_fold((struct tcs_str){text[t], len[t]}, folded[t]);
        }
        bool same = tcs_str_eq((struct tcs_str){folded[0], len[0]}, (struct tcs_str){folded[1], len[1]});
        assert_int_equal(tcs_fold_eq((struct tcs_str){text[0], len[0]}, (struct tcs_str){text[1], len[1]}), same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_fold_as_windows_folds_them),
        cmocka_unit_test(look_alikes_stay_apart),
        cmocka_unit_test(nothing_folds_into_ascii_but_ascii),
        cmocka_unit_test(length_and_form_are_kept),
        cmocka_unit_test(no_letter_has_two_small_forms),
        cmocka_unit_test(texts),
        cmocka_unit_test(comparing),
        cmocka_unit_test(comparing_agrees_with_folding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
