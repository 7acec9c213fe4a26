#include "render/summary.h"

#include "render/escape.h"
#include "render/json.h"

enum { HOSTS_SHOWN = 20 };

/* 1,234,567 */
static void put_number(struct tcs_buf *b, uint64_t n)
{
    char digits[32];
    size_t at = sizeof digits;
    for (unsigned i = 0;; i++) {
        if (i && i % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
        if (n == 0)
            break;
    }
    tcs_buf_put(b, digits + at, sizeof digits - at);
}

static void put_count(struct tcs_buf *b, uint64_t n, const char *one, const char *many)
{
    put_number(b, n);
    tcs_buf_putc(b, ' ');
    tcs_buf_puts(b, n == 1 ? one : many);
}

static void put_read(struct tcs_buf *b, const struct tcs_summary *s)
{
    tcs_buf_puts(b, "read     ");
    put_count(b, s->files, "log", "logs");
    tcs_buf_puts(b, ", ");
    put_count(b, s->read.records, "record", "records");
    if (s->read.has_span) {
        tcs_buf_puts(b, ", ");
        tcs_buf_time_human(b, s->read.first);
        tcs_buf_puts(b, " to ");
        tcs_buf_time_human(b, s->read.last);
    }
    tcs_buf_putc(b, '\n');
    if (s->not_logs) {
        tcs_buf_puts(b, "skipped  ");
        put_count(b, s->not_logs, "file that is no event log", "files that are no event logs");
        tcs_buf_putc(b, '\n');
    }
    if (s->refused) {
        tcs_buf_puts(b, "refused  ");
        put_count(b, s->refused, "file that could not be read; see above",
                  "files that could not be read; see above");
        tcs_buf_putc(b, '\n');
    }
    if (s->interrupted) {
        tcs_buf_puts(b, "cut off  ");
        put_count(b, s->interrupted, "log whose rest could not be read", "logs whose rest could not be read");
        tcs_buf_putc(b, '\n');
    }
}

void tcs_put_losses(struct tcs_buf *b, const struct tcs_read_stats *stats)
{
    const char *between = "";
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++) {
        if (stats->damage[i] == 0 || !tcs_damage_is_loss((enum tcs_damage)i))
            continue;
        tcs_buf_puts(b, between);
        put_count(b, stats->damage[i], tcs_damage_names[i][0], tcs_damage_names[i][1]);
        between = ", ";
    }
}

static void put_damage(struct tcs_buf *b, const struct tcs_summary *s)
{
    const char *between = "damage   ";
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++) {
        if (s->read.damage[i] == 0)
            continue;
        tcs_buf_puts(b, between);
        put_count(b, s->read.damage[i], tcs_damage_names[i][0], tcs_damage_names[i][1]);
        between = ", ";
    }
    if (s->read.recovered) {
        tcs_buf_puts(b, between);
        put_count(b, s->read.recovered, "record recovered behind damage", "records recovered behind damage");
        between = ", ";
    }
    if (between[0] == ',')
        tcs_buf_putc(b, '\n');
}

static uint64_t starts_of(const struct tcs_coverage *c)
{
    return c->counts[TCS_WITNESS_START_OLD] + c->counts[TCS_WITNESS_START_SUBJECT] +
           c->counts[TCS_WITNESS_START_TARGET] + c->counts[TCS_WITNESS_START_SYSMON];
}

static uint64_t exits_of(const struct tcs_coverage *c)
{
    return c->counts[TCS_WITNESS_EXIT] + c->counts[TCS_WITNESS_EXIT_NO_IMAGE] +
           c->counts[TCS_WITNESS_EXIT_OLD] + c->counts[TCS_WITNESS_EXIT_SYSMON];
}

static uint64_t opens_of(const struct tcs_coverage *c)
{
    return c->counts[TCS_WITNESS_OPEN] + c->counts[TCS_WITNESS_OPEN_OLD];
}

static void put_hosts(struct tcs_buf *b, const struct tcs_summary *s)
{
    const char *label = "hosts    ";
    for (size_t i = 0; i < s->host_count && i < HOSTS_SHOWN; i++) {
        const struct tcs_host_summary *h = &s->hosts[i];
        tcs_buf_puts(b, label);
        label = "         ";
        tcs_put_visible(b, h->name);
        if (h->generation)
            tcs_buf_printf(b, " (%s)", h->generation);
        tcs_buf_puts(b, ": ");
        put_count(b, starts_of(&h->coverage), "process start", "process starts");
        tcs_buf_puts(b, ", ");
        put_count(b, exits_of(&h->coverage), "exit", "exits");
        tcs_buf_puts(b, ", ");
        put_count(b, opens_of(&h->coverage), "file access", "file accesses");
        tcs_buf_putc(b, '\n');
    }
    uint64_t more = s->host_more + (s->host_count > HOSTS_SHOWN ? s->host_count - HOSTS_SHOWN : 0);
    if (more) {
        tcs_buf_puts(b, "         and ");
        put_count(b, more, "more host", "more hosts");
        tcs_buf_putc(b, '\n');
    }
}

static const char *const ability_words[] = {
    [TCS_BLIND] = "blind",
    [TCS_PARTLY] = "partly",
    [TCS_ABLE] = "able",
};

static void put_rules(struct tcs_buf *b, const struct tcs_summary *s)
{
    const char *label = "rules    ";
    for (size_t i = 0; i < TCS_ABILITY_ROWS; i++) {
        const struct tcs_rule_ability *r = &s->abilities[i];
        tcs_buf_printf(b, "%s%-15s ", label, tcs_rule_names[r->rule]);
        if (r->why)
            tcs_buf_printf(b, "%-6s  %s\n", ability_words[r->ability], r->why);
        else
            tcs_buf_printf(b, "%s\n", ability_words[r->ability]);
        label = "         ";
    }
}

/* True if starts tell all that there is: what other rules lack is no loss then. */
static bool starts_tell_all(const struct tcs_summary *s)
{
    for (size_t i = 0; i < TCS_ABILITY_ROWS; i++) {
        const struct tcs_rule_ability *r = &s->abilities[i];
        bool is_of_starts = r->rule == TCS_RULE_ACCOUNT_START || r->rule == TCS_RULE_SERVER_CHILD;
        if (is_of_starts && r->ability != TCS_ABLE)
            return false;
    }
    return true;
}

/* "account-start, server-child": the rules that miss what this would bring. */
static void put_rules_that_miss(struct tcs_buf *b, const struct tcs_summary *s, enum tcs_mend mend)
{
    const char *between = "";
    for (size_t i = 0; i < TCS_ABILITY_ROWS; i++) {
        if (s->abilities[i].mend != mend)
            continue;
        tcs_buf_printf(b, "%s%s", between, tcs_rule_names[s->abilities[i].rule]);
        between = ", ";
    }
}

/*
 * True if logs of Windows versions were read that write this format, EVTX or
 * EVT. Events as text may be of either: what they are about tells.
 */
static bool has_windows(const struct tcs_summary *s, unsigned format)
{
    static const enum tcs_witness old[] = {TCS_WITNESS_START_OLD, TCS_WITNESS_EXIT_OLD,
                                           TCS_WITNESS_EXIT_NO_IMAGE, TCS_WITNESS_OPEN_OLD};
    bool is_old = false;
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        is_old = is_old || s->coverage.counts[old[i]];
    bool is_text = s->files_of[TCS_FORMAT_XML] || s->files_of[TCS_FORMAT_JSON];
    bool is_meant = is_text && format == (is_old ? TCS_FORMAT_EVT : TCS_FORMAT_EVTX);
    return is_meant || (format <= TCS_FORMAT_EVT && s->files_of[format]);
}

/* What to switch on, for the kinds of Windows whose logs were read. */
static void put_mends(struct tcs_buf *b, const struct tcs_summary *s)
{
    static const char *const windows[TCS_FORMAT_COUNT] = {
        [TCS_FORMAT_EVTX] = "Vista and later: ",
        [TCS_FORMAT_EVT] = "before Vista: ",
    };
    bool is_mixed = has_windows(s, TCS_FORMAT_EVT) && has_windows(s, TCS_FORMAT_EVTX);
    const char *label = "mend     ";
    for (unsigned mend = TCS_MEND_NONE + 1; mend < TCS_MEND_COUNT; mend++) {
        size_t before = b->len;
        tcs_buf_puts(b, label);
        size_t start = b->len;
        put_rules_that_miss(b, s, (enum tcs_mend)mend);
        if (b->len == start) {
            b->len = before;
            continue;
        }
        tcs_buf_puts(b, ": switch on\n");
        label = "         ";
        for (unsigned format = 0; format < TCS_FORMAT_COUNT; format++)
            if (has_windows(s, format))
                tcs_buf_printf(b, "           %s%s\n", is_mixed ? windows[format] : "",
                               tcs_mend_words((enum tcs_mend)mend, (enum tcs_log_format)format));
    }
}

static void put_oddities(struct tcs_buf *b, const struct tcs_summary *s)
{
    if (s->exits_without_image) {
        tcs_buf_puts(b, "note     ");
        put_count(b, s->exits_without_image, "exit without a program's name could not be joined to its start",
                  "exits without a program's name could not be joined to their starts");
        tcs_buf_putc(b, '\n');
    }
    if (s->coverage.unknown_layouts) {
        tcs_buf_puts(b, "note     ");
        put_count(b, s->coverage.unknown_layouts, "record of a layout that is not known was left out",
                  "records of layouts that are not known were left out");
        tcs_buf_putc(b, '\n');
    }
    if (s->duplicates) {
        tcs_buf_puts(b, "note     ");
        put_count(b, s->duplicates, "record was there twice and counted once",
                  "records were there twice and counted once");
        tcs_buf_putc(b, '\n');
    }
    if (s->no_memory) {
        tcs_buf_puts(b, "note     memory was short ");
        put_count(b, s->no_memory, "time: records or alarms are missing",
                  "times: records or alarms are missing");
        tcs_buf_putc(b, '\n');
    }
    if (s->table_full) {
        tcs_buf_puts(b, "note     tables were full ");
        put_count(b, s->table_full, "time: something old was forgotten, so lineage may be missing",
                  "times: something old was forgotten, so lineage may be missing");
        tcs_buf_putc(b, '\n');
    }
}

static void put_result(struct tcs_buf *b, const struct tcs_summary *s, enum tcs_severity min_severity)
{
    uint64_t all = 0;
    for (unsigned i = TCS_NOTE; i < TCS_SEVERITY_COUNT; i++)
        all += s->findings[i];
    tcs_buf_puts(b, "result   ");
    if (all == s->hidden)
        tcs_buf_puts(b, "nothing rings");
    else
        put_count(b, s->incidents, "incident", "incidents");
    const char *between = all == s->hidden ? "" : ": ";
    for (unsigned i = TCS_SEVERITY_COUNT - 1; i >= min_severity && i > 0; i--) {
        if (s->findings[i] == 0 || all == s->hidden)
            continue;
        tcs_buf_puts(b, between);
        put_number(b, s->findings[i]);
        tcs_buf_printf(b, " %s", tcs_severity_names[i]);
        between = ", ";
    }
    if (s->hidden) {
        tcs_buf_puts(b, " (");
        put_count(b, s->hidden, "finding", "findings");
        tcs_buf_printf(b, " not shown: below --min-severity %s or outside the time asked for)",
                       tcs_severity_names[min_severity]);
    }
    tcs_buf_putc(b, '\n');
    if (starts_of(&s->coverage) + exits_of(&s->coverage) + opens_of(&s->coverage) == 0 && s->files)
        tcs_buf_puts(
            b, "         None of the process rules could ring: these logs hold no process starts, exits or "
               "audited file accesses.\n");
}

void tcs_render_summary(struct tcs_buf *b, const struct tcs_summary *s, enum tcs_severity min_severity)
{
    put_read(b, s);
    put_damage(b, s);
    put_hosts(b, s);
    if (s->files)
        put_rules(b, s);
    if (s->files && !starts_tell_all(s))
        put_mends(b, s);
    put_oddities(b, s);
    put_result(b, s, min_severity);
}

static void put_ids(struct tcs_buf *b, const struct tcs_summary *s)
{
    const char *label = "events   ";
    for (size_t i = 0; i < s->id_count; i++) {
        tcs_buf_puts(b, label);
        label = "         ";
        if (s->ids[i].has_id)
            tcs_buf_printf(b, "%10llu  %5u  ", (unsigned long long)s->ids[i].count, s->ids[i].id);
        else
            tcs_buf_printf(b, "%10llu      ?  ", (unsigned long long)s->ids[i].count);
        tcs_put_visible(b, s->ids[i].provider);
        tcs_buf_putc(b, '\n');
    }
    if (s->id_more)
        tcs_buf_printf(b, "%s%10llu         of further kinds, more than are counted one by one\n", label,
                       (unsigned long long)s->id_more);
}

static void put_tampering(struct tcs_buf *b, const struct tcs_summary *s)
{
    uint64_t all = 0;
    for (unsigned i = TCS_NOTE; i < TCS_SEVERITY_COUNT; i++)
        all += s->findings[i];
    tcs_buf_puts(b, "tamper   ");
    if (all == 0) {
        tcs_buf_puts(b, "no signs\n");
        return;
    }
    const char *between = "";
    for (unsigned i = TCS_SEVERITY_COUNT - 1; i > 0; i--) {
        if (s->findings[i] == 0)
            continue;
        tcs_buf_puts(b, between);
        put_number(b, s->findings[i]);
        tcs_buf_printf(b, " %s", tcs_severity_names[i]);
        between = ", ";
    }
    tcs_buf_puts(b, "; shown above\n");
}

void tcs_render_check_text(struct tcs_buf *b, const struct tcs_summary *s)
{
    put_read(b, s);
    put_damage(b, s);
    put_hosts(b, s);
    put_ids(b, s);
    if (s->files) {
        put_rules(b, s);
        put_mends(b, s);
    }
    put_oddities(b, s);
    put_tampering(b, s);
}

/* ---- JSON ---- */

static void open_member(struct tcs_json *j, const char *name, char bracket)
{
    tcs_json_key(j, tcs_str_of(name));
    tcs_json_open(j, bracket);
}

static void put_span(struct tcs_json *j, struct tcs_time first, struct tcs_time last)
{
    tcs_json_key(j, TCS_STR("first"));
    tcs_json_time(j, first);
    tcs_json_key(j, TCS_STR("last"));
    tcs_json_time(j, last);
}

static void put_json_read(struct tcs_json *j, const struct tcs_summary *s)
{
    tcs_json_pair_u64(j, "logs", s->files);
    tcs_json_pair_u64(j, "bytes", s->bytes);
    tcs_json_pair_u64(j, "refused", s->refused);
    tcs_json_pair_u64(j, "not_logs", s->not_logs);
    tcs_json_pair_u64(j, "records", s->read.records);
    tcs_json_pair_u64(j, "recovered", s->read.recovered);
    if (s->read.has_span)
        put_span(j, s->read.first, s->read.last);
    open_member(j, "damage", '{');
    for (unsigned i = 0; i < TCS_DAMAGE_COUNT; i++)
        if (s->read.damage[i])
            tcs_json_pair_u64(j, tcs_damage_names[i][1], s->read.damage[i]);
    tcs_json_close(j, '}');
}

static void put_json_hosts(struct tcs_json *j, const struct tcs_summary *s)
{
    open_member(j, "hosts", '[');
    for (size_t i = 0; i < s->host_count; i++) {
        const struct tcs_host_summary *h = &s->hosts[i];
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "name", h->name);
        if (h->generation)
            tcs_json_pair_str(j, "generation", tcs_str_of(h->generation));
        tcs_json_pair_u64(j, "starts", starts_of(&h->coverage));
        tcs_json_pair_u64(j, "exits", exits_of(&h->coverage));
        tcs_json_pair_u64(j, "file_accesses", opens_of(&h->coverage));
        put_span(j, h->first, h->last);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
    if (s->host_more)
        tcs_json_pair_u64(j, "host_more", s->host_more);
}

static void put_json_rules(struct tcs_json *j, const struct tcs_summary *s)
{
    open_member(j, "rules", '[');
    for (size_t i = 0; i < TCS_ABILITY_ROWS && s->files; i++) {
        const struct tcs_rule_ability *r = &s->abilities[i];
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "rule", tcs_str_of(tcs_rule_names[r->rule]));
        tcs_json_pair_str(j, "ability", tcs_str_of(ability_words[r->ability]));
        if (r->why)
            tcs_json_pair_str(j, "why", tcs_str_of(r->why));
        if (r->mend) {
            open_member(j, "mend", '[');
            for (unsigned format = 0; format < TCS_FORMAT_COUNT; format++)
                if (has_windows(s, format))
                    tcs_json_str(j, tcs_str_of(tcs_mend_words(r->mend, (enum tcs_log_format)format)));
            tcs_json_close(j, ']');
        }
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
}

static void put_json_ids(struct tcs_json *j, const struct tcs_summary *s)
{
    open_member(j, "events", '[');
    for (size_t i = 0; i < s->id_count; i++) {
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "provider", s->ids[i].provider);
        tcs_json_key(j, TCS_STR("id"));
        if (s->ids[i].has_id)
            tcs_json_u64(j, s->ids[i].id);
        else
            tcs_json_null(j);
        tcs_json_pair_u64(j, "count", s->ids[i].count);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
}

void tcs_render_check_json_start(struct tcs_buf *b)
{
    struct tcs_json j = {b, false};
    tcs_json_open(&j, '{');
    open_member(&j, "tamper_signs", '[');
}

void tcs_render_check_json_end(struct tcs_buf *b, const struct tcs_summary *s)
{
    struct tcs_json j = {b, false};
    tcs_json_close(&j, ']');
    put_json_read(&j, s);
    put_json_hosts(&j, s);
    put_json_ids(&j, s);
    put_json_rules(&j, s);
    open_member(&j, "tamper_signs_by_severity", '{');
    for (unsigned i = TCS_NOTE; i < TCS_SEVERITY_COUNT; i++)
        tcs_json_pair_u64(&j, tcs_severity_names[i], s->findings[i]);
    tcs_json_close(&j, '}');
    tcs_json_pair_u64(&j, "unknown_layouts", s->coverage.unknown_layouts);
    tcs_json_close(&j, '}');
    tcs_buf_putc(b, '\n');
}
