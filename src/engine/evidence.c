#include "engine/evidence.h"

#include <sha2.h>

/* Channel and provider by origin, so that evidence need not copy them. */
static const struct {
    struct tcs_str channel, provider;
} origin_texts[TCS_ORIGIN_COUNT] = {
    [TCS_ORIGIN_SECURITY_EVT] = {TCS_STR_INIT("Security"), TCS_STR_INIT("Security")},
    [TCS_ORIGIN_AUDITING] = {TCS_STR_INIT("Security"), TCS_STR_INIT("Microsoft-Windows-Security-Auditing")},
    [TCS_ORIGIN_EVENTLOG] = {TCS_STR_INIT(""), TCS_STR_INIT("Microsoft-Windows-Eventlog")},
    [TCS_ORIGIN_SYSMON] = {TCS_STR_INIT("Microsoft-Windows-Sysmon/Operational"),
                           TCS_STR_INIT("Microsoft-Windows-Sysmon")},
    [TCS_ORIGIN_KERNEL_GENERAL] = {TCS_STR_INIT("System"), TCS_STR_INIT("Microsoft-Windows-Kernel-General")},
    [TCS_ORIGIN_EVENTLOG_OLD] = {TCS_STR_INIT("System"), TCS_STR_INIT("EventLog")},
    [TCS_ORIGIN_USER32] = {TCS_STR_INIT("System"), TCS_STR_INIT("User32")},
};

/* The channel of the event being fed, from a constant. */
struct tcs_str channel_now(const struct tcs_engine *e)
{
    struct tcs_str text = origin_texts[e->ev->origin].channel;
    if (text.len)
        return text;
    bool is_security = tcs_value_eq_ascii_nocase(e->ev->rec->system[TCS_SYS_CHANNEL], TCS_STR("Security"));
    return is_security ? TCS_STR("Security") : TCS_STR("System");
}

struct tcs_evidence evidence_now(const struct tcs_engine *e, enum tcs_rule rule)
{
    return (struct tcs_evidence){
        .rule = rule,
        .event_id = e->ev->rec->event_id,
        .record_id = e->ev->rec->record_id,
        .time = e->ev->rec->time,
        .channel = channel_now(e),
        .provider = origin_texts[e->ev->origin].provider,
        .origin = e->origin,
        .state = e->ev->rec->state,
    };
}

struct tcs_evidence evidence_of_start(const struct tcs_engine *e, const struct process *p, enum tcs_rule rule)
{
    static const uint16_t start_ids[TCS_ORIGIN_COUNT] = {
        [TCS_ORIGIN_SECURITY_EVT] = 592,
        [TCS_ORIGIN_AUDITING] = 4688,
        [TCS_ORIGIN_SYSMON] = 1,
    };
    return (struct tcs_evidence){
        .rule = rule,
        .event_id = start_ids[p->start_origin],
        .record_id = p->start_record,
        .time = p->start,
        .channel = origin_texts[p->start_origin].channel,
        .provider = origin_texts[p->start_origin].provider,
        .origin = e->origin,
    };
}

bool evidence_same_record(const struct tcs_evidence *a, const struct tcs_evidence *b)
{
    return a->event_id == b->event_id && a->record_id == b->record_id && a->time.ticks == b->time.ticks &&
           tcs_str_eq(a->channel, b->channel);
}

/* SHA-256, because two findings of an intruder's making must not share one. */
void evidence_id(char id[33], struct tcs_str host, const struct tcs_evidence *ev, uint64_t pid)
{
    uint64_t numbers[4] = {ev->record_id, (uint64_t)ev->time.ticks, pid, ev->event_id};
    uint8_t bytes[sizeof numbers];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        tcs_put_le64(bytes + 8 * i, numbers[i]);
    SHA2_CTX ctx;
    uint8_t digest[SHA256_DIGEST_LENGTH] = {0};
    SHA256Init(&ctx);
    SHA256Update(&ctx, (const uint8_t *)host.p, host.len);
    SHA256Update(&ctx, (const uint8_t *)"", 1);
    SHA256Update(&ctx, (const uint8_t *)ev->channel.p, ev->channel.len);
    SHA256Update(&ctx, (const uint8_t *)"", 1);
    SHA256Update(&ctx, bytes, sizeof bytes);
    SHA256Final(digest, &ctx);
    for (unsigned i = 0; i < 16; i++) {
        id[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    id[32] = '\0';
}
