/*
 * Events as text in pieces: the blobs that a stream is cut into must give the
 * records of the whole file, in the same order, however the bytes arrive.
 */
#include "support.h"

#include "decode/split.h"
#include "render/record.h"

#include <stdlib.h>

enum { EVENT_MOST = 4096, TEXT_MOST = 256 * 1024 };

struct seen {
    uint64_t hash; /* of all records */
    uint64_t count;
};

static void read_blob(struct tcs_decoder *d, struct tcs_str blob, const struct tcs_split *s,
                      const struct tcs_decode_limits *limits, struct seen *seen)
{
    struct tcs_bytes bytes = {(const uint8_t *)blob.p, blob.len};
    struct tcs_reader reader = fuzz_reader(&bytes);
    struct tcs_log log;
    struct tcs_unit u;
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_wanted all = {0};
    struct tcs_record rec;
    struct tcs_buf text;
    enum tcs_code code;
    tcs_buf_init(&text, TEXT_MOST);
    FUZZ_REQUIRE(tcs_unit_init(&u, 1, limits));
    FUZZ_REQUIRE_SAY(tcs_log_open_as(&log, &reader, s->format, limits, &err) == TCS_OK, err.text);
    while ((code = tcs_log_next_unit(&log, &u, &err)) == TCS_OK) {
        tcs_decoder_begin(d, &u, &all);
        while ((code = tcs_decoder_next(d, &rec, NULL)) != TCS_END) {
            if (code != TCS_OK)
                continue;
            rec.offset = 0; /* differs from blob to blob */
            tcs_buf_clear(&text);
            tcs_render_record_json(&text, &rec, TCS_STR("fuzz"), NULL);
            seen->hash = fuzz_hash(seen->hash, text.p, text.len);
            seen->count++;
        }
    }
    FUZZ_REQUIRE_SAY(code == TCS_END, err.text);
    tcs_log_close(&log);
    tcs_unit_done(&u);
    tcs_buf_done(&text);
}

/* Brings `piece` bytes at a time. False if it is no text that we know. */
static bool read_in_pieces(struct tcs_bytes bytes, size_t piece, struct seen *seen)
{
    struct tcs_decode_limits limits = tcs_default_decode_limits;
    limits.event_bytes = EVENT_MOST;
    struct tcs_decoder *d = tcs_decoder_new(&limits);
    FUZZ_REQUIRE(d != NULL);
    struct tcs_split s;
    struct tcs_buf buf;
    tcs_split_init(&s, EVENT_MOST);
    tcs_buf_init(&buf, 4 * (EVENT_MOST + piece) + 64);
    *seen = (struct seen){0};
    enum tcs_code code = TCS_AGAIN;
    for (size_t at = 0; code == TCS_AGAIN; at += piece) {
        bool at_end = at >= bytes.len;
        size_t left = at_end ? 0 : bytes.len - at;
        tcs_split_add(&s, (struct tcs_bytes){bytes.p + (at_end ? 0 : at), left < piece ? left : piece}, &buf);
        FUZZ_REQUIRE(!buf.bad);
        size_t len;
        struct tcs_err err = TCS_ERR_INIT;
        while ((code = tcs_split_cut(&s, tcs_buf_view(&buf), at_end, &len, &err)) == TCS_OK ||
               code == TCS_SKIP) {
            FUZZ_REQUIRE(len > 0 && len <= buf.len);
            FUZZ_REQUIRE(code == TCS_OK || err.text[0]);
            if (code == TCS_OK)
                read_blob(d, tcs_str_cut(tcs_buf_view(&buf), 0, len), &s, &limits, seen);
            memmove(buf.p, buf.p + len, buf.len - len);
            buf.len -= len;
            err = (struct tcs_err)TCS_ERR_INIT;
        }
        if (code == TCS_AGAIN) {
            len = tcs_split_waste(&s);
            FUZZ_REQUIRE(len <= buf.len);
            if (len)
                memmove(buf.p, buf.p + len, buf.len - len);
            buf.len -= len;
        }
        FUZZ_REQUIRE(code == TCS_AGAIN ? !at_end : code == TCS_END ? at_end : code == TCS_FORMAT);
        FUZZ_REQUIRE(code != TCS_AGAIN || buf.len <= 3 * EVENT_MOST + piece);
    }
    tcs_buf_done(&buf);
    tcs_decoder_free(d);
    return code == TCS_END;
}

void fuzz_split_log(const uint8_t *p, size_t len)
{
    static const size_t pieces[] = {1, 7, 1000};
    struct tcs_bytes bytes = {p, len};
    struct seen whole, cut;
    if (!read_in_pieces(bytes, len + 1, &whole))
        return;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (len > 8192 && pieces[i] == 1)
            continue;
        FUZZ_REQUIRE(read_in_pieces(bytes, pieces[i], &cut));
        FUZZ_REQUIRE(cut.count == whole.count && cut.hash == whole.hash);
    }
}
