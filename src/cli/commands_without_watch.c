#include "cli/command.h"

#include <stddef.h>

/* For a system on which logs cannot be watched yet. */
const struct tcs_command *const tcs_commands[] = {
    &tcs_command_scan, &tcs_command_dump, &tcs_command_check, &tcs_command_profiles, &tcs_command_learn, NULL,
};
