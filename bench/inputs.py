"""The logs that are measured: made once below a folder, from real chunks where there are any.

Real chunks come from the corpus ($TOCSIN_SHARED/corpus, or ../shared/corpus); where it is absent the forge makes the
seeds. A seed is small; `grow` (grow.c) repeats it until the log is as large as wanted, with numbers and times that go on
and checksums that are right, so that nothing is damaged and nothing is fed twice.
"""
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import forge  # noqa: E402

CHUNK, HEADER, FIRST = 65536, 4096, 512
FULL = 60000                            # bytes used, from which on a chunk counts as full
SYSTEM32 = "C:\\Windows\\System32\\"
PROGRAMS = ["svchost.exe", "taskhostw.exe", "conhost.exe", "backgroundTaskHost.exe", "wbem\\WmiPrvSE.exe", "dllhost.exe",
            "SearchProtocolHost.exe", "SearchFilterHost.exe", "MusNotification.exe", "sppsvc.exe", "wermgr.exe", "consent.exe",
            "RuntimeBroker.exe", "smartscreen.exe", "sihclient.exe", "usoclient.exe"]


def corpus():
    """The folder of real logs, or None."""
    folder = pathlib.Path(os.environ.get("TOCSIN_SHARED", ROOT / ".." / "shared")) / "corpus"
    return folder if folder.is_dir() else None


def word(data, at, size=4):
    return int.from_bytes(data[at:at + size], "little")


def is_sound(chunk):
    """Full, both checksums right, and a log that an investigator would scan: audit events or Sysmon's."""
    end = word(chunk, 48)
    return (chunk[:8] == b"ElfChnk\0" and not word(chunk, 120) & 4 and FULL <= end <= CHUNK
            and zlib.crc32(chunk[FIRST:end]) == word(chunk, 52)
            and zlib.crc32(chunk[128:FIRST], zlib.crc32(chunk[:120])) == word(chunk, 124))


def has_templates_only(chunk):
    """Every record is a template instance, so that its time and number can be set."""
    at, end = FIRST, word(chunk, 48)
    while at + 32 <= end:
        if word(chunk, at) != 0x2A2A or chunk[at + 28] != 0x0C:
            return False
        at += word(chunk, at + 4)
    return at == end


def rings(tocsin, chunk):
    """True if tocsin finds anything in this chunk, be it only a note."""
    header = bytearray(HEADER)
    header[:8], header[16:24] = b"ElfFile\0", bytes(8)
    header[32:44] = struct.pack("<IHHHH", 128, 1, 3, HEADER, 1)
    header[124:128] = zlib.crc32(header[:120]).to_bytes(4, "little")
    with tempfile.NamedTemporaryFile(suffix=".evtx") as log:
        log.write(bytes(header) + chunk)
        log.flush()
        done = subprocess.run([tocsin, "scan", "--quiet", "--min-severity=note", log.name], stdout=subprocess.DEVNULL)
    return done.returncode != 0


def real_chunks(folder, tocsin, audit_only):
    """
    The distinct full chunks of the corpus in which nothing rings, of every log or only those with audit or Sysmon events. A
    log has a break-in once, if at all; repeated a thousand times it would measure how alarms are printed.
    """
    names = [name.encode("utf-16-le") for name in ("Microsoft-Windows-Security-Auditing", "Microsoft-Windows-Sysmon")]
    seen, chunks = set(), []
    for path in sorted(folder.rglob("*.evtx")):
        data = path.read_bytes()
        for at in range(HEADER, len(data) - CHUNK + 1, CHUNK):
            chunk = data[at:at + CHUNK]
            key = hashlib.sha256(chunk[FIRST:]).digest()
            if key in seen or not is_sound(chunk) or not has_templates_only(chunk):
                continue
            if audit_only and not any(name in chunk for name in names):
                continue
            seen.add(key)
            if not rings(tocsin, chunk):
                chunks.append(chunk)
    return bytes(HEADER) + b"".join(chunks)


def description(events, **more):
    return {"format": "evtx", "generation": "10", "host": "WEB01", "channel": "Security", "start": "2024-03-01T09:00:00Z",
            "step": "10ms", **more, "events": events}


def start_event(number, pids=400):
    """A process start of an ordinary server; no web server has a part in it."""
    program = SYSTEM32 + PROGRAMS[number % len(PROGRAMS)]
    return {"id": 4688, "subject": "system", "NewProcessId": 4 * (250 + number % pids), "NewProcessName": program,
            "ProcessId": 0x2a8, "ParentProcessName": SYSTEM32 + "services.exe",
            "CommandLine": f'"{program}" -k netsvcs -p -s Schedule{number % 97}', "MandatoryLabel": "S-1-16-16384"}


def mixed_events(count):
    """One record in eight is wanted by the rules, as in the real logs that were looked at."""
    for number in range(count):
        if number % 8 == 0:
            yield start_event(number)
        elif number % 8 < 6:
            yield {"id": 5156}
        else:
            yield {"id": 4672, "subject": "administrator"}


def evt_events(count, starts_only=False):
    for number in range(count):
        program = "C:\\WINDOWS\\system32\\" + PROGRAMS[number % len(PROGRAMS)].rpartition("\\")[2]
        if starts_only or number % 8 == 0:
            yield {"id": 592, "user": "system", "pid": 4 * (250 + number % 400), "image": program, "creator": 500}
        else:
            yield {"id": 562, "pid": 1000 + number % 100}


class Inputs:
    """Makes what is asked for, once. `info(name)` tells bytes and records."""

    def __init__(self, folder, grow, tocsin):
        self.folder, self.grow, self.tocsin = pathlib.Path(folder), grow, tocsin
        self.folder.mkdir(parents=True, exist_ok=True)
        self.real = corpus()

    def path(self, name):
        return self.folder / name

    def info(self, path):
        return json.loads(pathlib.Path(f"{path}.json").read_text())

    def note(self, path, **facts):
        path = pathlib.Path(path)
        facts.setdefault("bytes", path.stat().st_size)
        pathlib.Path(f"{path}.json").write_text(json.dumps(facts))

    def seed(self, name, make):
        path = self.path(f"seed-{name}")
        if not path.exists():
            data = make()
            path.with_suffix(".new").write_bytes(data)
            path.with_suffix(".new").rename(path)
        return path

    def grown(self, name, kind, seed, size):
        """A log of about `size` bytes out of the seed."""
        path = self.path(f"{name}-{size >> 10}k.{kind}")
        if not pathlib.Path(f"{path}.json").exists():
            amount = size // CHUNK if kind == "evtx" else size
            done = subprocess.run([self.grow, kind, str(seed), str(path), str(amount)], check=True, capture_output=True, text=True)
            self.note(path, records=int(done.stdout))
        return path

    def mixed(self, size, audit_only=False):
        """Chunks of all kinds of logs; most records nobody wants. Or of audit and Sysmon logs only: half are wanted there."""
        name = "audit" if audit_only else "mixed"

        def make():
            if self.real:
                return real_chunks(self.real, self.tocsin, audit_only)
            return full_chunks(forge.build(description(list(mixed_events(4000)))))
        return self.grown(name, "evtx", self.seed(f"{name}.evtx", make), size)

    def starts(self, size):
        """Every record is a process start."""
        seed = self.seed("starts.evtx", lambda: full_chunks(forge.build(description([start_event(n) for n in range(3000)]))))
        return self.grown("starts", "evtx", seed, size)

    def text(self, log, form):
        """The events of a log as text: `dump` of it."""
        path = pathlib.Path(f"{log}.{form}")
        if not pathlib.Path(f"{path}.json").exists():
            with path.open("wb") as out:
                subprocess.run([self.tocsin, "dump", "--quiet", f"--format={form}", log], stdout=out, check=False)
            self.note(path, records=self.info(log)["records"])
        return path

    def evt(self, size, starts_only=False):
        """A security log of Server 2003: one record in eight is a process start, or all are."""
        name = "evt-starts" if starts_only else "evt-mixed"
        seed = self.seed(f"{name}.evt", lambda: forge.build(description(list(evt_events(4000, starts_only)), format="evt",
                                                                        generation="2003", channel=None)))
        return self.grown(name, "evt", seed, size)

    def living(self, count):
        """Process starts without an end: `count` processes live when the log ends."""
        seed = self.seed(f"living-{count}.evtx", lambda: full_chunks(forge.build(description(
            [start_event(n, pids=count) for n in range(count)], step="1ms"))))
        self.note(seed, records=count)
        return seed

    def hosts(self, count, size):
        """A collector's log: forwarded process starts, in turn from `count` computers."""
        events = [{**start_event(n), "computer": f"WEB{n % count:04}.example.org", "literal": True} for n in range(4000)]
        seed = self.seed(f"hosts-{count}.evtx", lambda: full_chunks(forge.build(description(events, channel="ForwardedEvents"))))
        return self.grown(f"hosts-{count}", "evtx", seed, size)

    def small(self, count):
        """`count` files of one chunk, and one file with the same chunks."""
        folder, whole = self.path(f"small-{count}"), self.mixed(count * CHUNK)
        if not pathlib.Path(f"{folder}.json").exists():
            folder.mkdir(exist_ok=True)
            data = whole.open("rb")
            header = bytearray(data.read(HEADER))
            for number in range(count):
                header[16:24] = bytes(8)
                header[42:44] = (1).to_bytes(2, "little")
                header[124:128] = zlib.crc32(header[:120]).to_bytes(4, "little")
                (folder / f"log-{number:05}.evtx").write_bytes(bytes(header) + data.read(CHUNK))
            self.note(folder, records=self.info(whole)["records"], bytes=count * (CHUNK + HEADER))
        return folder, whole

    def allow_list(self, count):
        """A configuration that allows `count` programs, none of which occurs."""
        path = self.path(f"allow-{count}.yaml")
        lines = "".join(f"  - 'C:\\Program Files\\Vendor {n % 977}\\Product {n}\\bin\\tool-{n}.exe'\n" for n in range(count))
        path.write_text("allow:\n" + lines)
        return path


def full_chunks(data):
    """Without the last chunk, which is not full; unless it is the only one."""
    whole = (len(data) - HEADER) // CHUNK
    if whole < 2:
        return bytes(data)
    header = bytearray(data[:HEADER])
    header[16:24] = (whole - 2).to_bytes(8, "little")
    header[42:44] = (whole - 1).to_bytes(2, "little")
    header[124:128] = zlib.crc32(header[:120]).to_bytes(4, "little")
    return bytes(header + data[HEADER:HEADER + (whole - 1) * CHUNK])
