#include "cli/command.h"

#include "app/status.h"
#include "app/watch.h"
#include "platform/service.h"
#include "render/status.h"

#include <stddef.h>
#include <string.h>

struct status_options {
    const char *config;
    const char *state;
    unsigned format;
    const char *metrics;
    bool help;
};

#define AT(member) offsetof(struct status_options, member)

enum { FORMAT_TEXT, FORMAT_JSON };

static const char *const formats[] = {"text", "json", NULL};

static const struct tcs_option options[] = {
    {"Which watcher", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"config", 'c', TCS_OPT_TEXT, AT(config), "FILE", "that of the watcher: it says where the state is",
     NULL},
    {"state", 0, TCS_OPT_TEXT, AT(state), "FILE", "the state file itself", NULL},
    {"Output", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"format", 'f', TCS_OPT_CHOICE, AT(format), "FORMAT", "text or json", formats},
    {"metrics", 0, TCS_OPT_TEXT, AT(metrics), "FILE",
     "write metrics for Prometheus into the file, - for standard output, and nothing else", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(help), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

enum { TEXT_MOST = 64 << 20 };

static enum tcs_code write_metrics(const struct status_options *o, const struct tcs_watch_status *s,
                                   struct tcs_buf *text, struct tcs_err *err)
{
    struct tcs_err why = TCS_ERR_INIT;
    tcs_render_status_metrics(text, s);
    if (strcmp(o->metrics, "-") == 0) {
        tcs_print(tcs_buf_view(text));
        return TCS_OK;
    }
    if (tcs_file_replace(o->metrics, tcs_buf_view(text), 0644, &why) == TCS_OK)
        return TCS_OK;
    return tcs_fail(err, why.code, TCS_NO_OFFSET, "%s: %s", o->metrics, why.text);
}

static enum tcs_code show(const struct status_options *o, struct tcs_arena *arena, struct tcs_watch_status *s,
                          struct tcs_err *err)
{
    struct tcs_rule_words words = {.config_file = o->config};
    struct tcs_config config = {0};
    struct tcs_rules rules;
    struct tcs_buf text;
    char state[4096];
    enum tcs_code code = o->config ? tcs_rules_load(&words, arena, &config, &rules, err) : TCS_OK;
    if (code == TCS_OK)
        code = tcs_status_look(tcs_watch_state_path(o->state, &config, state, sizeof state), arena, s, err);
    if (code != TCS_OK)
        return code;
    tcs_buf_init(&text, TEXT_MOST);
    if (o->metrics) {
        code = write_metrics(o, s, &text, err);
    } else {
        (o->format == FORMAT_JSON ? tcs_render_status_json : tcs_render_status_text)(&text, s);
        tcs_print(tcs_buf_view(&text));
    }
    tcs_buf_done(&text);
    return code;
}

static enum tcs_exit run(void *options_, const struct tcs_words *rest)
{
    const struct status_options *o = options_;
    struct tcs_watch_status s = {0};
    struct tcs_arena arena;
    struct tcs_err err = TCS_ERR_INIT;
    if (rest->count)
        return tcs_complain("status takes no further words; --state names the state file");
    tcs_arena_init(&arena, (size_t)256 << 20);
    enum tcs_code code = show(o, &arena, &s, &err);
    enum tcs_exit status = code == TCS_OK && s.is_running ? TCS_EXIT_QUIET : TCS_EXIT_INCOMPLETE;
    if (code != TCS_OK) {
        tcs_complain(err.text);
        status = code == TCS_CONFIG ? TCS_EXIT_USAGE : TCS_EXIT_INCOMPLETE;
    }
    tcs_arena_done(&arena);
    return status;
}

const struct tcs_command tcs_command_status = {
    "status",
    "",
    "how the watcher is doing: logs, channels, the last alarm",
    "Shows which logs are followed and up to where they were read, what waits for each channel, and the\n"
    "last alarm. Works while the watcher runs. Exit: 0 it runs, 3 it does not, 2 there is no such state.",
    options,
    sizeof(struct status_options),
    run,
};
