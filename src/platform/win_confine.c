#include "platform/confine.h"

/* Windows has no way for a running program to give up opening files; a service's own account has few rights.
 */
unsigned tcs_confine(const struct tcs_confinement *needs)
{
    (void)needs;
    return 0;
}

void tcs_keep_memory_private(void)
{
}

void tcs_confine_to_open_files(void)
{
}
