#include "store/db.h"

/* ---- putting in ---- */

static void bind_message(struct tcs_store *s, const struct tcs_message *m)
{
    const struct tcs_str texts[] = {m->host, m->account, m->program, m->headline, m->json};
    store_bind_text(s, 1, m->id);
    store_bind_text(s, 2, m->incident_id);
    store_bind_u64(s, 3, m->revision);
    store_bind_text(s, 4, tcs_str_of(tcs_message_kind_names[m->kind]));
    store_bind_text(s, 5, tcs_str_of(tcs_severity_names[m->severity]));
    store_bind_time(s, 6, m->time);
    store_bind_time(s, 7, m->queued);
    for (int i = 0; i < 5; i++)
        store_bind_text(s, 8 + i, texts[i]);
}

static enum tcs_code put_in_queue(struct tcs_store *s, struct tcs_str channel, uint64_t sequence,
                                  struct tcs_err *err)
{
    store_use(s, SQL_CHANNEL_NEW);
    store_bind_text(s, 1, channel);
    enum tcs_code code = store_run(s, "cannot put a message into the outbox", err);
    if (code != TCS_OK)
        return code;
    store_use(s, SQL_ENQUEUE);
    store_bind_text(s, 1, channel);
    store_bind_u64(s, 2, sequence);
    return store_run(s, "cannot put a message into the outbox", err);
}

enum tcs_code tcs_store_enqueue(struct tcs_store *s, struct tcs_message *message,
                                const struct tcs_str *channels, size_t channel_count, bool *is_new,
                                struct tcs_err *err)
{
    bool own;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    store_use(s, SQL_PUT_MESSAGE);
    bind_message(s, message);
    code = store_run(s, "cannot keep a message", err);
    bool is_kept = code == TCS_OK && sqlite3_changes(s->db) > 0;
    uint64_t sequence = is_kept ? (uint64_t)sqlite3_last_insert_rowid(s->db) : 0;
    for (size_t i = 0; is_kept && code == TCS_OK && i < channel_count; i++)
        code = put_in_queue(s, channels[i], sequence, err);
    code = store_leave(s, own, code, err);
    if (code == TCS_OK)
        message->sequence = sequence;
    if (code == TCS_OK && is_new)
        *is_new = is_kept;
    return code;
}

/* ---- reading ---- */

static struct tcs_message read_message(struct tcs_store *s, struct tcs_arena *arena)
{
    struct tcs_message m = {
        .sequence = store_u64(s, 0),
        .id = store_text(s, 1, arena),
        .incident_id = store_text(s, 2, arena),
        .revision = (uint32_t)store_u64(s, 3),
        .severity = store_severity(s, 5),
        .time = store_time(s, 6),
        .queued = store_time(s, 7),
        .host = store_text(s, 8, arena),
        .account = store_text(s, 9, arena),
        .program = store_text(s, 10, arena),
        .headline = store_text(s, 11, arena),
        .json = store_text(s, 12, arena),
    };
    if (!tcs_message_kind_parse(store_text(s, 4, arena), &m.kind))
        m.kind = TCS_MESSAGE_TROUBLE; /* a word of another version: this kind goes to everybody */
    return m;
}
enum { MESSAGE_COLUMN_COUNT = 13 };

/* The message of the current statement, which gives one at most. */
static enum tcs_code read_one(struct tcs_store *s, struct tcs_arena *arena, struct tcs_message *out,
                              struct tcs_err *err)
{
    *out = (struct tcs_message){0};
    enum tcs_code code = store_step(s, "cannot read a message", err);
    if (code != TCS_OK)
        return code;
    *out = read_message(s, arena);
    code = store_check(s, err);
    store_reset(s);
    return code;
}

enum tcs_code tcs_store_message(struct tcs_store *s, uint64_t sequence, struct tcs_arena *arena,
                                struct tcs_message *out, struct tcs_err *err)
{
    store_use(s, SQL_MESSAGE);
    store_bind_u64(s, 1, sequence);
    return read_one(s, arena, out, err);
}

enum tcs_code tcs_store_last_message(struct tcs_store *s, enum tcs_message_kind kind, struct tcs_arena *arena,
                                     struct tcs_message *out, struct tcs_err *err)
{
    store_use(s, SQL_LAST_MESSAGE);
    store_bind_text(s, 1, tcs_str_of(tcs_message_kind_names[kind]));
    return read_one(s, arena, out, err);
}

enum tcs_code tcs_store_pending(struct tcs_store *s, struct tcs_str channel, size_t most,
                                struct tcs_arena *arena, const struct tcs_outbox_row **rows, size_t *count,
                                struct tcs_err *err)
{
    *rows = NULL;
    *count = 0;
    struct tcs_outbox_row *read = tcs_arena_array(arena, most, sizeof *read);
    if (read == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read the outbox");
    store_use(s, SQL_PENDING);
    store_bind_text(s, 1, channel);
    store_bind_u64(s, 2, most);
    size_t got = 0;
    enum tcs_code code;
    while ((code = store_step(s, "cannot read the outbox", err)) == TCS_OK) {
        read[got].message = read_message(s, arena);
        read[got].attempts = (uint32_t)store_u64(s, MESSAGE_COLUMN_COUNT);
        if ((code = store_check(s, err)) != TCS_OK)
            return code;
        got++;
    }
    if (code != TCS_END)
        return code;
    *rows = read;
    *count = got;
    return TCS_OK;
}

/* ---- ending ---- */

enum tcs_code tcs_store_settle(struct tcs_store *s, struct tcs_str channel, const uint64_t *sequences,
                               size_t count, enum tcs_outbox_end how, struct tcs_str text,
                               struct tcs_time now, struct tcs_err *err)
{
    bool own, is_sent = how == TCS_OUTBOX_SENT;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    uint64_t settled = 0;
    for (size_t i = 0; code == TCS_OK && i < count; i++) {
        store_use(s, is_sent ? SQL_TAKE : SQL_BURY);
        store_bind_text(s, 1, channel);
        store_bind_u64(s, 2, sequences[i]);
        if (!is_sent)
            store_bind_text(s, 3, text);
        code = store_run(s, "cannot note what was delivered", err);
        settled += code == TCS_OK && sqlite3_changes(s->db) > 0;
    }
    if (code == TCS_OK && settled) {
        store_use(s, is_sent ? SQL_CHANNEL_SENT : SQL_CHANNEL_DEAD);
        store_bind_text(s, 1, channel);
        if (is_sent)
            store_bind_u64(s, 2, settled);
        else
            store_bind_text(s, 2, text);
        store_bind_time(s, 3, now);
        code = store_run(s, "cannot note what was delivered", err);
    }
    return store_leave(s, own, code, err);
}

enum tcs_code tcs_store_note_failure(struct tcs_store *s, struct tcs_str channel, const uint64_t *sequences,
                                     size_t count, struct tcs_str text, struct tcs_time now,
                                     struct tcs_time next, struct tcs_err *err)
{
    bool own;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    for (size_t i = 0; code == TCS_OK && i < count; i++) {
        store_use(s, SQL_FAILED);
        store_bind_text(s, 1, channel);
        store_bind_u64(s, 2, sequences[i]);
        store_bind_text(s, 3, text);
        code = store_run(s, "cannot note a failed delivery", err);
    }
    if (code == TCS_OK) {
        store_use(s, SQL_CHANNEL_FAILED);
        store_bind_text(s, 1, channel);
        store_bind_text(s, 2, text);
        store_bind_time(s, 3, now);
        store_bind_time(s, 4, next);
        code = store_run(s, "cannot note a failed delivery", err);
    }
    return store_leave(s, own, code, err);
}

/* Runs a statement on one channel; adds the rows it changed to *count, if that is wanted. */
static enum tcs_code change_channel(struct tcs_store *s, enum statement which, struct tcs_str channel,
                                    uint64_t *count, struct tcs_err *err)
{
    store_use(s, which);
    store_bind_text(s, 1, channel);
    enum tcs_code code = store_run(s, "cannot change the outbox", err);
    if (code == TCS_OK && count)
        *count += (uint64_t)sqlite3_changes(s->db);
    return code;
}

enum tcs_code tcs_store_revive(struct tcs_store *s, struct tcs_str channel, uint64_t *count,
                               struct tcs_err *err)
{
    bool own;
    *count = 0;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    return store_leave(s, own, change_channel(s, SQL_REVIVE, channel, count, err), err);
}

enum tcs_code tcs_store_drop_channel(struct tcs_store *s, struct tcs_str channel, uint64_t *count,
                                     struct tcs_err *err)
{
    bool own;
    *count = 0;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    code = change_channel(s, SQL_DROP_CHANNEL, channel, count, err);
    if (code == TCS_OK)
        code = change_channel(s, SQL_FORGET_CHANNEL, channel, NULL, err);
    return store_leave(s, own, code, err);
}

/* Runs a statement about what was put in before a time. */
static enum tcs_code prune(struct tcs_store *s, enum statement which, struct tcs_time before,
                           struct tcs_err *err)
{
    store_use(s, which);
    store_bind_time(s, 1, before);
    return store_run(s, "cannot forget what was delivered", err);
}

enum tcs_code tcs_store_prune(struct tcs_store *s, struct tcs_time before, struct tcs_err *err)
{
    bool own;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    code = prune(s, SQL_PRUNE_DEAD, before, err);
    if (code == TCS_OK)
        code = prune(s, SQL_PRUNE_MESSAGES, before, err);
    if (code == TCS_OK) {
        store_use(s, SQL_PRUNE_REPORTS);
        code = store_run(s, "cannot forget what was delivered", err);
    }
    return store_leave(s, own, code, err);
}

/* ---- looking ---- */

enum tcs_code tcs_store_place(struct tcs_store *s, struct tcs_str channel, uint64_t sequence,
                              enum tcs_outbox_place *out, struct tcs_err *err)
{
    *out = TCS_OUTBOX_UNKNOWN;
    store_use(s, SQL_PLACE);
    store_bind_text(s, 1, channel);
    store_bind_u64(s, 2, sequence);
    enum tcs_code code = store_step(s, "cannot read the outbox", err);
    if (code != TCS_OK)
        return code == TCS_END ? TCS_OK : code;
    if (sqlite3_column_type(s->statements[SQL_PLACE], 0) == SQLITE_NULL)
        *out = TCS_OUTBOX_TAKEN;
    else
        *out = store_u64(s, 0) ? TCS_OUTBOX_GIVEN_UP : TCS_OUTBOX_WAITING;
    store_reset(s);
    return TCS_OK;
}

enum { CHANNELS_MOST = 1024 };

enum tcs_code tcs_store_channels(struct tcs_store *s, struct tcs_arena *arena,
                                 const struct tcs_channel_status **out, size_t *count, struct tcs_err *err)
{
    *out = NULL;
    *count = 0;
    struct tcs_channel_status *read = tcs_arena_array(arena, CHANNELS_MOST, sizeof *read);
    if (read == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read the outbox");
    store_use(s, SQL_CHANNELS);
    size_t got = 0;
    enum tcs_code code;
    while ((code = store_step(s, "cannot read the outbox", err)) == TCS_OK && got < CHANNELS_MOST) {
        read[got++] = (struct tcs_channel_status){
            .name = store_text(s, 0, arena),
            .sent = store_u64(s, 1),
            .last_sent = store_time(s, 2),
            .failing_since = store_time(s, 3),
            .next_try = store_time(s, 4),
            .last_error = store_text(s, 5, arena),
            .last_error_at = store_time(s, 6),
            .waiting = store_u64(s, 7),
            .dead = store_u64(s, 8),
            .oldest = store_time(s, 9),
        };
        if ((code = store_check(s, err)) != TCS_OK)
            return code;
    }
    store_reset(s);
    if (code != TCS_END && code != TCS_OK)
        return code;
    *out = read;
    *count = got;
    return TCS_OK;
}
