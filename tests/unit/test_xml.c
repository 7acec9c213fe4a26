#include "read_text.h"

#define EVENT(id, data)                                                                                      \
    "<Event><System><EventID>" id "</EventID></System><EventData>" data "</EventData></Event>"
#define READ(id, data) "{\"System\":{\"EventID\":" id "},\"EventData\":" data "}"

static const struct {
    const char *what, *text, *want;
} cases[] = {
    {"one event", EVENT("1", "<Data Name='a'>b</Data>"), READ("1", "{\"a\":\"b\"}") "\n"},
    {"two, without anything between them", EVENT("1", "") EVENT("2", ""),
     READ("1", "\"\"") "\n" READ("2", "\"\"") "\n"},
    {"declaration, root, blanks, and the tags of Windows",
     "<?xml version='1.0' encoding='utf-8'?>\r\n<Events>\r\n  <Event "
     "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>\r\n    <System>\r\n      <Provider "
     "Name='P' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/>\r\n      <EventID "
     "Qualifiers='16384'>7</EventID>\r\n      <TimeCreated SystemTime='2024-05-01T10:00:00.123456700Z'/>\r\n "
     "     <EventRecordID>12</EventRecordID>\r\n      <Correlation/>\r\n      <Execution ProcessID='4' "
     "ThreadID='60'/>\r\n      <Computer>C</Computer>\r\n      <Security UserID='S-1-5-18'/>\r\n    "
     "</System>\r\n    <EventData>\r\n      <Data Name='a'> b </Data>\r\n    </EventData>\r\n  "
     "</Event>\r\n</Events>\r\n",
     "{\"System\":{\"Provider\":{\"Name\":\"P\",\"Guid\":\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"},"
     "\"EventID\":7,\"Qualifiers\":16384,\"TimeCreated\":{\"SystemTime\":\"2024-05-01T10:00:00.123456700Z\"},"
     "\"EventRecordID\":12,\"Execution\":{\"ProcessID\":4,\"ThreadID\":60},\"Computer\":\"C\",\"Security\":{"
     "\"UserID\":\"S-1-5-18\"}},\"EventData\":{\"a\":\" b \"}}\n"},
    {"unnamed data of a classic event", EVENT("592", "<Data>a</Data><Data></Data><Data/><Data>d</Data>"),
     READ("592", "{\"Data\":[\"a\",\"\",\"\",\"d\"]}") "\n"},
    {"entities and characters by number",
     EVENT("1", "<Data Name='a'>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#x41;</Data>"),
     READ("1", "{\"a\":\"<>&\\\"'A\xF0\x9F\x98\x80"
               "A\"}") "\n"},
    {"CDATA and comments, with tags in them",
     EVENT("1", "<Data Name='a'>x<![CDATA[</Event><Event><System>&amp;]]>y<!-- </Event> -->z</Data>"),
     READ("1", "{\"a\":\"x</Event><Event><System>&amp;yz\"}") "\n"},
    {"CDATA with brackets", EVENT("1", "<Data Name='a'><![CDATA[]]]]></Data>"),
     READ("1", "{\"a\":\"]]\"}") "\n"},
    {"line ends", EVENT("1", "<Data Name='a'>b\r\nc\rd&#13;</Data>"),
     READ("1", "{\"a\":\"b\\nc\\nd\\r\"}") "\n"},
    {"blanks in attributes",
     "<Event><System><EventID>1</EventID><Channel a='x\ty\r\nz&#10;'>c</Channel></System></Event>",
     "{\"System\":{\"EventID\":1,\"Channel\":{\"a\":\"x y z\\n\",\"#text\":\"c\"}}}\n"},
    {"a > in an attribute", "<Event a='>'><System><EventID>1</EventID></System></Event>",
     "{\"System\":{\"EventID\":1}}\n"},
    {"an event in an event",
     "<Event><System><EventID>1</EventID></System><UserData><Event>x</Event></UserData></Event>",
     "{\"System\":{\"EventID\":1},\"UserData\":{\"Event\":\"x\"}}\n"},
    {"RenderingInfo decides nothing",
     "<Event><RenderingInfo><EventID>9</EventID></RenderingInfo><System><EventID>1</EventID></System></"
     "Event>",
     "{\"RenderingInfo\":{\"EventID\":\"9\"},\"System\":{\"EventID\":1}}\n"},
    /* What XML forbids and an intruder may bring about. */
    {"control characters",
     EVENT("1", "<Data Name='a'>b\x01\x1F"
                "c&#1;&#x7F;</Data>"),
     READ("1", "{\"a\":\"b\\u0001\\u001fc\\u0001\\u007f\"}") "\n"},
    {"an ampersand and a < that nobody escaped", EVENT("1", "<Data Name='a'>a & b < c &x; &#xZ; &</Data>"),
     READ("1", "{\"a\":\"a & b < c &x; &#xZ; &\"}") " bad-data\n"},
    {"surrogates by number", EVENT("1", "<Data Name='a'>&#xD800;&#xDFFF;&#x110000;</Data>"),
     READ("1", "{\"a\":\"\xEF\xBF\xBD\xEF\xBF\xBD&#x110000;\"}") " bad-data\n"},
    {"broken UTF-8", EVENT("1", "<Data Name='a'>b\xFF\xC3</Data>"),
     READ("1", "{\"a\":\"b\xEF\xBF\xBD\xEF\xBF\xBD\"}") " bad-data\n"},
    {"entities of a DTD are not known",
     "<!DOCTYPE a [<!ENTITY b 'bbbb'>]>" EVENT("1", "<Data Name='a'>&b;</Data>"),
     "! 1 no event where one should be; searching for the next\n" READ("1", "{\"a\":\"&b;\"}") " bad-data\n"},
    {"two ids: the first", "<Event><System><EventID>1</EventID><EventID>2</EventID></System></Event>",
     "{\"System\":{\"EventID\":[1,\"2\"]}}\n"},
    {"an id that is none", EVENT("x", ""), READ("\"x\"", "\"\"") "\n"},
    {"nothing in it", "<Event/><Event></Event>", "{}\n{}\n"},
    /* Damage costs one event. */
    {"an event that breaks off",
     "<Event><System><EventID>1</EventID></System><EventData><Data Name='a'>b</Data><Data Name='c'>cu" EVENT(
         "2", ""),
     READ("1", "{\"a\":\"b\",\"c\":\"\"}") " torn\n" READ("2", "\"\"") "\n"},
    {"a log that breaks off", EVENT("1", "") "<Event><System><EventID>2</EventID><Comp",
     READ("1", "\"\"") "\n{\"System\":{\"EventID\":2}} torn\n"},
    {"a log that begins within an event", "ame='a'>b</Data></EventData></Event>" EVENT("1", ""),
     "! 0 no event where one should be; searching for the next\n" READ("1", "\"\"") "\n"},
    {"rubbish between events", EVENT("1", "") " rubbish </Event> " EVENT("2", ""),
     READ("1", "\"\"") "\n! 75 no event where one should be; searching for the next\n" READ("2",
                                                                                            "\"\"") "\n"},
    {"a comment that does not close", EVENT("1", "<Data Name='a'>b<!-- c</Data>") EVENT("2", ""),
     READ("1", "{\"a\":\"b<!-- c\"}") " bad-data\n" READ("2", "\"\"") "\n"},
    {"an end tag too little",
     "<Event><System><EventID>1</EventID></System><EventData><Data Name='a'>b</EventData></Event>",
     READ("1", "{\"a\":\"b\"}") " bad-data\n"},
    {"an end tag too many", "<Event><System><EventID>1</EventID></System></b><c/></Event>",
     "{\"System\":{\"EventID\":1}} bad-data\n"},
    {"an attribute without a value", "<Event><System><EventID>1</EventID></System><a b></a></Event>",
     "{\"System\":{\"EventID\":1},\"a\":\"\"} bad-data\n"},
};

static void events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_text_reading(cases[i].what, cases[i].text, cases[i].want);
}

/* The same in UTF-16 of both orders, with a mark and without. */
static void encodings(void **state)
{
    (void)state;
    static const char text[] = EVENT("1", "<Data Name='a'>b\xC3\xA4\xF0\x9F\x98\x80</Data>") EVENT("2", "x");
    for (unsigned way = 0; way < 4; way++) {
        bool is_big = way & 1, has_mark = way & 2;
        uint8_t out[2 * sizeof text + 2];
        size_t len = 0, at = 0;
        struct tcs_bytes bytes = {(const uint8_t *)text, sizeof text - 1};
        bool damaged = false;
        for (bool mark = has_mark; mark || at < bytes.len; mark = false) {
            uint32_t cp = mark ? 0xFEFF : tcs_utf8_next(bytes, &at, &damaged);
            uint32_t units[2] = {cp, 0};
            if (cp > 0xFFFF) {
                units[0] = 0xD800 + ((cp - 0x10000) >> 10);
                units[1] = 0xDC00 + (cp & 0x3FF);
            }
            for (unsigned k = 0; k < (cp > 0xFFFF ? 2 : 1); k++) {
                out[len + is_big] = (uint8_t)units[k];
                out[len + !is_big] = (uint8_t)(units[k] >> 8);
                len += 2;
            }
        }
        struct reading r;
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        assert_true(reading_open(&r, (struct tcs_bytes){out, len}, &err));
        assert_int_equal(tcs_log_format_of(&r.log), TCS_FORMAT_XML);
        assert_int_equal(reading_next(&r, &rec, &err), TCS_OK);
        check_text("text",
                   (struct tcs_str){(const char *)tcs_record_get(&rec, TCS_STR("a")).p,
                                    tcs_record_get(&rec, TCS_STR("a")).len},
                   "b\xC3\xA4\xF0\x9F\x98\x80");
        check_int("offset of the first", rec.offset, has_mark ? 2 : 0);
        assert_int_equal(reading_next(&r, &rec, &err), TCS_OK);
        /* The umlaut is one unit, the face two. */
        size_t first = strlen(EVENT("1", "<Data Name='a'>bxyz</Data>"));
        check_int("offset of the second", rec.offset, 2 * first + (has_mark ? 2 : 0));
        assert_int_equal(reading_next(&r, &rec, &err), TCS_END);
        reading_close(&r);
    }
}

/* What nobody wants is not read, but counted; what only looks like an id does not hide an event. */
static void a_glance_never_hides(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned given, records;
    } looks[] = {
        {"<Event><System><Provider Name='P'/><EventID>2</EventID></System></Event>", 0, 1},
        {"<Event><System><Provider Name='P'/><EventID Qualifiers='0'>1</EventID></System></Event>", 1, 1},
        {"<Event><System><Provider Name='/><EventID>2</EventID>'/><EventID>1</EventID></System></Event>", 1,
         1},
        {"<Event><!-- <System><Provider /><EventID>2</EventID> --><System><Provider "
         "Name='P'/><EventID>1</EventID></System></Event>",
         1, 1},
        {"<Event><System><Provider Name='P'/><EventID>65537</EventID></System></Event>", 1, 1},
        {"<Event><System><Provider Name='P'/><EventID>&#49;</EventID></System></Event>", 1, 1},
        {"<Event><System><Provider Name='P'/><EventID> 1 </EventID></System></Event>", 1, 1},
        {"<Event><System><Provider Name='P'/><EventID>2<!---->1</EventID></System></Event>", 0, 1}, /* 21 */
        {"<Event><UserData><EventID>2</EventID></UserData><System><EventID>1</EventID></System></Event>", 1,
         1},
    };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        struct tcs_read_stats stats;
        check_int(looks[i].text, reading_of_id_1(looks[i].text, &stats), looks[i].given);
        check_int(looks[i].text, stats.records, looks[i].records);
    }
}

/* Limits cost the one event that exceeds them. */
static void limits(void **state)
{
    (void)state;
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)8 << 20);
    tcs_buf_puts(&text, "<Event><System><EventID>1</EventID></System>"); /* deep */
    for (unsigned i = 0; i < 70; i++)
        tcs_buf_puts(&text, "<a>");
    for (unsigned i = 0; i < 70; i++)
        tcs_buf_puts(&text, "</a>");
    tcs_buf_puts(&text, "</Event><Event><System><EventID>2</EventID></System><EventData>"); /* many */
    for (unsigned i = 0; i < 5000; i++)
        tcs_buf_puts(&text, "<Data>x</Data>");
    tcs_buf_puts(&text, "</EventData></Event><Event><System><EventID>3</EventID></System><a>"); /* long */
    tcs_buf_fill(&text, 'x', ((size_t)1 << 20) + 100);
    tcs_buf_puts(&text,
                 "</a></Event><Event><System><EventID>4</EventID></System><a>"); /* as long as can be */
    tcs_buf_fill(&text, 'y', ((size_t)1 << 20) - 100);
    tcs_buf_puts(&text, "</a></Event><Event><System><EventID>5</EventID></System></Event>");
    assert_false(text.bad);
    struct reading r;
    struct tcs_record rec;
    struct tcs_err err = TCS_ERR_INIT;
    assert_true(reading_open(&r, (struct tcs_bytes){(uint8_t *)text.p, text.len}, &err));
    static const int want[] = {-1, -1, -1, 4, 5};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        tcs_err_clear(&err);
        enum tcs_code code = reading_next(&r, &rec, &err);
        check_int("record", code == TCS_OK ? (int)rec.event_id : -1, want[i]);
    }
    assert_int_equal(reading_next(&r, &rec, &err), TCS_END);
    check_int("damage", r.stats.damage[TCS_DAMAGE_LIMIT], 3);
    reading_close(&r);
    tcs_buf_done(&text);
}

/* Made to be searched again and again: the time is in proportion to the size, or this test does not end. */
static void nothing_is_searched_twice(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<!--",       "<![CDATA[", "<Event ", "<Event>", "<?",
                                         "<Event a='", "&",         "<",       "</Event>"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct tcs_buf text;
        tcs_buf_init(&text, (size_t)8 << 20);
        tcs_buf_puts(&text, "<Event><System><EventID>1</EventID></System><EventData><Data>");
        while (text.len < 1000000) /* small enough to be read */
            tcs_buf_puts(&text, pieces[i]);
        tcs_buf_puts(
            &text,
            "</Data></EventData></Event><Event><System><EventID>1</EventID></System><EventData><Data>");
        while (text.len < (size_t)3 << 20)
            tcs_buf_puts(&text, pieces[i]);
        tcs_buf_puts(&text, "'<Event><System><EventID>2</EventID></System></Event>");
        struct reading r;
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        assert_true(reading_open(&r, (struct tcs_bytes){(uint8_t *)text.p, text.len}, &err));
        bool is_found = false;
        enum tcs_code code;
        while ((code = reading_next(&r, &rec, NULL)) != TCS_END)
            is_found = is_found || (code == TCS_OK && rec.event_id == 2);
        check_true(pieces[i], is_found);
        reading_close(&r);
        tcs_buf_done(&text);
    }
}

/* Layouts are made once: those of events with the same names have the same id. */
static void layouts_are_recognised(void **state)
{
    (void)state;
    static const char text[] = EVENT("1", "<Data Name='a'>x</Data>") EVENT("2", "<Data Name='a'>y</Data>")
        EVENT("3", "<Data Name='b'>z</Data>");
    struct reading r;
    struct tcs_record a, b, c;
    struct tcs_err err = TCS_ERR_INIT;
    assert_true(reading_open(&r, (struct tcs_bytes){(const uint8_t *)text, sizeof text - 1}, &err));
    assert_int_equal(reading_next(&r, &a, &err), TCS_OK);
    assert_int_equal(reading_next(&r, &b, &err), TCS_OK);
    assert_int_equal(reading_next(&r, &c, &err), TCS_OK);
    assert_ptr_equal(a.parts[0].layout, b.parts[0].layout);
    assert_true(a.parts[0].layout->id != 0);
    assert_true(a.parts[0].layout->id != c.parts[0].layout->id);
    reading_close(&r);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"<?xml version='1.0'?><html/>", "<EventLog/>", "<", "<Eventual>",
                                        " <a>"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct reading r;
        struct tcs_err err = TCS_ERR_INIT;
        check_true(texts[i],
                   !reading_open(&r, (struct tcs_bytes){(const uint8_t *)texts[i], strlen(texts[i])}, &err));
        check_int(texts[i], err.code, TCS_FORMAT);
        check_says(texts[i], &err, "not an event log");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(encodings),
        cmocka_unit_test(a_glance_never_hides),
        cmocka_unit_test(limits),
        cmocka_unit_test(nothing_is_searched_twice),
        cmocka_unit_test(layouts_are_recognised),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
