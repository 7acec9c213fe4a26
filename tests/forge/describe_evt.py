"""Descriptions of .evt logs."""
from . import accounts, binxml, describe, events, evt
from .describe import Describer, Expected, Mistake, Plan, check_keys

# Attributes that an account gives to a string called role.attribute.
ATTRIBUTES = {"name": lambda a: a.name, "domain": lambda a: a.domain, "sid": lambda a: "%{" + a.sid + "}",
              "logon": lambda a: logon_text(a.logon)}
ZERO_GUID = "{00000000-0000-0000-0000-000000000000}"
ROLES = ("user", "client", "primary", "target", "caller")


def logon_text(logon):
    """A logon id as a string of the log: (0x0,0x3E7)."""
    return "(0x%X,0x%X)" % (logon >> 32, logon & 0xFFFFFFFF)


def plain(name, value):
    """The text of one string."""
    if name.endswith("logon") and isinstance(value, int):
        return logon_text(value)
    if name == "mask" and isinstance(value, int):
        return "0x%X" % value
    return str(value)


class Evt(Describer):
    generations = events.EVT_GENERATIONS
    keys = {"size", "max_size", "retention", "flags", "dirty", "synced", "split", "split_eof", "grow_after", "header"}
    event_keys = Describer.event_keys | {"source", "strings", "layout", "type", "category", "high", "sid", "data", "policy",
                                         "written", "reserved", "closing", "padding", "count", "fixed"} | set(ROLES)

    def event(self, event):
        """(Record, Expected) of one event."""
        row = events.classic(event["id"], event.get("source")) or events.Classic(
            event["id"], "", [("nt4", "")], source=event.get("source", "Security"), user="user", type=4)
        strings, names = self.strings(event, row)
        sid = self.sid(event, row)
        written = self.now + describe.duration(event.get("written", 0))
        data = event.get("data", b"")
        record = evt.Record(
            self.number, describe.unix_seconds(self.now) & 0xFFFFFFFF, describe.unix_seconds(written) & 0xFFFFFFFF,
            event["id"] | event.get("high", row.high) << 16, event.get("type", row.type),
            event.get("category", row.category), row.source, str(event.get("computer", self.host)), strings,
            sid, bytes.fromhex(data) if isinstance(data, str) else data, event.get("reserved", 0),
            event.get("closing", 0), event.get("padding"), event.get("count"), event.get("fixed", {}))
        return record, Expected(self.number, event["id"], list(zip(names, strings)), record.source, record.computer,
                                time=self.now, sid=self.sid_text(event, row), event=event)

    def strings(self, event, row):
        """The insertion strings and their names."""
        if "strings" in event:
            check_keys(event, self.event_keys, "event")
            return [str(s) for s in event["strings"]], [str(i + 1) for i in range(len(event["strings"]))]
        layout = events.pick(row.layouts, event.get("layout"), self.generation, self.generations)
        names = layout[1].split()
        check_keys(event, self.event_keys | set(names), "event")
        given = dict(event)
        if isinstance(event.get("accesses"), list):
            given["accesses"], mask = describe.accesses(event["accesses"], "\r\n\t\t\t")
            given.setdefault("mask", mask)
        for category, value in event.get("policy", {}).items():
            if category + ".success" not in names or value not in events.POLICY_VALUES:
                raise Mistake("policy %s: %s" % (category, value))
            given[category + ".success"], given[category + ".failure"] = events.POLICY_VALUES[value]
        return [self.string(given, row, name) for name in names], names

    def string(self, given, row, name):
        if name in given and name not in ROLES:
            return plain(name, given[name])
        role, _, attribute = name.partition(".")
        if role in ROLES and attribute in ATTRIBUTES:
            account = self.role(given, row, role)
            return "-" if account is accounts.NOBODY else ATTRIBUTES[attribute](account)
        if name == "logon_guid":
            return ZERO_GUID
        return plain(name, row.defaults.get(name, "-"))

    def role(self, event, row, role):
        """The account in a role; one that is not given falls back to another, in the end to the system."""
        if role in event:
            return self.account(event[role])
        fallback = events.CLASSIC_FALLBACK.get(role)
        if role == "client" and row.user == "client":
            fallback = "user"
        if fallback == "none":
            return accounts.NOBODY
        if fallback == "user" and "user" in event and row.user != "client":
            return self.account(event["user"])
        return self.account("system") if role in ("user", "primary", "client", "caller") else accounts.NOBODY

    def sid_account(self, event, row):
        """Whose SID the record carries: an explicit `sid:`, else the account in the row's role."""
        if "sid" in event:
            return self.account(event["sid"]) if not str(event["sid"]).startswith("S-") else event["sid"]
        if row.user == "none":
            return accounts.NOBODY
        if row.user == "effective":             # the client if somebody is impersonated, else the primary user
            client = self.role(event, row, "client")
            return self.role(event, row, "primary") if client is accounts.NOBODY else client
        if row.user in ROLES:
            return self.role(event, row, row.user)
        return self.account(row.user)

    def sid_text(self, event, row):
        found = self.sid_account(event, row)
        text = found if isinstance(found, str) else found.sid
        return "" if found is accounts.NOBODY else text

    def sid(self, event, row):
        text = self.sid_text(event, row)
        return binxml.sid_bytes(text) if text else b""


def plan(description):
    describer = Evt(description)
    pairs = list(describer.each(description.get("events")))
    log = evt.Log([record for record, _ in pairs])
    for key in Evt.keys & set(description):
        setattr(log, key, description[key])
    return Plan(log, [expected for _, expected in pairs], evt, description.get("damage", []))
