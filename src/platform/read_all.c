#include "platform/platform.h"

enum tcs_code tcs_file_read_all(const char *path, size_t most, struct tcs_arena *arena, struct tcs_str *out,
                                struct tcs_err *err)
{
    struct tcs_file f;
    enum tcs_code code = tcs_file_open(path, &f, err);
    if (code != TCS_OK)
        return code;
    size_t got = 0;
    char *text = NULL;
    if (f.kind == TCS_FILE_FOLDER)
        code = tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "is a folder");
    else if (f.kind != TCS_FILE_REGULAR)
        code = tcs_fail(err, TCS_CONFIG, TCS_NO_OFFSET, "is a pipe or a device; name a file");
    else if (f.size > most)
        code = tcs_fail(err, TCS_LIMIT, TCS_NO_OFFSET, "is larger than %zu bytes", most);
    else if ((text = tcs_arena_alloc(arena, (size_t)f.size)) == NULL)
        code = tcs_fail(err, TCS_NOMEM, TCS_NO_OFFSET, "no memory to read it");
    else
        code = tcs_file_read_at(&f, 0, text, (size_t)f.size, &got, err);
    tcs_file_close(&f);
    *out = (struct tcs_str){text, got};
    return code;
}
