#include "render/json.h"

static void comma(struct tcs_json *j)
{
    if (j->needs_comma)
        tcs_buf_putc(j->b, ',');
    j->needs_comma = true;
}

void tcs_json_open(struct tcs_json *j, char bracket)
{
    comma(j);
    tcs_buf_putc(j->b, bracket);
    j->needs_comma = false;
}

void tcs_json_close(struct tcs_json *j, char bracket)
{
    tcs_buf_putc(j->b, bracket);
    j->needs_comma = true;
}

static void quoted(struct tcs_json *j, struct tcs_str s)
{
    tcs_buf_putc(j->b, '"');
    tcs_put_json(j->b, s);
    tcs_buf_putc(j->b, '"');
}

void tcs_json_key(struct tcs_json *j, struct tcs_str key)
{
    comma(j);
    quoted(j, key);
    tcs_buf_putc(j->b, ':');
    j->needs_comma = false;
}

void tcs_json_str(struct tcs_json *j, struct tcs_str s)
{
    comma(j);
    quoted(j, s);
}

void tcs_json_u64(struct tcs_json *j, uint64_t n)
{
    comma(j);
    tcs_buf_u64(j->b, n);
}

void tcs_json_i64(struct tcs_json *j, int64_t n)
{
    comma(j);
    tcs_buf_i64(j->b, n);
}

void tcs_json_bool(struct tcs_json *j, bool value)
{
    comma(j);
    tcs_buf_puts(j->b, value ? "true" : "false");
}

void tcs_json_null(struct tcs_json *j)
{
    comma(j);
    tcs_buf_puts(j->b, "null");
}

void tcs_json_time(struct tcs_json *j, struct tcs_time t)
{
    comma(j);
    tcs_buf_putc(j->b, '"');
    tcs_buf_time(j->b, t);
    tcs_buf_putc(j->b, '"');
}

/* True if the value is a number that JSON parsers keep exactly. */
static bool put_number(struct tcs_json *j, struct tcs_value v)
{
    static const bool is_integer[] = {
        [TCS_VALUE_INT8] = true,   [TCS_VALUE_UINT8] = true,  [TCS_VALUE_INT16] = true,
        [TCS_VALUE_UINT16] = true, [TCS_VALUE_INT32] = true,  [TCS_VALUE_UINT32] = true,
        [TCS_VALUE_INT64] = true,  [TCS_VALUE_UINT64] = true,
    };
    const int64_t most = INT64_C(1) << 53;
    uint64_t n;
    if (v.type >= sizeof is_integer / sizeof is_integer[0] || !is_integer[v.type] || !tcs_value_u64(v, &n))
        return false;
    bool is_signed = v.type == TCS_VALUE_INT8 || v.type == TCS_VALUE_INT16 || v.type == TCS_VALUE_INT32 ||
                     v.type == TCS_VALUE_INT64;
    if (is_signed ? (int64_t)n < -most || (int64_t)n > most : n > (uint64_t)most)
        return false;
    if (is_signed)
        tcs_json_i64(j, (int64_t)n);
    else
        tcs_json_u64(j, n);
    return true;
}

void tcs_json_value(struct tcs_json *j, struct tcs_value v)
{
    if (v.type == TCS_VALUE_STRING) {
        comma(j);
        tcs_buf_putc(j->b, '"');
        tcs_put_json_utf16(j->b, tcs_value_utf16(v));
        tcs_buf_putc(j->b, '"');
        return;
    }
    if (put_number(j, v))
        return;
    if (v.type == TCS_VALUE_UTF8) {
        tcs_json_str(j, (struct tcs_str){(const char *)v.p, v.len});
        return;
    }
    struct tcs_buf text;
    tcs_buf_init(&text, j->b->max);
    tcs_buf_value(&text, v);
    if (v.type == TCS_VALUE_BOOL && v.len)
        tcs_json_bool(j, tcs_str_eq(tcs_buf_view(&text), TCS_STR("true")));
    else
        tcs_json_str(j, tcs_buf_view(&text));
    j->b->bad = j->b->bad || text.bad;
    tcs_buf_done_for(&text, j->b);
}

void tcs_json_pair_str(struct tcs_json *j, const char *key, struct tcs_str s)
{
    tcs_json_key(j, tcs_str_of(key));
    tcs_json_str(j, s);
}

void tcs_json_opt_str(struct tcs_json *j, const char *key, struct tcs_str s)
{
    if (s.len)
        tcs_json_pair_str(j, key, s);
}

void tcs_json_pair_u64(struct tcs_json *j, const char *key, uint64_t n)
{
    tcs_json_key(j, tcs_str_of(key));
    tcs_json_u64(j, n);
}
