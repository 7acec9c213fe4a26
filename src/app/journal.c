#include "app/journal.h"

#include "base/utf.h"
#include "platform/service.h"
#include "render/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SAID_MOST = 20, WINDOW_MS = 60000, LINE_MOST = 16384 };

enum tcs_code tcs_journal_init(struct tcs_journal *j, enum tcs_level most, struct tcs_err *err)
{
    *j = (struct tcs_journal){.most = most, .has_levels = tcs_service_has_journal()};
    tcs_output_standard(&j->err, TCS_STDERR);
    j->mutex = tcs_mutex_new();
    return j->mutex ? TCS_OK : tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to say anything");
}

void tcs_journal_done(struct tcs_journal *j)
{
    tcs_mutex_free(j->mutex);
    j->mutex = NULL;
}

/*
 * True if a message of this kind may be said now; *left_out gets how many were
 * not said before it. Kinds beyond the table share places.
 */
static bool may_say(struct tcs_journal *j, const char *format, uint64_t *left_out)
{
    size_t i = 0;
    while (i < TCS_JOURNAL_KINDS - 1 && j->kinds[i].format && j->kinds[i].format != format)
        i++;
    uint64_t now = tcs_monotonic_ms();
    *left_out = 0;
    if (j->kinds[i].format != format || now - j->kinds[i].since_ms >= WINDOW_MS) {
        *left_out = j->kinds[i].format == format ? j->kinds[i].left_out : 0;
        j->kinds[i].format = format;
        j->kinds[i].since_ms = now;
        j->kinds[i].said = 0;
        j->kinds[i].left_out = 0;
    }
    if (j->kinds[i].said < SAID_MOST) {
        j->kinds[i].said++;
        return true;
    }
    j->kinds[i].left_out++;
    return false;
}

static void put_head(const struct tcs_journal *j, enum tcs_level level, struct tcs_buf *b)
{
    if (j->has_levels) {
        tcs_buf_printf(b, "<%d>", (int)level);
        return;
    }
    tcs_buf_time_human(b, tcs_wall_time());
    tcs_buf_puts(b, " tocsin: ");
}

static void put_visible(struct tcs_buf *b, const char *text)
{
    struct tcs_buf utf8;
    tcs_buf_init(&utf8, 2 * LINE_MOST);
    tcs_buf_utf8(&utf8, (struct tcs_bytes){(const uint8_t *)text, strlen(text)});
    tcs_put_visible(b, tcs_buf_view(&utf8));
    tcs_buf_done(&utf8);
}

void tcs_journal_say(struct tcs_journal *j, enum tcs_level level, const char *about, const char *format, ...)
{
    if (level > j->most)
        return;
    char text[LINE_MOST / 8];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct tcs_buf line;
    tcs_buf_init(&line, 8 * LINE_MOST);
    tcs_mutex_lock(j->mutex);
    uint64_t left_out;
    if (may_say(j, format, &left_out)) {
        put_head(j, level, &line);
        if (about) {
            put_visible(&line, about);
            tcs_buf_puts(&line, ": ");
        }
        put_visible(&line, text);
        if (left_out)
            tcs_buf_printf(&line, " (and %llu more like this in the last minutes)",
                           (unsigned long long)left_out);
        tcs_buf_putc(&line, '\n');
        /* There is nobody to tell if standard error cannot be written. */
        tcs_output_write(&j->err, tcs_buf_view(&line).p, line.len, NULL);
    }
    tcs_mutex_unlock(j->mutex);
    tcs_buf_done(&line);
}
