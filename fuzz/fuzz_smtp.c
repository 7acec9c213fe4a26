/*
 * What a mail server says: any bytes are a dialogue, what is kept of it is
 * short and harmless, and a mail counts as taken only if the server said so.
 *
 * Input, a line each: those that begin with > were sent by us.
 */
#include "support.h"

#include "delivery/smtp_talk.h"
#include "render/escape.h"

static void check_answer(const struct tcs_smtp_answer *a)
{
    FUZZ_REQUIRE(a->code <= 999);
    size_t len = strlen(a->text);
    FUZZ_REQUIRE(len < sizeof a->text);
    FUZZ_REQUIRE(fuzz_is_utf8(a->text, len));
    bool damaged = false;
    for (size_t at = 0; at < len;)
        FUZZ_REQUIRE(!tcs_is_deceptive(
            tcs_utf8_next((struct tcs_bytes){(const uint8_t *)a->text, len}, &at, &damaged)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcs_smtp_talk t;
    struct fuzz_input in = {data, size};
    bool was_asked = false; /* the server was told DATA, and said go on */
    tcs_smtp_talk_begin(&t);
    while (in.len) {
        struct tcs_bytes bytes = fuzz_line(&in);
        struct tcs_str line = {(const char *)bytes.p, bytes.len};
        if (tcs_str_starts(line, TCS_STR(">"))) {
            tcs_smtp_talk_sent(&t, tcs_str_cut(line, 1, line.len));
        } else {
            enum tcs_smtp_step before = t.step;
            tcs_smtp_talk_heard(&t, line);
            was_asked = was_asked || (before == TCS_SMTP_DATA && t.step == TCS_SMTP_CONTENT);
        }
        FUZZ_REQUIRE(t.step < TCS_SMTP_STEP_COUNT && t.recipients <= TCS_MAIL_TO_MOST);
        FUZZ_REQUIRE(!t.is_taken || was_asked);
        check_answer(&t.last);
        check_answer(&t.refusal);
    }
    for (size_t i = 0; i < t.recipients; i++) {
        check_answer(&t.answers[i]);
        enum tcs_smtp_verdict verdict = tcs_smtp_verdict_of(TCS_SMTP_RCPT, t.answers[i].code);
        FUZZ_REQUIRE((verdict == TCS_SMTP_NONE) == (t.answers[i].code == 0));
        FUZZ_REQUIRE(verdict != TCS_SMTP_NEVER || t.answers[i].code >= 500);
    }
    return 0;
}
