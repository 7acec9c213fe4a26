#include "support.h"

#include "base/utf.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void fuzz_stop(const char *file, int line, const char *what, const char *detail)
{
    fprintf(stderr, "%s:%d: does not hold: %s %s\n", file, line, what, detail);
    abort();
}

struct tcs_bytes fuzz_bytes(struct fuzz_input *in, size_t most)
{
    struct tcs_bytes out = {in->p, in->len < most ? in->len : most};
    in->p += out.len;
    in->len -= out.len;
    return out;
}

uint8_t fuzz_u8(struct fuzz_input *in)
{
    struct tcs_bytes b = fuzz_bytes(in, 1);
    return b.len ? b.p[0] : 0;
}

uint16_t fuzz_u16(struct fuzz_input *in)
{
    uint8_t low = fuzz_u8(in);
    return (uint16_t)(low | fuzz_u8(in) << 8);
}

struct tcs_bytes fuzz_line(struct fuzz_input *in)
{
    const uint8_t *end = in->len ? memchr(in->p, '\n', in->len) : NULL;
    struct tcs_bytes out = fuzz_bytes(in, end ? (size_t)(end - in->p) : in->len);
    fuzz_bytes(in, 1);
    return out;
}

struct tcs_str fuzz_text(struct tcs_bytes bytes, struct tcs_arena *arena)
{
    struct tcs_buf b;
    tcs_buf_init(&b, (size_t)1 << 24);
    tcs_buf_utf8(&b, bytes);
    bool ok;
    struct tcs_str text = tcs_arena_str(arena, tcs_buf_view(&b), &ok);
    FUZZ_REQUIRE(ok && !b.bad);
    tcs_buf_done(&b);
    return text;
}

static enum tcs_code read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    const struct tcs_bytes *bytes = ctx;
    FUZZ_REQUIRE(off <= bytes->len && len <= bytes->len - off);
    memcpy(buf, bytes->p + off, len);
    *got = len;
    (void)err;
    return TCS_OK;
}

struct tcs_reader fuzz_reader(struct tcs_bytes *bytes)
{
    return (struct tcs_reader){bytes, bytes->len, read_at};
}

uint64_t fuzz_hash(uint64_t before, const void *p, size_t len)
{
    const uint8_t *bytes = p;
    uint64_t h = before ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}
