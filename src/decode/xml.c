#include "decode/text_log.h"

/*
 * An event in XML. It is read here and not by a library for two reasons: the
 * best of them needs 12 us for an event of 1.1 KB, four times what reading
 * it may cost, and it has to refuse an event for one character that XML 1.0
 * does not know, which an intruder can put into his command line.
 *
 * There is no DTD, so entities are the five of XML and characters by number.
 * The tests compare the reading with expat's.
 */

enum { OPEN_MOST = 64, SECTIONS = 3 };

struct xml {
    struct text_reading *r;
    struct tcs_str text;
    size_t at;
    bool has_ampersand, has_cr;     /* anywhere in the event */
    bool never_closes[SECTIONS];    /* from here on */
    struct tcs_str open[OPEN_MOST]; /* names */
    bool has_children[OPEN_MOST];
    unsigned depth;
    /* The text that was met since the last tag: one stretch, or several in the scratch buffer. */
    struct tcs_str pending;
    bool is_pieced;
};

static bool is_name_end(char c)
{
    static const bool ends[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, ['>'] = true,
                                   ['/'] = true, ['='] = true,  ['<'] = true,  ['"'] = true,  ['\''] = true};
    return ends[(uint8_t)c];
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (uint8_t)c >= 0x80;
}

static struct tcs_str take_name(struct xml *x)
{
    size_t first = x->at;
    while (x->at < x->text.len && !is_name_end(x->text.p[x->at]))
        x->at++;
    return tcs_str_cut(x->text, first, x->at);
}

static void skip_blanks(struct xml *x)
{
    while (x->at < x->text.len && text_is_blank(x->text.p[x->at]))
        x->at++;
}

static bool next_is(const struct xml *x, char c)
{
    return x->at < x->text.len && x->text.p[x->at] == c;
}

/* ---- entities ---- */

/* A character by number, from "#" on; 0x110000 if it is none. */
static uint32_t numbered(struct tcs_str name)
{
    unsigned base = name.len > 2 && name.p[1] == 'x' ? 16 : 10;
    uint32_t n = 0;
    for (size_t i = base == 16 ? 2 : 1; i < name.len && n < 0x110000; i++) {
        int digit = tcs_hex_digit(name.p[i]);
        n = digit >= 0 && (unsigned)digit < base ? n * base + (unsigned)digit : 0x110000;
    }
    return name.len > 1 ? n : 0x110000;
}

/* The character that "&...;" at `at` stands for; *len: bytes of it, 0 if it is no such thing. */
static uint32_t entity(struct tcs_str s, size_t at, size_t *len)
{
    static const struct {
        struct tcs_str name;
        char c;
    } known[] = {
        {TCS_STR_INIT("quot"), '"'}, {TCS_STR_INIT("amp"), '&'},   {TCS_STR_INIT("lt"), '<'},
        {TCS_STR_INIT("gt"), '>'},   {TCS_STR_INIT("apos"), '\''},
    };
    enum { NAME_MOST = 16 };
    struct tcs_str name = tcs_str_cut(s, at + 1, at + 1 + NAME_MOST);
    size_t end = tcs_str_find(name, ';');
    *len = end < name.len ? end + 2 : 0;
    name.len = end;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (tcs_str_eq(name, known[i].name))
            return (uint32_t)known[i].c;
    uint32_t n = name.len && name.p[0] == '#' ? numbered(name) : 0x110000;
    if (n >= 0x110000)
        *len = 0;
    return n;
}

/* Appends s with its entities resolved. An unknown one stays as it stands; half a pair of surrogates is no
 * text. */
static void put_resolved(struct xml *x, struct tcs_buf *b, struct tcs_str s, bool is_attribute)
{
    size_t from = 0;
    for (size_t at = 0; at < s.len; at++) {
        char c = s.p[at];
        bool is_space = is_attribute && (c == '\n' || c == '\t' || c == '\r');
        if (c != '&' && c != '\r' && !is_space)
            continue;
        tcs_buf_str(b, tcs_str_cut(s, from, at));
        if (c == '&') {
            size_t len;
            char utf8[4];
            uint32_t cp = entity(s, at, &len);
            bool is_surrogate = len && cp >= 0xD800 && cp <= 0xDFFF;
            x->r->is_bad = x->r->is_bad || len == 0 || is_surrogate;
            if (len)
                tcs_buf_put(b, utf8, tcs_utf8_encode(is_surrogate ? TCS_REPLACEMENT : cp, utf8));
            from = at + len;
            at += len ? len - 1 : 0;
        } else {
            bool is_pair = c == '\r' && at + 1 < s.len && s.p[at + 1] == '\n';
            tcs_buf_putc(b, is_attribute ? ' ' : '\n');
            at += is_pair;
            from = at + 1;
        }
    }
    tcs_buf_str(b, tcs_str_cut(s, from, s.len));
}

/* What the scratch buffer holds, as a text that stays. */
static struct tcs_str keep_scratch(struct xml *x)
{
    bool ok;
    struct tcs_str kept = tcs_arena_str(x->r->arena, tcs_buf_view(x->r->scratch), &ok);
    x->r->no_memory = x->r->no_memory || !ok || x->r->scratch->bad;
    tcs_buf_clear(x->r->scratch);
    return kept;
}

/* ---- text ---- */

static void add_text(struct xml *x, struct tcs_str s, bool is_literal)
{
    bool is_plain = is_literal || ((!x->has_ampersand || tcs_str_find(s, '&') == s.len));
    is_plain = is_plain && (!x->has_cr || tcs_str_find(s, '\r') == s.len);
    if (is_plain && x->pending.len == 0 && !x->is_pieced) {
        x->pending = s;
        return;
    }
    if (!x->is_pieced) {
        tcs_buf_clear(x->r->scratch);
        tcs_buf_str(x->r->scratch, x->pending);
        x->is_pieced = true;
    }
    if (is_literal)
        tcs_buf_str(x->r->scratch, s);
    else
        put_resolved(x, x->r->scratch, s, false);
}

static bool is_all_blank(struct tcs_str s)
{
    size_t i = 0;
    while (i < s.len && text_is_blank(s.p[i]))
        i++;
    return i == s.len;
}

/* Gives out the text before a tag; blanks between elements are only there to be looked at. */
static void flush_text(struct xml *x, bool is_between)
{
    struct tcs_str s = x->is_pieced ? keep_scratch(x) : x->pending;
    x->pending.len = 0;
    x->is_pieced = false;
    if (s.len && x->depth && !(is_between && is_all_blank(s)))
        text_layouts_value(x->r->layouts, tcs_value_of_str(s));
}

/* ---- tags ---- */

/* Names that belong to the layout: what a <Data> is called, and namespaces. */
static bool is_structure(struct tcs_str element, struct tcs_str attribute)
{
    bool is_data = tcs_str_eq(element, TCS_STR("Data")) || tcs_str_eq(element, TCS_STR("ComplexData"));
    return (is_data && tcs_str_eq(attribute, TCS_STR("Name"))) || tcs_str_starts(attribute, TCS_STR("xmlns"));
}

static struct tcs_str attribute_value(struct xml *x, struct tcs_str raw)
{
    bool is_plain = true;
    for (size_t i = 0; i < raw.len && is_plain; i++)
        is_plain = raw.p[i] != '&' && raw.p[i] != '\n' && raw.p[i] != '\t' && raw.p[i] != '\r';
    if (is_plain)
        return raw;
    tcs_buf_clear(x->r->scratch);
    put_resolved(x, x->r->scratch, raw, true);
    return keep_scratch(x);
}

/* One attribute. False if there is none as it should be. */
static bool take_attribute(struct xml *x, struct tcs_str element)
{
    struct tcs_str name = take_name(x);
    skip_blanks(x);
    if (name.len == 0 || !next_is(x, '='))
        return false;
    x->at++;
    skip_blanks(x);
    if (!next_is(x, '"') && !next_is(x, '\''))
        return false;
    char quote = x->text.p[x->at++];
    struct tcs_str rest = tcs_str_cut(x->text, x->at, x->text.len);
    size_t len = tcs_str_find(rest, quote);
    if (len == rest.len)
        return false;
    x->at += len + 1;
    struct tcs_str value = attribute_value(x, tcs_str_cut(rest, 0, len));
    if (is_structure(element, name))
        text_layouts_literal(x->r->layouts, name, value);
    else
        text_layouts_attribute(x->r->layouts, name, tcs_value_of_str(value));
    return true;
}

/* A start tag from behind its "<". False if the reading has to end here. */
static bool start_tag(struct xml *x)
{
    flush_text(x, true);
    struct tcs_str name = take_name(x);
    if (x->depth == OPEN_MOST || name.len == 0) {
        text_layouts_element(x->r->layouts, name); /* one too deep: the layouts say so */
        return false;
    }
    if (x->depth)
        x->has_children[x->depth - 1] = true;
    text_layouts_element(x->r->layouts, name);
    for (;;) {
        skip_blanks(x);
        if (next_is(x, '>') || next_is(x, '/'))
            break;
        if (!take_attribute(x, name))
            return false;
    }
    if (next_is(x, '/')) {
        x->at++;
        text_layouts_end(x->r->layouts);
        if (!next_is(x, '>'))
            return false;
    } else {
        x->has_children[x->depth] = false;
        x->open[x->depth++] = name;
    }
    x->at++;
    return true;
}

/* An end tag from behind its "</". False if the reading has to end here. */
static bool end_tag(struct xml *x)
{
    struct tcs_str name = take_name(x);
    skip_blanks(x);
    if (!next_is(x, '>'))
        return false;
    x->at++;
    unsigned level = x->depth;
    while (level && !tcs_str_eq(x->open[level - 1], name))
        level--;
    if (level == 0)
        return false;
    flush_text(x, x->has_children[x->depth - 1]);
    x->r->is_bad = x->r->is_bad || level != x->depth; /* some that were open were never closed */
    for (; x->depth >= level; x->depth--)
        text_layouts_end(x->r->layouts);
    return true;
}

/* What is passed over whole. */
static const struct section {
    struct tcs_str open, close;
    bool is_text;
} sections[SECTIONS] = {
    {TCS_STR_INIT("<!--"), TCS_STR_INIT("-->"), false},
    {TCS_STR_INIT("<![CDATA["), TCS_STR_INIT("]]>"), true},
    {TCS_STR_INIT("<?"), TCS_STR_INIT("?>"), false},
};

/* Passes over a section; its text is given if it is one. False if none begins here that ends. */
static bool take_section(struct xml *x, struct tcs_str rest)
{
    unsigned kind = 0;
    while (kind < SECTIONS && !tcs_str_starts(rest, sections[kind].open))
        kind++;
    if (kind == SECTIONS || x->never_closes[kind])
        return false;
    size_t first = sections[kind].open.len, end = first;
    struct tcs_str close = sections[kind].close;
    while (end < rest.len && !tcs_str_starts(tcs_str_cut(rest, end, rest.len), close))
        end += 1 + tcs_str_find(tcs_str_cut(rest, end + 1, rest.len), close.p[0]);
    if (end >= rest.len) { /* nor does any other that follows */
        x->never_closes[kind] = true;
        return false;
    }
    if (sections[kind].is_text)
        add_text(x, tcs_str_cut(rest, first, end), true);
    x->at += end + close.len;
    return true;
}

/* What begins with the "<" at x->at. False if the reading has to end here. */
static bool markup(struct xml *x)
{
    struct tcs_str rest = tcs_str_cut(x->text, x->at, x->text.len);
    if (tcs_str_starts(rest, TCS_STR("</"))) {
        x->at += 2;
        return end_tag(x);
    }
    if (rest.len > 1 && is_name_start(rest.p[1])) {
        x->at++;
        return start_tag(x);
    }
    if (take_section(x, rest))
        return true;
    x->r->is_bad = true; /* nobody escaped it; it is text */
    x->at++;
    add_text(x, tcs_str_cut(rest, 0, 1), true);
    return true;
}

static void read_xml(struct text_reading *r, struct tcs_str event, bool is_cut)
{
    if (is_cut) { /* nor is a tag that is not all there */
        size_t end = tcs_str_rfind(event, '>');
        event.len = end < event.len ? end + 1 : 0;
    }
    struct xml x = {.r = r, .text = event, .pending = {"", 0}};
    x.has_ampersand = tcs_str_find(event, '&') < event.len;
    x.has_cr = tcs_str_find(event, '\r') < event.len;
    bool goes_on = true;
    do {
        size_t len = tcs_str_find(tcs_str_cut(event, x.at, event.len), '<');
        if (x.at + len == event.len)
            break; /* the text at a cut is not the whole of it */
        if (len)
            add_text(&x, tcs_str_cut(event, x.at, x.at + len), false);
        x.at += len;
        goes_on = markup(&x);
    } while (goes_on && x.depth);
    if (!goes_on || x.depth)
        r->is_bad = r->is_bad || !is_cut;
    tcs_buf_clear(r->scratch);
}

/* ---- a glance ---- */

/* Behind the tag that begins at `at`; 0 if it does not end. *is_empty: it ends with "/>". */
static size_t behind_tag(struct tcs_str s, size_t at, bool *is_empty)
{
    char quote = 0;
    for (; at < s.len; at++) {
        char c = s.p[at];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            break;
    }
    if (at >= s.len)
        return 0;
    *is_empty = s.p[at - 1] == '/';
    for (at++; at < s.len && text_is_blank(s.p[at]);)
        at++;
    return at;
}

static bool is_at(struct tcs_str s, size_t at, struct tcs_str word)
{
    return tcs_str_starts(tcs_str_cut(s, at, s.len), word);
}

/* The time of the event, which follows a few tags behind the id. */
static struct tcs_time glance_time(struct tcs_str s, size_t at)
{
    enum { WITHIN = 512 };
    struct tcs_str head = TCS_STR("<TimeCreated SystemTime="), near = tcs_str_cut(s, 0, at + WITHIN);
    struct tcs_time time = tcs_time_of_filetime(0);
    while (at < near.len && !is_at(near, at, head))
        at += 1 + tcs_str_find(tcs_str_cut(near, at + 1, near.len), '<');
    if (at + head.len >= near.len)
        return time;
    struct tcs_str rest = tcs_str_cut(near, at + head.len + 1, near.len);
    struct tcs_time found;
    if (tcs_time_parse(tcs_str_cut(rest, 0, tcs_str_find(rest, near.p[at + head.len])), &found))
        time = found;
    return time;
}

/* <Event ...><System><Provider .../><EventID ...>number</EventID>, as all events of Windows begin. */
static bool glance_xml(struct tcs_str s, struct text_glance *out)
{
    bool is_empty;
    size_t at = behind_tag(s, 0, &is_empty);
    if (at == 0 || is_empty || !is_at(s, at, TCS_STR("<System>")))
        return false;
    at = behind_tag(s, at, &is_empty);
    if (!is_at(s, at, TCS_STR("<Provider ")))
        return false;
    at = behind_tag(s, at, &is_empty);
    if (at == 0 || !is_empty || !(is_at(s, at, TCS_STR("<EventID>")) || is_at(s, at, TCS_STR("<EventID "))))
        return false;
    at = behind_tag(s, at, &is_empty);
    uint32_t id = 0;
    size_t first = at;
    for (; !is_empty && at < s.len && at - first < 6 && s.p[at] >= '0' && s.p[at] <= '9'; at++)
        id = id * 10 + (uint32_t)(s.p[at] - '0');
    if (at == first || id > UINT16_MAX || !is_at(s, at, TCS_STR("</EventID>")))
        return false;
    out->event_id = (uint16_t)id;
    out->time = glance_time(s, at);
    return true;
}

static const struct text_format xml = {
    .format = TCS_FORMAT_XML,
    .scan = scan_xml,
    .first_layout = UINT64_C(1) << 62,
    .glance = glance_xml,
    .read = read_xml,
};

static int probe(struct tcs_bytes head, uint64_t size)
{
    (void)size;
    return text_log_probe(head, probe_xml);
}

static enum tcs_code open_log(struct tcs_log *log, struct tcs_err *err)
{
    return text_log_open(log, &xml, err);
}

static void *decoder_new(const struct tcs_decode_limits *limits)
{
    return text_decoder_new(limits, &xml);
}

const struct tcs_format_ops tcs_xml_format = {
    .format = TCS_FORMAT_XML,
    .name = "xml",
    .probe = probe,
    .open = open_log,
    .next_unit = text_log_next_unit,
    .decoder_new = decoder_new,
    .decoder_free = text_decoder_free,
    .begin = text_decoder_begin,
    .next = text_decoder_next,
};
