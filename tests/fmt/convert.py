#!/usr/bin/env python3
"""Rule text rewritten in English is the same law.

    convert.py --anspruch BINARY (PACKAGE_FOLDER | FOLDER_OF_PAGES) …

For every .recht file of a package, and every ```recht block of a page: formatted, then German → English → German gives the same bytes. The English
package builds to the same package file (but for the names of its sources) and passes its own test cases; `fmt` and `convert` keep their exit codes.
Exit codes: 0 good, 1 something differs.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```recht\n(.*?)^```$", re.S | re.M)


class Check:
    def __init__(self, binary):
        self.binary, self.failures, self.files = binary, 0, 0

    def run(self, *arguments, code=0):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != code:
            self.fail("anspruch %s: exit code %d, expected %d\n%s%s" % (" ".join(map(str, arguments)), done.returncode, code, done.stdout, done.stderr))
        return done.returncode == code

    def fail(self, text):
        self.failures += 1
        print(text)

    def there_and_back(self, german, english, scratch):
        """german is formatted in place and converted to english; back must be the same bytes."""
        self.files += 1
        back = scratch / "back.recht"
        if not (self.run("fmt", german) and self.run("fmt", "--check", german) and self.run("convert", german, "-o", english)
                and self.run("convert", english, "-o", back)):
            return False
        if back.read_bytes() != german.read_bytes():
            self.fail("%s: not the same bytes after English and back" % german)
        if english.read_bytes() == german.read_bytes():
            self.fail("%s: nothing was converted" % german)
        return True

    def same_package(self, german, english, scratch, sources):
        """Both build; the packages are equal once the endings of the source names are."""
        one, two = scratch / "one.anp", scratch / "two.anp"
        for source, out in ((german, one), (english, two)):
            if not self.run("build", source, "-o", out):
                return
        texts = []
        for package in (one, two):
            done = subprocess.run([self.binary, "disasm", str(package)], capture_output=True, text=True, timeout=120, check=False)
            text = done.stdout
            for name in sources:
                text = text.replace(str(english), str(german)).replace(name + ".law", name + ".recht")
            texts.append(re.sub(r"\b[0-9a-f]{64}\b", "SHA-256", text))
        if len(texts[0]) < 200 or texts[0] != texts[1]:
            self.fail("%s: the English package has other bytecode" % german)
        self.run("test", english)

    def package(self, folder):
        with tempfile.TemporaryDirectory() as temp:
            scratch = pathlib.Path(temp)
            german, english = scratch / "package", scratch / "english"
            shutil.copytree(folder, german, ignore=lambda _, names: [n for n in names if not n.endswith(".recht")])
            english.mkdir()
            names = sorted(p.stem for p in german.glob("*.recht"))
            if all([self.there_and_back(german / (n + ".recht"), english / (n + ".law"), scratch) for n in names]) and names:
                self.same_package(german, english, scratch, names)

    def page(self, page):
        for number, block in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), 1):
            with tempfile.TemporaryDirectory() as temp:
                scratch = pathlib.Path(temp)
                name = "%s-%d" % (page.stem, number)
                german, english = scratch / (name + ".recht"), scratch / (name + ".law")
                german.write_text(block.group(1), encoding="utf-8")
                if self.there_and_back(german, english, scratch):
                    self.same_package(german, english, scratch, [name])

    def refusals(self):
        """Broken files are left alone; wrong names and a missing file are said."""
        with tempfile.TemporaryDirectory() as temp:
            scratch = pathlib.Path(temp)
            broken = scratch / "broken.recht"
            broken.write_text("regel   A.x   wenn\n", encoding="utf-8")
            self.run("fmt", broken, code=3)
            self.run("convert", broken, "-o", scratch / "broken.law", code=3)
            if broken.read_text(encoding="utf-8") != "regel   A.x   wenn\n" or (scratch / "broken.law").exists():
                self.fail("a broken file was touched")
            good = scratch / "good.recht"
            good.write_text("norm   A \"a\"\n", encoding="utf-8")
            self.run("fmt", "--check", good, code=1)
            self.run("fmt", "--check", scratch, code=3)
            self.run("convert", good, "-o", scratch / "other.recht", code=2)
            self.run("convert", good, "-o", scratch / "other.txt", code=2)
            self.run("fmt", scratch / "missing.recht", code=11)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    a = parser.parse_args()
    check = Check(a.anspruch)
    for path in a.paths:
        pages = sorted(path.glob("*.md"))
        if any(path.glob("*.recht")):
            check.package(path)
        elif pages:
            for page in pages:
                check.page(page)
        else:
            check.fail("%s: neither rule files nor pages" % path)
    check.refusals()
    print("%d files there and back, %d failures" % (check.files, check.failures))
    return 1 if check.failures or check.files < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
