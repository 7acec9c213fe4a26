/*
 * A whole file of event XML, as it comes; also in pieces, as a pipe brings it.
 * What expat takes for a document with one event must be the same event to us.
 */
#include "support.h"

#include <expat.h>

/* The document as expat tells it, in a form that can be compared. */
struct told {
    XML_Parser parser;
    struct tcs_buf out;
    struct tcs_buf pending; /* text since the last tag */
    bool has_children[128];
    unsigned depth;
    bool is_odd; /* something that we read otherwise on purpose, or beyond a limit */
};

static bool is_blank(struct tcs_str s)
{
    size_t i = 0;
    while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t'))
        i++;
    return i == s.len;
}

static void flush(struct told *t, bool is_between)
{
    struct tcs_str s = tcs_buf_view(&t->pending);
    if (s.len && !(is_between && is_blank(s))) {
        tcs_buf_putc(&t->out, 'T');
        tcs_buf_str(&t->out, s);
        tcs_buf_putc(&t->out, 0);
    }
    tcs_buf_clear(&t->pending);
}

static void put(struct told *t, char kind, const char *text)
{
    tcs_buf_putc(&t->out, kind);
    tcs_buf_puts(&t->out, text);
    tcs_buf_putc(&t->out, 0);
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct told *t = ctx;
    flush(t, true);
    unsigned count = 0;
    t->is_odd = t->is_odd || t->depth >= 60 || (t->depth && strcmp(name, "Event") == 0);
    if (t->is_odd)
        return;
    if (t->depth)
        t->has_children[t->depth - 1] = true;
    t->has_children[t->depth++] = false;
    put(t, 'E', name);
    for (; *attributes; attributes += 2, count++) {
        put(t, 'A', attributes[0]);
        if (attributes[1][0])
            put(t, 'T', attributes[1]);
    }
    t->is_odd = t->is_odd || count > 60 || strlen(name) > 1000;
}

static void on_end(void *ctx, const XML_Char *name)
{
    struct told *t = ctx;
    (void)name;
    if (t->is_odd)
        return;
    flush(t, t->has_children[t->depth - 1]);
    t->depth--;
    put(t, 'X', "");
}

static void on_text(void *ctx, const XML_Char *s, int len)
{
    struct told *t = ctx;
    tcs_buf_put(&t->pending, s, (size_t)len);
}

static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                       int internal)
{
    struct told *t = ctx;
    (void)name, (void)sysid, (void)pubid, (void)internal;
    t->is_odd = true;
    XML_StopParser(t->parser, XML_FALSE);
}

/* The record in the same form. */
static void put_record(struct tcs_buf *b, const struct tcs_record *rec)
{
    const struct tcs_part *part = &rec->parts[0];
    bool in_attribute = false;
    for (size_t i = 0; i < part->layout->node_count; i++) {
        const struct tcs_node *node = &part->layout->nodes[i];
        bool is_value = node->kind == TCS_NODE_TEXT || node->kind == TCS_NODE_SLOT;
        if (node->kind == TCS_NODE_CONTENT)
            continue;
        if (is_value && node->kind == TCS_NODE_SLOT && part->values[node->slot].len == 0)
            continue;
        tcs_buf_putc(b, is_value ? 'T' : "EA.X"[node->kind]);
        if (node->kind == TCS_NODE_SLOT)
            tcs_buf_value(b, part->values[node->slot]);
        else if (node->kind != TCS_NODE_END)
            tcs_buf_str(b, node->text);
        tcs_buf_putc(b, 0);
        (void)in_attribute;
    }
}

/* The only record of the bytes must be this document. */
static void require_same(struct tcs_bytes bytes, struct tcs_str document)
{
    const struct tcs_decode_limits *limits = &tcs_default_decode_limits;
    struct tcs_reader reader = fuzz_reader(&bytes);
    struct tcs_log log;
    struct tcs_unit u;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_wanted all = {0};
    struct tcs_record rec;
    struct tcs_decoder *d = tcs_decoder_new(limits);
    FUZZ_REQUIRE(d && tcs_unit_init(&u, 1, limits));
    FUZZ_REQUIRE_SAY(tcs_log_open_as(&log, &reader, TCS_FORMAT_XML, limits, &err) == TCS_OK, err.text);
    FUZZ_REQUIRE_SAY(tcs_log_next_unit(&log, &u, &err) == TCS_OK, err.text);
    tcs_decoder_begin(d, &u, &all);
    FUZZ_REQUIRE_SAY(tcs_decoder_next(d, &rec, &err) == TCS_OK, err.text);
    FUZZ_REQUIRE(rec.state == 0);
    struct tcs_buf own;
    tcs_buf_init(&own, 64 * bytes.len + 4096);
    put_record(&own, &rec);
    FUZZ_REQUIRE_SAY(tcs_str_eq(tcs_buf_view(&own), document), own.p);
    FUZZ_REQUIRE(tcs_decoder_next(d, &rec, &err) == TCS_END);
    tcs_buf_done(&own);
    tcs_log_close(&log);
    tcs_unit_done(&u);
    tcs_decoder_free(d);
}

static void compare_with_expat(struct tcs_bytes bytes)
{
    struct told t = {.parser = XML_ParserCreate("UTF-8")};
    FUZZ_REQUIRE(t.parser != NULL);
    tcs_buf_init(&t.out, 64 * bytes.len + 4096);
    tcs_buf_init(&t.pending, bytes.len + 4096);
    XML_SetUserData(t.parser, &t);
    XML_SetElementHandler(t.parser, on_start, on_end);
    XML_SetCharacterDataHandler(t.parser, on_text);
    XML_SetStartDoctypeDeclHandler(t.parser, on_doctype);
    bool is_document = XML_Parse(t.parser, (const char *)bytes.p, (int)bytes.len, XML_TRUE) == XML_STATUS_OK;
    bool is_event = tcs_str_starts(tcs_buf_view(&t.out), (struct tcs_str){"EEvent\0", 7});
    if (is_document && is_event && !t.is_odd && !t.out.bad)
        require_same(bytes, tcs_buf_view(&t.out));
    tcs_buf_done(&t.out);
    tcs_buf_done(&t.pending);
    XML_ParserFree(t.parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_log(data, size);
    fuzz_split_log(data, size);
    if (size < 16384 && size && data[0] == '<')
        compare_with_expat((struct tcs_bytes){data, size});
    return 0;
}
