"""The rules of the house: who may use whom, what the core may call, how long a function may be.

docs/architecture.md says why; this says whether it is still true.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"

# Which folders a folder may include from, besides its own.
MAY_USE = {
    "base": [],
    "model": ["base"],
    "decode": ["base", "model"],
    "normalise": ["base", "model"],
    "engine": ["base", "model"],
    "render": ["base", "model"],
    "platform": ["base"],
    "source": ["base", "model", "decode", "platform"],
    "store": ["base", "model", "platform"],     # the lock, and moving a damaged file aside
    "delivery": ["base", "model", "render", "platform", "store"],
    "config": ["base", "model", "engine"],      # a list of programs is checked by the paths that judge
    "app": ["base", "model", "decode", "normalise", "engine", "render", "platform", "source", "store",
            "delivery", "config"],
    "cli": ["base", "model", "config", "render", "platform", "app"],
}
CORE = ["base", "model", "decode", "normalise", "engine", "render"]

# Headers of the system that the core may use: no file, no clock, no thread, no signal among them.
CORE_HEADERS = {
    "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "math.h",
    "isa-l/crc.h", "sha2.h",
}

# What the core may call of other libraries: memory, bytes, formatting into memory, sorting, checksums.
CORE_CALLS = {
    "malloc", "calloc", "realloc", "free", "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "strncmp",
    "strchr", "vsnprintf", "snprintf", "qsort", "bsearch", "abort", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
    "crc32_gzip_refl", "SHA256Init", "SHA256Update", "SHA256Final", "SHA1Init", "SHA1Update", "SHA1Final",
    "isnan", "isinf", "__isnan", "__isinf", "__finite", "bcmp",
}

# No bounds, hidden state, a shell, or a locale in them.
BANNED = [
    "strcpy", "strcat", "strncpy", "strncat", "sprintf", "vsprintf", "gets", "strtok", "atoi", "atol", "atof", "scanf",
    "sscanf", "fscanf", "alloca", "system", "popen", "setjmp", "longjmp", "asctime", "ctime", "localtime", "gmtime", "setlocale",
    "rand", "srand", "tmpnam", "mktemp",
]

FUNCTION_LINES = 60
FILE_LINES = 550
LINE_WIDTH = 110


def files(*endings):
    return sorted(path for path in SRC.rglob("*") if path.suffix in endings)


def layer(path):
    return path.relative_to(SRC).parts[0]


def code_of(path):
    """The text without comments and without what stands in quotes."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.S)


class Layers(unittest.TestCase):
    """One direction of flow."""

    def test_every_folder_has_its_place(self):
        self.assertEqual({path.name for path in SRC.iterdir() if path.is_dir()}, set(MAY_USE))

    def test_includes_follow_the_layers(self):
        for path in files(".c", ".h"):
            for used in re.findall(r'^#include "([^"]+)"', path.read_text(encoding="utf-8"), flags=re.M):
                folder = used.partition("/")[0]
                with self.subTest(file=str(path.relative_to(SRC)), includes=used):
                    if "/" in used:
                        self.assertIn(folder, MAY_USE[layer(path)] + [layer(path)])
                        self.assertTrue((SRC / used).is_file())
                    else:
                        self.assertEqual(used, "version.h")

    def test_no_layer_uses_what_stands_above(self):
        """The table itself has one direction."""
        order = list(MAY_USE)
        for folder, used in MAY_USE.items():
            for below in used:
                self.assertLess(order.index(below), order.index(folder), f"{folder} uses {below}")

    def test_the_core_includes_no_system(self):
        for path in files(".c", ".h"):
            if layer(path) in CORE:
                used = set(re.findall(r"^#include <([^>]+)>", path.read_text(encoding="utf-8"), flags=re.M))
                self.assertLessEqual(used, CORE_HEADERS, str(path.relative_to(SRC)))

    def test_only_platform_is_for_one_system(self):
        """No #ifdef outside platform/, but the guards of headers and what the compiler can."""
        for path in files(".c", ".h"):
            if layer(path) == "platform":
                continue
            for line in re.findall(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*", code_of(path), flags=re.M):
                self.assertRegex(line, r"#\s*ifndef TCS_\w+_H$|__has_|__BYTE_ORDER__|__GNUC__|__clang__",
                                 str(path.relative_to(SRC)))


@unittest.skipUnless("TOCSIN_CORE" in os.environ, "TOCSIN_CORE does not name the core library")
class Core(unittest.TestCase):
    """libtocsin-core: no system call, no clock, no log, no global."""

    library = os.environ.get("TOCSIN_CORE", "")
    sanitized = "asan" in os.environ.get("TOCSIN_SANITIZE", "") or os.environ.get("TOCSIN_SANITIZE", "none") != "none"

    def nm(self, *words):
        return subprocess.run(["nm", *words, self.library], capture_output=True, text=True, check=True).stdout

    def test_calls(self):
        if self.sanitized:
            self.skipTest("the sanitizers call what they like")
        defined = set(re.findall(r" [A-Za-z] (\S+)$", self.nm("--defined-only"), flags=re.M))
        called = set(re.findall(r" U (\S+)$", self.nm("--undefined-only"), flags=re.M)) - defined
        # With _FORTIFY_SOURCE snprintf is __snprintf_chk.
        plain = {re.sub(r"^__(\w+)_chk$", r"\1", name) for name in called}
        self.assertTrue(called)
        self.assertEqual(plain - CORE_CALLS, set())

    def test_no_global_changes(self):
        if self.sanitized:
            self.skipTest("the sanitizers keep data of their own")
        table = subprocess.run(["objdump", "-t", self.library], capture_output=True, text=True, check=True).stdout
        writable = re.findall(r"\bO (?:\.bss|\.data|\*COM\*)\s+\S+\s+(\S+)$", table, flags=re.M)
        self.assertEqual(writable, [])
        self.assertIn(".rodata", table)


class Form(unittest.TestCase):
    """What one can read at a glance."""

    def test_no_banned_calls(self):
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
        for path in files(".c", ".h"):
            self.assertEqual(pattern.findall(code_of(path)), [], str(path.relative_to(SRC)))

    def test_functions_are_short(self):
        for path in files(".c"):
            lines = path.read_text(encoding="utf-8").split("\n")
            start = 0
            for number, line in enumerate(lines, 1):
                start = number if line == "{" else start
                if line == "}":
                    name = lines[start - 2].strip()
                    self.assertLessEqual(number - start + 1, FUNCTION_LINES, f"{path.relative_to(SRC)}: {name}")

    def test_files_are_short(self):
        for path in files(".c", ".h"):
            count = path.read_text(encoding="utf-8").count("\n")
            self.assertLessEqual(count, FILE_LINES, str(path.relative_to(SRC)))

    def test_lines_are_short(self):
        for path in files(".c", ".h"):
            for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
                self.assertLessEqual(len(line), LINE_WIDTH, f"{path.relative_to(SRC)}:{number}")
                self.assertEqual(line, line.rstrip(), f"{path.relative_to(SRC)}:{number} ends with blanks")

    def test_headers_say_what_they_are_for(self):
        """A comment first, then the guard named after the path."""
        for path in files(".h"):
            text = path.read_text(encoding="utf-8")
            guard = "TCS_" + re.sub(r"\W", "_", str(path.relative_to(SRC))).upper()
            self.assertTrue(text.startswith("/*"), str(path.relative_to(SRC)))
            self.assertIn(f"#ifndef {guard}\n#define {guard}\n", text, str(path.relative_to(SRC)))
            self.assertTrue(text.endswith("#endif\n"), str(path.relative_to(SRC)))

    def test_headers_stand_alone(self):
        """Each compiles by itself, and twice."""
        own = shlex.split(os.environ.get("TOCSIN_CC", "cc"))
        windows = shutil.which("x86_64-w64-mingw32-gcc")
        for path in files(".h"):
            name = path.relative_to(SRC)
            compiler = [windows] if path.name.startswith("win") else own
            if not compiler[0]:
                continue                        # scripts/build-windows will tell
            unit = f'#include "{name}"\n#include "{name}"\n'
            done = subprocess.run([*compiler, "-std=c17", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only", "-I", str(SRC),
                                   "-x", "c", "-"], input=unit, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_a_header_offers_is_described(self):
        """Every group of prototypes has a comment: on the first, or within."""
        prototype = re.compile(r"^(?!#|typedef|static)(?:[a-z_]\w*[ *]+)+\*?\w+\(", flags=re.M)
        bare = []
        for path in files(".h"):
            for block in path.read_text(encoding="utf-8").split("\n\n"):
                if prototype.search(block) and "{" not in block and "/*" not in block:
                    bare.append(f"{path.relative_to(SRC)}: {block.strip().partition(chr(10))[0]}")
        self.assertEqual(bare, [])


if __name__ == "__main__":
    unittest.main()
