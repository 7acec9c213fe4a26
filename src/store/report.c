#include "store/db.h"

enum tcs_code tcs_store_put_report(struct tcs_store *s, const struct tcs_incident_report *report,
                                   struct tcs_err *err)
{
    bool own;
    enum tcs_code code = store_enter(s, &own, err);
    if (code != TCS_OK)
        return code;
    const struct tcs_str texts[] = {report->host, report->account, report->program,    report->headline,
                                    report->text, report->html,    report->record_xml, report->record_json};
    store_use(s, SQL_PUT_REPORT);
    store_bind_text(s, 1, report->incident_id);
    store_bind_text(s, 2, tcs_str_of(tcs_severity_names[report->severity]));
    store_bind_u64(s, 3, report->finding_count);
    store_bind_time(s, 4, report->first);
    store_bind_time(s, 5, report->last);
    for (int i = 0; i < 8; i++)
        store_bind_text(s, 6 + i, texts[i]);
    return store_leave(s, own, store_run(s, "cannot keep the report of an incident", err), err);
}

enum tcs_code tcs_store_get_report(struct tcs_store *s, struct tcs_str incident_id, struct tcs_arena *arena,
                                   struct tcs_incident_report *out, struct tcs_err *err)
{
    *out = (struct tcs_incident_report){0};
    store_use(s, SQL_GET_REPORT);
    store_bind_text(s, 1, incident_id);
    enum tcs_code code = store_step(s, "cannot read the report of an incident", err);
    if (code != TCS_OK)
        return code;
    struct tcs_str *const texts[] = {&out->host, &out->account, &out->program,    &out->headline,
                                     &out->text, &out->html,    &out->record_xml, &out->record_json};
    out->incident_id = store_text(s, 0, arena);
    out->severity = store_severity(s, 1);
    out->finding_count = store_u64(s, 2);
    out->first = store_time(s, 3);
    out->last = store_time(s, 4);
    for (int i = 0; i < 8; i++)
        *texts[i] = store_text(s, 5 + i, arena);
    code = store_check(s, err);
    store_reset(s);
    return code;
}
