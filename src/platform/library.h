/*
 * What a port supplies for libraries that are loaded only when they are
 * needed. A large one costs every start of the program time that most runs
 * have no use for, and its code would stand in every process that reads logs.
 */
#ifndef TCS_PLATFORM_LIBRARY_H
#define TCS_PLATFORM_LIBRARY_H

#include "base/error.h"

#include <stddef.h>

/* A function that is wanted, and where its address goes. */
struct tcs_library_symbol {
    const char *name;
    size_t offset; /* of a pointer to a function in the struct that is filled */
};

/*
 * Loads a library of the system for good and fills a struct of pointers to
 * its functions; symbols end with a NULL name. CONFIG: it is not installed, or
 * has not all of them.
 */
enum tcs_code tcs_library_load(const char *name, const struct tcs_library_symbol *symbols, void *out,
                               struct tcs_err *err);

#endif
