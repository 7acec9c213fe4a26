#include "engine/identity.h"

#include "base/cursor.h"
#include "base/fold.h"

#include <stdlib.h>

enum { KEY_MOST = 2048 }; /* raw bytes of one account's values */

/* The logon sessions that are the same on every machine since XP. */
enum { LOGON_SYSTEM = 0x3e7, LOGON_IUSR = 0x3e3 };

static bool same_key(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_bytes *k = key;
    const struct account *a = account_at(ctx, slot);
    return a->memory && a->key.len == k->len && memcmp(a->key.p, k->p, k->len) == 0;
}

static void release(struct tcs_engine *e, uint32_t slot)
{
    struct account *a = account_edit(e, slot);
    tcs_map_remove(&e->account_by_raw, a->hash, slot);
    free(a->memory);
    a->memory = NULL;
    tcs_slots_give(&e->accounts, slot);
}

void account_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->accounts.used; i++)
        if (account_at(e, i)->memory)
            release(e, i);
}

/* The mark of a sweep, which is not stored. */
static void set_in_use(struct tcs_engine *e, uint32_t slot, bool in_use)
{
    ((struct account *)tcs_slots_at(&e->accounts, slot))->in_use = in_use;
}

static void sweep(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->accounts.used; i++)
        if (account_at(e, i)->memory)
            set_in_use(e, i, false);
    for (uint32_t i = 0; i < e->processes.used; i++) {
        const struct process *p = process_at(e, i);
        if ((p->flags & P_LIVE) && p->account != NONE)
            set_in_use(e, p->account, true);
    }
    for (uint32_t i = 0; i < e->hosts.used; i++) {
        const struct host *h = host_at(e, i);
        for (uint32_t k = 0; h->name.p && h->opens && k < e->limits->opens; k++)
            if (h->opens[k].in_use && h->opens[k].claim.account != NONE)
                set_in_use(e, h->opens[k].claim.account, true);
    }
    for (uint32_t i = 0; i < e->accounts.used; i++)
        if (account_at(e, i)->memory && !account_at(e, i)->in_use && i != e->temporary_account)
            release(e, i);
}

/* What an event says of an account, before it is looked up. */
struct parts {
    struct tcs_value sid, name, domain;
    bool is_joined; /* name is DOMAIN\name */
};

enum { KEY_HEAD = 5 }; /* type and length before the bytes of a value */

static bool add_to_key(uint8_t *key, size_t *len, struct tcs_value v)
{
    if (*len + KEY_HEAD > KEY_MOST || v.len > KEY_MOST - *len - KEY_HEAD)
        return false;
    key[*len] = v.type;
    for (unsigned i = 0; i < 4; i++)
        key[*len + 1 + i] = (uint8_t)(v.len >> (8 * i));
    if (v.len)
        memcpy(key + *len + KEY_HEAD, v.p, v.len);
    *len += KEY_HEAD + v.len;
    return true;
}

/* True if v is the value that stands at *at of a key; *at goes behind it. */
static bool is_in_key(struct tcs_bytes key, size_t *at, struct tcs_value v)
{
    if (key.len - *at < KEY_HEAD || v.len > key.len - *at - KEY_HEAD)
        return false;
    const uint8_t *p = key.p + *at;
    *at += KEY_HEAD + v.len;
    return p[0] == v.type && tcs_le32(p + 1) == v.len &&
           tcs_same_bytes(p + KEY_HEAD, v.p, v.len);
}

static bool has_key(const struct account *a, const struct parts *parts)
{
    size_t at = 0;
    return a->memory && is_in_key(a->key, &at, parts->sid) && is_in_key(a->key, &at, parts->name) &&
           is_in_key(a->key, &at, parts->domain) && at == a->key.len;
}

/* Where an account that was met lately may stand, by the ends of its SID and name. */
static uint32_t *recent(struct tcs_engine *e, const struct parts *parts)
{
    struct tcs_value sid = parts->sid, name = parts->name;
    uint32_t few = sid.len + 7 * name.len;
    if (sid.len >= 4)
        few += tcs_le32(sid.p + sid.len - 4);
    if (name.len >= 4)
        few ^= tcs_le32(name.p + name.len - 4);
    return &e->recent_accounts[(few * 2654435761u) >> 26];
}

/* The texts of an account behind its key, in one piece of memory. */
static bool fill(struct tcs_engine *e, struct account *a, const struct parts *parts, struct tcs_bytes key,
                 const struct tcs_ruleset *rules)
{
    struct tcs_buf name, domain;
    tcs_buf_init(&name, 4 * KEY_MOST);
    tcs_buf_init(&domain, 4 * KEY_MOST);
    if (!tcs_value_is_absent(parts->name))
        tcs_buf_value(&name, parts->name);
    if (!tcs_value_is_absent(parts->domain))
        tcs_buf_value(&domain, parts->domain);
    uint8_t *memory = malloc(key.len + name.len + domain.len + 1);
    bool no_room = memory == NULL;
    if (memory && !name.bad && !domain.bad) {
        if (key.len)
            memcpy(memory, key.p, key.len);
        a->key = (struct tcs_bytes){memory, key.len};
        char *text = (char *)memory + key.len;
        memcpy(text, tcs_buf_view(&name).p, name.len);
        memcpy(text + name.len, tcs_buf_view(&domain).p, domain.len);
        a->who.name = (struct tcs_str){text, name.len};
        a->who.domain = (struct tcs_str){text + name.len, domain.len};
        size_t slash = tcs_str_find(a->who.name, '\\');
        a->is_joined = parts->is_joined;
        if (parts->is_joined && slash < name.len) {
            a->who.domain = tcs_str_cut(a->who.name, 0, slash);
            a->who.name = tcs_str_cut(a->who.name, slash + 1, name.len);
        }
        tcs_value_sid(parts->sid, &a->who.sid);
        if (tcs_sid_is_null(&a->who.sid))
            a->who.sid.len = 0;
        a->memory = memory;
        a->rule = tcs_ruleset_account(rules, &a->who, &a->by_sid);
        static const struct tcs_sid system = {12, {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}};
        a->is_system = tcs_sid_eq(&a->who.sid, &system);
        memory = NULL;
    }
    e->counts.no_memory += name.starved || domain.starved || no_room;
    free(memory);
    tcs_buf_done(&name);
    tcs_buf_done(&domain);
    return a->memory != NULL;
}

static uint32_t temporary(struct tcs_engine *e, const struct parts *parts, const struct tcs_ruleset *rules)
{
    e->counts.accounts_lost++;
    if (e->temporary_account == NONE)
        return NONE;
    struct account *a = account_edit(e, e->temporary_account);
    free(a->memory);
    *a = (struct account){0};
    return fill(e, a, parts, (struct tcs_bytes){NULL, 0}, rules) ? e->temporary_account : NONE;
}

/* The account with these values, by the map; made if it is new. */
static uint32_t find_account(struct tcs_engine *e, uint32_t host, const struct parts *parts)
{
    const struct tcs_ruleset *rules = host_rules(e, host_at(e, host));
    uint8_t raw[KEY_MOST];
    size_t len = 0;
    if (!add_to_key(raw, &len, parts->sid) || !add_to_key(raw, &len, parts->name) ||
        !add_to_key(raw, &len, parts->domain))
        return temporary(e, parts, rules);
    struct tcs_bytes key = {raw, len};
    uint64_t hash = tcs_hash(e->key, key);
    uint32_t slot = tcs_map_find(&e->account_by_raw, hash, same_key, e, &key);
    if (slot != NONE)
        return slot;
    slot = tcs_slots_take(&e->accounts);
    if (slot == NONE) {
        sweep(e);
        slot = tcs_slots_take(&e->accounts);
    }
    if (slot == NONE)
        return temporary(e, parts, rules);
    struct account *a = account_edit(e, slot);
    a->hash = hash;
    if (fill(e, a, parts, key, rules) && tcs_map_add(&e->account_by_raw, hash, slot))
        return slot;
    e->counts.no_memory += a->memory != NULL; /* then it is the index that has no room */
    free(a->memory);
    a->memory = NULL;
    tcs_slots_give(&e->accounts, slot);
    return temporary(e, parts, rules);
}

/* The next value of a key. */
static bool take_value(struct tcs_cursor *c, struct tcs_value *v)
{
    v->type = tcs_take_u8(c);
    v->len = tcs_take_u32(c);
    v->p = tcs_take(c, v->len);
    bool damaged = c->bad;
    for (size_t at = 0; !damaged && v->type == TCS_VALUE_UTF8 && at < v->len;)
        tcs_utf8_next((struct tcs_bytes){v->p, v->len}, &at, &damaged);
    return !damaged;
}

bool account_load(struct tcs_engine *e, uint32_t slot, const struct account *from)
{
    struct parts parts = {.is_joined = from->is_joined};
    struct tcs_cursor c = tcs_cursor_of(from->key);
    bool ok = take_value(&c, &parts.sid) && take_value(&c, &parts.name) && take_value(&c, &parts.domain) &&
              tcs_cursor_left(&c) == 0;
    if (!ok || from->key.len > KEY_MOST || !tcs_slots_take_at(&e->accounts, slot))
        return false;
    struct account *a = account_edit(e, slot);
    a->hash = tcs_hash(e->key, from->key);
    /* What makes an account the web server's does not depend on where Windows is. */
    if (!fill(e, a, &parts, from->key, e->rulesets[0]))
        return false;
    a->is_system = a->is_system || from->is_system;
    return tcs_map_add(&e->account_by_raw, a->hash, slot);
}

static uint32_t account_of(struct tcs_engine *e, uint32_t host, const struct parts *parts)
{
    uint32_t *guess = recent(e, parts);
    if (*guess != NONE && has_key(account_at(e, *guess), parts))
        return *guess;
    uint32_t slot = find_account(e, host, parts);
    *guess = slot == e->temporary_account ? NONE : slot;
    return slot;
}

void identity_learn_logon(struct tcs_engine *e, uint32_t host, uint64_t logon)
{
    if (logon == 0)
        return;
    for (unsigned i = 0; i < HOST_WEB_LOGONS; i++)
        if (host_at(e, host)->web_logons[i] == logon)
            return;
    struct host *h = host_edit(e, host);
    h->web_logons[h->web_logon_next++ % HOST_WEB_LOGONS] = logon;
}

static bool is_web_logon(const struct host *h, uint64_t logon)
{
    if (logon == LOGON_IUSR)
        return true;
    unsigned used = h->web_logon_next < HOST_WEB_LOGONS ? h->web_logon_next : HOST_WEB_LOGONS;
    for (unsigned i = 0; i < used && logon; i++)
        if (h->web_logons[i] == logon)
            return true;
    return false;
}

/* SIDs of one part, S-1-5-18 and the like, leave no doubt and no room for names. */
static bool is_fixed_sid(const struct tcs_sid *sid)
{
    return sid->len == 12;
}

static bool is_web_sid(const struct host *h, const struct tcs_sid *sid)
{
    unsigned used = h->web_sid_next < HOST_WEB_SIDS ? h->web_sid_next : HOST_WEB_SIDS;
    for (unsigned i = 0; i < used && sid->len; i++)
        if (tcs_sid_eq(&h->web_sids[i], sid))
            return true;
    return false;
}

/* An account keeps its SID when it is renamed: what once bore a web account's name stays one. */
static void learn_sid(struct tcs_engine *e, uint32_t host, const struct tcs_sid *sid)
{
    if (sid->len == 0 || is_web_sid(host_at(e, host), sid))
        return;
    struct host *h = host_edit(e, host);
    h->web_sids[h->web_sid_next++ % HOST_WEB_SIDS] = *sid;
}

/* SID first, then the logon session, then the name. */
static unsigned web_fact(struct tcs_engine *e, uint32_t host, const struct account *a, uint64_t logon)
{
    const struct host *h = host_at(e, host);
    if (a->rule && a->by_sid)
        return TCS_FACT_ACCOUNT_BY_SID;
    if (is_fixed_sid(&a->who.sid))
        return 0;
    if (is_web_sid(h, &a->who.sid))
        return TCS_FACT_ACCOUNT_BY_SID;
    if (a->rule) {
        learn_sid(e, host, &a->who.sid);
        return is_web_logon(h, logon) ? TCS_FACT_ACCOUNT_BY_LOGON : TCS_FACT_ACCOUNT_BY_NAME;
    }
    return is_web_logon(h, logon) ? TCS_FACT_ACCOUNT_BY_LOGON : 0;
}

static struct claim make_claim(struct tcs_engine *e, uint32_t host, const struct parts *parts,
                               struct tcs_value logon)
{
    struct claim c = {.account = NONE};
    bool has_logon = tcs_value_logon_id(logon, &c.logon);
    if (tcs_value_is_absent(parts->sid) && tcs_value_is_absent(parts->name))
        return (struct claim){.account = NONE};
    struct tcs_sid sid;
    bool is_nobody = tcs_value_sid(parts->sid, &sid) && tcs_sid_is_null(&sid);
    if (is_nobody && tcs_value_is_absent(parts->name))
        return (struct claim){.account = NONE};
    c.account = account_of(e, host, parts);
    if (c.account == NONE)
        return c;
    const struct account *a = account_at(e, c.account);
    if (has_logon && c.logon == LOGON_SYSTEM && a->who.sid.len == 0 && !a->is_system)
        account_edit(e, c.account)->is_system =
            true; /* Sysmon: a name in some language, but the session tells */
    c.web = web_fact(e, host, a, c.logon);
    return c;
}

struct claim claim_of(struct tcs_engine *e, uint32_t host, const struct tcs_event *ev,
                      enum identity_place place)
{
    const struct tcs_value *v = ev->v + place;
    struct parts parts = {.sid = v[0], .name = v[1], .domain = v[2]};
    return make_claim(e, host, &parts, v[3]);
}

struct claim claim_of_user(struct tcs_engine *e, uint32_t host, struct tcs_value user, struct tcs_value logon)
{
    struct parts parts = {.name = user, .is_joined = true};
    return make_claim(e, host, &parts, logon);
}

static bool names_eq(const struct tcs_identity *a, const struct tcs_identity *b)
{
    return a->name.len && tcs_fold_eq(a->name, b->name) && tcs_fold_eq(a->domain, b->domain);
}

enum sameness account_same(const struct tcs_engine *e, uint32_t a, uint32_t b)
{
    if (a == NONE || b == NONE)
        return SAME_UNKNOWN;
    if (a == b)
        return SAME_YES;
    const struct account *x = account_at(e, a), *y = account_at(e, b);
    if (x->is_system || y->is_system)
        return x->is_system == y->is_system ? SAME_YES : SAME_NO;
    if (x->who.sid.len && y->who.sid.len)
        return tcs_sid_eq(&x->who.sid, &y->who.sid) ? SAME_YES : SAME_NO;
    if (names_eq(&x->who, &y->who))
        return SAME_YES;
    /*
     * One record has a SID, the other a name only. Security calls NETWORK
     * SERVICE by the machine's name, Sysmon in the system's language: then
     * names say nothing.
     */
    bool fixed = is_fixed_sid(&x->who.sid) || is_fixed_sid(&y->who.sid);
    return fixed || x->who.name.len == 0 || y->who.name.len == 0 ? SAME_UNKNOWN : SAME_NO;
}
