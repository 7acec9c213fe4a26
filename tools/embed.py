#!/usr/bin/python3
"""Prints a C file that holds the profiles as texts: embed.py PROFILE.yaml..."""
import pathlib
import sys


def c_array(data):
    """The bytes as an initialiser; string literals of that length are more than ISO C promises to take."""
    numbers = [str(b if b < 128 else b - 256) for b in data] + ["0"]
    lines = [", ".join(numbers[at:at + 24]) for at in range(0, len(numbers), 24)]
    return "{\n    " + ",\n    ".join(lines) + "}"


def main():
    paths = sorted(pathlib.Path(arg) for arg in sys.argv[1:])
    print('#include "config/config.h"\n')
    for i, path in enumerate(paths):
        print(f"static const char text_{i}[] = {c_array(path.read_bytes())};\n")
    print("const struct tcs_builtin_profile tcs_builtin_profiles[] = {")
    for i, path in enumerate(paths):
        print(f'    {{"{path.stem}", text_{i}, sizeof text_{i} - 1}},')
    print("    {NULL, NULL, 0},\n};")


if __name__ == "__main__":
    main()
