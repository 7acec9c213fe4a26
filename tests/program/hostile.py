"""Texts that intruders put into names and command lines, each aimed at some reader of what tocsin writes.

TEXTS maps a name to a text of UTF-16 units as a log can hold them: stray surrogates and NULs are among them. Every form of output has a
test that sends each of them through, and asks the form's own parser to give back shown(text) or kept(text), and nothing more.
"""

TEXTS = {
    # terminals
    "clear the screen": "a\x1b[2J\x1b[Hb",
    "set the window's title": "a\x1b]0;owned\x07b",
    "8-bit escapes": "a\x9b2Jb\x90c\x9cd",
    "answer back": "a\x1b[c\x05b",
    "backspaces": "evil.exe\x08\x08\x08\x08\x08\x08\x08\x08good.exe",
    "carriage return": "evil\rgood",
    "bell and tab": "a\x07\tb\x0b\x0cc",
    "delete": "a\x7fb",
    # lines
    "line feed": "a\nCRITICAL  WEB99: forged line",
    "next line and separators": "a\x85b\u2028c\u2029d",
    "header injection": "x\r\nBcc: all@example.org\r\n\r\nbody",
    "dot on a line": "a\r\n.\r\nQUIT",
    # direction and visibility
    "right-to-left override": "C:\\a\u202egpj.exe",
    "isolates": "a\u2066b\u2067c\u2068d\u2069e",
    "marks of direction": "a\u200eb\u200fc\u061cd",
    "zero width": "c\u200bm\u200cd\u200d.\u2060e\ufeffxe",
    "tag characters": "a\U000e0041\U000e007fb",
    "look-alikes": "\u0441md.exe \uff43md",
    "combining": "e\u0301\u0336\u0489",
    # spreadsheets
    "formula": "=cmd|' /C calc'!A0",
    "formula after plus": "+1+1",
    "formula after minus": "-2+3",
    "formula after at": "@SUM(1)",
    "formula after tab": "\t=1",
    "formula after return": "\r=1",
    "quotes and separators": 'a"b,c;d\te\'f',
    # markup, links, templates
    "html": "<script>alert(1)</script><img src=x onerror=y>",
    "html attribute": "\" onmouseover=\"x' y='",
    "entities": "&amp;&lt;&#0;&#x1b;&bogus;",
    "cdata and comment": "]]><!--x--><![CDATA[y",
    "processing instruction": "<?xml version='1.1'?>",
    "url": "javascript:alert(1) http://192.0.2.1/x?a=b&c=d",
    "markdown": "[x](http://192.0.2.1) *b* _i_ `c` ~s~ <!channel> @everyone",
    "template": "{{7*7}} ${7*7} %s %n $(id) {0}",
    # structured data of syslog, quoting of JSON
    "structured data": 'a"]b\\c] [x@1 y="z"',
    "json": "\",\"rule\":{\"id\":[]},\"x\":\"\\u0000\\",
    # shells
    "shell": "; rm -rf / #`id`$(id)|&>x\n'\"",
    "option": "--help",
    # mail
    "encoded word": "=?utf-8?q?owned?=",
    "boundary": "--=_tocsin\r\nContent-Type: text/html",
    "percent encoding": "%0d%0aX: y%00",
    # text that is none
    "nul": "innocent\0 & cmd /c whoami",
    "controls": "".join(map(chr, range(1, 32))),
    "stray high surrogate": "a\ud800b",
    "stray low surrogate": "a\udc00b",
    "surrogates in the wrong order": "\udc00\ud800",
    "pair": "\U0001f514",
    "not a character": "a\ufffe\uffff\U0010ffffb",
    "long": "x" * 20000,
    "long line of words": "word " * 4000 + "end",
    "blank": " \t ",
}


def kept(text):
    """What a form keeps that can hold every character: the text, with U+FFFD for each stray surrogate, and no NULs at its end."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace").rstrip("\0")


def must_be_shown_as_code_point(character):
    """True for what a line of text for people may not hold as it is: it steers, hides or turns."""
    cp = ord(character)
    return (cp < 0x20 or 0x7F <= cp < 0xA0 or cp in (0x061C, 0xFEFF, 0x2028, 0x2029) or 0x200B <= cp <= 0x200F
            or 0x202A <= cp <= 0x202E or 0x2060 <= cp <= 0x206F or 0xE0000 <= cp <= 0xE007F)
