"""The incidents of tests/forge/samples/incidents and of examples: what must ring rings, and nothing else does."""
import re
import unittest

import forge
from program.support import EXAMPLES, SAMPLES, Workbench, findings, run


def text_of(entry):
    """The image of an entry, which is a text or a mapping with pid."""
    return entry["image"] if isinstance(entry, dict) else entry


def is_about(finding, entry):
    """True if the finding is of the process that the entry names."""
    process = finding.get("process", {})
    same_image = process.get("executable", "").casefold().endswith(text_of(entry).casefold())
    pid = entry.get("pid") if isinstance(entry, dict) else None
    return same_image and pid in (None, process.get("pid"))


def rules_of(found):
    return {rule for finding in found for rule in finding["rule"]["id"]}


class Incidents(Workbench):
    """One test a sample, made below."""

    def options(self, expect):
        """What the sample says has to be configured; every profile is in force anyway."""
        words = []
        for path in expect.get("allow", []):
            words += ["--allow", path]
        for account in expect.get("accounts", []):
            words += ["--account", account]
        return words

    def check(self, path):
        expect = forge.load(str(path))["expect"]
        log = self.log(str(path))
        found, status = findings(*self.options(expect), log)
        ringing = self.check_ring(expect, found)
        self.check_silent(expect, found, ringing)
        self.check_alarms(expect, [f for f in found if "process" not in f])
        self.check_notices(expect, log)
        self.assertEqual(status, 1 if found else 0)
        if "incidents" in expect:
            self.assertEqual(len({f["tocsin"]["incident_id"] for f in found if "process" in f}), expect["incidents"])

    def check_ring(self, expect, found):
        """Every process that must ring does, for these reasons and no others. Gives their findings."""
        ringing = []
        for entry in expect["ring"]:
            matching = [f for f in found if is_about(f, entry)]
            self.assertEqual(len(matching), entry.get("count", 1), entry)
            for finding in matching:
                rules = set(finding["rule"]["id"])
                self.assertLessEqual(set(entry["rules"]), rules, entry)
                self.assertLessEqual(rules, set(entry["rules"]) | set(entry.get("may", [])), entry)
                if "severity" in entry:
                    self.assertEqual(finding["tocsin"]["severity"], entry["severity"], entry)
            ringing += matching
        return ringing

    def check_silent(self, expect, found, ringing):
        """No other process rings, but those that may."""
        others = [f for f in found if "process" in f and f not in ringing]
        unexpected = [f["process"] for f in others if not any(is_about(f, e) for e in expect.get("either", []))]
        self.assertEqual(unexpected, [])
        for entry in expect.get("silent", []):
            self.assertFalse([f for f in others if is_about(f, entry)], entry)

    def check_alarms(self, expect, alarms):
        """The alarms about the log are those that are named."""
        self.assertEqual(rules_of(alarms), set(expect.get("alarms", [])))

    def check_notices(self, expect, log):
        """What is worth a note is one."""
        for entry in expect.get("notice", []):
            found, _ = findings("--min-severity", "note", *self.options(expect), log)
            noted = [f for f in found if is_about(f, entry)]
            self.assertTrue(noted, entry)
            self.assertEqual({f["tocsin"]["severity"] for f in noted}, {"note"})

    def test_examples_are_made_from_their_descriptions(self):
        """The bundled logs are what the forge makes of the descriptions beside them."""
        logs = [path for path in EXAMPLES.iterdir() if path.suffix in (".evt", ".evtx")]
        self.assertEqual({path.stem for path in logs}, {path.stem for path in EXAMPLES.glob("*.yaml")})
        for path in logs:
            self.assertEqual(path.read_bytes(), forge.build(forge.load(str(path.with_suffix(".yaml")))), path.name)

    def test_forms_agree(self):
        """CSV and text tell of the same findings as JSON."""
        log = self.log(str(SAMPLES / "incidents" / "08-appcmd-secrets.yaml"))
        found, _ = findings(log)
        rows = run("scan", "--quiet", "--format", "csv", log).stdout.decode().split("\r\n")
        self.assertEqual(len(rows) - 2, len(found))
        text = run("scan", "--quiet", log).stdout.decode()
        in_tree = re.findall(r"(\S+\.exe) \d+  certain", text)
        self.assertEqual(sorted(in_tree), sorted(f["process"]["name"] for f in found))

    def test_threads_agree(self):
        """The output does not depend on the number of threads."""
        for path in sorted((SAMPLES / "incidents").glob("0*.yaml")):
            self.log(str(path), path.stem)
        one = run("scan", "--quiet", "--format", "jsonl", "--threads", 1, self.folder).stdout
        four = run("scan", "--quiet", "--format", "jsonl", "--threads", 4, self.folder).stdout
        self.assertTrue(one)
        self.assertEqual(one, four)


def add_tests():
    for path in sorted([*(SAMPLES / "incidents").glob("*.yaml"), *EXAMPLES.glob("*.yaml")]):
        def test(self, path=path):
            self.check(path)
        test.__doc__ = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        setattr(Incidents, "test_" + path.stem.replace("-", "_"), test)


add_tests()

if __name__ == "__main__":
    unittest.main()
