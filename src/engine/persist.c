#include "engine/persist.h"
#include "engine/persist_rows.h"

#include <stdlib.h>

static const struct row_kind *const kinds[ROW_CLASS_END] = {
    [ROW_META] = &row_meta,       [ROW_RULESET] = &row_ruleset, [ROW_INCIDENT] = &row_incident,
    [ROW_FINDING] = &row_finding, [ROW_NODE] = &row_node,       [ROW_IMAGE] = &row_image,
    [ROW_ACCOUNT] = &row_account, [ROW_HOST] = &row_host,       [ROW_PROCESS] = &row_process,
    [ROW_OPEN] = &row_open,
};

/* ---- saving ---- */

struct row saving_row(struct saving *s)
{
    tcs_buf_clear(&s->value);
    return (struct row){.out = &s->value};
}

static struct tcs_bytes make_key(uint8_t key[TCS_ROW_KEY_MOST], enum row_class class, const uint32_t *numbers)
{
    size_t len = 0;
    key[len++] = (uint8_t) class;
    for (unsigned i = 0; i < kinds[class]->numbers; i++)
        for (unsigned shift = 32; shift > 0; shift -= 8)
            key[len++] = (uint8_t)(numbers[i] >> (shift - 8));
    return (struct tcs_bytes){key, len};
}

void saving_put(struct saving *s, enum row_class class, const uint32_t *numbers)
{
    uint8_t key[TCS_ROW_KEY_MOST];
    if (s->code != TCS_OK)
        return;
    if (s->value.bad) {
        s->code = tcs_fail(s->err, s->value.len < TCS_ROW_VALUE_MOST / 2 ? TCS_NOMEM : TCS_LIMIT,
                           TCS_NO_OFFSET, "no room for a row of the engine's state");
        return;
    }
    struct tcs_str value = tcs_buf_view(&s->value);
    s->code = s->sink->put(s->sink->ctx, make_key(key, class, numbers),
                           (struct tcs_bytes){(const uint8_t *)value.p, value.len}, s->err);
}

void saving_del(struct saving *s, enum row_class class, const uint32_t *numbers)
{
    uint8_t key[TCS_ROW_KEY_MOST];
    if (s->code == TCS_OK)
        s->code = s->sink->del(s->sink->ctx, make_key(key, class, numbers), s->err);
}

/* ---- tables ---- */

static void save_table(struct saving *s, const struct row_table *t)
{
    for (uint32_t i = tcs_marks_next(t->changed, 0, t->used); i != TCS_NO_MARK && s->code == TCS_OK;
         i = tcs_marks_next(t->changed, i + 1, t->used)) {
        uint32_t numbers[ROW_NUMBERS_MOST] = {i, 0};
        if (t->columns) {
            numbers[0] = i / t->columns;
            numbers[1] = i % t->columns;
        }
        if (t->is_live(s->e, i)) {
            struct row r = saving_row(s);
            t->write(s->e, i, &r);
            saving_put(s, t->class, numbers);
        } else if (tcs_marks_has(t->stored, i)) {
            saving_del(s, t->class, numbers);
        }
    }
}

static void saved_table(struct tcs_engine *e, const struct row_table *t)
{
    for (uint32_t i = tcs_marks_next(t->changed, 0, t->used); i != TCS_NO_MARK;
         i = tcs_marks_next(t->changed, i + 1, t->used)) {
        if (t->is_live(e, i))
            tcs_marks_add(t->stored, i);
        else
            tcs_marks_remove(t->stored, i);
    }
    tcs_marks_clear(t->changed);
}

static void forget_table(const struct row_table *t)
{
    tcs_marks_clear(t->stored);
    for (uint32_t i = 0; i < t->used; i++)
        tcs_marks_add(t->changed, i);
}

/* ---- all kinds ---- */

enum tcs_code tcs_engine_save(struct tcs_engine *e, const struct tcs_row_sink *sink, struct tcs_err *err)
{
    struct saving s = {.e = e, .sink = sink, .code = TCS_OK, .err = err};
    tcs_buf_init(&s.value, TCS_ROW_VALUE_MOST);
    for (unsigned i = 1; i < ROW_CLASS_END && s.code == TCS_OK; i++) {
        if (kinds[i]->save)
            kinds[i]->save(&s);
        if (kinds[i]->table) {
            struct row_table t = kinds[i]->table(e);
            save_table(&s, &t);
        }
    }
    tcs_buf_done(&s.value);
    return s.code;
}

void tcs_engine_saved(struct tcs_engine *e)
{
    for (unsigned i = 1; i < ROW_CLASS_END; i++) {
        if (kinds[i]->saved)
            kinds[i]->saved(e);
        if (kinds[i]->table) {
            struct row_table t = kinds[i]->table(e);
            saved_table(e, &t);
        }
    }
}

void tcs_engine_forget_saved(struct tcs_engine *e)
{
    for (unsigned i = 1; i < ROW_CLASS_END; i++) {
        if (kinds[i]->forget)
            kinds[i]->forget(e);
        if (kinds[i]->table) {
            struct row_table t = kinds[i]->table(e);
            forget_table(&t);
        }
    }
}

/* ---- loading ---- */

struct tcs_engine_loading {
    struct tcs_engine *e;
    uint8_t last_key[TCS_ROW_KEY_MOST];
    size_t last_len;    /* 0: no row yet */
    struct tcs_err err; /* the first */
};

enum tcs_code tcs_engine_load_begin(struct tcs_engine *e, struct tcs_engine_loading **out,
                                    struct tcs_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to load the engine's state");
    (*out)->e = e;
    (*out)->err = (struct tcs_err)TCS_ERR_INIT;
    return TCS_OK;
}

/* True if the key is one of ours and comes behind the last one. */
static bool take_key(struct tcs_engine_loading *l, struct tcs_bytes key, uint32_t *numbers)
{
    uint8_t class = key.len ? key.p[0] : 0;
    if (class == 0 || class >= ROW_CLASS_END || key.len != 1 + 4 * (size_t)kinds[class]->numbers)
        return false;
    for (unsigned i = 0; i < kinds[class]->numbers; i++) {
        const uint8_t *p = key.p + 1 + 4 * (size_t)i;
        numbers[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    size_t common = key.len < l->last_len ? key.len : l->last_len;
    int order = memcmp(key.p, l->last_key, common);
    bool is_first = l->last_len == 0;
    if (is_first ? class != ROW_META : order < 0 || (order == 0 && key.len <= l->last_len))
        return false;
    memcpy(l->last_key, key.p, key.len);
    l->last_len = key.len;
    return true;
}

static enum tcs_code load_row(struct tcs_engine_loading *l, struct tcs_bytes key, struct tcs_bytes value)
{
    uint32_t numbers[ROW_NUMBERS_MOST] = {0};
    if (!take_key(l, key, numbers))
        return tcs_fail(&l->err, TCS_FORMAT, TCS_NO_OFFSET, "a row of the engine's state has a wrong key");
    struct row r = {.in = tcs_cursor_of(value)};
    enum tcs_code code = kinds[key.p[0]]->load(l->e, numbers, &r);
    if (code == TCS_NOMEM)
        return tcs_fail(&l->err, code, TCS_NO_OFFSET, "no memory to load the engine's state");
    if (code != TCS_OK || r.bad || tcs_cursor_left(&r.in))
        return tcs_fail(&l->err, code == TCS_OK ? TCS_FORMAT : code, r.in.pos,
                        code == TCS_LIMIT
                            ? "the engine's state is larger than its limits"
                            : "row %u.%u.%u of the engine's state does not fit, or is of another "
                              "version",
                        key.p[0], numbers[0], numbers[1]);
    return TCS_OK;
}

/* The error of a loading goes to who asks, each time. */
static enum tcs_code hand_on(const struct tcs_engine_loading *l, struct tcs_err *err)
{
    if (l->err.code == TCS_OK)
        return TCS_OK;
    return tcs_fail(err, l->err.code, l->err.off, "%s", l->err.text);
}

enum tcs_code tcs_engine_load_row(struct tcs_engine_loading *l, struct tcs_bytes key, struct tcs_bytes value,
                                  struct tcs_err *err)
{
    if (l->err.code == TCS_OK)
        load_row(l, key, value);
    return hand_on(l, err);
}

enum tcs_code tcs_engine_load_end(struct tcs_engine_loading *l, struct tcs_err *err)
{
    bool fit = true;
    if (l->err.code == TCS_OK && load_lists(l->e, &fit) != TCS_OK)
        tcs_fail(&l->err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to load the engine's state");
    if (!fit)
        tcs_fail(&l->err, TCS_FORMAT, TCS_NO_OFFSET,
                 "the processes of the engine's state do not fit together");
    if (l->err.code == TCS_OK)
        tcs_engine_saved(l->e);
    enum tcs_code code = hand_on(l, err);
    free(l);
    return code;
}
