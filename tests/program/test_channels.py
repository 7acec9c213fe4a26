"""From a log to every channel that needs no server of others: what each is told, in what order, and what happens if one cannot be told."""
import json
import os
import pathlib
import signal
import unittest

from deliver.http_servers import NastyHttp, saying
from deliver.servers import free_port, wait_until
from program.support import findings
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
