#include "app/watcher.h"

#include "render/escape.h"
#include "render/notice.h"
#include "render/report.h"

#include <stdio.h>
#include <string.h>

/* ---- into the outbox ---- */

static bool is_wanted(const struct watcher *w, const struct tcs_channel_config *channel,
                      const struct tcs_message *m)
{
    bool is_judged = m->kind == TCS_MESSAGE_FINDING || m->kind == TCS_MESSAGE_BLINDNESS;
    return tcs_channel_wants(channel, m) && !(is_judged && m->severity < w->settings->config.min_severity);
}

static enum tcs_code enqueue(struct watcher *w, struct tcs_message *m, struct tcs_err *err)
{
    const struct watch_settings *s = w->settings;
    struct tcs_str *names = tcs_arena_array(&w->arena, s->channel_count, sizeof *names);
    size_t count = 0;
    bool is_new = false;
    if (names == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to tell anybody");
    for (size_t i = 0; i < s->channel_count; i++)
        if (is_wanted(w, &s->channels[i], m))
            names[count++] = s->channels[i].name;
    enum tcs_code code = tcs_store_enqueue(w->store, m, names, count, &is_new, err);
    w->new_messages += code == TCS_OK && is_new && count;
    return code;
}

enum tcs_code tell_notice(struct watcher *w, enum tcs_message_kind kind, enum tcs_severity severity,
                          struct tcs_str subject, struct tcs_str text, struct tcs_err *err)
{
    char name[128];
    struct tcs_time now = tcs_wall_time();
    /* Two notices of one subject at different times are two. */
    int len = snprintf(name, sizeof name, "%.*s %lld", (int)(subject.len < 80 ? subject.len : 80), subject.p,
                       (long long)now.ticks);
    struct tcs_notice notice = {
        .kind = kind,
        .severity = severity,
        .time = now,
        .host = tcs_str_of(w->settings->host),
        .subject = {name, (size_t)len},
        .text = text,
    };
    struct tcs_message m;
    enum tcs_code code = tcs_render_notice(&notice, &w->arena, &m, err);
    return code == TCS_OK ? enqueue(w, &m, err) : code;
}

/* ---- the engine's effects ---- */

/*
 * A drill is known by a secret that `tocsin drill` put into the state before,
 * and that is used up by its first finding: nobody else can have his alarm
 * called a drill.
 */
static bool is_drill(const struct watcher *w, const struct tcs_finding *f)
{
    return w->has_drill && tcs_str_has_ascii_nocase(f->image, tcs_str_of(w->drill_mark));
}

static enum tcs_code mark_drill(struct watcher *w, struct tcs_message *m, struct tcs_err *err)
{
    static const struct tcs_str at = TCS_STR_INIT("\"tocsin\":{"), mark = TCS_STR_INIT("\"drill\":true,");
    struct tcs_buf json;
    bool ok = true;
    size_t i = 0;
    while (i + at.len < m->json.len && !tcs_str_starts(tcs_str_cut(m->json, i, m->json.len), at))
        i++;
    tcs_buf_init(&json, m->json.len + mark.len);
    tcs_buf_str(&json, tcs_str_cut(m->json, 0, i + at.len));
    tcs_buf_str(&json, mark);
    tcs_buf_str(&json, tcs_str_cut(m->json, i + at.len, m->json.len));
    m->json = tcs_arena_str(&w->arena, tcs_buf_view(&json), &ok);
    ok = ok && !json.bad;
    tcs_buf_done(&json);
    m->kind = TCS_MESSAGE_DRILL;
    return ok ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a drill");
}

void tell_finding(void *ctx, const struct tcs_incident *incident, const struct tcs_finding *f)
{
    struct watcher *w = ctx;
    struct tcs_message m;
    if (w->code != TCS_OK)
        return;
    w->code = tcs_render_message(incident, f, &w->arena, &m, &w->err);
    if (w->code != TCS_OK)
        return;
    m.revision = f->revision;
    m.queued = w->now;
    if (is_drill(w, f))
        w->code = mark_drill(w, &m, &w->err);
    if (w->code == TCS_OK)
        w->code = enqueue(w, &m, &w->err);
    w->told += w->code == TCS_OK;
    if (w->code == TCS_OK && m.kind == TCS_MESSAGE_DRILL) {
        w->has_drill = false;
        w->code = row_delete(w, TCS_STATE_META, "drill", &w->err);
    }
}

void tell_report(void *ctx, const struct tcs_incident *incident)
{
    struct watcher *w = ctx;
    struct tcs_incident_report report;
    if (w->code == TCS_OK)
        w->code = tcs_render_report(incident, &w->arena, &report, &w->err);
    if (w->code == TCS_OK)
        w->code = tcs_store_put_report(w->store, &report, &w->err);
}

/* ---- facts about sources ---- */

/* What a fact that blinds is to the engine. Others are said, or told as trouble. */
static const struct {
    enum tcs_rule rule;
    enum tcs_severity severity;
} blinding[TCS_FACT_COUNT] = {
    [TCS_FACT_LOST] = {TCS_RULE_EVENTS_LOST, TCS_LIKELY},
    [TCS_FACT_CLEARED] = {TCS_RULE_LOG_CLEARED, TCS_CRITICAL},
    [TCS_FACT_RESTARTED] = {TCS_RULE_RECORD_GAP, TCS_LIKELY},
    [TCS_FACT_WENT_BACK] = {TCS_RULE_RECORD_GAP, TCS_LIKELY},
    [TCS_FACT_TRUNCATED] = {TCS_RULE_RECORD_GAP, TCS_LIKELY},
    [TCS_FACT_TORN] = {TCS_RULE_INPUT_DAMAGED, TCS_POSSIBLE},
    [TCS_FACT_FULL] = {TCS_RULE_LOG_FULL, TCS_LIKELY},
    [TCS_FACT_VANISHED] = {TCS_RULE_SOURCE_SILENT, TCS_LIKELY},
};

static void put_fact(struct tcs_buf *b, const struct tcs_source_fact *fact)
{
    tcs_buf_puts(b, tcs_fact_words[fact->kind].text);
    tcs_buf_puts(b, ": ");
    tcs_buf_utf8(b, (struct tcs_bytes){(const uint8_t *)fact->path.p, fact->path.len});
    if (fact->has_count)
        tcs_buf_printf(b, " (%llu", (unsigned long long)fact->count);
    if (fact->has_count && fact->after && fact->before)
        tcs_buf_printf(b, ", between record %llu and %llu", (unsigned long long)fact->after,
                       (unsigned long long)fact->before);
    if (fact->has_count)
        tcs_buf_putc(b, ')');
    if (fact->detail.len) {
        tcs_buf_puts(b, ", ");
        tcs_buf_utf8(b, (struct tcs_bytes){(const uint8_t *)fact->detail.p, fact->detail.len});
    }
}

/* The logs that a drill leaves behind come and go as they are meant to. */
static bool is_of_drill(const struct tcs_source_fact *fact)
{
    size_t slash = tcs_str_rfind(fact->path, '/');
    size_t from = slash < fact->path.len ? slash + 1 : 0;
    return tcs_str_starts(tcs_str_cut(fact->path, from, fact->path.len), TCS_STR(TCS_DRILL_LOG));
}

static enum tcs_code blinded(struct watcher *w, const struct tcs_source_fact *fact, struct tcs_str note,
                             struct tcs_err *err)
{
    struct tcs_log_fact f = {
        .rule = blinding[fact->kind].rule,
        .severity = blinding[fact->kind].severity,
        .host = tcs_str_of(w->file ? w->file->computer : ""),
        .time = w->now,
        .note = note,
        .origin = w->origin,
    };
    return tcs_engine_log_fact(w->engine, &f, err);
}

enum tcs_code tell_fact(struct watcher *w, const struct tcs_source_fact *fact, struct tcs_err *err)
{
    static const enum tcs_level levels[] = {[TCS_FACT_NOTE] = TCS_LEVEL_INFO,
                                            [TCS_FACT_BLIND] = TCS_LEVEL_WARNING,
                                            [TCS_FACT_FAULT] = TCS_LEVEL_WARNING};
    enum tcs_fact_weight weight = tcs_fact_words[fact->kind].weight;
    struct tcs_buf text;
    if (is_of_drill(fact))
        return TCS_OK;
    tcs_buf_init(&text, 65536);
    put_fact(&text, fact);
    tcs_journal_say(w->journal, levels[weight], NULL, "%.*s", TCS_STR_ARG(tcs_buf_view(&text)));
    enum tcs_code code = TCS_OK;
    if (weight == TCS_FACT_BLIND)
        code = blinded(w, fact, tcs_buf_view(&text), err);
    else if (weight == TCS_FACT_FAULT)
        code = tell_notice(w, TCS_MESSAGE_TROUBLE, TCS_LIKELY, tcs_str_of(tcs_fact_words[fact->kind].name),
                           tcs_buf_view(&text), err);
    tcs_buf_done(&text);
    return code;
}

/* ---- silence ---- */

static void put_duration(struct tcs_buf *b, uint64_t ms)
{
    uint64_t minutes = ms / 60000;
    if (minutes >= 120)
        tcs_buf_printf(b, "%llu hours", (unsigned long long)(minutes / 60));
    else
        tcs_buf_printf(b, "%llu minutes", (unsigned long long)minutes);
}

enum tcs_code tell_silence(struct watcher *w, struct tcs_err *err)
{
    struct tcs_silent_source s;
    enum tcs_code code = TCS_OK;
    while (code == TCS_OK && tcs_silence_next(w->silence, tcs_monotonic_ms(), &s)) {
        /* The name is "COMPUTER FILE": see blob_take. */
        size_t blank = tcs_str_find(s.name, ' ');
        struct tcs_buf text;
        tcs_buf_init(&text, 8192);
        tcs_buf_puts(&text, "nothing was heard for ");
        put_duration(&text, s.silent_ms);
        tcs_buf_puts(&text, " from ");
        tcs_buf_str(&text, tcs_str_cut(s.name, blank < s.name.len ? blank + 1 : 0, s.name.len));
        tcs_buf_puts(&text, s.is_configured ? ", as long as the configuration allows"
                                            : ", much longer than it is ever silent");
        struct tcs_log_fact f = {.rule = TCS_RULE_SOURCE_SILENT,
                                 .severity = TCS_LIKELY,
                                 .host = tcs_str_cut(s.name, 0, blank),
                                 .time = w->now,
                                 .note = tcs_buf_view(&text),
                                 .origin =
                                     tcs_str_cut(s.name, blank < s.name.len ? blank + 1 : 0, s.name.len)};
        code = tcs_engine_log_fact(w->engine, &f, err);
        tcs_buf_done(&text);
    }
    return code;
}
