/*
 * A record: one entry of a log as its format stores it.
 *
 * Everything in it is a view; it stays good until the unit that it was
 * decoded from is given back.
 */
#ifndef TCS_MODEL_RECORD_H
#define TCS_MODEL_RECORD_H

#include "base/time.h"
#include "model/layout.h"
#include "model/value.h"

/* How far a record can be trusted; several may hold. 0 means nothing is wrong with it. */
enum tcs_record_state {
    TCS_STATE_CRC_BAD = 1 << 0,   /* it stands in a chunk whose checksum is wrong */
    TCS_STATE_RECOVERED = 1 << 1, /* found again behind damage, by its signature and both sizes */
    TCS_STATE_TORN = 1 << 2,      /* only its beginning was written; later values are missing */
    TCS_STATE_SLACK = 1 << 3,     /* found beyond the end of the log: another time, maybe another log */
    TCS_STATE_GUESSED = 1 << 4,   /* its template was lost and taken from another place by its number */
    TCS_STATE_LITERAL = 1 << 5,   /* it has no template (forwarded) */
    TCS_STATE_BAD_DATA = 1 << 6,  /* a part of its data could not be decoded */
    TCS_STATE_COUNT = 7
};

/* The words for the bits of enum tcs_record_state, by bit number. */
extern const char *const tcs_record_state_names[TCS_STATE_COUNT];

enum tcs_log_format {
    TCS_FORMAT_EVTX,
    TCS_FORMAT_EVT,
    TCS_FORMAT_XML,  /* events as text: event XML */
    TCS_FORMAT_JSON, /* events as text: JSON, one after the other or in an array */
    TCS_FORMAT_COUNT
};

/* A layout and the values it is filled with. */
struct tcs_part {
    const struct tcs_layout *layout;
    const struct tcs_value *values;
    uint16_t value_count;
    uint16_t parent; /* index of the part that holds this one in a slot; TCS_NO_SLOT for the outermost */
    uint16_t slot;   /* that slot */
};

struct tcs_record {
    enum tcs_log_format format;
    unsigned state;          /* enum tcs_record_state */
    uint64_t offset;         /* bytes from the start of the file */
    uint64_t number;         /* the number in the record's header; exports renumber it */
    struct tcs_time written; /* .evtx: when the service stored it; .evt: time written */

    /* From System, converted. What is missing is 0. */
    bool has_event_id;
    uint16_t event_id; /* the number people know; the high half is in qualifiers */
    uint16_t qualifiers;
    uint64_t record_id; /* EventRecordID, the identity together with channel and computer */
    struct tcs_time time;
    struct tcs_value system[TCS_SYS_COUNT]; /* all of System, as it stands there */

    const struct tcs_part *parts; /* [0] is the outermost; NULL until the data is decoded */
    size_t part_count;
    size_t data; /* index of the part that holds the event's own data */
};

/* The value of a source in a part; a slot without a value gives TCS_VALUE_NULL. */
static inline struct tcs_value tcs_part_value(const struct tcs_part *part, const struct tcs_source *source)
{
    if (source->slot < part->value_count)
        return part->values[source->slot];
    if (source->slot == TCS_NO_SLOT && source->literal.p != NULL)
        return tcs_value_of_str(source->literal);
    return (struct tcs_value){NULL, 0, TCS_VALUE_NULL};
}

/* Fills what is converted of System from rec->system; a time that is missing is rec->written. */
void tcs_record_convert_system(struct tcs_record *rec);

/* Number of data fields of the record. */
size_t tcs_record_field_count(const struct tcs_record *rec);

/* The i-th data field; i < tcs_record_field_count. */
struct tcs_value tcs_record_field(const struct tcs_record *rec, size_t i, struct tcs_str *name);

/* The first data field of that name; TCS_VALUE_NULL if there is none. */
struct tcs_value tcs_record_get(const struct tcs_record *rec, struct tcs_str name);

#endif
