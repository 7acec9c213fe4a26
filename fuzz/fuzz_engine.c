/*
 * The engine, fed a stream of events within tiny limits.
 *
 * Input: u8 options, then events; see engine_events.h.
 *
 * Demands: limits hold; every new finding is given out once, in an incident
 * that is put together right; all forms of it are good text; and nothing of
 * it depends on the key of the hash tables.
 */
#include "engine_events.h"

#include "render/finding.h"

#include <stdio.h>

enum { EVENTS_MOST = 400, OUT_MOST = 4 << 20 };

static const struct tcs_engine_limits tiny = {
    .hosts = 3,
    .processes = 9,
    .images = 7,
    .accounts = 6,
    .opens = 3,
    .findings = 4,
    .evidence = 3,
    .incidents = 8,
    .text = 24,
    .incident_gap_seconds = 3600,
};

/* ---- what comes out ---- */

struct listener {
    uint64_t new_findings, closed_findings;
    uint64_t hash; /* of all that was told, in its order */
    struct tcs_buf out;
};

static bool is_id(const char *id)
{
    return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

static void check_tree(const struct tcs_incident *incident)
{
    for (size_t i = 0; i < incident->node_count; i++) {
        uint32_t parent = incident->nodes[i].parent;
        FUZZ_REQUIRE(parent == TCS_NO_NODE || parent < incident->node_count);
        size_t steps_up = 0;
        for (uint32_t at = (uint32_t)i; at != TCS_NO_NODE; at = incident->nodes[at].parent)
            FUZZ_REQUIRE_SAY(steps_up++ <= incident->node_count, "a circle in the tree");
    }
}

static void check_finding(const struct tcs_incident *incident, const struct tcs_finding *f)
{
    FUZZ_REQUIRE(is_id(f->id));
    FUZZ_REQUIRE(f->rules != 0 && f->rules < 1u << TCS_RULE_COUNT);
    FUZZ_REQUIRE(f->severity < TCS_SEVERITY_COUNT && f->severity <= incident->severity);
    FUZZ_REQUIRE(f->evidence_count > 0 && f->evidence_count <= tiny.evidence);
    FUZZ_REQUIRE(f->node == TCS_NO_NODE || f->node < incident->node_count);
    FUZZ_REQUIRE(f->command.len <= tiny.text);
    for (size_t i = 0; i < f->record.field_count; i++)
        FUZZ_REQUIRE(f->record.fields[i].value.len <= tiny.text);
}

static void check_forms(struct listener *l, const struct tcs_incident *incident)
{
    const char *why = "";
    struct tcs_text_style style = {.color = false};
    for (size_t i = 0; i < incident->finding_count; i++) {
        tcs_buf_clear(&l->out);
        tcs_render_finding_json(&l->out, incident, incident->findings[i]);
        FUZZ_REQUIRE(!l->out.bad);
        FUZZ_REQUIRE_SAY(fuzz_is_json_object(l->out.p, l->out.len, &why), why);
        l->hash = fuzz_hash(l->hash, l->out.p, l->out.len);
        tcs_buf_clear(&l->out);
        tcs_render_finding_csv(&l->out, incident, incident->findings[i]);
        FUZZ_REQUIRE(!l->out.bad && fuzz_is_utf8(l->out.p, l->out.len));
        FUZZ_REQUIRE(memchr(l->out.p, '\n', l->out.len) == l->out.p + l->out.len - 1);
    }
    tcs_buf_clear(&l->out);
    tcs_render_incident_text(&l->out, incident, &style);
    FUZZ_REQUIRE(!l->out.bad && fuzz_is_utf8(l->out.p, l->out.len));
    for (size_t i = 0; i < l->out.len; i++)
        FUZZ_REQUIRE_SAY((uint8_t)l->out.p[i] >= 0x20 || l->out.p[i] == '\n',
                         "a control character in the text");
    l->hash = fuzz_hash(l->hash, l->out.p, l->out.len);
}

static void on_changed(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f,
                       bool is_new)
{
    struct listener *l = ctx;
    l->new_findings += is_new;
    check_finding(incident, f);
    l->hash = fuzz_hash(l->hash, f->id, sizeof f->id);
}

static void on_closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct listener *l = ctx;
    FUZZ_REQUIRE(is_id(incident->id));
    FUZZ_REQUIRE(incident->finding_count > 0 && incident->finding_count <= tiny.findings);
    FUZZ_REQUIRE(!tcs_time_before(incident->last, incident->first));
    enum tcs_severity highest = TCS_SEVERITY_NONE;
    for (size_t i = 0; i < incident->finding_count; i++) {
        check_finding(incident, incident->findings[i]);
        if (incident->findings[i]->severity > highest)
            highest = incident->findings[i]->severity;
    }
    FUZZ_REQUIRE(incident->severity >= highest);
    check_tree(incident);
    check_forms(l, incident);
    l->closed_findings += incident->finding_count;
    l->hash = fuzz_hash(l->hash, &partial, sizeof partial);
}

static void feed_all(struct tcs_engine *e, struct fuzz_input in)
{
    struct fuzz_events events;
    const struct tcs_event *ev;
    fuzz_events_init(&events, in);
    for (uint64_t fed = 0; fed < EVENTS_MOST && (ev = fuzz_next_event(&events)) != NULL; fed++) {
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_engine_feed(e, ev, TCS_STR("fuzz"), &err);
        FUZZ_REQUIRE(code == TCS_OK || code == TCS_NOMEM);
        FUZZ_REQUIRE(tcs_engine_counts(e)->events == fed + 1);
    }
}

static void run(const struct tcs_rules *rules, struct fuzz_input in, struct tcs_hash_key key,
                struct listener *l)
{
    struct tcs_effects effects = {.ctx = l, .changed = on_changed, .closed = on_closed};
    struct tcs_err err = TCS_ERR_INIT;
    *l = (struct listener){0};
    tcs_buf_init(&l->out, OUT_MOST);
    struct tcs_engine *e = tcs_engine_new(rules, &tiny, key, &effects, &err);
    FUZZ_REQUIRE_SAY(e != NULL, err.text);
    feed_all(e, in);
    tcs_engine_finish(e);
    FUZZ_REQUIRE(l->new_findings == l->closed_findings);
    l->hash = fuzz_hash(l->hash, tcs_engine_counts(e), sizeof *tcs_engine_counts(e));
    tcs_engine_free(e);
    tcs_buf_done(&l->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct listener one, other;
    const struct tcs_rules *rules = fuzz_rules((fuzz_u8(&in) & 1) != 0);
    run(rules, in, (struct tcs_hash_key){1, 2}, &one);
    run(rules, in, (struct tcs_hash_key){0x5bd1e995, 0x9e3779b97f4a7c15}, &other);
    FUZZ_REQUIRE_SAY(one.hash == other.hash, "the key of the tables shows");
    return 0;
}
