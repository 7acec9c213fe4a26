#include "render/webhook.h"

#include "render/escape.h"
#include "render/message_text.h"

enum { LINE_MOST = 700 }; /* bytes shown of one message */

/* Escapes text, which is visible already, for one tool; before that of JSON. */
typedef void put_fn(struct tcs_buf *b, struct tcs_str text);

/* For places where a tool takes text as it stands. */
static void put_plain(struct tcs_buf *b, struct tcs_str text)
{
    tcs_buf_str(b, text);
}

/* Slack's own markup begins with <; & and > are to be written so too. docs.slack.dev, "formatting". */
static void put_mrkdwn(struct tcs_buf *b, struct tcs_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.p[i]) {
        case '&':
            tcs_buf_puts(b, "&amp;");
            break;
        case '<':
            tcs_buf_puts(b, "&lt;");
            break;
        case '>':
            tcs_buf_puts(b, "&gt;");
            break;
        default:
            tcs_buf_putc(b, text.p[i]);
        }
    }
}

/* Within ``` of Markdown nothing means anything but a backtick: the letter that looks like it is none. */
static void put_code(struct tcs_buf *b, struct tcs_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '`')
            tcs_buf_puts(b, "\xCB\x8B"); /* U+02CB MODIFIER LETTER GRAVE ACCENT */
        else
            tcs_buf_putc(b, text.p[i]);
    }
}

/*
 * A chat tool: JSON in which the summary and the lines stand in the places
 * between. No markup is wanted: texts are put where the tool knows none, and
 * nobody is called by name.
 */
struct chat_form {
    const char *head; /* up to the summary */
    const char *middle;
    const char *tail; /* behind the lines */
    put_fn *put_summary;
    put_fn *put_lines;
    size_t most; /* bytes of all lines, below what the tool takes */
};

static const struct chat_form forms[TCS_WEBHOOK_TEMPLATE_COUNT] = {
    /* A section of plain text takes 3,000 characters; "text" is for notifications. */
    [TCS_WEBHOOK_SLACK] =
        {"{\"text\":\"",
         "\",\"unfurl_links\":false,\"unfurl_media\":false,\"blocks\":[{\"type\":\"section\","
         "\"text\":{\"type\":\"plain_text\",\"emoji\":false,\"text\":\"",
         "\"}}]}", put_mrkdwn, put_plain, 2700},
    /* An adaptive card; the runs of a RichTextBlock know no Markdown. 28 KB at most. */
    [TCS_WEBHOOK_TEAMS] =
        {"{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/"
         "vnd.microsoft.card.adaptive\","
         "\"content\":{\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\","
         "\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":\"RichTextBlock\",\"inlines\":["
         "{\"type\":\"TextRun\",\"weight\":\"Bolder\",\"text\":\"",
         "\"}]},{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":\"", "\"}]}]}}]}",
         put_plain, put_plain, 16000},
    /* 2,000 characters. */
    [TCS_WEBHOOK_DISCORD] = {"{\"allowed_mentions\":{\"parse\":[]},\"content\":\"```\\n", "\\n", "\\n```\"}",
                             put_code, put_code, 1700},
    /* 16,383 characters. */
    [TCS_WEBHOOK_MATTERMOST] = {"{\"text\":\"```\\n", "\\n", "\\n```\"}", put_code, put_code, 15000},
};

/* Text that is visible, in the tool's form, within a JSON string. */
static void put_text(struct tcs_buf *b, put_fn *put, struct tcs_str text)
{
    struct tcs_buf inner;
    tcs_buf_init(&inner, b->max);
    put(&inner, text);
    tcs_put_json(b, tcs_buf_view(&inner));
    b->bad = b->bad || inner.bad;
    tcs_buf_done(&inner);
}

/* "2024-03-01 09:17:07.000 +00:00 CERTAIN WEB01: IUSR_WEB ran C:\...\cmd.exe" */
static void put_line(struct tcs_buf *b, const struct tcs_message *m)
{
    struct tcs_buf line;
    tcs_buf_init(&line, b->max);
    tcs_put_message_line(&line, m);
    tcs_buf_time_human(b, m->time);
    tcs_buf_putc(b, ' ');
    tcs_put_short(b, tcs_buf_view(&line), LINE_MOST);
    b->bad = b->bad || line.bad;
    tcs_buf_done(&line);
}

/* As many lines as fit; the length that counts is that in the tool's form. */
static void put_lines(struct tcs_buf *b, const struct chat_form *form, const struct tcs_message *messages,
                      size_t count)
{
    struct tcs_buf line, shown;
    tcs_buf_init(&line, b->max);
    tcs_buf_init(&shown, b->max);
    size_t used = 0, done = 0;
    for (; done < count; done++) {
        tcs_buf_clear(&line);
        tcs_buf_clear(&shown);
        put_line(&line, &messages[done]);
        form->put_lines(&shown, tcs_buf_view(&line));
        used += shown.len + 1;
        if (done && used > form->most)
            break;
        if (done)
            tcs_buf_puts(b, "\\n");
        put_text(b, form->put_lines, tcs_buf_view(&line));
    }
    if (done < count)
        tcs_buf_printf(b, "\\nand %zu more", count - done);
    b->bad = b->bad || line.bad || shown.bad;
    tcs_buf_done(&line);
    tcs_buf_done(&shown);
}

static void put_generic(struct tcs_buf *b, const struct tcs_message *messages, size_t count)
{
    if (count == 1) {
        tcs_buf_str(b, messages[0].json);
        return;
    }
    tcs_buf_printf(b, "{\"count\":%zu,\"messages\":[", count);
    for (size_t i = 0; i < count; i++) {
        if (i)
            tcs_buf_putc(b, ',');
        tcs_buf_str(b, messages[i].json);
    }
    tcs_buf_puts(b, "]}");
}

void tcs_render_webhook(struct tcs_buf *b, enum tcs_webhook_template form, const struct tcs_message *messages,
                        size_t count)
{
    const struct chat_form *chat = &forms[form];
    if (chat->head == NULL) {
        put_generic(b, messages, count);
        return;
    }
    struct tcs_buf summary;
    tcs_buf_init(&summary, b->max);
    tcs_put_subject(&summary, messages, count);
    tcs_buf_puts(b, chat->head);
    put_text(b, chat->put_summary, tcs_buf_view(&summary));
    tcs_buf_puts(b, chat->middle);
    put_lines(b, chat, messages, count);
    tcs_buf_puts(b, chat->tail);
    b->bad = b->bad || summary.bad;
    tcs_buf_done(&summary);
}
