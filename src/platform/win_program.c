#include "platform/program.h"

#include "platform/platform.h"
#include "platform/win.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 20, WORDS_MOST = 32000 };

enum tcs_code tcs_program_check(const char *path, struct tcs_err *err)
{
    enum tcs_file_kind kind;
    struct tcs_err why = TCS_ERR_INIT;
    if (tcs_file_examine(path, &kind, &why) != TCS_OK)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.160s cannot be run: %s", path, why.text);
    if (kind != TCS_FILE_REGULAR)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%.160s is no program", path);
    return TCS_OK;
}

/* One word as CommandLineToArgvW and the C library read it back: backslashes before a quote doubled. */
static void put_word(struct tcs_buf *b, const char *word)
{
    if (word[0] && strpbrk(word, " \t\n\v\"") == NULL) { /* cmd.exe, for one, does not take quotes off */
        tcs_buf_puts(b, word);
        return;
    }
    tcs_buf_putc(b, '"');
    for (;;) {
        size_t slashes = strspn(word, "\\");
        word += slashes;
        size_t written = *word == '"' ? 2 * slashes + 1 : *word == '\0' ? 2 * slashes : slashes;
        for (size_t i = 0; i < written; i++)
            tcs_buf_putc(b, '\\');
        if (*word == '\0')
            break;
        tcs_buf_putc(b, *word++);
    }
    tcs_buf_putc(b, '"');
}

/* UTF-8 with its NULs, as UTF-16; to be freed. */
static wchar_t *wide_block(struct tcs_str text)
{
    wchar_t *out = calloc(text.len + 2, sizeof *out);
    if (out && text.len)
        MultiByteToWideChar(CP_UTF8, 0, text.p, (int)text.len, out, (int)text.len);
    return out;
}

struct run {
    HANDLE job, process, input[2], output[2];
    wchar_t *words, *environment;
};

static void close_one(HANDLE *h)
{
    if (*h)
        CloseHandle(*h);
    *h = NULL;
}

static void run_done(struct run *r)
{
    HANDLE *all[] = {&r->process, &r->input[0], &r->input[1], &r->output[0], &r->output[1], &r->job};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        close_one(all[i]);
    free(r->words);
    free(r->environment);
}

static bool prepare(struct run *r, const struct tcs_program *program)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    struct tcs_buf words, environment;
    tcs_buf_init(&words, WORDS_MOST);
    tcs_buf_init(&environment, WORDS_MOST);
    for (size_t i = 0; program->argv[i]; i++) {
        if (i)
            tcs_buf_putc(&words, ' ');
        put_word(&words, program->argv[i]);
    }
    for (size_t i = 0; program->environment[i]; i++)
        tcs_buf_put(&environment, program->environment[i], strlen(program->environment[i]) + 1);
    r->words = words.bad ? NULL : wide_block(tcs_buf_view(&words));
    r->environment = environment.bad ? NULL : wide_block(tcs_buf_view(&environment));
    tcs_buf_done(&words);
    tcs_buf_done(&environment);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    r->job = CreateJobObjectW(NULL, NULL);
    return r->words && r->environment && r->job &&
           SetInformationJobObject(r->job, JobObjectExtendedLimitInformation, &limits, sizeof limits) &&
           CreatePipe(&r->input[0], &r->input[1], &inherited, 1 << 16) &&
           CreatePipe(&r->output[0], &r->output[1], &inherited, 1 << 16) &&
           SetHandleInformation(r->input[1], HANDLE_FLAG_INHERIT, 0) &&
           SetHandleInformation(r->output[0], HANDLE_FLAG_INHERIT, 0);
}

/* Starts it suspended, so that it is in the job before it can start others. */
static bool start(struct run *r, const char *path)
{
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = r->input[0],
                            .hStdOutput = r->output[1],
                            .hStdError = r->output[1]};
    PROCESS_INFORMATION made;
    const DWORD flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT;
    wchar_t *name = win_path(path);
    bool ok = name &&
              CreateProcessW(name, r->words, NULL, NULL, TRUE, flags, r->environment, NULL, &startup, &made);
    free(name);
    if (!ok)
        return false;
    r->process = made.hProcess;
    ok = AssignProcessToJobObject(r->job, made.hProcess);
    if (!ok)
        TerminateProcess(made.hProcess, 1);
    ResumeThread(made.hThread);
    CloseHandle(made.hThread);
    close_one(&r->input[0]);
    close_one(&r->output[1]);
    return ok;
}

/* Writes the input beside reading the output: either pipe may be full. */
struct feeding {
    HANDLE pipe;
    struct tcs_str text;
};

static void feed(void *ctx)
{
    struct feeding *f = ctx;
    for (size_t done = 0; done < f->text.len;) {
        DWORD n;
        size_t left = f->text.len - done;
        if (!WriteFile(f->pipe, f->text.p + done, (DWORD)(left < 65536 ? left : 65536), &n, NULL))
            break; /* it does not want to read all of it */
        done += n;
    }
    CloseHandle(f->pipe);
}

static void read_said(struct run *r, struct tcs_program_end *end)
{
    DWORD there = 0, n;
    char bytes[4096];
    while (PeekNamedPipe(r->output[0], NULL, 0, NULL, &there, NULL) && there &&
           ReadFile(r->output[0], bytes, sizeof bytes, &n, NULL) && n) {
        size_t room = sizeof end->said - end->said_len;
        size_t kept = n < room ? n : room;
        memcpy(end->said + end->said_len, bytes, kept);
        end->said_len += kept;
        end->said_more += n - kept;
    }
}

static void wait_for_end(struct run *r, const struct tcs_program *program, struct tcs_program_end *end)
{
    uint64_t until = tcs_monotonic_ms() + program->timeout;
    while (WaitForSingleObject(r->process, TICK_MS) == WAIT_TIMEOUT) {
        read_said(r, end);
        end->is_stopped = program->stop && atomic_load(program->stop);
        end->is_timeout = !end->is_stopped && tcs_monotonic_ms() >= until;
        if (end->is_stopped || end->is_timeout)
            break;
    }
    DWORD status = 0;
    if (end->is_stopped || end->is_timeout || !GetExitCodeProcess(r->process, &status))
        end->status = -1;
    else
        end->status = (int)status;
    TerminateJobObject(r->job, 1);
    read_said(r, end);
}

enum tcs_code tcs_program_run(const struct tcs_program *program, struct tcs_program_end *end,
                              struct tcs_err *err)
{
    struct run r = {0};
    *end = (struct tcs_program_end){.status = -1};
    if (!prepare(&r, program) || !start(&r, program->argv[0])) {
        win_fail(err, "the program cannot be started");
        run_done(&r);
        return err ? err->code : TCS_IO;
    }
    struct feeding feeding = {r.input[1], program->input};
    struct tcs_thread *feeder = tcs_thread_start(feed, &feeding);
    if (feeder)
        r.input[1] = NULL; /* the feeder closes it */
    wait_for_end(&r, program, end);
    if (feeder)
        tcs_thread_join(feeder);
    run_done(&r);
    return TCS_OK;
}
