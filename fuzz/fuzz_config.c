/* The configuration file: any bytes give a configuration or a reason, and what is accepted can be used. */
#include "configuration.h"

#include "config/config.h"

static enum tcs_code read_config(struct tcs_str text, struct tcs_arena *arena, struct tcs_config *config,
                                 struct tcs_err *err)
{
    tcs_arena_init(arena, FUZZ_CONFIG_MEMORY);
    enum tcs_code code = tcs_config_read(text, TCS_STR("fuzz.yaml"), arena, config, err);
    FUZZ_REQUIRE(arena->used <= arena->limit);
    return code;
}

static void check_values(const struct tcs_config *c)
{
    const char *why;
    for (size_t i = 0; i < c->allow_count; i++)
        FUZZ_REQUIRE(tcs_need_path_ok(c->allow[i].path, &why));
    FUZZ_REQUIRE(c->min_severity < TCS_SEVERITY_COUNT);
    FUZZ_REQUIRE(c->system_root.len == 0 || c->system_root.len > 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tcs_str text = {size ? (const char *)data : "", size};
    struct tcs_arena arena, again;
    struct tcs_config config, same;
    struct tcs_err err = TCS_ERR_INIT, same_err = TCS_ERR_INIT;
    enum tcs_code code = read_config(text, &arena, &config, &err);
    FUZZ_REQUIRE(read_config(text, &again, &same, &same_err) == code);
    FUZZ_REQUIRE(strcmp(err.text, same_err.text) == 0);
    if (code == TCS_OK) {
        check_values(&config);
        fuzz_check_rules(&(struct tcs_rules){
            .allow = config.allow,
            .allow_count = config.allow_count,
            .accounts = config.accounts,
            .workers = config.workers,
            .worker_count = config.worker_count,
            .volumes = config.volumes,
            .volume_count = config.volume_count,
            .system_root = config.system_root,
        });
    } else {
        fuzz_check_refusal(code, &err);
    }
    tcs_arena_done(&arena);
    tcs_arena_done(&again);
    return 0;
}
