#include "engine/ruleset.h"

#include "base/fold.h"

#include <stdlib.h>

/* The folders that stand for themselves at the start of a path. */
static const struct place {
    struct tcs_str word;
    bool below_drive; /* replaced by the drive and `folder`, otherwise by the system root */
    struct tcs_str folder;
} places[] = {
    {TCS_STR_INIT("%SystemRoot%"), false, TCS_STR_INIT("")},
    {TCS_STR_INIT("%SystemDrive%"), true, TCS_STR_INIT("")},
    {TCS_STR_INIT("%ProgramFiles%"), true, TCS_STR_INIT("\\Program Files")},
    {TCS_STR_INIT("%ProgramFiles(x86)%"), true, TCS_STR_INIT("\\Program Files (x86)")},
};

static const struct place *place_of(struct tcs_str text)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t len = places[i].word.len;
        if (text.len > len && text.p[len] == '\\' &&
            tcs_str_eq_ascii_nocase(tcs_str_cut(text, 0, len), places[i].word))
            return &places[i];
    }
    return NULL;
}

/* Expands and folds a path of a rule into the arena. */
static struct tcs_str rule_text(struct tcs_ruleset *set, struct tcs_str text, bool *ok)
{
    struct tcs_buf b;
    tcs_buf_init(&b, TCS_PATH_BYTES_MOST);
    const struct place *place = place_of(text);
    if (place) {
        struct tcs_str root = set->places.system_root;
        tcs_buf_str(&b, place->below_drive ? tcs_str_cut(root, 0, 2) : root);
        tcs_buf_str(&b, place->folder);
        text = tcs_str_cut(text, place->word.len, text.len);
    }
    tcs_buf_str(&b, text);
    struct tcs_str plain = tcs_buf_view(&b);
    char *folded = b.bad ? NULL : tcs_arena_alloc(&set->arena, plain.len);
    *ok = *ok && folded != NULL;
    if (folded)
        tcs_fold(plain, folded);
    tcs_buf_done(&b);
    return folded ? (struct tcs_str){folded, plain.len} : (struct tcs_str){"", 0};
}

static struct tcs_str last_part(struct tcs_str path)
{
    size_t slash = tcs_str_rfind(path, '\\');
    return slash == path.len ? path : tcs_str_cut(path, slash + 1, path.len);
}

static bool has_star(struct tcs_str s)
{
    return tcs_str_find(s, '*') < s.len;
}

/* What may not be in a path of the list, and why. */
static const struct {
    unsigned trait;
    const char *why;
} forbidden[] = {
    {TCS_PATH_SHORT, "it holds an 8.3 name, which can stand for another file; write the long name"},
    {TCS_PATH_STREAM, "it names an alternate data stream; no server needs one"},
    {TCS_PATH_TRAILING, "a name in it ends with a dot or a blank"},
    {TCS_PATH_DOTS, "it holds . or ..; write the folder itself"},
    {TCS_PATH_SLASH, "it holds a forward slash or an empty folder name; write it with single backslashes"},
    {TCS_PATH_CONTROL, "it holds a control character"},
    {TCS_PATH_INVISIBLE, "it holds an invisible character"},
};

static const char *why_not_full(const struct tcs_path *path)
{
    switch (path->kind) {
    case TCS_PATH_NAME:
        return "it is only a file name, which anybody can give to a program; write the full path, "
               "like C:\\Perl\\bin\\perl.exe";
    case TCS_PATH_ROOTED:
        return "it has no drive; write the full path, like C:\\Perl\\bin\\perl.exe";
    case TCS_PATH_NONE:
        return "it is empty; write the full path of the program";
    case TCS_PATH_OTHER:
        return "it does not begin with a drive or a share; write the full path, like C:\\Perl\\bin\\perl.exe";
    case TCS_PATH_DRIVE:
    case TCS_PATH_UNC:
        break;
    }
    if (path->name.len == 0)
        return "it is a folder; name the program in it";
    if (has_star(path->name))
        return "the file name holds *, which lets in programs that do not exist yet; name each program";
    size_t first = path->kind == TCS_PATH_UNC ? 2 : 0;
    struct tcs_str head = tcs_str_cut(
        path->folded, 0, first + tcs_str_find(tcs_str_cut(path->folded, first, path->folded.len), '\\'));
    if (has_star(head))
        return "the drive or server holds *";
    return NULL;
}

enum { LISTED_MOST = TCS_PATH_BYTES_MOST - 256 }; /* what %SystemRoot% and the like stand for has room too */

bool tcs_need_path_ok(struct tcs_str text, const char **why)
{
    static const struct tcs_volume none;
    struct tcs_path_places here = {TCS_STR("C:\\Windows"), &none, 0};
    struct tcs_arena arena;
    tcs_arena_init(&arena, (size_t)1 << 20);
    struct tcs_ruleset set = {.places = here};
    tcs_arena_init(&set.arena, (size_t)1 << 20);
    bool ok = true;
    struct tcs_path path;
    struct tcs_str expanded = rule_text(&set, text, &ok);
    *why = NULL;
    if (!ok || !tcs_path_normalise(expanded, false, &here, &arena, &path))
        *why = text.len > LISTED_MOST ? "it is too long" : "there is no memory to look at it";
    else
        *why = why_not_full(&path);
    /* Logs are freed of such a prefix, lists are not: the entry would never fit. */
    if (*why == NULL && !tcs_str_eq(path.folded, expanded))
        *why = "it begins with a prefix such as \\\\?\\; write the path behind it, with its drive or share";
    for (size_t i = 0; *why == NULL && i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (path.traits & forbidden[i].trait)
            *why = forbidden[i].why;
    tcs_arena_done(&arena);
    tcs_arena_done(&set.arena);
    return *why == NULL;
}

static uint64_t hash_str(const struct tcs_ruleset *set, struct tcs_str s)
{
    return tcs_hash(set->key, (struct tcs_bytes){(const uint8_t *)s.p, s.len});
}

static bool same_need_path(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_ruleset *set = ctx;
    return tcs_str_eq(set->needs[slot].path, *(const struct tcs_str *)key);
}

static bool same_need_name(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_ruleset *set = ctx;
    return tcs_str_eq(set->needs[slot].name, *(const struct tcs_str *)key);
}

static bool same_worker_name(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_ruleset *set = ctx;
    return tcs_str_eq(set->workers[slot].name, *(const struct tcs_str *)key);
}

/*
 * Puts slot into the map under key. If the key is there already, the first
 * entry stays in the map and gives the new one the rest of its chain.
 */
static bool chain(struct tcs_map *map, const struct tcs_ruleset *set, struct tcs_str key, tcs_map_same *same,
                  uint32_t slot, uint32_t *next_of_slot,
                  uint32_t *(*next_of)(const struct tcs_ruleset *, uint32_t))
{
    uint64_t hash = hash_str(set, key);
    uint32_t head = tcs_map_find(map, hash, same, set, &key);
    *next_of_slot = TCS_MAP_NONE;
    if (head == TCS_MAP_NONE)
        return tcs_map_add(map, hash, slot);
    *next_of_slot = *next_of(set, head);
    *next_of(set, head) = slot;
    return true;
}

static uint32_t *need_next_by_path(const struct tcs_ruleset *set, uint32_t slot)
{
    return &set->needs[slot].next_by_path;
}

static uint32_t *need_next_by_name(const struct tcs_ruleset *set, uint32_t slot)
{
    return &set->needs[slot].next_by_name;
}

static uint32_t *worker_next_by_name(const struct tcs_ruleset *set, uint32_t slot)
{
    return &set->workers[slot].next_by_name;
}

static const struct tcs_str *rule_texts(struct tcs_ruleset *set, const struct tcs_strs *texts, bool *ok)
{
    struct tcs_str *out = tcs_arena_array(&set->arena, texts->count, sizeof *out);
    *ok = *ok && out != NULL;
    for (size_t i = 0; out && i < texts->count; i++) {
        bool is_word = tcs_str_eq(texts->at[i], TCS_STR("worker"));
        out[i] = is_word ? (struct tcs_str){"", 0} : rule_text(set, texts->at[i], ok);
    }
    return out;
}

static bool add_need(struct tcs_ruleset *set, const struct tcs_need *need, const struct tcs_profile *profile)
{
    bool ok = true;
    uint32_t slot = (uint32_t)set->need_count++;
    struct tcs_rule_need *r = &set->needs[slot];
    *r = (struct tcs_rule_need){.need = need, .profile = profile};
    r->path = rule_text(set, need->path, &ok);
    r->name = last_part(r->path);
    r->is_pattern = has_star(r->path);
    r->parents = rule_texts(set, &need->parents, &ok);
    if (!ok)
        return false;
    bool is_indexed = r->is_pattern ? chain(&set->patterns_by_name, set, r->name, same_need_name, slot,
                                            &r->next_by_path, need_next_by_path)
                                    : chain(&set->needs_by_path, set, r->path, same_need_path, slot,
                                            &r->next_by_path, need_next_by_path);
    return is_indexed && chain(&set->needs_by_name, set, r->name, same_need_name, slot, &r->next_by_name,
                               need_next_by_name);
}

static bool add_worker(struct tcs_ruleset *set, const struct tcs_worker *worker,
                       const struct tcs_profile *profile)
{
    bool ok = true;
    uint32_t slot = (uint32_t)set->worker_count++;
    struct tcs_rule_worker *r = &set->workers[slot];
    *r = (struct tcs_rule_worker){.worker = worker, .profile = profile};
    r->image = rule_text(set, worker->image, &ok);
    r->name = last_part(r->image);
    r->is_full = tcs_str_find(r->image, '\\') < r->image.len && r->image.p[0] != '*';
    r->started_by = rule_texts(set, &worker->started_by, &ok);
    r->confirm_parents = rule_texts(set, &worker->confirm.parents, &ok);
    if (!ok)
        return false;
    if (has_star(r->name)) {
        set->wild_workers[set->wild_worker_count++] = slot;
        return true;
    }
    return chain(&set->workers_by_name, set, r->name, same_worker_name, slot, &r->next_by_name,
                 worker_next_by_name);
}

/* Reads S-1-5-82-* and S-1-5-17. */
static bool parse_sid_pattern(struct tcs_str text, struct tcs_sid *sid, bool *is_prefix)
{
    *is_prefix = tcs_str_ends(text, TCS_STR("-*"));
    return tcs_sid_from_text(*is_prefix ? tcs_str_cut(text, 0, text.len - 2) : text, sid);
}

static bool add_account(struct tcs_ruleset *set, struct tcs_str pattern, const struct tcs_profile *profile)
{
    bool ok = true;
    struct tcs_rule_account *r = &set->accounts[set->account_count++];
    *r = (struct tcs_rule_account){.profile = profile, .domain = {"", 0}, .name = {"", 0}};
    if (parse_sid_pattern(pattern, &r->sid, &r->sid_is_prefix))
        return true;
    r->sid.len = 0;
    struct tcs_str text = rule_text(set, pattern, &ok);
    size_t slash = tcs_str_find(text, '\\');
    if (slash < text.len) {
        r->domain = tcs_str_cut(text, 0, slash);
        r->name = tcs_str_cut(text, slash + 1, text.len);
    } else {
        r->name = text;
    }
    return ok;
}

static bool add_profile(struct tcs_ruleset *set, const struct tcs_profile *p)
{
    bool ok = true;
    for (size_t i = 0; ok && i < p->need_count; i++)
        ok = add_need(set, &p->needs[i], p);
    for (size_t i = 0; ok && i < p->worker_count; i++)
        ok = add_worker(set, &p->workers[i], p);
    for (size_t i = 0; ok && i < p->accounts.count; i++)
        ok = add_account(set, p->accounts.at[i], p);
    return ok;
}

static bool make_room(struct tcs_ruleset *set, const struct tcs_rules *rules)
{
    size_t needs = rules->allow_count, workers = rules->worker_count, accounts = rules->accounts.count;
    for (size_t i = 0; i < rules->profile_count; i++) {
        needs += rules->profiles[i].need_count;
        workers += rules->profiles[i].worker_count;
        accounts += rules->profiles[i].accounts.count;
    }
    set->needs = tcs_arena_array(&set->arena, needs, sizeof *set->needs);
    set->workers = tcs_arena_array(&set->arena, workers, sizeof *set->workers);
    set->accounts = tcs_arena_array(&set->arena, accounts, sizeof *set->accounts);
    set->wild_workers = tcs_arena_array(&set->arena, workers, sizeof *set->wild_workers);
    return set->needs && set->workers && set->accounts && set->wild_workers && needs < TCS_MAP_NONE;
}

enum tcs_code tcs_ruleset_init(struct tcs_ruleset *set, const struct tcs_rules *rules,
                               struct tcs_str system_root, struct tcs_hash_key key, struct tcs_err *err)
{
    *set = (struct tcs_ruleset){.key = key};
    tcs_arena_init(&set->arena, (size_t)1 << 30);
    bool ok;
    set->places.system_root = tcs_arena_str(&set->arena, system_root, &ok);
    set->places.volumes = rules->volumes;
    set->places.volume_count = rules->volume_count;
    ok = ok && make_room(set, rules);
    for (size_t i = 0; ok && i < rules->allow_count; i++)
        ok = add_need(set, &rules->allow[i], NULL);
    for (size_t i = 0; ok && i < rules->worker_count; i++)
        ok = add_worker(set, &rules->workers[i], NULL);
    for (size_t i = 0; ok && i < rules->accounts.count; i++)
        ok = add_account(set, rules->accounts.at[i], NULL);
    for (size_t i = 0; ok && i < rules->profile_count; i++)
        ok = add_profile(set, &rules->profiles[i]);
    if (ok)
        return TCS_OK;
    tcs_ruleset_done(set);
    return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the rules");
}

void tcs_ruleset_done(struct tcs_ruleset *set)
{
    tcs_map_done(&set->needs_by_path);
    tcs_map_done(&set->patterns_by_name);
    tcs_map_done(&set->needs_by_name);
    tcs_map_done(&set->workers_by_name);
    tcs_arena_done(&set->arena);
}

/* The part of a full path behind its drive; empty for shares. */
static struct tcs_str without_drive(struct tcs_str path)
{
    return path.len > 2 && path.p[1] == ':' ? tcs_str_cut(path, 2, path.len) : (struct tcs_str){"", 0};
}

static bool is_for(const struct tcs_profile *profile, enum tcs_windows windows)
{
    return profile == NULL || profile->windows == TCS_WINDOWS_ANY || profile->windows == windows;
}

/* What a * must not stand for, as it may not stand in the list itself. */
static bool is_doubtful(const struct tcs_path *path)
{
    return (path->traits & (TCS_PATH_ODD | TCS_PATH_SHORT)) != 0;
}

static enum tcs_fit need_fit(const struct tcs_rule_need *r, const struct tcs_path *path, bool old_paths)
{
    if (is_doubtful(path))
        return TCS_FIT_NONE;
    switch (path->kind) {
    case TCS_PATH_DRIVE:
    case TCS_PATH_UNC:
        return tcs_path_fits(path->folded, r->path) ? TCS_FIT_FULL : TCS_FIT_NONE;
    case TCS_PATH_ROOTED:
        return old_paths && tcs_path_fits(path->folded, without_drive(r->path)) ? TCS_FIT_ROOTED
                                                                                : TCS_FIT_NONE;
    case TCS_PATH_NAME:
        return old_paths && tcs_str_eq(path->name, r->name) ? TCS_FIT_NAME : TCS_FIT_NONE;
    case TCS_PATH_NONE:
    case TCS_PATH_OTHER:
        break;
    }
    return TCS_FIT_NONE;
}

/* The three chains that a search goes through, one after the other. */
static uint32_t chain_head(const struct tcs_ruleset *set, const struct tcs_path *path, unsigned which)
{
    bool is_full = path->kind == TCS_PATH_DRIVE || path->kind == TCS_PATH_UNC;
    if (which == 0 && is_full)
        return tcs_map_find(&set->needs_by_path, hash_str(set, path->folded), same_need_path, set,
                            &path->folded);
    if (which == 1 && is_full)
        return tcs_map_find(&set->patterns_by_name, hash_str(set, path->name), same_need_name, set,
                            &path->name);
    if (which == 2 && !is_full)
        return tcs_map_find(&set->needs_by_name, hash_str(set, path->name), same_need_name, set, &path->name);
    return TCS_MAP_NONE;
}

/* In which of the chains a need stands for this search, and its successor there. */
static uint32_t chain_next(const struct tcs_rule_need *r, bool is_full, unsigned *which)
{
    *which = !is_full ? 2 : r->is_pattern ? 1 : 0;
    return is_full ? r->next_by_path : r->next_by_name;
}

const struct tcs_rule_need *tcs_ruleset_next_need(const struct tcs_ruleset *set, const struct tcs_path *path,
                                                  bool old_paths, enum tcs_windows windows,
                                                  const struct tcs_rule_need *at, enum tcs_fit *fit)
{
    bool is_full = path->kind == TCS_PATH_DRIVE || path->kind == TCS_PATH_UNC;
    unsigned which = 0;
    uint32_t slot = at ? chain_next(at, is_full, &which) : chain_head(set, path, 0);
    for (;;) {
        while (slot == TCS_MAP_NONE) {
            if (++which > 2)
                return NULL;
            slot = chain_head(set, path, which);
        }
        const struct tcs_rule_need *r = &set->needs[slot];
        *fit = need_fit(r, path, old_paths);
        if (*fit != TCS_FIT_NONE && is_for(r->profile, windows))
            return r;
        slot = chain_next(r, is_full, &which);
    }
}

bool tcs_image_fits(const struct tcs_path *path, struct tcs_str pattern)
{
    if (path->folded.len == 0)
        return false;
    if (tcs_str_find(pattern, '\\') == pattern.len)
        return tcs_path_fits(path->name, pattern);
    if (path->kind == TCS_PATH_ROOTED && pattern.p[0] != '*')
        return tcs_path_fits(path->folded, without_drive(pattern));
    /* A bare name could be anywhere, so it fits where the name does. */
    if (path->kind == TCS_PATH_NAME)
        return tcs_path_fits(path->name, last_part(pattern));
    return tcs_path_fits(path->folded, pattern);
}

static enum tcs_fit worker_fit(const struct tcs_rule_worker *r, const struct tcs_path *path)
{
    if (!tcs_image_fits(path, r->image))
        return TCS_FIT_NONE;
    if (!r->is_full || path->kind == TCS_PATH_NAME || is_doubtful(path))
        return TCS_FIT_NAME;
    return path->kind == TCS_PATH_ROOTED ? TCS_FIT_ROOTED : TCS_FIT_FULL;
}

/* Full paths before names, servers before programs that only may be one. */
static int worker_rank(const struct tcs_rule_worker *r, enum tcs_fit fit)
{
    return (r->worker->generic ? 0 : 8) + (int)fit;
}

const struct tcs_rule_worker *tcs_ruleset_worker(const struct tcs_ruleset *set, const struct tcs_path *path,
                                                 enum tcs_windows windows, enum tcs_fit *fit)
{
    const struct tcs_rule_worker *best = NULL;
    *fit = TCS_FIT_NONE;
    if (path->name.len == 0)
        return NULL;
    uint32_t slot =
        tcs_map_find(&set->workers_by_name, hash_str(set, path->name), same_worker_name, set, &path->name);
    size_t wild = 0;
    while (slot != TCS_MAP_NONE || wild < set->wild_worker_count) {
        const struct tcs_rule_worker *r =
            &set->workers[slot != TCS_MAP_NONE ? slot : set->wild_workers[wild++]];
        slot = slot != TCS_MAP_NONE ? r->next_by_name : TCS_MAP_NONE;
        enum tcs_fit this = worker_fit(r, path);
        if (this == TCS_FIT_NONE || !is_for(r->profile, windows) ||
            (best && worker_rank(best, *fit) >= worker_rank(r, this)))
            continue;
        best = r;
        *fit = this;
    }
    return best;
}

/* S-1-5-18 and the like: one account, the same on every machine, so that no name can change what it is. */
static bool is_well_known(const struct tcs_sid *sid)
{
    return sid->len == 12 && !tcs_sid_is_null(sid);
}

static bool name_fits(const struct tcs_rule_account *r, struct tcs_str domain, struct tcs_str name)
{
    return (r->domain.len == 0 || tcs_text_fits(domain, r->domain)) && tcs_text_fits(name, r->name);
}

enum { ACCOUNT_NAME_MOST = 512 }; /* bytes of a folded name; Windows allows 256 characters */

/* Folds a name to be compared; too long a one fits nothing. */
static struct tcs_str fold_name(struct tcs_str name, char out[ACCOUNT_NAME_MOST])
{
    if (name.len > ACCOUNT_NAME_MOST)
        return (struct tcs_str){"", 0};
    tcs_fold(name, out);
    return (struct tcs_str){out, name.len};
}

const struct tcs_rule_account *tcs_ruleset_account(const struct tcs_ruleset *set,
                                                   const struct tcs_identity *who, bool *by_sid)
{
    *by_sid = true;
    for (size_t i = 0; i < set->account_count && who->sid.len; i++) {
        const struct tcs_rule_account *r = &set->accounts[i];
        if (r->sid.len &&
            (r->sid_is_prefix ? tcs_sid_below(&who->sid, &r->sid) : tcs_sid_eq(&who->sid, &r->sid)))
            return r;
    }
    *by_sid = false;
    if (is_well_known(&who->sid) || who->name.len == 0)
        return NULL;
    char name_text[ACCOUNT_NAME_MOST], domain_text[ACCOUNT_NAME_MOST];
    struct tcs_str name = fold_name(who->name, name_text);
    struct tcs_str domain = fold_name(who->domain, domain_text);
    for (size_t i = 0; i < set->account_count; i++) {
        const struct tcs_rule_account *r = &set->accounts[i];
        if (r->sid.len == 0 && name.len && name_fits(r, domain, name))
            return r;
    }
    return NULL;
}

bool tcs_account_fits(const struct tcs_identity *who, const struct tcs_strs *patterns)
{
    char name_text[ACCOUNT_NAME_MOST], domain_text[ACCOUNT_NAME_MOST], pattern_text[ACCOUNT_NAME_MOST];
    struct tcs_str name = fold_name(who->name, name_text);
    struct tcs_str domain = fold_name(who->domain, domain_text);
    for (size_t i = 0; i < patterns->count; i++) {
        struct tcs_sid sid;
        bool is_prefix;
        if (parse_sid_pattern(patterns->at[i], &sid, &is_prefix)) {
            if (is_prefix ? tcs_sid_below(&who->sid, &sid) : tcs_sid_eq(&who->sid, &sid))
                return true;
            continue;
        }
        struct tcs_str pattern = fold_name(patterns->at[i], pattern_text);
        size_t slash = tcs_str_find(pattern, '\\');
        struct tcs_rule_account r = {.name = pattern, .domain = {"", 0}};
        if (slash < pattern.len) {
            r.domain = tcs_str_cut(pattern, 0, slash);
            r.name = tcs_str_cut(pattern, slash + 1, pattern.len);
        }
        if (name.len && pattern.len && name_fits(&r, domain, name))
            return true;
    }
    return false;
}
