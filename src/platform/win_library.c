#include "platform/library.h"

#include <curl/curl.h>
#include <string.h>

/* On Windows libcurl is a part of the program: nothing has to be installed, nothing of another version is
 * met. */
typedef void function(void);
static const struct {
    const char *name;
    function *address;
} functions[] = {
    {"curl_global_init", (function *)curl_global_init},
    {"curl_easy_init", (function *)curl_easy_init},
    {"curl_easy_setopt", (function *)curl_easy_setopt},
    {"curl_easy_perform", (function *)curl_easy_perform},
    {"curl_easy_getinfo", (function *)curl_easy_getinfo},
    {"curl_easy_send", (function *)curl_easy_send},
    {"curl_easy_recv", (function *)curl_easy_recv},
    {"curl_easy_strerror", (function *)curl_easy_strerror},
    {"curl_easy_cleanup", (function *)curl_easy_cleanup},
    {"curl_slist_append", (function *)curl_slist_append},
    {"curl_slist_free_all", (function *)curl_slist_free_all},
};

enum tcs_code tcs_library_load(const char *name, const struct tcs_library_symbol *symbols, void *out,
                               struct tcs_err *err)
{
    for (; symbols->name; symbols++) {
        function *address = NULL;
        for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
            if (strcmp(functions[i].name, symbols->name) == 0)
                address = functions[i].address;
        if (address == NULL)
            return tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "%s has no %s in this program", name,
                            symbols->name);
        memcpy((char *)out + symbols->offset, &address, sizeof address);
    }
    return TCS_OK;
}
