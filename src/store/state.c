#include "store/db.h"

enum { KEY_MOST = 1024 };

static enum tcs_code check_key(struct tcs_bytes key, struct tcs_err *err)
{
    if (key.len > 0 && key.len <= KEY_MOST)
        return TCS_OK;
    return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "a key of %zu bytes", key.len);
}

enum tcs_code tcs_store_put(struct tcs_store *s, struct tcs_bytes key, struct tcs_bytes value,
                            struct tcs_err *err)
{
    bool own;
    enum tcs_code code = check_key(key, err);
    if (code != TCS_OK || (code = store_enter(s, &own, err)) != TCS_OK)
        return code;
    store_use(s, SQL_PUT);
    store_bind_bytes(s, 1, key);
    store_bind_bytes(s, 2, value);
    return store_leave(s, own, store_run(s, "cannot keep state", err), err);
}

enum tcs_code tcs_store_delete(struct tcs_store *s, struct tcs_bytes key, struct tcs_err *err)
{
    bool own;
    enum tcs_code code = check_key(key, err);
    if (code != TCS_OK || (code = store_enter(s, &own, err)) != TCS_OK)
        return code;
    store_use(s, SQL_DELETE);
    store_bind_bytes(s, 1, key);
    return store_leave(s, own, store_run(s, "cannot forget state", err), err);
}

enum tcs_code tcs_store_get(struct tcs_store *s, struct tcs_bytes key, struct tcs_arena *arena,
                            struct tcs_bytes *out, struct tcs_err *err)
{
    *out = (struct tcs_bytes){NULL, 0};
    enum tcs_code code = check_key(key, err);
    if (code != TCS_OK)
        return code;
    store_use(s, SQL_GET);
    store_bind_bytes(s, 1, key);
    code = store_step(s, "cannot read state", err);
    if (code != TCS_OK)
        return code;
    *out = store_bytes(s, 0, arena);
    code = store_check(s, err);
    store_reset(s);
    return code;
}

/* Binds the keys from prefix up to, but without, the first that is behind all keys with that prefix. */
static void bind_range(struct tcs_store *s, struct tcs_bytes prefix, uint8_t end[KEY_MOST])
{
    size_t len = prefix.len;
    memcpy(end, prefix.len ? (const void *)prefix.p : "", len);
    while (len && end[len - 1] == 0xFF)
        len--;
    store_bind_bytes(s, 1, prefix);
    if (len == 0) {
        store_bind_null(s, 2);
        return;
    }
    end[len - 1]++;
    store_bind_bytes(s, 2, (struct tcs_bytes){end, len});
}

enum tcs_code tcs_store_each(struct tcs_store *s, struct tcs_bytes prefix, tcs_store_visit *visit, void *ctx,
                             struct tcs_err *err)
{
    uint8_t end[KEY_MOST];
    if (prefix.len > KEY_MOST)
        return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "a prefix of %zu bytes", prefix.len);
    store_use(s, SQL_EACH);
    bind_range(s, prefix, end);
    enum tcs_code code;
    while ((code = store_step(s, "cannot read state", err)) == TCS_OK) {
        sqlite3_stmt *row = s->statements[SQL_EACH];
        struct tcs_bytes key = {sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)};
        struct tcs_bytes value = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
        code = visit(ctx, key, value, err);
        if (code != TCS_OK) {
            store_reset(s);
            return code;
        }
    }
    return code == TCS_END ? TCS_OK : code;
}

enum tcs_code tcs_store_delete_all(struct tcs_store *s, struct tcs_bytes prefix, struct tcs_err *err)
{
    bool own;
    uint8_t end[KEY_MOST];
    if (prefix.len > KEY_MOST)
        return tcs_fail(err, TCS_BUG, TCS_NO_OFFSET, "a prefix of %zu bytes", prefix.len);
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    store_use(s, SQL_DELETE_ALL);
    bind_range(s, prefix, end);
    return store_leave(s, own, store_run(s, "cannot forget state", err), err);
}
