#include "unit.h"

#include "render/syslog.h"

static const struct tcs_syslog_form form = {
    .facility = 10, .most = 1180, .host = TCS_STR_INIT("collector"), .pid = 42};

static struct tcs_message message_of(struct tcs_str headline)
{
    return (struct tcs_message){
        .sequence = 7,
        .id = TCS_STR("4679ee593b57cd99aceeca6492a15c07"),
        .incident_id = TCS_STR("4679ee593b57cd99aceeca6492a15c07"),
        .kind = TCS_MESSAGE_FINDING,
        .severity = TCS_CERTAIN,
        .time = {INT64_C(10427854271234567)},
        .queued = {INT64_C(10427854280000000)},
        .host = TCS_STR("WEB01"),
        .account = TCS_STR("WEB01\\IUSR"),
        .program = TCS_STR("cmd.exe"),
        .headline = headline,
    };
}

static void check_line(const struct tcs_message *m, const struct tcs_syslog_form *f, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 1 << 20);
    tcs_render_syslog(&b, m, f);
    assert_false(b.bad);
    check_buf("line", &b, want);
    tcs_buf_done(&b);
}

static void a_line(void **state)
{
    (void)state;
    struct tcs_message m = message_of(TCS_STR("WEB01\\IUSR ran C:\\cmd.exe"));
    check_line(
        &m, &form,
        "<82>1 2003-01-17T06:37:08.000000Z collector tocsin 42 finding "
        "[tocsin@32473 severity=\"certain\" host=\"WEB01\" account=\"WEB01\\\\IUSR\" program=\"cmd.exe\" "
        "time=\"2003-01-17T06:37:07.1234567Z\" id=\"4679ee593b57cd99aceeca6492a15c07\" "
        "incident=\"4679ee593b57cd99aceeca6492a15c07\" sequence=\"7\" revision=\"0\"] "
        "\xEF\xBB\xBF"
        "CERTAIN  WEB01: WEB01\\IUSR ran C:\\cmd.exe");
}

static void severities_and_facilities(void **state)
{
    (void)state;
    static const unsigned want[TCS_SEVERITY_COUNT] = {6, 5, 4, 3, 2, 1};
    struct tcs_message m = message_of(TCS_STR("x"));
    for (int severity = 0; severity < TCS_SEVERITY_COUNT; severity++) {
        m.severity = (enum tcs_severity)severity;
        m.kind = TCS_MESSAGE_FINDING;
        check_int(tcs_severity_names[severity], tcs_syslog_severity(&m), want[severity]);
        m.kind = TCS_MESSAGE_ALIVE;
        check_int(tcs_severity_names[severity], tcs_syslog_severity(&m), 6);
    }
}

/* Whatever a log holds, a line stays below its limit and says what is missing. */
static void lines_are_bounded(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"", "\\", "]", "\n", "\xE2\x80\xAE", "\xF0\x9F\x94\x94", "abc"};
    uint64_t random = 5;
    struct tcs_buf text[4], b;
    tcs_buf_init(&b, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(text); i++)
        tcs_buf_init(&text[i], 1 << 16);
    for (int round = 0; round < 500; round++) {
        const char *piece = pieces[unit_random_below(&random, COUNT_OF(pieces))];
        for (size_t i = 0; i < COUNT_OF(text); i++) {
            tcs_buf_clear(&text[i]);
            for (size_t n = unit_random_below(&random, 600); n; n--)
                tcs_buf_puts(&text[i], piece);
        }
        struct tcs_message m = message_of(tcs_buf_view(&text[0]));
        m.host = tcs_buf_view(&text[1]);
        m.account = tcs_buf_view(&text[2]);
        m.program = m.id = tcs_buf_view(&text[3]);
        struct tcs_syslog_form f = form;
        f.host = m.host;
        f.most = round % 2 ? TCS_SYSLOG_LEAST : 2048;
        tcs_buf_clear(&b);
        tcs_render_syslog(&b, &m, &f);
        assert_true(b.len <= f.most);
        struct tcs_str line = tcs_buf_view(&b);
        if (tcs_str_ends(line, TCS_STR("...")))
            assert_true(tcs_str_has_ascii_nocase(line, TCS_STR(" cut=\"")));
    }
    for (size_t i = 0; i < COUNT_OF(text); i++)
        tcs_buf_done(&text[i]);
    tcs_buf_done(&b);
}

static void json_that_fits_or_text(void **state)
{
    (void)state;
    struct tcs_syslog_form f = form;
    struct tcs_message m = message_of(TCS_STR("short"));
    struct tcs_buf b;
    f.format = TCS_SYSLOG_JSON;
    tcs_buf_init(&b, 1 << 16);
    m.json = TCS_STR("{\"message\":\"caf\xC3\xA9 \xF0\x9F\x94\x94\"}");
    tcs_render_syslog(&b, &m, &f);
    assert_true(tcs_str_ends(tcs_buf_view(&b), TCS_STR("] {\"message\":\"caf\\u00e9 \\ud83d\\udd14\"}")));
    char long_json[2000];
    memset(long_json, 'x', sizeof long_json);
    m.json = (struct tcs_str){long_json, sizeof long_json};
    tcs_buf_clear(&b);
    tcs_render_syslog(&b, &m, &f);
    assert_true(tcs_str_ends(tcs_buf_view(&b), TCS_STR(" cut=\"2000\"] \xEF\xBB\xBF"
                                                       "CERTAIN  WEB01: short")));
    tcs_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line),
        cmocka_unit_test(severities_and_facilities),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(json_that_fits_or_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
