#include "cli/command.h"

#include "app/confine.h"
#include "app/learn.h"
#include "app/scan.h"
#include "cli/rule_options.h"
#include "render/proposal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct learn_options {
    struct rule_options rules; /* without allow: it proposes what is not listed yet */
    const char *output;
    bool force;
    unsigned threads;
    bool quiet, verbose;
};

#define AT(member) offsetof(struct learn_options, member)

static const struct tcs_option options[] = {
    {"What is known already", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"config", 'c', TCS_OPT_TEXT, AT(rules.config), "FILE",
     "what this configuration lists is not proposed again", NULL},
    {"Who is the web server", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"account", 0, TCS_OPT_TEXTS, AT(rules.accounts), "NAME-OR-SID",
     "a further account that only the web server uses; * stands for anything", NULL},
    {"worker", 0, TCS_OPT_TEXTS, AT(rules.workers), "PATH", "a further program that is your web server",
     NULL},
    {"profile", 'p', TCS_OPT_TEXTS, AT(rules.profiles), "NAME",
     "only these servers (tocsin profiles lists them), or a file with a profile of your own", NULL},
    {"dedicated", 0, TCS_OPT_FLAG, AT(rules.dedicated), NULL,
     "the machine is only a web server: propose also what rings for that reason", NULL},
    {"Output", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"output", 'o', TCS_OPT_TEXT, AT(output), "FILE", "write the proposal to a new file", NULL},
    {"force", 0, TCS_OPT_FLAG, AT(force), NULL, "replace the file if it exists", NULL},
    {"quiet", 'q', TCS_OPT_FLAG, AT(quiet), NULL, "no progress, only errors on standard error", NULL},
    {"verbose", 'v', TCS_OPT_FLAG, AT(verbose), NULL,
     "tell every place of damage and every file that is no log", NULL},
    {"Running", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"threads", 'j', TCS_OPT_COUNT, AT(threads), "N",
     "threads that decode; without it, one for each processor", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(quiet), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

struct held {
    struct tcs_arena arena; /* rules */
    struct tcs_inputs inputs;
    struct tcs_survey survey;
    struct tcs_console console;
    struct tcs_learning learning;
    struct tcs_output out;
};

static void say_trouble(void *ctx, const char *path, const struct tcs_err *err)
{
    struct held *h = ctx;
    h->survey.summary.refused++;
    tcs_console_error(&h->console, path, err->text);
}

static enum tcs_code write_proposal(struct held *h, struct tcs_err *err)
{
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)64 << 20);
    tcs_render_proposal(&text, tcs_learning_finish(&h->learning, &h->survey.summary), tcs_learning_why_not);
    enum tcs_code code = text.bad ? tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the proposal")
                                  : tcs_output_write(&h->out, tcs_buf_view(&text).p, text.len, err);
    tcs_buf_done(&text);
    return code;
}

static enum tcs_code learn(struct held *h, const struct learn_options *o, const struct tcs_words *paths,
                           struct tcs_err *err)
{
    struct tcs_rule_words words = rule_words(&o->rules);
    struct tcs_config config;
    struct tcs_rules rules;
    enum tcs_code code = tcs_rules_load(&words, &h->arena, &config, &rules, err);
    if (code == TCS_OK && (o->output == NULL || strcmp(o->output, "-") == 0))
        tcs_output_standard(&h->out, TCS_STDOUT);
    else if (code == TCS_OK)
        code = tcs_output_create(o->output, o->force, &h->out, err);
    for (size_t i = 0; i < paths->count && code == TCS_OK; i++)
        code = tcs_inputs_add(&h->inputs, paths->at[i], say_trouble, h, err);
    if (code != TCS_OK)
        return code;
    struct tcs_scan run = {
        .rules = &rules,
        .threads = o->threads ? o->threads : tcs_processor_count(),
        .closed = tcs_learning_incident,
        .closed_ctx = &h->learning,
        .console = &h->console,
        .survey = &h->survey,
    };
    tcs_confine_to_inputs(paths->at, paths->count, &h->inputs);
    code = tcs_scan_run(&run, &h->inputs, err);
    if (code == TCS_OK)
        code = write_proposal(h, err);
    enum tcs_code closing = tcs_output_close(&h->out, err);
    return code == TCS_OK ? closing : code;
}

static enum tcs_exit run(void *options_, const struct tcs_words *rest)
{
    const struct learn_options *o = options_;
    if (rest->count == 0)
        return tcs_complain("name a log, a folder with logs, or - for standard input");
    struct held *h = calloc(1, sizeof *h);
    if (h == NULL)
        return tcs_complain("no memory");
    tcs_arena_init(&h->arena, (size_t)1 << 30);
    tcs_inputs_init(&h->inputs);
    tcs_survey_init(&h->survey, tcs_random_key());
    tcs_console_init(&h->console, o->quiet, o->verbose, true);
    tcs_learning_init(&h->learning, tcs_random_key());
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = learn(h, o, rest, &err);
    enum tcs_exit status =
        tcs_summary_is_incomplete(&h->survey.summary) ? TCS_EXIT_INCOMPLETE : TCS_EXIT_QUIET;
    if (code == TCS_CONFIG)
        status = tcs_complain(err.text);
    else if (code != TCS_OK && code != TCS_END) {
        tcs_complain(err.text);
        status = TCS_EXIT_INCOMPLETE;
    }
    tcs_learning_done(&h->learning);
    tcs_survey_done(&h->survey);
    tcs_inputs_done(&h->inputs);
    tcs_arena_done(&h->arena);
    free(h);
    return status;
}

const struct tcs_command tcs_command_learn = {
    "learn",
    "LOG...",
    "propose a list from logs of a time in which all was well",
    "Reads event logs as scan does and prints a configuration that lists what rang, with counts, parents\n"
    "and accounts. What an intruder would love to find on a list (shells, interpreters, programs in folders\n"
    "that many can write to) stands there for review, as a comment: it is never listed by itself.",
    options,
    sizeof(struct learn_options),
    run,
};
