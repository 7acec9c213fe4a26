/*
 * Drives one channel by hand, for tests of mail and syslog:
 *
 *     send_message CONFIGURATION HOST < commands
 *
 * opens the first channel of a configuration, as the watcher on HOST would,
 * and obeys lines on standard input:
 *
 *     set KEY LEN      the next LEN bytes and a line feed are the text of KEY in the next message
 *     finding          an incident of one finding with these texts is rendered and joins the batch
 *     again            the same finding once more, as a follow-up of the same incident
 *     message          a plain message with these texts joins the batch
 *     send             sends the batch and answers with a line:
 *                          sent|retry|rejected TAKEN RETRY_AFTER TEXT
 */
#include "config/config.h"
#include "delivery/channel.h"
#include "platform/platform.h"
#include "render/report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MOST = 200, KEYS_MOST = 32, FINDINGS_MOST = 1000 };

struct key {
    char name[32];
    struct tcs_str text;
};

struct driver {
    struct tcs_arena arena;
    struct key keys[KEYS_MOST];
    size_t key_count;
    struct tcs_message messages[BATCH_MOST];
    size_t message_count;
    struct tcs_incident_report reports[BATCH_MOST];
    size_t report_count;
    uint64_t sequence;
};

static void die(const char *what)
{
    fprintf(stderr, "send_message: %s\n", what);
    exit(2);
}

static struct tcs_str get(const struct driver *d, const char *name, const char *otherwise)
{
    for (size_t i = d->key_count; i-- > 0;)
        if (strcmp(d->keys[i].name, name) == 0)
            return d->keys[i].text;
    return tcs_str_of(otherwise);
}

/* A number, which may not be there. */
static unsigned long number(const struct driver *d, const char *name, unsigned long otherwise)
{
    struct tcs_str s = get(d, name, "");
    char text[32];
    snprintf(text, sizeof text, "%.*s", TCS_STR_ARG(s));
    return s.len ? strtoul(text, NULL, 10) : otherwise;
}

/* As decoders do: what is no UTF-8 is replaced. */
static void set(struct driver *d, const char *name, size_t len)
{
    char *raw = malloc(len + 1);
    struct tcs_buf repaired;
    bool ok;
    if (raw == NULL || fread(raw, 1, len + 1, stdin) != len + 1)
        die("a text is cut");
    tcs_buf_init(&repaired, 4 * len + 64);
    tcs_buf_utf8(&repaired, (struct tcs_bytes){(const uint8_t *)raw, len});
    if (d->key_count == KEYS_MOST)
        die("too many texts");
    struct key *key = &d->keys[d->key_count++];
    snprintf(key->name, sizeof key->name, "%.31s", name);
    key->text = tcs_arena_str(&d->arena, tcs_buf_view(&repaired), &ok);
    if (!ok)
        die("no memory");
    tcs_buf_done(&repaired);
    free(raw);
}

/* An id of 32 digits from a number. */
static void make_id(char id[33], uint64_t n)
{
    snprintf(id, 33, "%032llx", (unsigned long long)n);
}

static struct tcs_message *next_message(struct driver *d)
{
    if (d->message_count == BATCH_MOST)
        die("the batch is full");
    return &d->messages[d->message_count++];
}

static void finish(struct driver *d, struct tcs_message *m)
{
    struct tcs_str kind = get(d, "kind", "");
    if (kind.len && !tcs_message_kind_parse(kind, &m->kind))
        die("no such kind");
    m->sequence = ++d->sequence;
    m->revision = (uint32_t)number(d, "revision", 0);
    m->queued = tcs_wall_time();
    d->key_count = 0;
}

/* An incident of one process below a web server, with the texts in all places an intruder can reach. */
static void add_finding(struct driver *d, uint64_t incident_number, uint64_t number_of_finding)
{
    struct tcs_incident *incident = tcs_arena_alloc(&d->arena, sizeof *incident);
    struct tcs_finding *f = tcs_arena_alloc(&d->arena, sizeof *f);
    struct tcs_finding **list = tcs_arena_alloc(&d->arena, sizeof(struct tcs_finding *));
    struct tcs_tree_node *nodes = tcs_arena_array(&d->arena, 2, sizeof *nodes);
    struct tcs_text_field *fields = tcs_arena_array(&d->arena, 3, sizeof *fields);
    struct tcs_evidence *evidence = tcs_arena_alloc(&d->arena, sizeof *evidence);
    if (!incident || !f || !list || !nodes || !fields || !evidence)
        die("no memory");
    struct tcs_time time = {INT64_C(17410464000000000)};
    struct tcs_str image = get(d, "image", "C:\\Windows\\System32\\cmd.exe");
    struct tcs_account account = {.name = get(d, "account", "IUSR"), .domain = get(d, "domain", "WEB01")};
    fields[0] = (struct tcs_text_field){TCS_STR("NewProcessName"), image, 0};
    fields[1] = (struct tcs_text_field){TCS_STR("CommandLine"), get(d, "command", "cmd /c dir"), 0};
    fields[2] = (struct tcs_text_field){get(d, "field", "SubjectUserName"), account.name, 7};
    *evidence = (struct tcs_evidence){.rule = TCS_RULE_SERVER_CHILD,
                                      .event_id = 4688,
                                      .record_id = 42,
                                      .time = time,
                                      .channel = TCS_STR("Security"),
                                      .provider = TCS_STR("Microsoft-Windows-Security-Auditing"),
                                      .origin = get(d, "origin", "Security.evtx")};
    nodes[0] = (struct tcs_tree_node){.parent = TCS_NO_NODE,
                                      .pid = 256,
                                      .image = TCS_STR("C:\\Windows\\System32\\inetsrv\\w3wp.exe"),
                                      .is_worker = true};
    nodes[1] = (struct tcs_tree_node){.parent = 0,
                                      .pid = 4096,
                                      .image = image,
                                      .command = fields[1].value,
                                      .account = account,
                                      .start = time,
                                      .start_seen = true,
                                      .is_finding = true,
                                      .severity = TCS_CERTAIN};
    *f = (struct tcs_finding){
        .severity = TCS_CERTAIN,
        .rules = 1u << TCS_RULE_SERVER_CHILD,
        .facts = TCS_FACT_WORKER_FIRM,
        .time = time,
        .account = account,
        .image = image,
        .command = fields[1].value,
        .pid = 4096,
        .parent_image = nodes[0].image,
        .parent_pid = 256,
        .parent_start_seen = true,
        .server = TCS_STR("IIS worker process"),
        .worker_image = nodes[0].image,
        .worker_pid = 256,
        .pool = get(d, "pool", "DefaultAppPool"),
        .note = get(d, "note", ""),
        .evidence = evidence,
        .evidence_count = 1,
        .record = {.event_id = 4688,
                   .record_id = 42,
                   .time = time,
                   .channel = evidence->channel,
                   .provider = evidence->provider,
                   .computer = get(d, "host", "WEB01"),
                   .origin = evidence->origin,
                   .fields = fields,
                   .field_count = 3},
        .node = 1,
    };
    struct tcs_str severity = get(d, "severity", "");
    if (severity.len && !tcs_severity_parse(severity, &f->severity))
        die("no such severity");
    make_id(f->id, number_of_finding);
    make_id(incident->id, incident_number);
    list[0] = f;
    incident->host = get(d, "host", "WEB01");
    incident->first = incident->last = time;
    incident->severity = f->severity;
    incident->findings = list;
    incident->finding_count = incident->finding_cap = 1;
    incident->nodes = nodes;
    incident->node_count = incident->node_cap = 2;
    struct tcs_message *m = next_message(d);
    struct tcs_incident_report report;
    if (tcs_render_message(incident, f, &d->arena, m, NULL) != TCS_OK ||
        tcs_render_report(incident, &d->arena, &report, NULL) != TCS_OK)
        die("the finding cannot be rendered");
    finish(d, m);
    size_t at = 0;
    while (at < d->report_count && !tcs_str_eq(d->reports[at].incident_id, report.incident_id))
        at++;
    d->reports[at] = report;
    d->report_count += at == d->report_count;
}

static void add_message(struct driver *d)
{
    struct tcs_message *m = next_message(d);
    *m = (struct tcs_message){
        .id = get(d, "id", "00000000000000000000000000000099"),
        .kind = TCS_MESSAGE_TROUBLE,
        .severity = TCS_LIKELY,
        .time = {INT64_C(17410464000000000)},
        .host = get(d, "host", "collector"),
        .account = get(d, "account", ""),
        .program = get(d, "program", ""),
        .headline = get(d, "headline", "a headline"),
        .json = get(d, "json", ""),
    };
    finish(d, m);
}

static void send_batch(struct driver *d, const struct tcs_channel_ops *ops, void *channel)
{
    static const char *const words[] = {"sent", "retry", "rejected"};
    struct tcs_receipt receipt = {0};
    struct tcs_batch batch = {.messages = d->messages,
                              .count = d->message_count,
                              .reports = d->reports,
                              .report_count = ops->wants_reports ? d->report_count : 0,
                              .is_digest = d->report_count > 1};
    enum tcs_send_result result = ops->send(channel, &batch, &receipt);
    printf("%s %zu %llu %s\n", words[result], receipt.taken, (unsigned long long)receipt.retry_after,
           receipt.text);
    fflush(stdout);
    if (result != TCS_SEND_RETRY)
        d->message_count = d->report_count = 0;
}

static void remark(void *ctx, struct tcs_str channel, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%.*s: %s\n", TCS_STR_ARG(channel), text);
}

static void obey(struct driver *d, const struct tcs_channel_ops *ops, void *channel)
{
    char line[256];
    uint64_t findings = 0, incident = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "set ", 4) == 0) {
            char *end = strchr(line + 4, ' ');
            if (end == NULL)
                die("set KEY LEN");
            *end = '\0';
            set(d, line + 4, strtoul(end + 1, NULL, 10));
        } else if (strcmp(line, "finding\n") == 0) {
            incident = ++findings;
            add_finding(d, incident, incident);
        } else if (strcmp(line, "again\n") == 0) {
            add_finding(d, incident, ++findings + FINDINGS_MOST);
        } else if (strcmp(line, "message\n") == 0) {
            add_message(d);
        } else if (strcmp(line, "send\n") == 0) {
            send_batch(d, ops, channel);
        } else {
            die("no such command");
        }
    }
}

/* SIGTERM: what a stop of the watcher is for its channels. */
static atomic_bool stop;

static void on_terminate(int number)
{
    (void)number;
    atomic_store(&stop, true);
}

int main(int argc, char **argv)
{
    static struct driver d;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_arena arena;
    struct tcs_str text;
    struct tcs_config config;
    void *channel;
    if (argc != 3)
        die("usage: send_message CONFIGURATION HOST");
    signal(SIGPIPE, SIG_IGN); /* as the watcher does */
    signal(SIGTERM, on_terminate);
    tcs_arena_init(&arena, 1 << 20);
    tcs_arena_init(&d.arena, (size_t)256 << 20);
    if (tcs_file_read_all(argv[1], 1 << 16, &arena, &text, &err) != TCS_OK ||
        tcs_config_read(text, tcs_str_of(argv[1]), &arena, &config, &err) != TCS_OK)
        die(err.text);
    if (config.channel_count == 0)
        die("no channel");
    const struct tcs_channel_ops *ops = tcs_channel_ops_of((enum tcs_channel_type)config.channels[0].type);
    const struct tcs_channel_env env = {.stop = &stop, .host = tcs_str_of(argv[2]), .remark = remark};
    if (ops->open(&config.channels[0], &env, &channel, &err) != TCS_OK)
        die(err.text);
    obey(&d, ops, channel);
    ops->close(channel);
    tcs_arena_done(&arena);
    tcs_arena_done(&d.arena);
    return 0;
}
