/*
 * What the configuration and the profiles say: plain data, filled by config/
 * and compiled by the engine. Texts are UTF-8 as written.
 */
#ifndef TCS_MODEL_RULES_H
#define TCS_MODEL_RULES_H

#include "model/finding.h"

struct tcs_strs {
    const struct tcs_str *at;
    size_t count;
};

/*
 * A program that may be run. The path is full (drive, UNC, or one of the
 * folders %SystemRoot%, %ProgramFiles%, %ProgramFiles(x86)%, %SystemDrive%);
 * `*` stands for characters within one folder name.
 */
struct tcs_need {
    struct tcs_str path;
    /* Who may start it: full paths, or the word "worker" (a worker of the same profile). None: anybody. */
    struct tcs_strs parents;
    struct tcs_strs pools;      /* only in these application pools, * for any characters; none: in all */
    struct tcs_strs accounts;   /* only as these accounts; none: as any */
    struct tcs_strs commands;   /* only with exactly one of these command lines; none: with any */
    enum tcs_severity severity; /* NONE: silent; otherwise it rings with this severity and the note */
    bool dedicated;             /* only counts for the rule dedicated-start: what Windows itself starts */
    struct tcs_str note;
};

/* How a program that may be a web server is told from one that is none. Any of them confirms. */
struct tcs_confirmation {
    struct tcs_strs accounts;
    struct tcs_strs parents;  /* file names or full paths */
    struct tcs_strs commands; /* parts of its command line, ASCII letters in either case */
};

/* A process that is the web server. */
struct tcs_worker {
    struct tcs_str image;       /* full path as in tcs_need, or a file name, or **\folder\name */
    struct tcs_str title;       /* "IIS worker process"; empty: the profile's */
    struct tcs_str pool_option; /* the option of its command line that names the pool: -ap */
    struct tcs_strs started_by; /* full paths; started by anything else, it is no worker but rings */
    bool forks;                 /* it starts itself */
    bool generic;               /* its image alone does not make it a web server */
    bool only_confirmed;        /* generic, and no worker at all until confirmed */
    struct tcs_confirmation confirm;
};

/* The Windows that a profile is for: what was a worker or a need once may be none today. */
enum tcs_windows {
    TCS_WINDOWS_ANY,
    TCS_WINDOWS_BEFORE_VISTA, /* records of NT 4 to Server 2003 */
    TCS_WINDOWS_VISTA_ON,
};

struct tcs_profile {
    struct tcs_str name;  /* "iis" */
    struct tcs_str title; /* "IIS 7 to 10" */
    enum tcs_windows windows;
    bool always; /* not a server; its programs are harmless below any */
    struct tcs_worker *workers;
    size_t worker_count;
    struct tcs_strs accounts; /* names with * (IUSR_*), DOMAIN\name, or SIDs with a trailing -* */
    struct tcs_need *needs;
    size_t need_count;
};

/* \Device\HarddiskVolume2 is C: */
struct tcs_volume {
    struct tcs_str device;
    struct tcs_str drive; /* "C:" */
};

struct tcs_rules {
    struct tcs_profile *profiles; /* those in force */
    size_t profile_count;
    struct tcs_need *allow; /* the user's */
    size_t allow_count;
    struct tcs_strs accounts;   /* the user's */
    struct tcs_worker *workers; /* the user's */
    size_t worker_count;
    struct tcs_volume *volumes;
    size_t volume_count;
    struct tcs_str system_root; /* empty: learned from the log, C:\Windows until then */
    bool dedicated;
};

#endif
