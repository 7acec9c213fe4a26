/* A whole file of events in JSON, as it comes; also in pieces, as a pipe brings it. */
#include "support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_log(data, size);
    fuzz_split_log(data, size);
    return 0;
}
