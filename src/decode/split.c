#include "decode/split.h"

void tcs_split_init(struct tcs_split *s, size_t event_most)
{
    *s = (struct tcs_split){.event_most = event_most};
}

void tcs_split_add(struct tcs_split *s, struct tcs_bytes bytes, struct tcs_buf *to)
{
    tcs_encoder_add(&s->encoder, bytes, to);
}

/* The first character says what it is: no more is needed where somebody named the source. */
static enum tcs_code settle(struct tcs_split *s, struct tcs_str text, bool at_end, struct tcs_err *err)
{
    size_t at = 0;
    while (at < text.len && text_is_blank(text.p[at]))
        at++;
    if (at == text.len)
        return at_end ? TCS_END : TCS_AGAIN;
    char c = text.p[at];
    if (c != '<' && c != '{' && c != '[')
        return tcs_fail(err, TCS_FORMAT, at, "neither event XML nor JSON");
    s->format = c == '<' ? TCS_FORMAT_XML : TCS_FORMAT_JSON;
    s->is_known = true;
    return TCS_OK;
}

/* Takes bytes of an event that is too large off the front. */
static enum tcs_code skip(struct tcs_split *s, size_t bytes, size_t *len, struct tcs_err *err)
{
    *len = bytes;
    text_scan_shift(&s->scan, bytes);
    return tcs_fail(err, TCS_SKIP, TCS_NO_OFFSET, "an event is larger than %zu bytes", s->event_most);
}

enum tcs_code tcs_split_cut(struct tcs_split *s, struct tcs_str text, bool at_end, size_t *len,
                            struct tcs_err *err)
{
    *len = 0;
    enum tcs_code code = s->is_known ? TCS_OK : settle(s, text, at_end, err);
    if (code != TCS_OK)
        return code;
    text_scan_fn *scan = s->format == TCS_FORMAT_XML ? scan_xml : scan_json;
    size_t whole = 0;
    for (;;) {
        struct text_scan before = s->scan;
        struct text_extent x;
        code = scan(&s->scan, text, at_end, s->event_most, &x);
        if (code != TCS_OK)
            break;
        if (before.is_over && x.pos) { /* the rest of one that was too large; then this one is met again */
            s->scan = (struct text_scan){.at = x.pos};
            return skip(s, x.pos, len, err);
        }
        bool is_over = !x.is_whole && x.damage == TCS_DAMAGE_LIMIT;
        if (is_over && whole) { /* first what is whole */
            s->scan = before;
            break;
        }
        whole = (size_t)x.pos + x.len;
        if (is_over)
            return skip(s, whole, len, err);
    }
    if (whole == 0 && code == TCS_END)
        *len = text.len;
    if (whole == 0)
        return code;
    *len = whole;
    text_scan_shift(&s->scan, whole);
    return TCS_OK;
}

size_t tcs_split_waste(struct tcs_split *s)
{
    size_t len = s->is_known ? text_scan_done(&s->scan) : 0;
    text_scan_shift(&s->scan, len);
    return len;
}
