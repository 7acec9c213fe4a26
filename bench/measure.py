"""Runs commands in turn and counts what they took: whole processes, from outside, as the operating system accounts for them.

Machines drift, and others use them: so two commands are never compared by two figures taken one after the other, but by the
ratios of many pairs, A B A B ...; the median is what counts, and the spread is shown.
"""
import statistics
import subprocess
from dataclasses import dataclass


@dataclass
class Run:
    wall: float                         # seconds
    cpu: float                          # user and system seconds of the process
    peak: int                           # bytes


class Failed(Exception):
    """A command that did not do what is measured."""


class Runner:
    """Runs commands through `run` (run.c)."""

    def __init__(self, tool):
        self.tool = tool

    def run(self, command, stdin=None):
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        try:
            done = subprocess.run([str(word) for word in [self.tool, *command]], stdin=source, stdout=subprocess.PIPE,
                                  text=True, check=True)
        finally:
            if stdin:
                source.close()
        wall, cpu, peak, status = done.stdout.split()
        if status != "0":
            raise Failed(f"{' '.join(map(str, command))}: exit status {status}")
        return Run(float(wall), float(cpu), int(peak))

    def pairs(self, a, b, count, warm_up=1, **options):
        """`count` pairs of a and b in turn, after a warm-up that also brings their inputs into the page cache."""
        for _ in range(warm_up):
            self.run(a, **options)
            self.run(b, **options)
        results = [(self.run(a, **options), self.run(b, **options)) for _ in range(count)]
        return Pair(spread([x.wall for x, _ in results]), spread([y.wall for _, y in results]),
                    spread([x.wall / y.wall for x, y in results]), max(x.peak for x, _ in results))

    def single(self, a, count, warm_up=1, **options):
        """`count` runs of a after a warm-up: (wall, peak)."""
        for _ in range(warm_up):
            self.run(a, **options)
        results = [self.run(a, **options) for _ in range(count)]
        return spread([x.wall for x in results]), max(x.peak for x in results)


@dataclass
class Spread:
    """Several values of one thing."""
    low: float
    median: float
    high: float

    def scaled(self, factor):
        return Spread(self.low * factor, self.median * factor, self.high * factor)


def spread(values):
    return Spread(min(values), statistics.median(values), max(values))


@dataclass
class Pair:
    a: Spread                           # wall seconds
    b: Spread
    ratio: Spread                       # a / b, pair by pair
    peak: int                           # the largest of a

