#include "render/finding.h"

#include "render/escape.h"

/* What a column holds; the texts of one finding are made in a buffer of their own and escaped here. */
struct row {
    const struct tcs_incident *incident;
    const struct tcs_finding *f;
    struct tcs_buf *out;
};

static void put_time(struct row *r)
{
    tcs_buf_time(r->out, r->f->time);
}

static void put_severity(struct row *r)
{
    tcs_buf_puts(r->out, tcs_severity_names[r->f->severity]);
}

static void put_host(struct row *r)
{
    tcs_buf_str(r->out, r->incident->host);
}

static void put_account(struct row *r)
{
    tcs_put_account(r->out, &r->f->account);
}

static void put_sid(struct row *r)
{
    tcs_buf_str(r->out, r->f->account.sid);
}

static void put_image(struct row *r)
{
    tcs_buf_str(r->out, r->f->image);
}

static void put_command(struct row *r)
{
    tcs_buf_str(r->out, r->f->command);
    if (r->f->command_cut)
        tcs_buf_printf(r->out, " [... %zu more bytes]", r->f->command_cut);
}

static void put_pid(struct row *r)
{
    if (r->f->pid)
        tcs_buf_u64(r->out, r->f->pid);
}

static void put_parent(struct row *r)
{
    tcs_buf_str(r->out, r->f->parent_image);
}

static void put_parent_pid(struct row *r)
{
    if (r->f->parent_pid)
        tcs_buf_u64(r->out, r->f->parent_pid);
}

static void put_server(struct row *r)
{
    tcs_buf_str(r->out, r->f->server);
}

static void put_pool(struct row *r)
{
    tcs_buf_str(r->out, r->f->pool);
}

static void put_worker(struct row *r)
{
    tcs_buf_str(r->out, r->f->worker_image);
}

static void put_worker_pid(struct row *r)
{
    if (r->f->worker_pid)
        tcs_buf_u64(r->out, r->f->worker_pid);
}

static void put_rules(struct row *r)
{
    const char *between = "";
    for (unsigned rule = 0; rule < TCS_RULE_COUNT; rule++) {
        if (!(r->f->rules >> rule & 1))
            continue;
        tcs_buf_printf(r->out, "%s%s", between, tcs_rule_names[rule]);
        between = " ";
    }
}

static void add_reason(void *ctx, struct tcs_str line)
{
    struct tcs_buf *out = ctx;
    if (out->len)
        tcs_buf_puts(out, "; ");
    tcs_buf_str(out, line);
}

static void put_reasons(struct row *r)
{
    tcs_reasons(r->f, add_reason, r->out);
}

static void put_records(struct row *r)
{
    for (size_t i = 0; i < r->f->evidence_count; i++) {
        const struct tcs_evidence *ev = &r->f->evidence[i];
        tcs_buf_printf(r->out, "%s%u:%llu", i ? " " : "", ev->event_id, (unsigned long long)ev->record_id);
    }
}

static void put_origin(struct row *r)
{
    if (r->f->evidence_count)
        tcs_buf_str(r->out, r->f->evidence[0].origin);
}

static void put_incident(struct row *r)
{
    tcs_buf_puts(r->out, r->incident->id);
}

static void put_id(struct row *r)
{
    tcs_buf_puts(r->out, r->f->id);
}

static const struct {
    const char *name;
    void (*put)(struct row *r);
} columns[] = {
    {"time", put_time},
    {"severity", put_severity},
    {"host", put_host},
    {"account", put_account},
    {"sid", put_sid},
    {"image", put_image},
    {"command_line", put_command},
    {"pid", put_pid},
    {"parent_image", put_parent},
    {"parent_pid", put_parent_pid},
    {"server", put_server},
    {"pool", put_pool},
    {"worker_image", put_worker},
    {"worker_pid", put_worker_pid},
    {"rules", put_rules},
    {"why", put_reasons},
    {"records", put_records},
    {"origin", put_origin},
    {"incident", put_incident},
    {"finding", put_id},
};

enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

void tcs_render_csv_header(struct tcs_buf *b)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        tcs_buf_printf(b, "%s%s", i ? "," : "", columns[i].name);
    tcs_buf_puts(b, "\r\n");
}

void tcs_render_finding_csv(struct tcs_buf *b, const struct tcs_incident *incident,
                            const struct tcs_finding *f)
{
    struct tcs_buf raw, visible;
    tcs_buf_init(&raw, (size_t)4 << 20);
    tcs_buf_init(&visible, (size_t)16 << 20);
    struct row row = {incident, f, &raw};
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        tcs_buf_clear(&raw);
        tcs_buf_clear(&visible);
        columns[i].put(&row);
        tcs_put_visible(&visible, tcs_buf_view(&raw));
        if (i)
            tcs_buf_putc(b, ',');
        tcs_put_csv(b, tcs_buf_view(&visible));
        b->bad = b->bad || raw.bad || visible.bad;
    }
    tcs_buf_puts(b, "\r\n");
    tcs_buf_done_for(&raw, b);
    tcs_buf_done_for(&visible, b);
}
