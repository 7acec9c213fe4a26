"""What the tests of the program share: where it is, where the shared corpus is, how to run it."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import forge

TESTS = pathlib.Path(__file__).resolve().parent.parent
TOCSIN = os.environ.get("TOCSIN", str(TESTS.parent / "build" / "tocsin"))
SHARED = pathlib.Path(os.environ.get("TOCSIN_SHARED", TESTS.parent.parent / "shared"))
CORPUS = SHARED / "corpus"
EXAMPLES = TESTS.parent / "examples"
SAMPLES = TESTS / "forge" / "samples"

needs_corpus = unittest.skipUnless(CORPUS.is_dir(), "the shared corpus is not here")


def run(*args, stdin=None, env=None, timeout=60):
    """Runs tocsin; gives the finished process with its outputs as bytes."""
    return subprocess.run([TOCSIN, *map(str, args)], input=stdin, capture_output=True, timeout=timeout,
                          env={**os.environ, **(env or {})}, check=False)


def findings(*args, **kwargs):
    """The findings of a scan as objects, and the exit status."""
    result = run("scan", "--quiet", "--format", "jsonl", *args, **kwargs)
    return [json.loads(line) for line in result.stdout.splitlines()], result.returncode


def records(*args, **kwargs):
    """The records of a dump as objects."""
    result = run("dump", "--quiet", *args, **kwargs)
    return [json.loads(line) for line in result.stdout.splitlines()]


class Workbench(unittest.TestCase):
    """A test with a folder of its own for the logs it makes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def log(self, description, name=None):
        """Makes a log from a description (a path, or YAML text) and gives its path."""
        plan = forge.load(description)
        path = self.folder / (name or f"log{len(list(self.folder.iterdir()))}")
        path.write_bytes(forge.build(plan))
        return path
