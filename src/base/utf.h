/*
 * Text encodings. Inside tocsin text is well-formed UTF-8; logs hold UTF-16LE
 * and, rarely, bytes of an unknown ANSI code page.
 *
 * Nothing is ever dropped: what is not text (a stray surrogate, a broken
 * sequence) becomes U+FFFD, one per unit, and the caller is told.
 */
#ifndef TCS_BASE_UTF_H
#define TCS_BASE_UTF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"

#define TCS_REPLACEMENT 0xFFFDu

/* UTF-16LE units at any alignment. */
struct tcs_utf16 {
    const uint8_t *p;
    size_t units; /* 16-bit units */
};

/*
 * Takes one code point from text, advancing *at (units). Unpaired surrogates
 * give U+FFFD and set *damaged. *at must be < text.units.
 */
uint32_t tcs_utf16_next(struct tcs_utf16 text, size_t *at, bool *damaged);

/*
 * Takes one code point from bytes that should be UTF-8, advancing *at. An
 * ill-formed sequence (overlong, surrogate, cut, above U+10FFFF) gives U+FFFD
 * for its first byte and sets *damaged. *at must be < text.len.
 */
uint32_t tcs_utf8_next(struct tcs_bytes text, size_t *at, bool *damaged);

/* The first `most` bytes, less what would cut a character in two. */
struct tcs_str tcs_utf8_cut(struct tcs_str s, size_t most);

/* Writes one code point (<= U+10FFFF) to out; gives the bytes written, 1 to 4. */
size_t tcs_utf8_encode(uint32_t cp, char out[4]);

/* Appends text as UTF-8. True if something had to be replaced. */
bool tcs_buf_utf16(struct tcs_buf *b, struct tcs_utf16 text);

/* Appends bytes of Windows code page 1252 as UTF-8; the five undefined bytes keep their number (C1). */
void tcs_buf_cp1252(struct tcs_buf *b, struct tcs_bytes text);

/* Appends bytes that should be UTF-8, repaired. True if something had to be replaced. */
bool tcs_buf_utf8(struct tcs_buf *b, struct tcs_bytes text);

/*
 * The text as UTF-8 in the arena; damaged is set (never cleared) if something
 * had to be replaced, ok tells whether memory sufficed.
 */
struct tcs_str tcs_utf16_to_str(struct tcs_arena *a, struct tcs_utf16 text, bool *damaged, bool *ok);

#endif
