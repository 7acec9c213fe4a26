/* Every record as JSON lines or event XML. */
#ifndef TCS_APP_DUMP_H
#define TCS_APP_DUMP_H

#include "app/console.h"
#include "decode/log.h"
#include "model/summary.h"
#include "source/input.h"

enum tcs_dump_format { TCS_DUMP_JSONL, TCS_DUMP_XML };

struct tcs_dump {
    enum tcs_dump_format format;
    const uint64_t *ids;          /* a set of 65,536 bits; NULL: all */
    const char *const *providers; /* only these; none: all */
    size_t provider_count;
    bool has_since, has_until;
    struct tcs_time since, until;
    bool slack;
    unsigned threads;
    struct tcs_output *out;
    struct tcs_console *console;
    struct tcs_summary *summary; /* counts of what was read and refused */
};

/* Writes the records of all inputs, log by log in the order given. IO, NOMEM. END: nobody reads any more. */
enum tcs_code tcs_dump_run(const struct tcs_dump *dump, struct tcs_inputs *inputs, struct tcs_err *err);

#endif
