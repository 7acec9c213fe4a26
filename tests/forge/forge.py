#!/usr/bin/python3
"""Makes a log from a description.

    forge.py DESCRIPTION.yaml OUTPUT        one log
    forge.py --all FOLDER                   every sample, under the same names
    forge.py --expect DESCRIPTION.yaml      its `expect:` as JSON
    forge.py --list                         the events, layouts, accounts, faults and tokens that descriptions can use
"""
import json
import os
import sys

if __package__ in (None, ""):                   # run as a program: make the package importable, not this file
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from forge import accounts, binxml, damage, describe, events, tokens       # noqa: E402

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")


def samples():
    """The paths of all sample descriptions, relative to samples/, sorted."""
    found = []
    for folder, _, names in os.walk(SAMPLES):
        found += [os.path.relpath(os.path.join(folder, name), SAMPLES) for name in names if name.endswith(".yaml")]
    return sorted(found)


def suffix(description):
    return {"evt": ".evt", "evtx": ".evtx"}.get(description["format"], ".evtx")


def build_all(folder):
    """Every sample below `folder`; gives how many."""
    for name in samples():
        description = describe.load(os.path.join(SAMPLES, name))
        path = os.path.join(folder, name[:-len(".yaml")] + suffix(description))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        describe.write(description, path)
    return len(samples())


def show_list():
    """What there is to describe."""
    print("EVT events (generation: %s)" % ", ".join(events.EVT_GENERATIONS))
    for row in events.CLASSIC:
        print("  %d %s (%s)" % (row.id, row.title, row.source))
        for since, names in row.layouts:
            print("      %s on, %d: %s" % (since, len(names.split()), names))
    print("EVTX events (generation: %s)" % ", ".join(events.EVTX_GENERATIONS))
    for provider in events.PROVIDERS:
        print("  %s" % provider.name)
        for row in provider.events:
            print("    %d %s" % (row.id, row.title))
            for since, name, names in row.layouts:
                print("        %s on, %s: %s" % (since, name, names))
    print("other names of generations: " + ", ".join("%s = %s" % pair for pair in events.ALIASES.items()))
    print("accounts: %s, pool NAME, service NAME" % ", ".join(accounts.predefined("H", "D", "S-1-5-21-1", True, False)))
    print("accesses: " + ", ".join(events.ACCESSES))
    print("audit subcategories: %s; changes: %s" % (", ".join(events.SUBCATEGORIES), ", ".join(events.AUDIT_CHANGES)))
    print("value types: %s; NAME[] is an array" % ", ".join(binxml.TYPES))
    print("faults:")
    for name, fault in damage.FAULTS.items():
        print("  %s: %s" % (name, " ".join(fault.__doc__.split())))
    print("tokens:" + tokens.__doc__.partition("\n")[2])


def main(arguments):
    try:
        if arguments == ["--list"]:
            show_list()
        elif len(arguments) == 2 and arguments[0] == "--all":
            print("%d logs" % build_all(arguments[1]))
        elif len(arguments) == 2 and arguments[0] == "--expect":
            print(json.dumps(describe.load(arguments[1]).get("expect", {}), indent=1))
        elif len(arguments) == 2:
            describe.write(describe.load(arguments[0]), arguments[1])
        else:
            sys.stderr.write(__doc__)
            return 2
    except (ValueError, OSError) as why:
        sys.stderr.write("forge.py: %s\n" % why)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
