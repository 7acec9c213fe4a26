#include "source/pattern.h"
#include "unit.h"

static void what_matches(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"*.evtx", "a.evtx", true},
        {"*.evtx", "a/b.evtx", false},
        {"*.evt*", "a.evt", true},
        {"?.evt", "a.evt", true},
        {"?.evt", "ab.evt", false},
        {"a?b", "a/b", false},
        {"**", "a/b/c", true},
        {"**", "a", true},
        {"**/*.evtx", "a.evtx", true},
        {"**/*.evtx", "a/b/c.evtx", true},
        {"**/*.evtx", "a/b/c.evt", false},
        {"/srv/**/*.evtx", "/srv/a.evtx", true},
        {"/srv/**/*.evtx", "/srv/x/y/a.evtx", true},
        {"/srv/**/*.evtx", "/srvx/a.evtx", false},
        {"/srv/**/web*/Security.evtx", "/srv/a/web01/Security.evtx", true},
        {"/srv/**/web*/Security.evtx", "/srv/web01/Security.evtx", true},
        {"/srv/**/web*/Security.evtx", "/srv/xweb01/Security.evtx", false},
        {"/srv/**/web*/Security.evtx", "/srv/web01/x/Security.evtx", false},
        {"/srv/*/x", "/srv//x", true},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/xb", false},
        {"**/a/**/b", "x/a/y/b", true},
        {"**/a/**/b", "x/b/y/a", false},
        {"*a*b*c", "xaxbxc", true},
        {"*a*b*c", "xaxbx", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].pattern, tcs_pattern_matches(cases[i].pattern, cases[i].path), cases[i].matches);
}

/* A pattern of stars over a long name must not take for ever. */
static void many_stars(void **state)
{
    char pattern[512], path[2048];
    (void)state;
    for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
        memcpy(pattern + i, "*a", 3);
    memset(path, 'a', sizeof path);
    path[sizeof path - 2] = 'b';
    path[sizeof path - 1] = '\0';
    assert_false(tcs_pattern_matches(pattern, path));
}

static void where_matches_lie(void **state)
{
    static const struct {
        const char *pattern, *folder;
    } cases[] = {
        {"*.evtx", ""},         {"logs/*.evtx", "logs"}, {"/srv/logs/**/*.evt*", "/srv/logs"},
        {"/*.evtx", "/"},       {"a/b?/c", "a"},         {"/srv/logs", "/srv"},
        {"/srv/a*b/c", "/srv"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_text(cases[i].pattern, (struct tcs_str){cases[i].pattern, tcs_pattern_folder(cases[i].pattern)},
                   cases[i].folder);
    assert_true(tcs_pattern_is("a*"));
    assert_true(tcs_pattern_is("a?"));
    assert_false(tcs_pattern_is("/srv/a[1].evtx"));
}

static void which_folders_are_entered(void **state)
{
    static const struct {
        const char *pattern, *folder;
        bool reaches;
    } cases[] = {
        {"/srv/*/x.evtx", "/srv", true},
        {"/srv/*/x.evtx", "/srv/a", true},
        {"/srv/*/x.evtx", "/srv/a/b", false},
        {"/srv/*.evtx", "/srv/a", false},
        {"/srv/**/x", "/srv/a/b/c", true},
        {"web*/x", "web1", true},
        {"web*/x", "sql1", false},
        {"**", "a/b", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].pattern, tcs_pattern_reaches(cases[i].pattern, cases[i].folder), cases[i].reaches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches),
        cmocka_unit_test(many_stars),
        cmocka_unit_test(where_matches_lie),
        cmocka_unit_test(which_folders_are_entered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
