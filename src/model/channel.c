#include "model/channel.h"

const char *const tcs_channel_type_names[TCS_CHANNEL_TYPE_COUNT] = {
    [TCS_CHANNEL_NONE] = "",           [TCS_CHANNEL_STDOUT] = "stdout",   [TCS_CHANNEL_FILE] = "file",
    [TCS_CHANNEL_COMMAND] = "command", [TCS_CHANNEL_WEBHOOK] = "webhook", [TCS_CHANNEL_MAIL] = "mail",
    [TCS_CHANNEL_SYSLOG] = "syslog",
};

bool tcs_channel_wants(const struct tcs_channel_config *channel, const struct tcs_message *message)
{
    bool is_judged = message->kind == TCS_MESSAGE_FINDING || message->kind == TCS_MESSAGE_BLINDNESS;
    return !is_judged || message->severity >= channel->min_severity;
}
