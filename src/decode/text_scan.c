#include "decode/text_scan.h"

size_t text_scan_done(const struct text_scan *s)
{
    return s->in_event || s->in_junk ? s->start : s->at;
}

static void take_off(size_t *offset, size_t len)
{
    *offset = *offset > len ? *offset - len : 0;
}

void text_scan_shift(struct text_scan *s, size_t len)
{
    take_off(&s->at, len);
    take_off(&s->start, len);
    take_off(&s->plain_until, len);
}

struct text_extent text_scan_close(struct text_scan *s, size_t end, bool is_whole, enum tcs_damage damage)
{
    struct text_extent x = {(uint32_t)s->start, (uint32_t)(end - s->start), is_whole, damage};
    s->in_event = s->in_junk = false;
    s->depth = 0;
    s->at = end;
    return x;
}
