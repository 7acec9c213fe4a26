"""The System part of an .evtx record: the outer templates that Windows uses, and the literal form.

Slots 0 to 12 mean the same in every template: Level, Opcode, Task, EventID, Qualifiers, Keywords, time, ActivityID, process,
thread, EventRecordID, Version, user. Family A has 18 slots, provider and channel among them; family B has 20, provider and
channel are literal. The computer is always literal.
"""
from dataclasses import dataclass, field
from typing import Optional

from .binxml import (END, FRAGMENT, Definition, Element, Instance, Slot, Value, encode, filetime_text, guid_bytes, guid_text,
                     text_nodes)

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


@dataclass
class System:
    """What stands in <System>. None leaves a field out."""
    provider: str
    guid: str
    event_id: int
    computer: Optional[str]
    channel: Optional[str]
    time: int
    record: Optional[int]
    level: int = 0
    task: int = 0
    opcode: int = 0
    version: int = 0
    keywords: int = 0
    qualifiers: Optional[int] = None
    activity: Optional[str] = None
    related: Optional[str] = None
    process: int = 4
    thread: int = 60
    user: Optional[str] = None
    source_name: str = ""
    classic: bool = False                       # no Version, Opcode, Correlation, Execution
    family: str = "A"
    namespace: str = NAMESPACE
    # What only tests of odd files change:
    guid_override: Optional[bytes] = None       # GUID of the outer template
    extra_slots: int = 0                        # unused slots at the end
    slot_order: dict = field(default_factory=dict)      # slot -> slot, in template and values alike


# Slots of family A; family B leaves 13 to 17 unused and has RelatedActivityID in 18.
TYPES_13 = ["uint8", "uint8", "uint16", "uint16", "uint16", "hex64", "filetime", "guid", "uint32", "uint32", "uint64",
            "uint8", "sid"]


def related_slot(s):
    return 13 if s.family == "A" else 18


def nested_slot(s):
    """The slot of the nested value."""
    return 17 if s.family == "A" else 19


def slots(s):
    """(type, value or None) of every slot but the nested one, which is left None."""
    values = [s.level, s.opcode, s.task, s.event_id, s.qualifiers, s.keywords, s.time, s.activity, s.process, s.thread,
              s.record, s.version, s.user]
    out = list(zip(TYPES_13, values))
    if s.family == "A":
        out += [("guid", s.related), ("string", s.provider), ("guid", s.guid or None), ("string", s.channel), None]
    else:
        out += [("null", None)] * 5 + [("guid", s.related), None]
    return out + [("null", None)] * s.extra_slots


def element(s, name, slot, kind):
    """An element that vanishes with its slot."""
    return Element(name, [], [at(s, slot, kind)], dependency=s.slot_order.get(slot, slot))


def at(s, slot, kind):
    return Slot(s.slot_order.get(slot, slot), kind, optional=True)


def template_nodes(s, wrapper):
    """The outer template. `wrapper` is "UserData" when the nested value stands in that element."""
    nested = [at(s, nested_slot(s), "binxml")]
    if wrapper:
        nested = [Element(wrapper, [], nested, dependency=nested_slot(s))]
    event = Element("Event", [("xmlns", text_nodes(s.namespace))], [Element("System", [], template_fields(s))] + nested,
                    dependency=0xFFFF if wrapper else nested_slot(s))
    return [FRAGMENT, event, END]


def template_fields(s):
    """The elements of <System>, in the order of Windows."""
    out = [Element("Provider", template_provider(s)),
           Element("EventID", [("Qualifiers", [at(s, 4, "uint16")])], [at(s, 3, "uint16")],
                   dependency=s.slot_order.get(3, 3))]
    out += [] if s.classic else [element(s, "Version", 11, "uint8")]
    out += [element(s, "Level", 0, "uint8"), element(s, "Task", 2, "uint16")]
    out += [] if s.classic else [element(s, "Opcode", 1, "uint8")]
    out += [element(s, "Keywords", 5, "hex64"), Element("TimeCreated", [("SystemTime", [at(s, 6, "filetime")])]),
            element(s, "EventRecordID", 10, "uint64")]
    if not s.classic:
        out += [Element("Correlation", [("ActivityID", [at(s, 7, "guid")]),
                                        ("RelatedActivityID", [at(s, related_slot(s), "guid")])]),
                Element("Execution", [("ProcessID", [at(s, 8, "uint32")]), ("ThreadID", [at(s, 9, "uint32")])])]
    if s.channel is not None:
        out += [element(s, "Channel", 16, "string") if s.family == "A" else literal("Channel", s.channel)]
    if s.computer is not None:
        out += [literal("Computer", s.computer)]
    return out + [Element("Security", [("UserID", [at(s, 12, "sid")])])]


def template_provider(s):
    if s.family == "A":
        return [("Name", [at(s, 14, "string")]), ("Guid", [at(s, 15, "guid")])]
    return literal_provider(s)


def literal_provider(s):
    pairs = [("Name", s.provider), ("Guid", s.guid), ("EventSourceName", s.source_name)]
    return [(name, text_nodes(text)) for name, text in pairs if text]


def literal(name, text, attributes=()):
    return Element(name, list(attributes), text_nodes(text))


def template_record(s, nested, wrapper=""):
    """The nodes of a record with a template: fragment header, instance, end."""
    values = []
    for slot in slots(s):
        if slot is None:
            values.append(Value("binxml", nodes=nested) if nested is not None else Value("null"))
        else:
            kind, value = slot
            values.append(Value("null") if value is None else Value(kind, encode(kind, value)))
    values = [values[s.slot_order.get(i, i)] for i in range(len(values))]
    nodes = template_nodes(s, wrapper)
    definition = Definition(nodes, s.guid_override, key=("outer", repr(nodes), s.guid_override))
    return [FRAGMENT, Instance(definition, values), END]


def literal_fields(s):
    """<System> as text, as a collector stores forwarded events."""
    fields = [Element("Provider", literal_provider(s)),
              literal("EventID", str(s.event_id), [] if s.qualifiers is None
                      else [("Qualifiers", text_nodes(str(s.qualifiers)))])]
    fields += [] if s.classic else [literal("Version", str(s.version))]
    fields += [literal("Level", str(s.level)), literal("Task", str(s.task))]
    fields += [] if s.classic else [literal("Opcode", str(s.opcode))]
    fields += [literal("Keywords", "0x%x" % s.keywords),
               Element("TimeCreated", [("SystemTime", text_nodes(filetime_text(s.time, 9)))])]
    fields += [] if s.record is None else [literal("EventRecordID", str(s.record))]
    if not s.classic:
        given = [(name, text_nodes(guid_text(guid_bytes(value))))
                 for name, value in (("ActivityID", s.activity), ("RelatedActivityID", s.related)) if value]
        fields += [Element("Correlation", given),
                   Element("Execution", [("ProcessID", text_nodes(str(s.process))), ("ThreadID", text_nodes(str(s.thread)))])]
    fields += [] if s.channel is None else [literal("Channel", s.channel)]
    fields += [] if s.computer is None else [literal("Computer", s.computer)]
    return fields + [Element("Security", [("UserID", text_nodes(s.user))] if s.user else [])]


def literal_record(s, body):
    """The nodes of a record without template. `body` follows <System>."""
    event = Element("Event", [("xmlns", text_nodes(s.namespace))], [Element("System", [], literal_fields(s))] + body)
    return [FRAGMENT, event, END]
