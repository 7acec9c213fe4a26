/*
 * Streams of events for the engine.
 *
 * Input: for each event u8 kind, u8 origin, u8 traits and state, u8 step of
 * time, u8 host, u8 number of values, for each u8 key and u8 value. A value is
 * a word of a table, so that events meet: the same few processes, programs,
 * accounts and logon sessions come again and again.
 */
#ifndef TCS_FUZZ_ENGINE_EVENTS_H
#define TCS_FUZZ_ENGINE_EVENTS_H

#include "support.h"

#include "engine/engine.h"

struct fuzz_events {
    struct fuzz_input in;
    struct tcs_record rec;
    struct tcs_part part;
    struct tcs_event ev;
};

void fuzz_events_init(struct fuzz_events *e, struct fuzz_input in);

/* The next event, good until the next call; NULL at the end of the input. */
const struct tcs_event *fuzz_next_event(struct fuzz_events *e);

/* The rules that go with the words; made once. */
const struct tcs_rules *fuzz_rules(bool dedicated);

#endif
