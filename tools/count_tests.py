#!/usr/bin/python3
"""Adds up what the test runs of build folders gave: count_tests.py FOLDER...

Reads what Meson's test runner wrote about each test and prints one line, "N passed, N failed, N skipped". The exit status is 1
if a test failed, or if a folder has no run or one in which nothing passed.
"""
import collections
import json
import pathlib
import sys

PASSED, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP"}


def results(folder):
    """How the tests of the folder's last run ended, counted; empty if there was no run."""
    log = pathlib.Path(folder, "meson-logs", "testlog.json")
    if not log.is_file():
        return collections.Counter()
    found = (json.loads(line)["result"] for line in log.read_text(encoding="utf-8").splitlines())
    return collections.Counter("passed" if r in PASSED else "skipped" if r in SKIPPED else "failed" for r in found)


def main():
    runs = [results(folder) for folder in sys.argv[1:]]
    total = sum(runs, collections.Counter())
    print("%d passed, %d failed, %d skipped" % (total["passed"], total["failed"], total["skipped"]))
    sys.exit(1 if total["failed"] or not runs or not all(run["passed"] for run in runs) else 0)


if __name__ == "__main__":
    main()
