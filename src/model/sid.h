/* Security identifiers, as Windows stores them: [MS-DTYP] 2.4.2.2. */
#ifndef TCS_MODEL_SID_H
#define TCS_MODEL_SID_H

#include "base/buf.h"
#include "base/bytes.h"

enum { TCS_SID_SUBS_MAX = 15, TCS_SID_LEN_MAX = 8 + 4 * TCS_SID_SUBS_MAX };

/*
 * | off | size | field                                              |
 * |  0  |  1   | revision, 1                                        |
 * |  1  |  1   | number of sub-authorities n, at most 15            |
 * |  2  |  6   | authority, big-endian                              |
 * |  8  |  4n  | sub-authorities, little-endian                     |
 */
struct tcs_sid {
    uint8_t len; /* bytes used, 0 if there is no SID */
    uint8_t b[TCS_SID_LEN_MAX];
};

/* True if raw is exactly one SID: known size, its length what its count says. */
bool tcs_sid_from_bytes(struct tcs_bytes raw, struct tcs_sid *out);

/* Reads S-1-5-18 and the like; the authority may be decimal or 0x hexadecimal. */
bool tcs_sid_from_text(struct tcs_str text, struct tcs_sid *out);

/* Appends S-1-5-18. A SID of length 0 appends nothing. */
void tcs_buf_sid(struct tcs_buf *b, const struct tcs_sid *sid);

/* Compares the bytes; unknown SIDs (length 0) are equal to each other. */
bool tcs_sid_eq(const struct tcs_sid *a, const struct tcs_sid *b);

/* True if sid begins with all parts of head, as S-1-5-82-1-2-3-4-5 begins with S-1-5-82. */
bool tcs_sid_below(const struct tcs_sid *sid, const struct tcs_sid *head);

/* S-1-0-0, "nobody", which stands for a missing account. */
bool tcs_sid_is_null(const struct tcs_sid *sid);

#endif
