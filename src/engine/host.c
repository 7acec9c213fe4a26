#include "engine/host.h"
#include "engine/identity.h"
#include "engine/opens.h"
#include "engine/process.h"

#include "base/fold.h"

#include <stdlib.h>

enum { HOST_NAME_MOST = 512 }; /* bytes; longer names are cut, no computer has one */

/* The rules compiled for a system root; those of the usual root if there is no room for more. */
static uint16_t ruleset_for(struct tcs_engine *e, struct tcs_str root)
{
    for (unsigned i = 0; i < e->ruleset_count; i++)
        if (tcs_fold_eq(e->rulesets[i]->places.system_root, root))
            return (uint16_t)i;
    if (e->ruleset_count == RULESETS_MOST) {
        e->counts.roots_lost++;
        return 0;
    }
    struct tcs_ruleset *set = malloc(sizeof *set);
    if (set == NULL || tcs_ruleset_init(set, e->rules, root, e->key, NULL) != TCS_OK) {
        free(set);
        e->counts.no_memory++;
        return 0;
    }
    e->rulesets[e->ruleset_count] = set;
    return (uint16_t)e->ruleset_count++;
}

struct name_key {
    const struct tcs_engine *e;
    struct tcs_str name;
};

static bool same_name(const void *ctx, const void *key, uint32_t slot)
{
    return tcs_fold_eq(host_at(ctx, slot)->name, *(const struct tcs_str *)key);
}

static void host_free(struct tcs_engine *e, uint32_t host)
{
    struct host *h = host_edit(e, host);
    tcs_map_remove(&e->host_by_name, h->hash, host);
    open_forget_all(e, host);
    union {
        const char *view;
        char *owned;
    } name = {h->name.p}; /* ours, and shown to others as constant */
    free(name.owned);
    free(h->opens);
    h->name.p = NULL;
    tcs_slots_give(&e->hosts, host);
}

void host_drop(struct tcs_engine *e, uint32_t host)
{
    process_drop_host(e, host, (struct tcs_time){INT64_MAX});
    host_free(e, host);
    if (e->last_host == host)
        e->last_host = NONE;
}

void host_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->hosts.used; i++)
        if (host_at(e, i)->name.p)
            host_free(e, i);
    for (unsigned i = 0; i < e->ruleset_count; i++) {
        tcs_ruleset_done(e->rulesets[i]);
        free(e->rulesets[i]);
    }
}

/* Makes room: the hand passes hosts that were used since its last visit and drops the first that was not. */
static void evict(struct tcs_engine *e)
{
    for (uint32_t steps = 0; steps <= 2 * e->hosts.used; steps++) {
        uint32_t host = e->host_hand++ % e->hosts.used;
        if (host_at(e, host)->name.p == NULL)
            continue;
        if (host_at(e, host)->referenced) {
            host_edit(e, host)->referenced = 0;
            continue;
        }
        host_drop(e, host);
        e->counts.hosts_evicted++;
        return;
    }
}

static uint32_t host_new(struct tcs_engine *e, struct tcs_str name, uint64_t hash)
{
    uint32_t host = tcs_slots_take(&e->hosts);
    if (host == NONE && e->hosts.used) {
        evict(e);
        host = tcs_slots_take(&e->hosts);
    }
    char *copy = host == NONE ? NULL : malloc(name.len + 1);
    if (copy == NULL || !tcs_map_add(&e->host_by_name, hash, host)) {
        free(copy);
        if (host != NONE)
            tcs_slots_give(&e->hosts, host);
        e->counts.no_memory++;
        return NONE;
    }
    memcpy(copy, name.p, name.len);
    struct host *h = host_edit(e, host);
    h->name = (struct tcs_str){copy, name.len};
    h->hash = hash;
    h->first_process = NONE;
    for (unsigned i = 0; i < TCS_RULE_COUNT; i++)
        h->blind_incidents[i] = NONE;
    h->stop.ref = (struct finding_ref){NONE, NONE};
    h->root_learned = e->rules->system_root.len != 0;
    return host;
}

bool host_load(struct tcs_engine *e, uint32_t host, const struct host *from)
{
    char folded[HOST_NAME_MOST];
    if (from->name.len == 0 || from->name.len > HOST_NAME_MOST || !tcs_slots_take_at(&e->hosts, host))
        return false;
    char *copy = malloc(from->name.len + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, from->name.p, from->name.len);
    struct host *h = host_edit(e, host);
    *h = *from;
    h->name.p = copy;
    tcs_fold(from->name, folded);
    h->hash = tcs_hash(e->key, (struct tcs_bytes){(uint8_t *)folded, from->name.len});
    h->first_process = NONE;
    h->opens = NULL;
    if (e->rules->system_root.len) { /* the configuration says it now */
        h->ruleset = 0;
        h->root_learned = true;
    }
    return tcs_map_add(&e->host_by_name, h->hash, host);
}

bool host_load_ruleset(struct tcs_engine *e, struct tcs_str root)
{
    uint16_t count = (uint16_t)e->ruleset_count;
    return ruleset_for(e, root) == count && e->ruleset_count == count + 1u;
}

/* The computer's name as UTF-8 in out. */
static struct tcs_str computer_name(const struct tcs_event *ev, struct tcs_buf *out)
{
    tcs_buf_value(out, ev->rec->system[TCS_SYS_COMPUTER]);
    struct tcs_str name = tcs_buf_view(out);
    if (out->bad || name.len == 0)
        return TCS_STR("(unnamed)");
    size_t len = name.len < HOST_NAME_MOST ? name.len : HOST_NAME_MOST;
    while (len < name.len && len && ((uint8_t)name.p[len] & 0xC0) == 0x80) /* not within a character */
        len--;
    return tcs_str_cut(name, 0, len);
}

/*
 * NT 4 and 2000 are in \WINNT, XP and 2003 in \WINDOWS. Until the log shows
 * the root by a program of the system itself, the first path decides.
 */
static void guess_root(struct tcs_engine *e, struct host *h, const struct tcs_event *ev)
{
    static const enum tcs_key keys[] = {TCS_KEY_IMAGE, TCS_KEY_CREATOR_IMAGE, TCS_KEY_OBJECT_NAME};
    struct tcs_str winnt = TCS_STR("\\WINNT\\");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct tcs_value v = ev->v[keys[i]];
        struct tcs_buf text;
        tcs_buf_init(&text, TCS_PATH_BYTES_MOST + 64);
        if (!tcs_value_is_absent(v) && v.len < TCS_PATH_BYTES_MOST / 4)
            tcs_buf_value(&text, v);
        struct tcs_str path = tcs_buf_view(&text);
        bool has_drive =
            path.len > 2 && path.p[1] == ':' && (path.p[0] | 0x20) >= 'a' && (path.p[0] | 0x20) <= 'z';
        struct tcs_str rest = has_drive ? tcs_str_cut(path, 2, path.len) : path;
        bool is_full = rest.len > winnt.len && rest.p[0] == '\\';
        if (is_full && tcs_str_eq_ascii_nocase(tcs_str_cut(rest, 0, winnt.len), winnt)) {
            char root[] = "C:\\WINNT";
            root[0] = has_drive ? path.p[0] : 'C';
            h->ruleset = ruleset_for(e, tcs_str_of(root));
        }
        h->root_guessed = h->root_guessed || is_full;
        e->counts.no_memory += text.starved;
        tcs_buf_done(&text);
    }
}

/* The host with the name that the event gives; made if it is new. */
static uint32_t host_by_name(struct tcs_engine *e, const struct tcs_event *ev)
{
    char folded[HOST_NAME_MOST];
    struct tcs_buf text;
    tcs_buf_init(&text, 8 * HOST_NAME_MOST);
    struct tcs_str name = computer_name(ev, &text);
    tcs_fold(name, folded);
    uint64_t hash = tcs_hash(e->key, (struct tcs_bytes){(uint8_t *)folded, name.len});
    uint32_t host = tcs_map_find(&e->host_by_name, hash, same_name, e, &name);
    if (host == NONE)
        host = host_new(e, name, hash);
    e->counts.no_memory += text.starved;
    tcs_buf_done(&text);
    return host;
}

uint32_t host_of(struct tcs_engine *e, const struct tcs_event *ev)
{
    struct tcs_value computer = ev->rec->system[TCS_SYS_COMPUTER];
    uint32_t host = e->last_host;
    if (host == NONE || !tcs_value_copy_is(&e->last_computer, computer)) {
        host = host_by_name(e, ev);
        e->last_host = tcs_value_copy_keep(&e->last_computer, computer) ? host : NONE;
    }
    if (host == NONE)
        return NONE;
    struct host *h = host_edit(e, host);
    h->referenced = 1;
    if (!h->root_learned && !h->root_guessed && ev->origin == TCS_ORIGIN_SECURITY_EVT)
        guess_root(e, h, ev);
    return host;
}

/* Programs that only Windows itself starts, as SYSTEM and from its own folder. */
static const struct tcs_str core_programs[] = {
    TCS_STR_INIT("SMSS.EXE"),     TCS_STR_INIT("CSRSS.EXE"),    TCS_STR_INIT("WININIT.EXE"),
    TCS_STR_INIT("WINLOGON.EXE"), TCS_STR_INIT("SERVICES.EXE"), TCS_STR_INIT("LSASS.EXE"),
};

static bool is_core_program(const struct tcs_path *path)
{
    for (size_t i = 0; i < sizeof core_programs / sizeof core_programs[0]; i++)
        if (tcs_str_eq(path->name, core_programs[i]))
            return true;
    return false;
}

/* The root in a path like C:\WINDOWS\SYSTEM32\X.EXE or \WINNT\SYSTEM32\X.EXE; empty if there is none. */
static struct tcs_str root_in(const struct tcs_path *path)
{
    struct tcs_str tail = TCS_STR("\\SYSTEM32");
    struct tcs_str folder = tcs_str_cut(path->folded, 0, path->folded.len - path->name.len);
    if (folder.len == 0 || (path->kind != TCS_PATH_DRIVE && path->kind != TCS_PATH_ROOTED))
        return (struct tcs_str){"", 0};
    folder.len--; /* the backslash before the name */
    /* A star in it would make patterns of all entries; no folder has one, but a forged record may. */
    bool fits = tcs_str_ends(folder, tail) && !(path->traits & TCS_PATH_ODD) &&
                tcs_str_find(folder, '*') == folder.len;
    struct tcs_str root = tcs_str_cut(folder, 0, folder.len - (fits ? tail.len : folder.len));
    /* One folder below the drive: \WINNT, not a copy of the tree somewhere else. */
    size_t first = path->kind == TCS_PATH_DRIVE ? 2 : 0;
    return root.len > first + 1 && tcs_str_rfind(root, '\\') == first ? root : (struct tcs_str){"", 0};
}

void host_learn_root(struct tcs_engine *e, uint32_t host, const struct image *image, const struct claim *self)
{
    const struct host *h = host_at(e, host);
    /* \SystemRoot stands for whatever the root is; it teaches nothing. */
    bool names_root = image->text.len && tcs_str_find(image->text, '~') == image->text.len &&
                      !tcs_str_has_ascii_nocase(tcs_str_cut(image->text, 0, 11), TCS_STR("SystemRoot"));
    if (h->root_learned || !names_root || self->account == NONE || !account_at(e, self->account)->is_system ||
        !is_core_program(&image->path))
        return;
    struct tcs_str root = root_in(&image->path);
    if (root.len == 0)
        return;
    char text[HOST_NAME_MOST];
    size_t drive = image->path.kind == TCS_PATH_ROOTED ? 2 : 0;
    if (root.len + drive > sizeof text)
        return;
    memcpy(text, "C:", drive);
    memcpy(text + drive, root.p, root.len);
    uint16_t ruleset = ruleset_for(e, (struct tcs_str){text, drive + root.len});
    host_edit(e, host)->ruleset = ruleset;
    host_edit(e, host)->root_learned = true;
}
