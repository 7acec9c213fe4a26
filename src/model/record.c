#include "model/record.h"

const char *const tcs_record_state_names[TCS_STATE_COUNT] = {
    "crc-bad", "recovered", "torn", "slack", "template-guessed", "literal", "bad-data",
};

void tcs_record_convert_system(struct tcs_record *rec)
{
    uint64_t n;
    rec->has_event_id = tcs_value_u64(rec->system[TCS_SYS_EVENT_ID], &n) && n <= UINT32_MAX;
    if (rec->has_event_id)
        rec->event_id = (uint16_t)n;
    if (tcs_value_u64(rec->system[TCS_SYS_QUALIFIERS], &n) && n <= UINT16_MAX)
        rec->qualifiers = (uint16_t)n;
    tcs_value_u64(rec->system[TCS_SYS_RECORD_ID], &rec->record_id);
    if (!tcs_value_time(rec->system[TCS_SYS_TIME], &rec->time))
        rec->time = rec->written;
}

size_t tcs_record_field_count(const struct tcs_record *rec)
{
    return rec->part_count ? rec->parts[rec->data].layout->field_count : 0;
}

struct tcs_value tcs_record_field(const struct tcs_record *rec, size_t i, struct tcs_str *name)
{
    const struct tcs_part *part = &rec->parts[rec->data];
    *name = part->layout->fields[i].name;
    return tcs_part_value(part, &part->layout->fields[i].source);
}

struct tcs_value tcs_record_get(const struct tcs_record *rec, struct tcs_str name)
{
    for (size_t i = 0; i < tcs_record_field_count(rec); i++) {
        struct tcs_str field;
        struct tcs_value value = tcs_record_field(rec, i, &field);
        if (tcs_str_eq(field, name))
            return value;
    }
    return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}
