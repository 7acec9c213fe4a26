/* HMAC with SHA-256 (RFC 2104, FIPS 198-1) over libmd's SHA-256. */
#ifndef TCS_BASE_HMAC_H
#define TCS_BASE_HMAC_H

#include "base/bytes.h"

enum { TCS_HMAC_SHA256_BYTES = 32 };

/* The code of all parts, one behind the other. */
void tcs_hmac_sha256(struct tcs_bytes key, const struct tcs_bytes *parts, size_t count,
                     uint8_t out[TCS_HMAC_SHA256_BYTES]);

#endif
