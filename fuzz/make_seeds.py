#!/usr/bin/python3
"""Makes the first inputs of the fuzz targets from the samples of the log maker: make_seeds.py FOLDER

Writes FOLDER/<target>/made-*. What a fuzzer found worth keeping lies beside them under other names.
"""
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import forge                                                                    # noqa: E402

SAMPLES = HERE.parent / "tests" / "forge" / "samples"
CHUNK, HEADER, FIRST = 65536, 4096, 512
INSTANCE = FIRST + 24 + 4                       # of the first record in a chunk
BODY = INSTANCE + 10 + 24                       # of a definition that stands in it; as in fuzz_evtx_template.c
SEED_MOST = 16384                               # larger ones slow a fuzzer down

# Rings so small that a fuzzer can turn them over.
SMALL_RINGS = {
    "wrapped": "size: 2048\ndirty: true\nsynced: 15",
    "filler": "size: 1996\n",
    "split-fixed-only": "size: 2048\nsplit: fixed-only",
    "split-end": "size: 1024\nsplit_eof: true\ndirty: true",
    "saved": "",
    "full": "size: 2048\nflags: 4",
}

PATHS = [
    r"C:\Windows\System32\cmd.exe", r"\??\C:\Windows\system32\csrss.exe", r"\\?\UNC\server\share\a.exe",
    r"\Device\HarddiskVolume2\Windows\System32\cmd.exe", r"\SystemRoot\System32\smss.exe", r"\WINNT\system32\cmd.exe", "cmd.exe", "-",
    r"C:\PROGRA~1\a.exe", r"C:\a\..\b.exe", r"C:\a.exe:stream", "C:\\a\u202eexe.txt", r"C:/a/b.exe", r"\Device\Mup\srv\share\x.exe",
    r"\\.\C:\a.exe", r"\\server\share\folder\a.exe", "C:\\\u00e4\u0434\\x.exe ", r"\\?\GLOBALROOT\Device\x", "C:\\a\x01b.exe",
]
ENTRIES = [
    r"%SystemRoot%\System32\cmd.exe", r"C:\*\b.exe", r"**\bin\java*.exe", r"%ProgramFiles(x86)%\a\*\b.exe", r"\\server\share\a.exe",
    "cmd.exe", r"C:\a\*", r"C:\PROGRA~1\a.exe", r"%SystemDrive%\inetpub\*\x.exe", r"\a\b.exe", "*", "**",
]

CONFIGS = [
    "", "# nothing\n", "profiles: [iis, php]\n", "profiles: iis\ndedicated: yes\nmin_severity: likely\n",
    "allow:\n  - 'C:\\Perl\\bin\\perl.exe'\n  - {path: 'D:\\a\\*\\b.exe', parent: worker, pool: [Shop*], account: 'IIS APPPOOL\\Shop',"
    " command: ['a b'], severity: note, note: why}\n",
    "accounts: [IUSR_*, 'DOM\\svc', S-1-5-82-*]\nworkers:\n  - tomcat9.exe\n  - {image: '**\\bin\\x.exe', title: X, pool_option: -p,"
    " started_by: ['C:\\a.exe'], forks: true, generic: true, only_confirmed: no, confirm: {account: a, parent: [b], command: c}}\n",
    "volumes:\n  - {device: '\\Device\\HarddiskVolume2', drive: 'D:'}\nsystem_root: 'D:\\Windows'\nprofile_files: ['a.yaml']\n",
    "alow: [x]\n", "allow: cmd.exe\n", "a: &x b\nc: *x\n", "{\"profiles\": [\"iis\"], \"dedicated\": true}\n", "profiles: !!str iis\n",
    "allow: ['C:\\PROGRA~1\\a.exe']\n", "system_root: C\n", "dedicated: maybe\n", "--- a\n--- b\n", "profiles: {a: b}\n",
]
PROFILES = [
    "profile: x\ntitle: X\nworkers:\n  - {image: 'C:\\a\\x.exe', source: s}\naccounts:\n  - {name: 'x*', source: s}\nneeds:\n"
    "  - {path: '%SystemRoot%\\a.exe', parent: [worker, 'C:\\b.exe'], source: s, unverified: true}\n",
    "profile: x\ntitle: X\nalways: true\nneeds: []\nabout: {any: [thing, {}]}\n",
    "profile: x\n", "title: [x]\n", "profile: x\ntitle: y\nworkers: [{source: s}]\n",
]


def description(path):
    return forge.load(str(path))


def evtx_chunks(data):
    """The chunks of a log, each without the zeros at its end."""
    for at in range(HEADER, len(data), CHUNK):
        chunk = data[at:at + CHUNK].rstrip(b"\0")
        if chunk[:7] == b"ElfChnk":
            yield chunk + bytes(-len(chunk) % 8)


def template(chunk):
    """The definition in the first record and its values as an input of fuzz_evtx_template; None if there is none."""
    if len(chunk) < BODY or chunk[INSTANCE] != 0x0C or struct.unpack_from("<I", chunk, INSTANCE + 6)[0] != INSTANCE + 10:
        return None
    length, = struct.unpack_from("<I", chunk, BODY - 4)
    count, = struct.unpack_from("<I", chunk, BODY + length)
    if count > 64:
        return None
    at = BODY + length + 4
    sizes = [struct.unpack_from("<HB", chunk, at + 4 * i) for i in range(count)]
    values = at + 4 * count
    head = b"".join(struct.pack("<BH", kind, size) for size, kind in sizes)
    body = chunk[BODY:BODY + length]
    return struct.pack("<H", length) + body + bytes([count]) + head + chunk[values:values + sum(size for size, _ in sizes)]


def from_evtx_samples():
    """(target, name, bytes) from every .evtx sample; all cut behind their last record, which readers must cope with."""
    for path in sorted(SAMPLES.glob("*.yaml")) + sorted((SAMPLES / "hard").glob("*.yaml")):
        given = description(path)
        if given["format"] != "evtx" or "sparse" in given:
            continue
        data = bytes(forge.build(given))
        yield "evtx", path.stem, data.rstrip(b"\0") + bytes(4)
        for number, chunk in enumerate(evtx_chunks(data)):
            if number == 0:
                yield "evtx_chunk", path.stem, chunk[FIRST:]
                made = template(chunk)
                if made:
                    yield "evtx_template", path.stem, made


def from_evt_samples():
    for path in sorted(SAMPLES.glob("*.yaml")) + sorted((SAMPLES / "hard").glob("*.yaml")):
        given = description(path)
        if given["format"] == "evt":
            yield "evt", path.stem, bytes(forge.build(given))
    for generation in ("nt4", "xp"):
        for name, options in SMALL_RINGS.items():
            text = ("format: evt\ngeneration: %s\n%s\nevents:\n  - {id: 593, repeat: 20, user: system, pid: '{n}'}\n"
                    % (generation, options))
            yield "evt", "ring-%s-%s" % (generation, name), bytes(forge.build(forge.load(text)))


def from_texts():
    for i, path in enumerate(PATHS):
        entry = ENTRIES[i % len(ENTRIES)]
        text = "\n".join([path, entry, r"D:\WINNT", r"\Device\HarddiskVolume2"])
        yield "path", "%02d" % i, text.encode()
    for i, text in enumerate(CONFIGS):
        yield "config", "%02d" % i, text.encode()
    for i, text in enumerate(PROFILES):
        yield "profile", "%02d" % i, text.encode()
    for name in ("caddy", "dotnet", "iis", "java"):
        yield "profile", name, (HERE.parent / "profiles" / (name + ".yaml")).read_bytes()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    for maker in (from_evtx_samples, from_evt_samples, from_texts):
        for target, name, data in maker():
            if len(data) > SEED_MOST:
                continue
            (out / target).mkdir(parents=True, exist_ok=True)
            (out / target / ("made-" + name)).write_bytes(data)


if __name__ == "__main__":
    main()
