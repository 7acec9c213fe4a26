/* The list: which programs may be run, by whom, below which server. */
#ifndef TCS_ENGINE_VERDICT_H
#define TCS_ENGINE_VERDICT_H

#include "engine/state.h"

struct verdict {
    enum tcs_severity severity; /* NONE: may be run silently */
    bool is_listed;
    unsigned facts; /* what the listing rests on: NEED_NOTED, PARENT_UNKNOWN, NAME_ONLY */
    struct tcs_str note;
};

/* May this program be run by this parent (NONE: unknown) as this account? */
struct verdict verdict_of(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent,
                          uint32_t account, struct tcs_value command);

/*
 * For the rule dedicated-start: may it be run on a machine that is only a web
 * server? Then also what Windows itself starts is listed.
 */
bool is_system_program(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent, uint32_t account,
                       struct tcs_value command);

#endif
