/*
 * What every form for people shows of an incident: which finding stands for
 * it, its facts as rows of a label and a text, and the order of its tree.
 * Nothing is escaped here; each form does it for itself.
 */
#ifndef TCS_RENDER_INCIDENT_VIEW_H
#define TCS_RENDER_INCIDENT_VIEW_H

#include "render/finding.h"

/* Bytes of a text that are shown before it is cut, and said so; processes of a tree. */
enum { TCS_COMMAND_SHOWN = 400, TCS_FIELD_SHOWN = 1000, TCS_TREE_COMMAND_SHOWN = 160, TCS_NODES_SHOWN = 200 };

/* The gravest finding; of several the first. */
const struct tcs_finding *tcs_gravest_finding(const struct tcs_incident *incident);

/* CRITICAL for "critical". */
void tcs_put_severity_upper(struct tcs_buf *b, enum tcs_severity severity);

/* Its number, how many findings it has, from when to when. */
void tcs_put_incident_span(struct tcs_buf *b, const struct tcs_incident *incident);

/*
 * Appends a text, cut where it gets unreadable; what is left out is said,
 * and that `whole` has it. already_cut: bytes that were lost before.
 */
void tcs_put_cut(struct tcs_buf *b, struct tcs_str s, size_t most, size_t already_cut, const char *whole);

/* A fact about a finding. The text is good during the call. */
struct tcs_row {
    const char *label; /* "who", "ran", ...; empty for a further text under the label before */
    struct tcs_str text;
    bool is_item;    /* one of a list */
    bool is_command; /* a command line */
    bool is_starved; /* memory was refused, the text lacks something */
};
typedef void tcs_row_fn(void *ctx, const struct tcs_row *row);

/* Who ran what under which server, when and where, why it rings, what to do next. */
void tcs_finding_rows(const struct tcs_incident *incident, const struct tcs_finding *f, const char *whole,
                      tcs_row_fn *row, void *ctx);

/* The other findings without a process: what else was done to the log. Those below min_severity are left out.
 */
void tcs_further_rows(const struct tcs_incident *incident, const struct tcs_finding *head,
                      enum tcs_severity min_severity, tcs_row_fn *row, void *ctx);

/* The records that speak for a finding, and behind those of one log where it is. */
void tcs_evidence_rows(const struct tcs_finding *f, tcs_row_fn *row, void *ctx);

/*
 * The tree depth first: behind a node its children, then its siblings. Both
 * give TCS_NO_NODE behind the last; the first is the first root.
 */
uint32_t tcs_tree_first(const struct tcs_incident *incident);
uint32_t tcs_tree_next(const struct tcs_incident *incident, uint32_t node);

/* One process: name, number, what it is, since when, as whom; a finding's command line is not in it. */
void tcs_put_node_name(struct tcs_buf *b, const struct tcs_tree_node *node);
void tcs_put_node_rest(struct tcs_buf *b, const struct tcs_tree_node *node);

#endif
