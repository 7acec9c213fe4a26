"""What a running watch has given up: the thread that judges, and only it, is confined."""
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from program.support import EXAMPLES, TOCSIN, Workbench


def threads(pid):
    """The status of each thread, as a dictionary."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        yield dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)


@unittest.skipUnless(os.environ.get("TOCSIN_SANITIZE", "none") == "none", "a sanitizer needs what is given up")
class Watch(Workbench):

    def setUp(self):
        super().setUp()
        logs = self.folder / "logs"
        logs.mkdir()
        shutil.copy(EXAMPLES / "webshell-2022.evtx", logs)
        self.out = open(self.folder / "out", "wb")
        self.addCleanup(self.out.close)
        self.watch = subprocess.Popen([TOCSIN, "watch", "--replay", "--state", self.folder / "state.db", logs], stdout=self.out,
                                      stderr=subprocess.PIPE)
        self.addCleanup(self.end)

    def end(self):
        if self.watch.poll() is None:
            self.watch.send_signal(signal.SIGTERM)
            self.watch.wait(10)
        self.watch.stderr.close()

    def wait_for_alarm(self):
        for _ in range(200):
            if (self.folder / "out").stat().st_size:
                return
            time.sleep(0.05)
        self.fail("nothing rang")

    def test_the_judge_is_confined(self):
        self.wait_for_alarm()
        states = list(threads(self.watch.pid))
        filtered = [s for s in states if s.get("Seccomp", "0").strip() == "2"]
        if not filtered and not os.path.exists("/proc/self/seccomp") and "Seccomp" not in states[0]:
            self.skipTest("this kernel has no seccomp")
        self.assertEqual(len(filtered), 1)
        self.assertEqual(filtered[0]["NoNewPrivs"].strip(), "1")
        self.assertEqual(int(filtered[0]["CapEff"], 16) & ~(1 << 2), 0)         # CAP_DAC_READ_SEARCH at most
        self.assertGreaterEqual(len(states), 3)                                 # the first thread, the judge, a channel

    def test_no_core_dump(self):
        self.wait_for_alarm()
        limits = pathlib.Path(f"/proc/{self.watch.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])


if __name__ == "__main__":
    unittest.main()
