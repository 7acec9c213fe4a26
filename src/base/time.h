/*
 * Points in time: 100 ns ticks since 1970-01-01 00:00 UTC, the resolution of
 * Windows. Only event times; nothing here reads a clock.
 */
#ifndef TCS_BASE_TIME_H
#define TCS_BASE_TIME_H

#include "base/buf.h"
#include "base/bytes.h"

struct tcs_time {
    int64_t ticks;
};

#define TCS_TICKS_PER_SECOND INT64_C(10000000)

/* A FILETIME (100 ns since 1601) as it stands in a log. Values no calendar has are clamped, 0 stays 1601. */
struct tcs_time tcs_time_of_filetime(uint64_t filetime);

/* Seconds since 1970, as .evt stores them (unsigned, good until 2106). */
struct tcs_time tcs_time_of_unix(uint32_t seconds);

/* A SYSTEMTIME: eight little-endian 16-bit words (year, month, weekday, day, hour, minute, second, ms).
 * False if it names no point in time; all zero means unset. */
bool tcs_time_of_systemtime(const uint8_t words[16], struct tcs_time *out);

/* The FILETIME of 1601, which Windows writes for "no time". */
bool tcs_time_is_unset(struct tcs_time t);

/* Seconds from a to b, rounded towards zero; saturates. */
int64_t tcs_time_seconds_between(struct tcs_time a, struct tcs_time b);

static inline bool tcs_time_before(struct tcs_time a, struct tcs_time b)
{
    return a.ticks < b.ticks;
}

/* 2003-01-17T09:17:07.0000000Z: always seven digits of the fraction, so that times sort as texts. */
void tcs_buf_time(struct tcs_buf *b, struct tcs_time t);

/* 2003-01-17 09:17:07.123 +00:00 for people: milliseconds, and always the offset. */
void tcs_buf_time_human(struct tcs_buf *b, struct tcs_time t);

/* Fri, 17 Jan 2003 09:17:07 +0000 as mail has it (RFC 5322), and 2003-01-17T09:17:07.123456Z as syslog (RFC
 * 5424). */
void tcs_buf_time_mail(struct tcs_buf *b, struct tcs_time t);
void tcs_buf_time_syslog(struct tcs_buf *b, struct tcs_time t);

/*
 * Reads a date (2003-01-17), a date with time (T or blank between, seconds and
 * fraction optional) and an optional offset (Z, +hh:mm, -hhmm; none means UTC).
 * False if the text is anything else.
 */
bool tcs_time_parse(struct tcs_str text, struct tcs_time *out);

#endif
