#include "model/address.h"

enum { ADDRESS_MOST = 254, NAME_MOST = 64, HOST_MOST = 253 }; /* RFC 5321, 4.5.3.1; RFC 1035 */

/* ---- mailboxes ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* One of the signs of an atom (RFC 5322, 3.2.3), or a dot. */
static bool is_name_char(char c)
{
    return is_letter_or_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain_char(char c)
{
    return is_letter_or_digit(c) || c == '-' || c == '.';
}

static bool has_lone_dots(struct tcs_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] == '.' && (i == 0 || i + 1 == s.len || s.p[i + 1] == '.'))
            return true;
    return s.len == 0;
}

static bool all_are(struct tcs_str s, bool (*is)(char c))
{
    for (size_t i = 0; i < s.len; i++)
        if (!is(s.p[i]))
            return false;
    return true;
}

static bool is_literal_char(char c)
{
    return is_letter_or_digit(c) || c == ':' || c == '.';
}

bool tcs_mail_address_ok(struct tcs_str text, const char **why)
{
    size_t at = tcs_str_rfind(text, '@');
    struct tcs_str name = tcs_str_cut(text, 0, at), domain = tcs_str_cut(text, at + 1, text.len);
    bool is_literal = domain.len > 2 && domain.p[0] == '[' && domain.p[domain.len - 1] == ']';
    *why = NULL;
    if (at == text.len || name.len == 0 || domain.len == 0)
        *why = "it must be name@domain";
    else if (text.len > ADDRESS_MOST || name.len > NAME_MOST)
        *why = "it is too long";
    else if (!all_are(name, is_name_char) || has_lone_dots(name))
        *why = "the name holds signs that are not allowed here";
    else if (is_literal && !all_are(tcs_str_cut(domain, 1, domain.len - 1), is_literal_char))
        *why = "the address in brackets is none";
    else if (!is_literal && (!all_are(domain, is_domain_char) || has_lone_dots(domain)))
        *why = "the domain holds signs that are not allowed here";
    return *why == NULL;
}

/* ---- servers ---- */

static bool is_scheme_char(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A name or number with an underscore allowed: names of containers have them. */
static bool is_host_char(char c)
{
    return is_domain_char(c) || c == '_';
}

static bool parse_port(struct tcs_str text, uint16_t *port)
{
    unsigned n = 0;
    if (text.len == 0 || text.len > 5 || !all_are(text, is_digit))
        return false;
    for (size_t i = 0; i < text.len; i++)
        n = n * 10 + (unsigned)(text.p[i] - '0');
    *port = (uint16_t)n;
    return n > 0 && n <= 65535;
}

bool tcs_endpoint_parse(struct tcs_str text, struct tcs_endpoint *out, const char **why)
{
    *out = (struct tcs_endpoint){0};
    size_t colon = tcs_str_find(text, ':');
    out->scheme = tcs_str_cut(text, 0, colon);
    struct tcs_str rest = tcs_str_cut(text, colon, text.len);
    *why = "it must be written as scheme://host:port";
    if (out->scheme.len == 0 || !all_are(out->scheme, is_scheme_char) ||
        !tcs_str_starts(rest, TCS_STR("://")))
        return false;
    rest = tcs_str_cut(rest, 3, rest.len);
    if (tcs_str_ends(rest, TCS_STR("/")))
        rest = tcs_str_cut(rest, 0, rest.len - 1);
    bool is_literal = rest.len && rest.p[0] == '[';
    size_t end = is_literal ? tcs_str_find(rest, ']') : tcs_str_find(rest, ':');
    out->host = tcs_str_cut(rest, is_literal, end);
    bool is_open = is_literal && end == rest.len;
    rest = tcs_str_cut(rest, end + is_literal, rest.len);
    *why = "a login does not belong into it";
    if (tcs_str_find(rest, '@') < rest.len)
        return false;
    *why = "the host is neither a name nor a number";
    if (is_open || out->host.len == 0 || out->host.len > HOST_MOST ||
        !all_are(out->host, is_literal ? is_literal_char : is_host_char))
        return false;
    *why = "the port is a number from 1 to 65535";
    if (rest.len && (rest.p[0] != ':' || !parse_port(tcs_str_cut(rest, 1, rest.len), &out->port)))
        return false;
    *why = NULL;
    return true;
}

static bool is_number_char(char c)
{
    return is_digit(c) || c == '.';
}

bool tcs_endpoint_is_local(const struct tcs_endpoint *e)
{
    return tcs_str_eq(e->host, TCS_STR("::1")) || tcs_str_eq_ascii_nocase(e->host, TCS_STR("localhost")) ||
           (tcs_str_starts(e->host, TCS_STR("127.")) && all_are(e->host, is_number_char));
}
