/*
 * From a YAML tree to structs, by tables of keys. A table says what a key is
 * called, what it may hold and what it is for; reading, checking, the hint
 * for a misspelt key and the reference in the documentation all come from it.
 */
#ifndef TCS_CONFIG_SCHEMA_H
#define TCS_CONFIG_SCHEMA_H

#include "config/yaml.h"

#include <stddef.h>

enum tcs_key_type {
    TCS_TYPE_TEXT,     /* struct tcs_str */
    TCS_TYPE_TEXTS,    /* struct tcs_strs; one text may stand without the list */
    TCS_TYPE_BOOL,     /* bool: true, false, yes, no */
    TCS_TYPE_SEVERITY, /* enum tcs_severity */
    TCS_TYPE_MAP,      /* a struct, by another table */
    TCS_TYPE_NUMBER,   /* uint64_t: decimal digits; from least to most */
    TCS_TYPE_DURATION, /* uint64_t milliseconds: 50ms, 1s, 5m, 2h, 7d; from least to most */
    TCS_TYPE_WORD,     /* int: the place in a list of words */
    TCS_TYPE_LIST,     /* an array of structs, by another table: pointer at offset, count at count_offset */
    TCS_TYPE_IGNORED,  /* for people: sources, remarks */
};

struct tcs_key_table;

struct tcs_key_row {
    const char *name;
    enum tcs_key_type type;
    size_t offset;                     /* of the value in the struct */
    size_t count_offset;               /* LIST: of the size_t count */
    const struct tcs_key_table *table; /* MAP, LIST */
    bool is_required;
    const char *help;         /* one line, for the documentation */
    const char *const *words; /* WORD: ends with NULL; empty ones cannot be chosen */
    uint64_t least, most;     /* NUMBER, DURATION; most 0: no limit */
};

/* For rows: where a member is that has neither count nor table; and where a list and its count are. */
#define TCS_KEY_AT(type, member)           offsetof(struct type, member), 0, NULL
#define TCS_KEY_LIST_AT(type, list, count) offsetof(struct type, list), offsetof(struct type, count)

/*
 * A struct whose other keys depend on one key: "type: file". Each word has a
 * table of its own over the same struct, which holds that key too (IGNORED).
 */
struct tcs_key_variant {
    const char *word;
    int value;
    const struct tcs_key_table *table;
};

struct tcs_key_choice {
    const char *key;                        /* always needed */
    size_t offset;                          /* of an int, which gets the value */
    const struct tcs_key_variant *variants; /* ends with a NULL word */
};

struct tcs_key_table {
    const char *what;               /* what a map of it is: "a program that may be run" */
    size_t size;                    /* bytes of the struct */
    const struct tcs_key_row *rows; /* ends with a NULL name */
    const char *shorthand;          /* the key that a plain text stands for; NULL: there must be a map */
    /* Looks at a filled struct; NULL: nothing to check. Raises errors with tcs_yaml_fail. */
    enum tcs_code (*check)(void *out, struct tcs_str file, const struct tcs_yaml_node *at,
                           struct tcs_err *err);
    const struct tcs_key_choice *choice; /* NULL: none; otherwise rows are not looked at */
};

/*
 * Fills out (zeroed by the caller) from node by the table; texts and arrays
 * go to arena. CONFIG with file, line, column and the nearest right key.
 */
enum tcs_code tcs_schema_read(const struct tcs_key_table *table, struct tcs_str file,
                              const struct tcs_yaml_node *node, struct tcs_arena *arena, void *out,
                              struct tcs_err *err);

/* The word of the list (ends with NULL) that is nearest to text, or NULL if none is near. */
const char *tcs_nearest_word(struct tcs_str text, const char *const *words);

#endif
