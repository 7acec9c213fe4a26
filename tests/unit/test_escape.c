#include "unit.h"

#include "render/escape.h"

typedef void put_fn(struct tcs_buf *b, struct tcs_str s);

static void check_put(put_fn *put, struct tcs_str in, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 4096);
    put(&b, in);
    assert_false(b.bad);
    check_buf(want, &b, want);
    tcs_buf_done(&b);
}

static void what_steers_is_shown(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str in;
        const char *visible, *html, *structured;
    } cases[] = {
        {TCS_STR_INIT(""), "", "", ""},
        {TCS_STR_INIT("cmd.exe"), "cmd.exe", "cmd.exe", "cmd.exe"},
        {TCS_STR_INIT("a\r\nBcc: x"), "a<U+000D><U+000A>Bcc: x", "a&lt;U+000D&gt;&lt;U+000A&gt;Bcc: x",
         "a<U+000D><U+000A>Bcc: x"},
        {TCS_STR_INIT("a\0b"), "a<U+0000>b", "a&lt;U+0000&gt;b", "a<U+0000>b"},
        {TCS_STR_INIT("\xE2\x80\xAEgpj.exe"), "<U+202E>gpj.exe", "&lt;U+202E&gt;gpj.exe", "<U+202E>gpj.exe"},
        {TCS_STR_INIT("<b title='x' id=\"y\">&amp;"), "<b title='x' id=\"y\">&amp;",
         "&lt;b title=&#39;x&#39; id=&quot;y&quot;&gt;&amp;amp;", "<b title='x' id=\\\"y\\\">&amp;"},
        {TCS_STR_INIT("C:\\x\"] [y"), "C:\\x\"] [y", "C:\\x&quot;] [y", "C:\\\\x\\\"\\] [y"},
        {TCS_STR_INIT("\xD1\x81md"), "\xD1\x81md", "\xD1\x81md", "\xD1\x81md"},
        {TCS_STR_INIT("\xF3\xA0\x80\xA1"), "<U+E0021>", "&lt;U+E0021&gt;", "<U+E0021>"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check_put(tcs_put_visible, cases[i].in, cases[i].visible);
        check_put(tcs_put_html, cases[i].in, cases[i].html);
        check_put(tcs_put_structured, cases[i].in, cases[i].structured);
    }
}

/* What the visible form made of a character must not be taken for that character's code by a second pass. */
static void shown_texts_stay_as_they_are(void **state)
{
    (void)state;
    check_put(tcs_put_visible, TCS_STR("<U+202E>"), "<U+202E>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_steers_is_shown),
        cmocka_unit_test(shown_texts_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
