/* Sizes that come from input are only added and multiplied here: true means the result would not fit. */
#ifndef TCS_BASE_CKD_H
#define TCS_BASE_CKD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool tcs_ckd_add(size_t *sum, size_t a, size_t b)
{
    return __builtin_add_overflow(a, b, sum);
}

static inline bool tcs_ckd_mul(size_t *product, size_t a, size_t b)
{
    return __builtin_mul_overflow(a, b, product);
}

/* True if the range [off, off + len) lies inside [0, size). An empty range at the end does. */
static inline bool tcs_in_range(uint64_t off, uint64_t len, uint64_t size)
{
    return off <= size && len <= size - off;
}

#endif
