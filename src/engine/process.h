/* The process table of each host. */
#ifndef TCS_ENGINE_PROCESS_H
#define TCS_ENGINE_PROCESS_H

#include "engine/state.h"

/* The living process with this number, or the one that had it last; NONE. */
uint32_t process_find(struct tcs_engine *e, uint32_t host, uint64_t pid);
uint32_t process_find_guid(const struct tcs_engine *e, uint32_t host, const uint8_t guid[16]);
/* A new process under this number; a former one gives it up. NONE if there is no room. */
uint32_t process_new(struct tcs_engine *e, uint32_t host, uint64_t pid, const uint8_t *guid);
/* Sysmon's name for a process that was known by its number. */
void process_learn_guid(struct tcs_engine *e, uint32_t process, const uint8_t guid[16]);
/* Puts it below its parent, unless it has one or would be its own ancestor. */
void process_set_parent(struct tcs_engine *e, uint32_t process, uint32_t parent);
/* The process is over; it stays as long as it is needed for its descendants or a while. */
void process_exit(struct tcs_engine *e, uint32_t process, struct tcs_time when);
void process_drop_host(struct tcs_engine *e, uint32_t host, struct tcs_time before);
void process_free_all(struct tcs_engine *e);

/* The steps of coming to be, apart, for a process that is loaded: an empty one under its number ... */
void process_set_defaults(struct process *p, uint32_t host, uint64_t pid);
/* ... that is found by it again (false without memory), and at the head of its host's and its parent's list.
 */
bool process_index(struct tcs_engine *e, uint32_t process);
void process_join_host(struct tcs_engine *e, uint32_t process, uint32_t host);
void process_join_parent(struct tcs_engine *e, uint32_t process, uint32_t parent);

/* Keeps a copy of a text of the event, up to the limit. */
void process_keep_command(struct tcs_engine *e, struct process *p, struct tcs_value command);

#endif
