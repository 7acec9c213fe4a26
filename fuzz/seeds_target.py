"""Makes the seeds of all targets anew, for the build: seeds_target.py STAMP DEPFILE

Runs make_seeds.py into the folder seeds beside STAMP, and writes to DEPFILE what they are made from.
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FORGE = HERE.parent / "tests" / "forge"


def main():
    stamp, depfile = map(pathlib.Path, sys.argv[1:])
    folder = stamp.parent / "seeds"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-B", HERE / "make_seeds.py", folder], check=True)
    made_from = [HERE / "make_seeds.py", *sorted(FORGE.rglob("*.py")), *sorted((FORGE / "samples").rglob("*.yaml"))]
    escaped = " ".join(str(path).replace(" ", "\\ ") for path in made_from)
    depfile.write_text(f"{stamp}: {escaped}\n", encoding="utf-8")
    stamp.touch()


if __name__ == "__main__":
    main()
