#include "platform/library.h"

#include <dlfcn.h>
#include <string.h>

enum tcs_code tcs_library_load(const char *name, const struct tcs_library_symbol *symbols, void *out,
                               struct tcs_err *err)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s", dlerror());
    for (; symbols->name; symbols++) {
        void *address = dlsym(library, symbols->name);
        if (address == NULL)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s has no %s", name, symbols->name);
        memcpy((char *)out + symbols->offset, &address, sizeof address);
    }
    return TCS_OK;
}
