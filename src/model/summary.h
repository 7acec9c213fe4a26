/* What a run over logs came to: for the lines at the end of scan, and for check. */
#ifndef TCS_MODEL_SUMMARY_H
#define TCS_MODEL_SUMMARY_H

#include "model/coverage.h"
#include "model/read_stats.h"
#include "model/record.h"

struct tcs_host_summary {
    struct tcs_str name;
    uint64_t events; /* that the rules read */
    struct tcs_time first, last;
    struct tcs_coverage coverage;
    const char *generation; /* what its records look like; NULL if they do not say */
};

/* A provider's event id and how often it occurs; only check counts them. */
struct tcs_id_total {
    struct tcs_str provider;
    uint16_t id;
    bool has_id;
    uint64_t count;
};

struct tcs_summary {
    uint64_t files; /* logs that were read */
    uint64_t bytes; /* of them */
    uint64_t files_of[TCS_FORMAT_COUNT];
    uint64_t refused;     /* files that were asked for and could not be read */
    uint64_t not_logs;    /* other files in the folders */
    uint64_t interrupted; /* logs of which the rest could not be read */
    struct tcs_read_stats read;

    struct tcs_coverage coverage; /* of all hosts */
    struct tcs_rule_ability abilities[TCS_ABILITY_ROWS];
    struct tcs_host_summary *hosts;
    size_t host_count;
    uint64_t host_more; /* beyond those kept */

    struct tcs_id_total *ids;
    size_t id_count;
    uint64_t id_more; /* records of further ones, which found no place */

    uint64_t incidents;                    /* shown */
    uint64_t findings[TCS_SEVERITY_COUNT]; /* all, by severity */
    uint64_t hidden;              /* of these, below the least severity or outside the time asked for */
    uint64_t exits_without_image; /* that nothing could be joined to */
    uint64_t duplicates;
    uint64_t table_full; /* how often a table of the engine was full and something was forgotten */
    uint64_t no_memory;  /* how often memory could not be had, so that something is missing */
};

/* True if some input could not be read whole, or not all that was read could be used. */
static inline bool tcs_summary_is_incomplete(const struct tcs_summary *s)
{
    return s->refused || s->interrupted || s->no_memory || tcs_read_stats_has_loss(&s->read);
}

#endif
