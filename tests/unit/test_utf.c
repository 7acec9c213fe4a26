#include "unit.h"

#include "base/utf.h"

/* ---- UTF-16 ---- */

static const struct {
    const char *what;
    struct tcs_bytes units; /* little-endian */
    struct tcs_str want;
    bool damaged;
} utf16_cases[] = {
    {"empty", BYTES_INIT(""), TCS_STR_INIT(""), false},
    {"ASCII", BYTES_INIT("c\0m\0d\0"), TCS_STR_INIT("cmd"), false},
    {"NUL inside", BYTES_INIT("a\0\0\0b\0"), TCS_STR_INIT("a\0b"), false},
    {"two bytes", BYTES_INIT("\xE4\x00\xFF\x07"), TCS_STR_INIT("\xC3\xA4\xDF\xBF"), false},
    {"three bytes", BYTES_INIT("\x00\x08\xAC\x20\xFF\xFF"), TCS_STR_INIT("\xE0\xA0\x80\xE2\x82\xAC\xEF\xBF\xBF"),
     false},
    {"around the surrogates", BYTES_INIT("\xFF\xD7\x00\xE0"), TCS_STR_INIT("\xED\x9F\xBF\xEE\x80\x80"), false},
    {"a pair: U+10000", BYTES_INIT("\x00\xD8\x00\xDC"), TCS_STR_INIT("\xF0\x90\x80\x80"), false},
    {"a pair: U+1F600", BYTES_INIT("\x3D\xD8\x00\xDE"), TCS_STR_INIT("\xF0\x9F\x98\x80"), false},
    {"a pair: U+10FFFF", BYTES_INIT("\xFF\xDB\xFF\xDF"), TCS_STR_INIT("\xF4\x8F\xBF\xBF"), false},
    /* Nothing is dropped: two names that differ in a stray unit only must not look alike. */
    {"high at the end", BYTES_INIT("a\0\x00\xD8"), TCS_STR_INIT("a\xEF\xBF\xBD"), true},
    {"high before a letter", BYTES_INIT("\x00\xD8"
                                        "a\0"),
     TCS_STR_INIT("\xEF\xBF\xBD"
                  "a"),
     true},
    {"low alone", BYTES_INIT("\x00\xDC"
                             "a\0"),
     TCS_STR_INIT("\xEF\xBF\xBD"
                  "a"),
     true},
    {"the wrong way round", BYTES_INIT("\x00\xDC\x00\xD8"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"high before a pair", BYTES_INIT("\x00\xD8\x00\xD8\x00\xDC"), TCS_STR_INIT("\xEF\xBF\xBD\xF0\x90\x80\x80"),
     true},
    {"U+FFFD itself is no damage", BYTES_INIT("\xFD\xFF"), TCS_STR_INIT("\xEF\xBF\xBD"), false},
};

static void utf16_to_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(utf16_cases); i++) {
        struct tcs_utf16 text = {utf16_cases[i].units.p, utf16_cases[i].units.len / 2};
        struct tcs_buf b;
        tcs_buf_init(&b, 100);
        bool damaged = tcs_buf_utf16(&b, text);
        check_str(utf16_cases[i].what, tcs_buf_view(&b), utf16_cases[i].want);
        check_int(utf16_cases[i].what, damaged, utf16_cases[i].damaged);
        tcs_buf_done(&b);
    }
}

static void utf16_to_the_arena(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(utf16_cases); i++) {
        struct tcs_utf16 text = {utf16_cases[i].units.p, utf16_cases[i].units.len / 2};
        bool damaged = false, ok = false;
        check_str(utf16_cases[i].what, tcs_utf16_to_str(&a, text, &damaged, &ok), utf16_cases[i].want);
        check_int(utf16_cases[i].what, damaged, utf16_cases[i].damaged);
        assert_true(ok);
    }
    /* Damage of an earlier text stays known. */
    bool damaged = true, ok;
    tcs_utf16_to_str(&a, (struct tcs_utf16){(const uint8_t *)"a\0", 1}, &damaged, &ok);
    assert_true(damaged);
    tcs_arena_done(&a);
}

static void utf16_at_odd_addresses(void **state)
{
    (void)state;
    uint8_t bytes[17];
    for (size_t shift = 0; shift < 2; shift++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 100);
        struct tcs_utf16 text = {bytes + shift, unit_utf16("cmd.exe", bytes + shift) / 2};
        tcs_buf_utf16(&b, text);
        check_buf("odd", &b, "cmd.exe");
        tcs_buf_done(&b);
    }
}

static void utf16_without_memory(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 0);
    bool damaged = false, ok = true;
    struct tcs_str s = tcs_utf16_to_str(&a, (struct tcs_utf16){(const uint8_t *)"a\0", 1}, &damaged, &ok);
    assert_false(ok);
    assert_int_equal(s.len, 0);
    s = tcs_utf16_to_str(&a, (struct tcs_utf16){NULL, 0}, &damaged, &ok);
    assert_true(ok);
    assert_int_equal(s.len, 0);

    struct tcs_buf b;
    tcs_buf_init(&b, 2);
    tcs_buf_utf16(&b, (struct tcs_utf16){(const uint8_t *)"\xAC\x20", 1});
    assert_true(b.bad);
    assert_int_equal(b.len, 0);
    tcs_buf_clear(&b);
    tcs_buf_utf16(&b, (struct tcs_utf16){NULL, SIZE_MAX / 2});
    assert_true(b.bad);
    tcs_buf_done(&b);
}

/* ---- UTF-8 ---- */

static const struct {
    const char *what;
    struct tcs_bytes text;
    struct tcs_str want;
    bool damaged;
} utf8_cases[] = {
    {"ASCII", BYTES_INIT("abc"), TCS_STR_INIT("abc"), false},
    {"NUL", BYTES_INIT("a\0b"), TCS_STR_INIT("a\0b"), false},
    {"all lengths", BYTES_INIT("z\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
     TCS_STR_INIT("z\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"), false},
    /* Overlong forms were how Nimda hid a backslash: %c1%1c, %c0%af. */
    {"overlong slash", BYTES_INIT("\xC0\xAF"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"overlong NUL", BYTES_INIT("\xC0\x80"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"overlong in three", BYTES_INIT("\xE0\x80\xAF"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"overlong in four", BYTES_INIT("\xF0\x80\x80\xAF"),
     TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"highest overlong", BYTES_INIT("\xE0\x9F\xBF"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"surrogate", BYTES_INIT("\xED\xA0\x80"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"last surrogate", BYTES_INIT("\xED\xBF\xBF"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"above U+10FFFF", BYTES_INIT("\xF4\x90\x80\x80"),
     TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"no first byte", BYTES_INIT("\xF5\xFE\xFF"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"continuation alone", BYTES_INIT("a\x80z"), TCS_STR_INIT("a\xEF\xBF\xBDz"), true},
    {"cut in two", BYTES_INIT("\xC3"), TCS_STR_INIT("\xEF\xBF\xBD"), true},
    {"cut in three", BYTES_INIT("\xE2\x82"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    {"cut in four", BYTES_INIT("\xF0\x9F\x98"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), true},
    /* A cut sequence must not swallow what follows: a quote, a backslash. */
    {"letter instead of the rest", BYTES_INIT("\xE2\x82\""), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\""), true},
    {"sequence instead of the rest", BYTES_INIT("\xF0\x9F\xC3\xA4"), TCS_STR_INIT("\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA4"),
     true},
};

static void utf8_is_repaired(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(utf8_cases); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 100);
        bool damaged = tcs_buf_utf8(&b, utf8_cases[i].text);
        check_str(utf8_cases[i].what, tcs_buf_view(&b), utf8_cases[i].want);
        check_int(utf8_cases[i].what, damaged, utf8_cases[i].damaged);
        tcs_buf_done(&b);
    }
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char out[4];
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        size_t len = tcs_utf8_encode(cp, out), at = 0;
        bool damaged = false;
        uint32_t back = tcs_utf8_next((struct tcs_bytes){(uint8_t *)out, len}, &at, &damaged);
        if (back != cp || at != len || damaged)
            fail_msg("U+%04X comes back as U+%04X", (unsigned)cp, (unsigned)back);
    }
}

/* Whatever the bytes: it ends, it reads only them, and what comes out is well formed. */
static void any_bytes_can_be_repaired(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[12];
        size_t len = unit_random_below(&seed, sizeof bytes + 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)(unit_random(&seed) | (unit_random(&seed) & 0x80));
        struct tcs_buf once, twice;
        tcs_buf_init(&once, 100);
        tcs_buf_init(&twice, 100);
        tcs_buf_utf8(&once, (struct tcs_bytes){bytes, len});
        struct tcs_str s = tcs_buf_view(&once);
        assert_false(tcs_buf_utf8(&twice, (struct tcs_bytes){(const uint8_t *)s.p, s.len}));
        check_str("repaired once is repaired", tcs_buf_view(&twice), s);
        tcs_buf_done(&once);
        tcs_buf_done(&twice);
    }
}

/* ---- code page 1252 ---- */

static void code_page_1252(void **state)
{
    (void)state;
    static const struct {
        struct tcs_bytes text;
        struct tcs_str want;
    } cases[] = {
        {BYTES_INIT("plain"), TCS_STR_INIT("plain")},
        {BYTES_INIT("a\0b"), TCS_STR_INIT("a\0b")},
        {BYTES_INIT("\xE4\xF6\xFC\xDF"), TCS_STR_INIT("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F")},
        {BYTES_INIT("\x80\x85\x93\x94\x99\x9F"),
         TCS_STR_INIT("\xE2\x82\xAC\xE2\x80\xA6\xE2\x80\x9C\xE2\x80\x9D\xE2\x84\xA2\xC5\xB8")},
        /* The five holes keep their number, so that no two bytes look alike. */
        {BYTES_INIT("\x81\x8D\x8F\x90\x9D"), TCS_STR_INIT("\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D")},
        {BYTES_INIT("\x7F\xA0\xFF"), TCS_STR_INIT("\x7F\xC2\xA0\xC3\xBF")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 100);
        tcs_buf_cp1252(&b, cases[i].text);
        check_str("1252", tcs_buf_view(&b), cases[i].want);
        tcs_buf_done(&b);
    }
}

static void no_two_bytes_of_1252_are_the_same(void **state)
{
    (void)state;
    char texts[256][4];
    size_t lens[256];
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        struct tcs_buf b;
        tcs_buf_init(&b, 8);
        tcs_buf_cp1252(&b, (struct tcs_bytes){&byte, 1});
        lens[c] = b.len;
        memcpy(texts[c], b.p, b.len);
        tcs_buf_done(&b);
        for (unsigned d = 0; d < c; d++)
            assert_false(lens[c] == lens[d] && memcmp(texts[c], texts[d], lens[c]) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf16_to_utf8),
        cmocka_unit_test(utf16_to_the_arena),
        cmocka_unit_test(utf16_at_odd_addresses),
        cmocka_unit_test(utf16_without_memory),
        cmocka_unit_test(utf8_is_repaired),
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(any_bytes_can_be_repaired),
        cmocka_unit_test(code_page_1252),
        cmocka_unit_test(no_two_bytes_of_1252_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
