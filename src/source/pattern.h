/* Patterns of file names: `*` and `?` within a name, `**` for any number of folders. */
#ifndef TCS_SOURCE_PATTERN_H
#define TCS_SOURCE_PATTERN_H

#include "base/bytes.h"

/* True if the name holds a wildcard. */
bool tcs_pattern_is(const char *name);

/* Length of the folder that all matches lie in, without the slash; 0: the working directory. */
size_t tcs_pattern_folder(const char *pattern);

/* True if the path matches. Costs at most the product of both lengths. */
bool tcs_pattern_matches(const char *pattern, const char *path);

/* True if a path below the folder could match, so that it is worth looking into. */
bool tcs_pattern_reaches(const char *pattern, const char *folder);

#endif
