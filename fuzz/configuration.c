#include "configuration.h"

#include <stdio.h>

void fuzz_check_refusal(enum tcs_code code, const struct tcs_err *err)
{
    FUZZ_REQUIRE(code == TCS_CONFIG || code == TCS_LIMIT || code == TCS_NOMEM);
    FUZZ_REQUIRE(err->code == code && err->text[0] != '\0');
    FUZZ_REQUIRE_SAY(fuzz_is_utf8(err->text, strlen(err->text)), err->text);
}

/* A path that the entry is meant for: its own, with a letter for every star. */
static struct tcs_str example_of(const struct tcs_rule_need *need, struct tcs_arena *arena)
{
    char *p = tcs_arena_copy(arena, need->path.p, need->path.len);
    FUZZ_REQUIRE(p != NULL);
    for (size_t i = 0; i < need->path.len; i++)
        p[i] = p[i] == '*' ? 'X' : p[i];
    return (struct tcs_str){p, need->path.len};
}

static bool finds(const struct tcs_ruleset *set, const struct tcs_path *path, enum tcs_windows windows,
                  const struct tcs_rule_need *need)
{
    const struct tcs_rule_need *found = NULL;
    enum tcs_fit fit;
    do
        found = tcs_ruleset_next_need(set, path, false, windows, found, &fit);
    while (found && found != need);
    return found == need && fit == TCS_FIT_FULL;
}

/* An entry that was accepted lets its own program run, else its author is misled. */
static void check_need(const struct tcs_ruleset *set, const struct tcs_rule_need *need)
{
    struct tcs_arena arena;
    tcs_arena_init(&arena, (size_t)4 << 20);
    struct tcs_path path;
    if (tcs_path_normalise(example_of(need, &arena), false, &set->places, &arena, &path))
        FUZZ_REQUIRE_SAY(finds(set, &path, TCS_WINDOWS_BEFORE_VISTA, need) ||
                             finds(set, &path, TCS_WINDOWS_VISTA_ON, need),
                         "an accepted entry fits nothing");
    tcs_arena_done(&arena);
}

void fuzz_check_rules(const struct tcs_rules *rules)
{
    struct tcs_ruleset set;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_str root = rules->system_root.len ? rules->system_root : TCS_STR("C:\\Windows");
    enum tcs_code code = tcs_ruleset_init(&set, rules, root, (struct tcs_hash_key){1, 2}, &err);
    if (code != TCS_OK) {
        fuzz_check_refusal(code, &err);
        return;
    }
    for (size_t i = 0; i < set.need_count; i++)
        check_need(&set, &set.needs[i]);
    tcs_ruleset_done(&set);
}
