#!/usr/bin/env python3
"""The example of docs/embedding.md compiles, runs, and prints what the page says.

    run_page.py --anspruch BINARY --package FOLDER --page PAGE.md --cc "COMPILER FLAGS"

The page must have one ```c block and one ```text block. The emission is made twice, from the rules and from the built package, and must be the same bytes. Exit codes: 0 good, 1 not.
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)


def emitted(binary, source, folder):
    done = run([binary, "build", str(source), "--emit", "c", "-o", str(folder)])
    if done.returncode != 0:
        sys.exit("anspruch build --emit c: %s" % (done.stdout + done.stderr))
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--anspruch", "--package", "--page", "--cc"):
        parser.add_argument(name, required=True)
    a = parser.parse_args()
    page = pathlib.Path(a.page).read_text(encoding="utf-8")
    programs, outputs = re.findall(r"^```c\n(.*?)^```$", page, re.S | re.M), re.findall(r"^```text\n(.*?)^```$", page, re.S | re.M)
    if len(programs) != 1 or len(outputs) != 1:
        sys.exit("%s: one example and one output expected" % a.page)
    with tempfile.TemporaryDirectory() as scratch:
        here = pathlib.Path(scratch)
        built = here / "package.anp"
        if run([a.anspruch, "build", a.package, "-o", str(built)]).returncode != 0:
            sys.exit("the package cannot be built")
        files = emitted(a.anspruch, a.package, here / "c")
        if files != emitted(a.anspruch, built, here / "again"):
            sys.exit("rules and built package give different C")
        (here / "program.c").write_text(programs[0], encoding="utf-8")
        source = [str(p) for p in (here / "c").glob("*.c")]
        done = run(shlex.split(a.cc) + ["-std=c17", "-Wall", "-Wextra", "-Werror", "-I" + str(here / "c"), str(here / "program.c")] + source + ["-o", str(here / "program")])
        if done.returncode != 0:
            sys.exit("the example does not compile:\n%s" % done.stderr)
        done = run([str(here / "program")])
    if done.returncode != 0 or done.stdout != outputs[0]:
        sys.exit("the example ended with %d and printed\n%s%sinstead of\n%s" % (done.returncode, done.stdout, done.stderr, outputs[0]))
    print("the example of the page: good")
    return 0


if __name__ == "__main__":
    sys.exit(main())
