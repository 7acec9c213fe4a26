#include "source/follower.h"
#include "source/pattern.h"

#include <stdlib.h>
#include <string.h>

/*
 * From names to files. A file that is known is found again by its inode, so that
 * a log that was archived under another name stays known; and by its path, so
 * that a log that was replaced by a newer copy does. A path that is known never
 * becomes the new name of another file: inodes are used again.
 */

struct candidate {
    const char *path; /* in the arena */
    struct tcs_file_state state;
    unsigned source;
    bool is_asked;
    struct tcs_followed *owner;
};

struct search {
    struct tcs_follower *f;
    struct tcs_arena arena;
    struct candidate *found; /* owned; sorted by path */
    size_t count, cap;
    const struct candidate **by_inode; /* owned */
    unsigned source;
    bool has_trouble, no_memory, is_cut;
};

/* ---- collecting ---- */

static bool add_candidate(struct search *s, const char *path, const struct tcs_file_state *state,
                          bool is_asked)
{
    if (s->count == s->f->options.most_files) {
        s->is_cut = true;
        return false;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct candidate *found = realloc(s->found, cap * sizeof *found);
        s->no_memory = found == NULL;
        if (found == NULL)
            return false;
        s->found = found;
        s->cap = cap;
    }
    const char *copy = tcs_arena_copy(&s->arena, path, strlen(path) + 1);
    s->no_memory = copy == NULL;
    if (copy)
        s->found[s->count++] = (struct candidate){copy, *state, s->source, is_asked, NULL};
    return copy != NULL;
}

static const struct tcs_follow_source *source_of(const struct search *s)
{
    return &s->f->sources[s->source];
}

static bool found(void *ctx, const char *path, uint64_t size, bool is_link)
{
    struct search *s = ctx;
    struct tcs_file_state state;
    (void)size;
    bool is_pattern = source_of(s)->is_pattern;
    const char *plain = strncmp(path, "./", 2) == 0 ? path + 2 : path;
    if (is_link || (is_pattern && !tcs_pattern_matches(source_of(s)->name, plain)) ||
        tcs_file_state_at(plain, &state, NULL) != TCS_OK || state.kind != TCS_FILE_REGULAR)
        return true;
    return add_candidate(s, plain, &state, is_pattern);
}

static bool trouble(void *ctx, const char *path, const struct tcs_err *err)
{
    struct search *s = ctx;
    s->has_trouble = true;
    if (!source_of(s)->has_trouble)
        tcs_follow_say(&s->f->desk, TCS_FACT_UNREADABLE, path, err->text);
    return true;
}

static bool enter(void *ctx, const char *folder)
{
    struct search *s = ctx;
    const char *plain = strncmp(folder, "./", 2) == 0 ? folder + 2 : folder;
    if (source_of(s)->is_pattern && !tcs_pattern_reaches(source_of(s)->name, plain))
        return false;
    int id;
    tcs_watcher_add(s->f->watcher, folder, &id);
    return true;
}

/* The folder that a path lies in, for notices. */
static int watch_folder_of(struct tcs_follower *f, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    int id = -1;
    if (len >= sizeof folder)
        return -1;
    memcpy(folder, path, len);
    folder[len] = '\0';
    tcs_watcher_add(f->watcher, len ? folder : slash ? "/" : ".", &id);
    return id;
}

static void search_folder(struct search *s, const char *folder)
{
    const struct tcs_walk walk = {s, found, trouble, enter};
    int id;
    tcs_watcher_add(s->f->watcher, folder, &id);
    tcs_walk_folder(folder, &walk, NULL);
}

/* A source that is not there. Nobody is told before it has been so for long. */
static void note_missing(struct search *s, bool is_missing)
{
    struct tcs_follow_source *source = &s->f->sources[s->source];
    if (is_missing && !source->is_missing)
        source->missing_ms = s->f->desk.now_ms;
    if (!is_missing && source->is_missing_said)
        tcs_follow_say(&s->f->desk, TCS_FACT_RETURNED, source->name, "");
    source->is_missing = is_missing;
    source->is_missing_said = source->is_missing_said && is_missing;
    if (is_missing && !source->is_missing_said && !source->has_files &&
        s->f->desk.now_ms - source->missing_ms >= s->f->options.fault_ms) {
        source->is_missing_said = true;
        tcs_follow_say(&s->f->desk, TCS_FACT_VANISHED, source->name, "nothing of this name is there yet");
    }
}

static void search_source(struct search *s)
{
    struct tcs_follow_source *source = &s->f->sources[s->source];
    struct tcs_err err = TCS_ERR_INIT;
    struct tcs_file_state state;
    char folder[4096] = ".";
    const char *name = source->name;
    if (source->is_pattern) {
        size_t len = tcs_pattern_folder(source->name);
        if (len)
            memcpy(folder, source->name, len);
        folder[len ? len : 1] = '\0';
        name = folder;
    }
    enum tcs_code code = tcs_file_state_at(name, &state, &err);
    s->has_trouble = false;
    note_missing(s, code == TCS_END);
    if (code != TCS_OK && code != TCS_END)
        trouble(s, name, &err);
    else if (code == TCS_OK && state.kind == TCS_FILE_FOLDER)
        search_folder(s, name);
    else if (code == TCS_OK && !source->is_pattern)
        add_candidate(s, name, &state, true);
    if (code == TCS_END && !source->is_pattern)
        watch_folder_of(s->f, name);
    source->has_trouble = s->has_trouble;
}

/* ---- whose are they ---- */

static int by_path(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->source > y->source) - (x->source < y->source);
}

static int compare_inodes(const struct tcs_file_state *x, const struct tcs_file_state *y)
{
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->device > y->device) - (x->device < y->device);
}

static int by_inode(const void *a, const void *b)
{
    const struct candidate *const *x = a, *const *y = b;
    return compare_inodes(&(*x)->state, &(*y)->state);
}

/* Sorts, and keeps the first of those with the same path. */
static bool arrange(struct search *s)
{
    if (s->count == 0)
        return true;
    qsort(s->found, s->count, sizeof *s->found, by_path);
    size_t kept = 1;
    for (size_t i = 1; i < s->count; i++)
        if (strcmp(s->found[i].path, s->found[kept - 1].path) != 0)
            s->found[kept++] = s->found[i];
    s->count = kept;
    s->by_inode = calloc(s->count, sizeof *s->by_inode);
    for (size_t i = 0; s->by_inode && i < s->count; i++)
        s->by_inode[i] = &s->found[i];
    if (s->by_inode)
        qsort(s->by_inode, s->count, sizeof *s->by_inode, by_inode);
    return s->by_inode != NULL;
}

static struct candidate *at_path(const struct search *s, const char *path)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(s->found[mid].path, path);
        if (order == 0)
            return &s->found[mid];
        low = order < 0 ? mid + 1 : low;
        high = order < 0 ? high : mid;
    }
    return NULL;
}

static struct candidate *at_inode(const struct search *s, const struct tcs_file_state *state)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare_inodes(&s->by_inode[mid]->state, state);
        if (order == 0)
            return &s->found[s->by_inode[mid] - s->found];
        low = order < 0 ? mid + 1 : low;
        high = order < 0 ? high : mid;
    }
    return NULL;
}

static void own(struct search *s, struct candidate *c, struct tcs_followed *file)
{
    c->owner = file;
    file->is_listed = true;
    file->source = c->source;
    file->is_asked = c->is_asked;
    file->is_named = c->is_asked && !s->f->sources[c->source].is_pattern;
    s->f->sources[c->source].has_files = true;
}

/* Files that are where they were. */
static void own_unmoved(struct search *s)
{
    for (size_t i = 0; i < s->f->file_count; i++) {
        struct tcs_followed *file = s->f->files[i];
        struct candidate *c = at_path(s, file->path);
        if (c && compare_inodes(&c->state, &file->seen) == 0)
            own(s, c, file);
    }
}

static bool path_is_known(const struct tcs_follower *f, const char *path)
{
    for (size_t i = 0; i < f->file_count; i++)
        if (strcmp(f->files[i]->path, path) == 0)
            return true;
    return false;
}

/* The file has another name now. False without memory. */
static bool move(struct search *s, struct tcs_followed *file, struct candidate *c)
{
    char *path = tcs_follow_copy(c->path);
    if (path == NULL)
        return false;
    tcs_follow_say(&s->f->desk, TCS_FACT_MOVED, path, file->path);
    free(file->path);
    file->path = path;
    file->is_moved = true;
    file->folder = watch_folder_of(s->f, path);
    own(s, c, file);
    return true;
}

/* Files that were renamed or replaced. */
static bool own_moved(struct search *s)
{
    for (size_t i = 0; i < s->f->file_count; i++) {
        struct tcs_followed *file = s->f->files[i];
        struct candidate *here = at_path(s, file->path);
        if (here && here->owner == file)
            continue;
        struct candidate *there = file->seen.inode ? at_inode(s, &file->seen) : NULL;
        if (there && there->owner == NULL && !path_is_known(s->f, there->path)) {
            if (!move(s, file, there))
                return false;
        } else if (here && here->owner == NULL) {
            own(s, here, file);
        }
    }
    return true;
}

static int by_age(const void *a, const void *b)
{
    const struct candidate *const *x = a, *const *y = b;
    int64_t p = (*x)->state.modified, q = (*y)->state.modified;
    return p != q ? (p < q ? -1 : 1) : strcmp((*x)->path, (*y)->path);
}

/* Files that nobody knows, the oldest first. */
static bool add_new(struct search *s)
{
    if (s->count)
        qsort(s->by_inode, s->count, sizeof *s->by_inode, by_age);
    for (size_t i = 0; i < s->count; i++) {
        struct candidate *c = &s->found[s->by_inode[i] - s->found];
        if (c->owner)
            continue;
        if (s->f->file_count >= s->f->options.most_files) {
            s->is_cut = true;
            return true;
        }
        struct tcs_followed *file = tcs_follow_add_file(s->f);
        char *path = file ? tcs_follow_copy(c->path) : NULL;
        if (path == NULL)
            return false;
        file->path = path;
        file->is_past = !s->f->is_restored && !s->f->has_looked;
        file->is_due = true;
        file->folder = watch_folder_of(s->f, path);
        own(s, c, file);
    }
    return true;
}

/* Forgets the files that are gone for good: archives, and others when there is no room. */
static void make_room(struct tcs_follower *f)
{
    size_t kept = 0;
    bool is_full = f->file_count >= f->options.most_files;
    for (size_t i = 0; i < f->file_count; i++) {
        struct tcs_followed *file = f->files[i];
        if (file->is_gone_said && !file->is_there && (is_full || file->is_forgotten)) {
            tcs_followed_close(file, &f->desk);
            free(file->path);
            free(file);
        } else {
            f->files[kept++] = file;
        }
    }
    f->file_count = kept;
}

enum tcs_code tcs_follow_discover(struct tcs_follower *f, struct tcs_err *err)
{
    struct search s = {.f = f};
    tcs_arena_init(&s.arena, (size_t)64 << 20);
    for (s.source = 0; s.source < f->source_count; s.source++)
        search_source(&s);
    make_room(f);
    bool ok = !s.no_memory && arrange(&s);
    if (ok) {
        for (size_t i = 0; i < f->file_count; i++)
            f->files[i]->is_listed = false;
        own_unmoved(&s);
        ok = own_moved(&s) && add_new(&s);
    }
    if (s.is_cut && !f->is_full_said) {
        struct tcs_source_fact *fact =
            tcs_follow_say(&f->desk, TCS_FACT_LIMIT, "", "more files than are followed");
        fact->has_count = true;
        fact->count = f->options.most_files;
    }
    f->is_full_said = s.is_cut;
    f->has_looked = true;
    free(s.found);
    free(s.by_inode);
    tcs_arena_done(&s.arena);
    return ok ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to follow so many files");
}
