#include "unit.h"

#include "base/time.h"

#define SECOND TCS_TICKS_PER_SECOND
/* 2003-01-17 09:17:07 UTC */
#define SOME_SECOND INT64_C(1042795027)
#define YEAR_1601   INT64_C(-116444736000000000)

static void check_time(const char *what, struct tcs_time t, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 64);
    tcs_buf_time(&b, t);
    check_buf(what, &b, want);
    tcs_buf_done(&b);
}

static void filetimes(void **state)
{
    (void)state;
    static const struct {
        uint64_t filetime;
        const char *want;
    } cases[] = {
        {UINT64_C(116444736000000000), "1970-01-01T00:00:00.0000000Z"},
        {UINT64_C(116444736000000001), "1970-01-01T00:00:00.0000001Z"},
        {UINT64_C(116444735999999999), "1969-12-31T23:59:59.9999999Z"},
        {UINT64_C(126872686271234567), "2003-01-17T09:17:07.1234567Z"},
        {0, "1601-01-01T00:00:00.0000000Z"},
        {1, "1601-01-01T00:00:00.0000001Z"},
        {UINT64_C(2650467743999999999), "9999-12-31T23:59:59.9999999Z"},
        /* What no calendar has with four digits: shown as the last moment that has, not as garbage. */
        {UINT64_C(2650467744000000000), "9999-12-31T23:59:59.9999999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.9999999Z"},
        {UINT64_C(1) << 63, "9999-12-31T23:59:59.9999999Z"},
        {UINT64_MAX, "9999-12-31T23:59:59.9999999Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_time("FILETIME", tcs_time_of_filetime(cases[i].filetime), cases[i].want);
}

/* Absurd values keep their order, so that a sort does not put them among the sane. */
static void absurd_filetimes_keep_their_order(void **state)
{
    (void)state;
    static const uint64_t rising[] = {0, 1, UINT64_C(116444736000000000), UINT64_C(2650467744000000000),
                                      INT64_MAX};
    for (size_t i = 1; i < COUNT_OF(rising); i++)
        assert_true(tcs_time_before(tcs_time_of_filetime(rising[i - 1]), tcs_time_of_filetime(rising[i])));
    assert_int_equal(tcs_time_of_filetime(UINT64_MAX).ticks, tcs_time_of_filetime(INT64_MAX).ticks);
}

static void unset_is_the_filetime_zero(void **state)
{
    (void)state;
    assert_true(tcs_time_is_unset(tcs_time_of_filetime(0)));
    assert_false(tcs_time_is_unset(tcs_time_of_filetime(1)));
    assert_false(tcs_time_is_unset(tcs_time_of_unix(0)));
    assert_int_equal(tcs_time_of_filetime(0).ticks, YEAR_1601);
}

/* Unsigned: a log of 2039 is not one of 1903. */
static void seconds_of_evt(void **state)
{
    (void)state;
    check_time("start", tcs_time_of_unix(0), "1970-01-01T00:00:00.0000000Z");
    check_time("some", tcs_time_of_unix((uint32_t)SOME_SECOND), "2003-01-17T09:17:07.0000000Z");
    check_time("2^31 - 1", tcs_time_of_unix(INT32_MAX), "2038-01-19T03:14:07.0000000Z");
    check_time("2^31", tcs_time_of_unix(UINT32_C(1) << 31), "2038-01-19T03:14:08.0000000Z");
    check_time("2^32 - 1", tcs_time_of_unix(UINT32_MAX), "2106-02-07T06:28:15.0000000Z");
}

static void leap_years(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool exists;
    } cases[] = {
        {"2000-02-29", true},  {"1900-02-29", false}, {"2004-02-29", true}, {"2003-02-29", false},
        {"2100-02-29", false}, {"2400-02-29", true},  {"1600-02-29", true}, {"2004-02-30", false},
        {"2003-04-30", true},  {"2003-04-31", false}, {"2003-12-31", true}, {"2003-06-31", false},
        {"2003-09-31", false}, {"2003-11-31", false}, {"2003-01-31", true}, {"2003-01-32", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_time t;
        check_int(cases[i].text, tcs_time_parse(tcs_str_of(cases[i].text), &t), cases[i].exists);
    }
}

/* Every day from 1601 to 2600 has a date, and the date leads back to it. */
static void every_day_there_and_back(void **state)
{
    (void)state;
    struct tcs_buf b;
    tcs_buf_init(&b, 64);
    for (int64_t day = -134774; day < 230000; day++) {
        struct tcs_time t = {day * 86400 * SECOND}, back;
        tcs_buf_clear(&b);
        tcs_buf_time(&b, t);
        if (!tcs_time_parse(tcs_buf_view(&b), &back) || back.ticks != t.ticks)
            fail_msg("day %lld: %.*s", (long long)day, TCS_STR_ARG(tcs_buf_view(&b)));
    }
    tcs_buf_done(&b);
}

static void any_tick_there_and_back(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct tcs_buf b;
    tcs_buf_init(&b, 64);
    for (int i = 0; i < 50000; i++) {
        /* from the year 0 to the end of 9999 */
        struct tcs_time t = {(int64_t)(unit_random(&seed) % UINT64_C(3155695200000000000)) -
                             INT64_C(621672192000000000)};
        struct tcs_time back;
        tcs_buf_clear(&b);
        tcs_buf_time(&b, t);
        if (!tcs_time_parse(tcs_buf_view(&b), &back) || back.ticks != t.ticks)
            fail_msg("%lld: %.*s", (long long)t.ticks, TCS_STR_ARG(tcs_buf_view(&b)));
    }
    tcs_buf_done(&b);
}

/* What cannot be printed with four digits is clamped, and never makes the calendar run astray. */
static void printing_is_clamped(void **state)
{
    (void)state;
    check_time("least", (struct tcs_time){INT64_MIN}, "0000-01-01T00:00:00.0000000Z");
    check_time("most", (struct tcs_time){INT64_MAX}, "9999-12-31T23:59:59.9999999Z");
    check_time("before 1970", (struct tcs_time){-1}, "1969-12-31T23:59:59.9999999Z");
    check_time("a second before", (struct tcs_time){-SECOND}, "1969-12-31T23:59:59.0000000Z");
    check_time("a day before", (struct tcs_time){-86400 * SECOND}, "1969-12-31T00:00:00.0000000Z");
}

static void for_people(void **state)
{
    (void)state;
    static const struct {
        int64_t ticks;
        const char *want;
    } cases[] = {
        {SOME_SECOND * SECOND, "2003-01-17 09:17:07 +00:00"},
        {SOME_SECOND * SECOND + 1234567, "2003-01-17 09:17:07.123 +00:00"},
        {SOME_SECOND * SECOND + 9999999,
         "2003-01-17 09:17:07.999 +00:00"}, /* cut, never into the next second */
        {SOME_SECOND * SECOND + 1, "2003-01-17 09:17:07.000 +00:00"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 64);
        tcs_buf_time_human(&b, (struct tcs_time){cases[i].ticks});
        check_buf("for people", &b, cases[i].want);
        tcs_buf_done(&b);
    }
}

static void put16(uint8_t *p, unsigned n)
{
    p[0] = (uint8_t)n;
    p[1] = (uint8_t)(n >> 8);
}

static void systemtimes(void **state)
{
    (void)state;
    static const struct {
        unsigned words[8]; /* year, month, weekday, day, hour, minute, second, millisecond */
        const char *want;  /* NULL: no point in time */
    } cases[] = {
        {{2003, 1, 5, 17, 9, 17, 7, 123}, "2003-01-17T09:17:07.1230000Z"},
        {{2003, 1, 9999, 17, 9, 17, 7, 0},
         "2003-01-17T09:17:07.0000000Z"}, /* the weekday follows from the rest */
        {{1601, 1, 1, 1, 0, 0, 0, 0}, "1601-01-01T00:00:00.0000000Z"},
        {{2004, 2, 0, 29, 23, 59, 59, 999}, "2004-02-29T23:59:59.9990000Z"},
        {{0, 0, 0, 0, 0, 0, 0, 0}, NULL},
        {{2003, 0, 0, 1, 0, 0, 0, 0}, NULL},
        {{2003, 13, 0, 1, 0, 0, 0, 0}, NULL},
        {{2003, 1, 0, 0, 0, 0, 0, 0}, NULL},
        {{2003, 1, 0, 32, 0, 0, 0, 0}, NULL},
        {{2003, 2, 0, 29, 0, 0, 0, 0}, NULL}, /* no leap year */
        {{2003, 4, 0, 31, 0, 0, 0, 0}, NULL},
        {{2003, 1, 0, 1, 24, 0, 0, 0}, NULL},
        {{2003, 1, 0, 1, 0, 60, 0, 0}, NULL},
        {{2003, 1, 0, 1, 0, 0, 60, 0}, NULL},
        {{2003, 1, 0, 1, 0, 0, 0, 1000}, NULL},
        /* Windows knows the years 1601 to 30827; beyond them ticks no longer fit 64 bits. */
        {{1600, 1, 0, 1, 0, 0, 0, 0}, NULL},
        {{30827, 12, 0, 31, 23, 59, 59, 999}, "9999-12-31T23:59:59.9999999Z"},
        {{30828, 1, 0, 1, 0, 0, 0, 0}, NULL},
        {{65535, 12, 0, 31, 0, 0, 0, 0}, NULL},
        {{65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t words[16];
        char what[64];
        struct tcs_time t;
        for (unsigned w = 0; w < 8; w++)
            put16(words + 2 * w, cases[i].words[w]);
        snprintf(what, sizeof what, "SYSTEMTIME %u-%u-%u", cases[i].words[0], cases[i].words[1],
                 cases[i].words[3]);
        bool ok = tcs_time_of_systemtime(words, &t);
        check_int(what, ok, cases[i].want != NULL);
        if (ok)
            check_time(what, t, cases[i].want);
    }
}

static void seconds_between(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, want;
    } cases[] = {
        {0, 0, 0},
        {0, SECOND, 1},
        {SECOND, 0, -1},
        {0, SECOND - 1, 0},
        {0, -(SECOND - 1), 0},
        /* One tick apart is no second, also across the border of one. */
        {SECOND - 1, SECOND, 0},
        {-1, 0, 0},
        {-SECOND / 2, SECOND / 2, 1},
        {SECOND / 2, -SECOND / 2, -1},
        {0, 3 * SECOND + 9999999, 3},
        {0, -3 * SECOND - 9999999, -3},
        /* Times of a log may be anything: the difference must not overflow. */
        {INT64_MIN, INT64_MAX, INT64_MAX / SECOND},
        {INT64_MAX, INT64_MIN, INT64_MIN / SECOND},
        {0, INT64_MIN, INT64_MIN / SECOND},
        {INT64_MAX, INT64_MAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t got = tcs_time_seconds_between((struct tcs_time){cases[i].a}, (struct tcs_time){cases[i].b});
        char what[80];
        snprintf(what, sizeof what, "from %lld to %lld", (long long)cases[i].a, (long long)cases[i].b);
        check_int(what, got, cases[i].want);
    }
}

static void accepted_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"2003-01-17", "2003-01-17T00:00:00.0000000Z"},
        {"2003-01-17T09:17", "2003-01-17T09:17:00.0000000Z"},
        {"2003-01-17 09:17", "2003-01-17T09:17:00.0000000Z"},
        {"2003-01-17T09:17:07", "2003-01-17T09:17:07.0000000Z"},
        {"2003-01-17t09:17:07z", "2003-01-17T09:17:07.0000000Z"},
        {"2003-01-17 09:17:07Z", "2003-01-17T09:17:07.0000000Z"},
        {"2003-01-17T09:17:07.1Z", "2003-01-17T09:17:07.1000000Z"},
        {"2003-01-17T09:17:07.123", "2003-01-17T09:17:07.1230000Z"},
        {"2003-01-17T09:17:07.1234567Z", "2003-01-17T09:17:07.1234567Z"},
        /* Forwarded events have nine digits: what is finer than Windows' ticks is cut. */
        {"2003-01-17T09:17:07.123456789Z", "2003-01-17T09:17:07.1234567Z"},
        {"2003-01-17T09:17:07.99999999999999999999Z", "2003-01-17T09:17:07.9999999Z"},
        {"2003-01-17T09:17:07+01:00", "2003-01-17T08:17:07.0000000Z"},
        {"2003-01-17T09:17:07-0530", "2003-01-17T14:47:07.0000000Z"},
        {"2003-01-17T09:17:07.5+14:00", "2003-01-16T19:17:07.5000000Z"},
        {"2003-01-17T09:17+00:00", "2003-01-17T09:17:00.0000000Z"},
        {"2003-12-31T23:59:60Z", "2004-01-01T00:00:00.0000000Z"}, /* a leap second */
        {"0000-01-01", "0000-01-01T00:00:00.0000000Z"},
        {"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_time t;
        check_true(cases[i].text, tcs_time_parse(tcs_str_of(cases[i].text), &t));
        check_time(cases[i].text, t, cases[i].want);
    }
}

static void refused_texts(void **state)
{
    (void)state;
    static const struct tcs_str cases[] = {
        TCS_STR_INIT(""),
        TCS_STR_INIT("2003"),
        TCS_STR_INIT("2003-01"),
        TCS_STR_INIT("2003-1-17"),
        TCS_STR_INIT("03-01-17"),
        TCS_STR_INIT("20030117"),
        TCS_STR_INIT("2003/01/17"),
        TCS_STR_INIT("17.01.2003"),
        TCS_STR_INIT("-003-01-17"),
        TCS_STR_INIT("+2003-01-17"),
        TCS_STR_INIT(" 2003-01-17"),
        TCS_STR_INIT("2003-01-17 "),
        TCS_STR_INIT("2003-01-17\0"),
        TCS_STR_INIT("2003-00-17"),
        TCS_STR_INIT("2003-13-17"),
        TCS_STR_INIT("2003-01-00"),
        TCS_STR_INIT("2003-01-32"),
        TCS_STR_INIT("2003-01-17Z"), /* a day has no offset */
        TCS_STR_INIT("2003-01-17T"),
        TCS_STR_INIT("2003-01-17T09"),
        TCS_STR_INIT("2003-01-17T0917"),
        TCS_STR_INIT("2003-01-17T9:17"),
        TCS_STR_INIT("2003-01-17T24:00:00"),
        TCS_STR_INIT("2003-01-17T09:60:00"),
        TCS_STR_INIT("2003-01-17T09:17:61"),
        TCS_STR_INIT("2003-01-17T09:17:"),
        TCS_STR_INIT("2003-01-17T09:17:7"),
        TCS_STR_INIT("2003-01-17T09:17:07."),
        TCS_STR_INIT("2003-01-17T09:17:07.Z"),
        TCS_STR_INIT("2003-01-17T09:17:07,5"),
        TCS_STR_INIT("2003-01-17T09:17.5"), /* a fraction of what? */
        TCS_STR_INIT("2003-01-17T09:17:07 Z"),
        TCS_STR_INIT("2003-01-17T09:17:07X"),
        TCS_STR_INIT("2003-01-17T09:17:07ZZ"),
        TCS_STR_INIT("2003-01-17T09:17:07+"),
        TCS_STR_INIT("2003-01-17T09:17:07+1"),
        TCS_STR_INIT("2003-01-17T09:17:07+01"),
        TCS_STR_INIT("2003-01-17T09:17:07+01:"),
        TCS_STR_INIT("2003-01-17T09:17:07+01:0"),
        TCS_STR_INIT("2003-01-17T09:17:07+01:60"),
        TCS_STR_INIT("2003-01-17T09:17:07+15:00"),
        TCS_STR_INIT("2003-01-17T09:17:07+-1:00"),
        TCS_STR_INIT("2003-01-17T09:17:07+01:00Z"),
        TCS_STR_INIT("2003-01-17T09:17:07Z+01:00"),
        TCS_STR_INIT("2003-01-17TT09:17:07"),
        TCS_STR_INIT("2003-01-17  09:17:07"),
        TCS_STR_INIT("\xD9\xA2\xD9\xA0\xD9\xA0\xD9\xA3-01-17"), /* Arabic digits */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_time t;
        if (tcs_time_parse(cases[i], &t))
            fail_msg("\"%.*s\" was accepted", TCS_STR_ARG(cases[i]));
    }
}

static void times_of_mail_and_syslog(void **state)
{
    (void)state;
    static const struct {
        const char *iso, *mail, *syslog;
    } cases[] = {
        {"1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00.000000Z"},
        {"1969-12-31T23:59:59.9999999Z", "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59.999999Z"},
        {"2003-01-17T09:17:07.1234567Z", "Fri, 17 Jan 2003 09:17:07 +0000", "2003-01-17T09:17:07.123456Z"},
        {"2024-02-29T12:00:00Z", "Thu, 29 Feb 2024 12:00:00 +0000", "2024-02-29T12:00:00.000000Z"},
        {"1601-01-01T00:00:00Z", "Mon, 01 Jan 1601 00:00:00 +0000", "1601-01-01T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_time t;
        struct tcs_buf b;
        tcs_buf_init(&b, 256);
        check_true(cases[i].iso, tcs_time_parse(tcs_str_of(cases[i].iso), &t));
        tcs_buf_time_mail(&b, t);
        check_buf(cases[i].iso, &b, cases[i].mail);
        tcs_buf_clear(&b);
        tcs_buf_time_syslog(&b, t);
        check_buf(cases[i].iso, &b, cases[i].syslog);
        tcs_buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_mail_and_syslog),
        cmocka_unit_test(filetimes),
        cmocka_unit_test(absurd_filetimes_keep_their_order),
        cmocka_unit_test(unset_is_the_filetime_zero),
        cmocka_unit_test(seconds_of_evt),
        cmocka_unit_test(leap_years),
        cmocka_unit_test(every_day_there_and_back),
        cmocka_unit_test(any_tick_there_and_back),
        cmocka_unit_test(printing_is_clamped),
        cmocka_unit_test(for_people),
        cmocka_unit_test(systemtimes),
        cmocka_unit_test(seconds_between),
        cmocka_unit_test(accepted_texts),
        cmocka_unit_test(refused_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
