#include "normalise/normalise.h"

/*
 * The Security log of NT 4, 2000, XP and Server 2003: strings by position.
 * Sources: KB174074 (NT 3.5 to 4), TechNet's events and errors pages (5.0 and
 * 5.2), the XP Resource Kit's event lists; where only samples exist, the
 * order in which they show the values (600, and the last string of 560).
 */

enum {
    NO = TCS_KEY_NO,
    END = TCS_KEY_LAST,
    S_NAME = TCS_KEY_SUBJECT_NAME,
    S_DOMAIN = TCS_KEY_SUBJECT_DOMAIN,
    S_LOGON = TCS_KEY_SUBJECT_LOGON,
    T_NAME = TCS_KEY_TARGET_NAME,
    T_DOMAIN = TCS_KEY_TARGET_DOMAIN,
    T_LOGON = TCS_KEY_TARGET_LOGON,
    PID = TCS_KEY_PID,
    IMAGE = TCS_KEY_IMAGE,
    CREATOR = TCS_KEY_CREATOR_PID,
    CREATOR_IMAGE = TCS_KEY_CREATOR_IMAGE,
    TYPE = TCS_KEY_OBJECT_TYPE,
    OBJECT = TCS_KEY_OBJECT_NAME,
    HANDLE = TCS_KEY_HANDLE,
    ACCESSES = TCS_KEY_ACCESSES,
    MASK = TCS_KEY_ACCESS_MASK,
};

#define POSITIONS(name, ...) static const int8_t name[] = {__VA_ARGS__, END}

POSITIONS(start_6, PID, IMAGE, CREATOR, S_NAME, S_DOMAIN, S_LOGON);
POSITIONS(exit_4, PID, S_NAME, S_DOMAIN, S_LOGON);
POSITIONS(exit_5, PID, IMAGE, S_NAME, S_DOMAIN, S_LOGON);
/* The primary user is the subject, the client whom it impersonates the target. */
POSITIONS(open_15, NO, TYPE, OBJECT, HANDLE, NO, NO, PID, S_NAME, S_DOMAIN, S_LOGON, T_NAME, T_DOMAIN,
          T_LOGON, ACCESSES, NO);
POSITIONS(open_17, NO, TYPE, OBJECT, HANDLE, NO, NO, PID, IMAGE, S_NAME, S_DOMAIN, S_LOGON, T_NAME, T_DOMAIN,
          T_LOGON, ACCESSES, NO, NO);
POSITIONS(open_18, NO, TYPE, OBJECT, HANDLE, NO, NO, PID, IMAGE, S_NAME, S_DOMAIN, S_LOGON, T_NAME, T_DOMAIN,
          T_LOGON, ACCESSES, NO, NO, MASK);
POSITIONS(access_7, NO, HANDLE, TYPE, PID, IMAGE, ACCESSES, MASK);
/* 600: the process that assigns the token, then the new process that gets it. */
POSITIONS(token_10, CREATOR, CREATOR_IMAGE, S_NAME, S_DOMAIN, S_LOGON, PID, IMAGE, T_NAME, T_DOMAIN, T_LOGON);
POSITIONS(logon_6, T_NAME, T_DOMAIN, T_LOGON, TCS_KEY_LOGON_TYPE, NO, NO);
POSITIONS(logon_7, T_NAME, T_DOMAIN, T_LOGON, TCS_KEY_LOGON_TYPE, NO, NO, NO);
POSITIONS(logon_8, T_NAME, T_DOMAIN, T_LOGON, TCS_KEY_LOGON_TYPE, NO, NO, NO, NO);
POSITIONS(logon_15, T_NAME, T_DOMAIN, T_LOGON, TCS_KEY_LOGON_TYPE, NO, NO, NO, NO, S_NAME, S_DOMAIN, S_LOGON,
          NO, NO, NO, NO);
POSITIONS(logoff_4, T_NAME, T_DOMAIN, T_LOGON, TCS_KEY_LOGON_TYPE);
POSITIONS(cleared_6, S_NAME, S_DOMAIN, S_LOGON, T_NAME, T_DOMAIN, T_LOGON);
POSITIONS(lost_1, TCS_KEY_COUNT_LOST);
/*
 * 612 shows the whole policy as pairs of success and failure, in another order than Event Viewer:
 * 1 System, 3 Logon, 5 Object Access, 7 Privilege Use, 9 Detailed Tracking, 11 Policy, 13 Accounts,
 * (2000: 15 Directory Service, 17 Account Logon), then who changed it.
 */
POSITIONS(policy_17, NO, NO, NO, NO, TCS_KEY_OBJECT_POLICY, NO, NO, NO, TCS_KEY_PROCESS_POLICY, NO, NO, NO,
          NO, NO, S_NAME, S_DOMAIN, S_LOGON);
POSITIONS(policy_21, NO, NO, NO, NO, TCS_KEY_OBJECT_POLICY, NO, NO, NO, TCS_KEY_PROCESS_POLICY, NO, NO, NO,
          NO, NO, NO, NO, NO, NO, S_NAME, S_DOMAIN, S_LOGON);
static const int8_t nothing[] = {END};
static const struct tcs_name_key no_names[] = {{TCS_STR_INIT(""), TCS_KEY_COUNT}};

#define ROW(id, kind, traits, positions)                                                                     \
    {                                                                                                        \
        id, TCS_ORIGIN_SECURITY_EVT, TCS_EVENT_##kind, (traits), NULL, positions                             \
    }

/* NT 4 and 2000 log paths without drive; 592 looks the same there and later, so it may be either. */
#define OLD TCS_TRAIT_OLD_PATHS

const struct tcs_event_map tcs_map_security_evt[] = {
    ROW(592, PROCESS_START, TCS_TRAIT_SUBJECT_IS_CREATOR | OLD, start_6),
    ROW(593, PROCESS_EXIT, TCS_TRAIT_SUBJECT_IS_SELF | TCS_TRAIT_NO_IMAGE, exit_4),
    ROW(593, PROCESS_EXIT, TCS_TRAIT_SUBJECT_IS_SELF, exit_5),
    ROW(560, FILE_OPEN, 0, open_15),
    ROW(560, FILE_OPEN, 0, open_17),
    ROW(560, FILE_OPEN, 0, open_18),
    ROW(567, FILE_ACCESS, 0, access_7),
    ROW(600, TOKEN_ASSIGNED, TCS_TRAIT_TARGET_IS_SELF, token_10),
    ROW(528, LOGON, 0, logon_7),
    ROW(528, LOGON, 0, logon_8),
    ROW(528, LOGON, 0, logon_15),
    ROW(540, LOGON, 0, logon_6),
    ROW(540, LOGON, 0, logon_7),
    ROW(540, LOGON, 0, logon_8),
    ROW(540, LOGON, 0, logon_15),
    ROW(538, LOGOFF, 0, logoff_4),
    ROW(517, LOG_CLEARED, 0, cleared_6),
    ROW(516, EVENTS_LOST, 0, lost_1),
    ROW(612, AUDIT_POLICY, TCS_TRAIT_WHOLE_POLICY, policy_17),
    ROW(612, AUDIT_POLICY, TCS_TRAIT_WHOLE_POLICY, policy_21),
    ROW(512, BOOT, 0, nothing),
    ROW(513, SHUTDOWN, 0, nothing),
    /* Their strings are known from samples only, or not at all; that they were written is enough. */
    {520, TCS_ORIGIN_SECURITY_EVT, TCS_EVENT_CLOCK_CHANGED, 0, no_names, NULL},
    {807, TCS_ORIGIN_SECURITY_EVT, TCS_EVENT_AUDIT_EXCLUDED, 0, no_names, NULL},
    {0},
};
