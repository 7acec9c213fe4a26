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

/* How a type is written, beside those that need a look at the value. */
enum shape { QUOTED, SIGNED, UNSIGNED, OTHER };

static enum shape shape_of(uint8_t type)
{
    static const uint8_t shapes[256] = {
        [TCS_VALUE_INT8] = SIGNED,     [TCS_VALUE_INT16] = SIGNED,    [TCS_VALUE_INT32] = SIGNED,
        [TCS_VALUE_INT64] = SIGNED,    [TCS_VALUE_UINT8] = UNSIGNED,  [TCS_VALUE_UINT16] = UNSIGNED,
        [TCS_VALUE_UINT32] = UNSIGNED, [TCS_VALUE_UINT64] = UNSIGNED, [TCS_VALUE_STRING] = OTHER,
        [TCS_VALUE_UTF8] = OTHER,      [TCS_VALUE_ANSI] = OTHER,      [TCS_VALUE_BOOL] = OTHER,
    };
    return type & TCS_VALUE_ARRAY ? OTHER : (enum shape)shapes[type];
}

/* True if the value is a number that JSON parsers keep exactly. */
static bool put_number(struct tcs_json *j, struct tcs_value v, bool is_signed)
{
    const int64_t most = INT64_C(1) << 53;
    uint64_t n;
    if (!tcs_value_u64(v, &n))
        return false;
    if (is_signed ? (int64_t)n < -most || (int64_t)n > most : n > (uint64_t)most)
        return false;
    if (is_signed)
        tcs_json_i64(j, (int64_t)n);
    else
        tcs_json_u64(j, n);
    return true;
}

/* Types whose text is digits, letters, and what stands between them: nothing to escape. */
static void put_clean(struct tcs_json *j, struct tcs_value v)
{
    comma(j);
    tcs_buf_putc(j->b, '"');
    tcs_buf_value(j->b, v);
    tcs_buf_putc(j->b, '"');
}

static void put_other(struct tcs_json *j, struct tcs_value v)
{
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

void tcs_json_value(struct tcs_json *j, struct tcs_value v)
{
    if (v.type == TCS_VALUE_STRING) {
        comma(j);
        tcs_buf_putc(j->b, '"');
        tcs_put_json_utf16(j->b, tcs_value_utf16(v));
        tcs_buf_putc(j->b, '"');
        return;
    }
    enum shape shape = shape_of(v.type);
    if (shape == OTHER)
        put_other(j, v);
    else if (shape == QUOTED || !put_number(j, v, shape == SIGNED))
        put_clean(j, v);
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
