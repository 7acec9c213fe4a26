/*
 * YAML as a tree with the place of every node, so that a wrong word can be
 * shown where it stands. JSON is YAML too.
 *
 * A deliberate part of YAML: one document, no anchors, aliases, tags or
 * merge keys. They have no use here and are how small files become large.
 */
#ifndef TCS_CONFIG_YAML_H
#define TCS_CONFIG_YAML_H

#include "base/arena.h"
#include "base/error.h"

enum tcs_yaml_kind { TCS_YAML_SCALAR, TCS_YAML_LIST, TCS_YAML_MAP };

struct tcs_yaml_node {
    enum tcs_yaml_kind kind;
    struct tcs_str text;         /* of a scalar */
    bool is_quoted;              /* a scalar in quotes is always text */
    unsigned line, column;       /* from 1 */
    struct tcs_yaml_node *first; /* of a list: its items; of a map: key, value, key, value, ... */
    struct tcs_yaml_node *next;  /* the sibling behind it */
    size_t count;                /* items, or pairs */
};

/*
 * Parses text (UTF-8) into arena; file names it in messages. An empty text
 * gives an empty map. CONFIG: err has "file:line:column: what is wrong";
 * LIMIT, NOMEM.
 */
enum tcs_code tcs_yaml_parse(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                             const struct tcs_yaml_node **root, struct tcs_err *err);

/* Raises CONFIG with the place of a node in front of the text. */
enum tcs_code tcs_yaml_fail(struct tcs_err *err, struct tcs_str file, const struct tcs_yaml_node *at,
                            const char *fmt, ...) TCS_PRINTF(4, 5);

#endif
