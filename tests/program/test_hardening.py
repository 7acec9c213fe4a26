"""Did the compiler's and linker's hardening arrive in the program? Read from the ELF file itself."""
import os
import pathlib
import struct
import subprocess
import unittest

from .support import TOCSIN

PT_LOAD, PT_DYNAMIC, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 0x6474E551, 0x6474E552
PF_X, PF_W = 1, 2
ET_DYN = 3
DT_NULL, DT_TEXTREL, DT_RPATH, DT_RUNPATH, DT_FLAGS, DT_FLAGS_1 = 0, 22, 15, 29, 30, 0x6FFFFFFB
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
ENDBR64 = bytes.fromhex("f30f1efa")


class Elf:
    """As much of a 64-bit little-endian ELF file as is asked for here."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        self.kind, = struct.unpack_from("<H", self.data, 16)
        self.machine, = struct.unpack_from("<H", self.data, 18)
        at, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        #                  type, flags, offset, address, physical, size in the file, size in memory, alignment
        self.segments = [struct.unpack_from("<IIQQQQQQ", self.data, at + i * size) for i in range(count)]

    def of_type(self, kind):
        return [segment for segment in self.segments if segment[0] == kind]

    def dynamic(self):
        """tag -> value"""
        segment, = self.of_type(PT_DYNAMIC)
        entries = struct.iter_unpack("<qQ", self.data[segment[2]:segment[2] + segment[5]])
        return {tag: value for tag, value in entries if tag != DT_NULL}

    def bytes_at(self, address, count):
        for _, _, offset, start, _, in_file, _, _ in self.of_type(PT_LOAD):
            if start <= address < start + in_file:
                return self.data[offset + address - start:][:count]
        raise ValueError(f"no segment holds {address:#x}")


def symbols(*words):
    return subprocess.run(["nm", *words, TOCSIN], capture_output=True, text=True, check=True).stdout.splitlines()


@unittest.skipUnless(os.environ.get("TOCSIN_SANITIZE", "none") == "none", "a build for sanitizers is not hardened")
class Hardening(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.elf = Elf(TOCSIN)
        cls.dynamic = cls.elf.dynamic()

    def imported(self):
        return {line.split()[-1].partition("@")[0] for line in symbols("--dynamic", "--undefined-only")}

    def test_it_runs_at_a_random_address(self):
        self.assertEqual(self.elf.kind, ET_DYN)
        self.assertTrue(self.dynamic.get(DT_FLAGS_1, 0) & DF_1_PIE)
        self.assertNotIn(DT_TEXTREL, self.dynamic)

    def test_addresses_of_functions_are_read_only_from_the_start(self):
        self.assertEqual(len(self.elf.of_type(PT_GNU_RELRO)), 1)
        self.assertTrue(self.dynamic.get(DT_FLAGS, 0) & DF_BIND_NOW or self.dynamic.get(DT_FLAGS_1, 0) & DF_1_NOW)

    def test_nothing_is_both_writable_and_executable(self):
        stack, = self.elf.of_type(PT_GNU_STACK)
        self.assertFalse(stack[1] & PF_X)
        for segment in self.elf.of_type(PT_LOAD):
            self.assertNotEqual(segment[1] & (PF_W | PF_X), PF_W | PF_X)

    def test_libraries_come_from_the_system_only(self):
        self.assertNotIn(DT_RPATH, self.dynamic)
        self.assertNotIn(DT_RUNPATH, self.dynamic)

    def test_the_stack_is_guarded(self):
        self.assertIn("__stack_chk_fail", self.imported())

    def test_copies_are_checked(self):
        """_FORTIFY_SOURCE=3: also copies whose room is known only at run time."""
        checked = {name for name in self.imported() if name.endswith("_chk")}
        self.assertLessEqual({"__memcpy_chk", "__vsnprintf_chk"}, checked)

    def test_functions_are_marked_as_targets_of_jumps(self):
        """-fcf-protection: every function that others can call begins with endbr64."""
        if self.elf.machine != 62:
            self.skipTest("only x86-64 has this")
        functions = [line.split() for line in symbols("--defined-only") if " T tcs_" in line]
        self.assertGreater(len(functions), 200)
        bare = [name for address, _, name in functions if self.elf.bytes_at(int(address, 16), 4) != ENDBR64]
        self.assertEqual(bare, [])


if __name__ == "__main__":
    unittest.main()
