#include "unit.h"

#include "model/address.h"

static void addresses(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str text;
        bool ok;
    } cases[] = {
        {TCS_STR_INIT("admin@example.org"), true},
        {TCS_STR_INIT("a.b+tag@sub.example.org"), true},
        {TCS_STR_INIT("root@localhost"), true},
        {TCS_STR_INIT("root@[127.0.0.1]"), true},
        {TCS_STR_INIT("root@[IPv6:::1]"), true},
        {TCS_STR_INIT(""), false},
        {TCS_STR_INIT("admin"), false},
        {TCS_STR_INIT("@example.org"), false},
        {TCS_STR_INIT("admin@"), false},
        {TCS_STR_INIT("a b@example.org"), false},
        {TCS_STR_INIT("a@b@example.org"), false},
        {TCS_STR_INIT("a@example.org>\r\nRCPT TO:<x@y"), false},
        {TCS_STR_INIT("a\0b@example.org"), false},
        {TCS_STR_INIT("a@exam\nple.org"), false},
        {TCS_STR_INIT(".a@example.org"), false},
        {TCS_STR_INIT("a..b@example.org"), false},
        {TCS_STR_INIT("a@.example.org"), false},
        {TCS_STR_INIT("\"a\"@example.org"), false},
        {TCS_STR_INIT("Admin <a@example.org>"), false},
        {TCS_STR_INIT("j\xC3\xBCrgen@example.org"), false},
        {TCS_STR_INIT("a@[]"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why;
        check_int(cases[i].text.p, tcs_mail_address_ok(cases[i].text, &why), cases[i].ok);
        check_true(cases[i].text.p, (why == NULL) == cases[i].ok);
    }
}

static void endpoints(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str text;
        const char *scheme, *host;
        unsigned port;
        bool is_local;
    } good[] = {
        {TCS_STR_INIT("smtp://mail.example.org:587"), "smtp", "mail.example.org", 587, false},
        {TCS_STR_INIT("smtp://mail.example.org"), "smtp", "mail.example.org", 0, false},
        {TCS_STR_INIT("udp://127.0.0.1:514/"), "udp", "127.0.0.1", 514, true},
        {TCS_STR_INIT("tls://[::1]:6514"), "tls", "::1", 6514, true},
        {TCS_STR_INIT("tcp://[fe80::1]"), "tcp", "fe80::1", 0, false},
        {TCS_STR_INIT("tcp://log_server:65535"), "tcp", "log_server", 65535, false},
        {TCS_STR_INIT("smtp://LOCALHOST:25"), "smtp", "LOCALHOST", 25, true},
        {TCS_STR_INIT("smtp://127.evil.example:25"), "smtp", "127.evil.example", 25, false},
    };
    static const struct tcs_str bad[] = {
        TCS_STR_INIT(""),
        TCS_STR_INIT("mail.example.org"),
        TCS_STR_INIT("mail.example.org:25"),
        TCS_STR_INIT("smtp:/mail"),
        TCS_STR_INIT("smtp://"),
        TCS_STR_INIT("smtp:///"),
        TCS_STR_INIT("smtp://user:pw@mail"),
        TCS_STR_INIT("smtp://mail/path"),
        TCS_STR_INIT("smtp://mail:0"),
        TCS_STR_INIT("smtp://mail:65536"),
        TCS_STR_INIT("smtp://mail:25x"),
        TCS_STR_INIT("smtp://mail:"),
        TCS_STR_INIT("smtp://mail\r\nX:25"),
        TCS_STR_INIT("smtp://ma il:25"),
        TCS_STR_INIT("smtp://[::1"),
        TCS_STR_INIT("smtp://[]:25"),
        TCS_STR_INIT("smtp://[::1]25"),
        TCS_STR_INIT("SMTP://mail"),
    };
    const char *why;
    struct tcs_endpoint e;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        check_true(good[i].text.p, tcs_endpoint_parse(good[i].text, &e, &why) && why == NULL);
        check_text(good[i].text.p, e.scheme, good[i].scheme);
        check_text(good[i].text.p, e.host, good[i].host);
        check_int(good[i].text.p, e.port, good[i].port);
        check_int(good[i].text.p, tcs_endpoint_is_local(&e), good[i].is_local);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_true(bad[i].p, !tcs_endpoint_parse(bad[i], &e, &why) && why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
