/*
 * EVTX, the log format of Vista and later: what the files of its decoder
 * share. Facts: [MS-EVEN6], libyal's "Windows XML Event Log (EVTX)", and what
 * was measured on 1,097 real logs.
 *
 *     evtx_file.c      file header, order of the chunks, units
 *     evtx_chunk.c     chunk header, checksums, walk over the records, damage
 *     evtx_binxml.c    the token stream -> layout
 *     evtx_template.c  templates: found by offset, compiled once, found again when lost
 *     evtx_record.c    a record's values; the decoder's entry points
 *     evtx_tail.c      what is new in a log that grows
 *     evtx_plan.c      where its new chunks are, and whether it is still the same log
 *
 * Offsets called chunk-relative count from the first byte of the chunk and
 * are always below 65,536.
 */
#ifndef TCS_DECODE_EVTX_H
#define TCS_DECODE_EVTX_H

#include "base/cursor.h"
#include "base/hash.h"
#include "decode/layout_builder.h"
#include "decode/log.h"

enum {
    EVTX_FILE_HEADER = 4096,
    EVTX_CHUNK = 65536,
    EVTX_CHUNK_HEADER = 512, /* the first record follows */
    EVTX_RECORD_HEADER = 24,
    EVTX_RECORD_LEAST = 32, /* header, size copy, and rounding up to 8 */
    EVTX_PAGE = 4096,       /* the cache writes pages, so records are torn at their edges */
};

extern const struct tcs_format_ops tcs_evtx_format;

/* True if the file's header (128 bytes) is sound and says that records could not be written for lack of room.
 */
bool evtx_header_is_full(const uint8_t *header);

/* ---- evtx_chunk.c ---- */

/* Bytes of one record. */
struct evtx_extent {
    uint32_t pos;   /* chunk-relative, of the signature */
    uint32_t size;  /* of the whole record; for a torn one, of what may be trusted */
    unsigned state; /* enum tcs_record_state */
};

/* A walk over the records of a chunk. */
struct evtx_chunk {
    const uint8_t *bytes; /* EVTX_CHUNK of them */
    uint64_t offset;      /* of the chunk in the file */
    uint32_t pos;         /* where the next record should begin */
    uint32_t end;         /* free-space offset: live records lie before it */
    uint32_t have;        /* bytes of the chunk that the file had; behind them are zeros */
    unsigned state;       /* for every record of the chunk: CRC_BAD, RECOVERED */
    bool searching;       /* behind damage: look for the next signature */
    bool wants_slack;     /* go on behind the end */
    bool in_slack;
    struct tcs_read_stats *stats;
};

/*
 * A part of a chunk that is to be read. A unit whose index holds windows is
 * read only there; without an index it is read whole.
 */
struct evtx_window {
    uint64_t offset;  /* of the chunk in the file */
    uint32_t at;      /* of the chunk in the unit's bytes; the whole chunk is there */
    uint32_t from;    /* chunk-relative: a record begins here */
    uint32_t end;     /* records lie before it */
    uint32_t have;    /* bytes of the chunk that the file had; the rest are zeros */
    bool is_doubtful; /* not all of it is whole: verify the checksums, and say what is wrong */
    bool is_searched; /* nothing tells where records begin: search */
};

/* Starts on a window. err is set (SKIP) if there is something to say. */
void evtx_chunk_begin_window(struct evtx_chunk *c, const uint8_t *bytes, const struct evtx_window *window,
                             struct tcs_read_stats *stats, struct tcs_err *err);

/* Where the records of a chunk end, as its header has it; at least 512 and at most 65,536. */
uint32_t evtx_chunk_free_space(const uint8_t *chunk);

/* True if the checksum over the records fits, so that all of them are whole. */
bool evtx_chunk_is_whole(const uint8_t *chunk);

/* True if a whole record stands at pos and ends at or before `end`. */
bool evtx_record_is_whole(const uint8_t *chunk, uint32_t pos, uint32_t end);

enum evtx_chunk_kind { EVTX_CHUNK_LIVE, EVTX_CHUNK_EMPTY, EVTX_CHUNK_DAMAGED };

/*
 * Looks at the header of a chunk and verifies both checksums. have: of its
 * bytes, how many the file had (more than a chunk counts as all). DAMAGED:
 * there is no signature; the walk then searches the whole chunk. Damage is
 * counted in stats; err is set (SKIP) if there is something to say.
 */
enum evtx_chunk_kind evtx_chunk_begin(struct evtx_chunk *c, const uint8_t *bytes, size_t have,
                                      uint64_t offset, bool wants_slack, struct tcs_read_stats *stats,
                                      struct tcs_err *err);

/* The next record's bytes: OK; SKIP: damage (err); END. Always makes progress. */
enum tcs_code evtx_chunk_next(struct evtx_chunk *c, struct evtx_extent *out, struct tcs_err *err);

/* First record id of the chunk whose first bytes are given, or false if it has no signature. */
bool evtx_chunk_first_id(const uint8_t head[32], uint64_t *id);

/* ---- evtx_binxml.c ---- */

/* A name where it is stored: u32 next, u16 hash, u16 count, the units, u16 0. False if it cannot be one. */
bool evtx_name_at(const uint8_t *chunk, uint32_t off, unsigned most_units, struct tcs_utf16 *name);

enum { EVTX_NAME_OVERHEAD = 10 };

/* A reference to a name inside a template definition, by which equal definitions are recognised. */
struct evtx_name_ref {
    uint32_t at;         /* of the u32 offset, from the start of the definition's body */
    uint32_t units;      /* length of the name */
    const uint8_t *name; /* the units; owned by the template */
    bool is_inline;      /* the name itself follows the offset */
};

/* The references of the definition that is being compiled. */
struct evtx_name_refs {
    struct evtx_name_ref *refs; /* owned */
    size_t count, cap;
    uint32_t body; /* chunk-relative start of the definition's body */
};

/*
 * Compiles elements from *pos on into the builder until the root element is
 * closed, the stream ends, or an instance token stands where an element
 * could begin. *pos is moved behind what was read.
 * in_definition: elements carry dependency ids (a guess that is corrected by
 * the name offsets). refs may be NULL.
 * OK: one root element was read; END: there was none; FORMAT, LIMIT.
 */
enum tcs_code evtx_binxml_element(const uint8_t *chunk, uint32_t *pos, uint32_t end, bool in_definition,
                                  struct tcs_layout_builder *b, struct evtx_name_refs *refs,
                                  struct tcs_err *err);

/* Steps over a fragment header (0F 01 01 00), if one stands at *pos. */
void evtx_binxml_skip_header(const uint8_t *chunk, uint32_t *pos, uint32_t end);

/* ---- evtx_template.c ---- */

struct evtx_template {
    uint8_t guid[16];
    uint32_t len;        /* bytes of the body */
    const uint8_t *body; /* a copy */
    const struct evtx_name_ref *refs;
    size_t ref_count;
    struct tcs_layout layout;
    bool event_id_in_slot_3;    /* the place where it stands in every log we know */
    struct evtx_template *next; /* in its bucket */
};

/* What a decoder knows of templates. */
struct evtx_templates {
    const struct tcs_decode_limits *limits;
    struct tcs_arena arena; /* owns the cached templates */
    size_t count;           /* cached templates */
    uint64_t next_id;
    struct tcs_layout_builder builder;
    struct evtx_name_refs refs;
    struct evtx_template *buckets[256];
    struct evtx_chunk_slot *slots; /* templates of the current chunk, by offset */
    unsigned slot_count;
    uint32_t chunk_stamp;
    struct evtx_region *region; /* for lost templates of the current unit */
    struct tcs_layout lost;     /* of records whose template is nowhere; no nodes: not made yet */
};

/* The cache of templates of one chunk. False without memory; done also after that. */
bool evtx_templates_init(struct evtx_templates *t, const struct tcs_decode_limits *limits);
void evtx_templates_done(struct evtx_templates *t);

/* Forgets what was found for lost templates; to be called before another unit is decoded. */
void evtx_templates_new_unit(struct evtx_templates *t);

/* Forgets which templates stand where; to be called before another chunk is decoded. */
void evtx_templates_new_chunk(struct evtx_templates *t);

/*
 * The template whose definition stands at `off` of the chunk. It stays good
 * while the decoder lives, or, when the cache is full, while the unit's arena
 * does. NULL: the definition is damaged (err says how) or a limit is reached.
 */
const struct evtx_template *evtx_template_at(struct evtx_templates *t, const uint8_t *chunk, uint32_t off,
                                             struct tcs_arena *unit_arena, struct tcs_err *err);

/*
 * Searches the neighbourhood of the chunk for a definition with this id (the
 * first four bytes of its GUID). NULL if there is none, or, with LIMIT in err,
 * if too many were asked for. The answer depends on the log alone, never on
 * what else was decoded before. err may hold the reason why it was lost.
 */
const struct evtx_template *evtx_template_lost(struct evtx_templates *t, const struct tcs_log *log,
                                               uint64_t chunk_offset, uint32_t template_id,
                                               struct tcs_arena *unit_arena, struct tcs_err *err);

/* ---- evtx_lost.c ---- */

/*
 * A layout for the values of an outer instance whose template is nowhere: the
 * slots of System that never differ. NULL: no memory.
 */
const struct tcs_layout *evtx_lost_layout(struct evtx_templates *t);

/* ---- evtx_record.c ---- */

/* The decoder's entries of struct tcs_format_ops. */
void *evtx_decoder_new(const struct tcs_decode_limits *limits);
void evtx_decoder_free(void *state);
void evtx_decoder_begin(void *state, struct tcs_unit *u, const struct tcs_wanted *wanted);
enum tcs_code evtx_decoder_next(void *state, struct tcs_record *rec, struct tcs_err *err);

#endif
