#include "base/crc32.h"

#include <isa-l/crc.h>

uint32_t tcs_crc32(uint32_t before, const void *p, size_t len)
{
    return crc32_gzip_refl(before, p, len);
}
