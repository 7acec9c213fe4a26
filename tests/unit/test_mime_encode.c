#include "unit.h"

#include "render/mime_encode.h"

#include <string.h>

static void check_quoted(struct tcs_str in, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 4096);
    tcs_put_quoted_printable(&b, in);
    assert_false(b.bad);
    check_buf(want, &b, want);
    tcs_buf_done(&b);
}

static void quoted_printable(void **state)
{
    (void)state;
    check_quoted(TCS_STR(""), "");
    check_quoted(TCS_STR("plain"), "plain\r\n");
    check_quoted(TCS_STR("two\nlines\n"), "two\r\nlines\r\n");
    check_quoted(TCS_STR("a=b \xC3\xA9"), "a=3Db =C3=A9\r\n");
    check_quoted(TCS_STR("blank \nat the end\t"), "blank=20\r\nat the end=09\r\n");
    check_quoted(TCS_STR(".\n..x\n a."), "=2E\r\n=2E.x\r\n a.\r\n");
    check_quoted(TCS_STR("From here\nFrom\nx From "), "=46rom here\r\nFrom\r\nx From=20\r\n");
    check_quoted(TCS_STR("cr\r\nnul\0."), "cr=0D\r\nnul=00.\r\n");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text back from quoted-printable, checking its lines. */
static void decode_quoted(struct tcs_str q, struct tcs_buf *out)
{
    size_t column = 0;
    for (size_t i = 0; i < q.len; i++, column++) {
        if (q.p[i] == '\r') {
            assert_true(i + 1 < q.len && q.p[i + 1] == '\n');
            assert_true(i == 0 || (q.p[i - 1] != ' ' && q.p[i - 1] != '\t'));
            tcs_buf_putc(out, '\n');
            i++;
            column = (size_t)-1;
        } else if (q.p[i] == '=' && q.p[i + 1] == '\r') {
            assert_true(q.p[i + 2] == '\n');
            assert_true(column < 76);
            i += 2;
            column = (size_t)-1;
        } else if (q.p[i] == '=') {
            assert_true(hex_digit(q.p[i + 1]) >= 0 && hex_digit(q.p[i + 2]) >= 0);
            tcs_buf_putc(out, (char)(hex_digit(q.p[i + 1]) * 16 + hex_digit(q.p[i + 2])));
            i += 2;
            column += 2;
        } else {
            assert_true(q.p[i] >= ' ' && q.p[i] <= '~' ? true : q.p[i] == '\t');
            assert_true(column || q.p[i] != '.');
            tcs_buf_putc(out, q.p[i]);
        }
        assert_true(column == (size_t)-1 || column < 76);
    }
}

static void any_bytes_come_back(void **state)
{
    (void)state;
    static const char alphabet[] = "aF.= \t\n\r\0\x80rom~";
    uint64_t random = 7;
    struct tcs_buf in, q, back;
    tcs_buf_init(&in, 4096);
    tcs_buf_init(&q, 65536);
    tcs_buf_init(&back, 65536);
    for (int round = 0; round < 3000; round++) {
        tcs_buf_clear(&in);
        tcs_buf_clear(&q);
        tcs_buf_clear(&back);
        for (size_t len = unit_random_below(&random, 300); len; len--)
            tcs_buf_putc(&in, alphabet[unit_random_below(&random, sizeof alphabet - 1)]);
        tcs_put_quoted_printable(&q, tcs_buf_view(&in));
        decode_quoted(tcs_buf_view(&q), &back);
        if (in.len && in.p[in.len - 1] != '\n')
            tcs_buf_putc(&in, '\n');
        check_str("a text of the alphabet", tcs_buf_view(&back), tcs_buf_view(&in));
    }
    tcs_buf_done(&in);
    tcs_buf_done(&q);
    tcs_buf_done(&back);
}

static void base64_in_lines(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str in;
        const char *want;
    } cases[] = {
        /* RFC 4648, 10 */
        {TCS_STR_INIT(""), ""},
        {TCS_STR_INIT("f"), "Zg==\r\n"},
        {TCS_STR_INIT("fo"), "Zm8=\r\n"},
        {TCS_STR_INIT("foo"), "Zm9v\r\n"},
        {TCS_STR_INIT("foobar"), "Zm9vYmFy\r\n"},
        {TCS_STR_INIT("\xFF\xFE\xFD"), "//79\r\n"},
        {TCS_STR_INIT("0123456789012345678901234567890123456789012345678901234567"),
         "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\r\nNw==\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_buf b;
        tcs_buf_init(&b, 4096);
        tcs_put_base64_lines(&b, cases[i].in);
        check_buf(cases[i].want, &b, cases[i].want);
        tcs_buf_done(&b);
    }
}

static void check_header(struct tcs_str text, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 65536);
    tcs_put_header(&b, "Subject", text);
    check_buf(want, &b, want);
    tcs_buf_done(&b);
}

static void headers(void **state)
{
    (void)state;
    check_header(TCS_STR("[tocsin] plain"), "Subject: [tocsin] plain\r\n");
    check_header(TCS_STR("caf\xC3\xA9"), "Subject: =?UTF-8?B?Y2Fmw6k=?=\r\n");
    /* Looks like an encoded word: a reader would decode it. */
    check_header(TCS_STR("=?UTF-8?Q?x?="), "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n");
    check_header(TCS_STR("a\r\nBcc: b"), "Subject: a  Bcc: b\r\n");
    check_header(TCS_STR("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"),
                 "Subject: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n"
                 " 0123456789\r\n");
}

/* No line too long, no character in two words, whatever the text. */
static void header_lines_are_short(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", " ", "\xC3\xA9", "\xF0\x9F\x94\x94", "=?", "\n", "word"};
    uint64_t random = 11;
    struct tcs_buf in, b;
    tcs_buf_init(&in, 4096);
    tcs_buf_init(&b, 65536);
    for (int round = 0; round < 2000; round++) {
        tcs_buf_clear(&in);
        tcs_buf_clear(&b);
        for (size_t n = unit_random_below(&random, 200); n; n--)
            tcs_buf_puts(&in, pieces[unit_random_below(&random, COUNT_OF(pieces))]);
        tcs_put_header(&b, "Subject", tcs_buf_view(&in));
        struct tcs_str rest = tcs_buf_view(&b);
        for (bool first = true; rest.len; first = false) {
            size_t end = tcs_str_find(rest, '\n');
            assert_true(end < rest.len && end >= 1 && rest.p[end - 1] == '\r');
            assert_true(end - 1 <= 76);
            assert_true(first || rest.p[0] == ' '); /* no field of its own */
            for (size_t i = 0; i + 1 < end; i++)
                assert_true(rest.p[i] >= ' ' && rest.p[i] <= '~');
            rest = tcs_str_cut(rest, end + 1, rest.len);
        }
    }
    tcs_buf_done(&in);
    tcs_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_printable),       cmocka_unit_test(any_bytes_come_back),
        cmocka_unit_test(base64_in_lines),        cmocka_unit_test(headers),
        cmocka_unit_test(header_lines_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
