#include "unit.h"

#include "model/finding.h"

static void severities_by_their_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum tcs_severity severity;
    } cases[] = {
        {"note", TCS_NOTE},       {"possible", TCS_POSSIBLE}, {"likely", TCS_LIKELY},
        {"certain", TCS_CERTAIN}, {"critical", TCS_CRITICAL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum tcs_severity severity = TCS_SEVERITY_NONE;
        check_true(cases[i].word, tcs_severity_parse(tcs_str_of(cases[i].word), &severity));
        check_int(cases[i].word, severity, cases[i].severity);
        assert_string_equal(tcs_severity_names[severity], cases[i].word);
    }
}

static void other_words_are_refused(void **state)
{
    (void)state;
    /* "none" would switch a finding off: it can only be had by leaving the severity out. */
    static const struct tcs_str cases[] = {
        TCS_STR_INIT(""),      TCS_STR_INIT("none"),    TCS_STR_INIT("Note"),   TCS_STR_INIT("notes"),
        TCS_STR_INIT("not"),   TCS_STR_INIT("note "),   TCS_STR_INIT("note\0"), TCS_STR_INIT("high"),
        TCS_STR_INIT("1"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum tcs_severity severity = TCS_LIKELY;
        assert_false(tcs_severity_parse(cases[i], &severity));
        assert_int_equal(severity, TCS_LIKELY);
    }
}

/* The order is the meaning: what is at least this severe is found by comparing. */
static void severities_rise(void **state)
{
    (void)state;
    assert_true(TCS_SEVERITY_NONE < TCS_NOTE && TCS_NOTE < TCS_POSSIBLE && TCS_POSSIBLE < TCS_LIKELY &&
                TCS_LIKELY < TCS_CERTAIN && TCS_CERTAIN < TCS_CRITICAL);
}

static void every_rule_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TCS_RULE_COUNT; i++) {
        assert_non_null(tcs_rule_names[i]);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(tcs_rule_names[i], tcs_rule_names[k]);
    }
    assert_true(TCS_RULE_COUNT <= 32); /* sets of them are kept in 32 bits */
    assert_true(tcs_rule_is_process(TCS_RULE_ACCOUNT_START));
    assert_true(tcs_rule_is_process(TCS_RULE_DEDICATED_START));
    assert_false(tcs_rule_is_process(TCS_RULE_LOG_CLEARED));
    assert_false(tcs_rule_is_process(TCS_RULE_SOURCE_SILENT));
}

static void every_key_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TCS_KEY_COUNT; i++) {
        assert_non_null(tcs_key_names[i]);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(tcs_key_names[i], tcs_key_names[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(severities_by_their_words),       cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(severities_rise),                 cmocka_unit_test(every_rule_has_a_name_of_its_own),
        cmocka_unit_test(every_key_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
