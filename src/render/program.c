#include "render/program.h"

#include <stdlib.h>

enum { OPS_MOST = 2048, TEXTS_MOST = 1 << 18 };

void tcs_program_builder_init(struct tcs_program_builder *p)
{
    *p = (struct tcs_program_builder){0};
    tcs_buf_init(&p->texts, TEXTS_MOST);
}

void tcs_program_builder_done(struct tcs_program_builder *p)
{
    free(p->ops);
    tcs_buf_done(&p->texts);
}

void tcs_program_begin(struct tcs_program_builder *p)
{
    tcs_buf_clear(&p->texts);
    p->count = 0;
    p->pending = 0;
    p->depth = 0;
    p->failed = false;
}

static bool make_room(struct tcs_program_builder *p)
{
    if (p->count < p->cap)
        return true;
    size_t more = p->cap ? 2 * p->cap : 128;
    struct tcs_op *ops = more > OPS_MOST ? NULL : realloc(p->ops, more * sizeof *ops);
    if (ops == NULL)
        return false;
    p->ops = ops;
    p->cap = more;
    return true;
}

uint32_t tcs_program_op(struct tcs_program_builder *p, enum tcs_op_kind kind, uint16_t slot)
{
    p->failed = p->failed || p->texts.bad || !make_room(p);
    if (p->failed)
        return TCS_NO_OP;
    p->ops[p->count] = (struct tcs_op){.text = (uint32_t)p->pending,
                                       .len = (uint32_t)(p->texts.len - p->pending),
                                       .slot = slot,
                                       .kind = (uint8_t)kind};
    p->pending = p->texts.len;
    return (uint32_t)p->count++;
}

/* Text that was put must not be skipped with what comes next, nor be a part of it for those who come from
 * elsewhere. */
static void flush(struct tcs_program_builder *p)
{
    if (p->texts.len > p->pending)
        tcs_program_op(p, TCS_OP_TEXT, TCS_NO_SLOT);
}

uint32_t tcs_program_nested(struct tcs_program_builder *p, uint16_t slot)
{
    flush(p);
    return tcs_program_op(p, TCS_OP_NESTED, slot);
}

void tcs_program_land(struct tcs_program_builder *p, uint32_t op)
{
    flush(p);
    if (!p->failed && op != TCS_NO_OP)
        p->ops[op].target = (uint32_t)p->count;
}

void tcs_program_enter(struct tcs_program_builder *p, uint32_t unless, uint32_t end, bool is_leaf)
{
    if (p->depth == TCS_PROGRAM_DEPTH) {
        p->failed = true;
        return;
    }
    p->open[p->depth].unless = unless;
    p->open[p->depth].end = end;
    p->open[p->depth].is_leaf = is_leaf;
    p->depth++;
}

void tcs_program_leave(struct tcs_program_builder *p)
{
    if (p->depth == 0) {
        p->failed = true;
        return;
    }
    p->depth--;
    if (p->open[p->depth].unless != TCS_NO_OP)
        tcs_program_land(p, p->open[p->depth].unless);
}

/* True if the steps at i are an optional value and nothing but it, and nobody comes in from elsewhere. */
static size_t optional_at(const struct tcs_program_builder *p, size_t i, const bool *is_target)
{
    const struct tcs_op *op = &p->ops[i];
    if (op->kind != TCS_OP_UNLESS || i + 2 >= p->count || op[1].kind != TCS_OP_VALUE ||
        op[1].slot != op->slot)
        return 0;
    size_t len = op[2].kind == TCS_OP_TEXT && op->target == i + 3 ? 3 : 2;
    bool is_whole = op->target == i + len && !is_target[i + 1] && (len == 2 || !is_target[i + 2]);
    return is_whole ? len : 0;
}

/* Makes one step of each optional value: most of a record is made of them. False: no memory. */
static bool fuse(struct tcs_program_builder *p)
{
    bool *is_target = calloc(p->count + 1, sizeof *is_target);
    uint32_t *moved = calloc(p->count + 1, sizeof *moved);
    size_t count = 0;
    for (size_t i = 0; is_target && i < p->count; i++)
        is_target[p->ops[i].target] = true; /* the first, too, for steps that go nowhere */
    for (size_t i = 0, len; is_target && moved && i < p->count; i += len ? len : 1) {
        len = optional_at(p, i, is_target);
        struct tcs_op op = p->ops[i];
        if (len) {
            op.kind = TCS_OP_MAYBE;
            op.prefix = p->ops[i + 1].len;
            op.suffix = len == 3 ? p->ops[i + 2].len : 0;
            op.target = 0;
        }
        moved[i] = (uint32_t)count;
        p->ops[count++] = op;
    }
    bool ok = is_target && moved;
    for (size_t i = 0; ok && i < count; i++)
        p->ops[i].target = moved[p->ops[i].target];
    p->count = ok ? count : p->count;
    free(is_target);
    free(moved);
    return ok;
}

struct tcs_program tcs_program_finish(struct tcs_program_builder *p, struct tcs_arena *a, bool *no_room)
{
    struct tcs_program out = {NULL, NULL};
    tcs_program_op(p, TCS_OP_END, TCS_NO_SLOT);
    *no_room = false;
    tcs_buf_fill(&p->texts, ' ', TCS_PROGRAM_SPARE);
    if (p->failed || p->depth != 0 || p->texts.bad || !fuse(p))
        return out;
    out.texts = tcs_arena_copy(a, p->texts.p, p->texts.len);
    const struct tcs_op *ops = tcs_arena_copy(a, p->ops, p->count * sizeof *ops);
    *no_room = out.texts == NULL || ops == NULL;
    out.ops = *no_room ? NULL : ops;
    return out;
}
