#include "app/watcher.h"

#include "platform/confine.h"
#include "platform/keep.h"

#include <string.h>

/*
 * The thread that judges reads what intruders write, so it gives up what it
 * does not need: it can open logs where the sources lie, and files of the
 * state and the metrics; it can run nothing and connect to nobody. The
 * channels have threads of their own, which were started before.
 */

/* The folder in which a path lies, up to the first folder with a wildcard; the nearest one that is there. */
static const char *folder_of(struct watcher *w, struct tcs_str path)
{
    size_t len = 0;
    bool is_absolute = path.len && path.p[0] == '/';
    for (size_t i = 0; i < path.len && !memchr("*?[", path.p[i], 3); i++)
        if (path.p[i] == '/')
            len = i ? i : 1;
    char *text = tcs_arena_alloc(&w->settings->arena, len + 2);
    if (text == NULL)
        return NULL;
    if (len)
        memcpy(text, path.p, len);
    text[len] = '\0';
    /* Folders may be made later, and files replaced by others of their name. */
    while (text[0] && !tcs_path_exists(text)) {
        char *slash = strrchr(text, '/');
        if (slash == text)
            slash++;
        *(slash ? slash : text) = '\0';
        if (strcmp(text, "/") == 0)
            break;
    }
    if (text[0] == '\0')
        memcpy(text, is_absolute ? "/" : ".", 2);
    return text;
}

/* A source that is itself a folder: what is below it is wanted, not what is beside it. */
static const char *readable(struct watcher *w, struct tcs_str path)
{
    char *whole = tcs_arena_alloc(&w->settings->arena, path.len + 1);
    enum tcs_file_kind kind;
    if (whole == NULL)
        return NULL;
    memcpy(whole, path.p, path.len);
    whole[path.len] = '\0';
    if (tcs_file_examine(whole, &kind, NULL) == TCS_OK && kind == TCS_FILE_FOLDER)
        return whole;
    return folder_of(w, path);
}

void watch_confine(struct watcher *w)
{
    const struct watch_settings *s = w->settings;
    const char **read = tcs_arena_array(&w->settings->arena, s->source_count + 1, sizeof *read);
    const char *write[2] = {folder_of(w, tcs_str_of(s->state)), folder_of(w, s->config.metrics)};
    struct tcs_confinement needs = {.read = read, .write = write, .is_watching = true};
    needs.write_count = s->config.metrics.len ? 2 : 1;
    bool has_memory = read && write[0] && write[1];
    for (size_t i = 0; has_memory && i < s->source_count; i++) {
        const char *path = readable(w, s->sources[i].path);
        has_memory = path != NULL;
        read[needs.read_count++] = path;
    }
    if (!has_memory) {
        tcs_journal_say(w->journal, TCS_LEVEL_WARNING, NULL, "no memory to give up rights; all of them stay");
        return;
    }
    unsigned done = tcs_confine(&needs);
    tcs_journal_say(w->journal, TCS_LEVEL_DEBUG, NULL, "rights given up: files %s, calls %s, superuser %s",
                    done & TCS_CONFINED_FILES ? "yes" : "no", done & TCS_CONFINED_CALLS ? "yes" : "no",
                    done & TCS_CONFINED_RIGHTS ? "yes" : "no");
}
