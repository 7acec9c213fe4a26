"""The .evtx container: file header, chunks, records.

    file    header block of 4096 bytes (128 used), then chunks of 65536 bytes
    chunk   header of 128 bytes, string table 64 x u32, template table 32 x u32, records from 512 on
    record  2A 2A 00 00, u32 size, u64 id, u64 FILETIME, binary XML, padding, u32 size

`build(log)` gives a Built: the bytes, and where everything stands, so that damage.py can aim.
"""
import struct
import zlib
from dataclasses import dataclass, field
from typing import Optional

from . import binxml

CHUNK = 65536
HEADER_BLOCK = 4096
FIRST = 512
SIGNATURE = b"\x2a\x2a\x00\x00"
FLAG_DIRTY, FLAG_FULL, FLAG_NO_CRC = 1, 2, 4


@dataclass
class Record:
    """One record as it shall stand in the file."""
    nodes: list
    number: int                             # id in the record's header
    written: int                            # FILETIME in the record's header
    new_chunk: bool = False                 # starts a chunk, however much room is left
    fill_chunk: bool = False                # its padding reaches to the very end of the chunk
    padding: bytes = b""                    # between the end of the binary XML and the copy of the size
    position: Optional[int] = None          # record number (position in the file); the id unless given


@dataclass
class Log:
    """A whole file."""
    records: list
    records_per_chunk: int = 0              # 0: as many as fit
    minor: int = 1                          # version 3.minor
    crc: bool = True                        # False: flag 4 in file and chunks, no checksums
    chunk_flags: int = 1
    flags: int = 0
    wrap: int = 0                           # slot of the oldest chunk: the ring has been filled before
    zero_chunks: dict = field(default_factory=dict)     # slot -> how many empty chunks stand before it; -1: at the end
    older: dict = field(default_factory=dict)           # chunk -> records of the generation that it held before
    stale_header: int = 0                   # header counts as they were when only so many chunks existed
    header: dict = field(default_factory=dict)          # any header field, as it shall be
    sparse: int = 0                         # at least so many chunks, the missing ones a hole (see write())


@dataclass
class Place:
    """Where a record stands."""
    record: Record
    offset: int                             # in the file
    size: int
    chunk: int                              # slot of its chunk
    definitions: list = field(default_factory=list)     # chunk offsets of the definitions that it carries


@dataclass
class Built:
    data: bytearray
    records: list = field(default_factory=list)         # Place, in the order of writing
    chunks: list = field(default_factory=list)          # the Chunk of each slot, None for an empty one
    holes: int = 0                                      # bytes missing at the end of `data`, all zero
    tail: bytes = b""                                   # what stands behind the hole


class Chunk:
    """One chunk being written. `data` grows from the header on; a record that does not fit is taken back."""

    def __init__(self):
        self.data = bytearray(FIRST)
        self.names, self.definitions = {}, {}           # text -> offset, key -> offset
        self.buckets, self.templates = [0] * 64, [0] * 32
        self.records = []                               # (Record, offset, size, definitions)
        self.order = []                                 # offsets of all definitions

    def link_name(self, text, hashed, offset):
        """Enters a name at the head of its bucket (hash mod 64); gives the offset of the next one."""
        following = self.buckets[hashed % 64]
        self.buckets[hashed % 64] = offset
        self.names[text] = offset
        return following

    def link_definition(self, key, guid, offset):
        """Enters a definition at the head of its bucket; gives the offset of the next one."""
        bucket = guid[0] % 32
        following = self.templates[bucket]
        self.templates[bucket] = offset
        self.order.append(offset)
        if key is not None:
            self.definitions[key] = offset
        return following

    def state(self):
        return (len(self.data), dict(self.names), dict(self.definitions), list(self.buckets),
                list(self.templates), list(self.order))

    def restore(self, state):
        size, self.names, self.definitions, self.buckets, self.templates, self.order = state
        del self.data[size:]

    def add(self, record):
        """Appends the record; False, and nothing changed, when it does not fit."""
        before = self.state()
        start = len(self.data)
        self.data += SIGNATURE + struct.pack("<IQQ", 0, record.number, record.written)
        try:
            binxml.Writer(self).nodes(record.nodes, False)
            self.close(record, start)
        except ValueError:
            self.restore(before)
            raise
        if len(self.data) > CHUNK:
            self.restore(before)
            return False
        self.records.append((record, start, len(self.data) - start, self.order[len(before[5]):]))
        return True

    def close(self, record, start):
        """Padding to a multiple of 8 and the copy of the size."""
        wanted = (len(self.data) + 4 - start + 7) & ~7
        if record.fill_chunk:
            wanted = CHUNK - start
        spare = wanted - (len(self.data) + 4 - start)
        self.data += (record.padding * spare)[:spare] if record.padding else bytes(max(spare, 0))
        struct.pack_into("<I", self.data, start + 4, wanted)
        self.data += struct.pack("<I", wanted)

    def bytes(self, log):
        """The finished 64 KiB: tables, header, checksums, zeros behind the free space."""
        free = len(self.data)
        out = self.data + bytes(CHUNK - free)
        records = [r for r, _, _, _ in self.records]
        positions = [r.number if r.position is None else r.position for r in records] or [0]
        numbers = [r.number for r in records] or [0]
        out[:8] = b"ElfChnk\0"
        struct.pack_into("<QQQQ", out, 8, positions[0], positions[-1], numbers[0], numbers[-1])
        struct.pack_into("<III", out, 40, 128, self.records[-1][1] if records else 0, free)
        struct.pack_into("<I", out, 120, log.chunk_flags | (0 if log.crc else FLAG_NO_CRC))
        struct.pack_into("<64I", out, 128, *self.buckets)
        struct.pack_into("<32I", out, 384, *self.templates)
        if log.crc:
            checksum(out)
        return out


def checksum(chunk):
    """CRC-32 of the records at 52, of the header without its bytes 120..127 at 124."""
    free = struct.unpack_from("<I", chunk, 48)[0]
    struct.pack_into("<I", chunk, 52, zlib.crc32(chunk[FIRST:max(free, FIRST)]))
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[128:FIRST], zlib.crc32(chunk[:120])))


def fill_chunks(records, limit):
    """The records laid into as few chunks as hold them."""
    chunks = []
    for record in records:
        full = bool(chunks) and limit and len(chunks[-1].records) >= limit
        if chunks and not full and not record.new_chunk and chunks[-1].add(record):
            continue
        chunks.append(Chunk())
        if not chunks[-1].add(record):
            raise ValueError("record %d does not fit into a chunk" % record.number)
    return chunks


def overlay(new, old, free):
    """A re-used chunk: the new generation up to its free space, behind it what the older one left."""
    return new[:free] + old[free:]


def file_header(log, order):
    """128 bytes; `log.header` overrides single fields. `order` is the chunk of each slot, None for an empty one."""
    used = [slot for slot, chunk in enumerate(order) if chunk]
    known = used[-1] + 1 if used else 0
    oldest, current = (log.wrap, log.wrap - 1) if log.wrap else (used[0] if used else 0, max(known - 1, 0))
    if log.stale_header:
        oldest, current, known = 0, log.stale_header - 1, log.stale_header
    newest = order[current].records[-1][0].number if order and order[current] else 0
    flags = log.flags | (0 if log.crc else FLAG_NO_CRC)
    values = {"oldest": oldest, "current": current, "next_record": newest + 1, "minor": log.minor, "major": 3,
              "chunks": known & 0xFFFF, "flags": flags, "magic": "456c6646696c6500", "chunk_offset": HEADER_BLOCK,
              **log.header}
    out = bytearray(HEADER_BLOCK)
    out[:8] = bytes.fromhex(values["magic"])
    struct.pack_into("<QQQIHHHH", out, 8, values["oldest"], values["current"], values["next_record"], 128,
                     values["minor"], values["major"], values["chunk_offset"], values["chunks"])
    crc = 0 if values["flags"] & FLAG_NO_CRC else zlib.crc32(out[:120])
    struct.pack_into("<II", out, 120, values["flags"] & 0xFFFFFFFF, values.get("crc", crc))
    return out


def slots(chunks, log):
    """The chunks in the order of the file: turned for a wrapped ring, empty ones put in between."""
    count = len(chunks)
    if log.wrap and not 0 < log.wrap < count:
        raise ValueError("wrap: %d needs more than %d chunks" % (log.wrap, count))
    # Slot of the oldest chunk is `wrap`; the newest ones stand before it.
    turned = chunks[count - log.wrap:] + chunks[:count - log.wrap] if log.wrap else list(chunks)
    out = []
    for slot, chunk in enumerate(turned):
        out += [None] * log.zero_chunks.get(slot, 0) + [chunk]
    return out + [None] * log.zero_chunks.get(-1, 0)


def build(log):
    """The file's bytes and the places of its records."""
    chunks = fill_chunks(log.records, log.records_per_chunk)
    older = {number: fill_chunks(records, 0)[0] for number, records in log.older.items()}
    index = {id(chunk): number for number, chunk in enumerate(chunks)}
    order = slots(chunks, log)
    header = file_header(log, order)
    if log.sparse and log.sparse > len(order):
        return sparse(log, order, header)
    built = Built(bytearray(header), chunks=order)
    for slot, chunk in enumerate(order):
        place = len(built.data)
        data = chunk.bytes(log) if chunk else bytes(CHUNK)
        if chunk and index[id(chunk)] in older:
            data = overlay(data, older[index[id(chunk)]].bytes(log), len(chunk.data))
        built.data += data
        remember(built, chunk, slot, place)
    turn = {id(record): i for i, record in enumerate(log.records)}
    built.records.sort(key=lambda place: turn[id(place.record)])
    return built


def remember(built, chunk, slot, place):
    for record, offset, size, definitions in chunk.records if chunk else ():
        built.records.append(Place(record, place + offset, size, slot, definitions))


def sparse(log, order, header):
    """All chunks but the last at the start, then a hole, then the last chunk in slot `log.sparse` - 1."""
    struct.pack_into("<Q", header, 16, log.header.get("current", log.sparse - 1))
    struct.pack_into("<H", header, 42, log.header.get("chunks", log.sparse & 0xFFFF))
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    built = Built(header, chunks=order)
    for slot, chunk in enumerate(order[:-1]):
        place = len(built.data)
        built.data += chunk.bytes(log) if chunk else bytes(CHUNK)
        remember(built, chunk, slot, place)
    built.tail = bytes(order[-1].bytes(log))
    built.holes = HEADER_BLOCK + (log.sparse - 1) * CHUNK - len(built.data)
    remember(built, order[-1], log.sparse - 1, len(built.data) + built.holes)
    return built
