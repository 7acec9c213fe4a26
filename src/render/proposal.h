/* What was learned, as a configuration that proposes a list. */
#ifndef TCS_RENDER_PROPOSAL_H
#define TCS_RENDER_PROPOSAL_H

#include "base/buf.h"
#include "model/proposal.h"

/*
 * Why a path cannot be listed, or NULL: what the engine says of entries of a
 * list. Given by the caller, because only the engine knows.
 */
typedef const char *tcs_why_not_listed(struct tcs_str path);

/*
 * Appends YAML for the configuration. What an intruder would love to have on
 * the list (shells, interpreters of scripts, tools of Windows that run other
 * code, programs in folders that many can write to, rights gained) stands there as
 * a comment that begins with REVIEW and says why: it is never listed by itself.
 */
void tcs_render_proposal(struct tcs_buf *b, const struct tcs_proposal *p, tcs_why_not_listed *why_not);

#endif
