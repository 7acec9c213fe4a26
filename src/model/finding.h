/*
 * What tocsin tells people: findings, and incidents that they belong to.
 *
 * A finding is one process that rings (or one fact about being blinded), with
 * all the evidence for it. An incident is all findings below one worker.
 * Everything is plain data owned by the incident's arena, UTF-8, not escaped.
 */
#ifndef TCS_MODEL_FINDING_H
#define TCS_MODEL_FINDING_H

#include "base/arena.h"
#include "base/time.h"
#include "model/event.h"

enum tcs_severity {
    TCS_SEVERITY_NONE, /* does not ring at all */
    TCS_NOTE,
    TCS_POSSIBLE,
    TCS_LIKELY,
    TCS_CERTAIN,
    TCS_CRITICAL,
    TCS_SEVERITY_COUNT
};

/* The words: "none", "note", "possible", ... */
extern const char *const tcs_severity_names[TCS_SEVERITY_COUNT];

/* True if text is one of the words; out gets the severity. */
bool tcs_severity_parse(struct tcs_str text, enum tcs_severity *out);

enum tcs_rule {
    /* the account of the web server ran it */
    TCS_RULE_ACCOUNT_START,  /* so says the record of its start */
    TCS_RULE_ACCOUNT_EXIT,   /* so says the record of its exit */
    TCS_RULE_ACCOUNT_OPEN,   /* it opened the program for execution */
    TCS_RULE_ACCOUNT_JOINED, /* one record has the program, another the account */
    /* a descendant of the web server */
    TCS_RULE_SERVER_CHILD,
    TCS_RULE_ACCOUNT_CHANGE,  /* and it runs as somebody else than the server */
    TCS_RULE_DEDICATED_START, /* any program on a machine that is only a web server */
    /* ways to blind us */
    TCS_RULE_LOG_CLEARED,
    TCS_RULE_AUDIT_OFF,
    TCS_RULE_EVENTS_LOST,
    TCS_RULE_LOG_FULL,
    TCS_RULE_RECORD_GAP,
    TCS_RULE_LOG_STOPPED,
    TCS_RULE_CLOCK_STEP,
    TCS_RULE_SOURCE_SILENT,
    TCS_RULE_INPUT_DAMAGED, /* a part of a log could not be read */
    TCS_RULE_TABLES_FULL,   /* more is going on than can be remembered */
    TCS_RULE_UNDELIVERABLE, /* an alarm could not be told */
    TCS_RULE_COUNT
};

/* The ids: "account-start", ... */
extern const char *const tcs_rule_names[TCS_RULE_COUNT];

/* True for the rules that are about a process. */
static inline bool tcs_rule_is_process(enum tcs_rule rule)
{
    return rule <= TCS_RULE_DEDICATED_START;
}

/* Why a finding has its severity; several hold. The first that holds in the order of the table decides. */
enum tcs_fact {
    TCS_FACT_ACCOUNT_BY_SID = 1 << 0,     /* the account is the web server's by its SID */
    TCS_FACT_ACCOUNT_BY_LOGON = 1 << 1,   /* by a logon session that is the web server's */
    TCS_FACT_ACCOUNT_BY_NAME = 1 << 2,    /* by its name */
    TCS_FACT_WORKER_FIRM = 1 << 3,        /* below a worker at its usual place, or confirmed */
    TCS_FACT_WORKER_BY_NAME = 1 << 4,     /* below a worker recognised by its file name only */
    TCS_FACT_WORKER_UNCONFIRMED = 1 << 5, /* below a program that may be a web server or not */
    TCS_FACT_WORKER_INFERRED = 1 << 6,    /* below a process that impersonated the web account */
    TCS_FACT_NOW_SYSTEM = 1 << 7,         /* it runs as SYSTEM and its worker does not */
    TCS_FACT_NOW_OTHER = 1 << 8,          /* it runs as another account than its worker */
    TCS_FACT_NOT_STARTED = 1 << 9,        /* opened for execution; a start was not seen */
    TCS_FACT_NO_DRIVE = 1 << 10,          /* the record has no drive, so the path is not verified */
    TCS_FACT_NAME_ONLY = 1 << 11,         /* the record has only the file name */
    TCS_FACT_NEED_NOTED = 1 << 12,        /* it is listed, but worth a look here; see note */
    TCS_FACT_PARENT_UNKNOWN = 1 << 13,    /* it is listed for a parent that was not seen */
    TCS_FACT_DEDICATED = 1 << 14,         /* rings only because the machine is said to be dedicated */
    TCS_FACT_SHORT_NAME = 1 << 15,        /* the path holds an 8.3 name */
    TCS_FACT_REMOTE = 1 << 16,            /* it was started from another machine's share */
    TCS_FACT_ODD_PATH = 1 << 17,          /* a stream, trailing dots or blanks, unusual characters */
    TCS_FACT_BLINDNESS = 1 << 18,         /* a tamper fact; its rule says which */
};

/* An account as the log names it; any part may be empty. */
struct tcs_account {
    struct tcs_str name; /* without domain */
    struct tcs_str domain;
    struct tcs_str sid; /* S-1-... */
};

/* One record that speaks for a finding. */
struct tcs_evidence {
    enum tcs_rule rule;
    uint16_t event_id;
    uint64_t record_id;
    struct tcs_time time;
    struct tcs_str channel;  /* "Security" */
    struct tcs_str provider; /* "Microsoft-Windows-Security-Auditing" */
    struct tcs_str origin;   /* the file or source it came from */
    unsigned state;          /* enum tcs_record_state */
};

/* A field of a record, converted. */
struct tcs_text_field {
    struct tcs_str name;
    struct tcs_str value;
    size_t cut; /* bytes of the value that were left out; 0 if it is whole */
};

/* A copy of a record, to be shown. */
struct tcs_record_copy {
    uint16_t event_id;
    uint64_t record_id;
    struct tcs_time time;
    struct tcs_str channel, provider, computer, origin;
    unsigned state;
    const struct tcs_text_field *fields;
    size_t field_count;
};

/* A process in the tree of an incident. */
struct tcs_tree_node {
    uint32_t parent; /* index in the tree; TCS_NO_NODE for a root */
    uint64_t pid;
    struct tcs_str image;   /* as logged; empty if unknown */
    struct tcs_str command; /* empty if not logged */
    size_t command_cut;
    struct tcs_account account;
    struct tcs_time start;
    bool start_seen; /* otherwise it was running before the log begins */
    bool is_worker;
    bool is_finding;
    enum tcs_severity severity; /* of its finding */
};

#define TCS_NO_NODE UINT32_MAX

struct tcs_finding {
    char id[33]; /* 32 hexadecimal digits, the same whenever the same records are read */
    enum tcs_severity severity;
    uint32_t rules;       /* set of 1 << enum tcs_rule */
    uint32_t facts;       /* set of enum tcs_fact */
    struct tcs_time time; /* of the start, or of the first record that speaks for it */

    /* who ran what */
    struct tcs_account account;
    bool account_is_creators; /* the log names who started it, not whom it runs as */
    struct tcs_str image;     /* as logged */
    struct tcs_str command;
    size_t command_cut; /* bytes left out */
    uint64_t pid;
    bool pid_is_audit_id; /* NT 4: a number of the audit, not the process id */

    /* started by, below which server */
    struct tcs_str parent_image;
    uint64_t parent_pid;
    bool parent_start_seen;
    struct tcs_str profile; /* its name, "iis"; empty if the worker is nobody's */
    struct tcs_str server;  /* title of the profile */
    struct tcs_str worker_image;
    uint64_t worker_pid;
    struct tcs_str pool;
    struct tcs_account worker_account;
    struct tcs_str note; /* what a profile says of this program, or details of a tamper fact */

    struct tcs_evidence *evidence;
    size_t evidence_count, evidence_cap;
    size_t evidence_more;          /* records that speak for it beyond the limit */
    struct tcs_record_copy record; /* of the first evidence */
    uint32_t node;                 /* its place in the incident's tree */

    enum tcs_severity told; /* the severity it was told with last; NONE: it has not been told yet */
    uint32_t revision;      /* how often it was told again because it had become graver */
};

struct tcs_incident {
    struct tcs_arena arena; /* owns all of it */
    char id[33];            /* of its first finding */
    struct tcs_str host;
    struct tcs_time first, last;
    enum tcs_severity severity; /* the highest */
    struct tcs_finding **findings;
    size_t finding_count, finding_cap;
    size_t finding_more; /* findings beyond the limit; counted, not kept */
    struct tcs_tree_node *nodes;
    size_t node_count, node_cap;
    bool continues; /* an earlier part of it was given out already */
};

#endif
