#include "cli/command.h"

#include "config/schema.h"
#include "render/setup_steps.h"

#include <stddef.h>
#include <stdio.h>

struct setup_options {
    const char *windows; /* one of tcs_setup_words */
    struct tcs_words accounts, folders;
    bool help;
};

#define AT(member) offsetof(struct setup_options, member)

static const struct tcs_option options[] = {
    {"What to show", 0, TCS_OPT_GROUP, 0, NULL, NULL, NULL},
    {"print", 0, TCS_OPT_TEXT, AT(windows), "WINDOWS",
     "the steps for that Windows: nt4, 2000, xp, 2003, vista, 2008, 7, 2008r2 and so on to 2025", NULL},
    {"account", 0, TCS_OPT_TEXTS, AT(accounts), "NAME",
     "whose executions to audit; without it, the usual accounts of that Windows", NULL},
    {"folder", 0, TCS_OPT_TEXTS, AT(folders), "PATH", "where programs lie; without it, the folder of Windows",
     NULL},
    {"help", 'h', TCS_OPT_FLAG, AT(help), NULL, "this text", NULL},
    {NULL, 0, TCS_OPT_FLAG, 0, NULL, NULL, NULL},
};

static bool find_word(const char *text, unsigned *word)
{
    for (*word = 0; tcs_setup_words[*word]; ++*word)
        if (tcs_str_eq_ascii_nocase(tcs_str_of(text), tcs_str_of(tcs_setup_words[*word])))
            return true;
    return false;
}

static enum tcs_exit complain_of_windows(const char *text)
{
    char line[300];
    const char *near = tcs_nearest_word(tcs_str_of(text), tcs_setup_words);
    snprintf(line, sizeof line, "--print %.100s: %s%s%s", text, near ? "did you mean '" : "known are ",
             near ? near
                  : "nt4, 2000, xp, 2003, vista, 2008, 7, 2008r2, 8, 2012, 8.1, 2012r2, 10, 2016, 2019, 11, "
                    "2022, 2025",
             near ? "'?" : "");
    return tcs_complain(line);
}

static enum tcs_exit run(void *o, const struct tcs_words *rest)
{
    const struct setup_options *options_ = o;
    if (rest->count)
        return tcs_complain("setup takes no words beside its options");
    unsigned word;
    if (options_->windows == NULL)
        return tcs_complain("name the Windows to set up: --print 2022 shows the steps for it");
    if (!find_word(options_->windows, &word))
        return complain_of_windows(options_->windows);
    struct tcs_setup_choice choice = {
        .windows = tcs_setup_windows_of(word),
        .accounts = options_->accounts.at,
        .account_count = options_->accounts.count,
        .folders = options_->folders.at,
        .folder_count = options_->folders.count,
    };
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_render_setup_steps(&text, &choice);
    tcs_print(tcs_buf_view(&text));
    tcs_buf_done(&text);
    return TCS_EXIT_QUIET;
}

const struct tcs_command tcs_command_setup = {
    "setup",
    "--print WINDOWS",
    "what to switch on in Windows so that the rules can ring",
    "Prints the steps that make a Windows write what the rules need: a larger log, process starts and\n"
    "ends, command lines, programs opened by the web server's account. They can be followed by hand or\n"
    "saved as a .cmd file and run as administrator; what is no command stands behind rem.",
    options,
    sizeof(struct setup_options),
    run,
};
