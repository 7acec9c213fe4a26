/*
 * What channels are told, whatever the texts are: a mail is ASCII in short
 * lines that end with CRLF and has the parts it should have and no more; a
 * line of syslog is good text below its limit with one element of structured
 * data.
 *
 * Input: how many messages, bits for each, and for each its texts, a line each.
 */
#include "support.h"

#include "render/escape.h"
#include "render/mime.h"
#include "render/syslog.h"

enum { MESSAGES_MOST = 6, MEMORY = 64 << 20, LINE_MOST = 76, ID_LINE_MOST = 200 };

static size_t count_of(struct tcs_str text, const char *what)
{
    size_t count = 0, len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++)
        count += memcmp(text.p + i, what, len) == 0;
    return count;
}

/* Ids cannot be folded. */
static bool is_id(struct tcs_str line)
{
    return tcs_str_starts(line, TCS_STR("Message-ID: ")) || tcs_str_starts(line, TCS_STR("In-Reply-To: ")) ||
           tcs_str_starts(line, TCS_STR("References: "));
}

static void check_mail(struct tcs_str mail, bool has_record)
{
    size_t begin = 0, empty = 0;
    for (size_t i = 0; i < mail.len; i++) {
        FUZZ_REQUIRE(mail.p[i] == '\r' || mail.p[i] == '\n' || (mail.p[i] >= ' ' && mail.p[i] <= '~'));
        FUZZ_REQUIRE((mail.p[i] == '\n') == (i > 0 && mail.p[i - 1] == '\r'));
        if (mail.p[i] != '\n')
            continue;
        FUZZ_REQUIRE(i - 1 - begin <= (is_id(tcs_str_cut(mail, begin, i)) ? ID_LINE_MOST : LINE_MOST));
        FUZZ_REQUIRE(begin == i - 1 || mail.p[begin] != '.');
        empty += begin == i - 1;
        begin = i + 1;
    }
    FUZZ_REQUIRE(begin == mail.len && empty > 0);
    FUZZ_REQUIRE(count_of(mail, "\r\n--=_tocsin_mixed\r\n") == (has_record ? 3u : 2u));
    FUZZ_REQUIRE(count_of(mail, "\r\n--=_tocsin_mixed--\r\n") == 1);
    FUZZ_REQUIRE(count_of(mail, "\r\n--=_tocsin_alternative\r\n") == 2);
    FUZZ_REQUIRE(count_of(mail, "\r\n--=_tocsin_alternative--\r\n") == 1);
    struct tcs_str head = mail;
    for (size_t i = 0; i + 4 <= mail.len && head.len == mail.len; i++)
        if (memcmp(mail.p + i, "\r\n\r\n", 4) == 0)
            head.len = i;
    FUZZ_REQUIRE(count_of(head, "\r\nSubject: ") == 1 && count_of(head, "\r\nMessage-ID: ") == 1);
    FUZZ_REQUIRE(count_of(head, "\r\nTo: ") == 1 && count_of(head, "\r\nBcc: ") == 0);
}

/* Behind the one element there is the text; inside it nothing ends it early. */
static void check_line(struct tcs_str line, const struct tcs_syslog_form *form)
{
    FUZZ_REQUIRE(line.len <= form->most);
    FUZZ_REQUIRE(fuzz_is_utf8(line.p, line.len));
    bool damaged = false;
    size_t at = 0;
    while (at < line.len) {
        uint32_t cp = tcs_utf8_next((struct tcs_bytes){(const uint8_t *)line.p, line.len}, &at, &damaged);
        FUZZ_REQUIRE(!tcs_is_deceptive(cp) || cp == 0xFEFF);
    }
    at = 0;
    for (unsigned blanks = 0; at < line.len && blanks < 6;
         at++) /* version, time, host, program, process, kind */
        blanks += line.p[at] == ' ';
    FUZZ_REQUIRE(tcs_str_starts(tcs_str_cut(line, at, line.len), TCS_STR("[tocsin@32473 ")));
    bool in_value = false;
    for (at++; at < line.len && (in_value || line.p[at] != ']'); at++) {
        if (in_value && line.p[at] == '\\')
            at++;
        else if (line.p[at] == '"')
            in_value = !in_value;
        else
            FUZZ_REQUIRE(!in_value || line.p[at] != ']');
    }
    FUZZ_REQUIRE(at + 1 < line.len && line.p[at] == ']' && line.p[at + 1] == ' ');
}

static struct tcs_message message_of(struct fuzz_input *in, uint64_t sequence, struct tcs_arena *arena)
{
    uint8_t bits = fuzz_u8(in);
    struct tcs_message m = {
        .sequence = sequence,
        .kind = bits % TCS_MESSAGE_KIND_COUNT,
        .severity = (enum tcs_severity)(bits / 8 % TCS_SEVERITY_COUNT),
        .revision = bits >> 7,
        .time = {(int64_t)((uint64_t)fuzz_u16(in) << 40)},
        .id = fuzz_text(fuzz_line(in), arena),
        .incident_id = fuzz_text(fuzz_line(in), arena),
        .host = fuzz_text(fuzz_line(in), arena),
        .account = fuzz_text(fuzz_line(in), arena),
        .program = fuzz_text(fuzz_line(in), arena),
    };
    struct tcs_buf shown; /* a headline is escaped when it is made */
    bool ok;
    tcs_buf_init(&shown, MEMORY);
    tcs_put_visible(&shown, fuzz_text(fuzz_line(in), arena));
    m.headline = tcs_arena_str(arena, tcs_buf_view(&shown), &ok);
    FUZZ_REQUIRE(ok);
    tcs_buf_done(&shown);
    return m;
}

static void render_mail(const struct tcs_telling *t, bool has_record)
{
    static const struct tcs_str to[] = {TCS_STR_INIT("a@example.org"), TCS_STR_INIT("b@example.org")};
    struct tcs_mail mail = {.what = *t, .from = TCS_STR("tocsin@example.org"), .to = to, .to_count = 2};
    struct tcs_buf b;
    tcs_buf_init(&b, MEMORY);
    FUZZ_REQUIRE(tcs_render_mail(&b, &mail, NULL) == TCS_OK);
    check_mail(tcs_buf_view(&b), has_record);
    tcs_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct tcs_arena arena;
    struct tcs_message messages[MESSAGES_MOST];
    struct tcs_syslog_form form = {.facility = 10, .most = TCS_SYSLOG_LEAST + fuzz_u16(&in), .pid = 1};
    size_t count = 1 + fuzz_u8(&in) % MESSAGES_MOST;
    tcs_arena_init(&arena, MEMORY);
    for (size_t i = 0; i < count; i++)
        messages[i] = message_of(&in, i + 1, &arena);
    struct tcs_incident_report report = {
        .incident_id = messages[0].incident_id,
        .headline = messages[0].headline,
        .text = messages[0].headline,
        .record_xml = messages[0].headline,
    };
    struct tcs_telling t = {messages, count, &report, 1, messages[0].host};
    render_mail(&t, report.record_xml.len != 0);
    form.host = messages[0].account;
    for (size_t i = 0; i < count; i++) {
        struct tcs_buf line;
        tcs_buf_init(&line, MEMORY);
        tcs_render_syslog(&line, &messages[i], &form);
        FUZZ_REQUIRE(!line.bad);
        check_line(tcs_buf_view(&line), &form);
        tcs_buf_done(&line);
    }
    tcs_arena_done(&arena);
    return 0;
}
