"""What a record costs, in instructions: no clock, so the same on a busy machine and on a fast one.

The program runs under callgrind over a log and over a longer one of the same kind; what the longer one takes more, divided by
what it has more, is the cost of a record (or a file). Two numbers are kept in budget.json: instructions of tocsin itself, and
those of the C library, which has other versions of memcpy for other processors and so gets more room. Checksums (ISA-L) are
not counted.

After a change that is meant to cost more, or is now cheaper:   cd tests && cost/test_cost.py --rewrite
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
for folder in (ROOT / "tests", ROOT / "bench"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import forge  # noqa: E402
import inputs  # noqa: E402

BUDGET = HERE / "budget.json"
TOCSIN = os.environ.get("TOCSIN", str(ROOT / "build" / "tocsin"))
ROOM = {"own": 1.08, "libc": 1.60}      # how much more than the budget is still right
FEW, MANY = 100, 700                    # records; or files


def evtx(events):
    return forge.build(inputs.description(list(events)))


def evt(count):
    return forge.build(inputs.description(list(inputs.evt_events(count)), format="evt", generation="2003", channel=None))


def starts(count):
    return evtx(inputs.start_event(number) for number in range(count))


def converted(count, form):
    """The starts as XML or JSON lines, as another program would send them."""
    with tempfile.NamedTemporaryFile(suffix=".evtx") as log:
        log.write(starts(count))
        log.flush()
        text = subprocess.run([TOCSIN, "dump", "--quiet", f"--format={form}", log.name], stdout=subprocess.PIPE, check=True).stdout
    if form == "xml":
        return text
    lines = [json.loads(line) for line in text.splitlines()]
    return b"".join(json.dumps({"Event": {"System": line["System"], "EventData": line["EventData"]}}).encode() + b"\n"
                    for line in lines)


# Name, what makes the input for so many records, words of the command.
CASES = [
    ("scan, seven records in eight unwanted", lambda count: evtx(inputs.mixed_events(count)), ["scan"]),
    ("scan, every record a process start", starts, ["scan"]),
    ("scan of .evt", evt, ["scan"]),
    ("scan of event XML", lambda count: converted(count, "xml"), ["scan"]),
    ("scan of JSON lines", lambda count: converted(count, "jsonl"), ["scan"]),
    ("dump as JSON lines", lambda count: evtx(inputs.mixed_events(count)), ["dump", "--format=jsonl"]),
    ("dump as XML", lambda count: evtx(inputs.mixed_events(count)), ["dump", "--format=xml"]),
]


def instructions(command, folder):
    """Instructions by object: {"own": N, "libc": N}."""
    profile = pathlib.Path(folder) / "profile"
    # Without what tests are run with to find mistakes, and without confinement, which valgrind does not survive.
    env = {key: value for key, value in os.environ.items() if key not in ("MALLOC_PERTURB_", "MALLOC_CHECK_")}
    done = subprocess.run(["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
                           f"--callgrind-out-file={profile}", TOCSIN, *command],
                          capture_output=True, text=True, env={**env, "TOCSIN_CONFINE": "off"})
    if done.returncode not in (0, 1) or not profile.exists():
        raise RuntimeError(f"valgrind: {done.stderr[-2000:]}")
    counts = {"own": 0, "libc": 0}
    where, is_call = None, False
    for line in profile.read_text().splitlines():
        if line.startswith("ob="):
            name = os.path.basename(line[3:])
            where = "own" if name == os.path.basename(TOCSIN) else "libc" if name.startswith("libc.so") else None
        elif line.startswith("calls="):
            is_call = True                  # the next line is the cost of what was called: counted there
        elif re.match(r"\d", line):
            if where and not is_call:
                counts[where] += int(line.split()[1])
            is_call = False
    return counts


def per_record(few, many, difference):
    return {name: round((many[name] - few[name]) / difference) for name in few}


def cost(make, words):
    """Instructions for each record."""
    with tempfile.TemporaryDirectory() as folder:
        counts = []
        for count in (FEW, MANY):
            path = pathlib.Path(folder) / f"{count}.log"
            path.write_bytes(make(count))
            counts.append(instructions([*words, "--quiet", "--threads=1", str(path)], folder))
    return per_record(*counts, MANY - FEW)


def cost_of_files():
    """Instructions for each further file with a record in it."""
    few, many = 20, 120
    log = starts(1)
    with tempfile.TemporaryDirectory() as folder:
        counts = []
        for count in (few, many):
            logs = pathlib.Path(folder) / str(count)
            logs.mkdir()
            for number in range(count):
                (logs / f"{number}.evtx").write_bytes(log)
            counts.append(instructions(["scan", "--quiet", "--threads=1", str(logs)], folder))
    return per_record(*counts, many - few)


FILES = "a further small file"


def measure(name):
    if name == FILES:
        return cost_of_files()
    make, words = next((make, words) for case, make, words in CASES if case == name)
    return cost(make, words)


NAMES = [case[0] for case in CASES] + [FILES]


class Cost(unittest.TestCase):
    def test_nothing_costs_more_than_its_budget(self):
        budget = json.loads(BUDGET.read_text())
        self.assertEqual(sorted(budget), sorted(NAMES), "run cost/test_cost.py --rewrite")
        for name in NAMES:
            with self.subTest(name=name):
                have = measure(name)
                for part, most in budget[name].items():
                    self.assertLessEqual(have[part], most * ROOM[part] + 20,
                                         f"{name}: {have[part]} instructions of {part}, the budget is {most}; see "
                                         "tests/cost/test_cost.py")


def main():
    budget = {name: measure(name) for name in NAMES}
    for name, counts in budget.items():
        print(f"{name}: {counts['own']} and {counts['libc']} in the C library")
    if sys.argv[1:] == ["--rewrite"]:
        BUDGET.write_text(json.dumps(budget, indent=2) + "\n")


if __name__ == "__main__":
    main()
