#include "base/fold.h"

#include "base/fold_table.h"
#include "base/utf.h"

uint32_t tcs_fold_cp(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z' ? cp - 'a' + 'A' : cp;
    size_t low = 0;
    size_t high = sizeof fold_table / sizeof fold_table[0];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (fold_table[mid].lower == cp)
            return fold_table[mid].upper;
        if (fold_table[mid].lower < cp)
            low = mid + 1;
        else
            high = mid;
    }
    return cp;
}

void tcs_fold(struct tcs_str in, char *out)
{
    struct tcs_bytes text = {(const uint8_t *)in.p, in.len};
    bool damaged = false;
    for (size_t at = 0; at < in.len;) {
        if (text.p[at] < 0x80) {
            out[at] = (char)tcs_fold_cp(text.p[at]);
            at++;
            continue;
        }
        size_t from = at;
        char encoded[4];
        /* Every pair of the table lies in one length class (two bytes), so the text keeps its length. */
        size_t len = tcs_utf8_encode(tcs_fold_cp(tcs_utf8_next(text, &at, &damaged)), encoded);
        memcpy(out + from, encoded, len < at - from ? len : at - from);
    }
}

bool tcs_fold_eq(struct tcs_str a, struct tcs_str b)
{
    if (a.len != b.len)
        return false;
    if (a.len == 0 || memcmp(a.p, b.p, a.len) == 0)
        return true;
    struct tcs_bytes x = {(const uint8_t *)a.p, a.len};
    struct tcs_bytes y = {(const uint8_t *)b.p, b.len};
    bool damaged = false;
    size_t i = 0, j = 0;
    while (i < a.len && j < b.len)
        if (tcs_fold_cp(tcs_utf8_next(x, &i, &damaged)) != tcs_fold_cp(tcs_utf8_next(y, &j, &damaged)))
            return false;
    return i == a.len && j == b.len;
}
