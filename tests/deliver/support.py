"""What tests of channels share: a channel that is driven by hand, see send_message.c."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from deliver.servers import Authority

TESTS = pathlib.Path(__file__).resolve().parent.parent
SEND_MESSAGE = os.environ.get("SEND_MESSAGE", str(TESTS.parent / "build" / "tests" / "send_message"))


class Answer:
    """What became of a batch."""

    def __init__(self, line):
        self.result, taken, retry_after, self.text = line.rstrip("\n").split(" ", 3)
        self.taken, self.retry_after = int(taken), int(retry_after)

    def __repr__(self):
        return f"{self.result}: {self.text}"


class Channel:
    """A channel in a process of its own."""

    def __init__(self, folder, host="collector.example.net", env=None, **settings):
        path = pathlib.Path(folder) / "channel.yaml"
        path.write_text(json.dumps({"channels": [settings]}))
        self.process = subprocess.Popen([SEND_MESSAGE, str(path), host], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**os.environ, **(env or {})})

    def put(self, line):
        self.process.stdin.write(line)

    def set(self, **texts):
        for key, text in texts.items():
            # Logs hold UTF-16; what is none of it was replaced when it was read.
            data = str(text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
            self.put(b"set %s %d\n%s\n" % (key.encode(), len(data), data))

    def finding(self, **texts):
        self.set(**texts)
        self.put(b"finding\n")

    def again(self, **texts):
        self.set(**texts)
        self.put(b"again\n")

    def message(self, **texts):
        self.set(**texts)
        self.put(b"message\n")

    def send(self):
        self.put(b"send\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode()
        if not line:
            raise AssertionError("send_message ended: " + self.process.stderr.read().decode())
        return Answer(line)

    def close(self):
        """Ends the process and gives what it said on standard error."""
        if self.process.stdin.closed:
            return ""
        self.process.stdin.close()
        said = self.process.stderr.read().decode()
        self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return said


class Delivery(unittest.TestCase):
    """A test with a folder and an authority of its own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="tocsin-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.folder.chmod(0o755)
        cls.authority = Authority(cls.folder / "authority")

    def open(self, env=None, **settings):
        channel = Channel(self.folder, env=env, **settings)
        self.addCleanup(channel.close)
        return channel

    def refuses(self, env=None, **settings):
        """What is said about a channel that cannot be opened."""
        channel = Channel(self.folder, env=env, **settings)
        status = channel.process.wait(20)
        said = channel.close()
        self.assertEqual(status, 2, said)
        return said

    def secret(self, text, mode=0o600):
        path = self.folder / "secret"
        path.write_text(text)
        path.chmod(mode)
        return str(path)
