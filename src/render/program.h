/*
 * Layouts compiled for output: the constant text between the values of a
 * record, ready escaped, and a few steps that say which value comes next and
 * what is left out. A log has few layouts and many records.
 *
 *     program.c       building and running
 *     program_json.c  a layout as members of JSON objects
 *     program_xml.c   a layout as XML
 *     printer.c       programs by layout; records that have none
 *
 * What is rare has no program (repeated elements, arrays, values in several
 * pieces): record_json.c and record_xml.c show every record, and these the
 * same bytes, faster.
 */
#ifndef TCS_RENDER_PROGRAM_H
#define TCS_RENDER_PROGRAM_H

#include "base/arena.h"
#include "model/record.h"

enum tcs_op_kind {
    TCS_OP_TEXT,   /* nothing but its text */
    TCS_OP_VALUE,  /* the value in slot */
    TCS_OP_MAYBE,  /* if slot has a value: prefix, value, suffix. Made of UNLESS, VALUE and TEXT */
    TCS_OP_NESTED, /* the parts in slot */
    TCS_OP_UNLESS, /* go to target unless slot has a value */
    TCS_OP_IF,     /* go to target if slot has a value */
    TCS_OP_GO,     /* go to target */
    TCS_OP_CLOSE,  /* JSON: the end of an object that is a member */
    TCS_OP_END,
};

/* One step; its text comes first. */
struct tcs_op {
    uint32_t text, len;      /* in the program's texts */
    uint32_t prefix, suffix; /* MAYBE: lengths of the texts behind that */
    uint32_t target;         /* index of an op */
    uint16_t slot;
    uint8_t kind; /* enum tcs_op_kind */
};

enum { TCS_PROGRAM_SPARE = 32 }; /* bytes behind the texts that may be read */

struct tcs_program {
    const struct tcs_op *ops; /* NULL: the layout has no program */
    const char *texts;
};

/* How a form writes a value; false if only the slow way can (an array, parts where none belong). */
typedef bool tcs_put_value(struct tcs_buf *b, struct tcs_value v, bool is_nested_slot);

/* ---- building ---- */

enum { TCS_PROGRAM_DEPTH = 64 };

struct tcs_program_builder {
    struct tcs_op *ops; /* owned; scratch */
    size_t count, cap;
    struct tcs_buf texts;
    size_t pending; /* start of the text that belongs to the next op */
    bool failed;    /* no program: too large, too deep, or a shape that is not known here */
    struct {
        uint32_t unless; /* op to be completed at the element's end, TCS_NO_OP if none */
        uint32_t end;    /* node that ends it */
        bool is_leaf;
    } open[TCS_PROGRAM_DEPTH];
    unsigned depth;
};

#define TCS_NO_OP UINT32_MAX

/* An empty builder, and the end of one. Its fields are for the two forms that build by it. */
void tcs_program_builder_init(struct tcs_program_builder *p);
void tcs_program_builder_done(struct tcs_program_builder *p);

/* Starts over. */
void tcs_program_begin(struct tcs_program_builder *p);

/* Adds a step and gives its number; the text put into p->texts since the last step comes before it. */
uint32_t tcs_program_op(struct tcs_program_builder *p, enum tcs_op_kind kind, uint16_t slot);

/* Adds a step for the parts in a slot. It has no text, because it is come by once for each part. */
uint32_t tcs_program_nested(struct tcs_program_builder *p, uint16_t slot);

/* Makes op go to the step that comes next. */
void tcs_program_land(struct tcs_program_builder *p, uint32_t op);

/* Remembers an element that ends at node `end`. */
void tcs_program_enter(struct tcs_program_builder *p, uint32_t unless, uint32_t end, bool is_leaf);

/* Completes what was entered last. */
void tcs_program_leave(struct tcs_program_builder *p);

/* The program in the arena; ops NULL if it failed or memory is refused (*no_room tells). */
struct tcs_program tcs_program_finish(struct tcs_program_builder *p, struct tcs_arena *a, bool *no_room);

/* Compile a layout; is_outer: it is that of a whole record. Then tcs_program_finish. */
void tcs_program_json(struct tcs_program_builder *p, const struct tcs_layout *l, bool is_outer);
void tcs_program_xml(struct tcs_program_builder *p, const struct tcs_layout *l, bool is_outer);
tcs_put_value tcs_program_json_value, tcs_program_xml_value;

#endif
