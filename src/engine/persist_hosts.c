#include "engine/host.h"
#include "engine/incident.h"
#include "engine/opens.h"
#include "engine/origin.h"
#include "engine/persist_rows.h"

#include <stdlib.h>

enum { NAME_MOST = 4096 };

/* ---- meta ---- */

/* What the other rows are made of; a state of another shape is not understood. */
static const uint32_t shape[] = {1,          TCS_RULE_COUNT, TCS_ORIGIN_COUNT, HOST_WEB_LOGONS, HOST_WEB_SIDS,
                                 EXITED_KEPT};

static void carry_counts(struct row *r, struct tcs_engine_counts *counts)
{
    uint64_t n[sizeof *counts / sizeof(uint64_t)];
    memcpy(n, counts, sizeof n);
    for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
        row_u64(r, &n[i], UINT64_MAX);
    memcpy(counts, n, sizeof n);
}

static void carry_meta(struct row *r, struct tcs_engine *e)
{
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++) {
        uint32_t is = shape[i];
        row_u32(r, &is, UINT32_MAX);
        r->bad = r->bad || is != shape[i];
    }
    row_u64(r, &e->serial, UINT64_MAX / 2);
    row_u32(r, &e->exited_next, UINT32_MAX);
    row_u32(r, &e->host_hand, UINT32_MAX);
    row_u32(r, &e->process_hand, UINT32_MAX);
    row_u32(r, &e->incident_count, NONE - 1);
    carry_counts(r, &e->counts);
}

static void save_meta(struct saving *s)
{
    struct row r = saving_row(s);
    carry_meta(&r, s->e);
    saving_put(s, ROW_META, NULL);
}

static enum tcs_code load_meta(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    (void)numbers;
    carry_meta(r, e);
    e->incident_base = e->oldest_open = e->incident_count;
    return TCS_OK;
}

const struct row_kind row_meta = {.save = save_meta, .load = load_meta};

/* ---- system roots ---- */

static void save_rulesets(struct saving *s)
{
    for (uint32_t i = s->e->rulesets_stored; i < s->e->ruleset_count; i++) {
        struct row r = saving_row(s);
        row_str(&r, &s->e->rulesets[i]->places.system_root, NAME_MOST);
        saving_put(s, ROW_RULESET, &i);
    }
}

static void saved_rulesets(struct tcs_engine *e)
{
    e->rulesets_stored = e->ruleset_count;
}

static void forget_rulesets(struct tcs_engine *e)
{
    e->rulesets_stored = 0;
}

static enum tcs_code load_ruleset(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct tcs_str root = {"", 0};
    row_str(r, &root, NAME_MOST);
    /* The first is the one that holds as long as nothing is known, as the configuration has it now. */
    if (!r->bad && numbers[0] > 0)
        r->bad = numbers[0] != e->ruleset_count || !host_load_ruleset(e, root);
    return TCS_OK;
}

const struct row_kind row_ruleset = {.numbers = 1,
                                     .save = save_rulesets,
                                     .saved = saved_rulesets,
                                     .forget = forget_rulesets,
                                     .load = load_ruleset};

/* ---- hosts ---- */

bool finding_ref_ok(const struct tcs_engine *e, struct finding_ref ref)
{
    if (ref.incident == NONE)
        return true;
    const struct tcs_incident *open = incident_open(e, ref.incident);
    return ref.incident < e->incident_count && (open == NULL || ref.index < open->finding_count);
}

void row_finding_ref(struct row *r, struct finding_ref *ref)
{
    if (ref->index == NONE)
        ref->incident = NONE;
    row_place(r, &ref->incident, NONE);
    row_place(r, &ref->index, NONE);
}

static void carry_channel(struct row *r, struct channel_state *c)
{
    row_u64(r, &c->last_record, UINT64_MAX);
    row_time(r, &c->last_time);
    row_u16(r, &c->last_id, UINT16_MAX);
}

static void carry_memory(struct row *r, struct host *h)
{
    for (unsigned i = 0; i < HOST_WEB_LOGONS; i++)
        row_u64(r, &h->web_logons[i], UINT64_MAX);
    row_u32(r, &h->web_logon_next, UINT32_MAX);
    for (unsigned i = 0; i < HOST_WEB_SIDS; i++)
        row_sid(r, &h->web_sids[i]);
    row_u32(r, &h->web_sid_next, UINT32_MAX);
    row_u32(r, &h->open_next, UINT32_MAX);
    for (unsigned i = 0; i < TCS_ORIGIN_COUNT; i++)
        carry_channel(r, &h->channels[i]);
}

static void carry_host(struct row *r, const struct tcs_engine *e, struct host *h)
{
    uint8_t clock = (uint8_t)h->clock;
    row_str(r, &h->name, NAME_MOST);
    row_u16(r, &h->ruleset, (uint16_t)(e->ruleset_count - 1));
    row_u32(r, &h->referenced, 1);
    row_bool(r, &h->root_learned);
    row_bool(r, &h->root_guessed);
    carry_memory(r, h);
    row_time(r, &h->last_boot);
    row_bool(r, &h->has_booted);
    row_bool(r, &h->tracked_processes);
    row_bool(r, &h->tracked_objects);
    row_bool(r, &h->tables_full_told);
    for (unsigned i = 0; i < TCS_RULE_COUNT; i++)
        row_place(r, &h->blind_incidents[i], e->incident_count);
    row_finding_ref(r, &h->stop.ref);
    row_time(r, &h->stop.time);
    row_time(r, &h->shutdown);
    row_bool(r, &h->has_shutdown);
    row_u8(r, &clock, CLOCK_CHANGED_BY_MACHINE);
    row_u64(r, &h->clock_record, UINT64_MAX);
    h->clock = (enum clock_state)clock;
}

static bool host_is_live(const struct tcs_engine *e, uint32_t host)
{
    return host_at(e, host)->name.p != NULL;
}

static void write_host(struct tcs_engine *e, uint32_t host, struct row *r)
{
    struct host h = *host_at(e, host);
    carry_host(r, e, &h);
}

static struct row_table host_table(struct tcs_engine *e)
{
    return (struct row_table){ROW_HOST, &e->changed.hosts, &e->stored.hosts, e->hosts.used,
                              0,        host_is_live,      write_host};
}

static enum tcs_code load_host(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct host h = {0};
    if (numbers[0] >= e->limits->hosts)
        return TCS_LIMIT;
    carry_host(r, e, &h);
    r->bad = r->bad || !finding_ref_ok(e, h.stop.ref) || !host_load(e, numbers[0], &h);
    return TCS_OK;
}

const struct row_kind row_host = {.numbers = 1, .table = host_table, .load = load_host};

/* ---- opened programs ---- */

static void carry_open(struct row *r, struct tcs_engine *e, struct open_program *o)
{
    struct tcs_evidence *ev = &o->evidence;
    row_u64(r, &o->pid, UINT64_MAX);
    row_u64(r, &o->handle, UINT64_MAX);
    row_place(r, &o->image, e->images.used);
    row_place(r, &o->claim.account, e->accounts.used);
    row_u64(r, &o->claim.logon, UINT64_MAX);
    row_u32(r, &o->claim.web, UINT32_MAX);
    row_finding_ref(r, &o->ref);
    row_evidence(r, e, ev);
}

static const struct open_program *open_at(const struct tcs_engine *e, uint32_t place)
{
    const struct host *h = host_at(e, place / e->limits->opens);
    return h->name.p && h->opens ? &h->opens[place % e->limits->opens] : NULL;
}

static bool open_is_live(const struct tcs_engine *e, uint32_t place)
{
    const struct open_program *o = open_at(e, place);
    return o && o->in_use && o->image != e->temporary_image;
}

static void write_open(struct tcs_engine *e, uint32_t place, struct row *r)
{
    const struct open_program *live = open_at(e, place);
    if (live == NULL)
        return; /* what is not live is not written */
    struct open_program o = *live;
    if (o.claim.account == e->temporary_account)
        o.claim.account = NONE;
    carry_open(r, e, &o);
}

static struct row_table open_table(struct tcs_engine *e)
{
    return (struct row_table){
        ROW_OPEN,         &e->changed.opens, &e->stored.opens, e->hosts.used * e->limits->opens,
        e->limits->opens, open_is_live,      write_open};
}

static enum tcs_code load_open(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct open_program o = {.in_use = true};
    if (numbers[1] >= e->limits->opens)
        return TCS_LIMIT;
    carry_open(r, e, &o);
    bool has_host = numbers[0] < e->hosts.used && host_is_live(e, numbers[0]);
    if (r->bad || !has_host || o.image == NONE || image_at(e, o.image)->memory == NULL ||
        (o.claim.account != NONE && account_at(e, o.claim.account)->memory == NULL) ||
        !finding_ref_ok(e, o.ref)) {
        r->bad = true;
        return TCS_OK;
    }
    struct host *h = host_edit(e, numbers[0]);
    if (h->opens == NULL)
        h->opens = calloc(e->limits->opens, sizeof *h->opens);
    if (h->opens == NULL)
        return TCS_NOMEM;
    h->opens[numbers[1]] = o;
    open_touch(e, numbers[0], &h->opens[numbers[1]]);
    return TCS_OK;
}

const struct row_kind row_open = {.numbers = 2, .table = open_table, .load = load_open};
