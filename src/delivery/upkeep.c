#include "delivery/lane.h"

/*
 * What keeps the store from growing for ever. What was told is remembered for
 * a month: so long the same finding is not told again if it is read again.
 */
enum { KEEP_DAYS = 30, UPKEEP_EVERY_MS = 86400000 };

static struct tcs_time month_ago(void)
{
    struct tcs_time now = tcs_wall_time();
    return (struct tcs_time){now.ticks - KEEP_DAYS * INT64_C(86400) * TCS_TICKS_PER_SECOND};
}

static bool is_configured(const struct tcs_delivery_options *options, struct tcs_str name)
{
    for (size_t i = 0; i < options->channel_count; i++)
        if (tcs_str_eq(options->channels[i].name, name))
            return true;
    return false;
}

/* A channel that is not in the configuration: what waits for it waits for a month, in case it comes back. */
static enum tcs_code keep_up_stranger(struct lane *l, const struct tcs_channel_status *c, struct tcs_err *err)
{
    uint64_t kept = c->waiting + c->dead, dropped;
    bool is_old = c->waiting && tcs_time_before(c->oldest, month_ago());
    if (kept && !is_old) {
        lane_remark(l, "%llu messages wait for channel %.*s, which the configuration does not have",
                    (unsigned long long)kept, TCS_STR_ARG(c->name));
        return TCS_OK;
    }
    enum tcs_code code = tcs_store_drop_channel(l->store, c->name, &dropped, err);
    if (code == TCS_OK && dropped)
        lane_remark(l, "%llu messages for channel %.*s, which the configuration does not have, were given up",
                    (unsigned long long)dropped, TCS_STR_ARG(c->name));
    return code;
}

static enum tcs_code keep_up(struct lane *l, struct tcs_err *err)
{
    const struct tcs_channel_status *all;
    size_t count;
    enum tcs_code code = tcs_store_prune(l->store, month_ago(), err);
    if (code == TCS_OK)
        code = tcs_store_channels(l->store, &l->arena, &all, &count, err);
    for (size_t i = 0; code == TCS_OK && i < count; i++)
        if (!is_configured(l->delivery->options, all[i].name))
            code = keep_up_stranger(l, &all[i], err);
    return code;
}

/*
 * The first lane does it for all. If it fails it is done the next day: nothing
 * is lost by that.
 */
void lane_keep_up(struct lane *l)
{
    struct tcs_err err = TCS_ERR_INIT;
    uint64_t now = tcs_monotonic_ms();
    if (l != l->delivery->lanes || now < l->upkeep_at)
        return;
    l->upkeep_at = now + UPKEEP_EVERY_MS;
    if (keep_up(l, &err) != TCS_OK)
        lane_remark(l, "%s", err.text);
    tcs_arena_reset(&l->arena);
}

/* Somebody may have mended what was wrong with the channel: that is why one starts it again. */
void lane_revive(struct lane *l)
{
    struct tcs_err err = TCS_ERR_INIT;
    uint64_t count;
    if (l->is_revived)
        return;
    l->is_revived = tcs_store_revive(l->store, l->config->name, &count, &err) == TCS_OK;
    if (l->is_revived && count)
        lane_remark(l, "%llu dead letters are tried once more", (unsigned long long)count);
}
