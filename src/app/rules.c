#include "app/rules.h"

#include "engine/ruleset.h"
#include "platform/platform.h"

#include <string.h>

enum { FILE_MOST = 64 << 20, PROFILES_MOST = 256 };

/* The profiles read so far; a later one replaces an earlier one of the same name. */
struct profiles {
    struct tcs_profile at[PROFILES_MOST];
    bool is_chosen[PROFILES_MOST];
    size_t count;
};

static struct tcs_profile *find(struct profiles *p, struct tcs_str name, size_t *index)
{
    for (size_t i = 0; i < p->count; i++) {
        if (tcs_str_eq(p->at[i].name, name)) {
            *index = i;
            return &p->at[i];
        }
    }
    return NULL;
}

static enum tcs_code no_room(struct tcs_err *err)
{
    return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the rules");
}

static enum tcs_code add(struct profiles *p, const struct tcs_profile *profile, bool is_chosen,
                         struct tcs_err *err)
{
    size_t i;
    if (find(p, profile->name, &i) == NULL) {
        if (p->count == PROFILES_MOST)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "more than %d profiles", PROFILES_MOST);
        i = p->count++;
    }
    p->at[i] = *profile;
    p->is_chosen[i] = is_chosen;
    return TCS_OK;
}

static enum tcs_code add_builtin(struct profiles *p, struct tcs_arena *arena, struct tcs_err *err)
{
    for (const struct tcs_builtin_profile *b = tcs_builtin_profiles; b->name; b++) {
        struct tcs_profile profile;
        struct tcs_str text = {b->text, b->len};
        enum tcs_code code = tcs_profile_read(text, tcs_str_of(b->name), arena, &profile, err);
        if (code == TCS_OK)
            code = add(p, &profile, false, err);
        if (code != TCS_OK)
            return code;
    }
    return TCS_OK;
}

/* Reads a text file; errors name it. */
static enum tcs_code read_file(const char *path, struct tcs_arena *arena, struct tcs_str *text,
                               struct tcs_err *err)
{
    struct tcs_err cause = TCS_ERR_INIT;
    if (tcs_file_read_all(path, FILE_MOST, arena, text, &cause) == TCS_OK)
        return TCS_OK;
    return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s: %s", path, cause.text);
}

static enum tcs_code add_file(struct profiles *p, const char *path, struct tcs_arena *arena, bool is_chosen,
                              struct tcs_err *err)
{
    struct tcs_str text;
    struct tcs_profile profile;
    enum tcs_code code = read_file(path, arena, &text, err);
    if (code == TCS_OK)
        code = tcs_profile_read(text, tcs_str_of(path), arena, &profile, err);
    return code == TCS_OK ? add(p, &profile, is_chosen, err) : code;
}

static enum tcs_code unknown_profile(const struct profiles *p, struct tcs_str name, struct tcs_err *err)
{
    /* Names end with NUL, because they come from texts that do. */
    const char *names[PROFILES_MOST + 1];
    struct tcs_buf all;
    tcs_buf_init(&all, 4096);
    size_t count = 0;
    for (const struct tcs_builtin_profile *b = tcs_builtin_profiles; b->name && count < PROFILES_MOST; b++) {
        names[count++] = b->name;
        tcs_buf_printf(&all, "%s%s", all.len ? ", " : "", b->name);
    }
    names[count] = NULL;
    const char *near = tcs_nearest_word(name, names);
    if (near)
        tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "unknown profile '%.*s'; did you mean '%s'?",
                 TCS_STR_ARG(name), near);
    else
        tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "unknown profile '%.*s'; there are %.*s", TCS_STR_ARG(name),
                 TCS_STR_ARG(tcs_buf_view(&all)));
    tcs_buf_done(&all);
    (void)p;
    return err->code;
}

static enum tcs_code choose(struct profiles *p, struct tcs_str name, struct tcs_err *err)
{
    size_t i;
    if (find(p, name, &i) == NULL)
        return unknown_profile(p, name, err);
    p->is_chosen[i] = true;
    return TCS_OK;
}

static bool looks_like_file(const char *word)
{
    size_t len = strlen(word);
    return strchr(word, '/') || strchr(word, '\\') || (len > 5 && strcmp(word + len - 5, ".yaml") == 0);
}

static enum tcs_code load_profiles(const struct tcs_rule_words *words, const struct tcs_config *config,
                                   struct tcs_arena *arena, struct profiles *p, struct tcs_err *err)
{
    enum tcs_code code = add_builtin(p, arena, err);
    for (size_t i = 0; code == TCS_OK && i < config->profile_files.count; i++) {
        char *path = tcs_arena_alloc(arena, config->profile_files.at[i].len + 1);
        if (path == NULL)
            return no_room(err);
        memcpy(path, config->profile_files.at[i].p, config->profile_files.at[i].len);
        code = add_file(p, path, arena, false, err);
    }
    for (size_t i = 0; code == TCS_OK && i < config->profiles.count; i++)
        code = choose(p, config->profiles.at[i], err);
    for (size_t i = 0; code == TCS_OK && i < words->profile_count; i++)
        code = looks_like_file(words->profiles[i]) ? add_file(p, words->profiles[i], arena, true, err)
                                                   : choose(p, tcs_str_of(words->profiles[i]), err);
    return code;
}

/* Those that were chosen, and those that are always in force; all if none was chosen. */
static enum tcs_code keep_chosen(const struct profiles *p, struct tcs_arena *arena, struct tcs_rules *out,
                                 struct tcs_err *err)
{
    bool any = false;
    for (size_t i = 0; i < p->count; i++)
        any = any || p->is_chosen[i];
    out->profiles = tcs_arena_array(arena, p->count, sizeof *out->profiles);
    if (out->profiles == NULL)
        return no_room(err);
    for (size_t i = 0; i < p->count; i++)
        if (!any || p->is_chosen[i] || p->at[i].always)
            out->profiles[out->profile_count++] = p->at[i];
    return TCS_OK;
}

static enum tcs_code load_allow(const struct tcs_rule_words *words, const struct tcs_config *config,
                                struct tcs_arena *arena, struct tcs_rules *out, struct tcs_err *err)
{
    out->allow_count = config->allow_count + words->allow_count;
    out->allow = tcs_arena_array(arena, out->allow_count, sizeof *out->allow);
    if (out->allow == NULL)
        return no_room(err);
    if (config->allow_count)
        memcpy(out->allow, config->allow, config->allow_count * sizeof *out->allow);
    for (size_t i = 0; i < words->allow_count; i++) {
        struct tcs_need *need = &out->allow[config->allow_count + i];
        const char *why;
        need->path = tcs_str_of(words->allow[i]);
        if (!tcs_need_path_ok(need->path, &why))
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "--allow '%s': %s", words->allow[i], why);
    }
    return TCS_OK;
}

static enum tcs_code load_accounts(const struct tcs_rule_words *words, const struct tcs_config *config,
                                   struct tcs_arena *arena, struct tcs_rules *out, struct tcs_err *err)
{
    size_t count = config->accounts.count + words->account_count;
    struct tcs_str *at = tcs_arena_array(arena, count, sizeof *at);
    if (at == NULL)
        return no_room(err);
    for (size_t i = 0; i < count; i++) {
        bool is_config = i < config->accounts.count;
        at[i] = is_config ? config->accounts.at[i] : tcs_str_of(words->accounts[i - config->accounts.count]);
        if (at[i].len == 0 || tcs_str_eq(at[i], TCS_STR("*")))
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                            "'%.*s' as an account would be everybody; name the one that the web server uses",
                            TCS_STR_ARG(at[i]));
    }
    out->accounts = (struct tcs_strs){at, count};
    return TCS_OK;
}

static enum tcs_code load_workers(const struct tcs_rule_words *words, const struct tcs_config *config,
                                  struct tcs_arena *arena, struct tcs_rules *out, struct tcs_err *err)
{
    out->worker_count = config->worker_count + words->worker_count;
    out->workers = tcs_arena_array(arena, out->worker_count, sizeof *out->workers);
    if (out->workers == NULL)
        return no_room(err);
    if (config->worker_count)
        memcpy(out->workers, config->workers, config->worker_count * sizeof *out->workers);
    for (size_t i = 0; i < words->worker_count; i++) {
        struct tcs_worker *worker = &out->workers[config->worker_count + i];
        worker->image = tcs_str_of(words->workers[i]);
        worker->title = TCS_STR("your web server");
        size_t slash = tcs_str_rfind(worker->image, '\\');
        struct tcs_str name =
            tcs_str_cut(worker->image, slash == worker->image.len ? 0 : slash + 1, worker->image.len);
        if (name.len == 0 || tcs_str_eq(name, TCS_STR("*")))
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                            "--worker '%s': name the program of your web server", words->workers[i]);
    }
    return TCS_OK;
}

enum tcs_code tcs_rules_load(const struct tcs_rule_words *words, struct tcs_arena *arena,
                             struct tcs_config *config, struct tcs_rules *out, struct tcs_err *err)
{
    *out = (struct tcs_rules){0};
    *config = (struct tcs_config){0};
    enum tcs_code code = TCS_OK;
    if (words->config_file) {
        struct tcs_str text;
        code = read_file(words->config_file, arena, &text, err);
        if (code == TCS_OK)
            code = tcs_config_read(text, tcs_str_of(words->config_file), arena, config, err);
    }
    struct profiles *p = tcs_arena_alloc(arena, sizeof *p);
    if (code == TCS_OK && p == NULL)
        code = no_room(err);
    if (code == TCS_OK)
        code = load_profiles(words, config, arena, p, err);
    if (code == TCS_OK)
        code = keep_chosen(p, arena, out, err);
    if (code == TCS_OK)
        code = load_allow(words, config, arena, out, err);
    if (code == TCS_OK)
        code = load_accounts(words, config, arena, out, err);
    if (code == TCS_OK)
        code = load_workers(words, config, arena, out, err);
    out->volumes = config->volumes;
    out->volume_count = config->volume_count;
    out->system_root = config->system_root;
    out->dedicated = config->dedicated || words->dedicated;
    return code;
}
