/* A whole file, as it comes; small enough for the fuzzer to reach the ends of the ring. */
#include "support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_log(data, size);
    return 0;
}
