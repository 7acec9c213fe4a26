#include "engine/snapshot.h"
#include "engine/evidence.h"
#include "engine/incident.h"

#include <stdlib.h>

enum { RECORD_FIELDS_MOST = 256 };

struct tcs_str snapshot_text(struct tcs_incident *incident, struct tcs_str s)
{
    bool ok; /* without memory the text is empty: the finding still counts, and the arena knows */
    return tcs_arena_str(&incident->arena, s, &ok);
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
    struct tcs_str copy = snapshot_text(incident, tcs_str_cut(all, 0, len));
    incident->arena.starved = incident->arena.starved || text.starved;
    tcs_buf_done(&text);
    return copy;
}

struct tcs_account snapshot_account(const struct tcs_engine *e, struct tcs_incident *incident,
                                    uint32_t account)
{
    struct tcs_account out = {.name = {"", 0}, .domain = {"", 0}, .sid = {"", 0}};
    if (account == NONE)
        return out;
    const struct tcs_identity *who = &account_at(e, account)->who;
    out.name = snapshot_text(incident, who->name);
    out.domain = snapshot_text(incident, who->domain);
    struct tcs_buf sid;
    tcs_buf_init(&sid, 256);
    tcs_buf_sid(&sid, &who->sid);
    out.sid = snapshot_text(incident, tcs_buf_view(&sid));
    incident->arena.starved = incident->arena.starved || sid.starved;
    tcs_buf_done(&sid);
    return out;
}

static struct tcs_str image_text(const struct tcs_engine *e, uint32_t image)
{
    return image == NONE ? (struct tcs_str){"", 0} : image_at(e, image)->text;
}

struct tcs_str snapshot_image(struct tcs_engine *e, struct tcs_incident *incident, uint32_t image)
{
    return snapshot_text(incident, image_text(e, image));
}

/* The name of a field; the strings of old records have none, but a meaning. */
static struct tcs_str field_name(const struct tcs_engine *e, struct tcs_incident *incident,
                                 struct tcs_str name, size_t i)
{
    if (name.len)
        return snapshot_text(incident, name);
    size_t known = 0;
    while (e->ev->positions && known <= i && e->ev->positions[known] != TCS_KEY_LAST)
        known++;
    if (known > i && e->ev->positions[i] != TCS_KEY_NO)
        return tcs_str_of(tcs_key_names[e->ev->positions[i]]);
    struct tcs_buf text;
    tcs_buf_init(&text, 64);
    tcs_buf_printf(&text, "String %zu", i + 1);
    struct tcs_str copy = snapshot_text(incident, tcs_buf_view(&text));
    incident->arena.starved = incident->arena.starved || text.starved;
    tcs_buf_done(&text);
    return copy;
}

/* Where the fields of a record go; they are only counted as long as there is no place for them. */
struct field_list {
    struct tcs_text_field *at;
    size_t count;
};

static void add_field(const struct tcs_engine *e, struct tcs_incident *incident, struct field_list *list,
                      struct tcs_str name, struct tcs_value value)
{
    if (list->count == RECORD_FIELDS_MOST)
        return;
    if (list->at) {
        struct tcs_text_field *field = &list->at[list->count];
        field->name = field_name(e, incident, name, list->count);
        field->value = copy_value(e, incident, value, &field->cut);
    }
    list->count++;
}

/* The strings of a classic event in .evtx are one value: each is a field of its own. */
static void copy_fields(const struct tcs_engine *e, struct tcs_incident *incident, struct field_list *list)
{
    const struct tcs_record *rec = e->ev->rec;
    for (size_t i = 0; i < tcs_record_field_count(rec); i++) {
        struct tcs_str name;
        struct tcs_value item, value = tcs_record_field(rec, i, &name);
        if (name.len || value.type != (TCS_VALUE_STRING | TCS_VALUE_ARRAY)) {
            add_field(e, incident, list, name, value);
            continue;
        }
        for (size_t at = 0; list->count < RECORD_FIELDS_MOST && tcs_value_array_next(value, &at, &item);)
            add_field(e, incident, list, name, item);
    }
}

void snapshot_record(const struct tcs_engine *e, struct tcs_incident *incident, struct tcs_record_copy *out)
{
    const struct tcs_record *rec = e->ev->rec;
    size_t cut;
    struct field_list counted = {NULL, 0}, list = {NULL, 0};
    copy_fields(e, incident, &counted);
    list.at = tcs_arena_array(&incident->arena, counted.count, sizeof *list.at);
    if (list.at)
        copy_fields(e, incident, &list);
    *out = (struct tcs_record_copy){
        .event_id = rec->event_id,
        .record_id = rec->record_id,
        .time = rec->time,
        .channel = channel_now(e),
        .provider = copy_value(e, incident, rec->system[TCS_SYS_PROVIDER], &cut),
        .computer = copy_value(e, incident, rec->system[TCS_SYS_COMPUTER], &cut),
        .origin = e->origin,
        .state = rec->state,
        .fields = list.at,
        .field_count = list.count,
    };
}

/* ---- the tree ---- */

static void fill_node(struct tcs_engine *e, uint32_t number, const struct process *p)
{
    struct tcs_incident *incident = incident_at(e, number)->incident;
    struct tcs_tree_node *node = node_edit(e, number, p->node);
    node->pid = p->pid;
    if (node->image.len == 0 || p->image == NONE || !tcs_str_eq(node->image, image_text(e, p->image)))
        node->image = snapshot_text(incident, image_text(e, p->image));
    if (p->command && node->command.len == 0) {
        node->command = snapshot_text(incident, (struct tcs_str){p->command, p->command_len});
        node->command_cut = p->command_cut;
    }
    if (p->account != NONE && node->account.name.len == 0 && node->account.sid.len == 0)
        node->account = snapshot_account(e, incident, p->account);
    node->start = p->start;
    node->start_seen = (p->flags & P_START_SEEN) != 0;
    node->is_worker = (p->flags & P_WORKER) != 0;
}

/* True if the process has its place in this incident's tree. */
static bool has_node(const struct process *p, uint32_t number)
{
    return p->incident == number && p->node != NONE;
}

void snapshot_lineage(struct tcs_engine *e, uint32_t number, uint32_t process)
{
    struct tcs_incident *incident = incident_at(e, number)->incident;
    uint32_t chain[INCIDENT_CHAIN_MOST];
    unsigned count = 0;
    uint32_t at = process;
    uint32_t root = process_at(e, process)->root;
    while (at != NONE && count < INCIDENT_CHAIN_MOST && !has_node(process_at(e, at), number)) {
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
        uint32_t node;
        if (!incident_add_node(incident, &node)) {
            incident->arena.starved = true;
            return;
        }
        struct process *p = process_edit(e, chain[i - 1]);
        p->incident = number;
        p->node = node;
        incident->nodes[node].parent = above;
        fill_node(e, number, p);
        above = node;
    }
}

/* ---- a finding ---- */

void snapshot_server(const struct tcs_engine *e, struct tcs_incident *incident, struct tcs_finding *f,
                     const struct process *p)
{
    if (p->root == NONE || f->worker_pid)
        return;
    const struct process *root = process_at(e, p->root);
    if (!(root->flags & P_WORKER))
        return;
    f->worker_pid = root->pid;
    f->worker_image = snapshot_text(incident, image_text(e, root->image));
    f->worker_account = snapshot_account(e, incident, root->account);
    if (root->worker == NULL)
        f->server = TCS_STR("web server (recognised by whom it impersonates)");
    else if (root->worker->worker->title.len)
        f->server = root->worker->worker->title;
    else if (root->worker->profile)
        f->server = root->worker->profile->title;
    if (root->worker && root->worker->profile)
        f->profile = root->worker->profile->name;
    if (root->pool)
        f->pool = snapshot_text(incident, tcs_str_of(root->pool));
}

void snapshot_process(struct tcs_engine *e, uint32_t number, uint32_t process, struct tcs_finding *f)
{
    struct tcs_incident *incident = incident_at(e, number)->incident;
    const struct process *p = process_at(e, process);
    f->pid = p->pid;
    f->pid_is_audit_id = (p->flags & P_AUDIT_ID) != 0;
    if (p->flags & P_START_SEEN)
        f->time = p->start;
    if (!tcs_str_eq(f->image, image_text(e, p->image)))
        f->image = snapshot_text(incident, image_text(e, p->image));
    if (p->command && f->command.len == 0) {
        f->command = snapshot_text(incident, (struct tcs_str){p->command, p->command_len});
        f->command_cut = p->command_cut;
    }
    if (p->account != NONE)
        f->account = snapshot_account(e, incident, p->account);
    if (p->parent != NONE && f->parent_pid == 0) {
        const struct process *parent = process_at(e, p->parent);
        f->parent_pid = parent->pid;
        f->parent_image = snapshot_text(incident, image_text(e, parent->image));
        f->parent_start_seen = (parent->flags & P_START_SEEN) != 0;
    }
    snapshot_server(e, incident, f, p);
    if (p->node != NONE && p->incident == number) {
        f->node = p->node;
        fill_node(e, number, p);
    }
}
