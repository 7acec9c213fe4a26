"""The 62 hard cases of damaged and odd logs.

Every log of tests/forge/samples/hard is made and given to the program; what its `expect:` says must come out, as far as
the program shows it. Where a shared sample shows the same case in a real log, that is looked at too (SHARED). Where the
program gives something else than the maker's plain reader, DIFFERENCES says what and why.

Which number of the maker's `expect:` is found where:

    records, recovered, literal, crc_bad    states of the lines of `dump`, torn and slack ones left out
    template_lost, broken                   records marked template-guessed or bad-data, and those that are only told of
    torn, damaged, truncated                the damage that `check` counts
    slack                                   lines of `dump --slack` marked so; the others stay the same
    ids, order, first, last, values         the lines themselves; the number of a record is its EventRecordID
    lost_writes                             a finding log-full
    refused                                 no line, and words for it
"""
import collections
import json
import os
import pathlib
import re
import resource
import subprocess
import threading
import unittest
import xml.etree.ElementTree as ElementTree

import forge
from program.support import CORPUS, SAMPLES, TOCSIN, Workbench, run

HARD = SAMPLES / "hard"

# What the program may take for one of these logs. An address sanitizer takes room of its own.
SECONDS, MEMORY, ADDRESS_SPACE = 60, 512 << 20, 8 << 30
IS_SANITIZED = b"__asan_init" in pathlib.Path(TOCSIN).read_bytes()

# sample: (what the program gives instead, why that is as good or better)
DIFFERENCES = {
    "03-garbage-after-last-chunk": ({"damaged": 2},
        "noise is told, once a chunk: nobody can know that it never was a chunk"),
    "07-wrapped-ring": ({"order": [1, 2, 3, 4, 5, 6, 7, 8]}, "chunks are read in the order of their first record: the oldest first"),
    "08-chunks-of-several-generations": ({"order": [5280001, 5280002, 6100001, 6100002, 6950001, 6950002]}, "the same"),
    "13-header-crc-wrong": ({"crc_bad": 0},
        "the checksum of the header says nothing of the records, whose own is right; it is counted as damage"),
    "21-string-table-zeroed": ({"crc_bad": 0}, "the same: the tables are part of the header"),
    "20-header-id-is-not-the-record-id": ({"order": [563298, 563301, 563302, 563302]},
        "the number that is shown is EventRecordID, the record's identity; that of the header is not"),
    "22-name-with-invalid-utf16": ({"broken": 0},
        "the name is read with U+FFFD in it, and the data by it: nothing is lost"),
    "49-element-length-wrong": ({"broken": 0},
        "the length of an element is not needed by who reads all of it: nothing is lost"),
    "59-evt-torn-record": ({"records": 7, "recovered": 0, "last": 8, "damaged": 0},
        "the walk goes on behind the torn record up to the end that the log names: what it finds is live"),
    "59-evt-no-eof-record": ({"damaged": 0}, "told as a truncated log"),
    "59-evt-truncated": ({"damaged": 0}, "told as a truncated log"),
    "62-free-space-below-512": ({"damaged": 0, "crc_bad": 0}, "told as a wrong checksum"),
}

# Words of `check` for the places of damage where nothing usable is.
DAMAGED = ("chunks without signature", "damaged records")

# Words for the state of a record; other words are those of `check` for damage.
STATES = ("crc-bad", "recovered", "template-guessed", "literal", "bad-data")


def states(record):
    return set(record["tocsin"].get("state", []))


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def text_of(value):
    """A value as Windows writes it into XML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def fields(tree):
    """(name, text) of every leaf below an element that is no text for people."""
    for name, value in tree.items():
        if name in ("System", "RenderingInfo", "tocsin"):
            continue
        if isinstance(value, dict):
            yield from fields(value)
        elif not isinstance(value, list):
            yield name, text_of(value)


def number_of(record):
    return int(record.get("System", {}).get("EventRecordID") or 0)


class Reading:
    """What the program tells of a log."""

    def __init__(self, log):
        dump = run("dump", "--verbose", log)
        self.status, self.words = dump.returncode, dump.stderr.decode()
        self.given = lines(dump)
        self.whole = [r for r in self.given if "torn" not in states(r)]
        self.with_slack = lines(run("dump", "--quiet", "--slack", log))
        self.slack = [r for r in self.with_slack if "slack" in states(r)]
        check = run("check", "--quiet", "--format", "json", log)
        self.check = json.loads(check.stdout) if check.stdout else {}
        self.damage = collections.Counter(self.check.get("damage", {}))
        self.torn = self.damage["torn records"]
        # Whole records of which nothing could be decoded are told of, not given.
        self.untold = self.check.get("records", 0) - len(self.whole)

    def count(self, *words):
        return sum(bool(states(r) & set(words)) for r in self.whole)

    def counts(self):
        """Under the names of `expect:`."""
        return {"records": len(self.whole) + self.untold, "recovered": self.count("recovered"), "torn": self.torn,
                "literal": self.count("literal"), "slack": len(self.slack),
                "damaged": sum(self.damage[word] for word in DAMAGED)}


class Made(Workbench):
    """One test a sample, made below."""

    maxDiff = None

    def make(self, path):
        """(expect, path of the log)"""
        given = forge.load(str(path))
        expect = {**given["expect"], **DIFFERENCES.get(path.stem, ({}, ""))[0]}
        log = self.folder / "log"
        forge.write(given, log)
        return given, expect, log

    def check(self, path):
        given, expect, log = self.make(path)
        if expect.get("refused"):
            self.check_refused(log)
            return
        found = Reading(log)
        if given["format"] == "evt":
            self.check_evt(expect, found, log)
        else:
            self.check_evtx(expect, found)
        self.check_values(expect, found)
        self.assertEqual([r for r in found.with_slack if "slack" not in states(r)], found.given)
        self.assertEqual(found.damage["truncated logs"] > 0, bool(expect.get("truncated")) or self.lost_its_end(path))
        self.check_status(found)
        self.check_xml(log, found)

    @staticmethod
    def lost_its_end(path):
        return path.stem in ("59-evt-no-eof-record", "59-evt-truncated")

    def check_refused(self, log):
        result = run("dump", log)
        self.assertEqual((result.stdout, result.returncode), (b"", 3))
        self.assertIn(b"not an event log", result.stderr)

    def check_evtx(self, expect, found):
        self.assertEqual(found.counts(), {key: expect.get(key, 0) for key in found.counts()}, found.words)
        # A chunk's checksum speaks of all its records, also of those that are only told of.
        crc_bad = found.count("crc-bad")
        self.assertIn(expect.get("crc_bad", 0), (crc_bad, crc_bad + found.untold))
        lacking = found.count("template-guessed", "bad-data") + found.untold
        self.assertEqual(lacking, max(expect.get("template_lost", 0), expect.get("broken", 0)), found.words)
        ids = [r["System"]["EventID"] for r in found.whole if "EventID" in r.get("System", {})]
        self.assertEqual([int(i) for i in ids], [i for i in expect.get("ids", []) if i is not None])
        if "order" in expect:
            self.assertEqual([number_of(r) for r in found.whole], expect["order"])

    def check_evt(self, expect, found, log):
        """What the maker calls recovered are whole records outside the ring: slack, or all there is of a log without end."""
        outside = len(found.slack) if expect["records"] else found.count("recovered")
        live = found.whole if expect["records"] else []
        self.assertEqual((len(live), outside, found.torn), (expect["records"], expect.get("recovered", 0), expect.get("torn", 0)))
        numbers = [number_of(r) for r in found.whole]
        self.assertEqual((numbers[0], numbers[-1]), (expect["first"], expect["last"]))
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertEqual(sum(found.damage[word] for word in DAMAGED), expect.get("damaged", 0))
        scan = run("scan", "--quiet", "--format", "jsonl", log)
        self.assertEqual(b"log-full" in scan.stdout, bool(expect.get("lost_writes")))

    def check_values(self, expect, found):
        for wanted in expect.get("values", []):
            record = self.record(found, wanted["record"])
            data = dict(reversed(list(fields(record))))      # the first of a name counts
            for name, text in wanted.items():
                if name != "record":
                    self.assertEqual(data.get(name), text, (wanted["record"], name))

    @staticmethod
    def record(found, number):
        """The record of this EventRecordID; a forwarded one has that of its source, and is found by its place."""
        same = [r for r in found.whole if number_of(r) == number]
        return (same or found.whole[number - 1:])[0]

    def check_status(self, found):
        """What cost something shows in the exit status, and only that."""
        harmless = {"logs that were not closed", "bad file headers", "lost templates"}
        is_cut = "record too large to show" in found.words      # what only dump knows
        self.assertEqual(found.status, 3 if is_cut or set(found.damage) - harmless else 0, found.damage)

    def check_xml(self, log, found):
        """The same records as XML: each line is well formed by itself."""
        result = run("dump", "--quiet", "--format", "xml", log)
        texts = result.stdout.decode().splitlines()
        self.assertEqual(len(texts), len(found.given))
        for text in texts:
            ElementTree.fromstring(text)

    def test_every_number_has_a_sample(self):
        numbers = {int(path.name[:2]) for path in HARD.glob("*.yaml")}
        self.assertEqual(numbers, set(range(1, 63)))

    def test_differences_are_of_samples(self):
        self.assertEqual({name for name in DIFFERENCES if not (HARD / (name + ".yaml")).is_file()}, set())


class Bounds(Workbench):
    """scan, check and dump of every hard case end in time, within bounds of memory, and with a status of their own."""

    def measure(self, *words):
        """(exit status, peak of resident memory in bytes)"""
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if not IS_SANITIZED:
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        with open(os.devnull, "wb") as nowhere:
            process = subprocess.Popen([TOCSIN, *map(str, words)], stdout=nowhere, stderr=nowhere, preexec_fn=limit)
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_maxrss * 1024

    def check(self, path):
        log = self.folder / "log"
        forge.write(forge.load(str(path)), log)
        for words in (("scan",), ("check",), ("dump",), ("dump", "--slack", "--format", "xml"), ("scan", "--threads", 1)):
            with self.subTest(words=words):
                status, memory = self.measure(*words, log)
                self.assertIn(status, (0, 1, 3))
                self.assertLess(memory, MEMORY * (4 if IS_SANITIZED else 1))


OMERBENAMRAM, PLASO = "omerbenamram+evtx/samples/", "log2timeline+plaso/test_data/"
SBOUSSEADEN = "sbousseaden+EVTX-ATTACK-SAMPLES/"

# number of the case: (real log, what must hold of the reading, in words). A log that is not here is said to be missing.
SHARED = [
    (1, OMERBENAMRAM + "sample_with_a_bad_chunk_magic.evtx", "380 whole, 113 recovered, 2 chunks without signature"),
    (2, OMERBENAMRAM + "2-vss_7-System.evtx", "1160 whole, has 1418, has 1422"),
    (3, OMERBENAMRAM + "sysmon.evtx", "358 whole, 8 chunks without signature"),
    (4, OMERBENAMRAM + "system.evtx", "1881 whole"),
    (5, PLASO + "evtx/System2.evtx", "283 whole"),
    (6, PLASO + "evtx/System2.evtx", "89 crc-bad, 1 truncated logs"),
    (7, OMERBENAMRAM + "E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx", "459 whole, rising"),
    (8, OMERBENAMRAM + "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx", "1973 whole, 63 recovered"),
    (9, OMERBENAMRAM + "security.evtx", "2261 whole, has 2261"),
    (10, OMERBENAMRAM + "Application_no_crc32.evtx", "17 whole, 0 crc-bad, 0 wrong checksums"),
    (11, OMERBENAMRAM + "post-Security.evtx", "126 whole, undamaged"),
    (12, OMERBENAMRAM + "post-Security.evtx", "undamaged"),
    (13, OMERBENAMRAM + "2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx",
     "1795 whole, 21 recovered, 2 wrong checksums"),
    (14, OMERBENAMRAM + "Microsoft-Windows-HelloForBusiness%4Operational.evtx", "5 whole, 1 torn records, hasn't 6"),
    (14, OMERBENAMRAM + "Microsoft-Windows-LanguagePackSetup%4Operational.evtx", "16 whole, 1 torn records"),
    (15, OMERBENAMRAM + "sample-with-zero-data-size-event.evtx", "449 whole, 114 recovered"),
    (18, SBOUSSEADEN + "Lateral Movement/sysmon_1_exec_via_sql_xpcmdshell.evtx", "121 slack"),
    (19, SBOUSSEADEN + "Defense Evasion/de_hiding_files_via_attrib_cmdlet.evtx", "1 whole, 112 slack"),
    (20, OMERBENAMRAM + "issue_201.evtx", "1 whole"),
    (21, OMERBENAMRAM + "security_bad_string_cache.evtx", "2261 whole, 1 wrong checksums"),
    (24, OMERBENAMRAM + "sample_with_a_bad_chunk_magic.evtx", "82 template-guessed, 0 bad-data"),
    (24, OMERBENAMRAM + "sample-with-zero-data-size-event.evtx", "33 slack"),
    (25, OMERBENAMRAM + "security.evtx", "0 template-guessed, 0 bad-data"),
    (27, OMERBENAMRAM + "E_Windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx", "340 whole, 0 bad-data"),
    (28, OMERBENAMRAM + "E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx",
     "1146 whole, has 161, 2 with RenderingInfo"),
    (29, OMERBENAMRAM + "Microsoft-Windows-LanguagePackSetup%4Operational.evtx", "0 bad-data"),
    (30, OMERBENAMRAM + "MSExchange_Management_wec.evtx", "1 literal, 0 bad-data"),
    (33, OMERBENAMRAM + "Security_with_size_t.evtx", "636 whole, undamaged"),
    (34, OMERBENAMRAM + "sample-with-irregular-bool-values.evtx", "3028 whole, 0 bad-data"),
    (35, SBOUSSEADEN + "Credential Access/etw_rpc_zerologon.evtx", "415 whole, undamaged"),
    (35, PLASO + "evtx/System.evtx", "5009 whole, undamaged"),
    (36, OMERBENAMRAM + "2-system-Microsoft-Windows-LiveId%4Operational.evtx", "399 whole, undamaged"),
    (37, PLASO + "evtx/System2.evtx", "0 bad-data"),
    (38, OMERBENAMRAM + "system.evtx", "has 5, 0 bad-data"),
    (39, OMERBENAMRAM + "E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx", "0 bad-data"),
    (40, OMERBENAMRAM + "security.evtx", "has 55, a control character"),
    (41, PLASO + "evtx/System2.evtx", "a replaced character"),
    (43, SBOUSSEADEN + "Lateral Movement/LM_xp_cmdshell_MSSQL_Events.evtx", "undamaged"),
    (50, OMERBENAMRAM + "security.evtx", "0 bad-data"),
    (53, SBOUSSEADEN + "Lateral Movement/LM_winrm_target_wrmlogs_91_wsmanShellStarted_poorLog.evtx", "1 with ProcessingErrorData"),
    (54, SBOUSSEADEN + "Defense Evasion/DE_1102_security_log_cleared.evtx", "a log that was cleared"),
    (57, PLASO + "evtx/link_to_System.evtx", "refused"),
    (58, OMERBENAMRAM + "system.evtx", "undamaged"),
    (59, PLASO + "SysEvent.Evt", "6063 whole, has 1392, has 7454, rising"),
    (60, PLASO + "SysEvent.Evt", "257 slack"),
    (61, PLASO + "SysEvent.Evt", "undamaged"),
]

CASES_WITHOUT_SHARED_SAMPLE = {16, 17, 22, 23, 26, 31, 32, 42, 44, 45, 46, 47, 48, 49, 51, 52, 55, 56, 62}


@unittest.skipUnless(CORPUS.is_dir(), "the shared corpus is not here")
class Shared(unittest.TestCase):
    """The real logs that show the same cases."""

    readings = {}

    def reading(self, path):
        if path not in self.readings:
            self.readings[path] = Reading(CORPUS / path)
        return self.readings[path]

    def check_words(self, found, words):
        for word in words.split(", "):
            with self.subTest(word=word):
                number, _, what = word.partition(" ")
                if number.isdigit():
                    self.assertEqual(self.number(found, what), int(number))
                else:
                    self.assertTrue(self.holds(found, word))

    @staticmethod
    def number(found, what):
        if what == "whole":
            return len(found.whole) + found.untold
        if what == "slack":
            return len(found.slack)
        if what.startswith("with "):
            return sum(what[5:] in r for r in found.whole)
        return found.count(what) if what in STATES else found.damage[what]

    @staticmethod
    def holds(found, word):
        numbers = [number_of(r) for r in found.whole]
        if word.startswith("has"):
            return (int(word.split()[1]) in numbers) == word.startswith("has ")
        texts = "".join(text for r in found.given for _, text in fields(r)) if word.startswith("a ") else ""
        return {"rising": numbers == sorted(numbers),
                "undamaged": not set(found.damage) - {"logs that were not closed"},
                "a control character": any(c < " " and c not in "\t\r\n" for c in texts),
                "a replaced character": "\ufffd" in texts,
                "a log that was cleared": any(int(r["System"]["EventID"]) == 1102 for r in found.whole),
                }[word]

    def test_numbers(self):
        named = {number for number, _, _ in SHARED} | CASES_WITHOUT_SHARED_SAMPLE
        self.assertEqual(named, set(range(1, 63)))


def add_tests():
    for path in sorted(HARD.glob("*.yaml")):
        for kind in (Made, Bounds):
            def test(self, path=path):
                self.check(path)
            test.__doc__ = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
            setattr(kind, "test_" + path.stem.replace("-", "_"), test)
    for i, (number, path, words) in enumerate(SHARED):
        def test_shared(self, path=path, words=words):
            if not (CORPUS / path).exists():
                self.skipTest("not here: " + path)
            if words == "refused":
                self.assertEqual(run("dump", CORPUS / path).returncode, 3)
            else:
                self.check_words(self.reading(path), words)
        test_shared.__doc__ = "%d: %s of %s" % (number, words, pathlib.Path(path).name)
        setattr(Shared, "test_%02d_%s" % (number, re.sub(r"\W", "_", pathlib.Path(path).stem)[:40] + "_%d" % i), test_shared)


add_tests()

if __name__ == "__main__":
    unittest.main()
