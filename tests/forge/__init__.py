"""Makes true .evt and .evtx logs from readable descriptions. README.md tells the language.

    description = forge.load("samples/10.yaml")         # or a YAML text
    data = forge.build(description)                     # bytes
    forge.write(description, "out.evtx")                # to a file; the way for sparse logs
"""
from .describe import Mistake, build, load, plan, write

__all__ = ["Mistake", "build", "load", "plan", "write"]
