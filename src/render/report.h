/*
 * What channels are told, made from what the engine knows: the message of a
 * finding, and the report of an incident as it stands.
 */
#ifndef TCS_RENDER_REPORT_H
#define TCS_RENDER_REPORT_H

#include "model/message.h"

/*
 * The message of a finding: everything but sequence, revision and queued,
 * which the caller knows. Texts are the incident's or go to arena. NOMEM,
 * LIMIT.
 */
enum tcs_code tcs_render_message(const struct tcs_incident *incident, const struct tcs_finding *f,
                                 struct tcs_arena *arena, struct tcs_message *out, struct tcs_err *err);

/*
 * The report of an incident, which must have a finding: text, page, and the
 * gravest finding's record, as they stand now. Texts are the incident's or go
 * to arena. NOMEM, LIMIT.
 */
enum tcs_code tcs_render_report(const struct tcs_incident *incident, struct tcs_arena *arena,
                                struct tcs_incident_report *out, struct tcs_err *err);

#endif
