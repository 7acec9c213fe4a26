#include "model/read_stats.h"

#include "model/record.h"

const char *const tcs_damage_names[TCS_DAMAGE_COUNT][2] = {
    [TCS_DAMAGE_HEADER] = {"bad file header", "bad file headers"},
    [TCS_DAMAGE_TRUNCATED] = {"truncated log", "truncated logs"},
    [TCS_DAMAGE_CHUNK] = {"chunk without signature", "chunks without signature"},
    [TCS_DAMAGE_CHECKSUM] = {"wrong checksum", "wrong checksums"},
    [TCS_DAMAGE_RECORD] = {"damaged record", "damaged records"},
    [TCS_DAMAGE_TORN] = {"torn record", "torn records"},
    [TCS_DAMAGE_TEMPLATE] = {"lost template", "lost templates"},
    [TCS_DAMAGE_DATA] = {"record with unreadable data", "records with unreadable data"},
    [TCS_DAMAGE_LIMIT] = {"record beyond a limit", "records beyond a limit"},
    [TCS_DAMAGE_STALE] = {"log that was not closed", "logs that were not closed"},
};

bool tcs_damage_is_loss(enum tcs_damage kind)
{
    /* A wrong file header and a log that was not closed cost nothing: the chunks say it all themselves. */
    return kind != TCS_DAMAGE_HEADER && kind != TCS_DAMAGE_STALE && kind != TCS_DAMAGE_TEMPLATE;
}

/* A record without a time, which exports leave behind, says nothing of the span. */
static void widen(struct tcs_read_stats *stats, struct tcs_time first, struct tcs_time last)
{
    if (tcs_time_is_unset(first) || tcs_time_is_unset(last))
        return;
    if (!stats->has_span || tcs_time_before(first, stats->first))
        stats->first = first;
    if (!stats->has_span || tcs_time_before(stats->last, last))
        stats->last = last;
    stats->has_span = true;
}

/* Numbers grow by one. A fall is a log that was begun anew, or a copy of several times: no hole. */
static void note_step(struct tcs_read_stats *stats, uint64_t number, struct tcs_time time)
{
    if (!stats->has_numbers || number <= stats->last_number || number - stats->last_number == 1)
        return;
    if (stats->gaps == 0) {
        stats->gap_after = stats->last_number;
        stats->gap_before = number;
        stats->gap_from = stats->last_time;
        stats->gap_to = time;
    }
    stats->gaps++;
    stats->missing += number - stats->last_number - 1;
}

void tcs_read_stats_count(struct tcs_read_stats *stats, unsigned state, uint64_t number,
                          struct tcs_time written)
{
    if (state & TCS_STATE_SLACK) {
        stats->slack++;
        return;
    }
    if (!(state & TCS_STATE_TORN)) {
        widen(stats, written, written);
        stats->records++;
        stats->recovered += (state & TCS_STATE_RECOVERED) != 0;
    }
    note_step(stats, number, written);
    if (!stats->has_numbers) {
        stats->first_number = number;
        stats->first_time = written;
    }
    stats->has_numbers = true;
    stats->last_number = number;
    stats->last_time = written;
}

static void add_counts(struct tcs_read_stats *to, const struct tcs_read_stats *from)
{
    if (from->has_span)
        widen(to, from->first, from->last);
    to->records += from->records;
    to->recovered += from->recovered;
    to->slack += from->slack;
    to->chunks += from->chunks;
    to->empty += from->empty;
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        to->damage[i] += from->damage[i];
}

void tcs_read_stats_append(struct tcs_read_stats *to, const struct tcs_read_stats *from)
{
    add_counts(to, from);
    if (!from->has_numbers)
        return;
    note_step(to, from->first_number, from->first_time);
    if (to->gaps == 0 && from->gaps) {
        to->gap_after = from->gap_after;
        to->gap_before = from->gap_before;
        to->gap_from = from->gap_from;
        to->gap_to = from->gap_to;
    }
    to->gaps += from->gaps;
    to->missing += from->missing;
    if (!to->has_numbers) {
        to->first_number = from->first_number;
        to->first_time = from->first_time;
    }
    to->has_numbers = true;
    to->last_number = from->last_number;
    to->last_time = from->last_time;
}

void tcs_read_stats_merge(struct tcs_read_stats *to, const struct tcs_read_stats *from)
{
    add_counts(to, from);
    to->gaps += from->gaps;
    to->missing += from->missing;
}

bool tcs_read_stats_has_loss(const struct tcs_read_stats *stats)
{
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        if (stats->damage[i] && tcs_damage_is_loss((enum tcs_damage)i))
            return true;
    return false;
}
