"""Web hooks: through nginx with TLS, through a server that behaves badly, and what chat tools get to see."""
import email.utils
import hashlib
import hmac
import json
import time
import unittest

from deliver.http_servers import NastyHttp, Nginx, dripping, endless, many_headers, needs_nginx, saying, silent
from deliver.servers import free_port
from deliver.support import Delivery


@needs_nginx
class Real(Delivery):
    """nginx takes the posts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = Nginx(cls.folder / "nginx", cls.authority.certificate("127.0.0.1", "localhost"))
        cls.addClassCleanup(cls.nginx.stop)

    def hook(self, path="taken", scheme="https", env=None, **settings):
        port = self.nginx.tls if scheme == "https" else self.nginx.plain
        given = {"type": "webhook", "url": f"{scheme}://127.0.0.1:{port}/{path}", "ca_file": str(self.authority.ca), **settings}
        return self.open(env=env, **{key: value for key, value in given.items() if value is not None})

    def last_post(self):
        return self.nginx.posts()[-1]

    def test_the_finding_arrives_signed(self):
        key = "a key with a blank"
        hook = self.hook(secret_file=self.secret(key + "\n"))
        hook.finding(command="cmd /c \"echo \u00e4\"")
        before = int(time.time())
        answer = hook.send()
        self.assertEqual((answer.result, answer.text), ("sent", "HTTP 204"))
        post = self.last_post()
        self.assertEqual((post["method"], post["scheme"], post["content_type"], post["expect"], post["user_agent"]),
                         ("POST", "https", "application/json", "", "tocsin"))
        finding = json.loads(post["body"])
        self.assertEqual(finding["process"]["command_line"], "cmd /c \"echo \u00e4\"")
        self.assertEqual(finding["tocsin"]["severity"], "certain")
        moment, code = (part.split("=") for part in post["tocsin_signature"].split(","))
        self.assertEqual((moment[0], code[0]), ("t", "v1"))
        self.assertLessEqual(before, int(moment[1]))
        self.assertLessEqual(int(moment[1]), int(time.time()))
        signed = moment[1].encode() + b"." + post["body"]
        self.assertEqual(code[1], hmac.new(key.encode(), signed, hashlib.sha256).hexdigest())

    def test_without_a_key_there_is_no_signature(self):
        hook = self.hook()
        hook.finding()
        self.assertEqual(hook.send().result, "sent")
        self.assertEqual(self.last_post()["tocsin_signature"], "")

    def test_several_are_a_list(self):
        hook = self.hook()
        for _ in range(3):
            hook.finding()
        self.assertEqual(hook.send().result, "sent")
        body = json.loads(self.last_post()["body"])
        self.assertEqual((body["count"], len(body["messages"])), (3, 3))
        self.assertEqual(len({message["tocsin"]["finding_id"] for message in body["messages"]}), 3)

    def test_the_address_may_be_a_secret(self):
        url = f"https://127.0.0.1:{self.nginx.tls}/taken/secret-token"
        for settings in ({"url_file": self.secret(url)}, {"url_env": "HOOK_ADDRESS"}):
            hook = self.hook(url=None, env={"HOOK_ADDRESS": url}, **settings)
            hook.finding()
            self.assertEqual(hook.send().result, "sent")
            self.assertEqual(self.last_post()["uri"], "/taken/secret-token")

    def test_what_the_status_means(self):
        for status, result, retry_after, text in (
                (400, "rejected", 0, "HTTP 400: what is that?"), (401, "rejected", 0, "HTTP 401"),
                (404, "rejected", 0, "HTTP 404: no such hook"), (410, "rejected", 0, "HTTP 410: gone"),
                (429, "retry", 7000, "HTTP 429: slowly"), (500, "retry", 0, "HTTP 500"), (503, "retry", 120000, "HTTP 503")):
            with self.subTest(status=status):
                hook = self.hook(path=str(status))
                hook.finding()
                answer = hook.send()
                self.assertEqual((answer.result, answer.retry_after), (result, retry_after))
                self.assertTrue(answer.text.startswith(text), answer.text)

    def test_a_redirection_is_not_followed(self):
        hook = self.hook(path="moved")
        hook.finding()
        answer = hook.send()
        self.assertEqual((answer.result, answer.text), ("rejected", "HTTP 307: redirections are not followed"))
        self.assertEqual(self.last_post()["uri"], "/moved")

    def test_who_cannot_prove_who_he_is_gets_nothing(self):
        """The system's authorities do not know ours; and the certificate is for another name."""
        count = len(self.nginx.posts())
        hook = self.hook(ca_file=None)
        hook.finding()
        answer = hook.send()
        self.assertEqual(answer.result, "retry")
        self.assertRegex(answer.text, "certificate")
        other = Nginx(self.folder / "other", self.authority.certificate("other.example"))
        self.addCleanup(other.stop)
        hook = self.hook(url=f"https://127.0.0.1:{other.tls}/taken")
        hook.finding()
        answer = hook.send()
        self.assertEqual(answer.result, "retry")
        self.assertRegex(answer.text, "certificate subject name|127.0.0.1")
        self.assertEqual((len(self.nginx.posts()), len(other.posts())), (count, 0))

    def test_no_proxy_of_the_environment(self):
        nowhere = f"http://127.0.0.1:{free_port()}"
        hook = self.hook(scheme="http", env={"http_proxy": nowhere, "all_proxy": nowhere})
        hook.finding()
        self.assertEqual(hook.send().result, "sent")

    def test_secrets_that_others_can_read(self):
        url = f"https://127.0.0.1:{self.nginx.tls}/taken"
        said = self.refuses(type="webhook", url=url, secret_file=self.secret("key", 0o640))
        self.assertRegex(said, r"can be used by others than its owner \(mode 0640\)")
        self.assertRegex(self.refuses(type="webhook", url=url, secret_env="NOT_SET_AT_ALL"), "NOT_SET_AT_ALL")
        self.assertRegex(self.refuses(type="webhook", url_file=self.secret("ftp://x/")), "https:// or http://")
        self.assertRegex(self.refuses(type="webhook", url_file=self.secret("https://x/a b")), "blank")


class Nasty(Delivery):
    """A server that takes nothing, or not as it should."""

    def post_to(self, answer, timeout="1s"):
        server = NastyHttp(answer)
        self.addCleanup(server.stop)
        hook = self.open(type="webhook", url=f"http://127.0.0.1:{server.port}/", timeout=timeout)
        hook.finding()
        start = time.monotonic()
        result = hook.send()
        self.assertLess(time.monotonic() - start, 15)
        server.stop()
        self.assertLessEqual(len(server.requests), 1)
        return result

    def test_nobody_is_there(self):
        hook = self.open(type="webhook", url=f"http://127.0.0.1:{free_port()}/")
        hook.finding()
        answer = hook.send()
        self.assertEqual(answer.result, "retry")
        self.assertRegex(answer.text, "connect")

    def test_no_answer_that_counts(self):
        for name, answer in {
                "silence": silent, "drip": dripping, "headers without end": many_headers,
                "nothing": saying(), "garbage": saying(b"\0\xff<html>" * 20), "half a status": saying(b"HTTP/1.1 2"),
                "another protocol": saying(b"220 mail.example.org ESMTP\r\n"), "only a promise": saying(b"HTTP/1.1 100 Continue\r\n\r\n"),
                "status that is none": saying(b"HTTP/1.1 999999999999 OK\r\n\r\n")}.items():
            with self.subTest(name):
                result = self.post_to(answer)
                self.assertIn(result.result, ("retry", "sent") if name in ("drip", "headers without end") else ("retry",), result.text)
                self.assertTrue(result.text)

    def test_a_yes_is_a_yes(self):
        """However the rest of the answer ends: the other side has said that it has it."""
        for name, answer in {
                "cut": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"), "endless": endless,
                "bad chunks": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n")}.items():
            with self.subTest(name):
                result = self.post_to(answer)
                self.assertEqual((result.result, result.text), ("sent", "HTTP 200"))

    def test_retry_after(self):
        later = email.utils.format_datetime(email.utils.localtime(), usegmt=False)
        for value, least, most in (("30", 30000, 30000), ("0", 0, 0), ("-5", 0, 0), ("soon", 0, 0),
                                   ("99999999999999999999", 0, 2**64), (later, 0, 1000),
                                   (email.utils.formatdate(time.time() + 90, usegmt=True), 80000, 91000)):
            with self.subTest(value):
                head = f"HTTP/1.1 503 Busy\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode()
                result = self.post_to(saying(head))
                self.assertEqual(result.result, "retry")
                self.assertTrue(least <= result.retry_after <= most, result.retry_after)

    def test_a_request_that_was_too_slow_is_made_again(self):
        result = self.post_to(saying(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual((result.result, result.text), ("retry", "HTTP 408"))

    def test_what_it_says_is_made_visible(self):
        body = b"\x1b[31mred\nline \xff\xe2\x80\xae" + b"x" * 100000
        head = b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n" % len(body)
        result = self.post_to(saying(head + body))
        self.assertEqual(result.result, "rejected")
        self.assertTrue(result.text.startswith("HTTP 400: <U+001B>[31mred line \ufffd<U+202E>xxx"), result.text)
        self.assertLess(len(result.text), 256)


class Chat(Delivery):
    """The tools get JSON in which an intruder's words are only words."""

    HOSTILE = "x\"\\ ``` <!channel> @everyone [a](http://b) <http://c|d> \u202e \x1b[31m\r\n"

    def post(self, template):
        server = NastyHttp(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        self.addCleanup(server.stop)
        hook = self.open(type="webhook", url=f"http://127.0.0.1:{server.port}/", template=template)
        hook.finding(account="<!here> `@all`", image="C:\\a\\" + self.HOSTILE + ".exe", command=self.HOSTILE)
        hook.message(headline="two")
        self.assertEqual(hook.send().result, "sent")
        server.stop()
        text = server.requests[0][1].decode()
        self.assertNotRegex(text, "[\u202e\x1b\r\n]")
        return json.loads(text)

    def test_slack(self):
        body = self.post("slack")
        self.assertNotIn("<", body["text"])
        self.assertTrue(body["text"].startswith("CERTAIN "))
        (block,) = body["blocks"]
        self.assertEqual((block["type"], block["text"]["type"], block["text"]["emoji"]), ("section", "plain_text", False))
        self.assertEqual(len(block["text"]["text"].split("\n")), 2)
        self.assertIn("<!channel>", block["text"]["text"])

    def test_teams(self):
        body = self.post("teams")
        (attachment,) = body["attachments"]
        card = attachment["content"]
        self.assertEqual((attachment["contentType"], card["type"]), ("application/vnd.microsoft.card.adaptive", "AdaptiveCard"))
        self.assertEqual({block["type"] for block in card["body"]}, {"RichTextBlock"})
        self.assertIn("[a](http://b)", card["body"][1]["inlines"][0]["text"])

    def test_discord(self):
        body = self.post("discord")
        self.assertEqual(body["allowed_mentions"], {"parse": []})
        self.check_code(body["content"])

    def test_mattermost(self):
        self.check_code(self.post("mattermost")["text"])

    def check_code(self, text):
        """All of it stands within one block of code."""
        self.assertTrue(text.startswith("```\nCERTAIN ") and text.endswith("\n```"), text)
        self.assertNotIn("`", text[3:-3])
        self.assertEqual(len(text.split("\n")), 5)


if __name__ == "__main__":
    unittest.main()
