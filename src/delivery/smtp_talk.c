#include "delivery/smtp_talk.h"

#include "base/utf.h"
#include "render/message_text.h"

#include <stdio.h>

/* The commands that libcurl sends, and the step that each begins. */
static const struct {
    struct tcs_str word;
    enum tcs_smtp_step step;
} commands[] = {
    {TCS_STR_INIT("EHLO"), TCS_SMTP_HELLO},        {TCS_STR_INIT("HELO"), TCS_SMTP_HELLO},
    {TCS_STR_INIT("STARTTLS"), TCS_SMTP_STARTTLS}, {TCS_STR_INIT("AUTH"), TCS_SMTP_AUTH},
    {TCS_STR_INIT("MAIL"), TCS_SMTP_MAIL},         {TCS_STR_INIT("RCPT"), TCS_SMTP_RCPT},
    {TCS_STR_INIT("DATA"), TCS_SMTP_DATA},         {TCS_STR_INIT("QUIT"), TCS_SMTP_QUIT},
};

/*
 * What 5xx means, by step; 4xx always means later. Up to MAIL the server has
 * seen nothing of this mail but its sender and its size: what it refuses is how
 * we are set up, and that may be mended before the mail has grown too old.
 */
static const enum tcs_smtp_verdict refusals[TCS_SMTP_STEP_COUNT] = {
    [TCS_SMTP_CONNECT] = TCS_SMTP_LATER,  [TCS_SMTP_HELLO] = TCS_SMTP_LATER,
    [TCS_SMTP_STARTTLS] = TCS_SMTP_LATER, [TCS_SMTP_AUTH] = TCS_SMTP_LATER,
    [TCS_SMTP_MAIL] = TCS_SMTP_LATER,     [TCS_SMTP_RCPT] = TCS_SMTP_NEVER,
    [TCS_SMTP_DATA] = TCS_SMTP_NEVER,     [TCS_SMTP_CONTENT] = TCS_SMTP_NEVER,
    [TCS_SMTP_QUIT] = TCS_SMTP_LATER,
};

/* And what differs from that (RFC 5321, 4.2; RFC 1870; RFC 4954). */
static const struct {
    enum tcs_smtp_step step;
    unsigned code;
    enum tcs_smtp_verdict verdict;
} exceptions[] = {
    {TCS_SMTP_MAIL, 552, TCS_SMTP_NEVER}, /* too large */
    {TCS_SMTP_RCPT, 503, TCS_SMTP_LATER}, /* out of order, which a login may mend */
    {TCS_SMTP_RCPT, 530, TCS_SMTP_LATER}, /* a login is wanted */
    {TCS_SMTP_DATA, 503, TCS_SMTP_LATER}, {TCS_SMTP_DATA, 530, TCS_SMTP_LATER},
};

enum tcs_smtp_verdict tcs_smtp_verdict_of(enum tcs_smtp_step step, unsigned code)
{
    if (code == 0)
        return TCS_SMTP_NONE;
    if (code >= 200 && code < 400)
        return TCS_SMTP_ACCEPTED;
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (step == exceptions[i].step && code == exceptions[i].code)
            return exceptions[i].verdict;
    return code >= 500 && code < 600 ? refusals[step] : TCS_SMTP_LATER;
}

void tcs_smtp_talk_begin(struct tcs_smtp_talk *t)
{
    *t = (struct tcs_smtp_talk){.step = TCS_SMTP_CONNECT};
}

void tcs_smtp_talk_sent(struct tcs_smtp_talk *t, struct tcs_str line)
{
    /* What follows AUTH until the server is satisfied is a secret that may look like anything. */
    if (t->step == TCS_SMTP_AUTH && t->last.code == 334)
        return;
    size_t end = 0;
    while (end < line.len && line.p[end] != ' ' && line.p[end] != '\r' && line.p[end] != '\n')
        end++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (tcs_str_eq_ascii_nocase(tcs_str_cut(line, 0, end), commands[i].word)) {
            t->step = commands[i].step;
            t->last.code = 0;
            if (t->step == TCS_SMTP_RCPT && t->recipients < TCS_MAIL_TO_MOST)
                t->recipients++;
            return;
        }
}

static unsigned code_of(struct tcs_str line)
{
    unsigned code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= line.len || line.p[i] < '0' || line.p[i] > '9')
            return 0;
        code = code * 10 + (unsigned)(line.p[i] - '0');
    }
    return code;
}

/* The server's words: repaired, visible, and no longer than there is room. */
static void keep_text(struct tcs_smtp_answer *a, struct tcs_str line)
{
    struct tcs_buf repaired, shown;
    tcs_buf_init(&repaired, 4 * sizeof a->text);
    tcs_buf_init(&shown, sizeof a->text);
    tcs_buf_utf8(&repaired, (struct tcs_bytes){(const uint8_t *)line.p,
                                               line.len < sizeof a->text ? line.len : sizeof a->text});
    tcs_put_short(&shown, tcs_buf_view(&repaired), sizeof a->text - 1);
    snprintf(a->text, sizeof a->text, "%.*s", TCS_STR_ARG(tcs_buf_view(&shown)));
    tcs_buf_done(&repaired);
    tcs_buf_done(&shown);
}

void tcs_smtp_talk_heard(struct tcs_smtp_talk *t, struct tcs_str line)
{
    while (line.len && (line.p[line.len - 1] == '\n' || line.p[line.len - 1] == '\r'))
        line.len--;
    unsigned code = code_of(line);
    bool is_last = code && (line.len == 3 || line.p[3] == ' ');
    if (!is_last || t->step == TCS_SMTP_QUIT)
        return;
    t->last.code = code;
    keep_text(&t->last, line);
    if (t->step == TCS_SMTP_RCPT && t->recipients) {
        t->answers[t->recipients - 1] = t->last;
    } else if (code >= 400) {
        t->refusal = t->last;
        t->refused_at = t->step;
    }
    if (t->step == TCS_SMTP_DATA && code == 354) {
        t->step = TCS_SMTP_CONTENT;
        t->last.code = 0;
    } else if (t->step == TCS_SMTP_CONTENT && code < 300) {
        t->is_taken = true;
    }
}
