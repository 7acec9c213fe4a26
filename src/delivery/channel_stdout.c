#include "delivery/channel.h"

#include "platform/platform.h"
#include "render/message_text.h"

static struct tcs_output standard; /* of the process: there is only one */

static enum tcs_code open_channel(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                                  void **channel, struct tcs_err *err)
{
    (void)config, (void)env, (void)err;
    tcs_output_standard(&standard, TCS_STDOUT);
    *channel = &standard;
    return TCS_OK;
}

/* JSON lines for programs; a line for people where one is watching. */
static enum tcs_send_result send_batch(void *channel, const struct tcs_batch *batch,
                                       struct tcs_receipt *receipt)
{
    struct tcs_output *out = channel;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_buf lines;
    tcs_buf_init(&lines, TCS_BATCH_LINES_MOST);
    for (size_t i = 0; out->is_terminal && i < batch->count; i++) {
        tcs_put_message_line(&lines, &batch->messages[i]);
        tcs_buf_putc(&lines, '\n');
    }
    if (!out->is_terminal)
        tcs_batch_lines(batch, &lines);
    enum tcs_code code = lines.bad ? tcs_fail(&err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the lines")
                                   : tcs_output_write(out, lines.p, lines.len, &err);
    tcs_buf_done(&lines);
    if (code == TCS_OK)
        return TCS_SENT;
    if (code == TCS_END)
        return tcs_receipt_say(receipt, TCS_SEND_RETRY, "nobody reads the standard output any more");
    return tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", err.text);
}

static void close_channel(void *channel)
{
    (void)channel;
}

const struct tcs_channel_ops tcs_channel_stdout = {
    .batch = TCS_BATCH_ANY,
    .batch_most = 100,
    .open = open_channel,
    .send = send_batch,
    .close = close_channel,
};
