"""TABLES: what Windows writes into its logs, per event id and generation.

A layout is a line of field names. Which layout a generation writes is in the table (`since`); any event may ask
for another one by `layout:`. Sources: the project's fact sheet on events; rows that rest on
general knowledge only are marked GK.

.evt   (CLASSIC)   the insertion strings in the order of the record, no types: all is text.
                   `user.name`, `user.domain`, `user.logon` come from the account given as `user:`, likewise
                   `client:`, `primary:`, `target:` and `caller:`.
.evtx  (MANIFEST)  EventData or UserData fields as `Name` (string) or `Name:type`. `pointer` is declared size_t and holds
                   hex64 (hex32 with `bits: 32`). `Parent@Name` is an attribute of the element Parent.
"""
from dataclasses import dataclass, field

EVT_GENERATIONS = ("nt4", "2000", "xp", "2003")
EVTX_GENERATIONS = ("vista", "7", "8.1", "2012r2-patched", "10", "11-23h2")
ALIASES = {"2008": "vista", "2008r2": "7", "8": "8.1", "2012": "8.1", "2012r2": "8.1", "2016": "10", "2019": "10",
           "2022": "10", "11": "10", "2025": "11-23h2", "nt3.51": "nt4"}

SUCCESS, FAILURE = 8, 16                    # .evt event types of audits


# --------------------------------------------------------------------------------------------- .evt

@dataclass
class Classic:
    """One id of one source of a .evt log."""
    id: int
    title: str
    layouts: list                           # (since, "names of the strings")
    category: int = 0
    source: str = "Security"
    high: int = 0                           # upper 16 bits of the event identifier: severity and facility
    type: int = SUCCESS
    defaults: dict = field(default_factory=dict)
    user: str = "user"                      # role whose SID the record carries


SYSTEM_EVENT, LOGON, OBJECT, PRIVILEGE, TRACKING, POLICY, ACCOUNT = 1, 2, 3, 4, 5, 6, 7

_USER = "user.name user.domain user.logon"
_CLIENT = "client.name client.domain client.logon"
_PRIMARY = "primary.name primary.domain primary.logon"
_TARGET = "target.name target.domain target.logon"
_CALLER = "caller.name caller.domain caller.logon"
_LOGON = _USER + " logon_type logon_process package workstation"
_OPEN = "server type object handle operation.high operation.low pid"
_POLICY = " ".join("%s.success %s.failure" % (c, c) for c in
                   ("system", "logon", "object", "privilege", "tracking", "policy", "account"))
_POLICY_2000 = _POLICY + " directory.success directory.failure account_logon.success account_logon.failure"

_NO_IMAGE = "pid " + _USER                  # 593 up to 2000 names no image

CLASSIC = [
    Classic(512, "Windows NT is starting up", [("nt4", "")], SYSTEM_EVENT),
    Classic(513, "Windows NT is shutting down", [("nt4", "")], SYSTEM_EVENT),
    Classic(516, "audits were lost", [("nt4", "discarded")], SYSTEM_EVENT, defaults={"discarded": "1"}),
    Classic(517, "the audit log was cleared", [("nt4", _PRIMARY + " " + _CLIENT)], SYSTEM_EVENT, user="client"),
    Classic(520, "the system time was changed (GK)",
            [("2003", "pid image " + _PRIMARY + " " + _CLIENT + " old_time new_time")], SYSTEM_EVENT, user="primary"),
    Classic(528, "logon", [("nt4", _LOGON), ("xp", _LOGON + " logon_guid"),
                           ("2003", _LOGON + " logon_guid " + _CALLER + " caller.pid transited address port")], LOGON,
            defaults={"logon_type": "2", "logon_process": "User32  ", "package": "Negotiate"}),
    Classic(529, "logon failed: unknown user or bad password (GK)",
            [("nt4", "user.name user.domain logon_type logon_process package workstation")], LOGON, type=FAILURE,
            defaults={"logon_type": "3", "logon_process": "NtLmSsp ", "package": "NTLM"}, user="system"),
    Classic(538, "logoff (GK)", [("nt4", _USER + " logon_type")], LOGON, defaults={"logon_type": "3"}),
    Classic(540, "network logon", [("nt4", _LOGON), ("xp", _LOGON + " logon_guid"),
                                   ("2003", _LOGON + " logon_guid " + _CALLER + " caller.pid transited address port")],
            LOGON, defaults={"logon_type": "3", "logon_process": "Kerberos", "package": "Kerberos"}),
    Classic(560, "object opened",
            [("nt4", "%s %s %s accesses privileges" % (_OPEN, _PRIMARY, _CLIENT)),
             ("xp", "%s image %s %s accesses privileges restricted" % (_OPEN, _PRIMARY, _CLIENT)),
             ("2003", "%s image %s %s accesses privileges restricted mask" % (_OPEN, _PRIMARY, _CLIENT))], OBJECT,
            defaults={"server": "Security", "type": "File", "operation.high": "0", "operation.low": "57614",
                      "handle": "868", "restricted": "0"}, user="effective"),
    Classic(561, "handle allocated", [("nt4", "handle operation.high operation.low pid")], OBJECT,
            defaults={"operation.high": "0", "operation.low": "57614", "handle": "868"}),
    Classic(562, "handle closed", [("nt4", "server handle pid"), ("xp", "server handle pid image")], OBJECT,
            defaults={"server": "Security", "handle": "868"}),
    Classic(567, "object access attempted", [("xp", "server handle type pid image accesses mask")], OBJECT,
            defaults={"server": "Security", "type": "File", "handle": "868"}),
    Classic(592, "process created", [("nt4", "pid image creator " + _USER)], TRACKING),
    Classic(593, "process exited", [("nt4", _NO_IMAGE), ("xp", "pid image " + _USER)], TRACKING),
    Classic(594, "handle duplicated (names GK)",
            [("nt4", "source_handle source_pid target_handle target_pid")], TRACKING),
    Classic(595, "indirect access to an object (names GK)",
            [("nt4", "type object pid %s %s accesses" % (_PRIMARY, _CLIENT))], TRACKING, user="effective"),
    Classic(600, "primary token assigned", [("xp", "pid image %s target.pid target.image %s" % (_USER, _TARGET))],
            TRACKING),
    Classic(601, "service installed (GK)",
            [("2003", "service image service_type start_type account " + _USER)], TRACKING,
            defaults={"service_type": "16", "start_type": "3", "account": "LocalSystem"}),
    Classic(602, "scheduled task created (GK)",
            [("2003", "task command triggers time flags target.user " + _USER)], TRACKING),
    Classic(612, "audit policy changed",
            [("nt4", _POLICY + " " + _USER), ("2000", _POLICY_2000 + " " + _USER)], POLICY),
    Classic(642, "user account changed (GK)",
            [("nt4", "change target.name target.domain target.sid %s privileges" % _CALLER)], ACCOUNT, user="caller"),
    Classic(807, "per user audit policy changed (GK)",
            [("xp", "target.sid policy.id %s settings" % _USER)], POLICY),
    Classic(6005, "the event log service was started", [("nt4", "")], 0, "EventLog", 0x8000, 4, user="none"),
    Classic(6006, "the event log service was stopped", [("nt4", "")], 0, "EventLog", 0x8000, 4, user="none"),
    Classic(6008, "the previous shutdown was unexpected", [("nt4", "time date")], 0, "EventLog", 0x8000, 1,
            {"time": "8:59:12 AM", "date": "3/1/2002"}, user="none"),
    Classic(6009, "the version of Windows at boot", [("nt4", "version build servicepack edition")], 0, "EventLog",
            0x8000, 4, {"version": "5.00.", "build": "2195", "servicepack": "Service Pack 3",
                        "edition": "Uniprocessor Free"}, user="none"),
    Classic(7036, "a service changed its state", [("nt4", "service state")], 0, "Service Control Manager", 0x4000, 4,
            {"service": "World Wide Web Publishing", "state": "running"}, user="none"),
    Classic(1074, "a shutdown was asked for", [("2000", "process host reason code kind comment by")], 0, "USER32", 0x8000,
            4, {"process": "winlogon.exe", "host": "-", "reason": "No title for this reason could be found",
                "code": "0x84020004", "kind": "restart", "comment": "", "by": "-"}),
]

# 612 names a category by the key of `policy:`; the value says what is audited.
POLICY_VALUES = {"none": "--", "success": "+-", "failure": "-+", "both": "++"}

# Which role each record's strings fall back to when the description names only one account.
CLASSIC_FALLBACK = {"primary": "user", "client": "none"}


# --------------------------------------------------------------------------------------------- .evtx

@dataclass
class Manifest:
    """One id of one provider of a .evtx log."""
    id: int
    title: str
    layouts: list                           # (since, "vVERSION/COUNT", "fields")
    task: int = 0
    level: int = 0
    opcode: int = 0
    keywords: int = 0x8020000000000000
    user_data: str = ""                     # root below <UserData>, "" for EventData
    defaults: dict = field(default_factory=dict)
    process: int = 4                        # Execution/@ProcessID, the writer of the record
    classic: bool = False                   # reports by insertion strings: `strings:` and `binary:` of the event


@dataclass
class Provider:
    name: str
    guid: str
    channel: str
    events: list
    family: str = "A"                       # A: 18 slots; B: 20 slots, provider and channel literal in the template
    classic: bool = False                   # no Version, Opcode, Correlation, Execution; Qualifiers instead
    source_name: str = ""                   # @EventSourceName
    qualifiers: int = -1                    # EventID/@Qualifiers, -1: none
    user: str = ""                          # Security/@UserID
    data_namespace: str = ""                # xmlns of the root below <UserData>


_SUBJECT = "SubjectUserSid:sid SubjectUserName SubjectDomainName SubjectLogonId:hex64"
_TGT = "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:hex64"
_TGT_PLAIN = "TargetUserName TargetDomainName TargetLogonId:hex64"
_BY = "ProcessId:pointer ProcessName"

_CREATE = _SUBJECT + " NewProcessId:pointer NewProcessName TokenElevationType ProcessId:pointer"
_HANDLE = _SUBJECT + " ObjectServer ObjectType ObjectName HandleId:pointer"
_OPEN_TAIL = "PrivilegeList RestrictedSidCount:uint32 " + _BY
_LOGON_4624 = (_SUBJECT + " " + _TGT + " LogonType:uint32 LogonProcessName AuthenticationPackageName WorkstationName"
               " LogonGuid:guid TransmittedServices LmPackageName KeyLength:uint32 " + _BY + " IpAddress IpPort")
_LOGON_V2 = _LOGON_4624 + " ImpersonationLevel RestrictedAdminMode"
_LOGON_V2_TAIL = " TargetOutboundUserName TargetOutboundDomainName VirtualAccount TargetLinkedLogonId:hex64 ElevatedToken"
_SERVICE = _SUBJECT + " ServiceName ServiceFileName ServiceType:hex32 ServiceStartType:uint32 ServiceAccount"
_CLIENT_PROCESS = " ClientProcessStartKey:uint64 ClientProcessId:uint32 ParentProcessId:uint32"
_CATEGORY = "CategoryId SubcategoryId SubcategoryGuid:guid AuditPolicyChanges"
_TASK = _SUBJECT + " TaskName TaskContent"
_CLEARED = _SUBJECT + " ClientProcessId:uint32 ClientProcessStartKey:uint64"

_OPEN_DEFAULTS = {"ObjectServer": "Security", "ObjectType": "File", "HandleId": 0x2BC, "AccessReason": "-",
                  "PrivilegeList": "-", "ResourceAttributes": "-"}

SECURITY = [
    Manifest(4608, "Windows is starting up", [("vista", "v0/0", "")], 12288),
    Manifest(4609, "Windows is shutting down", [("vista", "v0/0", "")], 12288),
    Manifest(4612, "audits were lost", [("vista", "v0/1", "AuditsDiscarded:uint32")], 12288,
             defaults={"AuditsDiscarded": 1}),
    Manifest(4616, "the system time was changed",
             [("vista", "v0/10", _SUBJECT + " PreviousDate PreviousTime NewDate NewTime " + _BY),
              ("7", "v1/8", _SUBJECT + " PreviousTime:filetime NewTime:filetime " + _BY)], 12288),
    Manifest(4624, "logon",
             [("vista", "v0/20", _LOGON_4624), ("8.1", "v1/21", _LOGON_4624 + " ImpersonationLevel"),
              ("10", "v2/27", _LOGON_V2 + _LOGON_V2_TAIL),
              ("11-23h2", "v3/28", _LOGON_V2 + " RemoteCredentialGuard" + _LOGON_V2_TAIL)], 12544,
             defaults={"LogonType": 3, "LogonProcessName": "Advapi  ", "AuthenticationPackageName": "Negotiate",
                       "ImpersonationLevel": "%%1833", "VirtualAccount": "%%1843", "ElevatedToken": "%%1843"}),
    Manifest(4634, "logoff", [("vista", "v0/5", _TGT + " LogonType:uint32")], 12545, defaults={"LogonType": 3}),
    Manifest(4648, "logon with explicit credentials",
             [("vista", "v0/14", _SUBJECT + " LogonGuid:guid TargetUserName TargetDomainName TargetLogonGuid:guid"
               " TargetServerName TargetInfo " + _BY + " IpAddress IpPort")], 12544,
             defaults={"TargetServerName": "localhost", "TargetInfo": "localhost"}),
    Manifest(4656, "handle to an object requested",
             [("vista", "v0/15", _HANDLE + " TransactionId:guid AccessList AccessMask:hex32 " + _OPEN_TAIL),
              ("7", "v1/16", _HANDLE + " TransactionId:guid AccessList AccessReason AccessMask:hex32 " + _OPEN_TAIL),
              ("8.1", "v1/17", _HANDLE + " TransactionId:guid AccessList AccessReason AccessMask:hex32 " + _OPEN_TAIL
               + " ResourceAttributes")], 12800, defaults=_OPEN_DEFAULTS),
    Manifest(4658, "handle to an object closed", [("vista", "v0/8", _SUBJECT + " ObjectServer HandleId:pointer " + _BY)],
             12800, defaults=_OPEN_DEFAULTS),
    Manifest(4663, "object accessed",
             [("vista", "v0/12", _HANDLE + " AccessList AccessMask:hex32 " + _BY),
              ("8.1", "v1/13", _HANDLE + " AccessList AccessMask:hex32 " + _BY + " ResourceAttributes")], 12800,
             defaults=_OPEN_DEFAULTS),
    Manifest(4672, "special privileges assigned to a new logon", [("vista", "v0/5", _SUBJECT + " PrivilegeList")], 12548,
             defaults={"PrivilegeList": "SeAssignPrimaryTokenPrivilege\r\n\t\t\tSeTcbPrivilege"}),
    Manifest(4688, "process created",
             [("vista", "v0/8", _CREATE), ("8.1", "v1/9", _CREATE + " CommandLine"),
              ("2012r2-patched", "v2/13", _CREATE + " CommandLine " + _TGT),
              ("10", "v2/15", _CREATE + " CommandLine " + _TGT + " ParentProcessName MandatoryLabel:sid")], 13312,
             defaults={"TokenElevationType": "%%1936", "CommandLine": "", "MandatoryLabel": "S-1-16-16384"}),
    Manifest(4689, "process exited", [("vista", "v0/7", _SUBJECT + " Status:hex32 " + _BY)], 13313),
    Manifest(4696, "primary token assigned (Vista and 2008 only)",
             [("vista", "v0/12", _SUBJECT + " " + _TGT + " TargetProcessId:pointer TargetProcessName " + _BY)], 13312),
    Manifest(4697, "service installed", [("vista", "v0/9", _SERVICE), ("11-23h2", "v1/12", _SERVICE + _CLIENT_PROCESS)],
             12289, defaults={"ServiceType": 0x10, "ServiceStartType": 3, "ServiceAccount": "LocalSystem"}),
    Manifest(4698, "scheduled task created",
             [("vista", "v0/6", _TASK), ("11-23h2", "v1/11", _TASK + _CLIENT_PROCESS + " RpcCallClientLocality:uint32 FQDN")],
             12804, defaults={"TaskContent": "<Task/>"}),
    Manifest(4719, "audit policy changed",
             [("vista", "v0/8", _SUBJECT + " " + _CATEGORY),
              ("11-23h2", "v1/10", _SUBJECT + " " + _CATEGORY + " ClientProcessId:uint32 ClientProcessStartKey:uint64")],
             13568, defaults={"CategoryId": "%%8276", "SubcategoryId": "%%13312",
                              "SubcategoryGuid": "{0CCE922B-69AE-11D9-BED3-505054503030}",
                              "AuditPolicyChanges": "%%8449"}),
    Manifest(4907, "auditing settings of an object changed",
             [("vista", "v0/12", _HANDLE + " OldSd NewSd " + _BY)], 13568,
             defaults={**_OPEN_DEFAULTS, "OldSd": "", "NewSd": "S:ARAI"}),
    Manifest(4912, "per user audit policy changed (GK)",
             [("vista", "v0/9", _SUBJECT + " TargetUserSid:sid " + _CATEGORY)], 13568,
             defaults={"CategoryId": "%%8276", "SubcategoryId": "%%13312",
                       "SubcategoryGuid": "{0CCE922B-69AE-11D9-BED3-505054503030}",
                       "AuditPolicyChanges": "%%8452"}),
]

_LOG_NAMESPACE = "http://manifests.microsoft.com/win/2004/08/windows/eventlog"
_LOG_SECURITY = 0x4020000000000000

EVENTLOG = [
    Manifest(1100, "the event log service was shut down", [("vista", "v0/0", "")], 103, 4, 0, _LOG_SECURITY,
             "ServiceShutdown", process=796),
    Manifest(1101, "audit events were dropped", [("vista", "v0/1", "Reason:uint8")], 101, 2, 0, _LOG_SECURITY,
             "AuditEventsDropped", process=796),
    Manifest(1102, "the audit log was cleared", [("vista", "v0/4", _SUBJECT), ("11-23h2", "v1/6", _CLEARED)], 104, 4, 0,
             _LOG_SECURITY, "LogFileCleared", process=796),
    Manifest(1103, "the security log is nearly full (GK)", [("vista", "v0/1", "PercentFull:uint32")], 101, 3, 0,
             _LOG_SECURITY, "SecurityLogNearlyFull", {"PercentFull": 90}, process=796),
    Manifest(1104, "the security log is full", [("vista", "v0/0", "")], 101, 2, 0, _LOG_SECURITY, "FileIsFull",
             process=796),
    Manifest(1105, "the log was archived", [("vista", "v0/2", "Channel BackupPath")], 105, 4, 0, _LOG_SECURITY,
             "AutoBackup", {"Channel": "Security"}, process=796),
    Manifest(1108, "an event could not be processed",
             [("vista", "v0/3", "Error@Code:uint32 EventID:uint16 PublisherID")], 101, 2, 0, _LOG_SECURITY,
             "EventProcessingFailure", {"Code": 15, "EventID": 4688,
                                        "PublisherID": "Microsoft-Windows-Security-Auditing"}, process=796),
    Manifest(104, "a log was cleared",
             [("vista", "v0/4", "SubjectUserName SubjectDomainName Channel BackupPath"),
              ("11-23h2", "v1/6", "SubjectUserName SubjectDomainName Channel BackupPath ClientProcessId:uint32"
               " ClientProcessStartKey:uint64")], 104, 4, 0, 0x8000000000000000, "LogFileCleared",
             {"Channel": "System", "BackupPath": ""}, process=796),
]

_SYSMON = 0x8000000000000000
_VERSION_INFO = " FileVersion Description Product Company"
_SYSMON_1_HEAD = "UtcTime ProcessGuid:guid ProcessId:uint32 Image"
_SYSMON_1_TAIL = (" CommandLine CurrentDirectory User LogonGuid:guid LogonId:hex64 TerminalSessionId:uint32 IntegrityLevel"
                  " Hashes ParentProcessGuid:guid ParentProcessId:uint32 ParentImage ParentCommandLine")
_SYSMON_WHO = "UtcTime ProcessGuid:guid ProcessId:uint32 Image"
_LOADED = _SYSMON_WHO + " ImageLoaded" + _VERSION_INFO
_SIGNED = " Hashes Signed Signature SignatureStatus"
_ACCESS = ("UtcTime SourceProcessGUID:guid SourceProcessId:uint32 SourceThreadId:uint32 SourceImage"
           " TargetProcessGUID:guid TargetProcessId:uint32 TargetImage GrantedAccess:hex32 CallTrace")
_REMOTE = ("UtcTime SourceProcessGuid:guid SourceProcessId:uint32 SourceImage TargetProcessGuid:guid TargetProcessId:uint32"
           " TargetImage NewThreadId:uint32 StartAddress StartModule StartFunction")
_FILE = _SYSMON_WHO + " TargetFilename CreationUtcTime"


def _sysmon(id, title, version, layouts, **more):
    """Sysmon's layouts grow while the version stays: the count tells them apart."""
    return Manifest(id, title, [(since, "v%d/%d" % (version, len(fields.split())), fields) for since, fields in layouts],
                    task=id, level=4, keywords=_SYSMON, process=2032, **more)


SYSMON = [
    _sysmon(1, "process create", 5,
            [("vista", _SYSMON_1_HEAD + _SYSMON_1_TAIL),
             ("7", "RuleName " + _SYSMON_1_HEAD + _VERSION_INFO + _SYSMON_1_TAIL),
             ("10", "RuleName " + _SYSMON_1_HEAD + _VERSION_INFO + " OriginalFileName" + _SYSMON_1_TAIL),
             ("11-23h2", "RuleName " + _SYSMON_1_HEAD + _VERSION_INFO + " OriginalFileName" + _SYSMON_1_TAIL + " ParentUser")],
            defaults={"IntegrityLevel": "System", "CurrentDirectory": "C:\\Windows\\system32\\"}),
    _sysmon(4, "Sysmon service state changed", 3, [("vista", "UtcTime State Version SchemaVersion")],
            defaults={"State": "Started", "Version": "9.01", "SchemaVersion": "4.20"}),
    _sysmon(5, "process terminated", 3, [("vista", "RuleName " + _SYSMON_WHO), ("10", "RuleName " + _SYSMON_WHO + " User")]),
    _sysmon(7, "image loaded", 3,
            [("vista", "RuleName " + _LOADED + _SIGNED), ("7", "RuleName " + _LOADED + " OriginalFileName" + _SIGNED),
             ("10", "RuleName " + _LOADED + " OriginalFileName" + _SIGNED + " User")],
            defaults={"Signed": "true", "SignatureStatus": "Valid"}),
    _sysmon(8, "CreateRemoteThread", 2,
            [("vista", "RuleName " + _REMOTE), ("10", "RuleName " + _REMOTE + " SourceUser TargetUser")]),
    _sysmon(10, "process accessed", 3,
            [("vista", _ACCESS), ("7", "RuleName " + _ACCESS), ("10", "RuleName " + _ACCESS + " SourceUser TargetUser")]),
    _sysmon(11, "file created", 2,
            [("vista", _FILE), ("7", "RuleName " + _FILE), ("10", "RuleName " + _FILE + " User")]),
    _sysmon(16, "Sysmon configuration changed", 3, [("vista", "UtcTime Configuration ConfigurationFileHash")]),
    _sysmon(23, "file deleted", 5,
            [("vista", "RuleName UtcTime ProcessGuid:guid ProcessId:uint32 User Image TargetFilename Hashes"
              " IsExecutable:bool Archived")], defaults={"Archived": "true"}),
    _sysmon(255, "Sysmon error (GK)", 3, [("vista", "UtcTime ID Description")]),
]
SYSMON[-1].level = 2

_CLASSIC_KEYWORD = 0x0080000000000000
KERNEL_GENERAL = [
    Manifest(1, "the system time was changed",
             [("vista", "v0/2", "NewTime:filetime OldTime:filetime"),
              ("10", "v1/3", "NewTime:filetime OldTime:filetime Reason:uint32")], 0, 4, 0, 0x8000000000000010),
    Manifest(12, "the system started",
             [("vista", "v0/7", "MajorVersion:uint32 MinorVersion:uint32 BuildVersion:uint32 QfeVersion:uint32"
               " ServiceVersion:uint16 BootMode:uint32 StartTime:filetime")], 0, 4, 0, 0x8000000000000000,
             defaults={"MajorVersion": 6, "MinorVersion": 1, "BuildVersion": 7601, "QfeVersion": 17514, "ServiceVersion": 1}),
    Manifest(13, "the system is shutting down", [("vista", "v0/1", "StopTime:filetime")], 0, 4, 0, 0x8000000000000000),
]
SERVICE_CONTROL = [
    Manifest(7036, "a service changed its state", [("vista", "v0/3", "param1 param2 Binary:binary")], 0, 4, 0,
             0x8080000000000000, defaults={"param1": "World Wide Web Publishing Service", "param2": "running"}, process=492),
    Manifest(7045, "a service was installed", [("vista", "v0/5", "ServiceName ImagePath ServiceType StartType AccountName")],
             0, 4, 0, 0x8080000000000000, defaults={"ServiceType": "user mode service", "StartType": "demand start",
                                                    "AccountName": "LocalSystem"}, process=492),
]
# Sources that still report by insertion strings: one Data element of type string[], and Binary.
EVENTLOG_CLASSIC = [
    Manifest(id, title, [("vista", "v0/0", "")], 0, level, 0, _CLASSIC_KEYWORD, classic=True)
    for id, title, level in ((6005, "the event log service was started", 4), (6006, "the event log service was stopped", 4),
                             (6008, "the previous shutdown was unexpected", 2), (6009, "the version of Windows at boot", 4))]
USER32 = [Manifest(1074, "a shutdown was asked for",
                   [("vista", "v0/7", "param1 param2 param3 param4 param5 param6 param7")], 0, 4, 0, 0x8080000000000000,
                   defaults={"param1": "C:\\Windows\\system32\\winlogon.exe", "param3": "Operating System: Upgrade (Planned)",
                             "param4": "0x80020003", "param5": "restart", "param6": "", "param7": "NT AUTHORITY\\SYSTEM"})]

PROVIDERS = [
    Provider("Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}", "Security", SECURITY),
    Provider("Microsoft-Windows-Eventlog", "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", "Security", EVENTLOG, family="B",
             data_namespace=_LOG_NAMESPACE),
    Provider("Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "Microsoft-Windows-Sysmon/Operational",
             SYSMON, user="S-1-5-18"),
    Provider("Microsoft-Windows-Kernel-General", "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}", "System", KERNEL_GENERAL,
             user="S-1-5-18"),
    Provider("Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", "System", SERVICE_CONTROL, family="B",
             source_name="Service Control Manager", qualifiers=0x4000),
    Provider("EventLog", "", "System", EVENTLOG_CLASSIC, family="B", classic=True, qualifiers=0x8000),
    Provider("User32", "{b0aa8734-56f7-41cc-b2f4-de228e98b946}", "System", USER32, family="B", source_name="User32",
             qualifiers=0x8000),
]

# Names of 0 or - in a field that is not set, by name; what is not here is "-" (string), zero, or the null value.
FIELD_DEFAULTS = {"RuleName": "-", "SubjectUserSid": "S-1-0-0", "TargetUserSid": "S-1-0-0", "ProcessName": "-",
                  "IpAddress": "-", "IpPort": "-", "StartFunction": "", "StartModule": ""}
TYPE_DEFAULTS = {"string": "-", "sid": "S-1-0-0", "guid": "{00000000-0000-0000-0000-000000000000}", "binary": b""}

# Roles: which fields an account given as `subject:`, `target:` or `user:` fills.
ROLES = {
    "subject": {"SubjectUserSid": "sid", "SubjectUserName": "name", "SubjectDomainName": "domain", "SubjectLogonId": "logon"},
    "target": {"TargetUserSid": "sid", "TargetUserName": "name", "TargetDomainName": "domain", "TargetLogonId": "logon"},
    "user": {"User": "full", "LogonId": "logon"},
    "parent_user": {"ParentUser": "full"},
}

# Words for the access rights of 560, 4656, 4663: %%code and bit of the mask.
ACCESSES = {"read": (4416, 0x1), "write": (4417, 0x2), "append": (4418, 0x4), "read-ea": (4419, 0x8),
            "write-ea": (4420, 0x10), "execute": (4421, 0x20), "delete-child": (4422, 0x40),
            "read-attributes": (4423, 0x80), "write-attributes": (4424, 0x100), "delete": (1537, 0x10000),
            "read-control": (1538, 0x20000), "write-dac": (1539, 0x40000), "write-owner": (1540, 0x80000),
            "synchronize": (1541, 0x100000), "system-security": (1542, 0x1000000)}

# Subcategories for 4719 and 4912: last two digits of the GUID, %% of the subcategory and of its category.
SUBCATEGORIES = {"process-creation": ("2B", "%%13312", "%%8276"), "process-termination": ("2C", "%%13313", "%%8276"),
                 "file-system": ("1D", "%%12800", "%%8274"), "handle-manipulation": ("23", "%%12807", "%%8274"),
                 "policy-change": ("2F", "%%13568", "%%8277"), "logon": ("15", "%%12544", "%%8273")}
AUDIT_CHANGES = {"success-removed": "%%8448", "success-added": "%%8449", "failure-removed": "%%8450",
                 "failure-added": "%%8451"}


def generation(name, known):
    """The table's name of a generation; ValueError when the format has none of that name."""
    found = ALIASES.get(str(name).lower(), str(name).lower())
    if found not in known:
        raise ValueError("unknown generation %s: %s" % (name, ", ".join(known)))
    return found


def pick(layouts, wanted, generation_name, known):
    """The newest layout that `generation_name` writes, or the one called `wanted`.

    A layout is called by its count of fields (15), or by version and count (v2/15)."""
    if wanted is not None:
        for layout in layouts:
            if str(wanted) in (layout[0], layout[-2], layout[-2].rpartition("/")[2], str(len(layout[-1].split()))):
                return layout
        raise ValueError("no layout %s" % wanted)
    age = known.index(generation_name)
    fitting = [layout for layout in layouts if known.index(layout[0]) <= age]
    return (fitting or layouts[:1])[-1]


def classic(id, source=None):
    """The row of a .evt event, or None."""
    return next((row for row in CLASSIC if row.id == id and source in (None, row.source)), None)


def manifest(id, provider=None, channel=None):
    """(Provider, row) of a .evtx event; the provider may be named, or found by channel and id."""
    for candidate in PROVIDERS:
        if provider not in (None, candidate.name) or (provider is None and channel not in (None, candidate.channel)):
            continue
        row = next((row for row in candidate.events if row.id == id), None)
        if row:
            return candidate, row
    return next(((p, None) for p in PROVIDERS if p.name == provider), (None, None))
