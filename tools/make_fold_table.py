#!/usr/bin/python3
"""Prints src/base/fold_table.h: which letters Windows takes for the same in a file name.

NTFS compares names by an upper-case table of single UTF-16 units that is written when the
volume is formatted. We cannot see that table, and folding too much would let a foreign file
pass for a listed one, so we keep only pairs that every such table has: one unit to one unit,
both ways (upper of lower, lower of upper), both outside ASCII, in scripts that Unicode 3.0
already had. What we fold too little merely rings.
"""
import unicodedata

# Latin-1 to Latin Extended-A, Greek, Cyrillic, Armenian: (first, last) code point.
BLOCKS = [(0x00C0, 0x017F), (0x0386, 0x03CE), (0x0400, 0x045F), (0x0460, 0x04FF), (0x0531, 0x0586)]


def pairs():
    for first, last in BLOCKS:
        for lower in range(first, last + 1):
            upper = chr(lower).upper()
            if len(upper) != 1 or ord(upper) == lower or ord(upper) < 0x80 or ord(upper) > 0xFFFF:
                continue
            if upper.lower() == chr(lower) and unicodedata.category(upper) == "Lu":
                yield lower, ord(upper)


def main():
    rows = [f"{{0x{lower:04X}, 0x{upper:04X}}}" for lower, upper in pairs()]
    print("/* Made by tools/make_fold_table.py; sorted by the lower-case letter. Do not edit. */")
    print("#ifndef TCS_BASE_FOLD_TABLE_H\n#define TCS_BASE_FOLD_TABLE_H\n\n#include <stdint.h>\n")
    print("static const struct {\n    uint16_t lower, upper;\n} fold_table[] = {")
    for at in range(0, len(rows), 5):
        print("    " + ", ".join(rows[at:at + 5]) + ",")
    print("};\n\n#endif")


if __name__ == "__main__":
    main()
