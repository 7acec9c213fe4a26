"""The .evt container of NT4 to 2003: file header, ring of records, end-of-file record.

    header   48 bytes: u32 48, LfLe, 1, 1, oldest offset, end offset, next number, oldest number, maximum size, flags,
             retention, 48
    record   u32 length, LfLe, number, generated, written, event id, u16 type, strings, category, reserved, u32 closing
             number, string offset, SID length, SID offset, data length, data offset; source, computer, SID, strings, data,
             padding, u32 length
    end      u32 40, 11111111, 22222222, 33333333, 44444444, oldest offset, own offset, next number, oldest number, u32 40

A live log is a ring between offset 48 and the end of the file. `build(log)` plays the event log service: it writes one
record after the other, wraps, splits, overwrites the oldest, and so leaves the same remains behind as Windows does.
"""
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Optional

from .binxml import utf16

MAGIC = 0x654C664C                              # LfLe
HEADER = 48
FIXED = 56                                      # bytes of a record that are never split
EOF_SIZE = 40
FILLER = struct.pack("<I", 0x27)                # smaller than any record: no length can be that
GROWTH = 0x10000
FLAG_DIRTY, FLAG_WRAPPED, FLAG_LOG_FULL, FLAG_ARCHIVE = 1, 2, 4, 8


@dataclass
class Record:
    number: int
    generated: int                              # seconds since 1970
    written: int
    event_id: int                               # 32 bits, severity and facility included
    type: int
    category: int
    source: str
    computer: str
    strings: list = field(default_factory=list)
    sid: bytes = b""
    data: bytes = b""
    reserved: int = 0
    closing: int = 0
    padding: Optional[int] = None               # bytes between data and the copy of the length; None: to a multiple of 4
    count: Optional[int] = None                 # number of strings that the record claims
    overrides: dict = field(default_factory=dict)       # any fixed field, as it shall be

    def bytes(self):
        """The record as it stands in the file."""
        names = utf16(self.source) + b"\0\0" + utf16(self.computer) + b"\0\0"
        strings = b"".join(utf16(text) + b"\0\0" for text in self.strings)
        sid_at = FIXED + len(names)
        strings_at = sid_at + len(self.sid)
        data_at = strings_at + len(strings)
        end = data_at + len(self.data)
        spare = -end % 4 if self.padding is None else self.padding
        length = end + spare + 4
        if length % 4:
            raise ValueError("record %d: padding %d leaves its length at %d, no multiple of 4" % (self.number, spare, length))
        fixed = {"length": length, "magic": MAGIC, "number": self.number, "generated": self.generated,
                 "written": self.written, "event_id": self.event_id, "type": self.type,
                 "strings": len(self.strings) if self.count is None else self.count, "category": self.category,
                 "reserved": self.reserved, "closing": self.closing, "strings_at": strings_at,
                 "sid_length": len(self.sid), "sid_at": sid_at, "data_length": len(self.data), "data_at": data_at,
                 "copy": length, **self.overrides}
        copy = fixed.pop("copy")
        head = struct.pack("<6I4H6I", *(value & (0xFFFF if 6 <= i < 10 else 0xFFFFFFFF)
                                        for i, value in enumerate(fixed.values())))
        return head + names + self.sid + strings + self.data + bytes(spare) + struct.pack("<I", copy)


@dataclass
class Log:
    records: list
    size: int = 0                               # bytes of the live file; 0: a saved log, which ends behind its EOF record
    max_size: Optional[int] = None
    retention: int = 604800
    flags: int = 0
    dirty: bool = False                         # flag 1, and the header as it was after `synced` records
    synced: int = 0
    split: str = "contiguous"                   # or "fixed-only": 56 bytes, filler to the end, the rest at 48
    split_eof: bool = False                     # False: an EOF record that does not fit starts at 48
    grow_after: list = field(default_factory=list)      # records after which the file grows by 64 KiB
    header: dict = field(default_factory=dict)


@dataclass
class Place:
    record: Record
    offset: int
    size: int


@dataclass
class Built:
    data: bytearray
    records: list = field(default_factory=list)         # Place of the records that are still live
    eof: int = 0
    holes: int = 0
    tail: bytes = b""


class Ring:
    """The file as the event log service sees it."""

    def __init__(self, log):
        self.log = log
        self.data = bytearray(log.size)
        self.size = log.size
        self.end = HEADER                       # where the next record goes
        self.live = deque()                     # (Place, bytes taken up, filler before it included)
        self.wrapped = False
        self.next_number = 1
        self.header = None

    def room(self):
        """Bytes between the end and the oldest record, around the ring."""
        return self.size - HEADER - sum(taken for _, taken in self.live)

    def put(self, at, data):
        """Writes `data` at offset `at`, going on at 48 behind the last byte; gives the offset behind it."""
        first = min(len(data), self.size - at)
        self.data[at:at + first] = data[:first]
        rest = data[first:]
        if rest:
            self.wrapped = True
        self.data[HEADER:HEADER + len(rest)] = rest
        after = HEADER + len(rest) if rest else at + first
        return HEADER if after == self.size else after

    def skip(self, needed):
        """Fills the rest of the file with 0x27 when fewer than `needed` bytes remain; gives what was filled."""
        left = self.size - self.end
        if left >= needed:
            return 0
        self.data[self.end:] = FILLER * (left // 4)
        self.end, self.wrapped = HEADER, True
        return left

    def layout(self, raw):
        """The bytes to put for a record at the present end: with filler inside for the "fixed-only" split."""
        left = self.size - self.end
        if self.log.split == "fixed-only" and FIXED <= left < len(raw):
            return raw[:FIXED] + FILLER * ((left - FIXED) // 4) + raw[FIXED:]
        return raw

    def add(self, record):
        raw = record.bytes()
        if len(raw) + EOF_SIZE > self.size - HEADER:
            raise ValueError("record %d is larger than the log" % record.number)
        filled = 0
        while True:                             # the oldest make room, for the EOF record too
            left = self.size - self.end
            filler = left if left < FIXED else 0
            spread = len(self.layout(raw)) if not filler else len(raw)
            if self.room() >= filler + spread + 2 * EOF_SIZE or not self.live:
                break
            self.live.popleft()
        filled = self.skip(FIXED)
        raw = self.layout(raw)
        at = self.end
        self.end = self.put(at, raw)
        self.live.append((Place(record, at, len(raw)), filled + len(raw)))
        self.next_number = record.number + 1 & 0xFFFFFFFF or 1
        self.write_eof()

    def oldest(self):
        """(offset, number) of the oldest record; of the end when there is none."""
        if not self.live:
            return self.end, 0
        place = self.live[0][0]
        return place.offset, place.record.number

    def write_eof(self):
        if not self.log.split_eof:
            left = self.skip(EOF_SIZE)
            if left and self.live:              # the filler counts with the record before it
                place, taken = self.live.pop()
                self.live.append((place, taken + left))
        offset, number = self.oldest()
        self.put(self.end, struct.pack("<10I", EOF_SIZE, 0x11111111, 0x22222222, 0x33333333, 0x44444444, offset,
                                       self.end, self.next_number, number, EOF_SIZE))

    def grow(self):
        """64 KiB more: the tail of a wrapped ring moves up, its old bytes stay behind as twins."""
        begin, _ = self.oldest()
        self.data += bytes(GROWTH)
        if begin > self.end:
            tail = self.data[begin:self.size]
            self.data[begin + GROWTH:self.size + GROWTH] = tail
            for place, _ in self.live:
                if place.offset >= begin:
                    place.offset += GROWTH
        self.size += GROWTH
        self.write_eof()

    def sync(self):
        """The header that a clean close would write now."""
        offset, number = self.oldest()
        flags = self.log.flags | (FLAG_WRAPPED if self.wrapped else 0) | (FLAG_DIRTY if self.log.dirty else 0)
        self.header = {"length": HEADER, "magic": MAGIC, "major": 1, "minor": 1, "oldest_offset": offset,
                       "end_offset": self.end, "next": self.next_number, "oldest": number,
                       "max_size": self.size if self.log.max_size is None else self.log.max_size, "flags": flags,
                       "retention": self.log.retention, "copy": HEADER, **self.log.header}


def saved(log):
    """A saved log is linear: header, records, EOF record, and the file ends."""
    log.size = HEADER + sum(len(record.bytes()) for record in log.records) + EOF_SIZE


def build(log):
    """The file's bytes and the places of the records that are still live."""
    linear = not log.size
    if linear:
        saved(log)
    ring = Ring(log)
    if linear:
        ring.room = lambda: 1 << 32             # it fits by construction
    ring.write_eof()
    for count, record in enumerate(log.records):
        if log.dirty and count == log.synced:
            ring.sync()
        ring.add(record)
        if count + 1 in log.grow_after:
            ring.grow()
    if not log.dirty or ring.header is None:
        ring.sync()
    ring.data[:HEADER] = struct.pack("<12I", *(value & 0xFFFFFFFF for value in ring.header.values()))
    return Built(ring.data, [place for place, _ in ring.live], ring.end)
