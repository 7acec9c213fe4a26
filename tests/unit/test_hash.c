#include "unit.h"

#include "base/hash.h"

/* Bytes 0, 1, 2, ..., 15 as key, as in the paper. */
static const struct tcs_hash_key paper_key = {UINT64_C(0x0706050403020100), UINT64_C(0x0F0E0D0C0B0A0908)};

static void put64(uint8_t *p, uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(n >> (8 * i));
}

/* Input 0, 1, 2, ...: from an implementation by the paper whose SipHash-2-4 gives the paper's test vector. */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint64_t want;
    } cases[] = {
        {0, UINT64_C(0xabac0158050fc4dc)},  {1, UINT64_C(0xc9f49bf37d57ca93)},  {7, UINT64_C(0xd3927d989bb11140)},
        {8, UINT64_C(0x369095118d299a8e)},  {9, UINT64_C(0x25a48eb36c063de4)},  {15, UINT64_C(0xd320d86d2a519956)},
        {16, UINT64_C(0xcc4fdd1a7d908b66)}, {63, UINT64_C(0x9d199062b7bbb3a8)},
    };
    uint8_t bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int("SipHash-1-3", tcs_hash(paper_key, (struct tcs_bytes){bytes, cases[i].len}), cases[i].want);
}

static void a_pair_is_its_bytes(void **state)
{
    (void)state;
    uint64_t seed = 6;
    for (int i = 0; i < 1000; i++) {
        struct tcs_hash_key key = {unit_random(&seed), unit_random(&seed)};
        uint64_t a = unit_random(&seed), b = i % 3 ? unit_random(&seed) : 0;
        uint8_t bytes[16];
        put64(bytes, a);
        put64(bytes + 8, b);
        assert_int_equal(tcs_hash_pair(key, a, b), tcs_hash(key, (struct tcs_bytes){bytes, 16}));
    }
}

static void everything_counts(void **state)
{
    (void)state;
    uint64_t h = tcs_hash(paper_key, BYTES("cmd.exe"));
    assert_int_not_equal(h, tcs_hash(paper_key, BYTES("cmd.exf")));
    /* the length, also where only zeros are added */
    assert_int_not_equal(tcs_hash(paper_key, BYTES("")), tcs_hash(paper_key, BYTES("\0")));
    assert_int_not_equal(tcs_hash(paper_key, BYTES("a\0\0")), tcs_hash(paper_key, BYTES("a\0")));
    /* the key: whoever does not know it cannot aim at a bucket */
    struct tcs_hash_key other = paper_key;
    other.k0 ^= 1;
    assert_int_not_equal(h, tcs_hash(other, BYTES("cmd.exe")));
    other = paper_key;
    other.k1 ^= UINT64_C(1) << 63;
    assert_int_not_equal(h, tcs_hash(other, BYTES("cmd.exe")));
    assert_int_not_equal(tcs_hash_pair(paper_key, 1, 2), tcs_hash_pair(paper_key, 2, 1));
}

/* Process ids are small multiples of 4: the low bits, by which a table places them, must be spread all the same. */
static void small_numbers_spread(void **state)
{
    (void)state;
    enum { BUCKETS = 1024, KEYS = 65536 };
    static unsigned filled[BUCKETS];
    for (uint64_t pid = 0; pid < KEYS; pid++)
        filled[tcs_hash_pair(paper_key, 0, 4 * pid) % BUCKETS]++;
    /* 64 on average, standard deviation 8 */
    for (unsigned i = 0; i < BUCKETS; i++)
        assert_in_range(filled[i], 20, 120);
}

/* Each bit of the input changes about half of the bits of the output. */
static void bits_avalanche(void **state)
{
    (void)state;
    uint64_t base = tcs_hash_pair(paper_key, 0, 0);
    unsigned changed = 0;
    for (unsigned bit = 0; bit < 128; bit++) {
        uint64_t a = bit < 64 ? UINT64_C(1) << bit : 0, b = bit >= 64 ? UINT64_C(1) << (bit - 64) : 0;
        changed += (unsigned)__builtin_popcountll(base ^ tcs_hash_pair(paper_key, a, b));
    }
    assert_in_range(changed, 128 * 28, 128 * 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_pair_is_its_bytes),
        cmocka_unit_test(everything_counts),
        cmocka_unit_test(small_numbers_spread),
        cmocka_unit_test(bits_avalanche),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
