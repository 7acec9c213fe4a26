#include "cli/command.h"

#include "app/confine.h"
#include "app/dump.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct dump_options {
    unsigned format;
    struct tcs_words ids, providers;
    struct tcs_opt_time since, until;
    bool slack;
    const char *output;
    bool force;
    unsigned threads;
    bool quiet, verbose;
};

#define AT(member) offsetof(struct dump_options, member)

static const char *const formats[] = {"jsonl", "xml", NULL};

static const struct tcs_option options[] = {
    {"Which records", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"id", 0, TCS_OPT_TEXTS, AT(ids), "N[,N...]", "only these event ids; 4688,4689 or 4608-4625", NULL},
    {"provider", 0, TCS_OPT_TEXTS, AT(providers), "NAME", "only this provider; may be given several times",
     NULL},
    {"since", 0, TCS_OPT_TIME, AT(since), "TIME", "from this time on (UTC unless it has an offset)", NULL},
    {"until", 0, TCS_OPT_TIME, AT(until), "TIME", "before this time", NULL},
    {"slack", 0, TCS_OPT_FLAG, AT(slack), NULL,
     "also records beyond the end of the log: older ones, or of another log; marked as such", NULL},
    {"Output", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"format", 'f', TCS_OPT_CHOICE, AT(format), "FORMAT",
     "jsonl (a record a line) or xml (an <Event> a line)", formats},
    {"output", 'o', TCS_OPT_TEXT, AT(output), "FILE", "write to a new file", NULL},
    {"force", 0, TCS_OPT_FLAG, AT(force), NULL, "replace the file if it exists", NULL},
    {"quiet", 'q', TCS_OPT_FLAG, AT(quiet), NULL, "say nothing about damage, only errors", NULL},
    {"verbose", 'v', TCS_OPT_FLAG, AT(verbose), NULL, "tell every file that is no log", NULL},
    {"Running", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"threads", 'j', TCS_OPT_COUNT, AT(threads), "N",
     "threads that decode; without it, one for each processor", NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(quiet), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

/* A number up to 65535 at *text, which is moved behind it. */
static bool take_id(const char **text, unsigned long *out)
{
    char *end;
    errno = 0;
    if (**text < '0' || **text > '9')
        return false;
    *out = strtoul(*text, &end, 10);
    *text = end;
    return errno == 0 && *out <= 65535;
}

/* 4688,4689 or 4608-4625 */
static bool parse_ids(const char *text, uint64_t *set)
{
    for (;;) {
        unsigned long first, last;
        if (!take_id(&text, &first))
            return false;
        last = first;
        if (*text == '-') {
            text++;
            if (!take_id(&text, &last) || last < first)
                return false;
        }
        for (unsigned long id = first; id <= last; id++)
            set[id >> 6] |= UINT64_C(1) << (id & 63);
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
}

struct held {
    struct tcs_inputs inputs;
    struct tcs_console console;
    struct tcs_summary summary;
    struct tcs_output out;
    uint64_t ids[1024];
};

static void say_trouble(void *ctx, const char *path, const struct tcs_err *err)
{
    struct held *h = ctx;
    h->summary.refused++;
    tcs_console_error(&h->console, path, err->text);
}

static void complain_of_empty_folders(struct held *h)
{
    for (size_t i = 0; i < h->inputs.folder_count; i++) {
        const struct tcs_input_folder *folder = &h->inputs.folders[i];
        bool any = false;
        for (size_t k = folder->first; k < folder->first + folder->count; k++)
            any = any || h->inputs.at[k].was_read;
        if (any)
            continue;
        h->summary.refused++;
        tcs_console_error(&h->console, folder->path, "there is no event log in this folder");
    }
}

static enum tcs_code dump(struct held *h, const struct dump_options *o, const struct tcs_words *paths,
                          struct tcs_err *err)
{
    for (size_t i = 0; i < o->ids.count; i++)
        if (!parse_ids(o->ids.at[i], h->ids))
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                            "--id %s: must be numbers up to 65535, like 4688,4689 or "
                            "4608-4625",
                            o->ids.at[i]);
    for (size_t i = 0; i < paths->count; i++)
        if (tcs_inputs_add(&h->inputs, paths->at[i], say_trouble, h, err) != TCS_OK)
            return err->code;
    if (o->output == NULL || strcmp(o->output, "-") == 0)
        tcs_output_standard(&h->out, TCS_STDOUT);
    else if (tcs_output_create(o->output, o->force, &h->out, err) != TCS_OK)
        return err->code;
    struct tcs_dump run = {
        .format = (enum tcs_dump_format)o->format,
        .ids = o->ids.count ? h->ids : NULL,
        .providers = o->providers.at,
        .provider_count = o->providers.count,
        .has_since = o->since.is_set,
        .since = o->since.time,
        .has_until = o->until.is_set,
        .until = o->until.time,
        .slack = o->slack,
        .threads = o->threads ? o->threads : tcs_processor_count(),
        .out = &h->out,
        .console = &h->console,
        .summary = &h->summary,
    };
    tcs_confine_to_inputs(paths->at, paths->count, &h->inputs);
    enum tcs_code code = tcs_dump_run(&run, &h->inputs, err);
    complain_of_empty_folders(h);
    enum tcs_code closing = tcs_output_close(&h->out, err);
    return code == TCS_OK ? closing : code;
}

static enum tcs_exit run(void *options_, const struct tcs_words *rest)
{
    const struct dump_options *o = options_;
    if (rest->count == 0)
        return tcs_complain("name a log, a folder with logs, or - for standard input");
    struct held *h = calloc(1, sizeof *h);
    if (h == NULL)
        return tcs_complain("no memory");
    tcs_inputs_init(&h->inputs);
    tcs_console_init(&h->console, o->quiet, o->verbose, true);
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = dump(h, o, rest, &err);
    enum tcs_exit status = tcs_summary_is_incomplete(&h->summary) ? TCS_EXIT_INCOMPLETE : TCS_EXIT_QUIET;
    if (code == TCS_CONFIG)
        status = tcs_complain(err.text);
    else if (code != TCS_OK && code != TCS_END) {
        tcs_complain(err.text);
        status = TCS_EXIT_INCOMPLETE;
    }
    tcs_inputs_done(&h->inputs);
    free(h);
    return status;
}

const struct tcs_command tcs_command_dump = {
    "dump",
    "PATH...",
    "print every record as JSON lines or event XML",
    "Prints the records of event logs (files, folders, - for standard input) as tocsin sees them, each\n"
    "with its file and offset and, where it is not in order, its state (recovered, torn, slack, ...).",
    options,
    sizeof(struct dump_options),
    run,
};
