"""Tests of the log maker. Run from tests/:  /usr/bin/python3 -m unittest

Three readers that are not ours (evtexport, evtxexport, evtx_dump.py) and two plain ones of ours (read_evt, read_evtx) must give
back what the descriptions say. Where a foreign reader is known to fail, FOREIGN_FAILURES says why.
"""
import copy
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zlib

import forge
from forge import accounts, binxml, describe, describe_evt, describe_evtx, events, read_evt, read_evtx
from forge.forge import SAMPLES, samples

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/corpus")
RULES = {"account-start", "account-exit", "account-open", "account-joined", "server-child", "account-change", "log-cleared",
         "audit-off", "events-lost", "record-gap", "log-full", "log-stopped", "clock-step"}
HARD_KEYS = {"records", "recovered", "literal", "crc_bad", "broken", "template_lost", "torn", "damaged", "slack", "truncated",
             "ids", "order", "values", "refused", "sparse", "first", "last", "split", "split_eof", "filler", "twins",
             "lost_writes"}
INCIDENT_KEYS = {"ring", "alarms", "silent", "notice", "either", "profile", "accounts", "allow", "incidents"}

# Logs of samples/ and samples/incidents/ that a foreign reader cannot read, and why.
FOREIGN_FAILURES = {
    ("evtxexport", "forwarded.yaml"): "stops at the first record without template",
    ("evtx_dump.py", "forwarded.yaml"): "stops at the first record without template",
}

# Hard cases of which evtxexport or evtexport does not give every record that a good reader gives, and why.
FOREIGN_HARD = {
    "does not look for signatures in a chunk without magic": "01-chunk-magic-zeroed",
    "gives up a chunk that is not complete": "06-truncated-last-chunk",
    "ends the chunk at the first bad record": "14-torn-record 14-torn-to-page-end 15-record-size-zero"
        " 16-record-size-3-gigabytes 16-record-size-beyond-chunk 16-record-size-not-a-multiple-of-8",
    "gives up a chunk whose free space is outside": "17-free-space-beyond-the-chunk",
    "wants four bytes more behind a record": "17-record-ends-with-the-chunk",
    "fails the file when a definition is not where it should be": "24-definition-lost-for-good"
        " 24-definition-lost-known-elsewhere 48-definition-at-itself 49-definition-offset-wrong"
        " 52-definition-only-in-the-provider",
    "fails the file when a slot has no value": "26-slot-beyond-the-values",
    "fails the file at a nested value without element": "29-nested-value-empty",
    "takes the first bytes of a template-free element for a dependency id": "30-forwarded-literal 30-other-namespace"
        " 30-rendered-text-cut-off 31-name-split-by-entities 31-text-split-by-entities 32-subscription-bookmark 42-non-bmp"
        " 50-padding-is-garbage 51-cdata-pi-charref 56-empty-computer",
    "knows neither arrays of these types nor 20 and 23": "33-rare-types 43-arrays-of-all-types",
    "fails when a value has another type than declared, null included": "35-declared-is-not-actual 36-null-with-a-size",
    "refuses the record for one SID or one text": "37-sid-length-wrong 41-unpaired-surrogate",
    "fails the file at binary XML that contradicts itself": "45-value-count-4-billion 48-instance-inside-a-definition"
        " 49-element-length-wrong 49-name-offset-beyond-the-chunk 49-name-offset-odd-or-forward",
    "recurses, or writes everything out": "46-deep-elements 46-deep-instances 47-amplification-nested 47-amplification",
    "trusts the oldest offset of a stale header": "59-evt-dirty-wrapped-split",
    "does not know the filler 0x27": "59-evt-filler 59-evt-split-fixed-only",
    "does not read a split end-of-file record": "59-evt-split-eof",
    "counts what it carves as items": "59-evt-no-eof-record 59-evt-truncated",
}


def description(name):
    return forge.load(os.path.join(SAMPLES, name))


def clean_samples(kind):
    """The samples of a format that hold no fault: everything but hard/."""
    return [name for name in samples() if not name.startswith("hard") and description(name)["format"] == kind]


def hard_samples():
    return [name for name in samples() if name.startswith("hard")]


def run(tool, data, suffix, *arguments):
    """(exit code, output) of a foreign reader on a log."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        done = subprocess.run([tool, *arguments, file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def normal(text):
    """A value in one spelling: hexadecimal as a number, GUIDs in capitals, times without trailing zeros."""
    text = "" if text is None else str(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, 16)
    if re.fullmatch(r"\{[0-9a-fA-F-]{36}\}", text):
        return text.upper()
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)?", text)
    if match:
        return match[1] + "T" + match[2] + (match[3] or "").rstrip("0").rstrip(".")
    return text.lower() if text in ("True", "False") else text.replace("\r\n", "\n")


def local(tag):
    return tag.rpartition("}")[2]


def xml_events(text):
    """The <Event> elements in the output of a reader, as {System fields}, [(name, value)]."""
    for piece in re.findall(r"<Event [^>]*>.*?</Event>", text, re.S):
        root = ElementTree.fromstring(piece)
        system = {}
        for child in root[0]:
            system[local(child.tag)] = child.text or ""
            system.update({local(child.tag) + "/" + key: value for key, value in child.attrib.items()})
        yield system, [pair for part in root[1:] if local(part.tag) != "RenderingInfo" for pair in xml_fields(part)]


def xml_fields(part):
    out = []
    for child in part:
        if len(child):
            out += xml_fields(child)
            continue
        attributes = {local(k): v for k, v in child.attrib.items() if local(k) != "Name"}
        out += attributes.items()
        if not attributes and not (local(part.tag) == "UserData" and not child.text):
            out.append((child.attrib.get("Name", "" if local(child.tag) == "Data" else local(child.tag)), child.text or ""))
    return out


TOOLS = ("evtexport", "evtxexport", "evtx_dump.py")


@unittest.skipUnless(all(shutil.which(tool) for tool in TOOLS), "not installed: libevt-utils, libevtx-utils, python3-evtx")
class Foreign(unittest.TestCase):
    """The foreign readers give back what the descriptions say."""

    maxDiff = None

    def check_xml(self, tool, *arguments):
        total = 0
        for name in clean_samples("evtx"):
            if (tool, name) in FOREIGN_FAILURES:
                continue
            with self.subTest(tool=tool, sample=name):
                given = description(name)
                code, text = run(tool, forge.build(given), ".evtx", *arguments)
                self.assertEqual(code, 0)
                expected = forge.plan(given).expected
                found = list(xml_events(text))
                self.assertEqual(len(found), len(expected))
                total += len(found)
                for (system, fields), wanted in zip(found, expected):
                    self.compare(system, fields, wanted, tool)
        self.assertGreater(total, 250)

    def compare(self, system, fields, wanted, tool):
        self.assertEqual(int(system["EventID"]), wanted.event_id)
        self.assertEqual(system["Provider/Name"], wanted.provider)
        self.assertEqual(system["Computer"], wanted.computer)
        self.assertEqual(system["Channel"], wanted.channel)
        if tool == "evtxexport":                # evtx_dump.py rounds times to microseconds by its own rules
            self.assertEqual(normal(system["TimeCreated/SystemTime"]), normal(binxml.filetime_text(wanted.time)))
        if tool == "evtx_dump.py":              # which gives the items of a string array as one text
            fields = [(n, item) for n, v in fields for item in re.findall("<string>(.*)</string>", v) or [v]]
            fields = [(n, v) for n, v in fields if n or v]      # it keeps a Data element whose slot is null
        skip = {"Binary"} if tool == "evtx_dump.py" else set()          # which it gives in base64
        self.assertEqual([(n, normal(v)) for n, v in fields if n not in skip],
                         [(n, normal(v)) for n, v in wanted.fields if n not in skip and (tool == "evtxexport" or n or v)])

    def test_evtxexport(self):
        self.check_xml("evtxexport", "-f", "xml")

    def test_evtx_dump(self):
        self.check_xml("evtx_dump.py")

    def test_hard_cases(self):
        """Where a hard case is within a foreign reader's means, it gives as many records as we expect."""
        beyond = " ".join(FOREIGN_HARD.values()).split()
        read = 0
        for name in hard_samples():
            given = description(name)
            if name[5:-5] in beyond or {"sparse", "refused"} & set(given["expect"]):
                continue
            with self.subTest(sample=name):
                evt = given["format"] == "evt"
                _, text = run("evtexport" if evt else "evtxexport", forge.build(given), ".evt" if evt else ".evtx",
                              *([] if evt else ["-f", "xml"]))
                self.assertEqual(len(re.findall("\nEvent number" if evt else "<Event ", text)), given["expect"]["records"])
                read += 1
        self.assertGreater(read, 40)
        self.assertEqual(set(beyond) - {name[5:-5] for name in hard_samples()}, set())

    def test_evtexport(self):
        total = 0
        for name in clean_samples("evt"):
            with self.subTest(sample=name):
                given = description(name)
                code, text = run("evtexport", forge.build(given), ".evt")
                self.assertEqual(code, 0)
                expected = forge.plan(given).expected
                found = list(evt_events(text))
                self.assertEqual([event["number"] for event in found], [wanted.number for wanted in expected])
                total += len(found)
                for event, wanted in zip(found, expected):
                    self.assertEqual(event["id"] & 0xFFFF, wanted.event_id)
                    self.assertEqual(event["source"], wanted.provider)
                    self.assertEqual(event["computer"], wanted.computer)
                    self.assertEqual(event["sid"], wanted.sid)
                    self.assertEqual(event["strings"], [text.replace("\r\n", "\n").strip("\n") for _, text in wanted.fields])
        self.assertGreater(total, 100)


def evt_events(text):
    """The records in the output of evtexport."""
    for block in re.split(r"\nEvent number\s*: ", text)[1:]:
        number = int(block.split("\n", 1)[0])
        field = dict(re.findall(r"^([A-Z][a-z]+ [a-z ]+?)\s*: (.*)$", block, re.M))
        strings = re.split(r"\nString: \d+\s*: ?", block)[1:]
        yield {"number": number, "id": int(field["Event identifier"].split()[0], 16), "source": field["Source name"],
               "computer": field["Computer name"], "sid": field.get("User security identifier", ""),
               "strings": [s.replace("\r\n", "\n").strip("\n").split("\n\n")[0] for s in strings]}


class Own(unittest.TestCase):
    """Our plain readers give back what the descriptions say, of the logs that foreign readers cannot read too."""

    maxDiff = None

    def test_evtx(self):
        for name in clean_samples("evtx"):
            with self.subTest(sample=name):
                given = description(name)
                log = read_evtx.read(forge.build(given))
                expected = forge.plan(given).expected
                self.assertEqual((log.torn, log.damaged, log.slack), ([], 0, []))
                self.assertEqual([r.number for r in log.records], [w.number for w in expected])
                for record, wanted in zip(log.records, expected):
                    self.assertLessEqual(record.states, {"literal"})
                    self.assertEqual(record.event_id, wanted.event_id)
                    self.assertEqual(record.system["Computer"], wanted.computer)
                    self.assertEqual([(n if n != "Data" else "", normal(v)) for n, v in record.data],
                                     [(n, normal(v)) for n, v in wanted.fields])

    def test_evt(self):
        for name in clean_samples("evt"):
            with self.subTest(sample=name):
                given = description(name)
                log = read_evt.read(forge.build(given))
                expected = forge.plan(given).expected
                self.assertEqual((log.torn, log.damaged, log.recovered), ([], 0, []))
                self.assertEqual([(r.number, r.code, r.source, r.computer, r.sid, r.strings) for r in log.records],
                                 [(w.number, w.event_id, w.provider, w.computer, w.sid, [t for _, t in w.fields])
                                  for w in expected])


class Hard(unittest.TestCase):
    """Each hard case is what its `expect:` says, as our plain readers see it."""

    maxDiff = None

    def test_every_number_has_a_sample(self):
        numbers = {int(re.search(r"hard/(\d\d)-", name)[1]) for name in hard_samples()}
        self.assertEqual(numbers, set(range(1, 63)))

    def test_expectations(self):
        for name in hard_samples():
            given = description(name)
            expect = given["expect"]
            with self.subTest(sample=name):
                self.assertLessEqual(set(expect), HARD_KEYS)
                if expect.get("sparse"):
                    continue                    # gigabytes: see Container.test_sparse
                data = forge.build(given)
                if given["format"] == "evt":
                    self.check_evt(read_evt.read(data), expect)
                elif expect.get("refused"):
                    self.assertRaises(ValueError, read_evtx.read, data)
                else:
                    self.check_evtx(read_evtx.read(data), expect)

    def check_evt(self, log, expect):
        found = {"records": len(log.records), "recovered": len(log.recovered), "torn": len(log.torn), "damaged": log.damaged,
                 "lost_writes": log.lost_writes}
        self.assertEqual(found, {key: expect.get(key, 0) for key in found})
        ends = log.records or log.recovered
        self.assertEqual((ends[0].number, ends[-1].number), (expect["first"], expect["last"]))

    def check_evtx(self, log, expect):
        found = {"records": len(log.records), "torn": len(log.torn), "damaged": log.damaged, "slack": len(log.slack),
                 "truncated": log.truncated}
        for state in ("recovered", "crc_bad", "literal", "template_lost", "broken"):
            found[state] = sum(state in record.states for record in log.records)
        self.assertEqual(found, {key: expect.get(key, 0) for key in found}, [r.fault for r in log.records] + log.faults)
        self.assertEqual([record.event_id for record in log.records], expect.get("ids", []))
        if "order" in expect:
            self.assertEqual([record.number for record in log.records], expect["order"])
        for wanted in expect.get("values", []):
            record = next(r for r in log.records if r.number == wanted["record"])
            self.assertEqual({key: record.get(key) for key in wanted if key != "record"},
                             {key: value for key, value in wanted.items() if key != "record"})

    def test_the_faults_are_what_the_names_say(self):
        """The .evt cases that no count shows: a split record, a split end, filler, twins."""
        for name in hard_samples():
            given = description(name)
            if given["format"] != "evt":
                continue
            with self.subTest(sample=name):
                made = describe.built(given)
                expect, size = given["expect"], len(made.data)
                split = any(place.offset + place.size > size for place in made.records)
                filler = any(made.data[-left:] == b"\x27\0\0\0" * (left // 4) for left in range(4, 56, 4))
                self.assertEqual((split, made.eof + 40 > size), (expect.get("split", False), expect.get("split_eof", False))
                                 if size == given.get("size") else (split, made.eof + 40 > size))
                self.assertEqual(filler, expect.get("filler", False) or given.get("split") == "fixed-only")
                if expect.get("twins"):
                    numbers = [struct.unpack_from("<I", made.data, m.start() + 4)[0] for m in re.finditer(b"LfLe", made.data)]
                    self.assertGreater(len(numbers), len(set(numbers)) + 100)


class Incidents(unittest.TestCase):
    """What an incident expects is in its log."""

    def starts(self, given):
        """(image, process id) of every process start in the log."""
        found = []
        for wanted in forge.plan(given).expected:
            fields = dict(wanted.fields)
            if wanted.event_id == 592 and "image" not in fields:    # in .evtx its strings have no names
                pid, image = [value for _, value in wanted.fields][:2]
                found.append((image, int(pid)))
            elif wanted.event_id == 592:
                found.append((fields["image"], int(fields["pid"])))
            elif wanted.event_id == 4688:
                found.append((fields["NewProcessName"], int(fields["NewProcessId"], 16)))
            elif wanted.event_id == 1 and wanted.provider.endswith("Sysmon"):
                found.append((fields["Image"], int(fields["ProcessId"])))
        return found

    def test_expectations(self):
        for name in samples():
            if not name.startswith("incidents"):
                continue
            with self.subTest(sample=name):
                given = description(name)
                expect = given["expect"]
                self.assertLessEqual(set(expect), INCIDENT_KEYS)
                self.assertLessEqual(set(expect.get("alarms", [])), RULES)
                starts = self.starts(given)
                ringing = []
                for ring in expect["ring"]:
                    self.assertLessEqual(set(ring["rules"]) | set(ring.get("may", [])), RULES)
                    matching = [s for s in starts if s[0] == ring["image"] and s[1] == ring.get("pid", s[1])]
                    self.assertEqual(len(matching), ring.get("count", 1), ring)
                    ringing += matching
                for silent in expect.get("silent", []) + expect.get("notice", []):
                    image, pid = (silent["image"], silent.get("pid")) if isinstance(silent, dict) else (silent, None)
                    matching = [s for s in starts if s[0] == image and pid in (None, s[1])]
                    self.assertFalse(set(matching) & set(ringing), "%s rings and is silent" % image)
                    if not image.endswith(".dll"):
                        self.assertTrue(matching, "%s does not start" % image)

    def test_every_start_is_judged(self):
        """No process start of an incident is left without a word whether it rings."""
        for name in samples():
            if not name.startswith("incidents"):
                continue
            expect = description(name)["expect"]
            named = [e if isinstance(e, str) else e["image"] for key in ("ring", "silent", "notice", "either")
                     for e in expect.get(key, [])]
            for image, pid in self.starts(description(name)):
                with self.subTest(sample=name, image=image, pid=pid):
                    self.assertTrue(image in named or image in QUIET_BACKGROUND)


QUIET_BACKGROUND = {"C:\\Windows\\System32\\csrss.exe", "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\explorer.exe",
                    "\\WINNT\\system32\\mmc.exe"}


class Container(unittest.TestCase):
    """Checksums, tables, headers: what no reader of events looks at."""

    def chunks(self):
        for name in clean_samples("evtx"):
            data = forge.build(description(name))
            self.assertEqual(struct.unpack_from("<I", data, 124)[0], zlib.crc32(data[:120]))
            for at in range(4096, len(data), 65536):
                yield name, data[at:at + 65536]

    def test_checksums(self):
        for name, chunk in self.chunks():
            with self.subTest(sample=name):
                free, = struct.unpack_from("<I", chunk, 48)
                self.assertEqual(struct.unpack_from("<I", chunk, 52)[0], zlib.crc32(chunk[512:free]))
                self.assertEqual(struct.unpack_from("<I", chunk, 124)[0], zlib.crc32(chunk[:120] + chunk[128:512]))
                self.assertFalse(any(chunk[free:]))

    def test_string_table(self):
        for name, chunk in self.chunks():
            with self.subTest(sample=name):
                names = 0
                for bucket, at in enumerate(struct.unpack_from("<64I", chunk, 128)):
                    last = 65536
                    while at:
                        self.assertLess(at, last, "a chain that does not go back")
                        following, hashed, count = struct.unpack_from("<IHH", chunk, at)
                        self.assertEqual(hashed % 64, bucket)
                        self.assertEqual(hashed, read_evtx.name_hash(chunk[at + 8:at + 8 + 2 * count]))
                        self.assertEqual(chunk[at + 8 + 2 * count:at + 10 + 2 * count], b"\0\0")
                        names, last, at = names + 1, at, following
                self.assertGreaterEqual(names, 20)  # System alone has so many

    def test_template_table(self):
        for name, chunk in self.chunks():
            listed = set()
            for at in struct.unpack_from("<32I", chunk, 384):
                last = 65536
                while at:
                    self.assertLess(at, last)
                    listed.add(at)
                    last, at = at, struct.unpack_from("<I", chunk, at)[0]
            found = {}
            read_evtx.collect_definitions(chunk, found)
            self.assertEqual(listed, {where for places in found.values() for _, where, _ in places}, name)

    def test_hashes(self):
        for name, hashed in {"Event": 0x0CBA, "System": 0x546F, "EventRecordID": 0x0346, "UserID": 0x4C66,
                             "ProcessingErrorData": 0x0F7F, "RenderingInfo": 0x99FA}.items():
            self.assertEqual(binxml.name_hash(name), hashed)

    def test_numbers_in_chunk_headers(self):
        data = forge.build({"format": "evtx", "records_per_chunk": 3, "events": [{"id": 4608, "repeat": 7}]})
        numbers = [struct.unpack_from("<QQQQ", data, 4096 + k * 65536 + 8) for k in range(3)]
        self.assertEqual(numbers, [(1, 3, 1, 3), (4, 6, 4, 6), (7, 7, 7, 7)])
        self.assertEqual(struct.unpack_from("<QQQ", data, 8), (0, 2, 8))

    def test_wrapped_header(self):
        data = forge.build(description("hard/07-wrapped-ring.yaml"))
        self.assertEqual(struct.unpack_from("<QQQ", data, 8), (2, 1, 9))

    def test_fills_chunks_to_the_brim(self):
        data = forge.build({"format": "evtx", "events": [{"id": 4688, "repeat": 300, "NewProcessName": "C:\\a.exe"}]})
        free = [struct.unpack_from("<I", data, at + 48)[0] for at in range(4096, len(data), 65536)]
        self.assertTrue(all(64000 < f <= 65536 for f in free[:-1]), free)
        self.assertEqual(len(read_evtx.read(data).records), 300)

    def test_record_ends_with_the_chunk(self):
        data = forge.build(description("hard/17-record-ends-with-the-chunk.yaml"))
        self.assertEqual(struct.unpack_from("<I", data, 4096 + 48)[0], 65536)

    def test_sparse(self):
        given = description("hard/55-more-than-65535-chunks.yaml")
        self.assertRaises(forge.Mistake, forge.build, given)
        folder = tempfile.mkdtemp()
        try:
            path = os.path.join(folder, "sparse.evtx")
            forge.write(given, path)
            self.assertEqual(os.path.getsize(path), 4096 + 65600 * 65536)
            self.assertLess(os.stat(path).st_blocks * 512, 1 << 20)
            with open(path, "rb") as file:
                head = file.read(4096 + 2 * 65536)
                file.seek(4096 + 65599 * 65536)
                last = file.read()
            self.assertEqual([r.number for r in read_evtx.read(head[:4096 + 65536] + last).records], [1, 2, 3, 4])
            self.assertEqual(struct.unpack_from("<H", head, 42)[0], 65600 & 0xFFFF)
        finally:
            shutil.rmtree(folder)


class Language(unittest.TestCase):
    """The description language: what it computes and what it refuses."""

    def fields(self, text):
        return dict(forge.plan(forge.load(text)).expected[0].fields)

    def test_every_sample_builds_the_same_twice(self):
        for name in samples():
            with self.subTest(sample=name):
                given = description(name)
                if "sparse" not in given.get("expect", {}):
                    self.assertEqual(forge.build(given), forge.build(copy.deepcopy(given)))

    def test_published_sids(self):
        self.assertEqual(accounts.pool_sid("DefaultAppPool"),
                         "S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415")
        self.assertEqual(accounts.service_sid("mssqlserver"),
                         "S-1-5-80-3880718306-3832830129-1677859214-2598158968-1052248003")

    def test_pool_account(self):
        fields = self.fields("format: evtx\nevents:\n  - {id: 4688, subject: pool DefaultAppPool, NewProcessId: 0x10}\n")
        self.assertEqual((fields["SubjectUserName"], fields["SubjectDomainName"]), ("DefaultAppPool", "IIS APPPOOL"))
        self.assertEqual((fields["TargetUserSid"], fields["TargetUserName"], fields["TargetLogonId"]), ("S-1-0-0", "-", "0x0"))

    def test_accesses(self):
        fields = self.fields("format: evtx\nevents:\n  - {id: 4656, AccessList: [execute, read]}\n")
        self.assertEqual((fields["AccessList"], fields["AccessMask"]), ("%%4421\r\n\t\t\t\t%%4416\r\n\t\t\t\t", "0x21"))
        fields = self.fields("format: evt\ngeneration: 2003\nevents:\n  - {id: 560, accesses: [execute]}\n")
        self.assertEqual((fields["accesses"], fields["mask"]), ("%%4421\r\n\t\t\t", "0x20"))

    def test_policy_order(self):
        fields = self.fields("format: evt\ngeneration: nt4\nevents:\n  - {id: 612, user: system, policy: {tracking: success}}\n")
        values = list(fields.values())
        self.assertEqual((len(values), values[8], values[9], values[4]), (17, "+", "-", "-"))

    def test_string_counts(self):
        counts = {592: (6, 6, 6, 6), 593: (4, 4, 5, 5), 560: (15, 15, 17, 18), 540: (7, 7, 8, 15), 612: (17, 21, 21, 21),
                  562: (3, 3, 4, 4), 517: (6, 6, 6, 6), 516: (1, 1, 1, 1)}
        for event, wanted in counts.items():
            for generation, count in zip(("nt4", "2000", "xp", "2003"), wanted):
                text = "format: evt\ngeneration: %s\nevents:\n  - {id: %d}\n" % (generation, event)
                self.assertEqual(len(self.fields(text)), count, (event, generation))

    def test_positions_of_strings(self):
        """The positions (from 1) that the facts state, written down once more."""
        for event, generation, given, wanted in (
                (592, "2000", "pid: 1, image: b, creator: 3, user: system",
                 ["1", "b", "3", "SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)"]),
                (592, "2003", "pid: 1, image: b, creator: 3, user: network service",
                 ["1", "b", "3", "WEB01$", "WORKGROUP", "(0x0,0x3E4)"]),
                (593, "nt4", "pid: 2209180864, user: system", ["2209180864", "SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)"]),
                (593, "xp", "pid: 1, image: b, user: local service", ["1", "b", "LOCAL SERVICE", "NT AUTHORITY", "(0x0,0x3E5)"]),
                (560, "nt4", "object: c, handle: 4, operation.low: 6, pid: 7, primary: system, accesses: n, privileges: o",
                 ["Security", "File", "c", "4", "0", "6", "7", "SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", "-", "-", "-", "n", "o"]),
                (560, "2003", "object: c, handle: 4, pid: 7, image: h, primary: system, client: local service, mask: 0x20",
                 ["Security", "File", "c", "4", "0", "57614", "7", "h", "WEB01$", "WORKGROUP", "(0x0,0x3E7)", "LOCAL SERVICE",
                  "NT AUTHORITY", "(0x0,0x3E5)", "-", "-", "0", "0x20"]),
                (567, "2003", "handle: 2, pid: 4, image: e, accesses: f, mask: g", ["Security", "2", "File", "4", "e", "f", "g"]),
                (600, "xp", "pid: 1, image: b, user: none, target.pid: 6, target.image: g, target: local service",
                 ["1", "b", "-", "-", "-", "6", "g", "LOCAL SERVICE", "NT AUTHORITY", "(0x0,0x3E5)"]),
                (517, "2000", "client: local service",
                 ["SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", "LOCAL SERVICE", "NT AUTHORITY", "(0x0,0x3E5)"]),
                (540, "2000", "user: local service, workstation: g",
                 ["LOCAL SERVICE", "NT AUTHORITY", "(0x0,0x3E5)", "3", "Kerberos", "Kerberos", "g"])):
            text = "format: evt\ngeneration: %s\nevents:\n  - {id: %d, %s}\n" % (generation, event, given)
            with self.subTest(text=text):
                self.assertEqual(list(self.fields(text).values()), wanted)

    def test_fields_that_no_real_log_shows(self):
        """Layouts without a sample among the real logs (see Corpus), written down once more."""
        subject = ["SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId"]
        target = ["TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"]
        create = subject + ["NewProcessId", "NewProcessName", "TokenElevationType", "ProcessId"]
        for event, layout, wanted in (
                (4688, "v0/8", create), (4688, "v2/13", create + ["CommandLine"] + target),
                (4688, "v2/15", create + ["CommandLine"] + target + ["ParentProcessName", "MandatoryLabel"]),
                (4689, "v0/7", subject + ["Status", "ProcessId", "ProcessName"]),
                (4696, "v0/12", subject + target + ["TargetProcessId", "TargetProcessName", "ProcessId", "ProcessName"]),
                (4719, "v1/10", subject + ["CategoryId", "SubcategoryId", "SubcategoryGuid", "AuditPolicyChanges",
                                           "ClientProcessId", "ClientProcessStartKey"]),
                (1102, "v1/6", subject + ["ClientProcessId", "ClientProcessStartKey"])):
            fields = self.fields("format: evtx\nevents:\n  - {id: %d, layout: %s}\n" % (event, layout))
            self.assertEqual(list(fields), wanted, (event, layout))
        fields = list(self.fields("format: evtx\nevents:\n  - {id: 4624, layout: v3/28}\n"))
        self.assertEqual((len(fields), fields[21:24]), (28, ["RestrictedAdminMode", "RemoteCredentialGuard",
                                                             "TargetOutboundUserName"]))

    def test_times(self):
        given = forge.load("format: evtx\nstart: 2024-03-01T09:00:00Z\nstep: 250ms\nevents:\n"
                           "  - {id: 4608}\n  - {id: 4608}\n  - {id: 4608, after: 1h}\n  - {id: 4608, at: 1970-01-01T00:00:00Z}\n")
        times = [wanted.time for wanted in forge.plan(given).expected]
        self.assertEqual([t - times[0] for t in times[:3]], [0, 2500000, 36002500000])
        self.assertEqual(times[3], 116444736000000000)

    def test_the_readme_is_true(self):
        """Its first description builds, the files that it names exist, and it names every key."""
        with open(os.path.join(os.path.dirname(SAMPLES), "README.md"), encoding="utf-8") as file:
            text = file.read()
        example = re.search(r"```yaml\n(format: .*?)```", text, re.S)[1]
        self.assertEqual(len(read_evtx.read(forge.build(forge.load(example))).records), 2)
        for name in re.findall(r"`([a-z_]+\.py)`", text):
            self.assertTrue(os.path.exists(os.path.join(os.path.dirname(SAMPLES), name)) or name == "evtx_dump.py", name)
        words = set(re.findall(r"`([a-z_]+)`", text))
        keys = (describe_evtx.EVENT_KEYS | describe_evtx.Evtx.keys | describe_evt.Evt.event_keys | describe_evt.Evt.keys
                | describe.COMMON | HARD_KEYS | INCIDENT_KEYS)
        self.assertEqual(keys - words - set(re.findall(r"([a-z_]+):", text)), set())

    def test_mistakes(self):
        for text, words in {
                "format: evtx\nevents:\n  - {id: 4688, NewProcesName: x}\n": "did you mean 'NewProcessName'",
                "format: evtx\nevnts: []\n": "did you mean 'events'",
                "format: evtx\nhost: a\nhost: b\n": "stands twice",
                "format: evtx\ngeneration: 95\n": "unknown generation",
                "format: evtx\nevents:\n  - {id: 4688, subject: nobody here}\n": "event 1 (id 4688): unknown account",
                "format: evtx\nevents:\n  - {id: 4688, at: yesterday}\n": "not a time",
                "format: evt\ngeneration: 2000\nevents:\n  - {id: 592, imge: x}\n": "did you mean 'image'",
                "format: doc\n": "format",
                "format: evtx\nevents:\n  - {id: 4608}\ndamage:\n  - melt: {}\n": "unknown fault 'melt'",
                "format: evtx\nevents:\n  - {id: 4608}\ndamage:\n  - tear: {record: 1}\n": "does not cross a page edge",
        }.items():
            with self.subTest(text=text):
                with self.assertRaises(ValueError) as caught:
                    forge.build(forge.load(text))
                self.assertIn(words, str(caught.exception))


@unittest.skipUnless(os.path.isdir(CORPUS), "no corpus of real logs beside the repository")
class Corpus(unittest.TestCase):
    """Our plain readers against real logs whose counts are known, or their agreement with the maker means nothing."""

    def test_evtx(self):
        import csv
        with open(os.path.join(CORPUS, "expected/records.tsv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        rows = [row for row in rows if os.path.exists(os.path.join(CORPUS, row["path"]))
                and os.path.getsize(os.path.join(CORPUS, row["path"])) < 80000]
        self.assertGreater(len(rows), 50)
        for row in rows:
            with self.subTest(log=row["path"]), open(os.path.join(CORPUS, row["path"]), "rb") as file:
                log = read_evtx.read(file.read())
                literal = sum("literal" in record.states for record in log.records)
                self.assertEqual((len(log.records), literal), (int(row["intact"]), int(row["literal"])))

    def test_layouts(self):
        """The field names of the tables, in order, against every real record of the same id, version and count."""
        tables = {(p.name, str(row.id), name[1:].partition("/")[0], len(fields.split())):
                  [field.partition(":")[0].rpartition("@")[2] for field in fields.split()]
                  for p in events.PROVIDERS for row in p.events for _, name, fields in row.layouts}
        met = set()
        for folder, _, names in os.walk(CORPUS):
            for name in names:
                path = os.path.join(folder, name)
                if not name.endswith(".evtx") or os.path.getsize(path) > 80000:
                    continue
                with open(path, "rb") as file:
                    log = read_evtx.read(file.read())
                for record in log.records:
                    key = (record.system.get("Provider/Name"), record.system.get("EventID"),
                           record.system.get("Version"), len(record.data))
                    if key in tables and not record.states & {"broken", "template_lost"}:
                        self.assertEqual([field for field, _ in record.data], tables[key], (path, key))
                        met.add(key)
        self.assertGreater(len(met), 20, met)

    def test_evt(self):
        with open(os.path.join(CORPUS, "log2timeline+plaso/test_data/SysEvent.Evt"), "rb") as file:
            log = read_evt.read(file.read())
        self.assertEqual((len(log.records), log.records[0].number, log.records[-1].number), (6063, 1392, 7454))


if __name__ == "__main__":
    unittest.main()
