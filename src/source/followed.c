#include "source/followed.h"

#include <stdlib.h>
#include <string.h>

enum {
    CURSOR_VERSION = 1,
    PATH_MOST = 4096,
    UNOPENED_MOST = 16, /* some file systems do not tell of every change: a closed file is opened so often */
};

/* A log that was not written for so long is an archive: it may go without anybody being told. */
static const uint64_t archive_ms = UINT64_C(24) * 60 * 60 * 1000;

static enum tcs_code read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    return tcs_file_read_at(ctx, off, buf, len, got, err);
}

struct tcs_source_fact *tcs_follow_say(struct tcs_follow_desk *desk, enum tcs_source_fact_kind kind,
                                       const char *path, const char *detail)
{
    if (desk->fact_count == desk->fact_cap) {
        size_t cap = desk->fact_cap ? desk->fact_cap * 2 : 16;
        struct tcs_source_fact *facts = realloc(desk->facts, cap * sizeof *facts);
        if (facts == NULL)
            return &desk->nowhere;
        desk->facts = facts;
        desk->fact_cap = cap;
    }
    bool ok = true;
    struct tcs_source_fact *fact = &desk->facts[desk->fact_count++];
    *fact = (struct tcs_source_fact){.kind = kind,
                                     .path = tcs_arena_str(&desk->arena, tcs_str_of(path), &ok),
                                     .detail = tcs_arena_str(&desk->arena, tcs_str_of(detail), &ok)};
    return fact;
}

/* ---- faults ---- */

static void end_fault(struct tcs_followed *f, struct tcs_follow_desk *desk)
{
    if (f->is_fault_said && !f->is_no_log)
        tcs_follow_say(desk, TCS_FACT_READABLE, f->path, "");
    f->has_fault = f->is_fault_said = false;
}

/* Something is wrong with the file: said once, when it has been so for long. Never an error of the follower.
 */
static enum tcs_code begin_fault(struct tcs_followed *f, struct tcs_follow_desk *desk,
                                 const struct tcs_err *err)
{
    bool is_no_log = err->code == TCS_FORMAT;
    if (!f->has_fault || f->is_no_log != is_no_log) {
        f->has_fault = true;
        f->is_fault_said = false;
        f->fault_ms = desk->now_ms;
        f->is_no_log = is_no_log;
    }
    f->fault = *err;
    f->is_through = true;
    if (f->is_fault_said || desk->now_ms - f->fault_ms < desk->options->fault_ms)
        return TCS_AGAIN;
    f->is_fault_said = true;
    if (!is_no_log || f->is_asked)
        tcs_follow_say(desk, is_no_log ? TCS_FACT_NO_LOG : TCS_FACT_UNREADABLE, f->path, err->text);
    return TCS_AGAIN;
}

/* ---- open and closed ---- */

const struct tcs_tail_place *tcs_followed_place(const struct tcs_followed *f)
{
    return f->tail ? tcs_tail_place_of(f->tail) : &f->place;
}

void tcs_followed_close(struct tcs_followed *f, struct tcs_follow_desk *desk)
{
    if (!f->is_open)
        return;
    f->place = *tcs_followed_place(f);
    f->was_waiting = tcs_tail_is_waiting(f->tail);
    tcs_tail_free(f->tail);
    f->tail = NULL;
    tcs_log_close(&f->log);
    tcs_file_close(&f->file);
    f->is_open = false;
    desk->open--;
}

/* Opens the file and finds out what it is. */
static enum tcs_code open_file(struct tcs_followed *f, struct tcs_follow_desk *desk, struct tcs_err *err)
{
    enum tcs_code code = tcs_file_open(f->path, &f->file, err);
    if (code != TCS_OK)
        return code;
    if (f->file.kind != TCS_FILE_REGULAR)
        code = tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "is no file");
    struct tcs_reader reader = {&f->file, f->file.size, read_at};
    if (code == TCS_OK)
        code = tcs_log_open(&f->log, &reader, desk->options->limits, err);
    if (code != TCS_OK) {
        tcs_file_close(&f->file);
        return code;
    }
    f->is_open = true;
    desk->open++;
    f->tail = tcs_tail_new(&f->log, &f->place);
    if (f->tail == NULL) {
        tcs_followed_close(f, desk);
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
    }
    if (!f->place.begun && !f->is_past)
        desk->adopt(desk->ctx, f);
    return TCS_OK;
}

/* ---- looking ---- */

static bool is_same_file(const struct tcs_file_state *a, const struct tcs_file_state *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static bool is_unchanged(const struct tcs_file_state *a, const struct tcs_file_state *b)
{
    return is_same_file(a, b) && a->size == b->size && a->modified == b->modified && a->changed == b->changed;
}

/* The file is not there, or not any more. */
static enum tcs_code look_at_nothing(struct tcs_followed *f, struct tcs_follow_desk *desk)
{
    if (f->is_there || f->gone_ms == 0) {
        f->is_there = false;
        f->gone_ms = desk->now_ms ? desk->now_ms : 1;
    }
    f->is_through = true;
    /* Copying tools take a file away before they put the next one there. */
    if (!f->is_gone_said && desk->now_ms - f->gone_ms >= desk->options->settle_ms) {
        f->is_gone_said = true;
        tcs_followed_close(f, desk);
        bool is_old = f->is_moved || desk->now_ms - f->changed_ms >= archive_ms;
        f->is_forgotten = f->is_known && !f->is_named && is_old;
        if (!f->is_forgotten)
            tcs_follow_say(desk, TCS_FACT_VANISHED, f->path, "");
    }
    return TCS_AGAIN;
}

/* Notes what was seen; true if it differs from before. */
static bool note_state(struct tcs_followed *f, const struct tcs_file_state *now, struct tcs_follow_desk *desk)
{
    bool changed = !f->is_known || !is_unchanged(&f->seen, now);
    if (!f->is_known)
        f->changed_ms = desk->now_ms > now->age_ms ? desk->now_ms - now->age_ms : 0;
    else if (changed)
        f->changed_ms = desk->now_ms;
    f->seen = *now;
    f->is_known = true;
    return changed;
}

static void say_news(const struct tcs_followed *f, struct tcs_follow_desk *desk,
                     const struct tcs_tail_news *news)
{
    for (size_t i = 0; i < news->count; i++) {
        struct tcs_source_fact *fact = tcs_follow_say(desk, news->facts[i].kind, f->path, "");
        struct tcs_str path = fact->path, detail = fact->detail;
        *fact = news->facts[i];
        fact->path = path;
        fact->detail = detail;
    }
}

/* True if the file may stay closed: nothing about it has changed. */
static bool may_stay_closed(struct tcs_followed *f, bool changed)
{
    bool is_quiet = f->is_through && !changed && !f->was_waiting && (!f->has_fault || f->is_fault_said);
    f->unopened = is_quiet ? f->unopened + 1 : 0;
    return is_quiet && f->unopened % UNOPENED_MOST != 0;
}

/* Reads what is new of an open file. */
static enum tcs_code read_news(struct tcs_followed *f, struct tcs_follow_desk *desk, uint64_t size,
                               bool changed, struct tcs_err *err)
{
    struct tcs_tail_look look = {
        .now_ms = desk->now_ms,
        .unchanged_ms = desk->now_ms - f->changed_ms,
        .settle_ms = desk->options->settle_ms,
        .wait_ms = desk->options->torn_wait_ms,
        .changed = changed,
    };
    struct tcs_tail_news news;
    f->log.reader.size = size;
    f->used = desk->stamp;
    enum tcs_code code = tcs_tail_next(f->tail, &look, desk->unit, &news, err);
    say_news(f, desk, &news);
    f->is_through = code == TCS_AGAIN;
    return code;
}

/* Another file has the name now. What is left in the old one is read first; it is known only to us. */
static enum tcs_code drain(struct tcs_followed *f, struct tcs_follow_desk *desk, struct tcs_err *err)
{
    struct tcs_file_state old;
    enum tcs_code code = tcs_file_state_of(&f->file, &old, err);
    if (code == TCS_OK)
        code = read_news(f, desk, old.size, true, err);
    if (code == TCS_OK)
        return code;
    tcs_followed_close(f, desk);
    tcs_err_clear(err);
    return TCS_AGAIN;
}

static enum tcs_code look_at_file(struct tcs_followed *f, struct tcs_follow_desk *desk,
                                  const struct tcs_file_state *now, struct tcs_err *err)
{
    struct tcs_file_state open;
    if (f->is_open && tcs_file_state_of(&f->file, &open, NULL) == TCS_OK && !is_same_file(&open, now) &&
        drain(f, desk, err) == TCS_OK)
        return TCS_OK;
    bool changed = note_state(f, now, desk);
    if (!f->is_open) {
        if (now->size == 0 && f->place.begun) /* emptied, or about to be written again */
            return TCS_AGAIN;
        if (may_stay_closed(f, changed))
            return f->has_fault ? tcs_fail(err, f->fault.code, f->fault.off, "%s", f->fault.text) : TCS_AGAIN;
        enum tcs_code code = open_file(f, desk, err);
        if (code != TCS_OK)
            return code;
        changed = true;
    }
    enum tcs_code code = read_news(f, desk, now->size, changed, err);
    if (code != TCS_OK && code != TCS_AGAIN && code != TCS_NOMEM)
        tcs_followed_close(f, desk);
    return code;
}

enum tcs_code tcs_followed_look(struct tcs_followed *f, struct tcs_follow_desk *desk, struct tcs_err *err)
{
    struct tcs_file_state now;
    struct tcs_err trouble = TCS_ERR_INIT;
    enum tcs_code code = tcs_file_state_at(f->path, &now, &trouble);
    if (code == TCS_END)
        return look_at_nothing(f, desk);
    if (code == TCS_OK && !f->is_listed) /* a cursor of a source that is not watched any more */
        return TCS_AGAIN;
    if (code == TCS_OK) {
        f->is_there = true;
        if (f->is_gone_said)
            tcs_follow_say(desk, TCS_FACT_RETURNED, f->path, "");
        f->is_gone_said = false;
        code = look_at_file(f, desk, &now, &trouble);
    }
    if (code == TCS_NOMEM)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "%s", trouble.text);
    if (code != TCS_OK && code != TCS_AGAIN)
        return begin_fault(f, desk, &trouble);
    if (f->has_fault)
        end_fault(f, desk);
    return code;
}

/* ---- cursor ---- */

void tcs_followed_write(const struct tcs_followed *f, struct tcs_buf *out)
{
    size_t len = strlen(f->path);
    tcs_buf_le64(out, CURSOR_VERSION);
    tcs_buf_le64(out, f->seen.device);
    tcs_buf_le64(out, f->seen.inode);
    tcs_buf_le64(out, len);
    tcs_buf_put(out, f->path, len);
    tcs_tail_place_write(tcs_followed_place(f), out);
}

bool tcs_followed_read(struct tcs_followed *f, struct tcs_bytes cursor)
{
    struct tcs_cursor in = tcs_cursor_of(cursor);
    *f = (struct tcs_followed){.folder = -1};
    bool is_ours = tcs_take_u64(&in) == CURSOR_VERSION;
    f->seen.device = tcs_take_u64(&in);
    f->seen.inode = tcs_take_u64(&in);
    uint64_t len = tcs_take_u64(&in);
    if (!is_ours || in.bad || len == 0 || len > PATH_MOST)
        return false;
    const uint8_t *path = tcs_take(&in, (size_t)len);
    if (path == NULL || memchr(path, 0, (size_t)len) || !tcs_tail_place_read(&f->place, &in) ||
        tcs_cursor_left(&in) != 0)
        return false;
    f->path = malloc((size_t)len + 1);
    if (f->path == NULL)
        return false;
    memcpy(f->path, path, (size_t)len);
    f->path[len] = '\0';
    return true;
}
