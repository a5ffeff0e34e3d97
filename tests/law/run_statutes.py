"""Imports the official gii files that are at hand and checks that the citations of the shipped rules exist in them. Also a measure of the
sentence splitter: the EStG prints its sentence numbers, so that the same text without them must give the same sentences."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ANSPRUCH = sys.argv[1]
KINDERGELD = "rules/bund/estg/kindergeld"
AGREEMENT = 0.995  # of printed sentence beginnings that the rules find without the numbers; a text of another year may bring new wordings


def folder():
    named = os.environ.get("ANSPRUCH_LAW_DIR")
    for f in ([pathlib.Path(named)] if named else []) + [pathlib.Path.cwd().parent / "shared/law/gii"]:
        if f.is_dir() and any(f.glob("*.xml")):
            return f
    return None


def run(*args):
    return subprocess.run([ANSPRUCH, *map(str, args), "--lang", "de"], capture_output=True, text=True, encoding="utf-8", timeout=240)


def sentences(path):
    paragraphs = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[1:-1]]
    return [(" ".join(o["units"][0][:2]), o["text"], {u[3] for u in o["units"] if u[0] == "Satz"}) for o in paragraphs]


def compare_splitter(source, stored, d):
    xml = source.read_text(encoding="utf-8")
    bare = d / "ohne-satznummern.xml"
    bare.write_text(re.sub(r'<SUP class="Rec">\d+</SUP>', " ", xml), encoding="utf-8")
    if run("law", "import", bare, "-o", d / "ohne.gesetz").returncode:
        return ["EStG without sentence numbers was not imported"]
    printed, found = sentences(stored), sentences(d / "ohne.gesetz")
    same = total = 0
    for (name, text, starts), (_, other, guessed) in zip(printed, found, strict=True):
        if other != text:
            return [f"EStG {name}: removing sentence numbers changed the text"]
        same += len(starts & guessed)
        total += len(starts | guessed)
    print(f"sentences of the EStG with and without printed numbers: {same} of {total} agree")
    return [] if total and same / total >= AGREEMENT else [f"the sentence splitter agrees in {same} of {total} cases only"]


# Package, laws at hand, whole law or only the paragraphs it cites: here every sentence is coded, a human's, or said not to be modelled, and must stay so.
CLOSED = (
    ("rules/bund/estg/kindergeld", ("EStG",), False),
    ("rules/bund/wogg/wohngeld", ("WoGG",), True),
    ("rules/bund/wogg/wohngeld", ("WoGV",), False),
    ("rules/bund/uhvorschg/unterhaltsvorschuss", ("UhVorschG",), True),
    ("rules/bund/beeg/elterngeld", ("BEEG",), False),
    ("rules/bund/bkgg/kinderzuschlag", ("BKGG",), False),
    ("rules/bund/but/schulbedarf", ("SGB_2", "SGB_12", "BKGG", "SGB_10"), False),
    ("rules/thueringen/sinnbgg", ("SGB_10",), False),
    ("rules/thueringen/kita", ("VwVfG",), False),
    ("rules/bund/fristen", ("BGB", "SGB_10", "VwVfG"), False),
    ("rules/bund/sgb12/regelbedarf", ("SGB_12",), False),
    ("rules/bund/sgb12/grundsicherung", ("SGB_12",), False),
    ("rules/bund/sgb2/grundsicherungsgeld", ("SGB_2", "SGB_10"), False),
    ("rules/bund/gruppen", ("BGB", "SGB_2", "SGB_12", "WoGG", "EStG"), False),
)


def closed_packages(d, laws):
    failures = []
    for package, names, whole in CLOSED:
        at_hand = [d / (name + ".gesetz") for name in names if d / (name + ".gesetz") in laws]
        if not at_hand:
            continue
        p = run("law", "status", package, *at_hand, "--no-open", *(["--whole"] if whole else []))
        print(f"{package}: " + "; ".join(line for line in p.stdout.splitlines() if "kleinste Einheiten" in line) + p.stderr)
        if p.returncode:
            failures.append(package + ": a unit is open:\n" + "\n".join(line for line in p.stdout.splitlines() if "offen" in line))
    return failures


def main():
    source = folder()
    if not source:
        print("skipped: no official gii files (set ANSPRUCH_LAW_DIR to a folder with EStG.xml, BGB.xml …)")
        return 77
    failures, laws = [], []
    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        for xml in sorted(source.glob("*.xml")):
            stored = d / (xml.stem + ".gesetz")
            p = run("law", "import", xml, "-o", stored)
            if p.returncode:
                failures.append(f"{xml.name}: {p.stderr}")
                continue
            print(p.stdout.splitlines()[0].split(": ", 1)[1])
            laws.append(stored)
            again = d / "again.gesetz"
            if run("law", "import", stored, "-o", again).returncode or again.read_bytes() != stored.read_bytes():
                failures.append(f"{xml.name}: reading and writing the imported law changes it")
        failures += closed_packages(d, laws)
        estg = d / "EStG.gesetz"
        if estg in laws:
            failures += compare_splitter(source / "EStG.xml", estg, d)
            p = run("law", "check", KINDERGELD, *laws)
            print(f"{KINDERGELD}:\n{p.stdout}", end="")
            if p.returncode:
                failures.append(KINDERGELD + " cites what the text at hand does not have:\n" + p.stdout + p.stderr)
            for other in sorted({f.parent for f in pathlib.Path("rules").rglob("*.recht")} - {pathlib.Path(KINDERGELD)}):
                p = run("law", "check", other, *laws)  # listed only: the texts at hand may be older than the rules
                print(f"{other}: exit {p.returncode}\n{p.stdout or p.stderr}", end="")
    print("\n".join(failures))
    return 1 if failures else 0


sys.exit(main())
