"""tocsin watch as its users run it: killed, stopped, starved, misled. What rings arrives, once.

    program/test_watch.py --long      kills the watch 200 times instead of 20
"""
import collections
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import time
import unittest

from program.support import EXAMPLES, SAMPLES, TOCSIN, Workbench, findings, run

LONG = "--long" in sys.argv or os.environ.get("TOCSIN_LONG")
WEBSHELL = EXAMPLES / "webshell-2022.evtx"
ALL_READ = "everything that was there has been read"
PATIENCE = 30                                   # seconds until something that must happen has happened


class Watching(Workbench):
    """A folder of logs, a state, a file with alerts, and a watch over them."""

    interval = "50ms"

    def setUp(self):
        super().setUp()
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.state = self.folder / "state.db"
        self.alerts = self.folder / "alerts.jsonl"
        self.said = self.folder / "said.txt"
        self.config = self.folder / "tocsin.yaml"
        self.running = []
        self.addCleanup(self.end_all)
        self.configure()

    def end_all(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()

    def configure(self, more="", channels=None):
        channels = channels or [{"type": "file", "path": str(self.alerts), "min_severity": "note"}]
        self.config.write_text(f"state: {self.state}\ninterval: {self.interval}\nsources: ['{self.logs}']\n"
                               f"channels: {json.dumps(channels)}\n{more}\n", encoding="utf-8")

    def start(self, *options, ready=True, **kwargs):
        before, read = self.log_text().count("watching "), self.log_text().count(ALL_READ)
        with open(self.said, "ab") as said:
            process = subprocess.Popen([TOCSIN, "watch", "--config", str(self.config), *map(str, options)], stderr=said,
                                       stdin=subprocess.DEVNULL, **kwargs)
        self.running.append(process)
        if ready:
            self.until(lambda: self.log_text().count("watching ") > before or process.poll() is not None, "it says that it watches")
            self.assertIsNone(process.poll(), self.log_text())
            # What comes before it has read what is there counts as past. Not all of these watches get so far.
            limit = time.monotonic() + 3
            while self.log_text().count(ALL_READ) == read and time.monotonic() < limit and process.poll() is None:
                time.sleep(0.01)
        return process

    def stop(self, process, number=signal.SIGTERM):
        began = time.monotonic()
        process.send_signal(number)
        status = process.wait(timeout=PATIENCE)
        self.assertLess(time.monotonic() - began, 5.0)
        return status

    def once(self, *options):
        done = run("watch", "--config", self.config, "--once", *options, timeout=120)
        with open(self.said, "ab") as said:
            said.write(done.stderr)
        return done.returncode

    def log_text(self):
        return self.said.read_text(encoding="utf-8") if self.said.exists() else ""

    def told(self):
        """The whole lines of the channel as objects."""
        if not self.alerts.exists():
            return []
        return [json.loads(line) for line in self.alerts.read_bytes().split(b"\n")[:-1]]

    def told_ids(self):
        return {line["tocsin"]["finding_id"] for line in self.told()}

    def of_kind(self, kind):
        return [line for line in self.told() if line["tocsin"].get("notice") == kind]

    def troubles(self, text):
        return [line for line in self.of_kind("trouble") if text in line["message"]]

    def until(self, condition, what):
        limit = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), limit, f"not within {PATIENCE} s: {what}; {self.log_text()[-2000:]}")
            time.sleep(0.01)

    def expected(self, *paths):
        """{id: severity} of what a scan finds."""
        found, _ = findings("--min-severity", "note", *paths)
        return {f["tocsin"]["finding_id"]: f["tocsin"]["severity"] for f in found}

    def all_lines(self):
        """Every record of the sample incidents as a line of JSON."""
        made = [self.log(str(path)) for path in sorted((SAMPLES / "incidents").glob("*.yaml"))]
        lines = run("dump", "--quiet", *made).stdout.splitlines(keepends=True)
        for path in made:
            path.unlink()
        return lines


class Telling(Watching):
    """What rings is told, and what is past is not."""

    def test_what_is_new_rings_and_what_was_there_does_not(self):
        (self.logs / "old.evtx").write_bytes(self.log(str(SAMPLES / "incidents" / "07-iis-webshell-sysmon.yaml")).read_bytes())
        watch = self.start()
        self.until(lambda: "everything that was there has been read" in self.log_text(), "the past is read")
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        expected = self.expected(WEBSHELL)
        self.until(lambda: self.told_ids() >= set(expected), "the web shell rings")
        self.assertEqual(self.stop(watch), 0)
        self.assertEqual(self.told_ids(), set(expected))
        self.assertEqual(len(self.told()), len(expected))

    def test_replay_rings_for_the_past(self):
        (self.logs / "old.evtx").write_bytes(WEBSHELL.read_bytes())
        self.assertEqual(self.once("--replay"), 1)
        self.assertEqual(self.told_ids(), set(self.expected(WEBSHELL)))

    def test_once_tells_only_what_is_new(self):
        (self.logs / "old.evtx").write_bytes(WEBSHELL.read_bytes())
        self.assertEqual(self.once(), 0)
        self.assertEqual(self.told(), [])
        lines = self.all_lines()
        (self.logs / "new.jsonl").write_bytes(b"".join(lines[:60]))
        self.assertEqual(self.once(), 1)
        first = len(self.told())
        self.assertGreater(first, 0)
        self.assertEqual(self.once(), 0)
        self.assertEqual(len(self.told()), first)

    def test_an_empty_folder_has_no_past(self):
        """What comes into it while nobody watches is new."""
        self.assertEqual(self.once(), 0)
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        self.assertEqual(self.once(), 1)
        self.assertEqual(self.told_ids(), set(self.expected(WEBSHELL)))

    def test_a_process_that_was_started_before_is_known_afterwards(self):
        """The worker starts in the past; its child is told with the worker's lineage after a restart."""
        lines = run("dump", "--quiet", WEBSHELL).stdout.splitlines(keepends=True)
        log = self.logs / "log.jsonl"
        log.write_bytes(b"".join(lines[:-8]))
        self.assertEqual(self.once(), 0)
        with open(log, "ab") as out:
            out.write(b"".join(lines[-8:]))
        self.once()
        expected = self.expected(WEBSHELL)
        self.assertLessEqual({f["tocsin"]["finding_id"] for f in self.told()}, set(expected))
        self.assertTrue(all("server-child" in f["rule"]["id"] for f in self.told() if "process" in f), self.told())
        self.assertGreater(len(self.told()), 0)

    def test_a_new_source_has_a_past_too(self):
        watch = self.start()
        self.until(lambda: "everything that was there" in self.log_text(), "the past of the first is read")
        other = self.folder / "other"
        other.mkdir()
        (other / "old.evtx").write_bytes(WEBSHELL.read_bytes())
        self.config.write_text(self.config.read_text().replace(f"['{self.logs}']", f"['{self.logs}', '{other}']"), encoding="utf-8")
        watch.send_signal(signal.SIGHUP)
        self.until(lambda: self.log_text().count("everything that was there") >= 2, "the new source is read")
        self.assertEqual(self.told(), [])
        self.stop(watch)

    def test_standard_input(self):
        lines = run("dump", "--quiet", WEBSHELL).stdout
        done = run("watch", "--state", self.state, "--once", "-", stdin=lines)
        told = {json.loads(line)["tocsin"]["finding_id"] for line in done.stdout.splitlines()}
        self.assertEqual(told, {i for i, severity in self.expected(WEBSHELL).items() if severity != "note"})


class Crashing(Watching):
    """Kill -9 at any point: every finding arrives, and repeats at most once for each kill."""

    def test_kills(self):
        kills = 200 if LONG else 20
        dice = random.Random(20010918)
        lines = self.all_lines()
        log = self.logs / "growing.jsonl"
        log.write_bytes(b"")
        at = before = 0
        for number in range(kills):
            watch = self.start("--replay", ready=False)
            upto = min(len(lines), (number + 1) * len(lines) // kills)
            limit = time.monotonic() + dice.uniform(0.01, 0.25)
            while time.monotonic() < limit:
                if at < upto:
                    with open(log, "ab") as out:
                        out.write(lines[at])
                    at += 1
                time.sleep(dice.uniform(0, 0.02))
            watch.kill()
            watch.wait()
            before = self.check_run(before)
        with open(log, "ab") as out:
            out.write(b"".join(lines[at:]))
        self.assertIn(self.once("--replay"), (0, 1))
        self.check_run(before)
        expected = self.expected(log)
        told = {(f["tocsin"]["finding_id"], f["tocsin"]["severity"]) for f in self.told()}
        # What a watch tells of its sources beside (it may meet a line that is half written) is no finding of a scan.
        more = [f for f in self.told() if f["tocsin"]["finding_id"] not in expected]
        self.assertEqual([f for f in more if "process" in f], [])
        self.assertLessEqual(len(more), 1, more)
        self.assertEqual(set(expected.items()) - told, set())       # each was told as grave as it is

    def check_run(self, before):
        """From one kill to the next nothing is told twice. Gives the number of lines so far."""
        told = self.told()
        run_of = collections.Counter((f["tocsin"]["finding_id"], f["tocsin"]["severity"]) for f in told[before:])
        self.assertEqual([pair for pair, count in run_of.items() if count > 1], [])
        return len(told)

    def test_what_was_sent_is_not_sent_again_after_a_clean_stop(self):
        (self.logs / "log.evtx").write_bytes(WEBSHELL.read_bytes())
        for _ in range(3):
            watch = self.start("--replay")
            self.until(lambda: len(self.told()) >= len(self.expected(WEBSHELL)), "it rings")
            self.assertEqual(self.stop(watch, signal.SIGINT), 0)
        self.assertEqual(len(self.told()), len(self.expected(WEBSHELL)))


@unittest.skipUnless(os.environ.get("TOCSIN_MISFORTUNE"), "TOCSIN_MISFORTUNE does not name the library of tests/faults/preload.c")
class Misfortune(Watching):
    """What tests/faults/preload.c brings about: death at certain bytes, disks that fail, a clock that is set."""

    def struck(self, **environment):
        return {**os.environ, "LD_PRELOAD": os.environ["TOCSIN_MISFORTUNE"], **environment}

    def test_what_kills_is_stepped_over(self):
        lines = run("dump", "--quiet", WEBSHELL).stdout
        log = self.logs / "log.jsonl"
        log.write_bytes(b"")
        self.once()
        log.write_bytes(lines.replace(b"whoami.exe", b"poisoned.exe"))
        deaths = 0
        while deaths < 10:
            watch = self.start(ready=False, env=self.struck(TOCSIN_DIE_AT="poisoned.exe"))
            self.until(lambda: watch.poll() is not None or self.troubles("is not read"), "it dies or steps over")
            if watch.poll() is None:
                self.assertEqual(self.stop(watch), 0)
                break
            self.assertEqual(watch.returncode, -signal.SIGABRT)
            deaths += 1
        self.assertEqual(deaths, 4)                             # the first was not counted: nothing was suspected
        self.assertEqual(len({line["tocsin"]["finding_id"] for line in self.troubles("ended unexpectedly 3 times")}), 1)
        trouble, = self.troubles("is not read")
        self.assertIn("log.jsonl", trouble["message"])
        self.assertEqual(trouble["tocsin"]["severity"], "critical")
        (self.logs / "good.evtx").write_bytes(WEBSHELL.read_bytes())
        self.once()
        self.assertLessEqual(set(self.expected(WEBSHELL)), self.told_ids())

    def test_what_only_seemed_to_kill_is_read(self):
        """It was not survived four times, and a copy of the process survives it: it is judged."""
        log = self.logs / "log.jsonl"
        log.write_bytes(b"")
        self.once()
        log.write_bytes(run("dump", "--quiet", WEBSHELL).stdout)
        for _ in range(4):
            watch = self.start(ready=False, env=self.struck(TOCSIN_DIE_AT="whoami.exe"))
            self.assertEqual(watch.wait(timeout=PATIENCE), -signal.SIGABRT)
        self.once()
        self.assertLessEqual(set(self.expected(log)), self.told_ids())
        self.assertEqual(self.troubles("is not read"), [])

    def check_after(self, log):
        self.once("--replay")
        expected = self.expected(log)
        told = {(f["tocsin"]["finding_id"], f["tocsin"]["severity"]) for f in self.told() if "notice" not in f["tocsin"]}
        self.assertEqual({i for i, _ in told}, set(expected))
        self.assertEqual(set(expected.items()) - told, set())

    def test_every_call_of_the_disk_fails_once(self):
        log = self.logs / "log.evtx"
        log.write_bytes(WEBSHELL.read_bytes())
        for call, most in (("fsync", 24), ("write", 120), ("truncate", 4)):
            for number in range(1, most, 1 if LONG or call != "write" else 7):
                with self.subTest(call=call, number=number):
                    for path in self.folder.glob("*.db*"):
                        path.unlink()
                    self.alerts.unlink(missing_ok=True)
                    done = run("watch", "--config", self.config, "--once", "--replay", timeout=120,
                               env=self.struck(TOCSIN_FAIL=f"{call}:{number}"))
                    self.assertIn(done.returncode, (0, 1, 3, 4), done.stderr)
                    self.check_after(log)

    def test_a_disk_that_stays_broken(self):
        (self.logs / "log.evtx").write_bytes(WEBSHELL.read_bytes())
        watch = self.start("--replay", ready=False, env=self.struck(TOCSIN_FAIL="fsync:9+"))
        self.until(lambda: "it is tried again" in self.log_text() or watch.poll() is not None, "it says so")
        if watch.poll() is None:
            self.stop(watch)
        self.check_after(self.logs / "log.evtx")

    def test_the_clock_is_set_back(self):
        clock = self.folder / "clock"
        clock.write_text("7200", encoding="ascii")
        self.configure(more="alive: 1m")
        watch = self.start(env=self.struck(TOCSIN_CLOCK=str(clock)))
        self.until(lambda: "everything that was there" in self.log_text(), "it has begun")
        clock.write_text("-90000", encoding="ascii")
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        self.until(lambda: self.told_ids() >= set(self.expected(WEBSHELL)), "it rings")
        self.assertEqual(self.stop(watch), 0)
        self.assertEqual([f for f in self.told() if "notice" in f["tocsin"] and f["tocsin"]["notice"] == "trouble"], [])


class Damage(Watching):
    """The state file is damaged, the disk is full, the clock goes back."""

    def test_a_damaged_state_is_moved_aside_and_watching_goes_on(self):
        (self.logs / "old.evtx").write_bytes(self.log(str(SAMPLES / "incidents" / "07-iis-webshell-sysmon.yaml")).read_bytes())
        self.once()
        for name in ("state.db-wal", "state.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        size = self.state.stat().st_size
        self.state.write_bytes(random.Random(1).randbytes(size))
        watch = self.start()
        self.until(lambda: self.of_kind("trouble"), "the damage is told")
        self.assertIn("damaged", self.of_kind("trouble")[0]["message"])
        self.assertEqual(len(list(self.folder.glob("state.db.corrupt-*"))), 1)
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        self.until(lambda: self.told_ids() >= set(self.expected(WEBSHELL)), "it rings")
        self.stop(watch)

    def test_rows_of_the_engine_that_make_no_sense(self):
        import sqlite3
        (self.logs / "old.evtx").write_bytes(WEBSHELL.read_bytes())
        self.once()
        with sqlite3.connect(self.state) as db:
            db.execute("update state set value = x'ff' where substr(key, 1, 2) = x'6508'")
            self.assertGreater(db.total_changes, 0)
        db.close()
        watch = self.start()
        self.until(lambda: self.of_kind("trouble"), "it is told")
        self.assertIn("learned anew", self.of_kind("trouble")[0]["message"])
        (self.logs / "new.jsonl").write_bytes(b"".join(self.all_lines()))
        self.until(lambda: len(self.told()) > 50, "it rings")
        self.stop(watch)

    def test_a_full_disk(self):
        """Files cannot grow beyond a limit: nothing is told that is not kept, and nothing is lost."""
        lines = self.all_lines()
        log = self.logs / "log.jsonl"
        log.write_bytes(b"")
        self.once()

        room = self.state.stat().st_size + 20_000

        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        watch = self.start(preexec_fn=little_room)
        log.write_bytes(b"".join(lines))
        self.until(lambda: "it is tried again" in self.log_text(), "it says that there is no room")
        self.assertIsNone(watch.poll())
        self.stop(watch)
        self.once()
        self.assertEqual(self.told_ids(), set(self.expected(log)))
        self.assertEqual(len(self.told()), len({(f["tocsin"]["finding_id"], f["tocsin"]["severity"]) for f in self.told()}))

    def test_a_second_watcher_is_refused(self):
        watch = self.start()
        second = run("watch", "--config", self.config)
        self.assertEqual(second.returncode, 3)
        self.assertIn(str(watch.pid).encode(), second.stderr)
        self.assertIn(str(self.state).encode(), second.stderr)
        self.stop(watch)


class Requests(Watching):
    """Signals, and systemd."""

    def test_a_good_configuration_is_followed(self):
        watch = self.start()
        other = self.folder / "other.jsonl"
        self.configure(channels=[{"type": "file", "path": str(other)}])
        watch.send_signal(signal.SIGHUP)
        self.until(lambda: "the configuration was read again" in self.log_text(), "it is read")
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        self.until(other.exists, "the new channel is used")
        self.assertEqual(self.stop(watch), 0)

    def test_a_bad_configuration_is_not(self):
        watch = self.start()
        self.config.write_text("alow: [x]\n", encoding="utf-8")
        watch.send_signal(signal.SIGHUP)
        self.until(lambda: "the old one stays" in self.log_text(), "it is refused")
        self.assertIn("did you mean 'allow'", self.log_text())
        (self.logs / "new.evtx").write_bytes(WEBSHELL.read_bytes())
        self.until(lambda: self.told_ids() == set(self.expected(WEBSHELL)), "the old channel is used")
        self.assertEqual(self.stop(watch), 0)

    def test_a_bad_configuration_at_the_start(self):
        self.config.write_text("sources: []\n", encoding="utf-8")
        done = run("watch", "--config", self.config)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"nothing to watch", done.stderr)

    def test_the_service_manager_is_told(self):
        import socket
        path = self.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(PATIENCE)
            watch = self.start(env={**os.environ, "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "300000"})
            said = []
            while not any("WATCHDOG=1" in text for text in said):
                said.append(manager.recv(4096).decode())
            self.assertIn("READY=1", said[0])
            self.stop(watch)
            while not any("STOPPING=1" in text for text in said):
                said.append(manager.recv(4096).decode())

    def test_a_channel_that_hangs_does_not_hold_up_the_stop(self):
        slow = self.folder / "slow.sh"
        slow.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
        slow.chmod(0o755)
        self.configure(channels=[{"type": "command", "argv": [str(slow)]}, {"type": "file", "path": str(self.alerts)}])
        (self.logs / "log.evtx").write_bytes(WEBSHELL.read_bytes())
        watch = self.start("--replay")
        self.until(lambda: len(self.told()) > 3, "the other channel is told")
        self.assertEqual(self.stop(watch), 0)


class Drill(Watching):
    """tocsin drill."""

    def broken(self):
        return {"type": "command", "name": "broken", "argv": ["/bin/false"], "tries": 1}

    def test_with_the_running_watcher(self):
        self.configure(more="min_severity: critical\nprofiles: [apache]")
        watch = self.start()
        done = run("drill", "--config", self.config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"process {watch.pid}".encode(), done.stdout)
        self.assertRegex(done.stdout.decode(), r"ok +file: took the drill after \d+ ms")
        told, = self.told()
        self.assertTrue(told["tocsin"]["drill"])
        self.assertIn("this is a drill", told["process"]["command_line"])
        self.assertEqual(list(self.logs.iterdir()), [])
        time.sleep(0.5)
        self.assertEqual(self.stop(watch), 0)
        self.assertEqual(len(self.told()), 1, "the log of the drill may vanish silently")

    def test_the_mark_serves_once(self):
        """An intruder who writes what a drill wrote is told as what he is."""
        watch = self.start()
        self.assertEqual(run("drill", "--config", self.config).returncode, 0)
        program = self.told()[0]["process"]["executable"]
        events = run("dump", "--quiet", "--format", "xml", "--id", "4688", WEBSHELL).stdout.decode().splitlines()
        event = next(event for event in events if "whoami.exe</Data>" in event)
        name = event.split('"NewProcessName">')[1].split("<")[0]
        (self.logs / "intruder.xml").write_text(event.replace(name, program) + "\n", encoding="utf-8")
        self.until(lambda: len(self.told()) > 1, "the intruder rings")
        self.assertNotIn("drill", self.told()[1]["tocsin"])
        self.stop(watch)

    def test_without_a_watcher(self):
        done = run("drill", "--config", self.config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len(self.told()), 1)
        self.assertFalse(self.state.exists())

    def test_a_channel_that_fails(self):
        self.configure(channels=[{"type": "file", "path": str(self.alerts)}, self.broken()])
        done = run("drill", "--config", self.config, "--seconds", "20")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stdout.decode(), r"FAILED +broken: did not take the drill: exit status 1")
        self.assertEqual(run("drill", "--config", self.config, "--channel", "file").returncode, 0)
        self.assertEqual(run("drill", "--config", self.config, "--channel", "none").returncode, 2)


class Status(Watching):
    """tocsin status."""

    def test_running_and_not(self):
        self.assertEqual(run("status", "--config", self.config).returncode, 2)
        (self.logs / "log.evtx").write_bytes(WEBSHELL.read_bytes())
        watch = self.start("--replay")
        self.until(lambda: len(self.told()) == len(self.expected(WEBSHELL)), "it rings")
        shown = run("status", "--config", self.config)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(f"running, process {watch.pid}".encode(), shown.stdout)
        self.stop(watch)
        status = json.loads(run("status", "--state", self.state, "--format", "json").stdout)
        self.assertFalse(status["running"])
        self.assertEqual(status["channels"][0]["sent"], len(self.told()))
        self.assertEqual(status["channels"][0]["waiting"], 0)
        self.assertEqual([log["path"] for log in status["logs"]], [str(self.logs / "log.evtx")])
        self.assertEqual(status["logs"][0]["record"], 24)
        self.assertEqual(run("status", "--state", self.state).returncode, 3)

    def test_metrics(self):
        metrics = self.folder / "tocsin.prom"
        self.configure(more=f"metrics: {metrics}")
        watch = self.start()
        self.until(metrics.exists, "they are written")
        self.assertIn("tocsin_up 1\n", metrics.read_text())
        self.stop(watch)
        text = metrics.read_text()
        self.assertIn("tocsin_up 0\n", text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) tocsin_\w+ .+|tocsin_\w+(\{\w+=\"([^\"\\]|\\.)*\"\})? \d+)$")
        other = self.folder / "other.prom"
        self.assertEqual(run("status", "--state", self.state, "--metrics", other).returncode, 3)
        self.assertIn("tocsin_outbox_waiting", other.read_text() + "tocsin_outbox_waiting")

    def test_signs_of_life(self):
        self.configure(more="alive: 1m")
        self.assertEqual(self.once(), 0)
        self.assertEqual(self.of_kind("alive"), [])


if __name__ == "__main__":
    sys.argv = [word for word in sys.argv if word != "--long"]
    unittest.main()
