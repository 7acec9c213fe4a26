/*
 * From records to events: tables that say which field of which record means
 * what. Nothing else in tocsin knows event ids.
 *
 * The layout of an .evt record is chosen by its number of strings, that of
 * all others by field names: never by the version of Windows, which the
 * documentation itself confuses.
 */
#ifndef TCS_NORMALISE_NORMALISE_H
#define TCS_NORMALISE_NORMALISE_H

#include "model/event.h"
#include "model/wanted.h"

/* A name and the key it fills. */
struct tcs_name_key {
    struct tcs_str name;
    enum tcs_key key;
};

/* One layout of one event id. */
struct tcs_event_map {
    uint16_t id;
    uint8_t origin; /* enum tcs_origin */
    uint8_t kind;   /* enum tcs_event_kind */
    uint16_t traits;
    /* Either by name (ends with an empty name) ... */
    const struct tcs_name_key *names;
    /* ... or by position (ends with TCS_KEY_LAST), for records with exactly so many strings. */
    const int8_t *positions;
};

/* The tables, each ended by an entry with id 0 (map_security_evt.c and so on). */
extern const struct tcs_event_map tcs_map_security_evt[];
extern const struct tcs_event_map tcs_map_auditing[];
extern const struct tcs_event_map tcs_map_sysmon[];
extern const struct tcs_event_map tcs_map_system[];

struct tcs_normaliser;

/* One a thread. NULL if memory is refused. */
struct tcs_normaliser *tcs_normaliser_new(void);
void tcs_normaliser_free(struct tcs_normaliser *n);

/* The event ids that any table knows: a set of 65,536 bits, good as long as the normaliser. */
const uint64_t *tcs_normaliser_ids(const struct tcs_normaliser *n);

/*
 * True if some table knows this id of this provider in this channel. Only
 * System of the record is looked at. normaliser is a struct tcs_normaliser;
 * it remembers who wrote the last records.
 */
bool tcs_normaliser_accepts(void *normaliser, const struct tcs_record *rec);

/* Who wrote the record, or TCS_ORIGIN_COUNT if nobody we know. */
enum tcs_origin tcs_origin_of(const struct tcs_record *rec);

/*
 * Fills ev from a record that was accepted; its values are views into the
 * record. OK; SKIP: the id is known but not this layout of it (err says how
 * many strings it has).
 */
enum tcs_code tcs_normalise(struct tcs_normaliser *n, const struct tcs_record *rec, struct tcs_event *ev,
                            struct tcs_err *err);

#endif
