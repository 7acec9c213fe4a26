#!/usr/bin/python3
"""Prints a C file that holds the profiles as texts: embed.py PROFILE.yaml..."""
import json
import pathlib
import sys


def c_string(text):
    """The text as C string literals, a line each; JSON's escapes are C's for everything we let in."""
    lines = []
    for line in text.splitlines(keepends=True):
        if not line.isascii():
            line = line.encode("utf-8").decode("latin-1")
            quoted = "".join(c if " " <= c <= "~" and c not in '"\\' else "\\%03o" % ord(c) for c in line)
            lines.append(f'    "{quoted}"')
        else:
            lines.append("    " + json.dumps(line))
    return "\n".join(lines) if lines else '    ""'


def main():
    paths = sorted(pathlib.Path(arg) for arg in sys.argv[1:])
    print('#include "config/config.h"\n')
    for i, path in enumerate(paths):
        print(f"static const char text_{i}[] =\n{c_string(path.read_text(encoding='utf-8'))};\n")
    print("const struct tcs_builtin_profile tcs_builtin_profiles[] = {")
    for i, path in enumerate(paths):
        print(f'    {{"{path.stem}", text_{i}, sizeof text_{i} - 1}},')
    print("    {NULL, NULL, 0},\n};")


if __name__ == "__main__":
    main()
