#include "unit.h"

#include "render/webhook.h"

static struct tcs_message message(const char *headline)
{
    return (struct tcs_message){
        .kind = TCS_MESSAGE_FINDING,
        .severity = TCS_CERTAIN,
        .time = {INT64_C(10427950270000000)},
        .host = TCS_STR("WEB01"),
        .account = TCS_STR("IUSR_WEB"),
        .program = TCS_STR("cmd.exe"),
        .headline = tcs_str_of(headline),
        .json = TCS_STR("{\"message\":\"x\"}"),
    };
}

static void check_body(enum tcs_webhook_template form, const struct tcs_message *messages, size_t count,
                       const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 1 << 20);
    tcs_render_webhook(&b, form, messages, count);
    assert_false(b.bad);
    check_buf("body", &b, want);
    tcs_buf_done(&b);
}

static void programs_get_the_finding_itself(void **state)
{
    (void)state;
    struct tcs_message two[] = {message("a"), message("b")};
    check_body(TCS_WEBHOOK_GENERIC, two, 1, "{\"message\":\"x\"}");
    check_body(TCS_WEBHOOK_GENERIC, two, 2,
               "{\"count\":2,\"messages\":[{\"message\":\"x\"},{\"message\":\"x\"}]}");
}

static void every_tool_has_its_form(void **state)
{
    (void)state;
    struct tcs_message m = message("IUSR_WEB ran C:\\x\\cmd.exe");
    check_body(
        TCS_WEBHOOK_SLACK, &m, 1,
        "{\"text\":\"CERTAIN WEB01: IUSR_WEB ran cmd.exe\",\"unfurl_links\":false,\"unfurl_media\":false,"
        "\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"plain_text\",\"emoji\":false,\"text\":"
        "\"2003-01-17 09:17:07 +00:00 CERTAIN  WEB01: IUSR_WEB ran C:\\\\x\\\\cmd.exe\"}}]}");
    check_body(
        TCS_WEBHOOK_TEAMS, &m, 1,
        "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/vnd.microsoft.card.adaptive\","
        "\"content\":{\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\","
        "\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":\"RichTextBlock\",\"inlines\":["
        "{\"type\":\"TextRun\",\"weight\":\"Bolder\",\"text\":\"CERTAIN WEB01: IUSR_WEB ran cmd.exe\"}]},"
        "{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":"
        "\"2003-01-17 09:17:07 +00:00 CERTAIN  WEB01: IUSR_WEB ran C:\\\\x\\\\cmd.exe\"}]}]}}]}");
    check_body(
        TCS_WEBHOOK_DISCORD, &m, 1,
        "{\"allowed_mentions\":{\"parse\":[]},\"content\":\"```\\nCERTAIN WEB01: IUSR_WEB ran cmd.exe\\n"
        "2003-01-17 09:17:07 +00:00 CERTAIN  WEB01: IUSR_WEB ran C:\\\\x\\\\cmd.exe\\n```\"}");
    check_body(TCS_WEBHOOK_MATTERMOST, &m, 1,
               "{\"text\":\"```\\nCERTAIN WEB01: IUSR_WEB ran cmd.exe\\n"
               "2003-01-17 09:17:07 +00:00 CERTAIN  WEB01: IUSR_WEB ran C:\\\\x\\\\cmd.exe\\n```\"}");
}

/* Texts of intruders: ends of strings and of code, calls to everybody, links, turned and hidden letters. */
static void nothing_gets_out_of_its_place(void **state)
{
    (void)state;
    struct tcs_message m = message("a\" ``` <!channel> @everyone & <http://x|y>\n\x1B[31m \xE2\x80\xAE \\");
    m.program = TCS_STR("<!here>``");
    static const char *const bans[TCS_WEBHOOK_TEMPLATE_COUNT][3] = {
        [TCS_WEBHOOK_SLACK] = {"{\"text\":\"CERTAIN WEB01: IUSR_WEB ran <", "\x1B", "\xE2\x80\xAE"},
        [TCS_WEBHOOK_TEAMS] = {"\n", "\x1B", "\xE2\x80\xAE"},
        [TCS_WEBHOOK_DISCORD] = {" ```", "\x1B", "``\\n2003"},
        [TCS_WEBHOOK_MATTERMOST] = {" ```", "\x1B", "``\\n2003"},
    };
    for (unsigned form = TCS_WEBHOOK_SLACK; form < TCS_WEBHOOK_TEMPLATE_COUNT; form++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 1 << 20);
        tcs_render_webhook(&b, (enum tcs_webhook_template)form, &m, 1);
        tcs_buf_putc(&b, '\0');
        for (unsigned i = 0; i < 3; i++)
            check_true(bans[form][i], strstr(b.p, bans[form][i]) == NULL);
        check_true("the quote is escaped", strstr(b.p, "a\\\" ") != NULL);
        tcs_buf_done(&b);
    }
}

/* What the tools take at most, in characters of the text. */
static void no_tool_gets_more_than_it_takes(void **state)
{
    (void)state;
    static const size_t most[TCS_WEBHOOK_TEMPLATE_COUNT] = {
        [TCS_WEBHOOK_SLACK] = 3000,
        [TCS_WEBHOOK_TEAMS] = 28000,
        [TCS_WEBHOOK_DISCORD] = 2000,
        [TCS_WEBHOOK_MATTERMOST] = 16383,
    };
    char long_text[5000];
    memset(long_text, '`', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (unsigned form = TCS_WEBHOOK_SLACK; form < TCS_WEBHOOK_TEMPLATE_COUNT; form++) {
        for (size_t count = 1; count <= 100; count += 33) {
            struct tcs_message messages[100];
            for (size_t i = 0; i < count; i++)
                messages[i] = message(i % 2 ? "short" : long_text);
            struct tcs_buf b;
            tcs_buf_init(&b, 1 << 20);
            tcs_render_webhook(&b, (enum tcs_webhook_template)form, messages, count);
            assert_false(b.bad);
            size_t characters = 0;
            for (size_t i = 0; i < b.len; i++)
                characters += ((uint8_t)b.p[i] & 0xC0) != 0x80;
            check_true("short enough", characters <= most[form] + (form == TCS_WEBHOOK_SLACK ? 500 : 60));
            tcs_buf_putc(&b, '\0');
            check_true("and says what is missing", count == 1 || strstr(b.p, " more") != NULL);
            tcs_buf_done(&b);
        }
    }
}

static void a_buffer_that_is_too_small_says_so(void **state)
{
    (void)state;
    struct tcs_message two[] = {message("a"), message("b")};
    for (unsigned form = 0; form < TCS_WEBHOOK_TEMPLATE_COUNT; form++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 40);
        tcs_render_webhook(&b, (enum tcs_webhook_template)form, two, 2);
        check_true("bad", b.bad);
        tcs_buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_get_the_finding_itself),
        cmocka_unit_test(every_tool_has_its_form),
        cmocka_unit_test(nothing_gets_out_of_its_place),
        cmocka_unit_test(no_tool_gets_more_than_it_takes),
        cmocka_unit_test(a_buffer_that_is_too_small_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
