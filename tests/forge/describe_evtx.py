"""Descriptions of .evtx logs."""
from dataclasses import dataclass, field

from . import binxml, describe, events, evtx, system
from .binxml import END, FRAGMENT, Definition, Element, Instance, Slot, Text, Value, text_nodes
from .describe import Describer, Expected, Mistake, Plan, check_keys
from .tokens import Tokens

# Words of an event that are no fields of it.
EVENT_KEYS = Describer.event_keys | set(events.ROLES) | {
    "provider", "guid", "channel", "layout", "types", "fields", "strings", "binary", "event_record", "written", "version",
    "level", "task", "opcode", "keywords", "qualifiers", "process", "thread", "activity", "related", "user", "source_name",
    "family", "classic", "namespace", "time", "literal", "rendering", "binxml", "nested", "body", "user_data",
    "values_kept", "template_guid", "data_guid", "extra_slots", "slot_order", "new_chunk", "fill_chunk", "padding",
    "position"}
# Words of an event that go into System as they are.
SYSTEM_KEYS = ("level", "task", "opcode", "version", "keywords", "qualifiers", "activity", "related", "process", "thread",
               "family", "classic", "namespace", "source_name", "extra_slots", "slot_order")


@dataclass
class Field:
    """One field of the data part: its name, what the template declares, what the record holds."""
    name: str
    declared: object                        # type name or number
    actual: str
    value: object                           # None: the null value
    raw: object = None                      # bytes as they are, instead of `value`
    size: object = None                     # a descriptor size that is not the true one
    hidden: bool = False                    # has a slot, but no element
    optional: bool = False                  # its element vanishes with a null value

    def shown(self):
        return not (self.hidden or self.optional and self.value is None)

    def substitution(self):
        if self.raw is not None:
            return Value(self.actual, self.raw, size=self.size)
        if self.value is None:
            return Value("null", b"")
        return Value(self.actual, binxml.encode(self.actual, self.value), size=self.size)

    def text(self):
        if self.raw is not None or self.value is None:
            return "" if self.value is None else None
        if self.actual.endswith("[]"):
            return [binxml.text_of(self.actual[:-2], item) for item in self.value]
        return binxml.text_of(self.actual, self.value)


def pointer_types(bits):
    """A pointer is declared size_t and stored as hex64, on 32-bit Windows as hex32."""
    return 0x10, "hex32" if bits == 32 else "hex64"


def coerced(kind, given):
    """A value of the YAML as the type needs it: numbers may be text, times are written as everywhere."""
    base = kind[:-2] if kind.endswith("[]") else kind
    if isinstance(given, list):
        return [coerced(base, item) for item in given]
    if base in ("filetime", "systemtime"):
        return given if isinstance(given, int) else describe.moment(given)
    if base in ("float", "double"):
        return float(given)
    if base == "bool":
        return {"true": 1, "false": 0}.get(given, given) if isinstance(given, str) else int(given)
    if binxml.TYPES[base][1]:
        return int(given, 0) if isinstance(given, str) else given
    if base == "binary" and isinstance(given, str):
        return bytes.fromhex(given)
    return given if isinstance(given, bytes) else str(given)


class Evtx(Describer):
    generations = events.EVTX_GENERATIONS
    modern = True
    keys = {"bits", "records_per_chunk", "minor", "crc", "chunk_flags", "flags", "dirty", "wrap", "zero_chunks", "older",
            "stale_header", "header", "sparse", "padding"}
    event_keys = EVENT_KEYS

    # ----------------------------------------------------------------------------------- one event

    def event(self, event):
        """(Record, Expected) of one event."""
        given_channel = self.given.get("channel")
        channel = event.get("channel", None if given_channel == "ForwardedEvents" else given_channel)
        provider, row = events.manifest(event["id"], event.get("provider"), channel)
        if row is None and "provider" not in event:
            provider, row = events.manifest(event["id"])
        if provider is None:
            provider = events.Provider(event.get("provider", "Forge"), event.get("guid", ""), channel or "Application", [],
                                       family="A" if event.get("guid") else "B")
        fields, version = self.fields(event, row)
        s = self.system(event, provider, row, channel or provider.channel, version)
        record = evtx.Record(self.nodes(event, provider, row, s, fields), self.number, self.written(event),
                             event.get("new_chunk", False), event.get("fill_chunk", False),
                             bytes([event.get("padding", self.given.get("padding", 0))]), event.get("position"))
        expected = Expected(self.number, event["id"], self.expected_fields(event, fields), provider.name, s.computer or "",
                            s.channel or "", s.version, s.time, event=event)
        return record, expected

    def written(self, event):
        given = event.get("written", 0)
        return describe.moment(given) if isinstance(given, dict) else self.now + describe.duration(given)

    def system(self, event, provider, row, channel, version):
        s = system.System(provider.name, provider.guid, event["id"], str(event.get("computer", self.host)), channel,
                          describe.moment(event["time"]) if "time" in event else self.now,
                          event.get("event_record", self.number), version=version,
                          family=provider.family, classic=provider.classic, source_name=provider.source_name,
                          user=provider.user or None, qualifiers=None if provider.qualifiers < 0 else provider.qualifiers)
        if row:
            s.level, s.task, s.opcode, s.keywords, s.process = row.level, row.task, row.opcode, row.keywords, row.process
        if s.classic:
            s.process = s.thread = 0
        for key in SYSTEM_KEYS:
            if key in event:
                setattr(s, key, event[key])
        if event.get("computer", "") is None:
            s.computer = None
        if "user" in event and not self.names_user(row):
            s.user = self.account(event["user"]).sid if event["user"] is not None else None
        if "template_guid" in event:
            s.guid_override = binxml.guid_bytes(event["template_guid"])
        return s

    @staticmethod
    def names_user(row):
        """The event itself has a User field (Sysmon), so `user:` is not that of System."""
        return bool(row) and any("User" in layout[2].split() for layout in row.layouts)

    # ----------------------------------------------------------------------------------- fields

    def fields(self, event, row):
        """The data fields of an event, and the version of its layout."""
        if row is None or row.classic or "fields" in event:
            check_keys(event, EVENT_KEYS, "event")
            return with_binary_size(self.free_fields(event, row)), event.get("version", 0)
        layout = events.pick(row.layouts, event.get("layout"), self.generation, self.generations)
        specs = [spec.partition(":")[::2] for spec in layout[2].split()]
        names = {name.rpartition("@")[2] for name, _ in specs}
        check_keys(event, EVENT_KEYS | names, "event %d %s" % (row.id, layout[1]))
        given = self.completed(event, names, row)
        fields = [self.field(name, kind or "string", given, event) for name, kind in specs]
        return with_binary_size(fields), int(layout[1][1:].partition("/")[0])

    def completed(self, event, names, row):
        """What the event names, what its accounts give, and the defaults, as one mapping."""
        given = {**{n: v for n, v in events.FIELD_DEFAULTS.items() if n in names},
                 **{n: self.now_text() for n in names & {"UtcTime", "CreationUtcTime"}}, **row.defaults}
        if "SubjectUserSid" in names and "subject" not in event:
            given.update(self.role("subject", "system", names))
        for role in events.ROLES:
            if role in event:
                given.update(self.role(role, event[role], names))
        given.update({name: value for name, value in event.items() if name in names})
        if isinstance(given.get("AccessList"), list):
            given["AccessList"], mask = describe.accesses(given["AccessList"], "\r\n\t\t\t\t")
            given.setdefault("AccessMask", mask)
        given.setdefault("AccessMask", 0)
        self.policy(given)
        return given

    def role(self, role, name, names):
        """The fields that an account fills in a role."""
        account = self.account(name)
        values = {"sid": account.sid, "name": account.name, "domain": account.domain, "logon": account.logon,
                  "full": account.full_name}
        return {field: values[part] for field, part in events.ROLES[role].items() if field in names}

    @staticmethod
    def policy(given):
        """4719 and 4912: a subcategory and changes by name."""
        word = given.get("SubcategoryId")
        if word in events.SUBCATEGORIES:
            last, given["SubcategoryId"], given["CategoryId"] = events.SUBCATEGORIES[word]
            given["SubcategoryGuid"] = "{0CCE92%s-69AE-11D9-BED3-505054503030}" % last
        if isinstance(given.get("AuditPolicyChanges"), list):
            given["AuditPolicyChanges"] = ", ".join(events.AUDIT_CHANGES[w] for w in given["AuditPolicyChanges"])

    def now_text(self):
        """Sysmon's UtcTime: 2024-03-01 09:00:00.000."""
        return binxml.filetime_text(self.now, 3).rstrip("Z").replace("T", " ")

    def field(self, path, kind, given, event):
        """One field: the declared and the actual type, the value."""
        name = path.rpartition("@")[2]
        declared, actual = pointer_types(self.given.get("bits", 64)) if kind == "pointer" else (kind, kind)
        override = event.get("types", {}).get(name, {})
        if isinstance(override, str):
            declared, actual = (declared if kind == "pointer" else override), override
        else:
            declared, actual = override.get("declared", declared), override.get("actual", actual)
        default = events.TYPE_DEFAULTS.get(actual, 0)
        return self.valued(path, declared, actual, given[name] if name in given else default)

    @staticmethod
    def valued(path, declared, actual, value):
        """A field whose value may be spelled out: {type, value, hex, size, text}."""
        if not isinstance(value, dict):
            return Field(path, declared, actual, None if value is None else coerced(actual, value))
        check_keys(value, {"type", "value", "hex", "size", "junk"}, "field " + path)
        actual = value.get("type", actual)
        if "hex" in value:
            return Field(path, declared, actual, "", bytes.fromhex(value["hex"]), value.get("size"))
        if actual == "null":
            return Field(path, declared, "null", None, bytes([value.get("junk", 0)]) * value.get("size", 0))
        return Field(path, declared, actual, coerced(actual, value.get("value", "")), None, value.get("size"))

    def free_fields(self, event, row):
        """Fields of an event that no table knows: `fields: {Name: value}`, or `strings: [..]` and `binary:` of a classic
        source."""
        out = []
        for name, value in event.get("fields", {}).items():
            kind = event.get("types", {}).get(name) or ("uint32" if isinstance(value, int) else "string")
            kind = kind if isinstance(kind, dict) else {"declared": kind, "actual": kind}
            out.append(self.valued(name, kind.get("declared", "string"), kind.get("actual", "string"), value))
        if "strings" in event or row and row.classic:
            strings = event.get("strings")
            out.append(Field("", "string[]", "string[]", None if strings is None else [str(s) for s in strings],
                             optional=True))
            binary = event.get("binary")
            out.append(Field("Binary", "binary", "binary", bytes.fromhex(binary) if binary else None, optional=True))
        return out

    def expected_fields(self, event, fields):
        if {"binxml", "nested", "body"} & set(event):
            return []
        out = []
        for item in fields:
            if not item.shown():
                continue
            text = item.text()
            out += [(item.name.rpartition("@")[2], t) for t in (text if isinstance(text, list) else [text])]
        return out

    # ----------------------------------------------------------------------------------- nodes

    def nodes(self, event, provider, row, s, fields):
        """The binary XML of the whole record."""
        root = event.get("user_data", row.user_data if row else "")
        namespace = provider.data_namespace
        words = {"system": lambda: [Element("System", [], system.literal_fields(s))],
                 "data": lambda: [self.literal_data(fields, root, namespace)]}
        tokens = Tokens(words)
        if "binxml" in event:
            return tokens.nodes(event["binxml"])
        if event.get("literal"):
            body = tokens.nodes(event["body"]) if "body" in event else [self.literal_data(fields, root, namespace)]
            return system.literal_record(s, body + self.rendering(event, s))
        if "nested" in event:
            nested = None if event["nested"] is None else tokens.nodes(event["nested"])
        else:
            nested = self.data_instance(event, provider, row, fields, root, s)
        return system.template_record(s, nested, "UserData" if root else "")

    def data_instance(self, event, provider, row, fields, root, s):
        """The nested value: fragment header, instance of the data template, end; RenderingInfo behind it if asked for."""
        nodes = data_template(fields, root, provider.data_namespace)
        guid = event.get("data_guid")
        definition = Definition(nodes, binxml.guid_bytes(guid) if guid else None, key=("data", repr(nodes), guid))
        values = [item.substitution() for item in fields][:event.get("values_kept")]
        extra = [Instance(Definition([FRAGMENT] + self.rendering(event, s) + [END]))] if event.get("rendering") else []
        return [FRAGMENT, Instance(definition, values)] + extra + [END]

    @staticmethod
    def literal_data(fields, root, namespace):
        """EventData or UserData as a template-free record holds it."""
        children = []
        for item in fields:
            if not item.shown():
                continue
            text = item.text()
            for one in text if isinstance(text, list) else [text]:
                children.append(data_child(item.name, text_nodes(one), root))
        if root:
            inner = Element(root, [("xmlns", text_nodes(namespace))] if namespace else [], merged(children))
            return Element("UserData", [], [inner])
        return Element("EventData", [], children)

    def rendering(self, event, s):
        """RenderingInfo with localized text, as a collector adds it."""
        given = event.get("rendering")
        if not given:
            return []
        texts = {"Message": "A message in the language of the collector.", "Level": "Information", "Task": "", "Opcode": "Info",
                 "Channel": s.channel or "", "Provider": s.provider, **(given if isinstance(given, dict) else {})}
        culture = texts.pop("Culture", "en-US")
        return [Element("RenderingInfo", [("Culture", [Text(culture)])],
                        [system.literal(name, text) for name, text in texts.items()])]


def with_binary_size(fields):
    """In front of Binary stands a slot without an element: the count of its bytes."""
    out = []
    for item in fields:
        if item.name == "Binary":
            out.append(Field("", "uint32", "uint32", len(item.value or b""), hidden=True))
        out.append(item)
    return out


def data_child(name, content, root):
    """One value: <Data Name="x">, <Binary>, an unnamed <Data>, or below UserData an element of its own name."""
    parent, at, attribute = name.partition("@")
    if at:
        return Element(parent, [(attribute, content)], open_only=True)
    if root or name == "Binary":
        return Element(name, [], content)
    return Element("Data", [("Name", text_nodes(name))] if name else [], content)


def merged(children):
    """Attributes of the same parent, given one by one, on one element."""
    out = []
    for child in children:
        if out and child.attributes and out[-1].name == child.name and out[-1].attributes:
            out[-1].attributes += child.attributes
        else:
            out.append(child)
    return out


def data_template(fields, root, namespace):
    """The definition of the nested value: slot k holds field k."""
    children = []
    for slot, item in enumerate(fields):
        if item.hidden:
            continue
        child = data_child(item.name, [Slot(slot, item.declared, item.optional)], root)
        if item.optional:
            child.dependency = slot
        children.append(child)
    if not root:
        return [FRAGMENT, Element("EventData", [], children), END]
    attributes = [("xmlns:auto-ns3", [Text("http://schemas.microsoft.com/win/2004/08/events")])] if namespace else []
    attributes += [("xmlns", [Text(namespace)])] if namespace else []
    return [FRAGMENT, Element(root, attributes, merged(children)), END]


# Keys of a description that the container takes as they are.
LOG_KEYS = ("records_per_chunk", "minor", "crc", "chunk_flags", "flags", "wrap", "stale_header", "header", "sparse")


def plan(description):
    describer = Evtx(description)
    older = {chunk: [record for record, _ in describer.each(given)]
             for chunk, given in (description.get("older") or {}).items()}
    describer = Evtx(description)               # the clock and the numbers start anew for the live events
    pairs = list(describer.each(description.get("events")))
    log = evtx.Log([record for record, _ in pairs], older=older, minor=2 if describer.generation == "11-23h2" else 1)
    for key in LOG_KEYS:
        if key in description:
            setattr(log, key, description[key])
    empty = description.get("zero_chunks", {})
    log.zero_chunks = {-1: empty} if isinstance(empty, int) else empty
    log.flags |= evtx.FLAG_DIRTY if description.get("dirty") else 0
    return Plan(log, [expected for _, expected in pairs], evtx, description.get("damage", []))
