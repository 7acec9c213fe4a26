#include "source/pattern.h"

bool tcs_pattern_is(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

size_t tcs_pattern_folder(const char *pattern)
{
    size_t wild = strcspn(pattern, "*?");
    while (wild > 0 && pattern[wild - 1] != '/')
        wild--;
    return wild > 1 ? wild - 1 : wild;
}

/* What stands at p: `**` with the slash behind it counts as one step that may swallow slashes. */
static bool is_deep(const char *p)
{
    return p[0] == '*' && p[1] == '*';
}

static const char *behind_stars(const char *p)
{
    bool deep = is_deep(p);
    while (*p == '*')
        p++;
    return deep && *p == '/' ? p + 1 : p;
}

/*
 * The usual walk with one place to return to for each kind of star: a later star
 * can only make an earlier one of its kind superfluous, and a deep one all.
 */
bool tcs_pattern_matches(const char *p, const char *s)
{
    struct {
        const char *p, *s;
    } near = {NULL, NULL}, deep = {NULL, NULL};
    for (;;) {
        if (*p == '*') {
            if (is_deep(p)) {
                deep.p = p = behind_stars(p);
                deep.s = s;
                near.p = NULL;
            } else {
                near.p = p = behind_stars(p);
                near.s = s;
            }
            continue;
        }
        if (*p == '\0' && *s == '\0')
            return true;
        if (*s != '\0' && (*p == *s || (*p == '?' && *s != '/'))) {
            p++;
            s++;
            continue;
        }
        if (near.p && *near.s != '\0' && *near.s != '/') {
            p = near.p;
            s = ++near.s;
            continue;
        }
        /* A deep star before a name swallows whole folders; at the end of a pattern it swallows all. */
        if (deep.p == NULL || *deep.s == '\0')
            return false;
        do
            deep.s++;
        while (deep.p[-1] == '/' && *deep.s != '\0' && deep.s[-1] != '/');
        p = deep.p;
        s = deep.s;
        near.p = NULL;
    }
}

bool tcs_pattern_reaches(const char *pattern, const char *folder)
{
    /* Name by name, until one does not fit, the folder ends, or a deep star takes the rest. */
    while (*folder != '\0') {
        size_t want = strcspn(pattern, "/"), have = strcspn(folder, "/");
        if (want >= 2 && strstr(pattern, "**") && strstr(pattern, "**") < pattern + want)
            return true;
        char one[256], other[256];
        if (pattern[want] == '\0' || want >= sizeof one || have >= sizeof other)
            return want >= sizeof one || have >= sizeof other;
        memcpy(one, pattern, want);
        memcpy(other, folder, have);
        one[want] = other[have] = '\0';
        if (!tcs_pattern_matches(one, other))
            return false;
        pattern += want + 1;
        folder += have;
        folder += *folder == '/';
    }
    return true;
}
