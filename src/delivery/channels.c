#include "delivery/channel.h"

#include "base/utf.h"
#include "render/escape.h"

#include <stdarg.h>
#include <stdio.h>

const struct tcs_channel_ops *tcs_channel_ops_of(enum tcs_channel_type type)
{
    static const struct tcs_channel_ops *const all[TCS_CHANNEL_TYPE_COUNT] = {
        [TCS_CHANNEL_STDOUT] = &tcs_channel_stdout,   [TCS_CHANNEL_FILE] = &tcs_channel_file,
        [TCS_CHANNEL_COMMAND] = &tcs_channel_command, [TCS_CHANNEL_WEBHOOK] = &tcs_channel_webhook,
        [TCS_CHANNEL_MAIL] = &tcs_channel_mail,       [TCS_CHANNEL_SYSLOG] = &tcs_channel_syslog,
    };
    return (unsigned)type < TCS_CHANNEL_TYPE_COUNT ? all[type] : NULL;
}

enum tcs_send_result tcs_receipt_say(struct tcs_receipt *r, enum tcs_send_result result, const char *fmt, ...)
{
    char whole[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(whole, sizeof whole, fmt, args);
    va_end(args);
    struct tcs_str cut = tcs_utf8_cut(tcs_str_of(whole), sizeof r->text - 1); /* not within a character */
    memcpy(r->text, cut.p, cut.len);
    r->text[cut.len] = '\0';
    return result;
}

void tcs_put_said(struct tcs_buf *b, struct tcs_bytes said)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 4 * said.len + 16);
    for (size_t at = 0; at < said.len;) {
        bool damaged = false;
        char out[4];
        uint32_t cp = tcs_utf8_next(said, &at, &damaged);
        bool is_blank = cp == '\n' || cp == '\r' || cp == '\t';
        tcs_buf_put(&text, out, tcs_utf8_encode(is_blank ? ' ' : cp, out));
    }
    struct tcs_str shown = tcs_buf_view(&text);
    while (shown.len && shown.p[shown.len - 1] == ' ')
        shown.len--;
    tcs_put_visible(b, shown);
    tcs_buf_done(&text);
}

bool tcs_batch_lines(const struct tcs_batch *batch, struct tcs_buf *lines)
{
    for (size_t i = 0; i < batch->count; i++) {
        tcs_buf_str(lines, batch->messages[i].json);
        tcs_buf_putc(lines, '\n');
    }
    return !lines->bad;
}
