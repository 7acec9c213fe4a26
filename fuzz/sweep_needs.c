#include "sweep_log.h"

#include "base/cursor.h"

/*
 * Written from the description of the formats (docs/formats.md and the tables
 * in src/decode), not with the readers: it looks at undamaged logs only.
 */
enum {
    FILE_HEADER = 4096,
    CHUNK = 65536,
    RECORD_BODY = 24,
    FRAGMENT = 4,
    INSTANCE_HEAD = 10,
    DEFINITION_HEAD = 24,
    TYPE_BINXML = 0x21,
    EVT_HEADER = 48,
    EVT_END_RECORD = 40,
    DEPTH_MOST = 8,
};

struct needs {
    const uint8_t *chunk;
    uint64_t base; /* of the chunk in the file */
    struct sweep_stretch *out;
    size_t count;
};

static void need(struct needs *n, uint64_t off, uint64_t len)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->out[i].off == off && n->out[i].len == len)
            return;
    FUZZ_REQUIRE(n->count < SWEEP_STRETCHES_MOST);
    n->out[n->count++] = (struct sweep_stretch){off, len};
}

/* A name that the definition [from, from + len) refers to and that stands elsewhere in the chunk. */
static bool is_name_elsewhere(const struct needs *n, uint32_t off, uint32_t from, uint32_t len)
{
    bool is_inside = off >= from && off < from + len;
    if (is_inside || off < 512 || off > CHUNK - 10)
        return false;
    uint32_t units = tcs_le16(n->chunk + off + 6);
    return units > 0 && units < 256 && off + 10 + 2 * units <= CHUNK && off < from &&
           tcs_le16(n->chunk + off + 8 + 2 * units) == 0;
}

/* A stretch of elements, with the names it refers to. What only looks like an offset is a need too many:
 * safe. */
static void need_elements(struct needs *n, uint32_t off, uint32_t len)
{
    need(n, n->base + off, len);
    for (uint32_t at = off; at + 4 <= off + len; at++) {
        uint32_t name = tcs_le32(n->chunk + at);
        if (is_name_elsewhere(n, name, off, len))
            need(n, n->base + name, 10 + 2 * (uint64_t)tcs_le16(n->chunk + name + 6));
    }
}

/* The instance at pos: its definition, and those of the instances in its values. No recursion: a list of
 * places. */
static void need_instances(struct needs *n, uint32_t pos)
{
    uint32_t places[DEPTH_MOST * 8] = {pos};
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = n->chunk + places[i];
        if (p[0] != 0x0C)
            continue;
        uint32_t definition = tcs_le32(p + 6), at = places[i] + INSTANCE_HEAD;
        need_elements(n, definition, DEFINITION_HEAD + tcs_le32(n->chunk + definition + 20));
        if (definition == at)
            at += DEFINITION_HEAD + tcs_le32(n->chunk + at + 20);
        uint32_t values = tcs_le32(n->chunk + at), value = at + 4 + 4 * values;
        for (uint32_t v = 0; v < values; v++) {
            const uint8_t *descriptor = n->chunk + at + 4 + 4 * v;
            if (descriptor[2] == TYPE_BINXML && tcs_le16(descriptor) > FRAGMENT &&
                count < sizeof places / sizeof places[0])
                places[count++] = value + (n->chunk[value] == 0x0F ? FRAGMENT : 0);
            value += tcs_le16(descriptor);
        }
    }
}

static void needs_of_evtx(struct needs *n, struct tcs_bytes log, uint64_t offset)
{
    n->base = FILE_HEADER + (offset - FILE_HEADER) / CHUNK * CHUNK;
    n->chunk = log.p + n->base;
    uint32_t pos = (uint32_t)(offset - n->base);
    need(n, n->base, 8);       /* the signature */
    need(n, n->base + 48, 4);  /* where the records end */
    need(n, n->base + 120, 4); /* whether there are checksums */
    uint32_t len = tcs_le32(n->chunk + pos + 4);
    if (n->chunk[pos + RECORD_BODY + FRAGMENT] != 0x0C)
        need_elements(n, pos, len); /* forwarded: its elements stand in itself */
    else
        need(n, offset, len);
    need_instances(n, pos + RECORD_BODY + FRAGMENT);
}

static void needs_of_evt(struct needs *n, struct tcs_bytes log, uint64_t offset)
{
    uint64_t len = tcs_le32(log.p + offset), before_end = log.len - offset;
    need(n, 0, EVT_HEADER);
    need(n, tcs_le32(log.p + 20), EVT_END_RECORD);
    need(n, offset, len < before_end ? len : before_end);
    /* The rest stands behind the header: less than all of it, in whatever way it was split. */
    if (len > before_end)
        need(n, EVT_HEADER, len < log.len - EVT_HEADER ? len : log.len - EVT_HEADER);
}

size_t sweep_needs(struct tcs_bytes log, uint64_t offset, struct sweep_stretch out[SWEEP_STRETCHES_MOST])
{
    struct needs n = {.out = out};
    if (memcmp(log.p, "ElfFile", 8) == 0)
        needs_of_evtx(&n, log, offset);
    else
        needs_of_evt(&n, log, offset);
    return n.count;
}
