/*
 * The engine's memory as rows: stored, loaded, damaged.
 *
 * Input: u8 options, u16 number of bytes of damage, the damage, then events
 * (see engine_events.h).
 *
 * The events go to an engine that runs through, and to one that is stored
 * after each event and loaded anew after some. Then the rows are damaged: a
 * place, a length and bytes for each piece, or rows taken away.
 *
 * Demands: both engines tell the same; what changed bit by bit is what is
 * there at the end; what is loaded is stored as it was. Damaged rows are
 * refused with a reason, or make an engine that works: it takes the events
 * once more, and what it stores is loaded and stored the same again.
 */
#include "engine_events.h"

#include "../tests/reload/rows.h"
#include "render/finding.h"

#include <stdio.h>

enum { EVENTS_MOST = 200, OUT_MOST = 8 << 20 };

/* Small enough to be reached by incidents and opens; tables whose places are freed are larger, because which
 * place is freed depends on the order in which places were given back. */
static const struct tcs_engine_limits limits = {
    .hosts = 64,
    .processes = 1024,
    .images = 512,
    .accounts = 512,
    .opens = 3,
    .findings = 4,
    .evidence = 3,
    .text = 24,
    .incidents = 8,
    .incident_gap_seconds = 3600,
};

struct listener {
    struct tcs_buf out;
};

static void on_told(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    struct listener *l = ctx;
    tcs_buf_printf(&l->out, "told %u ", f->revision);
    tcs_render_finding_json(&l->out, incident, f);
}

static void on_closed(void *ctx, const struct tcs_incident *incident, bool partial)
{
    struct listener *l = ctx;
    struct tcs_text_style style = {.min_severity = TCS_SEVERITY_NONE};
    tcs_buf_printf(&l->out, "closed %d ", partial);
    tcs_render_incident_text(&l->out, incident, &style);
}

static struct tcs_engine *make(const struct tcs_rules *rules, struct listener *l, uint64_t key)
{
    struct tcs_effects effects = {.ctx = l, .told = on_told, .closed = on_closed};
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_engine *e = tcs_engine_new(rules, &limits, (struct tcs_hash_key){key, ~key}, &effects, &err);
    FUZZ_REQUIRE_SAY(e != NULL, err.text);
    return e;
}

static void keep(struct tcs_engine *e, struct row_set *rows)
{
    struct tcs_row_sink sink = rows_sink(rows);
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_engine_save(e, &sink, &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
    tcs_engine_saved(e);
}

/* Everything the engine knows, stored at once. */
static void keep_all(struct tcs_engine *e, struct row_set *rows)
{
    tcs_engine_forget_saved(e);
    keep(e, rows);
}

static void require_equal(const struct row_set *a, const struct row_set *b)
{
    size_t where = 0;
    char text[32];
    bool equal = rows_equal(a, b, &where);
    snprintf(text, sizeof text, "class %u", where < a->count ? a->at[where].key.p[0] : 0);
    FUZZ_REQUIRE_SAY(equal, text);
}

/* Another engine with what the rows say, in the place of e. */
static struct tcs_engine *reload(const struct tcs_rules *rules, struct tcs_engine *e, struct listener *l,
                                 const struct row_set *rows, uint64_t key)
{
    struct row_set all = {0}, again = {0};
    struct tcs_err err = TCS_ERR_INIT;
    keep_all(e, &all);
    require_equal(&all, rows);
    struct tcs_engine *fresh = make(rules, l, key);
    enum tcs_code code = rows_load(rows, fresh, &err);
    FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
    keep_all(fresh, &again);
    require_equal(&again, rows);
    rows_done(&all);
    rows_done(&again);
    tcs_engine_free(e);
    return fresh;
}

static bool feed(struct tcs_engine *e, const struct tcs_event *ev)
{
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code = tcs_engine_feed(e, ev, TCS_STR("fuzz"), &err);
    FUZZ_REQUIRE(code == TCS_OK || code == TCS_NOMEM);
    tcs_engine_tell(e);
    return code == TCS_OK;
}

static void run_twice(const struct tcs_rules *rules, struct fuzz_input in, unsigned every,
                      struct row_set *rows)
{
    struct listener one, two;
    struct fuzz_events events;
    const struct tcs_event *ev;
    tcs_buf_init(&one.out, OUT_MOST);
    tcs_buf_init(&two.out, OUT_MOST);
    struct tcs_engine *whole = make(rules, &one, 1), *parts = make(rules, &two, 2);
    keep(parts, rows);
    fuzz_events_init(&events, in);
    for (unsigned fed = 0; fed < EVENTS_MOST && (ev = fuzz_next_event(&events)) != NULL; fed++) {
        feed(whole, ev);
        feed(parts, ev);
        keep(parts, rows);
        if (fed % every == every - 1)
            parts = reload(rules, parts, &two, rows, fed);
    }
    struct row_set end = {0};
    keep_all(parts, &end);
    require_equal(&end, rows);
    rows_done(&end);
    tcs_engine_finish(whole);
    tcs_engine_finish(parts);
    bool same = tcs_str_eq(tcs_buf_view(&one.out), tcs_buf_view(&two.out));
    FUZZ_REQUIRE_SAY(same, "the engine that was loaded tells something else");
    tcs_engine_free(whole);
    tcs_engine_free(parts);
    tcs_buf_done(&one.out);
    tcs_buf_done(&two.out);
}

/* Rows that differ from the given ones in places that the input chooses. */
static void damage(const struct row_set *rows, struct fuzz_input in, struct row_set *out)
{
    for (size_t i = 0; i < rows->count; i++)
        rows_put(out, rows->at[i].key, rows->at[i].value);
    while (in.len && out->count) {
        size_t i = fuzz_u16(&in) % out->count;
        uint8_t what = fuzz_u8(&in), where = fuzz_u8(&in);
        struct row_entry *entry = &out->at[i];
        size_t len = entry->value.len, at = len ? where % len : 0;
        uint8_t copy[64];
        struct tcs_bytes bytes = fuzz_bytes(&in, what % 8);
        if (len > sizeof copy - 8)
            len = sizeof copy - 8; /* the rest is cut off */
        if (at > len)
            at = len;
        memcpy(copy, entry->value.p, len);
        if (bytes.len)
            memcpy(copy + at, bytes.p, bytes.len);
        if (at + bytes.len > len || what & 0x40)
            len = at + bytes.len;
        uint8_t key[TCS_ROW_KEY_MOST];
        size_t key_len = entry->key.len;
        memcpy(key, entry->key.p, key_len);
        if (what & 0x80)
            key[where % key_len] ^= what & 0x1F;
        rows_put(out, (struct tcs_bytes){key, key_len}, (struct tcs_bytes){copy, len});
    }
}

static void load_damaged(const struct tcs_rules *rules, const struct row_set *rows,
                         struct fuzz_input events_in)
{
    struct listener l;
    struct tcs_err err = TCS_ERR_INIT;
    struct row_set first = {0}, second = {0};
    tcs_buf_init(&l.out, OUT_MOST);
    struct tcs_engine *e = make(rules, &l, 3);
    if (rows_load(rows, e, &err) != TCS_OK) {
        FUZZ_REQUIRE(err.code == TCS_FORMAT || err.code == TCS_LIMIT || err.code == TCS_NOMEM);
        FUZZ_REQUIRE(err.text[0]);
    } else {
        struct fuzz_events events;
        const struct tcs_event *ev;
        keep_all(e, &first);
        struct tcs_engine *other = make(rules, &l, 4);
        enum tcs_code code = rows_load(&first, other, &err);
        FUZZ_REQUIRE_SAY(code == TCS_OK, err.text);
        keep_all(other, &second);
        require_equal(&second, &first);
        tcs_engine_free(other);
        fuzz_events_init(&events, events_in);
        for (unsigned fed = 0; fed < EVENTS_MOST && (ev = fuzz_next_event(&events)) != NULL; fed++)
            feed(e, ev);
        tcs_engine_finish(e);
    }
    tcs_engine_free(e);
    tcs_buf_done(&l.out);
    rows_done(&first);
    rows_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    uint8_t options = fuzz_u8(&in);
    uint16_t damaged = fuzz_u16(&in);
    struct tcs_bytes bytes = fuzz_bytes(&in, damaged % 512);
    const struct tcs_rules *rules = fuzz_rules((options & 1) != 0);
    struct row_set rows = {0}, bad = {0};
    run_twice(rules, in, 1 + (options >> 1) % 32, &rows);
    damage(&rows, (struct fuzz_input){bytes.p, bytes.len}, &bad);
    load_damaged(rules, &bad, in);
    rows_done(&rows);
    rows_done(&bad);
    return 0;
}
