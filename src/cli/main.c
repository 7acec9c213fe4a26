#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/console.h"
#include "config/schema.h"
#include "version.h"

const char *const tcs_color_words[] = {"auto", "always", "never", NULL};

enum tcs_exit tcs_complain(const char *text)
{
    struct tcs_output err;
    tcs_output_standard(&err, TCS_STDERR);
    tcs_console_line(&err, NULL, text);
    return TCS_EXIT_USAGE;
}

void tcs_print(struct tcs_str text)
{
    struct tcs_output out;
    tcs_output_standard(&out, TCS_STDOUT);
    tcs_output_write(&out, text.p, text.len, NULL);
}

enum tcs_exit tcs_print_all(const struct tcs_buf *text)
{
    tcs_print(tcs_buf_view(text));
    return text->bad ? tcs_complain("no memory to print all of it") : TCS_EXIT_QUIET;
}

bool tcs_wants_color(unsigned choice, const struct tcs_output *out)
{
    if (choice != TCS_COLOR_AUTO)
        return choice == TCS_COLOR_ALWAYS;
    const char *no_color = tcs_environment("NO_COLOR");
    const char *terminal = tcs_environment("TERM");
    bool is_dumb = terminal && strcmp(terminal, "dumb") == 0;
    return out->is_terminal && !is_dumb && !(no_color && no_color[0]);
}

static enum tcs_exit print_overview(void)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 65536);
    tcs_buf_puts(&b, "tocsin " TOCSIN_VERSION ": did the web server run a program that it should not?\n\n"
                     "Reads Windows event logs (.evt, .evtx) of NT 4 to Server 2025.\n\n");
    for (const struct tcs_command *const *c = tcs_commands; *c; c++)
        tcs_buf_printf(&b, "  tocsin %-9s %-12s %s\n", (*c)->name, (*c)->usage, (*c)->summary);
    tcs_buf_puts(&b,
                 "\nBegin with:  tocsin scan FOLDER   (with logs of the server: "
                 "%SystemRoot%\\System32\\winevt\\Logs,\n"
                 "             or %SystemRoot%\\System32\\config before Vista)\n"
                 "Options of a command:  tocsin COMMAND --help\n"
                 "Exit: 0 nothing rings, 1 something rings, 2 wrong use, 3 not everything could be read,\n"
                 "      4 an alarm could not be told\n");
    enum tcs_exit status = tcs_print_all(&b);
    tcs_buf_done(&b);
    return status;
}

static enum tcs_exit print_help(const struct tcs_command *c)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 65536);
    tcs_buf_printf(&b, "Usage: tocsin %s [OPTIONS] %s\n\n%s\n", c->name, c->usage, c->about);
    tcs_options_help(c->options, &b);
    enum tcs_exit status = tcs_print_all(&b);
    tcs_buf_done(&b);
    return status;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static enum tcs_exit run(const struct tcs_command *c, int argc, char **argv)
{
    if (asks_for_help(argc, argv))
        return print_help(c);
    void *options = calloc(1, c->size);
    struct tcs_words rest = {0};
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_exit status;
    if (options == NULL)
        return tcs_complain("no memory");
    if (tcs_options_parse(c->options, argc, argv, options, &rest, &err) != TCS_OK)
        status = tcs_complain(err.text);
    else
        status = c->run(options, &rest);
    tcs_options_done(c->options, options, &rest);
    free(options);
    return status;
}

static enum tcs_exit unknown_command(const char *word)
{
    const char *names[TCS_COMMANDS_MOST + 1];
    size_t count = 0;
    for (; count < TCS_COMMANDS_MOST && tcs_commands[count]; count++)
        names[count] = tcs_commands[count]->name;
    names[count] = NULL;
    const char *near = tcs_nearest_word(tcs_str_of(word), names);
    char text[512];
    if (near)
        snprintf(text, sizeof text, "unknown command '%.200s'; did you mean '%s'?", word, near);
    else
        snprintf(text, sizeof text, "unknown command '%.200s'; 'tocsin --help' shows all", word);
    return tcs_complain(text);
}

static const struct tcs_command *find(const char *name)
{
    for (const struct tcs_command *const *c = tcs_commands; *c; c++)
        if (strcmp(name, (*c)->name) == 0)
            return *c;
    return NULL;
}

static enum tcs_exit dispatch(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        tcs_print(TCS_STR("tocsin " TOCSIN_VERSION "\n"));
        return TCS_EXIT_QUIET;
    }
    const struct tcs_command *command = find(word);
    if (command)
        return run(command, argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        command = argc > 2 ? find(argv[2]) : NULL;
        if (command)
            return print_help(command);
        enum tcs_exit status = print_overview();
        return argc > 1 ? status : TCS_EXIT_USAGE;
    }
    return unknown_command(word);
}

int main(int argc, char **argv)
{
    tcs_arguments(&argc, &argv);
    return (int)dispatch(argc, argv);
}
