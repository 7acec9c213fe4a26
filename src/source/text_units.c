#include "source/text_units.h"

#include <string.h>

enum { UNIT_STEPS = 4 };

bool tcs_text_units_init(struct tcs_text_units *t, size_t most, const struct tcs_decode_limits *limits)
{
    *t = (struct tcs_text_units){.limits = limits};
    tcs_buf_init(&t->text, most);
    return tcs_unit_init(&t->unit, UNIT_STEPS, limits);
}

void tcs_text_units_done(struct tcs_text_units *t)
{
    if (t->is_reading)
        tcs_log_close(&t->log);
    tcs_unit_done(&t->unit);
    tcs_buf_done(&t->text);
}

static enum tcs_code read_text(void *ctx, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err)
{
    const struct tcs_text_units *t = ctx;
    (void)err;
    size_t left = off < t->held ? t->held - (size_t)off : 0;
    *got = len < left ? len : left;
    if (*got)
        memcpy(buf, t->text.p + off, *got);
    return TCS_OK;
}

enum tcs_code tcs_text_units_begin(struct tcs_text_units *t, size_t len, enum tcs_log_format format,
                                   struct tcs_err *err)
{
    const struct tcs_reader reader = {t, len, read_text};
    t->held = len;
    enum tcs_code code = tcs_log_open_as(&t->log, &reader, format, t->limits, err);
    t->is_reading = code == TCS_OK;
    return code;
}

void tcs_text_units_drop(struct tcs_text_units *t, size_t len)
{
    if (len == 0)
        return;
    memmove(t->text.p, t->text.p + len, t->text.len - len);
    t->text.len -= len;
}

enum tcs_code tcs_text_units_next(struct tcs_text_units *t, struct tcs_err *err)
{
    while (t->is_reading) {
        enum tcs_code code = tcs_log_next_unit(&t->log, &t->unit, err);
        if (code == TCS_NOMEM)
            return code;
        if (code == TCS_OK && t->unit.index_count)
            return TCS_OK;
        if (code == TCS_OK)
            continue;
        tcs_log_close(&t->log);
        t->is_reading = false;
        tcs_text_units_drop(t, t->held);
        t->held = 0;
    }
    return TCS_AGAIN;
}
