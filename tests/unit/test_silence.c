/* Sources that fall silent, by a clock that the test turns. */
#include "unit.h"

#include "engine/silence.h"

#define MINUTE UINT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct tcs_hash_key hash_key = {3, 4};

static struct tcs_silence *begin(void)
{
    struct tcs_silence *s = tcs_silence_new(&tcs_default_silence_limits, hash_key);
    assert_non_null(s);
    return s;
}

static bool heard(struct tcs_silence *s, const char *name, uint64_t now)
{
    struct tcs_silent_source after;
    return tcs_silence_heard(s, tcs_str_of(name), now, 0, &after);
}

static unsigned silent(struct tcs_silence *s, uint64_t now, struct tcs_silent_source *last)
{
    unsigned count = 0;
    while (tcs_silence_next(s, now, last))
        count++;
    return count;
}

/* Speaks every `step` from *now on, for `span`. Nothing may be told meanwhile. */
static void speak(struct tcs_silence *s, const char *name, uint64_t *now, uint64_t step, uint64_t span)
{
    struct tcs_silent_source out;
    for (uint64_t end = *now + span; *now <= end; *now += step) {
        assert_int_equal(silent(s, *now, &out), 0);
        assert_false(heard(s, name, *now));
    }
    *now -= step; /* the last time that it spoke */
}

static void nothing_is_told_before_the_rhythm_is_known(void **state)
{
    (void)state;
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    uint64_t now = 5;
    speak(s, "WEB01 Security", &now, MINUTE, 23 * HOUR);
    assert_int_equal(silent(s, now + 30 * DAY, &out), 0);
    tcs_silence_free(s);
}

static void a_source_that_stops(void **state)
{
    (void)state;
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    uint64_t now = 0;
    speak(s, "WEB01 Security", &now, 10 * MINUTE, 2 * DAY);
    assert_int_equal(silent(s, now + 30 * MINUTE - 1, &out), 0);
    assert_int_equal(silent(s, now + 30 * MINUTE, &out), 1);
    check_text("name", out.name, "WEB01 Security");
    assert_int_equal(out.bound_ms, 30 * MINUTE);
    assert_int_equal(out.silent_ms, 30 * MINUTE);
    assert_false(out.is_configured);
    assert_int_equal(silent(s, now + 10 * HOUR, &out), 0); /* once */
    assert_true(tcs_silence_heard(s, TCS_STR("WEB01 Security"), now + 11 * HOUR, 0, &out));
    assert_true(out.speaks_again);
    assert_int_equal(out.silent_ms, 11 * HOUR);
    /* The alarm did not become the rhythm. */
    assert_int_equal(silent(s, now + 11 * HOUR + 30 * MINUTE, &out), 1);
    tcs_silence_free(s);
}

static void quiet_nights_are_learned_and_forgotten(void **state)
{
    (void)state;
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    uint64_t now = 0;
    for (unsigned day = 0; day < 3; day++) {
        speak(s, "A", &now, MINUTE, 16 * HOUR);
        now += 8 * HOUR; /* the night */
    }
    assert_false(heard(s, "A", now));
    assert_int_equal(silent(s, now + 24 * HOUR - 1, &out), 0);
    assert_int_equal(silent(s, now + 24 * HOUR, &out), 1);
    assert_true(heard(s, "A", now += 24 * HOUR));
    speak(s, "A", &now, MINUTE, 8 * DAY); /* no nights any more */
    assert_int_equal(silent(s, now + 15 * MINUTE - 1, &out), 0);
    assert_int_equal(silent(s, now + 15 * MINUTE, &out), 1);
    tcs_silence_free(s);
}

static void a_configured_bound_needs_no_learning(void **state)
{
    (void)state;
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    assert_false(tcs_silence_heard(s, TCS_STR("B"), 100, 2 * MINUTE, &out));
    assert_int_equal(silent(s, 100 + 2 * MINUTE - 1, &out), 0);
    assert_int_equal(silent(s, 100 + 2 * MINUTE, &out), 1);
    assert_true(out.is_configured);
    tcs_silence_free(s);
}

static void time_without_listening_does_not_count(void **state)
{
    (void)state;
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    assert_false(tcs_silence_heard(s, TCS_STR("B"), 0, 2 * MINUTE, &out));
    tcs_silence_resume(s, 10 * DAY);
    assert_int_equal(silent(s, 10 * DAY + MINUTE, &out), 0);
    assert_int_equal(silent(s, 10 * DAY + 2 * MINUTE, &out), 1);
    tcs_silence_free(s);
}

static void many_sources_at_once(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct tcs_silence *s = begin();
    struct tcs_silent_source out;
    char name[16];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "H%u", i);
        assert_false(tcs_silence_heard(s, tcs_str_of(name), i, MINUTE, &out));
    }
    assert_int_equal(tcs_silence_count(s), MANY);
    assert_int_equal(silent(s, MINUTE + MANY / 2 - 1, &out), MANY / 2);
    assert_int_equal(silent(s, MINUTE + MANY, &out), MANY / 2);
    tcs_silence_free(s);
}

/* The one that was not heard for longest makes room. */
static void no_more_than_the_limit(void **state)
{
    (void)state;
    struct tcs_silence_limits limits = tcs_default_silence_limits;
    limits.sources = 3;
    struct tcs_silence *s = tcs_silence_new(&limits, hash_key);
    struct tcs_silent_source out;
    const char *const names[] = {"a", "b", "c", "a", "d"};
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        assert_false(tcs_silence_heard(s, tcs_str_of(names[i]), i, MINUTE, &out));
    assert_int_equal(tcs_silence_count(s), 3);
    bool seen_b = false;
    while (tcs_silence_next(s, HOUR, &out))
        seen_b = seen_b || tcs_str_eq(out.name, TCS_STR("b"));
    assert_false(seen_b);
    tcs_silence_free(s);
}

static void what_was_learned_is_kept(void **state)
{
    (void)state;
    struct tcs_silence *s = begin(), *t = begin();
    struct tcs_silent_source out;
    struct tcs_buf saved, again;
    uint64_t now = 7;
    tcs_buf_init(&saved, 65536);
    tcs_buf_init(&again, 65536);
    speak(s, "A\xC3\xA4", &now, 10 * MINUTE, 3 * DAY);
    assert_true(tcs_silence_save(s, 0, &saved));
    assert_false(tcs_silence_save(s, 1, &saved));
    struct tcs_bytes bytes = {(const uint8_t *)saved.p, saved.len};
    assert_true(tcs_silence_load(t, bytes, 1000));
    assert_true(tcs_silence_save(t, 0, &again));
    check_str("saved again", tcs_buf_view(&again), tcs_buf_view(&saved));
    assert_int_equal(silent(t, 1000 + 30 * MINUTE - 1, &out), 0);
    assert_int_equal(silent(t, 1000 + 30 * MINUTE, &out), 1);
    for (size_t len = 0; len < 1 + 8 * 10; len++) /* cut short: refused */
        assert_false(tcs_silence_load(t, (struct tcs_bytes){bytes.p, len}, 0));
    tcs_buf_done(&saved);
    tcs_buf_done(&again);
    tcs_silence_free(s);
    tcs_silence_free(t);
}

/* Whatever bytes a damaged store gives: they are refused, or taken and then saved as they are. */
static void any_bytes(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (unsigned round = 0; round < 5000; round++) {
        uint8_t bytes[120];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            bytes[i] = random & 1 ? 0xFF : (uint8_t)(random >> 32);
        }
        bytes[0] = 1;
        if (round % 2)
            memset(bytes + 12, 0, 5); /* a day that can be */
        struct tcs_silence *s = begin();
        struct tcs_silent_source out;
        struct tcs_buf saved;
        tcs_buf_init(&saved, 65536);
        size_t len = 81 + round % 39;
        if (tcs_silence_load(s, (struct tcs_bytes){bytes, len}, round)) {
            assert_true(tcs_silence_save(s, 0, &saved));
            check_str("saved", tcs_buf_view(&saved), (struct tcs_str){(const char *)bytes, len});
        }
        silent(s, UINT64_MAX, &out);
        heard(s, "x", UINT64_MAX);
        tcs_buf_done(&saved);
        tcs_silence_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_before_the_rhythm_is_known),
        cmocka_unit_test(a_source_that_stops),
        cmocka_unit_test(quiet_nights_are_learned_and_forgotten),
        cmocka_unit_test(a_configured_bound_needs_no_learning),
        cmocka_unit_test(time_without_listening_does_not_count),
        cmocka_unit_test(many_sources_at_once),
        cmocka_unit_test(no_more_than_the_limit),
        cmocka_unit_test(what_was_learned_is_kept),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
