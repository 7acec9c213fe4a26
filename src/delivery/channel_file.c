#include "delivery/channel.h"

#include "platform/keep.h"

#include <stdlib.h>

struct file_channel {
    char *path; /* owned */
    struct tcs_append file;
};

static void close_channel(void *channel)
{
    struct file_channel *c = channel;
    tcs_append_close(&c->file);
    free(c->path);
    free(c);
}

static enum tcs_code open_channel(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                                  void **channel, struct tcs_err *err)
{
    (void)env;
    struct tcs_str path = config->as.file.path;
    struct file_channel *c = calloc(1, sizeof *c);
    char *copy = malloc(path.len + 1);
    if (c == NULL || copy == NULL) {
        free(c);
        free(copy);
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    }
    memcpy(copy, path.p, path.len);
    copy[path.len] = '\0';
    c->path = copy;
    /* At once, so that a wrong path is told at the start and not at the first alarm. */
    enum tcs_code code = tcs_append_open(c->path, &c->file, err);
    if (code != TCS_OK)
        close_channel(c);
    else
        *channel = c;
    return code;
}

/* logrotate moves the file away and may or may not tell us; whoever removed it wants a new one. */
static enum tcs_code use_current(struct file_channel *c, struct tcs_err *err)
{
    if (c->file.handle >= 0 && tcs_append_is_current(&c->file, c->path))
        return TCS_OK;
    tcs_append_close(&c->file);
    return tcs_append_open(c->path, &c->file, err);
}

static enum tcs_send_result send_batch(void *channel, const struct tcs_batch *batch,
                                       struct tcs_receipt *receipt)
{
    struct file_channel *c = channel;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_buf lines;
    tcs_buf_init(&lines, TCS_BATCH_LINES_MOST);
    enum tcs_code code = tcs_batch_lines(batch, &lines)
                             ? use_current(c, &err)
                             : tcs_fail(&err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the lines");
    if (code == TCS_OK)
        code = tcs_append_lines(&c->file, tcs_buf_view(&lines), true, &err);
    tcs_buf_done(&lines);
    return code == TCS_OK ? TCS_SENT : tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", err.text);
}

static void reopen(void *channel)
{
    struct file_channel *c = channel;
    tcs_append_close(&c->file);
}

const struct tcs_channel_ops tcs_channel_file = {
    .batch = TCS_BATCH_ANY,
    .batch_most = 100,
    .open = open_channel,
    .send = send_batch,
    .reopen = reopen,
    .close = close_channel,
};
