"""What the program writes as JSON is what docs/*.schema.json say, for the logs of all incidents, generations and hard cases."""
import json
import unittest

import forge
from program.support import CORPUS, SAMPLES, TESTS, Workbench, needs_corpus, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

DOCS = TESTS.parent / "docs"
LINES_MOST = 40             # of one dump; checking one takes a millisecond


def validator(name):
    """Checks against docs/NAME.schema.json; the schemas may refer to each other by their file names."""
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in DOCS.glob("*.schema.json")}
    schema = schemas[name + ".schema.json"]
    jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(base_uri="", referrer=schema, store=schemas)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def members(schema, at=""):
    """(path, schema) of every object that a schema describes."""
    if schema.get("type") == "object" and "properties" in schema:
        yield at, schema
    for name, inner in [*schema.get("properties", {}).items(), *schema.get("$defs", {}).items(), ("[]", schema.get("items"))]:
        if isinstance(inner, dict):
            yield from members(inner, at + "/" + name)


@unittest.skipUnless(jsonschema, "jsonschema is not here")
class Schemas(Workbench):
    """The three outputs."""

    @classmethod
    def setUpClass(cls):
        cls.finding, cls.check, cls.dump = (validator(name) for name in ("finding", "check", "dump"))

    def assert_valid(self, checker, instance, what):
        errors = [(list(error.absolute_path), error.message[:200]) for error in checker.iter_errors(instance)]
        self.assertEqual(errors[:3], [], what)

    def check_log(self, log, what):
        """Gives how many documents were checked."""
        findings = run("scan", "-q", "-f", "jsonl", "-s", "note", log).stdout.decode().splitlines()
        dumped = run("dump", "-q", "--slack", log).stdout.decode().splitlines()[:LINES_MOST]
        for line in findings:
            self.assert_valid(self.finding, json.loads(line), what)
        for line in dumped:
            self.assert_valid(self.dump, json.loads(line), what)
        told = run("check", "-q", "-f", "json", log).stdout
        if told:
            self.assert_valid(self.check, json.loads(told), what)
        return len(findings), len(dumped)

    def test_made_logs(self):
        findings = records = 0
        for path in sorted(SAMPLES.rglob("*.yaml")):
            given = forge.load(str(path))
            if "sparse" in given:
                continue
            log = self.folder / "log"
            forge.write(given, log)
            with self.subTest(sample=path.stem):
                more_findings, more_records = self.check_log(log, path.stem)
                findings, records = findings + more_findings, records + more_records
        self.assertGreater(findings, 150)
        self.assertGreater(records, 800)

    @needs_corpus
    def test_real_logs(self):
        for path in sorted(path for path in CORPUS.rglob("*") if path.suffix.lower() in (".evt", ".evtx"))[::7]:
            with self.subTest(path=path.name):
                self.check_log(path, path.name)

    def test_nothing_is_undescribed(self):
        """Schemas that let anything in would prove nothing: a finding, a check and a notice have no members but those that are described."""
        for name in ("finding", "check", "notice"):
            schema = json.loads((DOCS / (name + ".schema.json")).read_text(encoding="utf-8"))
            for at, inner in members(schema):
                self.assertIn("additionalProperties", inner, name + at)


if __name__ == "__main__":
    unittest.main()
