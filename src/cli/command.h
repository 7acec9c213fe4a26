/* The commands of tocsin; the table is in commands.c. */
#ifndef TCS_CLI_COMMAND_H
#define TCS_CLI_COMMAND_H

#include "cli/options.h"
#include "platform/platform.h"

/* What the process says with its end. */
enum tcs_exit {
    TCS_EXIT_QUIET = 0,       /* nothing rings, everything was read */
    TCS_EXIT_RINGS = 1,       /* something rings */
    TCS_EXIT_USAGE = 2,       /* wrong words or configuration */
    TCS_EXIT_INCOMPLETE = 3,  /* nothing rings, but not everything could be read */
    TCS_EXIT_UNDELIVERED = 4, /* an alarm could not be told */
};

struct tcs_command {
    const char *name;
    const char *usage;                /* behind "tocsin NAME" */
    const char *summary;              /* one line */
    const char *about;                /* a few lines for its own help */
    const struct tcs_option *options; /* ends with a NULL name */
    size_t size;                      /* bytes of the struct that the options fill */
    /* Runs it; gives the exit status. */
    enum tcs_exit (*run)(void *options, const struct tcs_words *rest);
};

extern const struct tcs_command tcs_command_scan;
extern const struct tcs_command tcs_command_watch;
extern const struct tcs_command tcs_command_status;
extern const struct tcs_command tcs_command_drill;
extern const struct tcs_command tcs_command_learn;
extern const struct tcs_command tcs_command_dump;
extern const struct tcs_command tcs_command_check;
extern const struct tcs_command tcs_command_profiles;
extern const struct tcs_command tcs_command_setup;

enum { TCS_COMMANDS_MOST = 16 };

/* All commands of this system, ended by NULL. */
extern const struct tcs_command *const tcs_commands[];

/* "tocsin: TEXT" on standard error; gives TCS_EXIT_USAGE. */
enum tcs_exit tcs_complain(const char *text);

/* Writes text to standard output. The second complains if memory did not suffice for all of it. */
void tcs_print(struct tcs_str text);
enum tcs_exit tcs_print_all(const struct tcs_buf *text);

enum tcs_color_choice { TCS_COLOR_AUTO, TCS_COLOR_ALWAYS, TCS_COLOR_NEVER };
extern const char *const tcs_color_words[];

/* Whether to colour: as chosen, or if out is a terminal and NO_COLOR is not set. */
bool tcs_wants_color(unsigned choice, const struct tcs_output *out);

#endif
