/* The engine's alarms about itself and about what Windows lost: events made by hand. */
#include "unit.h"

#include "engine/engine.h"

#define S TCS_STR_INIT

static const struct tcs_rules rules = {
    .workers = (struct tcs_worker[]){{.image = S("C:\\srv\\httpd.exe")}},
    .worker_count = 1,
};

static const struct tcs_hash_key hash_key = {1, 2};

/* What the engine has told so far. */
struct told {
    unsigned by_rule[TCS_RULE_COUNT];
    enum tcs_severity severity[TCS_RULE_COUNT];
    unsigned processes;
};

static void count(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f, bool is_new)
{
    struct told *told = ctx;
    (void)incident;
    for (unsigned rule = 0; is_new && rule < TCS_RULE_COUNT; rule++) {
        if (!(f->rules >> rule & 1))
            continue;
        told->by_rule[rule]++;
        told->severity[rule] = f->severity;
    }
    told->processes += is_new && !(f->facts & TCS_FACT_BLINDNESS);
}

struct bench {
    struct tcs_engine *engine;
    struct told told;
    struct tcs_engine_limits limits;
    uint64_t records;
};

static void begin(struct bench *b, uint32_t processes)
{
    struct tcs_err err = TCS_ERR_INIT;
    *b = (struct bench){.limits = tcs_default_engine_limits};
    if (processes)
        b->limits.processes = processes;
    struct tcs_effects effects = {.ctx = &b->told, .changed = count};
    b->engine = tcs_engine_new(&rules, &b->limits, hash_key, &effects, &err);
    assert_non_null(b->engine);
}

static struct tcs_value text(const char *s)
{
    return tcs_value_of_str(tcs_str_of(s));
}

static void feed(struct bench *b, const char *host, struct tcs_event ev, uint16_t id)
{
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_record rec = {.has_event_id = true, .event_id = id, .record_id = ++b->records};
    rec.time.ticks = (int64_t)(b->records + 1) * TCS_TICKS_PER_SECOND;
    rec.system[TCS_SYS_COMPUTER] = text(host);
    rec.system[TCS_SYS_CHANNEL] = text("Security");
    ev.rec = &rec;
    assert_int_equal(tcs_engine_feed(b->engine, &ev, TCS_STR("made"), &err), TCS_OK);
}

/* One process starts another; numbers are text, as in XML. */
static void start(struct bench *b, const char *host, const char *pid, const char *image, const char *creator)
{
    struct tcs_event ev = {.kind = TCS_EVENT_PROCESS_START,
                           .origin = TCS_ORIGIN_AUDITING,
                           .traits = TCS_TRAIT_SUBJECT_IS_CREATOR | TCS_TRAIT_TARGET_IS_SELF};
    ev.v[TCS_KEY_PID] = text(pid);
    ev.v[TCS_KEY_IMAGE] = text(image);
    ev.v[TCS_KEY_CREATOR_PID] = text(creator);
    ev.v[TCS_KEY_SUBJECT_SID] = text("S-1-5-18");
    feed(b, host, ev, 4688);
}

static void number(char out[16], unsigned n)
{
    snprintf(out, 16, "%u", n);
}

/* Old processes that have nothing to do with a server go without a word: exits may not be audited. */
static void strangers_are_forgotten_silently(void **state)
{
    (void)state;
    struct bench b;
    char pid[16];
    begin(&b, 50);
    for (unsigned i = 0; i < 500; i++) {
        number(pid, 1000 + i);
        start(&b, "A", pid, "C:\\Windows\\notepad.exe", "4");
    }
    assert_int_equal(b.told.by_rule[TCS_RULE_TABLES_FULL], 0);
    assert_true(tcs_engine_counts(b.engine)->processes_evicted >= 400);
    tcs_engine_free(b.engine);
}

/* A flood below one host's server is told, and keeps no other host's server from ringing. */
static void a_flood_silences_nobody(void **state)
{
    (void)state;
    enum { TABLE = 50, FLOOD = 300 };
    struct bench b;
    char pid[16];
    begin(&b, TABLE);
    start(&b, "B", "100", "C:\\srv\\httpd.exe", "4");
    start(&b, "B", "101", "C:\\Windows\\System32\\cmd.exe", "100"); /* its server has a child, so it stays */
    assert_int_equal(b.told.processes, 1);
    start(&b, "A", "100", "C:\\srv\\httpd.exe", "4");
    for (unsigned i = 0; i < FLOOD; i++) {
        number(pid, 1000 + i);
        start(&b, "A", pid, "C:\\Windows\\System32\\cmd.exe", "100");
    }
    assert_int_equal(b.told.processes, 1 + FLOOD);
    assert_int_equal(b.told.by_rule[TCS_RULE_TABLES_FULL], 1); /* once a host */
    assert_int_equal(b.told.severity[TCS_RULE_TABLES_FULL], TCS_LIKELY);
    assert_true(tcs_engine_counts(b.engine)->lineage_evicted > 0);
    assert_int_equal(tcs_engine_counts(b.engine)->no_memory, 0);
    start(&b, "C", "100", "C:\\srv\\httpd.exe", "4");
    start(&b, "C", "200", "C:\\Windows\\System32\\cmd.exe", "100");
    assert_int_equal(b.told.processes, 2 + FLOOD);
    tcs_engine_free(b.engine);
}

/* Windows says of an event that its data could not be written: which event it was decides. */
static void events_without_data(void **state)
{
    (void)state;
    static const struct {
        uint16_t id;
        enum tcs_severity severity;
    } rows[] = {{4688, TCS_LIKELY}, {4689, TCS_LIKELY}, {4663, TCS_LIKELY}, {4624, TCS_NOTE}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        begin(&b, 0);
        feed(&b, "A", (struct tcs_event){.kind = TCS_EVENT_EVENTS_LOST, .origin = TCS_ORIGIN_AUDITING},
             rows[i].id);
        assert_int_equal(b.told.by_rule[TCS_RULE_EVENTS_LOST], 1);
        assert_int_equal(b.told.severity[TCS_RULE_EVENTS_LOST], rows[i].severity);
        tcs_engine_free(b.engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_forgotten_silently),
        cmocka_unit_test(a_flood_silences_nobody),
        cmocka_unit_test(events_without_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
