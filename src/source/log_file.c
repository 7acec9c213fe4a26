#include "source/log_file.h"

#include <stdlib.h>
#include <string.h>

enum { COPY_STEP = 256 * 1024 };

static enum tcs_code read_at(void *ctx, uint64_t off, void *buf, size_t len, size_t *got, struct tcs_err *err)
{
    return tcs_file_read_at(ctx, off, buf, len, got, err);
}

/* Copies a pipe into a temporary file. */
static enum tcs_code spool(struct tcs_pipe *pipe, struct tcs_file *copy, struct tcs_err *err)
{
    enum tcs_code code = tcs_file_temporary(copy, err);
    if (code != TCS_OK)
        return code;
    char *buf = malloc(COPY_STEP);
    size_t got = 1;
    for (uint64_t at = 0; buf && code == TCS_OK && got; at += got) {
        code = tcs_pipe_read_at(pipe, at, buf, COPY_STEP, &got, err);
        if (code == TCS_OK)
            code = tcs_file_append(copy, buf, got, err);
    }
    if (buf == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read it");
    free(buf);
    if (code != TCS_OK)
        tcs_file_close(copy);
    return code;
}

/*
 * Makes a reader of a pipe. What is no log is refused by its first bytes, for
 * a device may have no end. Events as text are read as they come; logs are rings
 * and have to be copied.
 */
static enum tcs_code read_pipe(struct tcs_log_file *f, struct tcs_reader *reader, struct tcs_err *err)
{
    uint8_t head[TCS_LOG_HEAD];
    size_t got;
    enum tcs_log_format format;
    f->pipe = tcs_pipe_new(&f->file);
    if (f->pipe == NULL)
        return tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read it");
    enum tcs_code code = tcs_pipe_read_at(f->pipe, 0, head, sizeof head, &got, err);
    if (code == TCS_OK)
        code = tcs_log_recognise((struct tcs_bytes){head, got}, UINT64_MAX, &format, err);
    if (code != TCS_OK)
        return code;
    if (format == TCS_FORMAT_XML || format == TCS_FORMAT_JSON) {
        *reader = (struct tcs_reader){f->pipe, UINT64_MAX, tcs_pipe_read_at};
        return TCS_OK;
    }
    struct tcs_file copy;
    code = spool(f->pipe, &copy, err);
    if (code != TCS_OK)
        return code;
    tcs_pipe_free(f->pipe);
    f->pipe = NULL;
    tcs_file_close(&f->file);
    f->file = copy;
    *reader = (struct tcs_reader){&f->file, f->file.size, read_at};
    return TCS_OK;
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
    struct tcs_reader reader = {&out->file, out->file.size, read_at};
    if (code == TCS_OK && out->file.kind != TCS_FILE_REGULAR)
        code = read_pipe(out, &reader, err);
    if (code == TCS_OK)
        code = tcs_log_open(&out->log, &reader, limits, err);
    out->is_open = code == TCS_OK;
    if (code != TCS_OK) {
        tcs_pipe_free(out->pipe);
        tcs_file_close(&out->file);
    }
    return code;
}

void tcs_log_file_close(struct tcs_log_file *f)
{
    if (!f->is_open)
        return;
    tcs_log_close(&f->log);
    tcs_pipe_free(f->pipe);
    tcs_file_close(&f->file);
    f->is_open = false;
}
