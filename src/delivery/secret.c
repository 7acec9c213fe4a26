#include "delivery/secret.h"

#include "platform/keep.h"
#include "platform/platform.h"

const char *tcs_cstr(struct tcs_arena *arena, struct tcs_str s)
{
    char *copy = tcs_arena_alloc(arena, s.len + 1);
    if (copy && s.len)
        memcpy(copy, s.p, s.len);
    return copy;
}

static enum tcs_code read_raw(const struct tcs_secret *secret, const char *what, struct tcs_arena *arena,
                              struct tcs_str *out, struct tcs_err *err)
{
    const char *name = tcs_cstr(arena, secret->file.len ? secret->file : secret->env);
    if (name == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for %s", what);
    if (secret->file.len)
        return tcs_path_read_private(name, TCS_SECRET_MOST, arena, out, err);
    const char *value = tcs_environment(name);
    if (value == NULL)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "the environment has no %s with %s", name, what);
    *out = tcs_str_of(value);
    return TCS_OK;
}

static struct tcs_str without_line_end(struct tcs_str s)
{
    if (tcs_str_ends(s, TCS_STR("\n")))
        s.len--;
    if (tcs_str_ends(s, TCS_STR("\r")))
        s.len--;
    return s;
}

enum tcs_code tcs_secret_read(const struct tcs_secret *secret, const char *what, struct tcs_arena *arena,
                              struct tcs_str *out, struct tcs_err *err)
{
    *out = (struct tcs_str){"", 0};
    if (secret->file.len == 0 && secret->env.len == 0)
        return TCS_OK;
    struct tcs_str raw;
    enum tcs_code code = read_raw(secret, what, arena, &raw, err);
    if (code != TCS_OK)
        return code;
    raw = without_line_end(raw);
    if (raw.len == 0)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s is empty", what);
    bool is_one_line = tcs_str_find(raw, '\n') == raw.len && tcs_str_find(raw, '\r') == raw.len &&
                       tcs_str_find(raw, '\0') == raw.len;
    if (!is_one_line)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s is more than one line", what);
    const char *copy = tcs_cstr(arena, raw);
    if (copy == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for %s", what);
    *out = (struct tcs_str){copy, raw.len};
    return TCS_OK;
}
