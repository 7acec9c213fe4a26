"""What the program prints, to the byte: tests/golden holds what was looked at and found good.

    program/test_golden.py --update      after a change that is meant; then read the difference before it is committed
"""
import difflib
import sys
import unittest

from program.support import EXAMPLES, SAMPLES, TESTS, Workbench, run

GOLDEN = TESTS / "golden"

# The forms in which the examples are kept: the command, and whether standard error belongs to it.
FORMS = {
    "scan.txt": (["scan"], True),
    "scan-color.txt": (["scan", "--color", "always", "--quiet"], False),
    "scan.jsonl": (["scan", "--format", "jsonl", "--quiet", "--min-severity", "note"], False),
    "scan.csv": (["scan", "--format", "csv", "--quiet"], False),
    "check.txt": (["check"], True),
    "check.json": (["check", "--format", "json"], True),
    "dump.jsonl": (["dump", "--quiet"], False),
    "dump.xml": (["dump", "--quiet", "--format", "xml"], False),
}

# Incidents of which the text is kept: every generation, every kind of alarm about the log, and silence.
INCIDENTS = [
    "01-nimda-nt4", "01-nimda-xp", "02-code-red-2-root-exe", "04-printer-overflow", "06-cgi-7-without-exit",
    "07-iis-webshell-sysmon", "17-hafnium", "21-confluence-tomcat", "25-normal-iis", "26-audit-off-10",
    "26-audit-off-nt4", "26-clock-step-10", "26-events-lost-10", "26-log-cleared-2000", "26-log-full-10",
    "26-record-gap-10",
]


class Golden(Workbench):
    """One test a file, made below."""

    update = False

    def output(self, description, words, with_errors):
        """The program's output about the log of a description; the folder of the log is left out."""
        log = self.log(str(description), description.stem)
        result = run(*words, log)
        text = result.stdout + (b"---- standard error\n" + result.stderr if with_errors else b"")
        for form in (str(self.folder), str(self.folder).replace("\\", "\\\\")):
            text = text.replace(form.encode() + b"/", b"")
        return text.decode() + f"---- exit status {result.returncode}\n"

    def compare(self, name, description, words, with_errors):
        got = self.output(description, words, with_errors)
        path = GOLDEN / name
        if self.update:
            path.write_text(got, encoding="utf-8", newline="")
            return
        with open(path, encoding="utf-8", newline="") as file:
            kept = file.read()
        if got != kept:
            lines = difflib.unified_diff(kept.splitlines(), got.splitlines(), "kept", "got", lineterm="", n=1)
            self.fail(f"{name} differs:\n" + "\n".join(list(lines)[:60]))

    def test_nothing_is_left_over(self):
        """Every kept file is compared."""
        self.assertEqual({path.name for path in GOLDEN.iterdir()}, set(cases()))


def cases():
    """Name of the file: description, command, whether standard error is part of it."""
    found = {}
    for example in sorted(EXAMPLES.glob("*.yaml")):
        for form, (words, with_errors) in FORMS.items():
            found[f"{example.stem}.{form}"] = (example, words, with_errors)
    for name in INCIDENTS:
        found[name + ".scan.txt"] = (SAMPLES / "incidents" / (name + ".yaml"), ["scan"], True)
    return found


def add_tests():
    for name, case in cases().items():
        def test(self, name=name, case=case):
            self.compare(name, *case)
        setattr(Golden, "test_" + name.replace("-", "_").replace(".", "_"), test)


add_tests()

if __name__ == "__main__":
    if "--update" in sys.argv:
        sys.argv.remove("--update")
        Golden.update = True
    unittest.main()
