/*
 * Runs a command with its output thrown away, and says what it took:
 *
 *     run COMMAND [ARGUMENT ...]   ->   "wall-seconds cpu-seconds peak-bytes exit-status"
 *
 * A small program does it because a child inherits the peak memory of who
 * started it: measured from a script, every command would seem as large as
 * the script's interpreter.
 */
#define _GNU_SOURCE /* wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void become(char **command)
{
    int null = open("/dev/null", O_WRONLY);
    if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: run COMMAND [ARGUMENT ...]\n", stderr);
        return 2;
    }
    struct timespec from, to;
    struct rusage usage;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0)
        become(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("run");
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.9f %.6f %ld %d\n",
           (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
           seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
