#include "delivery/delivery.h"

#include "delivery/lane.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what lanes ask for ---- */

bool lane_pause(struct lane *l, uint64_t ms)
{
    struct tcs_delivery *d = l->delivery;
    uint64_t until = ms < UINT64_MAX - tcs_monotonic_ms() ? tcs_monotonic_ms() + ms : UINT64_MAX;
    tcs_mutex_lock(d->mutex);
    for (uint64_t now; !d->stop && !l->is_woken && (now = tcs_monotonic_ms()) < until;)
        tcs_signal_wait_ms(d->signal, d->mutex, until - now);
    l->is_woken = false;
    bool go_on = !d->stop;
    tcs_mutex_unlock(d->mutex);
    return go_on;
}

bool lane_take_reopen(struct lane *l)
{
    tcs_mutex_lock(l->delivery->mutex);
    bool asked = l->is_reopening;
    l->is_reopening = false;
    tcs_mutex_unlock(l->delivery->mutex);
    return asked;
}

void lane_note_empty(struct lane *l)
{
    struct tcs_delivery *d = l->delivery;
    tcs_mutex_lock(d->mutex);
    l->is_empty = !l->is_woken; /* woken since it looked: there may be something */
    tcs_signal_all(d->signal);
    tcs_mutex_unlock(d->mutex);
}

static void note_end(struct lane *l)
{
    struct tcs_delivery *d = l->delivery;
    tcs_mutex_lock(d->mutex);
    l->has_ended = true;
    tcs_signal_all(d->signal);
    tcs_mutex_unlock(d->mutex);
}

/* ---- start ---- */

static void run_lane(void *ctx)
{
    struct lane *l = ctx;
    lane_run(l);
    note_end(l);
}

static void done_lane(struct lane *l)
{
    if (l->channel)
        l->ops->close(l->channel);
    tcs_store_close(l->store);
    tcs_arena_done(&l->arena);
    free(l->outcome.sequences);
}

static void free_delivery(struct tcs_delivery *d)
{
    for (size_t i = 0; i < d->lane_count; i++)
        done_lane(&d->lanes[i]);
    tcs_signal_free(d->signal);
    tcs_mutex_free(d->mutex);
    free(d->lanes);
    free(d);
}

static enum tcs_code open_lane(struct lane *l, struct tcs_err *err)
{
    const struct tcs_delivery_options *o = l->delivery->options;
    struct tcs_now now = {tcs_monotonic_ms(), tcs_wall_time()};
    struct tcs_outbox_policy policy = tcs_outbox_policy_of(l->config, l->ops);
    tcs_arena_init(&l->arena, LANE_MEMORY_MOST);
    tcs_outbox_init(&l->outbox, &policy, o->seed + (uint64_t)(l - l->delivery->lanes), now);
    l->outcome.sequences = calloc(policy.batch_most, sizeof *l->outcome.sequences);
    if (l->outcome.sequences == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a channel");
    enum tcs_code code = tcs_store_open(o->store_path, TCS_STORE_DELIVER, now.wall, &l->store, NULL, err);
    return code == TCS_OK ? l->ops->open(l->config, &l->delivery->env, &l->channel, err) : code;
}

static enum tcs_code open_lanes(struct tcs_delivery *d, struct tcs_err *err)
{
    const struct tcs_delivery_options *o = d->options;
    for (size_t i = 0; i < o->channel_count; i++) {
        struct tcs_err why = TCS_ERR_INIT;
        struct lane *l = &d->lanes[i];
        l->delivery = d;
        l->config = &o->channels[i];
        l->ops = tcs_channel_ops_of((enum tcs_channel_type)l->config->type);
        if (l->ops == NULL)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                            "channel %.*s: this tocsin has no channels of type %s",
                            TCS_STR_ARG(l->config->name), tcs_channel_type_names[l->config->type]);
        d->lane_count++;
        enum tcs_code code = open_lane(l, &why);
        if (code != TCS_OK)
            return tcs_fail_os(err, code, why.os, "channel %.*s: %s", TCS_STR_ARG(l->config->name), why.text);
    }
    return TCS_OK;
}

static enum tcs_code start_threads(struct tcs_delivery *d, struct tcs_err *err)
{
    for (size_t i = 0; i < d->lane_count; i++) {
        d->lanes[i].thread = tcs_thread_start(run_lane, &d->lanes[i]);
        if (d->lanes[i].thread == NULL)
            return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no thread for channel %.*s",
                            TCS_STR_ARG(d->lanes[i].config->name));
    }
    return TCS_OK;
}

enum tcs_code tcs_delivery_start(const struct tcs_delivery_options *options, struct tcs_delivery **out,
                                 struct tcs_err *err)
{
    *out = NULL;
    struct tcs_delivery *d = calloc(1, sizeof *d);
    if (d == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the delivery");
    d->options = options;
    d->env = (struct tcs_channel_env){&d->stop, options->host, options->remark, options->remark_ctx};
    d->mutex = tcs_mutex_new();
    d->signal = tcs_signal_new();
    d->lanes = calloc(options->channel_count + 1, sizeof *d->lanes);
    enum tcs_code code = TCS_OK;
    if (d->mutex == NULL || d->signal == NULL || d->lanes == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the delivery");
    if (code == TCS_OK && (code = open_lanes(d, err)) == TCS_OK && (code = start_threads(d, err)) == TCS_OK) {
        *out = d;
        return TCS_OK;
    }
    tcs_delivery_stop(d, UINT64_MAX);
    return code;
}

/* ---- while it runs ---- */

void tcs_delivery_wake(struct tcs_delivery *d)
{
    tcs_mutex_lock(d->mutex);
    for (size_t i = 0; i < d->lane_count; i++) {
        d->lanes[i].is_woken = true;
        d->lanes[i].is_empty = false;
    }
    tcs_signal_all(d->signal);
    tcs_mutex_unlock(d->mutex);
}

void tcs_delivery_reopen(struct tcs_delivery *d)
{
    tcs_mutex_lock(d->mutex);
    for (size_t i = 0; i < d->lane_count; i++)
        d->lanes[i].is_reopening = d->lanes[i].is_woken = true;
    tcs_signal_all(d->signal);
    tcs_mutex_unlock(d->mutex);
}

static bool all_empty(const struct tcs_delivery *d)
{
    for (size_t i = 0; i < d->lane_count; i++)
        if (!d->lanes[i].is_empty)
            return false;
    return true;
}

static size_t count_running(const struct tcs_delivery *d)
{
    size_t count = 0;
    for (size_t i = 0; i < d->lane_count; i++)
        count += d->lanes[i].thread && !d->lanes[i].has_ended;
    return count;
}

static uint64_t deadline(uint64_t timeout)
{
    uint64_t now = tcs_monotonic_ms();
    return timeout < UINT64_MAX - now ? now + timeout : UINT64_MAX;
}

bool tcs_delivery_drain(struct tcs_delivery *d, uint64_t timeout)
{
    uint64_t until = deadline(timeout);
    tcs_delivery_wake(d);
    tcs_mutex_lock(d->mutex);
    for (uint64_t now; !all_empty(d) && (now = tcs_monotonic_ms()) < until;)
        tcs_signal_wait_ms(d->signal, d->mutex, until - now);
    bool is_done = all_empty(d);
    tcs_mutex_unlock(d->mutex);
    return is_done;
}

size_t tcs_delivery_stop(struct tcs_delivery *d, uint64_t timeout)
{
    uint64_t until = deadline(timeout);
    size_t hanging = 0;
    if (d->mutex && d->signal && d->lanes) {
        tcs_mutex_lock(d->mutex);
        d->stop = true;
        tcs_signal_all(d->signal);
        for (uint64_t now; (hanging = count_running(d)) > 0 && (now = tcs_monotonic_ms()) < until;)
            tcs_signal_wait_ms(d->signal, d->mutex, until - now);
        tcs_mutex_unlock(d->mutex);
    }
    if (hanging)
        return hanging; /* they still use all of it */
    for (size_t i = 0; i < d->lane_count; i++)
        if (d->lanes[i].thread)
            tcs_thread_join(d->lanes[i].thread);
    free_delivery(d);
    return 0;
}
