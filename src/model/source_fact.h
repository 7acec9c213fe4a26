/* What is found out about a log that is watched, beside its records. Plain data. */
#ifndef TCS_MODEL_SOURCE_FACT_H
#define TCS_MODEL_SOURCE_FACT_H

#include "base/time.h"

enum tcs_source_fact_kind {
    TCS_FACT_LOST,       /* records were overwritten or cleared away before they could be read */
    TCS_FACT_CLEARED,    /* the log was emptied and goes on with the numbers that follow */
    TCS_FACT_RESTARTED,  /* another log stands in its place, or its numbers began anew: read from its start */
    TCS_FACT_WENT_BACK,  /* an earlier state of the same log stands in its place: nothing is read twice */
    TCS_FACT_TRUNCATED,  /* the file became shorter by something that no log service does */
    TCS_FACT_TORN,       /* what was half written stayed so for too long and is read as damage */
    TCS_FACT_FULL,       /* the header says that records could not be written for lack of room */
    TCS_FACT_MOVED,      /* the file has another name now (archived); detail is the name it had */
    TCS_FACT_VANISHED,   /* the file, or a source that was named, is not there any more */
    TCS_FACT_RETURNED,   /* it is there again */
    TCS_FACT_UNREADABLE, /* it could not be read for many rounds; detail says why */
    TCS_FACT_READABLE,   /* it can be read again */
    TCS_FACT_NO_LOG,     /* the file is no log that can be followed; detail says what it is */
    TCS_FACT_LIMIT,      /* more files than are followed, or lines longer than are read; count of them */
    TCS_FACT_COUNT
};

/* What a fact means for who relies on the alarm. */
enum tcs_fact_weight {
    TCS_FACT_NOTE,  /* good to know, part of the normal life of a log */
    TCS_FACT_BLIND, /* something was not seen, or somebody may want that it is not seen */
    TCS_FACT_FAULT, /* the watcher cannot do what it was told to */
};

/* Words and weight of the kinds: "records lost before they were read". */
struct tcs_fact_word {
    const char *name; /* for machines: "records-lost" */
    const char *text; /* for people, to be followed by the path */
    enum tcs_fact_weight weight;
};
extern const struct tcs_fact_word tcs_fact_words[TCS_FACT_COUNT];

/* Something about a source that its records do not tell. */
struct tcs_source_fact {
    enum tcs_source_fact_kind kind;
    bool has_count;
    uint64_t count;         /* LOST: how many records; LIMIT: how many files or lines */
    uint64_t after, before; /* LOST: the numbers of the records around the hole; 0 if there is none */
    struct tcs_time from;   /* LOST: the times of these two records, ... */
    struct tcs_time to;     /* ... valid if the number is not 0 */
    struct tcs_str path;    /* of the file or source that it is about, bytes of the system */
    struct tcs_str detail;  /* further words, may be empty */
};

#endif
