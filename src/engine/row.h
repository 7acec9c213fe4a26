/*
 * Writing and reading a row by the same words: each function carries one
 * value, out of a variable into the row when saving, out of the row into the
 * variable when loading. So both directions cannot differ.
 *
 * When loading, what does not fit sets `bad` for good, and the variables keep
 * harmless values; a row is carried whole and asked once. Texts and bytes
 * that are loaded are views of the row.
 */
#ifndef TCS_ENGINE_ROW_H
#define TCS_ENGINE_ROW_H

#include "base/cursor.h"
#include "engine/state.h"

struct row {
    struct tcs_buf *out;  /* saving; NULL when loading */
    struct tcs_cursor in; /* loading */
    bool bad;
};

static inline bool row_loads(const struct row *r)
{
    return r->out == NULL;
}

/* A number of at most `most`. */
void row_u64(struct row *r, uint64_t *v, uint64_t most);
void row_u32(struct row *r, uint32_t *v, uint32_t most);
void row_u16(struct row *r, uint16_t *v, uint16_t most);
void row_u8(struct row *r, uint8_t *v, uint8_t most);
void row_bool(struct row *r, bool *v);
/* A count of things of which each takes at least one byte of the row. */
void row_count(struct row *r, size_t *v, size_t most);
/* A place below end, or NONE. */
void row_place(struct row *r, uint32_t *v, uint32_t end);
/* A point in time that no arithmetic with spans of years makes overflow. */
void row_time(struct row *r, struct tcs_time *t);
/* Well-formed UTF-8, at most `most` bytes. */
void row_str(struct row *r, struct tcs_str *s, size_t most);
void row_bytes(struct row *r, struct tcs_bytes *b, size_t most);
/* So many bytes as they are. */
void row_raw(struct row *r, void *p, size_t len);
void row_sid(struct row *r, struct tcs_sid *sid);

#endif
