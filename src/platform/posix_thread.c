#define _GNU_SOURCE /* pthread_condattr_setclock */
#include "platform/platform.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct tcs_thread {
    pthread_t id;
    void (*run)(void *ctx);
    void *ctx;
};

struct tcs_mutex {
    pthread_mutex_t m;
};

struct tcs_signal {
    pthread_cond_t c;
};

static void *start(void *arg)
{
    struct tcs_thread *t = arg;
    t->run(t->ctx);
    return NULL;
}

struct tcs_thread *tcs_thread_start(void (*run)(void *ctx), void *ctx)
{
    struct tcs_thread *t = malloc(sizeof *t);
    if (t == NULL)
        return NULL;
    t->run = run;
    t->ctx = ctx;
    if (pthread_create(&t->id, NULL, start, t) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

void tcs_thread_join(struct tcs_thread *t)
{
    pthread_join(t->id, NULL);
    free(t);
}

struct tcs_mutex *tcs_mutex_new(void)
{
    struct tcs_mutex *m = malloc(sizeof *m);
    if (m && pthread_mutex_init(&m->m, NULL) != 0) {
        free(m);
        return NULL;
    }
    return m;
}

void tcs_mutex_free(struct tcs_mutex *m)
{
    if (m)
        pthread_mutex_destroy(&m->m);
    free(m);
}

void tcs_mutex_lock(struct tcs_mutex *m)
{
    pthread_mutex_lock(&m->m);
}

void tcs_mutex_unlock(struct tcs_mutex *m)
{
    pthread_mutex_unlock(&m->m);
}

/* Waits are measured by the clock that never steps. */
static int init_condition(pthread_cond_t *c)
{
    pthread_condattr_t steady;
    if (pthread_condattr_init(&steady) != 0)
        return -1;
    int failed = pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    if (!failed)
        failed = pthread_cond_init(c, &steady);
    pthread_condattr_destroy(&steady);
    return failed;
}

struct tcs_signal *tcs_signal_new(void)
{
    struct tcs_signal *s = malloc(sizeof *s);
    if (s && init_condition(&s->c) != 0) {
        free(s);
        return NULL;
    }
    return s;
}

void tcs_signal_free(struct tcs_signal *s)
{
    if (s)
        pthread_cond_destroy(&s->c);
    free(s);
}

void tcs_signal_wait(struct tcs_signal *s, struct tcs_mutex *m)
{
    pthread_cond_wait(&s->c, &m->m);
}

void tcs_signal_wait_ms(struct tcs_signal *s, struct tcs_mutex *m, uint64_t ms)
{
    const uint64_t longest = UINT64_C(1000) * 86400 * 365;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + (ms < longest ? ms : longest) % 1000 * 1000000;
    until.tv_sec += (time_t)((ms < longest ? ms : longest) / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(&s->c, &m->m, &until);
}

void tcs_signal_all(struct tcs_signal *s)
{
    pthread_cond_broadcast(&s->c);
}
