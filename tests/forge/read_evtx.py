"""A slow, plain reader of .evtx for the tests of the log maker.

It shares no code with the maker, so that an error on one side cannot hide the same error on the other.
It reads what a good reader must read of a damaged file, and says of every record in which state it is:

    recovered      found again by its signature, after bytes that could not be read
    crc_bad        its chunk's checksum is wrong
    literal        has no template (forwarded events)
    template_lost  its definition is not where it should be; System comes from the fixed slots
    broken         the frame is intact, but its binary XML is not (or only partly) readable
    torn           signature and size are there, the copy of the size is not
    slack          an intact frame behind the free space: an older generation of the chunk

All offsets are counted from the first byte of the 64 KiB chunk.
"""
import datetime
import struct
import zlib
from dataclasses import dataclass, field, replace

CHUNK = 65536
FIRST = 512                      # offset of the first record in a chunk
SIGNATURE = b"\x2a\x2a\x00\x00"
MAX_ELEMENTS, MAX_INSTANCES, MAX_TOKENS, MAX_VALUES, MAX_ITEMS = 64, 8, 65536, 4096, 4096
MAX_VALUE_BYTES = 1 << 20        # all values of a record, each as often as it is used
DATA_ROOTS = ("EventData", "UserData", "DebugData", "BinaryEventData", "ProcessingErrorData")

# The slots of the outer template that every layout has: name, (type, size) that we accept.
SYSTEM_SLOTS = {0: "Level", 2: "Task", 3: "EventID", 4: "EventID/Qualifiers", 5: "Keywords",
                6: "TimeCreated/SystemTime", 8: "Execution/ProcessID", 9: "Execution/ThreadID",
                10: "EventRecordID", 11: "Version", 12: "Security/UserID"}


class Broken(Exception):
    """The binary XML ends or contradicts itself here."""


@dataclass
class Element:
    name: str
    attributes: list = field(default_factory=list)      # (name, text)
    children: list = field(default_factory=list)        # Element or str

    def text(self):
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)

    def find(self, name):
        return next((c for c in self.children if isinstance(c, Element) and c.name == name), None)


@dataclass
class Record:
    number: int                                         # id in the record's header
    offset: int                                         # in the file
    written: int                                        # FILETIME
    states: set = field(default_factory=set)
    system: dict = field(default_factory=dict)          # "EventID", "Provider/Name", ... -> text
    data: list = field(default_factory=list)            # (name, text) in the order of the file
    root: str = ""                                      # EventData, UserData, ...
    fault: str = ""                                     # why it is broken

    @property
    def event_id(self):
        text = self.system.get("EventID", "")
        return int(text) if text.isdigit() else None

    def get(self, name):
        return next((text for key, text in self.data if key == name), None)


@dataclass
class Log:
    records: list = field(default_factory=list)         # live, in the order of the file
    torn: list = field(default_factory=list)
    slack: list = field(default_factory=list)
    damaged: int = 0                                    # places that could not be read, torn records not counted
    chunks: int = 0                                     # chunks with the right magic
    truncated: bool = False
    faults: list = field(default_factory=list)


# --------------------------------------------------------------------------------------------- values

def utf16(raw):
    """UTF-16LE, each stray surrogate as U+FFFD."""
    raw = raw[:len(raw) & ~1]
    out, i = [], 0
    units = struct.unpack("<%dH" % (len(raw) // 2), raw)
    while i < len(units):
        unit = units[i]
        if 0xD800 <= unit < 0xDC00 and i + 1 < len(units) and 0xDC00 <= units[i + 1] < 0xE000:
            out.append(chr(0x10000 + ((unit - 0xD800) << 10) + units[i + 1] - 0xDC00))
            i += 2
            continue
        out.append("\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit))
        i += 1
    return "".join(out)


def guid_text(raw):
    a, b, c = struct.unpack("<IHH", raw[:8])
    return "{%08X-%04X-%04X-%s-%s}" % (a, b, c, raw[8:10].hex().upper(), raw[10:].hex().upper())


def sid_text(raw):
    count = raw[1] if len(raw) >= 8 else 99
    if count > 15 or len(raw) != 8 + 4 * count:
        return raw.hex().upper()                        # not a legal SID: its bytes, not a guess
    authority = int.from_bytes(raw[2:8], "big")
    head = "S-%d-%s" % (raw[0], authority if authority < 1 << 32 else "0x%012x" % authority)
    return "-".join([head] + [str(n) for n in struct.unpack("<%dI" % count, raw[8:])])


def filetime_text(raw):
    ticks = int.from_bytes(raw, "little")
    seconds, rest = divmod(ticks, 10 ** 7)
    try:
        moment = datetime.datetime(1601, 1, 1) + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return "0x%x" % ticks
    return "%s.%07dZ" % (moment.strftime("%Y-%m-%dT%H:%M:%S").zfill(19), rest)


def systemtime_text(raw):
    y, m, _, d, hh, mm, ss, ms = struct.unpack("<8H", raw)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (y, m, d, hh, mm, ss, ms)


def unsigned(raw):
    return str(int.from_bytes(raw, "little"))


def signed(raw):
    return str(int.from_bytes(raw, "little", signed=True))


def hexadecimal(raw):
    return "0x%x" % int.from_bytes(raw, "little")


# type: (sizes or None for any, how its text is made)
SCALARS = {
    0x01: (None, lambda raw: utf16(raw).rstrip("\0")),
    0x02: (None, lambda raw: raw.decode("cp1252", "replace").rstrip("\0")),
    0x03: ((1,), signed), 0x05: ((2,), signed), 0x07: ((4,), signed), 0x09: ((8,), signed),
    0x04: ((1,), unsigned), 0x06: ((2,), unsigned), 0x08: ((4,), unsigned), 0x0A: ((8,), unsigned),
    0x0B: ((4,), lambda raw: repr(struct.unpack("<f", raw)[0])),
    0x0C: ((8,), lambda raw: repr(struct.unpack("<d", raw)[0])),
    0x0D: ((4, 1), lambda raw: "true" if any(raw) else "false"),
    0x0E: (None, lambda raw: raw.hex().upper()),
    0x0F: ((16,), guid_text),
    0x10: ((4, 8), hexadecimal),
    0x11: ((8,), filetime_text),
    0x12: ((16,), systemtime_text),
    0x13: (None, sid_text),
    0x14: ((4,), hexadecimal),
    0x15: ((8,), hexadecimal),
}


def array_items(kind, raw):
    """The items of a type 0x80+kind value: texts end with NUL, SIDs know their size, all others have one size."""
    if kind in (0x01, 0x02):
        items = (utf16(raw) if kind == 0x01 else raw.decode("cp1252", "replace")).split("\0")
        return items[:-1] if len(items) > 1 and items[-1] == "" else items
    if kind == 0x13:
        return sid_items(raw)
    sizes, text = SCALARS.get(kind, (None, None))
    if sizes is None:
        return [raw.hex().upper()]
    size = max(sizes)
    return [text(raw[i:i + size]) for i in range(0, len(raw) - size + 1, size)][:MAX_ITEMS]


def sid_items(raw):
    items, at = [], 0
    while at + 8 <= len(raw) and at + 8 + 4 * raw[at + 1] <= len(raw):
        size = 8 + 4 * raw[at + 1]
        items.append(sid_text(raw[at:at + size]))
        at += size
    return items


def value_text(kind, raw):
    """The text of a value, a list for an array, None for NULL."""
    if kind == 0x00:
        return None
    if kind & 0x80:
        return array_items(kind & 0x7F, raw)
    sizes, text = SCALARS.get(kind, (None, lambda r: r.hex().upper()))
    if sizes is not None and len(raw) not in sizes:
        return raw.hex().upper()
    return text(raw)


# --------------------------------------------------------------------------------------------- binary XML

@dataclass
class Value:
    kind: int
    start: int
    size: int


@dataclass(frozen=True)
class Scope:
    """Where a token stands."""
    values: tuple = ()              # of the instance
    inside: bool = False            # within a definition: elements carry a dependency id, instances are forbidden
    elements: int = 0               # how many are open
    instances: int = 0
    until: str = "stream"           # what ends here: stream, element, attribute


# Which tokens end what; 00 and 04 belong to it, the others to what follows.
STOPS = {"stream": (0x00,), "element": (0x04,), "attribute": (0x02, 0x03, 0x06, 0x46)}
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Xml:
    """The binary XML of one record, up to chunk[end].

    A definition that had to be fetched from another chunk is read by an Xml of that chunk; the values then
    belong to the `owner`, the Xml of the record."""

    def __init__(self, chunk, end, definitions, owner=None):
        self.chunk, self.end = chunk, end
        self.owner = owner or self
        self.definitions = definitions                  # template id -> [(chunk, offset, identity)] of the whole file
        self.tokens = self.spent = 0
        self.rescued = None                             # the outermost element that was open when it broke
        self.literal = True
        self.lost = False                               # a definition was not where it should be

    def need(self, at, count):
        if at < 0 or at + count > self.end:
            raise Broken("%d bytes at %d are outside" % (count, at))
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            raise Broken("too many tokens")

    def u8(self, at):
        self.need(at, 1)
        return self.chunk[at]

    def u16(self, at):
        self.need(at, 2)
        return struct.unpack_from("<H", self.chunk, at)[0]

    def u32(self, at):
        self.need(at, 4)
        return struct.unpack_from("<I", self.chunk, at)[0]

    def name(self, at):
        """The name whose offset stands at `at`: (text, position behind it)."""
        where = self.u32(at)
        after = at + 4
        if where > after or where < FIRST or where + 10 > len(self.chunk):
            raise Broken("name offset %d at %d" % (where, at))
        stored, count = struct.unpack_from("<HH", self.chunk, where + 4)
        stop = where + 8 + 2 * count
        raw = bytes(self.chunk[where + 8:stop])
        if stop + 2 > len(self.chunk) or stored != name_hash(raw):
            raise Broken("no name at %d" % where)
        return utf16(raw), (stop + 2 if where == after else after)

    def short_text(self, at):
        count = self.u16(at)
        self.need(at + 2, 2 * count)
        return utf16(bytes(self.chunk[at + 2:at + 2 + 2 * count])), at + 2 + 2 * count

    def content(self, at, end, scope, pieces):
        """Reads tokens up to what ends the scope, adds what they stand for to `pieces` (Element, str, None for a null
        value, list for an array), and gives the position behind."""
        while at < end:
            token = self.u8(at)
            if token in STOPS[scope.until]:
                return at + 1 if token in (0x00, 0x04) else at
            if token not in TOKENS:
                raise Broken("token %02x at %d" % (token, at))
            at = TOKENS[token](self, at, scope, pieces)
        if scope.until != "stream":
            raise Broken("the bytes end inside an element")
        return at

    # Each of these reads one token at `at`, adds to `pieces`, and gives the position behind it.

    def fragment(self, at, scope, pieces):
        self.need(at, 4)
        return at + 4

    def text(self, at, scope, pieces):
        text, at = self.short_text(at + 2)
        pieces.append(text)
        return at

    def cdata(self, at, scope, pieces):
        text, at = self.short_text(at + 1)
        pieces.append(text)
        return at

    def charref(self, at, scope, pieces):
        pieces.append(utf16(struct.pack("<H", self.u16(at + 1))))
        return at + 3

    def entity(self, at, scope, pieces):
        name, at = self.name(at + 1)
        pieces.append(ENTITIES.get(name, ""))
        return at

    def pi_target(self, at, scope, pieces):
        return self.name(at + 1)[1]

    def pi_data(self, at, scope, pieces):
        return self.short_text(at + 1)[1]

    def substitution(self, at, scope, pieces):
        slot = self.u16(at + 1)
        self.need(at, 4)
        value = scope.values[slot] if slot < len(scope.values) else Value(0, 0, 0)
        optional = self.chunk[at] == 0x0E
        empty = optional and value.size == 0 and not value.kind & 0x80
        pieces += [None] if value.kind == 0 or empty else self.owner.value(value, scope)
        return at + 4

    def value(self, value, scope):
        """The pieces that a value stands for."""
        self.spent += value.size
        if self.spent > MAX_VALUE_BYTES:
            raise Broken("values repeated too often")
        if value.kind != 0x21:
            return [value_text(value.kind, bytes(self.chunk[value.start:value.start + value.size]))]
        pieces = []
        saved, self.end = self.end, value.start + value.size
        try:
            self.content(value.start, self.end, Scope(elements=scope.elements, instances=scope.instances), pieces)
        finally:
            self.end = saved
        return pieces or [None]

    def element(self, at, scope, pieces):
        """01/41: none, one, or one element per item of an array."""
        scope = replace(scope, elements=scope.elements + 1)
        if scope.elements > MAX_ELEMENTS:
            raise Broken("elements nested too deep")
        has_attributes = self.u8(at) & 0x40
        dependency = self.u16(at + 1) if scope.inside else 0xFFFF
        at += 3 if scope.inside else 1
        stop = at + 4 + self.u32(at)
        if stop > self.end:
            raise Broken("element at %d is longer than its parent" % at)
        name, at = self.name(at + 4)
        made, inner = Element(name), []
        if has_attributes:
            at = self.attributes(at, made, scope)
        token = self.u8(at)
        if token not in (0x02, 0x03):
            raise Broken("token %02x at %d instead of > or />" % (token, at))
        at = self.body(at + 1, stop, scope, made, inner) if token == 0x02 else at + 1
        if at != stop:
            raise Broken("element ends at %d instead of %d" % (at, stop))
        if dependency == 0xFFFF or dependency < len(scope.values) and scope.values[dependency].kind:
            pieces += self.repeated(made, inner)
        return at

    def body(self, at, stop, scope, made, inner):
        """The content of an element; when it breaks, the element with what came before is `rescued`."""
        try:
            return self.content(at, stop, replace(scope, until="element"), inner)
        except Broken:
            inner += [self.rescued] if self.rescued else []
            made.children = [p for p in inner if isinstance(p, (Element, str))]
            self.rescued = made
            raise

    @staticmethod
    def repeated(made, pieces):
        """One element per item when the content holds arrays; several arrays go side by side."""
        longest = max((len(p) for p in pieces if isinstance(p, list)), default=None)
        if longest is None:
            made.children = [p for p in pieces if p is not None]
            return [made]
        return [Element(made.name, made.attributes,
                        [(p[i] if i < len(p) else "") if isinstance(p, list) else p
                         for p in pieces if p is not None])
                for i in range(min(longest, MAX_ITEMS))]

    def attributes(self, at, made, scope):
        stop = at + 4 + self.u32(at)
        if stop > self.end:
            raise Broken("attribute list at %d" % at)
        at += 4
        more = True
        while more:
            token = self.u8(at)
            if token not in (0x06, 0x46):
                raise Broken("token %02x at %d in an attribute list" % (token, at))
            more = token == 0x46
            name, at = self.name(at + 1)
            pieces = []
            at = self.content(at, self.end, replace(scope, until="attribute"), pieces)
            self.attribute(made, name, pieces)
        if at != stop:
            raise Broken("attribute list ends at %d instead of %d" % (at, stop))
        return at

    @staticmethod
    def attribute(made, name, pieces):
        """An attribute; without a value but null it vanishes."""
        flat = [q for p in pieces for q in (p if isinstance(p, list) else [p]) if q is not None]
        if any(isinstance(p, Element) for p in flat):
            raise Broken("element in an attribute")
        if flat or not pieces:
            made.attributes.append((name, "".join(flat)))

    def instance(self, at, scope, pieces):
        """0C: the root elements of the instance."""
        if scope.inside:
            raise Broken("instance inside a definition at %d" % at)
        if scope.instances >= MAX_INSTANCES:
            raise Broken("instances nested too deep")
        self.literal = False
        wanted, where, table = self.u32(at + 2), self.u32(at + 6), at + 10
        if where == table:
            self.need(table, 24)
            table += 24 + self.u32(table + 20)
        values, after = self.values(table)
        source, offset = self.definition(wanted, where, at)
        if source is not None:
            inner = Scope(tuple(values), True, scope.elements, scope.instances + 1)
            self.expand(source, offset, inner, pieces)
        return after

    def expand(self, source, offset, scope, pieces):
        """Reads the definition source[offset] with the values of the scope."""
        xml = self if source is self.chunk else Xml(source, len(source), self.definitions, self)
        length = struct.unpack_from("<I", source, offset + 20)[0]
        saved, xml.end = xml.end, offset + 24 + length
        try:
            xml.content(offset + 24, xml.end, scope, pieces)
        finally:
            xml.end = saved

    def values(self, at):
        """The values whose count stands at `at`, and the position behind them."""
        count = self.u32(at)
        if count > MAX_VALUES or at + 4 + 4 * count > self.end:
            raise Broken("value count %d" % count)
        start = at + 4 + 4 * count
        found = []
        for i in range(count):
            size, kind = struct.unpack_from("<HB", self.chunk, at + 4 + 4 * i)
            self.need(start, size)
            found.append(Value(kind, start, size))
            start += size
        return found, start

    def definition(self, wanted, where, at):
        """(chunk, offset) of the definition, from this chunk or, by its id, from elsewhere; (None, 0) if lost."""
        if FIRST <= where <= at + 10 and plausible_definition(self.chunk, where, wanted):
            return self.chunk, where
        self.lost = True
        found = self.definitions.get(wanted, [])
        return found[0][:2] if len({identity for _, _, identity in found}) == 1 else (None, 0)


TOKENS = {0x01: Xml.element, 0x41: Xml.element, 0x05: Xml.text, 0x45: Xml.text, 0x07: Xml.cdata, 0x47: Xml.cdata,
          0x08: Xml.charref, 0x48: Xml.charref, 0x09: Xml.entity, 0x49: Xml.entity, 0x0A: Xml.pi_target,
          0x0B: Xml.pi_data, 0x0C: Xml.instance, 0x0D: Xml.substitution, 0x0E: Xml.substitution, 0x0F: Xml.fragment}


def name_hash(raw):
    """The 16-bit hash that is stored before every name."""
    value = 0
    for unit in struct.unpack("<%dH" % (len(raw) // 2), raw):
        value = (value * 65599 + unit) & 0xFFFFFFFF
    return value & 0xFFFF


def plausible_definition(chunk, where, wanted):
    """A definition stands here: its id, its length and its first tokens fit."""
    if where + 28 > len(chunk):
        return False
    length = struct.unpack_from("<I", chunk, where + 20)[0]
    return (struct.unpack_from("<I", chunk, where + 4)[0] == wanted and 9 <= length <= len(chunk) - where - 24
            and chunk[where + 24] == 0x0F and chunk[where + 28] & ~0x40 == 0x01)


# --------------------------------------------------------------------------------------------- records

def frame(chunk, at, end):
    """'ok', 'torn' (plausible size, wrong copy), 'bad' (impossible size), 'none' (no signature)."""
    if at + 28 > end or bytes(chunk[at:at + 4]) != SIGNATURE:
        return "none"
    size = struct.unpack_from("<I", chunk, at + 4)[0]
    if size < 28 or size % 8 or at + size > len(chunk):
        return "bad"
    if at + size > end:
        return "torn"
    return "ok" if struct.unpack_from("<I", chunk, at + size - 4)[0] == size else "torn"


def next_record(chunk, at, end):
    """The next 8-aligned intact frame at or behind `at`, or None."""
    at = (at + 7) & ~7
    while at + 28 <= end:
        if frame(chunk, at, end) == "ok":
            return at
        at += 8
    return None


def walk(chunk, end, log, place, start=FIRST, recovered=False):
    """The intact frames of chunk[start:end] as (offset, recovered); torn and damaged ones go to the log."""
    at, found = start, []
    while at + 4 <= end:
        kind = frame(chunk, at, end)
        if kind == "ok":
            found.append((at, recovered))
            at += struct.unpack_from("<I", chunk, at + 4)[0]
            continue
        if kind == "none" and not any(chunk[at:end]):
            break                                       # the header promises more than is there
        if kind == "torn":
            log.torn.append(Record(struct.unpack_from("<Q", chunk, at + 8)[0], place + at,
                                   struct.unpack_from("<Q", chunk, at + 16)[0], {"torn"}))
        else:
            log.damaged += 1
            log.faults.append("%s frame at %d" % (kind, place + at))
        following = next_record(chunk, at + (8 if kind != "none" else 0), end)
        if following is None:
            break
        at, recovered = following, True
    return found


def system_fields(element):
    """System as a flat mapping: element text under its name, attributes under name/attribute."""
    fields = {}
    for child in element.children:
        if isinstance(child, Element):
            for name, text in child.attributes:
                fields[child.name + "/" + name] = text
            if child.children or not child.attributes:
                fields[child.name] = child.text()
    return fields


def data_fields(root):
    """(name, text) of every value below a data root: elements by their Name or tag, attributes by their own name."""
    fields = []
    for child in root.children:
        if not isinstance(child, Element):
            continue
        name = next((text for key, text in child.attributes if key == "Name"), child.name)
        attributes = [(key, text) for key, text in child.attributes if key != "Name" and not key.startswith("xmlns")]
        fields += attributes
        if any(isinstance(c, Element) for c in child.children):
            fields += data_fields(child)
        elif child.children or not (attributes or root.name == "UserData"):
            fields.append((name, child.text()))
    return fields


def fixed_fields(chunk, values):
    """System from the slots that every outer template has (for records whose definition is lost)."""
    fields = {}
    if len(values) < 13 or [(v.size, v.kind) for v in values[:4]] != [(1, 4), (1, 4), (2, 6), (2, 6)]:
        return fields
    for slot, name in SYSTEM_SLOTS.items():
        value = values[slot]
        text = value_text(value.kind, bytes(chunk[value.start:value.start + value.size]))
        if isinstance(text, str):
            fields[name] = text
    return fields


def outer_values(xml, at):
    """The values of the outer instance, read without its definition; [] if they cannot be."""
    try:
        if xml.chunk[at] == 0x0F:
            at += 4
        if xml.chunk[at] != 0x0C:
            return []
        table = at + 10
        if xml.u32(at + 6) == table:
            table += 24 + xml.u32(table + 20)
        return xml.values(table)[0]
    except (Broken, struct.error, IndexError):
        return []


def parse(chunk, at, place, definitions):
    """The record at `at` with everything that can be read of it."""
    size, number, written = struct.unpack_from("<IQQ", chunk, at + 4)
    record = Record(number, place + at, written)
    xml = Xml(chunk, at + size - 4, definitions)
    roots = []
    try:
        xml.content(at + 24, at + size - 4, Scope(), roots)
    except (Broken, struct.error, RecursionError) as why:
        record.states.add("broken")
        record.fault = str(why)
        roots = [xml.rescued]
    event = next((r for r in roots if isinstance(r, Element) and r.name == "Event"), None)
    if event is not None:
        fill(record, event)
        if xml.literal:
            record.states.add("literal")
    else:
        values = outer_values(xml, at + 24)
        record.system = fixed_fields(chunk, values)
        if not record.system:
            record.states.add("broken")
    if xml.lost:
        record.states.add("template_lost")
    return record


def fill(record, event):
    system = event.find("System")
    record.system = system_fields(system) if system else {}
    for child in event.children:
        if isinstance(child, Element) and child.name in DATA_ROOTS:
            record.root, record.data = child.name, data_fields(child)
            return
    for child in event.children:                        # SubscriptionBookmarkEvent and the like
        if isinstance(child, Element) and child.name not in ("System", "RenderingInfo"):
            record.root, record.data = child.name, data_fields(child)
            return


# --------------------------------------------------------------------------------------------- file

def checksums_right(chunk, free):
    """Header and data CRC-32 of a chunk; a chunk with flag 4 has none and counts as right."""
    if struct.unpack_from("<I", chunk, 120)[0] & 4:
        return True
    header = zlib.crc32(chunk[128:512], zlib.crc32(chunk[:120]))
    return (header == struct.unpack_from("<I", chunk, 124)[0]
            and zlib.crc32(chunk[512:free]) == struct.unpack_from("<I", chunk, 52)[0])


def collect_definitions(chunk, into):
    """Every definition that an inline instance of this chunk carries, by template id."""
    at = chunk.find(b"\x0c\x01", FIRST)
    while at >= 0 and at + 38 <= len(chunk):
        wanted, where = struct.unpack_from("<II", chunk, at + 2)
        if where == at + 10 and plausible_definition(chunk, where, wanted):
            length = struct.unpack_from("<I", chunk, where + 20)[0]
            into.setdefault(wanted, []).append((chunk, where, bytes(chunk[where + 4:where + 24]) + length.to_bytes(4, "little")))
        at = chunk.find(b"\x0c\x01", at + 1)


def read_chunk(chunk, place, log, definitions):
    live = chunk[:8] == b"ElfChnk\0"
    free = struct.unpack_from("<I", chunk, 48)[0] if live else CHUNK
    end = min(max(free, FIRST), CHUNK)
    log.chunks += live
    good = live and FIRST <= free <= CHUNK and checksums_right(chunk, end)
    if not live:
        start = next_record(chunk, 0, CHUNK)
        if start is None:
            return
        log.damaged += 1
        log.faults.append("no chunk magic at %d" % place)
    frames = walk(chunk, end, log, place, FIRST if live else start, not live)
    for at, recovered in frames:
        record = parse(chunk, at, place, definitions)
        record.states |= ({"recovered"} if recovered else set()) | (set() if good else {"crc_bad"} if live else set())
        log.records.append(record)
    at = next_record(chunk, end, CHUNK)
    while at is not None:
        record = parse(chunk, at, place, definitions)
        record.states.add("slack")
        log.slack.append(record)
        at = next_record(chunk, at + struct.unpack_from("<I", chunk, at + 4)[0], CHUNK)


def read(data):
    """The Log in `data`; raises ValueError when it is no .evtx at all."""
    if data[:8] != b"ElfFile\0" and b"ElfChnk\0" not in data[4096:4096 + 64 * CHUNK:]:
        raise ValueError("not an event log")
    log = Log()
    chunks = []
    for place in range(4096, len(data), CHUNK):
        piece = data[place:place + CHUNK]
        if len(piece) < CHUNK:
            log.truncated |= any(piece)
            piece = piece + bytes(CHUNK - len(piece))
        chunks.append((place, piece))
    # A sound header may lag behind, but it never runs ahead: then chunks were cut off.
    is_sound = data[:8] == b"ElfFile\0" and zlib.crc32(data[:120]) == struct.unpack_from("<I", data, 124)[0]
    log.truncated |= is_sound and struct.unpack_from("<H", data, 42)[0] > len(chunks)
    definitions = {}
    for _, chunk in chunks:
        collect_definitions(chunk, definitions)
    for place, chunk in chunks:
        if any(chunk):
            read_chunk(chunk, place, log, definitions)
    return log
