#include "unit.h"

#include "delivery/smtp_talk.h"

/* A dialogue: lines that begin with > are ours, others the server's. */
static void overhear(struct tcs_smtp_talk *t, const char *const *lines)
{
    tcs_smtp_talk_begin(t);
    for (; *lines; lines++) {
        struct tcs_str line = tcs_str_of(*lines);
        if (line.p[0] == '>')
            tcs_smtp_talk_sent(t, tcs_str_cut(line, 1, line.len));
        else
            tcs_smtp_talk_heard(t, line);
    }
}

static void a_mail_that_is_taken(void **state)
{
    (void)state;
    static struct tcs_smtp_talk t;
    overhear(&t, (const char *const[]){"220 mail ESMTP\r\n",
                                       ">EHLO me\r\n",
                                       "250-mail\r\n",
                                       "250 STARTTLS\r\n",
                                       ">STARTTLS\r\n",
                                       "220 go\r\n",
                                       ">EHLO me\r\n",
                                       "250 mail\r\n",
                                       ">AUTH LOGIN\r\n",
                                       "334 VXNlcm5hbWU6\r\n",
                                       ">RCPT\r\n", /* a secret that looks like a command */
                                       "334 UGFzc3dvcmQ6\r\n",
                                       ">DATA\r\n",
                                       "235 welcome\r\n",
                                       ">MAIL FROM:<a@b> SIZE=9\r\n",
                                       "250 ok\r\n",
                                       ">RCPT TO:<c@d>\r\n",
                                       "250 ok\r\n",
                                       ">RCPT TO:<e@f>\r\n",
                                       "550-5.1.1 no\r\n",
                                       "550 5.1.1 such user\r\n",
                                       ">DATA\r\n",
                                       "354 go\r\n",
                                       "250 queued\r\n",
                                       ">QUIT\r\n",
                                       "421 too late to matter\r\n",
                                       NULL});
    assert_true(t.is_taken);
    assert_int_equal(t.refusal.code, 0);
    assert_int_equal(t.recipients, 2);
    assert_int_equal(t.answers[0].code, 250);
    assert_int_equal(t.answers[1].code, 550);
    assert_string_equal(t.answers[1].text, "550 5.1.1 such user");
}

static void refusals(void **state)
{
    (void)state;
    static struct tcs_smtp_talk t;
    overhear(&t, (const char *const[]){"554 no service here\r\n", NULL});
    assert_int_equal(t.refusal.code, 554);
    assert_int_equal(t.refused_at, TCS_SMTP_CONNECT);
    overhear(&t, (const char *const[]){"220 hi\r\n", ">EHLO x\r\n", "250 hi\r\n", ">MAIL FROM:<a@b>\r\n",
                                       "250 ok\r\n", ">RCPT TO:<c@d>\r\n", "250 ok\r\n", ">DATA\r\n",
                                       "354 go\r\n", "552 too much\r\n", NULL});
    assert_false(t.is_taken);
    assert_int_equal(t.refusal.code, 552);
    assert_int_equal(t.refused_at, TCS_SMTP_CONTENT);
    /* The connection broke behind the content: nobody knows. */
    overhear(&t, (const char *const[]){"220 hi\r\n", ">MAIL FROM:<a@b>\r\n", "250 ok\r\n",
                                       ">RCPT TO:<c@d>\r\n", "250 ok\r\n", ">DATA\r\n", "354 go\r\n", NULL});
    assert_false(t.is_taken);
    assert_int_equal(t.refusal.code, 0);
}

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        enum tcs_smtp_step step;
        unsigned code;
        enum tcs_smtp_verdict verdict;
    } cases[] = {
        {TCS_SMTP_RCPT, 0, TCS_SMTP_NONE},          {TCS_SMTP_RCPT, 250, TCS_SMTP_ACCEPTED},
        {TCS_SMTP_RCPT, 251, TCS_SMTP_ACCEPTED},    {TCS_SMTP_RCPT, 450, TCS_SMTP_LATER},
        {TCS_SMTP_RCPT, 452, TCS_SMTP_LATER},       {TCS_SMTP_RCPT, 550, TCS_SMTP_NEVER},
        {TCS_SMTP_RCPT, 530, TCS_SMTP_LATER},       {TCS_SMTP_CONNECT, 554, TCS_SMTP_LATER},
        {TCS_SMTP_AUTH, 535, TCS_SMTP_LATER},       {TCS_SMTP_AUTH, 454, TCS_SMTP_LATER},
        {TCS_SMTP_MAIL, 530, TCS_SMTP_LATER},       {TCS_SMTP_MAIL, 553, TCS_SMTP_LATER},
        {TCS_SMTP_MAIL, 552, TCS_SMTP_NEVER},       {TCS_SMTP_DATA, 554, TCS_SMTP_NEVER},
        {TCS_SMTP_CONTENT, 250, TCS_SMTP_ACCEPTED}, {TCS_SMTP_CONTENT, 451, TCS_SMTP_LATER},
        {TCS_SMTP_CONTENT, 554, TCS_SMTP_NEVER},    {TCS_SMTP_CONTENT, 999, TCS_SMTP_LATER},
        {TCS_SMTP_CONTENT, 100, TCS_SMTP_LATER},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int("verdict", tcs_smtp_verdict_of(cases[i].step, cases[i].code), cases[i].verdict);
}

/* What a server says ends up in messages to people. */
static void words_are_harmless(void **state)
{
    (void)state;
    static struct tcs_smtp_talk t;
    char line[4000];
    memset(line, 'x', sizeof line);
    memcpy(line, "554 \x1b[2J\xFF\xFE evil", 14);
    tcs_smtp_talk_begin(&t);
    tcs_smtp_talk_heard(&t, (struct tcs_str){line, sizeof line});
    assert_true(strlen(t.refusal.text) < sizeof t.refusal.text);
    for (const char *c = t.refusal.text; *c; c++)
        assert_true((unsigned char)*c >= 0x20);
    assert_true(tcs_str_has_ascii_nocase(tcs_str_of(t.refusal.text), TCS_STR("<U+001B>[2J")));
    static const char *const nonsense[] = {"",    "\r\n", "25",           "abc", "25x ok",
                                           "250", "2500", "\xFF\xFF\xFF", NULL};
    for (size_t i = 0; nonsense[i]; i++)
        tcs_smtp_talk_heard(&t, tcs_str_of(nonsense[i]));
    for (int i = 0; i < 3 * TCS_MAIL_TO_MOST; i++) {
        tcs_smtp_talk_sent(&t, TCS_STR("RCPT TO:<a@b>\r\n"));
        tcs_smtp_talk_heard(&t, TCS_STR("250 ok\r\n"));
    }
    assert_int_equal(t.recipients, TCS_MAIL_TO_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_that_is_taken),
        cmocka_unit_test(refusals),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(words_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
