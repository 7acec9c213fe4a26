#include "decode/evtx.h"

#include <stdlib.h>

/*
 * BinXML tokens ([MS-EVEN6] 2.2.12). 0x40 on a token means that more of the
 * kind follows; for an element, that it has attributes.
 */
enum token {
    TOK_EOF = 0x00,
    TOK_ELEMENT =
        0x01, /* [u16 dependency], u32 length, u32 name, [inline name], [0x41: u32 attribute length] */
    TOK_CONTENT = 0x02,   /* > */
    TOK_EMPTY = 0x03,     /* /> */
    TOK_END = 0x04,       /* </x> */
    TOK_TEXT = 0x05,      /* u8 type (always 1), u16 units, units */
    TOK_ATTRIBUTE = 0x06, /* u32 name, [inline name] */
    TOK_CDATA = 0x07,     /* u16 units, units */
    TOK_CHAR = 0x08,      /* u16 code */
    TOK_ENTITY = 0x09,    /* u32 name, [inline name] */
    TOK_PI_TARGET = 0x0A, /* u32 name, [inline name] */
    TOK_PI_DATA = 0x0B,   /* u16 units, units */
    TOK_INSTANCE = 0x0C,  /* a template instance; never inside a definition */
    TOK_SLOT = 0x0D,      /* u16 slot, u8 type */
    TOK_OPTIONAL_SLOT = 0x0E,
    TOK_HEADER = 0x0F, /* u8 1, u8 1, u8 0 */
    TOK_COUNT = 0x10,
    TOK_MORE = 0x40,
};

enum { OFFSET_LEAST = EVTX_CHUNK_HEADER };

/* The state of one compilation. */
struct reader {
    struct tcs_cursor in; /* over the chunk; positions are chunk-relative */
    struct tcs_layout_builder *b;
    struct evtx_name_refs *refs;
    bool in_definition;
    struct tcs_str pi_target;
    struct tcs_err *err;
};

bool evtx_name_at(const uint8_t *chunk, uint32_t off, unsigned most_units, struct tcs_utf16 *name)
{
    if (off < OFFSET_LEAST || off > EVTX_CHUNK - EVTX_NAME_OVERHEAD)
        return false;
    unsigned units = tcs_le16(chunk + off + 6);
    if (units == 0 || units > most_units || 2 * units > EVTX_CHUNK - EVTX_NAME_OVERHEAD - off)
        return false;
    *name = (struct tcs_utf16){chunk + off + 8, units};
    return true;
}

void evtx_binxml_skip_header(const uint8_t *chunk, uint32_t *pos, uint32_t end)
{
    static const uint8_t header[4] = {TOK_HEADER, 1, 1, 0};
    if (end - *pos >= 4 && memcmp(chunk + *pos, header, 4) == 0)
        *pos += 4;
}

static enum tcs_code bad(struct reader *r, const char *what)
{
    return tcs_fail(r->err, TCS_FORMAT, r->in.pos, "%s", what);
}

static bool note_ref(struct reader *r, uint32_t at, struct tcs_utf16 name, bool is_inline)
{
    struct evtx_name_refs *refs = r->refs;
    if (refs == NULL)
        return true;
    if (refs->count == refs->cap) {
        size_t cap = refs->cap ? refs->cap * 2 : 64;
        struct evtx_name_ref *more = realloc(refs->refs, cap * sizeof *more);
        r->b->arena->starved = r->b->arena->starved || more == NULL;
        if (more == NULL)
            return false;
        refs->refs = more;
        refs->cap = cap;
    }
    refs->refs[refs->count++] =
        (struct evtx_name_ref){at - refs->body, (uint32_t)name.units, name.p, is_inline};
    return true;
}

/* Takes a name: an offset, and the name itself if that is where it stands. */
static enum tcs_code take_name(struct reader *r, struct tcs_str *out)
{
    uint32_t at = (uint32_t)r->in.pos;
    uint32_t off = tcs_take_u32(&r->in);
    uint32_t here = (uint32_t)r->in.pos;
    struct tcs_utf16 name;
    /* Names are stored before or where they are first used, never behind: no link can lead forward. */
    if (r->in.bad || off > here || !evtx_name_at(r->in.base, off, r->b->limits->name_units, &name))
        return bad(r, "name offset outside the chunk");
    bool is_inline = off == here;
    if (is_inline)
        tcs_take(&r->in, EVTX_NAME_OVERHEAD + 2 * name.units);
    if (r->in.bad)
        return bad(r, "name is cut");
    if (!note_ref(r, at, name, is_inline))
        return tcs_fail(r->err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a template");
    *out = tcs_layout_name(r->b, name);
    return TCS_OK;
}

/* True if a name offset could stand at pos. */
static bool name_offset_fits(const struct reader *r, size_t pos)
{
    if (pos + 4 > r->in.end)
        return false;
    uint32_t off = tcs_le32(r->in.base + pos);
    struct tcs_utf16 name;
    return off <= pos + 4 && evtx_name_at(r->in.base, off, r->b->limits->name_units, &name);
}

/*
 * Elements carry a dependency id inside definitions and none elsewhere; some
 * writers differ. The name offset behind it tells which it is: the expected
 * form counts unless only the other one makes sense.
 */
static bool has_dependency(const struct reader *r)
{
    bool with = name_offset_fits(r, r->in.pos + 6);
    bool without = name_offset_fits(r, r->in.pos + 4);
    return with == without ? r->in_definition : with;
}

static enum tcs_code take_element(struct reader *r, uint8_t token)
{
    uint16_t depends = has_dependency(r) ? tcs_take_u16(&r->in) : TCS_NO_SLOT;
    tcs_take_u32(&r->in); /* the element's length: not needed by one who reads all of it */
    struct tcs_str name;
    enum tcs_code code = take_name(r, &name);
    if (code != TCS_OK)
        return code;
    if (token & TOK_MORE)
        tcs_take_u32(&r->in); /* length of the attributes */
    tcs_layout_element(r->b, name, depends);
    return TCS_OK;
}

static enum tcs_code take_content(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_layout_content(r->b);
    return TCS_OK;
}

static enum tcs_code take_empty(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_layout_content(r->b);
    tcs_layout_end(r->b);
    return TCS_OK;
}

static enum tcs_code take_end(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_layout_end(r->b);
    return TCS_OK;
}

static struct tcs_utf16 take_units(struct reader *r)
{
    size_t units = tcs_take_u16(&r->in);
    const uint8_t *p = tcs_take(&r->in, 2 * units);
    return (struct tcs_utf16){p, p ? units : 0};
}

static enum tcs_code take_text(struct reader *r, uint8_t token)
{
    (void)token;
    uint8_t type = tcs_take_u8(&r->in);
    if (type != TCS_VALUE_STRING)
        return bad(r, "literal of a type that literals do not have");
    tcs_layout_text_utf16(r->b, take_units(r));
    return TCS_OK;
}

static enum tcs_code take_attribute(struct reader *r, uint8_t token)
{
    (void)token;
    struct tcs_str name;
    enum tcs_code code = take_name(r, &name);
    if (code == TCS_OK)
        tcs_layout_attribute(r->b, name);
    return code;
}

static enum tcs_code take_cdata(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_layout_text_utf16(r->b, take_units(r));
    return TCS_OK;
}

static enum tcs_code take_char(struct reader *r, uint8_t token)
{
    (void)token;
    const uint8_t *p = tcs_take(&r->in, 2);
    tcs_layout_text_utf16(r->b, (struct tcs_utf16){p, p ? 1 : 0});
    return TCS_OK;
}

static enum tcs_code take_entity(struct reader *r, uint8_t token)
{
    (void)token;
    static const struct {
        struct tcs_str name, text;
    } entities[] = {
        {TCS_STR_INIT("amp"), TCS_STR_INIT("&")},  {TCS_STR_INIT("lt"), TCS_STR_INIT("<")},
        {TCS_STR_INIT("gt"), TCS_STR_INIT(">")},   {TCS_STR_INIT("quot"), TCS_STR_INIT("\"")},
        {TCS_STR_INIT("apos"), TCS_STR_INIT("'")},
    };
    struct tcs_str name;
    enum tcs_code code = take_name(r, &name);
    if (code != TCS_OK)
        return code;
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (tcs_str_eq(entities[i].name, name)) {
            tcs_layout_text(r->b, entities[i].text);
            return TCS_OK;
        }
    }
    /* Not one of XML's own: shown as it is written. */
    tcs_layout_text(r->b, TCS_STR("&"));
    tcs_layout_text(r->b, name);
    tcs_layout_text(r->b, TCS_STR(";"));
    return TCS_OK;
}

static enum tcs_code take_pi_target(struct reader *r, uint8_t token)
{
    (void)token;
    return take_name(r, &r->pi_target);
}

static enum tcs_code take_pi_data(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_layout_pi(r->b, r->pi_target, take_units(r));
    return TCS_OK;
}

static enum tcs_code take_slot(struct reader *r, uint8_t token)
{
    uint16_t slot = tcs_take_u16(&r->in);
    uint8_t type = tcs_take_u8(&r->in);
    if (slot == TCS_NO_SLOT)
        return bad(r, "substitution of slot 65535");
    tcs_layout_slot(r->b, slot, type, (token & ~TOK_MORE) == TOK_OPTIONAL_SLOT);
    return TCS_OK;
}

static enum tcs_code take_header(struct reader *r, uint8_t token)
{
    (void)token;
    tcs_take(&r->in, 3);
    return TCS_OK;
}

/* What each token does; EOF and instances end the stream and are not in it. */
static enum tcs_code (*const takers[TOK_COUNT])(struct reader *r, uint8_t token) = {
    [TOK_ELEMENT] = take_element,    [TOK_CONTENT] = take_content,
    [TOK_EMPTY] = take_empty,        [TOK_END] = take_end,
    [TOK_TEXT] = take_text,          [TOK_ATTRIBUTE] = take_attribute,
    [TOK_CDATA] = take_cdata,        [TOK_CHAR] = take_char,
    [TOK_ENTITY] = take_entity,      [TOK_PI_TARGET] = take_pi_target,
    [TOK_PI_DATA] = take_pi_data,    [TOK_SLOT] = take_slot,
    [TOK_OPTIONAL_SLOT] = take_slot, [TOK_HEADER] = take_header,
};

enum tcs_code evtx_binxml_element(const uint8_t *chunk, uint32_t *pos, uint32_t end, bool in_definition,
                                  struct tcs_layout_builder *b, struct evtx_name_refs *refs,
                                  struct tcs_err *err)
{
    struct reader r = {tcs_cursor_at(chunk, *pos, end), b, refs, in_definition, {"", 0}, err};
    while (r.in.pos < r.in.end) {
        uint8_t token = tcs_take_u8(&r.in);
        unsigned kind = token & ~(unsigned)TOK_MORE;
        if (kind == TOK_EOF || (kind == TOK_INSTANCE && b->depth == 0)) {
            *pos = (uint32_t)r.in.pos - (kind == TOK_INSTANCE);
            return b->depth == 0 ? TCS_END : bad(&r, "stream ends inside an element");
        }
        if (kind >= TOK_COUNT || takers[kind] == NULL)
            return bad(&r, kind == TOK_INSTANCE ? "template instance inside an element" : "unknown token");
        enum tcs_code code = takers[kind](&r, token);
        if (code != TCS_OK)
            return code;
        if (r.in.bad)
            return bad(&r, "token is cut");
        if (b->failed != TCS_OK)
            return tcs_fail(err, b->failed, r.in.pos, "%s",
                            b->failed == TCS_FORMAT ? "tokens in an impossible order"
                                                    : "too large or too deep");
        if (b->depth == 0 && (kind == TOK_END || kind == TOK_EMPTY)) {
            *pos = (uint32_t)r.in.pos;
            return TCS_OK;
        }
    }
    *pos = end;
    return b->depth == 0 ? TCS_END : bad(&r, "element is cut");
}
