#include "normalise/normalise.h"

/*
 * The Security log of Vista and later: fields by name. Sources: the provider
 * manifests of Windows 7 to 11, Microsoft's pages for the single events, and
 * real records.
 *
 * Versions of an event only add fields, so one list serves all of them; what
 * an older version lacks has no value. The lists by position are for logs
 * whose names were stripped on the way.
 */

#define NAME(text, key)                                                                                      \
    {                                                                                                        \
        TCS_STR_INIT(text), TCS_KEY_##key                                                                    \
    }
#define LAST_NAME                                                                                            \
    {                                                                                                        \
        TCS_STR_INIT(""), TCS_KEY_COUNT                                                                      \
    }

#define SUBJECT                                                                                              \
    NAME("SubjectUserSid", SUBJECT_SID), NAME("SubjectUserName", SUBJECT_NAME),                              \
        NAME("SubjectDomainName", SUBJECT_DOMAIN), NAME("SubjectLogonId", SUBJECT_LOGON)

#define TARGET                                                                                               \
    NAME("TargetUserSid", TARGET_SID), NAME("TargetUserName", TARGET_NAME),                                  \
        NAME("TargetDomainName", TARGET_DOMAIN), NAME("TargetLogonId", TARGET_LOGON)

/* In 4688 ProcessId is the creator, in all others the process itself. */
static const struct tcs_name_key start[] = {
    SUBJECT,
    TARGET,
    NAME("NewProcessId", PID),
    NAME("NewProcessName", IMAGE),
    NAME("ProcessId", CREATOR_PID),
    NAME("ParentProcessName", CREATOR_IMAGE),
    NAME("CommandLine", COMMAND),
    LAST_NAME,
};
static const struct tcs_name_key exited[] = {SUBJECT, NAME("ProcessId", PID), NAME("ProcessName", IMAGE),
                                             LAST_NAME};
static const struct tcs_name_key token[] = {
    SUBJECT,
    TARGET,
    NAME("TargetProcessId", PID),
    NAME("TargetProcessName", IMAGE),
    NAME("ProcessId", CREATOR_PID),
    NAME("ProcessName", CREATOR_IMAGE),
    LAST_NAME,
};
static const struct tcs_name_key object[] = {
    SUBJECT,
    NAME("ObjectType", OBJECT_TYPE),
    NAME("ObjectName", OBJECT_NAME),
    NAME("HandleId", HANDLE),
    NAME("AccessList", ACCESSES),
    NAME("AccessMask", ACCESS_MASK),
    NAME("ProcessId", PID),
    NAME("ProcessName", IMAGE),
    LAST_NAME,
};
static const struct tcs_name_key logon[] = {SUBJECT, TARGET, NAME("LogonType", LOGON_TYPE), LAST_NAME};
static const struct tcs_name_key policy[] = {
    SUBJECT,
    NAME("SubcategoryGuid", SUBCATEGORY),
    NAME("AuditPolicyChanges", CHANGES),
    LAST_NAME,
};
static const struct tcs_name_key excluded[] = {
    SUBJECT,
    NAME("TargetUserSid", TARGET_SID),
    NAME("SubcategoryGuid", SUBCATEGORY),
    NAME("AuditPolicyChanges", CHANGES),
    LAST_NAME,
};
static const struct tcs_name_key sacl[] = {
    SUBJECT,
    NAME("ObjectType", OBJECT_TYPE),
    NAME("ObjectName", OBJECT_NAME),
    NAME("OldSd", REASON),
    NAME("NewSd", CHANGES),
    NAME("ProcessId", PID),
    NAME("ProcessName", IMAGE),
    LAST_NAME,
};
static const struct tcs_name_key clock_changed[] = {
    SUBJECT,
    NAME("PreviousTime", OLD_TIME),
    NAME("NewTime", NEW_TIME),
    NAME("ProcessId", PID),
    NAME("ProcessName", IMAGE),
    LAST_NAME,
};
static const struct tcs_name_key discarded[] = {NAME("AuditsDiscarded", COUNT_LOST), LAST_NAME};
static const struct tcs_name_key nothing[] = {LAST_NAME};

enum {
    NO = TCS_KEY_NO,
    END = TCS_KEY_LAST,
    S_SID = TCS_KEY_SUBJECT_SID,
    S_NAME = TCS_KEY_SUBJECT_NAME,
    S_DOMAIN = TCS_KEY_SUBJECT_DOMAIN,
    S_LOGON = TCS_KEY_SUBJECT_LOGON,
    T_SID = TCS_KEY_TARGET_SID,
    T_NAME = TCS_KEY_TARGET_NAME,
    T_DOMAIN = TCS_KEY_TARGET_DOMAIN,
    T_LOGON = TCS_KEY_TARGET_LOGON,
    PID = TCS_KEY_PID,
    IMAGE = TCS_KEY_IMAGE,
    CREATOR = TCS_KEY_CREATOR_PID,
    CREATOR_IMAGE = TCS_KEY_CREATOR_IMAGE,
    COMMAND = TCS_KEY_COMMAND,
};

static const int8_t start_8[] = {S_SID, S_NAME, S_DOMAIN, S_LOGON, PID, IMAGE, NO, CREATOR, END};
static const int8_t start_9[] = {S_SID, S_NAME, S_DOMAIN, S_LOGON, PID, IMAGE, NO, CREATOR, COMMAND, END};
static const int8_t start_13[] = {S_SID,   S_NAME,  S_DOMAIN, S_LOGON, PID,      IMAGE,   NO,
                                  CREATOR, COMMAND, T_SID,    T_NAME,  T_DOMAIN, T_LOGON, END};
static const int8_t start_15[] = {S_SID,   S_NAME, S_DOMAIN, S_LOGON,  PID,     IMAGE,         NO, CREATOR,
                                  COMMAND, T_SID,  T_NAME,   T_DOMAIN, T_LOGON, CREATOR_IMAGE, NO, END};
static const int8_t exited_7[] = {S_SID, S_NAME, S_DOMAIN, S_LOGON, NO, PID, IMAGE, END};
static const int8_t token_12[] = {S_SID,   S_NAME, S_DOMAIN, S_LOGON, T_SID,         T_NAME, T_DOMAIN,
                                  T_LOGON, PID,    IMAGE,    CREATOR, CREATOR_IMAGE, END};

/* 1108 and 1101 hide behind the event log's own provider, although they are about auditing. */
static const struct tcs_name_key log_cleared[] = {
    SUBJECT,
    NAME("Channel", CHANNEL),
    LAST_NAME,
};
static const struct tcs_name_key dropped[] = {NAME("Reason", REASON), LAST_NAME};
static const struct tcs_name_key failed[] = {NAME("EventID", COUNT_LOST), NAME("Code", REASON), LAST_NAME};

#define AUDIT(id, kind, traits, names)                                                                       \
    {                                                                                                        \
        id, TCS_ORIGIN_AUDITING, TCS_EVENT_##kind, (traits), names, NULL                                     \
    }
#define BY_POSITION(id, kind, traits, positions)                                                             \
    {                                                                                                        \
        id, TCS_ORIGIN_AUDITING, TCS_EVENT_##kind, (traits), NULL, positions                                 \
    }
#define EVENTLOG(id, kind, names)                                                                            \
    {                                                                                                        \
        id, TCS_ORIGIN_EVENTLOG, TCS_EVENT_##kind, 0, names, NULL                                            \
    }

#define START_TRAITS (TCS_TRAIT_SUBJECT_IS_CREATOR | TCS_TRAIT_TARGET_IS_SELF)

const struct tcs_event_map tcs_map_auditing[] = {
    AUDIT(4688, PROCESS_START, START_TRAITS, start),
    BY_POSITION(4688, PROCESS_START, START_TRAITS, start_8),
    BY_POSITION(4688, PROCESS_START, START_TRAITS, start_9),
    BY_POSITION(4688, PROCESS_START, START_TRAITS, start_13),
    BY_POSITION(4688, PROCESS_START, START_TRAITS, start_15),
    AUDIT(4689, PROCESS_EXIT, TCS_TRAIT_SUBJECT_IS_SELF, exited),
    BY_POSITION(4689, PROCESS_EXIT, TCS_TRAIT_SUBJECT_IS_SELF, exited_7),
    AUDIT(4696, TOKEN_ASSIGNED, TCS_TRAIT_TARGET_IS_SELF, token),
    BY_POSITION(4696, TOKEN_ASSIGNED, TCS_TRAIT_TARGET_IS_SELF, token_12),
    AUDIT(4656, FILE_OPEN, TCS_TRAIT_SUBJECT_IS_SELF, object),
    AUDIT(4663, FILE_ACCESS, TCS_TRAIT_SUBJECT_IS_SELF, object),
    AUDIT(4624, LOGON, 0, logon),
    AUDIT(4634, LOGOFF, 0, logon),
    AUDIT(4647, LOGOFF, 0, logon),
    AUDIT(4608, BOOT, 0, nothing),
    AUDIT(4609, SHUTDOWN, 0, nothing),
    AUDIT(4719, AUDIT_POLICY, 0, policy),
    AUDIT(4912, AUDIT_EXCLUDED, 0, excluded),
    AUDIT(4907, SACL_CHANGED, 0, sacl),
    AUDIT(4715, SACL_CHANGED, 0, sacl),
    AUDIT(4817, SACL_CHANGED, 0, sacl),
    AUDIT(4616, CLOCK_CHANGED, 0, clock_changed),
    AUDIT(4612, EVENTS_LOST, 0, discarded),
    EVENTLOG(1102, LOG_CLEARED, log_cleared),
    EVENTLOG(104, LOG_CLEARED, log_cleared),
    EVENTLOG(1101, EVENTS_LOST, dropped),
    EVENTLOG(1108, EVENTS_LOST, failed),
    EVENTLOG(1104, LOG_FULL, nothing),
    EVENTLOG(1100, LOG_STOPPED, nothing),
    {0},
};
