#include "decode/json.h"
#include "read_text.h"

#define READ(id, data) "{\"System\":{\"EventID\":" id "},\"EventData\":" data "}"

static const struct {
    const char *what, *text, *want;
} cases[] = {
    {"a line", "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"b\"}}\n", READ("1", "{\"a\":\"b\"}") "\n"},
    {"without a line break", "{\"System\":{\"EventID\":1},\"EventData\":{}}", READ("1", "\"\"") "\n"},
    {"what we add ourselves is not the event's",
     "{\"System\":{\"EventID\":1},\"tocsin\":{\"origin\":\"x\"}}\n", "{\"System\":{\"EventID\":1}}\n"},
    {"all of System",
     "{\"System\":{\"Provider\":{\"Name\":\"P\",\"Guid\":\"G\"},\"EventID\":7,\"Qualifiers\":2,\"Keywords\":"
     "\"0x8000000000000000\",\"TimeCreated\":{\"SystemTime\":\"2024-05-01T10:00:00.0000000Z\"},"
     "\"EventRecordID\":12,\"Execution\":{\"ProcessID\":4,\"ThreadID\":60},\"Security\":{\"UserID\":\"S-1-5-"
     "18\"}}}",
     "{\"System\":{\"Provider\":{\"Name\":\"P\",\"Guid\":\"G\"},\"EventID\":7,\"Qualifiers\":2,\"Keywords\":"
     "\"0x8000000000000000\",\"TimeCreated\":{\"SystemTime\":\"2024-05-01T10:00:00.0000000Z\"},"
     "\"EventRecordID\":12,\"Execution\":{\"ProcessID\":4,\"ThreadID\":60},\"Security\":{\"UserID\":\"S-1-5-"
     "18\"}}}\n"},
    {"unnamed data and bytes",
     "{\"System\":{\"EventID\":592},\"EventData\":{\"Data\":[\"a\",\"\",\"c\"],\"Binary\":\"0AFF\"}}",
     READ("592", "{\"Data\":[\"a\",\"\",\"c\"],\"Binary\":\"0AFF\"}") "\n"},
    {"one unnamed datum", "{\"System\":{\"EventID\":592},\"EventData\":{\"Data\":\"a\"}}",
     READ("592", "{\"Data\":[\"a\"]}") "\n"},
    {"a name that occurs twice", "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":[\"b\",\"c\"]}}",
     READ("1", "{\"a\":[\"b\",\"c\"]}") "\n"},
    {"numbers and words",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":-5,\"b\":true,\"c\":null,\"d\":1.5e3,\"e\":"
     "123456789012345678901234567890,\"f\":007,\"g\":18446744073709551615,\"h\":9007199254740993}}",
     READ("1",
          "{\"a\":-5,\"b\":true,\"c\":\"\",\"d\":\"1.5e3\",\"e\":\"123456789012345678901234567890\",\"f\":"
          "\"007\",\"g\":\"18446744073709551615\",\"h\":\"9007199254740993\"}") "\n"},
    {"user data", "{\"System\":{\"EventID\":1},\"UserData\":{\"X\":{\"a\":\"b\",\"c\":{\"d\":1}}}}",
     "{\"System\":{\"EventID\":1},\"UserData\":{\"X\":{\"a\":\"b\",\"c\":{\"d\":1}}}}\n"},
    {"evtx_dump",
     "{\"Event\":{\"#attributes\":{\"xmlns\":\"x\"},\"System\":{\"Provider\":{\"#attributes\":{\"Name\":"
     "\"P\"}},"
     "\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},\"#text\":7036},\"TimeCreated\":{\"#attributes\":{"
     "\"SystemTime\":\"2024-05-01T10:00:00Z\"}}},\"EventData\":{\"Data\":{\"#text\":[\"a\",\"b\"]}}}}",
     "{\"System\":{\"Provider\":{\"Name\":\"P\"},\"EventID\":7036,\"Qualifiers\":16384,\"TimeCreated\":{"
     "\"SystemTime\":\"2024-05-01T10:00:00Z\"}},\"EventData\":{\"Data\":[\"a\",\"b\"]}}\n"},
    {"Winlogbeat",
     "{\"@timestamp\":\"2024-05-01T10:00:00.123Z\",\"event\":{\"code\":\"4656\",\"created\":\"2024-05-01T10:"
     "00:"
     "02Z\"},\"message\":\"m\",\"winlog\":{\"event_id\":\"4656\",\"provider_name\":\"P\",\"provider_guid\":"
     "\"{"
     "G}\",\"channel\":\"Security\",\"computer_name\":\"C\",\"record_id\":17,\"keywords\":[\"Audit "
     "Failure\"],\"process\":{\"pid\":4,\"thread\":{\"id\":60}},\"user\":{\"identifier\":\"S-1-5-18\"},"
     "\"event_"
     "data\":{\"ObjectName\":\"x\"},\"opcode\":\"Info\"}}",
     "{\"System\":{\"Provider\":{\"Name\":\"P\",\"Guid\":\"{G}\"},\"EventID\":4656,\"Opcode\":\"Info\","
     "\"Keywords\":\"0x8010000000000000\",\"TimeCreated\":{\"SystemTime\":\"2024-05-01T10:00:00.123Z\"},"
     "\"EventRecordID\":17,\"Execution\":{\"ProcessID\":4,\"ThreadID\":60},\"Channel\":\"Security\","
     "\"Computer\":\"C\",\"Security\":{\"UserID\":\"S-1-5-18\"}},\"EventData\":{\"ObjectName\":\"x\"}}\n"},
    {"Winlogbeat, user data",
     "{\"winlog\":{\"event_id\":1102,\"user_data\":{\"xml_name\":\"LogFileCleared\",\"SubjectUserName\":"
     "\"x\"}}}",
     "{\"System\":{\"EventID\":1102},\"UserData\":{\"LogFileCleared\":{\"xml_name\":\"LogFileCleared\","
     "\"SubjectUserName\":\"x\"}}}\n"},
    {"Winlogbeat 6, an event before Vista: ten strings, in whatever order",
     "{\"event_data\":{\"param10\":\"j\",\"param1\":\"a\",\"param2\":\"b\",\"param3\":\"c\",\"param4\":\"d\","
     "\"param5\":\"e\",\"param6\":\"f\",\"param7\":\"g\",\"param8\":\"h\",\"param9\":\"i\"},\"event_id\":600,"
     "\"log_name\":\"Security\",\"source_name\":\"Security\"}",
     "{\"System\":{\"Provider\":{\"Name\":\"Security\"},\"EventID\":600,\"Channel\":\"Security\"},"
     "\"EventData\":{\"Data\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]}}\n"},
    {"params of a provider with a manifest keep their names",
     "{\"winlog\":{\"event_id\":1074,\"provider_guid\":\"g\",\"event_data\":{\"param1\":\"a\"}}}",
     "{\"System\":{\"Provider\":{\"Guid\":\"g\"},\"EventID\":1074},\"EventData\":{\"param1\":\"a\"}}\n"},
    {"NXLog",
     "{\"EventTime\":\"2024-05-01 "
     "10:00:00\",\"Hostname\":\"H\",\"Keywords\":-9218868437227405312,\"EventID\":"
     "4688,\"SourceName\":\"P\",\"RecordNumber\":5,\"Channel\":\"Security\",\"NewProcessName\":\"x\","
     "\"Message\":\"m\"}",
     "{\"System\":{\"Provider\":{\"Name\":\"P\"},\"EventID\":4688,\"Keywords\":\"-9218868437227405312\","
     "\"TimeCreated\":{\"SystemTime\":\"2024-05-01 "
     "10:00:00\"},\"EventRecordID\":5,\"Channel\":\"Security\",\"Computer\":\"H\"},\"EventData\":{"
     "\"NewProcessName\":\"x\"}}\n"},
    {"Fluent Bit", "{\"ProviderName\":\"P\",\"EventID\":592,\"StringInserts\":[\"a\",2],\"Computer\":\"C\"}",
     "{\"System\":{\"Provider\":{\"Name\":\"P\"},\"EventID\":592,\"Computer\":\"C\"},\"EventData\":{\"Data\":"
     "["
     "\"a\",2]}}\n"},
    {"the first that tells the shape",
     "{\"EventID\":1,\"System\":{\"EventID\":2}}{\"System\":{\"EventID\":2},\"EventID\":1}",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"}\n{\"System\":{\"EventID\":2},\"EventID\":1}\n"},
    {"two of a name: the first", "{\"EventID\":1,\"EventID\":2,\"Computer\":\"a\",\"Computer\":\"b\"}",
     "{\"System\":{\"EventID\":1,\"Computer\":\"a\"},\"EventData\":\"\"}\n"},
    {"an array, spread over lines",
     "[\n  {\n    \"EventID\": 1,\n    \"a\": [\n      1\n    ]\n  },\n  {\n    \"EventID\": 2\n  }\n]\n",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"}\n{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    {"an array on one line", "[{\"EventID\":1},{\"EventID\":2}]",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"}\n{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    /* What strict readers refuse. */
    {"escapes", "{\"EventID\":1,\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\\u0000\"}",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"\\\"\\\\/"
     "\\b\\f\\n\\r\\tA\xF0\x9F\x98\x80\\u0000\"}}\n"},
    {"half pairs, and escapes that are none",
     "{\"EventID\":1,\"a\":\"\\ud800x\\udc00\\q\\u12g\\ud83d\\u0041\"}",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"\xEF\xBF\xBDx\xEF\xBF\xBD\\\\q\\\\u12g\xEF\xBF\xBD"
     "A\"}} bad-data\n"},
    {"control characters and broken UTF-8", "{\"EventID\":1,\"a\":\"b\x01\t\xFF\"}",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"b\\u0001\\t\xEF\xBF\xBD\"}} bad-data\n"},
    {"a quote behind backslashes", "{\"EventID\":1,\"a\":\"\\\\\\\\\",\"b\":\"\\\\\\\"\"}",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"\\\\\\\\\",\"b\":\"\\\\\\\"\"}}\n"},
    /* Damage costs a line. */
    {"a line that breaks off", "{\"EventID\":1,\"a\":\"b\",\"c\":\"cu\n{\"EventID\":2}\n",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"b\"}} "
     "torn\n{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    {"a line that breaks off between members", "{\"EventID\":1,\"a\":{\"b\":[1,\n{\"EventID\":2}\n",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"} "
     "torn\n{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    {"a log that breaks off", "{\"EventID\":2}\n{\"EventID\":46",
     "{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n! 14 this is no event\n"},
    {"a number at the end is not trusted", "{\"EventID\":2}\n{\"EventID\":46 ,\"a\":1",
     "{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n{\"System\":{\"EventID\":46},\"EventData\":\"\"} "
     "torn\n"},
    {"rubbish", "{\"EventID\":1}\nrubbish\n{\"EventID\":2}",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"}\n! 14 no event where one should be; searching for the "
     "next\n"
     "{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    {"wrong brackets", "{\"EventID\":1,\"a\":\"b\",\"c\":[1}\n{\"EventID\":2}\n",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"b\"}} "
     "torn\n{\"System\":{\"EventID\":2},\"EventData\":\"\"}\n"},
    {"no commas", "{\"EventID\":1,\"a\":\"b\" \"c\":1}\n",
     "{\"System\":{\"EventID\":1},\"EventData\":{\"a\":\"b\"}} bad-data\n"},
    {"an object that is no event", "{\"EventID\":1}\n{\"x\":1}\n",
     "{\"System\":{\"EventID\":1},\"EventData\":\"\"}\n! 14 this is no event\n"},
};

static void events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_text_reading(cases[i].what, cases[i].text, cases[i].want);
}

/* What nobody wants is not read; what only looks like an id does not hide an event. */
static void a_glance_never_hides(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned given;
    } looks[] = {
        {"{\"EventID\":2}", 0},
        {"{\"EventID\":1}", 1},
        {"{\"EventID\":\"1\"}", 1},
        {"{\"EventID\":65537}", 1},
        {"{\"a\":{\"EventID\":2},\"EventID\":1}", 1},
        {"{\"a\":\"\\\"EventID\\\":2\",\"EventID\":1}", 1},
        {"{\"a\":[{\"EventID\":2}],\"b\":-1.5,\"c\":true,\"EventID\":1}", 1},
        {"{\"EventData\":{\"EventID\":2},\"System\":{\"EventID\":1}}", 1},
        {"{\"System\":{\"Provider\":{\"EventID\":2},\"EventID\":1}}", 1},
        {"{\"System\":{\"EventID\":{\"#text\":1}}}", 1},
        {"{\"Event\":{\"EventData\":{\"EventID\":2},\"System\":{\"EventID\":1}}}", 1},
        {"{\"event\":{\"code\":\"2\"},\"winlog\":{\"event_data\":{\"event_id\":2},\"event_id\":\"1\"}}", 1},
        {"{\"winlog\":{\"event_id\":\"2\"}}", 0},
        {"{\"EventID\":1}{\"EventID\":2}{\"EventID\":1}", 2},
        {"{\"EventID\":2,\"EventID\":1}", 0},
        {"{ \"EventID\" : 1 }", 1},
    };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        struct tcs_read_stats stats;
        check_int(looks[i].text, reading_of_id_1(looks[i].text, &stats), looks[i].given);
        check_int(looks[i].text, stats.damage[TCS_DAMAGE_RECORD], 0);
    }
}

static void limits(void **state)
{
    (void)state;
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)8 << 20);
    tcs_buf_puts(&text, "{\"EventID\":1,\"a\":"); /* deep: read as far as it goes */
    tcs_buf_fill(&text, '[', 100);
    tcs_buf_fill(&text, ']', 100);
    tcs_buf_puts(&text, "}\n{\"EventID\":2,\"a\":["); /* many */
    for (unsigned i = 0; i < 70000; i++)
        tcs_buf_puts(&text, "1,");
    tcs_buf_puts(&text, "1]}\n{\"EventID\":3,\"a\":\""); /* long */
    tcs_buf_fill(&text, 'x', ((size_t)1 << 20) + 100);
    tcs_buf_puts(&text, "\"}\n{\"EventID\":4,\"a\":\""); /* as long as can be */
    tcs_buf_fill(&text, 'y', ((size_t)1 << 20) - 100);
    tcs_buf_puts(&text, "\"}\n{\"EventID\":5}");
    struct reading r;
    struct tcs_record rec;
    struct tcs_err err = TCS_ERR_INIT;
    assert_true(reading_open(&r, (struct tcs_bytes){(uint8_t *)text.p, text.len}, &err));
    static const struct {
        int id;
        unsigned state;
    } want[] = {{1, TCS_STATE_BAD_DATA}, {2, TCS_STATE_BAD_DATA}, {-1, 0}, {4, 0}, {5, 0}};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        tcs_err_clear(&err);
        enum tcs_code code = reading_next(&r, &rec, &err);
        check_int("record", code == TCS_OK ? (int)rec.event_id : -1, want[i].id);
        check_int("state", code == TCS_OK ? rec.state : 0, want[i].state);
    }
    assert_int_equal(reading_next(&r, &rec, &err), TCS_END);
    check_int("damage", r.stats.damage[TCS_DAMAGE_LIMIT], 1);
    reading_close(&r);
    tcs_buf_done(&text);
}

/* The reader of values by itself: whole, or what is there of it. */
static void values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_whole;
        unsigned count;
    } texts[] = {
        {"{}", true, 1},        {"[]", true, 1},          {"{\"a\":[1,{}]}", true, 5},
        {" {} x", true, 1},     {"{\"a\":1,}", false, 3}, {"{\"a\"}", false, 1},
        {"{\"a\":}", false, 1}, {"{1:2}", false, 1},      {"[1 2]", false, 2},
        {"[1,]", false, 2},     {"{\"a\":[1,", false, 4}, {"{\"a\":{\"b\"", false, 3},
        {"", false, 0},         {"12", false, 0},         {"\"a\"", true, 1},
        {"[\"a", false, 1},     {"]", false, 0},          {"{\"a\":1]", false, 3},
        {"[1}", false, 2},
    };
    struct json j = {.most = 100, .depth_most = 8};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        check_int(texts[i].text, json_read(&j, tcs_str_of(texts[i].text)), texts[i].is_whole);
        check_int(texts[i].text, j.count, texts[i].count);
        for (size_t k = 0; k < j.count; k++)
            check_true(texts[i].text, j.at[k].next > k && j.at[k].next <= j.count);
    }
    free(j.at);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "[]", "{\"name\":\"x\"}", "[1,2]", "{\"EventIDs\":[1]}", "x {\"EventID\":1}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct reading r;
        struct tcs_err err = TCS_ERR_INIT;
        check_true(texts[i],
                   !reading_open(&r, (struct tcs_bytes){(const uint8_t *)texts[i], strlen(texts[i])}, &err));
        check_int(texts[i], err.code, TCS_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events), cmocka_unit_test(a_glance_never_hides),    cmocka_unit_test(limits),
        cmocka_unit_test(values), cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
