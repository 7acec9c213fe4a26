/* CRC-32 as EVTX uses it (reflected 0xEDB88320, as in zlib), at the speed of ISA-L. */
#ifndef TCS_BASE_CRC32_H
#define TCS_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of len bytes that follow bytes whose CRC is `before` (0 to begin). */
uint32_t tcs_crc32(uint32_t before, const void *p, size_t len);

#endif
