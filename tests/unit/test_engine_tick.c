#include "unit.h"

#include "engine/engine.h"

/* An incident that nothing happens in is over some day: by its own time, and by the clock of who watches. */

struct told {
    unsigned told, grown, closed;
};

static void on_told(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *finding)
{
    (void)incident;
    struct told *t = ctx;
    t->told++;
    assert_int_equal(finding->revision, 0);
}

static void on_grown(void *ctx, const struct tcs_incident *incident)
{
    (void)incident;
    ((struct told *)ctx)->grown++;
}

static void on_closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    (void)incident;
    assert_false(partial);
    ((struct told *)ctx)->closed++;
}

static struct tcs_time at(int64_t hours)
{
    return (struct tcs_time){hours * 3600 * TCS_TICKS_PER_SECOND};
}

static struct tcs_engine *make(struct told *t)
{
    static const struct tcs_rules rules;
    struct tcs_effects effects = {.ctx = t, .told = on_told, .grown = on_grown, .closed = on_closed};
    struct tcs_engine *e =
        tcs_engine_new(&rules, &tcs_default_engine_limits, (struct tcs_hash_key){1, 2}, &effects, NULL);
    assert_non_null(e);
    return e;
}

static void happen(struct tcs_engine *e, struct tcs_time time)
{
    struct tcs_log_fact fact = {TCS_RULE_LOG_FULL, TCS_LIKELY,      TCS_STR("WEB01"), time,
                                TCS_STR("full"),   TCS_STR("a log")};
    assert_int_equal(tcs_engine_log_fact(e, &fact, NULL), TCS_OK);
}

/* A log that comes late is old by its own time; what comes of it still belongs together. */
static void old_by_its_own_time_only(void **state)
{
    (void)state;
    struct told t = {0};
    struct tcs_engine *e = make(&t);
    tcs_engine_tick(e, at(200000));
    happen(e, at(1000));
    tcs_engine_tell(e);
    tcs_engine_tick(e, at(200001));
    happen(e, at(1001));
    tcs_engine_tick(e, at(200024));
    assert_int_equal(t.closed, 0);
    tcs_engine_tick(e, at(200026));
    assert_int_equal(t.closed, 1);
    assert_int_equal(t.told, 2);
    tcs_engine_free(e);
}

/* What is new by its own time is open, whatever the clock says. */
static void new_by_its_own_time(void **state)
{
    (void)state;
    struct told t = {0};
    struct tcs_engine *e = make(&t);
    tcs_engine_tick(e, at(200000));
    happen(e, at(300000));
    tcs_engine_tick(e, at(200100));
    assert_int_equal(t.closed, 0);
    tcs_engine_free(e);
}

/* A clock that is set back makes nobody wait for ever, and closes nothing too early. */
static void the_clock_is_set_back(void **state)
{
    (void)state;
    struct told t = {0};
    struct tcs_engine *e = make(&t);
    tcs_engine_tick(e, at(200000));
    happen(e, at(1000));
    tcs_engine_tick(e, at(100000));
    tcs_engine_tick(e, at(100023));
    assert_int_equal(t.closed, 0);
    tcs_engine_tick(e, at(100025));
    assert_int_equal(t.closed, 1);
    tcs_engine_free(e);
}

/* Told once for each batch, and not again; what is silent is never told. */
static void told_once(void **state)
{
    (void)state;
    struct told t = {0};
    struct tcs_engine *e = make(&t);
    tcs_engine_be_silent(e, true);
    happen(e, at(1000));
    tcs_engine_be_silent(e, false);
    tcs_engine_tell(e);
    assert_int_equal(t.told, 0);
    happen(e, at(1001));
    tcs_engine_tell(e);
    tcs_engine_tell(e);
    assert_int_equal(t.told, 1);
    assert_int_equal(t.grown, 1);
    tcs_engine_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_by_its_own_time_only),
        cmocka_unit_test(new_by_its_own_time),
        cmocka_unit_test(the_clock_is_set_back),
        cmocka_unit_test(told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
