#!/usr/bin/env python3
"""Every ```recht block of the handbook compiles, and its test cases pass. Usage: test_handbuch.py ANSPRUCH"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    anspruch, blocks, failed = sys.argv[1], 0, 0
    for page in sorted((ROOT / "docs" / "handbuch").glob("*.md")):
        for match in re.finditer(r"```recht\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            blocks += 1
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "beispiel.recht"
                path.write_text(match.group(1), encoding="utf-8")
                run = subprocess.run([anspruch, "test", str(path)], capture_output=True, text=True, check=False)
            if run.returncode != 0:
                failed += 1
                print(f"{page.relative_to(ROOT)}, block {blocks}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    print(f"{blocks - failed} passed, {failed} failed")
    return 1 if failed or blocks == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
