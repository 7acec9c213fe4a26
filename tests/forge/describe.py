"""Descriptions: YAML in, a log out. What both formats share: loading, time, accounts, checks of keys."""
import datetime
import difflib
import os
import re
import struct
from dataclasses import dataclass, field

import yaml

from . import accounts, damage, events

EPOCH_1601 = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
EPOCH_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TICKS = {"us": 10, "ms": 10 ** 4, "s": 10 ** 7, "m": 60 * 10 ** 7, "h": 3600 * 10 ** 7, "d": 86400 * 10 ** 7}

# Keys of a description that both formats know; each format adds its own.
COMMON = {"format", "generation", "host", "domain", "machine_sid", "channel", "start", "step", "users", "events",
          "damage", "expect", "first_record"}


class Mistake(ValueError):
    """The description says something that cannot be built; the message says where."""


# --------------------------------------------------------------------------------------------- YAML

class Loader(yaml.SafeLoader):
    """YAML without surprises: a key may stand once, times stay text, only true and false are truth values."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs
                if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise Mistake("line %d: %s stands twice" % (key.start_mark.line + 1, key.value))
            seen.add(key.value)
        return super().construct_mapping(node, deep)


Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?(0x[0-9a-fA-F]+|[0-9]+)$"), list("-0123456789"))


def construct_int(loader, node):
    return int(node.value, 16) if "x" in node.value else int(node.value)


Loader.add_constructor("tag:yaml.org,2002:int", construct_int)


def load(source):
    """The description in a YAML text or in the file of that name."""
    text = source
    if "\n" not in source and os.path.exists(source):
        with open(source, encoding="utf-8") as file:
            text = file.read()
    try:
        description = yaml.load(text, Loader)
    except yaml.YAMLError as why:
        raise Mistake(str(why)) from None
    if not isinstance(description, dict):
        raise Mistake("not a description: %.60r" % source)
    return description


def check_keys(given, known, where):
    """Refuses a key that nobody reads, and guesses what was meant."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), [str(k) for k in known], 1)
            raise Mistake("%s: unknown %r%s" % (where, key, "; did you mean %r?" % near[0] if near else ""))


# --------------------------------------------------------------------------------------------- time

def duration(given):
    """Ticks of 100 ns in `250ms`, `1s`, `5m`, or a number of seconds."""
    match = re.fullmatch(r"(-?[0-9.]+)\s*(us|ms|s|m|h|d)?", str(given))
    if not match:
        raise Mistake("not a duration: %r" % (given,))
    return round(float(match[1]) * TICKS[match[2] or "s"])


def moment(given):
    """FILETIME of `2024-03-01T09:00:00Z`, `2024-03-01 09:00:00.1234567`, or {filetime: N}."""
    if isinstance(given, dict):
        return given["filetime"]
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z?", str(given))
    if not match:
        raise Mistake("not a time: %r (UTC, as 2024-03-01T09:00:00Z)" % (given,))
    whole = datetime.datetime.fromisoformat(match[1] + "T" + match[2] + "+00:00") - EPOCH_1601
    return (whole.days * 86400 + whole.seconds) * 10 ** 7 + int((match[3] or "").ljust(7, "0") or 0)


def unix_seconds(ticks):
    return (ticks - 116444736000000000) // 10 ** 7


# --------------------------------------------------------------------------------------------- plan

@dataclass
class Expected:
    """What a reader must give for one event, as the description means it."""
    number: int
    event_id: int
    fields: list                            # (name, text)
    provider: str = ""
    computer: str = ""
    channel: str = ""
    version: int = 0
    time: int = 0                           # FILETIME
    sid: str = ""                           # SID of the record (.evt)
    event: dict = field(default_factory=dict)


@dataclass
class Plan:
    """A description, worked out: the log to write, what its events mean, and the faults to put in."""
    log: object
    expected: list
    writer: object                          # module with build(log)
    damage: list


class Describer:
    """The part of a description's working out that both formats share."""

    generations = ()
    modern = False
    keys = set()
    event_keys = {"id", "at", "after", "record", "computer", "repeat"}

    def __init__(self, description):
        check_keys(description, COMMON | self.keys, "description")
        self.given = description
        try:
            self.generation = events.generation(description.get("generation", self.generations[-1]), self.generations)
        except ValueError as why:
            raise Mistake(str(why)) from None
        self.host = str(description.get("host", "WEB01"))
        machine = description.get("machine_sid") or accounts.machine_sid(self.host)
        self.book = accounts.Book(self.host, str(description.get("domain", "WORKGROUP")), machine, self.modern,
                                  self.generation in ("nt4", "2000"), description.get("users"))
        self.step = duration(description.get("step", "1s"))
        self.now = moment(description.get("start", "2024-03-01T09:00:00Z")) - self.step
        self.number = description.get("first_record", 1) - 1

    def account(self, given):
        try:
            return self.book.get(given)
        except ValueError as why:
            raise Mistake(str(why)) from None

    def each(self, given):
        """The events of the list, a repeated one as often as it says, with {n} put in."""
        for index, event in enumerate(given or [], 1):
            if not isinstance(event, dict) or "id" not in event:
                raise Mistake("event %d: not a mapping with an id: %.60r" % (index, event))
            for n in range(event.get("repeat", 1)):
                one = put_number(event, n + 1) if "repeat" in event else event
                try:
                    yield self.stamp(one)
                except KeyError as why:
                    raise Mistake("event %d (id %s): unknown word %s" % (index, event["id"], why)) from None
                except (ValueError, struct.error) as why:
                    raise Mistake("event %d (id %s): %s" % (index, event["id"], why)) from None

    def stamp(self, event):
        """Time and number of the next event."""
        self.now = moment(event["at"]) if "at" in event else self.now + duration(event["after"]) if "after" in event \
            else self.now + self.step
        self.number = event.get("record", self.number + 1)
        return self.event(event)


def put_number(value, n):
    """`value` with {n} in its texts replaced by the number of the repetition."""
    if isinstance(value, dict):
        return {key: put_number(item, n) for key, item in value.items()}
    if isinstance(value, list):
        return [put_number(item, n) for item in value]
    return value.replace("{n}", str(n)) if isinstance(value, str) else value


def accesses(given, tail):
    """(text of an access list, mask) of words such as `execute`, %%codes, or a text as it is."""
    if isinstance(given, str):
        return given, None
    text, mask = "", 0
    for word in given:
        if isinstance(word, str) and word in events.ACCESSES:
            code, bit = events.ACCESSES[word]
            text, mask = text + "%%%%%d%s" % (code, tail), mask | bit
        elif str(word).startswith("%%"):
            text += word + tail
        else:
            raise Mistake("unknown access %r: %s" % (word, ", ".join(events.ACCESSES)))
    return text, mask


def plan(description):
    """The Plan of a description (a mapping, as load() gives it)."""
    from . import describe_evt, describe_evtx
    kind = description.get("format")
    makers = {"evt": describe_evt.plan, "evtx": describe_evtx.plan, "bytes": plan_bytes}
    if kind not in makers:
        raise Mistake("format: %s, not %r" % (" or ".join(makers), kind))
    return makers[kind](description)


def plan_bytes(description):
    """`format: bytes`: a file that is no log, given as `text:` or `hex:`."""
    check_keys(description, {"format", "text", "hex", "expect"}, "description")
    raw = bytes.fromhex(description["hex"]) if "hex" in description else description["text"].encode("utf-8")
    return Plan(raw, [], damage.PLAIN, [])


def built(description):
    """The finished log: bytes, places, and the hole of a sparse one."""
    worked = plan(description)
    made = worked.writer.build(worked.log)
    for step in worked.damage:
        made = damage.apply(made, step)
    return made


def build(description):
    """The bytes of the log. A sparse log of gigabytes is refused: use write()."""
    made = built(description)
    if made.holes:
        raise Mistake("a sparse log of %d bytes: write() it to a file" % (len(made.data) + made.holes + len(made.tail)))
    return bytes(made.data)


def write(description, path):
    """Writes the log to `path`, a hole in it as a hole in the file."""
    made = built(description)
    with open(path, "wb") as file:
        file.write(made.data)
        if made.holes:
            file.seek(made.holes, os.SEEK_CUR)
            file.write(made.tail)
