#include "app/console.h"

#include "render/escape.h"

enum { FIRST_BAR_MS = 1000, NEXT_BAR_MS = 100 };

void tcs_console_init(struct tcs_console *c, bool is_quiet, bool is_verbose, bool progress)
{
    *c = (struct tcs_console){.is_quiet = is_quiet, .is_verbose = is_verbose};
    tcs_output_standard(&c->err, TCS_STDERR);
    c->shows_progress = progress && !is_quiet && c->err.is_terminal;
    c->started_ms = tcs_monotonic_ms();
}

static void write_buf(struct tcs_console *c, const struct tcs_buf *b)
{
    /* There is nobody to tell if standard error cannot be written. */
    tcs_output_write(&c->err, tcs_buf_view(b).p, b->len, NULL);
}

void tcs_console_clear_progress(struct tcs_console *c)
{
    if (c->bar_is_up)
        tcs_output_write(&c->err, "\r\x1b[K", 4, NULL);
    c->bar_is_up = false;
}

void tcs_console_line(struct tcs_output *out, const char *path, const char *text)
{
    static const char no_memory[] = "tocsin: no memory, not even to say what is wrong\n";
    struct tcs_buf b;
    tcs_buf_init(&b, (size_t)1 << 20);
    tcs_buf_puts(&b, "tocsin: ");
    if (path) {
        tcs_buf_utf8(&b, (struct tcs_bytes){(const uint8_t *)path, strlen(path)});
        tcs_buf_puts(&b, ": ");
    }
    tcs_buf_utf8(&b, (struct tcs_bytes){(const uint8_t *)text, strlen(text)});
    struct tcs_buf visible;
    tcs_buf_init(&visible, (size_t)4 << 20);
    tcs_put_visible(&visible, tcs_buf_view(&b));
    tcs_buf_putc(&visible, '\n');
    if (b.bad || visible.bad)
        tcs_output_write(out, no_memory, sizeof no_memory - 1, NULL);
    else
        tcs_output_write(out, visible.p, visible.len, NULL);
    tcs_buf_done(&visible);
    tcs_buf_done(&b);
}

static void put_line(struct tcs_console *c, const char *path, const char *text)
{
    tcs_console_clear_progress(c);
    tcs_console_line(&c->err, path, text);
}

void tcs_console_error(struct tcs_console *c, const char *path, const char *text)
{
    put_line(c, path, text);
}

void tcs_console_say(struct tcs_console *c, const char *path, const char *text)
{
    if (!c->is_quiet)
        put_line(c, path, text);
}

void tcs_console_detail(struct tcs_console *c, const char *path, const char *text)
{
    if (c->is_verbose)
        put_line(c, path, text);
}

void tcs_console_text(struct tcs_console *c, struct tcs_str text)
{
    tcs_console_clear_progress(c);
    if (!c->is_quiet)
        tcs_output_write(&c->err, text.p, text.len, NULL);
}

void tcs_console_progress(struct tcs_console *c, uint64_t files_done, uint64_t bytes_done)
{
    c->files_done = files_done;
    c->bytes_done = bytes_done;
    if (!c->shows_progress)
        return;
    uint64_t now = tcs_monotonic_ms();
    if (now - c->started_ms < FIRST_BAR_MS || now - c->drawn_ms < NEXT_BAR_MS)
        return;
    c->drawn_ms = now;
    const unsigned width = 24;
    uint64_t filled = c->files ? files_done * width / c->files : 0;
    struct tcs_buf b;
    tcs_buf_init(&b, 1024);
    tcs_buf_puts(&b, "\r\x1b[K[");
    tcs_buf_fill(&b, '#', filled < width ? (size_t)filled : width);
    tcs_buf_fill(&b, '.', filled < width ? (size_t)(width - filled) : 0);
    tcs_buf_printf(&b, "] %llu of %llu files, %llu MB, %llu s", (unsigned long long)files_done,
                   (unsigned long long)c->files, (unsigned long long)(bytes_done / 1000000),
                   (unsigned long long)((now - c->started_ms) / 1000));
    write_buf(c, &b);
    c->bar_is_up = true;
    tcs_buf_done(&b);
}
