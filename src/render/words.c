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
    tcs_buf_done_for(&text, b);
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
