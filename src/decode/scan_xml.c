#include "decode/text_scan.h"

#include <string.h>

/*
 * Only tags called Event count; comments, CDATA sections and processing
 * instructions are passed over whole, so what stands in them is never taken
 * for a tag. A "<" cannot stand inside of text or attributes otherwise.
 */

enum { TAG_MOST = 4096 }; /* bytes of a start tag of an event */

enum piece { PIECE_TEXT, PIECE_CUT, PIECE_SECTION, PIECE_START, PIECE_EMPTY, PIECE_END };

enum tag { TAG_WHOLE, TAG_CUT, TAG_NONE };

static const struct section {
    struct tcs_str open, close;
} sections[] = {
    {TCS_STR_INIT("<!--"), TCS_STR_INIT("-->")},
    {TCS_STR_INIT("<![CDATA["), TCS_STR_INIT("]]>")},
    {TCS_STR_INIT("<?"), TCS_STR_INIT("?>")},
};

/* True if the text goes on with `word` at `at`; *is_cut if it ends before that can be said. */
static bool goes_on(struct tcs_str text, size_t at, struct tcs_str word, bool *is_cut)
{
    struct tcs_str rest = tcs_str_cut(text, at, at + word.len);
    bool fits = memcmp(rest.p, word.p, rest.len) == 0;
    *is_cut = *is_cut || (fits && rest.len < word.len);
    return fits && rest.len == word.len;
}

/* Offset of the word at or behind `at`, or text.len. */
static size_t find(struct tcs_str text, size_t at, struct tcs_str word)
{
    while (at < text.len) {
        const char *hit = memchr(text.p + at, word.p[0], text.len - at);
        if (hit == NULL)
            break;
        at = (size_t)(hit - text.p);
        if (tcs_str_starts(tcs_str_cut(text, at, text.len), word))
            return at;
        at++;
    }
    return text.len;
}

static bool ends_a_name(char c)
{
    return c == '>' || c == '/' || text_is_blank(c);
}

/*
 * The tag whose name ends at `at`: WHOLE, and *end behind its ">"; CUT if the
 * text ends first; NONE if it is no tag. A ">" in quotes does not end it, and
 * no "<" may stand in it.
 */
static enum tag take_tag(struct tcs_str text, size_t at, size_t *end)
{
    size_t most = at + TAG_MOST;
    char quote = 0;
    for (; at < text.len && at < most && text.p[at] != '<'; at++) {
        char c = text.p[at];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            *end = at + 1;
            return TAG_WHOLE;
        }
    }
    return at == text.len ? TAG_CUT : TAG_NONE;
}

/* A tag called Event, from "<Event" or "</Event" on; *end is set behind it. */
static enum piece event_tag(struct tcs_str text, size_t at, bool is_end_tag, size_t *end)
{
    size_t name_end = at + (is_end_tag ? 7 : 6);
    if (name_end >= text.len)
        return PIECE_CUT;
    if (!ends_a_name(text.p[name_end]))
        return PIECE_TEXT; /* <Events>, <EventData> and so on */
    enum tag tag = take_tag(text, name_end, end);
    if (tag != TAG_WHOLE)
        return tag == TAG_CUT ? PIECE_CUT : PIECE_TEXT;
    if (is_end_tag)
        return PIECE_END;
    return text.p[*end - 2] == '/' ? PIECE_EMPTY : PIECE_START;
}

/* What begins at the "<" at `at`, and where it ends. */
static enum piece look(const struct text_scan *s, struct tcs_str text, size_t at, size_t *end)
{
    bool is_cut = false;
    *end = at + 1;
    /* Nearly all tags are called otherwise, which one character tells. */
    char first = at + 1 < text.len ? text.p[at + 1] : '!';
    char name = first == '/' && at + 2 < text.len ? text.p[at + 2] : 'E';
    if ((first != '!' && first != '?' && first != '/' && first != 'E') || name != 'E')
        return PIECE_TEXT;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (!goes_on(text, at, sections[i].open, &is_cut))
            continue;
        size_t close =
            at < s->plain_until ? text.len : find(text, at + sections[i].open.len, sections[i].close);
        if (close == text.len)
            return PIECE_CUT;
        *end = close + sections[i].close.len;
        return PIECE_SECTION;
    }
    if (goes_on(text, at, TCS_STR("</Event"), &is_cut))
        return event_tag(text, at, true, end);
    if (goes_on(text, at, TCS_STR("<Event"), &is_cut))
        return event_tag(text, at, false, end);
    return is_cut ? PIECE_CUT : PIECE_TEXT;
}

/*
 * True if <System> follows the start tag that ends at `at`: so every event of
 * Windows begins, and nothing within one. An event that is not closed ends there.
 */
static bool is_true_start(struct tcs_str text, size_t at, bool *is_cut)
{
    while (at < text.len && text_is_blank(text.p[at]))
        at++;
    *is_cut = at == text.len;
    return goes_on(text, at, TCS_STR("<System"), is_cut);
}

static bool is_all_blank(struct tcs_str text, size_t from, size_t to)
{
    while (from < to && text_is_blank(text.p[from]))
        from++;
    return from == to;
}

static void begin_junk(struct text_scan *s, size_t at)
{
    if (s->in_event || s->in_junk || s->is_over)
        return;
    s->in_junk = true;
    s->start = at;
}

/* Takes the piece [at, end) into account. True: out is filled. */
static bool take_piece(struct text_scan *s, enum piece piece, size_t at, size_t end, struct text_extent *out)
{
    s->at = end;
    if (piece == PIECE_END && s->in_event && --s->depth == 0) {
        *out = text_scan_close(s, end, true, TCS_DAMAGE_COUNT);
        return true;
    }
    if (piece == PIECE_END && !s->in_event) {
        begin_junk(s, at);
        s->is_over = false;
    }
    if (piece == PIECE_START && s->in_event)
        s->depth++;
    if (piece != PIECE_START && piece != PIECE_EMPTY)
        return false;
    if (s->in_event)
        return false;
    if (s->in_junk) { /* comes first; the tag is looked at again */
        *out = text_scan_close(s, at, false, TCS_DAMAGE_RECORD);
        s->at = at;
        return true;
    }
    s->start = at;
    s->is_over = false;
    s->in_event = piece == PIECE_START;
    s->depth = 1;
    if (piece == PIECE_EMPTY)
        *out = text_scan_close(s, end, true, TCS_DAMAGE_COUNT);
    return piece == PIECE_EMPTY;
}

/* The text ends inside of what begins at `at`. False: nothing more can be said before there is more text. */
static bool take_cut(struct text_scan *s, struct tcs_str text, size_t at, bool at_end, size_t most)
{
    size_t since = s->in_event ? s->start : at;
    if (!at_end && text.len - since <= most)
        return false;
    /* It never closes, so it is no comment and no tag; nor is any other before the end of this text. */
    s->plain_until = text.len;
    begin_junk(s, at);
    s->at = at + 1;
    return true;
}

static enum tcs_code finish(struct text_scan *s, struct tcs_str text, bool at_end, struct text_extent *out)
{
    if (!at_end)
        return TCS_AGAIN;
    if (!s->in_event && !s->in_junk)
        return TCS_END;
    *out = text_scan_close(s, text.len, false, s->in_event ? TCS_DAMAGE_TRUNCATED : TCS_DAMAGE_RECORD);
    return TCS_OK;
}

enum tcs_code scan_xml(struct text_scan *s, struct tcs_str text, bool at_end, size_t most,
                       struct text_extent *out)
{
    for (;;) {
        const char *hit = s->at < text.len ? memchr(text.p + s->at, '<', text.len - s->at) : NULL;
        size_t at = hit ? (size_t)(hit - text.p) : text.len;
        if (!s->in_event && !s->in_junk && !is_all_blank(text, s->at, at))
            begin_junk(s, s->at);
        s->at = at;
        if ((s->in_event || s->in_junk) && at - s->start > most) {
            bool was_event = s->in_event;
            *out = text_scan_close(s, at, false, was_event ? TCS_DAMAGE_LIMIT : TCS_DAMAGE_RECORD);
            s->is_over = was_event;
            return TCS_OK;
        }
        if (hit == NULL)
            return finish(s, text, at_end, out);
        size_t end;
        bool is_cut = false;
        enum piece piece = look(s, text, at, &end);
        if (piece == PIECE_TEXT && !s->in_event && take_tag(text, at + 1, &end) == TAG_CUT)
            piece = PIECE_CUT; /* a root element and the like: none of its tag is text */
        if (piece == PIECE_START && s->in_event && is_true_start(text, end, &is_cut)) {
            *out = text_scan_close(s, at, false, TCS_DAMAGE_RECORD);
            return TCS_OK;
        }
        if (is_cut && !at_end)
            return TCS_AGAIN;
        if (piece == PIECE_CUT) {
            if (!take_cut(s, text, at, at_end, most))
                return TCS_AGAIN;
        } else if (take_piece(s, piece, at, end, out)) {
            return TCS_OK;
        }
    }
}

int probe_xml(struct tcs_str head)
{
    size_t at = 0;
    while (at < head.len && text_is_blank(head.p[at]))
        at++;
    bool starts = at < head.len && head.p[at] == '<';
    for (at = find(head, at, TCS_STR("<Event")); at < head.len; at = find(head, at + 1, TCS_STR("<Event"))) {
        size_t end = 0;
        enum piece piece = event_tag(head, at, false, &end);
        bool is_cut = false;
        if (piece == PIECE_START && (starts || is_true_start(head, end, &is_cut)))
            return starts ? 90 : 40;
        if (starts && tcs_str_starts(tcs_str_cut(head, at, head.len), TCS_STR("<Events>")))
            return 50; /* nothing in it, but nothing wrong with it */
    }
    return 0;
}
