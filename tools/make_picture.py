#!/usr/bin/python3
"""Makes docs/alarm.svg, the picture in README.md: make_picture.py TOCSIN > docs/alarm.svg

Shows what `tocsin scan --color always examples/webshell-2022.evtx` prints, as a terminal would, up to the evidence. A test
compares the picture with what the program prints today.
"""
import html
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = ["scan", "--quiet", "--color", "always", "examples/webshell-2022.evtx"]
COLUMNS, CHARACTER, LINE, MARGIN = 132, 7.25, 17, 18
STYLES = {"1;31": "grave", "31": "sure", "33": "likely", "36": "possible", "2": "faint", "1": "strong"}
CSS = """text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d6d6d6; white-space: pre }
.grave { fill: #ff6b68; font-weight: bold } .sure { fill: #ff8a87 } .likely { fill: #e5c07b } .possible { fill: #7fc1ca }
.faint { fill: #8f979f } .strong { font-weight: bold } .prompt { fill: #98c379 }"""


def cells(line):
    """The characters of a line, each with the name of its style."""
    style, out = "", []
    for code, text in re.findall(r"(?:\x1b\[([\d;]*)m)?([^\x1b]*)", line):
        style = STYLES.get(code, "") if code else style
        out += [(character, style) for character in text]
    return out


def spans(row):
    """The row as SVG, one tspan for each stretch of a style."""
    out, at = [], 0
    while at < len(row):
        end = at
        while end < len(row) and row[end][1] == row[at][1]:
            end += 1
        text = html.escape("".join(character for character, _ in row[at:end]), quote=False)
        out.append('<tspan class="%s">%s</tspan>' % (row[at][1], text) if row[at][1] else text)
        at = end
    return "".join(out)


def picture(printed):
    """The SVG of a terminal that shows these lines; long ones go on in the next row, as in a terminal."""
    rows = [[(character, "prompt") for character in "$ tocsin scan examples/webshell-2022.evtx"]]
    for line in printed.splitlines():
        row = cells(line)
        rows += [row[at:at + COLUMNS] for at in range(0, max(len(row), 1), COLUMNS)]
    width, height = round(COLUMNS * CHARACTER) + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    yield '<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="%d" height="%d" viewBox="0 0 %d %d">' % (width, height, width, height)
    yield "<title>What tocsin prints about a web shell that became SYSTEM</title>"
    yield "<style>%s</style>" % CSS
    yield '<rect width="100%" height="100%" rx="8" fill="#1e2227"/>'
    for number, row in enumerate(rows):
        yield '<text x="%d" y="%d">%s</text>' % (MARGIN, MARGIN + LINE * number + 12, spans(row))
    yield "</svg>"


def main():
    tocsin = pathlib.Path(sys.argv[1]).resolve()
    printed = subprocess.run([tocsin, *COMMAND], cwd=ROOT, stdout=subprocess.PIPE, check=False).stdout.decode()
    print("\n".join(picture(printed.partition("  \x1b[2mrecord")[0].rstrip())))


if __name__ == "__main__":
    main()
