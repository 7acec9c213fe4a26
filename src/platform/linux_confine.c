#define _GNU_SOURCE /* O_PATH, syscall */
#include "platform/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum { SOCK_TYPE_MASK = 15 }; /* SOCK_CLOEXEC and SOCK_NONBLOCK stand above it */

/* Set once, before there are other threads: whether a thread may be confined further. */
static bool has_filter;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

static bool is_wanted(void)
{
    const char *word = getenv("TOCSIN_CONFINE");
    return !SANITIZED && !(word && strcmp(word, "off") == 0);
}

/* ---- files: Landlock ---- */

/* Rights of later kernels than the headers of Debian 12; Documentation/userspace-api/landlock.rst. */
enum {
    ACCESS_TRUNCATE = 1 << 14,  /* ABI 3 */
    ACCESS_IOCTL_DEV = 1 << 15, /* ABI 5 */
};

#define READ_FILES ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define READ_ALL   (READ_FILES | LANDLOCK_ACCESS_FS_READ_DIR)
#define MAKE_FILES                                                                                           \
    ((uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* The two parts of struct landlock_ruleset_attr that matter, whatever the header knows of it. */
struct ruleset {
    uint64_t files;
    uint64_t network; /* ABI 4 */
};

/* Everything that a kernel of this ABI can forbid. */
static struct ruleset all_of(long abi)
{
    struct ruleset all = {LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1, 0};
    if (abi >= 2)
        all.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all.files |= ACCESS_TRUNCATE;
    if (abi >= 4)
        all.network = 3; /* bind and connect by TCP */
    if (abi >= 5)
        all.files |= ACCESS_IOCTL_DEV;
    return all;
}

static void allow_below(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0) {
        const uint64_t of_files = READ_FILES | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;
        struct landlock_path_beneath_attr below = {.allowed_access = access, .parent_fd = fd};
        if (!S_ISDIR(st.st_mode))
            below.allowed_access &= of_files;
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    }
    close(fd);
}

static bool confine_files(const struct tcs_confinement *needs)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return false;
    struct ruleset all = all_of(abi);
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &all, abi >= 4 ? sizeof all : sizeof all.files, 0);
    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < needs->read_count; i++)
        allow_below(ruleset, needs->read[i], READ_ALL);
    for (size_t i = 0; i < needs->write_count; i++)
        allow_below(ruleset, needs->write[i], (READ_ALL | MAKE_FILES | ACCESS_TRUNCATE) & all.files);
    bool ok = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok;
}

/* ---- calls: seccomp ---- */

/* What a program needs that reads files, computes, and writes to what is open. */
static const int calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(fadvise64),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    /* memory */
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    /* threads */
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(tgkill),
    /* signals, time, surroundings */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
};

/* How a thread that reads logs opens them; Landlock says which. seccomp too, to take the right to open away.
 */
static const int opening_calls[] = {
    SCMP_SYS(openat), SCMP_SYS(open),       SCMP_SYS(stat),   SCMP_SYS(newfstatat), SCMP_SYS(lstat),
    SCMP_SYS(statx),  SCMP_SYS(getdents64), SCMP_SYS(unlink), SCMP_SYS(unlinkat),   SCMP_SYS(seccomp),
};

/*
 * What keeping watch takes beside: a database that keeps what was found (its
 * files lie in folders that may be written), notices of changed files, a copy of
 * the process to try in, and datagrams to the service manager.
 */
static const int watching_calls[] = {
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(signalfd4),
    SCMP_SYS(pipe2),
    SCMP_SYS(wait4),
    SCMP_SYS(kill),
    SCMP_SYS(sendto),
    SCMP_SYS(flock),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(fallocate),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(getppid),
    SCMP_SYS(umask),
    SCMP_SYS(mkdir),
    SCMP_SYS(utimensat),
};

static bool allow_all(scmp_filter_ctx ctx, const int *list, size_t count)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, list[i], 0) == 0;
    return ok;
}

/* Processes, no other name spaces; sockets that can only send datagrams on this computer. */
static bool allow_watching(scmp_filter_ctx ctx)
{
    const unsigned long foreign = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                                  CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_THREAD;
    bool ok = allow_all(ctx, watching_calls, sizeof watching_calls / sizeof watching_calls[0]);
    ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, foreign, 0)) == 0;
    return ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, SOCK_TYPE_MASK, SOCK_DGRAM)) == 0;
}

/* Calls that are harmless with some arguments only. */
static bool allow_with_care(scmp_filter_ctx ctx)
{
    static const unsigned long terminal_questions[] = {TCGETS, TIOCGWINSZ};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof terminal_questions / sizeof terminal_questions[0]; i++)
        ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                              SCMP_A1(SCMP_CMP_EQ, terminal_questions[i])) == 0;
    /* No memory that can be run, but what was loaded at the start. */
    ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    /* Threads, no processes. The arguments of clone3 cannot be looked at: without it the C library uses
     * clone. */
    ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0;
    return ok && seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* Everything else fails with EPERM: a call that a later C library adds must not end the program. */
static bool confine_calls(bool may_open, bool is_watching)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (ctx == NULL)
        return false;
    /* The right to new privileges is gone already; libseccomp would give it up once more by a call that is
     * not allowed. */
    bool ok = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) == 0;
    ok = ok && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0; /* a tree, not a list */
    ok = ok && allow_all(ctx, calls, sizeof calls / sizeof calls[0]) && allow_with_care(ctx);
    if (may_open)
        ok = ok && allow_all(ctx, opening_calls, sizeof opening_calls / sizeof opening_calls[0]);
    if (is_watching)
        ok = ok && allow_watching(ctx);
    ok = ok && seccomp_load(ctx) == 0;
    seccomp_release(ctx);
    return ok;
}

/* ---- rights of the superuser ---- */

static bool confine_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2], keep[2] = {{0}};
    if (syscall(SYS_capget, &header, have) != 0)
        return false;
    const uint32_t may_read = UINT32_C(1) << CAP_DAC_READ_SEARCH;
    keep[0].permitted = have[0].permitted & may_read;
    keep[0].effective = have[0].effective & may_read;
    return syscall(SYS_capset, &header, keep) == 0;
}

unsigned tcs_confine(const struct tcs_confinement *needs)
{
    unsigned done = 0;
    if (!is_wanted() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return done;
    if (confine_rights())
        done |= TCS_CONFINED_RIGHTS;
    if (confine_files(needs))
        done |= TCS_CONFINED_FILES;
    has_filter = confine_calls(true, needs->is_watching);
    if (has_filter)
        done |= TCS_CONFINED_CALLS;
    return done;
}

void tcs_keep_memory_private(void)
{
    const struct rlimit none = {0, 0};
    if (!is_wanted())
        return;
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void tcs_confine_to_open_files(void)
{
    if (has_filter)
        confine_calls(false, false);
}
