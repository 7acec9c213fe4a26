/*
 * What the engine remembers: hosts, programs, accounts, processes, incidents.
 * Tables of places; a number is a place in its table, NONE is no place.
 * Shared by the files of the engine, not for others.
 *
 * X_at() gives a thing to read. Whoever changes what is stored of it takes it
 * by X_edit(), which notes that its row must be stored again (persist.h).
 */
#ifndef TCS_ENGINE_STATE_H
#define TCS_ENGINE_STATE_H

#include "base/map.h"
#include "base/marks.h"
#include "base/slots.h"
#include "engine/engine.h"
#include "engine/ruleset.h"

#define NONE TCS_NO_PLACE

/* ---- programs (image.c) ---- */

/* A program path as some record wrote it, and all that follows from it. */
struct image {
    uint32_t in_use; /* mark of the last sweep; first, because free places use these bytes */
    uint64_t hash;
    uint16_t ruleset; /* of the host that it was met on */
    uint8_t type;     /* of the raw value */
    bool old_paths;
    enum tcs_windows windows; /* of the record */
    struct tcs_bytes raw;     /* as it stands in the record */
    struct tcs_str text;      /* UTF-8 */
    struct tcs_path path;
    const struct tcs_rule_worker *worker; /* NULL: no worker by its path */
    enum tcs_fit worker_fit;
    void *memory; /* owned; holds the texts */
};

/* ---- accounts (identity.c) ---- */

struct account {
    uint32_t in_use;
    uint64_t hash;
    struct tcs_bytes key; /* raw values it was met by, to be found again */
    struct tcs_identity who;
    const struct tcs_rule_account *rule; /* the entry that makes it the web server's, or NULL */
    bool by_sid;
    bool is_joined; /* it was met as DOMAIN\\name in one text */
    bool is_system; /* S-1-5-18 */
    void *memory;   /* owned */
};

/* Who did something, by one record. */
struct claim {
    uint32_t account; /* NONE: the record does not say */
    uint64_t logon;   /* 0: not given */
    unsigned web;     /* TCS_FACT_ACCOUNT_BY_*; 0 if it is not the web server's account */
};

/* ---- processes (process.c) ---- */

/* Where a finding is: the number of its incident and its index there. */
struct finding_ref {
    uint32_t incident, index; /* NONE: there is none */
};

enum process_flag {
    P_START_SEEN = 1 << 0,
    P_EXITED = 1 << 1,
    P_WORKER = 1 << 2,        /* a web server's worker */
    P_NUMBER_LOST = 1 << 3,   /* another process has its number now */
    P_MARKED = 1 << 4,        /* a descendant of one, or of a process of the web account */
    P_REPORTED = 1 << 5,      /* it has a finding */
    P_JUDGED_LISTED = 1 << 6, /* its program may be run here */
    P_ACCOUNT_FIRM = 1 << 7,  /* its account was named by a record about itself */
    P_SESSION = 1 << 8,       /* it runs in somebody's terminal session */
    P_AUDIT_ID = 1 << 9,      /* its number is an audit id of NT 4 */
    P_INFERRED = 1 << 10,     /* known as the web server because it impersonated its account */
    P_SERVICE = 1 << 11,      /* its account is one that only services have */
    P_GONE = 1 << 12,         /* stays only for the sake of its children */
    P_LIVE = 1 << 13,         /* the place is taken */
    P_START_WEB = 1 << 14,    /* the record of its start named the web account */
    P_WEB = 1 << 15,          /* some record says that it runs as the web account */
};

struct process {
    uint32_t next_in_host; /* first, because free places use these bytes */
    uint32_t prev_in_host;
    uint32_t host;
    uint32_t parent, first_child, prev_sibling, next_sibling;
    uint64_t born, linked; /* numbers of the order in which processes came and got their parents */
    uint32_t exited_at;    /* place in the list of those that ended lately; NONE */
    uint32_t image, account;
    uint32_t root;              /* the worker (or web account's process) that it descends from */
    uint32_t incident;          /* number of the incident whose tree it stands in; NONE */
    uint32_t node;              /* its place there */
    struct finding_ref finding; /* if P_REPORTED */
    uint16_t flags;
    uint16_t worker_facts; /* TCS_FACT_WORKER_* if P_WORKER; low 16 bits suffice */
    uint64_t pid, creator_pid;
    uint8_t guid[16]; /* Sysmon's; zero if unknown */
    struct tcs_time start, end;
    uint64_t start_record; /* EventRecordID */
    uint8_t start_origin;  /* enum tcs_origin */
    uint32_t pid_hash;     /* under which it is found by its number */
    char *command;         /* owned; kept for workers and what is below them */
    uint32_t command_len, command_cut;
    char *pool;                           /* owned; of workers */
    const struct tcs_rule_worker *worker; /* if P_WORKER; NULL for an inferred one */
};

/* ---- programs opened for execution (opens.c) ---- */

struct open_program {
    uint64_t pid;
    uint64_t handle;
    uint32_t image;
    struct claim claim;
    struct tcs_evidence evidence;
    struct finding_ref ref; /* if it rang by itself */
    bool in_use;
};

/* ---- hosts (host.c) ---- */

enum { HOST_WEB_LOGONS = 64, HOST_WEB_SIDS = 16 };

/* The record that was fed last of those of one provider. */
struct channel_state {
    uint64_t last_record;
    struct tcs_time last_time;
    uint16_t last_id;
};

/* The log service stopped, and nothing has explained it yet. */
struct incident_stop {
    struct finding_ref ref; /* index NONE: there is none */
    struct tcs_time time;
};

/* What is known of a host's clock since the last security event. */
enum clock_state {
    CLOCK_RUNS,
    CLOCK_TOLD,               /* an event told that and how it was changed */
    CLOCK_CHANGED,            /* an event told that it was changed, but not how */
    CLOCK_CHANGED_BY_MACHINE, /* likewise, by the system itself */
};

struct host {
    uint32_t referenced; /* used since the clock's hand passed; first, because free places use these bytes */
    uint64_t hash;
    struct tcs_str name; /* UTF-8 as first met; owned */
    uint16_t ruleset;
    bool root_learned; /* by a program of the system, or from the configuration */
    bool root_guessed; /* .evt: by the first path */
    uint32_t first_process;
    uint64_t web_logons[HOST_WEB_LOGONS]; /* logon sessions of web accounts; the oldest is replaced */
    unsigned web_logon_next;
    struct tcs_sid web_sids[HOST_WEB_SIDS]; /* SIDs that a web account's name was seen with */
    unsigned web_sid_next;
    struct open_program *opens; /* owned ring of limits->opens; NULL until the first */
    unsigned open_next;
    struct channel_state channels[TCS_ORIGIN_COUNT];
    struct tcs_time last_boot;
    bool has_booted;
    bool tracked_processes; /* a start or exit was seen: process auditing was on */
    bool tracked_objects;
    bool tables_full_told;
    uint32_t blind_incidents[TCS_RULE_COUNT]; /* of each blindness rule; NONE */
    struct incident_stop stop;
    struct tcs_time shutdown; /* the last one that was announced */
    bool has_shutdown;
    enum clock_state clock;
    uint64_t clock_record; /* record number of the event that told it */
};

/* ---- incidents (incident.c) ---- */

struct incident_slot {
    struct tcs_incident *incident;    /* owned; NULL once it is closed */
    struct tcs_marks findings, nodes; /* owned; indices of those that changed since they were stored */
    struct tcs_marks untold;          /* owned; of findings that changed since they were told */
    bool has_grown;                   /* since it was told */
    struct tcs_time touched;          /* when it last changed, by the clock of who feeds the engine */
    bool is_changed;                  /* its own row: what is neither finding nor node */
    bool has_row;
    uint32_t finding_rows, node_rows; /* stored: those with an index below */
    uint32_t forward;                 /* the incident that continues it, NONE if it is over */
};

enum {
    RULESETS_MOST = 8,
    RECENT_IMAGES = 256,
    RECENT_ACCOUNTS = 64,
    RECENT_PROCESSES = 1024,
    EXITED_KEPT = 1024
};

struct tcs_engine {
    const struct tcs_rules *rules;
    const struct tcs_engine_limits *limits;
    struct tcs_effects effects;
    struct tcs_hash_key key;
    struct tcs_engine_counts counts;

    struct tcs_ruleset *rulesets[RULESETS_MOST]; /* one per system root met */
    unsigned ruleset_count;
    uint32_t rulesets_stored; /* the first ones */

    struct tcs_slots hosts, processes, images, accounts;
    struct tcs_map host_by_name, process_by_pid, process_by_guid, image_by_raw, account_by_raw;
    uint32_t exited[EXITED_KEPT]; /* processes that ended lately, a ring */
    uint32_t exited_next;
    uint32_t host_hand, process_hand;    /* where the search for a place to free goes on */
    uint32_t last_host;                  /* of the last event, to save a look-up */
    struct tcs_value_copy last_computer; /* what that event called it; good if there is a last_host */
    uint32_t temporary_image;            /* reused for paths that cannot be kept */
    uint32_t temporary_account;
    /* Where what was met lately stands, by a few of its bytes: a guess that saves the way through the map. */
    uint32_t recent_images[RECENT_IMAGES], recent_accounts[RECENT_ACCOUNTS],
        recent_processes[RECENT_PROCESSES];

    /* owned; those numbered from incident_base on. What has a smaller number is over and forgotten. */
    struct incident_slot *incidents;
    uint32_t incident_base, incident_count, incident_cap; /* count: the number that the next one gets */
    uint32_t oldest_open, open_count;
    struct tcs_time next_sweep; /* no open incident is quiet for long enough before this */

    struct tcs_str *origins; /* owned; their texts are in the arena */
    uint32_t origin_count, origin_cap;
    struct tcs_map origin_by_name;
    struct tcs_arena origin_texts;

    uint64_t serial; /* of the last process that came or got its parent */

    /* What has changed since it was stored: places of the tables; of opens, host * limits->opens + index. */
    struct {
        struct tcs_marks hosts, processes, images, accounts, opens;
    } changed, stored;     /* stored: there is a row of it */
    bool is_silent;        /* nothing is told */
    struct tcs_time clock; /* of who feeds the engine, at the last tick */

    /* of the event being fed */
    const struct tcs_event *ev;
    struct tcs_str origin; /* one of origins */
};

/* ---- from a number to what stands there ---- */

static inline const struct host *host_at(const struct tcs_engine *e, uint32_t host)
{
    return tcs_slots_at(&e->hosts, host);
}

static inline struct host *host_edit(struct tcs_engine *e, uint32_t host)
{
    tcs_marks_add(&e->changed.hosts, host);
    return tcs_slots_at(&e->hosts, host);
}

static inline const struct process *process_at(const struct tcs_engine *e, uint32_t process)
{
    return tcs_slots_at(&e->processes, process);
}

static inline struct process *process_edit(struct tcs_engine *e, uint32_t process)
{
    tcs_marks_add(&e->changed.processes, process);
    return tcs_slots_at(&e->processes, process);
}

static inline const struct image *image_at(const struct tcs_engine *e, uint32_t image)
{
    return tcs_slots_at(&e->images, image);
}

static inline struct image *image_edit(struct tcs_engine *e, uint32_t image)
{
    tcs_marks_add(&e->changed.images, image);
    return tcs_slots_at(&e->images, image);
}

static inline const struct account *account_at(const struct tcs_engine *e, uint32_t account)
{
    return tcs_slots_at(&e->accounts, account);
}

static inline struct account *account_edit(struct tcs_engine *e, uint32_t account)
{
    tcs_marks_add(&e->changed.accounts, account);
    return tcs_slots_at(&e->accounts, account);
}

static inline struct tcs_ruleset *host_rules(const struct tcs_engine *e, const struct host *h)
{
    return e->rulesets[h->ruleset];
}

#endif
