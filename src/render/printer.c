#include "render/printer.h"

#include "render/json.h"
#include "render/program.h"
#include "render/record_walk.h"

#include <stdlib.h>

enum {
    PLACES = 1024,           /* for programs, by the layout's id; a newer one replaces an older one */
    PROGRAM_BYTES = 8 << 20, /* of all programs; then they are made anew */
    NODES_MOST = 2048,       /* of a layout that has a program: TCS_WALK_STEPS_MOST is never in question */
    NESTED_MOST = 16,        /* parts in parts that a program goes down */
    ORIGIN_MOST = 1024,
};

struct place {
    uint64_t layout; /* its id; 0: the place is free */
    bool is_outer;
    struct tcs_program program;
};

static const struct form {
    void (*compile)(struct tcs_program_builder *p, const struct tcs_layout *l, bool is_outer);
    tcs_put_value *put_value;
    enum tcs_code (*render)(struct tcs_buf *b, const struct tcs_record *rec, struct tcs_str origin,
                            struct tcs_err *err);
} forms[] = {
    [TCS_RECORD_JSON] = {tcs_program_json, tcs_program_json_value, tcs_render_record_json},
    [TCS_RECORD_XML] = {tcs_program_xml, tcs_program_xml_value, tcs_render_record_xml},
};

struct tcs_printer {
    enum tcs_record_form form;
    struct tcs_arena arena; /* owns the programs */
    struct tcs_program_builder builder;
    struct place places[PLACES];
    char origin[ORIGIN_MOST]; /* of the record before */
    size_t origin_len;
    struct tcs_buf about; /* JSON: what ends a line from that origin, up to the offset */
};

struct tcs_printer *tcs_printer_new(enum tcs_record_form form)
{
    struct tcs_printer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->form = form;
    p->origin_len = SIZE_MAX;
    tcs_arena_init(&p->arena, PROGRAM_BYTES);
    tcs_program_builder_init(&p->builder);
    tcs_buf_init(&p->about, 8 * ORIGIN_MOST);
    return p;
}

void tcs_printer_free(struct tcs_printer *p)
{
    if (p == NULL)
        return;
    tcs_arena_done(&p->arena);
    tcs_program_builder_done(&p->builder);
    tcs_buf_done(&p->about);
    free(p);
}

/* The program of a layout; ops NULL if it has none. */
static struct tcs_program program_of(struct tcs_printer *p, const struct tcs_layout *l, bool is_outer)
{
    /* Made for this one record; or so large that the slow way counts its steps. */
    if (l->id == 0 || l->node_count > NODES_MOST)
        return (struct tcs_program){NULL, NULL};
    struct place *place = &p->places[(2 * l->id + is_outer) % PLACES];
    if (place->layout == l->id && place->is_outer == is_outer)
        return place->program;
    bool no_room;
    tcs_program_begin(&p->builder);
    forms[p->form].compile(&p->builder, l, is_outer);
    struct tcs_program made = tcs_program_finish(&p->builder, &p->arena, &no_room);
    p->arena.starved = false; /* the slow way needs no program */
    if (!no_room)
        *place = (struct place){l->id, is_outer, made};
    return made;
}

/* Programs are forgotten between records only, because those of a record are in use. */
static void forget_programs(struct tcs_printer *p)
{
    if (p->arena.used < PROGRAM_BYTES / 2)
        return;
    tcs_arena_done(&p->arena);
    memset(p->places, 0, sizeof p->places);
}

/* A program at work on a part. */
struct frame {
    const struct tcs_op *op;
    struct tcs_program program;
    size_t part;
    size_t next_nested; /* while the parts of a slot are printed: where to look for the next of them */
};

struct run {
    struct tcs_printer *p;
    struct tcs_buf *b;
    const struct tcs_record *rec;
    struct frame frames[NESTED_MOST];
    unsigned depth;
};

static bool enter(struct run *r, size_t part)
{
    struct tcs_program program = program_of(r->p, r->rec->parts[part].layout, part == 0);
    if (program.ops == NULL || r->depth == NESTED_MOST)
        return false;
    r->frames[r->depth++] = (struct frame){program.ops, program, part, 0};
    return true;
}

static struct tcs_value slot_of(const struct tcs_part *part, uint16_t slot)
{
    return slot < part->value_count ? part->values[slot] : (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}

/* The comma behind the last member goes, the one behind the object itself comes. */
static void close_object(struct tcs_buf *b)
{
    if (b->len && b->p[b->len - 1] == ',')
        b->len--;
    tcs_buf_put(b, "},", 2);
}

/* A short text is copied as so many bytes as there are to spare: that takes two moves, and no call. */
static inline void put_text(struct tcs_buf *b, const char *text, size_t len)
{
    char *room = tcs_buf_room(b, len + TCS_PROGRAM_SPARE);
    if (room == NULL || len > TCS_PROGRAM_SPARE) {
        b->bad = room == NULL;
        tcs_buf_put(b, text, len);
        return;
    }
    memcpy(room, text, TCS_PROGRAM_SPARE);
    b->len += len;
}

enum outcome { DONE, DEEPER, FAILED };

/* The parts in a slot, one after the other: this comes by here once for each, and once more. */
static enum outcome put_nested(struct run *r, struct frame *f, struct tcs_value v)
{
    if (v.type != TCS_VALUE_BINXML)
        return forms[r->p->form].put_value(r->b, v, true) ? DONE : FAILED;
    size_t from = f->next_nested > f->part ? f->next_nested : f->part + 1;
    size_t part = tcs_walk_nested(r->rec, f->part, f->op->slot, from);
    f->next_nested = part < r->rec->part_count ? part + 1 : 0;
    if (f->next_nested == 0)
        return DONE;
    return enter(r, part) ? DEEPER : FAILED;
}

/* False if only the slow way can write the value. */
static inline bool put_maybe(struct tcs_buf *b, const struct tcs_op *op, const char *text, struct tcs_value v,
                             tcs_put_value *put_value)
{
    put_text(b, text, op->prefix);
    bool ok = put_value(b, v, false);
    if (op->suffix)
        put_text(b, text + op->prefix, op->suffix);
    return ok;
}

/* Goes on with a program: DONE at its end, DEEPER if a nested part comes first. */
static enum outcome run_program(struct run *r, struct frame *f, tcs_put_value *put_value)
{
    const struct tcs_part part = r->rec->parts[f->part];
    const struct tcs_program program = f->program;
    enum outcome outcome = DONE;
    struct tcs_buf *b = r->b;
    for (const struct tcs_op *op = f->op;;) {
        const char *text = program.texts + op->text;
        bool has = op->slot < part.value_count && !tcs_walk_is_missing(part.values[op->slot]);
        if (op->len)
            put_text(b, text, op->len);
        f->op = op++;
        switch ((enum tcs_op_kind)f->op->kind) {
        case TCS_OP_TEXT:
            break;
        case TCS_OP_VALUE:
            outcome = put_value(b, slot_of(&part, f->op->slot), false) ? DONE : FAILED;
            break;
        case TCS_OP_MAYBE:
            if (has && !put_maybe(b, f->op, text + f->op->len, part.values[f->op->slot], put_value))
                outcome = FAILED;
            break;
        case TCS_OP_NESTED:
            outcome = put_nested(r, f, slot_of(&part, f->op->slot));
            break;
        case TCS_OP_UNLESS:
            op = has ? op : program.ops + f->op->target;
            break;
        case TCS_OP_IF:
            op = has ? program.ops + f->op->target : op;
            break;
        case TCS_OP_GO:
            op = program.ops + f->op->target;
            break;
        case TCS_OP_CLOSE:
            close_object(b);
            break;
        case TCS_OP_END:
            return DONE;
        }
        if (outcome != DONE)
            return outcome;
    }
}

/* What ends the line of a record that is in order. */
static void put_end(struct tcs_printer *p, struct tcs_buf *b, const struct tcs_record *rec,
                    struct tcs_str origin)
{
    if (p->form == TCS_RECORD_XML) {
        tcs_buf_putc(b, '\n');
        return;
    }
    if (p->origin_len != origin.len || memcmp(p->origin, origin.p, origin.len) != 0) {
        struct tcs_json j = {&p->about, false};
        tcs_buf_clear(&p->about);
        tcs_json_key(&j, TCS_STR("tocsin"));
        tcs_json_open(&j, '{');
        tcs_json_pair_str(&j, "origin", origin);
        tcs_json_key(&j, TCS_STR("offset"));
        memcpy(p->origin, origin.p, origin.len);
        p->origin_len = p->about.bad ? SIZE_MAX : origin.len;
    }
    b->bad = b->bad || p->about.bad;
    tcs_buf_str(b, tcs_buf_view(&p->about));
    tcs_buf_u64(b, rec->offset);
    tcs_buf_puts(b, "}}\n");
}

/* False: nothing came of it, and b holds scraps. */
static bool put_by_programs(struct tcs_printer *p, struct tcs_buf *b, const struct tcs_record *rec,
                            struct tcs_str origin)
{
    struct run r;
    r.p = p;
    r.b = b;
    r.rec = rec;
    r.depth = 0;
    if (p->form == TCS_RECORD_JSON)
        tcs_buf_putc(b, '{');
    if (!enter(&r, 0))
        return false;
    tcs_put_value *put_value = forms[p->form].put_value;
    while (r.depth) {
        enum outcome outcome = run_program(&r, &r.frames[r.depth - 1], put_value);
        if (outcome == FAILED)
            return false;
        r.depth -= outcome == DONE;
    }
    put_end(p, b, rec, origin);
    return !b->bad;
}

enum tcs_code tcs_printer_put(struct tcs_printer *p, struct tcs_buf *b, const struct tcs_record *rec,
                              struct tcs_str origin, struct tcs_err *err)
{
    size_t before = b->len;
    if (!b->bad && rec->state == 0 && rec->part_count && origin.len <= ORIGIN_MOST) {
        forget_programs(p);
        if (put_by_programs(p, b, rec, origin))
            return TCS_OK;
        b->len = before;
        b->bad = b->starved = false;
    }
    return forms[p->form].render(b, rec, origin, err);
}
