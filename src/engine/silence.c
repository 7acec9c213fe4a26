#include "engine/silence.h"

#include "base/map.h"

#include <stdlib.h>

enum {
    DAYS = 7, /* a week has quiet nights and a quiet weekend */
    NAME_MOST = 1024,
    SAVED_VERSION = 1,
};

static const uint64_t day_ms = UINT64_C(24) * 3600 * 1000;

const struct tcs_silence_limits tcs_default_silence_limits = {
    .sources = 16384,
    .learn_ms = UINT64_C(24) * 3600 * 1000,
    .shortest_ms = UINT64_C(15) * 60 * 1000,
    .longest_ms = UINT64_C(7) * 24 * 3600 * 1000,
    .times_longest = 3,
};

struct source {
    char *name; /* owned; NULL: the place is free */
    uint32_t name_len;
    uint64_t hash;
    uint64_t heard_ms;      /* last time */
    uint64_t listened_ms;   /* in all, up to heard_ms */
    uint64_t day_left_ms;   /* of the current day, in listening time */
    uint64_t longest[DAYS]; /* silence of each of the last days; [0] is today's */
    uint64_t bound_ms;      /* configured; 0: learned */
    bool is_told;
};

struct tcs_silence {
    const struct tcs_silence_limits *limits;
    struct tcs_hash_key key;
    struct tcs_map by_name;
    struct source *sources; /* owned */
    uint32_t count, cap;
    uint64_t next_due; /* nothing is silent before */
    uint32_t hand;     /* where the search for silent ones goes on */
};

struct tcs_silence *tcs_silence_new(const struct tcs_silence_limits *limits, struct tcs_hash_key key)
{
    struct tcs_silence *s = calloc(1, sizeof *s);
    if (s)
        *s = (struct tcs_silence){.limits = limits, .key = key};
    return s;
}

void tcs_silence_free(struct tcs_silence *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->count; i++)
        free(s->sources[i].name);
    free(s->sources);
    tcs_map_done(&s->by_name);
    free(s);
}

static struct tcs_str name_of(const struct source *x)
{
    return (struct tcs_str){x->name, x->name_len};
}

static bool same_name(const void *ctx, const void *key, uint32_t slot)
{
    const struct tcs_silence *s = ctx;
    const struct tcs_str *name = key;
    return tcs_str_eq(name_of(&s->sources[slot]), *name);
}

static uint64_t hash_of(const struct tcs_silence *s, struct tcs_str name)
{
    return tcs_hash(s->key, (struct tcs_bytes){(const uint8_t *)name.p, name.len});
}

static struct source *find(const struct tcs_silence *s, struct tcs_str name)
{
    uint32_t slot = tcs_map_find(&s->by_name, hash_of(s, name), same_name, s, &name);
    return slot == TCS_MAP_NONE ? NULL : &s->sources[slot];
}

/* A place: a new one, or that of the source that was not heard for longest. TCS_MAP_NONE without memory. */
static uint32_t take_place(struct tcs_silence *s)
{
    if (s->count == s->limits->sources) {
        uint32_t oldest = 0;
        for (uint32_t i = 1; i < s->count; i++)
            if (s->sources[i].heard_ms < s->sources[oldest].heard_ms)
                oldest = i;
        tcs_map_remove(&s->by_name, s->sources[oldest].hash, oldest);
        free(s->sources[oldest].name);
        s->sources[oldest] = (struct source){0};
        return oldest;
    }
    if (s->count == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 16;
        struct source *sources = realloc(s->sources, cap * sizeof *sources);
        if (sources == NULL)
            return TCS_MAP_NONE;
        s->sources = sources;
        s->cap = cap;
    }
    s->sources[s->count] = (struct source){0};
    return s->count++;
}

static struct source *add(struct tcs_silence *s, struct tcs_str name, uint64_t now_ms)
{
    char *copy = malloc(name.len + 1);
    uint32_t place = copy ? take_place(s) : TCS_MAP_NONE;
    uint64_t hash = hash_of(s, name);
    if (place == TCS_MAP_NONE || !tcs_map_add(&s->by_name, hash, place)) {
        free(copy); /* a place without a name stays behind: it is passed over everywhere */
        return NULL;
    }
    if (name.len)
        memcpy(copy, name.p, name.len);
    struct source *x = &s->sources[place];
    *x = (struct source){.name = copy,
                         .name_len = (uint32_t)name.len,
                         .hash = hash,
                         .heard_ms = now_ms,
                         .day_left_ms = day_ms};
    return x;
}

/* After how long this source counts as silent; UINT64_MAX while its rhythm is not known. */
static uint64_t bound_of(const struct tcs_silence *s, const struct source *x)
{
    const struct tcs_silence_limits *l = s->limits;
    if (x->bound_ms)
        return x->bound_ms;
    if (x->listened_ms < l->learn_ms)
        return UINT64_MAX;
    uint64_t longest = 0;
    for (unsigned i = 0; i < DAYS; i++)
        if (x->longest[i] > longest)
            longest = x->longest[i];
    if (longest > l->longest_ms / l->times_longest)
        return l->longest_ms;
    uint64_t bound = longest * l->times_longest;
    return bound < l->shortest_ms ? l->shortest_ms : bound;
}

static uint64_t due_of(const struct tcs_silence *s, const struct source *x)
{
    uint64_t bound = bound_of(s, x);
    bool is_open = x->name && !x->is_told && bound <= UINT64_MAX - x->heard_ms;
    return is_open ? x->heard_ms + bound : UINT64_MAX;
}

/* The silence that has just ended becomes a part of the rhythm, on the day on which it ended. */
static void learn(struct source *x, uint64_t gap)
{
    x->listened_ms += gap;
    if (gap < x->day_left_ms) {
        x->day_left_ms -= gap;
    } else {
        uint64_t over = gap - x->day_left_ms;
        uint64_t days = 1 + over / day_ms;
        unsigned shift = days < DAYS ? (unsigned)days : DAYS;
        x->day_left_ms = day_ms - over % day_ms;
        memmove(&x->longest[shift], &x->longest[0], (DAYS - shift) * sizeof x->longest[0]);
        memset(x->longest, 0, shift * sizeof x->longest[0]);
    }
    if (gap > x->longest[0])
        x->longest[0] = gap;
}

bool tcs_silence_heard(struct tcs_silence *s, struct tcs_str name, uint64_t now_ms, uint64_t bound_ms,
                       struct tcs_silent_source *after)
{
    name = tcs_str_cut(name, 0, name.len < NAME_MOST ? name.len : NAME_MOST);
    struct source *x = find(s, name);
    if (x == NULL)
        x = add(s, name, now_ms);
    if (x == NULL)
        return false;
    uint64_t gap = now_ms > x->heard_ms ? now_ms - x->heard_ms : 0;
    bool was_told = x->is_told;
    if (was_told)
        *after = (struct tcs_silent_source){name_of(x), gap, bound_of(s, x), x->bound_ms != 0, true};
    else
        learn(x, gap); /* what was told as an alarm is no rhythm to get used to */
    x->is_told = false;
    x->heard_ms = now_ms;
    x->bound_ms = bound_ms;
    uint64_t due = due_of(s, x);
    if (due < s->next_due)
        s->next_due = due;
    return was_told;
}

bool tcs_silence_next(struct tcs_silence *s, uint64_t now_ms, struct tcs_silent_source *out)
{
    if (now_ms < s->next_due)
        return false;
    for (; s->hand < s->count; s->hand++) {
        struct source *x = &s->sources[s->hand];
        if (due_of(s, x) > now_ms)
            continue;
        *out = (struct tcs_silent_source){name_of(x), now_ms - x->heard_ms, bound_of(s, x), x->bound_ms != 0,
                                          false};
        x->is_told = true;
        s->hand++;
        return true;
    }
    s->hand = 0;
    s->next_due = UINT64_MAX;
    for (uint32_t i = 0; i < s->count; i++) {
        uint64_t due = due_of(s, &s->sources[i]);
        if (due < s->next_due)
            s->next_due = due;
    }
    return false;
}

void tcs_silence_resume(struct tcs_silence *s, uint64_t now_ms)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->sources[i].heard_ms = now_ms;
    s->next_due = 0;
}

uint32_t tcs_silence_count(const struct tcs_silence *s)
{
    return s->count;
}

/* ---- to be stored ---- */

bool tcs_silence_save(const struct tcs_silence *s, uint32_t index, struct tcs_buf *out)
{
    if (index >= s->count)
        return false;
    const struct source *x = &s->sources[index];
    if (x->name == NULL)
        return true;
    tcs_buf_putc(out, SAVED_VERSION);
    tcs_buf_le64(out, x->listened_ms);
    tcs_buf_le64(out, x->day_left_ms);
    for (unsigned i = 0; i < DAYS; i++)
        tcs_buf_le64(out, x->longest[i]);
    tcs_buf_le64(out, x->bound_ms);
    tcs_buf_str(out, name_of(x));
    return true;
}

bool tcs_silence_load(struct tcs_silence *s, struct tcs_bytes saved, uint64_t now_ms)
{
    enum { NUMBERS = 3 + DAYS };
    if (saved.len < 1 + 8 * NUMBERS || saved.len > 1 + 8 * NUMBERS + NAME_MOST || saved.p[0] != SAVED_VERSION)
        return false;
    uint64_t numbers[NUMBERS];
    for (unsigned i = 0; i < NUMBERS; i++)
        numbers[i] = tcs_le64(saved.p + 1 + 8 * i);
    if (numbers[1] == 0 || numbers[1] > day_ms)
        return false;
    struct tcs_str name = {(const char *)saved.p + 1 + 8 * NUMBERS, saved.len - 1 - 8 * NUMBERS};
    struct source *x = find(s, name);
    if (x == NULL)
        x = add(s, name, now_ms);
    if (x == NULL)
        return true; /* without memory it is learned anew */
    x->listened_ms = numbers[0];
    x->day_left_ms = numbers[1];
    memcpy(x->longest, numbers + 2, sizeof x->longest);
    x->bound_ms = numbers[2 + DAYS];
    s->next_due = 0;
    return true;
}
