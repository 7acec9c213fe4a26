"""Small files that ask for much: time, memory and output stay within bounds, and the limit that was met is said."""
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

import forge
from .support import SAMPLES, TOCSIN

MEMORY = 512 << 20      # address space, all in all; two threads and their stacks among it
SECONDS = 10            # of the processor
OUTPUT = 48 << 20       # of dump: no sample is larger than 200 KB

COMMANDS = [("dump",), ("dump", "--format", "xml"), ("dump", "--slack"), ("check",), ("check", "--format", "json"), ("scan",)]

# What meets a limit, and what is to be said of it.
LIMITED = ["45-value-count-4-billion", "46-deep-elements", "46-deep-instances"]


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(*words):
    return subprocess.run([TOCSIN, *words], capture_output=True, timeout=60, preexec_fn=limits, check=False)


@unittest.skipIf(os.environ.get("TOCSIN_SANITIZE", "none") != "none", "a sanitizer needs address space without end")
class Bombs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.logs = {}
        for path in sorted((SAMPLES / "hard").glob("*.yaml")):
            given = forge.load(str(path))
            if "sparse" in given:
                continue
            log = pathlib.Path(cls.folder.name) / path.stem
            forge.write(given, str(log))
            cls.logs[path.stem] = log

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_sample_within_bounds(self):
        for name, log in self.logs.items():
            for command in COMMANDS:
                with self.subTest(sample=name, command=" ".join(command)):
                    done = run(*command, "--threads", "2", log)
                    self.assertIn(done.returncode, (0, 1, 3), done.stderr[-300:])
                    self.assertLess(len(done.stdout), OUTPUT)
                    self.assertNotIn(b"memory", done.stderr)

    def test_limits_are_said(self):
        for name in LIMITED:
            with self.subTest(sample=name):
                done = run("check", self.logs[name])
                self.assertRegex(done.stdout + done.stderr, rb"beyond a limit|unreadable data")
                self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
