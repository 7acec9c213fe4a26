/*
 * What a log can tell: which rules had something to work on, and what is
 * missing for those that had not. Computed from the events, never from the
 * version of Windows.
 */
#ifndef TCS_ENGINE_COVERAGE_H
#define TCS_ENGINE_COVERAGE_H

#include "model/coverage.h"
#include "model/event.h"

/* Counts one event. */
void tcs_coverage_add(struct tcs_coverage *c, const struct tcs_event *ev);
void tcs_coverage_merge(struct tcs_coverage *to, const struct tcs_coverage *from);

/* The rows for the process rules. */
void tcs_coverage_abilities(const struct tcs_coverage *c, struct tcs_rule_ability rows[TCS_ABILITY_ROWS]);

/* What the records look like: "Windows 2000", "Windows 10 or later, Server 2016 or later"; NULL if they do
 * not say. */
const char *tcs_coverage_generation(const struct tcs_coverage *c);

#endif
