"""The service for systemd, and the example of a configuration."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program.support import EXAMPLES, TESTS, run

PACKAGING = TESTS.parent / "packaging"
UNIT = PACKAGING / "systemd" / "tocsin.service.in"


class Service(unittest.TestCase):

    def unit(self, folder):
        text = UNIT.read_text(encoding="utf-8").replace("@bindir@", "/usr/bin")
        path = pathlib.Path(folder, "tocsin.service")
        path.write_text(text, encoding="utf-8")
        return path

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
    def test_exposure(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(self.unit(folder))],
                                  capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r"exposure level for tocsin.service: ([\d.]+)", done.stdout)
        if not found:
            self.skipTest("systemd-analyze cannot judge a unit offline: " + done.stderr)
        self.assertLessEqual(float(found.group(1)), 2.0)

    def test_it_starts_what_there_is(self):
        text = UNIT.read_text(encoding="utf-8")
        command = re.search(r"^ExecStart=@bindir@/tocsin (\w+) (--\w+)", text, re.MULTILINE)
        self.assertIn(command.group(2), run(command.group(1), "--help").stdout.decode())
        self.assertIn("Type=notify", text)
        self.assertIn("WatchdogSec=", text)

    def test_user_and_folders(self):
        users = (PACKAGING / "sysusers.d" / "tocsin.conf").read_text(encoding="utf-8")
        folders = (PACKAGING / "tmpfiles.d" / "tocsin.conf").read_text(encoding="utf-8")
        self.assertRegex(users, r"^u tocsin ")
        for folder in ("/etc/tocsin", "/var/lib/tocsin", "/var/log/tocsin"):
            self.assertIn(folder + " ", folders)


class Example(unittest.TestCase):

    def test_it_is_taken(self):
        """As it stands, and with all that it proposes."""
        text = (EXAMPLES / "watch" / "tocsin.yaml").read_text(encoding="utf-8")
        head, _, rest = text.partition("\nstate:")
        proposed = head + "\nstate:" + re.sub(r"^# ?", "", rest, flags=re.MULTILINE).replace("\n- ", "\n  - ")
        proposed = re.sub(r"^  (?=(url|tls|user|password_file|from|to|min_severity):)", "    ", proposed, flags=re.MULTILINE)
        for words in (text, proposed):
            self.take(words)

    def take(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "tocsin.yaml")
            path.write_text(text, encoding="utf-8")
            done = run("scan", "--config", path, EXAMPLES / "webshell-2022.evtx")
            self.assertEqual(done.returncode, 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
