"""tocsin learn: a proposal that lists what is harmless, and never what an intruder would love."""
import json
import unittest

import yaml

from program.support import EXAMPLES, SAMPLES, Workbench, findings, run

HEAD = r"""
format: evtx
generation: "2022"
host: WEB01
start: 2025-03-08T18:59:30Z
events:
  - {id: 4688, NewProcessId: 0x5c4, NewProcessName: &svchost 'C:\Windows\System32\svchost.exe', ProcessId: 0x2f0, ParentProcessName: 'C:\Windows\System32\services.exe'}
  - {id: 4688, target: &pool pool DefaultAppPool, NewProcessId: 0x1a00, NewProcessName: &w3wp 'C:\Windows\System32\inetsrv\w3wp.exe', ProcessId: 0x5c4, ParentProcessName: *svchost}
"""

WEBSHELL = EXAMPLES / "webshell-2022.evtx"


class Learn(Workbench):

    def log_with(self, program):
        """A worker of IIS starts the program, twice."""
        name = json.dumps(program)
        start = (f"  - {{id: 4688, subject: *pool, NewProcessId: 0x%x, NewProcessName: {name}, ProcessId: 0x1a00,"
                 " ParentProcessName: *w3wp, CommandLine: x, after: 5s}\n")
        return self.log(HEAD + start % 0x1b00 + start % 0x1c00)

    def learn(self, *paths):
        done = run("learn", "--quiet", *paths)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def check_with(self, text, log):
        """The programs that still ring with the proposal."""
        path = self.folder / "proposal.yaml"
        path.write_text(text, encoding="utf-8")
        found, status = findings("--config", path, log)
        self.assertIn(status, (0, 1))
        return {f["process"]["executable"] for f in found if "process" in f}

    def test_a_tool_of_the_site_is_proposed_and_does_not_ring_any_more(self):
        log = self.log_with(r"D:\Shop\bin\report.exe")
        text = self.learn(log)
        allow = yaml.safe_load(text)["allow"]
        self.assertEqual([entry["path"] for entry in allow], [r"D:\Shop\bin\report.exe"])
        self.assertEqual(allow[0]["parent"], [r"C:\Windows\System32\inetsrv\w3wp.exe"])
        self.assertEqual(allow[0]["account"], [r"IIS APPPOOL\DefaultAppPool"])
        self.assertIn(r"D:\Shop\bin\report.exe", self.check_with("allow: []\n", log))
        self.assertNotIn(r"D:\Shop\bin\report.exe", self.check_with(text, log))

    def test_what_an_intruder_would_love_is_only_for_review(self):
        for program in (r"C:\Windows\System32\cmd.exe", r"D:\Perl\bin\PERL.exe", r"C:\inetpub\wwwroot\upload\a.exe",
                        r"C:\Users\Public\a.exe", r"C:\Windows\Temp\a.exe", r"\\srv\share\a.exe", r"C:\PROGRA~1\a.exe",
                        r"C:\Windows\System32\certutil.exe", r"C:\Windows\System32\rundll32.exe", r"D:\a\*.exe", "report.exe"):
            with self.subTest(program=program):
                text = self.learn(self.log_with(program))
                self.assertEqual(yaml.safe_load(text)["allow"] or [], [], text)
                self.assertIn("# REVIEW: ", text)

    def test_nothing_of_a_break_in_is_listed(self):
        logs = [self.log(str(path)) for path in sorted((SAMPLES / "incidents").glob("*.yaml"))]
        text = run("learn", "--quiet", *logs).stdout.decode()
        self.assertEqual(yaml.safe_load(text)["allow"] or [], [])
        self.assertGreater(text.count("# REVIEW: "), 50)

    def test_texts_of_an_intruder_stay_texts(self):
        text = self.learn(self.log_with("D:\\x'\u202e: [a], #b\nallow: ['C:\\cmd.exe'].exe"))
        self.assertEqual(yaml.safe_load(text)["allow"] or [], [])
        for line in text.splitlines():
            self.assertTrue(line == "" or line.lstrip().startswith("#") or line == "allow: []", line)

    def test_output(self):
        path = self.folder / "list.yaml"
        self.assertEqual(run("learn", "-q", "-o", path, WEBSHELL).returncode, 0)
        self.assertIn("allow: []", path.read_text(encoding="utf-8"))
        self.assertEqual(run("learn", "-q", "-o", path, WEBSHELL).returncode, 2)
        self.assertEqual(run("learn").returncode, 2)


if __name__ == "__main__":
    unittest.main()
