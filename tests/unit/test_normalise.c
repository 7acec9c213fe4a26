#include "normalise/normalise.h"
#include "layout_text.h"

/*
 * A made record: its fields are named in a text, and the value of each is its
 * own name, or its position where it has none. So what an event says can be
 * compared with what the record is known to hold.
 */
struct made {
    struct tcs_decode_limits limits;
    struct tcs_arena arena;
    struct tcs_layout_builder builder;
    struct tcs_layout layout;
    struct tcs_part part;
    struct tcs_record rec;
    struct tcs_normaliser *n;
};

static int set_up(void **state)
{
    struct made *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->limits = tcs_default_decode_limits;
    tcs_arena_init(&m->arena, 8 << 20);
    tcs_layout_builder_init(&m->builder, &m->limits);
    m->n = tcs_normaliser_new();
    assert_non_null(m->n);
    *state = m;
    return 0;
}

static int tear_down(void **state)
{
    struct made *m = *state;
    tcs_normaliser_free(m->n);
    tcs_layout_builder_done(&m->builder);
    tcs_arena_done(&m->arena);
    free(m);
    return 0;
}

/* One <Data> for each word; "*6" are six without a name. Values are literals. */
static void put_data(struct tcs_layout_builder *b, const char *words)
{
    static const char *const positions[] = {"1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11",
                                            "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22"};
    unsigned unnamed = *words == '*' ? (unsigned)strtoul(words + 1, NULL, 10) : 0;
    for (unsigned i = 0; *words && (*words == '*' ? i < unnamed : true); i++) {
        struct tcs_str name = {"", 0};
        tcs_layout_element(b, TCS_STR("Data"), TCS_NO_SLOT);
        if (*words != '*') {
            name = layout_word(&words, " ");
            words += *words == ' ';
            tcs_layout_attribute(b, TCS_STR("Name"));
            tcs_layout_text(b, name);
        }
        tcs_layout_content(b);
        tcs_layout_text(b, name.len ? name : tcs_str_of(positions[i]));
        tcs_layout_end(b);
    }
}

struct source {
    enum tcs_log_format format;
    const char *provider, *guid, *channel; /* NULL: not there */
};

static const struct source evt = {TCS_FORMAT_EVT, "Security", NULL, "Security"};
static const struct source evt_system = {TCS_FORMAT_EVT, "EventLog", NULL, NULL};
static const struct source auditing = {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing",
                                       "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"};
static const struct source eventlog = {TCS_FORMAT_EVTX, "Microsoft-Windows-Eventlog",
                                       "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "Security"};
static const struct source eventlog_system = {TCS_FORMAT_EVTX, "Microsoft-Windows-Eventlog",
                                              "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "System"};
static const struct source sysmon = {TCS_FORMAT_EVTX, "Microsoft-Windows-Sysmon",
                                     "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "Microsoft-Windows-Sysmon/Operational"};
static const struct source kernel = {TCS_FORMAT_EVTX, "Microsoft-Windows-Kernel-General",
                                     "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}", "System"};
static const struct source old_eventlog = {TCS_FORMAT_EVTX, "EventLog", NULL, "System"};
static const struct source user32 = {TCS_FORMAT_EVTX, "User32", "{b0aa8734-56f7-41cc-b2f4-de228e98b946}", "System"};

static struct tcs_value text_or_null(const char *text)
{
    return text ? tcs_value_of_str(tcs_str_of(text)) : (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}

static void fill_system(struct made *m, const struct source *s, uint16_t id)
{
    m->rec = (struct tcs_record){.format = s->format, .has_event_id = true, .event_id = id};
    m->rec.system[TCS_SYS_PROVIDER] = text_or_null(s->provider);
    m->rec.system[TCS_SYS_PROVIDER_GUID] = text_or_null(s->guid);
    m->rec.system[TCS_SYS_CHANNEL] = text_or_null(s->channel);
    m->rec.system[TCS_SYS_USER] = text_or_null(s->format == TCS_FORMAT_EVT ? "RecordSid" : NULL);
}

/* data: words as for put_data, or XML of the data if it begins with <. */
static const struct tcs_record *make(struct made *m, const struct source *s, uint16_t id, const char *data)
{
    tcs_layout_begin(&m->builder, &m->arena);
    if (*data == '<') {
        layout_steps(&m->builder, data);
    } else {
        tcs_layout_element(&m->builder, TCS_STR("EventData"), TCS_NO_SLOT);
        tcs_layout_content(&m->builder);
        put_data(&m->builder, data);
        tcs_layout_end(&m->builder);
    }
    assert_int_equal(tcs_layout_finish(&m->builder, &m->layout), TCS_OK);
    m->part = (struct tcs_part){.layout = &m->layout, .parent = TCS_NO_SLOT};
    fill_system(m, s, id);
    m->rec.parts = &m->part;
    m->rec.part_count = 1;
    return &m->rec;
}

/* What the event says: "ProcessId=NewProcessId ..." in the order of the keys. */
static void check_event(const char *what, const struct tcs_event *ev, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 4096);
    for (unsigned key = 0; key < TCS_KEY_COUNT; key++) {
        if (ev->v[key].type == TCS_VALUE_NULL)
            continue;
        tcs_buf_printf(&b, "%s%s=", b.len ? " " : "", tcs_key_names[key]);
        tcs_buf_value(&b, ev->v[key]);
    }
    check_buf(what, &b, want);
    tcs_buf_done(&b);
}

#define SUBJECT "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"
#define TARGET  "TargetUserSid TargetUserName TargetDomainName TargetLogonId"
#define IS_SUBJECT                                                                                           \
    "SubjectUserSid=SubjectUserSid SubjectUserName=SubjectUserName SubjectDomainName=SubjectDomainName "     \
    "SubjectLogonId=SubjectLogonId"
#define IS_TARGET                                                                                            \
    "TargetUserSid=TargetUserSid TargetUserName=TargetUserName TargetDomainName=TargetDomainName "           \
    "TargetLogonId=TargetLogonId"
#define STARTED   "SubjectUserSid=RecordSid"
#define CREATOR   TCS_TRAIT_SUBJECT_IS_CREATOR
#define SELF      TCS_TRAIT_SUBJECT_IS_SELF
#define TARGETED  TCS_TRAIT_TARGET_IS_SELF
#define OLD_PATHS TCS_TRAIT_OLD_PATHS

static const struct known {
    const struct source *source;
    uint16_t id;
    const char *data;
    enum tcs_event_kind kind;
    enum tcs_origin origin;
    unsigned traits;
    const char *want;
} known[] = {
    /* ---- .evt: the layout is told by the number of strings ---- */
    {&evt, 592, "*6", TCS_EVENT_PROCESS_START, TCS_ORIGIN_SECURITY_EVT, CREATOR | OLD_PATHS,
     "SubjectUserSid=RecordSid SubjectUserName=4 SubjectDomainName=5 SubjectLogonId=6 ProcessId=1 ProcessName=2 "
     "CreatorProcessId=3"},
    {&evt, 593, "*4", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_SECURITY_EVT, SELF | TCS_TRAIT_NO_IMAGE,
     "SubjectUserSid=RecordSid SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 ProcessId=1"},
    {&evt, 593, "*5", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_SECURITY_EVT, SELF,
     "SubjectUserSid=RecordSid SubjectUserName=3 SubjectDomainName=4 SubjectLogonId=5 ProcessId=1 ProcessName=2"},
    {&evt, 560, "*15", TCS_EVENT_FILE_OPEN, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=8 SubjectDomainName=9 SubjectLogonId=10 TargetUserName=11 "
     "TargetDomainName=12 TargetLogonId=13 ProcessId=7 ObjectType=2 ObjectName=3 HandleId=4 AccessList=14"},
    {&evt, 560, "*17", TCS_EVENT_FILE_OPEN, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=9 SubjectDomainName=10 SubjectLogonId=11 TargetUserName=12 "
     "TargetDomainName=13 TargetLogonId=14 ProcessId=7 ProcessName=8 ObjectType=2 ObjectName=3 HandleId=4 "
     "AccessList=15"},
    {&evt, 560, "*18", TCS_EVENT_FILE_OPEN, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=9 SubjectDomainName=10 SubjectLogonId=11 TargetUserName=12 "
     "TargetDomainName=13 TargetLogonId=14 ProcessId=7 ProcessName=8 ObjectType=2 ObjectName=3 HandleId=4 "
     "AccessList=15 AccessMask=18"},
    {&evt, 567, "*7", TCS_EVENT_FILE_ACCESS, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid ProcessId=4 ProcessName=5 ObjectType=3 HandleId=2 AccessList=6 AccessMask=7"},
    {&evt, 600, "*10", TCS_EVENT_TOKEN_ASSIGNED, TCS_ORIGIN_SECURITY_EVT, TARGETED,
     "SubjectUserSid=RecordSid SubjectUserName=3 SubjectDomainName=4 SubjectLogonId=5 TargetUserName=8 "
     "TargetDomainName=9 TargetLogonId=10 ProcessId=6 ProcessName=7 CreatorProcessId=1 CreatorProcessName=2"},
    {&evt, 528, "*7", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid TargetUserName=1 TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 528, "*8", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid TargetUserName=1 TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 528, "*15", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=9 SubjectDomainName=10 SubjectLogonId=11 TargetUserName=1 "
     "TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 540, "*7", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid TargetUserName=1 TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 540, "*8", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid TargetUserName=1 TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 540, "*15", TCS_EVENT_LOGON, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=9 SubjectDomainName=10 SubjectLogonId=11 TargetUserName=1 "
     "TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 538, "*4", TCS_EVENT_LOGOFF, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid TargetUserName=1 TargetDomainName=2 TargetLogonId=3 LogonType=4"},
    {&evt, 517, "*6", TCS_EVENT_LOG_CLEARED, TCS_ORIGIN_SECURITY_EVT, 0,
     "SubjectUserSid=RecordSid SubjectUserName=1 SubjectDomainName=2 SubjectLogonId=3 TargetUserName=4 "
     "TargetDomainName=5 TargetLogonId=6"},
    {&evt, 516, "*1", TCS_EVENT_EVENTS_LOST, TCS_ORIGIN_SECURITY_EVT, 0, "SubjectUserSid=RecordSid AuditsDiscarded=1"},
    /* Object access is the third category and process tracking the fifth: not as Event Viewer shows them. */
    {&evt, 612, "*17", TCS_EVENT_AUDIT_POLICY, TCS_ORIGIN_SECURITY_EVT, TCS_TRAIT_WHOLE_POLICY,
     "SubjectUserSid=RecordSid SubjectUserName=15 SubjectDomainName=16 SubjectLogonId=17 ProcessTracking=9 "
     "ObjectAccess=5"},
    {&evt, 612, "*21", TCS_EVENT_AUDIT_POLICY, TCS_ORIGIN_SECURITY_EVT, TCS_TRAIT_WHOLE_POLICY,
     "SubjectUserSid=RecordSid SubjectUserName=19 SubjectDomainName=20 SubjectLogonId=21 ProcessTracking=9 "
     "ObjectAccess=5"},
    {&evt, 512, "", TCS_EVENT_BOOT, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    {&evt, 513, "", TCS_EVENT_SHUTDOWN, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    /* Its strings are known from samples only: however many there are, the clock was changed. */
    {&evt, 520, "*10", TCS_EVENT_CLOCK_CHANGED, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    {&evt, 520, "", TCS_EVENT_CLOCK_CHANGED, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    /* 807: likewise, whatever it says. */
    {&evt, 807, "*6", TCS_EVENT_AUDIT_EXCLUDED, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    {&evt, 807, "", TCS_EVENT_AUDIT_EXCLUDED, TCS_ORIGIN_SECURITY_EVT, 0, STARTED},
    {&evt_system, 6005, "", TCS_EVENT_BOOT, TCS_ORIGIN_EVENTLOG_OLD, 0, STARTED},
    {&evt_system, 6006, "", TCS_EVENT_LOG_STOPPED, TCS_ORIGIN_EVENTLOG_OLD, 0, STARTED},

    /* ---- Security of Vista and later: by name, in every version ---- */
    {&auditing, 4688,
     SUBJECT " NewProcessId NewProcessName TokenElevationType ProcessId", TCS_EVENT_PROCESS_START,
     TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     IS_SUBJECT " ProcessId=NewProcessId ProcessName=NewProcessName CreatorProcessId=ProcessId"},
    {&auditing, 4688,
     SUBJECT " NewProcessId NewProcessName TokenElevationType ProcessId CommandLine", TCS_EVENT_PROCESS_START,
     TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     IS_SUBJECT
     " ProcessId=NewProcessId ProcessName=NewProcessName CommandLine=CommandLine CreatorProcessId=ProcessId"},
    {&auditing, 4688,
     SUBJECT " NewProcessId NewProcessName TokenElevationType ProcessId CommandLine " TARGET, TCS_EVENT_PROCESS_START,
     TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     IS_SUBJECT " " IS_TARGET
                " ProcessId=NewProcessId ProcessName=NewProcessName CommandLine=CommandLine CreatorProcessId=ProcessId"},
    {&auditing, 4688,
     SUBJECT " NewProcessId NewProcessName TokenElevationType ProcessId CommandLine " TARGET
             " ParentProcessName MandatoryLabel",
     TCS_EVENT_PROCESS_START, TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     IS_SUBJECT " " IS_TARGET
                " ProcessId=NewProcessId ProcessName=NewProcessName CommandLine=CommandLine CreatorProcessId=ProcessId "
                "CreatorProcessName=ParentProcessName"},
    {&auditing, 4689, SUBJECT " Status ProcessId ProcessName", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName"},
    {&auditing, 4696, SUBJECT " " TARGET " TargetProcessId TargetProcessName ProcessId ProcessName",
     TCS_EVENT_TOKEN_ASSIGNED, TCS_ORIGIN_AUDITING, TARGETED,
     IS_SUBJECT " " IS_TARGET
                " ProcessId=TargetProcessId ProcessName=TargetProcessName CreatorProcessId=ProcessId "
                "CreatorProcessName=ProcessName"},
    {&auditing, 4656,
     SUBJECT " ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessMask PrivilegeList "
             "RestrictedSidCount ProcessId ProcessName",
     TCS_EVENT_FILE_OPEN, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "HandleId=HandleId AccessList=AccessList AccessMask=AccessMask"},
    /* Windows 7 put AccessReason into the middle, and 8 added ResourceAttributes under the same version. */
    {&auditing, 4656,
     SUBJECT " ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessReason AccessMask "
             "PrivilegeList RestrictedSidCount ProcessId ProcessName",
     TCS_EVENT_FILE_OPEN, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "HandleId=HandleId AccessList=AccessList AccessMask=AccessMask"},
    {&auditing, 4656,
     SUBJECT " ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessReason AccessMask "
             "PrivilegeList RestrictedSidCount ProcessId ProcessName ResourceAttributes",
     TCS_EVENT_FILE_OPEN, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "HandleId=HandleId AccessList=AccessList AccessMask=AccessMask"},
    {&auditing, 4663,
     SUBJECT " ObjectServer ObjectType ObjectName HandleId AccessList AccessMask ProcessId ProcessName",
     TCS_EVENT_FILE_ACCESS, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "HandleId=HandleId AccessList=AccessList AccessMask=AccessMask"},
    {&auditing, 4663,
     SUBJECT " ObjectServer ObjectType ObjectName HandleId AccessList AccessMask ProcessId ProcessName "
             "ResourceAttributes",
     TCS_EVENT_FILE_ACCESS, TCS_ORIGIN_AUDITING, SELF,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "HandleId=HandleId AccessList=AccessList AccessMask=AccessMask"},
    {&auditing, 4624,
     SUBJECT " " TARGET " LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid "
             "TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort",
     TCS_EVENT_LOGON, TCS_ORIGIN_AUDITING, 0, IS_SUBJECT " " IS_TARGET " LogonType=LogonType"},
    /* Version 3 inserts RemoteCredentialGuard in the middle. */
    {&auditing, 4624,
     SUBJECT " " TARGET " LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid "
             "TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort ImpersonationLevel "
             "RestrictedAdminMode RemoteCredentialGuard TargetOutboundUserName TargetOutboundDomainName VirtualAccount "
             "TargetLinkedLogonId ElevatedToken",
     TCS_EVENT_LOGON, TCS_ORIGIN_AUDITING, 0, IS_SUBJECT " " IS_TARGET " LogonType=LogonType"},
    {&auditing, 4634, TARGET " LogonType", TCS_EVENT_LOGOFF, TCS_ORIGIN_AUDITING, 0, IS_TARGET " LogonType=LogonType"},
    {&auditing, 4647, TARGET, TCS_EVENT_LOGOFF, TCS_ORIGIN_AUDITING, 0, IS_TARGET},
    {&auditing, 4608, "", TCS_EVENT_BOOT, TCS_ORIGIN_AUDITING, 0, ""},
    {&auditing, 4609, "", TCS_EVENT_SHUTDOWN, TCS_ORIGIN_AUDITING, 0, ""},
    {&auditing, 4719, SUBJECT " CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges", TCS_EVENT_AUDIT_POLICY,
     TCS_ORIGIN_AUDITING, 0, IS_SUBJECT " SubcategoryGuid=SubcategoryGuid AuditPolicyChanges=AuditPolicyChanges"},
    {&auditing, 4719,
     SUBJECT " CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges ClientProcessId ClientProcessStartKey",
     TCS_EVENT_AUDIT_POLICY, TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " SubcategoryGuid=SubcategoryGuid AuditPolicyChanges=AuditPolicyChanges"},
    {&auditing, 4912, SUBJECT " TargetUserSid CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges",
     TCS_EVENT_AUDIT_EXCLUDED, TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " TargetUserSid=TargetUserSid SubcategoryGuid=SubcategoryGuid AuditPolicyChanges=AuditPolicyChanges"},
    {&auditing, 4907, SUBJECT " ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName",
     TCS_EVENT_SACL_CHANGED, TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName ObjectType=ObjectType ObjectName=ObjectName "
                "AuditPolicyChanges=NewSd Reason=OldSd"},
    {&auditing, 4715, SUBJECT " OldSd NewSd", TCS_EVENT_SACL_CHANGED, TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " AuditPolicyChanges=NewSd Reason=OldSd"},
    {&auditing, 4817, SUBJECT " ObjectServer ObjectType ObjectName OldSd NewSd", TCS_EVENT_SACL_CHANGED,
     TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " ObjectType=ObjectType ObjectName=ObjectName AuditPolicyChanges=NewSd Reason=OldSd"},
    {&auditing, 4616, SUBJECT " PreviousTime NewTime ProcessId ProcessName", TCS_EVENT_CLOCK_CHANGED,
     TCS_ORIGIN_AUDITING, 0,
     IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName PreviousTime=PreviousTime NewTime=NewTime"},
    {&auditing, 4612, "AuditsDiscarded", TCS_EVENT_EVENTS_LOST, TCS_ORIGIN_AUDITING, 0,
     "AuditsDiscarded=AuditsDiscarded"},

    /* ---- the event log's own provider: data in UserData ---- */
    {&eventlog, 1102,
     "<UserData><LogFileCleared xmlns=\"u\"><SubjectUserSid>a</SubjectUserSid><SubjectUserName>b</SubjectUserName>"
     "<SubjectDomainName>c</SubjectDomainName><SubjectLogonId>d</SubjectLogonId></LogFileCleared></UserData>",
     TCS_EVENT_LOG_CLEARED, TCS_ORIGIN_EVENTLOG, 0,
     "SubjectUserSid=a SubjectUserName=b SubjectDomainName=c SubjectLogonId=d"},
    {&eventlog, 1102,
     "<UserData><LogFileCleared><SubjectUserSid>a</SubjectUserSid><SubjectUserName>b</SubjectUserName>"
     "<SubjectDomainName>c</SubjectDomainName><SubjectLogonId>d</SubjectLogonId><ClientProcessId>1</ClientProcessId>"
     "<ClientProcessStartKey>2</ClientProcessStartKey></LogFileCleared></UserData>",
     TCS_EVENT_LOG_CLEARED, TCS_ORIGIN_EVENTLOG, 0,
     "SubjectUserSid=a SubjectUserName=b SubjectDomainName=c SubjectLogonId=d"},
    {&eventlog_system, 104,
     "<UserData><LogFileCleared><SubjectUserName>b</SubjectUserName><SubjectDomainName>c</SubjectDomainName>"
     "<Channel>System</Channel><BackupPath/></LogFileCleared></UserData>",
     TCS_EVENT_LOG_CLEARED, TCS_ORIGIN_EVENTLOG, 0, "SubjectUserName=b SubjectDomainName=c Channel=System"},
    {&eventlog, 1101, "<UserData><AuditEventsDropped><Reason>34</Reason></AuditEventsDropped></UserData>",
     TCS_EVENT_EVENTS_LOST, TCS_ORIGIN_EVENTLOG, 0, "Reason=34"},
    {&eventlog, 1104, "<UserData><FileIsFull/></UserData>", TCS_EVENT_LOG_FULL, TCS_ORIGIN_EVENTLOG, 0, ""},
    {&eventlog, 1100, "<UserData><ServiceShutdown/></UserData>", TCS_EVENT_LOG_STOPPED, TCS_ORIGIN_EVENTLOG, 0, ""},

    /* ---- Sysmon: the version stays while the list of fields grows ---- */
    {&sysmon, 1,
     "UtcTime ProcessGuid ProcessId Image CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId "
     "IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine",
     TCS_EVENT_PROCESS_START, TCS_ORIGIN_SYSMON, SELF,
     "SubjectLogonId=LogonId User=User ProcessId=ProcessId ProcessName=Image ProcessGuid=ProcessGuid "
     "CommandLine=CommandLine CreatorProcessId=ParentProcessId CreatorProcessName=ParentImage "
     "ParentProcessGuid=ParentProcessGuid ParentCommandLine=ParentCommandLine TerminalSessionId=TerminalSessionId "
     "CurrentDirectory=CurrentDirectory"},
    {&sysmon, 1,
     "RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName "
     "CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid "
     "ParentProcessId ParentImage ParentCommandLine ParentUser",
     TCS_EVENT_PROCESS_START, TCS_ORIGIN_SYSMON, SELF,
     "SubjectLogonId=LogonId User=User ProcessId=ProcessId ProcessName=Image ProcessGuid=ProcessGuid "
     "CommandLine=CommandLine CreatorProcessId=ParentProcessId CreatorProcessName=ParentImage "
     "ParentProcessGuid=ParentProcessGuid ParentCommandLine=ParentCommandLine ParentUser=ParentUser "
     "TerminalSessionId=TerminalSessionId CurrentDirectory=CurrentDirectory"},
    {&sysmon, 5, "RuleName UtcTime ProcessGuid ProcessId Image", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_SYSMON, SELF,
     "ProcessId=ProcessId ProcessName=Image ProcessGuid=ProcessGuid"},
    {&sysmon, 5, "RuleName UtcTime ProcessGuid ProcessId Image User", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_SYSMON, SELF,
     "User=User ProcessId=ProcessId ProcessName=Image ProcessGuid=ProcessGuid"},
    {&sysmon, 4, "UtcTime State Version SchemaVersion", TCS_EVENT_LOG_STOPPED, TCS_ORIGIN_SYSMON, TCS_TRAIT_STOPS,
     "Reason=State"},
    {&sysmon, 16, "UtcTime Configuration ConfigurationFileHash", TCS_EVENT_SENSOR_CHANGED, TCS_ORIGIN_SYSMON, 0,
     "Reason=Configuration"},
    {&sysmon, 255, "UtcTime ID Description", TCS_EVENT_EVENTS_LOST, TCS_ORIGIN_SYSMON, 0, "Reason=Description"},

    /* ---- System ---- */
    {&kernel, 12, "MajorVersion MinorVersion StartTime", TCS_EVENT_BOOT, TCS_ORIGIN_KERNEL_GENERAL, 0, ""},
    {&kernel, 13, "StopTime", TCS_EVENT_SHUTDOWN, TCS_ORIGIN_KERNEL_GENERAL, 0, ""},
    {&old_eventlog, 6005, "*1", TCS_EVENT_BOOT, TCS_ORIGIN_EVENTLOG_OLD, 0, ""},
    {&old_eventlog, 6006, "*1", TCS_EVENT_LOG_STOPPED, TCS_ORIGIN_EVENTLOG_OLD, 0, ""},
    {&user32, 1074, "param1 param2 param3", TCS_EVENT_SHUTDOWN, TCS_ORIGIN_USER32, 0, ""},

    /* ---- names that were stripped on the way: by position ---- */
    {&auditing, 4688, "*8", TCS_EVENT_PROCESS_START, TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 ProcessId=5 ProcessName=6 "
     "CreatorProcessId=8"},
    {&auditing, 4688, "*9", TCS_EVENT_PROCESS_START, TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 ProcessId=5 ProcessName=6 CommandLine=9 "
     "CreatorProcessId=8"},
    {&auditing, 4688, "*13", TCS_EVENT_PROCESS_START, TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 TargetUserSid=10 TargetUserName=11 "
     "TargetDomainName=12 TargetLogonId=13 ProcessId=5 ProcessName=6 CommandLine=9 CreatorProcessId=8"},
    {&auditing, 4688, "*15", TCS_EVENT_PROCESS_START, TCS_ORIGIN_AUDITING, CREATOR | TARGETED,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 TargetUserSid=10 TargetUserName=11 "
     "TargetDomainName=12 TargetLogonId=13 ProcessId=5 ProcessName=6 CommandLine=9 CreatorProcessId=8 "
     "CreatorProcessName=14"},
    {&auditing, 4689, "*7", TCS_EVENT_PROCESS_EXIT, TCS_ORIGIN_AUDITING, SELF,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 ProcessId=6 ProcessName=7"},
    {&auditing, 4696, "*12", TCS_EVENT_TOKEN_ASSIGNED, TCS_ORIGIN_AUDITING, TARGETED,
     "SubjectUserSid=1 SubjectUserName=2 SubjectDomainName=3 SubjectLogonId=4 TargetUserSid=5 TargetUserName=6 "
     "TargetDomainName=7 TargetLogonId=8 ProcessId=9 ProcessName=10 CreatorProcessId=11 CreatorProcessName=12"},
};

static void every_event_in_every_layout(void **state)
{
    struct made *m = *state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const struct known *k = &known[i];
        struct tcs_err err = TCS_ERR_INIT;
        struct tcs_event ev;
        char what[80];
        snprintf(what, sizeof what, "%u with %.40s", k->id, k->data);
        const struct tcs_record *rec = make(m, k->source, k->id, k->data);
        check_true(what, tcs_normaliser_accepts(m->n, rec));
        check_int(what, tcs_origin_of(rec), k->origin);
        check_int(what, tcs_normalise(m->n, rec, &ev, &err), TCS_OK);
        check_int(what, ev.kind, k->kind);
        check_int(what, ev.origin, k->origin);
        check_int(what, ev.traits, k->traits);
        check_true(what, ev.rec == rec);
        check_event(what, &ev, k->want);
    }
}

/* The set of ids is the first sieve: what is not in it is never looked at. */
static void the_set_of_ids(void **state)
{
    struct made *m = *state;
    const uint64_t *ids = tcs_normaliser_ids(m->n);
    for (size_t i = 0; i < COUNT_OF(known); i++)
        check_true("known", tcs_id_set_has(ids, known[i].id));
    static const uint16_t others[] = {0, 2, 3, 7, 11, 529, 562, 592 + 1024, 4657, 4697, 4698, 5140, 7045, 65535};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        check_int("another", tcs_id_set_has(ids, others[i]), false);
    size_t count = 0;
    for (unsigned id = 0; id < 65536; id++)
        count += tcs_id_set_has(ids, (uint16_t)id);
    assert_in_range(count, 30, 60);
}

/* 1108: the event that could not be written, and why. The number of the error is an attribute. */
static void an_event_that_could_not_be_written(void **state)
{
    struct made *m = *state;
    struct tcs_event ev;
    const struct tcs_record *rec =
        make(m, &eventlog, 1108,
             "<UserData><EventProcessingFailure><Error Code=\"15007\"/><EventID>4688</EventID>"
             "<PublisherID>Microsoft-Windows-Security-Auditing</PublisherID></EventProcessingFailure></UserData>");
    assert_true(tcs_normaliser_accepts(m->n, rec));
    assert_int_equal(tcs_normalise(m->n, rec, &ev, NULL), TCS_OK);
    assert_int_equal(ev.kind, TCS_EVENT_EVENTS_LOST);
    check_event("1108", &ev, "AuditsDiscarded=4688 Reason=15007");
}

/* ---- who may say it ---- */

static const struct {
    const char *what;
    uint16_t id;
    struct source source;
    bool accepted;
} impostors[] = {
    {"auditing", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"}, true},
    {"letters in either case", 4688, {TCS_FORMAT_EVTX, "microsoft-windows-security-auditing", "{54849625-5478-4994-a5ba-3e3b0328c30d}", "SECURITY"}, true},
    {"name alone", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", NULL, "Security"}, true},
    {"GUID alone", 4688, {TCS_FORMAT_EVTX, NULL, "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"}, true},
    {"GUID without braces", 4688, {TCS_FORMAT_EVTX, NULL, "54849625-5478-4994-A5BA-3E3B0328C30D", "Security"}, true},
    {"neither", 4688, {TCS_FORMAT_EVTX, NULL, NULL, "Security"}, false},
    {"dashes", 4688, {TCS_FORMAT_EVTX, "-", "-", "Security"}, false},
    /* Anybody may write into the Application log, under any name but that of a protected provider. */
    {"wrong channel", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Application"}, false},
    {"no channel", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", NULL}, false},
    {"forwarded keeps its channel", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "ForwardedEvents"}, false},
    {"wrong name", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Audit", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"}, false},
    {"wrong GUID", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30E}", "Security"}, false},
    {"no GUID at all", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{nonsense}", "Security"}, false},
    {"id of another provider", 4688, {TCS_FORMAT_EVTX, "Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "Microsoft-Windows-Sysmon/Operational"}, false},
    {"unknown id", 4657, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", NULL, "Security"}, false},
    {"4688 in .evt", 4688, {TCS_FORMAT_EVT, "Security", NULL, "Security"}, false},
    {"auditing in .evt", 4688, {TCS_FORMAT_EVT, "Microsoft-Windows-Security-Auditing", NULL, "Security"}, false},

    {".evt", 592, {TCS_FORMAT_EVT, "Security", NULL, "Security"}, true},
    /* SNA Server writes 592 and 560 into the Application log. */
    {"592 of another source", 592, {TCS_FORMAT_EVT, "SNA Server", NULL, "Security"}, false},
    {"source Security, not the security log", 592, {TCS_FORMAT_EVT, "Security", NULL, NULL}, false},
    {"source Security, another log", 592, {TCS_FORMAT_EVT, "Security", NULL, "Application"}, false},
    {"no source", 592, {TCS_FORMAT_EVT, NULL, NULL, "Security"}, false},
    /* A log of Server 2003 that was converted or forwarded keeps its source and its strings. */
    {"592 in .evtx", 592, {TCS_FORMAT_EVTX, "Security", NULL, "Security"}, true},
    {"592 in .evtx, of another source", 592, {TCS_FORMAT_EVTX, "SNA Server", NULL, "Security"}, false},
    {"592 in .evtx, of auditing", 592, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"}, false},
    {"592 in .evtx, another log", 592, {TCS_FORMAT_EVTX, "Security", NULL, "Application"}, false},
    {"592 in .evtx, no log", 592, {TCS_FORMAT_EVTX, "Security", NULL, NULL}, false},
    {"592 in .evtx, a source with a GUID", 592, {TCS_FORMAT_EVTX, NULL, "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security"}, false},

    {"1102 in Security", 1102, {TCS_FORMAT_EVTX, "Microsoft-Windows-Eventlog", NULL, "Security"}, true},
    {"104 in System", 104, {TCS_FORMAT_EVTX, "Microsoft-Windows-Eventlog", NULL, "System"}, true},
    {"1102 in Application", 1102, {TCS_FORMAT_EVTX, "Microsoft-Windows-Eventlog", NULL, "Application"}, false},
    {"1102 of auditing", 1102, {TCS_FORMAT_EVTX, "Microsoft-Windows-Security-Auditing", NULL, "Security"}, false},

    {"Sysmon", 1, {TCS_FORMAT_EVTX, "Microsoft-Windows-Sysmon", NULL, "Microsoft-Windows-Sysmon/Operational"}, true},
    {"Sysmon in Security", 1, {TCS_FORMAT_EVTX, "Microsoft-Windows-Sysmon", NULL, "Security"}, false},
    {"1 of the kernel", 1, {TCS_FORMAT_EVTX, "Microsoft-Windows-Kernel-General", NULL, "System"}, false},

    {"6005", 6005, {TCS_FORMAT_EVTX, "EventLog", NULL, "System"}, true},
    {"6005 with a GUID, as later versions have it", 6005, {TCS_FORMAT_EVTX, "EventLog", "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "System"}, true},
    {"6005 in Application", 6005, {TCS_FORMAT_EVTX, "EventLog", NULL, "Application"}, false},
    {"6005 by GUID alone", 6005, {TCS_FORMAT_EVTX, NULL, "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "System"}, false},
    /* A system log of NT 4 to 2003 does not say that it is one; a security log does. */
    {"6005 in .evt", 6005, {TCS_FORMAT_EVT, "EventLog", NULL, NULL}, true},
    {"6005 in a security log", 6005, {TCS_FORMAT_EVT, "EventLog", NULL, "Security"}, false},
};

static void only_who_may_say_it(void **state)
{
    struct made *m = *state;
    for (size_t i = 0; i < COUNT_OF(impostors); i++) {
        fill_system(m, &impostors[i].source, impostors[i].id);
        check_int(impostors[i].what, tcs_normaliser_accepts(m->n, &m->rec), impostors[i].accepted);
    }
}

static void a_record_without_id(void **state)
{
    struct made *m = *state;
    fill_system(m, &auditing, 4688);
    m->rec.has_event_id = false;
    assert_false(tcs_normaliser_accepts(m->n, &m->rec));
    assert_int_equal(tcs_origin_of(&m->rec), TCS_ORIGIN_AUDITING);
    struct source nobody = {TCS_FORMAT_EVTX, "Perflib", NULL, "Application"};
    fill_system(m, &nobody, 4688);
    assert_int_equal(tcs_origin_of(&m->rec), TCS_ORIGIN_COUNT);
}

/* ---- layouts that nobody knows ---- */

static void unknown_numbers_of_strings(void **state)
{
    struct made *m = *state;
    static const struct {
        const struct source *source;
        uint16_t id;
        const char *data;
    } cases[] = {
        {&evt, 592, "*5"},  {&evt, 592, "*7"},  {&evt, 592, ""},    {&evt, 593, "*3"},  {&evt, 593, "*6"},
        {&evt, 560, "*14"}, {&evt, 560, "*16"}, {&evt, 560, "*19"}, {&evt, 567, "*6"},  {&evt, 600, "*9"},
        {&evt, 612, "*18"}, {&evt, 528, "*9"},  {&evt, 512, "*1"},  {&evt, 516, "*2"},  {&evt, 517, "*5"},
        {&auditing, 4688, "*7"}, {&auditing, 4688, "*16"}, {&auditing, 4689, "*8"}, {&auditing, 4656, "*15"},
        {&sysmon, 1, "*16"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_err err = TCS_ERR_INIT;
        struct tcs_event ev;
        char what[64];
        snprintf(what, sizeof what, "%u with %s", cases[i].id, cases[i].data);
        const struct tcs_record *rec = make(m, cases[i].source, cases[i].id, cases[i].data);
        check_true(what, tcs_normaliser_accepts(m->n, rec)); /* it is ours: so it is counted, not ignored */
        check_int(what, tcs_normalise(m->n, rec, &ev, &err), TCS_SKIP);
        check_int(what, err.code, TCS_SKIP);
        snprintf(what, sizeof what, "with %lu strings", cases[i].data[0] ? strtoul(cases[i].data + 1, NULL, 10) : 0);
        check_says(what, &err, what);
    }
}

static void lost_data(void **state)
{
    struct made *m = *state;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_event ev;
    fill_system(m, &auditing, 4688);
    assert_int_equal(tcs_normalise(m->n, &m->rec, &ev, &err), TCS_SKIP);
    check_says("lost", &err, "lost");
}

/* Fields that are missing, in another order, or more than we know: read by name all the same. */
static void names_in_any_order(void **state)
{
    struct made *m = *state;
    static const struct {
        const char *data, *want;
    } cases[] = {
        {"ProcessId NewFieldOf2030 NewProcessName NewProcessId",
         "ProcessId=NewProcessId ProcessName=NewProcessName CreatorProcessId=ProcessId"},
        {"NewProcessName", "ProcessName=NewProcessName"},
        {"newprocessname", ""}, /* names are exact */
        {"NewProcessName NewProcessName", "ProcessName=NewProcessName"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_event ev;
        assert_int_equal(tcs_normalise(m->n, make(m, &auditing, 4688, cases[i].data), &ev, NULL), TCS_OK);
        check_event(cases[i].data, &ev, cases[i].want);
    }
}

/* The first of two fields of one name counts: which one, must not depend on who put the second there. */
static void the_first_of_a_name_counts(void **state)
{
    struct made *m = *state;
    struct tcs_event ev;
    const struct tcs_record *rec = make(m, &auditing, 4688,
                                        "<EventData><Data Name=\"NewProcessName\">C:\\evil.exe</Data>"
                                        "<Data Name=\"NewProcessName\">C:\\good.exe</Data></EventData>");
    assert_int_equal(tcs_normalise(m->n, rec, &ev, NULL), TCS_OK);
    check_event("twice", &ev, "ProcessName=C:\\evil.exe");
}

/* ---- the memory of layouts ---- */

/*
 * Plans are kept by the id of the layout. Another event id, another provider
 * or another layout under the same place must not get the plan of the first.
 */
static void plans_are_not_mixed_up(void **state)
{
    struct made *m = *state;
    struct tcs_event ev;
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            const struct tcs_record *rec = make(m, known[i].source, known[i].id, known[i].data);
            m->layout.id = i + 1;
            check_int("by its own id", tcs_normalise(m->n, rec, &ev, NULL), TCS_OK);
            check_event("by its own id", &ev, known[i].want);
        }
    }
    /* An .evt layout of so many strings serves every id that has so many. */
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            if (known[i].source != &evt)
                continue;
            const struct tcs_record *rec = make(m, &evt, known[i].id, known[i].data);
            m->layout.id = 1000 + (known[i].data[0] ? strtoul(known[i].data + 1, NULL, 10) : 0);
            check_int("shared", tcs_normalise(m->n, rec, &ev, NULL), TCS_OK);
            check_event("shared", &ev, known[i].want);
        }
    }
}

static void ids_that_share_a_place(void **state)
{
    struct made *m = *state;
    struct tcs_event ev;
    for (uint64_t id = 1; id < 4000; id += 256) {
        make(m, &auditing, 4689, SUBJECT " Status ProcessId ProcessName");
        m->layout.id = id;
        assert_int_equal(tcs_normalise(m->n, &m->rec, &ev, NULL), TCS_OK);
        check_event("4689", &ev, IS_SUBJECT " ProcessId=ProcessId ProcessName=ProcessName");
        make(m, &auditing, 4689, "ProcessName");
        m->layout.id = id + 128;
        assert_int_equal(tcs_normalise(m->n, &m->rec, &ev, NULL), TCS_OK);
        check_event("4689, cut", &ev, "ProcessName=ProcessName");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_event_in_every_layout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_set_of_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_event_that_could_not_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_who_may_say_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_without_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_numbers_of_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lost_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_of_a_name_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plans_are_not_mixed_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_that_share_a_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
