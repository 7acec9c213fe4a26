/*
 * Options of a command, by a table that parses them, checks them, and prints
 * the help and the manual's list.
 */
#ifndef TCS_CLI_OPTIONS_H
#define TCS_CLI_OPTIONS_H

#include "base/error.h"
#include "base/time.h"
#include "model/finding.h"

enum tcs_option_type {
    TCS_OPT_FLAG,     /* bool */
    TCS_OPT_TEXT,     /* const char * */
    TCS_OPT_TEXTS,    /* struct tcs_words: may be given several times */
    TCS_OPT_COUNT,    /* unsigned, 1 and more */
    TCS_OPT_TIME,     /* struct tcs_opt_time */
    TCS_OPT_SEVERITY, /* enum tcs_severity */
    TCS_OPT_CHOICE,   /* unsigned: index in choices */
    TCS_OPT_GROUP,    /* a heading of the help */
};

/* Words of the command line, borrowed from argv. */
struct tcs_words {
    const char **at; /* owned */
    size_t count;
};

struct tcs_opt_time {
    struct tcs_time time;
    bool is_set;
};

struct tcs_option {
    const char *name; /* without dashes; of a GROUP, the heading */
    char letter;      /* short form, 0 if none */
    enum tcs_option_type type;
    size_t offset;     /* of the value in the command's struct */
    const char *value; /* what the help calls the value */
    const char *help;
    const char *const *choices; /* CHOICE: the words, ended by NULL */
};

/*
 * Parses argv[1..] by the table (ends with a NULL name) into out; other words
 * go to rest. CONFIG: err says what is wrong and what is near to it.
 */
enum tcs_code tcs_options_parse(const struct tcs_option *table, int argc, char **argv, void *out,
                                struct tcs_words *rest, struct tcs_err *err);

/* Gives back what parsing allocated. */
void tcs_options_done(const struct tcs_option *table, void *out, struct tcs_words *rest);

/* Appends the help of the options, by groups. */
void tcs_options_help(const struct tcs_option *table, struct tcs_buf *b);

#endif
