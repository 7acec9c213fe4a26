/* The kinds of rows; persist.c goes through them. */
#ifndef TCS_ENGINE_PERSIST_ROWS_H
#define TCS_ENGINE_PERSIST_ROWS_H

#include "engine/persist.h"
#include "engine/row.h"

/* The first byte of a key. Rows are loaded in this order; what a row refers to stands before it. */
enum row_class {
    ROW_META = 1, /* version, counts, hands; always there */
    ROW_RULESET,  /* number: a system root */
    ROW_INCIDENT, /* number */
    ROW_NODE,     /* number of the incident, index */
    ROW_FINDING,  /* number of the incident, index */
    ROW_IMAGE,    /* place */
    ROW_ACCOUNT,  /* place */
    ROW_HOST,     /* place */
    ROW_PROCESS,  /* place; it refers to other processes, which load_end looks at */
    ROW_OPEN,     /* place of the host, index */
    ROW_CLASS_END
};

enum { ROW_NUMBERS_MOST = 2 };

/* Rows on their way out. The first code that is not OK ends it: later calls do nothing. */
struct saving {
    struct tcs_engine *e;
    const struct tcs_row_sink *sink;
    struct tcs_buf value;
    enum tcs_code code;
    struct tcs_err *err;
};

/* The value buffer, emptied, as a row to be written. */
struct row saving_row(struct saving *s);
void saving_put(struct saving *s, enum row_class class, const uint32_t *numbers);
void saving_del(struct saving *s, enum row_class class, const uint32_t *numbers);

/* A table of which places have rows. */
struct row_table {
    enum row_class class;
    struct tcs_marks *changed, *stored;
    uint32_t used;    /* places that were ever taken */
    uint32_t columns; /* for keys of two numbers: place / columns and place % columns; else 0 */
    bool (*is_live)(const struct tcs_engine *e, uint32_t place);
    void (*write)(struct tcs_engine *e, uint32_t place, struct row *r);
};

/* A kind of row: of a table, or with functions of its own. */
struct row_kind {
    unsigned numbers; /* in its key */
    struct row_table (*table)(struct tcs_engine *e);
    void (*save)(struct saving *s);
    void (*saved)(struct tcs_engine *e);
    void (*forget)(struct tcs_engine *e); /* there is no row of it any more: all is to be saved */
    /* Sets r->bad if the row does not fit. NOMEM, or OK. */
    enum tcs_code (*load)(struct tcs_engine *e, const uint32_t *numbers, struct row *r);
};

extern const struct row_kind row_meta, row_ruleset, row_incident, row_finding, row_node, row_image,
    row_account, row_host, row_process, row_open;

/* Puts the loaded processes into their lists. False if they do not fit together. */
enum tcs_code load_lists(struct tcs_engine *e, bool *fit);

/* True if the reference is none, or leads to a finding of an open incident, or to an incident that is over.
 */
bool finding_ref_ok(const struct tcs_engine *e, struct finding_ref ref);
/* Carry these; texts of evidence that is loaded live as long as the engine. */
void row_finding_ref(struct row *r, struct finding_ref *ref);
void row_evidence(struct row *r, struct tcs_engine *e, struct tcs_evidence *evidence);

#endif
