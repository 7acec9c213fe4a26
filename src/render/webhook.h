/*
 * Bodies of web hooks: the JSON that is posted. For programs it is the
 * finding itself; chat tools each want a form of their own, in which the
 * texts of intruders must be nothing but text.
 */
#ifndef TCS_RENDER_WEBHOOK_H
#define TCS_RENDER_WEBHOOK_H

#include "base/buf.h"
#include "model/channel.h"

/*
 * Appends the body. generic: the one message's JSON, or {"count": 2,
 * "messages": [...]}. Chat tools: a summary and a line for each message, as
 * many as the tool takes; what is beyond is counted in a last line.
 */
void tcs_render_webhook(struct tcs_buf *b, enum tcs_webhook_template form, const struct tcs_message *messages,
                        size_t count);

#endif
