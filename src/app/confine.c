#include "app/confine.h"

#include "platform/confine.h"

#include <stdlib.h>
#include <string.h>

/* Where a pipe is copied to. */
static const char *temporary_folder(void)
{
    const char *folder = tcs_environment("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

void tcs_confine_to_inputs(const char *const *paths, size_t count, const struct tcs_inputs *inputs)
{
    const char **read = calloc(count + inputs->count + 1, sizeof *read);
    const char *write[] = {temporary_folder()};
    struct tcs_confinement needs = {.read = read, .write = write};
    if (read == NULL)
        return; /* the run itself will say that there is no memory */
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i], "-") != 0)
            read[needs.read_count++] = paths[i];
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->at[i].is_link)
            read[needs.read_count++] = inputs->at[i].path;
        if (inputs->at[i].is_pipe)
            needs.write_count = 1;
    }
    tcs_confine(&needs);
    free(read);
}
