#!/usr/bin/env python3
"""Counts the instructions that the vector VM needs per household (three laws, portable kernels, valgrind's callgrind) and the opcodes it dispatches per batch, and compares them with ratchet.json.

    ratchet.py BENCH [--update]      BENCH: the bench program; run from the root of the repository

Counts belong to a compiler and a build type, not to a machine, and do not depend on what else it does. Exit 0: no worse than 5 % above the file (--update: file written, only ever with a reason in the
commit message when a number grows); 1: worse, or something failed; 77: not comparable here (other compiler or build, no valgrind), which is not a verdict."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ratchet.json")
FAMILIES = "300"
ALLOWED = 1.05


def compiler(bench):
    """Compiler and build type, from the cache of the build that made the program; None if there is none."""
    folder = os.path.dirname(os.path.abspath(bench))
    while folder != "/" and not os.path.exists(os.path.join(folder, "CMakeCache.txt")):
        folder = os.path.dirname(folder)
    try:
        with open(os.path.join(folder, "CMakeCache.txt"), encoding="utf-8") as f:
            cache = dict(re.findall(r"^([A-Za-z_]+):\w+=(.*)$", f.read(), re.M))
        version = subprocess.run([cache["CMAKE_C_COMPILER"], "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, KeyError, subprocess.CalledProcessError):
        return None
    return f"{version}, {cache.get('CMAKE_BUILD_TYPE', '')}{cache.get('CMAKE_C_FLAGS', '')}"


def count(bench):
    """law -> instructions per household and opcodes per batch."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=ratchet_run", "--dump-after=ratchet_run", f"--callgrind-out-file={folder}/out", bench, "--only", "ratchet",
                   "--families", FAMILIES]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{run.stderr[-2000:]}")
        laws = re.findall(r"^ratchet (\S+) (\d+) households, (\d+) opcodes per batch$", run.stdout, re.M)
        result = {}
        for number, (law, households, opcodes) in enumerate(laws, 1):
            with open(f"{folder}/out.{number}", encoding="utf-8") as f:
                total = int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))
            result[law] = {"instructions_per_household": round(total / int(households)), "opcodes_per_batch": int(opcodes)}
        return result


def worse(old, new):
    for law, counts in old.items():
        for name, best in counts.items():
            now = new.get(law, {}).get(name)
            if now is None:
                yield f"{law}: {name} was not counted"
            elif now > best * ALLOWED:
                yield f"{law}: {name} is {now}, more than 5 % above the {best} of ratchet.json"


def main(argv):
    if len(argv) not in (2, 3) or (len(argv) == 3 and argv[2] != "--update"):
        print(__doc__, file=sys.stderr)
        return 1
    made_by = compiler(argv[1])
    if not shutil.which("valgrind") or not made_by:
        print("ratchet: valgrind or the build's CMakeCache.txt is missing; nothing was counted")
        return 77
    update = len(argv) == 3
    if not update:
        with open(FILE, encoding="utf-8") as f:
            known = json.load(f)
        if known["compiler"] != made_by:
            print(f"ratchet: counted with \"{known['compiler']}\", this build is \"{made_by}\"; not comparable")
            return 77
    new = count(argv[1])
    for law, counts in new.items():
        print(f"{law}: {counts['instructions_per_household']} instructions per household, {counts['opcodes_per_batch']} opcodes per batch")
    if update:
        with open(FILE, "w", encoding="utf-8") as f:
            json.dump({"compiler": made_by, "families": int(FAMILIES), "laws": new}, f, indent=1, ensure_ascii=False)
            f.write("\n")
        return 0
    problems = list(worse(known["laws"], new)) or ([] if new else ["nothing was counted"])
    for p in problems:
        print(f"ratchet: {p}. If the price is right, say why in the commit and run tools/bench/ratchet.py BENCH --update", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
