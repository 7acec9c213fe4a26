"""What keeping watch costs: how long until an alarm is told, what an idle watch takes, and whether its memory stays flat.

The log is JSON lines that grow. Each alarm is of a host of its own, so that each is an incident and a mail of its own.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

from measure import Failed, spread

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def event(number, host=None, **data):
    """A line of the log: a process that the web server's account starts, on a host of that number."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".%07dZ" % (number % 10_000_000)
    fields = {"SubjectUserSid": "S-1-5-82-1-2-3-4-5", "SubjectUserName": "Pool", "SubjectDomainName": "IIS APPPOOL",
              "SubjectLogonId": "0x1234", "NewProcessId": hex(0x1000 + 4 * number % 65536), "ProcessId": "0x100",
              "NewProcessName": r"C:\Windows\System32\cmd.exe", **data}
    return json.dumps({"System": {"Provider": {"Name": "Microsoft-Windows-Security-Auditing"}, "EventID": 4688, "Version": 2,
                                  "TimeCreated": {"SystemTime": moment}, "EventRecordID": number + 1, "Channel": "Security",
                                  "Computer": host or f"WEB{number}"}, "EventData": fields}) + "\n"


class Sink(threading.Thread):
    """A mail server that takes everything and notes when."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.taken = []

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb", 0) as talk:
                self.serve(talk)

    def serve(self, talk):
        talk.write(b"220 sink\r\n")
        in_data = False
        for line in talk:
            if in_data:
                if line == b".\r\n":
                    in_data = False
                    self.taken.append(time.perf_counter())
                    talk.write(b"250 taken\r\n")
                continue
            word = line[:4].upper().strip()
            in_data = word == b"DATA"
            talk.write(b"354 go on\r\n" if in_data else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


class Watch:
    """A running watch over one growing log, which tells a file and, if there is a port, a mail server."""

    def __init__(self, tocsin, folder, port=None):
        self.log, self.alerts = folder / "log.jsonl", folder / "alerts.jsonl"
        self.log.write_text(event(0, SubjectUserSid="S-1-5-18", SubjectUserName="SYSTEM", SubjectDomainName="NT AUTHORITY",
                                  SubjectLogonId="0x3e7"))
        channels = [{"type": "file", "path": str(self.alerts)}]
        if port:
            channels.append({"type": "mail", "url": f"smtp://127.0.0.1:{port}", "tls": "none", "from": "t@example.org",
                             "to": ["a@example.org"], "burst": 1000})
        config = folder / "tocsin.yaml"
        config.write_text(json.dumps({"state": str(folder / "state.db"), "sources": [{"path": str(self.log)}], "channels": channels}))
        self.process = subprocess.Popen([tocsin, "watch", "--config", config], stderr=subprocess.DEVNULL)
        self.out = open(self.log, "a", encoding="utf-8")
        time.sleep(3)                           # until the past has been read

    def told(self):
        return self.alerts.read_bytes().count(b"\n") if self.alerts.exists() else 0

    def wait(self, count, of, seconds=20):
        """The moment at which `of` gives `count`."""
        until = time.perf_counter() + seconds
        while of() < count:
            if time.perf_counter() > until or self.process.poll() is not None:
                raise Failed("the watch did not tell an alarm")
            time.sleep(0.0005)
        return time.perf_counter()

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.out.close()


def with_watch(tocsin, measured, port=None):
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(tocsin, pathlib.Path(folder), port)
        try:
            return measured(watch)
        finally:
            watch.end()


def p99(values):
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]


def latency(watch, tries, of):
    """Milliseconds from an event that is appended until `of` counts it: the lowest, the 99th of a hundred, the highest."""
    took = []
    for number in range(1, tries + 1):
        began = time.perf_counter()
        watch.out.write(event(number))
        watch.out.flush()
        took.append((watch.wait(number, of) - began) * 1e3)
        time.sleep(0.02)
    result = spread(took)
    result.median = p99(took)
    return result


def file_latency(tocsin, tries):
    return with_watch(tocsin, lambda watch: latency(watch, tries, watch.told))


def mail_latency(tocsin, tries):
    sink = Sink()
    sink.start()
    try:
        return with_watch(tocsin, lambda watch: latency(watch, tries, lambda: len(sink.taken)), sink.port)
    finally:
        sink.listener.close()


def idle(tocsin, seconds):
    """Per cent of a processor that a watch takes while nothing happens."""
    def measured(watch):
        before = watch.cpu()
        time.sleep(seconds)
        return (watch.cpu() - before) / seconds * 100
    return spread([with_watch(tocsin, measured)])


def memory_growth(tocsin, events):
    """Memory after so many events against that after a tenth of them. Processes start, and their numbers come again."""
    def measured(watch):
        def feed(first, last):
            for number in range(first, last):
                watch.out.write(event(number, host="FS01", SubjectUserSid="S-1-5-18", SubjectUserName="SYSTEM",
                                      SubjectDomainName="NT AUTHORITY", SubjectLogonId="0x3e7"))
            watch.out.write(event(last))        # it rings: everything before has been read
            watch.out.flush()
        feed(1, events // 10)
        watch.wait(1, watch.told, 600)
        early = watch.memory()
        feed(events // 10 + 1, events)
        watch.wait(2, watch.told, 600)
        return watch.memory() / early, watch.memory()
    return with_watch(tocsin, measured)
