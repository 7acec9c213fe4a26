/* Programs that the web account opened for execution, until their start is seen. */
#ifndef TCS_ENGINE_OPENS_H
#define TCS_ENGINE_OPENS_H

#include "engine/state.h"

/* Keeps what the event being fed opened; the oldest of the host makes room. NULL without memory. */
struct open_program *open_remember(struct tcs_engine *e, uint32_t host, uint64_t pid, uint32_t image,
                                   const struct claim *claim);

/* The newest open of the same program by the same process, just before; NULL. */
struct open_program *open_find_same(struct tcs_engine *e, uint32_t host, uint64_t pid, uint32_t image);

/* The open that gave out this handle; NULL. */
struct open_program *open_find_handle(struct tcs_engine *e, uint32_t host, uint64_t pid, uint64_t handle);

/* The open that the start of image by this creator belongs to; NULL if there is none. */
struct open_program *open_match(struct tcs_engine *e, uint32_t host, uint64_t creator_pid, uint32_t image);

/* The open is about to change: its finding is made, or it is forgotten. */
void open_touch(struct tcs_engine *e, uint32_t host, const struct open_program *o);

/* It has been started, and no further start belongs to it. */
void open_forget(struct tcs_engine *e, uint32_t host, struct open_program *o);
void open_forget_all(struct tcs_engine *e, uint32_t host);

#endif
