/* Copies of what is known into an incident, which must outlive the tables. */
#ifndef TCS_ENGINE_SNAPSHOT_H
#define TCS_ENGINE_SNAPSHOT_H

#include "engine/state.h"

/* Texts go to the incident's arena; without memory they are empty, and the finding still counts. */
struct tcs_str snapshot_text(struct tcs_incident *incident, struct tcs_str s);
struct tcs_str snapshot_image(struct tcs_engine *e, struct tcs_incident *incident, uint32_t image);
struct tcs_account snapshot_account(const struct tcs_engine *e, struct tcs_incident *incident,
                                    uint32_t account);

/* The record being fed. */
void snapshot_record(const struct tcs_engine *e, struct tcs_incident *incident, struct tcs_record_copy *out);

/* What people want to know of the server above a process. */
void snapshot_server(const struct tcs_engine *e, struct tcs_incident *incident, struct tcs_finding *f,
                     const struct process *p);

/* What is known now of a process, into its finding and its node of the tree. */
void snapshot_process(struct tcs_engine *e, uint32_t number, uint32_t process, struct tcs_finding *f);

/* Gives the process a node in the tree, and those of its ancestors up to the worker that have none. */
void snapshot_lineage(struct tcs_engine *e, uint32_t number, uint32_t process);

#endif
