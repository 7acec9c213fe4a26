/* Findings: made, widened by further evidence, raised. */
#ifndef TCS_ENGINE_FINDING_H
#define TCS_ENGINE_FINDING_H

#include "engine/state.h"
#include "engine/verdict.h"

/*
 * Adds evidence to the finding of a process, which is made if need be. facts
 * widen what is known; severity is only used with TCS_FACT_NEED_NOTED and
 * the like (a listed program).
 */
void finding_report(struct tcs_engine *e, uint32_t process, const struct tcs_evidence *evidence,
                    unsigned facts, const struct verdict *verdict);

/* A finding about a program that was opened and not started, near the process that opened it (NONE: unknown).
 */
struct finding_ref finding_report_open(struct tcs_engine *e, uint32_t host, uint32_t opener,
                                       const struct open_program *o, unsigned facts);
/* Further evidence for it. */
void finding_add(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence);
/* The opened program has been started: the finding is the process's from now on. */
void finding_adopt(struct tcs_engine *e, uint32_t process, struct finding_ref ref);

/* A finding about tampering; where it is kept, so that it can be raised. */
struct finding_ref finding_report_blindness(struct tcs_engine *e, uint32_t host,
                                            const struct tcs_evidence *evidence, enum tcs_severity severity,
                                            struct tcs_str note);
/* What first looked harmless is not: with the event being fed as evidence. */
void finding_raise(struct tcs_engine *e, struct finding_ref ref, const struct tcs_evidence *evidence,
                   enum tcs_severity severity, struct tcs_str note);

#endif
