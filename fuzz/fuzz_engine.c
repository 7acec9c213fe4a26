/*
 * The engine, fed a stream of events within tiny limits.
 *
 * Input: u8 options, then events: u8 kind, u8 origin, u8 traits and state, u8
 * step of time, u8 host, u8 number of values, for each u8 key and u8 value.
 * A value is a word of the table below, so that events meet: the same few
 * processes, programs, accounts and logon sessions come again and again.
 *
 * Demands: limits hold; every new finding is given out once, in an incident
 * that is put together right; all forms of it are good text; and nothing of
 * it depends on the key of the hash tables.
 */
#include "support.h"

#include "config/config.h"
#include "engine/engine.h"
#include "render/finding.h"

#include <stdio.h>

enum { VALUES_MOST = 16, EVENTS_MOST = 400, OUT_MOST = 4 << 20 };

static const char profile_text[] =
    "profile: test\n"
    "title: A server\n"
    "workers:\n"
    "  - {image: '%SystemRoot%\\System32\\inetsrv\\w3wp.exe', pool_option: -ap, started_by: "
    "['%SystemRoot%\\System32\\svchost.exe'], source: x}\n"
    "  - {image: w3wp.exe, source: x}\n"
    "  - {image: '%SystemRoot%\\System32\\inetsrv\\inetinfo.exe', source: x}\n"
    "  - {image: httpd.exe, forks: true, source: x}\n"
    "  - {image: '**\\bin\\java*.exe', generic: true, only_confirmed: true, confirm: {command: [catalina]}, source: x}\n"
    "  - {image: node.exe, generic: true, confirm: {account: [IUSR*], parent: [services.exe]}, source: x}\n"
    "accounts:\n"
    "  - {name: IUSR_*, source: x}\n"
    "  - {name: S-1-5-82-*, source: x}\n"
    "  - {name: 'IIS APPPOOL\\*', source: x}\n"
    "needs:\n"
    "  - {path: '%SystemRoot%\\System32\\cmd.exe', parent: [worker], command: ['cmd /c ok'], source: x}\n"
    "  - {path: '%SystemRoot%\\Framework\\v*\\csc.exe', parent: ['%SystemRoot%\\System32\\inetsrv\\w3wp.exe'], "
    "severity: note, note: compiled, source: x}\n"
    "  - {path: '%SystemRoot%\\System32\\net.exe', pool: [Web*], account: ['IIS APPPOOL\\*'], source: x}\n"
    "  - {path: '%SystemRoot%\\System32\\svchost.exe', dedicated: true, source: x}\n"
    "  - {path: 'C:\\tools\\a.exe', source: x}\n";

static const struct tcs_engine_limits tiny = {
    .hosts = 3,
    .processes = 9,
    .images = 7,
    .accounts = 6,
    .opens = 3,
    .findings = 4,
    .evidence = 3,
    .incidents = 8,
    .text = 24,
    .incident_gap_seconds = 3600,
};

/* What values can be. An empty word is no value. */
static const char *const words[] = {
    "", "-", "4", "8", "12", "16", "0x10", "0x14", "2209180864", "2209180865", "0x3e7", "0x3e4", "0x7c3d1",
    "(0x0,0x7C3D1)", "(0x0,0x3E7)", "S-1-5-18", "S-1-5-20", "S-1-0-0", "S-1-5-17", "S-1-5-82-1-2-3-4-5",
    "S-1-5-21-1-2-3-1000", "SYSTEM", "NT AUTHORITY", "IUSR_WEB", "WEB01$", "WORKGROUP", "DefaultAppPool",
    "IIS APPPOOL", "IIS APPPOOL\\DefaultAppPool", "NT AUTHORITY\\SYSTEM", "WEB01\\admin", "admin",
    "C:\\Windows\\System32\\inetsrv\\w3wp.exe", "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\net.exe",
    "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\services.exe", "C:\\Windows\\explorer.exe",
    "C:\\Windows\\System32\\inetsrv\\inetinfo.exe", "\\WINNT\\system32\\cmd.exe", "cmd.exe", "inetinfo.exe",
    "C:\\Windows\\Framework\\v4\\csc.exe", "C:\\Apache\\bin\\httpd.exe", "C:\\Java\\bin\\java.exe", "D:\\x\\node.exe",
    "C:\\tools\\a.exe", "C:\\tools\\a.exe:s", "\\\\srv\\share\\b.exe", "\\Device\\Mup\\srv\\share\\b.exe",
    "C:\\PROGRA~1\\a.exe", "C:\\Windows\\System32\\\xE2\x80\xAE.exe", "cmd /c ok", "w3wp.exe -ap \"WebPool\"",
    "java catalina start", "a \x1b[2J\r\nBcc: x\xEF\xBF\xBD <b>\"&'", "=cmd|' /C calc'!A0",
    "{00000000-0000-0000-0000-000000000001}", "{00000000-0000-0000-0000-000000000002}", "%%4421", "%%4416 %%4421",
    "0x20", "0x21", "File", "1", "+", "%%8448", "%%8449, %%8451", "{0CCE922B-69AE-11D9-BED3-505054503030}", "Security",
    "Stopped", "2024-01-01T00:00:00Z", "2024-01-01T02:00:00Z",
};

static const char *const hosts[] = {"WEB01", "web01", "WEB02", "WEB03", "WEB04", ""};

/* Seconds from event to event. */
static const int steps[] = {0, 0, 0, 1, 1, 2, 5, 60, 600, 3601, 90000, -1, -30, -7200};

enum { WORD_COUNT = sizeof words / sizeof words[0] };

static struct tcs_rules rules;
static struct tcs_arena rule_arena;
static struct tcs_profile profile;
static struct tcs_layout layout;
static struct tcs_field fields[TCS_KEY_COUNT];

static void prepare(void)
{
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_init(&rule_arena, (size_t)4 << 20);
    enum tcs_code code =
        tcs_profile_read(TCS_STR(profile_text), TCS_STR("profile"), &rule_arena, &profile, &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
    rules = (struct tcs_rules){.profiles = &profile, .profile_count = 1};
    for (unsigned key = 0; key < TCS_KEY_COUNT; key++)
        fields[key] = (struct tcs_field){tcs_str_of(tcs_key_names[key]), {.slot = (uint16_t)key}};
    layout = (struct tcs_layout){.root = TCS_STR("EventData"), .fields = fields, .field_count = TCS_KEY_COUNT};
}

/* ---- what comes out ---- */

struct listener {
    uint64_t new_findings, closed_findings;
    uint64_t hash; /* of all that was told, in its order */
    struct tcs_buf out;
};

static bool is_id(const char *id)
{
    return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

static void check_tree(const struct tcs_incident *incident)
{
    for (size_t i = 0; i < incident->node_count; i++) {
        uint32_t parent = incident->nodes[i].parent;
        FUZZ_REQUIRE(parent == TCS_NO_NODE || parent < incident->node_count);
        size_t steps_up = 0;
        for (uint32_t at = (uint32_t)i; at != TCS_NO_NODE; at = incident->nodes[at].parent)
            FUZZ_REQUIRE_SAY(steps_up++ <= incident->node_count, "a circle in the tree");
    }
}

static void check_finding(const struct tcs_incident *incident, const struct tcs_finding *f)
{
    FUZZ_REQUIRE(is_id(f->id));
    FUZZ_REQUIRE(f->rules != 0 && f->rules < 1u << TCS_RULE_COUNT);
    FUZZ_REQUIRE(f->severity < TCS_SEVERITY_COUNT && f->severity <= incident->severity);
    FUZZ_REQUIRE(f->evidence_count > 0 && f->evidence_count <= tiny.evidence);
    FUZZ_REQUIRE(f->node == TCS_NO_NODE || f->node < incident->node_count);
    FUZZ_REQUIRE(f->command.len <= tiny.text);
    for (size_t i = 0; i < f->record.field_count; i++)
        FUZZ_REQUIRE(f->record.fields[i].value.len <= tiny.text);
}

static void check_forms(struct listener *l, const struct tcs_incident *incident)
{
    const char *why = "";
    struct tcs_text_style style = {.color = false};
    for (size_t i = 0; i < incident->finding_count; i++) {
        tcs_buf_clear(&l->out);
        tcs_render_finding_json(&l->out, incident, incident->findings[i]);
        FUZZ_REQUIRE(!l->out.bad);
        FUZZ_REQUIRE_SAY(fuzz_is_json_object(l->out.p, l->out.len, &why), why);
        l->hash = fuzz_hash(l->hash, l->out.p, l->out.len);
        tcs_buf_clear(&l->out);
        tcs_render_finding_csv(&l->out, incident, incident->findings[i]);
        FUZZ_REQUIRE(!l->out.bad && fuzz_is_utf8(l->out.p, l->out.len));
        FUZZ_REQUIRE(memchr(l->out.p, '\n', l->out.len) == l->out.p + l->out.len - 1);
    }
    tcs_buf_clear(&l->out);
    tcs_render_incident_text(&l->out, incident, &style);
    FUZZ_REQUIRE(!l->out.bad && fuzz_is_utf8(l->out.p, l->out.len));
    for (size_t i = 0; i < l->out.len; i++)
        FUZZ_REQUIRE_SAY((uint8_t)l->out.p[i] >= 0x20 || l->out.p[i] == '\n', "a control character in the text");
    l->hash = fuzz_hash(l->hash, l->out.p, l->out.len);
}

static void on_changed(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f, bool is_new)
{
    struct listener *l = ctx;
    l->new_findings += is_new;
    check_finding(incident, f);
    l->hash = fuzz_hash(l->hash, f->id, sizeof f->id);
}

static void on_closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct listener *l = ctx;
    FUZZ_REQUIRE(is_id(incident->id));
    FUZZ_REQUIRE(incident->finding_count > 0 && incident->finding_count <= tiny.findings);
    FUZZ_REQUIRE(!tcs_time_before(incident->last, incident->first));
    enum tcs_severity highest = TCS_SEVERITY_NONE;
    for (size_t i = 0; i < incident->finding_count; i++) {
        check_finding(incident, incident->findings[i]);
        if (incident->findings[i]->severity > highest)
            highest = incident->findings[i]->severity;
    }
    FUZZ_REQUIRE(incident->severity >= highest);
    check_tree(incident);
    check_forms(l, incident);
    l->closed_findings += incident->finding_count;
    l->hash = fuzz_hash(l->hash, &partial, sizeof partial);
}

/* ---- what goes in ---- */

static struct tcs_value word(unsigned n)
{
    const char *text = words[n % WORD_COUNT];
    return text[0] ? tcs_value_of_str(tcs_str_of(text)) : (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}

/* A start as logs have it: all values that belong to one, by the same numbers. */
static void fill_start(struct fuzz_input *in, struct tcs_event *ev)
{
    static const uint8_t keys[] = {TCS_KEY_PID,           TCS_KEY_IMAGE,       TCS_KEY_CREATOR_PID,
                                   TCS_KEY_SUBJECT_NAME,  TCS_KEY_SUBJECT_SID, TCS_KEY_SUBJECT_LOGON,
                                   TCS_KEY_CREATOR_IMAGE, TCS_KEY_COMMAND};
    for (size_t i = 0; i < sizeof keys; i++)
        ev->v[keys[i]] = word(fuzz_u8(in));
}

static void next_event(struct fuzz_input *in, struct tcs_record *rec, struct tcs_part *part, struct tcs_event *ev)
{
    uint8_t kind = fuzz_u8(in), origin = fuzz_u8(in), flags = fuzz_u8(in);
    rec->time.ticks += steps[fuzz_u8(in) % (sizeof steps / sizeof steps[0])] * TCS_TICKS_PER_SECOND;
    rec->record_id += (flags & 1) == 0; /* else the same record once more, or one that says it is */
    rec->number = rec->record_id;
    rec->event_id = kind;
    rec->state = flags & 2 ? TCS_STATE_TORN : flags & 4 ? TCS_STATE_RECOVERED : 0;
    rec->system[TCS_SYS_COMPUTER] =
        tcs_value_of_str(tcs_str_of(hosts[fuzz_u8(in) % (sizeof hosts / sizeof hosts[0])]));
    *ev = (struct tcs_event){.kind = (enum tcs_event_kind)(kind % TCS_EVENT_KIND_COUNT),
                             .origin = (enum tcs_origin)(origin % TCS_ORIGIN_COUNT),
                             .traits = fuzz_u8(in) & 0x7F,
                             .rec = rec};
    if (kind & 0x80)
        fill_start(in, ev);
    unsigned count = fuzz_u8(in) % VALUES_MOST;
    for (unsigned i = 0; i < count; i++) {
        unsigned key = fuzz_u8(in) % TCS_KEY_COUNT;
        ev->v[key] = word(fuzz_u8(in));
    }
    *part = (struct tcs_part){
        .layout = &layout, .values = ev->v, .value_count = TCS_KEY_COUNT, .parent = TCS_NO_SLOT};
    rec->parts = part;
    rec->part_count = 1;
}

static void feed_all(struct tcs_engine *e, struct fuzz_input in)
{
    struct tcs_record rec = {.time = {INT64_C(17040672000000000)}, .record_id = 1};
    struct tcs_part part;
    struct tcs_event ev;
    uint64_t fed = 0;
    for (; in.len && fed < EVENTS_MOST; fed++) {
        struct tcs_err err = TCS_ERR_INIT;
        next_event(&in, &rec, &part, &ev);
        enum tcs_code code = tcs_engine_feed(e, &ev, TCS_STR("fuzz"), &err);
        FUZZ_REQUIRE(code == TCS_OK || code == TCS_NOMEM);
        FUZZ_REQUIRE(tcs_engine_counts(e)->events == fed + 1);
    }
}

static void run(struct fuzz_input in, struct tcs_hash_key key, struct listener *l)
{
    struct tcs_effects effects = {.ctx = l, .changed = on_changed, .closed = on_closed};
    struct tcs_err err = TCS_ERR_INIT;
    *l = (struct listener){0};
    tcs_buf_init(&l->out, OUT_MOST);
    struct tcs_engine *e = tcs_engine_new(&rules, &tiny, key, &effects, &err);
    FUZZ_REQUIRE_SAY(e != NULL, err.text);
    feed_all(e, in);
    tcs_engine_finish(e);
    FUZZ_REQUIRE(l->new_findings == l->closed_findings);
    l->hash = fuzz_hash(l->hash, tcs_engine_counts(e), sizeof *tcs_engine_counts(e));
    tcs_engine_free(e);
    tcs_buf_done(&l->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct listener one, other;
    if (profile.name.len == 0)
        prepare();
    rules.dedicated = (fuzz_u8(&in) & 1) != 0;
    run(in, (struct tcs_hash_key){1, 2}, &one);
    run(in, (struct tcs_hash_key){0x5bd1e995, 0x9e3779b97f4a7c15}, &other);
    FUZZ_REQUIRE_SAY(one.hash == other.hash, "the key of the tables shows");
    return 0;
}
