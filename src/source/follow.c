#include "source/follow.h"

#include "platform/platform.h"
#include "source/follower.h"
#include "source/pattern.h"

#include <stdlib.h>
#include <string.h>

enum {
    INTERVAL_LEAST = 50,
    NAME_MOST = 4000,
    UNIT_STEPS = 16,
    CURSOR_MOST = 16384,
    NAMES_SHARE = 20, /* looking for new files takes at most so small a part of the time */
};

const struct tcs_follow_options tcs_default_follow_options = {
    .interval_ms = 1000,
    .settle_ms = 2000,
    .torn_wait_ms = 60000,
    .fault_ms = 60000,
    .most_files = 4096,
    .most_open = 64,
    .limits = &tcs_default_decode_limits,
    .clock = tcs_monotonic_ms,
};

/* ---- life ---- */

static void adopt(void *ctx, struct tcs_followed *file);

struct tcs_follower *tcs_follow_new(const struct tcs_follow_options *options)
{
    struct tcs_follower *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->options = *options;
    if (f->options.interval_ms < INTERVAL_LEAST)
        f->options.interval_ms = INTERVAL_LEAST;
    f->options.most_open += f->options.most_open == 0;
    f->options.most_files += f->options.most_files == 0;
    f->other = -1;
    f->next_id = 1;
    f->names_due = true;
    f->desk = (struct tcs_follow_desk){.options = &f->options, .unit = &f->unit, .adopt = adopt, .ctx = f};
    tcs_arena_init(&f->desk.arena, (size_t)16 << 20);
    tcs_buf_init(&f->cursor, CURSOR_MOST);
    f->watcher = tcs_watcher_new(!f->options.no_notices);
    if (!tcs_unit_init(&f->unit, UNIT_STEPS, f->options.limits) || f->watcher == NULL) {
        tcs_follow_free(f);
        return NULL;
    }
    return f;
}

void tcs_follow_free(struct tcs_follower *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->file_count; i++) {
        tcs_followed_close(f->files[i], &f->desk);
        free(f->files[i]->path);
        free(f->files[i]);
    }
    for (unsigned i = 0; i < f->source_count; i++)
        free(f->sources[i].name);
    free(f->files);
    free(f->sources);
    free(f->desk.facts);
    tcs_arena_done(&f->desk.arena);
    tcs_buf_done(&f->cursor);
    tcs_unit_done(&f->unit);
    tcs_watcher_free(f->watcher);
    free(f);
}

enum tcs_code tcs_follow_add(struct tcs_follower *f, const char *name, unsigned *source, struct tcs_err *err)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MOST)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, len ? "name too long" : "empty name");
    struct tcs_follow_source *sources = realloc(f->sources, (f->source_count + 1) * sizeof *sources);
    if (sources)
        f->sources = sources;
    char *copy = sources ? tcs_follow_copy(name) : NULL;
    if (copy == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
    f->sources[f->source_count] =
        (struct tcs_follow_source){.name = copy, .is_pattern = tcs_pattern_is(name)};
    *source = f->source_count++;
    return TCS_OK;
}

char *tcs_follow_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

struct tcs_followed *tcs_follow_add_file(struct tcs_follower *f)
{
    if (f->file_count == f->file_cap) {
        size_t cap = f->file_cap ? f->file_cap * 2 : 64;
        struct tcs_followed **files = realloc(f->files, cap * sizeof *files);
        if (files == NULL)
            return NULL;
        f->files = files;
        f->file_cap = cap;
    }
    struct tcs_followed *file = calloc(1, sizeof *file);
    if (file) {
        file->id = f->next_id++;
        file->folder = -1;
        f->files[f->file_count++] = file;
    }
    return file;
}

enum tcs_code tcs_follow_restore(struct tcs_follower *f, uint64_t id, struct tcs_bytes cursor,
                                 struct tcs_err *err)
{
    if (f->file_count >= f->options.most_files)
        return tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "more cursors than files are followed");
    struct tcs_followed read;
    if (id == 0 || !tcs_followed_read(&read, cursor))
        return tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "these bytes are no cursor of a followed file");
    struct tcs_followed *file = tcs_follow_add_file(f);
    if (file == NULL) {
        free(read.path);
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow a log");
    }
    *file = read;
    file->id = id;
    file->has_cursor = true;
    if (id >= f->next_id)
        f->next_id = id + 1;
    f->is_restored = true;
    return TCS_OK;
}

void tcs_follow_wait_also(struct tcs_follower *f, intptr_t handle)
{
    f->other = handle;
}

bool tcs_follow_caught_up(const struct tcs_follower *f)
{
    return f->is_caught_up;
}

/* ---- copies of what is known ---- */

/* The newest of the records that are known of one file, if the other holds one of them. */
static void try_place(struct tcs_follower *f, struct tcs_followed *file, const struct tcs_tail_place *known,
                      struct tcs_tail_place *best)
{
    for (uint32_t i = 0; i <= known->former_count; i++) {
        struct tcs_mark mark = i ? known->former[i - 1] : known->last;
        uint64_t offset;
        if (mark.number > best->last.number && tcs_tail_holds(file->tail, mark, f->unit.bytes, &offset))
            tcs_tail_place_move(best, mark, offset);
    }
}

/*
 * A new file may be a copy or an archive of a log that is followed. What was read
 * of that is not read again.
 */
static void adopt(void *ctx, struct tcs_followed *file)
{
    struct tcs_follower *f = ctx;
    struct tcs_tail_place best = {0};
    for (size_t i = 0; i < f->file_count; i++)
        if (f->files[i] != file)
            try_place(f, file, tcs_followed_place(f->files[i]), &best);
    if (!best.begun)
        return;
    struct tcs_tail *tail = tcs_tail_new(&file->log, &best);
    if (tail) {
        tcs_tail_free(file->tail);
        file->tail = tail;
    }
}

/* ---- rounds ---- */

static void close_one(struct tcs_follower *f, const struct tcs_followed *except)
{
    struct tcs_followed *oldest = NULL;
    for (size_t i = 0; i < f->file_count; i++) {
        struct tcs_followed *file = f->files[i];
        if (file->is_open && file != except && (oldest == NULL || file->used < oldest->used))
            oldest = file;
    }
    if (oldest)
        tcs_followed_close(oldest, &f->desk);
}

static void fill_blob(struct tcs_follower *f, struct tcs_followed *file, bool has_records,
                      struct tcs_blob *blob)
{
    *blob = (struct tcs_blob){.facts = f->desk.facts, .fact_count = f->desk.fact_count};
    if (file == NULL)
        return;
    tcs_buf_clear(&f->cursor);
    if (!file->is_forgotten) /* without a cursor, what was kept of it can go */
        tcs_followed_write(file, &f->cursor);
    blob->source = file->source;
    blob->file = file->id;
    blob->path = tcs_str_of(file->path);
    blob->cursor = (struct tcs_bytes){(const uint8_t *)f->cursor.p, f->cursor.len};
    blob->is_past = file->is_past && has_records;
    blob->behind = file->tail ? tcs_tail_behind(file->tail) : 0;
    if (has_records) {
        f->unit.number = f->sources[file->source].units++;
        blob->unit = &f->unit;
    }
}

/* Looks at one file. OK: there is a blob. */
static enum tcs_code look(struct tcs_follower *f, struct tcs_followed *file, struct tcs_blob *blob,
                          struct tcs_err *err)
{
    if (!file->is_open && f->desk.open >= f->options.most_open)
        close_one(f, file);
    f->desk.stamp++;
    enum tcs_code code = tcs_followed_look(file, &f->desk, err);
    if (code == TCS_AGAIN) {
        file->is_due = false;
        file->is_past = file->is_past && (!file->is_there || file->has_fault);
    }
    /* A log without records gets a cursor too: what it will hold is new, also after a restart. */
    bool is_first_met = code == TCS_AGAIN && file->is_open && !file->has_cursor;
    bool is_forgotten = file->is_forgotten && file->has_cursor;
    if (code != TCS_OK && f->desk.fact_count == 0 && !is_first_met && !is_forgotten)
        return code;
    file->has_cursor = !file->is_forgotten;
    fill_blob(f, file, code == TCS_OK, blob);
    return TCS_OK;
}

static void make_all_due(struct tcs_follower *f)
{
    for (size_t i = 0; i < f->file_count; i++)
        f->files[i]->is_due = true;
}

/* What the clock says is due. */
static enum tcs_code begin_round(struct tcs_follower *f, struct tcs_err *err)
{
    uint64_t now = f->options.clock();
    f->desk.now_ms = now;
    if (now >= f->next_round_ms) {
        make_all_due(f);
        f->next_round_ms = now + f->options.interval_ms;
    }
    if (!f->names_due && now < f->next_names_ms)
        return TCS_OK;
    f->names_due = false;
    enum tcs_code code = tcs_follow_discover(f, err);
    uint64_t took = f->options.clock() - now;
    f->next_names_ms = now + f->options.interval_ms + took * NAMES_SHARE;
    return code;
}

/* One look at all that is due, until there is a blob. A past is read file by file, what is new by turns. */
static enum tcs_code round_of_looks(struct tcs_follower *f, struct tcs_blob *blob, struct tcs_err *err)
{
    for (size_t n = 0; n < f->file_count; n++) {
        size_t i = (f->at + n) % f->file_count;
        struct tcs_followed *file = f->files[i];
        if (!file->is_due)
            continue;
        enum tcs_code code = look(f, file, blob, err);
        if (code == TCS_AGAIN)
            continue;
        f->at = file->is_past || !f->is_caught_up ? i : i + 1;
        return code;
    }
    f->is_caught_up = f->is_caught_up || f->has_looked;
    f->at = 0;
    return TCS_AGAIN;
}

static void written(void *ctx, int id, const char *name)
{
    struct tcs_follower *f = ctx;
    for (size_t i = 0; i < f->file_count; i++) {
        struct tcs_followed *file = f->files[i];
        const char *slash = strrchr(file->path, '/');
        if (file->folder == id && strcmp(slash ? slash + 1 : file->path, name) == 0)
            file->is_due = true;
    }
}

/* Waits for a notice, the next round, or the end of the time. True if the other handle wants attention. */
static bool wait(struct tcs_follower *f, uint64_t until)
{
    uint64_t now = f->options.clock();
    uint64_t next = f->next_round_ms < until ? f->next_round_ms : until;
    uint32_t left = next > now ? (uint32_t)(next - now) : 0;
    unsigned woken = tcs_watcher_wait(f->watcher, left, f->other, written, f);
    f->names_due = f->names_due || (woken & (TCS_WOKEN_NAMES | TCS_WOKEN_MISSED));
    if (woken & TCS_WOKEN_MISSED)
        make_all_due(f);
    return (woken & TCS_WOKEN_OTHER) != 0;
}

enum tcs_code tcs_follow_next(struct tcs_follower *f, uint32_t timeout_ms, struct tcs_blob *blob,
                              struct tcs_err *err)
{
    uint64_t until = f->options.clock() + timeout_ms;
    bool was_caught_up = f->is_caught_up;
    f->desk.fact_count = 0;
    tcs_arena_reset(&f->desk.arena);
    for (;;) {
        enum tcs_code code = begin_round(f, err);
        if (code == TCS_OK && f->desk.fact_count) {
            fill_blob(f, NULL, false, blob);
            return TCS_OK;
        }
        if (code == TCS_OK)
            code = round_of_looks(f, blob, err);
        if (code != TCS_AGAIN)
            return code;
        /* The caller wants to know at once that the beginning is over. */
        if (f->is_caught_up != was_caught_up || f->options.clock() >= until || wait(f, until))
            return TCS_AGAIN;
    }
}

bool tcs_follow_state_of(const struct tcs_follower *f, size_t i, struct tcs_follow_state *out)
{
    if (i >= f->file_count)
        return false;
    const struct tcs_followed *file = f->files[i];
    const struct tcs_tail_place *place = tcs_followed_place(file);
    *out = (struct tcs_follow_state){.file = file->id,
                                     .source = file->source,
                                     .path = tcs_str_of(file->path),
                                     .is_there = file->is_there,
                                     .is_readable = file->is_there && !file->has_fault,
                                     .is_log = file->is_there && !(file->has_fault && file->is_no_log),
                                     .is_waiting = file->tail && tcs_tail_is_waiting(file->tail),
                                     .size = file->seen.size,
                                     .number = place->last.number,
                                     .at = place->last.written};
    return true;
}
