/* What descends from a web server. */
#ifndef TCS_ENGINE_LINEAGE_H
#define TCS_ENGINE_LINEAGE_H

#include "engine/state.h"

/* Looks whether the process is a worker by now; if so, what it has started is marked, and rings. */
void lineage_consider(struct tcs_engine *e, uint32_t process);

/* Marks what the process has started; its own root says below whom. */
void lineage_mark_children(struct tcs_engine *e, uint32_t process);

/* How sure it is that the process is below a web server: TCS_FACT_WORKER_*. */
unsigned lineage_facts(const struct tcs_engine *e, const struct process *p);

/*
 * TCS_FACT_NOW_*: a descendant runs as somebody else than its worker. Not if
 * that is another account of the web server: programs started for a request
 * run as the visitor's.
 */
unsigned lineage_change_facts(const struct tcs_engine *e, const struct process *p, const struct claim *self,
                              bool is_listed);

#endif
