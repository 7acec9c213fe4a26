#!/usr/bin/python3
"""Makes the first inputs of the fuzz targets: make_seeds.py FOLDER [CORPUS]

Writes FOLDER/<target>/made-* from the samples of the log maker and FOLDER/<target>/real-* from the logs below CORPUS.
"""
import hashlib
import pathlib
import random
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import forge                                                                    # noqa: E402
from program.hostile import TEXTS                                               # noqa: E402

SAMPLES = HERE.parent / "tests" / "forge" / "samples"
CHUNK, HEADER, FIRST = 65536, 4096, 512
INSTANCE = FIRST + 24 + 4                       # of the first record in a chunk
BODY = INSTANCE + 10 + 24                       # of a definition that stands in it; as in fuzz_evtx_template.c
SEED_MOST = 16384                               # larger ones slow a fuzzer down
REAL_MOST = 6144                                # of a real log's first chunk; its records are large

# Rings so small that a fuzzer can turn them over.
SMALL_RINGS = {
    "wrapped": "size: 2048\ndirty: true\nsynced: 15",
    "filler": "size: 1996\n",
    "split-fixed-only": "size: 2048\nsplit: fixed-only",
    "split-end": "size: 1024\nsplit_eof: true\ndirty: true",
    "saved": "",
    "full": "size: 2048\nflags: 4",
}

PATHS = [
    r"C:\Windows\System32\cmd.exe", r"\??\C:\Windows\system32\csrss.exe", r"\\?\UNC\server\share\a.exe",
    r"\Device\HarddiskVolume2\Windows\System32\cmd.exe", r"\SystemRoot\System32\smss.exe", r"\WINNT\system32\cmd.exe", "cmd.exe", "-",
    r"C:\PROGRA~1\a.exe", r"C:\a\..\b.exe", r"C:\a.exe:stream", "C:\\a\u202eexe.txt", r"C:/a/b.exe", r"\Device\Mup\srv\share\x.exe",
    r"\\.\C:\a.exe", r"\\server\share\folder\a.exe", "C:\\\u00e4\u0434\\x.exe ", r"\\?\GLOBALROOT\Device\x", "C:\\a\x01b.exe",
]
ENTRIES = [
    r"%SystemRoot%\System32\cmd.exe", r"C:\*\b.exe", r"**\bin\java*.exe", r"%ProgramFiles(x86)%\a\*\b.exe", r"\\server\share\a.exe",
    "cmd.exe", r"C:\a\*", r"C:\PROGRA~1\a.exe", r"%SystemDrive%\inetpub\*\x.exe", r"\a\b.exe", "*", "**",
]

CONFIGS = [
    "", "# nothing\n", "profiles: [iis, php]\n", "profiles: iis\ndedicated: yes\nmin_severity: likely\n",
    "allow:\n  - 'C:\\Perl\\bin\\perl.exe'\n  - {path: 'D:\\a\\*\\b.exe', parent: worker, pool: [Shop*], account: 'IIS APPPOOL\\Shop',"
    " command: ['a b'], severity: note, note: why}\n",
    "accounts: [IUSR_*, 'DOM\\svc', S-1-5-82-*]\nworkers:\n  - tomcat9.exe\n  - {image: '**\\bin\\x.exe', title: X, pool_option: -p,"
    " started_by: ['C:\\a.exe'], forks: true, generic: true, only_confirmed: no, confirm: {account: a, parent: [b], command: c}}\n",
    "volumes:\n  - {device: '\\Device\\HarddiskVolume2', drive: 'D:'}\nsystem_root: 'D:\\Windows'\nprofile_files: ['a.yaml']\n",
    "alow: [x]\n", "allow: cmd.exe\n", "a: &x b\nc: *x\n", "{\"profiles\": [\"iis\"], \"dedicated\": true}\n", "profiles: !!str iis\n",
    "allow: ['C:\\PROGRA~1\\a.exe']\n", "system_root: C\n", "dedicated: maybe\n", "--- a\n--- b\n", "profiles: {a: b}\n",
]
# Shapes of event XML and JSON that the dumps in tests/golden do not show.
XML_EVENTS = [
    "<?xml version='1.0' encoding='utf-8'?>\n<Events>\n  <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>\n    <System>\n"
    "      <Provider Name='Security'/>\n      <EventID Qualifiers='0'>592</EventID>\n    </System>\n    <EventData>\n      <Data>a</Data>\n"
    "      <Data/>\n    </EventData>\n    <RenderingInfo Culture='en-US'><Message>x &lt;y&gt;\r\nz</Message></RenderingInfo>\n  </Event>\n</Events>\n",
    "<Event><System><EventID>1</EventID></System><EventData><Data Name='a'><![CDATA[</Event>]]>b<!-- </Event> -->c&#x41;&#10;&amp;</Data></EventData></Event>",
    "<Event><System><EventID>1</EventID><Event><System><EventID>2</EventID></System></Event>",
    "<Event/><Event><UserData><Event><a b=\"1>2\">x</a></Event></UserData></Event></Event>x<Event ",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><Event>&b;<a>&#xD800; &#1114112; & <b </a></Event>",
    "<Event><System><EventID>3</EventID></System><EventData><Data>cut <!-- open</Data></EventData></Event><Event><System/></Event>",
]
JSON_EVENTS = [
    '{"@timestamp":"2024-05-01T10:00:00.123Z","winlog":{"event_id":"4688","provider_name":"Microsoft-Windows-Security-Auditing","provider_guid":'
    '"{54849625-5478-4994-A5BA-3E3B0328C30D}","channel":"Security","computer_name":"WEB01","record_id":17,"keywords":["Audit Success"],'
    '"process":{"pid":4,"thread":{"id":60}},"event_data":{"NewProcessName":"C:\\\\a.exe","NewProcessId":"0x10"}},"event":{"code":"4688"}}\n',
    '{"event_id":592,"source_name":"Security","log_name":"Security","event_data":{"param1":"212","param2":"x"},"@timestamp":"2003-01-01T00:00:00Z"}\n',
    '{"EventID":4688,"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"A","EventTime":"2024-05-01 10:00:00","NewProcessName":"b"}\n',
    '[\n  {"Event":{"System":{"EventID":{"#text":1,"#attributes":{"Qualifiers":2}},"Provider":{"#attributes":{"Name":"p"}}},"EventData":'
    '{"Data":{"#text":["a","b"]},"Binary":"00"}}},\n  {"EventID":2}\n]\n',
    '{"System":{"EventID":1,"EventID":2},"EventData":{"a":"\\ud800\\u0000\\udc00\\ud83d\\ude00\\q","b":123456789012345678901234567890,"c":[1,[2,{"d":null}]]}}\n',
    '{"EventID":1,"a":"b\n{"EventID":2}\n{"EventID":3,"a":{"b":[\n{"EventID":4}',
    '{"System":{"EventID":5},"UserData":{"x":{"y":true,"z":-1.5e3}},"EventData":{"Data":[{"@Name":"n","#text":"t"}]}}',
]
PROFILES = [
    "profile: x\ntitle: X\nworkers:\n  - {image: 'C:\\a\\x.exe', source: s}\naccounts:\n  - {name: 'x*', source: s}\nneeds:\n"
    "  - {path: '%SystemRoot%\\a.exe', parent: [worker, 'C:\\b.exe'], source: s, unverified: true}\n",
    "profile: x\ntitle: X\nalways: true\nneeds: []\nabout: {any: [thing, {}]}\n",
    "profile: x\n", "title: [x]\n", "profile: x\ntitle: y\nworkers: [{source: s}]\n",
]


def description(path):
    return forge.load(str(path))


def evtx_chunks(data):
    """The chunks of a log, each without the zeros at its end."""
    for at in range(HEADER, len(data), CHUNK):
        chunk = data[at:at + CHUNK].rstrip(b"\0")
        if chunk[:7] == b"ElfChnk":
            yield chunk + bytes(-len(chunk) % 8)


def template(chunk):
    """The definition in the first record and its values as an input of fuzz_evtx_template; None if there is none."""
    if len(chunk) < BODY or chunk[INSTANCE] != 0x0C or struct.unpack_from("<I", chunk, INSTANCE + 6)[0] != INSTANCE + 10:
        return None
    length, = struct.unpack_from("<I", chunk, BODY - 4)
    count, = struct.unpack_from("<I", chunk, BODY + length)
    if count > 64:
        return None
    at = BODY + length + 4
    sizes = [struct.unpack_from("<HB", chunk, at + 4 * i) for i in range(count)]
    values = at + 4 * count
    head = b"".join(struct.pack("<BH", kind, size) for size, kind in sizes)
    body = chunk[BODY:BODY + length]
    return struct.pack("<H", length) + body + bytes([count]) + head + chunk[values:values + sum(size for size, _ in sizes)]


def from_evtx_samples():
    """(target, name, bytes) from every .evtx sample; all cut behind their last record, which readers must cope with."""
    for path in sorted(SAMPLES.glob("*.yaml")) + sorted((SAMPLES / "hard").glob("*.yaml")):
        given = description(path)
        if given["format"] != "evtx" or "sparse" in given:
            continue
        data = bytes(forge.build(given))
        yield "evtx", path.stem, data.rstrip(b"\0") + bytes(4)
        for number, chunk in enumerate(evtx_chunks(data)):
            if number == 0:
                yield "evtx_chunk", path.stem, chunk[FIRST:]
                made = template(chunk)
                if made:
                    yield "evtx_template", path.stem, made


def for_the_sweep():
    """Whole logs in good order, for sweep_main.c to break."""
    for path in sorted(SAMPLES.glob("*.yaml")):
        yield "sweep", path.stem, bytes(forge.build(description(path)))
    for target, name, data in from_evt_samples():
        if name.startswith("ring-"):
            yield "sweep", name, data


def from_evt_samples():
    for path in sorted(SAMPLES.glob("*.yaml")) + sorted((SAMPLES / "hard").glob("*.yaml")):
        given = description(path)
        if given["format"] == "evt":
            yield "evt", path.stem, bytes(forge.build(given))
    for generation in ("nt4", "xp"):
        for name, options in SMALL_RINGS.items():
            text = ("format: evt\ngeneration: %s\n%s\nevents:\n  - {id: 593, repeat: 20, user: system, pid: '{n}'}\n"
                    % (generation, options))
            yield "evt", "ring-%s-%s" % (generation, name), bytes(forge.build(forge.load(text)))


def tail_script(before, after, size):
    """For fuzz_tail: an image that is looked at, changed and looked at again, then another one in its place."""
    patch, resize, look = 0, 1, 4
    out = bytes([31]) + struct.pack("<H", (len(before) + 7) // 8) + before + bytes(-len(before) % 8)
    out += bytes([resize]) + struct.pack("<H", size // 8) + bytes([look, 10])
    after = after.ljust(len(before), b"\0")
    changed = [at for at in range(0, len(after), 248) if before[at:at + 248].ljust(248, b"\0") != after[at:at + 248].ljust(248, b"\0")]
    for at in changed[:25]:
        out += bytes([patch]) + struct.pack("<H", at // 8) + bytes([248]) + after[at:at + 248].ljust(248, b"\0")
    return out + bytes([look, 30, look, 255, resize]) + struct.pack("<H", size // 8) + bytes([look, 255])


def from_growing_logs():
    def evtx_log(count):
        text = "format: evtx\ngeneration: \"10\"\nhost: A\nstart: 2024-03-01T09:00:00Z\nevents:\n" + "  - {id: 4634}\n" * count
        return bytes(forge.build(forge.load(text)))

    def evt_log(count):
        text = ("format: evt\ngeneration: \"2003\"\nhost: A\nstart: 2004-03-01T09:00:00Z\nsize: 2048\ndirty: true\n"
                "events:\n" + "  - {id: 592, image: 'C:\\a.exe'}\n" * count)
        return bytes(forge.build(forge.load(text)))

    for few, many in ((1, 2), (2, 4), (3, 1)):
        before, after = evtx_log(few).rstrip(b"\0"), evtx_log(many).rstrip(b"\0")
        yield "tail", "evtx-%d-%d" % (few, many), tail_script(before, after, 4096 + 65536)
    for few, many in ((2, 4), (4, 12), (12, 2)):
        try:
            yield "tail", "evt-%d-%d" % (few, many), tail_script(evt_log(few), evt_log(many), 2048)
        except forge.describe.Mistake as mistake:
            raise SystemExit(mistake) from mistake
    for form in ("json", "xml"):
        event = {"json": b'{"System":{"EventID":%d,"EventRecordID":%d}}\n',
                 "xml": b"<Event><System><EventID>%d</EventID><EventRecordID>%d</EventRecordID></System></Event>\n"}[form]
        events = [event % (i, i) for i in range(1, 6)]
        before, after = b"".join(events[:2]), b"".join(events)
        yield "tail", form, tail_script(before, after, (len(after) + 7) // 8 * 8)


def from_texts():
    for i, path in enumerate(PATHS):
        entry = ENTRIES[i % len(ENTRIES)]
        text = "\n".join([path, entry, r"D:\WINNT", r"\Device\HarddiskVolume2"])
        yield "path", "%02d" % i, text.encode()
    for i, text in enumerate(CONFIGS):
        yield "config", "%02d" % i, text.encode()
    for i, text in enumerate(PROFILES):
        yield "profile", "%02d" % i, text.encode()
    for name in ("caddy", "dotnet", "iis", "java"):
        yield "profile", name, (HERE.parent / "profiles" / (name + ".yaml")).read_bytes()


def from_text_events():
    """Event XML and JSON: what is written above, and the first records of the dumps."""
    golden = HERE.parent / "tests" / "golden"
    for target, events, dumps in (("xml", XML_EVENTS, "*.dump.xml"), ("json", JSON_EVENTS, "*.dump.jsonl")):
        for i, text in enumerate(events):
            yield target, "%02d" % i, text.encode()
            if i < 2:
                yield target, "%02d-utf16le" % i, b"\xff\xfe" + text.encode("utf-16-le")
                yield target, "%02d-utf16be" % i, b"\xfe\xff" + text.encode("utf-16-be")
        for path in sorted(golden.glob(dumps)):
            yield target, path.stem, b"".join(path.read_bytes().splitlines(keepends=True)[:4])


def c_strings(source, table):
    """The texts of a table of strings in a C file."""
    body = re.search(re.escape(table) + r"\[\] = \{(.*?)\};", source, flags=re.S).group(1)
    joined = re.sub(r'"\s*\n\s*"', "", body)
    return [text.encode().decode("unicode_escape") for text in re.findall(r'"((?:[^"\\]|\\.)*)"', joined)]


def enumeration(path, first):
    """Names of an enum of a header by their numbers, from the one named first."""
    text = re.sub(r"/\*.*?\*/", "", (HERE.parent / "src" / path).read_text(encoding="utf-8"), flags=re.S)
    body = re.search(r"\{\s*(" + first + r"\b.*?)\}", text, flags=re.S).group(1)
    return {name: number for number, name in enumerate(re.findall(r"\b([A-Z]\w+)\b", body))}


def from_engine_stories():
    """Little courses of events, in the words of engine_events.c, as inputs of it."""
    source = (HERE / "engine_events.c").read_text(encoding="utf-8")
    words = c_strings(source, "words")
    keys = enumeration("model/event.h", "TCS_KEY_SUBJECT_SID")
    kinds = enumeration("model/event.h", "TCS_EVENT_NONE")

    def event(kind, host=0, **values):
        pairs = b"".join(bytes([keys["TCS_KEY_" + key.upper()], words.index(value)]) for key, value in values.items())
        return bytes([kinds[kind], 1, 0, 3, host, 2, len(values)]) + pairs

    def start(pid, image, creator, name="SYSTEM", sid="S-1-5-18", logon="0x3e7", command="", **more):
        return event("TCS_EVENT_PROCESS_START", pid=pid, image=image, creator_pid=creator, subject_name=name, subject_sid=sid,
                     subject_logon=logon, command=command, **more)

    server = start("8", r"C:\Windows\System32\inetsrv\w3wp.exe", "4", "DefaultAppPool", "S-1-5-82-1-2-3-4-5", "0x7c3d1")
    shell = start("12", r"C:\Windows\System32\cmd.exe", "8", "DefaultAppPool", "S-1-5-82-1-2-3-4-5", "0x7c3d1", "cmd /c ok")
    other = start("16", r"C:\Windows\System32\net.exe", "12", "DefaultAppPool", "S-1-5-82-1-2-3-4-5", "0x7c3d1")
    risen = start("0x14", r"C:\tools\a.exe", "16", "SYSTEM", "S-1-5-18", "0x3e7")
    ends = event("TCS_EVENT_PROCESS_EXIT", pid="12", subject_sid="S-1-5-82-1-2-3-4-5")
    yield "engine", "shell", b"\0" + server + shell + other + risen + ends
    yield "engine", "dedicated", b"\1" + server + start("12", r"C:\Windows\System32\svchost.exe", "4") + shell
    for number, kind in enumerate(kinds):
        if kind.startswith("TCS_EVENT_") and not kind.endswith("COUNT"):
            yield "engine", "%02d" % number, b"\0" + server + event(kind, pid="8", image="cmd.exe") + shell


def whole_records(chunk, most):
    """The chunk up to the last record that ends before `most` bytes."""
    at = FIRST
    while at + 8 <= len(chunk):
        size, = struct.unpack_from("<I", chunk, at + 4)
        if size < 32 or at + size > min(most, len(chunk)):
            break
        at += size
    return chunk[:at]


def from_real_logs(corpus):
    """Beginnings of real logs; of those that begin with the same template, one."""
    seen = set()
    for path in sorted(path for path in corpus.rglob("*") if path.suffix.lower() in (".evt", ".evtx")):
        data = path.read_bytes()
        name = hashlib.sha256(data).hexdigest()[:12]
        if data[4:8] == b"LfLe":
            yield "evt", name, data
            continue
        chunk = next(evtx_chunks(data), b"")
        made = template(chunk)
        known = made[:2000] if made else chunk[:2000]
        if known in seen:
            continue
        seen.add(known)
        records = whole_records(chunk, REAL_MOST)
        if made:
            yield "evtx_template", name, made
        if len(records) > FIRST:
            yield "evtx_chunk", name, records[FIRST:]
            yield "evtx", name, data[:HEADER] + records


def from_numbers():
    """Streams of events for the engine, mostly starts of processes, the same in every run."""
    numbers = random.Random(20030117)
    for i in range(24):
        events = bytearray()
        for _ in range(numbers.randint(4, 60)):
            start = numbers.random() < 0.7
            events += bytes([0x81 if start else numbers.randrange(128), numbers.choice((0, 0, 1, 1, 3)), numbers.choice((0, 0, 0, 2)),
                             numbers.randrange(14), numbers.choice((0, 0, 0, 1, 2)), numbers.randrange(1, 8)])
            events += bytes(numbers.randrange(256) for _ in range(8 if start else 0))
            count = numbers.randrange(5)
            events += bytes([count]) + bytes(numbers.randrange(256) for _ in range(2 * count))
        yield "engine", f"events-{i}", bytes([i & 1]) + events
        damage = bytes(numbers.randrange(256) for _ in range(numbers.randrange(64)))
        yield "state", f"events-{i}", bytes([i]) + struct.pack("<H", len(damage)) + damage + events


HOSTILE = [text[:4000] for text in TEXTS.values()]

# A line each; those that begin with > are ours.
DIALOGUES = [
    "220 mail\n>EHLO x\n250-mail\n250 STARTTLS\n>STARTTLS\n220 go\n>EHLO x\n250 ok\n>AUTH LOGIN\n334 VXNlcm5hbWU6\n>bWU=\n334 UGFzc3dvcmQ6\n"
    ">cHc=\n235 ok\n>MAIL FROM:<a@b>\n250 ok\n>RCPT TO:<c@d>\n250 ok\n>RCPT TO:<e@f>\n550-5.1.1 no\n550 5.1.1 user\n>DATA\n354 go\n250 queued\n>QUIT\n",
    "554 \x1b[2Jno\n", "220 a\n>HELO x\n421 bye\n", ">DATA\n354\n451 later\n", "250\n25\n2\n\nabc\n999 x\n100 y\n", ">RCPT\n450 grey \u202e\n" * 120,
]


def from_messages():
    """Hostile texts in every place of a message, and dialogues with mail servers."""
    for i, dialogue in enumerate(DIALOGUES):
        yield "smtp", f"dialogue-{i}", dialogue.encode()
    for i, (text, other) in enumerate(zip(HOSTILE, HOSTILE[1:] + HOSTILE[:1])):
        fields = [f"{i:032x}", f"{i:032x}", text, other, text, f"{other} ran {text}"]
        message = bytes([i, 0, 1]) + "\n".join(field.replace("\n", "") for field in fields).encode("utf-8", "surrogatepass") + b"\n"
        yield "message", f"hostile-{i}", bytes([0, i & 7, i % 3]) + message * (1 + i % 3)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    makers = [("made", maker()) for maker in (from_evtx_samples, from_evt_samples, from_growing_logs, from_texts, from_text_events,
                                              from_engine_stories, from_numbers, from_messages, for_the_sweep)]
    if len(sys.argv) == 3:
        makers.append(("real", from_real_logs(pathlib.Path(sys.argv[2]))))
    for origin, maker in makers:
        for target, name, data in maker:
            if len(data) > SEED_MOST and target != "sweep":
                continue
            (out / target).mkdir(parents=True, exist_ok=True)
            (out / target / (origin + "-" + name)).write_bytes(data)


if __name__ == "__main__":
    main()
