#include "config/schema.h"

#include "model/rules.h"

#include <stdio.h>

enum { WORD_MOST = 64, WORDS_MOST = 64 };

/* Edit distance (insert, delete, replace, swap of neighbours) of short words. */
static unsigned distance(struct tcs_str a, struct tcs_str b)
{
    unsigned rows[3][WORD_MOST + 1];
    if (a.len > WORD_MOST || b.len > WORD_MOST)
        return WORD_MOST;
    for (unsigned j = 0; j <= b.len; j++)
        rows[1][j] = j;
    memcpy(rows[0], rows[1], sizeof rows[0]);
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *now = rows[2];
        now[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change = rows[1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            unsigned shift = (rows[1][j] < now[j - 1] ? rows[1][j] : now[j - 1]) + 1;
            now[j] = change < shift ? change : shift;
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped && rows[0][j - 2] + 1 < now[j])
                now[j] = rows[0][j - 2] + 1;
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[1]);
    }
    return rows[1][b.len];
}

const char *tcs_nearest_word(struct tcs_str text, const char *const *words)
{
    const char *best = NULL;
    unsigned best_distance = (unsigned)text.len / 3 + 2; /* beyond that it is another word */
    for (; *words; words++) {
        unsigned d = distance(text, tcs_str_of(*words));
        if (d < best_distance) {
            best = *words;
            best_distance = d;
        }
    }
    return best;
}

struct read {
    struct tcs_str file;
    struct tcs_arena *arena;
    struct tcs_err *err;
};

static const struct tcs_key_row *find_row(const struct tcs_key_table *table, struct tcs_str name)
{
    for (const struct tcs_key_row *row = table->rows; row->name; row++)
        if (tcs_str_eq(name, tcs_str_of(row->name)))
            return row;
    return NULL;
}

static enum tcs_code unknown_key(const struct read *r, const struct tcs_key_table *table,
                                 const struct tcs_yaml_node *key)
{
    const char *names[WORDS_MOST + 1];
    size_t count = 0;
    for (const struct tcs_key_row *row = table->rows; row->name && count < WORDS_MOST; row++)
        names[count++] = row->name;
    names[count] = NULL;
    const char *near = tcs_nearest_word(key->text, names);
    if (near)
        return tcs_yaml_fail(r->err, r->file, key, "unknown key '%.*s' in %s; did you mean '%s'?",
                             TCS_STR_ARG(key->text), table->what, near);
    return tcs_yaml_fail(r->err, r->file, key, "unknown key '%.*s' in %s", TCS_STR_ARG(key->text),
                         table->what);
}

static enum tcs_code wrong_kind(const struct read *r, const struct tcs_yaml_node *node, const char *name,
                                const char *wanted)
{
    return tcs_yaml_fail(r->err, r->file, node, "'%s' must be %s", name, wanted);
}

static enum tcs_code read_text(const struct read *r, const struct tcs_key_row *row,
                               const struct tcs_yaml_node *node, struct tcs_str *out)
{
    if (node->kind != TCS_YAML_SCALAR)
        return wrong_kind(r, node, row->name, "a text");
    if (node->text.len == 0)
        return wrong_kind(r, node, row->name, "a text that is not empty");
    *out = node->text;
    return TCS_OK;
}

static enum tcs_code read_texts(const struct read *r, const struct tcs_key_row *row,
                                const struct tcs_yaml_node *node, struct tcs_strs *out)
{
    if (node->kind == TCS_YAML_MAP)
        return wrong_kind(r, node, row->name, "a text or a list of texts");
    size_t count = node->kind == TCS_YAML_LIST ? node->count : 1;
    struct tcs_str *texts = tcs_arena_array(r->arena, count, sizeof *texts);
    if (texts == NULL)
        return tcs_fail(r->err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    const struct tcs_yaml_node *item = node->kind == TCS_YAML_LIST ? node->first : node;
    for (size_t i = 0; i < count; i++, item = item->next) {
        enum tcs_code code = read_text(r, row, item, &texts[i]);
        if (code != TCS_OK)
            return code;
    }
    *out = (struct tcs_strs){texts, count};
    return TCS_OK;
}

static enum tcs_code read_bool(const struct read *r, const struct tcs_key_row *row,
                               const struct tcs_yaml_node *node, bool *out)
{
    static const struct {
        struct tcs_str word;
        bool value;
    } words[] = {
        {TCS_STR_INIT("true"), true},
        {TCS_STR_INIT("yes"), true},
        {TCS_STR_INIT("false"), false},
        {TCS_STR_INIT("no"), false},
    };
    for (size_t i = 0; node->kind == TCS_YAML_SCALAR && i < sizeof words / sizeof words[0]; i++) {
        if (tcs_str_eq_ascii_nocase(node->text, words[i].word)) {
            *out = words[i].value;
            return TCS_OK;
        }
    }
    return wrong_kind(r, node, row->name, "true or false");
}

static enum tcs_code read_severity(const struct read *r, const struct tcs_key_row *row,
                                   const struct tcs_yaml_node *node, enum tcs_severity *out)
{
    if (node->kind == TCS_YAML_SCALAR && tcs_severity_parse(node->text, out))
        return TCS_OK;
    return wrong_kind(r, node, row->name, "one of note, possible, likely, certain, critical");
}

/* Digits from the start of text; gives how many there were, 0 also if the number is too large. */
static size_t read_digits(struct tcs_str text, uint64_t *out)
{
    size_t len = 0;
    *out = 0;
    for (; len < text.len && text.p[len] >= '0' && text.p[len] <= '9'; len++) {
        uint64_t digit = (uint64_t)(text.p[len] - '0');
        if (*out > (UINT64_MAX - digit) / 10)
            return 0;
        *out = *out * 10 + digit;
    }
    return len;
}

static bool in_limits(const struct tcs_key_row *row, uint64_t n)
{
    return n >= row->least && (row->most == 0 || n <= row->most);
}

static enum tcs_code read_number(const struct read *r, const struct tcs_key_row *row,
                                 const struct tcs_yaml_node *node, uint64_t *out)
{
    bool is_number =
        node->kind == TCS_YAML_SCALAR && node->text.len && read_digits(node->text, out) == node->text.len;
    if (is_number && in_limits(row, *out))
        return TCS_OK;
    if (row->most)
        return tcs_yaml_fail(r->err, r->file, node, "'%s' must be a number from %llu to %llu", row->name,
                             (unsigned long long)row->least, (unsigned long long)row->most);
    return tcs_yaml_fail(r->err, r->file, node, "'%s' must be a number from %llu on", row->name,
                         (unsigned long long)row->least);
}

static const struct {
    struct tcs_str name;
    uint64_t ms;
} duration_units[] = {
    {TCS_STR_INIT("d"), 86400000}, {TCS_STR_INIT("h"), 3600000}, {TCS_STR_INIT("m"), 60000},
    {TCS_STR_INIT("s"), 1000},     {TCS_STR_INIT("ms"), 1},
};
enum { DURATION_UNITS = sizeof duration_units / sizeof duration_units[0] };

/* A duration as one would write it: 90s, 5m. */
static void put_duration(char out[32], uint64_t ms)
{
    size_t i = 0;
    while (i + 1 < DURATION_UNITS && (ms == 0 || ms % duration_units[i].ms))
        i++;
    snprintf(out, 32, "%llu%s", (unsigned long long)(ms / duration_units[i].ms), duration_units[i].name.p);
}

static bool parse_duration(struct tcs_str text, uint64_t *out)
{
    size_t digits = read_digits(text, out);
    struct tcs_str unit = tcs_str_cut(text, digits, text.len);
    for (size_t i = 0; digits && i < DURATION_UNITS; i++)
        if (tcs_str_eq(unit, duration_units[i].name))
            return !__builtin_mul_overflow(*out, duration_units[i].ms, out);
    return false;
}

static enum tcs_code read_duration(const struct read *r, const struct tcs_key_row *row,
                                   const struct tcs_yaml_node *node, uint64_t *out)
{
    char least[32], most[32];
    if (node->kind == TCS_YAML_SCALAR && parse_duration(node->text, out) && in_limits(row, *out))
        return TCS_OK;
    put_duration(least, row->least);
    put_duration(most, row->most);
    if (row->most)
        return tcs_yaml_fail(r->err, r->file, node,
                             "'%s' must be a duration with its unit (ms, s, m, h, d), from %s to %s",
                             row->name, least, most);
    return tcs_yaml_fail(r->err, r->file, node, "'%s' must be a duration with its unit (ms, s, m, h, d)",
                         row->name);
}

/* "slack, teams or discord", without the empty ones. */
static void list_words(char *out, size_t cap, const char *const *words)
{
    size_t at = 0;
    out[0] = '\0';
    for (; *words && at < cap; words++) {
        if ((*words)[0] == '\0')
            continue;
        const char *comma = at == 0 ? "" : words[1] ? ", " : " or ";
        int len = snprintf(out + at, cap - at, "%s%s", comma, *words);
        at += len > 0 ? (size_t)len : 0;
    }
}

static enum tcs_code wrong_word(const struct read *r, const char *name, const struct tcs_yaml_node *node,
                                const char *const *words)
{
    char all[192];
    list_words(all, sizeof all, words);
    const char *near = node->kind == TCS_YAML_SCALAR ? tcs_nearest_word(node->text, words) : NULL;
    if (near)
        return tcs_yaml_fail(r->err, r->file, node, "'%s' must be %s; did you mean '%s'?", name, all, near);
    return tcs_yaml_fail(r->err, r->file, node, "'%s' must be %s", name, all);
}

static enum tcs_code read_word(const struct read *r, const struct tcs_key_row *row,
                               const struct tcs_yaml_node *node, int *out)
{
    for (int i = 0; node->kind == TCS_YAML_SCALAR && row->words[i]; i++) {
        if (node->text.len == 0 || !tcs_str_eq(node->text, tcs_str_of(row->words[i])))
            continue;
        *out = i;
        return TCS_OK;
    }
    return wrong_word(r, row->name, node, row->words);
}

static enum tcs_code read_map(const struct read *r, const struct tcs_key_table *table,
                              const struct tcs_yaml_node *node, uint8_t *out);

/* NOLINTNEXTLINE(misc-no-recursion): yaml.c lets in 16 levels */
static enum tcs_code read_list(const struct read *r, const struct tcs_key_row *row,
                               const struct tcs_yaml_node *node, uint8_t *out)
{
    if (node->kind != TCS_YAML_LIST)
        return wrong_kind(r, node, row->name, "a list");
    uint8_t *items = tcs_arena_array(r->arena, node->count, row->table->size);
    if (items == NULL)
        return tcs_fail(r->err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the configuration");
    const struct tcs_yaml_node *item = node->first;
    for (size_t i = 0; i < node->count; i++, item = item->next) {
        enum tcs_code code = read_map(r, row->table, item, items + i * row->table->size);
        if (code != TCS_OK)
            return code;
    }
    memcpy(out + row->offset, &items, sizeof items);
    memcpy(out + row->count_offset, &node->count, sizeof node->count);
    return TCS_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): yaml.c lets in 16 levels */
static enum tcs_code read_value(const struct read *r, const struct tcs_key_row *row,
                                const struct tcs_yaml_node *node, uint8_t *out)
{
    void *value = out + row->offset;
    switch (row->type) {
    case TCS_TYPE_TEXT:
        return read_text(r, row, node, value);
    case TCS_TYPE_TEXTS:
        return read_texts(r, row, node, value);
    case TCS_TYPE_BOOL:
        return read_bool(r, row, node, value);
    case TCS_TYPE_SEVERITY:
        return read_severity(r, row, node, value);
    case TCS_TYPE_NUMBER:
        return read_number(r, row, node, value);
    case TCS_TYPE_DURATION:
        return read_duration(r, row, node, value);
    case TCS_TYPE_WORD:
        return read_word(r, row, node, value);
    case TCS_TYPE_MAP:
        return read_map(r, row->table, node, value);
    case TCS_TYPE_LIST:
        return read_list(r, row, node, out);
    case TCS_TYPE_IGNORED:
        break;
    }
    return TCS_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): yaml.c lets in 16 levels */
static enum tcs_code read_pairs(const struct read *r, const struct tcs_key_table *table,
                                const struct tcs_yaml_node *node, uint8_t *out, uint64_t *seen)
{
    for (const struct tcs_yaml_node *key = node->first; key; key = key->next->next) {
        if (key->kind != TCS_YAML_SCALAR)
            return tcs_yaml_fail(r->err, r->file, key, "a key must be a word");
        const struct tcs_key_row *row = find_row(table, key->text);
        if (row == NULL)
            return unknown_key(r, table, key);
        uint64_t bit = UINT64_C(1) << (row - table->rows);
        if (*seen & bit)
            return tcs_yaml_fail(r->err, r->file, key, "'%s' is given twice", row->name);
        *seen |= bit;
        enum tcs_code code = read_value(r, row, key->next, out);
        if (code != TCS_OK)
            return code;
    }
    return TCS_OK;
}

/* Finds the table that the deciding key asks for, and notes the choice in out. */
static enum tcs_code choose(const struct read *r, const struct tcs_key_table *table,
                            const struct tcs_yaml_node *node, uint8_t *out,
                            const struct tcs_key_table **chosen)
{
    const struct tcs_key_choice *choice = table->choice;
    const struct tcs_yaml_node *value = NULL;
    if (node->kind != TCS_YAML_MAP)
        return tcs_yaml_fail(r->err, r->file, node, "%s must be written as keys and values", table->what);
    for (const struct tcs_yaml_node *key = node->first; key && !value; key = key->next->next)
        if (key->kind == TCS_YAML_SCALAR && tcs_str_eq(key->text, tcs_str_of(choice->key)))
            value = key->next;
    if (value == NULL)
        return tcs_yaml_fail(r->err, r->file, node, "%s lacks '%s'", table->what, choice->key);
    const char *words[WORDS_MOST + 1];
    size_t count = 0;
    for (const struct tcs_key_variant *v = choice->variants; v->word && count < WORDS_MOST; v++) {
        words[count++] = v->word;
        if (value->kind != TCS_YAML_SCALAR || !tcs_str_eq(value->text, tcs_str_of(v->word)))
            continue;
        memcpy(out + choice->offset, &v->value, sizeof v->value);
        *chosen = v->table;
        return TCS_OK;
    }
    words[count] = NULL;
    return wrong_word(r, choice->key, value, words);
}

/* NOLINTNEXTLINE(misc-no-recursion): yaml.c lets in 16 levels */
static enum tcs_code read_map(const struct read *r, const struct tcs_key_table *table,
                              const struct tcs_yaml_node *node, uint8_t *out)
{
    uint64_t seen = 0;
    enum tcs_code code = TCS_OK;
    if (table->choice && (code = choose(r, table, node, out, &table)) != TCS_OK)
        return code;
    if (node->kind == TCS_YAML_SCALAR && table->shorthand) {
        const struct tcs_key_row *row = find_row(table, tcs_str_of(table->shorthand));
        code = read_value(r, row, node, out);
        seen = UINT64_C(1) << (row - table->rows);
    } else if (node->kind == TCS_YAML_MAP) {
        code = read_pairs(r, table, node, out, &seen);
    } else {
        code = tcs_yaml_fail(r->err, r->file, node, "%s must be written as keys and values", table->what);
    }
    for (const struct tcs_key_row *row = table->rows; code == TCS_OK && row->name; row++)
        if (row->is_required && !(seen >> (row - table->rows) & 1))
            code = tcs_yaml_fail(r->err, r->file, node, "%s lacks '%s'", table->what, row->name);
    if (code == TCS_OK && table->check)
        code = table->check(out, r->file, node, r->err);
    return code;
}

enum tcs_code tcs_schema_read(const struct tcs_key_table *table, struct tcs_str file,
                              const struct tcs_yaml_node *node, struct tcs_arena *arena, void *out,
                              struct tcs_err *err)
{
    struct read r = {file, arena, err};
    return read_map(&r, table, node, out);
}
