#include "engine/coverage.h"

static void add(struct tcs_coverage *c, enum tcs_witness w)
{
    c->counts[w]++;
}

static bool has(const struct tcs_event *ev, enum tcs_key key)
{
    return !tcs_value_is_absent(ev->v[key]);
}

/* Audit ids of NT 4 are 32-bit numbers far above any process id. */
static bool has_audit_id(const struct tcs_event *ev)
{
    uint64_t pid;
    return tcs_value_u64(ev->v[TCS_KEY_PID], &pid) && pid >= (UINT64_C(1) << 27);
}

static bool is_driveless(const struct tcs_event *ev)
{
    struct tcs_value image = ev->v[TCS_KEY_IMAGE];
    if (image.type == TCS_VALUE_UTF8)
        return image.len >= 2 && image.p[1] != ':';
    return image.type == TCS_VALUE_STRING && image.len >= 4 && !(image.p[2] == ':' && image.p[3] == 0);
}

static void add_start(struct tcs_coverage *c, const struct tcs_event *ev)
{
    if (has(ev, TCS_KEY_COMMAND))
        add(c, TCS_WITNESS_START_COMMAND);
    if (ev->origin == TCS_ORIGIN_SYSMON) {
        add(c, TCS_WITNESS_START_SYSMON);
    } else if (ev->origin == TCS_ORIGIN_SECURITY_EVT) {
        add(c, TCS_WITNESS_START_OLD);
        if (has_audit_id(ev))
            add(c, TCS_WITNESS_AUDIT_ID);
        if (is_driveless(ev))
            add(c, TCS_WITNESS_DRIVELESS);
    } else {
        /* A target that names nobody still says that there was a place for it. */
        bool has_target = ev->v[TCS_KEY_TARGET_LOGON].type != TCS_VALUE_NULL;
        add(c, has_target ? TCS_WITNESS_START_TARGET : TCS_WITNESS_START_SUBJECT);
        if (has(ev, TCS_KEY_CREATOR_IMAGE))
            add(c, TCS_WITNESS_START_PARENT);
    }
}

static void add_exit(struct tcs_coverage *c, const struct tcs_event *ev)
{
    if (ev->origin == TCS_ORIGIN_SYSMON)
        add(c, TCS_WITNESS_EXIT_SYSMON);
    else if (ev->origin != TCS_ORIGIN_SECURITY_EVT)
        add(c, TCS_WITNESS_EXIT);
    else
        add(c, ev->traits & TCS_TRAIT_NO_IMAGE ? TCS_WITNESS_EXIT_NO_IMAGE : TCS_WITNESS_EXIT_OLD);
}

static void add_open(struct tcs_coverage *c, const struct tcs_event *ev)
{
    struct tcs_value type = ev->v[TCS_KEY_OBJECT_TYPE];
    if (!tcs_value_is_absent(type) && !tcs_value_eq_ascii_nocase(type, TCS_STR("File")))
        return;
    if (ev->origin != TCS_ORIGIN_SECURITY_EVT) {
        add(c, TCS_WITNESS_OPEN);
        return;
    }
    add(c, TCS_WITNESS_OPEN_OLD);
    if (ev->kind == TCS_EVENT_FILE_OPEN && !has(ev, TCS_KEY_IMAGE))
        add(c, TCS_WITNESS_OPEN_NT);
    if (has(ev, TCS_KEY_ACCESS_MASK))
        add(c, TCS_WITNESS_OPEN_2003);
}

void tcs_coverage_add(struct tcs_coverage *c, const struct tcs_event *ev)
{
    bool is_old = ev->origin == TCS_ORIGIN_SECURITY_EVT;
    if (ev->kind == TCS_EVENT_PROCESS_START)
        add_start(c, ev);
    else if (ev->kind == TCS_EVENT_PROCESS_EXIT)
        add_exit(c, ev);
    else if (ev->kind == TCS_EVENT_TOKEN_ASSIGNED)
        add(c, is_old ? TCS_WITNESS_TOKEN_OLD : TCS_WITNESS_TOKEN);
    else if (ev->kind == TCS_EVENT_FILE_OPEN || ev->kind == TCS_EVENT_FILE_ACCESS)
        add_open(c, ev);
    else if (ev->kind == TCS_EVENT_LOGON)
        add(c, TCS_WITNESS_LOGON);
    else
        add(c, TCS_WITNESS_OTHER);
}

void tcs_coverage_merge(struct tcs_coverage *to, const struct tcs_coverage *from)
{
    for (unsigned i = 0; i < TCS_WITNESS_COUNT; i++)
        to->counts[i] += from->counts[i];
    to->unknown_layouts += from->unknown_layouts;
    to->wrong_log += from->wrong_log;
}

/*
 * The rows of each rule, the best that fits wins. `any` of these witnesses
 * must be there, and all of `also`.
 */
#define W(name) (1u << TCS_WITNESS_##name)

static const struct row {
    enum tcs_rule rule;
    enum tcs_ability ability;
    uint32_t any, also;
    const char *why;
    enum tcs_mend mend;
} rows[] = {
    {TCS_RULE_ACCOUNT_START, TCS_ABLE, W(START_TARGET) | W(START_SYSMON), 0, NULL, TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_START, TCS_ABLE, W(START_OLD), W(TOKEN_OLD), "592 joined with 600", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_START, TCS_ABLE, W(START_SUBJECT), W(TOKEN), "4688 joined with 4696", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_START, TCS_PARTLY, W(START_OLD), 0,
     "592 names who started a program, so what IIS itself starts shows as SYSTEM; its children are right",
     TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_START, TCS_PARTLY, W(START_SUBJECT), 0,
     "4688 of this Windows names who started a program; where IIS changes the account, the exit tells",
     TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_START, TCS_BLIND, 0, 0, "no process starts in the log", TCS_MEND_STARTS},

    {TCS_RULE_ACCOUNT_EXIT, TCS_ABLE, W(EXIT) | W(EXIT_OLD), 0, NULL, TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_EXIT, TCS_PARTLY, W(EXIT_SYSMON), 0,
     "Sysmon names the account at exit only since version 13.30", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_EXIT, TCS_BLIND, W(EXIT_NO_IMAGE), 0,
     "593 has no image before XP; account-joined takes its place", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_EXIT, TCS_BLIND, 0, 0, "no process exits in the log", TCS_MEND_EXITS},

    {TCS_RULE_ACCOUNT_OPEN, TCS_ABLE, W(OPEN) | W(OPEN_OLD), 0, NULL, TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_OPEN, TCS_BLIND, 0, 0, "no audited file accesses in the log", TCS_MEND_OPENS},

    {TCS_RULE_ACCOUNT_JOINED, TCS_ABLE, W(START_OLD), W(EXIT_NO_IMAGE), "592 joined with 593", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_JOINED, TCS_ABLE, W(START_OLD), W(OPEN_OLD), "560 joined with 592", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_JOINED, TCS_ABLE, W(START_SUBJECT), W(EXIT), "4688 joined with 4689", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_JOINED, TCS_ABLE, W(START_SUBJECT) | W(START_TARGET), W(OPEN),
     "4656 or 4663 joined with 4688", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_JOINED, TCS_ABLE, W(START_TARGET) | W(START_SYSMON), 0,
     "not needed: the starts name the account themselves", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_JOINED, TCS_BLIND, W(EXIT_NO_IMAGE), 0,
     "593 without images and no 592 to join them with", TCS_MEND_STARTS},
    {TCS_RULE_ACCOUNT_JOINED, TCS_BLIND, W(START_OLD) | W(START_SUBJECT), 0,
     "starts without exits or audited file accesses to join them with", TCS_MEND_EXITS},
    {TCS_RULE_ACCOUNT_JOINED, TCS_BLIND, 0, 0, "nothing to join", TCS_MEND_STARTS},

    {TCS_RULE_SERVER_CHILD, TCS_ABLE, W(START_PARENT) | W(START_SYSMON), 0, NULL, TCS_MEND_NONE},
    {TCS_RULE_SERVER_CHILD, TCS_PARTLY, W(START_OLD), W(AUDIT_ID),
     "NT 4 numbers processes by audit ids: a server is known by its own start, or by whom it impersonates in "
     "560",
     TCS_MEND_NONE},
    {TCS_RULE_SERVER_CHILD, TCS_PARTLY, W(START_OLD) | W(START_SUBJECT) | W(START_TARGET), 0,
     "starts name their parent by number only: a server that was started before the log begins is known by "
     "other records or not at all",
     TCS_MEND_NONE},
    {TCS_RULE_SERVER_CHILD, TCS_BLIND, 0, 0, "no process starts in the log", TCS_MEND_STARTS},

    {TCS_RULE_ACCOUNT_CHANGE, TCS_ABLE, W(START_TARGET) | W(START_SYSMON), 0, NULL, TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_CHANGE, TCS_ABLE, W(TOKEN) | W(TOKEN_OLD), 0, "by the account that 600 or 4696 assign",
     TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_CHANGE, TCS_PARTLY, W(START_OLD) | W(START_SUBJECT), 0,
     "starts name who started a program, so a change shows one generation later", TCS_MEND_NONE},
    {TCS_RULE_ACCOUNT_CHANGE, TCS_BLIND, 0, 0, "no process starts in the log", TCS_MEND_STARTS},
};

void tcs_coverage_abilities(const struct tcs_coverage *c, struct tcs_rule_ability out[TCS_ABILITY_ROWS])
{
    uint32_t present = 0;
    for (unsigned i = 0; i < TCS_WITNESS_COUNT; i++)
        present |= c->counts[i] ? 1u << i : 0;
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        bool is_settled = count && out[count - 1].rule == row->rule;
        bool fits = (row->any == 0 || (present & row->any)) && (present & row->also) == row->also;
        if (is_settled || !fits || count == TCS_ABILITY_ROWS)
            continue;
        out[count++] = (struct tcs_rule_ability){row->rule, row->ability, row->why, row->mend};
    }
}

const char *tcs_coverage_generation(const struct tcs_coverage *c)
{
    static const struct {
        uint32_t any;
        const char *text;
    } generations[] = {
        {W(START_PARENT), "Windows 10, Server 2016 or later"},
        {W(START_TARGET), "Windows 8.1 or Server 2012 R2 with updates, or later"},
        {W(TOKEN), "Vista or Server 2008"},
        {W(START_SUBJECT) | W(EXIT) | W(OPEN), "Vista, Server 2008 or later"},
        {W(OPEN_2003), "Server 2003"},
        {W(TOKEN_OLD) | W(EXIT_OLD), "XP or Server 2003"},
        {W(AUDIT_ID), "NT 4"},
        {W(OPEN_NT) | W(EXIT_NO_IMAGE), "NT 4 or Windows 2000"},
        {W(START_OLD) | W(OPEN_OLD), "NT 4 to Server 2003"},
        {W(START_SYSMON) | W(EXIT_SYSMON), "Windows 7 or later, with Sysmon"},
    };
    for (size_t i = 0; i < sizeof generations / sizeof generations[0]; i++)
        for (unsigned k = 0; k < TCS_WITNESS_COUNT; k++)
            if (c->counts[k] && (generations[i].any >> k & 1))
                return generations[i].text;
    return NULL;
}
