/*
 * A log that changes under the reader's eyes, by the hand of somebody who
 * wants to confuse it: patches, cuts, growth, and right checksums over
 * anything. However it changes, a look ends, and a log at rest comes to rest.
 */
#include "support.h"

#include "base/crc32.h"
#include "decode/evtx.h"
#include "decode/tail.h"

#include <stdlib.h>

enum {
    IMAGE_MOST = EVTX_FILE_HEADER + 4 * EVTX_CHUNK,
    STEPS_MOST = 32,
    UNITS_MOST = 64, /* of one look; the image is one or two */
    REST_LOOKS = 8,  /* a log at rest has to be quiet after so many */
};

enum step { STEP_PATCH, STEP_SIZE, STEP_CHECKSUM, STEP_COPY, STEP_LOOK, STEP_REOPEN, STEP_COUNT };

struct file {
    uint8_t *bytes; /* IMAGE_MOST of them */
    size_t size;
    struct tcs_log log;
    struct tcs_tail *tail;
    struct tcs_tail_place place;
    struct tcs_unit unit;
    struct tcs_decoder *decoder;
    uint64_t now_ms;
};

static enum tcs_code read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    const struct file *f = ctx;
    (void)err;
    size_t left = off < f->size ? f->size - (size_t)off : 0;
    *got = len < left ? len : left;
    memcpy(buf, f->bytes + (*got ? off : 0), *got);
    return TCS_OK;
}

static void close_log(struct file *f)
{
    if (f->tail == NULL)
        return;
    f->place = *tcs_tail_place_of(f->tail);
    tcs_tail_free(f->tail);
    tcs_log_close(&f->log);
    f->tail = NULL;
}

/* False if it is no log at the moment. */
static bool open_log(struct file *f)
{
    const struct tcs_reader reader = {f, f->size, read_at};
    if (f->tail == NULL && tcs_log_open(&f->log, &reader, &tcs_default_decode_limits, NULL) == TCS_OK) {
        f->tail = tcs_tail_new(&f->log, &f->place);
        FUZZ_REQUIRE(f->tail != NULL);
    }
    return f->tail != NULL;
}

/* A place that is written and read back is the same. */
static void check_place(const struct tcs_tail_place *place)
{
    struct tcs_buf one, two;
    struct tcs_tail_place read;
    tcs_buf_init(&one, 8192);
    tcs_buf_init(&two, 8192);
    tcs_tail_place_write(place, &one);
    struct tcs_cursor in = tcs_cursor_of((struct tcs_bytes){(const uint8_t *)one.p, one.len});
    FUZZ_REQUIRE(!one.bad && tcs_tail_place_read(&read, &in) && tcs_cursor_left(&in) == 0);
    tcs_tail_place_write(&read, &two);
    FUZZ_REQUIRE(one.len == two.len && memcmp(one.p, two.p, one.len) == 0);
    tcs_buf_done(&one);
    tcs_buf_done(&two);
}

static void decode(struct file *f)
{
    static const struct tcs_wanted all;
    struct tcs_record rec;
    tcs_decoder_begin(f->decoder, &f->unit, &all);
    while (tcs_decoder_next(f->decoder, &rec, NULL) != TCS_END)
        ;
}

/* Everything that is new. Gives the number of units and facts. */
static unsigned look(struct file *f, uint64_t unchanged_ms, bool changed)
{
    struct tcs_tail_look seen = {.now_ms = f->now_ms,
                                 .unchanged_ms = unchanged_ms,
                                 .settle_ms = 2000,
                                 .wait_ms = 60000,
                                 .changed = changed};
    unsigned units = 0, facts = 0;
    for (;;) {
        struct tcs_tail_news news;
        struct tcs_err err = TCS_ERR_INIT;
        if (!open_log(f))
            return units;
        f->log.reader.size = f->size;
        enum tcs_code code = tcs_tail_next(f->tail, &seen, &f->unit, &news, &err);
        check_place(tcs_tail_place_of(f->tail));
        facts += (unsigned)news.count;
        if (code == TCS_AGAIN)
            return units + facts;
        if (code != TCS_OK) {
            FUZZ_REQUIRE_SAY(code == TCS_FORMAT || code == TCS_IO, err.text);
            close_log(f);
            return units + facts + 1;
        }
        decode(f);
        FUZZ_REQUIRE(++units < UNITS_MOST);
        seen.changed = false;
    }
}

static void fix_checksum(struct file *f, unsigned number)
{
    uint8_t *chunk = f->bytes + EVTX_FILE_HEADER + (number % 4) * (size_t)EVTX_CHUNK;
    uint32_t end = evtx_chunk_free_space(chunk);
    uint32_t crc = tcs_crc32(0, chunk + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER);
    for (unsigned i = 0; i < 4; i++)
        chunk[52 + i] = (uint8_t)(crc >> (8 * i));
}

/* A place in the file, in steps of eight: most structures are aligned so. */
static size_t place_of(struct fuzz_input *in)
{
    return (size_t)fuzz_u16(in) * 8 % IMAGE_MOST;
}

static void take_step(struct file *f, struct fuzz_input *in)
{
    size_t at, from, len;
    switch ((enum step)(fuzz_u8(in) % STEP_COUNT)) {
    case STEP_PATCH: {
        at = place_of(in);
        struct tcs_bytes bytes = fuzz_bytes(in, fuzz_u8(in));
        len = bytes.len < IMAGE_MOST - at ? bytes.len : IMAGE_MOST - at;
        memcpy(f->bytes + at, bytes.p ? bytes.p : f->bytes, bytes.p ? len : 0);
        break;
    }
    case STEP_SIZE:
        f->size = place_of(in);
        break;
    case STEP_CHECKSUM:
        fix_checksum(f, fuzz_u8(in));
        break;
    case STEP_COPY:
        at = place_of(in);
        from = place_of(in);
        len = (size_t)fuzz_u8(in) * 512;
        len = len < IMAGE_MOST - at ? len : IMAGE_MOST - at;
        len = len < IMAGE_MOST - from ? len : IMAGE_MOST - from;
        memmove(f->bytes + at, f->bytes + from, len);
        break;
    case STEP_LOOK:
        f->now_ms += (uint64_t)fuzz_u8(in) * 100;
        look(f, 0, true);
        break;
    case STEP_REOPEN:
        close_log(f);
        break;
    case STEP_COUNT:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct file f = {.bytes = calloc(1, IMAGE_MOST), .decoder = tcs_decoder_new(&tcs_default_decode_limits)};
    FUZZ_REQUIRE(f.bytes && f.decoder && tcs_unit_init(&f.unit, 2, &tcs_default_decode_limits));
    unsigned steps = fuzz_u8(&in) % STEPS_MOST;
    struct tcs_bytes image = fuzz_bytes(&in, (size_t)fuzz_u16(&in) * 8);
    f.size = image.len;
    if (image.len && image.len <= IMAGE_MOST)
        memcpy(f.bytes, image.p, image.len);
    else
        f.size = 0;
    look(&f, 0, true);
    for (unsigned i = 0; i < steps && in.len; i++)
        take_step(&f, &in);
    unsigned last = 1;
    for (unsigned i = 0; i < REST_LOOKS && last; i++) {
        f.now_ms += 600000;
        last = look(&f, 600000, i == 0);
    }
    FUZZ_REQUIRE(last == 0);
    close_log(&f);
    tcs_decoder_free(f.decoder);
    tcs_unit_done(&f.unit);
    free(f.bytes);
    return 0;
}
