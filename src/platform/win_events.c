#include "base/utf.h"
#include "platform/events.h"
#include "platform/platform.h"
#include "platform/win.h"

#include <stdlib.h>
#include <string.h>
#include <winevt.h>

/*
 * The event log of Vista and later, by wevtapi.dll. It is loaded when it is
 * needed, and only from the folder of the system: XP and Server 2003 have none.
 */

enum { EVENTS_AT_ONCE = 64, RENDERED_MOST = 4 << 20, FIRST_BUFFER = 64 * 1024 };

static struct {
    EVT_HANDLE(WINAPI *subscribe)
    (EVT_HANDLE, HANDLE, LPCWSTR, LPCWSTR, EVT_HANDLE, PVOID, EVT_SUBSCRIBE_CALLBACK, DWORD);
    BOOL(WINAPI *next)(EVT_HANDLE, DWORD, EVT_HANDLE *, DWORD, DWORD, PDWORD);
    BOOL(WINAPI *render)(EVT_HANDLE, EVT_HANDLE, DWORD, DWORD, PVOID, PDWORD, PDWORD);
    EVT_HANDLE(WINAPI *create_bookmark)(LPCWSTR);
    BOOL(WINAPI *update_bookmark)(EVT_HANDLE, EVT_HANDLE);
    BOOL(WINAPI *close)(EVT_HANDLE);
} api;

struct tcs_events {
    EVT_HANDLE subscription, bookmark;
    HANDLE signal;                      /* set when there is something new */
    EVT_HANDLE waiting[EVENTS_AT_ONCE]; /* given by the system, not yet by us */
    DWORD waiting_at, waiting_count;
    wchar_t *rendered; /* owned */
    DWORD rendered_bytes;
    bool has_bookmark;
};

static bool load_one(HMODULE library, const char *name, void *where)
{
    FARPROC f = GetProcAddress(library, name);
    memcpy(where, &f, sizeof f);
    return f != NULL;
}

static bool load_api(void)
{
    static bool is_loaded;
    if (is_loaded)
        return true;
    HMODULE library = LoadLibraryExW(L"wevtapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library == NULL && GetLastError() == ERROR_INVALID_PARAMETER) /* Vista and 7 without an update */
        library = LoadLibraryW(L"wevtapi.dll");
    is_loaded = library && load_one(library, "EvtSubscribe", &api.subscribe) &&
                load_one(library, "EvtNext", &api.next) && load_one(library, "EvtRender", &api.render) &&
                load_one(library, "EvtCreateBookmark", &api.create_bookmark) &&
                load_one(library, "EvtUpdateBookmark", &api.update_bookmark) &&
                load_one(library, "EvtClose", &api.close);
    return is_loaded;
}

/* The codes of the event log, and what they mean for a subscription. */
static const struct {
    DWORD error;
    enum tcs_events_status status;
} meanings[] = {
    {ERROR_NO_MORE_ITEMS, TCS_EVENTS_NOTHING},
    {ERROR_TIMEOUT, TCS_EVENTS_NOTHING},
    {ERROR_EVT_QUERY_RESULT_STALE, TCS_EVENTS_STALE},
    {ERROR_EVT_QUERY_RESULT_INVALID_POSITION, TCS_EVENTS_STALE},
    {ERROR_NOT_FOUND, TCS_EVENTS_STALE}, /* a strict subscription behind a bookmark that is gone */
    {ERROR_EVT_CHANNEL_NOT_FOUND, TCS_EVENTS_MISSING},
    {ERROR_EVT_INVALID_CHANNEL_PATH, TCS_EVENTS_MISSING},
    {ERROR_ACCESS_DENIED, TCS_EVENTS_DENIED},
    {ERROR_PRIVILEGE_NOT_HELD, TCS_EVENTS_DENIED},
    {RPC_S_SERVER_UNAVAILABLE, TCS_EVENTS_STOPPING},
    {RPC_S_CALL_CANCELLED, TCS_EVENTS_STOPPING},
    {RPC_S_UNKNOWN_IF, TCS_EVENTS_STOPPING},
    {ERROR_SERVICE_NOT_ACTIVE, TCS_EVENTS_STOPPING},
    {ERROR_SHUTDOWN_IN_PROGRESS, TCS_EVENTS_STOPPING},
};

static enum tcs_events_status status_of(DWORD error, const char *what, struct tcs_err *err)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].error == error)
            return meanings[i].status;
    if (error == ERROR_SUCCESS) { /* a call that fails and says that it did not: do not trust it */
        tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "%s: the system gives no reason", what);
        return TCS_EVENTS_FAILED;
    }
    char text[256];
    win_error_text(error, text, sizeof text);
    tcs_fail_os(err, TCS_IO, (int)error, "%s: %s", what, text);
    return TCS_EVENTS_FAILED;
}

static enum tcs_events_status last_status(const char *what, struct tcs_err *err)
{
    return status_of(GetLastError(), what, err);
}

static void events_close(struct tcs_events *s)
{
    for (; s->waiting_at < s->waiting_count; s->waiting_at++)
        api.close(s->waiting[s->waiting_at]);
    if (s->subscription)
        api.close(s->subscription);
    if (s->bookmark)
        api.close(s->bookmark);
    if (s->signal)
        CloseHandle(s->signal);
    free(s->rendered);
    free(s);
}

/* The system's form of a bookmark; an empty one if there is none. NULL: it cannot be one. */
static EVT_HANDLE make_bookmark(struct tcs_str text)
{
    if (text.len == 0)
        return api.create_bookmark(NULL);
    wchar_t *wide = calloc(text.len + 1, sizeof *wide);
    if (wide == NULL)
        return NULL;
    MultiByteToWideChar(CP_UTF8, 0, text.p, (int)text.len, wide, (int)text.len);
    EVT_HANDLE bookmark = api.create_bookmark(wide);
    free(wide);
    return bookmark;
}

static enum tcs_events_status subscribe(struct tcs_events *s, const char *channel, struct tcs_str bookmark,
                                        bool only_new, struct tcs_err *err)
{
    wchar_t *name = win_path(channel);
    s->signal = CreateEventW(NULL, TRUE, TRUE, NULL);
    s->bookmark = make_bookmark(bookmark);
    if (name == NULL || s->signal == NULL || s->bookmark == NULL) {
        free(name);
        return last_status("no subscription can be made", err);
    }
    DWORD flags = only_new ? EvtSubscribeToFutureEvents : EvtSubscribeStartAtOldestRecord;
    if (bookmark.len)
        flags = EvtSubscribeStartAfterBookmark | EvtSubscribeStrict;
    s->has_bookmark = bookmark.len != 0;
    SetLastError(ERROR_SUCCESS);
    s->subscription =
        api.subscribe(NULL, s->signal, name, L"*", bookmark.len ? s->bookmark : NULL, NULL, NULL, flags);
    DWORD error = GetLastError();
    free(name);
    return s->subscription ? TCS_EVENTS_OK : status_of(error, "the channel cannot be read", err);
}

static enum tcs_events_status events_open(void *ctx, const char *channel, struct tcs_str bookmark,
                                          bool only_new, struct tcs_events **out, struct tcs_err *err)
{
    (void)ctx;
    if (!load_api()) {
        tcs_fail(err, TCS_IO, TCS_NO_OFFSET, "this Windows has no wevtapi.dll (Vista and later have it)");
        return TCS_EVENTS_FAILED;
    }
    struct tcs_events *s = calloc(1, sizeof *s);
    if (s == NULL) {
        tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read a channel");
        return TCS_EVENTS_FAILED;
    }
    enum tcs_events_status status = subscribe(s, channel, bookmark, only_new, err);
    if (status == TCS_EVENTS_OK)
        *out = s;
    else
        events_close(s);
    return status;
}

/* Renders an event or a bookmark into s->rendered; it grows as far as the limit. */
static bool render(struct tcs_events *s, EVT_HANDLE what, DWORD flags)
{
    for (;;) {
        DWORD used = 0, count;
        if (s->rendered && api.render(NULL, what, flags, s->rendered_bytes, s->rendered, &used, &count))
            return true;
        if (s->rendered && (GetLastError() != ERROR_INSUFFICIENT_BUFFER || used <= s->rendered_bytes))
            return false;
        DWORD need = s->rendered ? used : FIRST_BUFFER;
        wchar_t *larger = need <= RENDERED_MOST ? realloc(s->rendered, need + sizeof *larger) : NULL;
        if (larger == NULL)
            return false;
        s->rendered = larger;
        s->rendered_bytes = need;
    }
}

static void put_rendered(struct tcs_events *s, struct tcs_buf *out)
{
    struct tcs_utf16 text = {(const uint8_t *)s->rendered, wcslen(s->rendered)};
    tcs_buf_utf16(out, text);
}

/* Gives the events that the system has handed over. One that cannot be rendered is left to the bookmark's
 * gap. */
static void give_waiting(struct tcs_events *s, size_t most, struct tcs_buf *xml, unsigned *count)
{
    size_t first = xml->len;
    while (s->waiting_at < s->waiting_count && xml->len - first < most) {
        EVT_HANDLE event = s->waiting[s->waiting_at++];
        if (render(s, event, EvtRenderEventXml)) {
            put_rendered(s, xml);
            tcs_buf_putc(xml, '\n');
            ++*count;
        }
        if (api.update_bookmark(s->bookmark, event))
            s->has_bookmark = true;
        api.close(event);
    }
}

static enum tcs_events_status events_next(struct tcs_events *s, uint32_t timeout_ms, size_t most,
                                          struct tcs_buf *xml, unsigned *count, struct tcs_err *err)
{
    if (s->waiting_at == s->waiting_count) {
        WaitForSingleObject(s->signal, timeout_ms);
        s->waiting_at = s->waiting_count = 0;
        SetLastError(ERROR_SUCCESS);
        if (!api.next(s->subscription, EVENTS_AT_ONCE, s->waiting, 0, 0, &s->waiting_count)) {
            DWORD error = GetLastError();
            s->waiting_count = 0;
            if (error == ERROR_NO_MORE_ITEMS)
                ResetEvent(s->signal);
            return status_of(error, "the channel cannot be read any more", err);
        }
        if (s->waiting_count > EVENTS_AT_ONCE)
            s->waiting_count = EVENTS_AT_ONCE;
    }
    give_waiting(s, most, xml, count);
    return *count ? TCS_EVENTS_OK : TCS_EVENTS_NOTHING;
}

static enum tcs_events_status events_bookmark(struct tcs_events *s, struct tcs_buf *out, struct tcs_err *err)
{
    if (!s->has_bookmark)
        return TCS_EVENTS_NOTHING;
    if (!render(s, s->bookmark, EvtRenderBookmark))
        return last_status("the place in the channel cannot be kept", err);
    put_rendered(s, out);
    return TCS_EVENTS_OK;
}

const struct tcs_events_ops *tcs_system_events(void)
{
    static const struct tcs_events_ops ops = {events_open, events_next, events_bookmark, events_close};
    return &ops;
}
