/* Reads a text as a log of events, for the tests of event XML and JSON. */
#ifndef TCS_TESTS_READ_TEXT_H
#define TCS_TESTS_READ_TEXT_H

#include "decode/log.h"
#include "render/record.h"
#include "unit.h"

/* A log in memory that is being read. */
struct reading {
    struct tcs_bytes bytes;
    struct tcs_decode_limits limits;
    struct tcs_log log;
    struct tcs_unit unit;
    struct tcs_decoder *decoder;
    struct tcs_wanted wanted;
    struct tcs_read_stats stats; /* of the units that are done */
    struct tcs_buf text;
    bool in_unit;
};

static inline enum tcs_code reading_read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got,
                                            struct tcs_err *err)
{
    const struct tcs_bytes *bytes = ctx;
    (void)err;
    memcpy(buf, bytes->p + off, len);
    *got = len;
    return TCS_OK;
}

/* False if the bytes are no log; err then says why. */
static inline bool reading_open(struct reading *r, struct tcs_bytes bytes, struct tcs_err *err)
{
    *r = (struct reading){.bytes = bytes, .limits = tcs_default_decode_limits};
    struct tcs_reader reader = {&r->bytes, bytes.len, reading_read_at};
    if (tcs_log_open(&r->log, &reader, &r->limits, err) != TCS_OK)
        return false;
    tcs_buf_init(&r->text, (size_t)8 << 20);
    assert_true(tcs_unit_init(&r->unit, 1, &r->limits));
    r->decoder = tcs_decoder_new(&r->limits);
    assert_non_null(r->decoder);
    return true;
}

static inline void reading_close(struct reading *r)
{
    tcs_log_close(&r->log);
    tcs_unit_done(&r->unit);
    tcs_decoder_free(r->decoder);
    tcs_buf_done(&r->text);
}

/* The next record or damage: OK, SKIP or END. */
static inline enum tcs_code reading_next(struct reading *r, struct tcs_record *rec, struct tcs_err *err)
{
    for (;;) {
        if (!r->in_unit) {
            enum tcs_code code = tcs_log_next_unit(&r->log, &r->unit, err);
            if (code == TCS_END)
                return code;
            assert_int_equal(code, TCS_OK);
            tcs_decoder_begin(r->decoder, &r->unit, &r->wanted);
            r->in_unit = true;
        }
        enum tcs_code code = tcs_decoder_next(r->decoder, rec, err);
        if (code != TCS_END)
            return code;
        tcs_read_stats_append(&r->stats, &r->unit.stats);
        r->in_unit = false;
    }
}

/*
 * What is in the log, a line each: a record as JSON without what tocsin adds
 * but its states, or "! " and what is said of damage. Good until the next call.
 */
static inline struct tcs_str reading_all(struct reading *r)
{
    struct tcs_record rec;
    tcs_buf_clear(&r->text);
    for (;;) {
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = reading_next(r, &rec, &err);
        if (code == TCS_END)
            return tcs_buf_view(&r->text);
        if (code == TCS_SKIP) {
            tcs_buf_printf(&r->text, "! %llu %s\n", (unsigned long long)err.off, err.text);
            continue;
        }
        assert_int_equal(code, TCS_OK);
        size_t start = r->text.len;
        assert_int_equal(tcs_render_record_json(&r->text, &rec, TCS_STR("t"), &err), TCS_OK);
        struct tcs_str line = tcs_str_cut(tcs_buf_view(&r->text), start, r->text.len);
        size_t ours = line.len;
        while (ours && !tcs_str_starts(tcs_str_cut(line, ours, line.len), TCS_STR("\"tocsin\":")))
            ours--;
        r->text.len = start + (ours && line.p[ours - 1] == ',' ? ours - 1 : ours);
        tcs_buf_putc(&r->text, '}');
        for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
            if (rec.state >> bit & 1)
                tcs_buf_printf(&r->text, " %s", tcs_record_state_names[bit]);
        tcs_buf_putc(&r->text, '\n');
    }
}

/* How many records of a text are given if only event id 1 is wanted; the counts of its records in stats. */
static inline unsigned reading_of_id_1(const char *text, struct tcs_read_stats *stats)
{
    static const uint64_t ids[1024] = {1u << 1};
    struct reading r;
    struct tcs_record rec;
    struct tcs_err err = TCS_ERR_INIT;
    if (!reading_open(&r, (struct tcs_bytes){(const uint8_t *)text, strlen(text)}, &err))
        fail_msg("%s: %s", text, err.text);
    r.wanted.ids = ids;
    unsigned given = 0;
    while (reading_next(&r, &rec, &err) == TCS_OK)
        given++;
    *stats = r.stats;
    reading_close(&r);
    return given;
}

/* One case: the bytes, and what must come out. */
static inline void check_reading(const char *what, struct tcs_bytes bytes, const char *want)
{
    struct reading r;
    struct tcs_err err = TCS_ERR_INIT;
    if (!reading_open(&r, bytes, &err))
        fail_msg("%s: %s", what, err.text);
    check_text(what, reading_all(&r), want);
    reading_close(&r);
}

static inline void check_text_reading(const char *what, const char *text, const char *want)
{
    check_reading(what, (struct tcs_bytes){(const uint8_t *)text, strlen(text)}, want);
}

#endif
