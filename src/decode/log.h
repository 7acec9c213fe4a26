/*
 * Reading a log: from bytes to records.
 *
 * A log is opened once; it hands out units (a few chunks, a stretch of a
 * ring) in the order in which they were written. A unit is decoded by a
 * decoder, on any thread, without a system call; a decoder keeps what it has
 * learned of templates from unit to unit.
 *
 *     tcs_log_open        what is it, where does it begin
 *     tcs_log_next_unit   bytes of the next unit           (one thread at a time)
 *     tcs_decoder_begin   look at the unit                 (one decoder a thread)
 *     tcs_decoder_next    its records, one after the other
 *
 * Formats are told apart by content, never by name.
 */
#ifndef TCS_DECODE_LOG_H
#define TCS_DECODE_LOG_H

#include "base/arena.h"
#include "base/error.h"
#include "model/read_stats.h"
#include "model/record.h"
#include "model/wanted.h"

/* Bytes that can be read at any place: a file, or memory in tests. */
struct tcs_reader {
    void *ctx;
    uint64_t size; /* bytes; what lies beyond is not asked for */
    /*
     * Reads up to len bytes at off; *got tells how many there were (fewer at
     * the end, or when the file shrank). Thread-safe. Gives OK, IO or DENIED.
     */
    enum tcs_code (*read_at)(void *ctx, uint64_t off, void *buf, size_t len, size_t *got,
                             struct tcs_err *err);
};

/* What is done with bytes from strangers, and where it ends. */
struct tcs_decode_limits {
    unsigned element_depth;  /* nested elements */
    unsigned part_depth;     /* nested template instances */
    unsigned parts;          /* instances in a record */
    unsigned values;         /* values of one instance */
    unsigned nodes;          /* steps of one layout */
    unsigned name_units;     /* UTF-16 units of an element's or attribute's name */
    unsigned chunk_layouts;  /* templates of one chunk */
    unsigned cached_layouts; /* templates a decoder remembers */
    size_t unit_memory;      /* bytes that decoding one unit may take */
    size_t event_bytes;      /* of an event in XML or JSON */
};

extern const struct tcs_decode_limits tcs_default_decode_limits;

/* Bytes of a log that can be decoded on their own, and what decoding makes of them. */
struct tcs_unit {
    uint8_t *bytes;    /* owned; cap of them */
    size_t cap;        /* a multiple of 65,536 */
    size_t len;        /* bytes used */
    size_t file_len;   /* bytes of the file that these are; the rest are zeros put behind a cut chunk */
    uint64_t offset;   /* of bytes[0] in the log; for a ring, of the first record */
    uint64_t number;   /* 0, 1, 2, ... in the order in which tcs_log_next_unit gave them */
    const void *index; /* of the format, in the arena: what next_unit already found out */
    size_t index_count;
    struct tcs_arena arena;
    struct tcs_read_stats stats;
    const struct tcs_log *log; /* borrowed: where it came from */
};

enum { TCS_UNIT_STEP = 64 * 1024 };

/* Memory for a unit of `steps` times 64 KiB. False if refused. */
bool tcs_unit_init(struct tcs_unit *u, size_t steps, const struct tcs_decode_limits *limits);
void tcs_unit_done(struct tcs_unit *u);

struct tcs_log {
    const struct tcs_format_ops *ops;
    struct tcs_reader reader;
    const struct tcs_decode_limits *limits; /* borrowed */
    struct tcs_arena arena;
    void *state;          /* of the format, in the arena */
    uint64_t next_number; /* of the next unit */
    bool is_blob;         /* a part of a stream: text in it is UTF-8, whatever its first bytes look like */
    bool is_full;         /* its header says that the last write failed for lack of room */
    bool keeps_old;       /* its header says that new records are dropped rather than old ones overwritten */
    bool slack;           /* set by the caller: also give records beyond the end (TCS_STATE_SLACK) */
    uint64_t damage[TCS_DAMAGE_COUNT]; /* met while opening and reading; decoding counts in its unit */
};

/* Bytes at the start of a file that tell what it is: up to the first chunk of an .evtx whose header is
 * ruined. */
enum { TCS_LOG_HEAD = 4096 + 512 };

/*
 * Whether a file of `size` bytes that begins with head (TCS_LOG_HEAD bytes, or
 * all there are) can be a log, and of which format. FORMAT: it is none; the text
 * says what it is instead.
 */
enum tcs_code tcs_log_recognise(struct tcs_bytes head, uint64_t size, enum tcs_log_format *format,
                                struct tcs_err *err);

/*
 * Opens the log behind reader. limits must outlive it. FORMAT: not an event
 * log (the text says what was found instead); IO, DENIED, NOMEM. The log must
 * be closed if and only if it was opened.
 */
enum tcs_code tcs_log_open(struct tcs_log *log, const struct tcs_reader *reader,
                           const struct tcs_decode_limits *limits, struct tcs_err *err);
void tcs_log_close(struct tcs_log *log);

/*
 * The same where the format is known already: a blob of a stream of event
 * XML or JSON (decode/split.h), in UTF-8.
 */
enum tcs_code tcs_log_open_as(struct tcs_log *log, const struct tcs_reader *reader,
                              enum tcs_log_format format, const struct tcs_decode_limits *limits,
                              struct tcs_err *err);

/* What the content was found to be. */
enum tcs_log_format tcs_log_format_of(const struct tcs_log *log);

/*
 * Fills u with the next unit. OK; END; SKIP: a stretch could not be used
 * (err says why), go on; IO: the rest cannot be read.
 */
enum tcs_code tcs_log_next_unit(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err);

struct tcs_decoder;

/* NULL if memory is refused. limits must outlive the decoder. */
struct tcs_decoder *tcs_decoder_new(const struct tcs_decode_limits *limits);
void tcs_decoder_free(struct tcs_decoder *d);

/* Starts on a unit; u and wanted are borrowed until the next begin. Cannot fail: what is wrong shows in next.
 */
void tcs_decoder_begin(struct tcs_decoder *d, struct tcs_unit *u, const struct tcs_wanted *wanted);

/*
 * Fills rec with the next wanted record. Its views stay good as long as the
 * unit keeps its bytes and arena, and the decoder lives.
 * OK; SKIP: damage, described in err with its offset in the file, go on;
 * END: the unit is finished; NOMEM: it is, and some of it could not be
 * decoded for lack of memory.
 */
enum tcs_code tcs_decoder_next(struct tcs_decoder *d, struct tcs_record *rec, struct tcs_err *err);

/* What a format supplies; the table of formats is in log.c. */
struct tcs_format_ops {
    enum tcs_log_format format;
    const char *name;
    /* How sure the format is that head (the first bytes of a file of `size`) is its own: 0 not, 100 quite. */
    int (*probe)(struct tcs_bytes head, uint64_t size);
    enum tcs_code (*open)(struct tcs_log *log, struct tcs_err *err);
    enum tcs_code (*next_unit)(struct tcs_log *log, struct tcs_unit *u, struct tcs_err *err);
    void *(*decoder_new)(const struct tcs_decode_limits *limits);
    void (*decoder_free)(void *state);
    void (*begin)(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted);
    enum tcs_code (*next)(void *state, struct tcs_record *rec, struct tcs_err *err);
};

/*
 * Reads exactly len bytes at off, or says in *got how many there were.
 * Helper for the formats.
 */
enum tcs_code tcs_log_read(const struct tcs_log *log, uint64_t off, void *buf, size_t len, size_t *got,
                           struct tcs_err *err);

#endif
