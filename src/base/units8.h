/*
 * Eight UTF-16 units at a time: what texts of logs are converted with. Most
 * of them is ASCII that stands for itself; eight such units become eight
 * bytes in a few instructions.
 *
 * By the compiler's vectors, so there is one source for all processors.
 */
#ifndef TCS_BASE_UNITS8_H
#define TCS_BASE_UNITS8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TCS_UNITS8 = 8 };

typedef uint16_t tcs_units8 __attribute__((vector_size(16)));
typedef uint8_t tcs_bytes8 __attribute__((vector_size(8)));

/* Eight units from p on, little-endian, at any alignment. */
static inline tcs_units8 tcs_units8_load(const uint8_t *p)
{
    tcs_units8 v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = v << 8 | v >> 8;
#endif
    return v;
}

/* Writes the low bytes of the eight units. */
static inline void tcs_units8_store(tcs_units8 v, char *out)
{
    tcs_bytes8 bytes = __builtin_convertvector(v, tcs_bytes8);
    memcpy(out, &bytes, sizeof bytes);
}

/* How many units stand before the first whose place in `found` is not zero; found holds 0 and 0xFFFF only. */
static inline unsigned tcs_units8_before(tcs_units8 found)
{
    tcs_bytes8 bytes = __builtin_convertvector(found, tcs_bytes8);
    uint64_t word;
    memcpy(&word, &bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return word ? (unsigned)__builtin_clzll(word) / 8 : TCS_UNITS8;
#else
    return word ? (unsigned)__builtin_ctzll(word) / 8 : TCS_UNITS8;
#endif
}

#endif
