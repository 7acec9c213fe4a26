/*
 * The tail of a log that grows: what is new since a place in it.
 *
 *     tcs_tail_new    for an opened log, at a place (zeros: nothing was read yet)
 *     tcs_tail_next   a unit with records that were not handed out before
 *
 * A unit is decoded as any other, with a tcs_decoder. The place moves behind it
 * when it is handed out, and can be written down as bytes and read back.
 *
 * A tail never asks a clock or the system: the caller says in a `look` what it
 * saw of the file. What is written by someone else while it is read shows as
 * bytes that contradict each other; then the tail waits (AGAIN) until they
 * agree, or until the look says that waiting took too long.
 */
#ifndef TCS_DECODE_TAIL_H
#define TCS_DECODE_TAIL_H

#include "base/cursor.h"
#include "decode/log.h"
#include "model/source_fact.h"

/* A record by its number and the time that stands in its header: two logs hardly ever share one. */
struct tcs_mark {
    uint64_t number; /* 0: none */
    struct tcs_time written;
};

enum { TCS_TAIL_MARKS = 32, TCS_TAIL_FORMER = 4 };

/* How far a log was read; plain data. */
struct tcs_tail_place {
    bool begun;           /* records of it were handed out before */
    bool is_emptied;      /* it was found without any record since, and that was said */
    struct tcs_mark last; /* the newest record that was handed out; text: number counts the events */
    uint64_t offset;      /* where it stood in the file; text: where reading goes on */
    /* Text: hashes of the file's first bytes and of those before offset, and of how many. */
    uint64_t head, near;
    uint32_t head_len, near_len;
    /*
     * Records spread over the log, oldest first, by which an earlier state or a
     * part of it is recognised as the same log.
     */
    struct tcs_mark marks[TCS_TAIL_MARKS];
    uint32_t mark_count;
    uint64_t mark_step; /* numbers between two of them, at least */
    /* The newest records of the logs that stood here before it was emptied or replaced, latest last. */
    struct tcs_mark former[TCS_TAIL_FORMER];
    uint32_t former_count;
};

/* The newest record is `mark` now. */
void tcs_tail_place_move(struct tcs_tail_place *place, struct tcs_mark mark, uint64_t offset);

/* Forgets the marks below a number: those records are gone from the log. */
void tcs_tail_place_prune(struct tcs_tail_place *place, uint64_t number);

/*
 * The log begins anew: its newest record becomes a former one, and the marks
 * are forgotten. With restart its numbers begin anew too.
 */
void tcs_tail_place_renew(struct tcs_tail_place *place, bool restart);

/* Appends the place as bytes of a fixed order. */
void tcs_tail_place_write(const struct tcs_tail_place *place, struct tcs_buf *out);

/* Reads them back. False: they are none. */
bool tcs_tail_place_read(struct tcs_tail_place *place, struct tcs_cursor *in);

/* What the caller saw of the file before this call. */
struct tcs_tail_look {
    uint64_t now_ms;       /* a clock that never steps */
    uint64_t unchanged_ms; /* for how long the file has not changed, as far as its size and time tell */
    uint32_t settle_ms;    /* unchanged for so long, it is not being written */
    uint32_t wait_ms;      /* half-written records are waited for so long */
    bool changed;          /* size or time of the file differ from the look before, or nobody knows */
};

enum {
    TCS_TAIL_FACTS = 4,
    TCS_TAIL_PATIENCE =
        5, /* a file that never rests is judged after so many times the wait for one that does */
};

/* Facts met in one call; path is not set. */
struct tcs_tail_news {
    struct tcs_source_fact facts[TCS_TAIL_FACTS];
    size_t count;
};

struct tcs_tail;

/* log is borrowed and must be open as long as the tail; place is copied. NULL without memory. */
struct tcs_tail *tcs_tail_new(struct tcs_log *log, const struct tcs_tail_place *place);
void tcs_tail_free(struct tcs_tail *t);

/* Where reading goes on. Good until the next call. */
const struct tcs_tail_place *tcs_tail_place_of(const struct tcs_tail *t);

/*
 * Fills u with records that are new. log->reader.size must be the size of the
 * file at present. news gets the facts that were met; they may come with any code, and
 * are said once.
 * OK; AGAIN: nothing new, or not whole yet; FORMAT: this is no log of this
 * format any more; IO, DENIED, NOMEM.
 */
enum tcs_code tcs_tail_next(struct tcs_tail *t, const struct tcs_tail_look *look, struct tcs_unit *u,
                            struct tcs_tail_news *news, struct tcs_err *err);

/*
 * True if the log holds the record, of which *offset then tells the place.
 * scratch has room for TCS_UNIT_STEP bytes.
 */
bool tcs_tail_holds(struct tcs_tail *t, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset);

/* True if half-written records are waited for at present. */
bool tcs_tail_is_waiting(const struct tcs_tail *t);

/* Bytes of the log that are known to be new and were not handed out yet. */
uint64_t tcs_tail_behind(const struct tcs_tail *t);

/* ---- for the formats ---- */

/* What every tail begins with. */
struct tcs_tail {
    const struct tcs_tail_ops *ops;
    struct tcs_log *log;
    struct tcs_tail_place place;
    bool is_waiting;
    uint64_t behind;
    bool is_full;  /* the header said so at the last look */
    bool in_doubt; /* the file contradicts what is known of it */
    uint64_t doubt_since;
};

struct tcs_tail_ops {
    enum tcs_log_format format;
    size_t size; /* of the tail of this format, which begins with a struct tcs_tail and is zeroed */
    void (*done)(struct tcs_tail *t);
    enum tcs_code (*next)(struct tcs_tail *t, const struct tcs_tail_look *look, struct tcs_unit *u,
                          struct tcs_tail_news *news, struct tcs_err *err);
    bool (*holds)(struct tcs_tail *t, struct tcs_mark mark, uint8_t *scratch, uint64_t *offset);
};

extern const struct tcs_tail_ops tcs_evtx_tail;
extern const struct tcs_tail_ops tcs_evt_tail;
extern const struct tcs_tail_ops tcs_xml_tail;
extern const struct tcs_tail_ops tcs_json_tail;

/*
 * True if the file may be judged although it contradicts what is known of it:
 * it has not changed for wait_ms, or the doubt lasts too long. The doubt begins
 * with the first call and ends when the format resets in_doubt.
 */
bool tcs_tail_may_judge(struct tcs_tail *t, const struct tcs_tail_look *look, uint32_t wait_ms);

/* Room for one more fact; the last one is given again when there are too many. */
struct tcs_source_fact *tcs_tail_say(struct tcs_tail_news *news, enum tcs_source_fact_kind kind);

/* Says that the records between two are lost, if there are any. before.number must be known. */
void tcs_tail_say_lost(struct tcs_tail_news *news, struct tcs_mark after, struct tcs_mark before);

#endif
