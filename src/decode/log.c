#include "decode/log.h"

#include "decode/evt.h"
#include "decode/evtx.h"
#include "decode/text_log.h"

#include <stdlib.h>

const struct tcs_decode_limits tcs_default_decode_limits = {
    .element_depth = 64,
    .part_depth = 8,
    .parts = 64,
    .values = 4096,
    .nodes = 65536,
    .name_units = 1024,
    .chunk_layouts = 512,
    .cached_layouts = 4096,
    .unit_memory = (size_t)32 << 20,
    .event_bytes = (size_t)1 << 20,
};

static const struct tcs_format_ops *const formats[] = {&tcs_evtx_format, &tcs_evt_format, &tcs_xml_format,
                                                       &tcs_json_format};
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

struct tcs_decoder {
    const struct tcs_decode_limits *limits;
    const struct tcs_format_ops *ops; /* of the unit begun last */
    void *states[FORMAT_COUNT];       /* owned; made when a format is first met */
    void *state;                      /* of ops */
    const struct tcs_unit *unit;      /* begun last */
    bool no_memory;
};

bool tcs_unit_init(struct tcs_unit *u, size_t steps, const struct tcs_decode_limits *limits)
{
    *u = (struct tcs_unit){.cap = steps * TCS_UNIT_STEP};
    tcs_arena_init(&u->arena, limits->unit_memory);
    u->bytes = malloc(u->cap);
    return u->bytes != NULL;
}

void tcs_unit_done(struct tcs_unit *u)
{
    free(u->bytes);
    u->bytes = NULL;
    tcs_arena_done(&u->arena);
}

enum tcs_code tcs_log_read(const struct tcs_log *log, uint64_t off, void *buf, size_t len, size_t *got,
                           struct tcs_err *err)
{
    *got = 0;
    uint64_t left = off < log->reader.size ? log->reader.size - off : 0;
    if (len > left)
        len = (size_t)left;
    return len ? log->reader.read_at(log->reader.ctx, off, buf, len, got, err) : TCS_OK;
}

/* The best of the formats for these first bytes, or NULL. */
static const struct tcs_format_ops *probe(struct tcs_bytes head, uint64_t size)
{
    const struct tcs_format_ops *best = NULL;
    int best_score = 0;
    /* The others need not look once one is quite sure: those of text have to take the head apart for it. */
    for (size_t i = 0; i < FORMAT_COUNT && best_score < 100; i++) {
        int score = formats[i]->probe(head, size);
        if (score > best_score) {
            best_score = score;
            best = formats[i];
        }
    }
    return best;
}

/* First bytes of files that people mistake for logs, so that the message can name them. */
static const struct {
    const char *magic;
    size_t len;
    const char *what;
} strangers[] = {
    {"\x1f\x8b", 2, "a gzip archive; unpack it first"},
    {"PK\x03\x04", 4, "a zip archive; unpack it first"},
    {"7z\xbc\xaf\x27\x1c", 6, "a 7z archive; unpack it first"},
    {"MZ", 2, "a Windows program"},
    {"\x7f"
     "ELF",
     4, "a program"},
    {"SQLite format 3", 15, "a SQLite database"},
    {"<", 1, "XML without events in it"},
    {"\xef\xbb\xbf<", 4, "XML without events in it"},
    {"\xff\xfe<\0", 4, "XML without events in it"},
    {"{", 1, "JSON in which nothing looks like an event"},
    {"[", 1, "JSON in which nothing looks like an event"},
    {"regf", 4, "a registry hive"},
};

static enum tcs_code refuse(struct tcs_bytes head, struct tcs_err *err)
{
    if (head.len == 0)
        return tcs_fail(err, TCS_FORMAT, 0, "empty file");
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        if (head.len >= strangers[i].len && memcmp(head.p, strangers[i].magic, strangers[i].len) == 0)
            return tcs_fail(err, TCS_FORMAT, 0, "not an event log, but %s", strangers[i].what);
    bool zeros = true;
    for (size_t i = 0; i < head.len && zeros; i++)
        zeros = head.p[i] == 0;
    return tcs_fail(err, TCS_FORMAT, 0,
                    zeros ? "not an event log: nothing but zeros at its start"
                          : "not an event log (neither .evt nor .evtx, nor events in XML or JSON)");
}

/* Opens it as what ops says that it is. */
static enum tcs_code open_with(struct tcs_log *log, const struct tcs_format_ops *ops, struct tcs_err *err)
{
    log->ops = ops;
    tcs_arena_init(&log->arena, (size_t)1 << 20);
    enum tcs_code code = ops->open(log, err);
    if (code != TCS_OK)
        tcs_arena_done(&log->arena);
    return code;
}

enum tcs_code tcs_log_open_as(struct tcs_log *log, const struct tcs_reader *reader,
                              enum tcs_log_format format, const struct tcs_decode_limits *limits,
                              struct tcs_err *err)
{
    *log = (struct tcs_log){.reader = *reader, .limits = limits, .is_blob = true};
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (formats[i]->format == format)
            return open_with(log, formats[i], err);
    return tcs_fail(err, TCS_BUG, 0, "no reader for this format");
}

enum tcs_code tcs_log_recognise(struct tcs_bytes head, uint64_t size, enum tcs_log_format *format,
                                struct tcs_err *err)
{
    const struct tcs_format_ops *ops = probe(head, size);
    if (ops == NULL)
        return refuse(head, err);
    *format = ops->format;
    return TCS_OK;
}

enum tcs_code tcs_log_open(struct tcs_log *log, const struct tcs_reader *reader,
                           const struct tcs_decode_limits *limits, struct tcs_err *err)
{
    *log = (struct tcs_log){.reader = *reader, .limits = limits};
    uint8_t head[TCS_LOG_HEAD];
    size_t got;
    enum tcs_code code = tcs_log_read(log, 0, head, sizeof head, &got, err);
    if (code != TCS_OK)
        return code;
    struct tcs_bytes seen = {head, got};
    const struct tcs_format_ops *ops = probe(seen, reader->size);
    return ops ? open_with(log, ops, err) : refuse(seen, err);
}

void tcs_log_close(struct tcs_log *log)
{
    tcs_arena_done(&log->arena);
}

enum tcs_log_format tcs_log_format_of(const struct tcs_log *log)
{
    return log->ops->format;
}

enum tcs_code tcs_log_next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err)
{
    tcs_arena_reset(&u->arena);
    u->stats = (struct tcs_read_stats){0};
    u->log = log;
    u->len = u->file_len = 0;
    u->number = log->next_number;
    u->index = NULL;
    u->index_count = 0;
    enum tcs_code code = log->ops->next_unit(log, u, err);
    if (code == TCS_OK)
        log->next_number++;
    return code;
}

struct tcs_decoder *tcs_decoder_new(const struct tcs_decode_limits *limits)
{
    struct tcs_decoder *d = calloc(1, sizeof *d);
    if (d)
        d->limits = limits;
    return d;
}

void tcs_decoder_free(struct tcs_decoder *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (d->states[i])
            formats[i]->decoder_free(d->states[i]);
    free(d);
}

void tcs_decoder_begin(struct tcs_decoder *d, struct tcs_unit *u, const struct tcs_wanted *wanted)
{
    d->ops = u->log->ops;
    size_t at = 0;
    while (formats[at] != d->ops)
        at++;
    if (d->states[at] == NULL)
        d->states[at] = d->ops->decoder_new(d->limits);
    d->state = d->states[at];
    d->unit = u;
    d->no_memory = d->state == NULL;
    if (d->state)
        d->ops->begin(d->state, u, wanted);
}

enum tcs_code tcs_decoder_next(struct tcs_decoder *d, struct tcs_record *rec, struct tcs_err *err)
{
    if (d->no_memory)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a decoder");
    enum tcs_code code = d->ops->next(d->state, rec, err);
    if (code == TCS_END && d->unit->arena.starved)
        return tcs_fail(err, TCS_NOMEM, d->unit->offset, "no memory to decode all of it");
    return code;
}
