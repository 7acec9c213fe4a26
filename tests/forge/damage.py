"""Named faults for finished logs: `damage:` is a list of them, put in one after the other.

Each is a mapping of one name to its arguments, for example

    damage:
      - tear: {record: 5}
      - fix_crc: {chunk: 0}

Records are named by the number in their header, chunks by their slot (0 is the first). Checksums are left as they
are, so a fault shows as a wrong checksum too; `fix_crc` makes them right again.
"""
import struct
import types

from . import evtx

PAGE = 4096

PLAIN = types.SimpleNamespace(build=lambda raw: types.SimpleNamespace(data=bytearray(raw), holes=0, tail=b"", records=[]))


def place_of(built, number):
    found = [place for place in built.records if place.record.number == number]
    if len(found) != 1:
        raise ValueError("%d records have the number %d" % (len(found), number))
    return found[0]


def chunk_at(slot):
    return evtx.HEADER_BLOCK + slot * evtx.CHUNK


def put(built, at, data):
    if not 0 <= at <= len(built.data) - len(data):
        raise ValueError("offset %d is outside the file" % at)
    built.data[at:at + len(data)] = data


def write(built, hex, at=0, record=None, chunk=None):
    """Bytes at an offset: of the file, or counted from the start of a record or a chunk."""
    base = place_of(built, record).offset if record is not None else chunk_at(chunk) if chunk is not None else 0
    put(built, base + at, bytes.fromhex(hex))


def flip(built, at=0, record=None, chunk=None, mask=0xFF):
    """One byte, some of its bits turned over."""
    base = place_of(built, record).offset if record is not None else chunk_at(chunk) if chunk is not None else 0
    put(built, base + at, bytes([built.data[base + at] ^ mask]))


def zero(built, size, at=0, record=None, chunk=None):
    """Zeros instead of `size` bytes."""
    write(built, bytes(size).hex(), at, record, chunk)


def truncate(built, at=0, record=None, chunk=None):
    """The file ends here."""
    base = place_of(built, record).offset if record is not None else chunk_at(chunk) if chunk is not None else 0
    del built.data[base + at:]


def append(built, size, seed=1):
    """Bytes that mean nothing behind the end of the file."""
    built.data += junk(size, seed)


def junk(size, seed):
    """A fixed sequence of bytes that looks like noise."""
    out, state = bytearray(), seed
    for _ in range(size):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    return bytes(out)


def tear(built, record, fill=0, until="record"):
    """A page that never reached the disk: from the first 4096-byte edge inside the record on, to the record's end or
    `until: page`, the end of that page. Fails when the record lies within one page."""
    place = place_of(built, record)
    edge = (place.offset // PAGE + 1) * PAGE
    if edge >= place.offset + place.size:
        raise ValueError("record %d does not cross a page edge (it has %d bytes at %d)" % (record, place.size, place.offset))
    end = place.offset + place.size if until == "record" else edge + PAGE
    put(built, edge, bytes([fill]) * (end - edge))


def record_size(built, record, size=None, copy=None, signature=None):
    """The size, its copy, or the signature of a record."""
    place = place_of(built, record)
    length_at = 4 if built.data[place.offset:place.offset + 4] == evtx.SIGNATURE else 0     # .evt: the length comes first
    if size is not None:
        put(built, place.offset + length_at, struct.pack("<I", size))
    if copy is not None:
        put(built, place.offset + place.size - 4, struct.pack("<I", copy))
    if signature is not None:
        put(built, place.offset + 4 - length_at, bytes.fromhex(signature))


def zero_chunk(built, chunk):
    """The whole chunk is zeros."""
    put(built, chunk_at(chunk), bytes(evtx.CHUNK))


def zero_chunk_magic(built, chunk):
    """The first eight bytes of the chunk are zeros, all else stands."""
    put(built, chunk_at(chunk), bytes(8))


CHUNK_FIELDS = {"first_number": (8, "<Q"), "last_number": (16, "<Q"), "first_id": (24, "<Q"), "last_id": (32, "<Q"),
                "last_offset": (44, "<I"), "free": (48, "<I"), "data_crc": (52, "<I"), "flags": (120, "<I"),
                "header_crc": (124, "<I")}


def chunk_header(built, chunk, **fields):
    """Fields of a chunk header: first_number, last_number, first_id, last_id, last_offset, free, data_crc, flags,
    header_crc."""
    for name, value in fields.items():
        at, code = CHUNK_FIELDS[name]
        put(built, chunk_at(chunk) + at, struct.pack(code, value))


def fix_crc(built, chunk):
    """Both checksums of the chunk are right again."""
    start = chunk_at(chunk)
    data = built.data[start:start + evtx.CHUNK]
    evtx.checksum(data)
    put(built, start, data)


def name_at(built, chunk, name):
    return chunk_at(chunk) + built.chunks[chunk].names[name]


def string_table(built, chunk, bucket=None, name=None, offset=0):
    """The heads of the string table: all of them, one bucket, or the bucket of a name."""
    if name is not None:
        bucket = struct.unpack_from("<H", built.data, name_at(built, chunk, name) + 4)[0] % 64
    for i in range(64) if bucket is None else [bucket]:
        put(built, chunk_at(chunk) + 128 + 4 * i, struct.pack("<I", offset & 0xFFFFFFFF))


def string_chain(built, chunk, names):
    """The names linked into a ring: each points to the next, the last to the first."""
    offsets = [built.chunks[chunk].names[name] for name in names]
    for offset, following in zip(offsets, offsets[1:] + offsets[:1]):
        put(built, chunk_at(chunk) + offset, struct.pack("<I", following))


def template_chain(built, chunk):
    """The definitions of the chunk linked into a ring."""
    offsets = built.chunks[chunk].order
    for offset, following in zip(offsets, offsets[1:] + offsets[:1]):
        put(built, chunk_at(chunk) + offset, struct.pack("<I", following))


def name_text(built, chunk, name, hex):
    """Other units in a name, as many as it had."""
    at = name_at(built, chunk, name)
    data = bytes.fromhex(hex)
    if len(data) != 2 * struct.unpack_from("<H", built.data, at + 6)[0]:
        raise ValueError("the name %r has another length" % name)
    put(built, at + 8, data)


def zero_definition(built, record, which="all"):
    """The definitions that a record carries are zeros: the `first`, the `last`, or `all`. Its own values stand."""
    place = place_of(built, record)
    if not place.definitions:
        raise ValueError("record %d carries no definition" % record)
    chosen = {"all": place.definitions, "first": place.definitions[:1], "last": place.definitions[-1:]}[which]
    for offset in chosen:
        at = chunk_at(place.chunk) + offset
        size = 24 + struct.unpack_from("<I", built.data, at + 20)[0]
        put(built, at, bytes(size))


def remove_eof(built):
    """.evt: no end-of-file record, zeros instead."""
    put(built, built.eof, bytes(min(40, len(built.data) - built.eof)))


FAULTS = {f.__name__: f for f in (write, flip, zero, truncate, append, tear, record_size, zero_chunk, zero_chunk_magic,
                                  chunk_header, fix_crc, string_table, string_chain, template_chain, name_text,
                                  zero_definition, remove_eof)}


def apply(built, step):
    """Puts one fault in."""
    if not isinstance(step, dict) or len(step) != 1:
        step = {step: {}} if isinstance(step, str) else step
    (name, arguments), = step.items()
    if name not in FAULTS:
        raise ValueError("unknown fault %r: %s" % (name, ", ".join(FAULTS)))
    try:
        FAULTS[name](built, **(arguments or {}))
    except (TypeError, KeyError) as why:
        raise ValueError("fault %s: %s" % (name, why)) from None
    return built
