"""What tocsin says when it is being blinded, beside what tests/program/test_incidents.py runs through."""
import json
import unittest

from program.support import SAMPLES, Workbench, run


class Lost(Workbench):

    def findings(self, sample):
        result = run("scan", "--format", "jsonl", "--quiet", "--min-severity", "note", self.log(str(SAMPLES / sample), "log"))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_event_without_its_data(self):
        """A process start whose data Windows could not encode is an alarm: what was started is lost."""
        found = [f for f in self.findings("hard/53-events-lost-by-the-service.yaml") if f["event"].get("code") == "4688"]
        self.assertEqual([(f["rule"]["id"], f["tocsin"]["severity"]) for f in found], [(["events-lost"], "likely")])

    def test_damage_is_a_finding(self):
        """Damage may be how a record was hidden, so it is listed; in a file that was copied it is no alarm by itself."""
        found = [f for f in self.findings("hard/14-torn-record.yaml") if f["rule"]["id"] == ["input-damaged"]]
        self.assertEqual([f["tocsin"]["severity"] for f in found], ["note"])
        self.assertIn("torn record", found[0]["message"])

    def test_damage_while_watching(self):
        """A log that is watched is no copy: damage in it is told."""
        path = self.log(str(SAMPLES / "hard/01-chunk-magic-zeroed.yaml"), "log.evtx")
        result = run("watch", "--once", "--replay", "--state", self.folder / "state.db", path)
        found = [json.loads(line) for line in result.stdout.splitlines()]
        found = [f for f in found if f["rule"]["id"] == ["input-damaged"]]
        self.assertEqual([f["tocsin"]["severity"] for f in found], ["possible"], result.stderr)


if __name__ == "__main__":
    unittest.main()
