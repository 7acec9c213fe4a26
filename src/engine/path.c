#include "engine/path.h"

#include "base/fold.h"
#include "base/utf.h"

/*
 * Prefixes that mean another form. The longest comes first; letters in either
 * case. What is left after the prefix decides for \??\ and \\?\.
 */
enum prefix_meaning { TO_NOTHING, TO_UNC, TO_SYSTEM_ROOT, TO_OTHER };

static const struct prefix {
    struct tcs_str text;
    enum prefix_meaning meaning;
    bool is_remote;
} prefixes[] = {
    {TCS_STR_INIT("\\??\\UNC\\"), TO_UNC, true},
    {TCS_STR_INIT("\\\\?\\UNC\\"), TO_UNC, true},
    {TCS_STR_INIT("\\??\\Volume{"), TO_OTHER, false},
    {TCS_STR_INIT("\\\\?\\Volume{"), TO_OTHER, false},
    {TCS_STR_INIT("\\??\\GLOBALROOT\\"), TO_OTHER, false},
    {TCS_STR_INIT("\\\\?\\GLOBALROOT\\"), TO_OTHER, false},
    {TCS_STR_INIT("\\??\\"), TO_NOTHING, false},
    {TCS_STR_INIT("\\\\?\\"), TO_NOTHING, false},
    {TCS_STR_INIT("\\\\.\\"), TO_OTHER, false},
    {TCS_STR_INIT("\\SystemRoot\\"), TO_SYSTEM_ROOT, false},
    {TCS_STR_INIT("\\Device\\Mup\\"), TO_UNC, true},
    {TCS_STR_INIT("\\Device\\LanmanRedirector\\"), TO_UNC, true},
    {TCS_STR_INIT("\\Device\\WebDavRedirector\\"), TO_UNC, true},
    {TCS_STR_INIT("\\Device\\"), TO_OTHER, false},
};

static bool starts_nocase(struct tcs_str s, struct tcs_str head)
{
    return s.len >= head.len && tcs_str_eq_ascii_nocase(tcs_str_cut(s, 0, head.len), head);
}

static bool has_drive(struct tcs_str s)
{
    return s.len >= 3 && ((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z') && s.p[1] == ':' &&
           s.p[2] == '\\';
}

/* The drive of a volume that the configuration names: \Device\HarddiskVolume2\... */
static bool replace_volume(struct tcs_str logged, const struct tcs_path_places *places, struct tcs_buf *out)
{
    for (size_t i = 0; i < places->volume_count; i++) {
        struct tcs_str device = places->volumes[i].device;
        if (starts_nocase(logged, device) && logged.len > device.len && logged.p[device.len] == '\\') {
            tcs_buf_str(out, places->volumes[i].drive);
            tcs_buf_str(out, tcs_str_cut(logged, device.len, logged.len));
            return true;
        }
    }
    return false;
}

static enum tcs_path_kind plain_kind(struct tcs_str s)
{
    if (has_drive(s))
        return TCS_PATH_DRIVE;
    if (s.len >= 2 && s.p[0] == '\\' && s.p[1] == '\\')
        return TCS_PATH_UNC;
    if (s.len >= 2 && s.p[0] == '\\')
        return TCS_PATH_ROOTED;
    bool is_bare = tcs_str_find(s, '\\') == s.len && tcs_str_find(s, ':') == s.len;
    return s.len && is_bare ? TCS_PATH_NAME : TCS_PATH_OTHER;
}

/* Writes the path with its prefix replaced; gives its kind. */
static enum tcs_path_kind replace_prefix(struct tcs_str logged, const struct tcs_path_places *places,
                                         struct tcs_buf *out, unsigned *traits)
{
    if (replace_volume(logged, places, out))
        return plain_kind(tcs_buf_view(out));
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        const struct prefix *p = &prefixes[i];
        if (!starts_nocase(logged, p->text))
            continue;
        struct tcs_str rest = tcs_str_cut(logged, p->text.len, logged.len);
        *traits |= p->is_remote ? TCS_PATH_REMOTE : 0;
        /* A redirector may put ;drive and a session before the server: not a path one can list. */
        bool is_plain = rest.len && rest.p[0] != ';' && rest.p[0] != '\\';
        if (p->meaning == TO_UNC && is_plain) {
            tcs_buf_puts(out, "\\\\");
            tcs_buf_str(out, rest);
            return TCS_PATH_UNC;
        }
        if (p->meaning == TO_SYSTEM_ROOT && is_plain) {
            tcs_buf_str(out, places->system_root);
            tcs_buf_putc(out, '\\');
            tcs_buf_str(out, rest);
            return plain_kind(tcs_buf_view(out));
        }
        if (p->meaning == TO_NOTHING && has_drive(rest)) {
            tcs_buf_str(out, rest);
            return TCS_PATH_DRIVE;
        }
        tcs_buf_str(out, logged);
        return TCS_PATH_OTHER;
    }
    tcs_buf_str(out, logged);
    enum tcs_path_kind kind = plain_kind(logged);
    *traits |= kind == TCS_PATH_UNC ? TCS_PATH_REMOTE : 0;
    return kind;
}

/* Characters that show nothing, or that turn the text around them: they are in a name only to deceive. */
static bool is_invisible(uint32_t cp)
{
    return cp == 0xAD || cp == 0x34F || cp == 0x61C || cp == 0x115F || cp == 0x1160 || cp == 0x17B4 ||
           cp == 0x17B5 || (cp >= 0x180B && cp <= 0x180F) || (cp >= 0x2000 && cp <= 0x200F) ||
           (cp >= 0x2028 && cp <= 0x202F) || (cp >= 0x205F && cp <= 0x206F) || cp == 0x3000 || cp == 0x3164 ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFEFF || cp == 0xFFA0 || (cp >= 0xE0000 && cp <= 0xE0FFF);
}

static unsigned character_traits(struct tcs_str s)
{
    unsigned traits = 0;
    bool damaged = false;
    struct tcs_bytes text = {(const uint8_t *)s.p, s.len};
    for (size_t at = 0; at < s.len;) {
        uint32_t cp = tcs_utf8_next(text, &at, &damaged);
        if (cp < 0x20 || (cp >= 0x7F && cp <= 0xA0) || cp == TCS_REPLACEMENT)
            traits |= TCS_PATH_CONTROL;
        else if (cp == '/')
            traits |= TCS_PATH_SLASH;
        else if (is_invisible(cp))
            traits |= TCS_PATH_INVISIBLE;
    }
    return traits;
}

static size_t count_characters(struct tcs_str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return count;
}

/* An 8.3 name that stands for a longer one: up to six characters, ~, digits, an extension of up to three. */
static bool is_short_name(struct tcs_str name)
{
    size_t dot = tcs_str_rfind(name, '.');
    struct tcs_str base = tcs_str_cut(name, 0, dot);
    struct tcs_str extension = tcs_str_cut(name, dot, name.len);
    size_t tilde = tcs_str_rfind(base, '~');
    size_t at = tilde + 1;
    while (at < base.len && base.p[at] >= '0' && base.p[at] <= '9')
        at++;
    bool has_number = tilde < base.len && at > tilde + 1 && at == base.len;
    return has_number && count_characters(base) <= 8 && count_characters(extension) <= 4;
}

/* What is odd about one folder or file name. */
static unsigned component_traits(struct tcs_str name)
{
    if (name.len == 0)
        return TCS_PATH_SLASH;
    bool is_dots = tcs_str_eq(name, TCS_STR(".")) || tcs_str_eq(name, TCS_STR(".."));
    char last = name.p[name.len - 1];
    unsigned traits = is_dots ? TCS_PATH_DOTS : last == '.' || last == ' ' ? TCS_PATH_TRAILING : 0;
    if (tcs_str_find(name, ':') < name.len)
        traits |= TCS_PATH_STREAM;
    return traits | (is_short_name(name) ? TCS_PATH_SHORT : 0);
}

/* Where the first folder or file name begins. */
static size_t first_component(struct tcs_str s, enum tcs_path_kind kind)
{
    /* \\?\ and the like: the backslashes and the dot in them are nothing odd. */
    if (kind == TCS_PATH_OTHER && s.len > 3 && s.p[0] == '\\' && s.p[3] == '\\')
        return 4;
    return kind == TCS_PATH_DRIVE ? 3 : kind == TCS_PATH_UNC ? 2 : kind == TCS_PATH_ROOTED ? 1 : 0;
}

static unsigned path_traits(struct tcs_str s, enum tcs_path_kind kind)
{
    unsigned traits = character_traits(s);
    size_t at = first_component(s, kind);
    while (at <= s.len) {
        size_t len = tcs_str_find(tcs_str_cut(s, at, s.len), '\\');
        if (at > 0 || len > 0) /* a leading backslash of an unknown form is nothing odd */
            traits |= component_traits(tcs_str_cut(s, at, at + len));
        at += len + 1;
    }
    return traits;
}

bool tcs_path_normalise(struct tcs_str logged, bool damaged, const struct tcs_path_places *places,
                        struct tcs_arena *arena, struct tcs_path *out)
{
    *out = (struct tcs_path){.folded = {"", 0}, .name = {"", 0}};
    if (logged.len == 0 || tcs_str_eq(logged, TCS_STR("-")))
        return true;
    if (logged.len > TCS_PATH_BYTES_MOST)
        return false;
    struct tcs_buf plain;
    tcs_buf_init(&plain, 2 * TCS_PATH_BYTES_MOST);
    out->kind = replace_prefix(logged, places, &plain, &out->traits);
    struct tcs_str s = tcs_buf_view(&plain);
    char *folded = plain.bad ? NULL : tcs_arena_alloc(arena, s.len);
    if (folded) {
        tcs_fold(s, folded);
        out->folded = (struct tcs_str){folded, s.len};
        size_t slash = tcs_str_rfind(out->folded, '\\');
        out->name = tcs_str_cut(out->folded, slash == s.len ? 0 : slash + 1, s.len);
        out->traits |= path_traits(out->folded, out->kind) | (damaged ? TCS_PATH_CONTROL : 0);
    }
    arena->starved = arena->starved || plain.starved;
    tcs_buf_done(&plain);
    return folded != NULL;
}

enum { NO_BARRIER = -1000 }; /* no character */

/* Matches with * as wildcard that does not stand for `barrier`; goes back to the last * at most. */
static bool fits(struct tcs_str text, struct tcs_str pattern, int barrier)
{
    size_t t = 0, p = 0;
    size_t star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.p[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && pattern.p[p] == text.p[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX && text.p[from] != barrier) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.p[p] == '*')
        p++;
    return p == pattern.len;
}

bool tcs_text_fits(struct tcs_str text, struct tcs_str pattern)
{
    return fits(text, pattern, NO_BARRIER);
}

bool tcs_path_fits(struct tcs_str path, struct tcs_str pattern)
{
    if (!tcs_str_starts(pattern, TCS_STR("**\\")))
        return fits(path, pattern, '\\');
    /* Any folders before: try behind every backslash of the path. */
    struct tcs_str rest = tcs_str_cut(pattern, 3, pattern.len);
    for (size_t at = 0; at < path.len; at++)
        if (path.p[at] == '\\' && fits(tcs_str_cut(path, at + 1, path.len), rest, '\\'))
            return true;
    return fits(path, rest, '\\');
}
