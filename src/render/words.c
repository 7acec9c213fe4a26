#include "render/finding.h"

#include "render/escape.h"

struct tcs_str tcs_file_name(struct tcs_str path)
{
    size_t slash = tcs_str_rfind(path, '\\');
    return slash == path.len ? path : tcs_str_cut(path, slash + 1, path.len);
}

/* Accounts that logs often name after the machine (WEB01$), though they are these. */
static const struct {
    const char *sid, *name;
} system_accounts[] = {
    {"S-1-5-18", "SYSTEM"},
    {"S-1-5-19", "LOCAL SERVICE"},
    {"S-1-5-20", "NETWORK SERVICE"},
};

struct tcs_str tcs_account_name(const struct tcs_account *a)
{
    for (size_t i = 0; i < sizeof system_accounts / sizeof system_accounts[0]; i++)
        if (tcs_str_eq(a->sid, tcs_str_of(system_accounts[i].sid)))
            return tcs_str_of(system_accounts[i].name);
    return a->name;
}

void tcs_put_account(struct tcs_buf *b, const struct tcs_account *a)
{
    struct tcs_str name = tcs_account_name(a);
    if (!tcs_str_eq(name, a->name)) {
        tcs_buf_puts(b, "NT AUTHORITY\\");
        tcs_buf_str(b, name);
        return;
    }
    if (a->name.len == 0) {
        tcs_buf_str(b, a->sid);
        return;
    }
    if (a->domain.len) {
        tcs_buf_str(b, a->domain);
        tcs_buf_putc(b, '\\');
    }
    tcs_buf_str(b, a->name);
}

static void put_visible_account(struct tcs_buf *b, const struct tcs_account *a)
{
    struct tcs_buf text;
    tcs_buf_init(&text, 65536);
    tcs_put_account(&text, a);
    if (text.len)
        tcs_put_visible(b, tcs_buf_view(&text));
    else
        tcs_buf_puts(b, "somebody");
    tcs_buf_done(&text);
}

void tcs_put_headline(struct tcs_buf *b, const struct tcs_finding *f)
{
    if (f->facts & TCS_FACT_BLINDNESS) {
        tcs_put_visible(b, f->note);
        return;
    }
    put_visible_account(b, &f->account);
    tcs_buf_puts(b, f->facts & TCS_FACT_NOT_STARTED ? " opened for execution "
                    : f->account_is_creators        ? " started "
                                                    : " ran ");
    if (f->image.len)
        tcs_put_visible(b, f->image);
    else
        tcs_buf_puts(b, "a program that the log does not name");
}

/* What the rules say. */
static const char *const rule_words[TCS_RULE_COUNT] = {
    [TCS_RULE_ACCOUNT_START] = "the record of its start names the web server's account",
    [TCS_RULE_ACCOUNT_EXIT] = "the record of its end names the web server's account",
    [TCS_RULE_ACCOUNT_OPEN] = "the web server's account opened the program for execution",
    [TCS_RULE_ACCOUNT_JOINED] = "one record names the program, another one the web server's account",
    [TCS_RULE_SERVER_CHILD] = "it descends from the web server",
    [TCS_RULE_ACCOUNT_CHANGE] = "below the web server, but it runs as another account than the server",
    [TCS_RULE_DEDICATED_START] = "the machine is said to be a web server only, and the program is not listed",
};

/* What the facts say. */
static const struct {
    uint32_t fact;
    const char *words;
} fact_words[] = {
    {TCS_FACT_NOW_SYSTEM, "it runs as SYSTEM: the intruder has the whole machine"},
    {TCS_FACT_NOW_OTHER, "the account is not one of the web server's"},
    {TCS_FACT_ACCOUNT_BY_SID, "the account is known by its SID, which cannot be renamed"},
    {TCS_FACT_ACCOUNT_BY_LOGON, "the account is known by its logon session"},
    {TCS_FACT_ACCOUNT_BY_NAME, "the account is known by its name"},
    {TCS_FACT_WORKER_BY_NAME,
     "the server is recognised by its file name; it is not at its usual place, or not confirmed"},
    {TCS_FACT_WORKER_UNCONFIRMED, "whether the program above is a web server is not confirmed"},
    {TCS_FACT_WORKER_INFERRED,
     "the server is recognised by what it does: it acted as the web server's account"},
    {TCS_FACT_NOT_STARTED, "a start was not seen: process tracking is off, or the start was refused"},
    {TCS_FACT_NO_DRIVE, "the record does not tell the drive, so the path is not verified"},
    {TCS_FACT_NAME_ONLY, "the record holds only the file name, so the path is not verified"},
    {TCS_FACT_NEED_NOTED, "the program is known for this server, but worth a look"},
    {TCS_FACT_PARENT_UNKNOWN, "the program is known for this server, but what started it was not seen"},
    {TCS_FACT_SHORT_NAME, "the path holds an 8.3 name, which may stand for any longer one"},
    {TCS_FACT_REMOTE, "the program lies on another machine"},
    {TCS_FACT_ODD_PATH, "the path is odd: a stream, dots, blanks or invisible characters"},
};

static void line_of(tcs_line_fn *line, void *ctx, const char *words)
{
    line(ctx, tcs_str_of(words));
}

void tcs_reasons(const struct tcs_finding *f, tcs_line_fn *line, void *ctx)
{
    bool listed = (f->facts & (TCS_FACT_NEED_NOTED | TCS_FACT_PARENT_UNKNOWN)) != 0;
    if (!(f->facts & TCS_FACT_BLINDNESS) && !listed)
        line_of(line, ctx, "it is not among the programs that this server needs");
    for (unsigned rule = 0; rule < TCS_RULE_COUNT; rule++)
        if ((f->rules >> rule & 1) && rule_words[rule])
            line_of(line, ctx, rule_words[rule]);
    for (size_t i = 0; i < sizeof fact_words / sizeof fact_words[0]; i++)
        if (f->facts & fact_words[i].fact)
            line_of(line, ctx, fact_words[i].words);
    if (f->note.len)
        line(ctx, f->note);
}

/* What to do, by what has happened; the first row that fits, all of its lines. */
static const struct {
    uint32_t rules, facts; /* any of these; 0 in both fits everything */
    enum tcs_severity least;
    const char *lines[5];
} next_words[] = {
    {1u << TCS_RULE_LOG_CLEARED,
     0,
     TCS_NOTE,
     {"ask the account named here whether it was them; nobody clears a log by accident",
      "look for the events before in a collector, a backup or an archive of the log"}},
    {1u << TCS_RULE_AUDIT_OFF,
     0,
     TCS_NOTE,
     {"switch it on again: auditpol /set /subcategory:{0CCE922B-69AE-11D9-BED3-505054503030} /success:enable "
      "(process creation), {0CCE922C-...} (termination), {0CCE921D-...} (file system)",
      "find out who changed it, and what ran while nothing was logged"}},
    {1u << TCS_RULE_EVENTS_LOST | 1u << TCS_RULE_LOG_FULL | 1u << TCS_RULE_RECORD_GAP,
     0,
     TCS_NOTE,
     {"make the Security log larger and let it overwrite as needed",
      "what ran meanwhile is not in this log; look for another witness"}},
    {0, TCS_FACT_BLINDNESS, TCS_NOTE, {"make sure that somebody you know did it, and why"}},
    {0,
     TCS_FACT_NOW_SYSTEM | TCS_FACT_NOW_OTHER,
     TCS_LIKELY,
     {"take the machine off the network now; do not switch it off: memory and processes are evidence",
      "treat every password and key that was used on it as known to the intruder",
      "save the event logs and the web server's access logs of that time",
      "rebuild it from clean media; an intruder with these rights can hide from any clean-up"}},
    {0,
     0,
     TCS_LIKELY,
     {"keep the machine running but off the network if you can: memory and processes are evidence",
      "read the web server's access log of the seconds before: the request that did it stands there",
      "look for files that this account wrote lately in the web root and in temporary folders"}},
    {0,
     0,
     TCS_NOTE,
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
    line(ctx, tcs_buf_view(&text));
    tcs_buf_done(&text);
}

void tcs_next_steps(const struct tcs_finding *f, tcs_line_fn *line, void *ctx)
{
    for (size_t i = 0; i < sizeof next_words / sizeof next_words[0]; i++) {
        bool any = next_words[i].rules == 0 && next_words[i].facts == 0;
        bool fits = any || (f->rules & next_words[i].rules) || (f->facts & next_words[i].facts);
        if (!fits || f->severity < next_words[i].least)
            continue;
        for (size_t k = 0; k < 5 && next_words[i].lines[k]; k++)
            line_of(line, ctx, next_words[i].lines[k]);
        break;
    }
    offer_allow(f, line, ctx);
}
