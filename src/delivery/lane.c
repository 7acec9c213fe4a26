#include "delivery/lane.h"

#include "render/notice.h"

#include <stdarg.h>
#include <stdio.h>

enum { STORE_RETRY_MS = 500, STORE_REMARK_EVERY = 120 };

void lane_remark(const struct lane *l, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (l->delivery->options->remark)
        l->delivery->options->remark(l->delivery->options->remark_ctx, l->config->name, text);
}

static struct tcs_now read_clocks(void)
{
    return (struct tcs_now){tcs_monotonic_ms(), tcs_wall_time()};
}

/* Says it the first time, and now and then; what is not in the store stays there or is not lost yet. */
static uint64_t store_trouble(struct lane *l, const struct tcs_err *err)
{
    if (l->store_failures++ % STORE_REMARK_EVERY == 0)
        lane_remark(l, "%s; trying again", err->text);
    return STORE_RETRY_MS;
}

/* ---- telling the others ---- */

static uint64_t count_waiting(struct lane *l)
{
    const struct tcs_channel_status *all;
    size_t count;
    if (tcs_store_channels(l->store, &l->arena, &all, &count, NULL) == TCS_OK)
        for (size_t i = 0; i < count; i++)
            if (tcs_str_eq(all[i].name, l->config->name))
                return all[i].waiting;
    return 0;
}

static void put_trouble(struct lane *l, const struct outcome *o, struct tcs_buf *text)
{
    if (o->trouble == TCS_TROUBLE_DEAD)
        tcs_buf_printf(text, "channel %.*s gave up %llu message%s: %s", TCS_STR_ARG(l->config->name),
                       (unsigned long long)o->trouble_count, o->trouble_count == 1 ? "" : "s", o->text);
    else
        tcs_buf_printf(text, "channel %.*s has been failing for %llu minutes, %llu messages wait: %s",
                       TCS_STR_ARG(l->config->name),
                       (unsigned long long)(l->outbox.policy.warn_after / 60000),
                       (unsigned long long)count_waiting(l), o->text);
}

/* Puts trouble with this channel into the outbox of all others, within the transaction. */
static enum tcs_code tell_others(struct lane *l, const struct outcome *o, struct tcs_err *err)
{
    const struct tcs_delivery_options *options = l->delivery->options;
    struct tcs_str *others = tcs_arena_array(&l->arena, options->channel_count, sizeof *others);
    struct tcs_buf text, subject;
    size_t count = 0;
    for (size_t i = 0; others && i < options->channel_count; i++)
        if (&options->channels[i] != l->config)
            others[count++] = options->channels[i].name;
    tcs_buf_init(&text, 4096);
    tcs_buf_init(&subject, 4096);
    put_trouble(l, o, &text);
    tcs_buf_printf(&subject, "%.*s %d %lld", TCS_STR_ARG(l->config->name), (int)o->trouble,
                   (long long)o->now.ticks);
    lane_remark(l, "%.*s", TCS_STR_ARG(tcs_buf_view(&text)));
    const struct tcs_notice_fact facts[] = {{"channel", l->config->name, 0}};
    struct tcs_notice notice = {
        .kind = TCS_MESSAGE_TROUBLE,
        .severity = TCS_CERTAIN,
        .time = o->now,
        .host = options->host,
        .subject = tcs_buf_view(&subject),
        .text = tcs_buf_view(&text),
        .facts = facts,
        .fact_count = 1,
    };
    struct tcs_message message;
    enum tcs_code code = tcs_render_notice(&notice, &l->arena, &message, err);
    if (code == TCS_OK)
        code = tcs_store_enqueue(l->store, &message, others, count, NULL, err);
    tcs_buf_done(&text);
    tcs_buf_done(&subject);
    return code;
}

/* ---- keeping what became of a batch ---- */

static enum tcs_code keep_outcome(struct lane *l, const struct outcome *o, struct tcs_err *err)
{
    struct tcs_str name = l->config->name, text = tcs_str_of(o->text);
    const uint64_t *sequences = o->sequences;
    enum tcs_code code = TCS_OK;
    if (o->sent)
        code = tcs_store_settle(l->store, name, sequences, o->sent, TCS_OUTBOX_SENT, text, o->now, err);
    sequences += o->sent;
    if (code == TCS_OK && o->dead)
        code = tcs_store_settle(l->store, name, sequences, o->dead, TCS_OUTBOX_DEAD, text, o->now, err);
    sequences += o->dead;
    if (code == TCS_OK && o->failed)
        code = tcs_store_note_failure(l->store, name, sequences, o->failed, text, o->now, o->next, err);
    if (code == TCS_OK && o->trouble != TCS_TROUBLE_NONE)
        code = tell_others(l, o, err);
    return code;
}

/*
 * In one transaction. If that fails the outcome stays pending and is tried
 * again before anything else: what was sent must not be sent twice while we
 * still know about it.
 */
static enum tcs_code settle_outcome(struct lane *l, struct tcs_err *err)
{
    struct outcome *o = &l->outcome;
    enum tcs_code code = tcs_store_begin(l->store, err);
    if (code == TCS_OK && (code = keep_outcome(l, o, err)) == TCS_OK)
        code = tcs_store_commit(l->store, err);
    if (code != TCS_OK) {
        tcs_store_rollback(l->store);
        return code;
    }
    o->is_pending = false;
    l->store_failures = 0;
    if (o->trouble != TCS_TROUBLE_NONE)
        tcs_delivery_wake(l->delivery);
    return TCS_OK;
}

/* ---- sending ---- */

static void say_outcome(const struct lane *l, const struct outcome *o, uint32_t failures_before,
                        uint64_t wait)
{
    if (o->failed)
        lane_remark(l, "not delivered: %s; next try in %llu.%llu s", o->text,
                    (unsigned long long)(wait / 1000), (unsigned long long)(wait % 1000 / 100));
    else if (o->sent && failures_before)
        lane_remark(l, "delivers again after %u failures", (unsigned)failures_before);
}

static void judge(struct lane *l, const struct tcs_outbox_row *rows, struct tcs_outbox_plan plan,
                  enum tcs_send_result result, struct tcs_receipt *receipt)
{
    struct outcome *o = &l->outcome;
    struct tcs_now now = read_clocks();
    uint32_t failures_before = l->outbox.failures;
    receipt->text[sizeof receipt->text - 1] = '\0';
    struct tcs_outbox_verdict v = tcs_outbox_settle(&l->outbox, rows, plan, result, receipt, now);
    o->is_pending = true;
    o->sent = v.sent;
    o->dead = v.dead;
    o->failed = result == TCS_SEND_RETRY ? plan.take - v.sent - v.dead : 0;
    o->now = now.wall;
    o->next = (struct tcs_time){now.wall.ticks + (int64_t)v.wait * (TCS_TICKS_PER_SECOND / 1000)};
    snprintf(o->text, sizeof o->text, "%s%.240s", v.is_expired ? "too old: " : "",
             receipt->text[0] ? receipt->text : "no reason given");
    o->trouble = tcs_outbox_trouble(&l->outbox, now, &o->trouble_count);
    for (size_t i = 0; i < plan.take; i++)
        o->sequences[i] = rows[i].message.sequence;
    say_outcome(l, o, failures_before, v.wait);
}

/* The report of each incident, once. One that is not there is no reason not to send. */
static size_t get_reports(struct lane *l, const struct tcs_message *messages, size_t count,
                          struct tcs_incident_report *reports)
{
    size_t got = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_known = messages[i].incident_id.len == 0;
        for (size_t j = 0; j < got && !is_known; j++)
            is_known = tcs_str_eq(reports[j].incident_id, messages[i].incident_id);
        if (!is_known &&
            tcs_store_get_report(l->store, messages[i].incident_id, &l->arena, &reports[got], NULL) == TCS_OK)
            got++;
    }
    return got;
}

static enum tcs_code send_batch(struct lane *l, const struct tcs_outbox_row *rows,
                                struct tcs_outbox_plan plan, struct tcs_err *err)
{
    struct tcs_message *messages = tcs_arena_array(&l->arena, plan.take, sizeof *messages);
    struct tcs_incident_report *reports = tcs_arena_array(&l->arena, plan.take, sizeof *reports);
    if (messages == NULL || reports == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to deliver");
    for (size_t i = 0; i < plan.take; i++)
        messages[i] = rows[i].message;
    struct tcs_batch batch = {
        .messages = messages,
        .count = plan.take,
        .reports = reports,
        .report_count = l->ops->wants_reports ? get_reports(l, messages, plan.take, reports) : 0,
        .is_digest = plan.is_digest,
    };
    struct tcs_receipt receipt = {0};
    enum tcs_send_result result = l->ops->send(l->channel, &batch, &receipt);
    judge(l, rows, plan, result, &receipt);
    return settle_outcome(l, err);
}

/* What waits; if it is too much for the memory, the oldest of it only. */
static enum tcs_code read_outbox(struct lane *l, const struct tcs_outbox_row **rows, size_t *count,
                                 struct tcs_err *err)
{
    enum tcs_code code = TCS_NOMEM;
    for (size_t most = l->outbox.policy.batch_most + 1; code == TCS_NOMEM && most; most /= 8) {
        tcs_arena_reset(&l->arena);
        tcs_err_clear(err);
        code = tcs_store_pending(l->store, l->config->name, most, &l->arena, rows, count, err);
    }
    return code;
}

/* True if there is trouble to be told, which becomes the outcome then. */
static bool take_trouble(struct lane *l, struct tcs_now now)
{
    struct outcome *o = &l->outcome;
    o->trouble = tcs_outbox_trouble(&l->outbox, now, &o->trouble_count);
    o->sent = o->dead = o->failed = 0; /* its text stays: what was said last */
    o->now = now.wall;
    o->is_pending = o->trouble != TCS_TROUBLE_NONE;
    return o->is_pending;
}

/* However much is put in while nothing may be sent: it is not read each time. Then the time goes by. */
static uint64_t rest(const struct lane *l, struct tcs_now now, uint64_t wait)
{
    uint64_t trouble = tcs_outbox_trouble_wait(&l->outbox, now);
    return trouble < wait ? trouble : wait;
}

/* Sends what is due; gives the milliseconds until it is worth looking again. */
static uint64_t deliver(struct lane *l, struct tcs_err *err)
{
    const struct tcs_outbox_row *rows;
    size_t count;
    struct tcs_now now = read_clocks();
    if (take_trouble(l, now))
        return settle_outcome(l, err) == TCS_OK ? 0 : store_trouble(l, err);
    if (now.steady < l->held_until)
        return rest(l, now, l->held_until - now.steady);
    if (read_outbox(l, &rows, &count, err) != TCS_OK)
        return store_trouble(l, err);
    l->store_failures = 0;
    if (count == 0)
        lane_note_empty(l);
    struct tcs_outbox_plan plan = tcs_outbox_next(&l->outbox, rows, count, now);
    if (plan.take)
        return send_batch(l, rows, plan, err) == TCS_OK ? 0 : store_trouble(l, err);
    if (count)
        l->held_until = now.steady + plan.wait;
    return rest(l, now, plan.wait);
}

/* One turn of the lane. */
static uint64_t look(struct lane *l)
{
    struct tcs_err err = TCS_ERR_INIT;
    if (lane_take_reopen(l) && l->ops->reopen)
        l->ops->reopen(l->channel);
    tcs_arena_reset(&l->arena);
    lane_revive(l);
    lane_keep_up(l);
    if (l->outcome.is_pending && settle_outcome(l, &err) != TCS_OK)
        return store_trouble(l, &err);
    return deliver(l, &err);
}

void lane_run(struct lane *l)
{
    uint64_t wait = 0;
    while (lane_pause(l, wait))
        wait = look(l);
    if (l->outcome.is_pending)
        settle_outcome(l, NULL);
}
