"""The program for Windows, run by Wine: it must write what the program for Linux writes, to the byte.

Skipped where scripts/build-windows has not made it. What Wine cannot prove is told in docs/windows.md.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from program.support import CORPUS, EXAMPLES, SAMPLES, TESTS, Workbench, needs_corpus, run

EXE = pathlib.Path(os.environ.get("TOCSIN_EXE", TESTS.parent / "build-windows" / "tocsin.exe"))
WINE = next((w for w in ("/usr/lib/wine/wine64", shutil.which("wine64") or "", shutil.which("wine") or "") if w and os.path.exists(w)), None)


@unittest.skipUnless(EXE.exists() and WINE, "no program for Windows (scripts/build-windows), or no Wine")
class UnderWine(Workbench):

    @classmethod
    def setUpClass(cls):
        home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(home.cleanup)
        cls.env = {**os.environ, "WINEPREFIX": home.name, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "DISPLAY": ""}
        cls.wine("--version")                   # makes the prefix
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        cls.addClassCleanup(lambda: subprocess.run([server, "-k"], env=cls.env, check=False))

    @classmethod
    def wine(cls, *words, stdin=None):
        return subprocess.run([WINE, str(EXE), *map(str, words)], env=cls.env, input=stdin, capture_output=True, timeout=300, check=False)

    def assert_same(self, *words, stdin=None):
        ours, theirs = run(*words, stdin=stdin, timeout=300), self.wine(*words, stdin=stdin)
        self.assertEqual(theirs.stdout == ours.stdout, True, "%s differs: %s" % (" ".join(map(str, words)), theirs.stderr[-400:]))
        self.assertEqual(theirs.returncode, ours.returncode)
        self.assertTrue(ours.stdout)

    def test_examples(self):
        for log in sorted(EXAMPLES.glob("*.evt*")):
            for words in (["scan", "-q"], ["scan", "-q", "--format", "jsonl", "-s", "note"], ["scan", "-q", "--format", "csv"],
                          ["check"], ["check", "--format", "json"], ["dump", "-q"], ["dump", "-q", "--format", "xml"]):
                with self.subTest(log=log.name, words=words):
                    self.assert_same(*words, log)

    def test_hard_cases(self):
        for sample in sorted((SAMPLES / "hard").glob("*.yaml")):
            if "sparse" in sample.read_text(encoding="utf-8"):
                continue
            self.log(str(sample), sample.stem)
        self.assert_same("dump", "-q", self.folder)
        self.assert_same("scan", "-q", "-s", "note", "--format", "jsonl", self.folder)

    @needs_corpus
    def test_corpus(self):
        for words in (["scan", "-q", "-s", "note", "--format", "jsonl"], ["check", "--format", "json"], ["dump", "-q"]):
            with self.subTest(words=words):
                self.assert_same(*words, CORPUS)

    def test_standard_input(self):
        data = (EXAMPLES / "nimda-2001.evt").read_bytes()
        self.assert_same("scan", "-q", "--format", "jsonl", "-", stdin=data)

    def test_names_of_files(self):
        for name in ("\u0436 \u2713.evtx", "a" * 200 + ".evtx"):
            path = self.folder / name
            path.write_bytes((EXAMPLES / "webshell-2022.evtx").read_bytes())
            self.assert_same("scan", "-q", "--format", "jsonl", path)

    def test_output_is_not_overwritten(self):
        out = self.folder / "out.jsonl"
        log = EXAMPLES / "webshell-2022.evtx"
        self.assertEqual(self.wine("scan", "-q", "-o", out, log).returncode, 1)
        kept = out.read_bytes()
        self.assertTrue(kept)
        refused = self.wine("scan", "-q", "-o", out, log)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"--force", refused.stderr)
        self.assertEqual(out.read_bytes(), kept)
        self.assertEqual(self.wine("scan", "-q", "--force", "-o", out, log).returncode, 1)

    def test_watch(self):
        """What rings goes to a file and to a program; a second run tells nothing twice; the state is nobody else's."""
        logs = self.folder / "logs"
        logs.mkdir()
        (logs / "a.evtx").write_bytes((EXAMPLES / "webshell-2022.evtx").read_bytes())
        alerts = self.folder / "alerts.jsonl"
        config = self.folder / "tocsin.yaml"
        config.write_text(json.dumps({
            "state": str(self.folder / "state.db"), "sources": [{"path": f"{logs}/**/*.evt*"}],
            "channels": [{"type": "file", "path": str(alerts)},
                         {"type": "command", "name": "cmd", "argv": ["C:\\windows\\system32\\cmd.exe", "/c", "exit", "0"]}]}))
        expected = [json.loads(line)["tocsin"]["finding_id"] for line in
                    run("scan", "-q", "--format", "jsonl", logs / "a.evtx").stdout.splitlines()]
        for _ in range(2):
            done = self.wine("watch", "--once", "--replay", "--config", config)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            told = [json.loads(line)["tocsin"]["finding_id"] for line in alerts.read_text().splitlines()]
            self.assertEqual(sorted(told), sorted(expected))
        (logs / "b.evt").write_bytes((EXAMPLES / "nimda-2001.evt").read_bytes())
        self.wine("watch", "--once", "--config", config)
        self.assertGreater(len(alerts.read_text().splitlines()), len(expected))
        status = json.loads(self.wine("status", "--config", config, "--format", "json").stdout)
        self.assertIn("channels", status)

    def test_drill(self):
        done = self.wine("drill")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b'"drill":true', done.stdout)

    def test_what_cannot_be_read(self):
        empty = self.folder / "empty.evtx"
        empty.write_bytes(b"")
        for path in (self.folder / "gone.evtx", empty):
            result = self.wine("scan", path)
            self.assertEqual(result.returncode, 3)
            self.assertIn(path.name.encode(), result.stderr)


if __name__ == "__main__":
    unittest.main()
