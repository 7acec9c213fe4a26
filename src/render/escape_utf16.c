#include "render/escape.h"

#include "base/ckd.h"
#include "base/units8.h"

/* What a unit becomes at most, in bytes: \u001b, &quot;. A pair of units becomes no more than two of these.
 */
enum { BYTES_A_UNIT = 6 };

/* Which of eight units cannot stand for themselves. */
typedef tcs_units8 special_fn(tcs_units8 v);

static inline tcs_units8 special_in_json(tcs_units8 v)
{
    return (tcs_units8)(v < 0x20) | (tcs_units8)(v > 0x7E) | (tcs_units8)(v == '"') | (tcs_units8)(v == '\\');
}

static inline tcs_units8 special_in_xml(tcs_units8 v)
{
    return (tcs_units8)(v < 0x20) | (tcs_units8)(v > 0x7F) | (tcs_units8)(v == '"') |
           (tcs_units8)(v == '\'') | (tcs_units8)(v == '&') | (tcs_units8)(v == '<') | (tcs_units8)(v == '>');
}

/* The same question about one unit, the other way round. */
typedef bool plain_fn(unsigned unit);

static inline bool plain_in_json(unsigned c)
{
    return c >= 0x20 && c <= 0x7E && c != '"' && c != '\\';
}

static inline bool plain_in_xml(unsigned c)
{
    return c >= 0x20 && c <= 0x7F && c != '"' && c != '\'' && c != '&' && c != '<' && c != '>';
}

/*
 * Inlined into a function for each form. There is room for all of s, so that
 * what stands for itself can be written eight units at a time; most of these
 * bytes count, the others are written over.
 */
static inline void put_units(struct tcs_buf *b, struct tcs_utf16 s, special_fn *special, plain_fn *is_plain,
                             tcs_put_cp *put_cp)
{
    bool damaged = false;
    size_t at = 0;
    while (s.units - at >= TCS_UNITS8) {
        tcs_units8 v = tcs_units8_load(s.p + 2 * at);
        unsigned plain = tcs_units8_before(special(v));
        tcs_units8_store(v, b->p + b->len);
        b->len += plain;
        at += plain;
        if (plain < TCS_UNITS8)
            put_cp(b, tcs_utf16_next(s, &at, &damaged));
    }
    while (at < s.units) {
        unsigned unit = tcs_le16(s.p + 2 * at);
        if (is_plain(unit)) {
            b->p[b->len++] = (char)unit;
            at++;
        } else {
            put_cp(b, tcs_utf16_next(s, &at, &damaged));
        }
    }
}

/* Without the room for the worst case: unit by unit. */
static void put_slowly(struct tcs_buf *b, struct tcs_utf16 s, tcs_put_cp *put_cp)
{
    bool damaged = false;
    for (size_t at = 0; at < s.units && !b->bad;)
        put_cp(b, tcs_utf16_next(s, &at, &damaged));
}

/* True if b has room for s whatever it becomes, and for eight units that do not count. */
static bool has_room(struct tcs_buf *b, struct tcs_utf16 s)
{
    size_t most;
    if (tcs_ckd_mul(&most, s.units + TCS_UNITS8, BYTES_A_UNIT) || b->bad || most > b->max ||
        b->len > b->max - most)
        return false;
    return tcs_buf_room(b, most) != NULL;
}

void tcs_put_json_utf16(struct tcs_buf *b, struct tcs_utf16 s)
{
    if (has_room(b, s))
        put_units(b, s, special_in_json, plain_in_json, tcs_put_json_cp);
    else
        put_slowly(b, s, tcs_put_json_cp);
}

void tcs_put_xml_utf16(struct tcs_buf *b, struct tcs_utf16 s)
{
    if (has_room(b, s))
        put_units(b, s, special_in_xml, plain_in_xml, tcs_put_xml_cp);
    else
        put_slowly(b, s, tcs_put_xml_cp);
}
