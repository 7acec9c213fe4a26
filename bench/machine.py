"""What a table of figures must say about where it was measured."""
import os
import pathlib
import platform
import subprocess

# What decides how fast checksums and text go.
FLAGS = ["sse4_2", "pclmulqdq", "avx2", "avx512bw", "vpclmulqdq"]


def first_line(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def cpu():
    facts = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    flags = facts.get("flags", "").split()
    return facts.get("model name", platform.machine()), [flag for flag in FLAGS if flag in flags]


def package(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    return done.stdout or "not installed as a package"


def lines(tocsin, folder):
    """The facts, a line each."""
    model, flags = cpu()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    others = os.getloadavg()[0]
    return [
        f"Processor: {model}, {os.cpu_count()} cores; {' '.join(flags)}",
        f"Memory: {memory:.0f} GiB; load of the minute before: {others:.1f}",
        f"System: {platform.system()} {platform.release()}, files on {first_line(['stat', '-f', '-c', '%T', folder])}",
        f"{first_line([tocsin, '--version'])}, {first_line(['cc', '--version'])}, ISA-L {package('libisal2')}, "
        f"libevtx {package('libevtx1')}",
    ]
