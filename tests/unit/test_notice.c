#include "unit.h"

#include "render/notice.h"

static struct tcs_message render(struct tcs_arena *arena, const char *subject, const char *text)
{
    struct tcs_err err = TCS_ERR_INIT;
    const struct tcs_notice_fact facts[] = {{"channel", TCS_STR("a\"b"), 0}, {"count", {NULL, 0}, 7}};
    struct tcs_notice notice = {
        .kind = TCS_MESSAGE_TROUBLE,
        .severity = TCS_CERTAIN,
        .time = {INT64_C(10427950270000000)},
        .host = TCS_STR("WATCHER"),
        .subject = tcs_str_of(subject),
        .text = tcs_str_of(text),
        .facts = facts,
        .fact_count = 2,
    };
    struct tcs_message m;
    if (tcs_render_notice(&notice, arena, &m, &err) != TCS_OK)
        fail_msg("%s", err.text);
    return m;
}

static void it_has_the_form_of_a_finding(void **state)
{
    (void)state;
    struct tcs_arena arena;
    tcs_arena_init(&arena, 1 << 20);
    struct tcs_message m = render(&arena, "s", "said \x1B[31m \xE2\x80\xAE");
    check_int("kind", m.kind, TCS_MESSAGE_TROUBLE);
    check_int("severity", m.severity, TCS_CERTAIN);
    check_int("queued", m.queued.ticks, m.time.ticks);
    check_int("id", m.id.len, 32);
    check_text("no incident", m.incident_id, "");
    check_text("host", m.host, "WATCHER");
    check_text("headline is made visible", m.headline, "said <U+001B>[31m <U+202E>");
    char want[1024];
    snprintf(want, sizeof want,
             "{\"@timestamp\":\"2003-01-17T09:17:07.0000000Z\",\"message\":\"said \\u001b[31m \\u202e\","
             "\"ecs\":{\"version\":\"8.11.0\"},\"event\":{\"kind\":\"alert\",\"category\":[\"host\"],"
             "\"type\":[\"error\"],"
             "\"severity\":80},\"host\":{\"name\":\"WATCHER\"},\"tocsin\":{\"finding_id\":\"%.32s\","
             "\"severity\":\"certain\","
             "\"notice\":\"trouble\",\"channel\":\"a\\\"b\",\"count\":7}}",
             m.id.p);
    check_text("JSON is exact", m.json, want);
    tcs_arena_done(&arena);
}

static void ids_tell_notices_apart(void **state)
{
    (void)state;
    struct tcs_arena arena;
    tcs_arena_init(&arena, 1 << 20);
    struct tcs_message a = render(&arena, "one", "x"), again = render(&arena, "one", "y"),
                       b = render(&arena, "two", "x");
    check_str("the same in a repeat", a.id, again.id);
    check_true("others differ", !tcs_str_eq(a.id, b.id));
    tcs_arena_done(&arena);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct tcs_arena arena;
    struct tcs_message m;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_notice notice = {.kind = TCS_MESSAGE_ALIVE, .host = TCS_STR("h"), .text = TCS_STR("t")};
    tcs_arena_init(&arena, 0);
    assert_int_equal(tcs_render_notice(&notice, &arena, &m, &err), TCS_NOMEM);
    tcs_arena_done(&arena);
    tcs_arena_init(&arena, 16 << 20);
    size_t len = 2 << 20;
    char *large = malloc(len);
    memset(large, 'x', len);
    notice.text = (struct tcs_str){large, len};
    tcs_err_clear(&err);
    assert_int_equal(tcs_render_notice(&notice, &arena, &m, &err), TCS_LIMIT);
    free(large);
    tcs_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_form_of_a_finding),
        cmocka_unit_test(ids_tell_notices_apart),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
