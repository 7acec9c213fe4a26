/*
 * What a channel is told. Plain data, UTF-8, not escaped unless said: texts of
 * a log are written by intruders, so whoever puts one into a mail, a terminal
 * or a page escapes it for that form.
 */
#ifndef TCS_MODEL_MESSAGE_H
#define TCS_MODEL_MESSAGE_H

#include "base/time.h"
#include "model/finding.h"

enum tcs_message_kind {
    TCS_MESSAGE_FINDING,   /* a program rings, or rings louder than before */
    TCS_MESSAGE_BLINDNESS, /* the log was tampered with, or tocsin cannot see */
    TCS_MESSAGE_DRILL,     /* an exercise: made by `tocsin drill`, says so wherever it is shown */
    TCS_MESSAGE_ALIVE,     /* still watching; for a dead man's switch */
    TCS_MESSAGE_TROUBLE,   /* tocsin itself: dead letters, a channel that is down, input that was given up */
    TCS_MESSAGE_KIND_COUNT
};

/* The words: "finding", "blindness", "drill", ... */
extern const char *const tcs_message_kind_names[TCS_MESSAGE_KIND_COUNT];

/* True if text is one of the words; out gets the kind. */
bool tcs_message_kind_parse(struct tcs_str text, enum tcs_message_kind *out);

struct tcs_message {
    uint64_t sequence; /* the order of telling, given by the store; 0 before that */
    struct tcs_str id; /* of the finding, 32 hexadecimal digits; of others: unique, the same in a repeat */
    struct tcs_str incident_id; /* 32 hexadecimal digits; empty if it belongs to no incident */
    uint32_t revision;          /* 0 when a finding is told first, one more each time its severity rose */
    enum tcs_message_kind kind;
    enum tcs_severity severity;
    struct tcs_time time;   /* of the event */
    struct tcs_time queued; /* when it was put into the outbox */
    struct tcs_str host;    /* computer name; of TROUBLE and ALIVE: the watcher's own */
    struct tcs_str account; /* NAME or DOMAIN\NAME; may be empty */
    struct tcs_str program; /* file name of the program; may be empty */
    /* One line that says it all, without the host; made to be shown: escaped as for a terminal. */
    struct tcs_str headline;
    /*
     * One JSON object without a line end: of a finding exactly what `scan
     * --format jsonl` prints, of a drill with "drill": true under "tocsin".
     */
    struct tcs_str json;
};

/* The state of an incident as it was last known: what a mail shows whole, whichever message it tells. */
struct tcs_incident_report {
    struct tcs_str incident_id;
    enum tcs_severity severity; /* the highest of its findings */
    uint64_t finding_count;
    struct tcs_time first, last;           /* events */
    struct tcs_str host, account, program; /* of the gravest finding */
    struct tcs_str headline;               /* of the gravest finding, escaped as for a terminal */
    struct tcs_str text;                   /* for people, as `scan` prints it, without colours */
    struct tcs_str html;                   /* the same as the body of a page; may be empty */
    struct tcs_str record_xml;             /* the gravest finding's record as one <Event>; may be empty */
    struct tcs_str record_json;            /* and as one JSON object; may be empty */
};

#endif
