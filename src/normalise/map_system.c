#include "normalise/normalise.h"

/* The System log: when a machine started and stopped. Source: real records. */

#define LAST_NAME                                                                                            \
    {                                                                                                        \
        TCS_STR_INIT(""), TCS_KEY_COUNT                                                                      \
    }

static const struct tcs_name_key nothing[] = {LAST_NAME};

#define ROW(id, origin, kind)                                                                                \
    {                                                                                                        \
        id, TCS_ORIGIN_##origin, TCS_EVENT_##kind, 0, nothing, NULL                                          \
    }

const struct tcs_event_map tcs_map_system[] = {
    ROW(12, KERNEL_GENERAL, BOOT),        ROW(13, KERNEL_GENERAL, SHUTDOWN), ROW(6005, EVENTLOG_OLD, BOOT),
    ROW(6006, EVENTLOG_OLD, LOG_STOPPED), ROW(1074, USER32, SHUTDOWN),       {0},
};
