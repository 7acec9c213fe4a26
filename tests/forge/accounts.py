"""Accounts as event logs name them, and the SIDs that can be computed from a name."""
import hashlib
import struct
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Account:
    sid: str
    name: str
    domain: str
    logon: int                              # logon id
    full: str = ""                          # DOMAIN\name where it is not just that

    @property
    def full_name(self):
        return self.full or "%s\\%s" % (self.domain, self.name)


NOBODY = Account("S-1-0-0", "-", "-", 0, "-")


def name_sid(prefix, text):
    """prefix and the SHA-1 of `text` in UTF-16LE as five little-endian 32-bit words."""
    words = struct.unpack("<5I", hashlib.sha1(text.encode("utf-16-le")).digest())
    return "-".join([prefix] + [str(word) for word in words])


def pool_sid(pool):
    """The SID of the application pool identity IIS APPPOOL\\pool (IIS 7.5 and later): lower case is hashed."""
    return name_sid("S-1-5-82", pool.lower())


def service_sid(service):
    """The SID of NT SERVICE\\service: upper case is hashed."""
    return name_sid("S-1-5-80", service.upper())


def machine_sid(host):
    """A made-up but lasting SID of the machine."""
    return "S-1-5-21-%d-%d-%d" % struct.unpack("<3I", hashlib.sha1(host.encode("utf-8", "surrogatepass")).digest()[:12])


def logon_id(name):
    """A made-up but lasting logon id of an account that has no fixed one."""
    return 0x10000 + struct.unpack("<I", hashlib.sha1(name.encode("utf-8", "surrogatepass")).digest()[:4])[0] % 0xEFFFF


def pool(name):
    return Account(pool_sid(name), name, "IIS APPPOOL", logon_id(name))


def service(name):
    return Account(service_sid(name), name, "NT SERVICE", logon_id(name))


def predefined(host, domain, machine, modern, early):
    """Name -> Account. `modern` is .evtx; `early` is NT4 and 2000, which call the system SYSTEM and not HOST$."""
    short = host.split(".")[0]

    def local(name, rid):
        return Account("%s-%d" % (machine, rid), name, short, logon_id(name))

    def own(sid, logon, name):
        """The machine's own account: seen by others as HOST$, on NT4 and 2000 by its name."""
        full = "NT AUTHORITY\\" + name
        return Account(sid, name if early else short + "$", "NT AUTHORITY" if early else domain, logon, full)

    iusr = Account("S-1-5-17", "IUSR", "NT AUTHORITY", 0x3E3) if modern else local("IUSR_" + short, 1001)
    return {
        "none": NOBODY,
        "system": own("S-1-5-18", 0x3E7, "SYSTEM"),
        "network service": own("S-1-5-20", 0x3E4, "NETWORK SERVICE"),
        "local service": Account("S-1-5-19", "LOCAL SERVICE", "NT AUTHORITY", 0x3E5),
        "anonymous": Account("S-1-5-7", "ANONYMOUS LOGON", "NT AUTHORITY", 0x3E6),
        "iusr": iusr,
        "iwam": local("IWAM_" + short, 1002),
        "aspnet": local("ASPNET", 1003),
        "administrator": local("Administrator", 500),
    }


class Book:
    """The accounts of one description: the predefined ones and its own `users:`."""

    def __init__(self, host, domain, machine, modern, early, users):
        self.known = predefined(host, domain, machine, modern, early)
        self.domain = domain
        for name, given in (users or {}).items():
            self.known[str(name).lower()] = self.made(given, str(name))

    def made(self, given, name):
        """An account from a mapping: {sid, name, domain, logon}, {pool}, {service}, {like: other, ...}."""
        given = dict(given)
        base = self.known.get(name.lower(), Account("", name, self.domain, logon_id(name)))
        for key, maker in (("pool", pool), ("service", service), ("like", self.get)):
            if key in given:
                base = maker(given.pop(key))
        unknown = set(given) - {"sid", "name", "domain", "logon", "full"}
        if unknown:
            raise ValueError("account %s: unknown %s" % (name, ", ".join(sorted(unknown))))
        return replace(base, **given)

    def get(self, given):
        """The account that an event names: by name, `pool NAME`, `service NAME`, or as a mapping."""
        if isinstance(given, dict):
            return self.made(given, str(given.get("name", "")))
        text = str(given)
        if text.lower() in self.known:
            return self.known[text.lower()]
        kind, _, rest = text.partition(" ")
        if rest and kind in ("pool", "service"):
            return {"pool": pool, "service": service}[kind](rest)
        raise ValueError("unknown account %r: %s, or one of `users:`" % (text, ", ".join(sorted(self.known))))
