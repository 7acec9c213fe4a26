#include "unit.h"

#include "delivery/outbox.h"

/*
 * The policy on a clock of its own: a made-up server, a queue in memory, and
 * a loop that does what the runner does. Every case knows what must arrive.
 */

enum { QUEUE_MOST = 4096 };

#define SECONDS(n) ((uint64_t)(n)*1000)
#define MINUTES(n) SECONDS((n)*60)
#define HOURS(n)   MINUTES((n)*60)

struct world {
    struct tcs_outbox o;
    struct tcs_now now;
    struct tcs_outbox_row queue[QUEUE_MOST]; /* what was put in, for good */
    char ids[QUEUE_MOST][8];
    size_t put, first; /* [first, put) waits */
    size_t arrived[QUEUE_MOST];
    size_t arrived_count, dead_count, dead[QUEUE_MOST];
    size_t sends, digests, tries, longest;
    uint64_t trouble_dead, trouble_failing;
    uint64_t last_send; /* steady */
    /* The server: away before this time; then it takes what it does not reject. */
    uint64_t back_at;
    uint64_t retry_after;
    size_t bad; /* index of a message that it rejects, QUEUE_MOST: none */
    bool rejects_all;
};

static const struct tcs_outbox_policy mail_like = {
    .retry_least = 1000,
    .retry_most = MINUTES(15),
    .expire = HOURS(24 * 7),
    .burst = 10,
    .digest = MINUTES(5),
    .warn_after = MINUTES(10),
    .warn_every = HOURS(1),
    .batch = TCS_BATCH_INCIDENT,
    .digests = true,
    .batch_most = 100,
};

static void begin(struct world *w, const struct tcs_outbox_policy *policy)
{
    memset(w, 0, sizeof *w);
    w->now = (struct tcs_now){SECONDS(1000), {INT64_C(16000000000000000)}};
    w->bad = QUEUE_MOST;
    tcs_outbox_init(&w->o, policy, 42, w->now);
}

static void pass(struct world *w, uint64_t ms)
{
    w->now.steady += ms;
    w->now.wall.ticks += (int64_t)ms * 10000;
}

static void put(struct world *w, const char *incident)
{
    assert_true(w->put < QUEUE_MOST);
    struct tcs_message *m = &w->queue[w->put].message;
    snprintf(w->ids[w->put], sizeof w->ids[0], "%zu", w->put);
    m->sequence = w->put;
    m->id = tcs_str_of(w->ids[w->put]);
    m->incident_id = tcs_str_of(incident);
    m->queued = w->now.wall;
    w->put++;
}

static enum tcs_send_result answer(struct world *w, size_t take, struct tcs_receipt *receipt)
{
    bool has_bad = w->bad >= w->first && w->bad < w->first + take;
    if (w->now.steady < w->back_at) {
        receipt->retry_after = w->retry_after;
        return TCS_SEND_RETRY;
    }
    return has_bad || w->rejects_all ? TCS_SEND_REJECTED : TCS_SENT;
}

static void take_away(struct world *w, struct tcs_outbox_verdict v)
{
    for (size_t i = 0; i < v.sent; i++)
        w->arrived[w->arrived_count++] = w->first + i;
    for (size_t i = 0; i < v.dead; i++)
        w->dead[w->dead_count++] = w->first + v.sent + i;
    w->first += v.sent + v.dead;
    uint64_t count;
    switch (tcs_outbox_trouble(&w->o, w->now, &count)) {
    case TCS_TROUBLE_DEAD:
        w->trouble_dead += count;
        break;
    case TCS_TROUBLE_FAILING:
        w->trouble_failing++;
        break;
    case TCS_TROUBLE_NONE:
        break;
    }
}

/* One look at the queue; gives how long to wait. */
static uint64_t look(struct world *w)
{
    size_t seen = w->put - w->first, most = w->o.policy.batch_most + 1;
    struct tcs_outbox_plan plan =
        tcs_outbox_next(&w->o, w->queue + w->first, seen < most ? seen : most, w->now);
    if (plan.take == 0)
        return plan.wait;
    struct tcs_receipt receipt = {0};
    enum tcs_send_result result = answer(w, plan.take, &receipt);
    w->tries++;
    if (result == TCS_SENT) {
        w->sends++;
        w->digests += plan.is_digest;
        w->last_send = w->now.steady;
        w->longest = plan.take > w->longest ? plan.take : w->longest;
    }
    struct tcs_outbox_verdict v =
        tcs_outbox_settle(&w->o, w->queue + w->first, plan, result, &receipt, w->now);
    take_away(w, v);
    return v.wait;
}

/* Lets time pass until nothing waits, or for so long at most. */
static void run_for(struct world *w, uint64_t ms)
{
    uint64_t end = w->now.steady + ms;
    while (w->now.steady <= end) {
        uint64_t wait = look(w);
        if (wait > end - w->now.steady)
            break;
        pass(w, wait);
    }
    if (w->now.steady < end)
        pass(w, end - w->now.steady);
}

/* Everything that was put in has arrived once, in order, but for the dead. */
static void check_complete(const char *what, const struct world *w)
{
    check_int(what, w->arrived_count + w->dead_count, w->put);
    for (size_t i = 1; i < w->arrived_count; i++)
        if (w->arrived[i] <= w->arrived[i - 1])
            fail_msg("%s: %zu came behind %zu", what, w->arrived[i], w->arrived[i - 1]);
}

/* ---- cases ---- */

static struct world w; /* too large for the stack */

static void the_first_goes_at_once(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    check_int("nothing to do", look(&w), UINT64_MAX);
    put(&w, "a");
    look(&w);
    check_int("sent", w.arrived_count, 1);
    check_int("by itself", w.digests, 0);
}

static void an_incident_goes_together(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    put(&w, "a"), put(&w, "a"), put(&w, "b"), put(&w, "a"), put(&w, ""), put(&w, "");
    run_for(&w, 0);
    check_complete("all", &w);
    check_int("a a, b, a, and two of no incident", w.sends, 5);
    check_int("no digest", w.digests, 0);
}

static void the_limit_digests_and_leaves_nothing_out(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    for (unsigned i = 0; i < 280; i++) {
        put(&w, i % 2 ? "a" : "b");
        run_for(&w, SECONDS(1));
    }
    check_int("the burst", w.sends, 10);
    run_for(&w, MINUTES(30));
    check_complete("all", &w);
    check_true("few", w.sends <= 10 + 280 / 100 + 2);
    check_true("as digests", w.digests >= 3);
    check_true("none too long", w.longest <= 100);
    /* Quiet for an hour: the burst is there again. */
    run_for(&w, HOURS(1));
    size_t before = w.sends;
    for (unsigned i = 0; i < 10; i++)
        put(&w, i % 2 ? "a" : "b");
    run_for(&w, 0);
    check_int("each at once", w.sends - before, 10);
}

static void no_limit_without_burst(void **state)
{
    (void)state;
    struct tcs_outbox_policy policy = mail_like;
    policy.burst = 0;
    policy.batch = TCS_BATCH_ANY;
    begin(&w, &policy);
    for (unsigned i = 0; i < 1000; i++)
        put(&w, "a");
    run_for(&w, 0);
    check_complete("all", &w);
    check_int("by hundreds", w.sends, 10);
}

static void a_whole_night(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    w.back_at = w.now.steady + HOURS(9);
    for (unsigned minute = 0; minute < 9 * 60; minute++) {
        put(&w, minute % 7 ? "a" : "b");
        run_for(&w, MINUTES(1));
    }
    check_int("nothing yet", w.arrived_count, 0);
    check_int("said once", w.trouble_failing, 1);
    check_true("not too often tried", w.tries < 12 + 9 * 60 / 7);
    check_true("but tried", w.tries > 9 * 60 / 15);
    run_for(&w, HOURS(1));
    check_complete("everything arrives in order", &w);
    check_int("nothing died", w.dead_count, 0);
    check_true("in digests", w.digests >= 5 && w.sends <= 10);
}

static void it_backs_off_with_jitter(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    w.back_at = UINT64_MAX;
    put(&w, "a");
    uint64_t base = 1000;
    for (unsigned i = 0; i < 40; i++) {
        uint64_t wait = look(&w);
        check_true("at least half", wait >= base / 2);
        check_true("at most all", wait <= base);
        pass(&w, wait);
        base = base * 2 < MINUTES(15) ? base * 2 : MINUTES(15);
    }
    struct tcs_outbox other;
    tcs_outbox_init(&other, &mail_like, 43, w.now);
    struct tcs_outbox same = other;
    struct tcs_receipt receipt = {0};
    struct tcs_outbox_plan plan = {.take = 1};
    begin(&w, &mail_like);
    put(&w, "a");
    uint64_t a = tcs_outbox_settle(&w.o, w.queue, plan, TCS_SEND_RETRY, &receipt, w.now).wait;
    uint64_t b = tcs_outbox_settle(&other, w.queue, plan, TCS_SEND_RETRY, &receipt, w.now).wait;
    uint64_t c = tcs_outbox_settle(&same, w.queue, plan, TCS_SEND_RETRY, &receipt, w.now).wait;
    check_true("others wait differently", a != b);
    check_int("the same seed the same", b, c);
}

static void patience_that_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        uint64_t asked, least, most;
    } cases[] = {
        {0, 500, 1000},
        {100, 500, 1000},
        {MINUTES(2), MINUTES(2), MINUTES(2)},
        {HOURS(10000), HOURS(6), HOURS(6)},
        {UINT64_MAX, HOURS(6), HOURS(6)},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(&w, &mail_like);
        w.back_at = UINT64_MAX;
        w.retry_after = cases[i].asked;
        put(&w, "a");
        uint64_t wait = look(&w);
        check_true("as asked, within reason", wait >= cases[i].least && wait <= cases[i].most);
    }
}

static void what_is_too_old_dies(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    w.back_at = w.now.steady + HOURS(24 * 8);
    put(&w, "a");
    run_for(&w, HOURS(24 * 2));
    put(&w, "b");
    run_for(&w, HOURS(24 * 5) - MINUTES(30));
    check_int("not yet", w.dead_count, 0);
    run_for(&w, HOURS(24 * 2));
    check_int("the old one", w.dead_count, 1);
    check_int("it is the first", w.dead[0], 0);
    check_int("said", w.trouble_dead, 1);
    check_complete("the other arrives", &w);
}

/* It was off for a month: nothing is given up before it was tried. */
static void old_age_alone_kills_nothing(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    put(&w, "a");
    pass(&w, HOURS(24 * 30));
    look(&w);
    check_int("arrived", w.arrived_count, 1);
    check_int("not dead", w.dead_count, 0);
}

static void a_clock_set_back_kills_nothing(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    w.back_at = w.now.steady + MINUTES(1);
    put(&w, "a");
    w.now.wall.ticks -= INT64_C(10000000) * 86400 * 365;
    run_for(&w, MINUTES(5));
    check_int("arrived", w.arrived_count, 1);
}

static void one_bad_message_dies_alone(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 64; bad += 9) {
        begin(&w, &mail_like);
        w.back_at = w.now.steady + MINUTES(10);
        for (unsigned i = 0; i < 64; i++)
            put(&w, i % 2 ? "a" : "b");
        w.bad = bad;
        run_for(&w, HOURS(8));
        check_complete("all the others", &w);
        check_int("one", w.dead_count, 1);
        check_int("which", w.dead[0], bad);
        check_int("said", w.trouble_dead, 1);
        check_true("found by halves", w.tries < 40);
    }
}

/* A wrong address rejects everything: it must not burn the whole queue at once. */
static void if_all_is_rejected_they_die_slowly(void **state)
{
    (void)state;
    struct tcs_outbox_policy policy = mail_like;
    policy.batch = TCS_BATCH_ONE;
    policy.digests = false;
    policy.burst = 0;
    begin(&w, &policy);
    w.rejects_all = true;
    for (unsigned i = 0; i < 100; i++)
        put(&w, "a");
    run_for(&w, HOURS(1));
    check_true("some", w.dead_count >= 5 && w.dead_count <= 20);
    w.rejects_all = false;
    run_for(&w, MINUTES(20));
    check_complete("the others arrive", &w);
    run_for(&w, HOURS(2));
    check_true("not said for each", w.trouble_dead >= 1 && w.trouble_dead <= w.dead_count);
}

static void dead_letters_are_told_together(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    struct tcs_receipt receipt = {0};
    struct tcs_outbox_plan plan = {.take = 1};
    uint64_t count, told = 0, times = 0;
    for (unsigned i = 0; i < 170; i++) { /* one a minute */
        put(&w, "a");
        tcs_outbox_settle(&w.o, &w.queue[i], plan, TCS_SEND_REJECTED, &receipt, w.now);
        times += tcs_outbox_trouble(&w.o, w.now, &count) == TCS_TROUBLE_DEAD;
        told += count;
        pass(&w, MINUTES(1));
    }
    check_int("at once, and every hour", times, 3);
    /* Nothing else happens; the rest is told all the same. */
    uint64_t wait = tcs_outbox_trouble_wait(&w.o, w.now);
    check_true("within the hour", wait > 0 && wait <= HOURS(1));
    pass(&w, wait - 1);
    assert_int_equal(tcs_outbox_trouble(&w.o, w.now, &count), TCS_TROUBLE_NONE);
    pass(&w, 1);
    assert_int_equal(tcs_outbox_trouble(&w.o, w.now, &count), TCS_TROUBLE_DEAD);
    check_int("none is left out", told + count, 170);
    check_true("no further", tcs_outbox_trouble_wait(&w.o, w.now) >= MINUTES(7) || w.o.failures == 0);
}

static void trouble_makes_no_trouble(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    struct tcs_receipt receipt = {0};
    uint64_t count;
    put(&w, "a");
    w.queue[0].message.kind = TCS_MESSAGE_TROUBLE;
    struct tcs_outbox_verdict v = tcs_outbox_settle(&w.o, w.queue, (struct tcs_outbox_plan){.take = 1},
                                                    TCS_SEND_REJECTED, &receipt, w.now);
    check_int("dead", v.dead, 1);
    assert_int_equal(tcs_outbox_trouble(&w.o, w.now, &count), TCS_TROUBLE_NONE);
}

static void a_part_may_be_taken(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    for (unsigned i = 0; i < 5; i++)
        put(&w, "a");
    struct tcs_receipt receipt = {.taken = 3};
    struct tcs_outbox_plan plan = {.take = 5};
    struct tcs_outbox_verdict v = tcs_outbox_settle(&w.o, w.queue, plan, TCS_SEND_RETRY, &receipt, w.now);
    check_int("sent", v.sent, 3);
    check_int("dead", v.dead, 0);
    check_true("then it failed", v.wait >= 500);
    receipt.taken = 99;
    v = tcs_outbox_settle(&w.o, w.queue, plan, TCS_SEND_RETRY, &receipt, w.now);
    check_int("a channel that counts wrongly", v.sent, 5);
}

/* A channel that works again and fails again is said again. */
static void each_outage_is_said(void **state)
{
    (void)state;
    begin(&w, &mail_like);
    for (unsigned outage = 0; outage < 3; outage++) {
        w.back_at = w.now.steady + HOURS(2);
        put(&w, "a");
        run_for(&w, HOURS(3));
    }
    check_int("three", w.trouble_failing, 3);
    check_complete("and all arrived", &w);
}

/* Whatever happens in whatever order: all arrives once, in order, or is dead. */
static void any_course_of_things(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (unsigned course = 0; course < 300; course++) {
        struct tcs_outbox_policy policy = mail_like;
        policy.batch = (enum tcs_batch_kind)unit_random_below(&random, 3);
        policy.digests = unit_random_below(&random, 2);
        policy.burst = unit_random_below(&random, 4) * 3;
        policy.batch_most = 1 + unit_random_below(&random, 30);
        begin(&w, &policy);
        for (unsigned step = 0; step < 100; step++) {
            for (size_t n = unit_random_below(&random, 8); n; n--)
                put(&w, unit_random_below(&random, 2) ? "a" : "b");
            if (unit_random_below(&random, 4) == 0)
                w.back_at = w.now.steady + unit_random_below(&random, HOURS(3));
            if (unit_random_below(&random, 4) == 0)
                w.bad = w.first + unit_random_below(&random, 10);
            run_for(&w, unit_random_below(&random, MINUTES(30)));
        }
        w.back_at = 0;
        run_for(&w, HOURS(24 * 6));
        check_complete("course", &w);
    }
}

static void policies_follow_the_configuration(void **state)
{
    (void)state;
    static const struct tcs_channel_ops ops = {.batch = TCS_BATCH_INCIDENT, .digests = true};
    struct tcs_channel_config config = {.expire = 5, .burst = 6, .digest = 7};
    struct tcs_outbox_policy p = tcs_outbox_policy_of(&config, &ops);
    check_int("expire", p.expire, 5);
    check_int("burst", p.burst, 6);
    check_int("digest", p.digest, 7);
    check_int("one at least", p.batch_most, 1);
    check_true("and the type", p.digests && p.batch == TCS_BATCH_INCIDENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_goes_at_once),
        cmocka_unit_test(an_incident_goes_together),
        cmocka_unit_test(the_limit_digests_and_leaves_nothing_out),
        cmocka_unit_test(no_limit_without_burst),
        cmocka_unit_test(a_whole_night),
        cmocka_unit_test(it_backs_off_with_jitter),
        cmocka_unit_test(patience_that_is_asked_for),
        cmocka_unit_test(what_is_too_old_dies),
        cmocka_unit_test(old_age_alone_kills_nothing),
        cmocka_unit_test(a_clock_set_back_kills_nothing),
        cmocka_unit_test(one_bad_message_dies_alone),
        cmocka_unit_test(if_all_is_rejected_they_die_slowly),
        cmocka_unit_test(dead_letters_are_told_together),
        cmocka_unit_test(trouble_makes_no_trouble),
        cmocka_unit_test(a_part_may_be_taken),
        cmocka_unit_test(each_outage_is_said),
        cmocka_unit_test(any_course_of_things),
        cmocka_unit_test(policies_follow_the_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
