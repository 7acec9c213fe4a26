/*
 * What all unit tests share: cmocka, checks that say which case of a table
 * failed, and random numbers that are the same in every run.
 */
#ifndef TCS_TESTS_UNIT_H
#define TCS_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A slice of a literal that may hold NULs, for static tables of raw bytes. */
#define BYTES_INIT(lit)                                                                                      \
    {                                                                                                        \
        (const uint8_t *)(lit), sizeof(lit) - 1                                                              \
    }
#define BYTES(lit) ((struct tcs_bytes)BYTES_INIT(lit))

/* Texts of the tests are hostile: shown with \xNN for what is not printable ASCII. */
static inline void unit_show(char out[1024], struct tcs_str s)
{
    size_t at = 0;
    for (size_t i = 0; i < s.len && at + 5 < 1024; i++) {
        unsigned char c = (unsigned char)s.p[i];
        at += (size_t)snprintf(out + at, 1024 - at, c >= 0x20 && c < 0x7F ? "%c" : "\\x%02X", c);
    }
    out[at] = '\0';
}

/* Fails with the name of the case if the texts differ. */
static inline void check_str(const char *what, struct tcs_str got, struct tcs_str want)
{
    char shown_got[1024], shown_want[1024];
    if (tcs_str_eq(got, want))
        return;
    unit_show(shown_got, got);
    unit_show(shown_want, want);
    fail_msg("%s: got \"%s\", want \"%s\"", what, shown_got, shown_want);
}

static inline void check_text(const char *what, struct tcs_str got, const char *want)
{
    check_str(what, got, tcs_str_of(want));
}

static inline void check_buf(const char *what, const struct tcs_buf *got, const char *want)
{
    check_str(what, tcs_buf_view(got), tcs_str_of(want));
}

/* The same for numbers; texts and signs of both are lost in the same way, so any integers may be compared. */
#define check_int(what, got, want) check_number((what), (long long)(got), (long long)(want))
static inline void check_number(const char *what, long long got, long long want)
{
    if (got != want)
        fail_msg("%s: got %lld (0x%llx), want %lld (0x%llx)", what, got, (unsigned long long)got, want,
                 (unsigned long long)want);
}

#define check_true(what, condition)                                                                          \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            fail_msg("%s: not so: %s", (what), #condition);                                                  \
    } while (0)

/* True if the error's text holds the words. */
static inline void check_says(const char *what, const struct tcs_err *err, const char *words)
{
    if (strstr(err->text, words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", what, err->text, words);
}

/* SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to shuffle test cases. */
static inline uint64_t unit_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* A number below n. */
static inline size_t unit_random_below(uint64_t *state, size_t n)
{
    return (size_t)(unit_random(state) % n);
}

/* ASCII as UTF-16LE into out; gives the bytes written. */
static inline size_t unit_utf16(const char *ascii, uint8_t *out)
{
    size_t len = 0;
    for (; *ascii; ascii++) {
        out[len++] = (uint8_t)*ascii;
        out[len++] = 0;
    }
    return len;
}

#endif
