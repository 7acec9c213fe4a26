/* Learning a list from a time in which all was well. */
#ifndef TCS_APP_LEARN_H
#define TCS_APP_LEARN_H

#include "base/hash.h"
#include "base/map.h"
#include "model/proposal.h"
#include "model/summary.h"

enum { TCS_LEARNED_PROGRAMS_MOST = 4096 };

struct tcs_learning {
    struct tcs_arena arena; /* owns the texts and the list */
    struct tcs_hash_key key;
    struct tcs_map by_image;
    struct tcs_proposal proposal;
};

/* Without memory nothing is learned, and counted as having had no room. */
void tcs_learning_init(struct tcs_learning *l, struct tcs_hash_key key);
void tcs_learning_done(struct tcs_learning *l);

/* The engine's effect: takes what rings of an incident. ctx is the learning. */
void tcs_learning_incident(void *ctx, const struct tcs_incident *incident, bool partial);

/* Puts the most frequent first, and notes what was read. The proposal is good until done. */
const struct tcs_proposal *tcs_learning_finish(struct tcs_learning *l, const struct tcs_summary *summary);

/* Why no list can hold this path; NULL: one can. For tcs_render_proposal. */
const char *tcs_learning_why_not(struct tcs_str path);

#endif
