/*
 * An event: what a record means, in one set of terms for NT 4 to Server 2025.
 *
 * The tables of normalise/ say which field of which record fills which key.
 */
#ifndef TCS_MODEL_EVENT_H
#define TCS_MODEL_EVENT_H

#include "model/record.h"

enum tcs_event_kind {
    TCS_EVENT_NONE,
    TCS_EVENT_PROCESS_START,  /* 592, 4688, Sysmon 1 */
    TCS_EVENT_PROCESS_EXIT,   /* 593, 4689, Sysmon 5 */
    TCS_EVENT_TOKEN_ASSIGNED, /* 600, 4696: a new process gets its own account */
    TCS_EVENT_FILE_OPEN,      /* 560, 4656 */
    TCS_EVENT_FILE_ACCESS,    /* 567, 4663 */
    TCS_EVENT_LOGON,          /* 528, 540, 4624 */
    TCS_EVENT_LOGOFF,         /* 538, 4634, 4647 */
    TCS_EVENT_BOOT,           /* 512, 4608, Kernel-General 12, EventLog 6005 */
    TCS_EVENT_SHUTDOWN,       /* 513, 4609, User32 1074, Kernel-General 13 */
    TCS_EVENT_LOG_CLEARED,    /* 517, 1102, 104 */
    TCS_EVENT_AUDIT_POLICY,   /* 612: the whole policy; 4719: one change of it */
    TCS_EVENT_AUDIT_EXCLUDED, /* 807, 4912: auditing of one account changed */
    TCS_EVENT_SACL_CHANGED,   /* 4907, 4715, 4817 */
    TCS_EVENT_EVENTS_LOST,    /* 516, 4612, 1101, 1108, Sysmon 255 */
    TCS_EVENT_LOG_FULL,       /* 1104 */
    TCS_EVENT_LOG_STOPPED,    /* 1100, 6006, Sysmon 4 */
    TCS_EVENT_SENSOR_CHANGED, /* Sysmon 16 */
    TCS_EVENT_CLOCK_CHANGED,  /* 520, 4616 */
    TCS_EVENT_KIND_COUNT
};

/* Who wrote the record. Ids mean something only together with this. */
enum tcs_origin {
    TCS_ORIGIN_SECURITY_EVT,   /* source Security in a security log of NT 4 to 2003 */
    TCS_ORIGIN_AUDITING,       /* Microsoft-Windows-Security-Auditing in Security */
    TCS_ORIGIN_EVENTLOG,       /* Microsoft-Windows-Eventlog: cleared, stopped, full */
    TCS_ORIGIN_SYSMON,         /* Microsoft-Windows-Sysmon */
    TCS_ORIGIN_KERNEL_GENERAL, /* Microsoft-Windows-Kernel-General in System */
    TCS_ORIGIN_EVENTLOG_OLD,   /* source EventLog in System: 6005, 6006 */
    TCS_ORIGIN_USER32,         /* source User32 in System: 1074 */
    TCS_ORIGIN_COUNT
};

/* The values an event can have. The four of an account follow each other in this order everywhere. */
enum tcs_key {
    TCS_KEY_SUBJECT_SID, /* who did it; for .evt the SID of the record */
    TCS_KEY_SUBJECT_NAME,
    TCS_KEY_SUBJECT_DOMAIN,
    TCS_KEY_SUBJECT_LOGON,
    TCS_KEY_TARGET_SID, /* to or for whom: the new process's account, the client, who logged on */
    TCS_KEY_TARGET_NAME,
    TCS_KEY_TARGET_DOMAIN,
    TCS_KEY_TARGET_LOGON,
    TCS_KEY_USER,        /* DOMAIN\name in one, as Sysmon has it */
    TCS_KEY_PID,         /* the process the event is about */
    TCS_KEY_IMAGE,       /* its program */
    TCS_KEY_GUID,        /* Sysmon's ProcessGuid */
    TCS_KEY_COMMAND,     /* its command line */
    TCS_KEY_CREATOR_PID, /* who started it */
    TCS_KEY_CREATOR_IMAGE,
    TCS_KEY_CREATOR_GUID,
    TCS_KEY_CREATOR_COMMAND,
    TCS_KEY_CREATOR_USER,
    TCS_KEY_SESSION, /* terminal session number */
    TCS_KEY_DIRECTORY,
    TCS_KEY_OBJECT_TYPE,
    TCS_KEY_OBJECT_NAME,
    TCS_KEY_HANDLE,
    TCS_KEY_ACCESSES, /* %%4421 and the like, in one text */
    TCS_KEY_ACCESS_MASK,
    TCS_KEY_SUBCATEGORY, /* GUID of an audit subcategory */
    TCS_KEY_CHANGES,     /* %%8448 and the like */
    TCS_KEY_COUNT_LOST,  /* how many events were lost */
    TCS_KEY_REASON,      /* why, or what state */
    TCS_KEY_CHANNEL,     /* the log that the event is about */
    TCS_KEY_LOGON_TYPE,
    TCS_KEY_OLD_TIME,
    TCS_KEY_NEW_TIME,
    TCS_KEY_PROCESS_POLICY, /* 612: + or - for success of process tracking */
    TCS_KEY_OBJECT_POLICY,  /* 612: + or - for success of object access */
    TCS_KEY_COUNT
};

/* What is special about a record's layout. */
enum tcs_trait {
    TCS_TRAIT_SUBJECT_IS_CREATOR = 1 << 0, /* the subject is the account of who started the process */
    TCS_TRAIT_SUBJECT_IS_SELF = 1 << 1,    /* the subject is the account of the process itself */
    TCS_TRAIT_TARGET_IS_SELF = 1 << 2, /* the target, if there is one, is the account of the process itself */
    TCS_TRAIT_NO_IMAGE = 1 << 3,       /* the layout has no place for the image */
    TCS_TRAIT_OLD_PATHS = 1 << 4,      /* paths may lack the drive, or be a bare name (NT 4, 2000) */
    TCS_TRAIT_WHOLE_POLICY = 1 << 5,   /* the event tells the policy, not the change */
    TCS_TRAIT_STOPS = 1 << 6,          /* a state change that is a stop */
};

/* The names of the keys, as Vista and later call such fields: for records whose strings have none. */
extern const char *const tcs_key_names[TCS_KEY_COUNT];

/* What each string of a record by position is: keys, TCS_KEY_NO for a string of no interest, ended by
 * TCS_KEY_LAST. */
enum { TCS_KEY_NO = -1, TCS_KEY_LAST = -2 };

struct tcs_event {
    enum tcs_event_kind kind;
    enum tcs_origin origin;
    unsigned traits;              /* enum tcs_trait */
    const struct tcs_record *rec; /* good during the call that hands out the event */
    const int8_t *positions;      /* meaning of unnamed strings; NULL if the fields have names */
    struct tcs_value v[TCS_KEY_COUNT];
};

#endif
