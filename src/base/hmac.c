#include "base/hmac.h"

#include <sha2.h>

enum { INNER = 0x36, OUTER = 0x5C };

/* Starts a hash with the key, each byte changed by pad. */
static void begin(SHA2_CTX *sha, const uint8_t key[SHA256_BLOCK_LENGTH], uint8_t pad)
{
    uint8_t block[SHA256_BLOCK_LENGTH];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    SHA256Init(sha);
    SHA256Update(sha, block, sizeof block);
}

void tcs_hmac_sha256(struct tcs_bytes key, const struct tcs_bytes *parts, size_t count,
                     uint8_t out[TCS_HMAC_SHA256_BYTES])
{
    uint8_t block[SHA256_BLOCK_LENGTH] = {0};
    SHA2_CTX sha;
    if (key.len > sizeof block) {
        SHA256Init(&sha);
        SHA256Update(&sha, key.p, key.len);
        SHA256Final(block, &sha);
    } else if (key.len) {
        memcpy(block, key.p, key.len);
    }
    begin(&sha, block, INNER);
    for (size_t i = 0; i < count; i++)
        SHA256Update(&sha, parts[i].p, parts[i].len);
    SHA256Final(out, &sha);
    begin(&sha, block, OUTER);
    SHA256Update(&sha, out, TCS_HMAC_SHA256_BYTES);
    SHA256Final(out, &sha);
}
