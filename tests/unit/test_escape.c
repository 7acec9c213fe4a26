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

/* From UTF-16 eight units are looked at together: wherever something special stands, nothing is lost or
 * doubled. */
static void from_utf16_as_from_utf8(void **state)
{
    (void)state;
    static const uint16_t special[] = {'"',  '\\', '&',  '<',    '>',    '\'',   0,      '\n',
                                       0x1F, 0x7F, 0x80, 0x20AC, 0x202E, 0xD800, 0xDC00, 0xFFFF};
    enum { UNITS_MOST = 19 };
    for (size_t units = 0; units <= UNITS_MOST; units++) {
        for (size_t at = 0; at < units * COUNT_OF(special); at++) {
            uint8_t bytes[2 * UNITS_MOST];
            for (size_t i = 0; i < units; i++) {
                uint16_t unit =
                    i == at / COUNT_OF(special) ? special[at % COUNT_OF(special)] : (uint16_t)('a' + i);
                bytes[2 * i] = (uint8_t)unit;
                bytes[2 * i + 1] = (uint8_t)(unit >> 8);
            }
            struct tcs_utf16 text = {bytes, units};
            struct tcs_buf utf8, want, have;
            tcs_buf_init(&utf8, 4096);
            tcs_buf_init(&want, 4096);
            tcs_buf_init(&have, 4096);
            tcs_buf_utf16(&utf8, text);
            tcs_put_json(&want, tcs_buf_view(&utf8));
            tcs_put_json_utf16(&have, text);
            assert_true(tcs_str_eq(tcs_buf_view(&want), tcs_buf_view(&have)));
            tcs_buf_clear(&want);
            tcs_buf_clear(&have);
            tcs_put_xml(&want, tcs_buf_view(&utf8));
            tcs_put_xml_utf16(&have, text);
            assert_true(tcs_str_eq(tcs_buf_view(&want), tcs_buf_view(&have)));
            tcs_buf_done(&utf8);
            tcs_buf_done(&want);
            tcs_buf_done(&have);
        }
    }
}

/* A buffer without room for the worst case still takes what fits. */
static void from_utf16_into_little_room(void **state)
{
    (void)state;
    static const uint8_t text[] = {'a', 0, 'b', 0, 'c', 0, '"', 0};
    struct tcs_buf b;
    tcs_buf_init(&b, 5);
    tcs_put_json_utf16(&b, (struct tcs_utf16){text, 4});
    assert_false(b.bad);
    check_buf("json", &b, "abc\\\"");
    tcs_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_steers_is_shown),
        cmocka_unit_test(shown_texts_stay_as_they_are),
        cmocka_unit_test(from_utf16_as_from_utf8),
        cmocka_unit_test(from_utf16_into_little_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
