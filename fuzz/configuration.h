/* What the targets for the configuration, for profiles and for paths share. */
#ifndef TCS_FUZZ_CONFIGURATION_H
#define TCS_FUZZ_CONFIGURATION_H

#include "support.h"

#include "engine/ruleset.h"

enum { FUZZ_CONFIG_MEMORY = 8 << 20 };

/* Demands of a failed reading: a code for it, and words in good text. */
void fuzz_check_refusal(enum tcs_code code, const struct tcs_err *err);

/* Compiles the rules and demands that every entry of a list fits the program that it names. */
void fuzz_check_rules(const struct tcs_rules *rules);

#endif
