#include "delivery/channel.h"

#include <stdarg.h>
#include <stdio.h>

const struct tcs_channel_ops *tcs_channel_ops_of(enum tcs_channel_type type)
{
    static const struct tcs_channel_ops *const all[TCS_CHANNEL_TYPE_COUNT] = {
        [TCS_CHANNEL_STDOUT] = &tcs_channel_stdout,
        [TCS_CHANNEL_FILE] = &tcs_channel_file,
    };
    return (unsigned)type < TCS_CHANNEL_TYPE_COUNT ? all[type] : NULL;
}

enum tcs_send_result tcs_receipt_say(struct tcs_receipt *r, enum tcs_send_result result, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->text, sizeof r->text, fmt, args);
    va_end(args);
    return result;
}
