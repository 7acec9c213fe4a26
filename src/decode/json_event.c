#include "decode/json_names.h"
#include "decode/text_log.h"

#include <stdlib.h>

/*
 * An event in JSON as the document that Windows would have written. Its shape
 * is told by its members (json_names.c).
 */

enum { FRAMES_MOST = 64 };

/* What the members of an object are. */
enum place {
    IN_EVENT,    /* System, EventData, RenderingInfo ... */
    IN_SYSTEM,   /* the elements of System */
    IN_ELEMENT,  /* of one of these: its attributes */
    IN_DATA,     /* EventData: <Data Name="key"> */
    IN_UNNAMED,  /* a member Data of EventData: <Data> without names */
    IN_ELEMENTS, /* anything else: elements */
};

/* The rest of an object or array that is being written. */
struct frame {
    size_t i, end;
    enum place place;
    bool is_object;
    bool has_element;   /* an end tag belongs behind it */
    struct tcs_str key; /* of an array: what its items are called */
};

struct writer {
    struct text_reading *r;
    struct text_layouts *l;
    const struct json *j;
    struct frame frames[FRAMES_MOST];
    unsigned depth;
};

static struct tcs_str text_of(struct writer *w, size_t index)
{
    bool ok = true;
    struct tcs_str text = json_text(w->j, index, w->r->arena, &w->r->is_bad, &ok);
    w->r->no_memory = w->r->no_memory || !ok;
    return text;
}

/* A whole number as it would be printed, as eight bytes in the arena. */
static struct tcs_value number_of(struct writer *w, struct tcs_str s)
{
    bool is_negative = s.len && s.p[0] == '-';
    struct tcs_str digits = tcs_str_cut(s, is_negative, s.len);
    uint64_t n;
    bool is_whole = digits.len && digits.len < 21 && (digits.p[0] != '0' || s.len == 1) &&
                    tcs_value_u64(tcs_value_of_str(digits), &n);
    uint8_t *bytes =
        is_whole && (!is_negative || n <= (uint64_t)INT64_MAX) ? tcs_arena_alloc(w->r->arena, 8) : NULL;
    if (bytes == NULL)
        return tcs_value_of_str(s);
    tcs_put_le64(bytes, is_negative ? 0 - n : n);
    return (struct tcs_value){bytes, 8, is_negative ? TCS_VALUE_INT64 : TCS_VALUE_UINT64};
}

/* A string, number, true or false; null and everything else is no value. */
static struct tcs_value value_of(struct writer *w, size_t index)
{
    static const uint8_t truth[2][4] = {{0}, {1}};
    const struct json_value *v = &w->j->at[index];
    if (v->kind == JSON_STRING)
        return tcs_value_of_str(text_of(w, index));
    if (v->kind != JSON_PLAIN || json_is_word(w->j, index, TCS_STR("null")))
        return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
    bool is_true = json_is_word(w->j, index, TCS_STR("true"));
    if (is_true || json_is_word(w->j, index, TCS_STR("false")))
        return (struct tcs_value){truth[is_true], 4, TCS_VALUE_BOOL};
    return number_of(w, text_of(w, index));
}

static bool is_scalar(const struct writer *w, size_t index)
{
    uint8_t kind = w->j->at[index].kind;
    return kind == JSON_STRING || kind == JSON_PLAIN;
}

static void put_value(struct writer *w, size_t index)
{
    struct tcs_value v = value_of(w, index);
    if (v.type != TCS_VALUE_NULL)
        text_layouts_value(w->l, v);
}

static void put_attribute(struct writer *w, struct tcs_str name, size_t index)
{
    text_layouts_attribute(w->l, name, value_of(w, index));
}

/* Attributes that some writers keep apart. */
static bool is_attributes(struct tcs_str key)
{
    return tcs_str_eq(key, TCS_STR("#attributes"));
}

static bool is_text_key(struct tcs_str key)
{
    return tcs_str_eq(key, TCS_STR("#text"));
}

/* All members of the object that are single values, as attributes of the element that is open. */
static void put_attributes(struct writer *w, size_t object)
{
    const struct json_value *at = w->j->at;
    for (size_t i = object + 1; i < at[object].next; i = at[i + 1].next) {
        struct tcs_str key = text_of(w, i);
        if (is_scalar(w, i + 1) && !is_text_key(key) && !tcs_str_starts(key, TCS_STR("xmlns")))
            put_attribute(w, key, i + 1);
    }
}

static bool push(struct writer *w, size_t container, enum place place, struct tcs_str key, bool has_element)
{
    if (w->depth == FRAMES_MOST) {
        w->r->is_bad = true;
        return false;
    }
    const struct json_value *v = &w->j->at[container];
    w->frames[w->depth++] = (struct frame){.i = container + 1,
                                           .end = v->next,
                                           .place = place,
                                           .is_object = v->kind == JSON_OBJECT,
                                           .has_element = has_element,
                                           .key = key};
    return true;
}

/* The start of an element that an object stands for; its members follow as frames. */
static void open_element(struct writer *w, struct tcs_str key, size_t object, enum place inside)
{
    text_layouts_element(w->l, key);
    size_t attributes = json_member(w->j, object, TCS_STR("#attributes"));
    if (attributes != SIZE_MAX && w->j->at[attributes].kind == JSON_OBJECT)
        put_attributes(w, attributes);
    if (inside == IN_ELEMENT || json_member(w->j, object, TCS_STR("#text")) != SIZE_MAX) {
        put_attributes(w, object);
        inside = IN_ELEMENT;
    }
    if (!push(w, object, inside, key, true))
        text_layouts_end(w->l);
}

/* <Data>, with a name or without; some writers make an object of it. */
static void put_data(struct writer *w, struct tcs_str name, size_t index)
{
    if (w->j->at[index].kind == JSON_OBJECT) {
        size_t its_name = json_member(w->j, index, TCS_STR("@Name"));
        size_t text = json_member(w->j, index, TCS_STR("#text"));
        if (its_name != SIZE_MAX)
            name = text_of(w, its_name);
        if (text != SIZE_MAX && w->j->at[text].kind == JSON_ARRAY) {
            push(w, text, IN_UNNAMED, name, false);
            return;
        }
        index = text;
    }
    text_layouts_element(w->l, TCS_STR("Data"));
    if (name.len)
        text_layouts_literal(w->l, TCS_STR("Name"), name);
    if (index != SIZE_MAX)
        put_value(w, index);
    text_layouts_end(w->l);
}

static enum place inside_of(enum place place, struct tcs_str key)
{
    if (place == IN_EVENT && tcs_str_eq(key, TCS_STR("System")))
        return IN_SYSTEM;
    if (place == IN_EVENT && tcs_str_eq(key, TCS_STR("EventData")))
        return IN_DATA;
    return place == IN_SYSTEM ? IN_ELEMENT : IN_ELEMENTS;
}

/* <EventID>, whose attribute stands beside it. */
static void put_event_id(struct writer *w, const struct frame *f, size_t index)
{
    text_layouts_element(w->l, TCS_STR("EventID"));
    for (size_t i = f->i; i < f->end; i = w->j->at[i + 1].next)
        if (tcs_str_eq(text_of(w, i), TCS_STR("Qualifiers"))) {
            put_attribute(w, TCS_STR("Qualifiers"), i + 1);
            break;
        }
    put_value(w, index);
    text_layouts_end(w->l);
}

static void put_scalar(struct writer *w, struct frame *f, struct tcs_str key, size_t index)
{
    if (f->place == IN_ELEMENT) { /* its attributes are written already */
        if (is_text_key(key))
            put_value(w, index);
        return;
    }
    if (f->place == IN_SYSTEM && tcs_str_eq(key, TCS_STR("EventID"))) {
        put_event_id(w, f, index);
        return;
    }
    if (f->place == IN_SYSTEM && tcs_str_eq(key, TCS_STR("Qualifiers")))
        return;
    if (is_text_key(key)) {
        put_value(w, index);
        return;
    }
    bool is_binary = tcs_str_eq(key, TCS_STR("Binary"));
    if (f->place == IN_UNNAMED || (f->place == IN_DATA && !is_binary)) {
        put_data(w, tcs_str_eq(key, TCS_STR("Data")) ? (struct tcs_str){"", 0} : key, index);
        return;
    }
    text_layouts_element(w->l, key);
    put_value(w, index);
    text_layouts_end(w->l);
}

/* A member of an object, or an item of an array, called `key`. */
static void put_member(struct writer *w, struct frame *f, struct tcs_str key, size_t index)
{
    bool is_ours = f->place == IN_EVENT && tcs_str_eq(key, TCS_STR("tocsin"));
    bool is_data = f->place == IN_UNNAMED || (f->place == IN_DATA && tcs_str_eq(key, TCS_STR("Data")));
    if (is_ours || is_attributes(key))
        return;
    if (is_scalar(w, index))
        put_scalar(w, f, key, index);
    else if (w->j->at[index].kind == JSON_ARRAY)
        push(w, index, is_data ? IN_UNNAMED : f->place,
             is_data && f->place == IN_DATA ? (struct tcs_str){"", 0} : key, false);
    else if (is_data)
        put_data(w, f->place == IN_DATA ? (struct tcs_str){"", 0} : key, index);
    else
        open_element(w, key, index, inside_of(f->place, key));
}

/* Writes all that is in the frames above `until`. */
static void write_frames(struct writer *w, unsigned until)
{
    while (w->depth > until) {
        struct frame *f = &w->frames[w->depth - 1];
        if (f->i >= f->end) {
            if (f->has_element)
                text_layouts_end(w->l);
            w->depth--;
            continue;
        }
        size_t value = f->is_object ? f->i + 1 : f->i;
        struct tcs_str key = f->is_object ? text_of(w, f->i) : f->key;
        struct frame here = *f;
        f->i = w->j->at[value].next;
        put_member(w, &here, key, value);
    }
}

static void open_event(struct writer *w)
{
    text_layouts_element(w->l, TCS_STR("Event"));
    text_layouts_literal(w->l, TCS_STR("xmlns"),
                         TCS_STR("http://schemas.microsoft.com/win/2004/08/events/event"));
}

/* ---- the shapes ---- */

static void write_windows(struct writer *w, size_t object)
{
    open_event(w);
    if (push(w, object, IN_EVENT, (struct tcs_str){"", 0}, false))
        write_frames(w, 0);
    text_layouts_end(w->l);
}

/* Keywords as words for people become the number that they stand for. */
static struct tcs_value keywords_of(struct writer *w, size_t index)
{
    if (is_scalar(w, index) && w->j->at[index].kind == JSON_PLAIN)
        return value_of(w, index);
    uint64_t bits = 0;
    bool is_array = w->j->at[index].kind == JSON_ARRAY;
    for (size_t i = is_array ? index + 1 : index; i < w->j->at[index].next; i = w->j->at[i].next)
        bits |= is_scalar(w, i) ? json_keyword_bits(text_of(w, i)) : 0;
    if (bits == 0)
        return value_of(w, index);
    struct tcs_buf text;
    bool ok;
    tcs_buf_init(&text, 64);
    tcs_buf_puts(&text, "0x");
    tcs_buf_hex(&text, bits);
    struct tcs_str kept = tcs_arena_str(w->r->arena, tcs_buf_view(&text), &ok);
    w->r->no_memory = w->r->no_memory || !ok || text.bad;
    tcs_buf_done(&text);
    return tcs_value_of_str(kept);
}

static void write_system(struct writer *w, const size_t at[TCS_SYS_COUNT])
{
    text_layouts_element(w->l, TCS_STR("System"));
    for (size_t i = 0; i < json_system_row_count; i++) {
        const struct json_system_row *row = &json_system_rows[i];
        bool is_there = row->content != TCS_SYS_COUNT && at[row->content] != SIZE_MAX;
        for (size_t k = 0; k < 3 && row->attributes[k].name.len; k++)
            is_there = is_there || at[row->attributes[k].key] != SIZE_MAX;
        if (!is_there)
            continue;
        text_layouts_element(w->l, row->element);
        for (size_t k = 0; k < 3 && row->attributes[k].name.len; k++)
            if (at[row->attributes[k].key] != SIZE_MAX)
                put_attribute(w, row->attributes[k].name, at[row->attributes[k].key]);
        if (row->content == TCS_SYS_KEYWORDS)
            text_layouts_value(w->l, keywords_of(w, at[row->content]));
        else if (row->content != TCS_SYS_COUNT && at[row->content] != SIZE_MAX)
            put_value(w, at[row->content]);
        text_layouts_end(w->l);
    }
    text_layouts_end(w->l);
}

/*
 * The strings of an event before Vista have no names; Winlogbeat calls them
 * param1, param2 and so on. Their number, or 0 if these are other data.
 */
static size_t count_params(const struct json *j, size_t data)
{
    size_t count = 0;
    for (size_t i = data + 1; i < j->at[data].next; i = j->at[i + 1].next, count++) {
        struct tcs_str key = tcs_str_cut(j->text, j->at[i].pos, (size_t)j->at[i].pos + j->at[i].len);
        if (!tcs_str_starts(key, TCS_STR("param")))
            return 0;
    }
    return count;
}

static void write_params(struct writer *w, size_t data, size_t count)
{
    text_layouts_element(w->l, TCS_STR("EventData"));
    for (size_t i = 1; i <= count; i++) {
        char key[32] = "param";
        struct tcs_buf number;
        tcs_buf_init(&number, sizeof key);
        tcs_buf_u64(&number, i);
        memcpy(key + 5, number.p, number.len);
        size_t value = json_member(w->j, data, (struct tcs_str){key, 5 + number.len});
        tcs_buf_done(&number);
        text_layouts_element(w->l, TCS_STR("Data"));
        if (value != SIZE_MAX)
            put_value(w, value);
        text_layouts_end(w->l);
    }
    text_layouts_end(w->l);
}

static void write_data(struct writer *w, size_t data, bool has_guid)
{
    size_t params = has_guid || w->j->at[data].kind != JSON_OBJECT ? 0 : count_params(w->j, data);
    if (params) {
        write_params(w, data, params);
        return;
    }
    text_layouts_element(w->l, TCS_STR("EventData"));
    enum place place = w->j->at[data].kind == JSON_OBJECT ? IN_DATA : IN_UNNAMED;
    if (!is_scalar(w, data) && push(w, data, place, (struct tcs_str){"", 0}, true))
        write_frames(w, 0);
    else
        text_layouts_end(w->l);
}

static void write_user_data(struct writer *w, size_t data, size_t name)
{
    text_layouts_element(w->l, TCS_STR("UserData"));
    if (name != SIZE_MAX)
        text_layouts_element(w->l, text_of(w, name));
    if (push(w, data, IN_ELEMENTS, (struct tcs_str){"", 0}, false))
        write_frames(w, 0);
    if (name != SIZE_MAX)
        text_layouts_end(w->l);
    text_layouts_end(w->l);
}

/* What is not of System in an event that has all its members side by side. */
static void write_rest(struct writer *w, size_t object)
{
    const struct json_value *at = w->j->at;
    text_layouts_element(w->l, TCS_STR("EventData"));
    for (size_t i = object + 1; i < at[object].next; i = at[i + 1].next) {
        struct tcs_str key = text_of(w, i);
        if (is_scalar(w, i + 1) && !json_is_system_name(key))
            put_data(w, key, i + 1);
    }
    text_layouts_end(w->l);
}

/* The first of these members that is there and no single value. */
static size_t container_of(const struct json *j, size_t object, const struct tcs_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t found = json_member(j, object, names[i]);
        if (found != SIZE_MAX && (j->at[found].kind == JSON_OBJECT || j->at[found].kind == JSON_ARRAY))
            return found;
    }
    return SIZE_MAX;
}

/* Values of System side by side, in the event itself or in its winlog. id: the event's, SIZE_MAX: look for
 * it. */
static void write_flat(struct writer *w, size_t object, size_t id)
{
    static const struct tcs_str data_names[] = {TCS_STR_INIT("event_data"), TCS_STR_INIT("EventData"),
                                                TCS_STR_INIT("StringInserts")};
    static const struct tcs_str user_names[] = {TCS_STR_INIT("user_data"), TCS_STR_INIT("UserData")};
    size_t at[TCS_SYS_COUNT];
    json_find_system(w->j, object, 0, at);
    if (id != SIZE_MAX)
        at[TCS_SYS_EVENT_ID] = id;
    open_event(w);
    write_system(w, at);
    size_t data = container_of(w->j, object, data_names, 3);
    size_t user = container_of(w->j, object, user_names, 2);
    if (data != SIZE_MAX)
        write_data(w, data, at[TCS_SYS_PROVIDER_GUID] != SIZE_MAX);
    if (user != SIZE_MAX)
        write_user_data(w, user, json_member(w->j, user, TCS_STR("xml_name")));
    if (data == SIZE_MAX && user == SIZE_MAX)
        write_rest(w, object);
    text_layouts_end(w->l);
}

/* The first member that says what shape the event has. */
static enum json_shape find_shape(const struct json *j, size_t object, size_t *value)
{
    for (size_t i = object + 1; i + 1 < j->at[object].next; i = j->at[i + 1].next) {
        struct tcs_str key = tcs_str_cut(j->text, j->at[i].pos, (size_t)j->at[i].pos + j->at[i].len);
        enum json_shape shape = json_shape_of(key, j->at[i + 1].kind == JSON_OBJECT);
        *value = i + 1;
        if (shape != JSON_SHAPE_NONE)
            return shape;
    }
    return JSON_SHAPE_NONE;
}

static void read_json(struct text_reading *r, struct tcs_str event, bool is_cut)
{
    struct json *j = r->own;
    struct writer w = {.r = r, .l = r->layouts, .j = j};
    bool is_whole = json_read(j, event);
    r->is_bad = r->is_bad || (!is_whole && !is_cut);
    r->no_memory = r->no_memory || j->no_memory;
    if (j->count == 0 || j->at[0].kind != JSON_OBJECT)
        return;
    size_t object = 0, value = 0;
    enum json_shape shape = find_shape(j, 0, &value);
    if (shape == JSON_SHAPE_EVENT) {
        object = value;
        shape = find_shape(j, object, &value);
    }
    if (shape == JSON_SHAPE_WINDOWS)
        write_windows(&w, object);
    else if (shape == JSON_SHAPE_WINLOG)
        write_flat(&w, value, json_member(j, value, TCS_STR("event_id")));
    else
        write_flat(&w, object, shape == JSON_SHAPE_FLAT ? value : SIZE_MAX);
    r->is_bad = r->is_bad || shape == JSON_SHAPE_NONE;
}

static void *own_new(const struct tcs_decode_limits *limits)
{
    struct json *j = calloc(1, sizeof *j);
    if (j) {
        j->most = limits->nodes;
        j->depth_most = limits->element_depth;
    }
    return j;
}

static void own_free(void *own)
{
    struct json *j = own;
    free(j->at);
    free(j);
}

static const struct text_format json = {
    .format = TCS_FORMAT_JSON,
    .scan = scan_json,
    .first_layout = UINT64_C(1) << 61,
    .glance = json_glance,
    .read = read_json,
    .own_new = own_new,
    .own_free = own_free,
};

static int probe(struct tcs_bytes head, uint64_t size)
{
    (void)size;
    return text_log_probe(head, probe_json);
}

static enum tcs_code open_log(struct tcs_log *log, struct tcs_err *err)
{
    return text_log_open(log, &json, err);
}

static void *decoder_new(const struct tcs_decode_limits *limits)
{
    return text_decoder_new(limits, &json);
}

const struct tcs_format_ops tcs_json_format = {
    .format = TCS_FORMAT_JSON,
    .name = "json",
    .probe = probe,
    .open = open_log,
    .next_unit = text_log_next_unit,
    .decoder_new = decoder_new,
    .decoder_free = text_decoder_free,
    .begin = text_decoder_begin,
    .next = text_decoder_next,
};
