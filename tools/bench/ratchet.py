#!/usr/bin/env python3
"""Counts the instructions that the vector VM needs per household (three laws, portable kernels, valgrind's callgrind) and the opcodes it dispatches per batch, and compares them with ratchet.json.
Counted beside them and only shown: the same runs without checks for overflow, and with open states in every batch (safety.c), as what these cost.

    ratchet.py BENCH [--update] [--json FILE]      BENCH: the bench program; run from the root of the repository

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
KEPT = ("instructions_per_household", "opcodes_per_batch")  # what must not get worse; the rest is shown
COUNTED = {"ratchet": "instructions_per_household", "unchecked": "instructions_without_overflow_checks", "states": "instructions_with_open_states"}


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
        runs = re.findall(r"^(ratchet|unchecked|states) (\S+) (\d+) households, (\d+) opcodes per batch$", run.stdout, re.M)
        result = {}
        for number, (what, law, households, opcodes) in enumerate(runs, 1):
            with open(f"{folder}/out.{number}", encoding="utf-8") as f:
                total = int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))
            result.setdefault(law, {"opcodes_per_batch": int(opcodes)})[COUNTED[what]] = round(total / int(households))
        return result


def worse(old, new):
    for law, counts in old.items():
        for name in KEPT:
            best, now = counts[name], new.get(law, {}).get(name)
            if now is None:
                yield f"{law}: {name} was not counted"
            elif now > best * ALLOWED:
                yield f"{law}: {name} is {now}, more than 5 % above the {best} of ratchet.json"


def main(argv):
    update = "--update" in argv[2:]
    options = [a for a in argv[2:] if a != "--update"]
    if len(argv) < 2 or (options and (len(options) != 2 or options[0] != "--json")):
        print(__doc__, file=sys.stderr)
        return 1
    made_by = compiler(argv[1])
    if not shutil.which("valgrind") or not made_by:
        print("ratchet: valgrind or the build's CMakeCache.txt is missing; nothing was counted")
        return 77
    if not update:
        with open(FILE, encoding="utf-8") as f:
            known = json.load(f)
        if known["compiler"] != made_by:
            print(f"ratchet: counted with \"{known['compiler']}\", this build is \"{made_by}\"; not comparable")
            return 77
    new = count(argv[1])
    for law, counts in new.items():
        all_in, free, states = (counts[n] for n in COUNTED.values())
        print(f"{law}: {all_in} instructions per household, {counts['opcodes_per_batch']} opcodes per batch; checks for overflow {all_in / free - 1:+.1%}, open states in every batch {states / all_in - 1:+.1%}")
    written = {"compiler": made_by, "families": int(FAMILIES), "laws": new}
    for path in ([FILE] if update else []) + options[1:]:
        with open(path, "w", encoding="utf-8") as f:
            json.dump(written, f, indent=1, ensure_ascii=False)
            f.write("\n")
    if update:
        return 0
    problems = list(worse(known["laws"], new)) or ([] if new else ["nothing was counted"])
    for p in problems:
        print(f"ratchet: {p}. If the price is right, say why in the commit and run tools/bench/ratchet.py BENCH --update", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
