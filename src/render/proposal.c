#include "render/proposal.h"

#include "render/escape.h"
#include "render/finding.h"
#include "render/incident_view.h"

/* ---- what an intruder would love ---- */

/* File names, and why a program of that name must be looked at. Letters in either case. */
static const struct {
    const char *why;
    const char *const *names;
} loved[] = {
    {"a shell: whoever reaches it can do anything",
     (const char *const[]){"cmd.exe", "command.com", "powershell.exe", "powershell_ise.exe", "pwsh.exe",
                           "bash.exe", "sh.exe", "wsl.exe", "zsh.exe", "busybox.exe", NULL}},
    {"it runs scripts of any content",
     (const char *const[]){"wscript.exe", "cscript.exe", "mshta.exe", "perl.exe", "python.exe", "pythonw.exe",
                           "php.exe", "php-cgi.exe", "ruby.exe", "node.exe", "java.exe", "javaw.exe",
                           "lua.exe", "tclsh.exe", "cygwin1.exe", "jjs.exe", "dotnet.exe", NULL}},
    {"a tool of Windows that loads or runs other code", (const char *const[]){"rundll32.exe",
                                                                              "regsvr32.exe",
                                                                              "regsvcs.exe",
                                                                              "regasm.exe",
                                                                              "installutil.exe",
                                                                              "msbuild.exe",
                                                                              "msiexec.exe",
                                                                              "wmic.exe",
                                                                              "odbcconf.exe",
                                                                              "cmstp.exe",
                                                                              "control.exe",
                                                                              "forfiles.exe",
                                                                              "pcalua.exe",
                                                                              "hh.exe",
                                                                              "mavinject.exe",
                                                                              "presentationhost.exe",
                                                                              "xwizard.exe",
                                                                              "scrcons.exe",
                                                                              "wmiprvse.exe",
                                                                              "schtasks.exe",
                                                                              "at.exe",
                                                                              "sc.exe",
                                                                              "csc.exe",
                                                                              "vbc.exe",
                                                                              "jsc.exe",
                                                                              "cvtres.exe",
                                                                              "ilasm.exe",
                                                                              "explorer.exe",
                                                                              NULL}},
    {"a tool of Windows that fetches or hides files", (const char *const[]){"certutil.exe",
                                                                            "bitsadmin.exe",
                                                                            "curl.exe",
                                                                            "wget.exe",
                                                                            "ftp.exe",
                                                                            "tftp.exe",
                                                                            "expand.exe",
                                                                            "extrac32.exe",
                                                                            "esentutl.exe",
                                                                            "makecab.exe",
                                                                            "findstr.exe",
                                                                            "replace.exe",
                                                                            "print.exe",
                                                                            "robocopy.exe",
                                                                            "xcopy.exe",
                                                                            "diantz.exe",
                                                                            "desktopimgdownldr.exe",
                                                                            "ssh.exe",
                                                                            "scp.exe",
                                                                            NULL}},
    {"a tool that looks around, changes accounts or the machine", (const char *const[]){"whoami.exe",
                                                                                        "net.exe",
                                                                                        "net1.exe",
                                                                                        "netstat.exe",
                                                                                        "ipconfig.exe",
                                                                                        "systeminfo.exe",
                                                                                        "tasklist.exe",
                                                                                        "taskkill.exe",
                                                                                        "quser.exe",
                                                                                        "query.exe",
                                                                                        "nltest.exe",
                                                                                        "dsquery.exe",
                                                                                        "arp.exe",
                                                                                        "route.exe",
                                                                                        "nslookup.exe",
                                                                                        "ping.exe",
                                                                                        "hostname.exe",
                                                                                        "reg.exe",
                                                                                        "netsh.exe",
                                                                                        "cacls.exe",
                                                                                        "icacls.exe",
                                                                                        "takeown.exe",
                                                                                        "attrib.exe",
                                                                                        "vssadmin.exe",
                                                                                        "wbadmin.exe",
                                                                                        "wevtutil.exe",
                                                                                        "bcdedit.exe",
                                                                                        "procdump.exe",
                                                                                        "psexec.exe",
                                                                                        "runas.exe",
                                                                                        "ntdsutil.exe",
                                                                                        "appcmd.exe",
                                                                                        "auditpol.exe",
                                                                                        "cipher.exe",
                                                                                        "diskshadow.exe",
                                                                                        "fsutil.exe",
                                                                                        NULL}},
};

/* Parts of paths of folders that users or the web account can usually write to. */
static const char *const open_folders[] = {
    "\\inetpub\\wwwroot\\",
    "\\wwwroot\\",
    "\\htdocs\\",
    "\\webapps\\",
    "\\www\\",
    "\\public_html\\",
    "\\upload",
    "\\users\\",
    "\\documents and settings\\",
    "\\temp\\",
    "\\tmp\\",
    "\\programdata\\",
    "\\windows\\tasks\\",
    "\\windows\\debug\\",
    "\\windows\\tracing\\",
    "\\spool\\",
    "\\recycler\\",
    "\\$recycle.bin\\",
    "\\perflogs\\",
    "\\appdata\\",
    "\\system volume information\\",
    "\\inetpub\\ftproot\\",
};

static const struct {
    uint32_t fact;
    const char *why;
} alarming[] = {
    {TCS_FACT_NOW_SYSTEM, "it ran as SYSTEM below a server that does not: rights were gained"},
    {TCS_FACT_NOW_OTHER, "it ran as another account than its server: rights may have been gained"},
    {TCS_FACT_NOT_STARTED, "it was opened for execution, and no start was seen"},
    {TCS_FACT_SHORT_NAME, "its path holds an 8.3 name"},
    {TCS_FACT_REMOTE, "it was started from another machine's share"},
    {TCS_FACT_ODD_PATH, "its path is odd"},
    {TCS_FACT_NO_DRIVE, "the log does not tell the drive"},
    {TCS_FACT_NAME_ONLY, "the log tells only its file name"},
    {TCS_FACT_DEDICATED, "it rang only because the machine is said to be dedicated"},
};

static bool has_star(struct tcs_str s)
{
    return tcs_str_find(s, '*') < s.len;
}

static bool any_star(const struct tcs_learned_texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (has_star(t->at[i]))
            return true;
    return false;
}

/* Why a program of this file name must be looked at; NULL: it need not. */
static const char *why_loved(struct tcs_str path)
{
    struct tcs_str name = tcs_file_name(path);
    for (size_t i = 0; i < sizeof loved / sizeof loved[0]; i++)
        for (const char *const *n = loved[i].names; *n; n++)
            if (tcs_str_eq_ascii_nocase(name, tcs_str_of(*n)))
                return loved[i].why;
    return NULL;
}

/* What the server needs of Windows itself is in its profile; anything else there is a tool for somebody. */
static bool is_of_windows(struct tcs_str path)
{
    return tcs_str_has_ascii_nocase(path, TCS_STR("\\system32\\")) ||
           tcs_str_has_ascii_nocase(path, TCS_STR("\\syswow64\\"));
}

/* What the parents say against it. */
static void reasons_of_parents(const struct tcs_learned_texts *parents, tcs_why_not_listed *why_not,
                               tcs_line_fn *line, void *ctx)
{
    bool unnamable = false, is_loved = false;
    for (size_t i = 0; i < parents->count; i++) {
        unnamable = unnamable || why_not(parents->at[i]);
        is_loved = is_loved || why_loved(parents->at[i]);
    }
    if (unnamable)
        line(ctx, TCS_STR("what started it cannot be named on a list"));
    if (is_loved)
        line(ctx, TCS_STR("it was started by a shell or the like, which may start anything"));
}

/* Calls line for every reason to look at it before it is listed. */
static void reasons(const struct tcs_learned *l, tcs_why_not_listed *why_not, tcs_line_fn *line, void *ctx)
{
    const char *const against[] = {why_not(l->image), why_loved(l->image)};
    for (size_t i = 0; i < sizeof against / sizeof against[0]; i++)
        if (against[i])
            line(ctx, tcs_str_of(against[i]));
    if (is_of_windows(l->image) && against[1] == NULL)
        line(ctx, TCS_STR("a program of Windows that no profile of the server lists"));
    for (size_t i = 0; i < sizeof open_folders / sizeof open_folders[0]; i++) {
        if (!tcs_str_has_ascii_nocase(l->image, tcs_str_of(open_folders[i])))
            continue;
        line(ctx, TCS_STR("it lies in a folder that users or the web server can usually write to"));
        break;
    }
    for (size_t i = 0; i < sizeof alarming / sizeof alarming[0]; i++)
        if (l->facts & alarming[i].fact)
            line(ctx, tcs_str_of(alarming[i].why));
    if (l->parents.count == 0 || l->parents.has_unknown || l->parents.has_more)
        line(ctx, TCS_STR("not all is known of who started it, so the entry would be for anybody"));
    if (l->accounts.count == 0 || l->accounts.has_unknown || l->accounts.has_more)
        line(ctx, TCS_STR("not all is known of whom it ran as, so the entry would be for any account"));
    if (any_star(&l->parents) || any_star(&l->accounts) || any_star(&l->pools) || has_star(l->image))
        line(ctx, TCS_STR("a name holds *, which stands for anything on a list"));
    reasons_of_parents(&l->parents, why_not, line, ctx);
}

static void count_line(void *ctx, struct tcs_str text)
{
    (void)text;
    ++*(size_t *)ctx;
}

/* ---- YAML ---- */

/* In single quotes nothing but the quote means something. What is not visible has been kept out before. */
static void put_quoted(struct tcs_buf *b, struct tcs_str s)
{
    struct tcs_buf visible;
    tcs_buf_init(&visible, 8 * s.len + 64);
    tcs_put_visible(&visible, s);
    tcs_buf_putc(b, '\'');
    for (size_t i = 0; i < visible.len; i++) {
        if (visible.p[i] == '\'')
            tcs_buf_putc(b, '\'');
        tcs_buf_putc(b, visible.p[i]);
    }
    tcs_buf_putc(b, '\'');
    tcs_buf_done(&visible);
}

static void put_list(struct tcs_buf *b, const char *head, const char *key, const struct tcs_learned_texts *t)
{
    if (t->count == 0 || t->has_more || t->has_unknown)
        return;
    tcs_buf_printf(b, "%s    %s: [", head, key);
    for (size_t i = 0; i < t->count; i++) {
        tcs_buf_puts(b, i ? ", " : "");
        put_quoted(b, t->at[i]);
    }
    tcs_buf_puts(b, "]\n");
}

static void put_reason(void *ctx, struct tcs_str text)
{
    struct tcs_buf *b = ctx;
    tcs_buf_puts(b, "  # REVIEW: ");
    tcs_put_visible(b, text);
    tcs_buf_putc(b, '\n');
}

static void put_remark(struct tcs_buf *b, const char *label, const struct tcs_learned_texts *t)
{
    if (t->count == 0)
        return;
    tcs_buf_printf(b, "  # %s ", label);
    for (size_t i = 0; i < t->count; i++) {
        tcs_buf_puts(b, i ? ", " : "");
        tcs_put_visible(b, t->at[i]);
    }
    tcs_buf_puts(b, t->has_more ? " and others" : "");
    tcs_buf_puts(b, t->has_unknown ? " (and not always known)\n" : "\n");
}

static void put_program(struct tcs_buf *b, const struct tcs_learned *l, tcs_why_not_listed *why_not)
{
    enum { COMMAND_SHOWN = 200 };
    size_t doubts = 0;
    reasons(l, why_not, count_line, &doubts);
    const char *head = doubts ? "# " : "";
    tcs_buf_printf(b, "\n  # %llu time%s, ", (unsigned long long)l->count, l->count == 1 ? "" : "s");
    tcs_buf_time_human(b, l->first);
    tcs_buf_puts(b, " to ");
    tcs_buf_time_human(b, l->last);
    if (l->server.len) {
        tcs_buf_puts(b, ", below ");
        tcs_put_visible(b, l->server);
    }
    tcs_buf_putc(b, '\n');
    put_remark(b, "started by", &l->parents);
    put_remark(b, "as", &l->accounts);
    put_remark(b, "in pool", &l->pools);
    if (l->command.len) {
        tcs_buf_puts(b, "  # for example: ");
        tcs_put_cut(b, l->command, COMMAND_SHOWN, 0, "tocsin scan");
        tcs_buf_putc(b, '\n');
    }
    reasons(l, why_not, put_reason, b);
    tcs_buf_printf(b, "%s  - path: ", head);
    put_quoted(b, l->image);
    tcs_buf_putc(b, '\n');
    put_list(b, head, "parent", &l->parents);
    put_list(b, head, "account", &l->accounts);
    put_list(b, head, "pool", &l->pools);
}

static bool is_doubtful(const struct tcs_learned *l, tcs_why_not_listed *why_not)
{
    size_t doubts = 0;
    reasons(l, why_not, count_line, &doubts);
    return doubts > 0;
}

void tcs_render_proposal(struct tcs_buf *b, const struct tcs_proposal *p, tcs_why_not_listed *why_not)
{
    size_t sure = 0;
    for (size_t i = 0; i < p->program_count; i++)
        sure += !is_doubtful(&p->programs[i], why_not);
    tcs_buf_puts(
        b,
        "# A proposal by tocsin learn. It is only as good as the time it was learned from: whatever an "
        "intruder\n"
        "# did then is proposed too. Read every entry; what begins with REVIEW is not listed until you take\n"
        "# the # away, and for most of it you never should.\n#\n");
    tcs_buf_printf(b, "# %llu events", (unsigned long long)p->events);
    if (p->events) {
        tcs_buf_puts(b, " from ");
        tcs_buf_time_human(b, p->first);
        tcs_buf_puts(b, " to ");
        tcs_buf_time_human(b, p->last);
    }
    tcs_buf_printf(b, "; %llu alarms by %zu programs, of which %zu are for review\n",
                   (unsigned long long)p->findings, p->program_count, p->program_count - sure);
    if (p->program_more)
        tcs_buf_printf(b, "# and %zu alarms of further programs, for which there was no room\n",
                       p->program_more);
    tcs_buf_puts(b, sure ? "allow:\n" : "allow: []\n");
    for (size_t i = 0; i < p->program_count; i++)
        put_program(b, &p->programs[i], why_not);
}
