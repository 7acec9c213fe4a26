"""A slow, plain reader of .evt for the tests of the log maker; shares no code with the maker.

It walks the ring from the oldest record to the end-of-file record. What else looks like a record becomes `recovered`,
unless the ring holds the same one (number, time, id). States: recovered, torn.
"""
import struct
from dataclasses import dataclass, field

MAGIC = 0x654C664C
HEADER, FIXED, EOF_SIZE = 48, 56, 40
EOF_PATTERN = struct.pack("<4I", 0x11111111, 0x22222222, 0x33333333, 0x44444444)
FILLER = struct.pack("<I", 0x27)
LONGEST = 0x40000


@dataclass
class Record:
    number: int
    generated: int
    written: int
    event_id: int                               # 32 bits
    type: int
    category: int
    offset: int
    source: str = ""
    computer: str = ""
    sid: str = ""
    strings: list = field(default_factory=list)
    data: bytes = b""
    states: set = field(default_factory=set)

    @property
    def code(self):
        return self.event_id & 0xFFFF


@dataclass
class Log:
    records: list = field(default_factory=list)         # the ring, oldest first
    recovered: list = field(default_factory=list)       # found outside the ring
    torn: list = field(default_factory=list)
    damaged: int = 0
    dirty: bool = False
    lost_writes: bool = False                   # flag 4: a write failed because the log was full


def text_at(raw, at, end):
    """(text, offset behind its NUL) of UTF-16LE text; the end of the record ends it too."""
    stop = at
    while stop + 2 <= end and raw[stop:stop + 2] != b"\0\0":
        stop += 2
    return raw[at:stop].decode("utf-16-le", "replace"), min(stop + 2, end)


def sid_text(raw):
    if len(raw) < 8 or raw[1] > 15 or len(raw) < 8 + 4 * raw[1]:
        return raw.hex()
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big"))]
                    + [str(n) for n in struct.unpack_from("<%dI" % raw[1], raw, 8)])


def parse(raw, offset):
    """The record in `raw`, whose frame is known to be right; None when its inside contradicts itself."""
    (length, _, number, generated, written, event_id, kind, count, category, _, _, strings_at, sid_size, sid_at,
     data_size, data_at) = struct.unpack_from("<6I4H6I", raw)
    end = length - 4
    if (count and not FIXED <= strings_at <= end or sid_size and sid_at + sid_size > end
            or data_size and data_at + data_size > end):
        return None
    record = Record(number, generated, written, event_id, kind, category, offset)
    record.source, at = text_at(raw, FIXED, end)
    record.computer, _ = text_at(raw, at, end)
    record.sid = sid_text(raw[sid_at:sid_at + sid_size]) if sid_size else ""
    at = strings_at
    for _ in range(count):
        if at >= end:
            break
        text, at = text_at(raw, at, end)
        record.strings.append(text)
    record.data = raw[data_at:data_at + data_size] if data_size else b""
    return record


class Ring:
    """The file seen as a ring between offset 48 and its end."""

    def __init__(self, data):
        self.data = data

    def bytes(self, at, count):
        """`count` bytes from `at` on, going on at 48 behind the end of the file."""
        first = self.data[at:at + count]
        return first + self.data[HEADER:HEADER + count - len(first)]

    def after(self, at, count):
        at += count
        return at if at < len(self.data) else at - len(self.data) + HEADER

    def record(self, at):
        """(bytes of the record at `at`, bytes it takes up in the ring), or None."""
        head = self.bytes(at, 8)
        length, magic = struct.unpack("<II", head)
        if magic != MAGIC or length % 4 or not 0x3C <= length <= min(LONGEST, len(self.data)):
            return None
        raw = self.bytes(at, length)
        if raw[-4:] == raw[:4]:
            return raw, length
        left = len(self.data) - at              # the other way to split: 56 bytes, filler, the rest at 48
        if FIXED <= left < length and self.data[at + FIXED:] == FILLER * ((left - FIXED) // 4):
            raw = self.data[at:at + FIXED] + self.data[HEADER:HEADER + length - FIXED]
            if raw[-4:] == raw[:4]:
                return raw, left + length - FIXED
        return None


def find_eof(ring, hint):
    """The fields (oldest offset, own offset, next number, oldest number) of the end-of-file record, or None."""
    data = ring.data
    best = None
    span = len(data) - HEADER
    for at in [hint] + list(range(HEADER, len(data) - 3, 4)):
        if not HEADER <= at < len(data) or data[at:at + 4] != b"\x28\0\0\0":
            continue
        raw = ring.bytes(at, EOF_SIZE)
        if len(raw) < EOF_SIZE or raw[4:20] != EOF_PATTERN or raw[36:40] != b"\x28\0\0\0":
            continue
        fields = struct.unpack_from("<4I", raw, 20)
        if fields[1] == at and HEADER <= fields[0] < HEADER + span and (best is None or fields[2] > best[2]):
            best = fields
    return best


def walk(ring, log, eof):
    """The records from the oldest to the end-of-file record."""
    at, end, seen = eof[0], eof[1], 0
    while at != end and seen <= len(ring.data):
        if ring.bytes(at, 4) == FILLER:
            step = len(ring.data) - at
            at = HEADER
            seen += step
            continue
        found = ring.record(at)
        record = parse(found[0], at) if found else None
        if record is None:
            log.damaged += 1
            return
        log.records.append(record)
        at = ring.after(at, found[1])
        seen += found[1]


def sweep(ring, log):
    """Everything else that looks like a record."""
    known = {(r.number, r.generated, r.event_id) for r in log.records}
    places = {r.offset for r in log.records}
    at = ring.data.find(b"LfLe", HEADER)
    while at >= 0:
        place = at - 4
        if place % 4 == 0 and place not in places:
            found = ring.record(place)
            record = parse(found[0], place) if found else None
            if record is None:
                torn(ring, log, place, known)
            elif record.number and (record.number, record.generated, record.event_id) not in known:
                record.states.add("recovered")
                known.add((record.number, record.generated, record.event_id))
                log.recovered.append(record)
        at = ring.data.find(b"LfLe", at + 1)


def torn(ring, log, place, known):
    """A record whose copy of the length is gone: only its fixed part is believed."""
    if place + FIXED > len(ring.data):
        return
    length, _, number, generated, written, event_id, kind, _, category = struct.unpack_from("<6I3H", ring.data, place)
    if kind in (0, 1, 2, 4, 8, 16) and 0x3C <= length <= LONGEST and (number, generated, event_id) not in known:
        known.add((number, generated, event_id))
        log.torn.append(Record(number, generated, written, event_id, kind, category, place, states={"torn"}))


def read(data):
    """The Log in `data`; raises ValueError when it is no .evt at all."""
    data = bytes(data)
    if len(data) < HEADER or struct.unpack_from("<II", data) != (HEADER, MAGIC):
        raise ValueError("not an event log")
    flags, = struct.unpack_from("<I", data, 36)
    log = Log(dirty=bool(flags & 1), lost_writes=bool(flags & 4))
    ring = Ring(data)
    eof = find_eof(ring, struct.unpack_from("<I", data, 20)[0])
    if eof:
        walk(ring, log, eof)
    sweep(ring, log)
    if not eof:
        log.damaged += 1
        log.recovered.sort(key=lambda r: (r.number, r.generated))
    return log
