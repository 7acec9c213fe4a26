"""An engine that is stored and loaded again between any two events tells what one tells that runs through."""
import os
import pathlib
import subprocess
import unittest

from program.support import SAMPLES, Workbench

SHARED = pathlib.Path(os.environ.get("TOCSIN_SHARED", ""))
TOOL = os.environ.get("RELOAD_ENGINE", "")


@unittest.skipUnless(TOOL, "RELOAD_ENGINE does not name tests/reload_engine")
class Reload(Workbench):
    """reload_engine compares; see tests/reload/reload.c."""

    def reload(self, every, *paths):
        done = subprocess.run([TOOL, "--every", str(every), *map(str, paths)], capture_output=True, text=True, timeout=300,
                              check=False)
        self.assertEqual(done.returncode, 0, f"{paths}: {done.stderr[-4000:]}")
        return done.stdout

    def test_between_any_two_events_of_the_samples(self):
        told = 0
        for path in sorted(SAMPLES.glob("*.yaml")) + sorted((SAMPLES / "incidents").glob("*.yaml")):
            with self.subTest(sample=path.stem):
                told += int(self.reload(1, self.log(str(path))).split()[-3])
        self.assertGreater(told, 100000)

    def test_all_samples_as_one_course_of_events(self):
        logs = [self.log(str(path)) for path in sorted((SAMPLES / "incidents").glob("*.yaml"))]
        self.reload(11, *logs)

    @unittest.skipUnless((SHARED / "corpus").is_dir(), "TOCSIN_SHARED has no corpus")
    def test_the_corpus(self):
        self.reload(23, SHARED / "corpus")


if __name__ == "__main__":
    unittest.main()
