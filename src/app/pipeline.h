/*
 * Streams of units, decoded ahead.
 *
 * A stream is an opened log. The pipeline reads its units in order, lets any
 * thread decode them, and hands them out in order again. With one thread
 * everything happens in the call that asks; the results are the same.
 *
 *     stream = tcs_pipeline_open(...)
 *     while ((work = tcs_pipeline_next(stream)) != NULL) {
 *         ... use work ...
 *         tcs_pipeline_release(stream, work);
 *     }
 *     tcs_pipeline_close(stream);
 */
#ifndef TCS_APP_PIPELINE_H
#define TCS_APP_PIPELINE_H

#include "source/log_file.h"

enum { TCS_NOTES_MOST = 16 };

/* Damage that was met, in words. */
struct tcs_damage_note {
    uint64_t offset;
    char text[256];
};

/* A unit and what was made of it. */
struct tcs_work {
    struct tcs_unit unit;
    const char *origin; /* path of its log */
    void *result;       /* of the job, in unit.arena */
    struct tcs_buf out; /* text made by the job */
    struct tcs_damage_note notes[TCS_NOTES_MOST];
    size_t note_count;
    size_t note_more;   /* beyond those kept */
    bool no_memory;     /* the job could not be done whole for lack of it */
    enum tcs_code code; /* of reading it: OK, END, or why not */
    struct tcs_err err;
    bool is_done;
};

/* What is done with a unit on some thread. */
struct tcs_job {
    const void *ctx;
    /* What one thread needs; NULL if memory is refused. */
    void *(*worker_new)(const void *ctx);
    void (*worker_free)(void *worker);
    /* Decodes work->unit and leaves what it made in work. */
    void (*run)(void *worker, const void *ctx, struct tcs_work *work);
};

struct tcs_pipeline;
struct tcs_stream;

/* threads >= 1. NOMEM. job and limits must outlive the pipeline. */
enum tcs_code tcs_pipeline_new(const struct tcs_job *job, unsigned threads,
                               const struct tcs_decode_limits *limits, struct tcs_pipeline **out,
                               struct tcs_err *err);
void tcs_pipeline_free(struct tcs_pipeline *p);

/*
 * Opens a log as a stream; slack: with what lies beyond its end. is_alone: it
 * is the only one at work and may read far ahead.
 */
enum tcs_code tcs_pipeline_open(struct tcs_pipeline *p, const struct tcs_input *input, bool slack,
                                bool is_alone, struct tcs_stream **out, struct tcs_err *err);
void tcs_pipeline_close(struct tcs_stream *s);

/*
 * The next unit of the stream, decoded; NULL at its end. A unit that could
 * not be read has a code that is not OK; what follows may still come.
 */
struct tcs_work *tcs_pipeline_next(struct tcs_stream *s);
void tcs_pipeline_release(struct tcs_stream *s, struct tcs_work *work);

/* The log that the stream reads; good until the stream is closed. */
const struct tcs_log_file *tcs_stream_file(const struct tcs_stream *s);

/* Keeps a note about damage, if there is room. Helper for jobs. */
void tcs_work_note(struct tcs_work *work, const struct tcs_err *err);

#endif
