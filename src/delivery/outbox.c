#include "delivery/outbox.h"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DOUBLINGS_MOST = 32,
};

/* The other side may ask for patience, but not for our silence. */
#define RETRY_AFTER_MOST ((uint64_t)6 * HOUR)

struct tcs_outbox_policy tcs_outbox_policy_of(const struct tcs_channel_config *config,
                                              const struct tcs_channel_ops *ops)
{
    return (struct tcs_outbox_policy){
        .retry_least = SECOND,
        .retry_most = (uint64_t)15 * MINUTE,
        .expire = config->expire,
        .burst = config->burst,
        .digest = config->digest,
        .warn_after = (uint64_t)10 * MINUTE,
        .warn_every = HOUR,
        .batch = ops->batch,
        .digests = ops->digests,
        .batch_most = ops->batch_most ? ops->batch_most : 1,
    };
}

void tcs_outbox_init(struct tcs_outbox *o, const struct tcs_outbox_policy *policy, uint64_t seed,
                     struct tcs_now now)
{
    *o = (struct tcs_outbox){
        .policy = *policy,
        .random = seed,
        .next_try = now.steady,
        .tokens = policy->burst * policy->digest,
        .tokens_at = now.steady,
    };
}

/* ---- what next ---- */

/* The rate limit saves up one millisecond a millisecond; a send costs `digest` of them. */
static void save_up(struct tcs_outbox *o, struct tcs_now now)
{
    uint64_t most = o->policy.burst * o->policy.digest;
    uint64_t passed = now.steady - o->tokens_at;
    o->tokens_at = now.steady;
    o->tokens = passed < most - o->tokens ? o->tokens + passed : most;
}

/* Messages from `from` on that belong together without any pressure. */
static size_t natural_batch(const struct tcs_outbox *o, const struct tcs_outbox_row *rows, size_t from,
                            size_t count)
{
    size_t most = count - from < o->policy.batch_most ? count - from : o->policy.batch_most;
    if (o->policy.batch == TCS_BATCH_ANY)
        return most;
    struct tcs_str incident = rows[from].message.incident_id;
    size_t len = 1;
    while (o->policy.batch == TCS_BATCH_INCIDENT && incident.len && len < most &&
           tcs_str_eq(rows[from + len].message.incident_id, incident))
        len++;
    return len;
}

/* More sends than the rate limit has left? */
static bool is_crowded(const struct tcs_outbox *o, const struct tcs_outbox_row *rows, size_t count)
{
    uint64_t left = o->policy.burst ? o->tokens / o->policy.digest : UINT64_MAX;
    uint64_t sends = 0;
    for (size_t at = 0; at < count && sends <= left; sends++)
        at += natural_batch(o, rows, at, count);
    return sends > left;
}

struct tcs_outbox_plan tcs_outbox_next(struct tcs_outbox *o, const struct tcs_outbox_row *rows, size_t count,
                                       struct tcs_now now)
{
    if (count == 0)
        return (struct tcs_outbox_plan){.wait = UINT64_MAX};
    if (now.steady < o->next_try)
        return (struct tcs_outbox_plan){.wait = o->next_try - now.steady};
    if (o->policy.burst) {
        save_up(o, now);
        if (o->tokens < o->policy.digest)
            return (struct tcs_outbox_plan){.wait = o->policy.digest - o->tokens};
    }
    size_t natural = natural_batch(o, rows, 0, count);
    if (o->suspects) {
        size_t some = o->halved < count ? o->halved : count;
        return (struct tcs_outbox_plan){.take = some, .is_digest = some > natural};
    }
    if (!o->policy.digests || !is_crowded(o, rows, count))
        return (struct tcs_outbox_plan){.take = natural};
    size_t all = count < o->policy.batch_most ? count : o->policy.batch_most;
    return (struct tcs_outbox_plan){.take = all, .is_digest = all > natural};
}

/* ---- what became of it ---- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(struct tcs_outbox *o)
{
    uint64_t z = o->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Doubled with each failure; the upper half is left to chance, so that many do not come back at one moment.
 */
static uint64_t back_off(struct tcs_outbox *o)
{
    uint32_t doublings = o->failures - 1 < DOUBLINGS_MOST ? o->failures - 1 : DOUBLINGS_MOST;
    uint64_t wait = o->policy.retry_least << doublings;
    if (wait > o->policy.retry_most)
        wait = o->policy.retry_most;
    return wait - next_random(o) % (wait / 2 + 1);
}

static void note_failure(struct tcs_outbox *o, struct tcs_now now, uint64_t asked)
{
    if (o->failures == 0)
        o->failing_at = now.steady;
    if (o->failures < UINT32_MAX)
        o->failures++;
    uint64_t wait = back_off(o);
    if (asked > RETRY_AFTER_MOST)
        asked = RETRY_AFTER_MOST;
    o->next_try = now.steady + (asked > wait ? asked : wait);
}

static void note_success(struct tcs_outbox *o, struct tcs_now now)
{
    o->failures = 0;
    o->warned = false;
    o->next_try = now.steady;
}

static bool is_expired(const struct tcs_outbox *o, const struct tcs_message *m, struct tcs_now now)
{
    if (o->policy.expire == 0 || now.wall.ticks < m->queued.ticks)
        return false;
    uint64_t age = (uint64_t)(now.wall.ticks - m->queued.ticks) / (TCS_TICKS_PER_SECOND / SECOND);
    return age >= o->policy.expire;
}

static void count_dead(struct tcs_outbox *o, const struct tcs_outbox_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        o->dead_untold += rows[i].message.kind != TCS_MESSAGE_TROUBLE;
}

/* Rejected together: one of them may be the reason, so it is looked for by halves. Rejected alone: it is
 * dead. */
static void reject(struct tcs_outbox *o, struct tcs_outbox_verdict *v, size_t left, struct tcs_now now)
{
    if (left > 1) {
        o->suspects = o->suspects > left ? o->suspects : left;
        o->halved = left / 2;
        o->next_try = now.steady;
        return;
    }
    v->dead = left;
    /* If everything is rejected it is the channel that is wrong: the more in a row, the slower they die. */
    note_failure(o, now, 0);
}

/* With a dead one gone the others may all be good. */
static void clear_suspects(struct tcs_outbox *o, const struct tcs_outbox_verdict *v)
{
    size_t gone = v->sent + v->dead;
    o->suspects -= o->suspects < gone ? o->suspects : gone;
    if (v->dead || o->halved > o->suspects)
        o->halved = o->suspects;
}

struct tcs_outbox_verdict tcs_outbox_settle(struct tcs_outbox *o, const struct tcs_outbox_row *rows,
                                            struct tcs_outbox_plan plan, enum tcs_send_result result,
                                            const struct tcs_receipt *receipt, struct tcs_now now)
{
    struct tcs_outbox_verdict v = {0};
    v.sent = result == TCS_SENT || receipt->taken > plan.take ? plan.take : receipt->taken;
    size_t left = plan.take - v.sent;
    if (v.sent)
        note_success(o, now);
    if (o->policy.burst && v.sent)
        o->tokens -= o->tokens < o->policy.digest ? o->tokens : o->policy.digest;
    if (left && result == TCS_SEND_RETRY) {
        note_failure(o, now, receipt->retry_after);
        while (v.dead < left && is_expired(o, &rows[v.sent + v.dead].message, now))
            v.dead++;
        v.is_expired = v.dead > 0;
    } else if (left) {
        reject(o, &v, left, now);
    }
    clear_suspects(o, &v);
    count_dead(o, rows + v.sent, v.dead);
    v.wait = o->next_try - now.steady;
    return v;
}

/* Milliseconds until a moment that may have passed. */
static uint64_t until(struct tcs_now now, uint64_t since, uint64_t after)
{
    uint64_t passed = now.steady - since;
    return passed < after ? after - passed : 0;
}

static uint64_t dead_wait(const struct tcs_outbox *o, struct tcs_now now)
{
    if (o->dead_untold == 0)
        return UINT64_MAX;
    return o->dead_told ? until(now, o->dead_told_at, o->policy.warn_every) : 0;
}

static uint64_t failing_wait(const struct tcs_outbox *o, struct tcs_now now)
{
    return o->failures && !o->warned ? until(now, o->failing_at, o->policy.warn_after) : UINT64_MAX;
}

uint64_t tcs_outbox_trouble_wait(const struct tcs_outbox *o, struct tcs_now now)
{
    uint64_t dead = dead_wait(o, now), failing = failing_wait(o, now);
    return dead < failing ? dead : failing;
}

enum tcs_outbox_trouble tcs_outbox_trouble(struct tcs_outbox *o, struct tcs_now now, uint64_t *count)
{
    *count = 0;
    if (dead_wait(o, now) == 0) {
        *count = o->dead_untold;
        o->dead_untold = 0;
        o->dead_told = true;
        o->dead_told_at = now.steady;
        return TCS_TROUBLE_DEAD;
    }
    if (failing_wait(o, now) == 0) {
        o->warned = true;
        return TCS_TROUBLE_FAILING;
    }
    return TCS_TROUBLE_NONE;
}
