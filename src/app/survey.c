#include "app/survey.h"

#include "base/fold.h"

#include <stdlib.h>

enum { HOSTS_MOST = 4096, IDS_MOST = 65536, NAME_MOST = 256 };

void tcs_survey_init(struct tcs_survey *s, struct tcs_hash_key key)
{
    *s = (struct tcs_survey){.key = key, .last_host = SIZE_MAX};
    tcs_arena_init(&s->arena, (size_t)64 << 20);
}

void tcs_survey_done(struct tcs_survey *s)
{
    free(s->summary.hosts);
    free(s->summary.ids);
    tcs_map_done(&s->by_host);
    tcs_map_done(&s->by_id);
    tcs_arena_done(&s->arena);
}

static bool same_host(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_survey *s = ctx;
    return tcs_fold_eq(s->summary.hosts[slot].name, *(const struct tcs_str *)key);
}

/* Makes room for one more element of a list; the list may move. */
static bool make_room(struct tcs_survey *s, void **list, size_t size, size_t count, size_t *cap, size_t most)
{
    if (count < *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 16;
    if (*cap >= most)
        return false;
    void *at = realloc(*list, more * size);
    s->summary.no_memory += at == NULL;
    if (at == NULL)
        return false;
    *list = at;
    *cap = more;
    return true;
}

static size_t add_host(struct tcs_survey *s, struct tcs_str name, uint64_t hash)
{
    bool ok;
    void *list = s->summary.hosts;
    if (!make_room(s, &list, sizeof *s->summary.hosts, s->summary.host_count, &s->host_cap, HOSTS_MOST))
        return SIZE_MAX;
    s->summary.hosts = list;
    struct tcs_str copy = tcs_arena_str(&s->arena, name, &ok);
    if (!ok || !tcs_map_add(&s->by_host, hash, (uint32_t)s->summary.host_count)) {
        s->summary.no_memory++;
        return SIZE_MAX;
    }
    s->summary.hosts[s->summary.host_count] = (struct tcs_host_summary){.name = copy};
    return s->summary.host_count++;
}

static size_t host_by_name(struct tcs_survey *s, struct tcs_value computer)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 8 * NAME_MOST);
    tcs_buf_value(&text, computer);
    struct tcs_str name =
        text.len && !text.bad ? tcs_str_cut(tcs_buf_view(&text), 0, NAME_MOST) : TCS_STR("(unnamed)");
    char folded[NAME_MOST];
    tcs_fold(name, folded);
    uint64_t hash = tcs_hash(s->key, (struct tcs_bytes){(uint8_t *)folded, name.len});
    uint32_t slot = tcs_map_find(&s->by_host, hash, same_host, s, &name);
    size_t host = slot != TCS_MAP_NONE ? slot : add_host(s, name, hash);
    s->summary.no_memory += text.starved;
    tcs_buf_done(&text);
    return host;
}

static size_t host_of(struct tcs_survey *s, const struct tcs_event *ev)
{
    struct tcs_value computer = ev->rec->system[TCS_SYS_COMPUTER];
    if (s->last_host != SIZE_MAX && tcs_value_copy_is(&s->last_computer, computer))
        return s->last_host;
    size_t host = host_by_name(s, computer);
    s->last_host = tcs_value_copy_keep(&s->last_computer, computer) ? host : SIZE_MAX;
    return host;
}

void tcs_survey_event(struct tcs_survey *s, const struct tcs_event *ev)
{
    tcs_coverage_add(&s->summary.coverage, ev);
    size_t host = host_of(s, ev);
    if (host == SIZE_MAX) {
        s->summary.host_more++;
        return;
    }
    struct tcs_host_summary *h = &s->summary.hosts[host];
    struct tcs_time time = ev->rec->time;
    if (h->events == 0 || tcs_time_before(time, h->first))
        h->first = time;
    if (h->events == 0 || tcs_time_before(h->last, time))
        h->last = time;
    h->events++;
    tcs_coverage_add(&h->coverage, ev);
}

struct id_key {
    struct tcs_str provider;
    uint16_t id;
    bool has_id;
};

static bool same_id(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_id_total *t = &((const struct tcs_survey *)ctx)->summary.ids[slot];
    const struct id_key *k = key;
    return t->id == k->id && t->has_id == k->has_id && tcs_str_eq(t->provider, k->provider);
}

static uint32_t add_id(struct tcs_survey *s, const struct tcs_id_count *c, uint64_t hash)
{
    bool ok;
    void *list = s->summary.ids;
    if (!make_room(s, &list, sizeof *s->summary.ids, s->summary.id_count, &s->id_cap, IDS_MOST))
        return TCS_MAP_NONE;
    s->summary.ids = list;
    struct tcs_str provider = tcs_arena_str(&s->arena, c->provider, &ok);
    uint32_t slot = (uint32_t)s->summary.id_count;
    if (!ok || !tcs_map_add(&s->by_id, hash, slot)) {
        s->summary.no_memory++;
        return TCS_MAP_NONE;
    }
    s->summary.ids[s->summary.id_count++] =
        (struct tcs_id_total){.provider = provider, .id = c->id, .has_id = c->has_id};
    return slot;
}

static void add_id_count(struct tcs_survey *s, const struct tcs_id_count *c)
{
    struct id_key key = {c->provider, c->id, c->has_id};
    uint64_t hash =
        tcs_hash(s->key, (struct tcs_bytes){(const uint8_t *)c->provider.p, c->provider.len}) ^ c->id;
    uint32_t slot = tcs_map_find(&s->by_id, hash, same_id, s, &key);
    if (slot == TCS_MAP_NONE)
        slot = add_id(s, c, hash);
    if (slot == TCS_MAP_NONE)
        s->summary.id_more += c->count;
    else
        s->summary.ids[slot].count += c->count;
}

void tcs_survey_unit(struct tcs_survey *s, const struct tcs_work *work)
{
    if (work->code != TCS_OK) {
        s->summary.interrupted++;
        return;
    }
    s->summary.bytes += work->unit.file_len;
    s->summary.no_memory += work->no_memory;
    const struct tcs_events *events = work->result;
    if (events == NULL) {
        s->summary.no_memory++;
        return;
    }
    s->summary.coverage.unknown_layouts += events->unknown_layouts;
    s->summary.read.damage[TCS_DAMAGE_LIMIT] += events->no_room;
    for (const struct tcs_id_count *c = events->counts; c; c = c->next)
        add_id_count(s, c);
}

void tcs_survey_log(struct tcs_survey *s, enum tcs_log_format format, const struct tcs_read_stats *stats)
{
    s->summary.files++;
    s->summary.files_of[format]++;
    tcs_read_stats_merge(&s->summary.read, stats);
}

void tcs_survey_engine(struct tcs_survey *s, const struct tcs_engine_counts *counts)
{
    s->summary.exits_without_image = counts->exits_without_image;
    s->summary.duplicates = counts->duplicates;
    s->summary.table_full = counts->hosts_evicted + counts->processes_evicted + counts->lineage_evicted +
                            counts->images_lost + counts->accounts_lost + counts->roots_lost;
    s->summary.no_memory += counts->no_memory;
}

static int compare_hosts(const void *a, const void *b)
{
    const struct tcs_host_summary *x = a, *y = b;
    size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    int order = len ? memcmp(x->name.p, y->name.p, len) : 0;
    return order ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

static int compare_ids(const void *a, const void *b)
{
    const struct tcs_id_total *x = a, *y = b;
    size_t len = x->provider.len < y->provider.len ? x->provider.len : y->provider.len;
    int order = len ? memcmp(x->provider.p, y->provider.p, len) : 0;
    if (order == 0)
        order = (x->provider.len > y->provider.len) - (x->provider.len < y->provider.len);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

void tcs_survey_finish(struct tcs_survey *s)
{
    struct tcs_summary *summary = &s->summary;
    tcs_coverage_abilities(&summary->coverage, summary->abilities);
    for (size_t i = 0; i < summary->host_count; i++)
        summary->hosts[i].generation = tcs_coverage_generation(&summary->hosts[i].coverage);
    if (summary->host_count)
        qsort(summary->hosts, summary->host_count, sizeof *summary->hosts, compare_hosts);
    if (summary->id_count)
        qsort(summary->ids, summary->id_count, sizeof *summary->ids, compare_ids);
}
