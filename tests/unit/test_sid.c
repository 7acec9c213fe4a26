#include "unit.h"

#include "model/sid.h"

static const struct {
    const char *text;
    struct tcs_bytes bytes;
} both_ways[] = {
    {"S-1-5-18", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")},
    {"S-1-0-0", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
    {"S-1-1-0", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00")},
    {"S-1-16-12288", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x10\x00\x30\x00\x00")},
    {"S-1-5-32-568", BYTES_INIT("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x38\x02\x00\x00")},
    /* Byte order: the authority is big-endian, what follows little-endian. */
    {"S-1-16909060-67305985", BYTES_INIT("\x01\x01\x00\x00\x01\x02\x03\x04\x01\x02\x03\x04")},
    /* no sub-authority at all */
    {"S-1-5", BYTES_INIT("\x01\x00\x00\x00\x00\x00\x00\x05")},
    /* DefaultAppPool of IIS 7.5 and later */
    {"S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415",
     BYTES_INIT("\x01\x06\x00\x00\x00\x00\x00\x05\x52\x00\x00\x00\xE2\x9C\x36\xB3\x13\x8F\x48\x19\xEC\x09\x0A\x68"
                "\x2F\x26\x61\x2F\x5F\xD1\xB2\xEE")},
    /* The authority is decimal up to 2^32 - 1 and hexadecimal beyond. */
    {"S-1-4294967295-1", BYTES_INIT("\x01\x01\x00\x00\xFF\xFF\xFF\xFF\x01\x00\x00\x00")},
    {"S-1-0x100000000-1", BYTES_INIT("\x01\x01\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00")},
    {"S-1-0xffffffffffff-4294967295", BYTES_INIT("\x01\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")},
    /* as many sub-authorities as there may be */
    {"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15",
     BYTES_INIT("\x01\x0F\x00\x00\x00\x00\x00\x05\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00"
                "\x05\x00\x00\x00\x06\x00\x00\x00\x07\x00\x00\x00\x08\x00\x00\x00\x09\x00\x00\x00\x0A\x00\x00\x00"
                "\x0B\x00\x00\x00\x0C\x00\x00\x00\x0D\x00\x00\x00\x0E\x00\x00\x00\x0F\x00\x00\x00")},
};

static void binary_and_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(both_ways); i++) {
        struct tcs_sid from_bytes, from_text;
        struct tcs_buf b;
        tcs_buf_init(&b, 256);
        check_true(both_ways[i].text, tcs_sid_from_bytes(both_ways[i].bytes, &from_bytes));
        check_true(both_ways[i].text, tcs_sid_from_text(tcs_str_of(both_ways[i].text), &from_text));
        check_true(both_ways[i].text, tcs_sid_eq(&from_bytes, &from_text));
        tcs_buf_sid(&b, &from_bytes);
        check_buf(both_ways[i].text, &b, both_ways[i].text);
        tcs_buf_done(&b);
    }
}

static void other_ways_to_write_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same_as;
    } cases[] = {
        {"s-1-5-18", "S-1-5-18"},
        {"S-1-0x5-18", "S-1-5-18"},
        {"S-1-0X000000000005-18", "S-1-5-18"},
        {"S-1-0xABCDEF012345-1", "S-1-0xabcdef012345-1"},
        {"S-1-5-00018", "S-1-5-18"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_sid a, b;
        check_true(cases[i].text, tcs_sid_from_text(tcs_str_of(cases[i].text), &a));
        check_true(cases[i].text, tcs_sid_from_text(tcs_str_of(cases[i].same_as), &b));
        check_true(cases[i].text, tcs_sid_eq(&a, &b));
    }
}

static void refused_texts(void **state)
{
    (void)state;
    static const struct tcs_str cases[] = {
        TCS_STR_INIT(""),
        TCS_STR_INIT("S"),
        TCS_STR_INIT("S-"),
        TCS_STR_INIT("S-1"),
        TCS_STR_INIT("S-1-"),
        TCS_STR_INIT("S-1-5-"),
        TCS_STR_INIT("S-1-5-18-"),
        TCS_STR_INIT("S-1--18"),
        TCS_STR_INIT("S-1-5--18"),
        TCS_STR_INIT("X-1-5-18"),
        TCS_STR_INIT("S 1-5-18"),
        TCS_STR_INIT("S-0-5-18"),
        TCS_STR_INIT("S-2-5-18"),
        TCS_STR_INIT("S-256-5-18"),
        TCS_STR_INIT("S-1-5-18 "),
        TCS_STR_INIT(" S-1-5-18"),
        TCS_STR_INIT("S-1-5-18\0"),
        TCS_STR_INIT("S-1-5-18x"),
        TCS_STR_INIT("S-1-5-ab"),
        TCS_STR_INIT("S-1-5-0x"),
        TCS_STR_INIT("S-1-5-4294967296"),
        TCS_STR_INIT("S-1-5-18446744073709551634"), /* 2^64 + 18 */
        TCS_STR_INIT("S-1-281474976710656-1"),      /* 2^48 */
        TCS_STR_INIT("S-1-0x1000000000000-1"),
        TCS_STR_INIT("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"),
        TCS_STR_INIT("{S-1-5-18}"),
        TCS_STR_INIT("S-1-5-*"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_sid sid;
        memset(&sid, 0xFF, sizeof sid);
        if (tcs_sid_from_text(cases[i], &sid))
            fail_msg("\"%.*s\" was accepted", TCS_STR_ARG(cases[i]));
        check_int("no SID is left behind", sid.len, 0);
    }
}

static void refused_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_bytes bytes;
    } cases[] = {
        {"nothing", BYTES_INIT("")},
        {"cut in the head", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00")},
        {"cut behind the head", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x05")},
        {"cut in a number", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00")},
        {"too long", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x00")},
        {"one more than it counts", BYTES_INIT("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x12\x00\x00\x00")},
        {"revision 0", BYTES_INIT("\x00\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")},
        {"revision 2", BYTES_INIT("\x02\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")},
        {"all zero, as torn records have it", BYTES_INIT("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
    };
    struct tcs_sid sid;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memset(&sid, 0xFF, sizeof sid);
        check_int(cases[i].what, tcs_sid_from_bytes(cases[i].bytes, &sid), false);
        check_int(cases[i].what, sid.len, 0);
    }
    /* sixteen, although the length is right */
    uint8_t sixteen[8 + 4 * 16] = {1, 16};
    assert_false(tcs_sid_from_bytes((struct tcs_bytes){sixteen, sizeof sixteen}, &sid));
    sixteen[1] = 255;
    assert_false(tcs_sid_from_bytes((struct tcs_bytes){sixteen, sizeof sixteen}, &sid));
}

static struct tcs_sid sid_of(const char *text)
{
    struct tcs_sid sid;
    assert_true(tcs_sid_from_text(tcs_str_of(text), &sid));
    return sid;
}

static void below(void **state)
{
    (void)state;
    static const struct {
        const char *sid, *head;
        bool below;
    } cases[] = {
        {"S-1-5-82-1-2-3-4-5", "S-1-5-82", true},
        {"S-1-5-82", "S-1-5-82", true},
        {"S-1-5-82-1", "S-1-5-82-1-2", false},
        /* whole numbers, not digits: 820 does not begin with 82 */
        {"S-1-5-820-1", "S-1-5-82", false},
        {"S-1-5-80-1", "S-1-5-82", false},
        {"S-1-16-82-1", "S-1-5-82", false},
        {"S-1-5-21-82", "S-1-5-82", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_sid sid = sid_of(cases[i].sid), head = sid_of(cases[i].head);
        check_int(cases[i].sid, tcs_sid_below(&sid, &head), cases[i].below);
    }
    struct tcs_sid none = {0}, some = sid_of("S-1-5-18");
    assert_false(tcs_sid_below(&some, &none)); /* nothing is no head of everything */
    assert_false(tcs_sid_below(&none, &some));
    assert_false(tcs_sid_below(&none, &none));
}

static void equality(void **state)
{
    (void)state;
    struct tcs_sid system = sid_of("S-1-5-18"), service = sid_of("S-1-5-19"), none = {0};
    assert_true(tcs_sid_eq(&system, &system));
    assert_false(tcs_sid_eq(&system, &service));
    assert_false(tcs_sid_eq(&system, &none));
    /* what stands behind the used bytes does not count */
    struct tcs_sid copy = system;
    memset(copy.b + copy.len, 0xFF, sizeof copy.b - copy.len);
    assert_true(tcs_sid_eq(&system, &copy));
}

static void nobody(void **state)
{
    (void)state;
    struct tcs_sid null = sid_of("S-1-0-0"), none = {0}, system = sid_of("S-1-5-18"), authority = sid_of("S-1-0");
    assert_true(tcs_sid_is_null(&null));
    assert_false(tcs_sid_is_null(&none));
    assert_false(tcs_sid_is_null(&system));
    assert_false(tcs_sid_is_null(&authority));
    struct tcs_buf b;
    tcs_buf_init(&b, 64);
    tcs_buf_sid(&b, &none);
    check_buf("no SID", &b, "");
    tcs_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_and_text), cmocka_unit_test(other_ways_to_write_it), cmocka_unit_test(refused_texts),
        cmocka_unit_test(refused_bytes),   cmocka_unit_test(below),                  cmocka_unit_test(equality),
        cmocka_unit_test(nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
