#include "base/hash.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotl(s->v1, 13) ^ s->v0;
    s->v0 = rotl(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotl(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotl(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotl(s->v1, 17) ^ s->v2;
    s->v2 = rotl(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static struct sip sip_start(struct tcs_hash_key key)
{
    return (struct sip){key.k0 ^ UINT64_C(0x736f6d6570736575), key.k1 ^ UINT64_C(0x646f72616e646f6d),
                        key.k0 ^ UINT64_C(0x6c7967656e657261), key.k1 ^ UINT64_C(0x7465646279746573)};
}

static uint64_t sip_end(struct sip *s)
{
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t tcs_hash(struct tcs_hash_key key, struct tcs_bytes data)
{
    struct sip s = sip_start(key);
    size_t whole = data.len & ~(size_t)7;
    for (size_t at = 0; at < whole; at += 8)
        sip_word(&s, tcs_le64(data.p + at));
    uint64_t last = (uint64_t)data.len << 56;
    for (size_t i = whole; i < data.len; i++)
        last |= (uint64_t)data.p[i] << (8 * (i - whole));
    sip_word(&s, last);
    return sip_end(&s);
}

uint64_t tcs_hash_pair(struct tcs_hash_key key, uint64_t a, uint64_t b)
{
    struct sip s = sip_start(key);
    sip_word(&s, a);
    sip_word(&s, b);
    sip_word(&s, UINT64_C(16) << 56);
    return sip_end(&s);
}
