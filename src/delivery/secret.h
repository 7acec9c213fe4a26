/* Secrets of channels: read when a channel is opened, from where nobody else can read them. */
#ifndef TCS_DELIVERY_SECRET_H
#define TCS_DELIVERY_SECRET_H

#include "base/arena.h"
#include "base/error.h"
#include "model/channel.h"

/* Bytes of a secret. */
enum { TCS_SECRET_MOST = 4096 };

/*
 * The secret as a text in arena, ended by a NUL behind it; one line end at
 * its end is left out. Empty if none is configured. CONFIG: others can read
 * the file, the variable is not set, the secret is empty or holds a NUL or a
 * line end; DENIED, IO: it cannot be read. what: "the password".
 */
enum tcs_code tcs_secret_read(const struct tcs_secret *secret, const char *what, struct tcs_arena *arena,
                              struct tcs_str *out, struct tcs_err *err);

/* A text with a NUL behind it, for libraries that want one; NULL without memory. */
const char *tcs_cstr(struct tcs_arena *arena, struct tcs_str s);

#endif
