/*
 * Addresses as the configuration has them: of mailboxes, and of servers as
 * scheme://host:port. Both end up in protocols of lines, so what could end a
 * line or a word there is no address.
 */
#ifndef TCS_MODEL_ADDRESS_H
#define TCS_MODEL_ADDRESS_H

#include "base/bytes.h"

/*
 * True if text is a mail address as we send to: name@domain of letters,
 * digits and the signs that need no quotes; domain may be one word, or an
 * address in brackets. *why says what is wrong.
 */
bool tcs_mail_address_ok(struct tcs_str text, const char **why);

/* Where a server is. host is a name or a number, without the brackets of IPv6. */
struct tcs_endpoint {
    struct tcs_str scheme; /* "smtp"; as written */
    struct tcs_str host;
    uint16_t port; /* 0: not said */
};

/*
 * Reads scheme://host, scheme://host:port or scheme://[IPv6]:port; a slash may
 * follow, and nothing else: no login, no path. *why says what is wrong.
 */
bool tcs_endpoint_parse(struct tcs_str text, struct tcs_endpoint *out, const char **why);

/* True if the host is this computer by its address or name: 127.x.x.x, ::1, localhost. */
bool tcs_endpoint_is_local(const struct tcs_endpoint *e);

#endif
