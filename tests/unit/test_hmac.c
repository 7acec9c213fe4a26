#include "unit.h"

#include "base/hmac.h"

/* RFC 4231, all test cases but the fifth, which is cut off. */
static void as_the_rfc_says(void **state)
{
    (void)state;
    static uint8_t aa131[131], dd50[50], cd50[50], k25[25], b20[20];
    memset(aa131, 0xAA, sizeof aa131);
    memset(dd50, 0xDD, sizeof dd50);
    memset(cd50, 0xCD, sizeof cd50);
    memset(b20, 0x0B, sizeof b20);
    for (uint8_t i = 0; i < 25; i++)
        k25[i] = i + 1;
    const struct {
        struct tcs_bytes key, text;
        const char *want; /* as much as the RFC gives */
    } cases[] = {
        {{b20, 20}, BYTES("Hi There"), "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"},
        {BYTES("Jefe"), BYTES("what do ya want for nothing?"),
         "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"},
        {{aa131, 20}, {dd50, 50}, "773EA91E36800E46854DB8EBD09181A72959098B3EF8C122D9635514CED565FE"},
        {{k25, 25}, {cd50, 50}, "82558A389A443C0EA4CC819899F2083A85F0FAA3E578F8077A2E3FF46729665B"},
        {{aa131, 131},
         BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54"},
        {{aa131, 131},
         BYTES("This is a test using a larger than block-size key and a larger than block-size data. The key "
               "needs to be hashed before being used by the HMAC algorithm."),
         "9B09FFA71B942FCB27635FBCD5B0E944BFDC63644F0713938A7F51535C3A35E2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t code[TCS_HMAC_SHA256_BYTES];
        struct tcs_buf hex;
        tcs_buf_init(&hex, 128);
        tcs_hmac_sha256(cases[i].key, &cases[i].text, 1, code);
        tcs_buf_hex_bytes(&hex, (struct tcs_bytes){code, sizeof code});
        check_buf("whole", &hex, cases[i].want);
        /* In two parts, and an empty one between, it is the same. */
        struct tcs_bytes parts[3] = {
            {cases[i].text.p, 3}, {NULL, 0}, {cases[i].text.p + 3, cases[i].text.len - 3}};
        tcs_hmac_sha256(cases[i].key, parts, 3, code);
        tcs_buf_clear(&hex);
        tcs_buf_hex_bytes(&hex, (struct tcs_bytes){code, sizeof code});
        check_buf("in parts", &hex, cases[i].want);
        tcs_buf_done(&hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_rfc_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
