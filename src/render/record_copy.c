#include "render/record.h"

#include "render/json.h"

/* ---- XML ---- */

static void put_attribute(struct tcs_buf *b, const char *name, struct tcs_str value)
{
    tcs_buf_printf(b, " %s=\"", name);
    tcs_put_xml(b, value);
    tcs_buf_putc(b, '"');
}

static void put_element(struct tcs_buf *b, const char *name, struct tcs_str text)
{
    if (text.len == 0)
        return;
    tcs_buf_printf(b, "<%s>", name);
    tcs_put_xml(b, text);
    tcs_buf_printf(b, "</%s>", name);
}

static void put_data(struct tcs_buf *b, const struct tcs_text_field *field)
{
    tcs_buf_puts(b, "<Data");
    if (field->name.len)
        put_attribute(b, "Name", field->name);
    tcs_buf_putc(b, '>');
    tcs_put_xml(b, field->value);
    if (field->cut)
        tcs_buf_printf(b, "<!-- tocsin: %zu more bytes -->", field->cut);
    tcs_buf_puts(b, "</Data>");
}

static void put_state_comment(struct tcs_buf *b, unsigned state)
{
    if (state == 0)
        return;
    tcs_buf_puts(b, "<!-- tocsin:");
    for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
        if (state >> bit & 1)
            tcs_buf_printf(b, " %s", tcs_record_state_names[bit]);
    tcs_buf_puts(b, " -->");
}

void tcs_render_record_copy_xml(struct tcs_buf *b, const struct tcs_record_copy *r)
{
    tcs_buf_puts(b,
                 "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider");
    if (r->provider.len)
        put_attribute(b, "Name", r->provider);
    tcs_buf_printf(b, "/><EventID>%u</EventID><TimeCreated SystemTime=\"", r->event_id);
    tcs_buf_time(b, r->time);
    tcs_buf_printf(b, "\"/><EventRecordID>%llu</EventRecordID>", (unsigned long long)r->record_id);
    put_element(b, "Channel", r->channel);
    put_element(b, "Computer", r->computer);
    tcs_buf_puts(b, "</System><EventData>");
    for (size_t i = 0; i < r->field_count; i++)
        put_data(b, &r->fields[i]);
    tcs_buf_puts(b, "</EventData>");
    put_state_comment(b, r->state);
    tcs_buf_puts(b, "</Event>");
}

/* ---- JSON ---- */

static void open_member(struct tcs_json *j, const char *name, char bracket)
{
    tcs_json_key(j, tcs_str_of(name));
    tcs_json_open(j, bracket);
}

static void put_system(struct tcs_json *j, const struct tcs_record_copy *r)
{
    open_member(j, "System", '{');
    open_member(j, "Provider", '{');
    tcs_json_opt_str(j, "Name", r->provider);
    tcs_json_close(j, '}');
    tcs_json_pair_u64(j, "EventID", r->event_id);
    open_member(j, "TimeCreated", '{');
    tcs_json_key(j, TCS_STR("SystemTime"));
    tcs_json_time(j, r->time);
    tcs_json_close(j, '}');
    tcs_json_pair_u64(j, "EventRecordID", r->record_id);
    tcs_json_opt_str(j, "Channel", r->channel);
    tcs_json_opt_str(j, "Computer", r->computer);
    tcs_json_close(j, '}');
}

/* Fields by name; a name that came before gets a number, because most parsers keep only the last of two. */
static void put_fields(struct tcs_json *j, const struct tcs_record_copy *r)
{
    open_member(j, "EventData", '{');
    for (size_t i = 0; i < r->field_count; i++) {
        size_t before = 0;
        for (size_t k = 0; k < i; k++)
            before += tcs_str_eq(r->fields[k].name, r->fields[i].name);
        struct tcs_buf name;
        tcs_buf_init(&name, j->b->max);
        tcs_buf_str(&name, r->fields[i].name.len ? r->fields[i].name : TCS_STR("Data"));
        if (before)
            tcs_buf_printf(&name, " (%zu)", before + 1);
        tcs_json_key(j, tcs_buf_view(&name));
        tcs_json_str(j, r->fields[i].value);
        tcs_buf_done_for(&name, j->b);
    }
    tcs_json_close(j, '}');
}

/* What is not from the record itself. */
static void put_own(struct tcs_json *j, const struct tcs_record_copy *r)
{
    open_member(j, "tocsin", '{');
    tcs_json_pair_str(j, "origin", r->origin);
    if (r->state) {
        open_member(j, "state", '[');
        for (unsigned bit = 0; bit < TCS_STATE_COUNT; bit++)
            if (r->state >> bit & 1)
                tcs_json_str(j, tcs_str_of(tcs_record_state_names[bit]));
        tcs_json_close(j, ']');
    }
    size_t cut = 0;
    for (size_t i = 0; i < r->field_count; i++)
        cut += r->fields[i].cut != 0;
    if (cut) {
        open_member(j, "cut", '{');
        for (size_t i = 0; i < r->field_count; i++)
            if (r->fields[i].cut) {
                tcs_json_key(j, r->fields[i].name);
                tcs_json_u64(j, r->fields[i].cut);
            }
        tcs_json_close(j, '}');
    }
    tcs_json_close(j, '}');
}

void tcs_render_record_copy_json(struct tcs_buf *b, const struct tcs_record_copy *r)
{
    struct tcs_json j = {b, false};
    tcs_json_open(&j, '{');
    put_system(&j, r);
    put_fields(&j, r);
    put_own(&j, r);
    tcs_json_close(&j, '}');
}
