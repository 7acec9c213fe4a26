#include "delivery/channel.h"

#include "delivery/secret.h"
#include "platform/program.h"
#include "render/message_text.h"

#include <stdio.h>
#include <stdlib.h>

/* sysexits.h: a failure that may pass; mail programs know it. */
enum { EXIT_TEMPFAIL = 75 };

enum { MEMORY_MOST = 1 << 20, SAID_SHOWN = 400 };

struct command_channel {
    const struct tcs_channel_config *config;
    const struct tcs_channel_env *env;
    struct tcs_arena arena;
    const char **argv;
    /* The batch that failed last, and how often. */
    uint64_t failed_first;
    size_t failed_count;
    uint64_t failures;
};

static void close_channel(void *channel)
{
    struct command_channel *c = channel;
    tcs_arena_done(&c->arena);
    free(c);
}

static enum tcs_code copy_argv(struct command_channel *c, struct tcs_err *err)
{
    struct tcs_strs argv = c->config->as.command.argv;
    c->argv = tcs_arena_array(&c->arena, argv.count + 1, sizeof *c->argv);
    for (size_t i = 0; c->argv && i < argv.count; i++) {
        if (tcs_str_find(argv.at[i], '\0') < argv.at[i].len)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "an argument holds a NUL");
        c->argv[i] = tcs_cstr(&c->arena, argv.at[i]);
        if (c->argv[i] == NULL)
            break;
    }
    if (c->argv == NULL || c->argv[argv.count - 1] == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the command");
    return tcs_program_check(c->argv[0], err);
}

static enum tcs_code open_channel(const struct tcs_channel_config *config, const struct tcs_channel_env *env,
                                  void **channel, struct tcs_err *err)
{
    struct command_channel *c = calloc(1, sizeof *c);
    if (c == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    c->config = config;
    c->env = env;
    tcs_arena_init(&c->arena, MEMORY_MOST);
    enum tcs_code code = copy_argv(c, err);
    if (code != TCS_OK)
        close_channel(c);
    else
        *channel = c;
    return code;
}

/* The start of what it said. */
static void put_said(struct tcs_buf *b, const struct tcs_program_end *end)
{
    size_t len = end->said_len < SAID_SHOWN ? end->said_len : SAID_SHOWN;
    uint64_t more = end->said_len + end->said_more - len;
    tcs_put_said(b, (struct tcs_bytes){(const uint8_t *)end->said, len});
    if (more)
        tcs_buf_printf(b, " (%llu bytes more)", (unsigned long long)more);
}

/* Fails for good if it has failed so often on the same messages. */
static enum tcs_send_result count_failure(struct command_channel *c, const struct tcs_batch *batch)
{
    bool is_same =
        c->failures && c->failed_first == batch->messages[0].sequence && c->failed_count == batch->count;
    c->failures = is_same ? c->failures + 1 : 1;
    c->failed_first = batch->messages[0].sequence;
    c->failed_count = batch->count;
    if (c->failures < c->config->as.command.tries)
        return TCS_SEND_RETRY;
    c->failures = 0;
    return TCS_SEND_REJECTED;
}

static enum tcs_send_result judge(struct command_channel *c, const struct tcs_batch *batch,
                                  const struct tcs_program_end *end, struct tcs_receipt *receipt)
{
    struct tcs_buf said;
    tcs_buf_init(&said, 16 * SAID_SHOWN);
    if (end->said_len) {
        tcs_buf_puts(&said, ": ");
        put_said(&said, end);
    }
    struct tcs_str text = tcs_buf_view(&said);
    enum tcs_send_result result;
    if (end->status == 0 && !end->is_stopped && !end->is_timeout)
        result = tcs_receipt_say(receipt, TCS_SENT, "taken%.*s", TCS_STR_ARG(text));
    else if (end->is_stopped)
        result = tcs_receipt_say(receipt, TCS_SEND_RETRY, "stopped");
    else if (end->status == EXIT_TEMPFAIL)
        result = tcs_receipt_say(receipt, TCS_SEND_RETRY, "asks to be tried later%.*s", TCS_STR_ARG(text));
    else if (end->is_timeout)
        result = tcs_receipt_say(receipt, count_failure(c, batch), "took longer than %llu ms%.*s",
                                 (unsigned long long)c->config->as.command.timeout, TCS_STR_ARG(text));
    else if (end->signal)
        result = tcs_receipt_say(receipt, count_failure(c, batch), "ended by signal %d%.*s", end->signal,
                                 TCS_STR_ARG(text));
    else
        result = tcs_receipt_say(receipt, count_failure(c, batch), "exit status %d%.*s", end->status,
                                 TCS_STR_ARG(text));
    if (result == TCS_SENT && end->said_len && c->env->remark)
        c->env->remark(c->env->remark_ctx, c->config->name, receipt->text);
    tcs_buf_done(&said);
    return result;
}

/* Words of ours only: what an intruder wrote stands in the JSON, where nothing takes it for anything else. */
static enum tcs_code run(struct command_channel *c, const struct tcs_batch *batch, struct tcs_str input,
                         struct tcs_program_end *end, struct tcs_err *err)
{
    const struct tcs_message *m = tcs_gravest_message(batch->messages, batch->count);
    char kind[64], severity[64], count[64];
    snprintf(kind, sizeof kind, "TOCSIN_KIND=%s", tcs_message_kind_names[m->kind]);
    snprintf(severity, sizeof severity, "TOCSIN_SEVERITY=%s", tcs_severity_names[m->severity]);
    snprintf(count, sizeof count, "TOCSIN_COUNT=%zu", batch->count);
    const char *environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8",
        kind,
        severity,
        count,
        NULL,
    };
    struct tcs_program program = {
        .argv = c->argv,
        .environment = environment,
        .input = input,
        .timeout = c->config->as.command.timeout,
        .stop = c->env->stop,
    };
    return tcs_program_run(&program, end, err);
}

static enum tcs_send_result send_batch(void *channel, const struct tcs_batch *batch,
                                       struct tcs_receipt *receipt)
{
    struct command_channel *c = channel;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_buf lines;
    tcs_buf_init(&lines, TCS_BATCH_LINES_MOST);
    struct tcs_program_end end;
    enum tcs_code code = tcs_batch_lines(batch, &lines)
                             ? run(c, batch, tcs_buf_view(&lines), &end, &err)
                             : tcs_fail(&err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the command's input");
    tcs_buf_done(&lines);
    return code == TCS_OK ? judge(c, batch, &end, receipt)
                          : tcs_receipt_say(receipt, TCS_SEND_RETRY, "%s", err.text);
}

const struct tcs_channel_ops tcs_channel_command = {
    .batch = TCS_BATCH_ONE,
    .digests = true,
    .batch_most = 100,
    .open = open_channel,
    .send = send_batch,
    .close = close_channel,
};
