"""Logs that grow under a reader's eyes: a writer for each format, and the pages in between.

A writer is asked for its image, the bytes of the whole file as the service has them in memory. What a reader sees is
made of pages of two images, because caches write pages of 4,096 bytes, in any order.
"""
import os
import random
import struct
import subprocess
import tempfile

from forge import describe, evt, evtx
from program.support import run

FOLLOW_LOG = os.environ.get("FOLLOW_LOG", "")
PAGE = 4096
START = 133_500_000_000_000_000                 # FILETIME of the first record
SECOND = 10_000_000

SAMPLE = describe.plan({"format": "evtx", "generation": "10", "host": "WEB01", "start": "2024-03-01T09:00:00Z",
                        "events": [{"id": 4688, "NewProcessName": r"C:\Windows\System32\cmd.exe"}, {"id": 4634}]})
NODES = [record.nodes for record in SAMPLE.log.records]


class Evtx:
    """An .evtx log in a ring of `slots` chunks; 0: it grows without end. `room` zero chunks stand behind the used ones."""

    def __init__(self, slots=0, first=1, start=START, room=0):
        self.slots, self.room = slots, room
        self.number, self.time = first, start
        self.chunks = {}                        # slot -> (Chunk, bytes that the slot held before)
        self.current = -1
        self.log = evtx.Log([])

    def add(self, padding=0):
        """Writes a record, `padding` bytes longer than it must be; gives its number."""
        record = evtx.Record(NODES[self.number % len(NODES)], self.number, self.time)
        if self.current < 0 or not self.append(record, padding):
            self.turn()
            if not self.append(record, padding):
                raise ValueError("record too large")
        self.number += 1
        self.time += SECOND
        return record.number

    def append(self, record, padding):
        chunk = self.chunks[self.current][0]
        before = chunk.state()
        if not chunk.add(record):
            return False
        kept, start, size, definitions = chunk.records[-1]
        padding &= ~7
        if size + padding + start > evtx.CHUNK:
            chunk.records.pop()
            chunk.restore(before)
            return False
        if padding:                             # the size stands at both ends of a record
            del chunk.data[-4:]
            chunk.data += b"\xa5" * padding + struct.pack("<I", size + padding)
            struct.pack_into("<I", chunk.data, start + 4, size + padding)
            chunk.records[-1] = (kept, start, size + padding, definitions)
        return True

    def turn(self):
        """The next chunk; in a full ring it takes the place of the oldest."""
        self.current += 1
        if self.slots and self.current == self.slots:
            self.current = 0
        old = self.chunks.get(self.current)
        self.chunks[self.current] = (evtx.Chunk(), self.chunk_bytes(old) if old else bytes(evtx.CHUNK))

    def chunk_bytes(self, pair):
        chunk, old = pair
        data = bytes(chunk.bytes(self.log))
        return data[:len(chunk.data)] + old[len(chunk.data):]

    def image(self):
        order = [self.chunks[slot][0] for slot in sorted(self.chunks)]
        header = {}
        if order:
            header = {"current": self.current, "next_record": self.number, "oldest": 0, "chunks": len(order)}
        # Without a list of chunks, because the newest may be empty still.
        data = bytes(evtx.file_header(evtx.Log([], header=header), []))
        return data + b"".join(self.chunk_bytes(self.chunks[slot]) for slot in sorted(self.chunks)) + \
            bytes(self.room * evtx.CHUNK)

    def alive(self):
        """Numbers of the records that the image holds."""
        return sorted(record.number for chunk, _ in self.chunks.values() for record, _, _, _ in chunk.records)

    def clear(self, restart=False):
        self.chunks, self.current = {}, -1
        self.turn()
        if restart:
            self.number = 1


class Evt:
    """An .evt log in a ring of `size` bytes."""

    def __init__(self, size=65536, start=1_600_000_000, dirty=True):
        self.log = evt.Log([], size=size, dirty=dirty)
        self.time = start
        self.number = 1
        self.ring = evt.Ring(self.log)
        self.ring.write_eof()
        self.ring.sync()

    def add(self, padding=0):
        record = evt.Record(self.number, self.time, self.time, 592, 8, 1, "Security", "WEB01",
                            ["a" * (padding // 2 or 3)])
        self.ring.add(record)
        self.number += 1
        self.time += 1
        return record.number

    def image(self):
        header = dict(self.ring.header)
        head = struct.pack("<12I", *(header[key] for key in (
            "length", "magic", "major", "minor", "oldest_offset", "end_offset", "next", "oldest", "max_size", "flags",
            "retention", "copy")))
        return head + bytes(self.ring.data[len(head):])

    def alive(self):
        return sorted(place.record.number for place, _ in self.ring.live)

    def clear(self):
        size, time = self.ring.size, self.time
        self.__init__(size, time, self.log.dirty)


def texts(count, form):
    """Events 1 to count as lines of text: `json` or `xml`."""
    events = [{"id": 4688, "NewProcessName": "C:\\\\Windows\\\\System32\\\\tool%d.exe" % i} for i in range(count)]
    log = describe.build({"format": "evtx", "generation": "10", "host": "WEB01", "start": "2024-03-01T09:00:00Z",
                          "events": events})
    with tempfile.NamedTemporaryFile(suffix=".evtx") as file:
        file.write(log)
        file.flush()
        out = run("dump", "--quiet", "--format", {"json": "jsonl"}.get(form, form), file.name).stdout
    return out.splitlines(keepends=True)


def pages(data):
    return [data[at:at + PAGE] for at in range(0, len(data), PAGE)]


def mixed(old, new, choose):
    """Page by page the new one where choose(number of the page) holds; the file has the size of the new image."""
    old = old.ljust(len(new), b"\0")
    return b"".join(b if choose(i) else a for i, (a, b) in enumerate(zip(pages(old), pages(new))))


class Follower:
    """The test program that follows logs, and what it has said."""

    def __init__(self, *names, state=None, settle=2000, wait=60000, fault=60000, options=()):
        state = ["--state", state] if state else []
        self.process = subprocess.Popen(
            [FOLLOW_LOG, "--settle", str(settle), "--wait", str(wait), "--fault", str(fault), *state, *options,
             *map(str, names)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="surrogateescape")
        self.numbers = {}                       # file -> numbers in the order of telling
        self.torn, self.damage, self.facts, self.past = [], [], [], 0
        self.has_ended = False

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        new = []
        for line in self.process.stdout:
            word, *rest = line.rstrip("\n").split(" ", 4)
            if word == ".":
                return new
            if word == "record":
                file, number, state = map(int, rest[:3])
                if state & 4:
                    self.torn.append(number)
                else:
                    self.numbers.setdefault(file, []).append(number)
                    new.append(number)
            elif word == "damage":
                self.damage.append(line)
            elif word == "fact":
                rest = line.rstrip("\n").split(" ", 5)[1:]
                self.facts.append((rest[0], *map(int, rest[1:4]), rest[4]))
            elif word == "end":
                self.has_ended = True
            elif word == "past":
                self.past += 1
            else:
                raise AssertionError(line)
        raise AssertionError("the follower has ended: %s" % self.process.wait())

    def look(self):
        self.say("look")
        return self.hear()

    def advance(self, milliseconds):
        self.say("advance %d" % milliseconds)

    def later(self, milliseconds=1000, times=1):
        new = []
        for _ in range(times):
            self.advance(milliseconds)
            new += self.look()
        return new

    def kinds(self):
        return [fact[0] for fact in self.facts]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.process.stdin.closed:
            self.close()


def write(path, data):
    """Over what is there, as a service or a copying tool does that keeps the file."""
    with open(path, "r+b" if os.path.exists(path) else "w+b") as file:
        file.write(data)
        file.truncate()


def replace(path, data):
    """As rsync and robocopy do: another file gets the name."""
    temporary = os.path.join(os.path.dirname(path), "..", ".copy-in-progress")
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)


def shuffled(seed):
    return random.Random(seed)
