#include "source/pipe.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAP = 1024 * 1024,
    KEPT = 3 * 1024 * 1024, /* more than the largest event and a unit: nobody goes back further */
    CAP_MOST = 64 * 1024 * 1024,
    STEP = 256 * 1024, /* read at once */
};

struct tcs_pipe {
    const struct tcs_file *file;
    uint8_t *bytes; /* owned */
    size_t len, cap;
    uint64_t base; /* offset of bytes[0] in the stream */
    bool at_end;
};

struct tcs_pipe *tcs_pipe_new(const struct tcs_file *file)
{
    struct tcs_pipe *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    *p = (struct tcs_pipe){.file = file, .bytes = malloc(FIRST_CAP), .cap = FIRST_CAP};
    if (p->bytes)
        return p;
    free(p);
    return NULL;
}

void tcs_pipe_free(struct tcs_pipe *p)
{
    if (p)
        free(p->bytes);
    free(p);
}

/* Room for another step behind what is kept; off: what lies before it is asked for no more, beyond KEPT. */
static enum tcs_code make_room(struct tcs_pipe *p, uint64_t off, struct tcs_err *err)
{
    if (p->cap - p->len >= STEP)
        return TCS_OK;
    uint64_t old = off > p->base + KEPT ? off - p->base - KEPT : 0;
    size_t drop = old < p->len ? (size_t)old : p->len;
    if (drop >= STEP) {
        memmove(p->bytes, p->bytes + drop, p->len - drop);
        p->len -= drop;
        p->base += drop;
        return TCS_OK;
    }
    if (p->cap >= CAP_MOST)
        return tcs_fail(err, TCS_LIMIT, off, "too much of a pipe would have to be kept");
    uint8_t *bytes = realloc(p->bytes, 2 * p->cap);
    if (bytes == NULL)
        return tcs_fail(err, TCS_NOMEM, off, "no memory to read a pipe");
    p->bytes = bytes;
    p->cap *= 2;
    return TCS_OK;
}

enum tcs_code tcs_pipe_read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got,
                               struct tcs_err *err)
{
    struct tcs_pipe *p = ctx;
    *got = 0;
    if (off < p->base)
        return tcs_fail(err, TCS_IO, off, "what was read of a pipe cannot be read again");
    while (!p->at_end && (off - p->base > p->len || len > p->len - (size_t)(off - p->base))) {
        size_t more = 0;
        enum tcs_code code = make_room(p, off, err);
        if (code == TCS_OK)
            code = tcs_file_read(p->file, p->bytes + p->len, STEP, &more, err);
        if (code != TCS_OK)
            return code;
        p->len += more;
        p->at_end = more == 0;
    }
    uint64_t skip = off - p->base;
    size_t have = skip < p->len ? p->len - (size_t)skip : 0;
    *got = len < have ? len : have;
    memcpy(buf, p->bytes + (have ? skip : 0), *got);
    return TCS_OK;
}
