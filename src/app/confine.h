/* Giving up what a run that reads logs does not need. */
#ifndef TCS_APP_CONFINE_H
#define TCS_APP_CONFINE_H

#include "source/input.h"

/*
 * From here on the process can only read these inputs and write to what is
 * open. paths: the user's words; inputs: what they were expanded to.
 */
void tcs_confine_to_inputs(const char *const *paths, size_t count, const struct tcs_inputs *inputs);

#endif
