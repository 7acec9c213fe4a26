/*
 * Case folding of file names: two names that Windows takes for the same fold
 * to the same text.
 *
 * Deliberately narrow (tools/make_fold_table.py says why): no look-alike is
 * folded, nothing outside ASCII ever folds into ASCII, nothing is normalised.
 */
#ifndef TCS_BASE_FOLD_H
#define TCS_BASE_FOLD_H

#include "base/bytes.h"

/* The upper-case form of one code point, or the code point itself. */
uint32_t tcs_fold_cp(uint32_t cp);

/*
 * Folds well-formed UTF-8 from in to out; out may be in.p. Folding never
 * changes the length in bytes.
 */
void tcs_fold(struct tcs_str in, char *out);

/* True if both texts fold to the same. */
bool tcs_fold_eq(struct tcs_str a, struct tcs_str b);

#endif
