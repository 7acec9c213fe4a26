#include "engine_events.h"

#include "config/config.h"

enum { VALUES_MOST = 16 };

static const char profile_text[] =
    "profile: test\n"
    "title: A server\n"
    "workers:\n"
    "  - {image: '%SystemRoot%\\System32\\inetsrv\\w3wp.exe', pool_option: -ap, started_by: "
    "['%SystemRoot%\\System32\\svchost.exe'], source: x}\n"
    "  - {image: w3wp.exe, source: x}\n"
    "  - {image: '%SystemRoot%\\System32\\inetsrv\\inetinfo.exe', source: x}\n"
    "  - {image: httpd.exe, forks: true, source: x}\n"
    "  - {image: '**\\bin\\java*.exe', generic: true, only_confirmed: true, confirm: {command: [catalina]}, "
    "source: x}\n"
    "  - {image: node.exe, generic: true, confirm: {account: [IUSR*], parent: [services.exe]}, source: x}\n"
    "accounts:\n"
    "  - {name: IUSR_*, source: x}\n"
    "  - {name: S-1-5-82-*, source: x}\n"
    "  - {name: 'IIS APPPOOL\\*', source: x}\n"
    "needs:\n"
    "  - {path: '%SystemRoot%\\System32\\cmd.exe', parent: [worker], command: ['cmd /c ok'], source: x}\n"
    "  - {path: '%SystemRoot%\\Framework\\v*\\csc.exe', parent: "
    "['%SystemRoot%\\System32\\inetsrv\\w3wp.exe'], "
    "severity: note, note: compiled, source: x}\n"
    "  - {path: '%SystemRoot%\\System32\\net.exe', pool: [Web*], account: ['IIS APPPOOL\\*'], source: x}\n"
    "  - {path: '%SystemRoot%\\System32\\svchost.exe', dedicated: true, source: x}\n"
    "  - {path: 'C:\\tools\\a.exe', source: x}\n";

/* What values can be. An empty word is no value. */
static const char *const words[] = {
    "",
    "-",
    "4",
    "8",
    "12",
    "16",
    "0x10",
    "0x14",
    "2209180864",
    "2209180865",
    "0x3e7",
    "0x3e4",
    "0x7c3d1",
    "(0x0,0x7C3D1)",
    "(0x0,0x3E7)",
    "S-1-5-18",
    "S-1-5-20",
    "S-1-0-0",
    "S-1-5-17",
    "S-1-5-82-1-2-3-4-5",
    "S-1-5-21-1-2-3-1000",
    "SYSTEM",
    "NT AUTHORITY",
    "IUSR_WEB",
    "WEB01$",
    "WORKGROUP",
    "DefaultAppPool",
    "IIS APPPOOL",
    "IIS APPPOOL\\DefaultAppPool",
    "NT AUTHORITY\\SYSTEM",
    "WEB01\\admin",
    "admin",
    "C:\\Windows\\System32\\inetsrv\\w3wp.exe",
    "C:\\Windows\\System32\\cmd.exe",
    "C:\\Windows\\System32\\net.exe",
    "C:\\Windows\\System32\\svchost.exe",
    "C:\\Windows\\System32\\services.exe",
    "C:\\Windows\\explorer.exe",
    "C:\\Windows\\System32\\inetsrv\\inetinfo.exe",
    "\\WINNT\\system32\\cmd.exe",
    "cmd.exe",
    "inetinfo.exe",
    "C:\\Windows\\Framework\\v4\\csc.exe",
    "C:\\Apache\\bin\\httpd.exe",
    "C:\\Java\\bin\\java.exe",
    "D:\\x\\node.exe",
    "C:\\tools\\a.exe",
    "C:\\tools\\a.exe:s",
    "\\\\srv\\share\\b.exe",
    "\\Device\\Mup\\srv\\share\\b.exe",
    "C:\\PROGRA~1\\a.exe",
    "C:\\Windows\\System32\\\xE2\x80\xAE.exe",
    "cmd /c ok",
    "w3wp.exe -ap \"WebPool\"",
    "java catalina start",
    "a \x1b[2J\r\nBcc: x\xEF\xBF\xBD <b>\"&'",
    "=cmd|' /C calc'!A0",
    "{00000000-0000-0000-0000-000000000001}",
    "{00000000-0000-0000-0000-000000000002}",
    "%%4421",
    "%%4416 %%4421",
    "0x20",
    "0x21",
    "File",
    "1",
    "+",
    "%%8448",
    "%%8449, %%8451",
    "{0CCE922B-69AE-11D9-BED3-505054503030}",
    "Security",
    "Stopped",
    "2024-01-01T00:00:00Z",
    "2024-01-01T02:00:00Z",
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
    if (profile.name.len)
        return;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_init(&rule_arena, (size_t)4 << 20);
    enum tcs_code code =
        tcs_profile_read(TCS_STR(profile_text), TCS_STR("profile"), &rule_arena, &profile, &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
    rules = (struct tcs_rules){.profiles = &profile, .profile_count = 1};
    for (unsigned key = 0; key < TCS_KEY_COUNT; key++)
        fields[key] = (struct tcs_field){tcs_str_of(tcs_key_names[key]), {.slot = (uint16_t)key}};
    layout =
        (struct tcs_layout){.root = TCS_STR("EventData"), .fields = fields, .field_count = TCS_KEY_COUNT};
}

const struct tcs_rules *fuzz_rules(bool dedicated)
{
    prepare();
    rules.dedicated = dedicated;
    return &rules;
}

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

void fuzz_events_init(struct fuzz_events *e, struct fuzz_input in)
{
    *e = (struct fuzz_events){.in = in, .rec = {.time = {INT64_C(17040672000000000)}, .record_id = 1}};
}

const struct tcs_event *fuzz_next_event(struct fuzz_events *e)
{
    if (e->in.len == 0)
        return NULL;
    struct fuzz_input *in = &e->in;
    struct tcs_record *rec = &e->rec;
    struct tcs_event *ev = &e->ev;
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
    e->part = (struct tcs_part){
        .layout = &layout, .values = ev->v, .value_count = TCS_KEY_COUNT, .parent = TCS_NO_SLOT};
    rec->parts = &e->part;
    rec->part_count = 1;
    return ev;
}
