#include "unit.h"

#include "render/mime.h"

static struct tcs_message message_of(uint64_t sequence, const char *id)
{
    return (struct tcs_message){
        .sequence = sequence,
        .id = tcs_str_of(id),
        .incident_id = TCS_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        .kind = TCS_MESSAGE_FINDING,
        .severity = TCS_CERTAIN,
        .host = TCS_STR("WEB01"),
        .account = TCS_STR("IUSR"),
        .program = TCS_STR("cmd.exe"),
        .headline = TCS_STR("IUSR started C:\\cmd.exe"),
        .json = TCS_STR("{}"),
    };
}

static bool mail_has(const struct tcs_message *messages, size_t count, const char *text)
{
    static const struct tcs_str to = TCS_STR_INIT("admin@example.org");
    struct tcs_mail mail = {.what = {.messages = messages, .count = count, .host = TCS_STR("collector")},
                            .from = TCS_STR("tocsin@example.net"),
                            .to = &to,
                            .to_count = 1};
    struct tcs_buf b;
    tcs_buf_init(&b, 1 << 20);
    assert_int_equal(tcs_render_mail(&b, &mail, NULL), TCS_OK);
    bool has = tcs_str_has_ascii_nocase(tcs_buf_view(&b), tcs_str_of(text));
    tcs_buf_done(&b);
    return has;
}

static void ids_make_threads(void **state)
{
    (void)state;
    struct tcs_message m[2] = {message_of(5, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                               message_of(6, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")};
    const char *root = "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.net>\r\n";
    struct tcs_buf line;
    tcs_buf_init(&line, 256);
    tcs_buf_printf(&line, "Message-ID: %s", root);
    tcs_buf_putc(&line, '\0');
    assert_true(mail_has(m, 1, line.p));
    assert_false(mail_has(m, 1, "In-Reply-To:"));
    tcs_buf_clear(&line);
    tcs_buf_printf(&line, "In-Reply-To: %sReferences: %s", root, root);
    tcs_buf_putc(&line, '\0');
    assert_true(mail_has(m + 1, 1, line.p));
    assert_true(mail_has(m + 1, 1, "Message-ID: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.6@example.net>\r\n"));
    /* With others in one mail it is not the first mail: a repeat may hold more. */
    assert_true(mail_has(m, 2, "Message-ID: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.5-6@example.net>\r\n"));
    assert_true(mail_has(m, 2, line.p));
    m[0].revision = 1;
    assert_true(mail_has(m, 1, line.p));
    m[1].incident_id = TCS_STR("cccccccccccccccccccccccccccccccc");
    assert_true(mail_has(m, 2, "Message-ID: <digest.5-6@example.net>\r\n"));
    assert_false(mail_has(m, 2, "References:"));
    tcs_buf_done(&line);
}

static void subjects(void **state)
{
    (void)state;
    struct tcs_message m[2] = {message_of(5, "a"), message_of(6, "b")};
    assert_true(mail_has(m, 1, "Subject: [tocsin] CERTAIN WEB01: IUSR started cmd.exe\r\n"));
    m[1].severity = TCS_CRITICAL;
    m[1].headline = TCS_STR("IUSR opened for execution x");
    assert_true(mail_has(m, 2,
                         "Subject: [tocsin] CRITICAL WEB01: IUSR opened for execution cmd.exe (and 1\r\n"
                         " more)\r\n"));
    assert_true(mail_has(m, 2, "X-Priority: 1 (Highest)\r\n"));
    m[1].kind = TCS_MESSAGE_DRILL;
    assert_true(mail_has(m, 2, "Subject: [tocsin] CERTAIN "));
    assert_true(mail_has(m + 1, 1, "Subject: [tocsin] DRILL WEB01: "));
    assert_false(mail_has(m + 1, 1, "X-Priority"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_make_threads),
        cmocka_unit_test(subjects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
