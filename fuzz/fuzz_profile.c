/* A profile: any bytes give a profile or a reason, and what is accepted can be compiled. */
#include "configuration.h"

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tcs_str text = {size ? (const char *)data : "", size};
    struct tcs_arena arena;
    struct tcs_profile profile;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_init(&arena, FUZZ_CONFIG_MEMORY);
    enum tcs_code code = tcs_profile_read(text, TCS_STR("fuzz.yaml"), &arena, &profile, &err);
    FUZZ_REQUIRE(arena.used <= arena.limit);
    if (code == TCS_OK)
        fuzz_check_rules(&(struct tcs_rules){.profiles = &profile, .profile_count = 1});
    else
        fuzz_check_refusal(code, &err);
    tcs_arena_done(&arena);
    return 0;
}
