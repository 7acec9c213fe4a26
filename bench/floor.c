/*
 * What reading an .evtx costs at the least: read() into a buffer that stays in
 * the L2 cache, and both checksums of every chunk. Nothing else is done, so
 * whatever a scan takes beyond this is its own.
 *
 *     floor FILE
 */
#include <isa-l/crc.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_BLOCK = 4096, CHUNK = 65536, CHUNKS = 4 };

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* 1 if a checksum is wrong. */
static unsigned check(const uint8_t *chunk)
{
    uint32_t end = get32(chunk + 48);
    if (end < 512 || end > CHUNK)
        return 1;
    uint32_t head = crc32_gzip_refl(0, chunk, 120);
    head = crc32_gzip_refl(head, chunk + 128, 384);
    return head != get32(chunk + 124) || crc32_gzip_refl(0, chunk + 512, end - 512) != get32(chunk + 52);
}

int main(int argc, char **argv)
{
    static uint8_t buf[CHUNKS * CHUNK];
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || lseek(fd, HEADER_BLOCK, SEEK_SET) < 0) {
        fputs("usage: floor FILE.evtx\n", stderr);
        return 2;
    }
    unsigned bad = 0;
    ssize_t got;
    while ((got = read(fd, buf, sizeof buf)) > 0)
        for (ssize_t at = 0; at + CHUNK <= got; at += CHUNK)
            bad += check(buf + at);
    close(fd);
    if (bad)
        fprintf(stderr, "floor: %u chunks with a wrong checksum\n", bad);
    return bad != 0;
}
