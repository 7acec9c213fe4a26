#include "render/setup_steps.h"

const char *const tcs_setup_words[] = {
    "nt4", "2000",   "xp", "2003", "vista", "2008", "7",    "2008r2", "8",  "2012",
    "8.1", "2012r2", "10", "2016", "2019",  "11",   "2022", "2025",   NULL,
};

enum tcs_setup_windows tcs_setup_windows_of(unsigned word)
{
    static const enum tcs_setup_windows first[] = {
        TCS_SETUP_NT4, TCS_SETUP_2000, TCS_SETUP_XP, TCS_SETUP_XP, TCS_SETUP_VISTA, TCS_SETUP_VISTA,
    };
    return word < sizeof first / sizeof first[0] ? first[word] : TCS_SETUP_7;
}

#define NT4    (1u << TCS_SETUP_NT4)
#define W2000  (1u << TCS_SETUP_2000)
#define XP     (1u << TCS_SETUP_XP)
#define VISTA  (1u << TCS_SETUP_VISTA)
#define SEVEN  (1u << TCS_SETUP_7)
#define OLD    (W2000 | XP)
#define MODERN (VISTA | SEVEN)

/* What a line is repeated for. */
enum each { ONCE, EACH_ACCOUNT, EACH_FOLDER };

/*
 * The steps, for the generations of the mask. In lines, {account} and
 * {folder} stand for what the user named.
 */
static const struct line {
    unsigned windows;
    enum each each;
    const char *text;
} lines[] = {
    {NT4 | OLD | MODERN, ONCE,
     "rem 1. A larger log that overwrites what is old. First, because auditing fills a small one in "
     "minutes."},
    {NT4, ONCE,
     "rem    Event Viewer, Log, Log Settings, Security: Maximum Log Size 65536 KB, Overwrite Events as "
     "Needed"},
    {W2000, ONCE,
     "rem    Event Viewer, Security Log, Properties: Maximum log size 81920 KB, Overwrite events as needed"},
    {XP, ONCE,
     "rem    Event Viewer, Security, Properties: Maximum log size 81920 KB, Overwrite events as needed"},
    {MODERN, ONCE, "wevtutil sl Security /ms:1073741824"},
    {MODERN, ONCE, "wevtutil sl Security /rt:false /ab:false"},
    {NT4 | OLD | MODERN, ONCE, ""},
    {NT4 | OLD | MODERN, ONCE, "rem 2. Starts and ends of processes."},
    {NT4, ONCE,
     "rem    User Manager, Policies, Audit, Audit These Events, success: Process Tracking; Security Policy"},
    {NT4, ONCE, "rem    Changes; Restart, Shutdown, and System. Or, with auditpol of the Resource Kit:"},
    {NT4, ONCE, "auditpol /enable /process:success"},
    {OLD, ONCE,
     "rem    Local Security Policy, Local Policies, Audit Policy, success: Audit process tracking; Audit"},
    {OLD, ONCE, "rem    policy change; Audit system events. Then make it effective:"},
    {W2000, ONCE, "secedit /refreshpolicy machine_policy"},
    {XP, ONCE, "gpupdate /force"},
    {XP, ONCE, "rem    (unverified: that gpupdate does here what secedit /refreshpolicy did on 2000)"},
    {MODERN, ONCE, "auditpol /set /subcategory:{0CCE922B-69AE-11D9-BED3-505054503030} /success:enable"},
    {MODERN, ONCE, "auditpol /set /subcategory:{0CCE922C-69AE-11D9-BED3-505054503030} /success:enable"},
    {MODERN, ONCE, "auditpol /set /subcategory:{0CCE922F-69AE-11D9-BED3-505054503030} /success:enable"},
    {MODERN, ONCE,
     "rem    A group policy of whole categories may undo this; so that it does not (unverified):"},
    {MODERN, ONCE,
     "reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa /v SCENoApplyLegacyAuditPolicy /t REG_DWORD /d 1 "
     "/f"},
    {SEVEN, ONCE,
     "rem    In a domain, put it into the group policy too: Advanced Audit Policy Configuration."},
    {NT4 | OLD | MODERN, ONCE, ""},
    {SEVEN, ONCE,
     "rem 3. Command lines of started programs. Passwords that are given on command lines then stand in the "
     "log."},
    {SEVEN, ONCE,
     "rem    On 7 and Server 2008 R2 after update KB3004375. (The registry value is unverified.)"},
    {SEVEN, ONCE,
     "reg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit /v "
     "ProcessCreationIncludeCmdLine_Enabled /t REG_DWORD /d 1 /f"},
    {SEVEN, ONCE, ""},
    {NT4 | OLD | MODERN, ONCE, "rem Then: programs that the web server's account opens for execution."},
    {NT4 | OLD, ONCE,
     "rem    Here it is what tells the right account when a program starts, and the drive it lies on."},
    {NT4, ONCE, "auditpol /enable /object:success"},
    {OLD, ONCE, "rem    Local Security Policy, Local Policies, Audit Policy, success: Audit object access"},
    {MODERN, ONCE, "auditpol /set /subcategory:{0CCE921D-69AE-11D9-BED3-505054503030} /success:enable"},
    {NT4 | OLD, ONCE,
     "rem    Explorer, Properties, Security, Advanced (not on NT 4), Auditing, Add: Execute only, success, "
     "files"},
    {NT4 | OLD, ONCE, "rem    below too; for these accounts:"},
    {NT4 | OLD, EACH_ACCOUNT, "rem      {account}"},
    {NT4 | OLD, ONCE, "rem    on these folders:"},
    {NT4 | OLD, EACH_FOLDER, "rem      {folder}"},
    {VISTA, ONCE,
     "rem    Explorer, Properties, Security, Advanced, Auditing, Add: Execute only, success, files only; "
     "for:"},
    {VISTA, EACH_ACCOUNT, "rem      {account}"},
    {VISTA, ONCE, "rem    on these folders:"},
    {VISTA, EACH_FOLDER, "rem      {folder}"},
    {SEVEN, ONCE,
     "rem    One global entry an account, nothing is written to files (how noisy that is: unverified):"},
    {SEVEN, EACH_ACCOUNT, "auditpol /resourceSACL /set /type:File /user:\"{account}\" /success /access:0x20"},
    {NT4 | OLD | MODERN, ONCE, ""},
    {NT4 | OLD, ONCE,
     "rem Beware of CrashOnAuditFail: with it a full log halts the machine, and an intruder can fill it."},
    {NT4 | OLD | MODERN, ONCE,
     "rem Look whether it works: start a program, then   tocsin check   with a copy of the log."},
};

/* Whom web servers of that time act as. */
static const char *const usual_accounts[TCS_SETUP_COUNT][4] = {
    [TCS_SETUP_NT4] = {"IUSR_%COMPUTERNAME%", "IWAM_%COMPUTERNAME%"},
    [TCS_SETUP_2000] = {"IUSR_%COMPUTERNAME%", "IWAM_%COMPUTERNAME%"},
    [TCS_SETUP_XP] = {"IUSR_%COMPUTERNAME%", "IWAM_%COMPUTERNAME%", "NETWORK SERVICE"},
    [TCS_SETUP_VISTA] = {"IUSR", "NETWORK SERVICE"},
    [TCS_SETUP_7] = {"IUSR", "IIS APPPOOL\\DefaultAppPool"},
};

/* What is named in place of {account} and {folder}. */
struct names {
    const char *const *at;
    size_t count;
};

/* A name must not end the line, the quotes or the comment that it stands in. */
static void put_name(struct tcs_buf *b, const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name >= 0x20 && *name != '"')
            tcs_buf_putc(b, *name);
}

static void put_line(struct tcs_buf *b, const char *text, const char *name)
{
    struct tcs_str s = tcs_str_of(text);
    size_t open = tcs_str_find(s, '{');
    bool is_place = name && open < s.len;
    size_t close = is_place ? open + tcs_str_find(tcs_str_cut(s, open, s.len), '}') + 1 : s.len;
    tcs_buf_str(b, tcs_str_cut(s, 0, is_place ? open : s.len));
    if (is_place) {
        put_name(b, name);
        tcs_buf_str(b, tcs_str_cut(s, close, s.len));
    }
    tcs_buf_putc(b, '\n');
}

void tcs_render_setup_steps(struct tcs_buf *b, const struct tcs_setup_choice *choice)
{
    static const char *const windows_folder[] = {"%SystemRoot%"};
    const char *const *usual = usual_accounts[choice->windows];
    struct names accounts = {choice->accounts, choice->account_count};
    struct names folders = {choice->folders, choice->folder_count};
    if (accounts.count == 0)
        for (accounts.at = usual; accounts.count < 4 && usual[accounts.count];)
            accounts.count++;
    if (folders.count == 0)
        folders = (struct names){windows_folder, 1};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct line *l = &lines[i];
        if (!(l->windows >> choice->windows & 1))
            continue;
        struct names each = l->each == EACH_ACCOUNT ? accounts : folders;
        if (l->each == ONCE)
            put_line(b, l->text, NULL);
        for (size_t k = 0; l->each != ONCE && k < each.count; k++)
            put_line(b, l->text, each.at[k]);
    }
}
