#include "unit.h"

#include "base/crc32.h"

static void known_answers(void **state)
{
    (void)state;
    /* The check value of the catalogue of CRCs (CRC-32/ISO-HDLC), and values that zlib gives. */
    assert_int_equal(tcs_crc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(tcs_crc32(0, "", 0), 0);
    assert_int_equal(tcs_crc32(0, "a", 1), 0xE8B7BE43);
    static const uint8_t zeros[32] = {0}, ones[32] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    assert_int_equal(tcs_crc32(0, zeros, sizeof zeros), 0x190A55AD);
    assert_int_equal(tcs_crc32(0, ones, sizeof ones), 0xFF6CAB0B);
}

/* The checksum of a chunk's header is that of two ranges, one behind the other. */
static void chaining_equals_one_range(void **state)
{
    (void)state;
    uint8_t data[4096];
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)unit_random(&seed);
    uint32_t whole = tcs_crc32(0, data, sizeof data);
    static const size_t cuts[] = {0, 1, 7, 15, 16, 17, 120, 128, 511, 2048, 4095, 4096};
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        uint32_t head = tcs_crc32(0, data, cuts[i]);
        check_int("in two", tcs_crc32(head, data + cuts[i], sizeof data - cuts[i]), whole);
    }
}

/* Bit by bit, as the definition says; the fast one must agree at every length and alignment. */
static uint32_t slow_crc32(const uint8_t *p, size_t len)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static void agrees_with_the_definition(void **state)
{
    (void)state;
    uint8_t data[600];
    uint64_t seed = 2;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)unit_random(&seed);
    for (size_t len = 0; len < 550; len += 1 + len / 16)
        for (size_t at = 0; at < 17; at++)
            assert_int_equal(tcs_crc32(0, data + at, len), slow_crc32(data + at, len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(chaining_equals_one_range),
        cmocka_unit_test(agrees_with_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
