#include "cli/command.h"

#include "app/drill.h"
#include "render/escape.h"

#include <stddef.h>

struct drill_options {
    const char *config;
    const char *state;
    const char *channel;
    unsigned seconds;
    bool help;
};

#define AT(member) offsetof(struct drill_options, member)

static const struct tcs_option options[] = {
    {"What is put to the test", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"config", 'c', TCS_OPT_TEXT, AT(config), "FILE", "the configuration of the watcher", NULL},
    {"state", 0, TCS_OPT_TEXT, AT(state), "FILE", "its state file, if not the configuration's", NULL},
    {"channel", 0, TCS_OPT_TEXT, AT(channel), "NAME",
     "only this channel, by a short watch of its own; the others are not told", NULL},
    {"seconds", 0, TCS_OPT_COUNT, AT(seconds), "N", "the channels may take so long; 60 by default", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(help), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

static void put_channel(struct tcs_buf *b, const struct tcs_drill_channel *c, bool has_rung)
{
    tcs_buf_puts(b, c->was_taken ? "ok      " : "FAILED  ");
    tcs_put_visible(b, c->name);
    if (c->was_taken)
        tcs_buf_printf(b, ": took the drill after %llu ms\n", (unsigned long long)c->took_ms);
    else if (!has_rung)
        tcs_buf_puts(b, ": was not told, because the event did not ring\n");
    else if (c->error.len == 0)
        tcs_buf_puts(b, ": did not take the drill in time\n");
    if (c->was_taken || !has_rung || c->error.len == 0)
        return;
    tcs_buf_puts(b, ": did not take the drill: ");
    tcs_put_visible(b, c->error);
    tcs_buf_putc(b, '\n');
}

/* Says how it went; true if every channel took the drill. */
static bool show(const struct tcs_drill_result *r)
{
    struct tcs_buf b;
    bool all = true;
    tcs_buf_init(&b, 1 << 20);
    if (r->watcher)
        tcs_buf_printf(&b, "The watcher (process %llu) was put to the test.\n",
                       (unsigned long long)r->watcher);
    else
        tcs_buf_puts(&b, "A short watch with the channels of the configuration was put to the test.\n");
    for (size_t i = 0; i < r->channel_count; i++) {
        put_channel(&b, &r->channels[i], r->has_rung);
        all = all && r->channels[i].was_taken;
    }
    tcs_print_all(&b);
    tcs_buf_done(&b);
    return all;
}

static enum tcs_exit run(void *options_, const struct tcs_words *rest)
{
    const struct drill_options *o = options_;
    struct tcs_rule_words words = {.config_file = o->config};
    struct tcs_journal journal;
    struct tcs_drill_result result = {0};
    struct tcs_arena arena;
    struct tcs_err err = TCS_ERR_INIT;
    if (rest->count)
        return tcs_complain("drill takes no further words; --channel names a channel");
    if (tcs_journal_init(&journal, TCS_LEVEL_WARNING, &err) != TCS_OK)
        return tcs_complain(err.text);
    tcs_arena_init(&arena, (size_t)256 << 20);
    struct tcs_drill drill = {.words = &words,
                              .state = o->state,
                              .channel = o->channel,
                              .timeout_ms = 1000 * (uint64_t)(o->seconds ? o->seconds : 60),
                              .journal = &journal};
    enum tcs_code code = tcs_drill_run(&drill, &arena, &result, &err);
    enum tcs_exit status = TCS_EXIT_UNDELIVERED;
    if (code == TCS_CONFIG)
        status = tcs_complain(err.text);
    else if (code != TCS_OK)
        tcs_complain(err.text);
    else if (show(&result))
        status = TCS_EXIT_QUIET;
    if (!result.left_behind)
        tcs_journal_done(&journal);
    tcs_arena_done(&arena);
    return status;
}

const struct tcs_command tcs_command_drill = {
    "drill",
    "",
    "does an alarm arrive? an exercise, end to end",
    "Puts an event that rings into a folder that the running watcher watches, waits until every channel\n"
    "has taken the alarm, and tells how long each took. Without a running watcher, or with --channel, a\n"
    "short watch of its own is put to the test. The alarm says that it is a drill.\n"
    "Exit: 0 every channel took it, 4 not.",
    options,
    sizeof(struct drill_options),
    run,
};
