#include "config/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

enum { DEPTH_MOST = 16, NODES_MOST = 4000000 };

/* The state of one parse: the open lists and maps, and where the next node hangs. */
struct parse {
    yaml_parser_t parser;
    struct tcs_arena *arena;
    struct tcs_str file;
    struct tcs_err *err;
    struct tcs_yaml_node *open[DEPTH_MOST];
    struct tcs_yaml_node **tail[DEPTH_MOST]; /* where the next child of open[i] goes */
    unsigned depth;
    size_t nodes;
    struct tcs_yaml_node *root;
    bool has_document;
};

enum tcs_code tcs_yaml_fail(struct tcs_err *err, struct tcs_str file, const struct tcs_yaml_node *at,
                            const char *fmt, ...)
{
    char text[2 * sizeof err->text]; /* so that only tcs_fail cuts, which does not cut into a character */
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.*s:%u:%u: %s", TCS_STR_ARG(file), at->line, at->column,
                    text);
}

static enum tcs_code fail_at(struct parse *p, const yaml_mark_t *mark, const char *what)
{
    return tcs_fail(p->err, TCS_CONFIG, TCS_NO_OFFSET, "%.*s:%zu:%zu: %s", TCS_STR_ARG(p->file),
                    mark->line + 1, mark->column + 1, what);
}

static enum tcs_code no_memory(struct parse *p)
{
    return tcs_fail(p->err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
}

static struct tcs_yaml_node *add_node(struct parse *p, const yaml_event_t *ev, enum tcs_yaml_kind kind)
{
    struct tcs_yaml_node *node = p->nodes < NODES_MOST ? tcs_arena_alloc(p->arena, sizeof *node) : NULL;
    if (p->nodes == NODES_MOST)
        tcs_fail(p->err, TCS_LIMIT, TCS_NO_OFFSET, "%.*s: too large", TCS_STR_ARG(p->file));
    if (node == NULL) {
        no_memory(p);
        return NULL;
    }
    p->nodes++;
    node->kind = kind;
    node->text = (struct tcs_str){"", 0};
    node->line = (unsigned)ev->start_mark.line + 1;
    node->column = (unsigned)ev->start_mark.column + 1;
    if (p->depth == 0) {
        p->root = node;
    } else {
        *p->tail[p->depth - 1] = node;
        p->tail[p->depth - 1] = &node->next;
        p->open[p->depth - 1]->count++;
    }
    return node;
}

static enum tcs_code scalar(struct parse *p, const yaml_event_t *ev)
{
    if (ev->data.scalar.anchor || ev->data.scalar.tag)
        return fail_at(p, &ev->start_mark, "anchors and tags are not understood here");
    struct tcs_yaml_node *node = add_node(p, ev, TCS_YAML_SCALAR);
    if (node == NULL)
        return p->err->code;
    bool ok;
    node->text = tcs_arena_str(
        p->arena, (struct tcs_str){(const char *)ev->data.scalar.value, ev->data.scalar.length}, &ok);
    node->is_quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return ok ? TCS_OK : no_memory(p);
}

static enum tcs_code open_node(struct parse *p, const yaml_event_t *ev, enum tcs_yaml_kind kind,
                               bool is_plain)
{
    if (!is_plain)
        return fail_at(p, &ev->start_mark, "anchors and tags are not understood here");
    if (p->depth == DEPTH_MOST)
        return fail_at(p, &ev->start_mark, "nested too deep");
    struct tcs_yaml_node *node = add_node(p, ev, kind);
    if (node == NULL)
        return p->err->code;
    p->open[p->depth] = node;
    p->tail[p->depth] = &node->first;
    p->depth++;
    return TCS_OK;
}

static enum tcs_code take_event(struct parse *p, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return scalar(p, ev);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(p, ev, TCS_YAML_LIST,
                         !ev->data.sequence_start.anchor && !ev->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_node(p, ev, TCS_YAML_MAP, !ev->data.mapping_start.anchor && !ev->data.mapping_start.tag);
    case YAML_MAPPING_END_EVENT:
        p->open[p->depth - 1]->count /= 2;
        p->depth--;
        return TCS_OK;
    case YAML_SEQUENCE_END_EVENT:
        p->depth--;
        return TCS_OK;
    case YAML_ALIAS_EVENT:
        return fail_at(p, &ev->start_mark, "aliases are not understood here");
    case YAML_DOCUMENT_START_EVENT:
        if (p->has_document)
            return fail_at(p, &ev->start_mark, "a second document; write everything in one");
        p->has_document = true;
        return TCS_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return TCS_OK;
    case YAML_STREAM_END_EVENT:
        return TCS_END;
    }
    return TCS_OK;
}

static enum tcs_code parse_events(struct parse *p)
{
    for (;;) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&p->parser, &ev))
            /* Only without memory libyaml has no words for what is wrong. */
            return p->parser.problem ? fail_at(p, &p->parser.problem_mark, p->parser.problem) : no_memory(p);
        enum tcs_code code = take_event(p, &ev);
        yaml_event_delete(&ev);
        if (code != TCS_OK)
            return code == TCS_END ? TCS_OK : code;
    }
}

enum tcs_code tcs_yaml_parse(struct tcs_str text, struct tcs_str file, struct tcs_arena *arena,
                             const struct tcs_yaml_node **root, struct tcs_err *err)
{
    static const struct tcs_yaml_node nothing = {.kind = TCS_YAML_MAP, .line = 1, .column = 1};
    struct parse p = {.arena = arena, .file = file, .err = err};
    if (!yaml_parser_initialize(&p.parser))
        return no_memory(&p);
    yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.parser, (const unsigned char *)text.p, text.len);
    enum tcs_code code = parse_events(&p);
    yaml_parser_delete(&p.parser);
    /* A file of comments only is one empty scalar or nothing at all. */
    bool is_empty = p.root == NULL || (p.root->kind == TCS_YAML_SCALAR && p.root->text.len == 0);
    *root = is_empty ? &nothing : p.root;
    return code;
}
