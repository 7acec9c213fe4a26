#include "render/status.h"

#include "render/escape.h"
#include "render/json.h"

/* ---- text ---- */

static void put_label(struct tcs_buf *b, const char *label)
{
    tcs_buf_printf(b, "%-10s", label);
}

/* "3 min ago", so that nobody has to compute. */
static void put_age(struct tcs_buf *b, struct tcs_time then, struct tcs_time now)
{
    int64_t s = tcs_time_seconds_between(then, now);
    if (tcs_time_is_unset(then))
        tcs_buf_puts(b, "never");
    else if (s < 0)
        tcs_buf_puts(b, "in the future");
    else if (s < 120)
        tcs_buf_printf(b, "%lld s ago", (long long)s);
    else if (s < 7200)
        tcs_buf_printf(b, "%lld min ago", (long long)(s / 60));
    else if (s < 172800)
        tcs_buf_printf(b, "%lld h ago", (long long)(s / 3600));
    else
        tcs_buf_printf(b, "%lld days ago", (long long)(s / 86400));
}

static void put_watcher(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    put_label(b, "watcher");
    if (s->is_running)
        tcs_buf_printf(b, "running, process %llu, started ", (unsigned long long)s->pid);
    else if (tcs_time_is_unset(s->started))
        tcs_buf_puts(b, "NOT RUNNING, and none ever ran with this state");
    else
        tcs_buf_puts(b, "NOT RUNNING; the last one was started ");
    if (s->is_running || !tcs_time_is_unset(s->started))
        put_age(b, s->started, s->now);
    if (!s->is_running && !tcs_time_is_unset(s->started)) {
        tcs_buf_puts(b, " and last heard of ");
        put_age(b, s->updated, s->now);
    }
    tcs_buf_putc(b, '\n');
    put_label(b, "state");
    tcs_put_visible(b, s->state);
    tcs_buf_putc(b, '\n');
    put_label(b, "read");
    tcs_buf_printf(b, "%llu records that the rules need; told %llu findings; gave up %llu parts of logs\n",
                   (unsigned long long)s->records, (unsigned long long)s->told,
                   (unsigned long long)s->skipped);
}

static const char *file_word(const struct tcs_file_status *f)
{
    return !f->is_there      ? "GONE"
           : !f->is_readable ? "UNREADABLE"
           : !f->is_log      ? "no log"
           : f->is_waiting   ? "half-written"
                             : "ok";
}

static void put_files(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    for (size_t i = 0; i < s->file_count; i++) {
        const struct tcs_file_status *f = &s->files[i];
        put_label(b, i ? "" : "logs");
        tcs_buf_printf(b, "%-12s ", file_word(f));
        tcs_put_visible(b, f->path);
        if (f->number) {
            tcs_buf_printf(b, ", record %llu written ", (unsigned long long)f->number);
            put_age(b, f->at, s->now);
        }
        tcs_buf_putc(b, '\n');
    }
    if (s->file_more)
        tcs_buf_printf(b, "%-10sand %zu more\n", "", s->file_more);
    if (s->file_count == 0)
        tcs_buf_puts(b, "logs      none found\n");
}

static void put_channels(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct tcs_channel_health *c = &s->channels[i];
        put_label(b, i ? "" : "channels");
        tcs_put_visible(b, c->name);
        tcs_buf_printf(b, ": %llu waiting, %llu sent, last ", (unsigned long long)c->waiting,
                       (unsigned long long)c->sent);
        put_age(b, c->last_sent, s->now);
        if (c->dead)
            tcs_buf_printf(b, ", %llu GIVEN UP", (unsigned long long)c->dead);
        if (!tcs_time_is_unset(c->failing_since)) {
            tcs_buf_puts(b, ", FAILING since ");
            put_age(b, c->failing_since, s->now);
            tcs_buf_puts(b, ": ");
            tcs_put_visible(b, c->last_error);
        }
        tcs_buf_putc(b, '\n');
    }
    if (s->channel_count == 0)
        tcs_buf_puts(b, "channels  none was told anything yet\n");
}

static void put_last(struct tcs_buf *b, const char *label, bool has, const struct tcs_message *m,
                     struct tcs_time now)
{
    put_label(b, label);
    if (!has) {
        tcs_buf_puts(b, "none\n");
        return;
    }
    put_age(b, m->queued, now);
    tcs_buf_printf(b, ", %s, ", tcs_severity_names[m->severity]);
    tcs_put_visible(b, m->host);
    tcs_buf_puts(b, ": ");
    tcs_buf_str(b, m->headline); /* escaped already */
    tcs_buf_putc(b, '\n');
}

void tcs_render_status_text(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    put_watcher(b, s);
    put_files(b, s);
    put_channels(b, s);
    put_last(b, "alarm", s->has_alarm, &s->alarm, s->now);
    put_last(b, "blind", s->has_blindness, &s->blindness, s->now);
    put_last(b, "trouble", s->has_trouble, &s->trouble, s->now);
}

/* ---- JSON ---- */

static void json_time(struct tcs_json *j, const char *key, struct tcs_time t)
{
    if (tcs_time_is_unset(t))
        return;
    tcs_json_key(j, tcs_str_of(key));
    tcs_json_time(j, t);
}

static void json_bool(struct tcs_json *j, const char *key, bool value)
{
    tcs_json_key(j, tcs_str_of(key));
    tcs_json_bool(j, value);
}

static void json_files(struct tcs_json *j, const struct tcs_watch_status *s)
{
    tcs_json_key(j, TCS_STR("logs"));
    tcs_json_open(j, '[');
    for (size_t i = 0; i < s->file_count; i++) {
        const struct tcs_file_status *f = &s->files[i];
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "path", f->path);
        json_bool(j, "there", f->is_there);
        json_bool(j, "readable", f->is_readable);
        json_bool(j, "log", f->is_log);
        json_bool(j, "waiting", f->is_waiting);
        tcs_json_pair_u64(j, "size", f->size);
        tcs_json_pair_u64(j, "record", f->number);
        json_time(j, "written", f->at);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
    tcs_json_pair_u64(j, "logs_not_listed", s->file_more);
}

static void json_channels(struct tcs_json *j, const struct tcs_watch_status *s)
{
    tcs_json_key(j, TCS_STR("channels"));
    tcs_json_open(j, '[');
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct tcs_channel_health *c = &s->channels[i];
        tcs_json_open(j, '{');
        tcs_json_pair_str(j, "name", c->name);
        tcs_json_pair_u64(j, "waiting", c->waiting);
        tcs_json_pair_u64(j, "dead", c->dead);
        tcs_json_pair_u64(j, "sent", c->sent);
        json_time(j, "oldest", c->oldest);
        json_time(j, "last_sent", c->last_sent);
        json_time(j, "failing_since", c->failing_since);
        json_time(j, "next_try", c->next_try);
        tcs_json_opt_str(j, "last_error", c->last_error);
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, ']');
}

static void json_last(struct tcs_json *j, const char *key, bool has, const struct tcs_message *m)
{
    if (!has)
        return;
    tcs_json_key(j, tcs_str_of(key));
    tcs_json_open(j, '{');
    json_time(j, "time", m->time);
    json_time(j, "queued", m->queued);
    tcs_json_pair_str(j, "severity", tcs_str_of(tcs_severity_names[m->severity]));
    tcs_json_pair_str(j, "host", m->host);
    tcs_json_pair_str(j, "headline", m->headline);
    tcs_json_pair_str(j, "id", m->id);
    tcs_json_close(j, '}');
}

void tcs_render_status_json(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    struct tcs_json j = {b, false};
    tcs_json_open(&j, '{');
    json_bool(&j, "running", s->is_running);
    tcs_json_pair_u64(&j, "pid", s->pid);
    tcs_json_pair_str(&j, "state", s->state);
    json_time(&j, "now", s->now);
    json_time(&j, "started", s->started);
    json_time(&j, "updated", s->updated);
    tcs_json_pair_u64(&j, "records", s->records);
    tcs_json_pair_u64(&j, "told", s->told);
    tcs_json_pair_u64(&j, "skipped", s->skipped);
    json_files(&j, s);
    json_channels(&j, s);
    json_last(&j, "last_alarm", s->has_alarm, &s->alarm);
    json_last(&j, "last_blindness", s->has_blindness, &s->blindness);
    json_last(&j, "last_trouble", s->has_trouble, &s->trouble);
    tcs_json_close(&j, '}');
    tcs_buf_putc(b, '\n');
}

/* ---- Prometheus ---- */

static void metric(struct tcs_buf *b, const char *name, const char *type, const char *help)
{
    tcs_buf_printf(b, "# HELP tocsin_%s %s\n# TYPE tocsin_%s %s\n", name, help, name, type);
}

static void metric_u64(struct tcs_buf *b, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    metric(b, name, type, help);
    tcs_buf_printf(b, "tocsin_%s %llu\n", name, (unsigned long long)value);
}

static uint64_t unix_seconds(struct tcs_time t)
{
    return t.ticks > 0 ? (uint64_t)t.ticks / (uint64_t)TCS_TICKS_PER_SECOND : 0;
}

/* Within quotes: \ " and line feeds are escaped; other control characters are harmless there, and shown. */
static void put_label_value(struct tcs_buf *b, struct tcs_str s)
{
    struct tcs_buf visible;
    tcs_buf_init(&visible, 65536);
    tcs_put_visible(&visible, s);
    for (size_t i = 0; i < visible.len; i++) {
        if (visible.p[i] == '\\' || visible.p[i] == '"')
            tcs_buf_putc(b, '\\');
        tcs_buf_putc(b, visible.p[i]);
    }
    tcs_buf_done(&visible);
}

static void channel_metric(struct tcs_buf *b, const struct tcs_watch_status *s, const char *name,
                           const char *type, const char *help,
                           uint64_t (*value)(const struct tcs_channel_health *c))
{
    if (s->channel_count)
        metric(b, name, type, help);
    for (size_t i = 0; i < s->channel_count; i++) {
        tcs_buf_printf(b, "tocsin_%s{channel=\"", name);
        put_label_value(b, s->channels[i].name);
        tcs_buf_printf(b, "\"} %llu\n", (unsigned long long)value(&s->channels[i]));
    }
}

static void file_metric(struct tcs_buf *b, const struct tcs_watch_status *s, const char *name,
                        const char *help, uint64_t (*value)(const struct tcs_file_status *f))
{
    if (s->file_count)
        metric(b, name, "gauge", help);
    for (size_t i = 0; i < s->file_count; i++) {
        tcs_buf_printf(b, "tocsin_%s{log=\"", name);
        put_label_value(b, s->files[i].path);
        tcs_buf_printf(b, "\"} %llu\n", (unsigned long long)value(&s->files[i]));
    }
}

static uint64_t waiting(const struct tcs_channel_health *c)
{
    return c->waiting;
}

static uint64_t dead(const struct tcs_channel_health *c)
{
    return c->dead;
}

static uint64_t sent(const struct tcs_channel_health *c)
{
    return c->sent;
}

static uint64_t is_failing(const struct tcs_channel_health *c)
{
    return !tcs_time_is_unset(c->failing_since);
}

static uint64_t is_readable(const struct tcs_file_status *f)
{
    return f->is_there && f->is_readable && f->is_log;
}

static uint64_t last_record(const struct tcs_file_status *f)
{
    return f->number ? unix_seconds(f->at) : 0;
}

void tcs_render_status_metrics(struct tcs_buf *b, const struct tcs_watch_status *s)
{
    metric_u64(b, "up", "gauge", "1 if a watcher runs.", s->is_running);
    metric_u64(b, "updated_timestamp_seconds", "gauge", "When the watcher last noted how it is doing.",
               unix_seconds(s->updated));
    metric_u64(b, "started_timestamp_seconds", "gauge", "When the watcher was started.",
               unix_seconds(s->started));
    metric_u64(b, "records_total", "counter", "Records judged since the start.", s->records);
    metric_u64(b, "findings_total", "counter", "Findings told since the start.", s->told);
    metric_u64(b, "skipped_total", "counter", "Parts of logs that were given up since the start.",
               s->skipped);
    metric_u64(b, "last_alarm_timestamp_seconds", "gauge",
               "When the last alarm was put into the outbox; 0: none.",
               s->has_alarm ? unix_seconds(s->alarm.queued) : 0);
    metric_u64(b, "last_blindness_timestamp_seconds", "gauge",
               "When the last sign of tampering or blindness was put into the outbox; 0: none.",
               s->has_blindness ? unix_seconds(s->blindness.queued) : 0);
    channel_metric(b, s, "outbox_waiting", "gauge", "Messages that wait for the channel.", waiting);
    channel_metric(b, s, "outbox_dead", "gauge", "Messages that were given up.", dead);
    channel_metric(b, s, "outbox_sent_total", "counter", "Messages that the channel took.", sent);
    channel_metric(b, s, "channel_failing", "gauge", "1 if the last attempt failed.", is_failing);
    file_metric(b, s, "log_readable", "1 if the log is there and can be read.", is_readable);
    file_metric(b, s, "log_last_record_timestamp_seconds", "When the last record was written; 0: not known.",
                last_record);
}
