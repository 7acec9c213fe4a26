#!/usr/bin/python3
"""Measures tocsin against its goals, one row after the other, and prints them as a table. scripts/bench builds and calls it."""
import argparse
import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable, Optional

import machine
import measure
import watch
from inputs import CHUNK, Inputs

GB = 1e9
MB = 1 << 20


@dataclass
class Scale:
    """How much is measured."""
    size: int                           # bytes of the large logs
    largest: int                        # of the largest
    pairs: int
    slow_pairs: int                     # with a peer that takes seconds
    slow_size: int
    files: int
    living: int
    events: int                         # fed to the engine alone
    alarms: int                         # told by a watch, one after the other
    idle_seconds: int
    watched: int                        # events that a watch reads


FULL = Scale(size=1024 * MB, largest=4096 * MB, pairs=11, slow_pairs=11, slow_size=64 * MB, files=10000, living=40000,
             events=5_000_000, alarms=200, idle_seconds=60, watched=1_000_000)
QUICK = Scale(size=128 * MB, largest=512 * MB, pairs=3, slow_pairs=1, slow_size=8 * MB, files=1000, living=10000, events=1_000_000,
              alarms=60, idle_seconds=20, watched=100_000)


@dataclass
class Result:
    """A row of the table. `value` is what the goal is about."""
    value: measure.Spread
    unit: str = "x"
    wall: Optional[measure.Spread] = None
    size: int = 0                       # bytes that a run reads
    records: int = 0
    peak: int = 0


@dataclass
class Row:
    name: str
    what: str
    goal: Optional[float]               # None: told for comparison
    at_most: bool
    measure: Callable


class Bench:
    def __init__(self, tools, folder, scale):
        self.tocsin, self.floor, self.engine = tools / "tocsin", tools / "bench/bench_floor", tools / "bench/bench_engine"
        self.runner = measure.Runner(tools / "bench/bench_run")
        self.inputs, self.scale = Inputs(folder, tools / "bench/bench_grow", self.tocsin), scale

    def scan(self, *paths, threads=1, options=()):
        return [self.tocsin, "scan", "--quiet", f"--threads={threads}", *options, *paths]

    def dump(self, path, form, threads=1):
        return [self.tocsin, "dump", "--quiet", f"--threads={threads}", f"--format={form}", path]

    def against(self, a, b, path, count=None, factor=1.0):
        """a against b over the input `path`: the ratio of their times."""
        pair = self.runner.pairs(a, b, count or self.scale.pairs)
        facts = self.inputs.info(path)
        return Result(pair.ratio.scaled(factor), "x", pair.a, facts["bytes"], facts["records"], pair.peak)

    def speed(self, command, path):
        """Bytes of input in a second."""
        wall, peak = self.runner.single(command, self.scale.pairs)
        facts = self.inputs.info(path)
        size = facts["bytes"]
        value = measure.Spread(size / wall.high / GB, size / wall.median / GB, size / wall.low / GB)
        return Result(value, "GB/s", wall, size, facts["records"], peak)

    # ---- the rows ----

    def scan_against_floor(self):
        path = self.inputs.mixed(self.scale.size)
        return self.against(self.scan(path), [self.floor, path], path)

    def audit_against_floor(self):
        path = self.inputs.mixed(self.scale.size, audit_only=True)
        return self.against(self.scan(path), [self.floor, path], path)

    def starts_against_floor(self):
        path = self.inputs.starts(self.scale.size)
        return self.against(self.scan(path), [self.floor, path], path)

    def scan_against_cat(self):
        path = self.inputs.mixed(self.scale.size)
        return self.against(self.scan(path), ["cat", path], path)

    def evtxexport_against_scan(self):
        path = self.inputs.starts(self.scale.slow_size)     # it does not get through all of the real ones
        pair = self.runner.pairs(["evtxexport", path], self.scan(path), self.scale.slow_pairs, warm_up=0)
        facts = self.inputs.info(path)
        return Result(pair.ratio, "x", pair.b, facts["bytes"], facts["records"])

    def dump_jsonl(self):
        path = self.inputs.mixed(self.scale.size)
        return self.speed(self.dump(path, "jsonl"), path)

    def dump_xml(self):
        path = self.inputs.mixed(self.scale.size)
        return self.speed(self.dump(path, "xml"), path)

    def scan_evt(self):
        path = self.inputs.evt(self.scale.size)
        return self.speed(self.scan(path), path)

    def scan_evt_starts(self):
        path = self.inputs.evt(self.scale.size, starts_only=True)
        return self.speed(self.scan(path), path)

    def scan_text(self, path):
        """Million events in a second through a pipe."""
        facts = self.inputs.info(path)
        wall, peak = self.runner.single(["sh", "-c", 'cat "$1" | "$0" scan --quiet --threads=1 -', self.tocsin, path], self.scale.pairs)
        value = measure.Spread(*(facts["records"] / seconds / 1e6 for seconds in (wall.high, wall.median, wall.low)))
        return Result(value, "M/s", wall, facts["bytes"], facts["records"], peak)

    def scan_xml(self):
        return self.scan_text(self.inputs.text(self.inputs.mixed(self.scale.size // 2), "xml"))

    def scan_json(self):
        return self.scan_text(self.inputs.text(self.inputs.mixed(self.scale.size // 2), "jsonl"))

    def scan_xml_starts(self):
        return self.scan_text(self.inputs.text(self.inputs.starts(self.scale.size // 2), "xml"))

    def scan_json_starts(self):
        return self.scan_text(self.inputs.text(self.inputs.starts(self.scale.size // 2), "jsonl"))

    def two_threads_scan(self):
        path = self.inputs.mixed(self.scale.size)
        return self.against(self.scan(path, threads=2), self.scan(path), path)

    def two_threads_dump(self):
        path = self.inputs.mixed(self.scale.size)
        small = self.inputs.mixed(self.scale.slow_size)
        one, two = (subprocess.run(list(map(str, self.dump(small, "jsonl", threads))), stdout=subprocess.PIPE, check=True).stdout
                    for threads in (1, 2))
        if one != two:
            raise measure.Failed("two threads give other bytes than one")
        return self.against(self.dump(path, "jsonl", threads=2), self.dump(path, "jsonl"), path)

    def memory(self):
        path = self.inputs.mixed(self.scale.largest)
        result = self.speed(self.scan(path), path)
        peak = result.peak / MB
        return Result(measure.Spread(peak, peak, peak), "MiB", result.wall, result.size, result.records, result.peak)

    def memory_of_processes(self):
        """What the peak grows by, for each process that lives when the log ends."""
        few, many = self.inputs.living(1000), self.inputs.living(self.scale.living)
        peaks = [self.runner.single(self.scan(path), 3)[1] for path in (few, many)]
        each = (peaks[1] - peaks[0]) / (self.scale.living - 1000)
        return Result(measure.Spread(each, each, each), "bytes", peak=peaks[1])

    def allow_list(self):
        """What each record costs with a long list against a short one; reading the list is not counted, allow-start tells it."""
        path, tiny = self.inputs.starts(self.scale.size), self.inputs.mixed(CHUNK)
        lists = [["--config", self.inputs.allow_list(count)] for count in (100_000, 10)]
        starts = [self.runner.single(self.scan(tiny, options=words), self.scale.pairs)[0].median for words in lists]
        pair = self.runner.pairs(*(self.scan(path, options=words) for words in lists), self.scale.pairs)
        ratio = [(a - starts[0]) / (pair.b.median - starts[1]) for a in (pair.a.low, pair.a.median, pair.a.high)]
        facts = self.inputs.info(path)
        return Result(measure.Spread(*ratio), "x", pair.a, facts["bytes"], facts["records"], pair.peak)

    def allow_list_start(self):
        path = self.inputs.mixed(CHUNK)
        wall, peak = self.runner.single(self.scan(path, options=["--config", self.inputs.allow_list(100_000)]), self.scale.pairs)
        return Result(wall.scaled(1e3), "ms", wall, peak=peak)

    def grows_with_size(self):
        """Time for each byte of a large log against that of a small one; without what a start takes."""
        small, large = self.inputs.mixed(64 * MB), self.inputs.mixed(self.scale.largest)
        start = self.runner.single(self.scan(self.inputs.mixed(CHUNK)), self.scale.pairs)[0].median
        pair = self.runner.pairs(self.scan(large), self.scan(small), self.scale.pairs)
        facts = [self.inputs.info(path) for path in (small, large)]
        factor = facts[0]["bytes"] / facts[1]["bytes"]
        ratio = (pair.a.median - start) / (pair.b.median - start) * factor
        low, high = pair.ratio.low * factor, pair.ratio.high * factor
        return Result(measure.Spread(min(low, ratio), ratio, max(high, ratio)), "x", pair.a, facts[1]["bytes"],
                      facts[1]["records"], pair.peak)

    def grows_with_hosts(self):
        one, many = (self.inputs.hosts(count, self.scale.size // 4) for count in (1, 1000))
        return self.against(self.scan(many), self.scan(one), many)

    def small_files(self):
        """What a file costs beyond its bytes: many files of a chunk against one with the same chunks."""
        folder, whole = self.inputs.small(self.scale.files)
        pair = self.runner.pairs(self.scan(folder), self.scan(whole), self.scale.pairs)
        each = [(x - pair.b.median) / self.scale.files * 1e6 for x in (pair.a.low, pair.a.median, pair.a.high)]
        facts = self.inputs.info(folder)
        return Result(measure.Spread(*each), "us", pair.a, facts["bytes"], facts["records"], pair.peak)

    def engine_alone(self):
        rates = []
        for _ in range(self.scale.pairs):
            done = subprocess.run([self.engine, str(self.scale.events)], check=True, capture_output=True, text=True)
            events, seconds = done.stdout.split()
            rates.append(int(events) / float(seconds) / 1e6)
        return Result(measure.spread(rates), "M/s")

    def watch_file(self):
        return Result(watch.file_latency(self.tocsin, self.scale.alarms), "ms")

    def watch_mail(self):
        return Result(watch.mail_latency(self.tocsin, self.scale.alarms), "ms")

    def watch_idle(self):
        return Result(watch.idle(self.tocsin, self.scale.idle_seconds), "%")

    def watch_memory(self):
        ratio, peak = watch.memory_growth(self.tocsin, self.scale.watched)
        return Result(measure.spread([ratio]), "x", peak=peak)

    def start(self):
        path = self.inputs.mixed(CHUNK)
        wall, peak = self.runner.single(self.scan(path), self.scale.pairs)
        return Result(wall.scaled(1e3), "ms", wall, peak=peak)


ROWS = [
    Row("scan", "scan of .evtx against read() + the same CRC", 1.30, True, Bench.scan_against_floor),
    Row("audit", "the same, only Security and Sysmon: half the records are wanted", None, True, Bench.audit_against_floor),
    Row("starts", "the same, every record a process start", 1.8, True, Bench.starts_against_floor),
    Row("cat", "scan of .evtx against `cat FILE >/dev/null`", 2.0, True, Bench.scan_against_cat),
    Row("evtxexport", "`evtxexport` against scan", 500, False, Bench.evtxexport_against_scan),
    Row("jsonl", "dump as JSON lines, every record", 1.5, False, Bench.dump_jsonl),
    Row("xml", "dump as XML, every record", 1.2, False, Bench.dump_xml),
    Row("evt", "scan of .evt, one record in eight a process start", 3.0, False, Bench.scan_evt),
    Row("evt-starts", "the same, every record a process start", None, False, Bench.scan_evt_starts),
    Row("xml-in", "scan of event XML through a pipe, as evtx mixed", 0.3, False, Bench.scan_xml),
    Row("xml-in-starts", "the same, every event a process start", None, False, Bench.scan_xml_starts),
    Row("json-in", "scan of JSON lines through a pipe, as evtx mixed", 0.5, False, Bench.scan_json),
    Row("json-in-starts", "the same, every event a process start", None, False, Bench.scan_json_starts),
    Row("threads-scan", "scan with two threads against one", 0.65, True, Bench.two_threads_scan),
    Row("threads-dump", "dump with two threads against one, same bytes", 0.65, True, Bench.two_threads_dump),
    Row("memory", "peak memory of a scan", 8, True, Bench.memory),
    Row("processes", "memory for each living process", 200, True, Bench.memory_of_processes),
    Row("allow", "100,000 allowed programs against 10", 1.1, True, Bench.allow_list),
    Row("allow-start", "start with 100,000 allowed programs", None, True, Bench.allow_list_start),
    Row("size", "time a byte, largest log against 64 MB", 1.05, True, Bench.grows_with_size),
    Row("hosts", "1,000 hosts in a log against 1", 1.2, True, Bench.grows_with_hosts),
    Row("files", "each of many small files, beyond its bytes", 40, True, Bench.small_files),
    Row("engine", "engine alone, process starts and exits", 5, False, Bench.engine_alone),
    Row("start", "start, scan of one chunk, end", 10, True, Bench.start),
    Row("watch-file", "watch: event appended until its line is in a file, 99th of a hundred", 50, True, Bench.watch_file),
    Row("watch-mail", "watch: event appended until a mail server took the mail, 99th of a hundred", 250, True, Bench.watch_mail),
    Row("watch-idle", "watch: processor time while nothing happens", 0.5, True, Bench.watch_idle),
    Row("watch-memory", "watch: memory after all events against after a tenth of them", 1.05, True, Bench.watch_memory),
]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def verdict(row, result):
    if row.goal is None:
        return "-"
    met = result.value.median <= row.goal if row.at_most else result.value.median >= row.goal
    off = result.value.median / row.goal
    return "met" if met else f"missed: {off:.2f} of the goal"


def cells(row, result):
    value, wall = result.value, result.wall
    goal = "-" if row.goal is None else f"{'<=' if row.at_most else '>='} {number(row.goal)} {result.unit}"
    return [
        row.name, row.what, f"{number(value.median)} {result.unit} ({number(value.low)}-{number(value.high)})", goal,
        verdict(row, result),
        f"{wall.median:.4f}" if wall else "",
        f"{result.size / wall.median / GB:.2f}" if wall and result.size else "",
        f"{wall.median / result.records * 1e9:,.0f}" if wall and result.records else "",
        f"{result.peak / MB:.1f}" if result.peak else "",
    ]


HEADER = ["name", "what", "median (lowest-highest)", "goal", "", "s", "GB/s", "ns/record", "MiB"]


def show(table, markdown):
    if markdown:
        for at, row in enumerate(table):
            print("| " + " | ".join(row) + " |")
            if at == 0:
                print("|---|---|---|---|---|" + "---:|" * (len(row) - 5))
        return
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADER))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller logs and fewer pairs: a first look")
    parser.add_argument("--only", action="append", metavar="NAME", choices=[row.name for row in ROWS],
                        help="this row only; may be given several times: " + ", ".join(row.name for row in ROWS))
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    bench = Bench(options.build, options.build / "inputs", scale)
    table, missed = [HEADER], False
    for row in ROWS:
        if options.only and row.name not in options.only:
            continue
        print(f"bench: {row.name} ...", file=sys.stderr, flush=True)
        try:
            table.append(cells(row, row.measure(bench)))
        except (measure.Failed, OSError, subprocess.CalledProcessError) as trouble:
            table.append([row.name, row.what, f"not measured: {trouble}"] + [""] * 6)
            missed = True
    show(table, options.markdown)
    print()
    real = "real chunks of the corpus" if bench.inputs.real else "made logs, because the corpus is not here"
    print(f"{scale.pairs} pairs in turn after a warm-up, page cache warm; .evtx: {real}")
    print("\n".join(machine.lines(bench.tocsin, bench.inputs.folder)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
