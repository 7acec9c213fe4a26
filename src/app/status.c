#include "app/status.h"

#include "base/cursor.h"
#include "base/utf.h"
#include "platform/keep.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

/* The row: its version, numbers of 8 bytes, then a text and numbers for each file. Little-endian. */
enum { ROW_VERSION = 1, FILES_MOST = 1000, ROW_MOST = 8 << 20 };

static const uint8_t row_key[] = {TCS_STATE_META, 's', 't', 'a', 't', 'u', 's'};

static void put_str(struct tcs_buf *b, struct tcs_str s)
{
    tcs_buf_le64(b, s.len);
    tcs_buf_str(b, s);
}

enum tcs_code tcs_status_keep(struct tcs_store *store, const struct tcs_watch_status *s, struct tcs_err *err)
{
    struct tcs_buf b;
    tcs_buf_init(&b, ROW_MOST);
    tcs_buf_le64(&b, ROW_VERSION);
    tcs_buf_le64(&b, (uint64_t)s->started.ticks);
    tcs_buf_le64(&b, (uint64_t)s->updated.ticks);
    const uint64_t numbers[] = {s->pid, s->blobs, s->records, s->told, s->skipped};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        tcs_buf_le64(&b, numbers[i]);
    size_t count = s->file_count < FILES_MOST ? s->file_count : FILES_MOST;
    tcs_buf_le64(&b, s->file_more + (s->file_count - count));
    tcs_buf_le64(&b, count);
    for (size_t i = 0; i < count; i++) {
        const struct tcs_file_status *f = &s->files[i];
        put_str(&b, f->path);
        tcs_buf_le64(&b, (uint64_t)f->is_there | (uint64_t)f->is_readable << 1 | (uint64_t)f->is_log << 2 |
                             (uint64_t)f->is_waiting << 3);
        tcs_buf_le64(&b, f->size);
        tcs_buf_le64(&b, f->number);
        tcs_buf_le64(&b, (uint64_t)f->at.ticks);
    }
    struct tcs_str row = tcs_buf_view(&b);
    enum tcs_code code = b.bad ? tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the status")
                               : tcs_store_put(store, (struct tcs_bytes){row_key, sizeof row_key},
                                               (struct tcs_bytes){(const uint8_t *)row.p, row.len}, err);
    tcs_buf_done(&b);
    return code;
}

/* Texts of the row are paths of the system: shown only, and repaired here. */
static struct tcs_str take_str(struct tcs_cursor *c, struct tcs_arena *arena, bool *ok)
{
    uint64_t len = tcs_take_u64(c);
    const uint8_t *p = len <= tcs_cursor_left(c) ? tcs_take(c, (size_t)len) : NULL;
    struct tcs_buf text;
    *ok = *ok && p != NULL;
    if (p == NULL)
        return (struct tcs_str){"", 0};
    tcs_buf_init(&text, 4 * (size_t)len + 16);
    tcs_buf_utf8(&text, (struct tcs_bytes){p, (size_t)len});
    struct tcs_str copy = tcs_arena_str(arena, tcs_buf_view(&text), ok);
    tcs_buf_done(&text);
    return copy;
}

static struct tcs_time take_time(struct tcs_cursor *c)
{
    return (struct tcs_time){(int64_t)tcs_take_u64(c)};
}

static bool read_row(struct tcs_bytes row, struct tcs_arena *arena, struct tcs_watch_status *out)
{
    struct tcs_cursor c = tcs_cursor_of(row);
    bool ok = tcs_take_u64(&c) == ROW_VERSION;
    out->started = take_time(&c);
    out->updated = take_time(&c);
    uint64_t *const numbers[] = {&out->pid, &out->blobs, &out->records, &out->told, &out->skipped};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = tcs_take_u64(&c);
    out->file_more = (size_t)tcs_take_u64(&c);
    uint64_t count = tcs_take_u64(&c);
    if (!ok || c.bad || count > FILES_MOST)
        return false;
    out->files = tcs_arena_array(arena, (size_t)count, sizeof *out->files);
    for (; out->files && out->file_count < count && ok; out->file_count++) {
        struct tcs_file_status *f = &out->files[out->file_count];
        f->path = take_str(&c, arena, &ok);
        uint64_t flags = tcs_take_u64(&c);
        f->is_there = flags & 1;
        f->is_readable = flags >> 1 & 1;
        f->is_log = flags >> 2 & 1;
        f->is_waiting = flags >> 3 & 1;
        f->size = tcs_take_u64(&c);
        f->number = tcs_take_u64(&c);
        f->at = take_time(&c);
    }
    return ok && !c.bad && out->files;
}

static enum tcs_code collect_channels(struct tcs_store *store, struct tcs_arena *arena,
                                      struct tcs_watch_status *out, struct tcs_err *err)
{
    const struct tcs_channel_status *list;
    size_t count;
    enum tcs_code code = tcs_store_channels(store, arena, &list, &count, err);
    if (code != TCS_OK)
        return code;
    out->channels = tcs_arena_array(arena, count, sizeof *out->channels);
    if (out->channels == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the status");
    for (size_t i = 0; i < count; i++)
        out->channels[i] = (struct tcs_channel_health){.name = list[i].name,
                                                       .waiting = list[i].waiting,
                                                       .dead = list[i].dead,
                                                       .sent = list[i].sent,
                                                       .oldest = list[i].oldest,
                                                       .last_sent = list[i].last_sent,
                                                       .failing_since = list[i].failing_since,
                                                       .next_try = list[i].next_try,
                                                       .last_error = list[i].last_error};
    out->channel_count = count;
    return TCS_OK;
}

static enum tcs_code collect_last(struct tcs_store *store, enum tcs_message_kind kind,
                                  struct tcs_arena *arena, bool *has, struct tcs_message *out,
                                  struct tcs_err *err)
{
    enum tcs_code code = tcs_store_last_message(store, kind, arena, out, err);
    *has = code == TCS_OK;
    return code == TCS_END ? TCS_OK : code;
}

enum tcs_code tcs_status_collect(struct tcs_store *store, struct tcs_arena *arena,
                                 struct tcs_watch_status *out, struct tcs_err *err)
{
    const struct tcs_time unset = tcs_time_of_filetime(0);
    struct tcs_bytes row;
    *out = (struct tcs_watch_status){.now = tcs_wall_time(), .started = unset, .updated = unset};
    enum tcs_code code = tcs_store_get(store, (struct tcs_bytes){row_key, sizeof row_key}, arena, &row, err);
    if (code == TCS_OK && !read_row(row, arena, out))
        *out = (struct tcs_watch_status){.now = out->now, .started = unset, .updated = unset};
    if (code != TCS_OK && code != TCS_END)
        return code;
    code = collect_channels(store, arena, out, err);
    if (code == TCS_OK)
        code = collect_last(store, TCS_MESSAGE_FINDING, arena, &out->has_alarm, &out->alarm, err);
    if (code == TCS_OK)
        code = collect_last(store, TCS_MESSAGE_BLINDNESS, arena, &out->has_blindness, &out->blindness, err);
    if (code == TCS_OK)
        code = collect_last(store, TCS_MESSAGE_TROUBLE, arena, &out->has_trouble, &out->trouble, err);
    return code;
}

/* By the lock that a watcher keeps as long as it lives. */
bool tcs_state_is_watched(const char *state, uint64_t *pid)
{
    char path[4200];
    struct tcs_lock lock;
    *pid = 0;
    snprintf(path, sizeof path, "%s.lock", state);
    if (!tcs_path_exists(path))
        return false;
    enum tcs_code code = tcs_lock_take(path, &lock, pid, NULL);
    if (code == TCS_OK)
        tcs_lock_release(&lock);
    return code == TCS_AGAIN;
}

enum tcs_code tcs_status_look(const char *state, struct tcs_arena *arena, struct tcs_watch_status *out,
                              struct tcs_err *err)
{
    struct tcs_store *store;
    bool ok = true;
    uint64_t pid;
    if (!tcs_path_exists(state))
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET,
                        "there is no state file %s: no watcher ever ran with it", state);
    enum tcs_code code = tcs_store_open(state, TCS_STORE_READ, tcs_wall_time(), &store, NULL, err);
    if (code != TCS_OK)
        return code;
    code = tcs_status_collect(store, arena, out, err);
    tcs_store_close(store);
    if (code != TCS_OK)
        return code;
    out->is_running = tcs_state_is_watched(state, &pid);
    out->pid = out->is_running ? (pid ? pid : out->pid) : 0;
    out->state = tcs_arena_str(arena, tcs_str_of(state), &ok);
    return ok ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the status");
}
