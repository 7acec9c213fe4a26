/*
 * Follows logs and prints what it is given, a line each, for tests.
 *
 *     follow_log [--notices] [--state FILE] [--settle MS] [--wait MS] [--fault MS] [--open N] NAME...
 *
 * Its clock stands still; standard input moves it and says when to look:
 *
 *     look         all that is new at this moment; ends with a line "."
 *     advance MS   the clock goes on
 *     wait MS      waits in real time for something new, then as look
 *
 * With --pipe, NAME is a pipe or "-" (then commands cannot come from standard input: it is read to its end).
 *
 * Lines: "record FILE NUMBER STATE PATH", "damage OFFSET TEXT", "fact NAME COUNT AFTER BEFORE PATH",
 * "past" before a blob of the past. With --state, cursors are put back and kept; "crash N" as a first line of
 * standard input ends the program without keeping the cursor of the N-th blob.
 */
#include "platform/watch.h"
#include "source/follow.h"
#include "source/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_ms = 1000000000;
static bool is_real;

static uint64_t clock_ms(void)
{
    return is_real ? tcs_monotonic_ms() + 1000000000 : now_ms;
}

enum { FILES_MOST = 4096 };

/* The store of this program: a file of "ID HEX" lines, written anew after each blob. */
struct store {
    const char *path;
    char *cursors[FILES_MOST];
};

static void store_keep(struct store *s, uint64_t file, struct tcs_bytes cursor)
{
    free(s->cursors[file]);
    s->cursors[file] = cursor.len ? malloc(2 * cursor.len + 1) : NULL;
    if (cursor.len && s->cursors[file] == NULL)
        exit(3);
    for (size_t i = 0; i < cursor.len; i++)
        snprintf(s->cursors[file] + 2 * i, 3, "%02x", cursor.p[i]);
    if (cursor.len)
        s->cursors[file][2 * cursor.len] = '\0';
}

static void store_put(struct store *s, uint64_t file, struct tcs_bytes cursor)
{
    if (s->path == NULL || file == 0 || file >= FILES_MOST)
        return;
    store_keep(s, file, cursor);
    FILE *out = fopen(s->path, "w");
    if (out == NULL)
        exit(3);
    for (size_t i = 0; i < FILES_MOST; i++)
        if (s->cursors[i])
            fprintf(out, "%zu %s\n", i, s->cursors[i]);
    fclose(out);
}

static void store_load(struct store *s, struct tcs_follower *f)
{
    static char line[65536];
    FILE *in = s->path ? fopen(s->path, "r") : NULL;
    while (in && fgets(line, sizeof line, in)) {
        char *hex;
        uint64_t file = strtoull(line, &hex, 10);
        static uint8_t bytes[32768];
        size_t len = 0;
        for (hex++; hex[0] > ' ' && hex[1] > ' '; hex += 2) {
            char pair[3] = {hex[0], hex[1], 0};
            bytes[len++] = (uint8_t)strtoul(pair, NULL, 16);
        }
        struct tcs_err err = TCS_ERR_INIT;
        if (tcs_follow_restore(f, file, (struct tcs_bytes){bytes, len}, &err) != TCS_OK)
            printf("refused %s\n", err.text);
        if (file > 0 && file < FILES_MOST)
            store_keep(s, file, (struct tcs_bytes){bytes, len});
    }
    if (in)
        fclose(in);
}

static void print_blob(const struct tcs_blob *blob, struct tcs_decoder *decoder)
{
    static const struct tcs_wanted all;
    for (size_t i = 0; i < blob->fact_count; i++) {
        const struct tcs_source_fact *x = &blob->facts[i];
        printf("fact %s %" PRId64 " %" PRIu64 " %" PRIu64 " %.*s\n", tcs_fact_words[x->kind].name,
               x->has_count ? (int64_t)x->count : -1, x->after, x->before, TCS_STR_ARG(x->path));
    }
    if (blob->is_past)
        puts("past");
    if (blob->unit == NULL)
        return;
    tcs_decoder_begin(decoder, blob->unit, &all);
    for (;;) {
        struct tcs_record rec;
        struct tcs_err err = TCS_ERR_INIT;
        enum tcs_code code = tcs_decoder_next(decoder, &rec, &err);
        if (code == TCS_END)
            return;
        if (code == TCS_OK)
            printf("record %" PRIu64 " %" PRIu64 " %u %.*s\n", blob->file, rec.number, rec.state,
                   TCS_STR_ARG(blob->path));
        else if (code == TCS_SKIP)
            printf("damage %" PRIu64 " %s\n", err.off, err.text);
        else
            exit(3);
    }
}

/* All that is new, waiting for the first of it. */
static void look(struct tcs_follower *f, struct tcs_decoder *decoder, struct store *s, uint32_t timeout,
                 long *crash)
{
    struct tcs_blob blob;
    struct tcs_err err = TCS_ERR_INIT;
    while (tcs_follow_next(f, timeout, &blob, &err) == TCS_OK) {
        print_blob(&blob, decoder);
        if (*crash > 0 && --*crash == 0) {
            puts(".");
            exit(0);
        }
        store_put(s, blob.file, blob.cursor);
        timeout = 0;
    }
    if (err.code != TCS_OK)
        printf("error %s\n", err.text);
    puts(".");
    fflush(stdout);
}

/* Blobs of a pipe, waiting for the first of them; until the end for standard input. */
static void read_pipe(struct tcs_stream *s, struct tcs_decoder *decoder, uint32_t timeout)
{
    struct tcs_blob blob;
    struct tcs_err err = TCS_ERR_INIT;
    enum tcs_code code;
    while ((code = tcs_stream_next(s, timeout, &blob, &err)) == TCS_OK) {
        print_blob(&blob, decoder);
        timeout = timeout < 100 ? timeout : 100;
    }
    if (code == TCS_END)
        puts("end");
    if (err.code != TCS_OK)
        printf("error %s\n", err.text);
    puts(".");
    fflush(stdout);
}

static int watch_pipe(const char *name)
{
    struct tcs_stream *s;
    struct tcs_err err = TCS_ERR_INIT;
    char line[128];
    struct tcs_decoder *decoder = tcs_decoder_new(&tcs_default_decode_limits);
    if (decoder == NULL || tcs_stream_open(name, 0, &tcs_default_stream_options, &s, &err) != TCS_OK) {
        printf("error %s\n.\n", err.text);
        return 2;
    }
    if (strcmp(name, "-") == 0)
        read_pipe(s, decoder, 10000);
    else
        while (fgets(line, sizeof line, stdin))
            read_pipe(s, decoder, (uint32_t)strtoul(line + 5, NULL, 10));
    tcs_stream_close(s);
    tcs_decoder_free(decoder);
    return 0;
}

static uint32_t number_of(const char *text)
{
    return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    struct tcs_follow_options options = tcs_default_follow_options;
    struct store store = {0};
    options.clock = clock_ms;
    options.no_notices = true;
    options.interval_ms = 50; /* looks when it is told to */
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--notices") == 0) {
            options.no_notices = false;
            continue;
        }
        const char *value = argv[++i];
        if (strcmp(name, "--pipe") == 0)
            return watch_pipe(value);
        if (strcmp(name, "--state") == 0)
            store.path = value;
        else if (strcmp(name, "--settle") == 0)
            options.settle_ms = number_of(value);
        else if (strcmp(name, "--wait") == 0)
            options.torn_wait_ms = number_of(value);
        else if (strcmp(name, "--fault") == 0)
            options.fault_ms = number_of(value);
        else if (strcmp(name, "--open") == 0)
            options.most_open = number_of(value);
        else if (strcmp(name, "--files") == 0)
            options.most_files = number_of(value);
        else
            return 2;
    }
    struct tcs_follower *f = tcs_follow_new(&options);
    struct tcs_decoder *decoder = tcs_decoder_new(options.limits);
    if (f == NULL || decoder == NULL)
        return 3;
    for (; i < argc; i++) {
        unsigned source;
        struct tcs_err err = TCS_ERR_INIT;
        if (tcs_follow_add(f, argv[i], &source, &err) != TCS_OK)
            return 2;
    }
    store_load(&store, f);
    char line[128];
    long crash = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "advance ", 8) == 0)
            now_ms += number_of(line + 8);
        else if (strncmp(line, "crash ", 6) == 0)
            crash = number_of(line + 6);
        is_real = strncmp(line, "wait ", 5) == 0;
        if (is_real || strncmp(line, "look", 4) == 0)
            look(f, decoder, &store, is_real ? number_of(line + 5) : 0, &crash);
    }
    for (size_t k = 0; k < FILES_MOST; k++)
        free(store.cursors[k]);
    tcs_decoder_free(decoder);
    tcs_follow_free(f);
    return 0;
}
