#!/usr/bin/env python3
"""Every rule text printed in a documentation page compiles and passes its own test cases.

    run_examples.py --anspruch BINARY PAGE.md …

A code block fenced as ```recht is a complete file. It is written to a scratch folder, then `anspruch check` and `anspruch test` must succeed. A page
without a block fails: the page or this test has lost its purpose. A deliberately falsified expectation must make `anspruch test` fail, so that a
command that always reports success is noticed. Exit codes: 0 good, 1 an example fails.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```recht\n(.*?)^```$", re.S | re.M)


def run(binary, command, path):
    done = subprocess.run([binary, command, str(path)], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def falsified(text):
    """The same text with one truth-valued expectation turned round, or None."""
    changed, count = re.subn(r"^(\s*erwarte .* = )wahr$", r"\1falsch", text, count=1, flags=re.M)
    return changed if count else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("pages", nargs="+")
    a = parser.parse_args()
    failures = 0
    turned = 0
    with tempfile.TemporaryDirectory() as scratch:
        for page in map(pathlib.Path, a.pages):
            source = page.read_text(encoding="utf-8")
            blocks = list(BLOCK.finditer(source))
            if not blocks:
                print("%s: no example found" % page)
                failures += 1
            for number, block in enumerate(blocks, 1):
                line = source.count("\n", 0, block.start()) + 1
                where = "%s:%d: example %d" % (page, line, number)
                path = pathlib.Path(scratch) / ("%s-%d.recht" % (page.stem, number))
                path.write_text(block.group(1), encoding="utf-8")
                bad = [(command, text) for command in ("check", "test") for code, text in [run(a.anspruch, command, path)] if code != 0]
                wrong = falsified(block.group(1))
                if not bad and wrong is not None:
                    turned += 1
                    path.write_text(wrong, encoding="utf-8")
                    code, text = run(a.anspruch, "test", path)
                    if code == 0:
                        bad.append(("test of a falsified expectation succeeded", text))
                print("%s: %s" % (where, "failed" if bad else "good"))
                for command, text in bad:
                    print("  anspruch %s\n    %s" % (command, text.replace("\n", "\n    ")))
                failures += bool(bad)
    if not turned and not failures:
        print("no example has a truth-valued expectation that could be falsified")
        failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
