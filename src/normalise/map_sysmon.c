#include "normalise/normalise.h"

/*
 * Sysmon: fields by name. The event versions do not change although the list
 * of fields grows, so what an older Sysmon lacks has no value. Source: real
 * records of many versions. User is a name in the language of the system,
 * there is no SID.
 */

#define NAME(text, key)                                                                                      \
    {                                                                                                        \
        TCS_STR_INIT(text), TCS_KEY_##key                                                                    \
    }
#define LAST_NAME                                                                                            \
    {                                                                                                        \
        TCS_STR_INIT(""), TCS_KEY_COUNT                                                                      \
    }

static const struct tcs_name_key start[] = {
    NAME("ProcessGuid", GUID),
    NAME("ProcessId", PID),
    NAME("Image", IMAGE),
    NAME("CommandLine", COMMAND),
    NAME("CurrentDirectory", DIRECTORY),
    NAME("User", USER),
    NAME("LogonId", SUBJECT_LOGON),
    NAME("TerminalSessionId", SESSION),
    NAME("ParentProcessGuid", CREATOR_GUID),
    NAME("ParentProcessId", CREATOR_PID),
    NAME("ParentImage", CREATOR_IMAGE),
    NAME("ParentCommandLine", CREATOR_COMMAND),
    NAME("ParentUser", CREATOR_USER),
    LAST_NAME,
};
static const struct tcs_name_key exited[] = {
    NAME("ProcessGuid", GUID), NAME("ProcessId", PID), NAME("Image", IMAGE), NAME("User", USER), LAST_NAME,
};
static const struct tcs_name_key state[] = {NAME("State", REASON), LAST_NAME};
static const struct tcs_name_key config[] = {NAME("Configuration", REASON), LAST_NAME};
static const struct tcs_name_key error[] = {NAME("Description", REASON), LAST_NAME};

#define ROW(id, kind, traits, names)                                                                         \
    {                                                                                                        \
        id, TCS_ORIGIN_SYSMON, TCS_EVENT_##kind, (traits), names, NULL                                       \
    }

const struct tcs_event_map tcs_map_sysmon[] = {
    ROW(1, PROCESS_START, TCS_TRAIT_SUBJECT_IS_SELF, start),
    ROW(5, PROCESS_EXIT, TCS_TRAIT_SUBJECT_IS_SELF, exited),
    ROW(4, LOG_STOPPED, TCS_TRAIT_STOPS, state),
    ROW(16, SENSOR_CHANGED, 0, config),
    ROW(255, EVENTS_LOST, 0, error),
    {0},
};
