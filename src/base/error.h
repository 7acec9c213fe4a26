/*
 * Errors: a few codes that say what the caller must do, and one struct that
 * says what happened and where.
 *
 * A function returns its code and, if it failed, has filled the struct it was
 * given. Code below app/ never prints: it returns the error, or it is the one
 * that handles it.
 */
#ifndef TCS_BASE_ERROR_H
#define TCS_BASE_ERROR_H

#include <stdint.h>

enum tcs_code {
    /* outcomes: the call did what it could, go on */
    TCS_OK = 0,
    TCS_END,   /* nothing more will come */
    TCS_SKIP,  /* this one record is damaged and was stepped over; the next may be whole */
    TCS_AGAIN, /* nothing now, more may come */
    /* errors: the call did nothing */
    TCS_NOMEM,  /* memory could not be had */
    TCS_LIMIT,  /* a limit that was passed in has been reached */
    TCS_FORMAT, /* the bytes are not what they should be */
    TCS_IO,     /* the operating system refused; see os */
    TCS_DENIED, /* no permission */
    TCS_CONFIG, /* the user's words cannot be followed */
    TCS_BUG,    /* cannot happen */
};

/* Where an error has no place in the input. */
#define TCS_NO_OFFSET UINT64_MAX

struct tcs_err {
    enum tcs_code code;
    int os;         /* errno or GetLastError of the failed call, 0 if none */
    uint64_t off;   /* byte offset in the input, TCS_NO_OFFSET if none */
    char text[256]; /* UTF-8, one line without a full stop, cut between characters if it is too long; may
                       quote input, so escape it before a terminal */
};

#define TCS_ERR_INIT                                                                                         \
    {                                                                                                        \
        .code = TCS_OK, .off = TCS_NO_OFFSET                                                                 \
    }

#if defined(__GNUC__) &&                                                                                     \
    !defined(__clang__) /* as C17 has it, also where the system's own is older: Windows */
#define TCS_PRINTF(f, a) __attribute__((format(gnu_printf, f, a)))
#elif defined(__GNUC__)
#define TCS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TCS_PRINTF(f, a)
#endif

/*
 * Records a failure and returns its code, so that raising is one line:
 *     return tcs_fail(err, TCS_FORMAT, off, "chunk header is cut");
 * The first error wins: a struct that already holds one is left alone.
 * err may be NULL.
 */
enum tcs_code tcs_fail(struct tcs_err *err, enum tcs_code code, uint64_t off, const char *fmt, ...)
    TCS_PRINTF(4, 5);

/* As tcs_fail, with the operating system's error number os kept beside the text. */
enum tcs_code tcs_fail_os(struct tcs_err *err, enum tcs_code code, int os, const char *fmt, ...)
    TCS_PRINTF(4, 5);

/* Forgets what err holds, so that it can be used for the next call. */
void tcs_err_clear(struct tcs_err *err);

#endif
