/* A whole file, as it comes; files of other kinds must be refused. */
#include "support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_log(data, size);
    return 0;
}
