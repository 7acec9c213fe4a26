/*
 * The one form of a path, what fits a pattern, and what a list may hold.
 *
 * Input, a line each: a path as logged, a pattern or entry of a list, the
 * system root, the device name of a volume.
 */
#include "configuration.h"

#include "base/fold.h"

enum { TEXT_MOST = 400 };

/* Whether text from t on fits pattern from p on, worked out cell by cell: slow, and easy to see that it is
 * right. */
static bool fits_plainly(struct tcs_str text, struct tcs_str pattern, bool stops_at_backslash)
{
    static bool fits[TEXT_MOST + 2][TEXT_MOST + 2];
    for (size_t t = text.len + 1; t-- > 0;) {
        for (size_t p = pattern.len + 1; p-- > 0;) {
            bool here = t < text.len;
            if (p == pattern.len)
                fits[t][p] = !here;
            else if (pattern.p[p] == '*')
                fits[t][p] =
                    fits[t][p + 1] || (here && !(stops_at_backslash && text.p[t] == '\\') && fits[t + 1][p]);
            else
                fits[t][p] = here && text.p[t] == pattern.p[p] && fits[t + 1][p + 1];
        }
    }
    return fits[0][0];
}

static bool path_fits_plainly(struct tcs_str path, struct tcs_str pattern)
{
    if (!tcs_str_starts(pattern, TCS_STR("**\\")))
        return fits_plainly(path, pattern, true);
    struct tcs_str rest = tcs_str_cut(pattern, 3, pattern.len);
    for (size_t at = 0; at <= path.len; at++) {
        bool begins = at == 0 || path.p[at - 1] == '\\';
        if (begins && fits_plainly(tcs_str_cut(path, at, path.len), rest, true))
            return true;
    }
    return false;
}

static void check_patterns(struct tcs_str text, struct tcs_str pattern)
{
    FUZZ_REQUIRE(tcs_path_fits(text, pattern) == path_fits_plainly(text, pattern));
    FUZZ_REQUIRE(tcs_text_fits(text, pattern) == fits_plainly(text, pattern, false));
}

/* What the kind of a path promises of its form. */
static bool form_fits_kind(const struct tcs_path *path)
{
    struct tcs_str s = path->folded;
    switch (path->kind) {
    case TCS_PATH_NONE:
        return s.len == 0;
    case TCS_PATH_DRIVE:
        return s.len >= 3 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] == ':' && s.p[2] == '\\';
    case TCS_PATH_ROOTED:
        return s.len >= 2 && s.p[0] == '\\' && s.p[1] != '\\';
    case TCS_PATH_NAME:
        return s.len && tcs_str_eq(s, path->name);
    case TCS_PATH_UNC:
        return s.len >= 2 && s.p[0] == '\\' && s.p[1] == '\\';
    case TCS_PATH_OTHER:
        break;
    }
    return true;
}

static bool same_path(const struct tcs_path *a, const struct tcs_path *b)
{
    return a->kind == b->kind && a->traits == b->traits && tcs_str_eq(a->folded, b->folded);
}

/* The other case of every ASCII letter. */
static struct tcs_str turn_case(struct tcs_str s, struct tcs_arena *arena)
{
    char *p = tcs_arena_copy(arena, s.p, s.len);
    FUZZ_REQUIRE(p != NULL);
    for (size_t i = 0; i < s.len; i++) {
        char lower = (char)(p[i] | 0x20);
        p[i] = lower >= 'a' && lower <= 'z' ? (char)(p[i] ^ 0x20) : p[i];
    }
    return (struct tcs_str){p, s.len};
}

static void check_path(struct tcs_str logged, const struct tcs_path_places *places, struct tcs_arena *arena,
                       struct tcs_path *path)
{
    struct tcs_path other;
    FUZZ_REQUIRE(tcs_path_normalise(logged, false, places, arena, path));
    FUZZ_REQUIRE(form_fits_kind(path));
    FUZZ_REQUIRE(fuzz_is_utf8(path->folded.p, path->folded.len));
    FUZZ_REQUIRE(tcs_str_ends(path->folded, path->name));
    FUZZ_REQUIRE(tcs_str_find(path->name, '\\') == path->name.len);
    FUZZ_REQUIRE(tcs_fold_eq(path->folded, path->folded));
    FUZZ_REQUIRE(tcs_path_normalise(turn_case(logged, arena), false, places, arena, &other));
    FUZZ_REQUIRE_SAY(same_path(path, &other), "another path by the case of letters");
    if (path->kind == TCS_PATH_DRIVE) {
        FUZZ_REQUIRE(tcs_path_normalise(path->folded, false, places, arena, &other));
        FUZZ_REQUIRE_SAY(same_path(path, &other), "the one form has another form");
    }
}

/* An entry is accepted and works, or is refused with a reason. */
static void check_entry(struct tcs_str entry, struct tcs_str root)
{
    const char *why = NULL;
    struct tcs_need need = {.path = entry};
    bool ok = tcs_need_path_ok(entry, &why);
    FUZZ_REQUIRE(ok == (why == NULL));
    if (ok)
        fuzz_check_rules(&(struct tcs_rules){.allow = &need, .allow_count = 1, .system_root = root});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size < TEXT_MOST / 3 ? size : TEXT_MOST / 3};
    struct tcs_arena arena;
    tcs_arena_init(&arena, (size_t)1 << 20);
    struct tcs_str logged = fuzz_text(fuzz_line(&in), &arena);
    struct tcs_str entry = fuzz_text(fuzz_line(&in), &arena);
    struct tcs_str root = fuzz_text(fuzz_line(&in), &arena);
    struct tcs_volume volume = {fuzz_text(fuzz_line(&in), &arena), TCS_STR("E:")};
    const char *why;
    bool is_root = root.len > 3 && root.p[1] == ':' && tcs_need_path_ok(root, &why) &&
                   tcs_str_find(root, '*') == root.len;
    if (!is_root)
        root = TCS_STR("C:\\Windows");
    struct tcs_path_places places = {root, &volume, tcs_str_starts(volume.device, TCS_STR("\\Device\\"))};
    struct tcs_path path;
    check_path(logged, &places, &arena, &path);
    check_patterns(logged, entry);
    check_patterns(path.folded, entry);
    check_entry(entry, root);
    tcs_arena_done(&arena);
    return 0;
}
