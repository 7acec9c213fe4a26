#include "render/finding.h"
#include "render/summary.h"

#include <stdio.h>

/* What to switch on, by the Windows that writes such logs. */
static const char *const mend_words[TCS_MEND_COUNT][TCS_FORMAT_COUNT] = {
    [TCS_MEND_STARTS] =
        {
            [TCS_FORMAT_EVTX] =
                "auditpol /set /subcategory:{0CCE922B-69AE-11D9-BED3-505054503030} /success:enable",
            [TCS_FORMAT_EVT] = "Local Security Policy, Audit Policy: Audit process tracking, success "
                               "(NT 4: User Manager, Policies, Audit: Process Tracking)",
        },
    [TCS_MEND_EXITS] =
        {
            [TCS_FORMAT_EVTX] =
                "auditpol /set /subcategory:{0CCE922C-69AE-11D9-BED3-505054503030} /success:enable",
            [TCS_FORMAT_EVT] = "Local Security Policy, Audit Policy: Audit process tracking, success "
                               "(NT 4: User Manager, Policies, Audit: Process Tracking)",
        },
    [TCS_MEND_OPENS] =
        {
            [TCS_FORMAT_EVTX] =
                "auditpol /set /subcategory:{0CCE921D-69AE-11D9-BED3-505054503030} /success:enable; then "
                "audit "
                "Execute (this right only, files only) for the web accounts on the folders with programs",
            [TCS_FORMAT_EVT] =
                "Local Security Policy, Audit Policy: Audit object access, success "
                "(NT 4: User Manager, Policies, Audit: File and Object Access); then audit Execute "
                "(this right only) for the web accounts on the folders with programs",
        },
};

const char *tcs_mend_words(enum tcs_mend mend, enum tcs_log_format format)
{
    return mend_words[mend][format];
}

static void line_of(tcs_line_fn *line, void *ctx, const char *words)
{
    line(ctx, tcs_str_of(words));
}

/* What to do, by what has happened; the first row that fits, all of its lines. */
static const struct {
    uint32_t rules, facts; /* any of these; 0 in both fits everything */
    enum tcs_severity least;
    enum tcs_mend mend; /* comes first */
    const char *lines[5];
} next_words[] = {
    {1u << TCS_RULE_LOG_CLEARED,
     0,
     TCS_NOTE,
     TCS_MEND_NONE,
     {"ask the account named here whether it was them; nobody clears a log by accident",
      "look for the events before in a collector, a backup or an archive of the log"}},
    {1u << TCS_RULE_AUDIT_OFF,
     0,
     TCS_NOTE,
     TCS_MEND_STARTS,
     {"find out who changed it, and what ran while nothing was logged"}},
    {1u << TCS_RULE_EVENTS_LOST | 1u << TCS_RULE_LOG_FULL | 1u << TCS_RULE_RECORD_GAP,
     0,
     TCS_NOTE,
     TCS_MEND_NONE,
     {"make the Security log larger and let it overwrite as needed",
      "what ran meanwhile is not in this log; look for another witness"}},
    {1u << TCS_RULE_INPUT_DAMAGED,
     0,
     TCS_NOTE,
     TCS_MEND_NONE,
     {"copy the log again, best by 'wevtutil epl' or while the machine is down, and compare",
      "if the log itself is damaged, find out since when"}},
    {1u << TCS_RULE_TABLES_FULL,
     0,
     TCS_NOTE,
     TCS_MEND_NONE,
     {"look at what starts so many processes; audit exits too, so that those that ended can be forgotten"}},
    {0, TCS_FACT_BLINDNESS, TCS_NOTE, TCS_MEND_NONE, {"make sure that somebody you know did it, and why"}},
    {0,
     TCS_FACT_NOW_SYSTEM | TCS_FACT_NOW_OTHER,
     TCS_LIKELY,
     TCS_MEND_NONE,
     {"take the machine off the network now; do not switch it off: memory and processes are evidence",
      "treat every password and key that was used on it as known to the intruder",
      "save the event logs and the web server's access logs of that time",
      "rebuild it from clean media; an intruder with these rights can hide from any clean-up"}},
    {0,
     0,
     TCS_LIKELY,
     TCS_MEND_NONE,
     {"keep the machine running but off the network if you can: memory and processes are evidence",
      "read the web server's access log of the seconds before: the request that did it stands there",
      "look for files that this account wrote lately in the web root and in temporary folders"}},
    {0,
     0,
     TCS_NOTE,
     TCS_MEND_NONE,
     {"find out whether this site is meant to run the program; if not, read on as for an intrusion"}},
};

/*
 * A path that one would want on the list: full, and not one of the system's
 * own programs, which serve an intruder as well as anybody.
 */
static bool is_worth_listing(struct tcs_str path)
{
    static const struct tcs_str system_folders[] = {TCS_STR_INIT("\\Windows\\"), TCS_STR_INIT("\\WINNT\\")};
    if (path.len < 4 || path.p[1] != ':' || path.p[2] != '\\')
        return false;
    for (size_t i = 0; i < 2; i++)
        if (tcs_str_eq_ascii_nocase(tcs_str_cut(path, 2, 2 + system_folders[i].len), system_folders[i]))
            return false;
    return true;
}

/* Which Windows the finding's record is of, as far as advice differs. */
static enum tcs_log_format format_of(const struct tcs_finding *f)
{
    return tcs_str_eq(f->record.provider, TCS_STR("Security")) ? TCS_FORMAT_EVT : TCS_FORMAT_EVTX;
}

static void put_mend(enum tcs_mend mend, enum tcs_log_format format, tcs_line_fn *line, void *ctx)
{
    char text[1024]; /* the words are our own */
    snprintf(text, sizeof text, "switch it on again: %s", tcs_mend_words(mend, format));
    line(ctx, tcs_str_of(text));
}

static void offer_allow(const struct tcs_finding *f, tcs_line_fn *line, void *ctx)
{
    bool is_fit =
        !(f->facts & (TCS_FACT_BLINDNESS | TCS_FACT_ODD_PATH | TCS_FACT_SHORT_NAME | TCS_FACT_NOW_SYSTEM));
    if (!is_fit || !is_worth_listing(f->image))
        return;
    struct tcs_buf text;
    tcs_buf_init(&text, (size_t)1 << 20);
    tcs_buf_puts(&text, "if it belongs to your site, list it: --allow '");
    tcs_buf_str(&text, f->image);
    tcs_buf_puts(&text, "'");
    line(ctx, text.starved ? TCS_STR("there was no memory to say more") : tcs_buf_view(&text));
    tcs_buf_done(&text);
}

void tcs_next_steps(const struct tcs_finding *f, tcs_line_fn *line, void *ctx)
{
    for (size_t i = 0; i < sizeof next_words / sizeof next_words[0]; i++) {
        bool any = next_words[i].rules == 0 && next_words[i].facts == 0;
        bool fits = any || (f->rules & next_words[i].rules) || (f->facts & next_words[i].facts);
        if (!fits || f->severity < next_words[i].least)
            continue;
        if (next_words[i].mend)
            put_mend(next_words[i].mend, format_of(f), line, ctx);
        for (size_t k = 0; k < 5 && next_words[i].lines[k]; k++)
            line_of(line, ctx, next_words[i].lines[k]);
        break;
    }
    offer_allow(f, line, ctx);
}
