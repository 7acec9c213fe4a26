"""Against real logs that nobody here made, and against readers that share no code with us."""
import collections
import datetime
import json
import pathlib
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from program.support import CORPUS, findings, needs_corpus, records, run

# Process findings in the shared corpus: how many, in how many incidents. Every other file has none. Looked at one by
# one: all are processes below w3wp.exe of DefaultAppPool.
BREAK_INS = {
    "sbousseaden+EVTX-ATTACK-SAMPLES/Lateral Movement/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx": 3,
    "sbousseaden+EVTX-ATTACK-SAMPLES/Credential Access/discovery_sysmon_1_iis_pwd_and_config_discovery_appcmd.evtx": 40,
}

# What rings about the logs themselves. All of them are 517, 1102 or 104 records: somebody cleared a log.
BLINDNESS = {"log-cleared"}


def expected():
    """The rows of expected/records.tsv: path, intact and literal records, histogram of event ids."""
    lines = (CORPUS / "expected" / "records.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        path, _, intact, literal, damaged, evtxexport, ids = line.split("\t")
        if (CORPUS / path).is_file():
            yield CORPUS / path, int(intact), int(literal), int(damaged), evtxexport, json.loads(ids)


def states(record):
    return set(record["tocsin"].get("state", []))


@needs_corpus
class Counts(unittest.TestCase):
    """Record counts and event ids of every .evtx, as two independent readers counted them."""

    def test_records(self):
        files = 0
        for path, intact, literal, damaged, _, ids in expected():
            with self.subTest(path=path.name):
                found = records(path)
                whole = [r for r in found if not states(r) & {"torn"}]
                self.assertEqual(len(whole), intact)
                self.assertEqual(sum("literal" in states(r) for r in whole), literal)
                histogram = collections.Counter(str(r["System"]["EventID"]) for r in whole)
                self.assertEqual(histogram, ids)
                self.assertLessEqual(len(found) - len(whole), damaged + 1)
                files += 1
        self.assertGreater(files, 250)

    def test_evt(self):
        """SysEvent.Evt: dirty, wrapped, a split record, stale twins."""
        path = CORPUS / "log2timeline+plaso/test_data/SysEvent.Evt"
        live = records(path)
        self.assertEqual([r["System"]["EventRecordID"] for r in live], list(range(1392, 7455)))
        slack = [r for r in records("--slack", path) if "slack" in states(r)]
        self.assertEqual(sorted(r["System"]["EventRecordID"] for r in slack), list(range(1135, 1392)))


def text_values(element):
    """All texts and attribute values of an event but those of namespaces."""
    for node in element.iter():
        if node.text and node.text.strip():
            yield node.text
        for value in node.attrib.values():
            if value:
                yield value


def raw_values(piece):
    """The EventRecordID and the texts of an event that is no XML: evtxexport writes values as they are, markup and all."""
    number = re.search(r"<EventRecordID>(.*?)</EventRecordID>", piece)
    texts = re.findall(r'="([^"<>]*)"', piece.partition("</System>")[0])
    texts += [text for _, text in re.findall(r"^ +<(\w+)(?: [^<>]*)?>(.*?)</\1>$", piece, re.MULTILINE | re.DOTALL) if "\n    <" not in text]
    return number.group(1) if number else "None", [text for text in texts if text.strip()]


def exported(path):
    """(EventRecordID, texts) of the events that evtxexport prints; none if it fails."""
    tool = subprocess.run(["evtxexport", "-f", "xml", str(path)], capture_output=True, check=False)
    if tool.returncode:
        return
    text = tool.stdout.decode("utf-8", "replace")
    for piece in re.findall(r"<Event .*?</Event>", text, re.DOTALL):
        # Control characters are not XML; evtxexport prints them as they are.
        try:
            event = ElementTree.fromstring(CONTROLS.sub("", piece))
        except ElementTree.ParseError:
            yield raw_values(piece)
            continue
        found = event.find("{*}System/{*}EventRecordID")
        yield found.text if found is not None else "None", list(text_values(event))


SPACE = re.compile(r"\s+")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def normal(text):
    """A value in a form in which both programs' ways of writing it are the same."""
    text = SPACE.sub(" ", CONTROLS.sub("", text)).strip()
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return str(int(text, 16))
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+Z?", text):
        return text.replace(" ", "T").rstrip("Z").rstrip("0")
    if re.fullmatch(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?", text):
        return text.strip("{}").upper()
    return text.casefold()


def leaf_values(value):
    """All leaves and keys of a JSON value as texts: the Name of a <Data> is a key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaf_values(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaf_values(item)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value is not None:
        yield str(value)


@needs_corpus
@unittest.skipUnless(shutil.which("evtxexport"), "evtxexport is not here")
class Values(unittest.TestCase):
    """Every text that evtxexport prints for a record is in what dump prints for it, as JSON and as XML."""

    def test_values(self):
        self.maxDiff = None
        events = compared = 0
        for path, *_ in expected():
            ours = {}
            for record in records(path):
                key = str(record["System"].get("EventRecordID"))
                ours.setdefault(key, []).append({normal(v) for v in leaf_values(record)})
            for key, texts in exported(path):
                wanted = {normal(v) for v in texts}
                wanted.discard("http://schemas.microsoft.com/win/2004/08/events/event")
                best = min((wanted - have for have in ours.get(key, [])), key=len, default=wanted)
                best = {v for v in best if not self.is_explained(v)}
                events, compared = events + 1, compared + len(wanted)
                self.assertFalse(best, "%s record %s" % (path.name, key))
        self.assertGreater(events, 30_000)
        self.assertGreater(compared, 400_000)

    @staticmethod
    def is_explained(value):
        """What evtxexport writes differently on purpose."""
        return value == ""

    def test_xml_is_wellformed(self):
        """Every line of dump --format xml is a document of its own, with the same number of events as JSON."""
        for path, intact, *_ in expected():
            lines = run("dump", "--quiet", "--format", "xml", path).stdout.splitlines()
            for line in lines:
                self.assertEqual(ElementTree.fromstring(line).tag.rpartition("}")[2], "Event")
            self.assertGreaterEqual(len(lines), intact)


def evt_exported(path):
    """The records that evtexport prints, as dictionaries of its words and a list of the strings."""
    text = subprocess.run(["evtexport", str(path)], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    for piece in re.split(r"^(?=Event number\t)", text, flags=re.MULTILINE)[1:]:
        values = re.findall(r"^(\w[\w :]*?)\t+: (.*?)(?=\n\w[\w :]*\t+: |\s*\Z)", piece, re.MULTILINE | re.DOTALL)
        yield {**dict(values), "strings": [value for name, value in values if name.startswith("String: ")]}


@needs_corpus
@unittest.skipUnless(shutil.which("evtexport"), "evtexport is not here")
class OldValues(unittest.TestCase):
    """The same for .evt and evtexport: every record, with its source, computer, id, times and strings."""

    def compare(self, theirs, ours):
        self.assertEqual(int(theirs["Event number"]), ours["System"]["EventRecordID"])
        self.assertEqual(theirs["Source name"], ours["System"]["Provider"]["Name"])
        self.assertEqual(theirs["Computer name"], ours["System"]["Computer"])
        identifier = ours["System"].get("Qualifiers", 0) << 16 | ours["System"]["EventID"]
        self.assertEqual(int(theirs["Event identifier"].split()[0], 16), identifier)
        created = datetime.datetime.strptime(theirs["Creation time"], "%b %d, %Y %H:%M:%S UTC")
        self.assertEqual(created.strftime("%Y-%m-%dT%H:%M:%S"), ours["System"]["TimeCreated"]["SystemTime"][:19])
        data = ours.get("EventData", {}).get("Data", []) or []
        strings = [data] if isinstance(data, str) else data
        self.assertEqual([normal(text) for text in theirs["strings"]], [normal(text) for text in strings])

    def test_values(self):
        compared = 0
        for path in sorted(path for path in CORPUS.rglob("*") if path.suffix.lower() == ".evt"):
            ours, theirs = records(path), list(evt_exported(path))
            self.assertEqual(len(ours), len(theirs), path.name)
            for mine, other in zip(ours, theirs, strict=True):
                with self.subTest(path=path.name, number=other["Event number"]):
                    self.compare(other, mine)
                    compared += 1
        self.assertGreater(compared, 6_000)


@needs_corpus
class Alarms(unittest.TestCase):
    """The two real web shells ring, and no other file shows a process of a web server."""

    def test_whole_corpus(self):
        found, status = findings(CORPUS, timeout=300)
        self.assertEqual(status, 1)
        by_file = collections.Counter()
        incidents = collections.defaultdict(set)
        for finding in found:
            path = str(pathlib.Path(finding["tocsin"]["evidence"][0]["origin"]).relative_to(CORPUS))
            if "process" in finding:
                by_file[path] += 1
                incidents[path].add(finding["tocsin"]["incident_id"])
            else:
                self.assertLessEqual(set(finding["rule"]["id"]), BLINDNESS, path)
        self.assertEqual(dict(by_file), BREAK_INS)
        self.assertTrue(all(len(ids) == 1 for ids in incidents.values()))

    def test_break_ins_alone(self):
        """The same when each file is read by itself, and who, what and under what is right."""
        for path, count in BREAK_INS.items():
            found, status = findings(CORPUS / path)
            self.assertEqual((len(found), status), (count, 1))
            self.assertEqual({f["user"]["name"] for f in found}, {"DefaultAppPool"})
            self.assertEqual({f["tocsin"]["worker"]["pool"] for f in found}, {"DefaultAppPool"})
            self.assertEqual({f["tocsin"]["severity"] for f in found}, {"certain"})

    def test_threads_agree(self):
        one = run("scan", "--quiet", "--format", "jsonl", "--threads", 1, CORPUS, timeout=300).stdout
        two = run("scan", "--quiet", "--format", "jsonl", "--threads", 3, CORPUS, timeout=300).stdout
        self.assertEqual(one, two)
        path = CORPUS / "log2timeline+plaso/test_data/evtx/System.evtx"
        self.assertEqual(run("dump", "-q", "-j1", path).stdout, run("dump", "-q", "-j4", path).stdout)


if __name__ == "__main__":
    unittest.main()
