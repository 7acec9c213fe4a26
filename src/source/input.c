#include "source/input.h"

#include <stdlib.h>
#include <string.h>

void tcs_inputs_init(struct tcs_inputs *in)
{
    *in = (struct tcs_inputs){0};
    tcs_arena_init(&in->arena, (size_t)1 << 30);
}

void tcs_inputs_done(struct tcs_inputs *in)
{
    free(in->at);
    free(in->folders);
    tcs_arena_done(&in->arena);
}

static bool add(struct tcs_inputs *in, const char *path, bool was_named, bool is_pipe)
{
    if (in->count == in->cap) {
        size_t cap = in->cap ? in->cap * 2 : 64;
        struct tcs_input *at = realloc(in->at, cap * sizeof *at);
        if (at == NULL)
            return false;
        in->at = at;
        in->cap = cap;
    }
    const char *copy = tcs_arena_copy(&in->arena, path, strlen(path) + 1);
    if (copy)
        in->at[in->count++] = (struct tcs_input){.path = copy, .is_pipe = is_pipe, .was_named = was_named};
    return copy != NULL;
}

struct walk_ctx {
    struct tcs_inputs *in;
    void (*trouble)(void *ctx, const char *path, const struct tcs_err *err);
    void *ctx;
    bool no_memory;
};

static bool found(void *ctx, const char *path, uint64_t size, bool is_link)
{
    struct walk_ctx *w = ctx;
    (void)size;
    w->no_memory = !add(w->in, path, false, false);
    if (!w->no_memory)
        w->in->at[w->in->count - 1].is_link = is_link;
    return !w->no_memory;
}

static bool trouble(void *ctx, const char *path, const struct tcs_err *err)
{
    struct walk_ctx *w = ctx;
    w->trouble(w->ctx, path, err);
    return true;
}

static bool add_folder(struct tcs_inputs *in, const char *path, size_t first)
{
    struct tcs_input_folder *folders = realloc(in->folders, (in->folder_count + 1) * sizeof *folders);
    if (folders == NULL)
        return false;
    in->folders = folders;
    const char *copy = tcs_arena_copy(&in->arena, path, strlen(path) + 1);
    in->folders[in->folder_count++] = (struct tcs_input_folder){copy, first, in->count - first};
    return copy != NULL;
}

/* What a name leads to. What can be opened more than once is opened, to learn whether it may be read. */
static enum tcs_code examine(const char *name, enum tcs_file_kind *kind, struct tcs_err *err)
{
    struct tcs_file f;
    enum tcs_code code = tcs_file_examine(name, kind, err);
    if (code != TCS_OK || *kind == TCS_FILE_PIPE)
        return code;
    code = tcs_file_open(name, &f, err);
    if (code == TCS_OK)
        tcs_file_close(&f);
    return code;
}

enum tcs_code tcs_inputs_add(struct tcs_inputs *in, const char *name,
                             void (*on_trouble)(void *ctx, const char *path, const struct tcs_err *err),
                             void *ctx, struct tcs_err *err)
{
    struct walk_ctx w = {in, on_trouble, ctx, false};
    enum tcs_file_kind kind = TCS_FILE_PIPE;
    struct tcs_err failure = TCS_ERR_INIT;
    if (strcmp(name, "-") != 0 && examine(name, &kind, &failure) != TCS_OK) {
        on_trouble(ctx, name, &failure);
        return TCS_OK;
    }
    if (kind == TCS_FILE_FOLDER) {
        struct tcs_walk walk = {&w, found, trouble};
        size_t first = in->count;
        tcs_walk_folder(name, &walk, &failure);
        w.no_memory = !add_folder(in, name, first) || w.no_memory;
    } else {
        w.no_memory = !add(in, name, true, kind == TCS_FILE_PIPE);
    }
    return w.no_memory ? tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for so many files") : TCS_OK;
}
