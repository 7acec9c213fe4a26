#include "engine/opens.h"
#include "engine/evidence.h"
#include "engine/image.h"

#include <stdlib.h>

enum {
    MATCH_SECONDS = 5,   /* a start follows its open within so long */
    MATCH_RECORDS = 200, /* or within so many records */
};

struct open_program *open_remember(struct tcs_engine *e, uint32_t host, uint64_t pid, uint32_t image,
                                   const struct claim *claim)
{
    struct host *h = host_edit(e, host);
    if (h->opens == NULL)
        h->opens = calloc(e->limits->opens, sizeof *h->opens);
    if (h->opens == NULL) {
        e->counts.no_memory++;
        return NULL;
    }
    struct open_program *o = &h->opens[h->open_next++ % e->limits->opens];
    *o = (struct open_program){.pid = pid,
                               .image = image,
                               .claim = *claim,
                               .evidence = evidence_now(e, TCS_RULE_ACCOUNT_OPEN),
                               .ref = {NONE, NONE},
                               .in_use = true};
    tcs_value_u64(e->ev->v[TCS_KEY_HANDLE], &o->handle);
    open_touch(e, host, o);
    return o;
}

static bool is_near(const struct tcs_engine *e, const struct open_program *o)
{
    int64_t seconds = tcs_time_seconds_between(o->evidence.time, e->ev->rec->time);
    uint64_t records = e->ev->rec->record_id - o->evidence.record_id;
    return (seconds >= -1 && seconds <= MATCH_SECONDS) || records <= MATCH_RECORDS;
}

/* The open that was remembered `back` opens ago. */
static struct open_program *open_at(const struct tcs_engine *e, const struct host *h, uint32_t back)
{
    return &h->opens[(h->open_next - back) % e->limits->opens];
}

struct open_program *open_find_same(struct tcs_engine *e, uint32_t host, uint64_t pid, uint32_t image)
{
    const struct host *h = host_at(e, host);
    for (uint32_t back = 1; h->opens && back <= e->limits->opens; back++) {
        struct open_program *o = open_at(e, h, back);
        if (o->in_use && o->pid == pid && o->image == image)
            return is_near(e, o) ? o : NULL;
    }
    return NULL;
}

struct open_program *open_find_handle(struct tcs_engine *e, uint32_t host, uint64_t pid, uint64_t handle)
{
    const struct host *h = host_at(e, host);
    for (uint32_t back = 1; h->opens && back <= e->limits->opens; back++) {
        struct open_program *o = open_at(e, h, back);
        if (o->in_use && o->pid == pid && o->handle == handle)
            return o;
    }
    return NULL;
}

/* True if the program that was opened is the one that was started. */
static bool is_same_program(const struct image *opened, const struct image *started)
{
    if (started->path.kind == TCS_PATH_NAME)
        return tcs_str_eq(opened->path.name, started->path.name);
    return image_agrees(opened, started);
}

struct open_program *open_match(struct tcs_engine *e, uint32_t host, uint64_t creator_pid, uint32_t image)
{
    const struct host *h = host_at(e, host);
    for (uint32_t back = 1; h->opens && image != NONE && back <= e->limits->opens; back++) {
        struct open_program *o = open_at(e, h, back);
        if (o->in_use && o->pid == creator_pid && is_near(e, o) &&
            is_same_program(image_at(e, o->image), image_at(e, image)))
            return o;
    }
    return NULL;
}

void open_touch(struct tcs_engine *e, uint32_t host, const struct open_program *o)
{
    uint32_t index = (uint32_t)(o - host_at(e, host)->opens);
    tcs_marks_add(&e->changed.opens, host * e->limits->opens + index);
}

void open_forget(struct tcs_engine *e, uint32_t host, struct open_program *o)
{
    open_touch(e, host, o);
    o->in_use = false;
}

void open_forget_all(struct tcs_engine *e, uint32_t host)
{
    const struct host *h = host_at(e, host);
    for (uint32_t i = 0; h->opens && i < e->limits->opens; i++)
        if (h->opens[i].in_use)
            open_forget(e, host, &h->opens[i]);
}
