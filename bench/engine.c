/*
 * The engine alone: process starts and exits of one server, with all built-in
 * rules, from events that lie ready in memory.
 *
 *     engine [EVENTS]
 *
 * Prints events and seconds. Nothing rings; the events are those of an
 * ordinary day, and each program's end follows some starts later.
 */
#include "engine/engine.h"
#include "app/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROGRAMS = 64, TEXT_MOST = 256, NUMBERS = 1024, LIVING = 200 };

struct text {
    uint8_t units[2 * TEXT_MOST];
    struct tcs_value value;
};

static struct text computer, user, domain, services, programs[PROGRAMS];
static uint8_t system_sid[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
static uint8_t logon[8] = {0xE7, 3};
static uint8_t creator[8] = {0xA8, 2};
static uint8_t numbers[NUMBERS][8];

static void say(struct text *t, const char *ascii)
{
    uint32_t len = 0;
    for (; ascii[len] && len < TEXT_MOST; len++)
        t->units[2 * len] = (uint8_t)ascii[len];
    t->value = (struct tcs_value){t->units, 2 * len, TCS_VALUE_STRING};
}

static void prepare(void)
{
    say(&computer, "WEB01.example.org");
    say(&user, "WEB01$");
    say(&domain, "EXAMPLE");
    say(&services, "C:\\Windows\\System32\\services.exe");
    for (unsigned i = 0; i < PROGRAMS; i++) {
        char path[TEXT_MOST];
        snprintf(path, sizeof path, "C:\\Windows\\System32\\program-%u.exe", i);
        say(&programs[i], path);
    }
    for (unsigned i = 0; i < NUMBERS; i++) {
        uint32_t pid = 4 * (250 + i);
        memcpy(numbers[i], &pid, sizeof pid);
    }
}

static struct tcs_value hex(uint8_t *bytes)
{
    return (struct tcs_value){bytes, 8, TCS_VALUE_HEX64};
}

/* The start or the exit of the n-th process. */
static void make_event(struct tcs_event *ev, struct tcs_record *rec, uint64_t n, bool is_exit,
                       uint64_t record)
{
    struct tcs_value number = hex(numbers[n % NUMBERS]);
    rec->event_id = is_exit ? 4689 : 4688;
    rec->number = rec->record_id = record;
    rec->time = rec->written = tcs_time_of_filetime(133000000000000000u + record * 100000);
    ev->kind = is_exit ? TCS_EVENT_PROCESS_EXIT : TCS_EVENT_PROCESS_START;
    ev->traits =
        is_exit ? TCS_TRAIT_SUBJECT_IS_SELF : TCS_TRAIT_SUBJECT_IS_CREATOR | TCS_TRAIT_TARGET_IS_SELF;
    ev->v[TCS_KEY_PID] = number;
    ev->v[TCS_KEY_IMAGE] = programs[n % PROGRAMS].value;
    ev->v[TCS_KEY_CREATOR_PID] = is_exit ? (struct tcs_value){0} : hex(creator);
    ev->v[TCS_KEY_CREATOR_IMAGE] = is_exit ? (struct tcs_value){0} : services.value;
}

static double feed_all(struct tcs_engine *engine, uint64_t events)
{
    struct tcs_record rec = {.format = TCS_FORMAT_EVTX, .has_event_id = true};
    rec.system[TCS_SYS_COMPUTER] = computer.value;
    struct tcs_event ev = {.origin = TCS_ORIGIN_AUDITING, .rec = &rec};
    ev.v[TCS_KEY_SUBJECT_SID] = (struct tcs_value){system_sid, sizeof system_sid, TCS_VALUE_SID};
    ev.v[TCS_KEY_SUBJECT_NAME] = user.value;
    ev.v[TCS_KEY_SUBJECT_DOMAIN] = domain.value;
    ev.v[TCS_KEY_SUBJECT_LOGON] = hex(logon);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (uint64_t i = 0; i < events; i++) {
        uint64_t n = i / 2;
        bool is_exit = i % 2 == 1 && n >= LIVING;
        make_event(&ev, &rec, is_exit ? n - LIVING : n, is_exit, i + 1);
        tcs_engine_feed(engine, &ev, TCS_STR("bench"), NULL);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
    struct tcs_rule_words words = {0};
    struct tcs_arena arena;
    struct tcs_config config;
    struct tcs_rules rules;
    struct tcs_err err = TCS_ERR_INIT;
    tcs_arena_init(&arena, (size_t)64 << 20);
    if (tcs_rules_load(&words, &arena, &config, &rules, &err) != TCS_OK) {
        fprintf(stderr, "engine: %s\n", err.text);
        return 1;
    }
    struct tcs_effects effects = {0};
    struct tcs_hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};
    struct tcs_engine *engine = tcs_engine_new(&rules, &tcs_default_engine_limits, key, &effects, &err);
    if (engine == NULL)
        return 1;
    prepare();
    double seconds = feed_all(engine, events);
    const struct tcs_engine_counts *counts = tcs_engine_counts(engine);
    printf("%llu %.6f\n", (unsigned long long)(counts->starts + counts->exits), seconds);
    tcs_engine_free(engine);
    tcs_arena_done(&arena);
    return 0;
}
