#include "model/message.h"

const char *const tcs_message_kind_names[TCS_MESSAGE_KIND_COUNT] = {
    [TCS_MESSAGE_FINDING] = "finding", [TCS_MESSAGE_BLINDNESS] = "blindness", [TCS_MESSAGE_DRILL] = "drill",
    [TCS_MESSAGE_ALIVE] = "alive",     [TCS_MESSAGE_TROUBLE] = "trouble",
};

bool tcs_message_kind_parse(struct tcs_str text, enum tcs_message_kind *out)
{
    for (unsigned i = 0; i < TCS_MESSAGE_KIND_COUNT; i++) {
        if (!tcs_str_eq(text, tcs_str_of(tcs_message_kind_names[i])))
            continue;
        *out = (enum tcs_message_kind)i;
        return true;
    }
    return false;
}
