#!/usr/bin/env python3
"""The same rules give the same package, byte for byte.

    reproducible.py --anspruch BINARY --source TREE environment
    reproducible.py --anspruch BINARY --source TREE --built-by GNU|Clang --build FOLDER [--cmake CMAKE] [--generator NAME] compilers

`environment` builds every package below TREE/rules, and the one in probe/, under other locales, time zones, folders, file orders, memory contents and users'
settings.
`compilers` builds the command once more with the other of gcc and clang, without optimisation, and compares what both make. In either case a rule text that
differs in one word must give another package, so that a comparison of nothing with nothing is noticed.
Exit codes: 0 all equal, 1 a difference or a failure, 77 the other compiler is not installed (the reason is printed).
"""
import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

GERMAN = "de_DE.UTF-8"
SKIPPED = 77


def fail(message):
    sys.exit(f"reproducible: {message}")


def packages(source):
    """Folders whose files hold a package header: all rule sets, and a package made for this test."""
    probe = source / "tests" / "reproducible" / "probe"
    files = [*(source / "rules").rglob("*.recht"), *probe.glob("*.recht")]
    found = sorted({p.parent for p in files if re.search(r"^paket\s", p.read_text(encoding="utf-8"), re.M)})
    if probe not in found or len(found) < 2:
        fail(f"no packages below {source / 'rules'} or {probe}")
    return found


def plain_environment():
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG")) and k not in ("TZ", "LOCPATH", "SOURCE_DATE_EPOCH")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


class Builder:
    def __init__(self, scratch, source):
        self.root = source / "rules"  # where packages used are found when the package itself lies somewhere else
        self.out = scratch / "out.ansp"

    def build(self, binary, package, environment=None, cwd=None, umask=-1):
        """Bytes of the package file; the hash that the command prints must be the one of these bytes."""
        self.out.unlink(missing_ok=True)
        done = subprocess.run([binary, "build", str(package), "--packages", str(self.root), "--output", str(self.out)], capture_output=True, text=True, timeout=120, check=False,
                              env={**plain_environment(), **(environment or {})}, cwd=cwd, umask=umask)
        if done.returncode:
            fail(f"{binary} build {package} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        data = self.out.read_bytes()
        if hashlib.sha256(data).hexdigest() not in done.stdout:
            fail(f"{package}: the SHA-256 printed is not that of the file:\n{done.stdout}")
        return data


def german_locale(scratch):
    """Environment of a German locale that the C library really finds, or None: the system's own, or one made for this test."""
    candidates = [{"LC_ALL": GERMAN}]
    if shutil.which("localedef"):
        folder = scratch / "locales"
        folder.mkdir()
        subprocess.run(["localedef", "--no-archive", "-i", "de_DE", "-f", "UTF-8", str(folder / GERMAN)], capture_output=True, check=False)
        # The C library never frees the list that it makes of LOCPATH; a leak checker in the build under test would report it or not by chance.
        known = scratch / "known-leaks"
        known.write_text("leak:__argz_add_sep\n", encoding="utf-8")
        candidates.append({"LC_ALL": GERMAN, "LOCPATH": str(folder), "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"})
    probe = "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.localeconv()['decimal_point'])"
    for extra in candidates:
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False, env={**plain_environment(), **extra})
        if done.returncode == 0 and done.stdout.strip() == ",":
            return extra
    return None


def copied(package, target, backwards):
    """The package in another folder, its files created in the order given and with other times."""
    target.mkdir(parents=True)
    for i, path in enumerate(sorted(package.iterdir(), reverse=backwards)):
        if path.is_file():
            shutil.copyfile(path, target / path.name)
            os.utime(target / path.name, (86400 * (i + 1), 86400 * (i + 1)))
    return target


def changed(package, target):
    """The package with one word more in its title: another package."""
    copied(package, target, False)
    for path in sorted(target.glob("*.recht")):
        text = path.read_text(encoding="utf-8")
        new, count = re.subn(r'(^paket\s+\S+\s+version\s+\S+\s+titel\s+")', r"\1Anders: ", text, count=1, flags=re.M)
        if count:
            path.write_text(new, encoding="utf-8")
            return target
    return fail(f"{package}: no title to change")


def variants(package, scratch, german):
    """(what is different, argument, environment, working folder, umask)"""
    name = package.name
    far = copied(package, scratch / "ein langer Weg" / "mit Ümlaut & 'Zeichen'" / name, True)
    near = copied(package, scratch / "b" / name, False)
    yield "the second time", package, {}, None, -1
    if german:
        yield "in a German locale", package, {**german, "LANGUAGE": "de"}, None, -1
    yield "with English messages", package, {"LC_ALL": "C.UTF-8", "LANG": "en_GB.UTF-8", "LANGUAGE": "en"}, None, -1
    yield "in another time zone", package, {"TZ": "Pacific/Kiritimati"}, None, -1
    yield "in a time zone with half hours", package, {"TZ": "NST3:30NDT,M3.2.0,M11.1.0"}, None, -1
    yield "in another folder, files created backwards", far, {}, None, -1
    yield "from the folder itself", ".", {}, far, -1
    yield "with a relative path and a slash", f"b/{name}/", {}, scratch, -1
    yield "with memory filled before use", near, {"MALLOC_PERTURB_": "85"}, None, -1
    yield "with memory filled otherwise", near, {"MALLOC_PERTURB_": "170", "MALLOC_TOP_PAD_": "65536"}, None, -1
    yield "for another user", near, {"HOME": "/nonexistent", "USER": "jemand", "SOURCE_DATE_EPOCH": "1", "COLUMNS": "20"}, None, 0o077


def environment(a, scratch):
    german = german_locale(scratch)
    if not german:
        print(f"reproducible: left out: {GERMAN} is not installed and localedef cannot make it")
    builder, count = Builder(scratch, a.source), 0
    for package in packages(a.source):
        first = builder.build(a.anspruch, package)
        place = scratch / package.name
        place.mkdir()
        for what, argument, extra, cwd, umask in variants(package, place, german):
            count += 1
            if builder.build(a.anspruch, argument, extra, cwd, umask) != first:
                fail(f"{package.relative_to(a.source)}: other bytes {what}")
        if builder.build(a.anspruch, changed(package, place / "changed")) == first:
            fail(f"{package.relative_to(a.source)}: another title gives the same bytes")
    print(f"reproducible: {count} builds, no difference")


def other_command(a):
    """The command built by the other compiler; None when there is none."""
    compiler = {"GNU": "clang", "Clang": "gcc"}.get(a.built_by)
    if not compiler:
        fail(f"built by {a.built_by}, which is neither GNU nor Clang")
    path = shutil.which(compiler)
    if not path:
        print(f"reproducible: left out: {compiler} is not installed, so there is nothing to compare with the build of {a.built_by}")
        return None
    # No optimisation and plain flags: the builds shall differ as much as they can.
    steps = [[a.cmake, "-S", str(a.source), "-B", str(a.build), "-G", a.generator, f"-DCMAKE_C_COMPILER={path}",
              "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS=-O0", "-DANS_WERROR=OFF", "-DBUILD_TESTING=OFF"], [a.cmake, "--build", str(a.build), "--target", "anspruch", "--parallel", "2"]]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            fail(f"{' '.join(step)} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return str(a.build / "tools" / "cli" / "anspruch")


def compiled_by(binary):
    """Compilers named in the section .comment of an executable that is not stripped."""
    data = pathlib.Path(binary).read_bytes()
    return {name for name, mark in (("GNU", b"GCC: ("), ("Clang", b"clang version ")) if mark in data}


def compilers(a, scratch):
    if not a.build or not a.built_by:
        fail("compilers needs --build and --built-by")
    other = other_command(a)
    if not other:
        return SKIPPED
    if ("Clang" in compiled_by(other)) == (a.built_by == "Clang"):
        fail(f"{other} does not come from another compiler than {a.anspruch}")
    builder = Builder(scratch, a.source)
    for package in packages(a.source):
        mine = builder.build(a.anspruch, package)
        if builder.build(other, package) != mine:
            fail(f"{package.relative_to(a.source)}: the command built by the other compiler gives other bytes")
        if builder.build(other, changed(package, scratch / package.name)) == mine:
            fail(f"{package.relative_to(a.source)}: another title gives the same bytes")
    print(f"reproducible: {len(packages(a.source))} packages, the same bytes from gcc and clang")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anspruch", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--built-by")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--generator", default="Ninja")
    parser.add_argument("part", choices=["environment", "compilers"])
    a = parser.parse_args()
    a.source = a.source.resolve()
    a.anspruch = str(pathlib.Path(a.anspruch).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        return (environment if a.part == "environment" else compilers)(a, pathlib.Path(scratch).resolve())


sys.exit(main())
