#include "cli/command.h"

#include <stddef.h>

const struct tcs_command *const tcs_commands[] = {
    &tcs_command_scan,  &tcs_command_watch,    &tcs_command_status, &tcs_command_drill, &tcs_command_dump,
    &tcs_command_check, &tcs_command_profiles, &tcs_command_learn,  &tcs_command_setup, NULL,
};
