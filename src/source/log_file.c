#include "source/log_file.h"

#include <stdlib.h>
#include <string.h>

enum { COPY_STEP = 256 * 1024 };

static enum tcs_code read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    return tcs_file_read_at(ctx, off, buf, len, got, err);
}

/* Refuses what is no log by its first bytes, once they are there: a device may have no end. */
static enum tcs_code check_head(const struct tcs_file *copy, uint64_t before, struct tcs_err *err)
{
    uint8_t head[TCS_LOG_HEAD];
    size_t got;
    if (before >= sizeof head || copy->size < sizeof head)
        return TCS_OK;
    enum tcs_code code = tcs_file_read_at(copy, 0, head, sizeof head, &got, err);
    return code == TCS_OK ? tcs_log_recognise((struct tcs_bytes){head, got}, copy->size, err) : code;
}

/* Copies a pipe into a temporary file that takes its place. */
static enum tcs_code spool(struct tcs_file *pipe, struct tcs_err *err)
{
    struct tcs_file copy;
    enum tcs_code code = tcs_file_temporary(&copy, err);
    if (code != TCS_OK)
        return code;
    char *buf = malloc(COPY_STEP);
    size_t got = 1;
    while (buf && code == TCS_OK && got) {
        uint64_t before = copy.size;
        code = tcs_file_read(pipe, buf, COPY_STEP, &got, err);
        if (code == TCS_OK)
            code = tcs_file_append(&copy, buf, got, err);
        if (code == TCS_OK)
            code = check_head(&copy, before, err);
    }
    if (buf == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read it");
    free(buf);
    tcs_file_close(code == TCS_OK ? pipe : &copy);
    if (code == TCS_OK)
        *pipe = copy;
    return code;
}

static enum tcs_code open_file(const struct tcs_input *input, struct tcs_file *f, struct tcs_err *err)
{
    if (strcmp(input->path, "-") == 0)
        return tcs_file_stdin(f, err);
    return tcs_file_open(input->path, f, err);
}

enum tcs_code tcs_log_file_open(const struct tcs_input *input, const struct tcs_decode_limits *limits,
                                struct tcs_log_file *out, struct tcs_err *err)
{
    *out = (struct tcs_log_file){.path = input->path};
    enum tcs_code code = open_file(input, &out->file, err);
    if (code != TCS_OK)
        return code;
    if (out->file.kind == TCS_FILE_FOLDER)
        code = tcs_fail(err, TCS_FORMAT, TCS_NO_OFFSET, "is a folder");
    else if (out->file.kind != TCS_FILE_REGULAR)
        code = spool(&out->file, err);
    struct tcs_reader reader = {&out->file, out->file.size, read_at};
    if (code == TCS_OK)
        code = tcs_log_open(&out->log, &reader, limits, err);
    out->is_open = code == TCS_OK;
    if (code != TCS_OK)
        tcs_file_close(&out->file);
    return code;
}

void tcs_log_file_close(struct tcs_log_file *f)
{
    if (!f->is_open)
        return;
    tcs_log_close(&f->log);
    tcs_file_close(&f->file);
    f->is_open = false;
}
