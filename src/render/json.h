/* Writing JSON step by step; commas come by themselves. */
#ifndef TCS_RENDER_JSON_H
#define TCS_RENDER_JSON_H

#include "render/escape.h"

struct tcs_json {
    struct tcs_buf *b;
    bool needs_comma;
};

void tcs_json_open(struct tcs_json *j, char bracket);  /* { or [ */
void tcs_json_close(struct tcs_json *j, char bracket); /* } or ] */
void tcs_json_key(struct tcs_json *j, struct tcs_str key);
void tcs_json_str(struct tcs_json *j, struct tcs_str s);
void tcs_json_u64(struct tcs_json *j, uint64_t n);
void tcs_json_i64(struct tcs_json *j, int64_t n);
void tcs_json_bool(struct tcs_json *j, bool value);
void tcs_json_null(struct tcs_json *j);
void tcs_json_time(struct tcs_json *j, struct tcs_time t);

/*
 * A value of a record: numbers as numbers (beyond 2^53 as text, because most
 * parsers keep no more), booleans as such, everything else as text.
 */
void tcs_json_value(struct tcs_json *j, struct tcs_value v);

/* Key and value in one, with a constant key; the _opt forms leave out what is empty. */
void tcs_json_pair_str(struct tcs_json *j, const char *key, struct tcs_str s);
void tcs_json_opt_str(struct tcs_json *j, const char *key, struct tcs_str s);
void tcs_json_pair_u64(struct tcs_json *j, const char *key, uint64_t n);

#endif
