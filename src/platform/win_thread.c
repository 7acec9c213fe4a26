#include "platform/platform.h"
#include "platform/win.h"

#include <process.h>
#include <stdlib.h>

struct tcs_thread {
    HANDLE id;
    void (*run)(void *ctx);
    void *ctx;
};

struct tcs_mutex {
    SRWLOCK m;
};

struct tcs_signal {
    CONDITION_VARIABLE c;
};

static unsigned __stdcall start(void *arg)
{
    struct tcs_thread *t = arg;
    t->run(t->ctx);
    return 0;
}

struct tcs_thread *tcs_thread_start(void (*run)(void *ctx), void *ctx)
{
    struct tcs_thread *t = malloc(sizeof *t);
    if (t == NULL)
        return NULL;
    t->run = run;
    t->ctx = ctx;
    t->id = (HANDLE)_beginthreadex(NULL, 0, start, t, 0, NULL);
    if (t->id == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void tcs_thread_join(struct tcs_thread *t)
{
    WaitForSingleObject(t->id, INFINITE);
    CloseHandle(t->id);
    free(t);
}

struct tcs_mutex *tcs_mutex_new(void)
{
    struct tcs_mutex *m = malloc(sizeof *m);
    if (m)
        InitializeSRWLock(&m->m);
    return m;
}

void tcs_mutex_free(struct tcs_mutex *m)
{
    free(m);
}

void tcs_mutex_lock(struct tcs_mutex *m)
{
    AcquireSRWLockExclusive(&m->m);
}

void tcs_mutex_unlock(struct tcs_mutex *m)
{
    ReleaseSRWLockExclusive(&m->m);
}

struct tcs_signal *tcs_signal_new(void)
{
    struct tcs_signal *s = malloc(sizeof *s);
    if (s)
        InitializeConditionVariable(&s->c);
    return s;
}

void tcs_signal_free(struct tcs_signal *s)
{
    free(s);
}

void tcs_signal_wait(struct tcs_signal *s, struct tcs_mutex *m)
{
    SleepConditionVariableSRW(&s->c, &m->m, INFINITE, 0);
}

void tcs_signal_wait_ms(struct tcs_signal *s, struct tcs_mutex *m, uint64_t ms)
{
    SleepConditionVariableSRW(&s->c, &m->m, ms < INFINITE ? (DWORD)ms : INFINITE - 1, 0);
}

void tcs_signal_all(struct tcs_signal *s)
{
    WakeAllConditionVariable(&s->c);
}
