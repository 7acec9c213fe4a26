#define _GNU_SOURCE /* sched_getaffinity */
#include "platform/platform.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void tcs_arguments(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

const char *tcs_environment(const char *name)
{
    return getenv(name);
}

uint64_t tcs_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct tcs_time tcs_wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (struct tcs_time){(int64_t)now.tv_sec * TCS_TICKS_PER_SECOND + now.tv_nsec / 100};
}

struct tcs_hash_key tcs_random_key(void)
{
    struct tcs_hash_key key;
    /* Without a source of randomness the tables still work; only their worst case can be provoked. */
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key)
        key = (struct tcs_hash_key){tcs_monotonic_ms(), (uint64_t)getpid()};
    return key;
}

unsigned tcs_processor_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}
