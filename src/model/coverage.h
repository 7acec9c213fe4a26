/* What a log can tell, in counts; see engine/coverage.h. */
#ifndef TCS_MODEL_COVERAGE_H
#define TCS_MODEL_COVERAGE_H

#include "model/finding.h"

/* Kinds of records that make a difference to the rules. */
enum tcs_witness {
    TCS_WITNESS_START_OLD,     /* 592: names who started the program */
    TCS_WITNESS_START_SUBJECT, /* 4688 before Windows 10: likewise */
    TCS_WITNESS_START_TARGET,  /* 4688 with the new process's own account */
    TCS_WITNESS_START_PARENT,  /* of these, with the parent's path */
    TCS_WITNESS_START_COMMAND, /* 4688 or Sysmon with a command line */
    TCS_WITNESS_START_SYSMON,  /* Sysmon 1 */
    TCS_WITNESS_EXIT_NO_IMAGE, /* 593 before XP */
    TCS_WITNESS_EXIT_OLD,      /* 593 with image */
    TCS_WITNESS_EXIT,          /* 4689 */
    TCS_WITNESS_EXIT_SYSMON,   /* Sysmon 5 */
    TCS_WITNESS_TOKEN_OLD,     /* 600 */
    TCS_WITNESS_TOKEN,         /* 4696 */
    TCS_WITNESS_OPEN_OLD,      /* 560, 567 on files */
    TCS_WITNESS_OPEN_NT,       /* of these, in the layout of NT 4 and 2000 */
    TCS_WITNESS_OPEN_2003,     /* of these, in the layout of Server 2003 */
    TCS_WITNESS_OPEN,          /* 4656, 4663 on files */
    TCS_WITNESS_LOGON,         /* 528, 540, 4624 */
    TCS_WITNESS_AUDIT_ID,      /* process numbers that are NT 4's */
    TCS_WITNESS_DRIVELESS,     /* 592 with a path without drive */
    TCS_WITNESS_OTHER,         /* events about the log, the clock, boots */
    TCS_WITNESS_COUNT
};

struct tcs_coverage {
    uint64_t counts[TCS_WITNESS_COUNT];
    uint64_t unknown_layouts; /* records whose id is known but not their number of strings */
    uint64_t wrong_log;       /* .evt: records of source Security in a log that is not the security log */
};

enum tcs_ability { TCS_BLIND, TCS_PARTLY, TCS_ABLE };

/* What to switch on. */
enum tcs_mend {
    TCS_MEND_NONE, /* nothing helps, or nothing is missing */
    TCS_MEND_STARTS,
    TCS_MEND_EXITS,
    TCS_MEND_OPENS,
    TCS_MEND_COUNT
};

/* One row of the table: can this rule ring on such a log? */
struct tcs_rule_ability {
    enum tcs_rule rule;
    enum tcs_ability ability;
    const char *why; /* one sentence; NULL if there is nothing to say */
    enum tcs_mend mend;
};

enum { TCS_ABILITY_ROWS = 6 };

#endif
