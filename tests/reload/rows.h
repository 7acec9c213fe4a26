/* Rows of the engine's state in memory, sorted by key: a store for tests. */
#ifndef TCS_TESTS_RELOAD_ROWS_H
#define TCS_TESTS_RELOAD_ROWS_H

#include "engine/persist.h"

struct row_entry {
    struct tcs_bytes key, value; /* one piece of memory, owned */
};

struct row_set {
    struct row_entry *at; /* owned */
    size_t count, cap;
    size_t puts, dels; /* since they were set to 0 */
};

void rows_done(struct row_set *set);

/* A sink that keeps what it is given. It stops the test if a row that is not there is taken away. */
struct tcs_row_sink rows_sink(struct row_set *set);

/* Puts a row in, replacing one of the same key. */
void rows_put(struct row_set *set, struct tcs_bytes key, struct tcs_bytes value);

/* True if both hold the same; otherwise *where gets the place of the first difference. */
bool rows_equal(const struct row_set *a, const struct row_set *b, size_t *where);

/* Loads the rows into a new engine. */
enum tcs_code rows_load(const struct row_set *set, struct tcs_engine *e, struct tcs_err *err);

#endif
