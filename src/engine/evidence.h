/* What single records say for a rule. */
#ifndef TCS_ENGINE_EVIDENCE_H
#define TCS_ENGINE_EVIDENCE_H

#include "engine/state.h"

/* The channel of the event being fed, from a constant. */
struct tcs_str channel_now(const struct tcs_engine *e);

/* What the event being fed says for a rule. */
struct tcs_evidence evidence_now(const struct tcs_engine *e, enum tcs_rule rule);

/* What the start of a process said, from what is kept of it. */
struct tcs_evidence evidence_of_start(const struct tcs_engine *e, const struct process *p,
                                      enum tcs_rule rule);

/* True if both are of the same record. */
bool evidence_same_record(const struct tcs_evidence *a, const struct tcs_evidence *b);

/*
 * The id of a finding that begins with this evidence. The same records give
 * the same id, whenever and wherever they are read.
 */
void evidence_id(char id[33], struct tcs_str host, const struct tcs_evidence *ev, uint64_t pid);

#endif
