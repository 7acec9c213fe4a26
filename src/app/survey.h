/* Keeping the books of a run: a struct tcs_summary that grows with it. */
#ifndef TCS_APP_SURVEY_H
#define TCS_APP_SURVEY_H

#include "app/event_job.h"
#include "base/map.h"
#include "engine/engine.h"
#include "model/summary.h"

struct tcs_survey {
    struct tcs_summary summary;
    struct tcs_arena arena; /* owns names */
    struct tcs_map by_host, by_id;
    struct tcs_hash_key key;
    size_t host_cap, id_cap;
    size_t last_host;                    /* of the last event, to save a look-up; SIZE_MAX: none */
    struct tcs_value_copy last_computer; /* what that event called it */
};

/* Empty; key hashes the names of hosts and providers. Done frees everything that the summary points to. */
void tcs_survey_init(struct tcs_survey *s, struct tcs_hash_key key);
void tcs_survey_done(struct tcs_survey *s);

/* Takes note of an event, a unit, the end of a log, a finding. */
void tcs_survey_event(struct tcs_survey *s, const struct tcs_event *ev);
void tcs_survey_unit(struct tcs_survey *s, const struct tcs_work *work);
void tcs_survey_log(struct tcs_survey *s, enum tcs_log_format format, const struct tcs_read_stats *stats);
void tcs_survey_engine(struct tcs_survey *s, const struct tcs_engine_counts *counts);

/* Works out what follows: the rule table, the generations, the order of the lists. */
void tcs_survey_finish(struct tcs_survey *s);

#endif
