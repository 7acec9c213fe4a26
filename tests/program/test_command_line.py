"""What users type, and what happens when it is wrong."""
import csv
import io
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import time
import unittest

from program.support import SAMPLES, TOCSIN, Workbench, findings, records, run

BREAK_IN = str(SAMPLES / "incidents" / "06-china-chopper.yaml")
QUIET = str(SAMPLES / "incidents" / "25-normal-iis.yaml")

# What is no event log, and a part of what is said of it.
STRANGERS = {
    "empty.evtx": (b"", "empty file"),
    "zeros.evtx": (bytes(8192), "nothing but zeros"),
    "text.evtx": (b"hello\n", "not an event log"),
    "short.evtx": (b"ElfChnk", "not an event log"),
    "archive.evtx": (b"PK\x03\x04rest", "zip archive; unpack it first"),
    "packed.evtx": (b"\x1f\x8b\x08rest", "gzip archive; unpack it first"),
    "program.evtx": (b"MZ\x90rest", "a Windows program"),
    "exported.xml": (b"<?xml version='1.0'?><Events/>", "XML without events in it"),
    "events.json": (b'{"name": "value"}', "JSON in which nothing looks like an event"),
}


def errors(result):
    return result.stderr.decode()


class BadInput(Workbench):
    """A clear line that names the file, the rest is read, exit 3."""

    def test_strangers(self):
        good = self.log(QUIET, "good")
        for name, (data, part) in STRANGERS.items():
            with self.subTest(name=name):
                path = self.folder / name
                path.write_bytes(data)
                result = run("scan", path, good)
                self.assertEqual(result.returncode, 3)
                line = [l for l in errors(result).splitlines() if name in l]
                self.assertEqual(len(line), 1, errors(result))
                self.assertIn(part, line[0])
                self.assertIn("read     1 log,", errors(result))

    def test_something_rings_all_the_same(self):
        (self.folder / "bad.evtx").write_bytes(b"MZ")
        self.log(BREAK_IN, "good.evtx")
        found, status = findings(self.folder)
        self.assertEqual(status, 1)
        self.assertTrue(found)

    def test_missing_file(self):
        result = run("scan", self.folder / "nowhere.evtx")
        self.assertEqual(result.returncode, 3)
        self.assertIn("nowhere.evtx: cannot be opened: No such file", errors(result))

    def test_no_permission(self):
        """Nobody may read everything but root, so root's test is run as somebody else, with a copy of the program."""
        good, secret = self.log(QUIET, "good"), self.log(QUIET, "secret")
        secret.chmod(0)
        program, other = self.folder / "tocsin", 65534 if os.geteuid() == 0 else None
        shutil.copy(TOCSIN, program)
        self.folder.chmod(0o755)
        for command in ("scan", "dump", "check"):
            with self.subTest(command=command):
                result = subprocess.run([program, command, secret, good], user=other, capture_output=True, timeout=60, check=False)
                self.assertEqual(result.returncode, 3)
                self.assertIn("secret: cannot be opened: Permission denied", errors(result))
                self.assertTrue(result.stdout or b"read     1 log," in result.stderr)

    def test_folder_without_logs(self):
        (self.folder / "readme.txt").write_text("no log")
        result = run("scan", self.folder)
        self.assertEqual(result.returncode, 3)
        self.assertIn("there is no event log in this folder", errors(result))

    def test_other_files_in_a_folder_are_no_error(self):
        self.log(QUIET, "Security.evtx")
        (self.folder / "readme.txt").write_text("no log")
        result = run("scan", self.folder)
        self.assertEqual(result.returncode, 0)
        self.assertIn("1 file that is no event log", errors(result))

    LONG = ("{format: evtx, generation: '10', host: WEB01, records_per_chunk: 1, start: 2024-01-01T00:00:00Z,"
            " events: [{id: 4634, target: iusr, repeat: 600}]}")

    def test_file_that_shrinks(self):
        """A log that is cut while it is read: what was read counts, the rest is said to be missing."""
        path = self.log(self.LONG)
        process = subprocess.Popen([TOCSIN, "dump", str(path)], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # The text of one record a chunk fills the pipe long before chunk 400: there the program waits for us.
        first = process.stdout.read(1)
        os.truncate(path, 4096 + 400 * 65536 + 1000)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn(len((first + out).splitlines()), (400, 401))
        self.assertIn(path.name.encode(), err)

    def test_file_that_vanishes(self):
        """A log that is gone when its turn comes: the others are read."""
        gone, stays = self.log(QUIET, "gone"), self.log(QUIET, "stays")
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([TOCSIN, "dump", str(fifo), str(gone), str(stays)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        with open(fifo, "wb"):      # opens only when the program has looked at all names
            gone.unlink()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b"gone: cannot be opened: No such file", err)
        self.assertEqual(len(out.splitlines()), len(records(stays)))

    def test_progress(self):
        """A bar is drawn for long work on a terminal, taken away at the end, and drawn nowhere else."""
        path = self.log(self.LONG)
        for is_terminal in (True, False):
            ours, theirs = pty.openpty() if is_terminal else os.pipe()
            process = subprocess.Popen([TOCSIN, "dump", str(path)], stdout=subprocess.PIPE, stderr=theirs)
            os.close(theirs)
            process.stdout.readline()
            time.sleep(1.3)         # the bar comes after the first second; the program waits for us meanwhile
            process.communicate(timeout=60)
            shown = b""
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:         # Linux tells the end of a terminal by EIO
                pass
            os.close(ours)
            self.assertEqual(b"of 1 files" in shown, is_terminal)
            self.assertEqual(shown.endswith(b"\r\x1b[K"), is_terminal, shown)

    def test_pipe_named_as_a_file(self):
        """What can be read only once is opened only once: a fifo, or the shell's <(...)."""
        path = self.log(BREAK_IN)
        for command in ("scan", "dump", "check"):
            with self.subTest(command=command):
                fifo = self.folder / f"fifo-{command}"
                os.mkfifo(fifo)
                process = subprocess.Popen([TOCSIN, command, "--quiet", str(fifo)], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE)
                with open(fifo, "wb") as pipe:
                    pipe.write(path.read_bytes())
                piped = process.communicate(timeout=60)[0].replace(str(fifo).encode(), str(path).encode())
                whole = run(command, "--quiet", path)
                self.assertEqual((process.returncode, piped), (whole.returncode, whole.stdout))

    def test_device_without_end(self):
        """What is no log is refused by its first bytes, and not copied until the disk is full."""
        good = self.log(QUIET)
        result = run("scan", "/dev/zero", good)
        self.assertEqual(result.returncode, 3)
        self.assertIn("/dev/zero: not an event log: nothing but zeros at its start", errors(result))
        self.assertIn("read     1 log,", errors(result))

    def test_configuration_in_a_pipe(self):
        """It would be read as empty: better to say so."""
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([TOCSIN, "scan", "--config", str(fifo), str(self.log(BREAK_IN))],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(fifo, "wb"):
            pass
        self.assertIn(b"is a pipe", process.communicate(timeout=60)[1])
        self.assertEqual(process.returncode, 2)

    def test_hostile_file_name(self):
        """A name with terminal escapes is shown, not obeyed."""
        path = self.folder / "\x1b[31mred\n.evtx"
        path.write_bytes(b"")
        text = errors(run("scan", path))
        self.assertNotIn("\x1b", text)
        self.assertIn("<U+001B>[31mred<U+000A>.evtx", text)

    def test_truncated_log(self):
        path = self.log(BREAK_IN)
        whole = len(records(path))
        data = path.read_bytes()
        path.write_bytes(data[:4096 + 512 + 3000])
        result = run("dump", path)
        self.assertEqual(result.returncode, 3)
        self.assertLess(0, len(result.stdout.splitlines()))
        self.assertLess(len(result.stdout.splitlines()), whole)


class WrongUse(Workbench):
    """Exit 2, and what to write instead."""

    CASES = [
        (["scam", "x"], "did you mean 'scan'"),
        (["scan"], "name a log, a folder with logs, or -"),
        (["scan", "--alow", "x", "y"], "did you mean --allow"),
        (["scan", "--format", "xml", "y"], "must be text, jsonl, csv"),
        (["scan", "--since", "yesterday", "y"], "must be a time like"),
        (["scan", "--since", "2024-02-30", "y"], "must be a time like"),
        (["scan", "--since", "2024-03-02", "--until", "2024-03-01", "y"], "--since must be earlier"),
        (["scan", "--threads", "0", "y"], "a number from 1"),
        (["scan", "--threads", "2x", "y"], "a number from 1"),
        (["scan", "--min-severity", "high", "y"], "one of note, possible"),
        (["scan", "--allow"], "needs a value"),
        (["scan", "--allow", "perl.exe", "y"], "only a file name"),
        (["scan", "--allow", r"\Perl\bin\perl.exe", "y"], "no drive"),
        (["scan", "--allow", "C:\\Perl\\bin\\", "y"], "is a folder"),
        (["scan", "--allow", r"C:\PROGRA~1\x.exe", "y"], "8.3 name"),
        (["scan", "--allow", r"C:\tools\*.exe", "y"], "name each program"),
        (["scan", "--allow", "C:/Perl/perl.exe", "y"], "does not begin with a drive"),
        (["scan", "--allow", r"C:\a\..\b.exe", "y"], "holds . or .."),
        (["scan", "--allow", r"C:\a\b.txt:c.exe", "y"], "data stream"),
        (["scan", "--account", "*", "y"], "would be everybody"),
        (["scan", "--worker", "C:\\web\\", "y"], "name the program"),
        (["scan", "--profile", "isi", "y"], "did you mean 'iis'"),
        (["scan", "--profile", "/nowhere/x.yaml", "y"], "/nowhere/x.yaml: cannot be opened"),
        (["scan", "--config", "/nowhere/x.yaml", "y"], "/nowhere/x.yaml: cannot be opened"),
        (["dump", "--id", "70000", "y"], "numbers up to 65535"),
        (["dump", "--id", "5-3", "y"], "numbers up to 65535"),
        (["profiles", "iss"], "unknown profile 'iss'"),
    ]

    def test_cases(self):
        for words, part in self.CASES:
            with self.subTest(words=words):
                result = run(*words)
                self.assertEqual(result.returncode, 2, errors(result))
                self.assertIn(part, errors(result))
                self.assertEqual(len(errors(result).splitlines()), 1)

    def test_help(self):
        for words in [["--help"], ["scan", "--help"], ["help", "dump"], ["check", "-h"], ["profiles", "--help"]]:
            result = run(*words)
            self.assertEqual((result.returncode, result.stderr), (0, b""), words)
            self.assertIn(b"tocsin", result.stdout)
        self.assertIn(b"What may run:", run("scan", "--help").stdout)
        self.assertEqual(run().returncode, 2)
        self.assertRegex(run("--version").stdout.decode(), r"^tocsin \d+\.\d+\.\d+\n$")

    def test_help_fits_a_terminal(self):
        for command in ["scan", "dump", "check", "profiles"]:
            for line in run(command, "--help").stdout.decode().splitlines():
                self.assertLessEqual(len(line), 100, line)


class Configuration(Workbench):
    """--config: what it changes, and how mistakes in it are told."""

    MISTAKES = [
        ("alow: []", "config.yaml:1:1: unknown key 'alow' in the configuration; did you mean 'allow'?"),
        ("allow:\n  - pth: 'C:\\x\\y.exe'", "config.yaml:2:5: unknown key 'pth'"),
        ("allow:\n  - perl.exe", "config.yaml:2:5: 'perl.exe' cannot be listed: it is only a file name"),
        ("dedicated: maybe", "config.yaml:1:12: 'dedicated' must be true or false"),
        ("allow: {}", "'allow' must be a list"),
        ("allow:\n  - {parent: worker}", "lacks 'path'"),
        ("dedicated: true\ndedicated: false", "'dedicated' is given twice"),
        ("min_severity: high", "must be one of note, possible"),
        ("allow: &a []\naccounts: *a", "not understood"),
        ("a: [", "config.yaml:"),
        ("- just\n- a list", "must be written as keys and values"),
        ("volumes:\n  - {device: 'D:', drive: 'C:'}", "a volume is written as"),
        ("system_root: Windows", "must be a full path like D:\\Windows"),
        ("profiles: [isi]", "did you mean 'iis'"),
    ]

    def config(self, text):
        path = self.folder / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def test_mistakes(self):
        log = self.log(QUIET)
        for text, part in self.MISTAKES:
            with self.subTest(text=text):
                result = run("scan", "--config", self.config(text), log)
                self.assertEqual(result.returncode, 2, errors(result))
                self.assertIn(part, errors(result))

    def test_allow(self):
        """A program that is listed is silent, its children are judged all the same."""
        log = self.log(BREAK_IN)
        config = self.config("allow:\n  - 'C:\\Windows\\System32\\whoami.exe'\n")
        before = {f["process"]["name"] for f in findings(log)[0]}
        after = {f["process"]["name"] for f in findings("--config", config, log)[0]}
        self.assertEqual(before - after, {"whoami.exe"})

    def test_json_is_yaml_too(self):
        log = self.log(BREAK_IN)
        config = self.config(json.dumps({"allow": [{"path": "C:\\Windows\\System32\\whoami.exe"}]}))
        self.assertNotIn("whoami.exe", {f["process"]["name"] for f in findings("--config", config, log)[0]})

    def test_conditions(self):
        """An entry counts only where its conditions hold."""
        log = self.log(BREAK_IN)
        path = "'C:\\Windows\\System32\\cmd.exe'"
        worker = "'C:\\Windows\\System32\\inetsrv\\w3wp.exe'"
        for condition, listed in [("parent: " + worker, True), ("parent: 'C:\\x\\y.exe'", False),
                                  ("pool: DefaultAppPool", True), ("pool: Other", False), ("pool: 'Def*'", True),
                                  ("account: S-1-5-82-*", True), ("account: SYSTEM", False),
                                  ("command: 'cmd.exe'", False)]:
            config = self.config("allow:\n  - {path: %s, %s}\n" % (path, condition))
            names = {f["process"]["name"] for f in findings("--config", config, log)[0]}
            self.assertEqual("cmd.exe" not in names, listed, condition)

    def test_profiles(self):
        """Without the profile of a server nobody knows that it is one."""
        log = self.log(str(SAMPLES / "incidents" / "23-wsus.yaml"))
        self.assertTrue(findings(log)[0])
        self.assertEqual(findings("--profile", "apache", log), ([], 0))
        self.assertTrue(findings("--profile", "wsus", "--profile", "iis", log)[0])

    def test_own_profile(self):
        """A printed profile can be changed and given back; it replaces the built-in one."""
        text = run("profiles", "iis").stdout.decode()
        self.assertIn("profile: iis", text)
        path = self.folder / "mine.yaml"
        path.write_text(text + "\n", encoding="utf-8")
        log = self.log(BREAK_IN)
        self.assertEqual(findings("--profile", path, log)[0], findings("--profile", "iis", log)[0])

    def test_account_and_worker(self):
        """A server that no profile knows."""
        log = self.log(r"""
format: evtx
generation: "10"
host: APP01
start: 2024-01-01T00:00:00Z
users:
  svc: {sid: S-1-5-21-1-2-3-1105, name: svc-shop, domain: CORP, logon: 0x5000}
events:
  - {id: 4688, target: svc, NewProcessId: 0x100, NewProcessName: 'D:\shop\shopd.exe', ProcessId: 0x50, ParentProcessName: 'C:\Windows\System32\services.exe'}
  - {id: 4688, subject: svc, NewProcessId: 0x200, NewProcessName: 'C:\Windows\System32\cmd.exe', ProcessId: 0x100, ParentProcessName: 'D:\shop\shopd.exe'}
""")
        self.assertEqual(findings(log), ([], 0))
        for option in [["--worker", r"D:\shop\shopd.exe"], ["--worker", "shopd.exe"]]:
            found, status = findings(*option, log)
            self.assertEqual([f["process"]["name"] for f in found], ["cmd.exe"], option)
            self.assertEqual(found[0]["rule"]["id"], ["server-child"])
        for account in ["svc-shop", r"CORP\svc-*", "S-1-5-21-1-2-3-1105"]:
            found, status = findings("--account", account, log)
            self.assertIn("cmd.exe", [f["process"]["name"] for f in found], account)
            self.assertEqual(status, 1)

    def test_dedicated(self):
        """The fallback for NT 4 and 2000: whatever is not Windows itself rings."""
        log = self.log(r"""
format: evt
generation: "2000"
host: WWW2K
start: 2001-01-01T00:00:00Z
events:
  - {id: 592, user: system, pid: 212, image: '\WINNT\system32\services.exe', creator: 160}
  - {id: 592, user: system, pid: 600, image: '\WINNT\system32\svchost.exe', creator: 212}
  - {id: 592, user: system, pid: 700, image: '\WINNT\system32\cmd.exe', creator: 999}
""")
        self.assertEqual(findings(log), ([], 0))
        found, status = findings("--dedicated", log)
        self.assertEqual([f["process"]["name"] for f in found], ["cmd.exe"])
        self.assertEqual(found[0]["rule"]["id"], ["dedicated-start"])
        self.assertEqual(status, 1)


class Output(Workbench):
    """Forms, files, filters."""

    def test_standard_output_holds_findings_only(self):
        log = self.log(QUIET)
        for form in ["text", "jsonl"]:
            self.assertEqual(run("scan", "--format", form, log).stdout, b"")
        self.assertEqual(len(run("scan", "--format", "csv", log).stdout.splitlines()), 1)

    def test_findings_come_before_the_summary(self):
        """Also where both outputs go to one file."""
        merged = subprocess.run([TOCSIN, "scan", str(self.log(BREAK_IN))], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        self.assertLess(merged.index(b"\n  evidence"), merged.index(b"\nread     1 log"))

    def test_summary_says_what_it_could_see(self):
        text = errors(run("scan", self.log(QUIET)))
        self.assertRegex(text, r"read     1 log, \d+ records, 20\d\d-.*\+00:00 to 20\d\d-.*\+00:00")
        self.assertIn("account-start   able", text)
        self.assertIn("result   nothing rings", text)

    def test_never_a_silent_zero(self):
        """A log without process events says why nothing could ring, and what to switch on."""
        log = self.log("{format: evtx, host: WEB01, start: 2024-01-01T00:00:00Z, events: [{id: 4634, target: iusr}]}")
        text = errors(run("scan", log))
        self.assertIn("None of the process rules could ring", text)
        self.assertIn("auditpol /set /subcategory:{0CCE922B-69AE-11D9-BED3-505054503030}", text)

    def test_exits_without_images(self):
        """593 of NT 4 and 2000 without the 592 to join them: said, not passed over."""
        log = self.log("{format: evt, generation: '2000', host: WWW2K, start: 2001-01-01T00:00:00Z,"
                       " events: [{id: 593, user: iusr, pid: 1200, repeat: 3}]}")
        text = errors(run("scan", log))
        self.assertIn("593 without images and no 592 to join them with", text)
        self.assertIn("3 exits without a program's name could not be joined", text)

    def test_output_file(self):
        log = self.log(BREAK_IN)
        out = self.folder / "out.jsonl"
        self.assertEqual(run("scan", "-q", "-f", "jsonl", "-o", out, log).returncode, 1)
        first = out.read_bytes()
        self.assertTrue(first)
        again = run("scan", "-q", "-f", "text", "-o", out, log)
        self.assertEqual(again.returncode, 2)
        self.assertIn("exists already; --force replaces it", errors(again))
        self.assertEqual(out.read_bytes(), first)
        self.assertEqual(run("scan", "-q", "--force", "-o", out, log).returncode, 1)
        self.assertNotEqual(out.read_bytes(), first)
        self.assertEqual(out.stat().st_mode & 0o077, 0)

    def test_standard_input(self):
        """By redirection and through a pipe, for both formats."""
        for name in ["06-china-chopper", "01-nimda-2000"]:
            log = self.log(str(SAMPLES / "incidents" / (name + ".yaml")))
            direct, _ = findings(log)
            piped, status = findings("-", stdin=log.read_bytes())
            self.assertEqual(status, 1)
            self.assertEqual([f["tocsin"]["finding_id"] for f in piped], [f["tocsin"]["finding_id"] for f in direct])
            with open(log, "rb") as file:
                redirected = subprocess.run([TOCSIN, "scan", "-q", "-f", "jsonl", "-"], stdin=file,
                                            capture_output=True, check=False)
            self.assertEqual(redirected.stdout.count(b"\n"), len(direct))

    def test_csv_is_csv(self):
        rows = list(csv.DictReader(io.StringIO(run("scan", "-q", "-f", "csv", self.log(BREAK_IN)).stdout.decode())))
        found, _ = findings(self.log(BREAK_IN))
        self.assertEqual([r["image"] for r in rows], [f["process"]["executable"] for f in found])
        self.assertEqual([r["rules"].split() for r in rows], [f["rule"]["id"] for f in found])

    def test_time_and_host(self):
        log = self.log(BREAK_IN)
        found, _ = findings(log)
        times = sorted(f["@timestamp"] for f in found)
        self.assertEqual(findings("--since", times[1], log)[0], [f for f in found if f["@timestamp"] >= times[1]])
        self.assertEqual(findings("--since", "2100-01-01", log), ([], 0))
        self.assertEqual(findings("--until", "2000-01-01", log), ([], 0))
        self.assertEqual(len(findings("--host", found[0]["host"]["name"].lower(), log)[0]), len(found))
        self.assertEqual(findings("--host", "OTHER", log), ([], 0))

    def test_since_keeps_lineage(self):
        """What happened before --since is not shown, but it is not forgotten either."""
        log = self.log(BREAK_IN)
        found, _ = findings(log)
        last = max(found, key=lambda f: f["@timestamp"])
        alone = findings("--since", last["@timestamp"], log)[0][-1]
        self.assertEqual(alone["tocsin"]["worker"], last["tocsin"]["worker"])

    def test_min_severity(self):
        log = self.log(QUIET)
        self.assertEqual(findings(log), ([], 0))
        noted, status = findings("--min-severity", "note", log)
        self.assertEqual({f["tocsin"]["severity"] for f in noted}, {"note"})
        self.assertEqual(status, 1)

    def test_ids_are_stable(self):
        log = self.log(BREAK_IN)
        first, again = findings(log)[0], findings("--threads", 3, log)[0]
        self.assertEqual([f["tocsin"]["finding_id"] for f in first], [f["tocsin"]["finding_id"] for f in again])
        self.assertEqual(len({f["tocsin"]["finding_id"] for f in first}), len(first))
        for finding in first:
            self.assertRegex(finding["tocsin"]["finding_id"], r"^[0-9a-f]{32}$")
        elsewhere = log.rename(self.folder / "elsewhere.evtx")
        piped = findings("-", stdin=elsewhere.read_bytes())[0]
        for key in ("finding_id", "incident_id"):
            ids = [f["tocsin"][key] for f in first]
            self.assertEqual([f["tocsin"][key] for f in findings(elsewhere)[0]], ids)
            self.assertEqual([f["tocsin"][key] for f in piped], ids)

    def test_text_tells_everything(self):
        text = run("scan", "-q", self.log(BREAK_IN)).stdout.decode()
        for label in ["who", "ran", "under", "by", "when", "host", "why", "next", "tree", "evidence", "record"]:
            self.assertRegex(text, r"\n  %s( |\n)" % label)
        self.assertIn("+00:00", text)
        self.assertNotIn("\x1b", text)

    def test_long_command_is_cut_and_says_so(self):
        log = self.log(r"""
format: evtx
host: WEB01
start: 2024-01-01T00:00:00Z
events:
  - {id: 4688, subject: pool DefaultAppPool, NewProcessId: 0x200, NewProcessName: 'C:\x\a.exe', CommandLine: '%s'}
""" % ("x" * 3000))
        self.assertIn("[... 2600 more bytes; --format jsonl shows all]", run("scan", "-q", log).stdout.decode())
        self.assertEqual(findings(log)[0][0]["process"]["command_line"], "x" * 3000)

    def test_color(self):
        log = self.log(BREAK_IN)
        self.assertIn(b"\x1b[31m", run("scan", "-q", "--color", "always", log).stdout)
        self.assertNotIn(b"\x1b", run("scan", "-q", "--color", "auto", log).stdout)
        self.assertIn(b"\x1b[31m", self.on_terminal(log, {"TERM": "xterm"}))
        self.assertNotIn(b"\x1b[31m", self.on_terminal(log, {"TERM": "xterm", "NO_COLOR": "1"}))
        self.assertNotIn(b"\x1b[31m", self.on_terminal(log, {"TERM": "dumb"}))

    @staticmethod
    def on_terminal(log, env):
        """What scan writes when its output is a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([TOCSIN, "scan", "-q", str(log)], stdout=theirs, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "NO_COLOR": "", **env})
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:             # Linux tells the end of a terminal by EIO
                break
            if not piece:
                break
            text += piece
        process.wait(timeout=60)
        os.close(ours)
        return text

    def test_reader_that_leaves(self):
        """`tocsin dump | head` ends quietly."""
        log = self.log("{format: evtx, host: W, start: 2024-01-01T00:00:00Z,"
                       " events: [{id: 4634, target: iusr, repeat: 3000}]}")
        process = subprocess.Popen([TOCSIN, "dump", str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.wait(timeout=60)
        process.stderr.close()


class Dump(Workbench):
    """Every record, as users see it."""

    def test_filters(self):
        log = self.log(BREAK_IN)
        every = records(log)
        self.assertEqual({r["System"]["EventID"] for r in records("--id", "4688", log)}, {4688})
        self.assertEqual(len(records("--id", "4600-4700", log)), len(every))
        self.assertEqual(records("--id", "1,2,3", log), [])
        provider = every[0]["System"]["Provider"]["Name"]
        self.assertTrue(records("--provider", provider.lower(), log))
        self.assertEqual(records("--provider", "Nobody", log), [])
        time = every[3]["System"]["TimeCreated"]["SystemTime"]
        self.assertEqual(records("--since", time, log) + records("--until", time, log), every[3:] + every[:3])

    def test_fields_have_their_names(self):
        record = records("--id", "4688", self.log(BREAK_IN))[0]
        self.assertEqual(record["System"]["Channel"], "Security")
        self.assertRegex(record["EventData"]["NewProcessName"], r"^C:\\")
        self.assertIn("offset", record["tocsin"])

    def test_evt(self):
        record = records(self.log(str(SAMPLES / "2000.yaml")))[0]
        self.assertEqual(record["System"]["Provider"]["Name"], "Security")
        self.assertIn("EventRecordID", record["System"])


    def test_arrays_over_and_over(self):
        """A template that names an array of thousands 4,000 times: the square of that in steps, and next to no text."""
        log = self.log("""
format: evtx
events:
  - id: 4688
    nested:
      - fragment
      - instance: [fragment, {element: EventData, content: [{element: Data, content: [{times: 4000, content: [{slot: 0}]}]}]}, end]
        values: [{type: 'string[]', hex: '0000', times: 8000}]
      - end
  - {id: 4688, NewProcessName: 'C:\\2.exe'}
""")
        for form in ("jsonl", "xml"):
            result = run("dump", "--format", form, log, timeout=30)
            self.assertEqual((result.returncode, len(result.stdout.splitlines())), (3, 2))
            self.assertIn("record too large to show", errors(result))


class Check(Workbench):
    """check: what can this log tell?"""

    def test_generations(self):
        """Each sample of a generation is recognised for what it is."""
        wanted = {"nt4": "NT 4", "2000": "NT 4 or Windows 2000", "xp": "XP or Server 2003", "2003": "Server 2003",
                  "vista": "Vista or Server 2008", "7": "Vista, Server 2008 or later",
                  "2012r2": "Windows 8.1 or Server 2012 R2 with updates, or later",
                  "10": "Windows 10, Server 2016 or later", "2025": "Windows 10, Server 2016 or later",
                  "sysmon": "Windows 7 or later, with Sysmon"}
        for name, generation in wanted.items():
            with self.subTest(name=name):
                report = json.loads(run("check", "-f", "json", self.log(str(SAMPLES / (name + ".yaml")))).stdout)
                self.assertEqual({h.get("generation") for h in report["hosts"]}, {generation})

    def test_rule_table(self):
        """The table of 2003, computed from logs: which generation supports which rule."""
        wanted = {
            "nt4": {"account-start": "partly", "account-exit": "blind", "account-joined": "able"},
            "2000": {"account-start": "partly", "account-exit": "blind", "account-joined": "able"},
            "xp": {"account-start": "able", "account-exit": "able"},
            "2003": {"account-start": "able", "account-exit": "able", "account-open": "able"},
            "7": {"account-start": "partly", "account-exit": "able", "account-joined": "able"},
            "10": {"account-start": "able", "server-child": "able", "account-change": "able"},
        }
        for name, rules in wanted.items():
            with self.subTest(name=name):
                report = json.loads(run("check", "-f", "json", self.log(str(SAMPLES / (name + ".yaml")))).stdout)
                table = {r["rule"]: r["ability"] for r in report["rules"]}
                self.assertEqual({rule: table[rule] for rule in rules}, rules)
                self.assertTrue(all("mend" in r for r in report["rules"] if r["ability"] == "blind" and
                                    r["rule"] != "account-exit"))

    def test_counts(self):
        log = self.log(BREAK_IN)
        report = json.loads(run("check", "-f", "json", log).stdout)
        self.assertEqual(report["records"], len(records(log)))
        self.assertEqual(sum(e["count"] for e in report["events"]), report["records"])
        text = run("check", log).stdout.decode()
        for entry in report["events"]:
            self.assertRegex(text, r"%d +%d +%s" % (entry["count"], entry["id"], re.escape(entry["provider"])))

    def test_tampering(self):
        report = json.loads(run("check", "-f", "json", self.log(str(SAMPLES / "incidents/26-log-cleared-10.yaml"))).stdout)
        self.assertEqual(report["tamper_signs_by_severity"]["critical"], 1)
        self.assertEqual([sign["rule"]["id"] for sign in report["tamper_signs"]], [["log-cleared"]])
        text = run("check", self.log(str(SAMPLES / "incidents/26-log-cleared-10.yaml"))).stdout.decode()
        self.assertIn("the security log was cleared", text)


class Several(Workbench):
    """Logs that belong together."""

    def test_security_and_sysmon_tell_of_one_process(self):
        """Two logs of one host: one finding with the evidence of both."""
        common = "format: evtx\ngeneration: '10'\nhost: WEB01\nstart: 2024-01-01T10:00:00Z\n"
        self.log(common + r"""
channel: Security
events:
  - {id: 4688, subject: pool DefaultAppPool, NewProcessId: 0x200, NewProcessName: 'C:\x\a.exe', ProcessId: 0x100, ParentProcessName: 'C:\Windows\System32\inetsrv\w3wp.exe'}
""", "Security.evtx")
        self.log(common + r"""
channel: Microsoft-Windows-Sysmon/Operational
events:
  - {id: 1, User: 'IIS APPPOOL\DefaultAppPool', ProcessId: 512, Image: 'C:\x\a.exe', ParentProcessId: 256, ParentImage: 'C:\Windows\System32\inetsrv\w3wp.exe', CommandLine: 'a.exe -x', after: 300ms}
""", "Sysmon.evtx")
        found, _ = findings(self.folder)
        self.assertEqual(len(found), 1)
        self.assertEqual({e["event_id"] for e in found[0]["tocsin"]["evidence"]}, {4688, 1})

    def test_archives_in_any_order(self):
        """Lineage goes from one archive of a log to the next, whatever their names."""
        common = "format: evtx\ngeneration: '10'\nhost: WEB01\nchannel: Security\n"
        self.log(common + r"""
start: 2024-01-01T10:00:00Z
events:
  - {id: 4688, target: network service, NewProcessId: 0x100, NewProcessName: 'C:\Windows\System32\inetsrv\w3wp.exe', ProcessId: 0x50, ParentProcessName: 'C:\Windows\System32\svchost.exe', record: 1}
""", "z.evtx")
        self.log(common + r"""
start: 2024-01-01T11:00:00Z
events:
  - {id: 4688, layout: v1/9, subject: network service, NewProcessId: 0x200, NewProcessName: 'C:\x\a.exe', ProcessId: 0x100, record: 2}
""", "a.evtx")
        found, _ = findings(self.folder)
        self.assertEqual([f["process"]["name"] for f in found], ["a.exe"])
        self.assertEqual(found[0]["tocsin"]["worker"]["executable"], r"C:\Windows\System32\inetsrv\w3wp.exe")

    def test_the_same_log_twice(self):
        log = self.log(BREAK_IN, "a.evtx")
        once, _ = findings(log)
        (self.folder / "copy.evtx").write_bytes(log.read_bytes())
        twice, _ = findings(self.folder)
        self.assertEqual(sorted(f["tocsin"]["finding_id"] for f in twice), sorted(f["tocsin"]["finding_id"] for f in once))
        self.assertEqual([len(f["tocsin"]["evidence"]) for f in twice], [len(f["tocsin"]["evidence"]) for f in once])

    def test_forwarded(self):
        """Many hosts in one file; each is judged by itself."""
        found, status = findings(self.log(str(SAMPLES / "forwarded.yaml")))
        self.assertIn(status, (0, 1))
        report = json.loads(run("check", "-f", "json", self.log(str(SAMPLES / "forwarded.yaml"))).stdout)
        self.assertGreater(len(report["hosts"]), 1)


if __name__ == "__main__":
    unittest.main()
