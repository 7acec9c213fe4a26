/*
 * The hash behind our tables: SipHash-1-3 with a secret key.
 *
 * Keys of the tables (process ids, paths, account names) are chosen by the
 * intruder; a keyed hash keeps him from filling one bucket.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
 */
#ifndef TCS_BASE_HASH_H
#define TCS_BASE_HASH_H

#include "base/bytes.h"

struct tcs_hash_key {
    uint64_t k0, k1;
};

/* The hash of any bytes, none included. */
uint64_t tcs_hash(struct tcs_hash_key key, struct tcs_bytes data);

/* The hash of two 64-bit numbers, the same as of their 16 little-endian bytes. */
uint64_t tcs_hash_pair(struct tcs_hash_key key, uint64_t a, uint64_t b);

#endif
