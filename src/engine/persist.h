/*
 * The engine's memory as rows, so that a watcher goes on where it stopped.
 *
 * A row is a key and a value, bytes both. After a batch of events only the
 * rows are handed out that changed; all rows together, loaded into a new
 * engine, make it judge what follows as the old one would have.
 *
 *     key    1 byte class, then numbers of 4 bytes, big-endian: the order of
 *            the keys is the order of loading
 *     value  numbers as varints, texts with their length; see persist_*.c,
 *            where one function writes and reads each kind of row
 *
 * Texts that come from rules (a note, the title of a server) are stored as
 * they were told. What is a worker, listed or an account of the web server is
 * decided anew by the rules that the loading engine has.
 */
#ifndef TCS_ENGINE_PERSIST_H
#define TCS_ENGINE_PERSIST_H

#include "engine/engine.h"

/* Bytes of a key; of a value. What would be longer is refused with LIMIT. */
enum { TCS_ROW_KEY_MOST = 16, TCS_ROW_VALUE_MOST = 32 << 20 };

/* Where rows go. Each function gives OK, or a code that ends the saving and is handed on. */
struct tcs_row_sink {
    void *ctx;
    enum tcs_code (*put)(void *ctx, struct tcs_bytes key, struct tcs_bytes value, struct tcs_err *err);
    enum tcs_code (*del)(void *ctx, struct tcs_bytes key, struct tcs_err *err);
};

/*
 * Hands out the rows that changed since tcs_engine_saved. Nothing of the
 * engine changes by this; if the rows could not be kept, it can be repeated.
 */
enum tcs_code tcs_engine_save(struct tcs_engine *e, const struct tcs_row_sink *sink, struct tcs_err *err);

/* What tcs_engine_save handed out is kept for good: it will not be handed out again. */
void tcs_engine_saved(struct tcs_engine *e);

/* Nothing is kept any more: the next tcs_engine_save hands out everything. For another store. */
void tcs_engine_forget_saved(struct tcs_engine *e);

/*
 * Loading: begin, then row for every row in the order of the keys, then end.
 * The engine must be new. Rows may be damaged or of an enemy's making: every
 * row is checked by itself and against the others.
 *
 * FORMAT: they are no rows, of another version, or do not fit together; LIMIT:
 * the engine's limits are smaller than when they were stored; NOMEM. After an
 * error the engine must not be fed, only freed.
 */
struct tcs_engine_loading;
enum tcs_code tcs_engine_load_begin(struct tcs_engine *e, struct tcs_engine_loading **out,
                                    struct tcs_err *err);
enum tcs_code tcs_engine_load_row(struct tcs_engine_loading *l, struct tcs_bytes key, struct tcs_bytes value,
                                  struct tcs_err *err);

/* Frees the loading, also if a row failed (then its error is given again). Without rows: OK, all is new. */
enum tcs_code tcs_engine_load_end(struct tcs_engine_loading *l, struct tcs_err *err);

#endif
