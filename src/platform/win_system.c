#define _CRT_RAND_S /* rand_s */
#include "platform/platform.h"
#include "platform/win.h"

#include <shellapi.h>
#include <stdlib.h>

/* main() gets them in the code page of the system, which cannot hold every name. */
void tcs_arguments(int *argc, char ***argv)
{
    int count;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    char **utf8 = words ? calloc((size_t)count + 1, sizeof *utf8) : NULL;
    bool ok = utf8 != NULL;
    for (int i = 0; ok && i < count; i++)
        ok = (utf8[i] = win_utf8(words[i])) != NULL;
    if (ok) { /* kept until the end of the program */
        *argc = count;
        *argv = utf8;
    }
    LocalFree(words);
}

const char *tcs_environment(const char *name)
{
    return getenv(name);
}

uint64_t tcs_monotonic_ms(void)
{
    LARGE_INTEGER count, frequency;
    if (!QueryPerformanceCounter(&count) || !QueryPerformanceFrequency(&frequency))
        return GetTickCount();
    uint64_t ticks = (uint64_t)count.QuadPart, rate = (uint64_t)frequency.QuadPart;
    return ticks / rate * 1000 + ticks % rate * 1000 / rate;
}

struct tcs_time tcs_wall_time(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return tcs_time_of_filetime((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime);
}

struct tcs_hash_key tcs_random_key(void)
{
    unsigned words[4] = {0};
    for (unsigned i = 0; i < 4; i++)
        if (rand_s(&words[i]) != 0) /* then the tables still work; only their worst case can be provoked */
            words[i] = (unsigned)tcs_monotonic_ms() + i;
    return (struct tcs_hash_key){(uint64_t)words[0] << 32 | words[1], (uint64_t)words[2] << 32 | words[3]};
}

unsigned tcs_processor_count(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors ? (unsigned)info.dwNumberOfProcessors : 1;
}
