"""Events as text: event XML and JSON give what the log itself gives."""
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import forge
from program.support import CORPUS, EXAMPLES, SAMPLES, TOCSIN, Workbench, findings, needs_corpus, records, run

LOGS = ["webshell-2022.evtx", "nimda-2001.evt"]
FORMATS = ["jsonl", "xml"]
NS = "{http://schemas.microsoft.com/win/2004/08/events/event}"

# What stands in a log's header or in its numbering, which no event tells.
OF_THE_LOG = {"record-gap", "log-full", "input-damaged"}


def dump(path, form):
    return run("dump", "--quiet", "--format", form, path).stdout


def of_events(found):
    """Findings by id, without those about the log as a whole."""
    return {finding["tocsin"]["finding_id"]: finding for finding in found
            if not OF_THE_LOG & set(finding.get("rule", {}).get("id", []))}


def without_origin(value):
    """The finding without the name of the file; an empty <Binary> is shown by .evt only."""
    if isinstance(value, dict):
        return {key: without_origin(item) for key, item in value.items()
                if key not in ("origin", "file") and not (key == "Binary" and item == "")}
    return [without_origin(item) for item in value] if isinstance(value, list) else value


def canonical(element):
    """An element with its attributes in order; blanks between elements and empty texts do not count."""
    text = element.text or ""
    return (element.tag, sorted(element.attrib.items()), text if text.strip() or len(element) == 0 else "",
            [canonical(child) for child in element])


class SameAsTheLog(Workbench):
    """The way over text changes nothing."""

    def text(self, form, path, name=None):
        out = self.folder / (name or f"{os.path.basename(path)}.{form}")
        out.write_bytes(dump(path, form))
        return out

    def assert_same_findings(self, log, text, whole=True):
        expected, got = of_events(findings("--min-severity", "note", log)[0]), of_events(findings("--min-severity", "note", text)[0])
        self.assertEqual(set(got), set(expected), f"{text} from {log}")
        for name, finding in expected.items() if whole else ():
            self.assertEqual(without_origin(got[name]).keys(), without_origin(finding).keys())
            self.assertEqual(got[name]["message"], finding["message"])
        return expected

    def test_examples(self):
        for log in LOGS:
            for form in FORMATS:
                with self.subTest(log=log, form=form):
                    text = self.text(form, EXAMPLES / log)
                    expected = self.assert_same_findings(EXAMPLES / log, text)
                    self.assertGreaterEqual(len(expected), 2)
                    self.assertEqual(findings(EXAMPLES / log)[1], findings(text)[1])

    def test_whole_findings(self):
        """Not only the ids: every word, but the name of the file and the place in it."""
        for form in FORMATS:
            text = self.text(form, EXAMPLES / LOGS[0])
            expected, got = findings(EXAMPLES / LOGS[0])[0], findings(text)[0]
            self.assertEqual(without_origin(got), without_origin(expected))

    def test_standard_input(self):
        for form in FORMATS:
            text = self.text(form, EXAMPLES / LOGS[0]).read_bytes()
            self.assertEqual(set(of_events(findings("-", stdin=text)[0])), set(of_events(findings(EXAMPLES / LOGS[0])[0])))

    def test_large_pipe(self):
        """More than is kept of a pipe, in events of all sizes, comes out as from the file; so it does in UTF-16."""
        large = [b"<Event><System><EventID>1</EventID></System><EventData><Data Name='x'>" + b"x" * size + b"</Data></EventData></Event>\n"
                 for size in (10, 70000, 300000, 1000000, 1040000, 1100000, 5)]
        lines = dump(EXAMPLES / LOGS[0], "xml")
        data = (b"".join(large) + lines * 60) * 2
        for name, text in (("utf-8", data), ("utf-16", data.decode().encode("utf-16"))):
            path = self.folder / name
            path.write_bytes(text)
            whole, piped = run("dump", path), run("dump", "-", stdin=text)
            with self.subTest(encoding=name):
                self.assertEqual(piped.stdout.replace(b'"origin":"-"', b""), whole.stdout.replace(f'"origin":"{path}"'.encode(), b""))
                self.assertEqual(whole.stdout.count(b"\n"), 2 * (6 + 60 * lines.count(b"\n")))
                self.assertEqual((piped.returncode, whole.returncode), (3, 3))

    def test_a_pipe_that_brings_little_at_a_time(self):
        text = dump(EXAMPLES / LOGS[0], "jsonl")
        with subprocess.Popen([TOCSIN, "dump", "--quiet", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for at in range(0, len(text), 997):
                process.stdin.write(text[at:at + 997])
                process.stdin.flush()
            process.stdin.close()
            self.assertEqual(process.stdout.read().count(b"\n"), text.count(b"\n"))

    def test_made_incidents(self):
        """Every incident of the log maker, by ids; classic events with unnamed strings among them."""
        count = 0
        for sample in sorted((SAMPLES / "incidents").glob("*.yaml")):
            log = self.folder / "log"
            log.write_bytes(forge.build(forge.load(str(sample))))
            for form in FORMATS:
                with self.subTest(sample=sample.stem, form=form):
                    count += len(self.assert_same_findings(log, self.text(form, log)))
        self.assertGreater(count, 100)

    def test_dump_of_a_dump(self):
        """System and data are the same; what was a number of the data is a text in XML."""
        for log in LOGS:
            first = [{key: value for key, value in record.items() if key != "tocsin"} for record in records(EXAMPLES / log)]
            for form in FORMATS:
                again = records(self.text(form, EXAMPLES / log))
                with self.subTest(log=log, form=form):
                    self.assertEqual(len(again), len(first))
                    for one, other in zip(first, again):
                        self.assertEqual(other["System"], one["System"])
                        self.assertEqual(without_origin(other["EventData"] or {}), without_origin(one["EventData"]))

    def test_xml_is_equivalent(self):
        """As Python's own parser reads it."""
        for log in LOGS:
            text = self.text("xml", EXAMPLES / log)
            before = text.read_text(encoding="utf-8").splitlines()
            after = dump(text, "xml").decode().splitlines()
            self.assertEqual(len(after), len(before))
            for one, other in zip(before, after):
                self.assertEqual(canonical(ElementTree.fromstring(other)), canonical(ElementTree.fromstring(one)))

    def test_windows_writes_it_otherwise(self):
        """Single quotes, a root, indentation, UTF-16 with a byte order mark, RenderingInfo."""
        events = "".join(dump(EXAMPLES / LOGS[0], "xml").decode().splitlines())
        events = events.replace("</Event>", "<RenderingInfo Culture='de-DE'><Message>Ein Prozess&#13;&#10;</Message></RenderingInfo></Event>")
        document = "<?xml version='1.0' encoding='utf-16'?>\r\n<Events>\r\n" + events.replace("><", ">\r\n <") + "\r\n</Events>\r\n"
        expected = set(of_events(findings(EXAMPLES / LOGS[0])[0]))
        for name, data in (("le", document.encode("utf-16")), ("be", b"\xfe\xff" + document.encode("utf-16-be")),
                           ("unmarked", document.encode("utf-16-le")), ("bom", document.encode("utf-8-sig"))):
            with self.subTest(encoding=name):
                path = self.folder / name
                path.write_bytes(data)
                found, status = findings(path)
                self.assertEqual(set(of_events(found)), expected)
                self.assertEqual(status, 1)

    def test_pretty_json(self):
        lines = [json.loads(line) for line in dump(EXAMPLES / LOGS[0], "jsonl").splitlines()]
        expected = set(of_events(findings(EXAMPLES / LOGS[0])[0]))
        for name, text in (("array", json.dumps(lines)), ("indented", json.dumps(lines, indent=1)), ("ascii", json.dumps(lines, ensure_ascii=True)),
                           ("objects", "\n".join(json.dumps(line, indent=4) for line in lines)), ("joined", "".join(map(json.dumps, lines)))):
            with self.subTest(form=name):
                path = self.folder / name
                path.write_text(text, encoding="utf-8")
                self.assertEqual(set(of_events(findings(path)[0])), expected)

    @needs_corpus
    def test_corpus(self):
        """Every tenth real log of less than a megabyte."""
        logs = sorted(path for path in CORPUS.rglob("*") if path.suffix.lower() in (".evt", ".evtx") and path.stat().st_size < 1 << 20)
        self.assertGreater(len(logs), 100)
        for log in logs[::10]:
            for form in FORMATS:
                with self.subTest(log=log.name, form=form):
                    self.assert_same_findings(log, self.text(form, log, "text"))


class Writers(Workbench):
    """The shapes of JSON that others write."""

    def setUp(self):
        super().setUp()
        self.events = [json.loads(line) for line in dump(EXAMPLES / LOGS[0], "jsonl").splitlines()]
        self.classic = [json.loads(line) for line in dump(EXAMPLES / LOGS[1], "jsonl").splitlines()]

    def scan(self, events):
        path = self.folder / "events.json"
        path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        return set(of_events(findings(path)[0]))

    @staticmethod
    def winlogbeat(event):
        system = event["System"]
        data = event["EventData"]
        if "Data" in data:
            data = {f"param{i}": text for i, text in enumerate(data["Data"], 1)}
        winlog = {"api": "wineventlog", "event_id": str(system["EventID"]), "provider_name": system["Provider"]["Name"],
                  "channel": system["Channel"], "computer_name": system["Computer"], "record_id": system["EventRecordID"],
                  "keywords": ["Audit Success"], "opcode": "Info", "task": "Process Creation", "event_data": data}
        if "Guid" in system["Provider"]:
            winlog["provider_guid"] = system["Provider"]["Guid"]
        if "Security" in system:
            winlog["user"] = {"identifier": system["Security"]["UserID"], "name": "x", "domain": "y", "type": "User"}
        return {"@timestamp": system["TimeCreated"]["SystemTime"][:23] + "Z", "event": {"code": str(system["EventID"]), "kind": "event"},
                "message": "A new process has been created.", "host": {"name": "elsewhere"}, "winlog": winlog}

    @staticmethod
    def nxlog(event):
        system = event["System"]
        return {"EventTime": system["TimeCreated"]["SystemTime"][:23].replace("T", " "), "Hostname": system["Computer"],
                "Keywords": "-9214364837600034816", "EventType": "AUDIT_SUCCESS", "EventID": system["EventID"],
                "SourceName": system["Provider"]["Name"], "ProviderGuid": system["Provider"].get("Guid"),
                "RecordNumber": system["EventRecordID"], "Channel": system["Channel"], "Message": "x", **event["EventData"]}

    @staticmethod
    def fluent_bit(event):
        system = event["System"]
        return {"ProviderName": system["Provider"]["Name"], "EventID": system["EventID"], "TimeCreated": system["TimeCreated"]["SystemTime"],
                "EventRecordID": system["EventRecordID"], "Channel": system["Channel"], "Computer": system["Computer"],
                "UserID": system.get("Security", {}).get("UserID"), "StringInserts": event["EventData"].get("Data", [])}

    @staticmethod
    def evtx_dump(event):
        system = {key: {"#attributes": value} if isinstance(value, dict) else value for key, value in event["System"].items()}
        qualifiers = system.pop("Qualifiers", None)
        if qualifiers is not None:
            system["EventID"] = {"#attributes": {"Qualifiers": qualifiers}, "#text": system["EventID"]}
        data = event["EventData"]
        if "Data" in data:
            data = {"Data": {"#text": data["Data"]}}
        return {"Event": {"#attributes": {"xmlns": NS[1:-1]}, "System": system, "EventData": data}}

    def test_each(self):
        expected = set(of_events(findings(EXAMPLES / LOGS[0])[0]))
        for writer in (self.winlogbeat, self.nxlog, self.evtx_dump):
            with self.subTest(writer=writer.__name__):
                self.assertEqual(self.scan(map(writer, self.events)), expected)

    def test_classic_events(self):
        """Strings without names, of an event before Vista."""
        expected = set(of_events(findings(EXAMPLES / LOGS[1])[0]))
        for writer in (self.winlogbeat, self.fluent_bit, self.evtx_dump):
            with self.subTest(writer=writer.__name__):
                self.assertEqual(self.scan(map(writer, self.classic)), expected)


class Damage(Workbench):
    """Damage costs one event, is said, and shows in the exit status."""

    def setUp(self):
        super().setUp()
        self.xml = dump(EXAMPLES / LOGS[0], "xml").splitlines()
        self.jsonl = dump(EXAMPLES / LOGS[0], "jsonl").splitlines()

    def dump_of(self, data):
        path = self.folder / "damaged"
        path.write_bytes(data)
        result = run("dump", path)
        return [json.loads(line) for line in result.stdout.splitlines()], result

    def test_cut_in_the_middle(self):
        for name, lines in (("xml", self.xml), ("jsonl", self.jsonl)):
            with self.subTest(form=name):
                broken = lines[:5] + [lines[5][:len(lines[5]) // 2]] + lines[6:]
                got, result = self.dump_of(b"\n".join(broken) + b"\n")
                self.assertEqual(result.returncode, 3)
                whole = [record for record in got if "state" not in record["tocsin"]]
                self.assertEqual([record["System"]["EventRecordID"] for record in whole],
                                 [number for number in range(1, len(lines) + 1) if number != 6])
                self.assertIn(["torn"], [record["tocsin"].get("state") for record in got])

    def test_rubbish_is_said(self):
        for lines in (self.xml, self.jsonl):
            got, result = self.dump_of(b"\n".join(lines[:3] + [b"rubbish"] + lines[3:]))
            self.assertEqual(len(got), len(lines))
            self.assertEqual(result.returncode, 3)
            self.assertIn(b"no event where one should be", result.stderr)

    def test_an_intruder_cannot_hide(self):
        """A command line with what strict readers refuse; the event is read and rings all the same."""
        target = next(i for i, line in enumerate(self.jsonl) if b"whoami" in line)
        tricks = {
            "xml": [b"\x01", b"&#3;", b"&#xD800;", b"\xff\xfe", b"&", b"<", b"]]>", b"&nosuch;", b"\xed\xa0\x80"],
            "jsonl": [b"\x01", b"\\u0000", b"\\ud800", b"\xff\xfe", b"\\q", b"\\u12", b"\xed\xa0\x80", b"\t"],
        }
        for form, lines in (("xml", self.xml), ("jsonl", self.jsonl)):
            for trick in tricks[form]:
                with self.subTest(form=form, trick=trick):
                    changed = list(lines)
                    changed[target] = changed[target].replace(b"whoami", b"whoami " + trick)
                    path = self.folder / "tricked"
                    path.write_bytes(b"\n".join(changed) + b"\n")
                    found, _ = findings(path)
                    self.assertTrue(any("whoami" in finding["process"].get("command_line", "") for finding in found if "process" in finding))

    def test_entity_bombs(self):
        bomb = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY a0 'lol'>" + "".join(
            f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)) + "]>"
        event = "<Event><System><EventID>1</EventID></System><EventData><Data Name='x'>&a11;</Data></EventData></Event>"
        got, result = self.dump_of((bomb + event).encode())
        self.assertEqual(got[-1]["EventData"], {"x": "&a11;"})
        self.assertEqual(result.returncode, 3)
        outside = "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><Event><System><EventID>1</EventID></System></Event>"
        got, _ = self.dump_of(outside.encode())
        self.assertEqual(len(got), 1)

    def test_deep_and_large(self):
        for text in ("<Event><System/>" + "<a>" * 100000 + "</a>" * 100000 + "</Event>",
                     "<Event><System/>" + "<a>" * 400000,
                     '{"EventID":1,"a":' + "[" * 500000 + "]" * 400000 + "}",
                     '{"EventID":1,"a":"' + "x" * 3000000 + '"}',
                     "<Event " + "a='b' " * 150000 + "><System/></Event>",
                     "<Event><System><EventID>" + "9" * 500000 + "</EventID></System></Event>",
                     '{"EventID":' + "9" * 500000 + "}"):
            with self.subTest(text=text[:20]):
                _, result = self.dump_of(text.encode())
                self.assertIn(result.returncode, (0, 3))

    def test_what_is_no_log(self):
        for text, words in ((b"<?xml version='1.0'?><rss/>", b"XML without events"), (b'{"name": "x"}', b"JSON in which nothing looks like an event"),
                            (b"[1, 2]", b"JSON in which"), (b"<html>", b"XML without events"), (b"EventID 4688", b"not an event log")):
            path = self.folder / "other"
            path.write_bytes(text)
            result = run("scan", path)
            self.assertEqual(result.returncode, 3, text)
            self.assertIn(words, result.stderr)

    def test_in_a_folder(self):
        """Beside logs, other XML and JSON is passed over in silence."""
        (self.folder / "a.xml").write_bytes(b"<?xml version='1.0'?><rss/>")
        (self.folder / "package.json").write_bytes(b'{"name": "x"}')
        (self.folder / "events.xml").write_bytes(b"\n".join(self.xml))
        found, status = findings(self.folder)
        self.assertEqual(status, 1)
        self.assertEqual(set(of_events(found)), set(of_events(findings(EXAMPLES / LOGS[0])[0])))


class Checked(Workbench):
    """check tells of events as text what it tells of the log."""

    def test_check(self):
        for log in LOGS:
            expected = json.loads(run("check", "--format", "json", EXAMPLES / log).stdout)
            for form in FORMATS:
                path = self.folder / form
                path.write_bytes(dump(EXAMPLES / log, form))
                got = json.loads(run("check", "--format", "json", path).stdout)
                with self.subTest(log=log, form=form):
                    for key in ("hosts", "rules", "events"):
                        self.assertEqual(got[key], expected[key])


if __name__ == "__main__":
    unittest.main()
