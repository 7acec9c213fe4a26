"""Binary XML of .evtx: nodes, values, and the writer that lays them into a chunk.

A record's binary XML is a list of nodes. The plain ones (Element, Text, Slot, Instance, ...) are what Windows
writes; every count, length, offset and identifier that Windows computes is computed here too, and can be overridden in the
node where a test wants it wrong. Raw puts any bytes anywhere.

Offsets are chunk-relative, integers little-endian, text UTF-16LE. A name or a template definition is written
where it is first used and referred to by its offset afterwards; that is why writing needs the chunk (see Chunk in
evtx.py, which owns `data`, `names` and `definitions`).
"""
import datetime
import hashlib
import re
import struct
import sys
from dataclasses import dataclass, field
from typing import Any, Optional

sys.setrecursionlimit(max(sys.getrecursionlimit(), 30000))      # for logs with thousands of elements in each other

NONE = 0xFFFF                                   # dependency id of an element that depends on no slot

# name: (number on disk, struct code or None)
TYPES = {
    "null": (0x00, None), "string": (0x01, None), "ansi": (0x02, None),
    "int8": (0x03, "<b"), "uint8": (0x04, "<B"), "int16": (0x05, "<h"), "uint16": (0x06, "<H"),
    "int32": (0x07, "<i"), "uint32": (0x08, "<I"), "int64": (0x09, "<q"), "uint64": (0x0A, "<Q"),
    "float": (0x0B, "<f"), "double": (0x0C, "<d"), "bool": (0x0D, "<I"), "binary": (0x0E, None),
    "guid": (0x0F, None), "size_t": (0x10, "<Q"), "filetime": (0x11, "<Q"), "systemtime": (0x12, None),
    "sid": (0x13, None), "hex32": (0x14, "<I"), "hex64": (0x15, "<Q"),
    "handle": (0x20, "<I"), "binxml": (0x21, None), "evtxml": (0x23, None),
}


# --------------------------------------------------------------------------------------------- nodes

@dataclass
class Element:
    """01/41 [u16 dependency id, inside a definition only] u32 length, name, [u32 length, attributes], content.

    `dependency` names the slot whose NULL makes the element vanish; `length`, `attribute_length` and `name_offset` override
    what is computed; `open_only` writes `<x></x>` where an empty element would be `<x/>`."""
    name: str
    attributes: list = field(default_factory=list)          # (name, [nodes])
    content: list = field(default_factory=list)
    dependency: int = NONE
    length: Optional[int] = None
    attribute_length: Optional[int] = None
    name_offset: Optional[int] = None
    open_only: bool = False


@dataclass
class Text:
    """05/45 u8 type 1, u16 count, text without NUL."""
    text: str


@dataclass
class CData:
    """07/47 u16 count, text."""
    text: str


@dataclass
class CharRef:
    """08/48 u16 code."""
    code: int


@dataclass
class EntityRef:
    """09/49 name: amp, lt, gt, quot, apos."""
    name: str


@dataclass
class Pi:
    """0A name, 0B u16 count, text."""
    target: str
    data: str


@dataclass
class Slot:
    """0D (0E when optional) u16 slot, u8 declared type."""
    number: int
    type: str = "string"
    optional: bool = False


@dataclass
class Raw:
    """Any bytes."""
    data: bytes


@dataclass
class Definition:
    """u32 next, GUID, u32 length, then `nodes`. The GUID is made from the content unless given.

    The length covers the nodes; Windows writes fragment header, one root element, end of stream."""
    nodes: list
    guid: Optional[bytes] = None
    length: Optional[int] = None
    key: Any = None                                         # same key, same definition; None: never shared

    def identity(self):
        return self.guid or content_guid(self.nodes)


@dataclass
class Value:
    """A substitution value: type and bytes, or nodes for type 21 (binxml)."""
    type: str = "null"
    data: bytes = b""
    nodes: Optional[list] = None
    size: Optional[int] = None                              # overrides the descriptor's size


@dataclass
class Instance:
    """0C, u8 1, u32 template id, u32 definition offset, [definition], u32 count, count descriptors, values.

    A descriptor is u16 size, u8 type, u8 0. `template_id`, `offset` and `count` override what is computed;
    `offset` = "self" is the offset of the instance's own token."""
    definition: Definition
    values: list = field(default_factory=list)
    count: Optional[int] = None
    template_id: Optional[int] = None
    offset: Any = None


@dataclass
class Fragment:
    """0F 01 01 00."""


@dataclass
class End:
    """00, end of stream."""


FRAGMENT, END = Fragment(), End()


def content_guid(nodes):
    """A GUID that is the same exactly when the content is the same."""
    return hashlib.sha1(repr(nodes).encode("utf-8", "surrogatepass")).digest()[:16]


# --------------------------------------------------------------------------------------------- values

def utf16(text):
    """UTF-16LE; a lone surrogate in `text` stays one lone unit."""
    return text.encode("utf-16-le", "surrogatepass")


def type_number(name):
    """The number of a type's name; `name[]` is the array of it, a number is itself."""
    if isinstance(name, int):
        return name
    if name.endswith("[]"):
        return 0x80 | TYPES[name[:-2]][0]
    return TYPES[name][0]


def guid_bytes(text):
    """{D1-D2-D3-xx-yyyyyy}: three little-endian integers, then eight bytes as they are written."""
    a, b, c, d, e = text.strip("{}").split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def guid_text(raw):
    a, b, c = struct.unpack("<IHH", raw[:8])
    return "{%08X-%04X-%04X-%s-%s}" % (a, b, c, raw[8:10].hex().upper(), raw[10:].hex().upper())


def sid_bytes(text):
    """S-r-a-n...: u8 revision, u8 count, 6-byte big-endian authority, count u32. No limit on the count here."""
    parts = text.split("-")
    if parts[0] != "S" or len(parts) < 3:
        raise ValueError("not a SID: %r" % text)
    revision, authority, *rest = [int(p, 0) for p in parts[1:]]
    return bytes([revision, len(rest)]) + authority.to_bytes(6, "big") + struct.pack("<%dI" % len(rest), *rest)


def systemtime_bytes(ticks):
    """u16 year, month, weekday (0 Sunday), day, hour, minute, second, millisecond."""
    if ticks == 0:
        return bytes(16)
    moment, rest = filetime_parts(ticks)
    return struct.pack("<8H", moment.year, moment.month, (moment.weekday() + 1) % 7, moment.day,
                       moment.hour, moment.minute, moment.second, rest // 10000)


def filetime_parts(ticks):
    """(datetime of the full second, ticks below the second)."""
    seconds, rest = divmod(ticks, 10 ** 7)
    return datetime.datetime(1601, 1, 1) + datetime.timedelta(seconds=seconds), rest


def filetime_text(ticks, digits=7):
    """2024-03-01T09:00:00.0000000Z."""
    try:
        moment, rest = filetime_parts(ticks)
    except OverflowError:
        return "0x%x" % ticks
    fraction = ("%07d" % rest + "00")[:digits]
    return "%04d-%s.%sZ" % (moment.year, moment.strftime("%m-%dT%H:%M:%S"), fraction)


def encode_items(kind, items):
    """The bytes of an array: strings are each closed by NUL, all other items stand back to back."""
    if kind == "string":
        return b"".join(utf16(item) + b"\0\0" for item in items)
    if kind == "ansi":
        return b"".join(item.encode("cp1252") + b"\0" for item in items)
    return b"".join(encode(kind, item) for item in items)


def encode(kind, value):
    """The bytes of one value of type `kind` (a name of TYPES, or NAME[] with a list)."""
    if kind.endswith("[]"):
        return encode_items(kind[:-2], value)
    code = TYPES[kind][1]
    if kind == "bool" and isinstance(value, bool):
        value = int(value)
    if code:
        return struct.pack(code, value)
    return ENCODERS[kind](value)


ENCODERS = {
    "null": lambda value: b"",
    "string": utf16,
    "ansi": lambda value: value.encode("cp1252"),
    "binary": lambda value: value if isinstance(value, bytes) else bytes.fromhex(value),
    "guid": guid_bytes,
    "systemtime": systemtime_bytes,
    "sid": sid_bytes,
    "evtxml": utf16,
    "binxml": lambda value: value,
}


def text_of(kind, value):
    """The text that a forwarded (literal) record or an XML view holds for this value."""
    if value is None or kind == "null":
        return ""
    if kind in ("hex32", "hex64", "size_t", "pointer"):
        return "0x%x" % value
    if kind == "filetime":
        return filetime_text(value, 9)
    if kind == "bool":
        return "true" if value else "false"
    if kind == "guid":
        return guid_text(guid_bytes(value))
    if kind == "binary":
        return (value if isinstance(value, bytes) else bytes.fromhex(value)).hex().upper()
    return str(value)


def text_nodes(text):
    """Text as a template-free record stores it: cut at &, < and >, which become entity references."""
    names = {"&": "amp", "<": "lt", ">": "gt"}
    pieces = [piece for piece in re.split("([&<>])", text) if piece]
    return [EntityRef(names[piece]) if piece in names else Text(piece) for piece in pieces]


# --------------------------------------------------------------------------------------------- writer

def name_hash(text):
    """h = h * 65599 + unit over the UTF-16 units, 32 bits; the low 16 are stored."""
    value = 0
    raw = utf16(text)
    for unit in struct.unpack("<%dH" % (len(raw) // 2), raw):
        value = (value * 65599 + unit) & 0xFFFFFFFF
    return value & 0xFFFF


class Writer:
    """Appends nodes to `chunk.data`; `chunk.names` and `chunk.definitions` remember what stands where."""

    def __init__(self, chunk):
        self.chunk = chunk
        self.data = chunk.data

    def pack(self, code, *values):
        self.data += struct.pack("<" + code, *values)

    def hole(self):
        """Leaves room for a u32 that is known later; gives its position."""
        self.pack("I", 0)
        return len(self.data) - 4

    def fill(self, at, value):
        struct.pack_into("<I", self.data, at, value & 0xFFFFFFFF)

    def name(self, text, offset=None):
        """u32 offset, and, where the name is used first, the name itself right behind:
        u32 next name of the bucket, u16 hash, u16 count, text, u16 0."""
        if offset is not None:
            here = len(self.data) + 4
            self.pack("I", {"forward": here + 64, "odd": here - 33}.get(offset, offset) & 0xFFFFFFFF)
            return
        known = self.chunk.names.get(text)
        if known is not None:
            self.pack("I", known)
            return
        here = len(self.data) + 4
        self.pack("IIHH", here, self.chunk.link_name(text, name_hash(text), here), name_hash(text),
                  len(utf16(text)) // 2)
        self.data += utf16(text) + b"\0\0"

    def nodes(self, nodes, inside):
        """`inside` is True within a template definition, where elements carry a dependency id."""
        for i, node in enumerate(nodes):
            follows = i + 1 < len(nodes) and isinstance(nodes[i + 1], VALUE_NODES)
            WRITERS[type(node)](self, node, inside, 0x40 if follows else 0)

    def text(self, node, inside, more):
        self.pack("BBH", 0x05 | more, 1, len(utf16(node.text)) // 2)
        self.data += utf16(node.text)

    def cdata(self, node, inside, more):
        self.pack("BH", 0x07 | more, len(utf16(node.text)) // 2)
        self.data += utf16(node.text)

    def charref(self, node, inside, more):
        self.pack("BH", 0x08 | more, node.code)

    def entity(self, node, inside, more):
        self.pack("B", 0x09 | more)
        self.name(node.name)

    def pi(self, node, inside, more):
        self.pack("B", 0x0A)
        self.name(node.target)
        self.pack("BH", 0x0B, len(utf16(node.data)) // 2)
        self.data += utf16(node.data)

    def slot(self, node, inside, more):
        self.pack("BHB", 0x0E if node.optional else 0x0D, node.number, type_number(node.type))

    def raw(self, node, inside, more):
        self.data += node.data

    def fragment(self, node, inside, more):
        self.pack("BBBB", 0x0F, 1, 1, 0)

    def end(self, node, inside, more):
        self.pack("B", 0x00)

    def element(self, node, inside, more):
        self.pack("B", 0x41 if node.attributes else 0x01)
        if inside:
            self.pack("H", node.dependency)
        length = self.hole()
        self.name(node.name, node.name_offset)
        if node.attributes:
            self.attributes(node, inside)
        if node.content or node.open_only:
            self.pack("B", 0x02)
            self.nodes(node.content, inside)
            self.pack("B", 0x04)
        else:
            self.pack("B", 0x03)
        self.fill(length, len(self.data) - length - 4 if node.length is None else node.length)

    def attributes(self, node, inside):
        length = self.hole()
        for i, (name, content) in enumerate(node.attributes):
            self.pack("B", 0x46 if i + 1 < len(node.attributes) else 0x06)
            self.name(name)
            self.nodes(content, inside)
        self.fill(length, len(self.data) - length - 4 if node.attribute_length is None else node.attribute_length)

    def instance(self, node, inside, more):
        token = len(self.data)
        guid = node.definition.identity()
        number = struct.unpack_from("<I", guid)[0] if node.template_id is None else node.template_id
        key = node.definition.key
        known = self.chunk.definitions.get(key) if key is not None else None
        self.pack("BBI", 0x0C, 1, number)
        here = len(self.data) + 4
        if node.offset is not None:
            self.pack("I", (token if node.offset == "self" else here + 64 if node.offset == "forward"
                            else node.offset) & 0xFFFFFFFF)
        elif known is not None:
            self.pack("I", known)
        else:
            self.pack("I", here)
            self.definition(node.definition, guid, here)
        self.values(node)

    def definition(self, node, guid, here):
        self.pack("I", self.chunk.link_definition(node.key, guid, here))
        self.data += guid
        length = self.hole()
        self.nodes(node.nodes, True)
        self.fill(length, len(self.data) - length - 4 if node.length is None else node.length)

    def values(self, node):
        self.pack("I", (len(node.values) if node.count is None else node.count) & 0xFFFFFFFF)
        table = len(self.data)
        self.data += bytes(4 * len(node.values))
        for i, value in enumerate(node.values):
            start = len(self.data)
            if value.nodes is not None:
                self.nodes(value.nodes, False)
            else:
                self.data += value.data
            size = len(self.data) - start if value.size is None else value.size
            if size > 0xFFFF:
                raise ValueError("a value of %d bytes does not fit: 65535 is the most" % size)
            struct.pack_into("<HBB", self.data, table + 4 * i, size, type_number(value.type), 0)


VALUE_NODES = (Text, CData, CharRef, EntityRef)      # content tokens that can carry 0x40, "more follows"
WRITERS = {Element: Writer.element, Text: Writer.text, CData: Writer.cdata, CharRef: Writer.charref,
           EntityRef: Writer.entity, Pi: Writer.pi, Slot: Writer.slot, Raw: Writer.raw,
           Instance: Writer.instance, Fragment: Writer.fragment, End: Writer.end}
