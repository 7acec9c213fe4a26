/*
 * The rules, compiled for one system root: which programs are workers, which
 * may be run, which accounts are the web server's.
 */
#ifndef TCS_ENGINE_RULESET_H
#define TCS_ENGINE_RULESET_H

#include "base/hash.h"
#include "base/map.h"
#include "engine/path.h"

/* A need with its texts expanded and folded. */
struct tcs_rule_need {
    const struct tcs_need *need;
    const struct tcs_profile *profile; /* NULL: the user's */
    struct tcs_str path;
    struct tcs_str name;
    const struct tcs_str *parents;       /* need->parents.count of them; empty for the word "worker" */
    uint32_t next_by_path, next_by_name; /* TCS_MAP_NONE ends a chain */
    bool is_pattern;
};

/* A worker with its texts expanded and folded. */
struct tcs_rule_worker {
    const struct tcs_worker *worker;
    const struct tcs_profile *profile; /* NULL: the user's */
    struct tcs_str image;              /* path, pattern or name */
    struct tcs_str name;
    bool is_full;                          /* a full path: being there is being the server */
    const struct tcs_str *started_by;      /* worker->started_by.count of them */
    const struct tcs_str *confirm_parents; /* worker->confirm.parents.count of them */
    uint32_t next_by_name;
};

/* A pattern of an account. */
struct tcs_rule_account {
    const struct tcs_profile *profile; /* NULL: the user's */
    struct tcs_sid sid;                /* length 0: it is a name */
    bool sid_is_prefix;
    struct tcs_str domain; /* folded; empty: any */
    struct tcs_str name;   /* folded, may hold * */
};

struct tcs_ruleset {
    struct tcs_arena arena; /* owns all of it */
    struct tcs_hash_key key;
    struct tcs_path_places places;
    struct tcs_rule_need *needs;
    size_t need_count;
    struct tcs_rule_worker *workers;
    size_t worker_count;
    struct tcs_rule_account *accounts;
    size_t account_count;
    struct tcs_map needs_by_path;    /* those without * */
    struct tcs_map patterns_by_name; /* those with * */
    struct tcs_map needs_by_name;    /* all, for paths without drive */
    struct tcs_map workers_by_name;  /* those whose file name has no * */
    size_t *wild_workers;            /* the others */
    size_t wild_worker_count;
};

/*
 * True if text is a path that a list may hold: full, with a file name, and
 * nothing in it that could stand for another file. Otherwise why says what is
 * wrong and what to write instead.
 */
bool tcs_need_path_ok(struct tcs_str text, const char **why);

/* Compiles rules, which must outlive the set. NOMEM, LIMIT. */
enum tcs_code tcs_ruleset_init(struct tcs_ruleset *set, const struct tcs_rules *rules,
                               struct tcs_str system_root, struct tcs_hash_key key, struct tcs_err *err);
void tcs_ruleset_done(struct tcs_ruleset *set);

/* How well a program fits an entry. */
enum tcs_fit {
    TCS_FIT_NONE,
    TCS_FIT_NAME,   /* only the file name could be compared */
    TCS_FIT_ROOTED, /* all but the drive fits */
    TCS_FIT_FULL,
};

/*
 * Steps through the needs that a program fits: *at starts at NULL. old_paths
 * tells that the record could not have a drive, so that a path without one
 * may fit; windows is what wrote the record.
 */
const struct tcs_rule_need *tcs_ruleset_next_need(const struct tcs_ruleset *set, const struct tcs_path *path,
                                                  bool old_paths, enum tcs_windows windows,
                                                  const struct tcs_rule_need *at, enum tcs_fit *fit);

/* The worker that a program is by its path, the surest one first; NULL if it is none. */
const struct tcs_rule_worker *tcs_ruleset_worker(const struct tcs_ruleset *set, const struct tcs_path *path,
                                                 enum tcs_windows windows, enum tcs_fit *fit);

/* True if the folded path or name fits the folded pattern (a full path, **\..., or a file name). */
bool tcs_image_fits(const struct tcs_path *path, struct tcs_str pattern);

/* What of an account is known. Texts are UTF-8 as logged. */
struct tcs_identity {
    struct tcs_sid sid; /* length 0 if unknown */
    struct tcs_str domain, name;
};

/*
 * The entry that makes this account the web server's, or NULL. A SID decides
 * before a name does: a well-known SID that no entry names is never the web
 * server's, whatever it calls itself. by_sid tells which it was.
 */
const struct tcs_rule_account *tcs_ruleset_account(const struct tcs_ruleset *set,
                                                   const struct tcs_identity *who, bool *by_sid);

/* True if the account fits one of these patterns (as tcs_profile.accounts). */
bool tcs_account_fits(const struct tcs_identity *who, const struct tcs_strs *patterns);

#endif
