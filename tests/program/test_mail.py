"""Mail: through a real server with TLS and login, through one that behaves badly, and what its readers get to see."""
import email
import email.policy
import html.parser
import json
import pathlib
import re
import signal
import time
import unittest
import xml.etree.ElementTree

from deliver.servers import NastySmtp, Postfix, babble, drop, free_port, hang, needs_postfix
from deliver.support import Delivery
from program.hostile import TEXTS, kept, must_be_shown_as_code_point
from program.test_hostile_text import decode

NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
CUT = re.compile(r" \[\.\.\. (\d+) more bytes; [^\]]*\]$")
FIELDS = ["Return-Path", "X-Original-To", "Delivered-To", "Received", "Date", "From", "To", "Subject", "Message-ID", "X-Tocsin-Kind",
          "X-Tocsin-Severity", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"]


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def told_as(data):
    """Which message a mail is about: sorts mails in the order in which they were sent."""
    incident, sequence = re.match(r"<(\w+)(?:\.(\d+))?", parse(data)["Message-ID"]).groups()
    return incident, int(sequence or 0)


def all_defects(message):
    """What the parser did not like, in the message, its header fields and all its parts."""
    return [defect for part in message.walk() for defect in
            [*part.defects, *(d for value in part.values() for d in getattr(value, "defects", []))]]


class Page(html.parser.HTMLParser):
    """Tags, attributes and texts of a page; the cells of tables by their label."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.cells, self.text = set(), set(), {}, ""
        self.label, self.reading, self.declarations = "", None, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("th", "td"):
            self.reading, self.cell = tag, ""
        elif tag == "br" and self.reading:
            self.cell += "\n"

    def handle_endtag(self, tag):
        if tag == "th":
            self.label, self.reading = self.cell, None
        elif tag == "td":
            self.cells.setdefault(self.label, self.cell)
            self.reading = None

    def handle_data(self, data):
        self.text += data
        if self.reading:
            self.cell += data

    def handle_comment(self, data):
        self.declarations.append(data)

    def handle_pi(self, data):
        self.declarations.append(data)


class Mails(Delivery):
    """What all of it has in common."""

    def mail_channel(self, url, to=("admin@example.org",), **settings):
        settings = {"tls": "none", **settings} if url.startswith("smtp://") else settings
        return self.open(type="mail", url=url, to=list(to), **{"from": "tocsin@example.net", **settings})

    def check_form(self, data):
        """The mail as parsed: nothing wrong with it, and no part more than there should be."""
        message = parse(data)
        self.assertEqual(all_defects(message), [])
        for line in data.replace(b"\r\n", b"\n").split(b"\n"):
            self.assertLessEqual(len(line), 200)
            self.assertTrue(line.isascii())
        body = [part.get_content_type() for part in message.walk()]
        self.assertEqual(body, ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/xml", "application/json"])
        self.assertEqual([part.get_filename() for part in message.iter_attachments()], ["record.xml", "findings.json"])
        return message

    @staticmethod
    def parts(message):
        """Text, page, record as a tree, findings as objects."""
        text, page = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
        record, findings = message.iter_attachments()
        return text, page, xml.etree.ElementTree.fromstring(record.get_content()), json.loads(findings.get_content())


@needs_postfix
class RealServer(Mails):
    """Postfix: a relay, submission with STARTTLS and login, and TLS from the first byte."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.folder / "postfix"
        folder.mkdir()
        cls.server = Postfix(folder, cls.authority.certificate("127.0.0.1", "localhost"))
        cls.addClassCleanup(cls.server.stop)
        cls.seen = 0

    def relay(self, **settings):
        return self.mail_channel(f"smtp://127.0.0.1:{self.server.relay}", **settings)

    def arrived(self, count):
        """The mails that came since the last call, which must be so many."""
        mails = self.server.wait_for_mails(type(self).seen + count)
        new = mails[type(self).seen:]
        type(self).seen = len(mails)
        self.assertEqual(len(new), count)
        return sorted(new, key=told_as)  # a server may deliver two mails in any order

    def test_a_mail(self):
        channel = self.relay()
        channel.finding()
        self.assertEqual(channel.send().result, "sent")
        message = self.check_form(self.arrived(1)[0])
        self.assertEqual(message.keys(), FIELDS)
        self.assertEqual(message["Subject"], r"[tocsin] CERTAIN WEB01: WEB01\IUSR ran cmd.exe")
        self.assertEqual(message["From"].addresses[0].addr_spec, "tocsin@example.net")
        self.assertEqual([a.addr_spec for a in message["To"].addresses], ["admin@example.org"])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 60)
        self.assertIn("from collector.example.net", message["Received"])
        text, page, record, findings = self.parts(message)
        self.assertEqual(text.splitlines()[0], r"CERTAIN  WEB01: WEB01\IUSR ran C:\Windows\System32\cmd.exe")
        self.assertIn("`- cmd.exe 4096", text)
        self.assertEqual(record.find(f"{NAMESPACE}System/{NAMESPACE}EventRecordID").text, "42")
        self.assertEqual(findings[0]["process"]["command_line"], "cmd /c dir")
        shown = Page(page)
        self.assertEqual(shown.cells["ran"], "C:\\Windows\\System32\\cmd.exe  (pid 4096)cmd /c dir")
        self.assertNotIn("http://", page)
        self.assertNotIn("src=", page)

    def test_follow_ups_make_a_thread(self):
        channel = self.relay()
        channel.finding()
        self.assertEqual(channel.send().result, "sent")
        channel.again(severity="critical")
        self.assertEqual(channel.send().result, "sent")
        first, second = map(parse, self.arrived(2))
        self.assertEqual(second["In-Reply-To"], first["Message-ID"])
        self.assertEqual(second["References"], first["Message-ID"])
        self.assertNotEqual(second["Message-ID"], first["Message-ID"])
        self.assertEqual(second["X-Priority"], "1 (Highest)")
        self.assertIsNone(first["X-Priority"])

    def test_login(self):
        password = self.secret(Postfix.PASSWORD + "\n")
        for url in (f"smtp://127.0.0.1:{self.server.submission}", f"smtps://localhost:{self.server.smtps}"):
            with self.subTest(url=url):
                settings = {"tls": "starttls"} if url.startswith("smtp:") else {}
                channel = self.mail_channel(url, user=Postfix.USER, password_file=password, ca_file=str(self.authority.ca), **settings)
                channel.finding()
                self.assertEqual(channel.send().result, "sent")
                self.assertIn("with ESMTPSA", parse(self.arrived(1)[0])["Received"])

    def test_a_wrong_password_is_said_and_tried_again(self):
        channel = self.mail_channel(f"smtp://127.0.0.1:{self.server.submission}", tls="starttls", user=Postfix.USER,
                                    password_env="PW", env={"PW": "wrong"}, ca_file=str(self.authority.ca))
        channel.finding()
        answer = channel.send()
        self.assertEqual(answer.result, "retry")
        self.assertIn("535 5.7.8", answer.text)
        self.assertNotIn("wrong", answer.text)

    def test_strangers_certificates_are_refused(self):
        channel = self.mail_channel(f"smtp://127.0.0.1:{self.server.submission}", tls="starttls")
        channel.finding()
        answer = channel.send()
        self.assertEqual(answer.result, "retry")
        self.assertIn("certificate", answer.text)

    def test_some_recipients_are_refused(self):
        channel = self.relay(to=["admin@example.org", "gone@example.org", "other@example.org"])
        channel.finding()
        answer = channel.send()
        self.assertEqual(answer.result, "sent")
        self.assertIn("not to 1 of 3 recipients; <gone@example.org>: 550 5.1.1", answer.text)
        self.assertEqual(sorted(parse(m)["Delivered-To"] for m in self.arrived(2)), ["admin@example.org", "other@example.org"])
        self.assertIn("mail: <gone@example.org> was refused: 550 5.1.1", channel.close())

    def test_all_recipients_are_refused(self):
        channel = self.relay(to=["gone@example.org"])
        channel.finding()
        for _ in range(2):  # a message that was rejected among others is tried alone: it must be refused again
            answer = channel.send()
            self.assertEqual(answer.result, "rejected")
            self.assertIn("550 5.1.1", answer.text)
            channel.finding()

    def test_who_has_it_gets_it_once(self):
        channel = self.relay(to=["admin@example.org", "full@example.org"])
        channel.finding()
        for _ in range(2):
            answer = channel.send()
            self.assertEqual((answer.result, answer.retry_after), ("retry", 60000))
            self.assertIn("1 of 2 recipients do not take it yet; <full@example.org>: 452 4.2.2", answer.text)
        channel.again()
        self.assertEqual(channel.send().result, "retry")
        first, second = map(parse, self.arrived(2))
        self.assertNotIn("more", first["Subject"])
        self.assertEqual(len(self.parts(second)[3]), 1)  # only what is new for this recipient
        self.assertEqual(second["In-Reply-To"], first["Message-ID"])

    def test_a_digest_lists_all(self):
        channel = self.relay()
        for number in range(30):
            channel.finding(image=rf"C:\x\p{number}.exe", host=f"WEB{number}")
        channel.message(headline="a channel fails", kind="trouble")
        self.assertEqual(channel.send().result, "sent")
        message = self.check_form(self.arrived(1)[0])
        self.assertEqual(message["Subject"], r"[tocsin] CERTAIN WEB0: WEB01\IUSR ran p0.exe (and 30 more)")
        text, page, record, findings = self.parts(message)
        self.assertEqual(len(findings), 31)
        self.assertEqual(len(record), 20)
        for number in range(30):
            self.assertIn(rf"WEB{number}: WEB01\IUSR ran C:\x\p{number}.exe", text)
            self.assertIn(rf"WEB{number}: WEB01\IUSR ran C:\x\p{number}.exe", Page(page).text)
        self.assertIn("... and 10 more incidents", text)
        self.assertIn("TROUBLE  collector: a channel fails", text)
        self.assertEqual(findings[30]["tocsin"]["kind"], "trouble")

    def test_what_is_too_large_is_rejected(self):
        channel = self.relay()
        channel.finding(image="C:\\" + "x" * 600000)
        answer = channel.send()
        self.assertEqual(answer.result, "rejected")
        self.assertIn("552", answer.text)

    def test_a_drill_says_so(self):
        channel = self.relay()
        channel.finding(kind="drill", severity="critical")
        self.assertEqual(channel.send().result, "sent")
        message = self.check_form(self.arrived(1)[0])
        self.assertTrue(message["Subject"].startswith("[tocsin] DRILL WEB01: "))
        self.assertIsNone(message["X-Priority"])
        text, page, _, _ = self.parts(message)
        self.assertTrue(text.startswith("DRILL  WEB01: "))
        for form in (text, page):
            self.assertIn("Nothing has happened.", form)

    def test_hostile_texts(self):
        """In all places that an intruder can reach; each form's own parser gives back the text and nothing more."""
        channel = self.relay()
        for text in TEXTS.values():
            channel.finding(image="C:\\x\\" + text, command=text, account=text[:2000], domain=text[:2000], host=text[:2000], pool=text[:2000],
                            origin=text[:2000], field=text[:200], note=text[:2000])
            self.assertEqual(channel.send().result, "sent")
        mails = self.arrived(len(TEXTS))
        for (name, text), data in zip(TEXTS.items(), mails, strict=True):
            with self.subTest(text=name):
                self.check_hostile(kept(text), data)

    def check_hostile(self, text, data):
        message = self.check_form(data)
        self.assertEqual([key for key in message.keys() if key not in ("In-Reply-To", "References")], FIELDS)
        subject = message["Subject"]
        self.assertLess(len(subject), 300)
        host = decode(subject.removeprefix("[tocsin] CERTAIN ")).partition(": ")[0]
        if len(text) <= 10 and ": " not in text and text.strip():
            self.assertEqual(host, text)
        plain, page, record, findings = self.parts(message)
        for shown in (subject, plain.replace("\n", ""), Page(page).text.replace("\n", "")):
            self.assertFalse([c for c in shown if must_be_shown_as_code_point(c)])
        self.check_page(text, page)
        self.check_record(text, record)
        self.assertEqual(len(findings), 1)
        self.assertEqual(findings[0]["process"]["command_line"], text)
        self.assertEqual(findings[0]["process"]["executable"], "C:\\x\\" + text)
        # One line of the text is the command; a line feed in it would make it two.
        if len(text) < 300:
            self.assertIn(" " * 11 + text, [decode(line) for line in plain.split("\n")])

    def check_page(self, text, page):
        shown = Page(page)
        self.assertLessEqual(shown.tags, {"html", "head", "meta", "title", "style", "body", "div", "h2", "h3", "p", "span", "table", "tr",
                                          "th", "td", "ul", "li", "br", "b"})
        self.assertLessEqual(shown.attributes, {"lang", "charset", "http-equiv", "content", "name", "class", "style", "role"})
        self.assertEqual(shown.declarations, [])
        cell = shown.cells["CommandLine"]
        cut = CUT.search(cell)
        got = decode(CUT.sub("", cell))
        self.assertEqual(got, text if not cut else text[:len(got)])
        if cut:
            self.assertEqual(len(got.encode()) + int(cut[1]), len(text.encode()))

    def check_record(self, text, record):
        data = record.findall(f"{NAMESPACE}EventData/{NAMESPACE}Data")
        self.assertEqual(len(data), 3)
        expected = "".join(chr(0x2400 + ord(c)) if ord(c) < 0x20 and c not in "\t\n\r" else
                           "\ufffd" if c in "\ufffe\uffff" else c for c in text)
        self.assertEqual(data[1].text or "", expected)


class NastyServer(Mails):
    """A server that refuses, hangs, answers nonsense, drops the connection at any step."""

    def nasty(self, answers=None, **options):
        server = NastySmtp(answers, **options)
        self.addCleanup(server.stop)
        return server

    def attempt(self, server, to=("admin@example.org",), **settings):
        channel = self.mail_channel(f"smtp://127.0.0.1:{server.port}", to=to, **settings)
        channel.finding()
        return channel.send()

    def test_every_step(self):
        """What the server does, what becomes of the message, and what is said about it."""
        cases = [
            ({"banner": "554 go away"}, "retry", "554 go away"),
            ({"banner": "421 busy"}, "retry", "421 busy"),
            ({"banner": drop}, "retry", ""),
            ({"banner": babble}, "retry", ""),
            ({"EHLO": drop}, "retry", ""),
            ({"EHLO": "500 what", "HELO": "421 no"}, "retry", ""),
            ({"MAIL": "451 later"}, "retry", "451 later"),
            ({"MAIL": "553 not you"}, "retry", "553 not you"),
            ({"MAIL": "552 too large"}, "rejected", "552 too large"),
            ({"MAIL": drop}, "retry", ""),
            ({"RCPT": "450 grey"}, "retry", "450 grey"),
            ({"RCPT": "550 no such user"}, "rejected", "550 no such user"),
            ({"RCPT": "550-no\r\n550-such\r\n550 user"}, "rejected", "550 user"),
            ({"RCPT": drop}, "retry", ""),
            ({"DATA": "451 later"}, "retry", "451 later"),
            ({"DATA": "554 never"}, "rejected", "554 never"),
            ({"content": drop}, "retry", ""),
            ({".": "451 later"}, "retry", "451 later"),
            ({".": "554 \x1b[2Jspam"}, "rejected", "554 <U+001B>[2Jspam"),
            ({".": "550 " + "x" * 900}, "rejected", "550 xxx"),
            ({".": drop}, "retry", ""),
            ({".": babble}, "retry", ""),
            ({"QUIT": drop}, "sent", ""),
            ({"QUIT": "554 too late"}, "sent", ""),
        ]
        for answers, result, said in cases:
            with self.subTest(answers=answers):
                server = self.nasty(answers)
                answer = self.attempt(server, timeout="2s" if babble in answers.values() else "1m")
                self.assertEqual(answer.result, result, answer)
                self.assertIn(said, answer.text)
                self.assertTrue(answer.text)
                self.assertLess(len(answer.text), 256)
                server.stop()

    def test_a_server_that_hangs(self):
        for step in ("banner", "EHLO", "RCPT", "DATA", "."):
            with self.subTest(step=step):
                server = self.nasty({step: hang})
                began = time.monotonic()
                answer = self.attempt(server, timeout="1s")
                self.assertEqual(answer.result, "retry", answer)
                self.assertLess(time.monotonic() - began, 5)

    def test_leave_is_not_waited_for(self):
        """The mail is taken; a server that does not say good-bye cannot make us send it again."""
        server = self.nasty({"QUIT": hang})
        began = time.monotonic()
        self.assertEqual(self.attempt(server).result, "sent")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(len(server.mails), 1)

    def test_a_stop_is_obeyed(self):
        for step, word in (("DATA", "DATA"), (".", ".")):
            with self.subTest(step=step):
                self.stop_at(step, word)

    def stop_at(self, step, said):
        server = self.nasty({step: hang})
        channel = self.mail_channel(f"smtp://127.0.0.1:{server.port}")
        channel.finding()
        channel.put(b"send\n")
        channel.process.stdin.flush()
        while said not in server.words:
            time.sleep(0.01)
        began = time.monotonic()
        channel.process.send_signal(signal.SIGTERM)
        self.assertEqual(channel.process.stdout.readline(), b"retry 0 0 stopped\n")
        self.assertLess(time.monotonic() - began, 2)

    def test_nobody_listens(self):
        channel = self.mail_channel(f"smtp://127.0.0.1:{free_port()}")
        channel.finding()
        answer = channel.send()
        self.assertEqual(answer.result, "retry")
        self.assertIn("Failed to connect to 127.0.0.1", answer.text)

    def test_no_starttls_no_mail(self):
        """Somebody on the way may have taken STARTTLS out of the answer: then nothing is sent, least of all the password."""
        server = self.nasty()
        answer = self.attempt(server, tls="starttls", user="me", password_file=self.secret("secret"))
        self.assertEqual(answer.result, "retry")
        self.assertEqual([word for word in server.words if not word.startswith(("EHLO", "QUIT"))], [])

    def test_starttls_refused(self):
        server = self.nasty({"EHLO": "250-nasty\r\n250 STARTTLS", "STARTTLS": "454 not now"})
        answer = self.attempt(server, tls="starttls")
        self.assertEqual(answer.result, "retry")
        self.assertIn("454 not now", answer.text)
        self.assertEqual(server.mails, [])

    def test_names_of_certificates(self):
        answers = {"EHLO": "250-nasty\r\n250 STARTTLS"}
        for names, result in ((("127.0.0.1",), "sent"), (("mail.example.net",), "retry")):
            for is_tls in (False, True):
                with self.subTest(names=names, is_tls=is_tls):
                    server = self.nasty(answers, certificate=self.authority.certificate(*names), is_tls=is_tls)
                    scheme = "smtps" if is_tls else "smtp"
                    channel = self.mail_channel(f"{scheme}://127.0.0.1:{server.port}", ca_file=str(self.authority.ca),
                                                **({} if is_tls else {"tls": "starttls"}))
                    channel.finding()
                    answer = channel.send()
                    self.assertEqual(answer.result, result, answer)
                    self.assertEqual(len(server.mails), result == "sent")

    def test_grey_lists(self):
        """One of two is asked to come later: it gets the mail later, and the other not twice."""
        server = self.nasty({"RCPT": ["250 ok", "450 grey", "250 ok"]})
        channel = self.mail_channel(f"smtp://127.0.0.1:{server.port}", to=["a@example.org", "b@example.org"])
        channel.finding()
        self.assertEqual(channel.send().result, "retry")
        self.assertEqual(channel.send().result, "sent")
        asked = [word for word in server.words if word.startswith("RCPT")]
        self.assertEqual(asked, ["RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>", "RCPT TO:<b@example.org>"])
        self.assertEqual(len(server.mails), 2)
        self.assertEqual(parse(server.mails[0])["Message-ID"], parse(server.mails[1])["Message-ID"])

    def test_what_was_rejected_together_can_be_sent_alone(self):
        server = self.nasty({".": ["554 together", "250 alone"]})
        channel = self.mail_channel(f"smtp://127.0.0.1:{server.port}")
        channel.finding()
        channel.again()
        self.assertEqual(channel.send().result, "rejected")
        channel.finding()
        self.assertEqual(channel.send().result, "sent")
        self.assertEqual(len(server.mails), 2)

    def test_dots_come_through(self):
        server = self.nasty()
        channel = self.mail_channel(f"smtp://127.0.0.1:{server.port}")
        channel.finding(command=".\n.\r\nQUIT\r\n.")
        self.assertEqual(channel.send().result, "sent")
        self.assertEqual([word.split()[0] for word in server.words], ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"])
        _, _, _, findings = self.parts(self.check_form(server.mails[0]))
        self.assertEqual(findings[0]["process"]["command_line"], ".\n.\r\nQUIT\r\n.")


class Configuration(Mails):
    """Mistakes are told when the channel is opened."""

    def test_what_is_refused(self):
        good = {"type": "mail", "url": "smtp://mail.example.net:587", "from": "a@example.net", "to": ["b@example.net"]}
        readable = self.secret("secret", 0o644)
        private = pathlib.Path(readable + "-private")
        private.write_text("\n")
        private.chmod(0o600)
        cases = [
            ({"user": "me", "password_file": readable}, "secret"),
            ({"user": "me", "password_file": "/nowhere"}, "/nowhere"),
            ({"user": "me", "password_file": str(private)}, "the password is empty"),
            ({"user": "me", "password_env": "NOT_SET"}, "NOT_SET"),
            ({"user": "me", "password_env": "A", "password_file": "b"}, "exclude each other"),
            ({"user": "me"}, "password_file"),
            ({"password_env": "A"}, "a login needs"),
            ({"user": "me", "password_env": "A", "tls": "none"}, "could be read"),
            ({"url": "smtps://mail.example.net", "tls": "none"}, "smtps://"),
            ({"url": "http://mail.example.net"}, "smtp://"),
            ({"url": "smtp://me:pw@mail.example.net"}, "a login"),
            ({"from": "a@example.net\r\nBcc: x@y"}, "no mail address"),
            ({"to": ["b@example.net", "c"]}, "'c' is no mail address"),
            ({"to": []}, "1 to 100"),
            ({"tls": "yes"}, "starttls"),
            ({"pasword_file": "x"}, "password_file"),
        ]
        for settings, said in cases:
            with self.subTest(settings=settings):
                self.assertIn(said, self.refuses(**{**good, **settings}))


if __name__ == "__main__":
    unittest.main()
