#include "engine/internal.h"

#include <sha2.h>
#include <stdlib.h>

enum {
    ARENA_MOST = 256 << 20, /* bytes of one incident before a part of it is given out */
    CHAIN_MOST = 64,        /* ancestors that a tree gains with one finding */
    RECORD_FIELDS_MOST = 256,
};

/* ---- evidence ---- */

/* Channel and provider by origin, so that evidence need not copy them. */
static const struct {
    struct tcs_str channel, provider;
} origin_texts[TCS_ORIGIN_COUNT] = {
    [TCS_ORIGIN_SECURITY_EVT] = {TCS_STR_INIT("Security"), TCS_STR_INIT("Security")},
    [TCS_ORIGIN_AUDITING] = {TCS_STR_INIT("Security"), TCS_STR_INIT("Microsoft-Windows-Security-Auditing")},
    [TCS_ORIGIN_EVENTLOG] = {TCS_STR_INIT(""), TCS_STR_INIT("Microsoft-Windows-Eventlog")},
    [TCS_ORIGIN_SYSMON] = {TCS_STR_INIT("Microsoft-Windows-Sysmon/Operational"),
                           TCS_STR_INIT("Microsoft-Windows-Sysmon")},
    [TCS_ORIGIN_KERNEL_GENERAL] = {TCS_STR_INIT("System"), TCS_STR_INIT("Microsoft-Windows-Kernel-General")},
    [TCS_ORIGIN_EVENTLOG_OLD] = {TCS_STR_INIT("System"), TCS_STR_INIT("EventLog")},
    [TCS_ORIGIN_USER32] = {TCS_STR_INIT("System"), TCS_STR_INIT("User32")},
};

/* The channel of the event being fed, from a constant. */
static struct tcs_str channel_now(const struct tcs_engine *e)
{
    struct tcs_str text = origin_texts[e->ev->origin].channel;
    if (text.len)
        return text;
    bool is_security = tcs_value_eq_ascii_nocase(e->ev->rec->system[TCS_SYS_CHANNEL], TCS_STR("Security"));
    return is_security ? TCS_STR("Security") : TCS_STR("System");
}

struct tcs_evidence evidence_now(const struct tcs_engine *e, enum tcs_rule rule)
{
    return (struct tcs_evidence){
        .rule = rule,
        .event_id = e->ev->rec->event_id,
        .record_id = e->ev->rec->record_id,
        .time = e->ev->rec->time,
        .channel = channel_now(e),
        .provider = origin_texts[e->ev->origin].provider,
        .origin = e->origin,
        .state = e->ev->rec->state,
    };
}

struct tcs_evidence evidence_of_start(const struct tcs_engine *e, const struct process *p, enum tcs_rule rule)
{
    static const uint16_t start_ids[TCS_ORIGIN_COUNT] = {
        [TCS_ORIGIN_SECURITY_EVT] = 592,
        [TCS_ORIGIN_AUDITING] = 4688,
        [TCS_ORIGIN_SYSMON] = 1,
    };
    return (struct tcs_evidence){
        .rule = rule,
        .event_id = start_ids[p->start_origin],
        .record_id = p->start_record,
        .time = p->start,
        .channel = origin_texts[p->start_origin].channel,
        .provider = origin_texts[p->start_origin].provider,
        .origin = e->origin,
    };
}

static bool same_record(const struct tcs_evidence *a, const struct tcs_evidence *b)
{
    return a->event_id == b->event_id && a->record_id == b->record_id && a->time.ticks == b->time.ticks &&
           tcs_str_eq(a->channel, b->channel);
}

/* ---- severity ---- */

/* In this order the first row decides whose facts hold, unless one of `not` does. */
static const struct {
    uint32_t all, none;
    enum tcs_severity severity;
} severities[] = {
    {TCS_FACT_NOW_SYSTEM, TCS_FACT_WORKER_UNCONFIRMED, TCS_CRITICAL},
    {TCS_FACT_NOW_OTHER, TCS_FACT_WORKER_UNCONFIRMED, TCS_CRITICAL},
    {TCS_FACT_NOW_SYSTEM, 0, TCS_LIKELY},
    {TCS_FACT_NOW_OTHER, 0, TCS_LIKELY},
    {TCS_FACT_NOT_STARTED, 0, TCS_LIKELY},
    {TCS_FACT_ACCOUNT_BY_SID, 0, TCS_CERTAIN},
    {TCS_FACT_ACCOUNT_BY_LOGON, 0, TCS_CERTAIN},
    {TCS_FACT_ACCOUNT_BY_NAME, 0, TCS_CERTAIN},
    {TCS_FACT_WORKER_FIRM, 0, TCS_CERTAIN},
    {TCS_FACT_WORKER_INFERRED, 0, TCS_LIKELY},
    {TCS_FACT_WORKER_BY_NAME, 0, TCS_LIKELY},
    {TCS_FACT_WORKER_UNCONFIRMED, 0, TCS_POSSIBLE},
    {TCS_FACT_DEDICATED, 0, TCS_POSSIBLE},
};

/* verdict: of a listed program, whose entry says how much it matters; NULL or unlisted otherwise. */
static enum tcs_severity severity_of(uint32_t facts, const struct verdict *verdict)
{
    bool changed = (facts & (TCS_FACT_NOW_SYSTEM | TCS_FACT_NOW_OTHER)) != 0;
    if (verdict && verdict->is_listed && !changed)
        return verdict->severity;
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++)
        if ((facts & severities[i].all) == severities[i].all && !(facts & severities[i].none))
            return severities[i].severity;
    return TCS_POSSIBLE;
}

/* ---- ids ---- */

/*
 * The same records give the same id, whenever and wherever they are read.
 * SHA-256, because two findings of an intruder's making must not share one.
 */
static void make_id(char id[33], struct tcs_str host, const struct tcs_evidence *ev, uint64_t pid)
{
    uint64_t numbers[4] = {ev->record_id, (uint64_t)ev->time.ticks, pid, ev->event_id};
    uint8_t bytes[sizeof numbers];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(numbers[i / 8] >> (8 * (i % 8)));
    SHA2_CTX ctx;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Init(&ctx);
    SHA256Update(&ctx, (const uint8_t *)host.p, host.len);
    SHA256Update(&ctx, (const uint8_t *)"", 1);
    SHA256Update(&ctx, (const uint8_t *)ev->channel.p, ev->channel.len);
    SHA256Update(&ctx, (const uint8_t *)"", 1);
    SHA256Update(&ctx, bytes, sizeof bytes);
    SHA256Final(digest, &ctx);
    for (unsigned i = 0; i < 16; i++) {
        id[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    id[32] = '\0';
}

/* ---- incidents ---- */

static struct incident_slot *slot_at(const struct tcs_engine *e, uint32_t number)
{
    return &e->incidents[number];
}

/* Follows a number to the incident that goes on under it; NULL if it is over. */
static struct incident_slot *open_incident(const struct tcs_engine *e, uint32_t *number)
{
    while (*number != NONE) {
        struct incident_slot *slot = slot_at(e, *number);
        if (slot->incident)
            return slot;
        *number = slot->forward;
    }
    return NULL;
}

static struct tcs_incident *incident_new(struct tcs_engine *e, uint32_t host, uint32_t *number)
{
    if (e->incident_count == e->incident_cap) {
        uint32_t cap = e->incident_cap ? e->incident_cap * 2 : 16;
        struct incident_slot *slots = realloc(e->incidents, cap * sizeof *slots);
        if (slots == NULL)
            return NULL;
        e->incidents = slots;
        e->incident_cap = cap;
    }
    struct tcs_incident *incident = calloc(1, sizeof *incident);
    if (incident == NULL)
        return NULL;
    tcs_arena_init(&incident->arena, 2 * (size_t)ARENA_MOST);
    bool ok;
    incident->host = tcs_arena_str(&incident->arena, host_at(e, host)->name, &ok);
    *number = e->incident_count++;
    e->incidents[*number] = (struct incident_slot){incident, host, NONE};
    return incident;
}

static void incident_free(struct tcs_incident *incident)
{
    for (size_t i = 0; i < incident->finding_count; i++)
        free(incident->findings[i]->evidence);
    free(incident->findings);
    free(incident->nodes);
    tcs_arena_done(&incident->arena);
    free(incident);
}

static void incident_close(struct tcs_engine *e, uint32_t number, bool partial)
{
    struct incident_slot *slot = slot_at(e, number);
    struct tcs_incident *incident = slot->incident;
    slot->incident = NULL;
    if (e->effects.closed && incident->finding_count)
        e->effects.closed(e->effects.ctx, incident, partial);
    incident_free(incident);
    while (e->oldest_open < e->incident_count && slot_at(e, e->oldest_open)->incident == NULL)
        e->oldest_open++;
}

/* An incident that has grown too large: what there is is given out, a new part goes on under its id. */
static struct tcs_incident *split_if_large(struct tcs_engine *e, uint32_t *number)
{
    struct tcs_incident *incident = slot_at(e, *number)->incident;
    if (incident->finding_count < e->limits->findings && incident->arena.used < ARENA_MOST)
        return incident;
    uint32_t next;
    struct tcs_incident *more = incident_new(e, slot_at(e, *number)->host, &next);
    if (more == NULL)
        return incident;
    memcpy(more->id, incident->id, sizeof more->id);
    more->continues = true;
    slot_at(e, *number)->forward = next;
    incident_close(e, *number, true);
    *number = next;
    return more;
}

void incident_sweep(struct tcs_engine *e, struct tcs_time now)
{
    if (e->oldest_open == e->incident_count || tcs_time_before(now, e->next_sweep))
        return;
    struct tcs_time next = {INT64_MAX};
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++) {
        struct tcs_incident *incident = slot_at(e, i)->incident;
        if (incident == NULL)
            continue;
        struct tcs_time due = {incident->last.ticks + e->limits->incident_gap_seconds * TCS_TICKS_PER_SECOND};
        if (!tcs_time_before(now, due))
            incident_close(e, i, false);
        else if (tcs_time_before(due, next))
            next = due;
    }
    e->next_sweep = next;
}

void incident_close_all(struct tcs_engine *e)
{
    for (uint32_t i = e->oldest_open; i < e->incident_count; i++)
        if (slot_at(e, i)->incident)
            incident_close(e, i, false);
}

void incident_free_all(struct tcs_engine *e)
{
    for (uint32_t i = 0; i < e->incident_count; i++)
        if (slot_at(e, i)->incident)
            incident_free(slot_at(e, i)->incident);
    free(e->incidents);
}

/* ---- copies of what is known ---- */

static struct tcs_str copy_text(struct tcs_incident *incident, struct tcs_str s)
{
    bool ok;
    return tcs_arena_str(&incident->arena, s,
                         &ok); /* without memory the text is empty: the finding still counts */
}

/* A value as text, cut at the limit; *cut gets the bytes left out. */
static struct tcs_str copy_value(const struct tcs_engine *e, struct tcs_incident *incident,
                                 struct tcs_value v, size_t *cut)
{
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)4 << 20);
    tcs_buf_value(&text, v);
    struct tcs_str all = tcs_buf_view(&text);
    size_t len = all.len;
    if (len > e->limits->text) {
        len = e->limits->text;
        while (len && ((uint8_t)all.p[len] & 0xC0) == 0x80)
            len--;
    }
    *cut = all.len - len;
    struct tcs_str copy = copy_text(incident, tcs_str_cut(all, 0, len));
    tcs_buf_done(&text);
    return copy;
}

static struct tcs_account copy_account(const struct tcs_engine *e, struct tcs_incident *incident,
                                       uint32_t account)
{
    struct tcs_account out = {.name = {"", 0}, .domain = {"", 0}, .sid = {"", 0}};
    if (account == NONE)
        return out;
    const struct tcs_identity *who = &account_at(e, account)->who;
    out.name = copy_text(incident, who->name);
    out.domain = copy_text(incident, who->domain);
    struct tcs_buf sid;
    tcs_buf_init(&sid, 256);
    tcs_buf_sid(&sid, &who->sid);
    out.sid = copy_text(incident, tcs_buf_view(&sid));
    tcs_buf_done(&sid);
    return out;
}

static struct tcs_str image_text(const struct tcs_engine *e, uint32_t image)
{
    return image == NONE ? (struct tcs_str){"", 0} : image_at(e, image)->text;
}

/* The name of a field; the strings of old records have none, but a meaning. */
static struct tcs_str field_name(const struct tcs_engine *e, struct tcs_incident *incident,
                                 struct tcs_str name, size_t i)
{
    if (name.len)
        return copy_text(incident, name);
    size_t known = 0;
    while (e->ev->positions && known <= i && e->ev->positions[known] != TCS_KEY_LAST)
        known++;
    if (known > i && e->ev->positions[i] != TCS_KEY_NO)
        return tcs_str_of(tcs_key_names[e->ev->positions[i]]);
    struct tcs_buf text;
    tcs_buf_init(&text, 64);
    tcs_buf_printf(&text, "String %zu", i + 1);
    struct tcs_str copy = copy_text(incident, tcs_buf_view(&text));
    tcs_buf_done(&text);
    return copy;
}

static void copy_record(const struct tcs_engine *e, struct tcs_incident *incident,
                        struct tcs_record_copy *out)
{
    const struct tcs_record *rec = e->ev->rec;
    size_t count = tcs_record_field_count(rec);
    if (count > RECORD_FIELDS_MOST)
        count = RECORD_FIELDS_MOST;
    struct tcs_text_field *fields = tcs_arena_array(&incident->arena, count, sizeof *fields);
    size_t cut;
    *out = (struct tcs_record_copy){
        .event_id = rec->event_id,
        .record_id = rec->record_id,
        .time = rec->time,
        .channel = channel_now(e),
        .provider = copy_value(e, incident, rec->system[TCS_SYS_PROVIDER], &cut),
        .computer = copy_value(e, incident, rec->system[TCS_SYS_COMPUTER], &cut),
        .origin = e->origin,
        .state = rec->state,
        .fields = fields,
        .field_count = fields ? count : 0,
    };
    for (size_t i = 0; i < out->field_count; i++) {
        struct tcs_str name;
        struct tcs_value value = tcs_record_field(rec, i, &name);
        fields[i].name = field_name(e, incident, name, i);
        fields[i].value = copy_value(e, incident, value, &fields[i].cut);
    }
}

/* ---- the tree ---- */

static uint32_t add_node(struct tcs_incident *incident)
{
    if (incident->node_count == incident->node_cap) {
        size_t cap = incident->node_cap ? incident->node_cap * 2 : 8;
        struct tcs_tree_node *nodes = realloc(incident->nodes, cap * sizeof *nodes);
        if (nodes == NULL)
            return NONE;
        incident->nodes = nodes;
        incident->node_cap = cap;
    }
    incident->nodes[incident->node_count] = (struct tcs_tree_node){.parent = TCS_NO_NODE};
    return (uint32_t)incident->node_count++;
}

static void fill_node(const struct tcs_engine *e, struct tcs_incident *incident, const struct process *p)
{
    struct tcs_tree_node *node = &incident->nodes[p->node];
    node->pid = p->pid;
    if (node->image.len == 0 || p->image == NONE || !tcs_str_eq(node->image, image_text(e, p->image)))
        node->image = copy_text(incident, image_text(e, p->image));
    if (p->command && node->command.len == 0) {
        node->command = copy_text(incident, (struct tcs_str){p->command, p->command_len});
        node->command_cut = p->command_cut;
    }
    if (p->account != NONE && node->account.name.len == 0 && node->account.sid.len == 0)
        node->account = copy_account(e, incident, p->account);
    node->start = p->start;
    node->start_seen = (p->flags & P_START_SEEN) != 0;
    node->is_worker = (p->flags & P_WORKER) != 0;
}

/* True if the process has its place in this incident's tree. */
static bool has_node(const struct process *p, uint32_t number)
{
    return p->incident == number && p->node != NONE;
}

/* Gives the process a node, and those of its ancestors up to the worker that have none. */
static void ensure_nodes(struct tcs_engine *e, uint32_t number, uint32_t process)
{
    struct tcs_incident *incident = slot_at(e, number)->incident;
    uint32_t chain[CHAIN_MOST];
    unsigned count = 0;
    uint32_t at = process;
    uint32_t root = process_at(e, process)->root;
    while (at != NONE && count < CHAIN_MOST && !has_node(process_at(e, at), number)) {
        chain[count++] = at;
        if (at == root)
            break;
        at = process_at(e, at)->parent;
    }
    uint32_t above =
        at != NONE && has_node(process_at(e, at), number) ? process_at(e, at)->node : TCS_NO_NODE;
    /* What lies above the worker (the service manager) is not part of the incident. */
    unsigned last = count;
    while (last > 1 && chain[last - 1] != root && root != NONE && above == TCS_NO_NODE)
        last--;
    for (unsigned i = last; i > 0; i--) {
        struct process *p = process_at(e, chain[i - 1]);
        uint32_t node = add_node(incident);
        if (node == NONE)
            return;
        p->incident = number;
        p->node = node;
        incident->nodes[node].parent = above;
        fill_node(e, incident, p);
        above = node;
    }
}

/* ---- findings ---- */

/* The open incident among those of the process's own people: its ancestors up to the worker, else its
 * children. */
static uint32_t related_incident(const struct tcs_engine *e, uint32_t process)
{
    const struct process *p = process_at(e, process);
    uint32_t at = process;
    for (unsigned i = 0; at != NONE && i < CHAIN_MOST; i++) {
        uint32_t number = process_at(e, at)->incident;
        if (open_incident(e, &number))
            return number;
        if (at == p->root)
            break;
        at = process_at(e, at)->parent;
    }
    if (p->root != NONE) {
        uint32_t number = process_at(e, p->root)->incident;
        if (open_incident(e, &number))
            return number;
    }
    for (uint32_t child = p->first_child; child != NONE; child = process_at(e, child)->next_sibling) {
        uint32_t number = process_at(e, child)->incident;
        if (open_incident(e, &number))
            return number;
    }
    return NONE;
}

static struct tcs_finding *add_finding(struct tcs_engine *e, struct tcs_incident *incident,
                                       const struct tcs_evidence *first, uint64_t pid, uint32_t *index)
{
    if (incident->finding_count == incident->finding_cap) {
        size_t cap = incident->finding_cap ? incident->finding_cap * 2 : 4;
        struct tcs_finding **findings = realloc(incident->findings, cap * sizeof(struct tcs_finding *));
        if (findings == NULL)
            return NULL;
        incident->findings = findings;
        incident->finding_cap = cap;
    }
    struct tcs_finding *f = tcs_arena_alloc(&incident->arena, sizeof *f);
    if (f == NULL)
        return NULL;
    make_id(f->id, incident->host, first, pid);
    f->time = first->time;
    f->node = TCS_NO_NODE;
    if (incident->id[0] == '\0')
        memcpy(incident->id, f->id, sizeof incident->id);
    *index = (uint32_t)incident->finding_count;
    incident->findings[incident->finding_count++] = f;
    (void)e;
    return f;
}

static void widen(struct tcs_incident *incident, struct tcs_time t)
{
    if (incident->finding_count <= 1 && incident->last.ticks == 0)
        incident->first = incident->last = t;
    if (tcs_time_before(t, incident->first))
        incident->first = t;
    if (tcs_time_before(incident->last, t))
        incident->last = t;
}

/* Adds one record's word. False if it is there already. */
static bool add_evidence(struct tcs_engine *e, struct tcs_finding *f, const struct tcs_evidence *evidence)
{
    f->rules |= 1u << evidence->rule;
    for (size_t i = 0; i < f->evidence_count; i++)
        if (f->evidence[i].rule == evidence->rule && same_record(&f->evidence[i], evidence))
            return false;
    if (f->evidence_count == e->limits->evidence) {
        f->evidence_more++;
        return true;
    }
    if (f->evidence_count == f->evidence_cap) {
        size_t cap = f->evidence_cap ? f->evidence_cap * 2 : 4;
        struct tcs_evidence *more = realloc(f->evidence, cap * sizeof *more);
        if (more == NULL) {
            f->evidence_more++;
            return true;
        }
        f->evidence = more;
        f->evidence_cap = cap;
    }
    f->evidence[f->evidence_count++] = *evidence;
    return true;
}

static void settle(struct tcs_engine *e, uint32_t number, struct tcs_finding *f,
                   const struct verdict *verdict, bool is_new)
{
    struct tcs_incident *incident = slot_at(e, number)->incident;
    enum tcs_severity severity = f->facts & TCS_FACT_BLINDNESS ? f->severity : severity_of(f->facts, verdict);
    if (severity > f->severity)
        f->severity = severity;
    if (f->severity > incident->severity)
        incident->severity = f->severity;
    if (f->node != TCS_NO_NODE) {
        incident->nodes[f->node].is_finding = true;
        incident->nodes[f->node].severity = f->severity;
    }
    if (e->effects.changed)
        e->effects.changed(e->effects.ctx, incident, f, is_new);
}

/* What people want to know of the server above a process. */
static void fill_server(const struct tcs_engine *e, struct tcs_incident *incident, struct tcs_finding *f,
                        const struct process *p)
{
    if (p->root == NONE || f->worker_pid)
        return;
    const struct process *root = process_at(e, p->root);
    if (!(root->flags & P_WORKER))
        return;
    f->worker_pid = root->pid;
    f->worker_image = copy_text(incident, image_text(e, root->image));
    f->worker_account = copy_account(e, incident, root->account);
    if (root->worker == NULL)
        f->server = TCS_STR("web server (recognised by whom it impersonates)");
    else if (root->worker->worker->title.len)
        f->server = root->worker->worker->title;
    else if (root->worker->profile)
        f->server = root->worker->profile->title;
    if (root->worker && root->worker->profile)
        f->profile = root->worker->profile->name;
    if (root->pool)
        f->pool = copy_text(incident, tcs_str_of(root->pool));
}

/* Copies what is known now of the process into its finding. */
static void refresh(struct tcs_engine *e, uint32_t number, uint32_t process, struct tcs_finding *f)
{
    struct tcs_incident *incident = slot_at(e, number)->incident;
    const struct process *p = process_at(e, process);
    f->pid = p->pid;
    f->pid_is_audit_id = (p->flags & P_AUDIT_ID) != 0;
    if (p->flags & P_START_SEEN)
        f->time = p->start;
    if (!tcs_str_eq(f->image, image_text(e, p->image)))
        f->image = copy_text(incident, image_text(e, p->image));
    if (p->command && f->command.len == 0) {
        f->command = copy_text(incident, (struct tcs_str){p->command, p->command_len});
        f->command_cut = p->command_cut;
    }
    if (p->account != NONE)
        f->account = copy_account(e, incident, p->account);
    if (p->parent != NONE && f->parent_pid == 0) {
        const struct process *parent = process_at(e, p->parent);
        f->parent_pid = parent->pid;
        f->parent_image = copy_text(incident, image_text(e, parent->image));
        f->parent_start_seen = (parent->flags & P_START_SEEN) != 0;
    }
    fill_server(e, incident, f, p);
    if (p->node != NONE && p->incident == number) {
        f->node = p->node;
        fill_node(e, incident, p);
    }
}

/* The account that the event names, if nothing better is known: that of who started the process. */
static void name_creator(struct tcs_engine *e, uint32_t number, uint32_t process, struct tcs_finding *f)
{
    const struct process *p = process_at(e, process);
    f->account_is_creators = p->account == NONE;
    if (p->account != NONE || f->account.name.len || f->account.sid.len)
        return;
    bool has_creator = (e->ev->traits & TCS_TRAIT_SUBJECT_IS_CREATOR) != 0;
    if (!has_creator)
        return;
    struct claim creator = claim_of(e, p->host, e->ev, BY_SUBJECT);
    f->account = copy_account(e, slot_at(e, number)->incident, creator.account);
}

/* A finding in an incident that is still open; NULL if it was given out already. */
static struct tcs_finding *finding_at(const struct tcs_engine *e, struct finding_ref ref)
{
    if (ref.incident == NONE || slot_at(e, ref.incident)->incident == NULL)
        return NULL;
    return slot_at(e, ref.incident)->incident->findings[ref.index];
}

static struct tcs_finding *new_finding(struct tcs_engine *e, uint32_t process,
                                       const struct tcs_evidence *evidence)
{
    uint32_t number = related_incident(e, process);
    struct process *p = process_at(e, process);
    struct tcs_incident *incident =
        number == NONE ? incident_new(e, p->host, &number) : split_if_large(e, &number);
    uint32_t index;
    struct tcs_finding *f = incident ? add_finding(e, incident, evidence, p->pid, &index) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return NULL;
    }
    ensure_nodes(e, number, process);
    p = process_at(e, process);
    p->finding = (struct finding_ref){number, index};
    p->flags |= P_REPORTED;
    if (evidence->record_id == e->ev->rec->record_id && evidence->event_id == e->ev->rec->event_id)
        copy_record(e, incident, &f->record);
    return f;
}

void incident_report(struct tcs_engine *e, uint32_t process, const struct tcs_evidence *evidence,
                     unsigned facts, const struct verdict *verdict)
{
    struct process *p = process_at(e, process);
    struct tcs_finding *f = finding_at(e, p->finding);
    bool is_new = f == NULL;
    if (is_new && (p->flags & P_REPORTED)) {
        e->counts.evidence_late++; /* its incident has been given out already */
        return;
    }
    if (is_new)
        f = new_finding(e, process, evidence);
    if (f == NULL)
        return;
    uint32_t number = process_at(e, process)->finding.incident;
    bool added = add_evidence(e, f, evidence);
    f->facts |= facts;
    if (verdict && verdict->note.len && f->note.len == 0)
        f->note = verdict->note;
    refresh(e, number, process, f);
    name_creator(e, number, process, f);
    widen(slot_at(e, number)->incident, evidence->time);
    if (added || is_new)
        settle(e, number, f, verdict, is_new);
}

struct finding_ref incident_report_open(struct tcs_engine *e, uint32_t host, uint32_t opener,
                                        const struct open_program *o, unsigned facts)
{
    uint32_t number = related_incident(e, opener);
    struct tcs_incident *incident =
        number == NONE ? incident_new(e, host, &number) : split_if_large(e, &number);
    struct finding_ref ref = {number, NONE};
    struct tcs_finding *f = incident ? add_finding(e, incident, &o->evidence, o->pid, &ref.index) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return (struct finding_ref){NONE, NONE};
    }
    struct process *p = process_at(e, opener);
    ensure_nodes(e, number, opener); /* the next one belongs to the same incident */
    copy_record(e, incident, &f->record);
    const struct image *image = image_at(e, o->image);
    f->image = copy_text(incident, image->text);
    f->account = copy_account(e, incident, o->claim.account);
    f->parent_pid = o->pid;
    f->parent_image = copy_text(incident, image_text(e, p->image));
    f->parent_start_seen = (p->flags & P_START_SEEN) != 0;
    fill_server(e, incident, f, p);
    f->facts = facts | (image->path.traits & TCS_PATH_REMOTE ? (unsigned)TCS_FACT_REMOTE : 0) |
               (image->path.traits & TCS_PATH_SHORT ? (unsigned)TCS_FACT_SHORT_NAME : 0) |
               (image->path.traits & TCS_PATH_ODD ? (unsigned)TCS_FACT_ODD_PATH : 0);
    add_evidence(e, f, &o->evidence);
    widen(incident, o->evidence.time);
    settle(e, number, f, NULL, true);
    return ref;
}

void incident_add_open(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence)
{
    struct tcs_finding *f = finding_at(e, ref);
    if (f && add_evidence(e, f, evidence)) {
        widen(slot_at(e, ref.incident)->incident, evidence->time);
        settle(e, ref.incident, f, NULL, false);
    }
}

void incident_adopt(struct tcs_engine *e, uint32_t process, struct finding_ref ref)
{
    struct process *p = process_at(e, process);
    struct tcs_finding *f = finding_at(e, ref);
    if (f == NULL || (p->flags & P_REPORTED))
        return;
    /* The process that opened it is the one that starts it, so both are in the same incident. */
    ensure_nodes(e, ref.incident, process);
    p->finding = ref;
    p->flags |= P_REPORTED;
    f->facts &= ~(uint32_t)TCS_FACT_NOT_STARTED;
    f->severity = TCS_SEVERITY_NONE; /* settled anew by what follows */
}

/*
 * Who tampered, where the event is about somebody's doing. Before Vista the
 * client did it, if there is one: the primary user is the service that wrote it.
 */
static struct tcs_account culprit(struct tcs_engine *e, uint32_t host, struct tcs_incident *incident)
{
    static const bool is_deed[TCS_EVENT_KIND_COUNT] = {
        [TCS_EVENT_LOG_CLEARED] = true,  [TCS_EVENT_AUDIT_POLICY] = true,  [TCS_EVENT_AUDIT_EXCLUDED] = true,
        [TCS_EVENT_SACL_CHANGED] = true, [TCS_EVENT_CLOCK_CHANGED] = true,
    };
    if (!is_deed[e->ev->kind])
        return (struct tcs_account){0};
    uint32_t account = NONE;
    if (e->ev->origin == TCS_ORIGIN_SECURITY_EVT)
        account = claim_of(e, host, e->ev, BY_TARGET).account;
    if (account == NONE)
        account = claim_of(e, host, e->ev, BY_SUBJECT).account;
    return copy_account(e, incident, account);
}

struct finding_ref incident_report_blindness(struct tcs_engine *e, uint32_t host,
                                             const struct tcs_evidence *evidence, enum tcs_severity severity,
                                             struct tcs_str note)
{
    uint32_t *number = &host_at(e, host)->blind_incidents[evidence->rule];
    uint32_t index;
    struct incident_slot *slot = open_incident(e, number);
    struct tcs_incident *incident = slot ? split_if_large(e, number) : incident_new(e, host, number);
    struct tcs_finding *f = incident ? add_finding(e, incident, evidence, 0, &index) : NULL;
    if (f == NULL) {
        e->counts.no_memory++;
        return (struct finding_ref){NONE, NONE};
    }
    if (e->ev->kind != TCS_EVENT_NONE)
        copy_record(e, incident, &f->record);
    f->facts = TCS_FACT_BLINDNESS;
    f->severity = severity;
    f->note = copy_text(incident, note);
    f->account = culprit(e, host, incident);
    add_evidence(e, f, evidence);
    widen(incident, evidence->time);
    settle(e, *number, f, NULL, true);
    return (struct finding_ref){*number, index};
}

void incident_raise(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence,
                    enum tcs_severity severity, struct tcs_str note)
{
    struct tcs_finding *f = finding_at(e, ref);
    if (f == NULL)
        return;
    struct tcs_incident *incident = slot_at(e, ref.incident)->incident;
    f->note = copy_text(incident, note);
    f->severity = severity;
    add_evidence(e, f, evidence);
    widen(incident, evidence->time);
    settle(e, ref.incident, f, NULL, false);
}
