/*
 * Too much of everything, against an engine with small limits: each limit is
 * met, counted, and memory does not follow the input.
 */
#include "unit.h"

#include "engine/engine.h"

#include <malloc.h>

#define S TCS_STR_INIT

enum { FLOOD = 3000 };

static const struct tcs_rules rules = {
    .workers = (struct tcs_worker[]){{.image = S("C:\\srv\\httpd.exe")}},
    .worker_count = 1,
};

static const struct tcs_engine_limits small = {
    .hosts = 20,
    .processes = 60,
    .images = 40,
    .accounts = 20,
    .opens = 8,
    .findings = 5,
    .evidence = 3,
    .incidents = 4,
    .text = 100,
    .incident_gap_seconds = 24 * 3600,
};

struct bench {
    struct tcs_engine *engine;
    uint64_t records;
    uint64_t new_findings, closed_findings, partial_incidents, tables_full;
    size_t most_findings, most_evidence, longest_command, cut;
};

static void changed(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f, bool is_new)
{
    struct bench *b = ctx;
    (void)incident;
    b->new_findings += is_new;
    b->tables_full += is_new && (f->rules >> TCS_RULE_TABLES_FULL & 1);
}

static void closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct bench *b = ctx;
    b->closed_findings += incident->finding_count;
    b->partial_incidents += partial;
    if (incident->finding_count > b->most_findings)
        b->most_findings = incident->finding_count;
    for (size_t i = 0; i < incident->finding_count; i++) {
        const struct tcs_finding *f = incident->findings[i];
        b->most_evidence = f->evidence_count > b->most_evidence ? f->evidence_count : b->most_evidence;
        b->longest_command = f->command.len > b->longest_command ? f->command.len : b->longest_command;
        b->cut = f->command_cut > b->cut ? f->command_cut : b->cut;
    }
}

static void begin(struct bench *b)
{
    struct tcs_err err = TCS_ERR_INIT;
    *b = (struct bench){0};
    struct tcs_effects effects = {.ctx = b, .changed = changed, .closed = closed};
    b->engine = tcs_engine_new(&rules, &small, (struct tcs_hash_key){1, 2}, &effects, &err);
    assert_non_null(b->engine);
}

static const struct tcs_engine_counts *counts(const struct bench *b)
{
    return tcs_engine_counts(b->engine);
}

/* Every new finding was given out, in one part or another. */
static void end(struct bench *b)
{
    tcs_engine_finish(b->engine);
    assert_int_equal(b->new_findings, b->closed_findings);
    assert_true(b->most_findings <= small.findings && b->most_evidence <= small.evidence);
    assert_int_equal(counts(b)->no_memory, 0);
    tcs_engine_free(b->engine);
}

static struct tcs_value text(const char *s)
{
    return tcs_value_of_str(tcs_str_of(s));
}

struct words {
    char at[64];
};

static struct words numbered(const char *before, unsigned n, const char *behind)
{
    struct words w;
    snprintf(w.at, sizeof w.at, "%s%u%s", before, n, behind);
    return w;
}

static void feed(struct bench *b, const char *host, struct tcs_event ev)
{
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_record rec = {.has_event_id = true, .event_id = 4688, .record_id = ++b->records};
    rec.time.ticks = (int64_t)(b->records + 1) * TCS_TICKS_PER_SECOND;
    rec.system[TCS_SYS_COMPUTER] = text(host);
    rec.system[TCS_SYS_CHANNEL] = text("Security");
    ev.origin = TCS_ORIGIN_AUDITING;
    ev.rec = &rec;
    assert_int_equal(tcs_engine_feed(b->engine, &ev, TCS_STR("made"), &err), TCS_OK);
}

static struct tcs_event start_of(const char *pid, const char *image, const char *creator)
{
    struct tcs_event ev = {.kind = TCS_EVENT_PROCESS_START,
                           .traits = TCS_TRAIT_SUBJECT_IS_CREATOR | TCS_TRAIT_TARGET_IS_SELF};
    ev.v[TCS_KEY_PID] = text(pid);
    ev.v[TCS_KEY_IMAGE] = text(image);
    ev.v[TCS_KEY_CREATOR_PID] = text(creator);
    ev.v[TCS_KEY_SUBJECT_SID] = text("S-1-5-18");
    return ev;
}

static void worker(struct bench *b, const char *host)
{
    feed(b, host, start_of("8", "C:\\srv\\httpd.exe", "4"));
}

/* Feeds the first half of a flood and then the second; memory may not grow in the second. */
static void flood(struct bench *b, void (*one)(struct bench *b, unsigned n))
{
    for (unsigned n = 0; n < FLOOD; n++)
        one(b, n);
    size_t before = mallinfo2().uordblks;
    for (unsigned n = FLOOD; n < 2 * FLOOD; n++)
        one(b, n);
    /* Texts differ in length, and tables of hashes grow by halves. */
    assert_true(mallinfo2().uordblks <= before + before / 4 + 65536);
}

static void one_host(struct bench *b, unsigned n)
{
    worker(b, numbered("HOST", n, "").at);
}

static void a_billion_hosts(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    flood(&b, one_host);
    assert_true(counts(&b)->hosts_evicted >= 2 * FLOOD - small.hosts);
    end(&b);
}

static void one_name(struct bench *b, unsigned n)
{
    struct words name = numbered("web", n, "");
    for (unsigned i = 0; i < 3; i++)
        name.at[i] = (char)(n >> i & 1 ? name.at[i] & ~0x20 : name.at[i]);
    name.at[3] = '\0'; /* the case of its letters is all that changes */
    feed(b, name.at, start_of(numbered("", 100 + n, "").at, "C:\\Windows\\notepad.exe", "4"));
}

/* A name in other letters is the same host: what is known of it stays. */
static void one_host_with_changing_names(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    flood(&b, one_name);
    assert_int_equal(counts(&b)->hosts_evicted, 0);
    feed(&b, "wEb", start_of("90", "C:\\Windows\\System32\\cmd.exe", "8"));
    assert_true(b.new_findings >= 1);
    end(&b);
}

static void one_child(struct bench *b, unsigned n)
{
    feed(b, "WEB", start_of(numbered("", 100 + n, "").at, "C:\\Windows\\System32\\cmd.exe", "8"));
}

/* One incident without end: it is given out in parts, and none of its findings is lost. */
static void a_huge_incident(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    flood(&b, one_child);
    assert_true(b.partial_incidents >= 100);
    assert_int_equal(b.most_findings, small.findings);
    assert_true(counts(&b)->lineage_evicted > 0 && b.tables_full > 0);
    end(&b);
}

static void one_program(struct bench *b, unsigned n)
{
    feed(b, "WEB", start_of(numbered("", 100 + n, "").at, numbered("C:\\x\\", n, ".exe").at, "8"));
}

static void a_billion_programs(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    flood(&b, one_program);
    assert_true(b.new_findings > FLOOD && b.tables_full > 0);
    end(&b);
}

static void one_account(struct bench *b, unsigned n)
{
    struct words pid = numbered("", 100 + n, ""), sid = numbered("S-1-5-21-1-2-3-", 1000 + n, "");
    struct tcs_event ev = start_of(pid.at, "C:\\Windows\\notepad.exe", "4");
    ev.v[TCS_KEY_SUBJECT_SID] = text(sid.at);
    feed(b, "WEB", ev);
}

static void a_billion_accounts(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    flood(&b, one_account);
    assert_true(counts(&b)->processes_evicted > 0);
    end(&b);
}

static void one_open(struct bench *b, unsigned n)
{
    struct words name = numbered("C:\\x\\", n, ".exe");
    struct tcs_event ev = {.kind = TCS_EVENT_FILE_OPEN, .traits = TCS_TRAIT_SUBJECT_IS_SELF};
    ev.v[TCS_KEY_PID] = text("8");
    ev.v[TCS_KEY_OBJECT_TYPE] = text("File");
    ev.v[TCS_KEY_OBJECT_NAME] = text(name.at);
    ev.v[TCS_KEY_ACCESS_MASK] = text("0x20");
    ev.v[TCS_KEY_SUBJECT_SID] = text("S-1-5-17");
    feed(b, "WEB", ev);
}

static void a_billion_opened_programs(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    flood(&b, one_open);
    assert_true(counts(&b)->opens >= FLOOD);
    end(&b);
}

static void one_incident(struct bench *b, unsigned n)
{
    struct words host = numbered("HOST", n % 16, "");
    worker(b, host.at);
    feed(b, host.at, start_of(numbered("", 100 + n, "").at, "C:\\Windows\\System32\\cmd.exe", "8"));
}

static void many_incidents_at_a_time(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    flood(&b, one_incident);
    assert_true(counts(&b)->incidents_early > 0);
    end(&b);
}

static void a_long_command_line(void **state)
{
    (void)state;
    static char command[100001];
    memset(command, 'A', sizeof command - 1);
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    struct tcs_event ev = start_of("90", "C:\\Windows\\System32\\cmd.exe", "8");
    ev.v[TCS_KEY_COMMAND] = text(command);
    feed(&b, "WEB", ev);
    tcs_engine_finish(b.engine);
    assert_int_equal(b.longest_command, small.text);
    assert_int_equal(b.cut, sizeof command - 1 - small.text);
    end(&b);
}

static void one_root(struct bench *b, unsigned n)
{
    struct words host = numbered("HOST", n % small.hosts, ""),
                 image = numbered("D:\\W", n, "\\System32\\lsass.exe");
    feed(b, host.at, start_of(numbered("", 100 + n, "").at, image.at, "4"));
}

/* The folder of Windows is learned for each host; forged ones are as many as one likes. */
static void a_billion_folders_of_windows(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    flood(&b, one_root);
    assert_true(counts(&b)->roots_lost > 0);
    end(&b);
}

/* A forged start by the process itself, and by its own child, makes no ring: whoever walks the tree comes to
 * an end. */
static void its_own_parent(void **state)
{
    (void)state;
    struct bench b;
    begin(&b);
    worker(&b, "WEB");
    feed(&b, "WEB", start_of("90", "C:\\Windows\\System32\\cmd.exe", "90"));
    feed(&b, "WEB", start_of("91", "C:\\Windows\\System32\\cmd.exe", "90"));
    feed(&b, "WEB", start_of("90", "C:\\Windows\\System32\\cmd.exe", "91"));
    feed(&b, "WEB", start_of("8", "C:\\srv\\httpd.exe", "8"));
    feed(&b, "WEB", start_of("92", "C:\\Windows\\System32\\cmd.exe", "8"));
    assert_true(b.new_findings >= 1);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_billion_hosts),
        cmocka_unit_test(one_host_with_changing_names),
        cmocka_unit_test(a_huge_incident),
        cmocka_unit_test(a_billion_programs),
        cmocka_unit_test(a_billion_accounts),
        cmocka_unit_test(a_billion_opened_programs),
        cmocka_unit_test(many_incidents_at_a_time),
        cmocka_unit_test(a_long_command_line),
        cmocka_unit_test(a_billion_folders_of_windows),
        cmocka_unit_test(its_own_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
