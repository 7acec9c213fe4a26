"""The whole path: a log grows, and seconds later there is a mail and a line of syslog about it."""
import email
import email.policy
import json
import signal
import subprocess
import unittest
import xml.etree.ElementTree

import forge
from deliver.servers import NastySmtp, Postfix, Rsyslog, needs_postfix, needs_rsyslog, wait_until
from deliver.support import Delivery
from program.support import SAMPLES, TOCSIN

BREAK_IN = SAMPLES / "incidents" / "06-china-chopper.yaml"


class Watch(Delivery):
    def watch(self, channels, name):
        """A watcher on an empty folder with these channels; gives the folder."""
        home = self.folder / name
        logs = home / "logs"
        logs.mkdir(parents=True)
        config = home / "config.yaml"
        config.write_text(json.dumps({"state": str(home / "state.db"), "interval": "50ms", "sources": [{"path": str(logs)}],
                                      "channels": channels}))
        with open(home / "said", "wb") as said:
            watcher = subprocess.Popen([TOCSIN, "watch", "--config", str(config)], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        self.addCleanup(self.end, watcher)
        wait_until(lambda: "has been read" in (home / "said").read_text() or watcher.poll() is not None, "the watcher")
        self.assertIsNone(watcher.poll(), (home / "said").read_text())
        return logs, watcher

    def end(self, watcher):
        if watcher.poll() is None:
            watcher.send_signal(signal.SIGTERM)
            watcher.wait(20)

    @staticmethod
    def break_in(logs):
        """A log with a break-in appears in a folder whose past is known: all of it is new."""
        partial = logs.parent / "partial"
        partial.write_bytes(forge.build(forge.load(str(BREAK_IN))))
        partial.rename(logs / "Security.evtx")


@needs_postfix
@needs_rsyslog
class WholePath(Watch):
    def test_mail_and_syslog(self):
        postfix = self.folder / "postfix"
        postfix.mkdir()
        certificate = self.authority.certificate("127.0.0.1", "localhost")
        mail = Postfix(postfix, certificate)
        self.addCleanup(mail.stop)
        syslog = Rsyslog(self.folder / "rsyslog", self.authority)
        self.addCleanup(syslog.stop)
        ca = str(self.authority.ca)
        logs, watcher = self.watch([
            {"type": "mail", "url": f"smtp://localhost:{mail.submission}", "user": mail.USER, "password_file": self.secret(mail.PASSWORD),
             "ca_file": ca, "from": "tocsin@example.net", "to": ["admin@example.org"]},
            {"type": "syslog", "url": f"tls://localhost:{syslog.tls}", "ca_file": ca},
        ], "whole")
        self.break_in(logs)
        first = email.message_from_bytes(mail.wait_for_mails(1)[0], policy=email.policy.default)
        self.assertRegex(first["Subject"], r"^\[tocsin\] CERTAIN WEB\S*: IIS APPPOOL\\DefaultAppPool ran cmd\.exe")
        self.assertIn("cmd.exe", first.get_body(("plain",)).get_content())
        record, findings = first.iter_attachments()
        self.assertTrue(xml.etree.ElementTree.fromstring(record.get_content()).tag.endswith("}Event"))
        ids = [finding["tocsin"]["finding_id"] for finding in json.loads(findings.get_content())]
        self.assertTrue(ids)
        wait_until(lambda: syslog.out.exists() and ids[0] in syslog.out.read_text("utf-8"), "the message of syslog")
        self.end(watcher)
        self.assertEqual(watcher.returncode, 0)


class Nightly(Watch):
    """A mail server that is away when it happens gets everything when it is back, in order and threaded."""

    def test_away_and_back(self):
        server = NastySmtp({"banner": "421 closed for the night"})
        self.addCleanup(server.stop)
        logs, watcher = self.watch([{"type": "mail", "url": f"smtp://127.0.0.1:{server.port}", "tls": "none", "from": "tocsin@example.net",
                                     "to": ["admin@example.org"]}], "night")
        self.break_in(logs)
        tries = wait_until(lambda: server.connections >= 2 and server.connections, "two tries")
        self.assertGreaterEqual(tries, 2)
        server.answers["banner"] = "220 good morning"
        wait_until(lambda: server.mails, "the mail in the morning")
        self.end(watcher)
        message = email.message_from_bytes(server.mails[0], policy=email.policy.default)
        findings = json.loads(list(message.iter_attachments())[1].get_content())
        self.assertGreater(len(findings), 1)  # what had gathered went as one mail
        self.assertEqual(len({finding["tocsin"]["incident_id"] for finding in findings}), 1)


if __name__ == "__main__":
    unittest.main()
