#include "unit.h"

#include "model/record.h"

/* A record of two parts: the outer one, and the one in its slot 3 that holds the data. */
static const struct tcs_value outer_values[] = {{(const uint8_t *)"x", 1, TCS_VALUE_UTF8}};
static const struct tcs_value inner_values[] = {
    {(const uint8_t *)"first", 5, TCS_VALUE_UTF8},
    {NULL, 0, TCS_VALUE_NULL},
    {(const uint8_t *)"third", 5, TCS_VALUE_UTF8},
};
static const struct tcs_layout outer_layout = {.field_count = 0};
static const struct tcs_field inner_fields[] = {
    {TCS_STR_INIT("Name"), {.slot = 0}},
    {TCS_STR_INIT("Null"), {.slot = 1}},
    {TCS_STR_INIT("Beyond"), {.slot = 7}}, /* a slot that the instance does not have */
    {TCS_STR_INIT("Literal"), {.literal = TCS_STR_INIT("text"), .slot = TCS_NO_SLOT}},
    {TCS_STR_INIT("Nothing"), {.slot = TCS_NO_SLOT}},
    {TCS_STR_INIT(""), {.slot = 2}},
    {TCS_STR_INIT("Name"), {.slot = 2}}, /* the same name again */
};
static const struct tcs_layout inner_layout = {.fields = inner_fields, .field_count = COUNT_OF(inner_fields)};
static const struct tcs_part parts[] = {
    {&outer_layout, outer_values, COUNT_OF(outer_values), TCS_NO_SLOT, 0},
    {&inner_layout, inner_values, COUNT_OF(inner_values), 0, 3},
};
static const struct tcs_record record = {.parts = parts, .part_count = 2, .data = 1};

static void check_value(const char *what, struct tcs_value v, uint8_t type, const char *want)
{
    check_int(what, v.type, type);
    check_text(what, (struct tcs_str){(const char *)v.p, v.len}, want);
}

static void fields_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t type;
        const char *want;
    } cases[COUNT_OF(inner_fields)] = {
        {"Name", TCS_VALUE_UTF8, "first"}, {"Null", TCS_VALUE_NULL, ""},
        {"Beyond", TCS_VALUE_NULL, ""},    {"Literal", TCS_VALUE_UTF8, "text"},
        {"Nothing", TCS_VALUE_NULL, ""},   {"", TCS_VALUE_UTF8, "third"},
        {"Name", TCS_VALUE_UTF8, "third"},
    };
    assert_int_equal(tcs_record_field_count(&record), COUNT_OF(cases));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_str name;
        struct tcs_value v = tcs_record_field(&record, i, &name);
        check_text("name", name, cases[i].name);
        check_value(cases[i].name, v, cases[i].type, cases[i].want);
    }
}

static void fields_by_name(void **state)
{
    (void)state;
    check_value("the first of that name", tcs_record_get(&record, TCS_STR("Name")), TCS_VALUE_UTF8, "first");
    check_value("unnamed", tcs_record_get(&record, TCS_STR("")), TCS_VALUE_UTF8, "third");
    check_value("names count to the letter", tcs_record_get(&record, TCS_STR("name")), TCS_VALUE_NULL, "");
    check_value("none", tcs_record_get(&record, TCS_STR("Image")), TCS_VALUE_NULL, "");
}

static void a_record_without_data(void **state)
{
    (void)state;
    struct tcs_record empty = {.part_count = 0};
    assert_int_equal(tcs_record_field_count(&empty), 0);
    check_value("nothing", tcs_record_get(&empty, TCS_STR("Name")), TCS_VALUE_NULL, "");
}

static void an_empty_literal_is_a_value(void **state)
{
    (void)state;
    struct tcs_source empty = {.literal = TCS_STR_INIT(""), .slot = TCS_NO_SLOT};
    check_value("empty", tcs_part_value(&parts[1], &empty), TCS_VALUE_UTF8, "");
    /* A part of which nothing but the layout is left */
    struct tcs_part bare = {&inner_layout, NULL, 0, TCS_NO_SLOT, 0};
    check_value("bare", tcs_part_value(&bare, &inner_fields[0].source), TCS_VALUE_NULL, "");
}

static void every_state_has_a_word(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TCS_STATE_COUNT; i++)
        assert_non_null(tcs_record_state_names[i]);
    assert_int_equal(TCS_STATE_BAD_DATA, 1 << (TCS_STATE_COUNT - 1));
    assert_string_equal(tcs_record_state_names[2], "torn");
    assert_int_equal(TCS_STATE_TORN, 1 << 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_in_order),
        cmocka_unit_test(fields_by_name),
        cmocka_unit_test(a_record_without_data),
        cmocka_unit_test(an_empty_literal_is_a_value),
        cmocka_unit_test(every_state_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
