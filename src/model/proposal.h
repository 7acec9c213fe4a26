/* What `tocsin learn` saw: programs that ring, each with all that was seen of it. Plain data. */
#ifndef TCS_MODEL_PROPOSAL_H
#define TCS_MODEL_PROPOSAL_H

#include "model/finding.h"

enum { TCS_LEARNED_MOST = 8 }; /* texts of one kind that are kept */

/* Different texts as they were met. */
struct tcs_learned_texts {
    struct tcs_str at[TCS_LEARNED_MOST];
    size_t count;
    bool has_more;    /* there were further ones */
    bool has_unknown; /* and runs of which it is not known */
};

struct tcs_learned {
    struct tcs_str image; /* as first logged */
    uint64_t count;
    struct tcs_time first, last;
    struct tcs_learned_texts parents, accounts, pools;
    struct tcs_str server;  /* title of the first; may be empty */
    struct tcs_str command; /* of the first; may be empty */
    uint32_t facts;         /* of all, enum tcs_fact */
};

struct tcs_proposal {
    struct tcs_learned *programs;       /* the most frequent first */
    size_t program_count, program_more; /* more: for which there was no room */
    uint64_t findings;
    struct tcs_time first, last; /* of the events that were read; only if there were any */
    uint64_t events;
};

#endif
