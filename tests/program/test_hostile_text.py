"""Hostile texts through every form that scan, check and dump write: the form's own parser gives back the text and nothing more."""
import csv
import io
import json
import re
import subprocess
import unittest
import xml.etree.ElementTree

import pyte

import forge
from program.hostile import TEXTS, kept, must_be_shown_as_code_point
from program.support import Workbench, run

POOL = "pool DefaultAppPool"
W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe"
SHOWN = re.compile(r"<U\+([0-9A-F]{4,6})>")


def decode(shown):
    """The text that a line for people stands for."""
    return SHOWN.sub(lambda m: chr(int(m[1], 16)), shown)


def start(number, **fields):
    return {"id": 4688, "subject": POOL, "ProcessId": 0x100, "ParentProcessName": W3WP, "NewProcessId": 0x1000 + 4 * number,
            "NewProcessName": r"C:\x\a.exe", "CommandLine": "a", **fields}


class Hostile(Workbench):
    """A log with one start of a process for each text; each has its own process id."""

    @classmethod
    def setUpClass(cls):
        worker = {"id": 4688, "target": POOL, "NewProcessId": 0x100, "NewProcessName": W3WP, "ProcessId": 0x80,
                  "ParentProcessName": r"C:\Windows\System32\svchost.exe", "CommandLine": '"w3wp.exe" -ap "DefaultAppPool"'}
        events = [start(i, CommandLine=text, NewProcessName="C:\\x\\" + text[:2000], TargetUserName=text[:200],
                        TargetDomainName=text[:200], TargetUserSid="S-1-5-21-1-2-3-%d" % (1000 + i))
                  for i, text in enumerate(TEXTS.values())]
        cls.data = forge.build({"format": "evtx", "generation": "10", "host": "WEB01", "events": [worker, *events]})
        cls.texts = list(TEXTS.values())

    def setUp(self):
        super().setUp()
        self.path = self.folder / "log"
        self.path.write_bytes(self.data)

    def scan(self, form):
        result = run("scan", "--quiet", "--format", form, "--threads", "1", self.path)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result.stdout.decode("utf-8")

    def each(self, check):
        """Calls check(number, text) for every text, as a test of its own."""
        for number, (name, text) in enumerate(TEXTS.items()):
            with self.subTest(text=name):
                check(number, text)

    def test_json(self):
        """jq and Python read each line as one object, and its texts are those of the log."""
        out = self.scan("jsonl")
        by_pid = {f["process"]["pid"]: f for f in map(json.loads, out.splitlines())}
        self.assertEqual(len(by_pid), len(TEXTS))
        self.assertEqual(out.count("\n"), len(TEXTS))
        def check(number, text):
            found = by_pid[0x1000 + 4 * number]
            self.assertEqual(found["process"]["command_line"] if kept(text) else "", kept(text))
            self.assertEqual(found["process"]["executable"], kept("C:\\x\\" + text[:2000]))
            self.assertEqual(found["user"]["name"], kept(text[:200]))
        self.each(check)
        pids = subprocess.run(["jq", ".process.pid"], input=out.encode(), capture_output=True, check=True).stdout.split()
        self.assertEqual(sorted(map(int, pids)), sorted(by_pid))

    def test_csv(self):
        """Python reads a row for each finding; no cell starts a formula, and its text is that of the log."""
        rows = list(csv.DictReader(io.StringIO(self.scan("csv"), newline="")))
        self.assertEqual(len(rows), len(TEXTS))
        by_pid = {int(row["pid"]): row for row in rows}
        def check(number, text):
            row = by_pid[0x1000 + 4 * number]
            self.assertNotIn(None, row)
            for cell in row.values():
                self.assertNotRegex(cell, r"\A[=+\-@\t\r]")
            command = row["command_line"]
            guarded = command[1:] if command.startswith("'") and not kept(text).startswith("'") else command
            self.assertEqual(decode(guarded), kept(text))
        self.each(check)

    def assert_harmless(self, out):
        """A terminal draws the text and feeds lines: no other event, and nothing that misleads the reader."""
        log = io.StringIO()
        stream = pyte.Stream(pyte.DebugScreen(to=log, only=()))
        stream.feed(out)
        self.assertEqual({json.loads(line)[0] for line in log.getvalue().splitlines()} - {"draw", "linefeed"}, set())
        self.assertEqual([c for c in out if c != "\n" and must_be_shown_as_code_point(c)], [])

    def test_text(self):
        """Every text stands whole on one line of the incident."""
        out = self.scan("text")
        self.assert_harmless(out)
        tree = {int(m[1]): line for line in out.splitlines() for m in [re.search(r"[|`]- .*? (\d+)  ", line)] if m}
        def check(number, text):
            line = tree[0x1000 + 4 * number]
            shown = decode(line)
            if len(text) < 1000:
                self.assertIn(kept(text).strip(), shown)
            else:
                self.assertRegex(line, r"more (bytes|characters)")
        self.each(check)

    def test_one_incident_in_text(self):
        """What rings is told whole: who, what, with which command line, also a long one."""
        def check(number, text):
            events = [start(number, CommandLine=text, NewProcessName="C:\\x\\" + text[:2000])]
            path = self.folder / "one"
            path.write_bytes(forge.build({"format": "evtx", "generation": "10", "host": "WEB01", "events": events}))
            out = run("scan", "--quiet", path).stdout.decode()
            self.assert_harmless(out)
            rows = [row for row in out.split("\n") if not row.startswith("           not plain letters: ")]
            at = next(i for i, row in enumerate(rows) if row.startswith("  ran "))
            self.assertIn(kept("C:\\x\\" + text[:2000]).rstrip(), decode(rows[at]))
            said = re.fullmatch(r"(.*?) ?\[\.\.\. (\d+) more bytes; --format jsonl shows all\]", rows[at + 1][11:])
            if said:    # cut, and said how much; these are ASCII
                self.assertEqual(kept(text)[:len(said[1])], said[1])
                self.assertEqual(len(text), len(said[1]) + int(said[2]))
            elif kept(text).strip():
                self.assertEqual(decode(rows[at + 1][11:]), kept(text))
            self.assertEqual(bool(said), len(text) > 1000)
        self.each(check)

    def test_dump_json(self):
        records = [json.loads(line) for line in run("dump", "--quiet", self.path).stdout.splitlines()]
        self.assertEqual(len(records), len(TEXTS) + 1)
        def check(number, text):
            self.assertEqual(records[number + 1]["EventData"].get("CommandLine", ""), kept(text))
        self.each(check)

    def test_dump_xml(self):
        """XML 1.0 cannot hold control characters: their pictures stand for them; everything else comes back."""
        lines = run("dump", "--quiet", "--format", "xml", self.path).stdout.decode().split("\n")[:-1]
        self.assertEqual(len(lines), len(TEXTS) + 1)
        space = "{http://schemas.microsoft.com/win/2004/08/events/event}"
        def check(number, text):
            event = xml.etree.ElementTree.fromstring(lines[number + 1])
            data = {d.get("Name"): d.text or "" for d in event.iter(space + "Data")}
            expected = "".join(chr(0x2400 + ord(c)) if ord(c) < 0x20 and c not in "\t\n\r" else
                               "\u2421" if c == "\x7f" and data["CommandLine"].find("\x7f") < 0 else
                               "\ufffd" if c in "\ufffe\uffff" else c for c in kept(text))
            self.assertEqual(data["CommandLine"], expected)
        self.each(check)

    def test_host_and_file_names(self):
        """Names of computers and of files are texts of strangers too."""
        def check(number, text):
            if "\0" in text or "/" in text or not kept(text).strip() or len(text) > 200:
                return
            name = kept(text).replace("\ufffd", "x")
            path = self.folder / name
            path.write_bytes(forge.build({"format": "evtx", "generation": "10", "host": text, "machine_sid": "S-1-5-21-1-2-3",
                                           "events": [start(number)]}))
            for words in (["scan"], ["check"]):
                result = run(*words, path)
                self.assert_harmless(result.stdout.decode() + result.stderr.decode())
            found = json.loads(run("scan", "-q", "--format", "jsonl", path).stdout)
            self.assertEqual(found["host"]["name"], kept(text))
            self.assertEqual(found["tocsin"]["origin"], str(path))
            checked = json.loads(run("check", "--format", "json", path).stdout)
            self.assertEqual([h["name"] for h in checked["hosts"]], [kept(text)])
            self.assert_harmless(run("scan", self.folder / (name + ".gone")).stderr.decode())
            path.unlink()
        self.each(check)


if __name__ == "__main__":
    unittest.main()
