#define _GNU_SOURCE /* getopt_long */
#include "cli/options.h"

#include "config/schema.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MOST = 64, FIRST_CODE = 256, HELP_COLUMN = 30 };

static bool add_word(struct tcs_words *words, const char *word)
{
    const char **at = realloc(words->at, (words->count + 1) * sizeof *at);
    if (at == NULL)
        return false;
    words->at = at;
    words->at[words->count++] = word;
    return true;
}

static enum tcs_code wrong(struct tcs_err *err, const struct tcs_option *o, const char *text,
                           const char *wanted)
{
    return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "--%s %s: must be %s", o->name, text, wanted);
}

static enum tcs_code set_count(const struct tcs_option *o, const char *text, unsigned *out,
                               struct tcs_err *err)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (errno || *end || end == text || text[0] == '-' || n < 1 || n > 1024)
        return wrong(err, o, text, "a number from 1 to 1024");
    *out = (unsigned)n;
    return TCS_OK;
}

static enum tcs_code set_choice(const struct tcs_option *o, const char *text, unsigned *out,
                                struct tcs_err *err)
{
    for (unsigned i = 0; o->choices[i]; i++) {
        if (strcmp(o->choices[i], text) == 0) {
            *out = i;
            return TCS_OK;
        }
    }
    struct tcs_buf words;
    tcs_buf_init(&words, 256);
    for (unsigned i = 0; o->choices[i]; i++)
        tcs_buf_printf(&words, "%s%s", i ? ", " : "", o->choices[i]);
    tcs_buf_putc(&words, '\0');
    wrong(err, o, text, words.bad ? "another word" : words.p);
    tcs_buf_done(&words);
    return err->code;
}

static enum tcs_code set(const struct tcs_option *o, const char *text, void *value, struct tcs_err *err)
{
    switch (o->type) {
    case TCS_OPT_FLAG:
        *(bool *)value = true;
        return TCS_OK;
    case TCS_OPT_TEXT:
        *(const char **)value = text;
        return TCS_OK;
    case TCS_OPT_TEXTS:
        return add_word(value, text) ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory");
    case TCS_OPT_COUNT:
        return set_count(o, text, value, err);
    case TCS_OPT_TIME: {
        struct tcs_opt_time *t = value;
        t->is_set = tcs_time_parse(tcs_str_of(text), &t->time);
        return t->is_set ? TCS_OK
                         : wrong(err, o, text, "a time like 2024-03-01, 2024-03-01T09:30 or with +02:00");
    }
    case TCS_OPT_SEVERITY:
        return tcs_severity_parse(tcs_str_of(text), value)
                   ? TCS_OK
                   : wrong(err, o, text, "one of note, possible, likely, certain, critical");
    case TCS_OPT_CHOICE:
        return set_choice(o, text, value, err);
    case TCS_OPT_GROUP:
        break;
    }
    return TCS_OK;
}

static enum tcs_code unknown(const struct tcs_option *table, const char *word, struct tcs_err *err)
{
    const char *names[OPTIONS_MOST + 1];
    size_t count = 0;
    for (const struct tcs_option *o = table; o->name && count < OPTIONS_MOST; o++)
        if (o->type != TCS_OPT_GROUP)
            names[count++] = o->name;
    names[count] = NULL;
    struct tcs_str name = tcs_str_of(word);
    while (name.len && name.p[0] == '-')
        name = tcs_str_cut(name, 1, name.len);
    name = tcs_str_cut(name, 0, tcs_str_find(name, '='));
    const char *near = tcs_nearest_word(name, names);
    if (near)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "unknown option %s; did you mean --%s?", word, near);
    return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "unknown option %s", word);
}

/* What getopt_long wants, made from our table. */
struct getopt_tables {
    struct option longs[OPTIONS_MOST + 1];
    char letters[2 * OPTIONS_MOST + 3];
};

static void make_tables(const struct tcs_option *table, struct getopt_tables *t)
{
    memset(t, 0, sizeof *t);
    size_t count = 0, letters = 0;
    t->letters[letters++] = ':'; /* tell a missing value from an unknown option */
    for (int i = 0; table[i].name && count < OPTIONS_MOST; i++) {
        if (table[i].type == TCS_OPT_GROUP)
            continue;
        int has_value = table[i].type == TCS_OPT_FLAG ? no_argument : required_argument;
        t->longs[count++] = (struct option){table[i].name, has_value, NULL, FIRST_CODE + i};
        if (table[i].letter) {
            t->letters[letters++] = table[i].letter;
            if (has_value == required_argument)
                t->letters[letters++] = ':';
        }
    }
}

static const struct tcs_option *option_of(const struct tcs_option *table, int code)
{
    if (code >= FIRST_CODE)
        return &table[code - FIRST_CODE];
    for (const struct tcs_option *o = table; o->name; o++)
        if (o->letter && o->letter == code)
            return o;
    return NULL;
}

enum tcs_code tcs_options_parse(const struct tcs_option *table, int argc, char **argv, void *out,
                                struct tcs_words *rest, struct tcs_err *err)
{
    struct getopt_tables t;
    make_tables(table, &t);
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind;
        int code = getopt_long(argc, argv, t.letters, t.longs, NULL);
        if (code == -1)
            break;
        const char *word = at < argc ? argv[at] : "";
        if (code == ':')
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s needs a value", argv[optind - 1]);
        const struct tcs_option *o = option_of(table, code);
        if (o == NULL)
            return unknown(table, argv[optind - 1][0] == '-' ? argv[optind - 1] : word, err);
        enum tcs_code result = set(o, optarg, (char *)out + o->offset, err);
        if (result != TCS_OK)
            return result;
    }
    for (; optind < argc; optind++)
        if (!add_word(rest, argv[optind]))
            return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory");
    return TCS_OK;
}

void tcs_options_done(const struct tcs_option *table, void *out, struct tcs_words *rest)
{
    for (const struct tcs_option *o = table; o->name; o++)
        if (o->type == TCS_OPT_TEXTS)
            free(((struct tcs_words *)(void *)((char *)out + o->offset))->at);
    free(rest->at);
}

/* Text in a column of its own, wrapped between words. */
static void put_wrapped(struct tcs_buf *b, const char *text)
{
    const size_t width = 80 - HELP_COLUMN;
    size_t used = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (used && used + 1 + len > width) {
            tcs_buf_putc(b, '\n');
            tcs_buf_fill(b, ' ', HELP_COLUMN);
            used = 0;
        } else if (used) {
            tcs_buf_putc(b, ' ');
            used++;
        }
        tcs_buf_put(b, text, len);
        used += len;
        text += len + (text[len] == ' ');
    }
    tcs_buf_putc(b, '\n');
}

void tcs_options_help(const struct tcs_option *table, struct tcs_buf *b)
{
    for (const struct tcs_option *o = table; o->name; o++) {
        if (o->type == TCS_OPT_GROUP) {
            tcs_buf_printf(b, "\n%s:\n", o->name);
            continue;
        }
        size_t start = b->len;
        if (o->letter)
            tcs_buf_printf(b, "  -%c, --%s", o->letter, o->name);
        else
            tcs_buf_printf(b, "      --%s", o->name);
        if (o->value)
            tcs_buf_printf(b, " %s", o->value);
        size_t used = b->len - start;
        if (used + 2 > HELP_COLUMN) {
            tcs_buf_putc(b, '\n');
            used = 0;
        }
        tcs_buf_fill(b, ' ', HELP_COLUMN - used);
        put_wrapped(b, o->help);
    }
}
