#include "model/finding.h"

const char *const tcs_severity_names[TCS_SEVERITY_COUNT] = {
    [TCS_SEVERITY_NONE] = "none", [TCS_NOTE] = "note",       [TCS_POSSIBLE] = "possible",
    [TCS_LIKELY] = "likely",      [TCS_CERTAIN] = "certain", [TCS_CRITICAL] = "critical",
};

const char *const tcs_rule_names[TCS_RULE_COUNT] = {
    [TCS_RULE_ACCOUNT_START] = "account-start",
    [TCS_RULE_ACCOUNT_EXIT] = "account-exit",
    [TCS_RULE_ACCOUNT_OPEN] = "account-open",
    [TCS_RULE_ACCOUNT_JOINED] = "account-joined",
    [TCS_RULE_SERVER_CHILD] = "server-child",
    [TCS_RULE_ACCOUNT_CHANGE] = "account-change",
    [TCS_RULE_DEDICATED_START] = "dedicated-start",
    [TCS_RULE_LOG_CLEARED] = "log-cleared",
    [TCS_RULE_AUDIT_OFF] = "audit-off",
    [TCS_RULE_EVENTS_LOST] = "events-lost",
    [TCS_RULE_LOG_FULL] = "log-full",
    [TCS_RULE_RECORD_GAP] = "record-gap",
    [TCS_RULE_LOG_STOPPED] = "log-stopped",
    [TCS_RULE_CLOCK_STEP] = "clock-step",
    [TCS_RULE_SOURCE_SILENT] = "source-silent",
    [TCS_RULE_INPUT_DAMAGED] = "input-damaged",
    [TCS_RULE_TABLES_FULL] = "tables-full",
    [TCS_RULE_UNDELIVERABLE] = "undeliverable",
};

bool tcs_severity_parse(struct tcs_str text, enum tcs_severity *out)
{
    for (unsigned i = TCS_NOTE; i < TCS_SEVERITY_COUNT; i++) {
        if (tcs_str_eq(text, tcs_str_of(tcs_severity_names[i]))) {
            *out = (enum tcs_severity)i;
            return true;
        }
    }
    return false;
}
