#include "render/notice.h"

#include "render/json.h"

#include <sha2.h>

enum { NOTICE_MOST = 1 << 20 };

static void put_id(struct tcs_buf *b, const struct tcs_notice *n)
{
    const struct tcs_str parts[] = {tcs_str_of(tcs_message_kind_names[n->kind]), n->host, n->subject};
    uint8_t digest[SHA256_DIGEST_LENGTH] = {0};
    SHA2_CTX sha;
    SHA256Init(&sha);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        /* With their lengths, so that no two lists of parts are the same bytes. */
        uint64_t len = parts[i].len;
        SHA256Update(&sha, (const uint8_t *)&len, sizeof len);
        SHA256Update(&sha, (const uint8_t *)parts[i].p, parts[i].len);
    }
    SHA256Final(digest, &sha);
    for (size_t i = 0; i < 16; i++)
        tcs_buf_printf(b, "%02x", digest[i]);
}

static void open_member(struct tcs_json *j, const char *name, char bracket)
{
    tcs_json_key(j, tcs_str_of(name));
    tcs_json_open(j, bracket);
}

static void put_words(struct tcs_json *j, const char *name, const char *word)
{
    open_member(j, name, '[');
    tcs_json_str(j, tcs_str_of(word));
    tcs_json_close(j, ']');
}

static void put_event(struct tcs_json *j, const struct tcs_notice *n)
{
    bool is_alert = n->kind == TCS_MESSAGE_TROUBLE || n->kind == TCS_MESSAGE_BLINDNESS;
    open_member(j, "event", '{');
    tcs_json_pair_str(j, "kind", is_alert ? TCS_STR("alert") : TCS_STR("event"));
    put_words(j, "category", "host");
    put_words(j, "type", is_alert ? "error" : "info");
    tcs_json_pair_u64(j, "severity", 20 * (uint64_t)n->severity);
    tcs_json_close(j, '}');
}

static void put_own(struct tcs_json *j, const struct tcs_notice *n, struct tcs_str id)
{
    open_member(j, "tocsin", '{');
    tcs_json_pair_str(j, "finding_id", id);
    tcs_json_pair_str(j, "severity", tcs_str_of(tcs_severity_names[n->severity]));
    tcs_json_pair_str(j, "notice", tcs_str_of(tcs_message_kind_names[n->kind]));
    if (n->kind == TCS_MESSAGE_DRILL) {
        tcs_json_key(j, TCS_STR("drill"));
        tcs_json_bool(j, true);
    }
    for (size_t i = 0; i < n->fact_count; i++) {
        if (n->facts[i].text.p)
            tcs_json_pair_str(j, n->facts[i].name, n->facts[i].text);
        else
            tcs_json_pair_u64(j, n->facts[i].name, n->facts[i].number);
    }
    tcs_json_close(j, '}');
}

static void put_notice(struct tcs_buf *b, const struct tcs_notice *n, struct tcs_str id)
{
    struct tcs_json j = {b, false};
    tcs_json_open(&j, '{');
    tcs_json_key(&j, TCS_STR("@timestamp"));
    tcs_json_time(&j, n->time);
    tcs_json_pair_str(&j, "message", n->text);
    open_member(&j, "ecs", '{');
    tcs_json_pair_str(&j, "version", TCS_STR("8.11.0"));
    tcs_json_close(&j, '}');
    put_event(&j, n);
    open_member(&j, "host", '{');
    tcs_json_pair_str(&j, "name", n->host);
    tcs_json_close(&j, '}');
    put_own(&j, n, id);
    tcs_json_close(&j, '}');
}

enum tcs_code tcs_render_notice(const struct tcs_notice *notice, struct tcs_arena *arena,
                                struct tcs_message *out, struct tcs_err *err)
{
    struct tcs_buf id, headline, json;
    tcs_buf_init(&id, 64);
    tcs_buf_init(&headline, NOTICE_MOST);
    tcs_buf_init(&json, NOTICE_MOST);
    put_id(&id, notice);
    tcs_put_visible(&headline, notice->text);
    put_notice(&json, notice, tcs_buf_view(&id));
    bool is_kept[4] = {true, true, true, true};
    *out = (struct tcs_message){
        .id = tcs_arena_str(arena, tcs_buf_view(&id), &is_kept[0]),
        .kind = notice->kind,
        .severity = notice->severity,
        .time = notice->time,
        .queued = notice->time,
        .host = tcs_arena_str(arena, notice->host, &is_kept[1]),
        .headline = tcs_arena_str(arena, tcs_buf_view(&headline), &is_kept[2]),
        .json = tcs_arena_str(arena, tcs_buf_view(&json), &is_kept[3]),
    };
    bool is_bad = id.bad || headline.bad || json.bad;
    tcs_buf_done(&id);
    tcs_buf_done(&headline);
    tcs_buf_done(&json);
    if (is_bad)
        return tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "a notice is too long");
    if (!is_kept[0] || !is_kept[1] || !is_kept[2] || !is_kept[3])
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for a notice");
    return TCS_OK;
}
