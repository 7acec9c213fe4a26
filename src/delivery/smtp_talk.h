/*
 * What was said in an SMTP dialogue, as libcurl lets us overhear it line by
 * line: which step the server refused, with which code and words, and which
 * of several recipients. libcurl itself tells no more than that it failed.
 *
 * Pure: no network, no memory beyond the struct.
 */
#ifndef TCS_DELIVERY_SMTP_TALK_H
#define TCS_DELIVERY_SMTP_TALK_H

#include "base/bytes.h"
#include "delivery/channel.h"

enum tcs_smtp_step {
    TCS_SMTP_CONNECT,  /* waiting for the greeting */
    TCS_SMTP_HELLO,    /* EHLO, HELO */
    TCS_SMTP_STARTTLS, /* STARTTLS */
    TCS_SMTP_AUTH,     /* AUTH and what follows it */
    TCS_SMTP_MAIL,     /* MAIL FROM */
    TCS_SMTP_RCPT,     /* RCPT TO, once for each recipient */
    TCS_SMTP_DATA,     /* DATA */
    TCS_SMTP_CONTENT,  /* the mail itself, and the answer to its end */
    TCS_SMTP_QUIT,     /* nothing that matters any more */
    TCS_SMTP_STEP_COUNT
};

/* What a server's answer means for what was asked. */
enum tcs_smtp_verdict {
    TCS_SMTP_NONE,     /* no answer */
    TCS_SMTP_ACCEPTED, /* 2xx, 3xx */
    TCS_SMTP_LATER,    /* ask again later */
    TCS_SMTP_NEVER,    /* the mail, or the recipient, will never be taken */
};

struct tcs_smtp_answer {
    unsigned code;  /* 0: there was none */
    char text[160]; /* the last line without line end, made visible */
};

struct tcs_smtp_talk {
    enum tcs_smtp_step step;
    struct tcs_smtp_answer last;    /* of the step */
    struct tcs_smtp_answer refusal; /* the last answer of 400 or more that was not about a single recipient */
    enum tcs_smtp_step refused_at;  /* the step of refusal */
    bool is_taken;                  /* the answer to the end of the content was 2xx */
    size_t recipients;              /* RCPT commands so far */
    struct tcs_smtp_answer answers[TCS_MAIL_TO_MOST]; /* to them, in their order */
};

/* Before the first line. */
void tcs_smtp_talk_begin(struct tcs_smtp_talk *t);

/* A command as it was sent; what it holds beyond its first word is not looked at and not kept. */
void tcs_smtp_talk_sent(struct tcs_smtp_talk *t, struct tcs_str line);

/* A line that the server sent. */
void tcs_smtp_talk_heard(struct tcs_smtp_talk *t, struct tcs_str line);

/* What an answer to a step means. A refusal before MAIL is about the server or our login, so it may be
 * mended. */
enum tcs_smtp_verdict tcs_smtp_verdict_of(enum tcs_smtp_step step, unsigned code);

#endif
