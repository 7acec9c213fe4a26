"""Syslog by UDP, TCP and TLS: into a real server, into servers that come and go, and what readers make of hostile texts."""
import json
import re
import socket
import ssl
import threading
import unittest

from deliver.servers import Rsyslog, free_port, needs_rsyslog, wait_until
from deliver.support import Delivery
from program.hostile import TEXTS, kept, must_be_shown_as_code_point
from program.test_hostile_text import decode

VALUE = r'"(?:[^"\\\]]|\\["\\\]])*"'
ELEMENT = re.compile(rf"\[tocsin@32473((?: [a-z]+={VALUE})*)\]")
PARAM = re.compile(rf" ([a-z]+)=({VALUE})")


def params(data):
    """The parameters of the one element of structured data (RFC 5424, 6.3), or an error if it is anything else."""
    match = ELEMENT.fullmatch(data)
    if not match:
        raise AssertionError(f"this is not the one element that there should be: {data!r}")
    return {name: re.sub(r'\\(["\\\]])', r"\1", value[1:-1]) for name, value in PARAM.findall(match[1])}


class Frames:
    """A receiver by TCP or TLS that takes so many messages a connection, octet-counted, and closes it then."""

    def __init__(self, per_connection, context=None, reads=True):
        self.per_connection, self.context, self.reads = per_connection, context, reads
        self.messages, self.connections, self.peers = [], 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self.listener.getsockname()[1]
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                try:
                    if self.context:
                        connection = self.context.wrap_socket(connection, server_side=True)
                        self.peers.append(connection.getpeercert())
                    with connection, connection.makefile("rb") as stream:
                        self.take(stream)
                except (OSError, ssl.SSLError):
                    pass

    def take(self, stream):
        if not self.reads:
            self.closing.wait(30)
        for _ in range(self.per_connection):
            digits = b""
            while not digits.endswith(b" "):
                byte = stream.read(1)
                if not byte:
                    return
                digits += byte
            self.messages.append(stream.read(int(digits)))

    def stop(self):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)


class Syslog(Delivery):
    def syslog(self, url, **settings):
        return self.open(type="syslog", url=url, **settings)


@needs_rsyslog
class RealServer(Syslog):
    """rsyslog: what it understood comes back as JSON."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Rsyslog(cls.folder / "rsyslog", cls.authority)
        cls.addClassCleanup(lambda: cls.server.stop())
        cls.seen = 0

    def ways(self):
        yield "udp", f"udp://127.0.0.1:{self.server.udp}", {}
        yield "tcp", f"tcp://127.0.0.1:{self.server.tcp}", {}
        yield "tls", f"tls://localhost:{self.server.tls}", {"ca_file": str(self.authority.ca)}

    def arrived(self, count):
        """The messages that came since the last call, which must be so many."""
        def lines():
            # A line is a message; rsyslog leaves line feeds within one as they are only inside of JSON.
            return self.server.out.read_text("utf-8").split("\n")[:-1] if self.server.out.exists() else []
        wait_until(lambda: len(lines()) >= type(self).seen + count, f"{count} messages")
        new = lines()[type(self).seen:]
        type(self).seen += len(new)
        self.assertEqual(len(new), count)
        return [json.loads(line) for line in new]

    def test_a_message(self):
        for way, url, settings in self.ways():
            with self.subTest(way=way):
                channel = self.syslog(url, facility="local4", **settings)
                channel.finding(severity="critical")
                channel.message(headline="a channel fails")
                self.assertEqual(channel.send().result, "sent")
                finding, trouble = self.arrived(2)
                self.assertEqual(finding["input"], way)
                self.assertEqual(int(finding["pri"]), 20 * 8 + 1)
                self.assertEqual(int(trouble["pri"]), 20 * 8 + 3)
                self.assertEqual((finding["host"], finding["app"], finding["msgid"]), ("collector.example.net", "tocsin", "finding"))
                self.assertEqual(int(finding["procid"]), channel.process.pid)
                self.assertEqual(finding["text"], "\ufeffCRITICAL  WEB01: WEB01\\IUSR ran C:\\Windows\\System32\\cmd.exe")
                self.assertEqual(params(finding["data"]), {
                    "severity": "critical", "host": "WEB01", "account": "WEB01\\IUSR", "program": "cmd.exe",
                    "time": "2025-03-04T00:00:00.0000000Z", "id": f"{1:032x}", "incident": f"{1:032x}", "sequence": "1", "revision": "0"})
                self.assertEqual(trouble["text"], "\ufeffTROUBLE  collector: a channel fails")

    def test_hostile_texts(self):
        for way, url, settings in self.ways():
            channel = self.syslog(url, **settings)
            for text in TEXTS.values():
                channel.finding(image="C:\\x\\" + text, account=text, domain="", host=text)
                self.assertEqual(channel.send().result, "sent")
            for (name, text), got in zip(TEXTS.items(), self.arrived(len(TEXTS)), strict=True):
                with self.subTest(way=way, text=name):
                    self.check_hostile(kept(text), got)

    def check_hostile(self, text, got):
        self.assertEqual((got["host"], got["app"], got["msgid"]), ("collector.example.net", "tocsin", "finding"))
        data = params(got["data"])
        self.assertLessEqual(set(data), {"severity", "host", "account", "program", "time", "id", "incident", "sequence", "revision", "cut"})
        shown = got["text"].removeprefix("\ufeff")
        self.assertFalse([c for value in (shown, *data.values()) for c in value if must_be_shown_as_code_point(c)])
        whole = f"CERTAIN  {text}: {text} ran C:\\x\\{text}"
        self.compare(shown, whole, int(data.get("cut", 0)))
        self.compare(data["host"], text)
        self.compare(data["account"], text)

    def compare(self, shown, text, cut=None):
        """Shown is the text, or its beginning with ... behind it; then cut says how much is missing."""
        if decode(shown) == text:
            self.assertFalse(cut)
            return
        self.assertTrue(shown.endswith("..."))
        head = re.sub(r"<[U+0-9A-F]*$", "", shown.removesuffix("..."))  # the cut may go through a code point
        self.assertTrue(text.startswith(decode(head)))
        self.assertNotEqual(cut, 0)

    def test_json(self):
        """The finding itself, as far as there is room."""
        _, url, settings = list(self.ways())[1]
        channel = self.syslog(url, format="json", max_size=60000, **settings)
        for text in TEXTS.values():
            channel.finding(command=text)
            self.assertEqual(channel.send().result, "sent")
        for (name, text), got in zip(TEXTS.items(), self.arrived(len(TEXTS)), strict=True):
            with self.subTest(text=name):
                cut = params(got["data"]).get("cut")
                if cut:
                    self.assertGreater(int(cut), 50000)
                    self.assertTrue(got["text"].startswith("\ufeffCERTAIN  WEB01"))
                else:
                    self.assertEqual(json.loads(got["text"])["process"]["command_line"], kept(text))

    def test_the_connection_is_kept(self):
        _, url, settings = list(self.ways())[2]
        channel = self.syslog(url, **settings)
        for _ in range(3):
            channel.finding()
            self.assertEqual(channel.send().result, "sent")
        self.assertEqual(len({message["procid"] for message in self.arrived(3)}), 1)

    def test_a_server_that_goes_and_comes_back(self):
        """What is told meanwhile is tried again; the first message after it comes back is not lost on the old connection."""
        for way, url, settings in list(self.ways())[1:]:
            with self.subTest(way=way):
                channel = self.syslog(url, **settings)
                channel.finding()
                self.assertEqual(channel.send().result, "sent")
                self.expect("1")  # before that it could be lost within the server, which no sender can know
                self.server.stop()
                channel.again()
                self.assertEqual(channel.send().result, "retry")
                self.server.start()
                self.assertEqual(channel.send().result, "sent")
                self.expect("2")
                self.server.stop()
                self.server.start()
                channel.again()
                self.assertEqual(channel.send().result, "sent")
                self.expect("3")

    def expect(self, sequence):
        self.assertEqual([params(message["data"])["sequence"] for message in self.arrived(1)], [sequence])


class Receivers(Syslog):
    """Servers that close, do not read, are somebody else, or are not there."""

    def receiver(self, *args, **options):
        server = Frames(*args, **options)
        self.addCleanup(server.stop)
        return server

    def test_closed_connections_are_noticed(self):
        """The other side closes after each message: the next one goes over a new connection, and none is lost."""
        server = self.receiver(1)
        channel = self.syslog(f"tcp://127.0.0.1:{server.port}")
        for number in range(5):
            channel.message(headline=f"message {number}")
            answer = channel.send()
            while answer.result == "retry":  # it was closed right behind the message: said, and sent again
                answer = channel.send()
            self.assertEqual(answer.result, "sent")
            wait_until(lambda n=number: len({m.split(b"message ")[1] for m in server.messages}) == n + 1, "the message")

    def test_messages_are_octet_counted(self):
        server = self.receiver(100)
        channel = self.syslog(f"tcp://127.0.0.1:{server.port}")
        for text in ("a", "b\nc", "ö" * 50):
            channel.message(headline=text)
        self.assertEqual(channel.send().result, "sent")
        wait_until(lambda: len(server.messages) == 3, "three messages")
        self.assertTrue(server.messages[1].endswith(b"TROUBLE  collector: b<U+000A>c"))
        self.assertTrue(server.messages[2].endswith("ö".encode()))
        self.assertEqual(server.connections, 1)

    def test_a_receiver_that_does_not_read(self):
        server = self.receiver(1, reads=False)
        channel = self.syslog(f"tcp://127.0.0.1:{server.port}", timeout="1s", max_size=1000000)
        for _ in range(20):
            channel.message(headline="x" * 900000)
        answer = channel.send()
        self.assertEqual(answer.result, "retry")
        self.assertIn("takes nothing", answer.text)

    def test_nobody_listens(self):
        for url in (f"tcp://127.0.0.1:{free_port()}", f"tls://127.0.0.1:{free_port()}", f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"):
            with self.subTest(url=url):
                channel = self.syslog(url)
                channel.message()
                answer = channel.send()
                self.assertEqual((answer.result, answer.taken), ("retry", 0))
                self.assertTrue(answer.text)

    def test_datagrams_are_bounded(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(10)
            channel = self.syslog(f"udp://127.0.0.1:{receiver.getsockname()[1]}")
            channel.finding(image="C:\\" + "ö" * 30000, account="]" * 30000, host='"' * 30000)
            self.assertEqual(channel.send().result, "sent")
            data = receiver.recv(65536)
            self.assertLessEqual(len(data), 1180)
            self.assertIn(b' cut="', data)
            self.assertTrue(data.decode("utf-8").endswith("..."))

    def test_names_of_certificates_and_logins(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.authority.certificate("127.0.0.1")))
        context.load_verify_locations(str(self.authority.ca))
        context.verify_mode = ssl.CERT_OPTIONAL
        server = self.receiver(10, context=context)
        pem, key = self.authority.certificate("sensor.example.net")
        key.chmod(0o600)
        ours = {"ca_file": str(self.authority.ca)}
        cases = [("127.0.0.1", ours, "sent"), ("localhost", ours, "retry"), ("127.0.0.1", {}, "retry"),
                 ("127.0.0.1", {**ours, "cert_file": str(pem), "key_file": str(key)}, "sent")]
        for host, settings, result in cases:
            with self.subTest(host=host, settings=settings):
                channel = self.syslog(f"tls://{host}:{server.port}", **settings)
                channel.message()
                answer = channel.send()
                self.assertEqual(answer.result, result, answer)
                channel.close()
        wait_until(lambda: len(server.messages) == 2, "the message of who showed a certificate")
        subject = server.peers[-1]["subject"]
        self.assertEqual(subject, ((("commonName", "sensor.example.net"),),))

    def test_a_key_that_others_can_read(self):
        pem, key = self.authority.certificate("sensor.example.net")
        key.chmod(0o644)
        said = self.refuses(type="syslog", url="tls://localhost:6514", cert_file=str(pem), key_file=str(key))
        self.assertIn(str(key), said)

    def test_what_is_refused(self):
        cases = [({"url": "udp://h:514", "ca_file": "x"}, "tls:// only"), ({"url": "http://h"}, "udp://, tcp:// or tls://"),
                 ({"url": "udp://h", "max_size": 100000}, "65507"), ({"url": "udp://h", "max_size": 100}, "1180"),
                 ({"url": "udp://h", "facility": "kern"}, "facility"), ({"url": "udp://h", "format": "xml"}, "json"),
                 ({"url": "tls://h", "key_file": "x"}, "cert_file"), ({"url": "udp://h", "user": "x"}, "unknown key 'user'")]
        for settings, said in cases:
            with self.subTest(settings=settings):
                self.assertIn(said, self.refuses(type="syslog", **settings))


if __name__ == "__main__":
    unittest.main()
