/*
 * Messages in words, as mails and other channels show them to people. The
 * first line tells all; what is below is for those who want to know more.
 */
#ifndef TCS_RENDER_MESSAGE_TEXT_H
#define TCS_RENDER_MESSAGE_TEXT_H

#include "base/buf.h"
#include "model/message.h"

/* What is told at once: messages, oldest first, and the reports of their incidents. At least one message. */
struct tcs_telling {
    const struct tcs_message *messages;
    size_t count;
    const struct tcs_incident_report *reports;
    size_t report_count;
    struct tcs_str host; /* of the computer that tells */
};

/* The message that stands for all: the gravest; drills and signs of life only if there is nothing else. */
const struct tcs_message *tcs_gravest_message(const struct tcs_message *messages, size_t count);

/* CRITICAL for a finding; DRILL, TROUBLE, ALIVE for what is none. */
void tcs_put_message_word(struct tcs_buf *b, const struct tcs_message *m);

/* Visible, and cut to `most` bytes with ... behind it. */
void tcs_put_short(struct tcs_buf *b, struct tcs_str s, size_t most);

/*
 * "CERTAIN WEB01: IUSR_WEB ran cmd.exe (and 2 more)": short enough for a
 * subject, visible, one line. Of a message without program: its headline.
 */
void tcs_put_subject(struct tcs_buf *b, const struct tcs_message *messages, size_t count);

/* A line for a message: "CERTAIN  WEB01: <headline>", and whether it was told before. Visible. */
void tcs_put_message_line(struct tcs_buf *b, const struct tcs_message *m);

/*
 * True if the one report says what the one message says, so that the message
 * need not be told beside it.
 */
bool tcs_report_says_all(const struct tcs_telling *t);

/* The report of an incident, or NULL. */
const struct tcs_incident_report *tcs_report_of(const struct tcs_telling *t, struct tcs_str incident_id);

/* Reports that one telling shows in full: so many, as long as they are not longer than that together. */
enum { TCS_REPORTS_SHOWN = 20 };
#define TCS_REPORTS_BYTES_MOST ((size_t)512 << 10)

/* "This is a drill ..." if there is one among the messages, otherwise NULL. */
const char *tcs_drill_notice(const struct tcs_telling *t);

/* What is told, as plain text: lines end with a line feed. */
void tcs_render_telling_text(struct tcs_buf *b, const struct tcs_telling *t);

/* The same as a whole page. */
void tcs_render_telling_html(struct tcs_buf *b, const struct tcs_telling *t);

#endif
