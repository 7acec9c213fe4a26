/*
 * Sources that used to speak and do not any more.
 *
 * Each source (a log of a computer) has a rhythm: the longest silences of
 * its last days. One that is silent for much longer is a source that was
 * cut off: by an intruder, a broken forwarder, a full disk. What is told once
 * is told again only after it has spoken in between.
 *
 * Time is a number of milliseconds that never steps (platform's monotonic
 * clock): a clock that is set makes nobody silent. While nobody listens,
 * nothing is learned and nothing is told.
 */
#ifndef TCS_ENGINE_SILENCE_H
#define TCS_ENGINE_SILENCE_H

#include "base/buf.h"
#include "base/hash.h"

struct tcs_silence;

struct tcs_silence_limits {
    uint32_t sources;       /* remembered at most; the one not heard for longest is forgotten */
    uint64_t learn_ms;      /* listened to for so long, a rhythm counts as learned */
    uint64_t shortest_ms;   /* no learned bound is shorter */
    uint64_t longest_ms;    /* nor longer: then it is told in any case */
    unsigned times_longest; /* the learned bound: so many times the longest silence of the last days */
};

extern const struct tcs_silence_limits tcs_default_silence_limits;

/* NULL without memory. limits must outlive it. */
struct tcs_silence *tcs_silence_new(const struct tcs_silence_limits *limits, struct tcs_hash_key key);
void tcs_silence_free(struct tcs_silence *s);

/* A source that is silent for longer than it ever is, or than its configured bound allows. */
struct tcs_silent_source {
    struct tcs_str name; /* as given to heard */
    uint64_t silent_ms;  /* so far */
    uint64_t bound_ms;   /* after which it is told */
    bool is_configured;  /* the bound was given, not learned */
    bool speaks_again;   /* it was told as silent and has spoken: silent_ms is how long it was */
};

/*
 * The source has spoken at now_ms. bound_ms: the configured bound, 0 to learn
 * one. True if it had been told as silent; then *after is filled (its name is
 * good until the next call).
 */
bool tcs_silence_heard(struct tcs_silence *s, struct tcs_str name, uint64_t now_ms, uint64_t bound_ms,
                       struct tcs_silent_source *after);

/*
 * The next source that has become silent by now_ms and was not told, until
 * there is none (false). Calling it often costs little: nothing is looked at
 * before the first of them can be due.
 */
bool tcs_silence_next(struct tcs_silence *s, uint64_t now_ms, struct tcs_silent_source *out);

/* Nobody has listened until now_ms: what was silence up to here does not count. To be called at a start. */
void tcs_silence_resume(struct tcs_silence *s, uint64_t now_ms);

/*
 * What was learned, source by source, as bytes to be stored and read again
 * (version, little-endian numbers, name). index: 0, 1, ... until false. The
 * clock's own values are not among them: another boot has another clock.
 * Nothing is appended for a place that is free.
 */
bool tcs_silence_save(const struct tcs_silence *s, uint32_t index, struct tcs_buf *out);
/* False if the bytes are none of ours. now_ms: it counts as heard then. */
bool tcs_silence_load(struct tcs_silence *s, struct tcs_bytes saved, uint64_t now_ms);

/* How many sources are remembered. */
uint32_t tcs_silence_count(const struct tcs_silence *s);

#endif
