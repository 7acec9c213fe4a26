/*
 * What tocsin has to say of itself: drills, signs of life, trouble. Such a
 * message has the form of a finding as far as it goes, so that whoever takes
 * findings can take it too.
 */
#ifndef TCS_RENDER_NOTICE_H
#define TCS_RENDER_NOTICE_H

#include "model/message.h"

/* A further fact of a notice. */
struct tcs_notice_fact {
    const char *name;    /* its key under "tocsin" in the JSON: "channel" */
    struct tcs_str text; /* its value; not escaped. With a NULL pointer it is number that counts. */
    uint64_t number;
};

struct tcs_notice {
    enum tcs_message_kind kind;
    enum tcs_severity severity;
    struct tcs_time time;
    struct tcs_str host; /* this computer */
    struct tcs_str
        subject;         /* what tells it from others of its kind: the same in a repeat of the same notice */
    struct tcs_str text; /* what there is to say, one line; may quote strangers */
    const struct tcs_notice_fact *facts;
    size_t fact_count;
};

/*
 * Makes the message, with an id made from kind, host and subject. Texts go to
 * arena; queued is the notice's time, revision 0. NOMEM, LIMIT.
 */
enum tcs_code tcs_render_notice(const struct tcs_notice *notice, struct tcs_arena *arena,
                                struct tcs_message *out, struct tcs_err *err);

#endif
