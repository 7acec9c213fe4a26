#include "app/watcher.h"

#include "app/status.h"
#include "platform/net.h"
#include "render/status.h"

#include <stdio.h>
#include <string.h>

enum { STATUS_MS = 5000, METRICS_MS = 15000, METRICS_MOST = 8 << 20 };

static struct tcs_watch_status own_status(struct watcher *w)
{
    struct tcs_watch_status s = {
        .pid = tcs_process_id(),
        .started = w->started,
        .updated = tcs_wall_time(),
        .blobs = w->blobs,
        .records = w->records,
        .told = w->told,
        .skipped = w->skipped_blobs,
    };
    struct tcs_follow_state f;
    size_t count = 0;
    while (tcs_follow_state_of(w->sources.follower, count, &f))
        count++;
    s.files = tcs_arena_array(&w->arena, count, sizeof *s.files);
    for (size_t i = 0; s.files && i < count && tcs_follow_state_of(w->sources.follower, i, &f); i++)
        s.files[s.file_count++] = (struct tcs_file_status){.path = f.path,
                                                           .is_there = f.is_there,
                                                           .is_readable = f.is_readable,
                                                           .is_log = f.is_log,
                                                           .is_waiting = f.is_waiting,
                                                           .size = f.size,
                                                           .number = f.number,
                                                           .at = f.at};
    return s;
}

static enum tcs_code write_metrics(struct watcher *w, bool is_running, struct tcs_err *err)
{
    struct tcs_watch_status s;
    struct tcs_buf text;
    char path[4096];
    enum tcs_code code = tcs_status_collect(w->store, &w->arena, &s, err);
    if (code != TCS_OK)
        return code;
    s.is_running = is_running;
    tcs_buf_init(&text, METRICS_MOST);
    tcs_render_status_metrics(&text, &s);
    snprintf(path, sizeof path, "%.*s", TCS_STR_ARG(w->settings->config.metrics));
    code = text.bad ? tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory for the metrics")
                    : tcs_file_replace(path, tcs_buf_view(&text), 0644, err);
    tcs_buf_done(&text);
    return code;
}

/* True if so much time has passed; then it begins anew. */
static bool is_due(uint64_t *last, uint64_t now, uint64_t every)
{
    if (*last && now - *last < every)
        return false;
    *last = now ? now : 1;
    return true;
}

void status_keep(struct watcher *w, bool is_ending)
{
    uint64_t now = tcs_monotonic_ms();
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_reset(&w->arena);
    if (is_due(&w->status_ms, now, STATUS_MS) || is_ending) {
        struct tcs_watch_status s = own_status(w);
        if (tcs_status_keep(w->store, &s, &err) != TCS_OK)
            tcs_journal_say(w->journal, TCS_LEVEL_WARNING, w->settings->state,
                            "the status could not be kept: %s", err.text);
    }
    err = (struct tcs_err)TCS_ERR_INIT;
    if (w->settings->config.metrics.len && (is_due(&w->metrics_ms, now, METRICS_MS) || is_ending))
        if (write_metrics(w, !is_ending, &err) != TCS_OK)
            tcs_journal_say(w->journal, TCS_LEVEL_WARNING, NULL,
                            "the metrics could not be written to %.*s: %s",
                            TCS_STR_ARG(w->settings->config.metrics), err.text);
}
