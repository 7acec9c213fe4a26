#include "engine/incident.h"
#include "engine/origin.h"
#include "engine/persist_rows.h"

#include <stdlib.h>

enum { TEXT_MOST = 4 << 20, FIELDS_MOST = 4096, FINDINGS_MOST = 1 << 20, SLOTS_MOST = 1 << 20 };

/* A row of an incident: texts that are loaded are copied into the incident's memory. */
struct part {
    struct row *r;
    struct tcs_engine *e;
    struct tcs_arena *arena; /* loading */
    bool no_memory;
};

static void text(struct part *p, struct tcs_str *s)
{
    bool ok = true;
    row_str(p->r, s, TEXT_MOST);
    if (row_loads(p->r))
        *s = tcs_arena_str(p->arena, *s, &ok);
    p->no_memory = p->no_memory || !ok;
}

static void size(struct part *p, size_t *v)
{
    uint64_t wide = *v;
    row_u64(p->r, &wide, SIZE_MAX / 2);
    *v = (size_t)wide;
}

static void severity(struct part *p, enum tcs_severity *s)
{
    uint8_t byte = (uint8_t)*s;
    row_u8(p->r, &byte, TCS_SEVERITY_COUNT - 1);
    *s = (enum tcs_severity)byte;
}

/* 32 hexadecimal digits. */
static void carry_id(struct row *r, char id[33])
{
    row_raw(r, id, 32);
    id[32] = '\0';
    for (unsigned i = 0; i < 32; i++)
        r->bad = r->bad || memchr("0123456789abcdef", id[i], 16) == NULL;
}

static void account(struct part *p, struct tcs_account *a)
{
    text(p, &a->name);
    text(p, &a->domain);
    text(p, &a->sid);
}

/* A text that is kept once, as long as the engine. */
static void kept(struct row *r, struct tcs_engine *e, struct tcs_str *s)
{
    row_str(r, s, TEXT_MOST);
    if (row_loads(r))
        *s = s->len ? origin_of(e, *s) : (struct tcs_str){"", 0};
}

void row_evidence(struct row *r, struct tcs_engine *e, struct tcs_evidence *evidence)
{
    uint8_t rule = (uint8_t)evidence->rule;
    row_u8(r, &rule, TCS_RULE_COUNT - 1);
    row_u16(r, &evidence->event_id, UINT16_MAX);
    row_u64(r, &evidence->record_id, UINT64_MAX);
    row_time(r, &evidence->time);
    kept(r, e, &evidence->channel);
    kept(r, e, &evidence->provider);
    kept(r, e, &evidence->origin);
    row_u32(r, &evidence->state, (1u << TCS_STATE_COUNT) - 1);
    evidence->rule = (enum tcs_rule)rule;
}

/* ---- incidents ---- */

static void carry_incident(struct part *p, struct tcs_incident *incident)
{
    carry_id(p->r, incident->id);
    text(p, &incident->host);
    row_time(p->r, &incident->first);
    row_time(p->r, &incident->last);
    severity(p, &incident->severity);
    size(p, &incident->finding_more);
    row_bool(p->r, &incident->continues);
}

/* What a save hands out of the incidents' own rows; it is the same until the save is kept. */
static bool needs_row(const struct tcs_engine *e, uint32_t number)
{
    const struct incident_slot *slot = incident_at(e, number);
    return slot->incident ? slot->incident->finding_count > 0 : incident_goes_on(e, number);
}

static void save_incidents(struct saving *s)
{
    struct tcs_engine *e = s->e;
    for (uint32_t i = e->incident_base; i < e->incident_count && s->code == TCS_OK; i++) {
        struct incident_slot *slot = incident_at(e, i);
        bool is_open = slot->incident != NULL, needs = needs_row(e, i);
        if (slot->has_row && !needs)
            saving_del(s, ROW_INCIDENT, &i);
        if (!needs || (slot->has_row && !slot->is_changed))
            continue;
        struct row r = saving_row(s);
        row_bool(&r, &is_open);
        row_place(&r, &slot->forward, NONE);
        struct part p = {.r = &r, .e = e};
        if (is_open)
            carry_incident(&p, slot->incident);
        saving_put(s, ROW_INCIDENT, &i);
    }
}

static void saved_incidents(struct tcs_engine *e)
{
    for (uint32_t i = e->incident_base; i < e->incident_count; i++) {
        struct incident_slot *slot = incident_at(e, i);
        slot->has_row = needs_row(e, i);
        slot->is_changed = false;
        slot->finding_rows = slot->incident ? (uint32_t)slot->incident->finding_count : 0;
        slot->node_rows = slot->incident ? (uint32_t)slot->incident->node_count : 0;
        tcs_marks_clear(&slot->findings);
        tcs_marks_clear(&slot->nodes);
    }
    incident_forget_closed(e);
}

static void forget_incidents(struct tcs_engine *e)
{
    for (uint32_t i = e->incident_base; i < e->incident_count; i++) {
        struct incident_slot *slot = incident_at(e, i);
        slot->has_row = false;
        slot->finding_rows = slot->node_rows = 0;
        for (uint32_t k = 0; slot->incident && k < slot->incident->finding_count; k++)
            tcs_marks_add(&slot->findings, k);
        for (uint32_t k = 0; slot->incident && k < slot->incident->node_count; k++)
            tcs_marks_add(&slot->nodes, k);
    }
}

/* The slots from the oldest incident that there is a row of up to the number that the next one gets. */
static enum tcs_code make_slots(struct tcs_engine *e, uint32_t first)
{
    uint32_t count = e->incident_count;
    if (e->incident_base != count || first == count)
        return TCS_OK;
    if (count - first > SLOTS_MOST)
        return TCS_LIMIT;
    e->incident_base = e->incident_count = e->oldest_open = first;
    return incident_reserve(e, count - 1) ? TCS_OK : TCS_NOMEM;
}

static enum tcs_code load_incident(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    bool is_open = false;
    uint32_t number = numbers[0], forward = NONE;
    row_bool(r, &is_open);
    row_place(r, &forward, e->incident_count);
    /* What continues an incident comes later: no circles. */
    r->bad = r->bad || number >= e->incident_count || (forward != NONE && (is_open || forward <= number));
    enum tcs_code code = r->bad ? TCS_OK : make_slots(e, number);
    if (r->bad || code != TCS_OK)
        return code;
    struct incident_slot *slot = incident_at(e, number);
    slot->forward = forward;
    if (!is_open)
        return TCS_OK;
    slot->incident = incident_alloc();
    if (slot->incident == NULL)
        return TCS_NOMEM;
    e->open_count++;
    struct part p = {r, e, &slot->incident->arena, false};
    carry_incident(&p, slot->incident);
    return p.no_memory ? TCS_NOMEM : TCS_OK;
}

const struct row_kind row_incident = {.numbers = 1,
                                      .save = save_incidents,
                                      .saved = saved_incidents,
                                      .forget = forget_incidents,
                                      .load = load_incident};

/* The open incident that a part belongs to, as its next one; NULL if it does not fit. */
static struct tcs_incident *whole_of(const struct tcs_engine *e, const uint32_t *numbers, bool is_node)
{
    struct tcs_incident *incident = numbers[0] < e->incident_count ? incident_open(e, numbers[0]) : NULL;
    if (incident == NULL)
        return NULL;
    return numbers[1] == (is_node ? incident->node_count : incident->finding_count) ? incident : NULL;
}

/* ---- nodes of the tree ---- */

static void carry_node(struct part *p, struct tcs_tree_node *node)
{
    row_place(p->r, &node->parent, NONE);
    row_u64(p->r, &node->pid, UINT64_MAX);
    text(p, &node->image);
    text(p, &node->command);
    size(p, &node->command_cut);
    account(p, &node->account);
    row_time(p->r, &node->start);
    row_bool(p->r, &node->start_seen);
    row_bool(p->r, &node->is_worker);
    row_bool(p->r, &node->is_finding);
    severity(p, &node->severity);
}

static void save_nodes(struct saving *s)
{
    for (uint32_t i = s->e->incident_base; i < s->e->incident_count && s->code == TCS_OK; i++) {
        struct incident_slot *slot = incident_at(s->e, i);
        uint32_t count = slot->incident ? (uint32_t)slot->incident->node_count : 0;
        for (uint32_t k = tcs_marks_next(&slot->nodes, 0, count); k != TCS_NO_MARK;
             k = tcs_marks_next(&slot->nodes, k + 1, count)) {
            struct row r = saving_row(s);
            struct part p = {.r = &r, .e = s->e};
            carry_node(&p, &slot->incident->nodes[k]);
            saving_put(s, ROW_NODE, (uint32_t[]){i, k});
        }
        for (uint32_t k = count; k < slot->node_rows; k++)
            saving_del(s, ROW_NODE, (uint32_t[]){i, k});
    }
}

static enum tcs_code load_node(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct tcs_incident *incident = whole_of(e, numbers, true);
    if (incident == NULL) {
        r->bad = true;
        return TCS_OK;
    }
    uint32_t place;
    struct tcs_tree_node node = {.parent = TCS_NO_NODE};
    struct part p = {r, e, &incident->arena, false};
    carry_node(&p, &node);
    r->bad = r->bad || (node.parent != TCS_NO_NODE && node.parent >= numbers[1]);
    if (p.no_memory || !incident_add_node(incident, &place))
        return TCS_NOMEM;
    incident->nodes[place] = node;
    return TCS_OK;
}

const struct row_kind row_node = {.numbers = 2, .save = save_nodes, .load = load_node};

/* ---- findings ---- */

static void carry_server(struct part *p, struct tcs_finding *f)
{
    text(p, &f->parent_image);
    row_u64(p->r, &f->parent_pid, UINT64_MAX);
    row_bool(p->r, &f->parent_start_seen);
    text(p, &f->profile);
    text(p, &f->server);
    text(p, &f->worker_image);
    row_u64(p->r, &f->worker_pid, UINT64_MAX);
    text(p, &f->pool);
    account(p, &f->worker_account);
    text(p, &f->note);
}

static void carry_evidence_list(struct part *p, struct tcs_finding *f)
{
    row_count(p->r, &f->evidence_count, p->e->limits->evidence);
    if (row_loads(p->r) && f->evidence_count) {
        f->evidence_cap = f->evidence_count;
        f->evidence = calloc(f->evidence_cap, sizeof *f->evidence);
        if (f->evidence == NULL) {
            f->evidence_count = f->evidence_cap = 0;
            p->no_memory = true;
        }
    }
    for (size_t i = 0; i < f->evidence_count; i++)
        row_evidence(p->r, p->e, &f->evidence[i]);
    size(p, &f->evidence_more);
}

static void carry_fields(struct part *p, struct tcs_record_copy *copy)
{
    struct tcs_text_field *list = NULL;
    row_count(p->r, &copy->field_count, FIELDS_MOST);
    if (row_loads(p->r)) {
        list = tcs_arena_array(p->arena, copy->field_count, sizeof *list);
        p->no_memory = p->no_memory || list == NULL;
        copy->field_count = list ? copy->field_count : 0;
    }
    for (size_t i = 0; i < copy->field_count; i++) {
        struct tcs_text_field field = list ? (struct tcs_text_field){.name = {"", 0}} : copy->fields[i];
        text(p, &field.name);
        text(p, &field.value);
        size(p, &field.cut);
        if (list)
            list[i] = field;
    }
    if (list)
        copy->fields = list;
}

static void carry_record(struct part *p, struct tcs_record_copy *copy)
{
    row_u16(p->r, &copy->event_id, UINT16_MAX);
    row_u64(p->r, &copy->record_id, UINT64_MAX);
    row_time(p->r, &copy->time);
    text(p, &copy->channel);
    text(p, &copy->provider);
    text(p, &copy->computer);
    kept(p->r, p->e, &copy->origin);
    row_u32(p->r, &copy->state, (1u << TCS_STATE_COUNT) - 1);
    carry_fields(p, copy);
}

static void carry_finding(struct part *p, struct tcs_finding *f)
{
    carry_id(p->r, f->id);
    severity(p, &f->severity);
    row_u32(p->r, &f->rules, (1u << TCS_RULE_COUNT) - 1);
    row_u32(p->r, &f->facts, UINT32_MAX);
    row_time(p->r, &f->time);
    account(p, &f->account);
    row_bool(p->r, &f->account_is_creators);
    text(p, &f->image);
    text(p, &f->command);
    size(p, &f->command_cut);
    row_u64(p->r, &f->pid, UINT64_MAX);
    row_bool(p->r, &f->pid_is_audit_id);
    carry_server(p, f);
    row_place(p->r, &f->node, NONE);
    severity(p, &f->told);
    row_u32(p->r, &f->revision, UINT32_MAX);
    carry_evidence_list(p, f);
    carry_record(p, &f->record);
}

static void save_finding(struct saving *s, const struct tcs_finding *f, uint32_t incident, uint32_t index)
{
    struct tcs_finding copy = *f;
    struct row r = saving_row(s);
    struct part p = {.r = &r, .e = s->e};
    carry_finding(&p, &copy);
    if (s->value.bad && copy.record.field_count) {
        /* Better without the fields of its record than not at all. */
        copy = *f;
        copy.record.field_count = 0;
        r = saving_row(s);
        carry_finding(&p, &copy);
    }
    saving_put(s, ROW_FINDING, (uint32_t[]){incident, index});
}

static void save_findings(struct saving *s)
{
    for (uint32_t i = s->e->incident_base; i < s->e->incident_count && s->code == TCS_OK; i++) {
        struct incident_slot *slot = incident_at(s->e, i);
        uint32_t count = slot->incident ? (uint32_t)slot->incident->finding_count : 0;
        for (uint32_t k = tcs_marks_next(&slot->findings, 0, count); k != TCS_NO_MARK;
             k = tcs_marks_next(&slot->findings, k + 1, count))
            save_finding(s, slot->incident->findings[k], i, k);
        for (uint32_t k = count; k < slot->finding_rows; k++)
            saving_del(s, ROW_FINDING, (uint32_t[]){i, k});
    }
}

static enum tcs_code load_finding(struct tcs_engine *e, const uint32_t *numbers, struct row *r)
{
    struct tcs_incident *incident = whole_of(e, numbers, false);
    if (incident == NULL || numbers[1] >= FINDINGS_MOST) {
        r->bad = true;
        return TCS_OK;
    }
    struct tcs_finding *f = incident_add_finding(incident);
    if (f == NULL)
        return TCS_NOMEM;
    struct part p = {r, e, &incident->arena, false};
    carry_finding(&p, f);
    r->bad = r->bad || f->rules == 0 || f->evidence_count == 0 ||
             (f->node != TCS_NO_NODE && f->node >= incident->node_count);
    return p.no_memory ? TCS_NOMEM : TCS_OK;
}

const struct row_kind row_finding = {.numbers = 2, .save = save_findings, .load = load_finding};
