#include "decode/split.h"

#include "unit.h"

/* The stream so far, and what was cut off it: the blobs, each ended by "|", what was too large as "!". */
struct stream {
    struct tcs_split split;
    struct tcs_buf buf, out, waste;
    enum tcs_code code; /* of the last cut */
};

static void begin(struct stream *s, size_t most)
{
    tcs_split_init(&s->split, most);
    tcs_buf_init(&s->buf, 1 << 20);
    tcs_buf_init(&s->out, 1 << 20);
    tcs_buf_init(&s->waste, 1 << 20);
    s->code = TCS_AGAIN;
}

static void done(struct stream *s)
{
    tcs_buf_done(&s->buf);
    tcs_buf_done(&s->out);
    tcs_buf_done(&s->waste);
}

static void bring(struct stream *s, struct tcs_bytes bytes, bool at_end)
{
    tcs_split_add(&s->split, bytes, &s->buf);
    for (;;) {
        size_t len;
        struct tcs_err err = TCS_ERR_INIT;
        s->code = tcs_split_cut(&s->split, tcs_buf_view(&s->buf), at_end, &len, &err);
        assert_true(len <= s->buf.len);
        if (s->code == TCS_AGAIN)
            len = tcs_split_waste(&s->split);
        else if (s->code != TCS_OK && s->code != TCS_SKIP)
            return;
        assert_true(len > 0 || s->code == TCS_AGAIN);
        if (s->code == TCS_AGAIN) {
            tcs_buf_str(&s->waste, tcs_str_cut(tcs_buf_view(&s->buf), 0, len));
        } else if (s->code == TCS_OK) {
            tcs_buf_str(&s->out, tcs_str_cut(tcs_buf_view(&s->buf), 0, len));
            tcs_buf_putc(&s->out, '|');
        } else {
            tcs_buf_putc(&s->out, '!');
            assert_true(err.text[0] != '\0');
        }
        memmove(s->buf.p, s->buf.p + len, s->buf.len - len);
        s->buf.len -= len;
        if (s->code == TCS_AGAIN)
            return;
    }
}

static void bring_text(struct stream *s, const char *text, bool at_end)
{
    bring(s, (struct tcs_bytes){(const uint8_t *)text, strlen(text)}, at_end);
}

/* Whole events are handed out as soon as they are there, and only these. */
static void as_they_come(void **state)
{
    (void)state;
    struct stream s;
    begin(&s, 4096);
    bring_text(&s, "<?xml version='1.0'?><Events><Event><System/>", false);
    check_buf("nothing whole", &s.out, "");
    assert_int_equal(s.code, TCS_AGAIN);
    bring_text(&s, "</Ev", false);
    bring_text(&s, "ent>", false);
    check_buf("the first", &s.out, "<Event><System/></Event>|");
    check_buf("what is before it", &s.waste, "<?xml version='1.0'?><Events>");
    assert_int_equal(s.split.format, TCS_FORMAT_XML);
    tcs_buf_clear(&s.out);
    bring_text(&s, "\r\n<Event>a</Event><Event>b</Event><Event>c", false);
    check_buf("two more", &s.out, "\r\n<Event>a</Event><Event>b</Event>|");
    tcs_buf_clear(&s.out);
    bring_text(&s, "", true);
    check_buf("what is cut", &s.out, "<Event>c|");
    assert_int_equal(s.code, TCS_END);
    done(&s);

    begin(&s, 4096);
    bring_text(&s, "{\"a\":\"}\"}\n{\"b\":[", false);
    check_buf("a line", &s.out, "{\"a\":\"}\"}|");
    assert_int_equal(s.split.format, TCS_FORMAT_JSON);
    bring_text(&s, "]}\n", false);
    bring_text(&s, " \n", true);
    check_buf("another", &s.out, "{\"a\":\"}\"}|{\"b\":[]}|");
    assert_int_equal(s.code, TCS_END);
    done(&s);
}

static const struct {
    const char *text;
    unsigned events; /* whole ones, and beginnings of some */
} texts[] = {
    {"<Event>1</Event>\n<Event>2</Event>\n", 2},
    {"\xEF\xBB\xBF<Events><Event a='>'>1</Event></Events>", 1},
    {"<Event><![CDATA[</Event>]]><!--</Event>--></Event>", 1},
    {"<Event><System/>cut<Event><System/></Event>", 2},
    {"{\"a\":1}\n{\"b\":\"\\\"}\"}\n[{\"c\":[{}]},{\"d\":2}]", 4},
    {"{\"a\":\"cut\n{\"b\":1}\n", 2},
    {"{\"a\":[\n{\"b\":1}\n", 2},
    {"{\n \"a\": 1\n}\n", 1},
};

/* Pieces of every size: nothing is lost or given twice, and at one byte a time every event is a blob of its
 * own. */
static void in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t len = strlen(texts[i].text);
        size_t mark = tcs_str_starts(tcs_str_of(texts[i].text), TCS_STR("\xEF\xBB\xBF")) ? 3 : 0;
        for (size_t piece = 1; piece <= len; piece++) {
            struct stream s;
            begin(&s, 4096);
            for (size_t at = 0; at < len; at += piece) {
                size_t take = len - at < piece ? len - at : piece;
                bring(&s, (struct tcs_bytes){(const uint8_t *)texts[i].text + at, take}, false);
            }
            bring(&s, (struct tcs_bytes){NULL, 0}, true);
            assert_int_equal(s.code, TCS_END);
            unsigned blobs = 0;
            for (size_t k = 0; k < s.out.len; k++)
                blobs += s.out.p[k] == '|';
            check_int(texts[i].text, s.out.len - blobs + s.waste.len + s.buf.len, len - mark);
            check_true(texts[i].text, blobs > 0 && blobs <= texts[i].events);
            if (piece == 1)
                check_int(texts[i].text, blobs, texts[i].events);
            done(&s);
        }
    }
}

/* The buffer stays small, and what follows an event that is too large is found. */
static void too_large(void **state)
{
    (void)state;
    static const char *const streams[][3] = {{"<Event>", "</Event>", "<Event>ok</Event>"},
                                             {"{\"a\":\"", "\"}\n", "{\"b\":1}"},
                                             {"{\"a\":[", "]}\n", "{\"b\":1}"}};
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        struct stream s;
        begin(&s, 100);
        bring_text(&s, streams[i][2], false);
        bring_text(&s, streams[i][0], false);
        for (unsigned k = 0; k < 200; k++) {
            bring_text(&s, "1,1,1,1,1,", false);
            check_true(streams[i][0], s.buf.len <= 400);
        }
        bring_text(&s, streams[i][1], false);
        bring_text(&s, streams[i][2], true);
        struct tcs_str out = tcs_buf_view(&s.out);
        check_true(streams[i][0], memchr(out.p, '!', out.len) != NULL);
        out.len--;
        check_true(streams[i][0], tcs_str_ends(out, tcs_str_of(streams[i][2])));
        done(&s);
    }
}

static void utf16(void **state)
{
    (void)state;
    uint8_t bytes[200] = {0xFF, 0xFE};
    size_t len = 2 + unit_utf16("<Event>a</Event><Event>b</Event>", bytes + 2);
    for (size_t piece = 1; piece <= len; piece++) {
        struct stream s;
        begin(&s, 4096);
        for (size_t at = 0; at < len; at += piece)
            bring(&s, (struct tcs_bytes){bytes + at, len - at < piece ? len - at : piece}, false);
        bring(&s, (struct tcs_bytes){NULL, 0}, true);
        tcs_buf_putc(&s.out, '\0');
        check_true("both", strstr(s.out.p, "<Event>a</Event>") && strstr(s.out.p, "<Event>b</Event>"));
        done(&s);
    }
}

static void neither(void **state)
{
    (void)state;
    static const char *const strange[] = {"hello", "ElfFile", " \n 1"};
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        struct stream s;
        begin(&s, 4096);
        bring_text(&s, strange[i], false);
        check_int(strange[i], s.code, TCS_FORMAT);
        done(&s);
    }
    struct stream s;
    begin(&s, 4096);
    bring_text(&s, "", true);
    assert_int_equal(s.code, TCS_END);
    done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_they_come), cmocka_unit_test(in_pieces), cmocka_unit_test(too_large),
        cmocka_unit_test(utf16),        cmocka_unit_test(neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
