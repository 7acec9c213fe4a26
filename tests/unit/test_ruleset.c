#include "unit.h"

#include "base/utf.h"
#include "engine/ruleset.h"

static const struct tcs_hash_key key = {1, 2};

/* Texts of a static table as a list. */
#define LIST(...)                                                                                            \
    {                                                                                                        \
        (const struct tcs_str[]){__VA_ARGS__}, sizeof((struct tcs_str[]){__VA_ARGS__}) / sizeof(struct tcs_str) \
    }
#define S(lit) TCS_STR_INIT(lit)

/* A set compiled from rules, and the arena for the paths that are looked up in it. */
struct bench {
    struct tcs_ruleset set;
    struct tcs_arena arena;
};

static void compile(struct bench *b, const struct tcs_rules *rules, const char *root)
{
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_init(&b->arena, 64 << 20);
    assert_int_equal(tcs_ruleset_init(&b->set, rules, tcs_str_of(root), key, &err), TCS_OK);
}

static void release(struct bench *b)
{
    tcs_ruleset_done(&b->set);
    tcs_arena_done(&b->arena);
}

static struct tcs_path path_of(struct bench *b, struct tcs_str logged)
{
    struct tcs_path path;
    assert_true(tcs_path_normalise(logged, false, &b->set.places, &b->arena, &path));
    return path;
}

/* The best fit among the needs, and how many fit. */
static enum tcs_fit fit_on(struct bench *b, struct tcs_str logged, bool old_paths, enum tcs_windows windows,
                           size_t *count)
{
    struct tcs_path path = path_of(b, logged);
    enum tcs_fit best = TCS_FIT_NONE, fit;
    *count = 0;
    for (const struct tcs_rule_need *r = NULL;
         (r = tcs_ruleset_next_need(&b->set, &path, old_paths, windows, r, &fit)) != NULL; ++*count)
        best = fit > best ? fit : best;
    return best;
}

static enum tcs_fit fit_of(struct bench *b, struct tcs_str logged, bool old_paths, size_t *count)
{
    return fit_on(b, logged, old_paths, old_paths ? TCS_WINDOWS_BEFORE_VISTA : TCS_WINDOWS_VISTA_ON, count);
}

/* ---- what may be listed ---- */

static void paths_that_may_be_listed(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "C:\\Perl\\bin\\perl.exe",
        "c:\\x.exe",
        "D:\\Web Site\\cgi bin\\M\xC3\xBCller.exe",
        "\\\\server\\share\\x.exe",
        "%SystemRoot%\\System32\\conhost.exe",
        "%systemroot%\\System32\\conhost.exe",
        "%SystemDrive%\\inetpub\\x.exe",
        "%ProgramFiles%\\PHP\\php-cgi.exe",
        "%ProgramFiles(x86)%\\PHP\\php-cgi.exe",
        "C:\\*\\bin\\x.exe",
        "%SystemRoot%\\Microsoft.NET\\Framework*\\v*\\csc.exe",
        "\\\\server\\share*\\x.exe",
        "C:\\a~b\\x.exe",
        "C:\\no-extension",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why = "unset";
        if (!tcs_need_path_ok(tcs_str_of(cases[i]), &why))
            fail_msg("%s: %s", cases[i], why);
        assert_null(why);
    }
}

/* Each is refused, with a reason that names what is wrong. */
static void paths_that_may_not(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str path;
        const char *says;
    } cases[] = {
        {S(""), "empty"},
        {S("-"), "empty"},
        {S("perl.exe"), "only a file name"},
        {S("System"), "only a file name"},
        {S("*"), "only a file name"},
        {S("\\Perl\\bin\\perl.exe"), "no drive"},
        {S("\\WINNT\\system32\\perl.exe"), "no drive"},
        {S("Perl\\bin\\perl.exe"), "drive or a share"},
        {S("C:perl.exe"), "drive or a share"},
        {S("%windir%\\x.exe"), "drive or a share"},
        {S("%SystemRoot%x\\x.exe"), "drive or a share"},
        {S("%SystemRoot%"), "only a file name"},
        {S("**\\perl.exe"), "drive or a share"},
        {S("*:\\perl.exe"), "drive or a share"},
        {S("C*:\\perl.exe"), "drive or a share"},
        {S("\\Device\\HarddiskVolume2\\x.exe"), "drive or a share"},
        {S("\\\\.\\C:\\x.exe"), "drive or a share"},
        {S("\\\\?\\GLOBALROOT\\Device\\x.exe"), "drive or a share"},
        {S("C:\\Perl\\bin\\"), "folder"},
        {S("C:\\"), "folder"},
        {S("%SystemRoot%\\"), "folder"},
        {S("\\\\server\\share\\"), "folder"},
        {S("C:\\Perl\\*.exe"), "file name holds *"},
        {S("C:\\Perl\\*"), "file name holds *"},
        {S("C:\\Perl\\perl*.exe"), "file name holds *"},
        {S("\\\\*\\share\\x.exe"), "drive or server holds *"},
        {S("\\\\ser*er\\share\\x.exe"), "drive or server holds *"},
        {S("C:\\PROGRA~1\\x.exe"), "8.3"},
        {S("C:\\Perl\\PERL~1.EXE"), "8.3"},
        {S("C:\\*\\A~B~1\\x.exe"), "8.3"},
        {S("C:\\Perl\\x.txt:perl.exe"), "alternate data stream"},
        {S("C:\\Perl\\perl.exe::$DATA"), "alternate data stream"},
        {S("C:\\Perl \\perl.exe"), "dot or a blank"},
        {S("C:\\Perl\\perl.exe."), "dot or a blank"},
        {S("C:\\Perl\\perl.exe "), "dot or a blank"},
        {S("C:\\Perl\\..\\perl.exe"), ". or .."},
        {S("C:\\Perl\\.\\perl.exe"), ". or .."},
        {S("%SystemRoot%\\..\\perl.exe"), ". or .."},
        {S("C:/Perl/perl.exe"), "drive or a share"},
        {S("C:\\Perl/perl.exe"), "slash"},
        {S("C:\\Perl\\\\perl.exe"), "slash"},
        {S("C:\\\\Perl\\\\bin\\\\perl.exe"), "slash"},
        {S("C:\\Perl\\perl.exe\0"), "control character"},
        {S("C:\\Perl\n\\perl.exe"), "control character"},
        {S("C:\\Perl\\perl\xE2\x80\x8B.exe"), "invisible"},
        {S("C:\\Perl\\perl\xE2\x80\xAE.exe"), "invisible"},
        /* What a log is freed of, a list is not: such an entry would be accepted and never fit. */
        {S("\\\\?\\C:\\Perl\\perl.exe"), "prefix"},
        {S("\\??\\C:\\Perl\\perl.exe"), "prefix"},
        {S("\\SystemRoot\\System32\\x.exe"), "prefix"},
        {S("\\\\?\\UNC\\server\\share\\x.exe"), "prefix"},
        {S("\\Device\\Mup\\server\\share\\x.exe"), "prefix"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why = NULL;
        char what[1024];
        unit_show(what, cases[i].path);
        if (tcs_need_path_ok(cases[i].path, &why))
            fail_msg("%s was accepted", what);
        assert_non_null(why);
        if (strstr(why, cases[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", what, why, cases[i].says);
    }
    static char much[TCS_PATH_BYTES_MOST + 100];
    const char *why;
    memset(much, 'x', sizeof much);
    memcpy(much, "C:\\", 3);
    assert_false(tcs_need_path_ok((struct tcs_str){much, sizeof much}, &why));
    assert_non_null(strstr(why, "too long"));
}

/* Whatever may be listed fits itself, and a pattern what it is meant for: no entry is accepted in vain. */
static void what_may_be_listed_fits(void **state)
{
    (void)state;
    static const struct {
        const char *need, *logged;
    } cases[] = {
        {"C:\\Perl\\bin\\perl.exe", "C:\\Perl\\bin\\perl.exe"},
        {"\\\\server\\share\\x.exe", "\\\\server\\share\\x.exe"},
        {"%SystemRoot%\\System32\\conhost.exe", "D:\\WINNT\\system32\\conhost.exe"},
        {"%SYSTEMROOT%\\x.exe", "D:\\WINNT\\x.exe"},
        {"%SystemDrive%\\inetpub\\x.exe", "D:\\inetpub\\x.exe"},
        {"%ProgramFiles%\\PHP\\x.exe", "D:\\Program Files\\PHP\\x.exe"},
        {"%ProgramFiles(x86)%\\PHP\\x.exe", "D:\\Program Files (x86)\\PHP\\x.exe"},
        {"C:\\*\\x.exe", "C:\\anything\\x.exe"},
        {"\\\\server\\share*\\x.exe", "\\\\server\\share2\\x.exe"},
        {"C:\\no-extension", "C:\\no-extension"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *why;
        struct tcs_need need = {.path = tcs_str_of(cases[i].need)};
        struct tcs_rules rules = {.allow = &need, .allow_count = 1};
        struct bench b;
        size_t count;
        check_true(cases[i].need, tcs_need_path_ok(need.path, &why));
        compile(&b, &rules, "D:\\WINNT");
        check_int(cases[i].need, fit_of(&b, tcs_str_of(cases[i].logged), false, &count), TCS_FIT_FULL);
        check_int(cases[i].need, count, 1);
        release(&b);
    }
}

static void the_root_is_that_of_the_host(void **state)
{
    (void)state;
    struct tcs_need needs[] = {{.path = S("%SystemRoot%\\System32\\x.exe")}, {.path = S("%ProgramFiles%\\y.exe")}};
    struct tcs_rules rules = {.allow = needs, .allow_count = 2};
    static const struct {
        const char *root, *logged;
        bool fits;
    } cases[] = {
        {"C:\\Windows", "C:\\Windows\\System32\\x.exe", true},
        {"C:\\Windows", "C:\\WINNT\\System32\\x.exe", false},
        {"C:\\Windows", "D:\\Windows\\System32\\x.exe", false},
        {"C:\\WINNT", "C:\\winnt\\system32\\x.exe", true},
        {"C:\\WINNT", "C:\\Windows\\system32\\x.exe", false},
        {"E:\\WINDOWS", "E:\\Program Files\\y.exe", true},
        {"E:\\WINDOWS", "C:\\Program Files\\y.exe", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench b;
        size_t count;
        compile(&b, &rules, cases[i].root);
        check_int(cases[i].logged, fit_of(&b, tcs_str_of(cases[i].logged), false, &count) == TCS_FIT_FULL,
                  cases[i].fits);
        release(&b);
    }
}

/* ---- paths of NT 4 and 2000 ---- */

static void paths_without_drive(void **state)
{
    (void)state;
    struct tcs_need needs[] = {
        {.path = S("C:\\Perl\\bin\\perl.exe")},
        {.path = S("%SystemRoot%\\Microsoft.NET\\Framework*\\v*\\csc.exe")},
        {.path = S("\\\\server\\share\\tool.exe")},
    };
    struct tcs_rules rules = {.allow = needs, .allow_count = COUNT_OF(needs)};
    static const struct {
        const char *logged;
        bool old_paths;
        enum tcs_fit fit;
    } cases[] = {
        {"\\Perl\\bin\\perl.exe", true, TCS_FIT_ROOTED},
        {"\\PERL\\BIN\\PERL.EXE", true, TCS_FIT_ROOTED},
        {"perl.exe", true, TCS_FIT_NAME},
        {"\\WINNT\\Microsoft.NET\\Framework\\v1.1.4322\\csc.exe", true, TCS_FIT_ROOTED},
        {"csc.exe", true, TCS_FIT_NAME},
        {"tool.exe", true, TCS_FIT_NAME},
        /* Where the record could have had a drive, a path without one is another thing. */
        {"\\Perl\\bin\\perl.exe", false, TCS_FIT_NONE},
        {"perl.exe", false, TCS_FIT_NONE},
        /* and it must be the whole path, or nothing but the name */
        {"\\bin\\perl.exe", true, TCS_FIT_NONE},
        {"\\perl.exe", true, TCS_FIT_NONE},
        {"\\x\\Perl\\bin\\perl.exe", true, TCS_FIT_NONE},
        {"\\server\\share\\tool.exe", true, TCS_FIT_NONE},
        {"\\Perl \\bin\\perl.exe", true, TCS_FIT_NONE},
        {"perl.exe ", true, TCS_FIT_NONE},
        {"\\DosDevices\\C:\\Perl\\bin\\perl.exe", true, TCS_FIT_NONE},
        {"\\Device\\HarddiskVolume1\\Perl\\bin\\perl.exe", true, TCS_FIT_NONE},
    };
    struct bench b;
    compile(&b, &rules, "C:\\WINNT");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count;
        check_int(cases[i].logged, fit_of(&b, tcs_str_of(cases[i].logged), cases[i].old_paths, &count), cases[i].fit);
        check_int(cases[i].logged, count, cases[i].fit != TCS_FIT_NONE);
    }
    release(&b);
}

/* ---- several entries for one program ---- */

static const struct tcs_strs pools = LIST(S("a"));

static void all_entries_of_a_path_are_found(void **state)
{
    (void)state;
    struct tcs_need needs[] = {
        {.path = S("C:\\x.exe"), .note = S("1")},
        {.path = S("C:\\X.EXE"), .note = S("2"), .pools = pools},
        {.path = S("C:\\other\\x.exe"), .note = S("3")},
        {.path = S("C:\\*\\x.exe"), .note = S("4")},
        {.path = S("C:\\ot*\\x.exe"), .note = S("5")},
        {.path = S("c:\\x.EXE"), .note = S("6")},
    };
    struct tcs_rules rules = {.allow = needs, .allow_count = COUNT_OF(needs)};
    struct bench b;
    size_t count;
    compile(&b, &rules, "C:\\Windows");
    fit_of(&b, TCS_STR("C:\\x.exe"), false, &count);
    assert_int_equal(count, 3);
    fit_of(&b, TCS_STR("C:\\other\\x.exe"), false, &count);
    assert_int_equal(count, 3); /* itself and both patterns */
    fit_of(&b, TCS_STR("x.exe"), true, &count);
    assert_int_equal(count, 6);
    fit_of(&b, TCS_STR("\\other\\x.exe"), true, &count);
    assert_int_equal(count, 3);
    fit_of(&b, TCS_STR("C:\\y.exe"), false, &count);
    assert_int_equal(count, 0);
    release(&b);
}

/* ---- the property: nothing but the listed file passes ---- */

/* The listed programs, component by component: what the oracle below compares with. */
static struct tcs_need listed[] = {
    {.path = S("C:\\Perl\\bin\\perl.exe")},
    {.path = S("%SystemRoot%\\System32\\conhost.exe")},
    {.path = S("%ProgramFiles(x86)%\\PHP\\v7.4\\php-cgi.exe")},
    {.path = S("D:\\Web Site\\m\xC3\xBCll\\cgi.exe")},
    {.path = S("\\\\files\\tools\\convert.exe")},
    {.path = S("%SystemRoot%\\Microsoft.NET\\Framework*\\v*\\csc.exe")},
    {.path = S("C:\\Stacks\\*\\httpd.exe")},
};
static const char *const expanded[COUNT_OF(listed)] = {
    "C:\\Perl\\bin\\perl.exe",
    "C:\\Windows\\System32\\conhost.exe",
    "C:\\Program Files (x86)\\PHP\\v7.4\\php-cgi.exe",
    "D:\\Web Site\\m\xC3\xBCll\\cgi.exe",
    "\\\\files\\tools\\convert.exe",
    "C:\\Windows\\Microsoft.NET\\Framework*\\v*\\csc.exe",
    "C:\\Stacks\\*\\httpd.exe",
};
/* A real path for each, from which the mutations start. */
static const char *const real[COUNT_OF(listed)] = {
    "C:\\Perl\\bin\\perl.exe",
    "C:\\Windows\\System32\\conhost.exe",
    "C:\\Program Files (x86)\\PHP\\v7.4\\php-cgi.exe",
    "D:\\Web Site\\m\xC3\xBCll\\cgi.exe",
    "\\\\files\\tools\\convert.exe",
    "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe",
    "C:\\Stacks\\web-1\\httpd.exe",
};
static const struct tcs_volume volumes[] = {
    {TCS_STR_INIT("\\Device\\HarddiskVolume2"), TCS_STR_INIT("C:")},
    {TCS_STR_INIT("\\Device\\HarddiskVolume3"), TCS_STR_INIT("D:")},
};

/*
 * The oracle. It knows nothing of the code under test: it takes off the
 * prefixes that Windows defines to mean the same, and compares component by
 * component; letters in either case are ASCII and the one umlaut in the list.
 */
struct text {
    char p[512];
    size_t len;
};

static void text_set(struct text *t, const char *s)
{
    t->len = strlen(s);
    memcpy(t->p, s, t->len);
}

static bool text_starts(const struct text *t, const char *head)
{
    size_t len = strlen(head);
    return t->len > len && tcs_str_eq_ascii_nocase((struct tcs_str){t->p, len}, (struct tcs_str){head, len});
}

static void text_replace_head(struct text *t, size_t from, const char *with)
{
    size_t len = strlen(with);
    assert_true(t->len - from + len < sizeof t->p);
    memmove(t->p + len, t->p + from, t->len - from);
    memcpy(t->p, with, len);
    t->len = t->len - from + len;
}

static bool oracle_has_drive(const struct text *t, size_t at)
{
    return t->len > at + 2 && ((t->p[at] | 0x20) >= 'a' && (t->p[at] | 0x20) <= 'z') && t->p[at + 1] == ':' &&
           t->p[at + 2] == '\\';
}

static void oracle_strip(struct text *t)
{
    static const struct {
        const char *prefix, *means;
    } same[] = {
        {"\\Device\\HarddiskVolume2\\", "C:\\"}, {"\\Device\\HarddiskVolume3\\", "D:\\"},
        {"\\SystemRoot\\", "C:\\Windows\\"},     {"\\\\?\\UNC\\", "\\\\"},
        {"\\??\\UNC\\", "\\\\"},                 {"\\Device\\Mup\\", "\\\\"},
        {"\\Device\\LanmanRedirector\\", "\\\\"}, {"\\Device\\WebDavRedirector\\", "\\\\"},
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (text_starts(t, same[i].prefix)) {
            text_replace_head(t, strlen(same[i].prefix), same[i].means);
            return; /* once: no prefix stands behind another */
        }
    }
    if ((text_starts(t, "\\\\?\\") || text_starts(t, "\\??\\")) && oracle_has_drive(t, 4))
        text_replace_head(t, 4, "");
}

/* One component by a literal, letters in either case. */
static bool oracle_same(struct tcs_str a, struct tcs_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        bool umlaut = i > 0 && (unsigned char)a.p[i - 1] == 0xC3 && (unsigned char)b.p[i - 1] == 0xC3 &&
                      (x | 0x20) == 0xBC && (y | 0x20) == 0xBC;
        bool letter = (x | 0x20) >= 'a' && (x | 0x20) <= 'z' && (x | 0x20) == (y | 0x20) && x < 0x80 && y < 0x80;
        if (x != y && !letter && !umlaut)
            return false;
    }
    return true;
}

/* Made by Windows for a longer name: up to 8 characters that end with ~ and a number, an extension of up to 3. */
static bool oracle_is_alias(struct tcs_str s)
{
    size_t dot = s.len, digits = 0, characters = 0, extension = 0;
    for (size_t i = 0; i < s.len; i++)
        dot = s.p[i] == '.' ? i : dot;
    for (size_t i = 0; i < s.len; i++)
        *(i < dot ? &characters : &extension) += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    while (digits < dot && s.p[dot - 1 - digits] >= '0' && s.p[dot - 1 - digits] <= '9')
        digits++;
    bool has_tilde = digits < dot && s.p[dot - 1 - digits] == '~';
    return digits > 0 && has_tilde && characters <= 8 && extension <= 4;
}

/* A folder name that may stand for a *: nothing that could lead elsewhere, hide, or stand for another name. */
static bool oracle_is_plain(struct tcs_str s)
{
    bool damaged = false;
    if (s.len == 0 || s.p[s.len - 1] == '.' || s.p[s.len - 1] == ' ' || oracle_is_alias(s))
        return false;
    for (size_t at = 0; at < s.len;) {
        uint32_t cp = tcs_utf8_next((struct tcs_bytes){(const uint8_t *)s.p, s.len}, &at, &damaged);
        if (cp < 0x20 || cp == ':' || cp == '/' || cp == 0x7F || cp == 0xA0 || cp == 0x200B || cp == 0x202E ||
            cp == 0xFEFF || cp == 0xFFFD)
            return false;
    }
    return true;
}

static bool oracle_component(struct tcs_str have, struct tcs_str want)
{
    size_t star = tcs_str_find(want, '*');
    if (star == want.len)
        return oracle_same(have, want);
    /* every pattern in the list ends with its only star */
    return oracle_is_plain(have) && have.len >= star &&
           oracle_same(tcs_str_cut(have, 0, star), tcs_str_cut(want, 0, star));
}

static bool oracle_fits(const struct text *mutated, const char *want)
{
    struct text t = *mutated;
    oracle_strip(&t);
    struct tcs_str a = {t.p, t.len}, b = tcs_str_of(want);
    /* An odd name anywhere spoils a path with stars; without stars it is no equal anyhow. */
    for (;;) {
        size_t i = tcs_str_find(a, '\\'), k = tcs_str_find(b, '\\');
        if (!oracle_component(tcs_str_cut(a, 0, i), tcs_str_cut(b, 0, k)))
            return false;
        if ((i == a.len) != (k == b.len))
            return false;
        if (i == a.len)
            return true;
        a = tcs_str_cut(a, i + 1, a.len);
        b = tcs_str_cut(b, k + 1, b.len);
    }
}

static bool oracle(const struct text *mutated)
{
    for (size_t i = 0; i < COUNT_OF(expanded); i++)
        if (oracle_fits(mutated, expanded[i]))
            return true;
    return false;
}

/* ---- mutations ---- */

static bool is_boundary(const struct text *t, size_t at)
{
    return at == t->len || ((unsigned char)t->p[at] & 0xC0) != 0x80;
}

static size_t some_boundary(const struct text *t, uint64_t *seed)
{
    size_t at = unit_random_below(seed, t->len + 1);
    while (!is_boundary(t, at))
        at++;
    return at;
}

static void splice(struct text *t, size_t at, size_t gone, const char *with, size_t len)
{
    if (at + gone > t->len || t->len - gone + len >= sizeof t->p - 64)
        return;
    memmove(t->p + at + len, t->p + at + gone, t->len - at - gone);
    memcpy(t->p + at, with, len);
    t->len = t->len - gone + len;
}

/* Pieces that change a name, and some that only look as if they did not. */
static const struct tcs_str pieces[] = {
    S("."),        S(" "),        S("\\"),           S("/"),         S(":"),        S("~1"),       S("*"),
    S("\0"),       S("\t"),       S("\xE2\x80\x8B"), S("\xE2\x80\xAE"), S("\xEF\xBB\xBF"), S("\xC2\xA0"), S("\xEF\xBF\xBD"),
    S("x"),        S("E"),        S("..\\"),         S(".\\"),       S("\\.."),     S(":evil.exe"), S("::$DATA"),
    S(".exe"),     S("\\\\"),     S("%SystemRoot%"), S("?"),         S("\xCC\x81"), S("bin\\"),    S("1"),
};

static void insert_piece(struct text *t, uint64_t *seed)
{
    struct tcs_str piece = pieces[unit_random_below(seed, COUNT_OF(pieces))];
    size_t at = some_boundary(t, seed);
    switch (unit_random_below(seed, 4)) {
    case 0:
        at = t->len;
        break;
    case 1: { /* behind a folder name, where a dot or a blank would be trimmed */
        size_t slash = tcs_str_find((struct tcs_str){t->p + at, t->len - at}, '\\');
        at = at + slash < t->len ? at + slash : at;
        break;
    }
    default:
        break;
    }
    splice(t, at, 0, piece.p, piece.len);
}

static void delete_some(struct text *t, uint64_t *seed)
{
    size_t from = some_boundary(t, seed), to = from + 1;
    if (from >= t->len)
        return;
    while (!is_boundary(t, to))
        to++;
    splice(t, from, to - from, "", 0);
}

static void change_case(struct text *t, uint64_t *seed)
{
    for (size_t i = 0; i < t->len; i++) {
        bool umlaut = i > 0 && (unsigned char)t->p[i - 1] == 0xC3 && ((unsigned char)t->p[i] | 0x20) == 0xBC;
        bool letter = (t->p[i] | 0x20) >= 'a' && (t->p[i] | 0x20) <= 'z';
        if ((letter || umlaut) && unit_random(seed) % 2)
            t->p[i] = (char)(t->p[i] ^ 0x20);
    }
}

static void put_look_alike(struct text *t, uint64_t *seed)
{
    static const struct {
        char letter;
        const char *looks;
    } table[] = {
        {'a', "\xD0\xB0"},     {'c', "\xD1\x81"},     {'e', "\xD0\xB5"},     {'o', "\xD0\xBE"}, {'p', "\xD1\x80"},
        {'i', "\xC4\xB1"},     {'i', "\xC4\xB0"},     {'s', "\xC5\xBF"},     {'k', "\xE2\x84\xAA"},
        {'e', "\xEF\xBD\x85"}, {'.', "\xE2\x80\xA4"}, {'\\', "\xEF\xBC\xBC"}, {':', "\xEF\xBC\x9A"},
        {'w', "\xEF\xBC\xB7"}, {'h', "\xD2\xBB"},     {'x', "\xD1\x85"},     {'l', "1"},        {'-', "\xE2\x80\x90"},
    };
    size_t row = unit_random_below(seed, COUNT_OF(table));
    size_t from = unit_random_below(seed, t->len);
    for (size_t i = 0; i < t->len; i++) {
        size_t at = (from + i) % t->len;
        char c = t->p[at];
        if (c == table[row].letter || (table[row].letter >= 'a' && (c | 0x20) == table[row].letter)) {
            splice(t, at, 1, table[row].looks, strlen(table[row].looks));
            return;
        }
    }
}

/* Another way to say where it is: some mean the same, some another place. */
static void change_prefix(struct text *t, uint64_t *seed)
{
    static const struct {
        const char *from, *to;
    } table[] = {
        {"", "\\\\?\\"},
        {"", "\\??\\"},
        {"", "\\\\.\\"},
        {"", "\\\\?\\GLOBALROOT\\"},
        {"", "\\DosDevices\\"},
        {"C:\\", "\\Device\\HarddiskVolume2\\"},
        {"C:\\", "\\device\\harddiskvolume2\\"},
        {"C:\\", "\\Device\\HarddiskVolume3\\"},
        {"C:\\", "\\Device\\HarddiskVolume22\\"},
        {"C:\\", "\\Device\\HarddiskVolumeShadowCopy2\\"},
        {"C:\\", "\\\\localhost\\C$\\"},
        {"C:\\", "\\\\?\\UNC\\localhost\\C$\\"},
        {"C:\\", "D:\\"},
        {"C:\\", "\\"},
        {"C:\\", ""},
        {"C:\\Windows\\", "\\SystemRoot\\"},
        {"C:\\Windows\\", "\\SYSTEMROOT\\"},
        {"C:\\Windows\\", "\\SystemRoot\\Windows\\"},
        {"C:\\Windows\\", "C:\\WINNT\\"},
        {"C:\\Windows\\", "%SystemRoot%\\"},
        {"D:\\", "\\Device\\HarddiskVolume3\\"},
        {"D:\\", "\\Device\\HarddiskVolume2\\"},
        {"\\\\", "\\Device\\Mup\\"},
        {"\\\\", "\\Device\\LanmanRedirector\\"},
        {"\\\\", "\\Device\\WebDavRedirector\\"},
        {"\\\\", "\\\\?\\UNC\\"},
        {"\\\\", "\\??\\UNC\\"},
        {"\\\\", "\\Device\\Mup\\;LanmanRedirector\\"},
        {"\\\\files\\", "\\\\files.evil.example\\"},
        {"\\\\files\\", "\\\\files@SSL\\DavWWWRoot\\"},
    };
    for (int tries = 0; tries < 40; tries++) {
        size_t row = unit_random_below(seed, COUNT_OF(table));
        size_t len = strlen(table[row].from);
        if (len == 0 || text_starts(t, table[row].from)) {
            splice(t, 0, len, table[row].to, strlen(table[row].to));
            return;
        }
    }
}

static void drop_or_double_folder(struct text *t, uint64_t *seed)
{
    struct tcs_str s = {t->p, t->len};
    size_t from = tcs_str_find(tcs_str_cut(s, unit_random_below(seed, t->len), t->len), '\\');
    if (from >= t->len)
        return;
    struct tcs_str rest = tcs_str_cut(s, from + 1, t->len);
    size_t len = tcs_str_find(rest, '\\');
    if (len == rest.len)
        return;
    if (unit_random(seed) % 2) {
        splice(t, from, len + 1, "", 0);
    } else {
        char copy[512];
        memcpy(copy, s.p + from, len + 1);
        splice(t, from, 0, copy, len + 1);
    }
}

static void mutate(struct text *t, uint64_t *seed)
{
    static void (*const ways[])(struct text *, uint64_t *) = {
        insert_piece, insert_piece, delete_some, change_case, put_look_alike, change_prefix, change_prefix,
        drop_or_double_folder,
    };
    if (t->len)
        ways[unit_random_below(seed, COUNT_OF(ways))](t, seed);
}

static void nothing_but_the_listed_file_passes(void **state)
{
    (void)state;
    struct tcs_rules rules = {.allow = listed, .allow_count = COUNT_OF(listed), .volumes = (struct tcs_volume *)0};
    struct tcs_volume copies[COUNT_OF(volumes)];
    memcpy(copies, volumes, sizeof copies);
    rules.volumes = copies;
    rules.volume_count = COUNT_OF(copies);
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    uint64_t seed = 12;
    size_t passed = 0, refused = 0;
    for (int round = 0; round < 200000; round++) {
        struct text t;
        text_set(&t, real[unit_random_below(&seed, COUNT_OF(real))]);
        for (size_t steps = unit_random_below(&seed, 4); steps > 0; steps--)
            mutate(&t, &seed);
        size_t count;
        struct tcs_str logged = {t.p, t.len};
        bool passes = fit_of(&b, logged, false, &count) != TCS_FIT_NONE;
        if (passes != oracle(&t)) {
            char shown[1024];
            unit_show(shown, logged);
            fail_msg("round %d: \"%s\" %s", round, shown, passes ? "passes" : "is refused");
        }
        passed += passes;
        refused += !passes;
        tcs_arena_reset(&b.arena);
    }
    /* Both happen often, or the test proves nothing. */
    assert_true(passed > 20000 && refused > 100000);
    release(&b);
}

/* The tricks of the fact sheet, one by one, against a pattern: where a * could swallow them. */
static void a_star_swallows_no_trick(void **state)
{
    (void)state;
    static const struct {
        struct tcs_str logged;
        bool fits;
    } cases[] = {
        {S("C:\\Stacks\\web\\httpd.exe"), true},
        {S("C:\\Stacks\\web.2 (new)\\httpd.exe"), true},
        {S("C:\\Stacks\\..\\httpd.exe"), false},           /* C:\httpd.exe */
        {S("C:\\Stacks\\.\\httpd.exe"), false},            /* C:\Stacks\httpd.exe */
        {S("C:\\Stacks\\\\httpd.exe"), false},             /* likewise */
        {S("C:\\Stacks\\a/b\\httpd.exe"), false},          /* two folders */
        {S("C:\\Stacks\\..\\..\\httpd.exe"), false},
        {S("C:\\Stacks\\a:b\\httpd.exe"), false},          /* a stream */
        {S("C:\\Stacks\\web \\httpd.exe"), false},         /* another folder than web */
        {S("C:\\Stacks\\web.\\httpd.exe"), false},
        {S("C:\\Stacks\\...\\httpd.exe"), false},
        {S("C:\\Stacks\\WEBSER~1\\httpd.exe"), false},     /* whatever that stands for */
        {S("C:\\Stacks\\we\0b\\httpd.exe"), false},
        {S("C:\\Stacks\\web\xE2\x80\x8B\\httpd.exe"), false},
        {S("C:\\Stacks\\\xE2\x80\xAE"
           "bew\\httpd.exe"),
         false},
        {S("C:\\Stacks\\\xEF\xBF\xBD\\httpd.exe"), false}, /* damaged: any name */
        {S("\\\\?\\C:\\Stacks\\web \\httpd.exe"), false},
        {S("C:\\Stacks\\web\\sub\\httpd.exe"), false},
        {S("C:\\Stacks\\httpd.exe"), false},
    };
    struct tcs_need need = {.path = S("C:\\Stacks\\*\\httpd.exe")};
    struct tcs_rules rules = {.allow = &need, .allow_count = 1};
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count;
        char what[1024];
        unit_show(what, cases[i].logged);
        check_int(what, fit_of(&b, cases[i].logged, false, &count) != TCS_FIT_NONE, cases[i].fits);
    }
    release(&b);
}

/* ---- workers ---- */

static struct tcs_worker workers[] = {
    {.image = S("%SystemRoot%\\Sys*\\inetsrv\\w3wp.exe"), .title = S("full")},
    {.image = S("w3wp.exe"), .title = S("by name")},
    {.image = S("**\\externals\\node*\\bin\\node.exe"), .title = S("agent"), .generic = true},
    {.image = S("node.exe"), .title = S("node"), .generic = true},
    {.image = S("C:\\Agent\\java.exe"), .title = S("agent's java"), .generic = true},
    {.image = S("java.exe"), .title = S("java"), .generic = true},
    {.image = S("tomcat*.exe"), .title = S("tomcat")},
    {.image = S("\\\\server\\share\\httpd.exe"), .title = S("share")},
    {.image = S("D:\\Shop\\shop.exe"), .title = S("generic shop"), .generic = true},
    {.image = S("shop.exe"), .title = S("shop")},
    {.image = S("twice.exe"), .title = S("first")},
    {.image = S("TWICE.EXE"), .title = S("second")},
};

static void workers_by_path(void **state)
{
    (void)state;
    static const struct {
        const char *logged, *title; /* NULL: no worker */
        enum tcs_fit fit;
    } cases[] = {
        {"C:\\Windows\\System32\\inetsrv\\w3wp.exe", "full", TCS_FIT_FULL},
        {"c:\\windows\\SYSWOW64\\inetsrv\\W3WP.EXE", "full", TCS_FIT_FULL},
        {"\\Windows\\System32\\inetsrv\\w3wp.exe", "full", TCS_FIT_ROOTED},
        /* Elsewhere, or with a name only: it is recognised, but by its name. */
        {"C:\\Temp\\w3wp.exe", "by name", TCS_FIT_NAME},
        {"w3wp.exe", "full", TCS_FIT_NAME},
        {"C:\\Windows\\System32\\x\\inetsrv\\w3wp.exe", "by name", TCS_FIT_NAME},
        {"\\Device\\HarddiskVolume2\\Windows\\System32\\inetsrv\\w3wp.exe", "by name", TCS_FIT_NAME},
        {"\\\\evil\\share\\w3wp.exe", "by name", TCS_FIT_NAME},
        {"C:\\Windows\\System32\\inetsrv\\w3wp.exe ", NULL, TCS_FIT_NONE},
        {"C:\\Windows\\System32\\inetsrv\\w3wp", NULL, TCS_FIT_NONE},
        {"C:\\Windows\\System32\\inetsrv\\", NULL, TCS_FIT_NONE},
        {"", NULL, TCS_FIT_NONE},
        /* A * that swallows something odd makes no sure worker. */
        {"C:\\Windows\\Sys:tem\\inetsrv\\w3wp.exe", "full", TCS_FIT_NAME},
        {"C:\\Windows\\SYSTEM~1\\inetsrv\\w3wp.exe", "full", TCS_FIT_NAME},
        /* The more special one of two that only may be servers is the one that is a full path. */
        {"C:\\Agent\\java.exe", "agent's java", TCS_FIT_FULL},
        {"C:\\Java\\bin\\java.exe", "java", TCS_FIT_NAME},
        {"C:\\agent\\externals\\node20\\bin\\node.exe", "agent", TCS_FIT_NAME},
        {"C:\\nodejs\\node.exe", "node", TCS_FIT_NAME},
        /* A name with a star */
        {"C:\\Tomcat 9.0\\bin\\Tomcat9.exe", "tomcat", TCS_FIT_NAME},
        {"tomcat.exe", "tomcat", TCS_FIT_NAME},
        {"C:\\tomcat\\x.exe", NULL, TCS_FIT_NONE},
        {"\\\\server\\share\\httpd.exe", "share", TCS_FIT_FULL},
        {"\\Device\\Mup\\server\\share\\httpd.exe", "share", TCS_FIT_FULL},
        {"C:\\httpd.exe", NULL, TCS_FIT_NONE},
        {"httpd.exe", "share", TCS_FIT_NAME},
        /* What is a server beats what may be one, however it is found. */
        {"D:\\Shop\\shop.exe", "shop", TCS_FIT_NAME},
        /* Of two alike the one that was read first */
        {"C:\\twice.exe", "first", TCS_FIT_NAME},
        /* look-alikes are no workers */
        {"C:\\\xEF\xBD\x97\x33wp.exe", NULL, TCS_FIT_NONE},
    };
    struct tcs_rules rules = {.workers = workers, .worker_count = COUNT_OF(workers)};
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_path path = path_of(&b, tcs_str_of(cases[i].logged));
        enum tcs_fit fit;
        const struct tcs_rule_worker *w = tcs_ruleset_worker(&b.set, &path, TCS_WINDOWS_VISTA_ON, &fit);
        check_int(cases[i].logged, w != NULL, cases[i].title != NULL);
        check_int(cases[i].logged, fit, cases[i].fit);
        if (w)
            check_text(cases[i].logged, w->worker->title, cases[i].title);
    }
    release(&b);
}

/* The user's workers are looked at before those of the profiles, and profiles in their order. */
static void whose_worker_it_is(void **state)
{
    (void)state;
    struct tcs_worker mine = {.image = S("a.exe")}, theirs[] = {{.image = S("a.exe")}, {.image = S("b.exe")}},
                      others = {.image = S("B.EXE")};
    struct tcs_profile profiles[] = {
        {.name = S("one"), .workers = theirs, .worker_count = 2},
        {.name = S("two"), .workers = &others, .worker_count = 1},
    };
    struct tcs_rules rules = {.profiles = profiles, .profile_count = 2, .workers = &mine, .worker_count = 1};
    struct bench b;
    enum tcs_fit fit;
    compile(&b, &rules, "C:\\Windows");
    struct tcs_path a = path_of(&b, TCS_STR("C:\\a.exe")), c = path_of(&b, TCS_STR("C:\\b.exe"));
    assert_null(tcs_ruleset_worker(&b.set, &a, TCS_WINDOWS_VISTA_ON, &fit)->profile);
    assert_ptr_equal(tcs_ruleset_worker(&b.set, &c, TCS_WINDOWS_VISTA_ON, &fit)->profile, &profiles[0]);
    release(&b);
}

/* What IIS 6 needed passes no more on a Windows that has none, and its worker is not taken for one. */
static void profiles_of_other_windows(void **state)
{
    (void)state;
    struct tcs_need old_need = {.path = S("C:\\old.exe")}, new_need = {.path = S("C:\\new.exe")},
                    any_need = {.path = S("C:\\any.exe")}, mine = {.path = S("C:\\mine.exe")};
    struct tcs_worker old_worker = {.image = S("w3wp.exe")}, new_worker = {.image = S("w3wp.exe")};
    struct tcs_profile profiles[] = {
        {.windows = TCS_WINDOWS_BEFORE_VISTA, .needs = &old_need, .need_count = 1, .workers = &old_worker, .worker_count = 1},
        {.windows = TCS_WINDOWS_VISTA_ON, .needs = &new_need, .need_count = 1, .workers = &new_worker, .worker_count = 1},
        {.windows = TCS_WINDOWS_ANY, .needs = &any_need, .need_count = 1},
    };
    struct tcs_rules rules = {.profiles = profiles, .profile_count = 3, .allow = &mine, .allow_count = 1};
    struct bench b;
    size_t count;
    enum tcs_fit fit;
    compile(&b, &rules, "C:\\Windows");
    const enum tcs_windows before = TCS_WINDOWS_BEFORE_VISTA, since = TCS_WINDOWS_VISTA_ON;
    assert_int_equal(fit_on(&b, TCS_STR("C:\\old.exe"), false, before, &count), TCS_FIT_FULL);
    assert_int_equal(fit_on(&b, TCS_STR("C:\\old.exe"), false, since, &count), TCS_FIT_NONE);
    assert_int_equal(fit_on(&b, TCS_STR("C:\\new.exe"), false, before, &count), TCS_FIT_NONE);
    assert_int_equal(fit_on(&b, TCS_STR("C:\\new.exe"), false, since, &count), TCS_FIT_FULL);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fit_on(&b, TCS_STR("C:\\any.exe"), false, i ? before : since, &count), TCS_FIT_FULL);
        assert_int_equal(fit_on(&b, TCS_STR("C:\\mine.exe"), false, i ? before : since, &count), TCS_FIT_FULL);
    }
    struct tcs_path path = path_of(&b, TCS_STR("C:\\w3wp.exe"));
    assert_ptr_equal(tcs_ruleset_worker(&b.set, &path, before, &fit)->worker, &old_worker);
    assert_ptr_equal(tcs_ruleset_worker(&b.set, &path, since, &fit)->worker, &new_worker);
    release(&b);
}

static void images_by_pattern(void **state)
{
    (void)state;
    static const struct {
        const char *logged, *pattern; /* folded */
        bool fits;
    } cases[] = {
        {"C:\\Windows\\explorer.exe", "EXPLORER.EXE", true},
        {"\\Windows\\explorer.exe", "EXPLORER.EXE", true},
        {"explorer.exe", "EXPLORER.EXE", true},
        {"C:\\Windows\\explorer.exe", "EXPLORER*", true},
        {"C:\\Windows\\explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", true},
        {"C:\\Temp\\explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", false},
        {"\\Windows\\explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", true}, /* any drive may be meant */
        {"\\Temp\\explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", false},
        {"\\Windows\\explorer.exe", "\\\\SERVER\\SHARE\\EXPLORER.EXE", false},
        {"explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", true},
        {"C:\\a\\b\\x.exe", "**\\B\\X.EXE", true},
        {"\\a\\b\\x.exe", "**\\B\\X.EXE", true},
        {"x.exe", "**\\B\\X.EXE", true},
        {"C:\\a\\c\\x.exe", "**\\B\\X.EXE", false},
        {"\\Device\\HarddiskVolume9\\Windows\\explorer.exe", "C:\\WINDOWS\\EXPLORER.EXE", false},
        {"\\Device\\HarddiskVolume9\\Windows\\explorer.exe", "EXPLORER.EXE", true},
        {"", "EXPLORER.EXE", false},
        {"", "*", false},
        {"C:\\", "*", true},
    };
    struct tcs_rules rules = {0};
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_path path = path_of(&b, tcs_str_of(cases[i].logged));
        char what[200];
        snprintf(what, sizeof what, "%s by %s", cases[i].logged, cases[i].pattern);
        check_int(what, tcs_image_fits(&path, tcs_str_of(cases[i].pattern)), cases[i].fits);
    }
    release(&b);
}

/* ---- accounts ---- */

static const struct tcs_strs account_patterns = LIST(S("S-1-5-82-*"), S("S-1-5-17"), S("IUSR"), S("IUSR_*"),
                                                     S("IIS APPPOOL\\*"), S("CORP\\svc-*"), S("M\xC3\xBCller"));

static const struct {
    const char *sid, *domain, *name;
    bool is_web, by_sid;
} accounts[] = {
    {"S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415", "IIS APPPOOL", "DefaultAppPool", true, true},
    {"S-1-5-82-1-2-3-4-5", "", "", true, true},
    {"S-1-5-17", "NT AUTHORITY", "IUSR", true, true},
    {"S-1-5-17", "", "renamed", true, true},
    {"S-1-5-820-1", "", "", false, false},
    {"S-1-5-80-1-2-3-4-5", "NT SERVICE", "MSSQLSERVER", false, false},
    /* by name */
    {"", "", "IUSR", true, false},
    {"", "WEB01", "iusr_web01", true, false},
    {"S-1-5-21-1-2-3-1001", "WEB01", "IUSR_WEB01", true, false},
    {"", "WEB01", "XIUSR_WEB01", false, false},
    {"", "WEB01", "IUSRX", false, false},
    {"", "IIS APPPOOL", "Shop", true, false},
    {"", "iis apppool", "SHOP", true, false},
    {"", "", "Shop", false, false},
    {"", "OTHER", "Shop", false, false},
    {"", "CORP", "svc-web", true, false},
    {"", "corp", "SVC-WEB", true, false},
    {"", "EVIL", "svc-web", false, false},
    {"", "", "svc-web", false, false},
    {"", "", "m\xC3\xBCller", true, false},
    {"", "", "M\xC3\x9CLLER", true, false},
    {"", "", "Muller", false, false},
    /* A SID of one part is one account on every machine: no name changes what it is. */
    {"S-1-5-18", "NT AUTHORITY", "IUSR", false, false},
    {"S-1-5-18", "IIS APPPOOL", "DefaultAppPool", false, false},
    {"S-1-5-20", "WEB01", "IUSR_WEB01", false, false},
    {"S-1-5-7", "NT AUTHORITY", "IUSR", false, false},
    /* but nobody's SID says nothing */
    {"S-1-0-0", "WEB01", "IUSR_WEB01", true, false},
    {"S-1-0-0", "", "", false, false},
    {"", "", "", false, false},
    {"", "", "S-1-5-17", false, false}, /* a name that looks like one */
    {"", "IIS APPPOOL", "", false, false},
};

static struct tcs_identity identity_of(size_t i)
{
    struct tcs_identity who = {.domain = tcs_str_of(accounts[i].domain), .name = tcs_str_of(accounts[i].name)};
    if (accounts[i].sid[0])
        assert_true(tcs_sid_from_text(tcs_str_of(accounts[i].sid), &who.sid));
    return who;
}

static void accounts_of_the_server(void **state)
{
    (void)state;
    struct tcs_rules rules = {.accounts = account_patterns};
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    for (size_t i = 0; i < COUNT_OF(accounts); i++) {
        struct tcs_identity who = identity_of(i);
        char what[200];
        bool by_sid;
        snprintf(what, sizeof what, "%s %s\\%s", accounts[i].sid, accounts[i].domain, accounts[i].name);
        const struct tcs_rule_account *r = tcs_ruleset_account(&b.set, &who, &by_sid);
        check_int(what, r != NULL, accounts[i].is_web);
        check_int(what, by_sid, accounts[i].by_sid);
    }
    release(&b);
}

/* The same patterns as a condition of an entry: here a name counts even beside a SID. */
static void accounts_of_a_condition(void **state)
{
    (void)state;
    static const struct {
        const char *sid, *domain, *name;
        bool fits;
    } cases[] = {
        {"S-1-5-82-1-2-3-4-5", "", "", true},   {"S-1-5-17", "", "x", true},       {"", "", "IUSR", true},
        {"", "WEB01", "iusr_x", true},          {"", "corp", "svc-web", true},     {"", "", "svc-web", false},
        {"S-1-5-18", "", "SYSTEM", false},      {"", "", "", false},               {"S-1-0-0", "", "", false},
        {"", "", "m\xC3\x9Cller", true},        {"", "IIS APPPOOL", "Shop", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_identity who = {.domain = tcs_str_of(cases[i].domain), .name = tcs_str_of(cases[i].name)};
        if (cases[i].sid[0])
            assert_true(tcs_sid_from_text(tcs_str_of(cases[i].sid), &who.sid));
        check_int(cases[i].name, tcs_account_fits(&who, &account_patterns), cases[i].fits);
    }
    struct tcs_strs none = {NULL, 0};
    struct tcs_identity iusr = {.name = S("IUSR"), .domain = S("")};
    assert_false(tcs_account_fits(&iusr, &none));
}

/* Windows allows 256 characters; what is longer is no account of ours, and must not overrun anything. */
static void long_names(void **state)
{
    (void)state;
    static char much[5000];
    memset(much, 'x', sizeof much);
    memcpy(much, "IUSR_", 5);
    struct tcs_rules rules = {.accounts = account_patterns};
    struct bench b;
    bool by_sid;
    compile(&b, &rules, "C:\\Windows");
    for (size_t len = 500; len < sizeof much; len += 250) {
        struct tcs_identity who = {.name = {much, len}, .domain = {much, len}};
        assert_int_equal(tcs_ruleset_account(&b.set, &who, &by_sid) != NULL, len <= 512);
        assert_int_equal(tcs_account_fits(&who, &account_patterns), len <= 512);
    }
    struct tcs_strs long_pattern = {(const struct tcs_str[]){{much, sizeof much}}, 1};
    struct tcs_identity who = {.name = S("IUSR_x"), .domain = S("")};
    assert_false(tcs_account_fits(&who, &long_pattern));
    release(&b);
}

/* ---- much of everything ---- */

static void a_hundred_thousand_needs(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static const struct affixes {
        const char *before, *behind;
    } entries[] = {{"C:\\d", "\\setup.exe"}, {"C:\\d\\tool", ".exe"}, {"C:\\*\\pat", ".exe"}},
      logged_as[] = {{"c:\\D", "\\SETUP.exe"}, {"c:\\D\\TOOL", ".exe"}, {"c:\\any\\PAT", ".exe"}};
    static char texts[MANY][48];
    static struct tcs_need needs[MANY];
    for (size_t i = 0; i < MANY; i++) {
        /* a third with one name in many folders, a third with many names, a third patterns */
        const struct affixes *a = &entries[i % 3];
        snprintf(texts[i], sizeof texts[i], "%s%zu%s", a->before, i, a->behind);
        needs[i] = (struct tcs_need){.path = tcs_str_of(texts[i])};
    }
    struct tcs_rules rules = {.allow = needs, .allow_count = MANY};
    struct bench b;
    compile(&b, &rules, "C:\\Windows");
    assert_int_equal(b.set.need_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        char logged[64];
        size_t count;
        const struct affixes *a = &logged_as[i % 3];
        snprintf(logged, sizeof logged, "%s%zu%s", a->before, i, a->behind);
        if (fit_of(&b, tcs_str_of(logged), false, &count) != TCS_FIT_FULL || count != 1)
            fail_msg("%s: %zu fit", logged, count);
        logged[4] = 'x'; /* another folder */
        if (i % 3 != 2 && fit_of(&b, tcs_str_of(logged), false, &count) != TCS_FIT_NONE)
            fail_msg("%s fits", logged);
        tcs_arena_reset(&b.arena);
    }
    release(&b);
}

static void no_rules_at_all(void **state)
{
    (void)state;
    struct tcs_rules rules = {0};
    struct bench b;
    size_t count;
    enum tcs_fit fit;
    bool by_sid;
    compile(&b, &rules, "C:\\Windows");
    assert_int_equal(fit_of(&b, TCS_STR("C:\\x.exe"), true, &count), TCS_FIT_NONE);
    struct tcs_path path = path_of(&b, TCS_STR("C:\\x.exe"));
    assert_null(tcs_ruleset_worker(&b.set, &path, TCS_WINDOWS_VISTA_ON, &fit));
    struct tcs_identity who = {.name = S("IUSR"), .domain = S("")};
    assert_null(tcs_ruleset_account(&b.set, &who, &by_sid));
    release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_that_may_be_listed),
        cmocka_unit_test(paths_that_may_not),
        cmocka_unit_test(what_may_be_listed_fits),
        cmocka_unit_test(the_root_is_that_of_the_host),
        cmocka_unit_test(paths_without_drive),
        cmocka_unit_test(all_entries_of_a_path_are_found),
        cmocka_unit_test(nothing_but_the_listed_file_passes),
        cmocka_unit_test(a_star_swallows_no_trick),
        cmocka_unit_test(workers_by_path),
        cmocka_unit_test(whose_worker_it_is),
        cmocka_unit_test(profiles_of_other_windows),
        cmocka_unit_test(images_by_pattern),
        cmocka_unit_test(accounts_of_the_server),
        cmocka_unit_test(accounts_of_a_condition),
        cmocka_unit_test(long_names),
        cmocka_unit_test(a_hundred_thousand_needs),
        cmocka_unit_test(no_rules_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
