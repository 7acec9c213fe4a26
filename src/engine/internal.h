/* What the files of the engine share. Not for others. */
#ifndef TCS_ENGINE_INTERNAL_H
#define TCS_ENGINE_INTERNAL_H

#include "base/map.h"
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
    struct tcs_bytes raw; /* as it stands in the record */
    struct tcs_str text;  /* UTF-8 */
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
    bool is_system; /* S-1-5-18 */
    void *memory;   /* owned */
};

/* Who did something, by one record. */
struct claim {
    uint32_t account;                  /* NONE: the record does not say */
    uint64_t logon;                    /* 0: not given */
    unsigned web;                      /* TCS_FACT_ACCOUNT_BY_*; 0 if it is not the web server's account */
    const struct tcs_profile *profile; /* whose account it is */
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
    P_WORKER_TRIED = 1 << 3,  /* whether it is one has been decided */
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
    uint32_t exited_at; /* place in the list of those that ended lately; NONE */
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
    char *command;         /* owned; kept for workers and what is below them */
    uint32_t command_len, command_cut;
    char *pool;                           /* owned; of workers */
    const struct tcs_rule_worker *worker; /* if P_WORKER; NULL for an inferred one */
};

/* ---- programs opened for execution (open.c) ---- */

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
    uint32_t blind_incidents[TCS_RULE_COUNT]; /* of each blindness rule; NONE */
    struct incident_stop stop;
    struct tcs_time shutdown; /* the last one that was announced */
    bool has_shutdown;
    enum clock_state clock;
    uint64_t clock_record; /* record number of the event that told it */
};

/* ---- incidents (incident.c) ---- */

struct incident_slot {
    struct tcs_incident *incident; /* owned; NULL once it is closed */
    uint32_t host;
    uint32_t forward; /* the incident that continues it, NONE if it is over */
};

enum { RULESETS_MOST = 8, EXITED_KEPT = 1024 };

struct tcs_engine {
    const struct tcs_rules *rules;
    const struct tcs_engine_limits *limits;
    struct tcs_effects effects;
    struct tcs_hash_key key;
    struct tcs_engine_counts counts;

    struct tcs_ruleset *rulesets[RULESETS_MOST]; /* one per system root met */
    unsigned ruleset_count;

    struct tcs_slots hosts, processes, images, accounts;
    struct tcs_map host_by_name, process_by_pid, process_by_guid, image_by_raw, account_by_raw;
    uint32_t exited[EXITED_KEPT]; /* processes that ended lately, a ring */
    uint32_t exited_next;
    uint32_t host_hand, process_hand; /* where the search for a place to free goes on */
    uint32_t last_host;               /* of the last event, to save a look-up */
    uint32_t temporary_image;         /* reused for paths that cannot be kept */
    uint32_t temporary_account;

    struct incident_slot *incidents; /* owned; index is the number of an incident */
    uint32_t incident_count, incident_cap;
    uint32_t oldest_open;
    struct tcs_time next_sweep; /* no open incident is quiet for long enough before this */

    /* of the event being fed */
    const struct tcs_event *ev;
    struct tcs_str origin;
};

/* ---- host.c ---- */

/* The host an event is of, made if it is new. NONE if there is no room. */
uint32_t host_of(struct tcs_engine *e, const struct tcs_event *ev);
struct host *host_at(const struct tcs_engine *e, uint32_t host);
struct tcs_ruleset *host_rules(const struct tcs_engine *e, const struct host *h);
void host_drop(struct tcs_engine *e, uint32_t host);
void host_free_all(struct tcs_engine *e);
/* A program of the system itself shows where the system root is. */
void host_learn_root(struct tcs_engine *e, uint32_t host, const struct image *image,
                     const struct claim *self);

/* ---- image.c ---- */

/* The program named by a value; NONE if it names none. */
uint32_t image_of(struct tcs_engine *e, uint32_t host, struct tcs_value value, bool old_paths);
struct image *image_at(const struct tcs_engine *e, uint32_t image);
void image_free_all(struct tcs_engine *e);
/* True if both are the same program, as far as their forms tell (a path without drive may be any drive's). */
bool image_agrees(const struct image *a, const struct image *b);

/* ---- identity.c ---- */

enum identity_place { BY_SUBJECT = TCS_KEY_SUBJECT_SID, BY_TARGET = TCS_KEY_TARGET_SID };

/* What an event says of its subject or target; with_sid: the SID at that place belongs to it. */
struct claim claim_of(struct tcs_engine *e, uint32_t host, const struct tcs_event *ev,
                      enum identity_place place);
/* What an event says in one text, DOMAIN\name; logon is given apart. */
struct claim claim_of_user(struct tcs_engine *e, uint32_t host, struct tcs_value user,
                           struct tcs_value logon);
struct account *account_at(const struct tcs_engine *e, uint32_t account);
void account_free_all(struct tcs_engine *e);
/* A logon session of the web account. */
void identity_learn_logon(struct tcs_engine *e, uint32_t host, uint64_t logon);
/* Whether two accounts are the same: yes, no, or the log does not tell. */
enum same { SAME_NO, SAME_YES, SAME_UNKNOWN };
enum same account_same(const struct tcs_engine *e, uint32_t a, uint32_t b);

/* ---- process.c ---- */

struct process *process_at(const struct tcs_engine *e, uint32_t process);
/* The living process with this number, or the one that had it last; NONE. */
uint32_t process_find(const struct tcs_engine *e, uint32_t host, uint64_t pid);
uint32_t process_find_guid(const struct tcs_engine *e, uint32_t host, const uint8_t guid[16]);
/* A new process under this number; a former one gives it up. NONE if there is no room. */
uint32_t process_new(struct tcs_engine *e, uint32_t host, uint64_t pid, const uint8_t *guid);
/* Sysmon's name for a process that was known by its number. */
void process_learn_guid(struct tcs_engine *e, uint32_t process, const uint8_t guid[16]);
void process_set_parent(struct tcs_engine *e, uint32_t process, uint32_t parent);
/* The process is over; it stays as long as it is needed for its descendants or a while. */
void process_exit(struct tcs_engine *e, uint32_t process, struct tcs_time when);
void process_drop_host(struct tcs_engine *e, uint32_t host, struct tcs_time before);
void process_free_all(struct tcs_engine *e);
/* Keeps a copy of a text of the event, up to the limit. */
void process_keep_command(struct tcs_engine *e, struct process *p, struct tcs_value command);

/* ---- ancestry.c ---- */

/* Decides whether the process is a worker, as far as is known now; marks what it has started. */
void ancestry_consider(struct tcs_engine *e, uint32_t process);
/* Marks the process, and what it has started, as descending from root. */
void ancestry_mark(struct tcs_engine *e, uint32_t process, uint32_t root);
/* Marks what the process has started; its own root says below whom. */
void ancestry_mark_children(struct tcs_engine *e, uint32_t process);
/* A program that starts others for somebody else: what it does under an account says nothing of itself. */
bool ancestry_is_broker(const struct image *image);

/* ---- verdict.c ---- */

struct verdict {
    enum tcs_severity severity; /* NONE: may be run silently */
    bool is_listed;
    unsigned facts; /* what the listing rests on: NEED_NOTED, PARENT_UNKNOWN, NAME_ONLY */
    struct tcs_str note;
};

/* May this program be run by this parent (NONE: unknown) as this account? */
struct verdict verdict_of(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent,
                          uint32_t account, struct tcs_value command);

/*
 * For the rule dedicated-start: may it be run on a machine that is only a web
 * server? Then also what Windows itself starts is listed.
 */
bool is_system_program(struct tcs_engine *e, uint32_t host, uint32_t image, uint32_t parent, uint32_t account,
                       struct tcs_value command);

/* ---- judge.c ---- */

void judge_start(struct tcs_engine *e, uint32_t host);
void judge_exit(struct tcs_engine *e, uint32_t host);
void judge_token(struct tcs_engine *e, uint32_t host);
/* A process that was marked after its start: does it ring? */
void judge_late(struct tcs_engine *e, uint32_t process);
/* The process runs as the web account, says a record: rings unless its program is listed. */
void judge_account(struct tcs_engine *e, uint32_t process, const struct claim *claim, enum tcs_rule rule);

/* ---- open.c ---- */

void open_file(struct tcs_engine *e, uint32_t host);
void open_access(struct tcs_engine *e, uint32_t host);
/* The opening of a program that this start belongs to; NULL if there is none. */
struct open_program *open_match(struct tcs_engine *e, uint32_t host, uint64_t creator_pid, uint32_t image);
void open_forget(struct tcs_engine *e, struct open_program *o);

/* ---- incident.c ---- */

/* What the event being fed says for a rule. */
struct tcs_evidence evidence_now(const struct tcs_engine *e, enum tcs_rule rule);
/* What the start of a process said, from what is kept of it. */
struct tcs_evidence evidence_of_start(const struct tcs_engine *e, const struct process *p,
                                      enum tcs_rule rule);

/*
 * Adds evidence to the finding of a process, which is made if need be. facts
 * widen what is known; severity is only used with TCS_FACT_NEED_NOTED and
 * the like (a listed program).
 */
void incident_report(struct tcs_engine *e, uint32_t process, const struct tcs_evidence *evidence,
                     unsigned facts, const struct verdict *verdict);

/* A finding about a program that was opened and not started, near the process that opened it (NONE: unknown).
 */
struct finding_ref incident_report_open(struct tcs_engine *e, uint32_t host, uint32_t opener,
                                        const struct open_program *o, unsigned facts);
/* Further evidence for it. */
void incident_add_open(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence);
/* The opened program has been started: the finding is the process's from now on. */
void incident_adopt(struct tcs_engine *e, uint32_t process, struct finding_ref ref);

/* A finding about tampering; where it is kept, so that it can be raised. */
struct finding_ref incident_report_blindness(struct tcs_engine *e, uint32_t host,
                                             const struct tcs_evidence *evidence, enum tcs_severity severity,
                                             struct tcs_str note);
/* What first looked harmless is not: with the event being fed as evidence. */
void incident_raise(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence,
                    enum tcs_severity severity, struct tcs_str note);

/* Closes incidents that have been quiet for too long. */
void incident_sweep(struct tcs_engine *e, struct tcs_time now);
void incident_close_all(struct tcs_engine *e);
void incident_free_all(struct tcs_engine *e);

/* ---- blindness.c ---- */

void blindness_feed(struct tcs_engine *e, uint32_t host);
/* Looks whether time runs backwards from the record that was fed before. */
void blindness_watch_clock(struct tcs_engine *e, uint32_t host, const struct channel_state *before);

#endif
