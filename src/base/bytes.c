#include "base/bytes.h"

static char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool same_ascii_nocase(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (ascii_upper(a[i]) != ascii_upper(b[i]))
            return false;
    return true;
}

bool tcs_str_eq_ascii_nocase(struct tcs_str a, struct tcs_str b)
{
    return a.len == b.len && same_ascii_nocase(a.p, b.p, a.len);
}

size_t tcs_str_rfind(struct tcs_str s, char c)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.p[i - 1] == c)
            return i - 1;
    return s.len;
}

bool tcs_str_has_ascii_nocase(struct tcs_str s, struct tcs_str needle)
{
    if (needle.len > s.len)
        return false;
    for (size_t i = 0; i + needle.len <= s.len; i++)
        if (same_ascii_nocase(s.p + i, needle.p, needle.len))
            return true;
    return false;
}
