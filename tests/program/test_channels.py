"""From a log to every channel that needs no server of others: what each is told, in what order, and what happens if one cannot be told."""
import json
import os
import pathlib
import signal
import unittest

from deliver.http_servers import NastyHttp, saying
from deliver.servers import free_port, wait_until
from program.support import findings, run
from program.test_schemas import jsonschema, validator
from program.test_watch import WEBSHELL, Watching

TAKEN = saying(b"HTTP/1.1 204 No Content\r\n\r\n")
REFUSED = saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


class Channels(Watching):
    """A log with two alarms, and channels that are told of its past."""

    def setUp(self):
        super().setUp()
        (self.logs / "Security.evtx").write_bytes(WEBSHELL.read_bytes())
        self.findings, _ = findings(WEBSHELL)
        self.assertGreater(len(self.findings), 1)

    def server(self, answer):
        server = NastyHttp(answer)
        self.addCleanup(server.stop)
        return server

    def script(self, text):
        path = self.folder / f"script{len(list(self.folder.glob('script*')))}"
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o700)
        return str(path)

    @staticmethod
    def hook(port, **settings):
        return {"type": "webhook", "url": f"http://127.0.0.1:{port}/", **settings}

    def alerts_channel(self, **settings):
        return {"type": "file", "path": str(self.alerts), **settings}

    @staticmethod
    def ids(messages):
        return [message["tocsin"]["finding_id"] for message in messages]

    def file_lines(self):
        return [json.loads(line) for line in self.alerts.read_text().splitlines()] if self.alerts.exists() else []


class Told(Channels):
    def test_all_channels_are_told_the_same(self):
        """A file, standard output, a command, a web hook: what scan prints, in one order, once."""
        server = self.server(TAKEN)
        said = self.folder / "said-to-command"
        self.configure(channels=[self.alerts_channel(), {"type": "stdout"}, self.hook(server.port),
                                 {"type": "command", "argv": [self.script(f"cat >> {said}")]}])
        with open(self.folder / "stdout", "wb") as stdout:
            process = self.start("--once", "--replay", ready=False, stdout=stdout)
        self.assertEqual(process.wait(60), 1, self.log_text())
        server.stop()
        told = self.file_lines()
        self.assertEqual(sorted(self.ids(told)), sorted(self.ids(self.findings)))
        # scan names the file as it was given.
        by_id = {finding["tocsin"]["finding_id"]: finding for finding in self.findings}
        for message in told:
            wanted = by_id[message["tocsin"]["finding_id"]]
            self.assertEqual((message["message"], message["tocsin"]["severity"], message["@timestamp"]),
                             (wanted["message"], wanted["tocsin"]["severity"], wanted["@timestamp"]))
        text = self.alerts.read_bytes()
        self.assertEqual((self.folder / "stdout").read_bytes(), text)
        self.assertEqual(said.read_bytes(), text)
        self.assertEqual([body + b"\n" for _, body in server.requests], text.splitlines(True))
        self.assertEqual(self.once(), 0)
        self.assertEqual(self.alerts.read_bytes(), text)

    def test_each_channel_has_its_severity(self):
        loud = self.folder / "loud.jsonl"
        noted, _ = findings("--min-severity", "note", WEBSHELL)
        self.assertGreater(len(noted), len(self.findings))
        self.configure(channels=[self.alerts_channel(min_severity="note"),
                                 {"type": "file", "name": "loud", "path": str(loud), "min_severity": "critical"}])
        self.assertEqual(self.once("--replay"), 1)
        self.assertEqual(len(self.file_lines()), len(noted))
        wanted = [finding for finding in noted if finding["tocsin"]["severity"] == "critical"]
        self.assertEqual(len(loud.read_text().splitlines()), len(wanted))


class Configuration(Channels):
    """Keys that do not fit the type of a channel, and values that do not fit a key, are shown where they stand."""

    def test_mistakes_are_told_with_their_place(self):
        for channel, wanted in (
                ("{path: /x}", "3:5: a channel lacks 'type'"),
                ("{type: fille, path: /x}", "3:12: 'type' must be stdout, file, command, webhook, mail or syslog; did you mean 'file'?"),
                ("{type: file}", "3:5: a file channel lacks 'path'"),
                ("{type: file, pth: /x}", "3:18: unknown key 'pth' in a file channel; did you mean 'path'?"),
                ("{type: file, path: /x, burst: 3}", "3:28: unknown key 'burst' in a file channel"),
                ("{type: file, path: /x, path: /y}", "3:28: 'path' is given twice"),
                ("{type: file, path: /x, expire: 5}", "3:36: 'expire' must be a duration with its unit (ms, s, m, h, d), from 1m to 366d"),
                ("{type: file, path: /x, expire: 1s}", "3:36: 'expire' must be a duration"),
                ("{type: file, path: /x, expire: 99999999999999999999d}", "3:36: 'expire' must be a duration"),
                ("{type: file, path: /x, name: 'a b'}", "3:5: the name of a channel has up to 64 letters, digits and the signs - _ ."),
                ("{type: file, path: /x}\n  - {type: file, path: /y}", "4:5: two channels are called 'file'; give them different names"),
                ("{type: command, argv: [page]}", "3:5: 'argv' begins with the full path of a program; no shell looks for it"),
                ("{type: command, argv: [/bin/true], tries: 0}", "3:47: 'tries' must be a number from 1 to 1000"),
                ("{type: command, argv: [/bin/true], tries: 1x}", "3:47: 'tries' must be a number from 1 to 1000"),
                ("{type: webhook}", "3:5: a webhook channel needs one of 'url', 'url_file' and 'url_env'"),
                ("{type: webhook, url: 'ftp://x/'}", "3:5: 'url' must begin with https:// or http://"),
                ("{type: webhook, url: 'https://u:p@x/'}", "3:5: 'url' holds a login; put such an address into a file: 'url_file'"),
                ("{type: webhook, url: 'https://x/', template: slak}",
                 "3:50: 'template' must be generic, slack, teams, discord or mattermost; did you mean 'slack'?"),
                ("{type: webhook, url: 'https://x/', secret_file: /a, secret_env: B}", "3:5: 'secret_file' and 'secret_env' exclude each other"),
                ("[1]", "3:5: a channel must be written as keys and values"), ("file", "3:5: a channel must be written as keys and values")):
            with self.subTest(channel):
                self.config.write_text(f"state: {self.state}\nchannels:\n  - {channel}\n")
                done = run("watch", "--config", self.config, "--once", self.logs)
                self.assertEqual(done.returncode, 2)
                self.assertIn(f"tocsin.yaml:{wanted}", done.stderr.decode())
                self.assertFalse(self.state.exists())

    def test_what_cannot_be_opened_is_told_at_the_start(self):
        for channel, wanted in (
                ({"type": "file", "path": "/nonexistent/x"}, "channel file: /nonexistent/x cannot be opened: No such file"),
                ({"type": "command", "argv": ["/nonexistent/x"]}, "channel command: /nonexistent/x cannot be run: No such file"),
                ({"type": "webhook", "name": "chat", "url_file": str(self.config)}, "channel chat: .*can be used by others than its owner")):
            with self.subTest(str(channel)):
                self.configure(channels=[channel])
                self.config.chmod(0o644)
                done = run("watch", "--config", self.config, "--once")
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr.decode(), wanted)


class NotTold(Channels):
    def test_who_is_away_is_told_later(self):
        """It is said by the exit status; the others have it, and get it once."""
        port = free_port()
        self.configure(channels=[self.alerts_channel(), self.hook(port)])
        process = self.start("--once", "--replay", ready=False)
        wait_until(lambda: len(self.file_lines()) == len(self.findings), "the file")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 4, self.log_text())
        self.assertRegex(self.log_text(), "webhook: not delivered: ")
        server = self.server(TAKEN)
        self.configure(channels=[self.alerts_channel(), self.hook(server.port)])
        self.assertEqual(self.once(), 0, self.log_text())
        server.stop()
        posted = [json.loads(body) for _, body in server.requests]
        self.assertEqual(self.ids(posted), self.ids(self.file_lines()))

    def test_a_refusal_is_told_to_the_others(self):
        server = self.server(REFUSED)
        self.configure(channels=[self.alerts_channel(), self.hook(server.port, name="chat")])
        process = self.start("--replay")
        trouble = wait_until(lambda: [message for message in self.file_lines() if message["tocsin"].get("notice") == "trouble"], "trouble")
        self.assertEqual(self.stop(process), 0)
        server.stop()
        self.assertEqual(trouble[0]["message"], "channel chat gave up 1 message: HTTP 404")
        self.assertEqual((trouble[0]["tocsin"]["channel"], trouble[0]["event"]["kind"]), ("chat", "alert"))
        self.assertEqual(len(trouble), 1)
        if jsonschema:
            checker = validator("notice")
            self.assertEqual([error.message for error in checker.iter_errors(trouble[0])], [])
        # Somebody mends it: what was given up is sent after all.
        server = self.server(TAKEN)
        self.configure(channels=[self.alerts_channel(), self.hook(server.port, name="chat")])
        self.once()
        server.stop()
        posted = [json.loads(body) for _, body in server.requests]
        self.assertEqual([number for number in self.ids(posted) if number in self.ids(self.findings)],
                         [number for number in self.ids(self.file_lines()) if number in self.ids(self.findings)])
        self.assertRegex(self.log_text(), "chat: [0-9]+ dead letters are tried once more")

    def test_one_that_hangs_holds_up_no_other(self):
        child = self.folder / "child"
        self.configure(channels=[{"type": "command", "argv": [self.script(f"echo $$ > {child}; sleep 600")], "timeout": "10m"},
                                 self.alerts_channel()])
        process = self.start("--replay")
        wait_until(lambda: len(self.file_lines()) == len(self.findings) and child.exists() and child.read_text(), "the file")
        self.assertEqual(self.stop(process), 0)
        self.assertNotIn("hung", self.log_text())
        pid = int(child.read_text())
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the end of the command")

    def test_nobody_reads_the_standard_output(self):
        """A broken pipe is an outage like any other, not the end of the watch."""
        self.configure(channels=[{"type": "stdout"}, self.alerts_channel()])
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("--replay", stdout=writer)
        os.close(writer)
        wait_until(lambda: len(self.file_lines()) == len(self.findings), "the file")
        wait_until(lambda: "nobody reads the standard output" in self.log_text(), "a remark")
        self.assertIsNone(process.poll())
        self.assertEqual(self.stop(process), 0)


class Rotation(Channels):
    def test_sighup_after_rotation(self):
        """logrotate moves the file, tells the watcher, and packs the old one: nothing more may be written to it."""
        self.configure(channels=[self.alerts_channel()])
        process = self.start("--replay")
        wait_until(lambda: len(self.file_lines()) == len(self.findings), "the file")
        old = self.folder / "alerts.jsonl.1"
        self.alerts.rename(old)
        text = old.read_bytes()
        process.send_signal(signal.SIGHUP)
        wait_until(self.alerts.exists, "the new file")
        self.assertEqual(self.stop(process), 0)
        self.assertEqual((old.read_bytes(), self.alerts.read_bytes()), (text, b""))
        self.assertEqual(self.alerts.stat().st_mode & 0o777, 0o640)


if __name__ == "__main__":
    unittest.main()
